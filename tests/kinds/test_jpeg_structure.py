"""JPEG markers: where a picture ends, what it carries, and the same picture without that."""

import io
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mediaprep.errors import AssetError
from mediaprep.kinds import _jpeg as jpeg


def photo(size=(97, 61), mode="RGB", **options):
    """Make a small JPEG with some texture, the same each time."""
    picture = Image.frombytes(
        "L", size, bytes((x * x // 7 + y * 31) % 256 for y in range(size[1]) for x in range(size[0]))
    )
    picture = picture.convert(mode)
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=80, **options)
    return target.getvalue()


def with_everything():
    """Make a JPEG that carries metadata in each of its homes, and a tail."""
    exif = Image.Exif()
    exif[0x010F] = "CANARY-MAKE"
    data = photo(exif=exif.tobytes(), comment="CANARY-COMMENT", icc_profile=b"\0" * 200, xmp=b"<x>CANARY-XMP</x>")
    photoshop = b"\xff\xed" + (2 + 24).to_bytes(2, "big") + b"Photoshop 3.0\0CANARY-IPT"
    return data[:2] + photoshop + data[2:] + b"CANARY-TAIL" * 10


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}, {"restart_marker_rows": 1}])
def test_structure_is_read(options):
    """Dimensions, scans, subsampling and the end are read without decoding."""
    data = photo(**options)

    structure = jpeg.read_structure(data, max_scans=100)

    assert (structure.width, structure.height, structure.precision) == (97, 61, 8)
    assert structure.progressive == options.get("progressive", False)
    assert structure.subsampling == ("4:4:4" if options.get("subsampling") == 0 else "4:2:0")
    assert structure.end == len(data)


def test_every_home_of_metadata_is_named_and_emptied():
    """EXIF, XMP, IPTC, comments, profiles and tails are named; none of them is left after stripping."""
    data = with_everything()
    structure = jpeg.read_structure(data, max_scans=100)

    clean = jpeg.stripped(data, structure)

    assert set(jpeg.metadata_homes(data, structure)) >= {"exif", "xmp", "iptc", "comment", "icc", "tail"}
    assert b"CANARY" not in clean
    assert jpeg.metadata_homes(clean, jpeg.read_structure(clean, max_scans=100)) == ()


@pytest.mark.parametrize(
    "data",
    [with_everything(), photo(progressive=True), photo(mode="L"), photo(mode="CMYK"), photo(restart_marker_rows=1)],
)
def test_stripping_keeps_every_pixel(data):
    """What is left after stripping decodes to the same pixels."""
    clean = jpeg.stripped(data, jpeg.read_structure(data, max_scans=100))

    with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(clean)) as after:
        assert before.tobytes() == after.tobytes()


def test_a_clean_file_is_left_alone():
    """A JPEG with nothing to strip comes back byte for byte."""
    data = photo()

    assert jpeg.stripped(data, jpeg.read_structure(data, max_scans=100)) == data


def test_scan_bombs_are_refused():
    """More scans than the bound is a refusal of its own, before any decoding."""
    with pytest.raises(AssetError) as caught:
        jpeg.read_structure(photo(progressive=True), max_scans=3)

    assert caught.value.code == "scan_bound"


WHOLE = with_everything()


