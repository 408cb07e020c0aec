"""What transparent pictures of a clip are laid over: the colour that was asked for, else white or a dark neutral."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mediaprep.errors import AssetError, ToolError
from mediaprep.kinds._clip import Picture
from mediaprep.kinds._video_raw import raw_frames

if TYPE_CHECKING:
    from mediaprep.kinds._video_session import VideoSession

Colour = tuple[int, int, int]

_READ_BY = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""Decoders that read the plane: ffmpeg 9.0.2's own leave it out."""

_LONG_EDGE = 256
_MIDDLE = 0.5


def transparent(picture: Picture | None, pixel_format: str | None) -> bool:
    """Say whether pictures carry a plane of transparency, by their container or their own format.

    ``bgra`` alone does not say it: the fourth byte of an AVI's 32 bits is mostly 0 and means nothing.
    """
    return bool(picture and picture.transparent) or (pixel_format or "").startswith(("yuva", "gbrap"))


def decoder(picture: Picture | None) -> tuple[str, ...]:
    """Give the option that chooses a decoder which reads the plane, where the usual one does not."""
    name = _READ_BY.get(picture.codec) if picture is not None and picture.transparent else None
    return ("-c:v", name) if name else ()


def seen(session: VideoSession) -> tuple[Colour, bool]:
    """Give the colour under a clip's pictures, and whether it is dark since they would vanish on white."""
    from PIL import Image as images

    from mediaprep.kinds import _colour as colour

    asked = session.options.background_rgb()
    if asked is not None:
        return asked, False
    scale = min(1.0, _LONG_EDGE / max(session.size))
    width, height = (max(1, round(edge * scale)) for edge in session.size)
    middle = replace(session.input(), seek_s=session.cut.start_s + _MIDDLE * session.picture_s, take_s=None)
    try:
        frames = raw_frames(session, middle, f"scale={width}:{height},format=rgba", (width, height), bands=4)
    except (AssetError, ToolError):
        frames = []  # a file that cannot be sought in
    if not frames:
        return colour.WHITE, False
    _, dark = colour.flattened(images.frombytes("RGBA", (width, height), frames[0]), None)
    return (colour.DARK if dark else colour.WHITE), dark
