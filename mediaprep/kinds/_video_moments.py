"""A few frames of a clip, spread over all of it: what it is compared by with whatever was made of it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from mediaprep.kinds import _video_graph as graph
from mediaprep.kinds._video_ladder import Rung
from mediaprep.kinds._video_raw import raw_frames

if TYPE_CHECKING:
    from PIL.Image import Image

    from mediaprep.kinds._video_session import VideoSession

_LONG_EDGE = 640


def moments(session: VideoSession, count: int) -> Iterator[Image]:
    """Decode the clip once and give ``count`` frames, of at most 640 pixels. Raises AssetError and ToolError."""
    from PIL import Image as images

    width, height = session.size
    scale = min(1.0, _LONG_EDGE / max(width, height))
    size = (max(2, int(width * scale) // 2 * 2), max(2, int(height * scale) // 2 * 2))
    fps = Fraction(count / max(session.cut.length_s, 0.2)).limit_denominator(1000)
    chain = graph.chain(session.stream, Rung(width=size[0], height=size[1], fps=fps), ground=session.ground)
    for frame in raw_frames(session, session.input(), f"{chain},format=rgb24", size, count=count):
        yield images.frombytes("RGB", size, frame)
