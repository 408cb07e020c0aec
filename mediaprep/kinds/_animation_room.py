"""What a route has room for: an animation's dimensions, canvas, transparency and frames."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mediaprep.kinds._animation import AnimationSession, Place
from mediaprep.kinds._still_shape import Size, frame_size
from mediaprep.limits import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What the route takes: dimensions, a canvas, transparency, how many frames at most and at least."""

    full: Size
    place: Place
    most: int
    least: int


def frame_for(session: AnimationSession, limits: Limits) -> Frame:
    """Give what these limits leave of an animation."""
    canvas = None
    if limits.exact_width is not None and limits.exact_height is not None:
        canvas = (limits.exact_width, limits.exact_height)
    most, least = session.motion.frames, 2
    if limits.max_frames is not None:
        most = min(most, limits.max_frames)
    if limits.max_fps is not None:
        most = min(most, math.floor(limits.max_fps * session.duration_s + 1e-6))
    if limits.min_fps is not None:
        least = max(least, math.ceil(limits.min_fps * session.duration_s - 1e-6))
    return Frame(
        full=frame_size(session.size, limits),
        place=Place(canvas=canvas, alpha=session.alpha(limits)),
        most=max(most, 2),
        least=min(least, max(most, 2)),
    )
