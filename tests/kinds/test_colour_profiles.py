"""ICC profiles of strangers: told as sRGB or not whatever their numbers, and what is black in them comes out black."""

import io
import struct

import pytest
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from mediaprep.api import fit, route
from mediaprep.kinds import _colour as colour
from mediaprep.kinds import _picture as picture
from mediaprep.kinds import identify
from mediaprep.options import Bounds
from mediaprep.storage import open_source

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


@pytest.mark.parametrize(
    ("mode", "gamma", "chunks", "shown"),
    [
        ("RGB", 100_000, (), 128), ("L", 100_000, (), 128), ("RGBA", 100_000, (), 128), ("P", 100_000, (), 128),
        ("RGB", 45_455, (), 55), ("RGB", 45_000, (), 55), ("RGB", 55_556, (), 71), ("RGB", 0, (), 55),
        ("RGB", 100_000, ((b"sRGB", b"\0"),), 55),
    ],
)  # fmt: skip
def test_a_gamma_alone_is_followed(mode, gamma, chunks, shown, tmp_path):
    """PNGs that describe their levels by gamma come out as viewers show them; what says sRGB, or nearly, stays."""
    chunk = PngInfo()
    for name, data in ((b"gAMA", struct.pack(">I", gamma)), *chunks):
        chunk.add(name, data)
    flat = Image.new("RGBA", (8, 8), (55, 55, 55, 90)) if mode == "RGBA" else Image.new("L", (8, 8), 55)
    flat.convert(mode).save(tmp_path / "a.png", pnginfo=chunk)

    image = picture.decoded(open_source(tmp_path / "a.png", 10**6), "image/png")
    assert image.convert("RGBA").getpixel((3, 3)) == (shown, shown, shown, 90 if mode == "RGBA" else 255)


def test_deep_grey_of_linear_light_is_shown(tmp_path):
    """A gamma counts for grey of sixteen bits too."""
    chunk = PngInfo()
    chunk.add(b"gAMA", struct.pack(">I", 100_000))
    out = io.BytesIO()
    Image.new("I;16", (8, 8), 55 * 257).save(out, "PNG", pnginfo=chunk)
    (tmp_path / "a.png").write_bytes(out.getvalue())

    assert picture.decoded(open_source(tmp_path / "a.png", 10**6), "image/png").getpixel((3, 3)) == 128


def grey_profile():
    """Make a grey profile of linear light out of sRGB's: its space renamed, a curve for grey added in place."""
    data = bytearray(with_curve(parametric(0, 1.0), (b"gTRC",)))
    data[16:20] = b"GRAY"
    at = data.find(b"gTRC")
    data[at : at + 4] = b"kTRC"
    return bytes(data)


def cmyk_profile():
    """Make a profile that says it is one for inks, which no reader can follow."""
    return SRGB[:16] + b"CMYK" + SRGB[20:]


@pytest.mark.parametrize(
    ("mode", "form", "profile"),
    [
        ("RGB", "PNG", grey_profile()), ("RGB", "JPEG", grey_profile()), ("RGB", "WEBP", grey_profile()),
        ("RGB", "TIFF", grey_profile()), ("RGBA", "PNG", grey_profile()), ("P", "PNG", grey_profile()),
        ("RGB", "JPEG", cmyk_profile()), ("L", "JPEG", cmyk_profile()), ("RGB", "PNG", b"garbage" * 30),
        ("CMYK", "TIFF", grey_profile()),
    ],
)  # fmt: skip
def test_a_profile_for_other_pixels_is_ignored(mode, form, profile, tmp_path):
    """As browsers and phones do: colours stay, and none is told that the file does not have."""
    ground = Image.new("RGB", (64, 64), (200, 60, 30)).convert(mode)
    options = {"lossless": True} if form == "WEBP" else {"quality": 95} if form == "JPEG" else {}
    path = tmp_path / f"a.{form.lower()}"
    ground.save(path, form, icc_profile=profile, **options)

    kind, kind_form = identify(source := open_source(path, 10**6))
    info = kind.probe(source, kind_form, Bounds())
    raw = picture.decoded(source, kind_form.media_type)
    shown = colour.to_srgb(raw, raw.info.get("icc_profile")).convert("RGB").getpixel((30, 30))

    assert info.colour_profile is None
    assert shown == pytest.approx(ground.convert("RGB").getpixel((30, 30)), abs=6)


