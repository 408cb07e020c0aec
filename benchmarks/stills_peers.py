"""Peers side by side: the same pictures, the same limits; CPU ratios, bytes against the limit, three metrics.

    python benchmarks/stills_peers.py DIR [DIR ...] [--bin DIR ...] [--write FILE.md] [--plot FILE.svg]

Programs are looked for as ``benchmarks/peers.py`` says; what is not installed is skipped and named. DIR may
be a picture.

Named before measuring: SSIMULACRA2, MS-SSIM (libvmaf's) and XPSNR (brightness, dB), all as seen at 1200 pixels of
the long edge against the asset brought there by LANCZOS; a picture that a tool left on its side is counted as
such and judged upright. CPU is that of the process and its children, as a ratio
to a plain bisection with Pillow at 1600 pixels on the same picture and limit in the same run.
"""

from __future__ import annotations

import argparse
import io
import math
import re
import statistics
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import imageio_ffmpeg
import peers
from peers import Work, cpu_s
from peers_plot import curves
from PIL import Image, ImageChops, ImageOps, ImageStat
from stills import pictures_in, route_of
from thumbor_peer import by_thumbor

from mediaprep.job import Job
from mediaprep.options import FitOptions
from mediaprep.pipeline import run

LIMITS_BYTES = (100_000, 200_000, 300_000)
VIEW = 1200
EXIF_ORIENTATION = 0x0112
MOZJPEG = "mozjpeg cjpeg bisection, 1600 px"
JPEGLI = "jpegli bisection, 1600 px"
THUMBOR = "thumbor max_bytes, 1600 px"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one method made of one picture at one limit."""

    method: str
    picture: str
    limit_bytes: int
    cpu_s: float
    size_bytes: int | None = None
    ssimulacra2: float = math.nan
    ms_ssim: float = math.nan
    xpsnr_db: float = math.nan
    stopped: bool = False
    sideways: bool = False


def ours(effort: str) -> Work:
    """Fit with mediaprep."""

    def work(path: Path, limit_bytes: int, folder: Path) -> Path | None:
        job = Job(
            asset=path.name, path=path, routes=(route_of(limit_bytes),), mode="fit", scratch=folder,
            options=FitOptions(effort=effort),
        )  # fmt: skip
        outcome = run(job)[0]
        return Path(outcome.output) if outcome.output else None

    return work


def bisection(long_edge: int | None) -> Work:
    """Find Pillow's best whole quality, at full size or at ``long_edge``."""

    def work(path: Path, limit_bytes: int, folder: Path) -> Path | None:
        with Image.open(path) as source:
            picture = ImageOps.exif_transpose(source).convert("RGB")
        if long_edge is not None:
            picture.thumbnail((long_edge, long_edge), Image.Resampling.LANCZOS)
        return best_quality(picture, limit_bytes, folder)

    return work


def by_mozjpeg(program: str) -> Work:
    """Find mozjpeg's best whole quality at 1600 pixels: ``cjpeg`` knows no limit, so it gets the same bisection."""

    def work(path: Path, limit_bytes: int, folder: Path) -> Path | None:
        with Image.open(path) as source:
            picture = ImageOps.exif_transpose(source).convert("RGB")
        picture.thumbnail((1600, 1600), Image.Resampling.LANCZOS)
        picture.save(folder / "scaled.ppm")

        def encoded(quality: int) -> bytes:
            return peers.ran([program, "-quality", str(quality), str(folder / "scaled.ppm")]).stdout

        return bisected(encoded, limit_bytes, folder)

    return work


def by_jpegli(path: Path, limit_bytes: int, folder: Path) -> Path | None:
    """Find jpegli's best whole quality at 1600 pixels, by the same bisection, in this process."""
    import pyjpegli

    with Image.open(path) as source:
        picture = ImageOps.exif_transpose(source).convert("RGB")
    picture.thumbnail((1600, 1600), Image.Resampling.LANCZOS)
    pixels = picture.tobytes()
    return bisected(
        lambda quality: pyjpegli.encode(pixels, picture.width, picture.height, quality), limit_bytes, folder
    )


def best_quality(picture: Image.Image, limit_bytes: int, folder: Path) -> Path | None:
    """Bisect Pillow's whole qualities."""

    def encoded(quality: int) -> bytes:
        target = io.BytesIO()
        picture.save(target, "JPEG", quality=quality, optimize=True)
        return target.getvalue()

    return bisected(encoded, limit_bytes, folder)


def bisected(encoded: Callable[[int], bytes], limit_bytes: int, folder: Path) -> Path | None:
    """Write the largest of what an encoder makes within the limit."""
    low, high, best = 1, 95, None
    while low <= high:
        middle = (low + high) // 2
        data = encoded(middle)
        if data and len(data) <= limit_bytes:
            best, low = data, middle + 1
        else:
            high = middle - 1
    if best is None:
        return None
    (folder / "bisected.jpg").write_bytes(best)
    return folder / "bisected.jpg"


