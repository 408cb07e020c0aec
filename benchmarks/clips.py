"""What a fit of a clip costs against its bound, how full the limit gets, and how it looks beside plain two-pass.

Bound L: ONE ffmpeg run that decodes, scales and encodes once (pictures and sound) at our dimensions and preset,
plus one decode of the result. Ours is everything: probing, both turns, sound, verification. CPU is that of the
children and of this process. "Plain" is what most scripts do: two passes at the source's own lines, for the very
bytes that our pictures took, with a preset as slow. Phone VMAF is libvmaf 0.6.1 with the phone transform, both
sides shown at the source's dimensions (at most 1280), frame by frame: one frame of shift would cost 10 points.

    python benchmarks/clips.py CLIP [CLIP ...] --limits 300000 600000 1000000
    python benchmarks/clips.py CLIP [CLIP ...] --limits 600000 --memory
"""

from __future__ import annotations

import argparse
import math
import os
import re
import resource
import statistics
import tempfile
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from mediaprep import ffmpeg
from mediaprep.encoders._x264 import BRISK, BRISK_SECOND, CLOSELY, PRESETS
from mediaprep.job import Job
from mediaprep.kinds import _video_graph as graph
from mediaprep.kinds import identify
from mediaprep.kinds._video_ladder import Rung, frame_rate
from mediaprep.limits import Limits, Route
from mediaprep.model import KindName, Outcome
from mediaprep.options import Bounds, FitOptions
from mediaprep.pipeline import run
from mediaprep.storage import open_source

BOUNDS = Bounds(max_cpu_s=600, max_wall_s=1800)
FILE_BYTES = 2_000_000_000
VIEW_LONG_EDGE = 1280


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One clip at one limit."""

    clip: str
    limit_bytes: int
    outcome: Outcome
    cpu_s: float
    bound_s: float | None = None
    vmaf: float | None = None
    plain_vmaf: float | None = None
    plain_bytes: int | None = None
    plain_bpp: float | None = None

    @property
    def fill(self) -> float:
        """Share of the limit that is used."""
        return (self.outcome.size_bytes or 0) / self.limit_bytes

    @property
    def could_fill(self) -> bool:
        """Whether the source had more to give: it was larger than the limit and the rendition shows it."""
        source = self.outcome.source
        larger = source is not None and source.size_bytes > self.limit_bytes
        return larger and self.outcome.treatment == "transcode" and self.outcome.attempts[-1].quality != 0.0


def route_of(limit_bytes: int) -> Route:
    """Make a route like those of MMS: H.264 Main up to level 3.1 in MP4."""
    limits = Limits(
        kind=KindName.VIDEO, limit_bytes=limit_bytes, target_bytes=limit_bytes, types=("video/mp4",),
        containers=("mp4",), video_codecs=("h264",), video_profiles=("constrained_baseline", "baseline", "main"),
        max_level=3.1, faststart=True, audio_codecs=("aac",), max_audio_tracks=1, max_channels=2,
    )  # fmt: skip
    return Route(name=str(limit_bytes), folder=str(limit_bytes), channel="mms", limits=(limits,))


def cpu_s() -> float:
    """Give the CPU seconds of this process and its children so far."""
    rows = (resource.getrusage(resource.RUSAGE_CHILDREN), resource.getrusage(resource.RUSAGE_SELF))
    return sum(row.ru_utime + row.ru_stime for row in rows)


def measure(path: Path, limit_bytes: int, effort: str, *, judge: bool) -> Case:
    """Fit one clip; time it and its bound; look at it beside plain two-pass."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "ours"
        job = Job(
            asset=path.name, path=path.absolute(), routes=(route_of(limit_bytes),), mode="fit",
            options=FitOptions(effort=effort, allow_below_floor=True), bounds=BOUNDS, outputs=(out,),
        )  # fmt: skip
        before = cpu_s()
        (outcome,) = run(job)
        case = Case(clip=path.name, limit_bytes=limit_bytes, outcome=outcome, cpu_s=cpu_s() - before)
        if outcome.output is None or outcome.treatment != "transcode":
            return case
        return compared(case, path, Path(folder), effort, judge=judge)


