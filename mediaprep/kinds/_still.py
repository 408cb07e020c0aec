"""One still opened for fitting: a decode shared by all routes, its smaller sizes, and single encodes."""

from __future__ import annotations

import io
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mediaprep.barcodes import Code, Codes, codes_in
from mediaprep.closing import Closing
from mediaprep.encoders import Encoder
from mediaprep.encoders._palette import reduced
from mediaprep.encoders.png import LOSSLESS
from mediaprep.kinds import Encoded, Step, Tiles
from mediaprep.kinds import _colour as colour
from mediaprep.kinds import _jpeg_end as jpeg_end
from mediaprep.kinds import _picture as picture
from mediaprep.kinds._resize import Raster, loaded_heic, loaded_jpeg, resized
from mediaprep.kinds._still_judge import TileJudge
from mediaprep.kinds._still_learnt import Learnt
from mediaprep.kinds._still_sample import bands, tiles
from mediaprep.kinds._still_shape import Size, scaled
from mediaprep.limits import MAX_LONG_EDGE, Limits
from mediaprep.model import Finding, MediaInfo, finding
from mediaprep.options import Bounds, FitOptions
from mediaprep.plugins import load
from mediaprep.score import Scorer
from mediaprep.storage import Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL.Image import Image


_LOOK_LONG_EDGE = 1200
"""About the size at which codes are looked for (not read): every second or third pixel of a larger picture."""


_LOSSY = frozenset({"image/jpeg", "image/heic", "image/avif", "image/x-raw"})

_EXACT_COLOURS = 64
"""Up to so many, a dithered photograph is fewer bytes whole than as a JPEG that nobody tells apart: in 2 colours 8 KB
and 77, in 4 57 and over 242, in 16 167 and over 377, in 64 323 and 400; in 256 453 and 400."""