def at_our_dimensions(path: Path, limit_bytes: int, folder: Path) -> Path | None:
    """Find Pillow's best whole quality at the dimensions that mediaprep chose: the encoder alone is compared."""
    made = ours("balanced")(path, limit_bytes, folder)
    if made is None:
        return None
    with Image.open(made) as chosen, Image.open(path) as source:
        picture = ImageOps.exif_transpose(source).convert("RGB").resize(chosen.size, Image.Resampling.LANCZOS)
    return best_quality(picture, limit_bytes, folder)


def methods(folders: list[Path]) -> tuple[dict[str, Work], list[str]]:
    """Give what can run here, and the names of what is missing."""
    found, missing = peers.installed(peers.STILLS, folders)
    ours_and_baselines: dict[str, Work] = {
        "mediaprep": ours("balanced"),
        "mediaprep --effort max": ours("max"),
        "Pillow bisection, 1600 px": bisection(1600),
        "Pillow bisection, full size": bisection(None),
        "Pillow bisection, our dimensions": at_our_dimensions,
    }
    mozjpeg = peers.program("cjpeg", folders, "mozjpeg")
    if mozjpeg is None:
        missing = [*missing, MOZJPEG]
    else:
        found = {MOZJPEG: by_mozjpeg(mozjpeg), **found}
    thumbor = peers.program("thumbor", folders)
    if thumbor is None:
        missing = [*missing, THUMBOR]
    else:
        found[THUMBOR] = by_thumbor(thumbor, 1600)
    if find_spec("pyjpegli") is None:
        missing = [*missing, JPEGLI]
    else:
        found = {JPEGLI: by_jpegli, **found}
    return ours_and_baselines | found, missing


def upright_of(picture: Image.Image, reference: Image.Image, orientation: int) -> tuple[Image.Image, bool]:
    """Give a picture as large as the reference, turned where that is liker it, and whether it had to be turned.

    Tools that drop EXIF orientation without turning the pixels send a picture on its side: that is counted by
    itself, and the pixels are judged as if it were upright.
    """
    ways = [picture]
    if orientation > 1:
        flagged = picture.copy()
        flagged.getexif()[EXIF_ORIENTATION] = orientation
        ways.append(ImageOps.exif_transpose(flagged))

    def unlike(way: Image.Image) -> float:
        pair = [each.resize((64, 64)) for each in (way, reference)]
        return sum(ImageStat.Stat(ImageChops.difference(*pair)).mean)

    upright = min(ways, key=unlike)
    sideways = upright is not picture
    if upright.size != reference.size:
        upright = upright.resize(reference.size, Image.Resampling.LANCZOS)
    return upright, sideways


