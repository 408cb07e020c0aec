"""The still that stands for a clip until it is played: a JPEG of its most telling frame near the start."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from mediaprep.encoders.jpeg_pillow import ENCODER
from mediaprep.kinds import Extra
from mediaprep.kinds import _video_graph as graph
from mediaprep.kinds._video_ladder import Rung, frame_rate
from mediaprep.kinds._video_raw import raw_frames
from mediaprep.kinds._video_session import VideoSession
from mediaprep.limits import Limits

if TYPE_CHECKING:
    from PIL.Image import Image

_LONG_EDGE = 800
"""Where the route states no dimensions: what RCS and Viber show before a tap."""

_MOST_BYTES = 100_000
_LOOK_S, _FPS = 4.0, 10.0
_MOST_PIXELS = 60e6
"""Of the frames among which one is chosen: ffmpeg holds them all (90 MB)."""

_QUALITIES = (88.0, 80.0, 70.0, 58.0, 45.0, 32.0, 20.0)


def telling(session: VideoSession, size: tuple[int, int], fps: Fraction) -> Image:
    """Give that frame at even dimensions, looked for among so many a second. Raises AssetError and ToolError."""
    from PIL import Image as images

    chain = graph.chain(session.stream, Rung(width=size[0], height=size[1], fps=fps), ground=session.ground)
    seconds = min(_LOOK_S, max(session.cut.length_s, 0.05))
    looked_at = max(2, round(seconds * float(fps)) - 1)  # the filter takes no fewer, and gives one of one, too
    filters = f"{chain},thumbnail=n={looked_at},format=rgb24"
    (frame,) = raw_frames(session, replace(session.input(), take_s=seconds), filters, size)
    return images.frombytes("RGB", size, frame)


def still(session: VideoSession, folder: Path) -> Path:
    """Write the frame without loss, as large as the clip is shown: as TIFF, which no phone takes as it is."""
    width, height = session.size
    most = min(_FPS, session.info.fps or _FPS, _MOST_PIXELS / (width * height * _LOOK_S))
    fps = Fraction(max(most, 1.0, 1 / session.picture_s)).limit_denominator(1000)
    path = folder / "still.tiff"
    telling(session, (max(2, width // 2 * 2), max(2, height // 2 * 2)), fps).save(path)
    return path


def poster(session: VideoSession, limits: Limits) -> Extra:
    """Give the frame nearest to the mean colours of the first seconds (blank and blurred frames are far from it)."""
    width, height = session.size
    box = (limits.poster_width or _LONG_EDGE, limits.poster_height or _LONG_EDGE)
    scale = min(1.0, box[0] / width, box[1] / height)
    fps = frame_rate(session.info.fps, variable=False, limits=limits)
    size = (max(2, 2 * int(width * scale / 2)), max(2, 2 * int(height * scale / 2)))
    image = telling(session, size, fps)
    most = limits.poster_max_bytes or _MOST_BYTES
    data = b""
    for quality in _QUALITIES:
        data = ENCODER.encode(image, quality)
        if len(data) <= most:
            break
    return Extra(role="poster", media_type=ENCODER.media_type, suffix=ENCODER.suffix, data=data)
