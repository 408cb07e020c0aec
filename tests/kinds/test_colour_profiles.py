"""ICC profiles of strangers: told as sRGB or not whatever their numbers, and what is black in them comes out black."""

import struct

import pytest
from PIL import Image, ImageCms

from mediaprep.kinds import _colour as colour

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def with_curve(curve, names=(b"gTRC",)):
    """Give sRGB's profile with another green curve (or others), put behind all the rest."""
    data = bytearray(SRGB)
    data[:4] = (len(SRGB) + len(curve)).to_bytes(4, "big")
    for row in range(int.from_bytes(data[128:132], "big")):
        at = 132 + 12 * row
        if data[at : at + 4] in names:
            data[at + 4 : at + 12] = struct.pack(">2I", len(SRGB), len(curve))
    return bytes(data) + curve


def parametric(kind, *values):
    """Make a curve of ICC.1 10.18 from its parameters."""
    return b"para\0\0\0\0" + struct.pack(f">2H{len(values)}i", kind, 0, *(int(value * 65_536) for value in values))


def test_srgb_is_srgb():
    """The profile as it is, and with its own curve written anew."""
    assert colour.is_srgb(SRGB)
    assert colour.is_srgb(with_curve(parametric(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)))


@pytest.mark.parametrize(
    "curve",
    [
        parametric(0, -32_000), parametric(0, 32_000), parametric(0, 0), parametric(3, 30_000, 30_000, 1, 1, 0),
        parametric(3, -2.4, 0, 0, 0, 0), parametric(4, 2.4, 30_000, 30_000, 1, 0.04), parametric(9, 1), b"para", b"",
        b"curv\0\0\0\0\0\0\0\1\xff\xff", b"curv\0\0\0\0\xff\xff\xff\xff",
    ],
    ids=range(11),
)  # fmt: skip
def test_curves_of_any_numbers_are_told(curve):
    """Exponents that overflow or divide by nothing make a profile that is not sRGB, and no error."""
    assert not colour.is_srgb(with_curve(curve))


def test_black_ink_comes_out_black():
    """Where a profile's darkest colour is a grey, as a printer's is, it becomes black, and white stays white."""
    faded = struct.pack(">4s2I2H", b"curv", 0, 2, 2_000, 65_535)  # black reflects 3 % of the light
    picture = Image.new("RGB", (2, 1))
    picture.putpixel((1, 0), (255, 255, 255))

    shown = colour.to_srgb(picture, with_curve(faded, (b"rTRC", b"gTRC", b"bTRC")))

    assert max(shown.getpixel((0, 0))) <= 2
    assert min(shown.getpixel((1, 0))) >= 254
