"""The photo of a card as an asset of its own: taken out, made square, held against what a card may carry."""

from __future__ import annotations

import io
from pathlib import Path

from mediaprep.errors import AssetError, ToolError
from mediaprep.kinds import _colour as colour
from mediaprep.kinds import _jpeg as jpeg
from mediaprep.kinds import _picture as picture
from mediaprep.kinds import identify
from mediaprep.kinds._vcard_values import Line, embedded
from mediaprep.limits import Limits
from mediaprep.model import KindName
from mediaprep.options import Bounds
from mediaprep.storage import Source, open_source

MOST_BYTES = 100_000
"""Bytes of a photo that phones take from a card: messages.dev asks for less than 100 KB, Skycore for 200 KB."""

LONG_EDGE = 720
"""Pixels of a photo's edge; Skycore asks for 400 at least, a contact's page shows no more than a phone is wide."""

_VIEW_LONG_EDGE = 480
"""Pixels at which a contact's page shows it."""

_ICON_CAP = 98.0
_ICON_BYTES = 6_000
"""Up to this size nearly every bit is spent: icons of a few pixels lose shape where a photograph loses nothing."""

_PRIVATE = frozenset({"icc"})


def photo_limits(limits: Limits, room_bytes: int, photo: bytes) -> Limits:
    """Give the limits of a photo for which a card has ``room_bytes``."""
    most = min(room_bytes, MOST_BYTES)
    return Limits(
        kind=KindName.IMAGE,
        limit_bytes=most,
        target_bytes=most,
        types=("image/jpeg",),
        max_width=LONG_EDGE,
        max_height=LONG_EDGE,
        max_long_edge=LONG_EDGE,
        modes=("RGB8", "L8"),
        view_long_edge=_VIEW_LONG_EDGE,
        cap_score=_ICON_CAP if len(photo) <= _ICON_BYTES else limits.cap_score,
        warn_score=limits.warn_score,
        floor_score=limits.floor_score,
    )


def is_ready(data: bytes) -> bool:
    """Say whether a photo may stay as it is: a square baseline JPEG, not too large, with nothing private in it."""
    if not data.startswith(b"\xff\xd8\xff") or len(data) > MOST_BYTES:
        return False
    try:
        structure = jpeg.read_structure(data, max_scans=1)
    except AssetError:
        return False
    plain = not structure.progressive and structure.components in (1, 3) and structure.end == len(data)
    small = structure.width == structure.height <= LONG_EDGE
    return plain and small and not set(jpeg.metadata_homes(data, structure)) - _PRIVATE


def square(line: Line, folder: Path, bounds: Bounds) -> tuple[bytes, bool]:
    """Give a photo's bytes, set on a white square where it is none, and whether that was done.

    Raises AssetError where it is damaged or no picture; nothing of the picture is cut off.
    """
    try:
        found = embedded(line)
    except ValueError as error:
        raise AssetError("unreadable", f"line {line.number}: {error}") from error
    if found is None or not found[0]:
        raise AssetError("unreadable", f"line {line.number}: the photo holds no picture")
    path = folder / f"photo-{line.number}"
    try:
        path.write_bytes(found[0])
    except OSError as error:
        raise ToolError("disk", f"the photo of a card cannot be written to a temporary file: {error}") from error
    source = open_source(path, bounds.max_file_bytes)
    known = identify(source)
    if known is None or known[0].name not in (KindName.IMAGE, KindName.ANIMATION):
        raise AssetError("unreadable", f"line {line.number}: the photo is not a picture")
    info = known[0].probe(source, known[1], bounds)
    if info.width == info.height:
        return found[0], False
    return _on_white(source, info.media_type), True


def _on_white(source: Source, media_type: str) -> bytes:
    from PIL import Image as images

    image = picture.shown(source, media_type, LONG_EDGE)
    with picture.reading(source):
        turned = picture.upright(image, picture.orientation(image))
        plain = colour.flattened(colour.to_srgb(turned, image.info.get("icc_profile")), None)[0]
        plain.thumbnail((LONG_EDGE, LONG_EDGE), images.Resampling.LANCZOS)
        edge = max(plain.size)
        canvas = images.new("RGB", (edge, edge), "white")
        canvas.paste(plain.convert("RGB"), ((edge - plain.width) // 2, (edge - plain.height) // 2))
        target = io.BytesIO()
        canvas.save(target, "PNG", compress_level=1)
    return target.getvalue()
