"""What a fit of a still costs against its bound, how many encodes it takes, and how full the limit gets.

Bound: load by the fastest path + ONE final encode with the default encoder + ONE decode of the rendition.
Ours includes scoring and verification. CPU of this process, medians of several runs, ratios within one run.

    python benchmarks/stills.py                     # the samples
    python benchmarks/stills.py DIR [DIR ...]       # other pictures: every still in the folders
"""

from __future__ import annotations

import argparse
import io
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PIL import Image, ImageOps

from mediaprep.job import Job
from mediaprep.kinds import identify
from mediaprep.limits import Limits, Route
from mediaprep.model import KindName, Outcome, Treatment
from mediaprep.options import Bounds, FitOptions
from mediaprep.pipeline import run
from mediaprep.plugins import load
from mediaprep.storage import open_source

LIMITS_BYTES = (100_000, 300_000, 600_000, 1_000_000)
ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One picture at one limit."""

    picture: str
    limit_bytes: int
    outcome: Outcome
    encodes: int
    cpu_s: float
    bound_s: float
    sequential_s: float

    @property
    def fill(self) -> float:
        """Share of the limit that is used."""
        return (self.outcome.size_bytes or 0) / self.limit_bytes

    @property
    def could_fill(self) -> bool:
        """Whether more bytes would be seen: JPEG under the cap, and the source was larger than the limit."""
        outcome = self.outcome
        larger = outcome.source is not None and outcome.source.size_bytes > self.limit_bytes
        return outcome.media_type == "image/jpeg" and larger and (outcome.score or 0) < 90.0


def route_of(limit_bytes: int, max_long_edge: int = 1920) -> Route:
    """Make a route that delivers JPEG and PNG within one limit."""
    limits = Limits(
        kind=KindName.IMAGE, limit_bytes=limit_bytes, target_bytes=limit_bytes, types=("image/jpeg", "image/png"),
        max_long_edge=max_long_edge,
    )  # fmt: skip
    return Route(name=str(limit_bytes), folder=str(limit_bytes), channel="mms", limits=(limits,))


def cpu_once(work) -> float:
    """Give the CPU seconds of doing ``work`` once."""
    before = time.process_time()
    work()
    return time.process_time() - before


def measure(path: Path, limit_bytes: int, repeats: int) -> Case:
    """Fit one picture and time it, its bound, and the bound with Pillow's optimised encode of the same picture.

    They take turns, so that a machine whose speed changes is as fast for the one as for the other.
    """
    route = route_of(limit_bytes)
    with tempfile.TemporaryDirectory() as folder:
        job = Job(asset=path.name, path=path, routes=(route,), mode="fit", scratch=Path(folder))
        outcome = run(job)[0]
        turns = [partial(run, job), *bounds_of(path, outcome)]
        times = [[cpu_once(turn) for turn in turns] for _ in range(repeats + 1)][1:]  # the first loads libraries
    cpu_s, bound_s, sequential_s = (statistics.median(row) for row in (*zip(*times, strict=True), (0.0,), (0.0,))[:3])
    return Case(
        picture=path.name, limit_bytes=limit_bytes, outcome=outcome, encodes=len(outcome.attempts),
        cpu_s=cpu_s, bound_s=bound_s, sequential_s=sequential_s,
    )  # fmt: skip


def bounds_of(path: Path, outcome: Outcome) -> tuple[Callable[[], None], ...]:
    """Give the least work at the dimensions and quality that were chosen: load + one encode + one decode.

    Then the same with Pillow's optimised encode at quality 80; () where the asset was not encoded anew.
    """
    chosen = next((a for a in outcome.attempts if a.size_bytes == outcome.size_bytes), None)
    if chosen is None or outcome.treatment != Treatment.TRANSCODE:
        return ()
    source = open_source(path, 10**10)
    known = identify(source)
    assert known is not None
    kind, form = known
    info = kind.probe(source, form, Bounds())
    encoder = load("encoders", {"image/jpeg": "jpeg_pillow", "image/png": "png"}[chosen.media_type])
    size = (chosen.width, chosen.height)
    with Image.open(outcome.output) as sent:  # a bound of the same work: colour at the same resolution
        full_chroma = sent.format == "JPEG" and sent.layer[0][1:3] == (1, 1)

    def ours(picture) -> bytes:
        return encoder.encode(picture, chosen.quality, full_chroma=full_chroma)

    def plain(picture) -> bytes:
        target = io.BytesIO()
        picture.convert("RGB").save(target, "JPEG", quality=80, optimize=True)
        return target.getvalue()

    def once(encode) -> None:
        with kind.open(source, info, FitOptions(), Bounds()) as session:
            data = encode(session.picture(size))
            with Image.open(io.BytesIO(data)) as back:
                back.load()

    return partial(once, ours), partial(once, plain)


def table(cases: list[Case]) -> str:
    """Write Markdown: one row a case, then the summary."""
    lines = [
        "| picture | limit | verdict | dimensions | score | encodes | fill | CPU / bound |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for case in cases:
        o = case.outcome
        ratio = f"{case.cpu_s / case.bound_s:.2f}" if case.bound_s else "-"
        score = "-" if o.score is None else f"{o.score:.0f}"
        lines.append(
            f"| {case.picture} | {case.limit_bytes:,} | {o.verdict} ({o.treatment}) | {o.width}x{o.height} | {score} "
            f"| {case.encodes} | {case.fill:.1%} | {ratio} |"
        )
    lines += ["", "| figure | goal | value |", "| --- | --- | --- |", f"| cases | | {len(cases)} |"]
    return "\n".join(lines + [f"| {figure} | {goal} | {value} |" for figure, goal, value in figures(cases)])


def figures(cases: list[Case]) -> list[tuple[str, str, str]]:
    """Sum the cases up: figure, goal, value."""
    timed = [c for c in cases if c.bound_s]
    ratios = sorted(c.cpu_s / c.bound_s for c in timed)
    plain = sorted(c.cpu_s / c.sequential_s for c in timed if c.sequential_s)
    fills = sorted(c.fill for c in cases if c.could_fill)
    over = sum((c.outcome.size_bytes or 0) > c.limit_bytes for c in cases if c.outcome.done)
    found = [("over the limit", "0", str(over))]
    if ratios:
        found += [
            ("CPU / bound, median", "1.15", f"{statistics.median(ratios):.2f}"),
            ("CPU / bound, p90", "1.3", f"{ratios[int(0.9 * (len(ratios) - 1))]:.2f}"),
            ("CPU / bound with Pillow's optimised encode, median", "", f"{statistics.median(plain):.2f}"),
            ("final encodes a fit, mean", "1.4", f"{statistics.mean(c.encodes for c in timed):.2f}"),
        ]
    if fills:
        full = sum(f >= 0.97 for f in fills) / len(fills)
        median = f"{statistics.median(fills):.1%} (least {fills[0]:.1%})"
        found += [
            ("fill where the source could, median", "98.5%", median),
            ("cases filled >= 97 %", "100%", f"{full:.0%} of {len(fills)}"),
        ]
    return found


EIGHT_BYTES = (300_000, 1_000_000, 500_000, 600_000, 100_000, 750_000, 400_000, 200_000)


def naive(path: Path, limit_bytes: int) -> int | None:
    """Do what most scripts do: decode, scale to 1600, bisect whole qualities with Pillow."""
    with Image.open(path) as source:
        picture = ImageOps.exif_transpose(source).convert("RGB")
    picture.thumbnail((1600, 1600), Image.Resampling.LANCZOS)
    low, high, best = 1, 95, None
    while low <= high:
        middle = (low + high) // 2
        target = io.BytesIO()
        picture.save(target, "JPEG", quality=middle, optimize=True)
        if target.tell() <= limit_bytes:
            best, low = middle, middle + 1
        else:
            high = middle - 1
    return best


def bound_of_all(path: Path, outcomes: tuple[Outcome, ...]) -> Callable[[], None]:
    """Give ONE load, the smaller sizes from it, and ONE encode and ONE decode of each rendition that differs."""
    source = open_source(path, 10**10)
    known = identify(source)
    assert known is not None
    kind, form = known
    info = kind.probe(source, form, Bounds())
    made = {}
    for outcome in outcomes:
        chosen = next((a for a in outcome.attempts if a.size_bytes == outcome.size_bytes), None)
        if outcome.treatment == Treatment.TRANSCODE:
            with Image.open(outcome.output) as sent:
                full_chroma = sent.format == "JPEG" and sent.layer[0][1:3] == (1, 1)
            quality = chosen.quality if chosen is not None else 80.0  # encoded for an earlier limit: about as dear
            made[outcome.output_sha256] = ((outcome.width, outcome.height), quality, full_chroma)

    def work():
        with kind.open(source, info, FitOptions(), Bounds()) as session:
            for size, quality, full_chroma in sorted(made.values(), reverse=True):
                data = session.encoder("jpeg_pillow").encode(session.picture(size), quality, full_chroma=full_chroma)
                with Image.open(io.BytesIO(data)) as back:
                    back.load()

    work()
    return work


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """One picture beside naive bisections of it, at one limit and at eight: how many times less CPU."""

    picture: str
    megapixels: float
    progressive: bool
    one: float
    eight: float
    bound: float
    share: float
    """Share of the bound of eight limits that is reached."""


def beside_naive(path: Path, repeats: int) -> Beside:
    """Fit and bisect one picture. Both make at most 1600 pixels of the long edge, so that the work is the same."""
    with Image.open(path) as source:
        megapixels, progressive = source.width * source.height / 1e6, bool(source.info.get("progressive"))
    with tempfile.TemporaryDirectory() as folder:
        one, eight = (
            Job(asset=path.name, path=path, routes=routes, mode="fit", scratch=Path(folder))
            for routes in ((route_of(300_000, 1600),), tuple(route_of(size, 1600) for size in EIGHT_BYTES))
        )
        turns = (
            partial(run, one), partial(naive, path, 300_000), partial(run, eight), bound_of_all(path, run(eight)),
            *(partial(naive, path, size) for size in EIGHT_BYTES),
        )  # fmt: skip
        run(one)
        times = [[cpu_once(turn) for turn in turns] for _ in range(repeats)]  # in turn: a machine's speed changes
    ours_one, naive_one, ours_eight, bound, *naives = (statistics.median(row) for row in zip(*times, strict=True))
    naive_eight = sum(naives)
    return Beside(
        picture=path.name, megapixels=megapixels, progressive=progressive, one=naive_one / ours_one,
        eight=naive_eight / ours_eight, bound=naive_eight / bound, share=bound / ours_eight,
    )  # fmt: skip


def against_naive(found: list[Beside]) -> str:
    """Write Markdown: CPU of the naive bisection over ours, for one limit and for eight from one decode.

    The bound is what eight limits would take less if nothing had to be searched, scored or looked for.
    """
    lines = [
        "| picture | megapixels | scans | one limit (300 KB) | eight limits | bound of eight | share of the bound |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {b.picture} | {b.megapixels:.1f} | {'many' if b.progressive else 'one'} | {b.one:.1f}x less "
        f"| {b.eight:.1f}x less | {b.bound:.1f}x less | {b.share:.0%} |"
        for b in found
    ]
    one, eight, share = (statistics.median(getattr(b, name) for b in found) for name in ("one", "eight", "share"))
    return "\n".join([*lines, f"| median | | | {one:.1f}x less | {eight:.1f}x less | | {share:.0%} |"])


def pictures_in(folders: list[Path]) -> list[Path]:
    """Find stills by content in folders, sorted by name; a file stands for itself."""
    found = []
    files = [each for folder in folders for each in (folder.rglob("*") if folder.is_dir() else [folder])]
    for path in sorted(each for each in files if each.is_file()):
        known = identify(open_source(path, 10**10)) if path.stat().st_size else None
        if known is not None and known[0].name == KindName.IMAGE:
            found.append(path)
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, default=[ROOT / "samples"])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--limits", nargs="+", type=int, default=LIMITS_BYTES)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--singles-only", action="store_true", help="leave out the table of naive bisections")
    which.add_argument("--naive-only", action="store_true", help="leave out the table of single fits")
    arguments = parser.parse_args()
    cases = []
    for path in [] if arguments.naive_only else pictures_in(arguments.folders):
        for limit_bytes in arguments.limits:
            cases.append(measure(path, limit_bytes, arguments.repeats))
            print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    if cases:
        print(table(cases))
    if arguments.singles_only:
        return
    photographs = [path for path in pictures_in(arguments.folders) if path.suffix.lower() in (".jpg", ".jpeg")]
    print("\nCPU of a naive Pillow bisection (1600 px, whole qualities) over ours:\n")
    print(against_naive([beside_naive(path, arguments.repeats) for path in photographs[:12]]))


if __name__ == "__main__":
    main()