@pytest.mark.parametrize(("mode", "level"), [("L", 55), ("I;16", 55 * 257)])
def test_grey_of_any_depth_follows_a_grey_profile(mode, level, tmp_path):
    """Linear grey comes out lighter, from sixteen bits as from eight, and is told."""
    Image.new(mode, (64, 64), level).save(tmp_path / "a.png", icc_profile=grey_profile())

    kind, form = identify(source := open_source(tmp_path / "a.png", 10**6))
    raw = picture.decoded(source, form.media_type)

    assert kind.probe(source, form, Bounds()).colour_profile is not None
    assert colour.to_srgb(raw, raw.info["icc_profile"]).getpixel((30, 30)) == pytest.approx(128, abs=1)


def test_deep_grey_that_counts_from_white_is_turned_around(tmp_path):
    """A TIFF may call white 0, as scanners and X-rays do, in sixteen bits as in eight."""
    Image.new("I;16", (64, 64), 50 * 257).save(tmp_path / "a.tiff", tiffinfo={262: 0})

    raw = picture.decoded(open_source(tmp_path / "a.tiff", 10**6), "image/tiff")

    assert colour.to_srgb(raw, None).getpixel((30, 30)) == 205


P3 = (0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060)
PLAIN = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
D50 = (0.3457, 0.3585, *PLAIN[2:])


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
@pytest.mark.parametrize(
    ("stated", "others", "shown"),
    [
        (P3, (), (215, 93, 31)), (PLAIN, (), (200, 100, 50)), (P3, ((b"sRGB", b"\0"),), (200, 100, 50)),
        ((0.3127, 0.0) * 4, (), (200, 100, 50)),
    ],
    ids=["P3", "sRGB", "sRGB said", "nonsense"],
)  # fmt: skip
def test_primaries_beside_a_gamma_are_followed(mode, stated, others, shown, tmp_path):
    """As Chrome, Firefox and Android show them; told, and not kept as they are."""
    numbers = PngInfo()
    for name, data in (
        (b"gAMA", struct.pack(">I", 45_455)), (b"cHRM", struct.pack(">8I", *(round(n * 1e5) for n in stated))), *others,
    ):  # fmt: skip
        numbers.add(name, data)
    flat = Image.new("RGB", (64, 64), (200, 100, 50))
    (flat.quantize(2) if mode == "P" else flat.convert(mode)).save(tmp_path / "a.png", pnginfo=numbers)

    source = open_source(tmp_path / "a.png", 10**6)
    kind, form = identify(source)
    outcome = fit(tmp_path / "a.png", route("us"), isolation="none")

    assert picture.decoded(source, "image/png").convert("RGB").getpixel((30, 30)) == pytest.approx(shown, abs=1)
    assert Image.open(io.BytesIO(outcome.data)).convert("RGB").getpixel((30, 30)) == pytest.approx(shown, abs=3)
    told = "wide_gamut" in [found.name for found in outcome.warnings]
    assert told == (shown[0] != 200) == (kind.probe(source, form, Bounds()).colour_profile is not None)


def test_another_white_is_still_white(tmp_path):
    """Primaries under D50 are brought to the screen's white: grey stays grey."""
    numbers = PngInfo()
    numbers.add(b"gAMA", struct.pack(">I", 45_455))
    numbers.add(b"cHRM", struct.pack(">8I", *(round(n * 1e5) for n in D50)))
    Image.new("RGB", (64, 64), (200, 200, 200)).save(tmp_path / "a.png", pnginfo=numbers)

    shown = picture.decoded(open_source(tmp_path / "a.png", 10**6), "image/png").getpixel((30, 30))

    assert shown == pytest.approx((200, 200, 200), abs=1)
