"""What the searches of stills share: formats, the shape of an encode, an attempt with its score, dimensions."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mediaprep.kinds import Encoded, Step
from mediaprep.limits import Limits

if TYPE_CHECKING:
    from mediaprep.kinds._still import StillSession
    from mediaprep.kinds._still_learnt import Learnt

Size = tuple[int, int]

JPEG, PNG, WEBP = "image/jpeg", "image/png", "image/webp"
ENCODERS = {JPEG: "jpeg_pillow", PNG: "png", WEBP: "webp_pillow"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What an encode is besides its dimensions and quality; equal shapes share what was learned."""

    media_type: str
    full_chroma: bool = False
    alpha: bool = False
    canvas: Size | None = None
    modes: tuple[str, ...] = ()

    def step(self, size: Size, quality: float, *, colours: int | None = None) -> Step:
        """Make the step that encodes the whole picture at ``size`` and ``quality``; WebP's are whole numbers."""
        quality = math.floor(quality) if self.media_type == WEBP else quality
        return Step(
            encoder=ENCODERS[self.media_type], media_type=self.media_type, quality=quality,
            width=size[0], height=size[1], colours=colours, full_chroma=self.full_chroma, alpha=self.alpha,
            canvas=self.canvas, modes=self.modes,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What one search works within: a picture, a route's limits, bytes that are not to be passed, and one shape."""

    session: StillSession
    limits: Limits
    target_bytes: int
    shape: Shape

    @property
    def learnt(self) -> Learnt:
        """Give what is known of the picture by now."""
        return self.session.learnt

    @property
    def hasty(self) -> bool:
        """Whether effort is saved."""
        return self.session.hasty

    def fully_coloured(self) -> Asked:
        """Give the same search with colour at full resolution."""
        return replace(self, shape=replace(self.shape, full_chroma=True))

    def step(self, size: Size, quality: float) -> Step:
        """Make the step that encodes the whole picture at ``size`` and ``quality``."""
        return self.shape.step(size, quality)

    def sampled_step(self, size: Size, quality: float) -> Step:
        """Make the same step at the dimensions at which the curve of ``size`` takes its samples."""
        return self.step(self.learnt.sampled_at.get((size, self.shape), size), quality)

    def foretold_bytes(self, step: Step) -> float:
        """Give what a step comes to by a look at its tiles; infinite where there was none."""
        return self.learnt.foretold_bytes.get(step, math.inf)

    def score(self, encoded: Encoded) -> float:
        """Judge an attempt as the route's people look at it."""
        return self.session.score(encoded, self.limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """An attempt within the target and its score."""

    encoded: Encoded
    score: float


Search = Generator[Step, Encoded, tuple[Best | None, Encoded | None]]
"""A search's end: the best within the target, and else the nearest that is over."""


def frame_size(size: Size, limits: Limits) -> Size:
    """Give the largest dimensions that a rendition may have; a box also holds pictures turned by 90 degrees."""
    width, height = size
    scale = min(1.0, limits.max_long_edge / max(size))
    box = (limits.exact_width or limits.max_width, limits.exact_height or limits.max_height)
    if box[0] and box[1] and (box[0] > box[1]) != (width > height) and limits.exact_width is None:
        box = (box[1], box[0])
    for edge, most in zip(size, box, strict=True):
        if most:
            scale = min(scale, most / edge)
    if limits.max_pixels:
        scale = min(scale, math.sqrt(limits.max_pixels / (width * height)))
    return scaled(size, scale)


def scaled(size: Size, scale: float) -> Size:
    """Scale dimensions, rounding down where a bound could be broken, never under one pixel."""
    if scale >= 1.0:
        return size
    return max(1, int(size[0] * scale + 1e-6)), max(1, int(size[1] * scale + 1e-6))
