"""An ffmpeg that misbehaves in one way, in front of the real one; ``install`` makes a program of it."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path


def install(folder: Path, mode: str, real: Path) -> Path:
    """Write a program to ``folder`` that behaves as ``mode`` says; give its path."""
    program = folder / f"ffmpeg-{mode}"
    words = shlex.join([sys.executable, "-S", __file__, mode, str(real)])
    program.write_text(f'#!/bin/sh\nexec {words} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return program


def main() -> int:
    """Run the real program, or not, and spoil what it did. Its version is always told: it is that of a real one."""
    mode, real, *args = sys.argv[1:]
    if args == ["-version"]:
        return subprocess.run([real, *args], check=False).returncode
    written = [arg.removeprefix("file:") for arg in args if arg.startswith("file:")][1:]
    if mode == "rubbish":
        os.write(1, b"\xff\xfe rubbish \0" * 1_000)
        os.write(2, b"\xff\xfe rubbish \0\r" * 1_000)
        return 0
    if mode == "silent":
        return 0
    if mode == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if mode == "crashed":
        os.kill(os.getpid(), signal.SIGSEGV)
    code = subprocess.run([real, *args], check=False).returncode
    for path in map(Path, written):
        if not path.is_file():
            continue
        data = path.read_bytes()
        if mode == "short":
            path.write_bytes(data[: len(data) // 2])
        elif mode == "empty":
            path.write_bytes(b"")
        elif mode == "damaged":
            path.write_bytes(data[:64] + bytes(len(data) - 64))
    return 7 if mode == "failing" else code


if __name__ == "__main__":
    sys.exit(main())
