"""Why a still is refused: damaged, cut short, or whole and not for the readers here; in words that are true."""

import io
import struct

import pytest
from PIL import Image

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
