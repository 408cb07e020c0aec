"""An animation's frames, one at a time: composed, in RGB, whatever the format; with alpha where they have any.

Frames that together stay under ``MOST_KEPT_BYTES`` are decoded once and kept; of longer animations none is
kept, and each turn decodes afresh. So memory is bounded however many frames there are.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from mediaprep.errors import AssetError
from mediaprep.kinds import _avif as sequence
from mediaprep.kinds import _colour as colour
from mediaprep.kinds import _gif as gif
from mediaprep.kinds import _gif_parts as gif_parts
from mediaprep.kinds import _light as light
from mediaprep.kinds import _picture as picture
from mediaprep.kinds import _png_chunks as png
from mediaprep.kinds import _png_frames as png_frames
from mediaprep.kinds import _webp as webp
from mediaprep.kinds._animated import REPLACED_MS, SHORTEST_PLAYED_MS, Walk
from mediaprep.kinds._bounded import Bounded
from mediaprep.kinds._heif_colour import Coding
from mediaprep.model import MediaInfo
from mediaprep.options import Bounds
from mediaprep.storage import Source

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

Colour = tuple[int, int, int]

SALVAGED = frozenset({"image/gif", "image/png", "image/webp"})
"""What still plays up to a broken end; a sequence in an ISO file keeps its index apart from its frames."""

_SOFT = 25
_MOST_SOFT = 0.25
"""Pixels between a tenth and nine tenths of hiding are the soft edges of a cut-out (5-15 % of a sticker); where more
than a quarter of what is seen is like that, it is a shadow or glass, and the whole is put onto a background."""

MOST_KEPT_BYTES = 240_000_000
"""Decoded frames kept in memory: 460 frames of 480x360, or 166 of 800x600; a fit then stays under 512 MiB."""


def walk(source: Source, media_type: str, bounds: Bounds, enough: int) -> Walk | None:
    """Walk the structure until ``enough`` frames are found; None where there is no such structure."""
    with source.open() as stream:
        if media_type == "image/gif":
            return gif.walk(stream, source.size_bytes, enough)
        file = Bounded(stream, source.size_bytes, bounds.max_header_bytes)
        if media_type == "image/png":
            return png.walk(file, enough)
        if media_type == "image/webp":
            return webp.walk(file, enough)
        return sequence.walk(file, enough)


@contextmanager
def stream_of(source: Source, media_type: str, found: Walk) -> Iterator[BinaryIO]:
    """Open the bytes for the reader; what it would take in another way than players do is said or mended first.

    These are a WebP's broken end and its unsaid alpha, a GIF's unsaid disposals and extensions that hold nothing.
    """
    if media_type == "image/gif" and found.misread:
        yield io.BytesIO(gif_parts.as_played(source.read(), grounded=found.grounded))
        return
    unsaid = found.transparent and found.mode == "RGB8"
    if media_type == "image/webp" and (unsaid or found.broken is not None):
        data = source.read()
        data = webp.repaired(data, found.end) if found.broken is not None else data
        yield io.BytesIO(webp.with_alpha(data) if unsaid else data)
        return
    with source.open() as stream:
        yield stream


def opened(stream: BinaryIO, media_type: str, found: Walk) -> Iterator[Image]:
    """Give frame after frame, composed; to be loaded, and not to be used once the next is asked for."""
    from PIL import Image as images

    if media_type == "image/png":
        size = found.width, found.height
        yield from png_frames.laid(png_frames.opened(stream, found.end), size, clear=found.transparent)
        return
    image = images.open(stream, formats=(picture.READERS[media_type],))
    for number in range(found.frames):
        image.seek(number + found.grounded)  # an empty ground is no frame
        yield image


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Which stored frames are used and for how long each is shown, in milliseconds."""

    first: int
    delays_ms: tuple[float, ...]

    @property
    def frames(self) -> int:
        """Count the frames used."""
        return len(self.delays_ms)


def timing(found: Walk, span_s: tuple[float, float] | None) -> Timing:
    """Give the frames of a stretch (all of them for None), with delays as players show them.

    A frame that the stretch cuts is shown for what is left of it. Raises AssetError where the stretch begins
    behind the end.
    """
    played = [delay if delay >= SHORTEST_PLAYED_MS else float(REPLACED_MS) for delay in found.delays_ms]
    if span_s is None:
        return Timing(first=0, delays_ms=tuple(played))
    start, end = (edge * 1000 for edge in span_s)
    kept: list[float] = []
    first = at = 0.0
    for number, delay in enumerate(played):
        shown = min(at + delay, end) - max(at, start)
        at += delay
        if shown >= min(SHORTEST_PLAYED_MS, delay):
            first = first if kept else number
            kept.append(shown)
    if not kept:
        raise AssetError(
            "nothing_left",
            f"the animation lasts {at / 1000:g} s; nothing is left from {span_s[0]:g} s on",
            actual=at / 1000,
        )
    return Timing(first=int(first), delays_ms=tuple(kept))


