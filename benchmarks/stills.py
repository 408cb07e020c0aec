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
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from mediaprep.job import Job
from mediaprep.kinds import identify
from mediaprep.limits import Limits, Route
from mediaprep.model import KindName, Outcome, Treatment
from mediaprep.options import Bounds, FitOptions
from mediaprep.pipeline import run
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


def route_of(limit_bytes: int) -> Route:
    """Make a route that delivers JPEG and PNG within one limit."""
    limits = Limits(
        kind=KindName.IMAGE, limit_bytes=limit_bytes, target_bytes=limit_bytes, types=("image/jpeg", "image/png")
    )
    return Route(name=str(limit_bytes), folder=str(limit_bytes), channel="mms", limits=(limits,))


def cpu_of(work, repeats: int) -> float:
    """Give the median CPU seconds of ``work``."""
    times = []
    for _ in range(repeats):
        before = time.process_time()
        work()
        times.append(time.process_time() - before)
    return statistics.median(times)


def measure(path: Path, limit_bytes: int, repeats: int) -> Case:
    """Fit one picture and time it, its bound, and Pillow's optimised encode of the same picture."""
    route = route_of(limit_bytes)
    with tempfile.TemporaryDirectory() as folder:
        job = Job(asset=path.name, path=path, routes=(route,), mode="fit", scratch=Path(folder))
        outcome = run(job)[0]
        cpu_s = cpu_of(lambda: run(job), repeats)
        bound_s, sequential_s = bound_of(path, outcome, repeats)
    return Case(
        picture=path.name, limit_bytes=limit_bytes, outcome=outcome, encodes=len(outcome.attempts),
        cpu_s=cpu_s, bound_s=bound_s, sequential_s=sequential_s,
    )  # fmt: skip


def bound_of(path: Path, outcome: Outcome, repeats: int) -> tuple[float, float]:
    """Time load + one encode + one decode at the dimensions and quality that were chosen."""
    chosen = next((a for a in outcome.attempts if a.size_bytes == outcome.size_bytes), None)
    if chosen is None or outcome.treatment != Treatment.TRANSCODE:
        return 0.0, 0.0
    source = open_source(path, 10**10)
    known = identify(source)
    assert known is not None
    kind, form = known
    info = kind.probe(source, form, Bounds())
    encoder = {"image/jpeg": "jpeg_pillow", "image/png": "png_vips"}[chosen.media_type]
    size = (chosen.width, chosen.height)
    made = {}

    def load():
        with kind.open(source, info, FitOptions(), Bounds()) as session:
            made["picture"] = session.picture(size)
            made["encoder"] = session.encoder(encoder)

    def encode():
        made["data"] = made["encoder"].encode(made["picture"], chosen.quality)

    def decode():
        with Image.open(io.BytesIO(made["data"])) as back:
            back.load()

    def sequential():
        made["picture"].save(io.BytesIO(), "JPEG", quality=80, optimize=True)

    load_s, encode_s, decode_s = (cpu_of(step, repeats) for step in (load, encode, decode))
    return load_s + encode_s + decode_s, load_s + cpu_of(sequential, repeats) + decode_s


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
    timed = [c for c in cases if c.bound_s]
    ratios = sorted(c.cpu_s / c.bound_s for c in timed)
    plain = sorted(c.cpu_s / c.sequential_s for c in timed if c.sequential_s)
    fills = sorted(c.fill for c in cases if c.could_fill)
    over = sum((c.outcome.size_bytes or 0) > c.limit_bytes for c in cases if c.outcome.done)
    lines += ["", "| figure | value |", "| --- | --- |", f"| cases | {len(cases)} |", f"| over the limit | {over} |"]
    if ratios:
        lines += [
            f"| CPU / bound, median | {statistics.median(ratios):.2f} |",
            f"| CPU / bound, p90 | {ratios[int(0.9 * (len(ratios) - 1))]:.2f} |",
            f"| CPU / bound with Pillow's optimised encode, median | {statistics.median(plain):.2f} |",
            f"| final encodes a fit, mean | {statistics.mean(c.encodes for c in timed):.2f} |",
        ]
    if fills:
        full = sum(f >= 0.97 for f in fills) / len(fills)
        lines += [
            f"| fill where the source could, median / least | {statistics.median(fills):.1%} / {fills[0]:.1%} |",
            f"| cases filled >= 97 % | {full:.0%} of {len(fills)} |",
        ]
    return "\n".join(lines)


def pictures_in(folders: list[Path]) -> list[Path]:
    """Find stills by content, sorted by name."""
    found = []
    for path in sorted(p for folder in folders for p in folder.rglob("*") if p.is_file()):
        known = identify(open_source(path, 10**10)) if path.stat().st_size else None
        if known is not None and known[0].name == KindName.IMAGE:
            found.append(path)
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, default=[ROOT / "samples"])
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    cases = []
    for path in pictures_in(arguments.folders):
        for limit_bytes in LIMITS_BYTES:
            cases.append(measure(path, limit_bytes, arguments.repeats))
            print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    print(table(cases))


if __name__ == "__main__":
    main()
