"""What a report shows of an asset or a rendition: small, bounded pictures and films. Runs inside a worker.

Foreign bytes are decoded here and written anew, so neither a hostile file nor its metadata (GPS) gets into a page.
Only what mediaprep itself encoded may be shown as it is.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediaprep import ffmpeg
from mediaprep.errors import AssetError
from mediaprep.job import Event
from mediaprep.kinds import KeepingKind, identify, supports
from mediaprep.kinds import _video_graph as graph
from mediaprep.kinds._animation import AnimationSession
from mediaprep.kinds._still import StillSession
from mediaprep.kinds._video_ladder import Rung, frame_rate
from mediaprep.kinds._video_poster import poster
from mediaprep.kinds._video_session import VideoSession
from mediaprep.limits import Limits
from mediaprep.model import KindName, MediaInfo
from mediaprep.options import Bounds, FitOptions
from mediaprep.storage import Source, open_source

if TYPE_CHECKING:
    from PIL.Image import Image

THUMB_LONG_EDGE = 112
"""Pixels of the picture beside a name: 56 CSS pixels on a screen of double density."""

PLAYABLE = frozenset({
    "image/jpeg", "image/png", "image/gif", "image/webp", "video/mp4", "audio/mpeg", "audio/mp4", "audio/ogg",
})  # fmt: skip
"""What every browser shows by itself."""

BOUNDS = Bounds(max_cpu_s=40.0, max_wall_s=90.0)
"""A preview that takes longer is left out: the page says so and nothing else is lost."""

_MOST_FRAMES = 24
_FILM_S = 6.0
_LEAST_FILM_BYTES = 40_000
_MOST_TEXT_CHARACTERS = 600
_BITS_A_PIXEL = 0.9
"""About what WebP takes at quality 78 (photographs at 300 to 700 pixels)."""

Shown = tuple[str, str, bytes, int, int]
"""Role (``thumb``, ``still``, ``main``, ``text``), media type, bytes, width and height (0 where there are none)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How large previews may be. ``ours``: the bytes are mediaprep's own encode and may be shown as they are."""

    long_edge: int
    max_bytes: int
    ours: bool = False
    thumb: bool = False


def made(path: Path, look: Look, on_event: Callable[[Event], None] | None = None) -> tuple[Shown, ...]:
    """Make the previews of one file; () for what cannot be seen (documents, sound that no browser plays).

    Raises AssetError and ToolError as every decode does.
    """
    source = open_source(path, BOUNDS.max_file_bytes)
    known = identify(source)
    if known is None:
        return ()
    kind, form = known
    info = kind.probe(source, form, BOUNDS)
    if info.kind in (KindName.TEXT, KindName.VCARD):
        return (("text", "text/plain", _excerpt(source, info).encode("utf-8", "replace"), 0, 0),)
    as_is = look.ours and info.media_type in PLAYABLE and source.size_bytes <= look.max_bytes
    if info.kind == KindName.AUDIO:
        return (("main", info.media_type, source.read(), 0, 0),) if as_is else ()
    if not supports(kind, KeepingKind):
        return ()
    with kind.open(source, info, FitOptions(), BOUNDS) as session:
        found = list(_seen(session, look, as_is=as_is))
    if as_is:
        found.append(("main", info.media_type, source.read(), info.width or 0, info.height or 0))
    return tuple(found)