class StillSession(Closing):
    """Owns the decode and everything made from it until closed; every size is built from the largest one."""

    def __init__(self, source: Source, info: MediaInfo, options: FitOptions, bounds: Bounds) -> None:
        """Remember what to open; nothing is decoded yet."""
        self.source = source
        self.info = info
        self.options = options
        self.bounds = bounds
        self.thorough = False
        """Whether effort ``fast`` was given up: small drawings look wrong at any quality with half of their colour."""
        self.ground = colour.WHITE
        """The colour that transparent pixels were flattened onto; renditions that keep them are judged on it, too."""
        self.least_bytes = 0
        """What stripping leaves at the least; 0 until it was counted."""
        self._rasters: dict[tuple[Size, bool], Raster] = {}
        self._samples: dict[tuple[Size, bool, bool], tuple[Image, float]] = {}
        self._few_colours: dict[tuple[Size, Size | None, bool], Image] = {}
        self._scorers: dict[int, Scorer] = {}
        self._judges: dict[tuple[Size, int], TileJudge] = {}
        self._encoders: dict[str, Encoder] = {}
        self._graphic_share: float | None = None
        self._codes: Codes | None = None
        self.learnt = Learnt()

    def close(self) -> None:
        """Let go of every picture."""
        self._rasters.clear()
        self._samples.clear()
        self._few_colours.clear()
        self._scorers.clear()
        self._judges.clear()
        self.learnt = Learnt()

    @property
    def hasty(self) -> bool:
        """Whether effort is saved."""
        return self.options.effort == "fast" and not self.thorough

    @property
    def decoded(self) -> bool:
        """Whether the asset was read to its end without an error, at whatever size."""
        return bool(self._rasters)

    def picture(self, size: Size, *, alpha: bool = False) -> Image:
        """Give the upright sRGB picture at ``size``, flattened unless ``alpha``."""
        return self._raster(size, alpha=alpha).image

    def _raster(self, size: Size, *, alpha: bool) -> Raster:
        key = (size, alpha)
        if key not in self._rasters:
            self._rasters[key] = self._make(size, alpha=alpha)
        return self._rasters[key]

    def _make(self, size: Size, *, alpha: bool) -> Raster:
        larger = [r for (s, a), r in self._rasters.items() if a == alpha and s[0] >= size[0] and s[1] >= size[1]]
        if larger:  # not from the next one: which those are depends on the limits that were asked before
            return resized(max(larger, key=lambda r: r.image.width * r.image.height), size)
        if alpha:
            first = self.view_size(MAX_LONG_EDGE)  # codes are read in it: a smaller one would be decoded beside it
            smaller = size != first and size[0] <= first[0] and size[1] <= first[1]
            return resized(self._raster(first, alpha=True), size) if smaller else self._load(size)
        raster = self._raster(size, alpha=True)
        with picture.reading(self.source):
            asked = self.options.background_rgb()
            flat, dark = colour.flattened(raster.image, asked)
        self.ground = colour.DARK if dark else asked or colour.WHITE
        return raster if flat is raster.image else Raster(flat)

    def _load(self, size: Size) -> Raster:
        """Decode, shrink, turn and convert: in the order that touches the fewest pixels."""
        flag = self.info.orientation or 1
        stored = size if flag < 5 else size[::-1]
        with picture.reading(self.source):
            raster = self._loaded(stored, flag)
            if raster is not None:
                return raster
            image, profile = self._decoded(stored)
            image = picture.upright(resized(Raster(image), stored).image, flag)
            return Raster(_bare(colour.to_srgb(image, profile)))

    def _loaded(self, stored: Size, flag: int) -> Raster | None:
        """Decode straight to ``stored``, where the format has a short way."""
        info, profile, raster = self.info, None, None
        if info.media_type not in ("image/jpeg", "image/heic") or info.mode not in ("RGB8", "L8"):
            return None
        if info.colour_profile not in (None, "sRGB"):
            profile = picture.colour_profile(self.source, info.media_type)
            if profile is None:
                return None  # its colours are stated in numbers
        if info.media_type == "image/jpeg":
            ended = None if info.tail_bytes else jpeg_end.completed(self.source)  # before a tail there is an end
            raster = loaded_jpeg(self.source.path, stored, flag, fast=self.options.effort == "fast", ended=ended)
        elif flag == 1 and picture.heif_shaped(self.source).aperture is None:
            raster = loaded_heic(self.source.path, stored)
        if raster is None or profile is None:
            return raster
        return Raster(_bare(colour.to_srgb(raster.image, profile)))

    def _decoded(self, stored: Size) -> tuple[Image, bytes | None]:
        """Decode through Pillow; give the picture, at ``stored`` or larger, and its colour profile."""
        image = picture.shown(self.source, self.info.media_type, max(stored), size=stored)
        profile = image.info.get("icc_profile")
        if image.mode not in ("L", "LA", "RGB", "RGBA", "CMYK") or "transparency" in image.info:
            return colour.to_srgb(image, profile), None
        return image, profile

    def sample(self, size: Size, media_type: str, *, alpha: bool = False) -> tuple[Image, float]:
        """Give a part of the picture at ``size`` on which to learn how its bytes grow, and how much larger it is."""
        key = (size, alpha, media_type == "image/png")
        if key not in self._samples:
            raster = self._raster(size, alpha=alpha)
            if media_type == "image/png":
                part = bands(raster.image)
                self._samples[key] = part, size[0] * size[1] / (part.width * part.height)
            else:
                self._samples[key] = tiles(raster.pixels()) or (raster.image, 1.0)
        return self._samples[key]

    def judge(self, size: Size, view_long_edge: int) -> TileJudge | None:
        """Give the judge of renditions of one size by a few of their tiles; None where they have too few pixels."""
        if not TileJudge.suits(size, view_long_edge):
            return None
        key = (size, view_long_edge)
        if key not in self._judges:
            view = self.view_size(view_long_edge)
            larger = self.picture(self._enough(view)) if max(size) < max(view) else None
            self._judges[key] = TileJudge(self._raster(size, alpha=False).pixels(), view_long_edge, larger)
        return self._judges[key]

    def _enough(self, size: Size) -> Size:
        """Give the smallest size at hand that holds ``size``, else ``size`` itself."""
        there = [s for s, alpha in self._rasters if not alpha and s[0] >= size[0] and s[1] >= size[1]]
        return min(there, default=size)

    def scorer(self, view_long_edge: int) -> Scorer:
        """Give the judge of renditions of any size at a view size."""
        if view_long_edge not in self._scorers:
            self._scorers[view_long_edge] = Scorer(self.picture(self.view_size(view_long_edge)), view_long_edge)
        return self._scorers[view_long_edge]

    def view_size(self, long_edge: int) -> Size:
        """Give the dimensions at which the asset is looked at; never more than it has."""
        return scaled(self.size, long_edge / max(self.size))

    @property
    def size(self) -> Size:
        """Give the upright dimensions of the asset."""
        return self.info.width or 1, self.info.height or 1

    def few_colours(self, size: Size, canvas: Size | None, *, alpha: bool) -> Image:
        """Give the picture at one size, on its canvas, in at most 256 colours."""
        key = (size, canvas, alpha)
        if key not in self._few_colours:
            self._few_colours[key] = reduced(_on_canvas(self.picture(size, alpha=alpha), canvas))
        return self._few_colours[key]

    def graphic_share(self, size: Size) -> float:
        """Give the share of pixels that equal their left neighbour: near 0 photographs, 0.8 and more flat art."""
        if self._graphic_share is None:
            self._graphic_share = _equal_neighbours(self._raster(size, alpha=False).pixels())
        return self._graphic_share

    @property
    def lossy_source(self) -> bool:
        """Whether the asset was coded with loss: it carries noise that PNG pays for, unless it is nearly flat."""
        return self.info.media_type in _LOSSY or self.info.subsampling is not None

    def exact_colours(self, size: Size) -> bool:
        """Say whether the asset is drawn, or dithered, in so few colours that its own are what is to be kept."""
        if self.lossy_source or size != self.size:
            return self.info.mode == "L1"
        return self.info.mode == "L1" or self.picture(size).getcolors(_EXACT_COLOURS) is not None

    def encoder(self, name: str) -> Encoder:
        """Load an encoder once."""
        if name not in self._encoders:
            self._encoders[name] = load("encoders", name)
        return self._encoders[name]

    def score(self, encoded: Encoded, limits: Limits) -> float:
        """Judge an attempt, the whole or only the judge's tiles, by decoding it: 0 to 100 at the view size."""
        step, view = encoded.step, limits.view_long_edge
        key = (replace(step, aim="final", plain=False), view)
        known = self.learnt.scores.get(key)
        if known is not None:
            return known
        if self._keeps_pixels(step, view):
            return 100.0
        from PIL import Image as images

        # few colours fail in few places, on a gradient: tiles missed them by 25 points where a screenshot had two icons
        judge = self.judge((step.width or 1, step.height or 1), view) if step.colours is None else None
        judged: Callable[[Image], float] = self.scorer(view).score if judge is None else judge.score
        if isinstance(step.aim, Tiles):
            assert judge is not None
            judged = judge.score_tiles
        assert encoded.data is not None
        with images.open(io.BytesIO(encoded.data)) as rendition:
            rendition.load()
            whole = _off_canvas(rendition, step)
            plain = colour.flattened(colour.to_srgb(whole, None), self.ground)[0]
        score = judged(plain)
        self.learnt.scores[key] = score
        return score

    def _keeps_pixels(self, step: Step, view_long_edge: int) -> bool:
        """Say whether a step keeps every pixel of the picture that renditions of its size are judged by."""
        lossless = step.encoder == "png" and step.quality >= LOSSLESS and step.canvas is None
        return lossless and max(step.width or 1, step.height or 1) >= max(self.view_size(view_long_edge))

    def known_score(self, step: Step, limits: Limits) -> float | None:
        """Give the score of a step that was judged before."""
        return self.learnt.scores.get((step, limits.view_long_edge))

    @property
    def codes(self) -> Codes:
        """Read the bar codes that the asset holds, in the largest picture that goes out: on every route the same."""
        if self._codes is None:
            self._codes = codes_in(self.picture(self.view_size(MAX_LONG_EDGE)), _LOOK_LONG_EDGE)
        return self._codes

    def codes_of(self, encoded: Encoded) -> frozenset[Code]:
        """Read the bar codes that an attempt still holds, on the ground that it is judged on."""
        from PIL import Image as images

        assert encoded.data is not None
        with images.open(io.BytesIO(encoded.data)) as rendition:
            rendition.draft("L", None)  # a JPEG's brightness is coded alone: a third of the work
            plain = colour.flattened(colour.to_srgb(rendition, None), self.ground)[0]
            return self.codes.read_again(_off_canvas(plain, encoded.step))

    def warnings(self, chosen: Encoded | None) -> tuple[Finding, ...]:
        """Give what the flattening had to decide, where what is transparent does not go out so."""
        if self.ground != colour.DARK or self.options.background is not None or (chosen and chosen.step.alpha):
            return ()
        return (finding("flattened_dark", "on white, what is visible would vanish: a dark background was taken"),)


