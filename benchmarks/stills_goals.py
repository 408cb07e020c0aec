"""Every goal for stills in one table: what is to be reached, and what is reached on the pictures given.

    python benchmarks/stills_goals.py                      # the samples
    python benchmarks/stills_goals.py DIR [--limits 100000 300000 1000000] [--naive 6] [--searched 8] [--write FILE.md]

Each row comes from the program that measures it alone: ``stills.py`` (bound, encodes, fill, naive bisections),
``stills_peers.py`` (metrics at equal bytes), ``stills_resolution.py`` (all dimensions tried), ``stills_memory.py``.
``--naive`` and ``--searched`` bound how many pictures the slow rows take, evenly spread over all.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import stills
import stills_memory
import stills_peers
import stills_resolution
from PIL import Image, ImageOps

from mediaprep import score as scoring
from mediaprep.kinds import identify
from mediaprep.options import Bounds, FitOptions
from mediaprep.storage import open_source

Row = tuple[str, str, str]
LIMITS_BYTES = (100_000, 300_000, 1_000_000)
LARGE_PIXELS = 7e6
"""From here on a picture is as large as the one of 12 megapixels for which loading has a goal."""


def spread(paths: Sequence[Path], count: int) -> list[Path]:
    """Take ``count`` of the paths, evenly spread."""
    return [paths[i * len(paths) // count] for i in range(count)] if len(paths) > count else list(paths)


def fits(paths: list[Path], limits: Sequence[int], repeats: int) -> Iterator[Row]:
    """Fit each picture to each limit; a limit that a picture has no need of tells nothing."""
    cases = [stills.measure(path, limit, repeats) for path in paths for limit in limits]
    yield from ((figure, goal, value) for figure, goal, value in stills.figures(cases))


def against_naive(paths: list[Path], repeats: int) -> Iterator[Row]:
    """Compare with naive bisections; the goals are about pictures of 12 megapixels."""
    found = [stills.beside_naive(path, repeats) for path in paths]
    large = [one for one in found if one.megapixels * 1e6 >= LARGE_PIXELS] or found
    each = ", ".join(f"{one.eight:.1f}" for one in found)
    yield (
        "eight limits from one JPEG: times less CPU than naive, median",
        "7",
        (f"{statistics.median(one.eight for one in found):.1f} ({each})"),
    )
    yield (
        "eight limits: share of the picture's own bound, median",
        "85%",
        (f"{statistics.median(one.share for one in found):.0%}"),
    )
    yield (
        "one limit, 12 MP to 1600 px: times less CPU than naive, median",
        "2.5",
        (f"{statistics.median(one.one for one in large):.1f} ({', '.join(f'{one.one:.1f}' for one in large)})"),
    )
    yield (
        "the loaded picture against full decode + LANCZOS, SSIMULACRA2, least",
        "95",
        (f"{min(loaded(path) for path in paths):.1f}"),
    )


def loaded(path: Path) -> float:
    """Judge what a fit loads at 1600 pixels by what Pillow makes of the whole picture."""
    source = open_source(path, 10**10)
    known = identify(source)
    assert known is not None
    kind, form = known
    info = kind.probe(source, form, Bounds())
    with Image.open(path) as opened:
        whole = ImageOps.exif_transpose(opened).convert("RGB")
    scale = min(1.0, 1600 / max(whole.size))
    size = (int(whole.width * scale), int(whole.height * scale))
    with tempfile.TemporaryDirectory() as folder, kind.open(source, info, FitOptions(), Bounds()) as session:
        reference = whole.resize(size, Image.Resampling.LANCZOS)
        return stills_resolution.judged(reference, session.picture(size).convert("RGB"), Path(folder))


def at_equal_bytes(paths: list[Path]) -> Iterator[Row]:
    """Compare with the best whole quality of Pillow, at 1600 pixels and at our own dimensions."""
    works = {
        "mediaprep": stills_peers.ours("balanced"),
        "1600 px": stills_peers.bisection(1600),
        "our dimensions": stills_peers.at_our_dimensions,
    }
    results = [one for path in paths for one in stills_peers.measure(path, stills_peers.LIMITS_BYTES, works)]
    mine = {(r.picture, r.limit_bytes): r for r in results if r.method == "mediaprep" and r.size_bytes}
    for name in ("1600 px", "our dimensions"):
        pairs = [(mine[key], r) for r in results if r.method == name and (key := (r.picture, r.limit_bytes)) in mine]
        made = [(ours, theirs) for ours, theirs in pairs if theirs.size_bytes]
        gain = statistics.mean(ours.ssimulacra2 - theirs.ssimulacra2 for ours, theirs in made)
        structure = statistics.mean(ours.ms_ssim - theirs.ms_ssim for ours, theirs in made)
        ratio = statistics.mean(ours.xpsnr_db - theirs.xpsnr_db for ours, theirs in made)
        yield f"SSIMULACRA2 over Pillow's best whole quality, {name} ({len(made)} cases)", ">= +2", f"{gain:+.1f}"
        yield f"MS-SSIM and XPSNR in the same cases, {name}", "not worse", f"{structure:+.4f}, {ratio:+.2f} dB"


def dimensions(paths: list[Path]) -> Iterator[Row]:
    """Compare the chosen dimensions with all that there are."""
    share, scoring.SHARE = scoring.SHARE, 1.0
    found = [stills_resolution.measure(path, limit) for path in paths for limit in stills_resolution.LIMITS_BYTES]
    scoring.SHARE = share
    for name, graphic in (("photographs", False), ("graphics", True)):
        behind = [case.behind for case in found if case is not None and case.graphic == graphic]
        if behind:
            value = f"{statistics.mean(behind):.2f}, {max(behind):.1f} ({len(behind)} cases)"
            yield f"SSIMULACRA2 behind an exhaustive search of dimensions, {name}: mean, worst", "1, 4", value


def memory() -> Iterator[Row]:
    """Measure memory above start."""
    for one in stills_memory.measured():
        kind = "progressive" if one.progressive else "baseline"
        yield f"memory above start, 48 MP {kind} JPEG to 1600 px, MiB", f"{one.goal_mib:.0f}", f"{one.mib:.0f}"


def main() -> None:
    """Print the table; write it after each part, so that a long run that is stopped leaves what it has."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, default=[stills.ROOT / "samples"])
    parser.add_argument("--limits", nargs="+", type=int, default=LIMITS_BYTES)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--naive", type=int, default=6, help="pictures for naive bisections")
    parser.add_argument("--searched", type=int, default=8, help="pictures whose dimensions are all tried, and compared")
    parser.add_argument("--write", type=Path)
    asked = parser.parse_args()
    paths = stills.pictures_in(asked.folders)
    jpegs = [path for path in paths if path.suffix.lower() in (".jpg", ".jpeg")]
    few = spread(jpegs, asked.searched)
    parts = (
        fits(paths, asked.limits, asked.repeats),
        against_naive(spread(jpegs, asked.naive), asked.repeats),
        at_equal_bytes(few),
        dimensions(spread(paths, asked.searched)),
        memory(),
    )
    text = "| goal | to reach | reached |\n| --- | --- | --- |\n"
    for part in parts:
        text += "".join(f"| {goal} | {wanted} | {reached} |\n" for goal, wanted, reached in part)
        if asked.write:
            asked.write.write_text(text, encoding="utf-8")
    print(text, end="")


if __name__ == "__main__":
    main()
