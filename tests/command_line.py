"""Assets and calls for the tests of the command line."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SMALL = 4_000
LARGE = 20_000


def jpeg(*, width: int = 320, height: int = 240, quality: int = 90, seed: int = 7) -> bytes:
    """Draw a picture with edges, ramps and some noise, so that it compresses like a photograph."""
    from PIL import Image, ImageDraw, ImageFilter

    noise = Image.effect_noise((width, height), 40).convert("L")
    picture = Image.merge("RGB", (noise, noise.transpose(Image.Transpose.ROTATE_180), Image.new("L", noise.size, 90)))
    picture = picture.filter(ImageFilter.GaussianBlur(2))
    draw = ImageDraw.Draw(picture)
    for step in range(12):
        box = (step * 20 + seed, step * 9, step * 20 + 60, step * 9 + 80)
        draw.ellipse(box, fill=(step * 20, 255 - step * 20, seed * 9 % 255))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()


def small_loop(path: Path) -> bytes:
    """Give an animated GIF at half its sides, each frame with colours of its own."""
    from PIL import Image, ImageSequence

    with Image.open(path) as image:
        size, duration = (image.width // 2, image.height // 2), image.info["duration"]
        first, *rest = (frame.convert("RGB").resize(size).quantize(256) for frame in ImageSequence.Iterator(image))
    out = io.BytesIO()
    first.save(out, "GIF", save_all=True, append_images=rest, duration=duration, loop=0)
    return out.getvalue()


@dataclass
class Result:
    """What one call of the command line came to."""

    code: int
    out: str
    err: str
    records: list[dict[str, Any]] = field(default_factory=list)


Cli = Callable[..., Result]
