"""Lossy WebP through Pillow (libwebp): only for routes that deliver it, such as WhatsApp stickers."""

from __future__ import annotations

import io
from typing import Any

from mediaprep.encoders import Encoder


class WebpPillow:
    """libwebp's quality is whole numbers; the axis is rounded down to them."""

    name = "webp_pillow"
    media_type = "image/webp"
    suffix = "webp"
    monotone = True

    def encode(self, picture: Any, quality: float, **_: Any) -> bytes:
        """Encode an L, RGB or RGBA picture; alpha is kept."""
        target = io.BytesIO()
        picture.save(target, "WEBP", quality=int(min(max(quality, 0.0), 100.0)), method=4)
        return target.getvalue()


ENCODER: Encoder = WebpPillow()
