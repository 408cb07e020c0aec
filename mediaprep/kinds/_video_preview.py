"""What a report shows of a clip: its poster, and its first seconds, silent and small."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from mediaprep import ffmpeg
from mediaprep.kinds import Look, Shown
from mediaprep.kinds import _preview as preview
from mediaprep.kinds import _video_graph as graph
from mediaprep.kinds._video_ladder import Rung, frame_rate
from mediaprep.kinds._video_poster import poster
from mediaprep.kinds._video_session import VideoSession
from mediaprep.limits import Limits
from mediaprep.model import KindName

_FILM_S = 6.0
_LEAST_FILM_BYTES = 40_000
_POSTER_LONG_EDGE = 640


def previews(session: VideoSession, look: Look, *, as_is: bool) -> Iterator[Shown]:
    """Show the poster, and the film where the asset itself is not shown."""
    from PIL import Image as images

    edge = min(look.long_edge, _POSTER_LONG_EDGE)
    extra = poster(session, Limits(kind=KindName.VIDEO, poster_width=edge, poster_height=edge))
    with images.open(io.BytesIO(extra.data)) as image:
        picture = image.convert("RGB")
    yield preview.still("still", picture, look.max_bytes // 3)
    film = None if as_is else _film(session, look)
    if film is not None:
        yield film
    yield from preview.thumb(picture, look)


def _film(session: VideoSession, look: Look) -> Shown | None:
    """Give the clip's first seconds, silent and small; None where the bound is too narrow for any film."""
    if look.max_bytes < _LEAST_FILM_BYTES:
        return None
    width, height = preview.within(session.size, 320 if look.max_bytes < 300_000 else 480)
    size = (max(2, width // 2 * 2), max(2, height // 2 * 2))
    fps = min(frame_rate(session.info.fps, variable=False, limits=Limits(kind=KindName.VIDEO)), Fraction(15))
    seconds = min(_FILM_S, max(session.cut.length_s, 0.1))
    ordinal = session.clip.picture.ordinal if session.clip.picture else 0
    picture = replace(session.input(), take_s=seconds)
    rung = graph.chain(session.stream, Rung(width=size[0], height=size[1], fps=fps), ground=session.ground)
    rate = int(look.max_bytes * 0.85 * 8 / seconds)
    target = session.new_path("mp4")
    coding = (
        "-map", "[p]", "-c:v", "libx264", "-preset", "veryfast", "-threads", "1", "-crf", "27", "-maxrate", str(rate),
        "-bufsize", str(rate), "-pix_fmt", "yuv420p", "-movflags", "+faststart", "-map_metadata", "-1",
    )  # fmt: skip
    ffmpeg.transcode(
        [picture],
        [ffmpeg.Output(muxer="mp4", path=target, options=coding)],
        bounds=session.bounds,
        file_bytes=20_000_000,
        graph=f"[0:v:{ordinal}]{rung}[p]",
    )
    data = target.read_bytes()
    return ("main", "video/mp4", data, *size) if len(data) <= look.max_bytes else None
