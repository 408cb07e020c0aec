"""The one way to run ffmpeg: which binary, with which arguments, and what its failures mean.

Rules, each from a case seen with ffmpeg 9.0.2: a file named ``.mp4`` that begins ``ffconcat`` was decoded
as another file of its folder, so OUR signature forces the demuxer (``-f`` and ``-format_whitelist``); a
path ``concat:a|b`` was interpreted, so every path gets the ``file:`` prefix; nested addresses were
followed, so only the file and pipe protocols are open. ``-nostdin`` keeps it off our input, and the
environment is empty because ``FFREPORT`` there makes it write files.
"""

from __future__ import annotations

import importlib.util
import os
import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mediaprep import ffmpeg_log, ffmpeg_packets, process
from mediaprep.errors import AssetError, ToolError
from mediaprep.options import Bounds
from mediaprep.units import format_size

ENVIRONMENT_NAME = "MEDIAPREP_FFMPEG"
"""The environment variable that names another ffmpeg by its full path."""

DEMUXERS = frozenset({
    "mov", "matroska", "avi", "ogg", "wav", "mp3", "aac", "amr", "flac", "aiff", "caf", "mpeg", "mpegts", "mpegvideo",
    "asf", "flv", "au",
})  # fmt: skip
"""Every demuxer that a file of someone else's may be opened with. None of them opens a second file."""

OWN_DEMUXERS = frozenset({"yuv4mpegpipe", "s16le"})
"""What only files of our own making are opened with: frames and samples between two steps."""

CHECKED_PICTURES = 8
CHECKED_SOUNDS = 40
"""Frames decoded to show that a track can be decoded: 0.3 s of picture, 0.8 s of AAC."""

MOST_LISTED_BYTES = 20_000_000
"""What a list of packets may take: 300,000 of them, an hour of picture and sound."""

LOG_WALL_S = 30.0
LOG_CPU_S = 20.0
"""What reading the log, or decoding the first frames, may take: 400 times what an ordinary file takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A file to read; ``demuxer`` is what our own signature says it is.

    What is read begins at ``seek_s``, to the frame. ``lead_s`` is how much of what is before it is decoded and thrown
    away, where seeking there alone would come too late. ``clocked_whole`` lets its time 0 be where the first of all its
    tracks of picture and sound begins, also in a run that makes nothing of that track.
    """

    path: Path
    demuxer: str
    seek_s: float | None = None
    lead_s: float = 0.0
    clocked_whole: bool = False
    take_s: float | None = None
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What to write: to ``path``, or to standard output where it is None. ``options`` say codecs and filters."""

    muxer: str
    path: Path | None = None
    take_s: float | None = None
    max_bytes: int | None = None
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """What a check by decoding found: how many frames of each mapped track, and what the log says."""

    frames: tuple[int, ...]
    log: ffmpeg_log.Log | None


def binary() -> Path:
    """Give the ffmpeg to run: MEDIAPREP_FFMPEG if it is set, else the one inside imageio-ffmpeg; never PATH's.

    Raises ToolError ``tool_missing``. (``imageio_ffmpeg.get_ffmpeg_exe`` would fall back to PATH.)
    """
    named = os.environ.get(ENVIRONMENT_NAME)
    if named:
        path = Path(named)
        if not path.is_absolute() or not os.access(path, os.X_OK):
            raise ToolError(
                "tool_missing",
                f"{ENVIRONMENT_NAME} is {named!r}; it must be the full path of a program that can be run",
            )
        return path
    bundled = _bundled()
    if bundled is None:
        raise ToolError(
            "tool_missing",
            f"imageio-ffmpeg has no ffmpeg for this system; set {ENVIRONMENT_NAME} to the full path of one",
        )
    return bundled


@cache
def _bundled() -> Path | None:
    spec = importlib.util.find_spec("imageio_ffmpeg")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for path in sorted(Path(folder, "binaries").glob("ffmpeg-*")):
            if os.access(path, os.X_OK):
                return path
    return None


def version() -> str:
    """Give the binary's version for engine fingerprints, such as ``n9.0.2-17-g2a571b6068``; raises ToolError."""
    return _version(binary())


