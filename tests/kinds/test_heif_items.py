"""How far the picture of a HEIC or AVIF reaches into its file: what is cut is refused, not sent half grey."""

import io
import struct

import planted
import pytest
from foreign import CORPUS
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from timed_media import bounded, box, full_box

from mediaprep.api import check, route
from mediaprep.errors import AssetError
from mediaprep.kinds._heif_items import picture_end
from mediaprep.model import Verdict


def grid(version=1, tiles=3):
    """Make a file whose primary picture is a grid of tiles of 100 bytes, with a thumbnail far behind them."""
    wide, form = (4, ">I") if version == 2 else (2, ">H")
    primary, thumbnail = tiles + 1, tiles + 2
    rows = b""
    for item in range(1, thumbnail + 1):
        rows += struct.pack(form, item) + (struct.pack(">H", item == primary) if version else b"") + bytes(2)
        start = 10_000 if item == thumbnail else 1_000 + 100 * item
        rows += struct.pack(">HII", 1, 0 if item == primary else start, 8 if item == primary else 100)
    places = full_box(b"iloc", b"\x44\0", struct.pack(form, thumbnail), rows, version=version)
    assert wide == struct.calcsize(form)
    links = box(b"dimg", struct.pack(f">HH{tiles}H", primary, tiles, *range(1, tiles + 1)))
    links += box(b"thmb", struct.pack(">HHH", thumbnail, 1, primary))
    meta = full_box(b"meta", full_box(b"pitm", struct.pack(">H", primary)), places, full_box(b"iref", links))
    return box(b"ftyp", b"heic", bytes(4), b"mif1heic") + meta


@pytest.mark.parametrize("version", [1, 2])
def test_the_last_tile_ends_the_picture(version):
    """Tiles count, the thumbnail behind them and what lies in the tables themselves do not."""
    assert picture_end(bounded(grid(version))) == 1_400


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.98])
def test_a_cut_heic_is_refused(share):
    """Whatever the decoder makes of it."""
    data = planted.heic()
    whole = picture_end(bounded(data))

    outcome = check(data[: int(whole * share)], route("us"), isolation="none")

    assert outcome.verdict == Verdict.REFUSED
    assert check(data, route("us"), isolation="none").verdict != Verdict.REFUSED


@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_a_cut_avif_is_refused(share):
    """The same for the other codec."""
    target = io.BytesIO()
    planted.picture().save(target, "AVIF")
    data = target.getvalue()

    assert check(data[: int(len(data) * share)], route("us"), isolation="none").verdict == Verdict.REFUSED
    assert Image.open(io.BytesIO(data)).size == (320, 240)


@pytest.mark.parametrize("name", ["exif-samples__IMG_5195.HEIC", "exif-samples__iphone_13_pro_max.HEIC"])
def test_a_phones_grid_that_was_cut_is_refused(corpus, tmp_path, name):
    """Of 48 tiles some are there: libheif would show the rest grey."""
    data = (CORPUS / "images" / name).read_bytes()
    for share in (0.14, 0.5, 0.92):
        path = tmp_path / f"{share}.heic"
        path.write_bytes(data[: int(len(data) * share)])
        assert check(path, route("us"), isolation="none").violations[0].name == "truncated"


@given(st.data())
def test_damaged_tables_are_passed_over(data):
    """Any bytes anywhere: an end, none, or a bound; never anything else, and never for ever."""
    raw = bytearray(grid(data.draw(st.sampled_from((1, 2)))))
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = picture_end(bounded(bytes(raw)))
    except AssetError:
        return
    assert found is None or found >= 0


def test_lists_of_tiles_that_repeat_or_overrun_cost_nothing():
    """An item that is listed twice is visited once, and a list is no longer than its box, whatever it says."""
    twice = box(b"dimg", struct.pack(">HHH", 1, 60_000, 2) + struct.pack(">H", 2) * 59_999)
    again = box(b"dimg", struct.pack(">HHH", 2, 60_000, 2) + struct.pack(">H", 2) * 59_999)
    short = b"".join(box(b"dimg", struct.pack(">HHH", 2 + n, 60_000, 3 + n)) for n in range(50))
    places = full_box(b"iloc", b"\x44\0", struct.pack(">H", 0), version=0)
    meta = full_box(
        b"meta",
        full_box(b"pitm", struct.pack(">H", 1)),
        places,
        full_box(b"iref", twice + again + short),
        bytes(150_000),
    )
    assert picture_end(bounded(box(b"ftyp", b"heic", bytes(4), b"mif1heic") + meta)) is None
