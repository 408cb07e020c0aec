"""What a report shows of an animation: its first frame, and a film of evenly spread frames."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

from mediaprep.kinds import Look, Shown
from mediaprep.kinds import _preview as preview
from mediaprep.kinds._animation import AnimationSession

_MOST_FRAMES = 24
_LEAST_LONG_EDGE = 48


def previews(session: AnimationSession, look: Look, *, as_is: bool) -> Iterator[Shown]:
    """Show the first frame, and the film where the asset itself is not shown. Decodes every frame once."""
    from PIL import Image as images

    delays = session.frames.timing.delays_ms
    every = max(1, -(-len(delays) // _MOST_FRAMES))
    size = preview.within(session.size, min(look.long_edge, sqrt(look.max_bytes * 4)))
    first, frames = None, []
    for number, pixels in enumerate(session.frames):
        if number % every == 0:
            picture = images.fromarray(pixels)
            first = first or picture
            frames.append(picture.resize(size, reducing_gap=2.0))
    if first is None:
        return
    yield preview.still("still", first, look.max_bytes // 3)
    if not as_is and len(frames) > 1:
        shown_ms = [max(20, round(sum(delays[at : at + every]))) for at in range(0, len(frames) * every, every)]
        while len(data := preview.webp(frames, shown_ms)) > look.max_bytes and max(size) >= _LEAST_LONG_EDGE:
            size = preview.within(size, max(size) * min(0.8, sqrt(look.max_bytes / len(data))))
            frames = [frame.resize(size, reducing_gap=2.0) for frame in frames]
        if len(data) <= look.max_bytes:
            yield "main", "image/webp", data, *size
    yield from preview.thumb(first, look)
