"""Coupons live on codes: where the asset holds one that reads, its rendition must still read to the same text."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING

from mediaprep.kinds import Encoded, Step
from mediaprep.kinds._still_lossy import quality_at
from mediaprep.kinds._still_png import png
from mediaprep.kinds._still_shape import JPEG, PNG, Asked, Best, Shape, Size, scaled
from mediaprep.limits import Limits
from mediaprep.model import Finding, finding

if TYPE_CHECKING:
    from mediaprep.kinds._still import StillSession


_SCALES = (1.0, 0.8, 0.64, 0.5)
"""Other dimensions to try where the chosen ones blur a code: all of them, then fewer at a higher quality."""


def with_codes_readable(
    session: StillSession, limits: Limits, full: Size, target: int, best: Best
) -> Generator[Step, Encoded, tuple[Best, tuple[Finding, ...]]]:
    """Keep ``best`` if every code of the asset still reads; else look for the best-looking one that does.

    It has no more pixels than ``full``. Where none reads, ``best`` comes back with the finding ``code_unreadable``.
    """
    wanted = session.codes.wanted
    if not wanted or wanted <= session.codes_of(best.encoded):
        return best, ()
    asked = Asked(session, limits, target, Shape(media_type=JPEG, full_chroma=True, modes=limits.modes))
    readable: list[Best] = []
    if PNG in (limits.types or (JPEG, PNG)):
        drawing = replace(asked, shape=replace(asked.shape, media_type=PNG, full_chroma=False))
        other, _ = yield from png(drawing, full)
        if other is not None and wanted <= session.codes_of(other.encoded):
            readable.append(other)
    if JPEG in (limits.types or (JPEG, PNG)):
        for scale in _SCALES:
            other, _ = yield from quality_at(asked, scaled(full, scale))
            if other is not None and wanted <= session.codes_of(other.encoded):
                readable.append(other)
                break
    if readable:
        return max(readable, key=lambda b: b.score), ()
    names = ", ".join(sorted({symbology for symbology, _ in wanted}))
    text = f"no rendition within {target:,} bytes keeps the {names} readable"
    return best, (finding("code_unreadable", text, limit="target_bytes", allowed=target),)