def _seen(session: Any, look: Look, *, as_is: bool) -> Iterator[Shown]:
    match session:
        case StillSession():
            picture = session.picture(_within(session.size, look.long_edge))
            if not as_is:
                yield _still("main", picture, look.max_bytes)
        case AnimationSession():
            yield from _animation(session, look, as_is=as_is)
            picture = _array(next(iter(session.frames)))
        case VideoSession():
            picture = _poster(session, look)
            yield _still("still", picture, look.max_bytes // 3)
            film = None if as_is else _film(session, look)
            if film is not None:
                yield film
        case _:
            return
    if look.thumb:
        small = picture.resize(_within(picture.size, THUMB_LONG_EDGE), reducing_gap=2.0)
        yield _still("thumb", small, 4_000)


def _within(size: tuple[int, int], long_edge: float) -> tuple[int, int]:
    scale = min(1.0, long_edge / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _still(role: str, picture: Image, max_bytes: int) -> Shown:
    """Write a picture as WebP of at most so many bytes: smaller dimensions before visible coarseness."""
    ratio = sqrt(max_bytes * 8 / _BITS_A_PIXEL / (picture.width * picture.height))
    size = _within(picture.size, max(picture.size) * min(1.0, ratio))
    while True:
        image = picture if size == picture.size else picture.resize(size, reducing_gap=2.0)
        data = _webp([image], [])
        if len(data) <= max_bytes or max(size) <= 16:
            return role, "image/webp", data, *size
        size = _within(size, max(size) * min(0.85, sqrt(max_bytes / len(data))))


def _webp(frames: Sequence[Image], delays_ms: Sequence[int]) -> bytes:
    target = io.BytesIO()
    if len(frames) == 1:
        frames[0].save(target, "WEBP", quality=78, method=2)
    else:
        frames[0].save(
            target, "WEBP", quality=55, method=1, save_all=True, append_images=frames[1:], duration=list(delays_ms),
            loop=0,
        )  # fmt: skip
    return target.getvalue()


def _array(pixels: Any) -> Image:
    from PIL import Image as images

    return images.fromarray(pixels)


def _animation(session: AnimationSession, look: Look, *, as_is: bool) -> Iterator[Shown]:
    """Show the first frame, and a film of evenly spread frames where the asset itself is not shown."""
    delays = session.frames.timing.delays_ms
    every = max(1, -(-len(delays) // _MOST_FRAMES))
    size = _within(session.size, min(look.long_edge, sqrt(look.max_bytes * 4)))
    frames = []
    for number, pixels in enumerate(session.frames):
        if number % every == 0:
            frames.append(_array(pixels).resize(size, reducing_gap=2.0))
        if number == 0:
            yield _still("still", _array(pixels), look.max_bytes // 3)
    if as_is or len(frames) < 2:
        return
    shown_ms = [max(20, round(sum(delays[start : start + every]))) for start in range(0, len(frames) * every, every)]
    while True:
        data = _webp(frames, shown_ms)
        if len(data) <= look.max_bytes:
            yield "main", "image/webp", data, *size
            return
        if max(size) < 48:
            return
        size = _within(size, max(size) * min(0.8, sqrt(look.max_bytes / len(data))))
        frames = [frame.resize(size, reducing_gap=2.0) for frame in frames]


def _poster(session: VideoSession, look: Look) -> Image:
    from PIL import Image as images

    edge = min(look.long_edge, 640)
    extra = poster(session, Limits(kind=KindName.VIDEO, poster_width=edge, poster_height=edge))
    with images.open(io.BytesIO(extra.data)) as image:
        return image.convert("RGB")


def _film(session: VideoSession, look: Look) -> Shown | None:
    """Give the clip's first seconds, silent and small; None where the bound is too narrow for any film."""
    if look.max_bytes < _LEAST_FILM_BYTES:
        return None
    width, height = _within(session.size, 320 if look.max_bytes < 300_000 else 480)
    size = (max(2, width // 2 * 2), max(2, height // 2 * 2))
    fps = min(frame_rate(session.info.fps, variable=False, limits=Limits(kind=KindName.VIDEO)), Fraction(15))
    seconds = min(_FILM_S, max(session.cut.length_s, 0.1))
    ordinal = session.clip.picture.ordinal if session.clip.picture else 0
    picture = ffmpeg.Input(path=session.source.path, demuxer=session.clip.demuxer, take_s=seconds)
    rung = graph.chain(session.stream, Rung(width=size[0], height=size[1], fps=fps))
    rate = int(look.max_bytes * 0.85 * 8 / seconds)
    target = session.new_path("mp4")
    coding = (
        "-map", "[p]", "-c:v", "libx264", "-preset", "veryfast", "-threads", "1", "-crf", "27", "-maxrate", str(rate),
        "-bufsize", str(rate), "-pix_fmt", "yuv420p", "-movflags", "+faststart", "-map_metadata", "-1",
    )  # fmt: skip
    ffmpeg.transcode(
        [picture], [ffmpeg.Output(muxer="mp4", path=target, options=coding)], bounds=BOUNDS, file_bytes=20_000_000,
        graph=f"[0:v:{ordinal}]{rung}[p]",
    )  # fmt: skip
    data = target.read_bytes()
    return ("main", "video/mp4", data, *size) if len(data) <= look.max_bytes else None


def _excerpt(source: Source, info: MediaInfo) -> str:
    """Give the beginning of a text, or the lines of a card that people read."""
    try:
        if info.kind == KindName.VCARD:
            from mediaprep.kinds._vcard_lines import read_cards

            card = read_cards(source.read()).cards[0]
            spoken = [line.value for name in _SPOKEN for line in card.every(name)][:8]
            return "\n".join(_plain(value) for value in spoken if value.strip())
    except (AssetError, IndexError):
        return ""
    return source.head.decode(info.charset or "utf-8", "replace")[:_MOST_TEXT_CHARACTERS]


def _plain(value: str) -> str:
    """Write a card's value as people read it: without escapes, its parts after commas."""
    for escaped, meant in (("\\n", ", "), ("\\,", ","), ("\\;", ";"), (";", ", ")):
        value = value.replace(escaped, meant)
    return value.strip(" ,")[:80]


_SPOKEN = ("FN", "ORG", "TITLE", "TEL", "EMAIL", "URL")
