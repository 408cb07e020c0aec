"""How like a file is to the original it was made from, whoever made it. Runs inside a worker.

The scale is that of a fit: the score of stills; for moving pictures its mean over a few moments, brought to the scale
on which fits of moving pictures are scored. Besides, what a number hides: a picture on its side, an animation that
stopped, a bar code that no longer scans.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediaprep import score
from mediaprep.barcodes import read_codes
from mediaprep.errors import AssetError
from mediaprep.job import OnEvent
from mediaprep.kinds import ShowingKind, identify, supports
from mediaprep.limits import VIEW_LONG_EDGE
from mediaprep.model import KindName
from mediaprep.options import Bounds, FitOptions
from mediaprep.phone_vmaf import MOMENTS, of_moments
from mediaprep.storage import open_source

if TYPE_CHECKING:
    from PIL.Image import Image

_TURN_EDGE = 48
_CLEARLY = 0.7
"""A turn must leave less than this share of the difference that the picture as it lies has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """What came of a comparison; None where it does not apply. ``turned_deg`` is how far it lies on its side."""

    score: float | None = None
    turned_deg: int = 0
    stopped: bool = False
    codes: int = 0
    codes_lost: int = 0


Values = tuple[float | None, int, bool, int, int]


def likeness(original: Path, made: Path, bounds: Bounds, on_event: OnEvent | None = None) -> Values:
    """Compare a file with its original: the values of a ``Likeness``. Raises AssetError for what cannot be read."""
    before, kind, edge = _pictures(original, bounds)
    after, shown_as, _ = _pictures(made, bounds)
    if kind not in (KindName.IMAGE, KindName.ANIMATION, KindName.VIDEO) or not before or not after:
        return None, 0, False, 0, 0
    moved, moves = (each in (KindName.ANIMATION, KindName.VIDEO) for each in (kind, shown_as))
    stopped = moved and not moves
    turned = _turned(before[0], after[0])
    if turned:
        after = [picture.rotate(turned, expand=True) for picture in after]
    pairs = zip(before, after if not stopped else after[:1] * len(before), strict=False)
    alike = [score.likeness(score.Scorer(_viewed(one), edge).faults(_viewed(other))) for one, other in pairs]
    seen = of_moments(alike) if moved else max(alike[0], 0.0)
    held = read_codes(before[0].convert("RGB")) if kind == KindName.IMAGE else frozenset()
    lost = held - read_codes(after[0].convert("RGB")) if held else frozenset()
    return round(seen, 1), turned, stopped, len(held), len(lost)


def _pictures(path: Path, bounds: Bounds) -> tuple[list[Image], KindName, int]:
    """Give a file's moments, upright as a phone shows them, its kind, and the long edge at which a fit looks at it."""
    source = open_source(path, bounds.max_file_bytes)
    known = identify(source)
    if known is None:
        raise AssetError("unsupported", f"{source.name} is not a kind of file that mediaprep reads")
    kind, form = known
    info = kind.probe(source, form, bounds)
    if not supports(kind, ShowingKind):
        return [], info.kind, VIEW_LONG_EDGE
    with kind.open(source, info, FitOptions(), bounds) as session:
        return list(kind.moments(session, MOMENTS)), info.kind, kind.judged_edge(session)


def _viewed(picture: Image) -> Image:
    """Bring a picture that is larger than the view to it, so that both sides are reduced alike."""
    scale = min(1.0, VIEW_LONG_EDGE / max(picture.size))
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture if size == picture.size else picture.resize(size, reducing_gap=3.0)


def _turned(original: Image, made: Image) -> int:
    """Give the turn (counter-clockwise degrees) that brings a picture upright; 0 where it is, or nothing is clear."""
    import numpy as np

    def small(picture: Image) -> Any:
        return np.asarray(picture.convert("L").resize((_TURN_EDGE, _TURN_EDGE)), dtype=np.float32)

    reference = small(original)
    faults = {
        turn: float(np.abs(small(made.rotate(turn, expand=True)) - reference).mean()) for turn in (0, 90, 180, 270)
    }
    best = min(faults, key=faults.__getitem__)
    return best if best and faults[best] < _CLEARLY * faults[0] else 0