def opaque(picture: Image.Image) -> Image.Image:
    """Give a picture as phones show it where it is transparent: on white."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    seen = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen).convert("RGB")


def judged(reference: Image.Image, made: Image.Image, folder: Path) -> tuple[float, float, float]:
    """Measure SSIMULACRA2, MS-SSIM and XPSNR."""
    import ssimulacra2  # of the bench extra; the rest is tested without it

    files = [folder / "reference.ppm", folder / "made.ppm"]
    for file, picture in zip(files, (reference, made), strict=True):
        picture.save(file)
    graph = (
        "[0:v]format=yuv444p,split[a][c];[1:v]format=yuv444p,split[b][d];"
        "[b][a]libvmaf=feature=name=float_ms_ssim:log_fmt=xml:log_path=/dev/stdout;[d][c]xpsnr"
    )
    done = subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-i", files[0], "-i", files[1], "-lavfi", graph, "-f",
         "null", "-"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    structure = re.search(r'name="float_ms_ssim"[^>]* mean="([\d.]+)"', done.stdout)
    ratio = re.search(r"XPSNR\s+y:\s*([\d.]+)", done.stderr)
    return (
        ssimulacra2.compute_ssimulacra2(*map(str, files)),
        float(structure[1]) if structure else math.nan,
        float(ratio[1]) if ratio else math.nan,
    )


def measure(path: Path, limits: tuple[int, ...], works: dict[str, Work]) -> list[Result]:
    """Run every method on one picture."""
    results = []
    with Image.open(path) as opened:
        orientation = opened.getexif().get(EXIF_ORIENTATION, 1)
        upright = opaque(ImageOps.exif_transpose(opened))
    scale = min(1.0, VIEW / max(upright.size))
    size = (round(upright.width * scale), round(upright.height * scale))
    reference = upright.resize(size, Image.Resampling.LANCZOS)
    for limit_bytes in limits:
        if path.stat().st_size <= limit_bytes:
            continue
        for name, work in works.items():
            with tempfile.TemporaryDirectory() as folder:
                before, made, stopped = cpu_s(), None, False
                try:
                    made = work(path, limit_bytes, Path(folder))
                except peers.OverBoundError:
                    stopped = True
                result = Result(
                    method=name, picture=path.name, limit_bytes=limit_bytes, cpu_s=cpu_s() - before, stopped=stopped
                )
                if made is not None:
                    with Image.open(made) as opened:
                        as_shown = opaque(ImageOps.exif_transpose(opened))
                    shown, sideways = upright_of(as_shown, reference, orientation)
                    metrics = judged(reference, shown, Path(folder))
                    result = Result(
                        method=name, picture=path.name, limit_bytes=limit_bytes, cpu_s=result.cpu_s,
                        size_bytes=made.stat().st_size, ssimulacra2=metrics[0], ms_ssim=metrics[1], xpsnr_db=metrics[2],
                        sideways=sideways,
                    )  # fmt: skip
                results.append(result)
    return results


BASE = "Pillow bisection, 1600 px"


def table(results: list[Result], works: dict[str, Work]) -> str:
    """Write Markdown: one row a method, over the cases in which it made something."""
    cpu = {(r.picture, r.limit_bytes): r.cpu_s for r in results if r.method == BASE}
    cases = len(cpu)
    our = {(r.picture, r.limit_bytes): r for r in results if r.method == "mediaprep" and r.size_bytes}
    lines = [
        "| tool | made | over | sideways | bytes / limit (most) | CPU | SSIMULACRA2 | beside ours | MS-SSIM | XPSNR |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name in works:
        mine = [r for r in results if r.method == name]
        there = [r for r in mine if r.size_bytes]
        stopped = sum(r.stopped for r in mine)
        count = f"{len(there)} of {cases}" + (f", {stopped} stopped after {peers.BOUND_S} s" if stopped else "")
        if not there:
            lines.append(f"| {name} | {count} | | | | | | | | |")
            continue
        fills = sorted((r.size_bytes or 0) / r.limit_bytes for r in there)
        ratios = [r.cpu_s / cpu[r.picture, r.limit_bytes] for r in mine]
        shared = [(r, our[r.picture, r.limit_bytes]) for r in there if (r.picture, r.limit_bytes) in our]
        beside = "-" if name == "mediaprep" or not shared else (
            f"{statistics.mean(r.ssimulacra2 - o.ssimulacra2 for r, o in shared):+.1f}, "
            f"{statistics.mean(r.ms_ssim - o.ms_ssim for r, o in shared):+.4f}, "
            f"{statistics.mean(r.xpsnr_db - o.xpsnr_db for r, o in shared):+.2f} dB"
        )  # fmt: skip
        lines.append(
            f"| {name} | {count} | {sum(f > 1 for f in fills)} | {sum(r.sideways for r in there)} "
            f"| {statistics.median(fills):.1%} "
            f"({fills[-1]:.0%}) | {statistics.median(ratios):.2f}x "
            f"| {statistics.mean(r.ssimulacra2 for r in there):.1f} | {beside} "
            f"| {statistics.mean(r.ms_ssim for r in there):.4f} | {statistics.mean(r.xpsnr_db for r in there):.2f} dB |"
        )
    return "\n".join(lines)


def plot(results: list[Result], works: dict[str, Work]) -> str:
    """Draw mean SSIMULACRA2 at each limit against mean bytes."""
    limits = sorted({r.limit_bytes for r in results})
    series = {}
    for name in works:
        by_limit = [[r for r in results if r.method == name and r.limit_bytes == at and r.size_bytes] for at in limits]
        series[name] = [
            (
                statistics.mean(r.size_bytes or 0 for r in there),
                statistics.mean(r.ssimulacra2 for r in there),
                any((r.size_bytes or 0) > r.limit_bytes for r in there),
            )
            for there in by_limit
            if there
        ]
    return curves(series, limits, f"bytes of the rendition (mean); SSIMULACRA2 at {VIEW} px (mean); a ring went over")


def main() -> None:
    """Measure, print the table, write table and plot where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--bin", action="append", type=Path, default=[], help="a folder with peers")
    parser.add_argument("--limits", nargs="+", type=int, default=LIMITS_BYTES)
    parser.add_argument("--only", nargs="+", help="methods whose names begin so")
    parser.add_argument("--write", type=Path)
    parser.add_argument("--plot", type=Path)
    asked = parser.parse_args()
    works, missing = methods(asked.bin)
    if asked.only:
        works = {name: work for name, work in works.items() if name.startswith(tuple(asked.only)) or name == BASE}
    results: list[Result] = []
    text = ""
    for path in pictures_in(asked.folders):
        results += measure(path, tuple(asked.limits), works)
        text = table(results, works) + "\n\nNot installed, skipped: " + (", ".join(missing) or "none") + ".\n"
        if asked.write:  # after each picture: a long run that is stopped leaves what it has
            asked.write.write_text(text)
        if asked.plot:
            asked.plot.write_text(plot(results, works))
    print(text)


if __name__ == "__main__":
    main()
