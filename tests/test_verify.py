"""A rendition is believed only after it was read afresh: each way in which it can be wrong is found."""

import io
import struct
from dataclasses import replace

import pytest
from command_line import jpeg
from PIL import Image
from timed_media import box

from mediaprep.errors import ToolError
from mediaprep.limits import Limits
from mediaprep.model import KindName
from mediaprep.options import Bounds
from mediaprep.verify import verify

LIMITS = Limits(kind=KindName.IMAGE, types=("image/jpeg", "image/png"))


@pytest.fixture
def rendition(tmp_path):
    """A clean JPEG."""
    path = tmp_path / "rendition.jpg"
    path.write_bytes(jpeg(width=64, height=48))
    return path


def test_a_rendition_may_have_its_limit_and_not_one_byte_more(rendition):
    """To the byte."""
    size_bytes = rendition.stat().st_size

    found = verify(rendition, replace(LIMITS, limit_bytes=size_bytes), Bounds(), media_type="image/jpeg")

    assert found.size_bytes == size_bytes
    with pytest.raises(ToolError, match=f"has {size_bytes:,} bytes; the limit is {size_bytes - 1:,}"):
        verify(rendition, replace(LIMITS, limit_bytes=size_bytes - 1), Bounds(), media_type="image/jpeg")


def test_a_rendition_of_another_type_is_none(rendition):
    """A JPEG that goes out as PNG would be sent under a wrong type, though the route delivers both."""
    with pytest.raises(ToolError, match="the rendition is image/jpeg, not image/png"):
        verify(rendition, LIMITS, Bounds(), media_type="image/png")


def test_a_rendition_that_nobody_knows_is_none(rendition):
    """Bytes of no kind."""
    rendition.write_bytes(b"\0" * 100)

    with pytest.raises(ToolError, match="not recognised as image/jpeg"):
        verify(rendition, LIMITS, Bounds(), media_type="image/jpeg")


@pytest.mark.parametrize(("tag", "told"), [(0x8825, "exif"), (0x010E, "exif")])
def test_nothing_private_leaves_with_a_rendition(rendition, tag, told):
    """Neither a place nor words in EXIF."""
    exif = Image.Exif()
    exif[tag] = {1: "N", 2: (47.0, 22.0, 0.0), 3: "E", 4: (8.0, 33.0, 0.0)} if tag == 0x8825 else "a note"
    kept = io.BytesIO()
    with Image.open(rendition) as picture:
        picture.save(kept, "JPEG", exif=exif)
    rendition.write_bytes(kept.getvalue())

    with pytest.raises(ToolError, match=f"still carries ({told})"):
        verify(rendition, LIMITS, Bounds(), media_type="image/jpeg")


def test_no_place_leaves_with_a_clip(samples, tmp_path):
    """A place stands in a box of its own, beside all that is called metadata."""
    place = box(b"udta", box(b"\xa9xyz", struct.pack(">HH", 18, 0x15C7), b"+40.6894-074.0447/"))
    path = tmp_path / "clip.mp4"
    path.write_bytes((samples / "film_clip.mp4").read_bytes() + place)

    with pytest.raises(ToolError, match="still carries a place"):
        verify(path, Limits(kind=KindName.VIDEO), Bounds(), media_type="video/mp4")