@cache
def _version(path: Path) -> str:
    limits = process.ChildLimits(wall_s=LOG_WALL_S, cpu_s=LOG_CPU_S, memory_bytes=None, file_bytes=0)
    finished = process.run([path, "-version"], limits=limits, env=_environment())
    words = finished.stdout.decode("utf-8", "replace").split()
    if finished.returncode or words[:2] != ["ffmpeg", "version"] or len(words) < 3:
        raise ToolError("tool_failed", f"{path} does not answer as ffmpeg does: {finished.stderr_tail[-500:]}")
    return words[2]


def command(
    inputs: Sequence[Input], outputs: Sequence[Output], *, bounds: Bounds, level: str = "info", graph: str | None = None
) -> list[str]:
    """Build the whole command: safe for any path and for any content of the inputs.

    ``graph`` is a filter graph over all inputs, whose labelled ends the outputs map.

    Raises ToolError ``tool_missing``, and ValueError for a demuxer that is not in DEMUXERS.
    """
    # banner and statistics off; one thread each for decoders and filters, so that results do not depend on the machine
    # ffmpeg counts pixels as its decoders pad them (96x64 as 8,960, not 6,144), so its bound is wider than the one that
    # headers are judged by: it is there for pictures that grow behind the header
    args = [str(binary()), "-hide_banner", "-nostdin", "-nostats", "-loglevel", level, "-filter_threads", "1"]
    if any(item.lead_s for item in inputs):
        # more than 10 s before 0 would count as a clock that jumped, and be put back to 0
        args += ["-dts_delta_threshold", str(10 + round(max(item.lead_s for item in inputs)))]
    for item in inputs:
        if item.demuxer not in DEMUXERS | OWN_DEMUXERS:
            raise ValueError(f"{item.demuxer!r} is not a demuxer for foreign files")
        args += ["-protocol_whitelist", "file,pipe", "-format_whitelist", item.demuxer, "-f", item.demuxer]
        args += ["-max_pixels", str(bounds.max_pixels * 3 // 2), "-threads", "1"]
        args += [*_sought(item), *_times(None, item.take_s)]
        args += [*item.options, "-i", f"file:{os.fspath(item.path)}"]
    if graph is not None:
        args += ["-filter_complex_threads", "1", "-filter_complex", graph]
    for target in outputs:
        args += [*target.options, *_times(None, target.take_s)]
        if target.max_bytes is not None:
            args += ["-fs", str(target.max_bytes)]
        args += ["-f", target.muxer, "pipe:1" if target.path is None else f"file:{os.fspath(target.path)}"]
    for number, item in enumerate(inputs):
        if item.clocked_whole:
            # what a run does not use is no part of its clock: each track alone would begin at 0
            args += ["-map", f"{number}:v?", "-map", f"{number}:a?", "-c", "copy", "-f", "null", "pipe:1"]
    return args


def _sought(item: Input) -> list[str]:
    """Seek to the lead's start and call the time of the cut 0: what is before 0, ffmpeg drops once it is decoded."""
    if not item.seek_s or not item.lead_s:
        return _times(item.seek_s, None)
    lead_s = min(item.lead_s, item.seek_s)
    return ["-ss", f"{item.seek_s - lead_s:.6f}", "-itsoffset", f"{-lead_s:.6f}"]


def _times(seek_s: float | None, take_s: float | None) -> list[str]:
    args = ["-ss", f"{seek_s:.6f}"] if seek_s else []
    return args + (["-t", f"{take_s:.6f}"] if take_s is not None else [])


def read_log(source: Path, demuxer: str, bounds: Bounds) -> ffmpeg_log.Log:
    """Let ffmpeg describe a file: the fallback for containers that have no reader of ours (about 30 ms).

    Raises AssetError ``unreadable`` or a bound's code, and ToolError.
    """
    args = command([Input(path=source, demuxer=demuxer)], [], bounds=bounds)
    finished = process.run(args, limits=_limits(bounds), env=_environment(), keep_stderr_bytes=200_000)
    _refuse_bounds(finished, bounds)
    log = ffmpeg_log.read(finished.stderr_tail)
    if log is None:
        _blame_tool(finished)
        raise AssetError("unreadable", f"ffmpeg cannot open the file as {demuxer}: {_reason(finished.stderr_tail)}")
    return log


def read_packets(source: Path, demuxer: str, bounds: Bounds) -> tuple[ffmpeg_log.Log, dict[int, ffmpeg_packets.Track]]:
    """Let ffmpeg describe a file and list its packets of picture and sound, without decoding any (about 40 ms).

    Tracks are numbered pictures first, then sounds, each in the file's order. A file with more packets than are
    listed gives the log alone. Raises as ``read_log`` does.
    """
    tracks = ("-map", "0:v?", "-map", "0:a?", "-c", "copy")
    listed = Output(muxer="framecrc", max_bytes=MOST_LISTED_BYTES, options=tracks)
    args = command([Input(path=source, demuxer=demuxer)], [listed], bounds=bounds)
    finished = process.run(
        args, limits=_limits(bounds), env=_environment(), keep_stderr_bytes=200_000,
        max_stdout_bytes=2 * MOST_LISTED_BYTES,
    )  # fmt: skip
    log = ffmpeg_log.read(finished.stderr_tail)
    if log is None or finished.timed_out or len(finished.stdout) >= MOST_LISTED_BYTES:
        return read_log(source, demuxer, bounds), {}
    return log, ffmpeg_packets.read(finished.stdout.decode("ascii", "replace"))


def decode_check(source: Path, demuxer: str, tracks: Sequence[str], bounds: Bounds) -> Decoded:
    """Decode the first frames of some tracks (``v:0``, ``a:1`` …) to nothing, to show that it can be done.

    A few frames of each are enough: a track without a decoder, or damaged from its start, gives none.
    Raises AssetError ``unreadable``, ``unsupported`` (no decoder), ``crashed_worker`` or a bound's code,
    and ToolError.
    """
    args = command([Input(path=source, demuxer=demuxer)], [_check(track) for track in tracks], bounds=bounds)
    finished = process.run(args, limits=_limits(bounds), env=_environment(), max_stdout_bytes=1_000_000)
    _refuse_bounds(finished, bounds)
    frames = tuple(len(_LINES[track[0]].findall(finished.stdout)) for track in tracks)
    if not all(frames):
        _blame_tool(finished)
        missing = " and ".join(
            "picture" if track.startswith("v") else "sound"
            for track, count in zip(tracks, frames, strict=True)
            if not count
        )
        no_decoder = any(words in finished.stderr_tail for words in ("Decoder (codec", "unknown codec"))
        code = "unsupported" if no_decoder else "unreadable"
        raise AssetError(code, f"no {missing} of the file can be decoded: {_reason(finished.stderr_tail)}")
    return Decoded(frames=frames, log=ffmpeg_log.read(finished.stderr_tail))


_LINES = {
    "v": re.compile(rb"^0, .*, 0x[0-9a-f]{8}\s*$", re.MULTILINE),
    "a": re.compile(rb"^0, .*, [0-9a-f]{32}\s*$", re.MULTILINE),
}
"""One line for each decoded frame: of ``framecrc`` for pictures, of ``framemd5`` for sound."""


def _check(track: str) -> Output:
    """Count the decoded frames of one track on standard output.

    Each track has an output of its own: within one, a track that ends takes the others with it (ffmpeg
    9.0.2 gave no picture at all of a clip of one frame with sound beside it).
    """
    if track.startswith("v"):
        return Output(
            muxer="framecrc",
            options=("-map", f"0:{track}", "-frames:v", str(CHECKED_PICTURES), "-fps_mode", "passthrough"),
        )
    return Output(muxer="framemd5", options=("-map", f"0:{track}", "-frames:a", str(CHECKED_SOUNDS)))


def transcode(
    inputs: Sequence[Input],
    outputs: Sequence[Output],
    *,
    bounds: Bounds,
    file_bytes: int,
    graph: str | None = None,
    on_time: Callable[[float], None] | None = None,
    max_stdout_bytes: int = 1_000_000,
) -> process.Finished:
    """Run ffmpeg to the end of its inputs; gives its log and what it wrote to standard output.

    ``file_bytes`` bounds each file written; ``on_time`` is told how many seconds of the first output are done, twice
    a second. Raises AssetError where the input ends ffmpeg (damaged, a bound passed), else ToolError.
    """
    args = command(inputs, outputs, bounds=bounds, graph=graph)
    limits = process.ChildLimits(
        wall_s=bounds.max_wall_s,
        cpu_s=bounds.max_cpu_s,
        memory_bytes=bounds.max_memory_bytes,
        file_bytes=file_bytes,
    )
    args[1:1] = ["-progress", "pipe:2", "-stats_period", "0.5"] if on_time is not None else []

    def told(line: str) -> None:
        name, _, value = line.partition("=")
        if on_time is not None and name == "out_time_us" and value.strip().isdigit():
            on_time(int(value) / 1e6)

    finished = process.run(
        args,
        limits=limits,
        env=_environment(),
        on_line=told if on_time is not None else None,
        keep_stderr_bytes=200_000,
        max_stdout_bytes=max_stdout_bytes,
    )
    _refuse_bounds(finished, bounds)
    if finished.returncode:
        _blame_disk(finished)
        if any(words in finished.stderr_tail for words in _INPUT_AT_FAULT):
            raise AssetError("unreadable", f"the file cannot be decoded: {_reason(finished.stderr_tail)}")
        raise ToolError("tool_failed", f"ffmpeg: {_reason(finished.stderr_tail)}")
    return finished


_INPUT_AT_FAULT = (
    "Invalid data found", "Error opening input", "Decoding error", "Error submitting packet to decoder",
    "Could not find codec parameters", "Decoder not found", "matches no streams", "for option 'map'",
)  # fmt: skip


_NO_MEMORY = (
    "Cannot allocate memory",
    "malloc of size",
    "pthread_create() failed",
    "get_buffer() failed",
    "ff_frame_thread_encoder_init failed",
)
"""What ffmpeg 9.0.2 or x264 says, one or another, under any bound from 30 MB to what a clip needs (130 MB and more)."""


def _limits(bounds: Bounds) -> process.ChildLimits:
    return process.ChildLimits(
        wall_s=min(bounds.max_wall_s, LOG_WALL_S),
        cpu_s=min(bounds.max_cpu_s, LOG_CPU_S),
        memory_bytes=bounds.max_memory_bytes,
        file_bytes=0,
    )


def _environment() -> dict[str, str]:
    """Give an environment without what ffmpeg or its libraries would obey (Windows needs some of its own)."""
    own = {"LC_ALL": "C", "MALLOC_ARENA_MAX": "2"}  # glibc would reserve 64 MB of addresses for each of nine threads
    return {name: os.environ[name] for name in ("SYSTEMROOT", "TEMP") if name in os.environ} | own


def _refuse_bounds(finished: process.Finished, bounds: Bounds) -> None:
    tail = finished.stderr_tail
    if finished.timed_out:
        raise AssetError("time_bound", f"ffmpeg was stopped after {finished.elapsed_s:.0f} s on the file", actual=None)
    if "exceeds specified max pixel count" in tail:
        raise AssetError("pixel_bound", "a picture in the file exceeds the bound on pixels")
    if any(words in tail for words in _NO_MEMORY) and "image parameters invalid" not in tail:
        text = f"ffmpeg needs more memory for the file than a worker has left of {format_size(bounds.max_memory_bytes)}"
        raise AssetError("memory_bound", text, allowed=bounds.max_memory_bytes)
    if finished.returncode < 0:
        raise AssetError("crashed_worker", f"the file made ffmpeg end with {process.ending(finished.returncode)}")


def _blame_disk(finished: process.Finished) -> None:
    """Raise ToolError ``disk`` where ffmpeg could not write: it writes into the system's temporary folder alone."""
    for words in ("No space left on device", "Disk quota exceeded", "Read-only file system"):
        if words in finished.stderr_tail:
            raise ToolError("disk", f"{tempfile.gettempdir()}: {words}, while ffmpeg wrote there")


def _blame_tool(finished: process.Finished) -> None:
    """Raise ToolError where ffmpeg failed before it looked at the file: a missing library, a refused option."""
    if not any(words in finished.stderr_tail for words in ("Input #0", "Error opening input")):
        raise finished.failure("ffmpeg")


def _reason(stderr_tail: str) -> str:
    """Give the last line of a log that says what was wrong, without ffmpeg's addresses in memory."""
    lines = [line.strip() for line in stderr_tail.splitlines() if line.strip()]
    words = (
        "invalid",
        "error",
        "fail",
        "not found",
        "could not",
        "no such",
        "unsupported",
        "missing",
        "unknown",
        "corrupt",
        "no path",
        "than first pass",
    )
    told = [
        line
        for line in lines
        if any(word in line.lower() for word in words)
        and not line.startswith(("Input #", "Output #", "Stream #"))  # file names
    ]
    line = (told or lines or ["it gave no reason"])[0 if told else -1]
    return re.sub(r"^\[([^]@]*) @ 0x[0-9a-f]+\] ", r"\1: ", line)[:300]
