"""Long drawings, such as captures of a whole chat or page: made as small as a message shows them, nobody reads them."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from mediaprep.model import Finding, finding

if TYPE_CHECKING:
    from mediaprep.kinds import Step
    from mediaprep.kinds._still import StillSession

_LEAST_WIDTH = 320
"""Pixels across which a page is still made to be read: the narrowest that WCAG 2.2 asks for (1.4.10, reflow). A capture
of a phone's screen, 360 to 412 such pixels wide, is at 320 about as small as it can be read."""

_LONG, _PIECE = 4, 3
"""How many times as high as wide a capture is that was scrolled through, and a piece that keeps 640 pixels across."""

_DRAWN = 0.44
"""The share of equal neighbours up to which a picture is a photograph, which is looked at and not read."""


def unread(session: StillSession, step: Step) -> tuple[Finding, ...]:
    """Warn of a long drawing whose width goes out in too few pixels for its text, and say into what to split it."""
    (width, height), across = session.size, step.width or 1
    if height < _LONG * width or across >= _LEAST_WIDTH or width < 2 * across:
        return ()
    if session.graphic_share((across, step.height or 1)) <= _DRAWN:
        return ()
    text = f"{width}x{height} pixels go out as {across}x{step.height}: small text in them cannot be read"
    pieces = ceil(height / (_PIECE * width))
    remedy = f"Split it into {pieces} pictures of at most {width}x{_PIECE * width} pixels, or crop it."
    return (finding("too_long_to_read", text, remedy=remedy),)
