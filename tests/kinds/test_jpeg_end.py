"""JPEGs that lack their end mark alone are whole; what lacks a byte more is cut, and refused."""

import io

import pytest
from PIL import Image
from still_assets import fitted, mms, photo, saved

from mediaprep.api import check
from mediaprep.kinds._jpeg import SOS, read_structure
from mediaprep.kinds._jpeg_end import completed
from mediaprep.options import FitOptions
from mediaprep.storage import open_source

SHAPES = [
    {}, {"progressive": True}, {"subsampling": 0}, {"restart_marker_rows": 1},
    {"progressive": True, "restart_marker_rows": 1},
]  # fmt: skip


def drawn(size=(96, 72), mode="RGB", **options):
    """Encode a small photograph whose last rows have something in them."""
    data = saved(photo(size).convert(mode), "JPEG", quality=85, **options)
    assert data.endswith(b"\xff\xd9")
    return data


def source_of(tmp_path, data):
    """Open bytes as an asset."""
    path = tmp_path / "asset.jpg"
    path.write_bytes(data)
    return open_source(path, 10**9)


def verdict(data):
    """Judge bytes for a route that takes any picture."""
    return str(check(data, mms(10**6), options=FitOptions(), isolation="none").verdict)


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("options", SHAPES)
def test_the_end_mark_alone_is_added_and_nothing_less_counts_as_whole(options, mode, tmp_path):
    """Without the mark a file is completed to what it was; without any of the last forty bytes before it, it is not."""
    data = drawn((50, 32), mode, **options)

    assert completed(source_of(tmp_path, data)) is None, "it has its mark"
    assert completed(source_of(tmp_path, data[:-1])) == data[:-1] + b"\xff\xd9"
    assert completed(source_of(tmp_path, data[:-2])) == data
    for missing in range(1, 40):
        assert completed(source_of(tmp_path, data[: -2 - missing])) is None, missing


@pytest.mark.parametrize("options", SHAPES)
def test_a_cut_anywhere_is_refused_and_a_missing_mark_is_not(options):
    """Cut at sixteen places, and before each scan but the first, it is refused; without its mark it fits."""
    data = drawn(**options)
    scans = [s.start for s in read_structure(data, max_scans=100).segments if s.marker == SOS]
    places = [*range(scans[0] + 20, len(data) - 3, max(1, (len(data) - scans[0]) // 16)), *scans[1:]]

    assert verdict(data[:-2]) == "fits"
    assert {verdict(data[:place]) for place in places} == {"refused"}


def test_room_set_aside_for_bytes_that_never_came_is_no_picture():
    """Zeros behind a cut, which decoders take for coded data without a word, make it no whole picture.

    Behind a whole one they are cut off.
    """
    data = drawn()
    outcome, _ = fitted(data[:-2] + bytes(300), mms(10**6))

    assert verdict(data[: len(data) // 2] + bytes(len(data))) == "refused"
    assert verdict(data[:-3] + bytes(300)) == "refused"
    assert outcome.data == fitted(data, mms(10**6))[0].data


@pytest.mark.parametrize("options", SHAPES)
@pytest.mark.parametrize("limit", [10**6, 20_000])
def test_what_goes_out_has_its_mark_and_the_pixels_of_the_whole_file(options, limit):
    """Kept or made smaller, the rendition ends in the mark and is the one that the whole file gives."""
    data = drawn((640, 480), **options)

    outcome, shown = fitted(data[:-2], mms(limit))
    whole, same = fitted(data, mms(limit))

    assert outcome.data.endswith(b"\xff\xd9")
    assert outcome.data == whole.data
    assert shown.tobytes() == same.tobytes()
    assert [w.name for w in outcome.warnings if w.name == "salvaged"] == ["salvaged"]
    assert "salvaged" not in {w.name for w in whole.warnings}


def test_a_photo_is_turned_and_its_place_removed_without_its_mark():
    """What a camera's file needs else is done as ever."""
    exif = Image.Exif()
    exif[0x0112] = 6
    data = drawn((640, 480), exif=exif.tobytes())

    outcome, shown = fitted(data[:-2], mms(10**6))

    assert shown.size == (480, 640)
    assert Image.open(io.BytesIO(outcome.data)).getexif() == {}


def test_an_empty_scan_header_tells_of_no_coefficient(tmp_path):
    """Found by fuzzing: a scan whose header holds nothing, in a file without its mark."""
    made = io.BytesIO()
    Image.new("RGB", (16, 16), "red").save(made, "JPEG")
    data = made.getvalue()
    at = data.index(b"\xff\xda")

    assert completed(source_of(tmp_path, data[:at] + b"\xff\xda\0\2" + data[at:-2])) is None
