"""HEIC and AVIF stills are shown as their properties say: what is cropped away is not seen, turns come after it."""

import io
import struct

import pi_heif
import planted
import pytest
from foreign import ROOT
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from still_assets import distance, fitted, mms
from timed_media import bounded, box

from mediaprep.kinds._heif_shape import of_boxes, of_still, unshaped
from mediaprep.kinds._isobmff_boxes import boxes

SIZE = (320, 240)


def clap(left, top, width, height, size=SIZE):
    """Make the property that shows a part of a picture; its offsets are of the centre, in halves of a pixel."""
    across, down = 2 * left + width - size[0], 2 * top + height - size[1]
    return box(b"clap", struct.pack(">4I", width, 1, height, 1), struct.pack(">iIiI", across, 2, down, 2))


def shaped(data, *properties):
    """Add properties to the one picture of a HEIC or AVIF, which then lies further behind."""
    more = sum(map(len, properties)) + len(properties)
    out = bytearray()
    for kind, start, end in boxes(data, 0, len(data)):
        body = data[start:end]
        if kind == b"meta":
            body = body[:4] + b"".join(_rewritten(*part, properties, more) for part in _parts(body, 4))
        out += box(kind, body)
    return bytes(out)


def _parts(data, start):
    return [(kind, data[at:end]) for kind, at, end in boxes(data, start, len(data))]


def _rewritten(kind, body, properties, more):
    if kind == b"iprp":
        (_, held), (_, rows) = _parts(body, 0)
        count, first = len(_parts(held, 0)), 11  # a version, a number of rows, an item of two bytes, its number
        ours = bytes(0x80 | (count + 1 + i) for i in range(len(properties)))
        have = rows[first - 1]
        rows = rows[: first - 1] + bytes((have + len(ours),)) + rows[first : first + have] + ours + rows[first + have :]
        return box(kind, box(b"ipco", held, *properties), box(b"ipma", rows))
    if kind == b"iloc":
        place = {0: 14, 1: 16}[body[0]] - (2 if body[5] >> 4 else 0)  # of the only extent, or what it is counted from
        assert body[4] == 0x44
        (offset,) = struct.unpack_from(">I", body, place)
        return box(kind, body[:place], struct.pack(">I", offset + more), body[place + 4 :])
    return box(kind, body)


def avif():
    """Encode the drawn picture."""
    target = io.BytesIO()
    planted.picture(SIZE).save(target, "AVIF", quality=90)
    return target.getvalue()


@pytest.mark.parametrize(
    ("turns", "method"),
    [
        ((), None), ((box(b"irot", b"\1"),), Image.Transpose.ROTATE_90),
        ((box(b"irot", b"\1"), box(b"imir", b"\0")), Image.Transpose.TRANSPOSE),
    ],
)  # fmt: skip
@pytest.mark.parametrize("coded", ["avif", "heic"])
def test_what_is_cropped_away_is_not_shown(coded, turns, method):
    """The part comes out alone, turned after it was cropped; a look says its dimensions."""
    data = avif() if coded == "avif" else (ROOT / "samples" / "food_photo.heic").read_bytes()
    pi_heif.register_heif_opener()
    whole = Image.open(io.BytesIO(data)).convert("RGB")
    part = (40, 30, 40 + whole.width // 2, 30 + whole.height // 3)
    asset = shaped(data, clap(40, 30, part[2] - 40, part[3] - 30, whole.size), *turns)
    expected = whole.crop(part)
    expected = expected if method is None else expected.transpose(method)

    outcome, out = fitted(asset, mms(900_000))

    assert (outcome.source.width, outcome.source.height) == out.size == expected.size
    assert distance(expected, out) < 4
    assert "metadata" not in [found.name for found in outcome.warnings]


def test_a_part_that_is_not_within_the_picture_is_passed_over():
    """So is one of no pixels, or of numbers that cannot be divided: the whole is shown, as viewers do."""
    for wrong in (clap(200, 0, 200, 100), clap(0, 0, 0, 0), box(b"clap", bytes(32))):
        assert fitted(shaped(avif(), wrong), mms(900_000))[1].size == SIZE


def test_turns_come_to_one():
    """In their order, whatever it is; a crop after a turn is none."""
    assert of_boxes([(b"irot", b"\1"), (b"irot", b"\2")]).orientation == 6
    assert of_boxes([(b"imir", b"\0"), (b"irot", b"\2")]).orientation == 2
    assert of_boxes([(b"irot", b"\1"), (b"imir", b"\1")]).orientation == 7
    assert of_boxes([(b"irot", b"\1"), (b"clap", clap(0, 0, 8, 8)[8:])]).aperture is None


SHAPED = shaped(avif(), clap(10, 10, 100, 100), box(b"irot", b"\1"))


@given(st.data())
def test_damaged_properties_are_passed_over(data):
    """Any bytes anywhere in the tables are answered, and so is a file that is to be read without them."""
    raw = bytearray(SHAPED[:400])
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))

    assert of_still(bounded(bytes(raw))).orientation in range(1, 9)
    assert len(unshaped(bytes(raw))) == len(raw)