def centiseconds(delays_ms: tuple[float, ...]) -> tuple[int, ...]:
    """Round delays to GIF's hundredths of a second so that their sum stays right."""
    rounded: list[int] = []
    at, told = 0.0, 0
    for delay in delays_ms:
        at += delay
        rounded.append(max(SHORTEST_PLAYED_MS // 10, round(at / 10) - told))
        told += rounded[-1]
    return tuple(rounded)


class Frames:
    """The frames of one source in a stretch of time, on one background."""

    def __init__(
        self, source: Source, info: MediaInfo, bounds: Bounds, timing_used: Timing, asked: Colour | None
    ) -> None:
        """Decode nothing yet; ``asked`` is the colour wanted behind transparent pixels."""
        self.size = (info.width or 1, info.height or 1)
        self.timing = timing_used
        self.alpha = bool(info.transparent) and asked is None
        """Whether frames have a fourth channel: one sees through them, and no background was asked for."""
        self.flattened_dark = False
        self.sound: int | None = None
        """How many frames could be decoded, once a turn has come to its end."""
        self._source = source
        self._media_type = info.media_type
        self._orientation = info.orientation or 1
        self._bounds = bounds
        self._background = asked
        self._clear = self._seen = self._soft = 0
        self._kept: list[NDArray[np.uint8]] | None = None
        self._turned: Callable[[Image], Image] | None = None

    def __iter__(self) -> Iterator[NDArray[np.uint8]]:
        """Start the frames anew: height x width x 3 bytes each (4 with ``alpha``), not to be changed by who gets them.

        Raises AssetError where fewer than two are sound; a broken one later ends the animation there.
        """
        import numpy as np

        if self._kept is not None:
            yield from self._kept
            return
        keep: list[NDArray[np.uint8]] = []
        frame_bytes = self.size[0] * self.size[1] * (4 if self.alpha else 3)
        small = frame_bytes * self.timing.frames <= MOST_KEPT_BYTES
        sound = 0
        try:
            for pixels in self._decoded():
                sound += 1
                if small:
                    keep.append(pixels)
                yield pixels
        except AssetError:
            if sound < 2 or self._media_type not in SALVAGED:
                raise
        self.sound = sound
        if self.alpha and not self._clear and not self._soft:  # nothing is seen through: three channels are cheaper
            self.alpha = False
            keep = [np.ascontiguousarray(pixels[..., :3]) for pixels in keep]
        if small:
            self._kept = keep

    def forget(self) -> None:
        """Let go of what was kept."""
        self._kept = None

    @property
    def see_through(self) -> bool:
        """Whether any pixel of any frame is clear: many GIFs say so of an index that none uses.

        Known once a turn has come to its end.
        """
        return self.alpha and self._clear > 0

    @property
    def cut_out(self) -> bool:
        """Whether a mask of whole pixels shows what is transparent: soft shadows and glass it does not."""
        return self.see_through and self._soft <= _MOST_SOFT * self._seen

    @property
    def background(self) -> Colour:
        """Give the colour behind transparent pixels; the first turn decides where none was asked for."""
        return self._background or (255, 255, 255)

    def flat(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Put a frame onto the background, height x width x 3 bytes."""
        import numpy as np

        if pixels.shape[2] == 3:
            return pixels
        if pixels[..., 3].min() == 255:
            return np.ascontiguousarray(pixels[..., :3])
        alpha = pixels[..., 3:].astype(np.uint16)
        ground = np.array(self.background, dtype=np.uint16)
        mixed: NDArray[np.uint8] = ((pixels[..., :3] * alpha + ground * (255 - alpha) + 127) // 255).astype(np.uint8)
        return mixed

    def _decoded(self) -> Iterator[NDArray[np.uint8]]:
        import PIL.Image

        found = walk(self._source, self._media_type, self._bounds, self._bounds.max_frames + 1)
        if found is None:
            raise AssetError("unreadable", f"{self._source.name} changed while it was read")
        PIL.Image.MAX_IMAGE_PIXELS = None  # our own bounds were kept by the probe
        with stream_of(self._source, self._media_type, found) as stream, picture.reading(self._source):
            frames = opened(stream, self._media_type, found)
            for number, image in enumerate(islice(frames, self.timing.first + self.timing.frames)):
                if number >= self.timing.first:
                    yield self._pixels(image, found)
                else:
                    image.load()

    def _pixels(self, image: Image, found: Walk) -> NDArray[np.uint8]:
        import numpy as np

        shown = self._in_srgb(image, image.info.get("icc_profile"), found.coding)
        shown = shown if found.part is None else shown.crop(found.part)
        plain = picture.upright(shown.convert("RGBA" if picture.may_hide(shown) else "RGB"), self._orientation)
        if plain.mode == "RGBA" and (not self.alpha or self._background is None):
            flat, dark = colour.flattened(plain, self._background)
            if self._background is None:  # the first frame with transparency decides for all
                self.flattened_dark = dark
                self._background = colour.DARK if dark else (255, 255, 255)
            plain = plain if self.alpha else flat
        pixels = self._clean(plain) if self.alpha else np.asarray(plain)
        width, height = self.size
        if pixels.shape[:2] == (height, width):
            return pixels
        whole = np.empty((height, width, pixels.shape[2]), dtype=np.uint8)  # GIFs with frames beyond their canvas
        whole[...] = 0 if self.alpha else self.background
        part = pixels[:height, :width]
        whole[: part.shape[0], : part.shape[1]] = part
        return whole

    def _in_srgb(self, image: Image, profile: bytes | None, coding: Coding | None) -> Image:
        """Bring a frame to sRGB by what the file says of its colours, as a still is."""
        png = self._media_type == "image/png"
        if coding is not None and not coding.plain and (png or not profile):  # a PNG's cICP comes before its profile
            self._turned = self._turned or light.alike(image, coding)
            return self._turned(image)
        if profile and not colour.is_srgb(profile) and self._media_type != "image/gif":
            return colour.to_srgb(image, profile)
        return colour.through_gamma(image) if png and coding is None else image

    def _clean(self, picture: Image) -> NDArray[np.uint8]:
        """Make black of what hides nothing, so that no colour left behind it counts as a change."""
        import numpy as np

        pixels = np.array(picture.convert("RGBA"))
        alpha = pixels[..., 3]
        seen = int(np.count_nonzero(alpha))
        self._seen += seen
        self._clear += alpha.size - seen
        self._soft += int(np.count_nonzero((alpha >= _SOFT) & (alpha <= 255 - _SOFT)))
        pixels[alpha == 0] = 0
        return pixels
