"""GIFs and clips beside other tools at the same limits: bytes, CPU, phone VMAF; a table and a plot.

    python benchmarks/moving_peers.py FILE:LIMIT [FILE:LIMIT ...] [--bin DIR ...] [--only PEER ...] [--out FILE]
        [--plot FILE.svg]
    python benchmarks/moving_peers.py --read FILE.ndjson [--plot FILE.svg]

LIMIT is a number of bytes, or a share of the file's as in ``12%``. Beside GIFs: Pillow's ``save_all``, ffmpeg's
palettegen and ``gifsicle -O3 --lossy=80``, which know no limit and are given the dimensions at which they come nearest
to it (six tries, all of which are paid for), caesiumclt and cli-compress. Beside clips: compress-cli, cli-compress and
ff4d, which need ffmpeg and ffprobe on PATH. Programs are found as ``benchmarks/peers.py`` says; what is not installed
is named. The judge is libvmaf 0.6.1 with the phone transform against the asset: of a GIF at most 40 moments, of a clip
every third frame at the asset's dimensions (at most 1280). CPU counts children, and our scoring and reading back.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from pathlib import Path

import numpy as np
import peers
from animations import FFMPEG, Clip, decoded, fitted, vmaf
from clips import BOUNDS, phone_vmaf, route_of
from peers_plot import dots
from PIL import Image

from mediaprep.job import Job
from mediaprep.kinds import _video_ladder as rungs
from mediaprep.kinds import identify
from mediaprep.options import FitOptions
from mediaprep.pipeline import run
from mediaprep.storage import open_source

OURS = "mediaprep"
EVERY = 3
Judge = Callable[[str, Path], float]


def gif_by_us(path: Path, limit_bytes: int, folder: Path) -> Path | None:
    """Fit a GIF."""
    data = fitted(path, limit_bytes)[1]
    (folder / "ours.gif").write_bytes(data)
    return folder / "ours.gif" if data else None


def clip_by_us(path: Path, limit_bytes: int, folder: Path) -> Path | None:
    """Fit a clip."""
    job = Job(
        asset=path.name, path=path, routes=(route_of(limit_bytes),), mode="fit", bounds=BOUNDS,
        options=FitOptions(allow_below_floor=True), outputs=(folder / "ours",),
    )  # fmt: skip
    outcome = run(job)[0]
    return Path(outcome.output) if outcome.output else None


def resized(frame: np.ndarray, scale: float) -> Image.Image:
    """Scale one frame."""
    size = (max(1, round(frame.shape[1] * scale)), max(1, round(frame.shape[0] * scale)))
    return Image.fromarray(frame).resize(size, Image.Resampling.LANCZOS)


def by_pillow(path: Path, scale: float) -> bytes:
    """Write with Pillow's save_all."""
    asset = decoded(path.read_bytes())
    pictures = [resized(frame, scale) for frame in asset.frames]
    target = BytesIO()
    pictures[0].save(
        target, "GIF", save_all=True, append_images=pictures[1:], duration=asset.delays_ms, loop=0, optimize=True
    )
    return target.getvalue()


