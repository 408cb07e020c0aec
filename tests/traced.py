"""Which files a command and all its children opened, changed and ran, and whom they called, as the kernel saw it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_CALLS = (
    "openat,?open,?openat2,?creat,execve,?execveat,socket,connect,bind,sendto,?rename,?renameat,renameat2,?unlink,unlinkat,"
    "?mkdir,mkdirat,?rmdir,?link,linkat,?symlink,symlinkat,?chmod,fchmodat,truncate,?mknod,mknodat"
)
_LINE = re.compile(r"(\w+)\((.*)\)\s+= (-?\d+)")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_FOLDER = re.compile(r"(?:AT_FDCWD|\d+)<((?:\\x[0-9a-f]{2}|[^>\\])*)>, $")


@dataclass(frozen=True, slots=True)
class Touched:
    """One system call that succeeded. ``paths`` are absolute, none for sockets; ``words`` are its raw arguments."""

    call: str
    paths: tuple[str, ...]
    words: str

    @property
    def writes(self) -> bool:
        """Whether it may change what is on the disk."""
        if self.call.startswith(("open", "creat")):
            return re.search(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC", self.words) is not None or self.call == "creat"
        return not self.call.startswith(("exec", "socket", "connect", "bind", "sendto"))

    @property
    def network(self) -> bool:
        """Whether it speaks to others, or prepares to: any call on sockets but for a pair of one's own."""
        return self.call in {"socket", "connect", "bind", "sendto"}


def available() -> bool:
    """Say whether programs can be traced here: strace is there and may attach."""
    program = shutil.which("strace")
    return (
        program is not None
        and subprocess.run([program, "-qq", "true"], capture_output=True, check=False).returncode == 0
    )


def traced(
    command: Sequence[str | Path], log: Path, *, folder: Path, env: dict[str, str] | None = None
) -> tuple[subprocess.CompletedProcess[bytes], list[Touched]]:
    """Run a command under strace; ``log`` is a folder for its notes, one file for each process."""
    log.mkdir(parents=True, exist_ok=True)
    # every text in hex, so that no name can be taken for another; the folder of each relative path in <>
    tracer = ["strace", "-ff", "-qq", "-xx", "-y", "-s", "65535", "-o", log / "process", "-e", f"trace={_CALLS}", "--"]
    done = subprocess.run([*tracer, *command], capture_output=True, cwd=folder, env=env, check=False, timeout=600)
    return done, [found for path in sorted(log.iterdir()) for found in _read(path, folder)]


def _read(path: Path, folder: Path) -> Iterator[Touched]:
    for line in path.read_text(encoding="latin-1").splitlines():
        match = _LINE.match(line)
        if match is None or int(match[3]) < 0:
            continue
        yield Touched(call=match[1], paths=tuple(_paths(match[1], match[2], folder)), words=match[2])


def _paths(call: str, words: str, folder: Path) -> Iterator[str]:
    if call in {"socket", "connect", "bind", "sendto"}:
        return
    for found in _TEXT.finditer(words):
        base = _FOLDER.search(words[: found.start()])
        below = _plain(base[1]) if base else os.fspath(folder)
        yield os.path.normpath(os.path.join(below, _plain(found[1])))
        if call.startswith("exec"):
            return  # what follows are arguments


def _plain(text: str) -> str:
    return os.fsdecode(re.sub(rb"\\x([0-9a-f]{2})", lambda m: bytes([int(m[1], 16)]), text.encode("latin-1")))
