"""Why a still is refused: damaged, cut short, or whole and not for the readers here; in words that are true."""

import io
import struct

import pytest
from PIL import Image
from timed_media import box, full_box

from mediaprep.api import check, route


def saved(form, size=(64, 48), **options):
    """Encode a gradient."""
    target = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(target, form, **options)
    return target.getvalue()


def refusal(path, data):
    """Give the one violation of a file that is refused."""
    path.write_bytes(data)
    outcome = check(path, route("us"), isolation="none")
    assert str(outcome.verdict) == "refused", outcome
    return outcome.violations[0]


def tiff(bits, sample_format, photometric, compression=1):
    """Write a whole TIFF of 8x8 pixels in three samples."""
    rows = bytes(8 * 8 * 3 * bits // 8)
    fields = {
        256: (4, 8), 257: (4, 8), 258: (3, (bits,) * 3), 259: (3, compression), 262: (3, photometric), 273: (4, 8),
        277: (3, 3), 278: (4, 8), 279: (4, len(rows)), 339: (3, (sample_format,) * 3),
    }  # fmt: skip
    directory, rest, at = b"", b"", 8 + len(rows) + 2 + 12 * len(fields) + 4
    for tag, (kind, value) in fields.items():
        values = value if isinstance(value, tuple) else (value,)
        packed = struct.pack(f"<{len(values)}{'H' if kind == 3 else 'I'}", *values)
        if len(packed) > 4:
            rest += packed
            packed, at = struct.pack("<I", at), at + len(packed)
        directory += struct.pack("<HHI", tag, kind, len(values)) + packed.ljust(4, b"\0")
    head = b"II*\0" + struct.pack("<I", 8 + len(rows))
    return head + rows + struct.pack("<H", len(fields)) + directory + bytes(4) + rest


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (tiff(32, 3, 2), "32-bit floating-point RGB"), (tiff(16, 1, 8), "16-bit Lab"),
        (tiff(8, 1, 2, compression=34_712), "8-bit RGB, compression 34712"),
        (tiff(8, 1, 2, compression=50_001), "8-bit RGB, compression 50001"),
    ],
)  # fmt: skip
def test_a_whole_tiff_that_no_reader_takes_is_not_called_damaged(data, words, tmp_path):
    """It is unsupported and said to be what it is; to convert it helps, another export does not."""
    found = refusal(tmp_path / "asset.tiff", data)

    assert found.name == "unsupported"
    assert words in found.message
    assert str(tmp_path) not in found.message


def test_a_damaged_tiff_is_called_damaged_without_its_path(tmp_path):
    """Where the directory says nothing, nor does the message name where the file lies."""
    found = refusal(tmp_path / "asset.tiff", b"II*\0\x08\0\0\0\xff\xff" + bytes(4_000))

    assert found.name == "unreadable"
    assert str(tmp_path) not in found.message


@pytest.mark.parametrize("options", [{"quality": 90}, {"lossless": True}])
@pytest.mark.parametrize("cut", [0.3, 0.5, 0.95])
def test_a_webp_that_ends_early_is_called_so(options, cut, tmp_path):
    """Its header counts more bytes than there are: to copy it again may help."""
    data = saved("WEBP", (640, 480), **options)

    assert refusal(tmp_path / "asset.webp", data[: int(len(data) * cut)]).name == "truncated"


def test_a_lossless_jpeg_is_called_lossless(tmp_path):
    """Its samples have eight bits as those of any JPEG; that is not what is wrong."""
    data = bytearray(saved("JPEG"))
    data[data.index(b"\xff\xc0") + 1] = 0xC3

    found = refusal(tmp_path / "asset.jpg", bytes(data))

    assert (found.name, "lossless JPEG" in found.message, "8-bit" in found.message) == ("unsupported", True, False)


def test_a_jpeg_2000_of_deep_colours_is_not_read_wrong(tmp_path):
    """The reader makes black of its white; grey of 16 bits it reads right."""
    data = bytearray(saved("JPEG2000"))
    at = data.index(b"\xff\x4f\xff\x51") + 42
    data[at : at + 9 : 3] = bytes((15, 15, 15))

    found = refusal(tmp_path / "deep.jp2", bytes(data))

    assert found.name == "unsupported"
    assert "16 bits" in found.message
    Image.new("I;16", (64, 48), 60_000).save(tmp_path / "grey.jp2")
    assert str(check(tmp_path / "grey.jp2", route("us"), isolation="none").verdict) == "needs_fit"


def test_a_heif_of_another_coding_is_not_called_damaged(tmp_path):
    """A whole JPEG in a HEIF is well made and is not for the reader here."""
    coded = saved("JPEG")
    head = box(b"ftyp", b"mif1", bytes(4), b"mif1jpeg")
    listed = full_box(b"infe", struct.pack(">HH", 1, 0), b"jpeg\0", version=2)
    shown = box(b"iprp", box(b"ipco", full_box(b"ispe", struct.pack(">II", 64, 48))),
                full_box(b"ipma", struct.pack(">IHBB", 1, 1, 1, 0x81)))  # fmt: skip

    def meta(at):
        place = full_box(b"iloc", struct.pack(">BBHHHHII", 0x44, 0, 1, 1, 0, 1, at, len(coded)))
        what = full_box(b"hdlr", bytes(4), b"pict", bytes(13)) + full_box(b"pitm", struct.pack(">H", 1))
        return full_box(b"meta", what, place, full_box(b"iinf", struct.pack(">H", 1), listed), shown)

    data = head + meta(len(head) + len(meta(0)) + 8) + box(b"mdat", coded)

    found = refusal(tmp_path / "jpeg.heif", data)

    assert found.name == "unsupported"
    assert "plugin" not in found.message