def by_palettegen(path: Path, scale: float) -> bytes:
    """Write with ffmpeg's palettegen and paletteuse, at a constant rate (delays are put back for judging)."""
    pictures = [np.asarray(resized(frame, scale)) for frame in decoded(path.read_bytes()).frames]
    height, width = pictures[0].shape[:2]
    graph = (
        "split[a][b];[a]palettegen=stats_mode=diff[p];[b][p]paletteuse=dither=bayer:bayer_scale=5:diff_mode=rectangle"
    )
    args = [FFMPEG, "-v", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", "10"]
    args += ["-i", "-", "-filter_complex", graph, "-f", "gif", "-"]
    return peers.ran(args, data=b"".join(p.tobytes() for p in pictures)).stdout


def by_gifsicle(path: Path, scale: float, *, program: str) -> bytes:
    """Write with gifsicle -O3 --lossy=80, scaled."""
    args = [program, "-w", "-O3", "--lossy=80", "--resize-method", "lanczos3", "--scale", f"{scale:.4f}", str(path)]
    return peers.ran(args).stdout


def nearest(make: Callable[[Path, float], bytes]) -> peers.Work:
    """Find the scale at which a writer comes nearest under the limit, in six tries."""

    def work(path: Path, limit_bytes: int, folder: Path) -> Path | None:
        scale, best = 0.6, b""
        for _ in range(6):
            data = make(path, scale)
            if not data:
                break
            if len(best) < len(data) <= limit_bytes:
                best = data
            if 0.96 * limit_bytes <= len(data) <= limit_bytes or (scale >= 1.0 and len(data) <= limit_bytes):
                break
            scale = min(1.0, scale * (0.985 * limit_bytes / len(data)) ** 0.5)
        (folder / "nearest.gif").write_bytes(best)
        return folder / "nearest.gif" if best else None

    return work


def gif_works(folders: list[Path]) -> tuple[dict[str, peers.Work], list[str]]:
    """Give who writes GIFs here, and who is missing."""
    found, missing = peers.installed(peers.GIFS, folders)
    gifsicle = peers.program("gifsicle", folders)
    by_scale = {"Pillow": nearest(by_pillow), "ffmpeg palettegen": nearest(by_palettegen)}
    if gifsicle is not None:
        by_scale["gifsicle -O3 --lossy"] = nearest(partial(by_gifsicle, program=gifsicle))
    return {OURS: gif_by_us, **by_scale, **found}, [*missing, *(["gifsicle"] if gifsicle is None else [])]


def clip_works(folders: list[Path]) -> tuple[dict[str, peers.Work], list[str]]:
    """Give who writes clips here, and who is missing."""
    found, missing = peers.installed(peers.CLIPS, folders)
    return {OURS: clip_by_us, **found}, missing


@contextmanager
def gif_judge(path: Path) -> Iterator[Judge]:
    """Judge GIFs against theirs."""
    asset = decoded(path.read_bytes())

    def judge(name: str, made: Path) -> float:
        clip = decoded(made.read_bytes())
        if "palettegen" in name:  # it was given frames without their delays
            stretch = sum(asset.delays_ms) / sum(clip.delays_ms)
            same = len(clip.frames) == len(asset.frames)
            clip = Clip(clip.frames, asset.delays_ms if same else [delay * stretch for delay in clip.delays_ms])
        return vmaf(asset, clip)

    yield judge


@contextmanager
def clip_judge(path: Path) -> Iterator[Judge]:
    """Judge clips against theirs, at their own rate."""
    source = open_source(path, 10**10)
    kind, form = identify(source)
    info = kind.probe(source, form, BOUNDS)
    limits = route_of(1).limits[0]
    fps = rungs.frame_rate(info.fps, variable=bool(info.variable_frame_rate), limits=limits)
    with kind.open(source, info, FitOptions(), BOUNDS) as session:
        yield lambda _, made: phone_vmaf(session, made, fps, every=EVERY)


def measured(path: Path, limit_bytes: int, folders: list[Path], only: list[str] | None = None) -> dict:
    """Give what each method made of one asset at one limit."""
    gif = path.suffix.lower() == ".gif"
    works, missing = (gif_works if gif else clip_works)(folders)
    if only:
        works = {name: work for name, work in works.items() if name == OURS or name.split()[0] in only}
    found: dict = {
        "asset": path.name, "kind": "GIF" if gif else "clip", "limit_bytes": limit_bytes, "missing": missing, "made": {}
    }  # fmt: skip
    with (gif_judge if gif else clip_judge)(path) as judge:
        for name, work in works.items():
            with tempfile.TemporaryDirectory() as folder:
                before, made, stopped = peers.cpu_s(), None, False
                try:
                    made = work(path, limit_bytes, Path(folder))
                except peers.OverBoundError:
                    stopped = True
                cpu_s = round(peers.cpu_s() - before, 2)
                size, score = (made.stat().st_size, round(judge(name, made), 1)) if made else (None, None)
                found["made"][name] = {"bytes": size, "cpu_s": cpu_s, "vmaf": score, "stopped": stopped}
    return found


def cell(side: dict, ours: dict, limit_bytes: int) -> str:
    """Say what one method made of one case."""
    ratio = f"{side['cpu_s'] / max(ours['cpu_s'], 0.01):.1f}x"
    if side.get("stopped"):
        return f"stopped after {peers.BOUND_S} s"
    if side["bytes"] is None:
        return f"nothing, {ratio}"
    over = " over" if side["bytes"] > limit_bytes else ""
    return f"{side['vmaf']:.1f} ({100 * side['bytes'] / limit_bytes:.0f} %{over}), {ratio}"


def table(rows: list[dict], kind: str) -> str:
    """Write Markdown: a row a case, a column a method, and below what the differences come to."""
    rows = [row for row in rows if row["kind"] == kind]
    names = list(dict.fromkeys(name for row in rows for name in row["made"]))
    lines = [
        f"{kind}s: phone VMAF (share of the limit that is used), CPU as a multiple of ours.", "",
        f"| {kind} | limit | {' | '.join(names)} |", f"| --- | --- |{' --- |' * len(names)}",
    ]  # fmt: skip
    for row in rows:
        made, limit = row["made"], row["limit_bytes"]
        cells = [cell(made[name], made[OURS], limit) if name in made else "" for name in names]
        lines.append(f"| {row['asset'][:32]} | {limit:,} | {' | '.join(cells)} |")
    lines.append("")
    for name in names[1:]:
        pairs = [(row["made"][OURS], row["made"][name], row["limit_bytes"]) for row in rows if name in row["made"]]
        within = [(us, them) for us, them, limit in pairs if them["bytes"] and them["bytes"] <= limit and us["bytes"]]
        over = sum(bool(them["bytes"]) and them["bytes"] > limit for _, them, limit in pairs)
        nothing = sum(not them["bytes"] for _, them, _ in pairs)
        said = f"over the limit {over} times, nothing written {nothing} times, of {len(pairs)}"
        if within:
            gain = statistics.median(us["vmaf"] - them["vmaf"] for us, them in within)
            better = sum(us["vmaf"] >= them["vmaf"] for us, them in within)
            said += f"; where it kept the limit ours is {gain:+.1f} VMAF (median), as good or better {better} "
            said += f"of {len(within)}"
        lines.append(f"- {name}: {said}")
    missing = dict.fromkeys(name for row in rows for name in row["missing"])
    return "\n".join([*lines, f"- not installed, skipped: {', '.join(missing) or 'none'}"])


def report(rows: list[dict], plot: Path | None) -> str:
    """Write the tables of the kinds there are, and the plot where asked."""
    if plot is not None:
        plot.write_text(dots(rows), encoding="utf-8")
    return "\n\n".join(table(rows, kind) for kind in dict.fromkeys(row["kind"] for row in rows))


def main() -> None:
    """Measure, or read; print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", metavar="FILE:LIMIT")
    parser.add_argument("--bin", action="append", type=Path, default=[], help="a folder with peers")
    parser.add_argument("--only", action="append", help="measure this peer alone (the first word of its name)")
    parser.add_argument("--out", type=Path, help="adds a line a case: a long run that is stopped leaves what it has")
    parser.add_argument("--read", type=Path)
    parser.add_argument("--plot", type=Path)
    asked = parser.parse_args()
    rows = [json.loads(line) for line in asked.read.read_text(encoding="utf-8").splitlines()] if asked.read else []
    for case in asked.cases:
        name, _, limit = case.rpartition(":")
        path = Path(name).absolute()
        size = round(path.stat().st_size * float(limit[:-1]) / 100) if limit.endswith("%") else int(limit)
        rows.append(measured(path, size, [folder.absolute() for folder in asked.bin], asked.only))
        print(f"{path.name} at {size:,}", file=sys.stderr, flush=True)
        if asked.out:
            with asked.out.open("a", encoding="utf-8") as out:
                out.write(json.dumps(rows[-1]) + "\n")
    if not rows:
        parser.error("name cases as FILE:LIMIT, or a file of earlier ones with --read")
    print(report(rows, asked.plot))


if __name__ == "__main__":
    main()