def compared(case: Case, path: Path, folder: Path, effort: str, *, judge: bool) -> Case:
    """Add the bound and, if asked, phone VMAF."""
    outcome = case.outcome
    source = open_source(path, 10**10)
    kind, form = identify(source)
    info = kind.probe(source, form, BOUNDS)
    session = kind.open(source, info, FitOptions(), BOUNDS)
    last = outcome.attempts[-1]
    fps = Fraction(last.fps).limit_denominator(1001)
    ours = Path(outcome.output)
    sound = session.clip.sound is not None
    rate = int(1000 * last.quality) or int(8 * outcome.size_bytes / outcome.duration_s)
    # what is foretold to reach the cap is coded more quickly: its bound, too
    brisk = effort == "balanced" and (outcome.score or 0.0) >= Limits(kind=KindName.VIDEO).cap_score
    closely = BRISK_SECOND if brisk else CLOSELY.get(effort, "")
    preset = ("-preset", BRISK if brisk else PRESETS[effort], *(("-x264-params", closely[1:]) if closely else ()))
    x264 = ("-c:v", "libx264", "-threads", "1", *preset, "-profile:v", "main", "-b:v", str(rate))
    aac = ("-map", "0:a:0", "-c:a", "aac", "-b:a", "48k", "-ac", "1") if sound else ()

    before = cpu_s()
    once = folder / "once.mp4"
    chain = graph.chain(session.stream, Rung(width=last.width, height=last.height, fps=fps))
    track = f"[0:v:{session.clip.picture.ordinal}]"
    encode(session.input(), once, ("-map", "[p]", *x264, *aac, "-movflags", "+faststart"), f"{track}{chain}[p]")
    decode = ffmpeg.Output(muxer="null", options=("-map", "0"))
    ffmpeg.transcode([ffmpeg.Input(path=once, demuxer="mov")], [decode], bounds=BOUNDS, file_bytes=0)
    bound = cpu_s() - before
    if not judge:
        return replaced(case, bound_s=bound)

    full = Rung(width=even(session.size[0]), height=even(session.size[1]), fps=fps)
    if info.fps and info.fps <= 60:
        full = Rung(
            width=full.width, height=full.height,
            fps=frame_rate(info.fps, variable=bool(info.variable_frame_rate), limits=route_of(1).limits[0]),
        )  # fmt: skip
    plain = folder / "plain.mp4"
    whole = f"{track}{graph.chain(session.stream, full)}[p]"
    for turn in ("1", "2"):
        passes = ("-pass", turn, "-passlogfile", str(folder / "plain"))
        target = plain if turn == "2" else folder / "first.mp4"
        encode(session.input(), target, ("-map", "[p]", *x264, *passes), whole)
    return replaced(
        case,
        bound_s=bound,
        vmaf=phone_vmaf(session, ours, fps),
        plain_vmaf=phone_vmaf(session, plain, full.fps),
        plain_bytes=plain.stat().st_size,
        plain_bpp=full.bpp(rate),
    )


def replaced(case: Case, **changes) -> Case:
    """Give the case with more known of it."""
    from dataclasses import replace

    return replace(case, **changes)