def encode(session: StillSession, step: Step) -> Encoded:
    """Encode one step: the whole picture, or a mosaic of it where the step is not final."""
    assert step.width is not None
    assert step.height is not None
    size = (step.width, step.height)
    started = time.perf_counter()
    ratio = 1.0
    whole = step.aim in ("final", "whole")
    if isinstance(step.aim, Tiles):
        judge = session.judge(size, step.aim.view_long_edge)
        assert judge is not None
        made, ratio = judge.mosaic, judge.bytes_ratio
    elif step.colours is not None:
        made = session.few_colours(size, step.canvas, alpha=step.alpha)
        made = made if whole else bands(made)
    elif whole:
        made = _on_canvas(session.picture(size, alpha=step.alpha), step.canvas)
    else:
        made, ratio = session.sample(size, step.media_type, alpha=step.alpha)
    if step.aim == "half_sample":
        made = made.reduce(2)
    data = session.encoder(step.encoder).encode(
        made, step.quality, full_chroma=step.full_chroma, modes=step.modes, plain=step.plain
    )
    return Encoded(
        step=step, size_bytes=len(data), data=data, area_ratio=ratio, elapsed_s=time.perf_counter() - started
    )


def _bare(image: Image) -> Image:
    """Give the pixels alone: a reader's own object would carry its EXIF along to the encoder."""
    from PIL.ImageFile import ImageFile

    result = image.copy() if isinstance(image, ImageFile) else image
    result.info.clear()
    return result


