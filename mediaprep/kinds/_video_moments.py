"""A few frames of a clip, spread over all of it: what it is compared by with whatever was made of it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from mediaprep import ffmpeg
from mediaprep.kinds import _video_graph as graph
from mediaprep.kinds._video_ladder import Rung

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
    ordinal = session.clip.picture.ordinal if session.clip.picture else 0
    made = ffmpeg.transcode(
        [session.input()],
        [ffmpeg.Output(muxer="rawvideo", options=("-map", "[p]", "-frames:v", str(count)))],
        bounds=session.bounds,
        file_bytes=0,
        graph=f"[0:v:{ordinal}]{chain},format=rgb24[p]",
        max_stdout_bytes=3 * size[0] * size[1] * count + 1,
    )
    step = 3 * size[0] * size[1]
    for start in range(0, len(made.stdout) - step + 1, step):
        yield images.frombytes("RGB", size, made.stdout[start : start + step])