def even(edge: int) -> int:
    """Round down to even."""
    return max(2, edge // 2 * 2)


def encode(source: ffmpeg.Input, path: Path, options: tuple[str, ...], chain: str) -> None:
    """Run one encode."""
    target = ffmpeg.Output(muxer="mp4", path=path, options=options)
    ffmpeg.transcode([source], [target], bounds=BOUNDS, file_bytes=FILE_BYTES, graph=chain)


def phone_vmaf(session, clip: Path, fps: Fraction, every: int = 1) -> float:
    """Judge a clip against its source at the rate at which the clip was made, by every ``every``-th frame."""
    width, height = session.size
    scale = min(1.0, VIEW_LONG_EDGE / max(width, height))
    rung = Rung(width=even(round(width * scale)), height=even(round(height * scale)), fps=fps)
    # a clip made slower is shown at the rate of the other, as players show it: a frame repeats
    # a side that names its colours and one that does not would be converted into each other: 2 points of VMAF
    bare = "setparams=range=tv:color_primaries=unknown:color_trc=unknown:colorspace=unknown"
    chain = (
        f"[0:v:{session.clip.picture.ordinal}]{graph.chain(session.stream, rung)},{bare},settb=1/1000,setpts=N[r];"
        f"[1:v]fps={fps.numerator}/{fps.denominator}:start_time=0,{bare},scale={rung.width}:{rung.height}:flags=bicubic,format=yuv420p,setsar=1,settb=1/1000,setpts=N[d];"
        f"[d][r]libvmaf=n_threads=1:n_subsample={every}:shortest=1:model=version=vmaf_v0.6.1\\\\:enable_transform=true[v]"
    )
    made = ffmpeg.transcode(
        [session.input(), ffmpeg.Input(path=clip, demuxer="mov")],
        [ffmpeg.Output(muxer="null", options=("-map", "[v]"))],
        bounds=BOUNDS,
        file_bytes=0,
        graph=chain,
    )
    found = re.search(r"VMAF score: ([\d.]+)", made.stderr_tail)
    return float(found[1]) if found else float("nan")


def loaded(path: Path) -> None:
    """Fit half a second of a clip: modules are loaded once a process, and would count against the first case alone."""
    with tempfile.TemporaryDirectory() as folder:
        job = Job(
            asset=path.name, path=path.absolute(), routes=(route_of(20_000),), mode="fit",
            options=FitOptions(trim="0:0.5", allow_below_floor=True), bounds=BOUNDS, outputs=(Path(folder) / "ours",),
        )  # fmt: skip
        run(job)


def resident_mib(who: int) -> float:
    """Give the most memory that this process, or its largest child, has had."""
    return resource.getrusage(who).ru_maxrss / 1024


def print_memory(paths: list[Path], limits: list[int], effort: str) -> None:
    """Fit without a bound or a judge beside it, and print how large this process and its largest child grew."""
    start = resident_mib(resource.RUSAGE_SELF)
    for path in paths:
        for limit_bytes in limits:
            with tempfile.TemporaryDirectory() as folder:
                job = Job(
                    asset=path.name, path=path.absolute(), routes=(route_of(limit_bytes),), mode="fit",
                    options=FitOptions(effort=effort, allow_below_floor=True), bounds=BOUNDS,
                    outputs=(Path(folder) / "ours",),
                )  # fmt: skip
                (outcome,) = run(job)
            child, here = resident_mib(resource.RUSAGE_CHILDREN), resident_mib(resource.RUSAGE_SELF) - start
            print(
                f"{path.name[:30]} at {limit_bytes // 1000} KB: {outcome.verdict} {outcome.width}x{outcome.height}, "
                f"largest child {child:.0f} MiB, here {here:.0f} above the start of {start:.0f}",
                flush=True,
            )


def row(case: Case) -> str:
    """Give one line of the table."""
    outcome = case.outcome
    last = outcome.attempts[-1] if outcome.attempts else None
    shape = f"{last.width}x{last.height}@{last.fps:.3g}" if last is not None else "-"
    ratio = f"{case.cpu_s / case.bound_s:.2f}" if case.bound_s else "-"
    both = "- | -"
    if case.vmaf is not None:
        over = 100 * case.plain_bytes * 8 / outcome.duration_s / (1000 * last.quality or 1) - 100 if last.quality else 0
        both = f"{case.vmaf:.1f} | {case.plain_vmaf:.1f} ({case.plain_bpp:.3f}, {over:+.1f} %)"
    score = "-" if outcome.score is None else f"{outcome.score:.0f}"
    return (
        f"| {case.clip[:30]} | {case.limit_bytes // 1000} | {outcome.treatment} | {shape} | {len(outcome.attempts)} "
        f"| {100 * case.fill:.2f} | {ratio} | {both} | {score} |"
    )


def summary(cases: list[Case]) -> list[str]:
    """Give medians and counts over all cases."""
    ratios = sorted(case.cpu_s / case.bound_s for case in cases if case.bound_s)
    kept = sum((case.outcome.size_bytes or 0) <= case.limit_bytes for case in cases if case.outcome.output)
    written = sum(case.outcome.output is not None for case in cases)
    lines = [f"limit kept: {kept} of {written}"]
    if ratios:
        lines.append(
            f"CPU / L: median {statistics.median(ratios):.2f}, p95 {ratios[math.ceil(0.95 * len(ratios)) - 1]:.2f}"
        )
    for words, with_sound in (("with sound", True), ("without", False)):
        fills = [
            case.fill
            for case in cases
            if case.could_fill and bool(case.outcome.source and case.outcome.source.audio_tracks) is with_sound
        ]
        if fills:
            lines.append(f"filled {words}: median {100 * statistics.median(fills):.2f} %, {len(fills)} cases")
    pairs = [case for case in cases if case.vmaf is not None]
    for words, poor in (("under 0.02 bpp at the source's lines", True), ("elsewhere", False)):
        gains = [case.vmaf - case.plain_vmaf for case in pairs if (case.plain_bpp < 0.02) is poor]
        if gains:
            lines.append(
                f"phone VMAF over plain two-pass, {words}: median {statistics.median(gains):+.1f}, "
                f"least {min(gains):+.1f}, {len(gains)} cases"
            )
    return lines


def main() -> None:
    """Measure what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--limits", nargs="+", type=int, default=[300_000, 600_000, 1_000_000])
    parser.add_argument("--effort", default="balanced", choices=sorted(PRESETS))
    parser.add_argument("--no-vmaf", action="store_true", help="costs and sizes only")
    parser.add_argument("--memory", action="store_true", help="the memory that fits take, and nothing else")
    asked = parser.parse_args()
    os.environ.setdefault("LC_ALL", "C")
    if asked.memory:
        print_memory(asked.clips, asked.limits, asked.effort)
        return
    print(
        "| clip | limit KB | treatment | shape | encodes | filled % | CPU/L | phone VMAF | plain (bpp, bytes) | score |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    cases = []
    loaded(asked.clips[0])
    for path in asked.clips:
        for limit_bytes in asked.limits:
            if path.stat().st_size > limit_bytes:
                cases.append(measure(path, limit_bytes, asked.effort, judge=not asked.no_vmaf))
                print(row(cases[-1]), flush=True)
    print()
    print("\n".join(f"- {line}" for line in summary(cases)))


if __name__ == "__main__":
    main()