def _on_canvas(image: Image, size: Size | None) -> Image:
    """Centre a picture on a canvas of exact dimensions: transparent where the picture has alpha, else white."""
    from PIL import Image as images

    if size is None or image.size == size:
        return image
    mode, fill = ("RGBA", (0, 0, 0, 0)) if image.mode in ("RGBA", "LA") else ("RGB", (255, 255, 255))
    canvas = images.new(mode, size, fill)
    canvas.paste(image.convert(mode), ((size[0] - image.width) // 2, (size[1] - image.height) // 2))
    return canvas


def _off_canvas(image: Image, step: Step) -> Image:
    """Take the picture itself out of its canvas again, to judge it alone."""
    if step.canvas is None or step.width is None or step.height is None:
        return image
    left, top = (step.canvas[0] - step.width) // 2, (step.canvas[1] - step.height) // 2
    return image.crop((left, top, left + step.width, top + step.height))


_ROWS_LOOKED_AT = 64


def _equal_neighbours(pixels: Any) -> float:
    import numpy as np

    rows = pixels[:: max(1, pixels.shape[0] // _ROWS_LOOKED_AT)]
    if rows.shape[1] < 2:
        return 1.0
    equal = rows[:, 1:] == rows[:, :-1]
    if equal.ndim == 3:  # band by band: asking numpy whether all three are takes ten times as long
        equal = equal[..., 0] & equal[..., 1] & equal[..., 2]
    return float(np.count_nonzero(equal) / equal.size)
