"""How far the dimensions that a fit chooses are behind the best ones, found by trying them all.

    python benchmarks/stills_resolution.py FILE ... [--limits 60000 100000 300000] [--write FILE.md]

Every rung of dimensions (a tenth apart) is encoded as JPEG at the best quality that fits, with colour at half
and (graphics only) at full resolution. The five best by our own score (on every tile) are judged by SSIMULACRA2 at 1200
pixels of the long edge, as is what the fit chose, in whatever format. A fit and a try both stop at the cap (score
90): beyond it there is nothing to be behind of.
"""

from __future__ import annotations

import argparse
import io
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path

import ssimulacra2
from PIL import Image, ImageOps
from stills import route_of

from mediaprep import score as scoring
from mediaprep.attempts import run_steps
from mediaprep.job import Job
from mediaprep.kinds import FittingKind, identify
from mediaprep.kinds._still_lossy import quality_at
from mediaprep.kinds._still_plan import GRAPHIC
from mediaprep.kinds._still_shape import JPEG, Asked, Shape, frame_size, scaled
from mediaprep.limits import Limits
from mediaprep.model import KindName
from mediaprep.options import Bounds, FitOptions
from mediaprep.pipeline import run
from mediaprep.storage import open_source

LIMITS_BYTES = (60_000, 100_000, 300_000)
VIEW = 1200
RUNG = 0.9
BEST = 5
"""Tries that are judged by SSIMULACRA2, at 2 s of CPU each; our own score on every tile is 2 points off in the mean."""

HOPELESS, FURTHER = 8.0, 3
"""After so many rungs in a row so far behind, smaller ones are believed to be no better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One picture at one limit: what was chosen and what would have been best, judged by SSIMULACRA2."""

    picture: str
    graphic: bool
    limit_bytes: int
    chosen: tuple[int, int]
    chosen_score: float
    best: tuple[int, int]
    best_score: float

    @property
    def behind(self) -> float:
        """Points of SSIMULACRA2 that another choice of dimensions would have bought."""
        return max(self.best_score - self.chosen_score, 0.0)


def on_white(picture: Image.Image) -> Image.Image:
    """Show a picture as a page would: what is transparent is white."""
    whole = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", whole.size, "white"), whole).convert("RGB")


def judged(reference: Image.Image, made: Image.Image, folder: Path) -> float:
    """Measure SSIMULACRA2 at the reference's size."""
    files = [folder / "reference.ppm", folder / "made.ppm"]
    seen = on_white(made)
    seen = seen if seen.size == reference.size else seen.resize(reference.size, Image.Resampling.LANCZOS)
    for file, picture in zip(files, (reference, seen), strict=True):
        picture.save(file)
    return float(ssimulacra2.compute_ssimulacra2(*map(str, files)))


def tried(path: Path, limits: Limits) -> tuple[bool, list[tuple[float, tuple[int, int], bytes]]]:
    """Encode every rung; say whether it is a graphic, and give our score, dimensions and bytes of each."""
    source = open_source(path, 10**10)
    known = identify(source)
    assert known is not None
    kind, form = known
    assert isinstance(kind, FittingKind)
    info = kind.confirm(source, kind.probe(source, form, Bounds()), Bounds())
    target = limits.target_bytes or 0
    found: list[tuple[float, tuple[int, int], bytes]] = []
    with kind.open(source, info, FitOptions(), Bounds()) as session:
        full = frame_size((info.width or 1, info.height or 1), limits)
        graphic = session.graphic_share(full) >= GRAPHIC
        best, left_out = 0.0, 0
        for number in range(24):
            size = scaled(full, RUNG**number)
            here = 0.0
            for full_chroma in (False, True) if graphic else (False,):
                shape = Shape(media_type=JPEG, full_chroma=full_chroma)
                steps = quality_at(Asked(session, limits, target, shape), size)
                made, _ = run_steps(kind, session, steps, lambda _: None)
                if made is not None:
                    here = max(here, made.score)
                    found.append((made.score, size, made.encoded.data))
            best = max(best, here)
            left_out = left_out + 1 if here < best - HOPELESS else 0
            if left_out >= FURTHER or min(size) < 40:
                break
    return graphic, found


def measure(path: Path, limit_bytes: int) -> Case | None:
    """Fit one picture and try all dimensions; None where it needs no encode at this limit."""
    route = route_of(limit_bytes)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (outcome,) = run(Job(asset=path.name, path=path, routes=(route,), mode="fit", scratch=folder))
        if str(outcome.treatment) != "transcode" or outcome.output is None:
            return None
        graphic, found = tried(path, route.limits_for(KindName.IMAGE))
        with Image.open(path) as opened:
            upright = on_white(ImageOps.exif_transpose(opened))
        scale = min(1.0, VIEW / max(upright.size))
        reference = upright.resize(
            (round(upright.width * scale), round(upright.height * scale)), Image.Resampling.LANCZOS
        )
        with Image.open(outcome.output) as sent:
            chosen, chosen_score = sent.size, judged(reference, sent, folder)
        best, best_score = chosen, chosen_score
        scorer = scoring.Scorer(reference, VIEW)
        ranked = sorted(found, key=lambda one: -scorer.score(Image.open(io.BytesIO(one[2])).convert("RGB")))
        for _, size, data in ranked[:BEST]:
            value = judged(reference, Image.open(io.BytesIO(data)), folder)
            if value > best_score:
                best, best_score = size, value
    return Case(
        picture=path.name, graphic=graphic, limit_bytes=limit_bytes, chosen=chosen, chosen_score=chosen_score,
        best=best, best_score=best_score,
    )  # fmt: skip


def table(cases: list[Case]) -> str:
    """Write Markdown: one row a case, then mean and worst of photographs and of graphics."""
    lines = [
        "| picture | limit | chosen | SSIMULACRA2 | best dimensions | SSIMULACRA2 | behind |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {c.picture} | {c.limit_bytes:,} | {c.chosen[0]}x{c.chosen[1]} | {c.chosen_score:.1f} "
        f"| {c.best[0]}x{c.best[1]} | {c.best_score:.1f} | {c.behind:.1f} |"
        for c in cases
    ]
    lines += ["", "| content | cases | behind, mean | behind, worst |", "| --- | --- | --- | --- |"]
    for name, graphic in (("photographs", False), ("graphics", True)):
        behind = [c.behind for c in cases if c.graphic == graphic]
        if behind:
            lines.append(f"| {name} | {len(behind)} | {statistics.mean(behind):.2f} | {max(behind):.1f} |")
    return "\n".join(lines)


def main() -> None:
    """Measure and print; write after each picture, so that a long run that is stopped leaves what it has."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--limits", nargs="+", type=int, default=LIMITS_BYTES)
    parser.add_argument("--write", type=Path)
    asked = parser.parse_args()
    scoring.SHARE = 1.0
    cases: list[Case] = []
    for path in asked.files:
        cases += [case for limit in asked.limits if (case := measure(path, limit)) is not None]
        if asked.write:
            asked.write.write_text(table(cases) + "\n", encoding="utf-8")
    print(table(cases))


if __name__ == "__main__":
    main()
