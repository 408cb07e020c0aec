"""How like a file is to the original it was made from, whoever made it. Runs inside a worker.

The scale is that of a fit: the score of stills; for moving pictures its mean over a few moments, brought to the scale
on which fits of moving pictures are scored. Besides, what a number hides: a picture on its side, an animation that
stopped, a bar code that no longer scans.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediaprep import ffmpeg, score
from mediaprep.errors import AssetError
from mediaprep.job import Event
from mediaprep.kinds import KeepingKind, identify, supports
from mediaprep.kinds import _video_graph as graph
from mediaprep.kinds._animation import AnimationSession
from mediaprep.kinds._animation_score import MOST_VIEWED, of_moments, viewed
from mediaprep.kinds._codes import read_codes
from mediaprep.kinds._still import StillSession
from mediaprep.kinds._video_ladder import Rung
from mediaprep.kinds._video_session import VideoSession
from mediaprep.limits import VIEW_LONG_EDGE
from mediaprep.model import KindName
from mediaprep.options import Bounds, FitOptions
from mediaprep.storage import open_source

if TYPE_CHECKING:
    from PIL.Image import Image

MOMENTS = 5
"""Moments of a moving picture that are compared, spread evenly."""

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


def likeness(original: Path, made: Path, bounds: Bounds, on_event: Callable[[Event], None] | None = None) -> Values:
    """Compare a file with its original: the values of a ``Likeness``. Raises AssetError for what cannot be read."""
    del on_event
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
        raise AssetError("unsupported", f"{source.name} is of no kind that mediaprep reads")
    kind, form = known
    info = kind.probe(source, form, bounds)
    if info.kind not in (KindName.IMAGE, KindName.ANIMATION, KindName.VIDEO) or not supports(kind, KeepingKind):
        return [], info.kind, VIEW_LONG_EDGE
    with kind.open(source, info, FitOptions(), bounds) as session:
        return list(_moments(session)), info.kind, _edge(session)


def _edge(session: Any) -> int:
    match session:
        case StillSession():
            return VIEW_LONG_EDGE
        case AnimationSession():
            return viewed(VIEW_LONG_EDGE, session.content)
        case _:
            return MOST_VIEWED


def _moments(session: Any) -> Iterator[Image]:
    from PIL import Image as images

    match session:
        case StillSession():
            yield session.picture(session.view_size(max(VIEW_LONG_EDGE, 1600)))
        case AnimationSession():
            yield from _frames_at(session)
        case VideoSession():
            width, height = session.size
            scale = min(1.0, 640 / max(width, height))
            size = (max(2, int(width * scale) // 2 * 2), max(2, int(height * scale) // 2 * 2))
            fps = Fraction(MOMENTS / max(session.cut.length_s, 0.2)).limit_denominator(1000)
            chain = graph.chain(session.stream, Rung(width=size[0], height=size[1], fps=fps))
            ordinal = session.clip.picture.ordinal if session.clip.picture else 0
            made = ffmpeg.transcode(
                [ffmpeg.Input(path=session.source.path, demuxer=session.clip.demuxer)],
                [ffmpeg.Output(muxer="rawvideo", options=("-map", "[p]", "-frames:v", str(MOMENTS)))],
                bounds=session.bounds, file_bytes=0, graph=f"[0:v:{ordinal}]{chain},format=rgb24[p]",
                max_stdout_bytes=3 * size[0] * size[1] * MOMENTS + 1,
            )  # fmt: skip
            step = 3 * size[0] * size[1]
            for start in range(0, len(made.stdout) - step + 1, step):
                yield images.frombytes("RGB", size, made.stdout[start : start + step])
        case _:
            return


def _frames_at(session: AnimationSession) -> Iterator[Image]:
    """Give the frames that are on the screen at moments spread over one play."""
    from PIL import Image as images

    delays = session.frames.timing.delays_ms
    wanted = [(number + 0.5) / MOMENTS * sum(delays) for number in range(MOMENTS)]
    at = 0.0
    for delay, pixels in zip(delays, session.frames, strict=False):
        at += delay
        while wanted and wanted[0] < at:
            wanted.pop(0)
            yield images.fromarray(pixels)


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