@given(st.data())
def test_damage_raises_only_refusals(data):
    """Cut anywhere and flipped anywhere, the reader answers or raises AssetError."""
    whole = bytearray(WHOLE)
    cut = data.draw(st.integers(0, len(whole)))
    for _ in range(data.draw(st.integers(0, 5))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    damaged = bytes(whole[:cut])
    try:
        structure = jpeg.read_structure(damaged, max_scans=100)
    except AssetError:
        return
    jpeg.stripped(damaged, structure)
    jpeg.metadata_homes(damaged, structure)


def test_fill_between_segments_counts_as_removable():
    """Bytes between segments go with stripping: what is foretold is what goes, so no strip that fits is passed by."""
    data = with_everything()
    data = data[:2] + b"\xff" * 5_000 + data[2:]
    structure = jpeg.read_structure(data, max_scans=100)

    gone = len(data) - len(jpeg.stripped(data, structure))

    assert gone > 5_000
    assert gone <= jpeg.removable_bytes(data, structure) <= gone + 18  # JFIF's own header may lose its thumbnail


def test_a_segment_that_a_flipped_byte_made_is_no_metadata():
    """A marker code inside the coded picture: to take it for a segment and cut it out would change what is seen."""
    data = photo(size=(200, 200), restart_marker_rows=1)
    (scan,) = jpeg.read_structure(data, max_scans=100).find(data, jpeg.SOS, b"")
    at = scan.end + 300
    broken = data[:at] + b"\xff\xe2\x00\x20" + data[at + 4 :]
    broken = broken[: at + 34] + b"\x01" + broken[at + 35 :]

    assert jpeg.read_structure(broken, max_scans=100).damaged
    assert not jpeg.read_structure(data, max_scans=100).damaged
    assert not jpeg.read_structure(photo(progressive=True, comment="words"), max_scans=100).damaged


def test_a_million_segments_cost_no_more_than_their_walk():
    """Each gap between segments once asked every segment: 60,000 of them took minutes."""
    data = photo()
    data = data[:2] + b"\xff\xff\xe1\x00\x02" * 60_000 + data[2:]
    before = time.process_time()

    clean = jpeg.stripped(data, jpeg.read_structure(data, max_scans=100))

    assert clean == jpeg.stripped(photo(), jpeg.read_structure(photo(), max_scans=100))
    assert time.process_time() - before < 10


@pytest.mark.parametrize("data", [with_everything(), photo(progressive=True), photo(mode="L")])
def test_where_the_coded_picture_begins_is_found_in_the_first_bytes(data):
    """What no stripping can take away is counted from the header; where that goes on too long, nothing is said."""
    structure = jpeg.read_structure(data, max_scans=100)
    start = jpeg.coded_from(data)

    assert start == next(s.start for s in structure.segments if s.marker == jpeg.SOS)
    assert len(jpeg.stripped(data, structure)) >= structure.end - start
    assert jpeg.coded_from(data[:start]) is None


@given(st.binary(max_size=60))
def test_nothing_in_a_header_leads_past_its_end(junk):
    """Rubbish behind a start marker ends the walk without an error."""
    assert jpeg.coded_from(b"\xff\xd8\xff\xe0" + junk) is None or b"\xff\xda" in junk


def test_a_header_of_jfif_that_is_none_is_metadata():
    """What only begins as JFIF's header does goes, whatever stands behind it."""
    whole = photo()
    for stub in (b"\xff\xe0\0\6JFIF", b"\xff\xe0\0\7JFIF\0", b"\xff\xe0\0\6JFIF\0\0"):
        data = whole[:2] + stub + whole[2:]
        clean = jpeg.stripped(data, jpeg.read_structure(data, max_scans=9))
        again = jpeg.read_structure(clean, max_scans=9)
        assert stub not in clean
        assert jpeg.metadata_homes(clean, again) == ()


def test_nothing_rides_behind_adobes_mark():
    """The mark of the colour transform stays, twelve bytes of it; what somebody wrote behind it goes."""
    whole = photo()
    mark = b"Adobe\0d\0\0\0\0\1"
    words = mark + b"GPS 47.1 8.5 CANARY"
    data = whole[:2] + b"\xff\xee" + (len(words) + 2).to_bytes(2, "big") + words + whole[2:]
    structure = jpeg.read_structure(data, max_scans=9)
    clean = jpeg.stripped(data, structure)

    assert jpeg.metadata_homes(data, structure) == ("other",)
    assert b"CANARY" not in clean
    assert mark in clean
    assert jpeg.metadata_homes(clean, jpeg.read_structure(clean, max_scans=9)) == ()
    assert len(data) - len(clean) <= jpeg.removable_bytes(data, structure)
