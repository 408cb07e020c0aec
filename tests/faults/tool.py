"""A program that misbehaves in the way its first argument names; stands in for any foreign tool."""
# ruff: noqa: T201  # a program prints

import os
import signal
import subprocess
import sys
import time
from pathlib import Path


def main() -> int:
    """Do as told."""
    mode, *rest = sys.argv[1:]
    if mode == "echo":
        sys.stdout.buffer.write(sys.stdin.buffer.read())
    elif mode == "arguments":
        sys.stdout.write("\n".join(rest))
    elif mode == "fail":
        print("first words\nlast words", file=sys.stderr)
        return 3
    elif mode == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif mode == "hang":
        if rest:
            Path(rest[0]).write_text(str(os.getpid()), encoding="ascii")
        time.sleep(1000)
    elif mode == "spin":
        while True:
            pass
    elif mode == "hog":
        print(len(bytearray(int(rest[0]) * 1_000_000)))
    elif mode == "short_file":
        with open(rest[0], "wb") as stream:
            stream.write(bytes(1000))
        return 1
    elif mode == "big_file":
        with open(rest[0], "wb") as stream:
            stream.writelines(bytes(1_000_000) for _ in range(100))
    elif mode == "flood":
        block = b"x" * 100_000
        while True:
            os.write(1, block)
    elif mode == "noise":
        for _ in range(int(rest[0])):
            os.write(2, b"\xff\xfenoise " * 1_000)
        os.write(2, b"\nthe end\n")
    elif mode == "progress":
        for frame in range(int(rest[0])):
            os.write(2, b"frame=%d\r" % frame)
        os.write(2, b"\nfinished\n")
    elif mode == "child":  # leaves a process behind that keeps every pipe open
        child = subprocess.Popen([sys.executable, __file__, "hang"])
        print(child.pid, flush=True)
    elif mode == "crowd":  # a fork bomb of modest size, which then hangs
        for _ in range(10):
            print(subprocess.Popen([sys.executable, "-S", __file__, "hang"]).pid, flush=True)
        time.sleep(1000)
    else:
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
