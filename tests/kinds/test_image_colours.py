"""Stills come out upright and in colours that phones show: orientation, tones, modes, wide colours, transparency."""

import io

import pytest
from PIL import Image, ImageCms, ImageDraw
from still_assets import distance, fitted, mms, photo, saved

from mediaprep.limits import Limits, Route
from mediaprep.model import KindName


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_upright(orientation):
    """All eight EXIF orientations become pixels; the flag and the rest of EXIF are gone."""
    upright = photo()
    turn = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]
    stored = upright if turn is None else upright.transpose(Image.Transpose(turn))
    exif = Image.Exif()
    exif[0x0112] = orientation

    _, out = fitted(saved(stored, "JPEG", quality=95, exif=exif.tobytes()), mms(60_000))

    assert out.size == upright.size
    assert out.getexif() == {}
    assert distance(upright, out) < 6


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(
    ("mode", "compression"), [("RGB", None), ("RGB", "tiff_lzw"), ("L", None), ("P", None), ("CMYK", None)]
)
def test_every_orientation_of_a_tiff_comes_out_upright(orientation, mode, compression):
    """Its reader turns the pixels itself; they are not turned a second time, nor told with their sides swapped."""
    drawn = photo((320, 200))
    upright = drawn.quantize(200) if mode == "P" else drawn.convert(mode)
    turn = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]
    stored = upright if turn is None else upright.transpose(Image.Transpose(turn))

    outcome, out = fitted(saved(stored, "TIFF", compression=compression, tiffinfo={274: orientation}), mms(60_000))

    assert (outcome.source.width, outcome.source.height) == out.size == upright.size
    assert distance(upright, out) < 6


@pytest.mark.parametrize("colour", [(30, 200, 31), (200, 20, 90), (128, 128, 128)])
def test_an_even_colour_stays_what_it_is(colour):
    """A flat picture looks good at any quality, but a brand's colour is to come out within what no one sees."""
    _, out = fitted(saved(Image.new("RGB", (128, 128), colour), "AVIF", quality=95), mms(60_000))

    assert max(abs(a - b) for a, b in zip(out.convert("RGB").getpixel((60, 60)), colour, strict=True)) <= 3


def grey_profile(gamma):
    """Make the least ICC profile for grey (ICC.1 8.5): a white point of D50 and a curve."""
    white = bytes.fromhex("0000f6d6000100000000d32d")
    tags = {
        b"desc": b"desc" + bytes(4) + (5).to_bytes(4, "big") + b"grey\0" + bytes(79),
        b"wtpt": b"XYZ " + bytes(4) + white,
        b"kTRC": b"curv" + bytes(4) + (1).to_bytes(4, "big") + round(256 * gamma).to_bytes(2, "big") + bytes(2),
    }
    table, body, at = b"", b"", 132 + 12 * len(tags)
    for name, data in tags.items():
        table += name + at.to_bytes(4, "big") + len(data).to_bytes(4, "big")
        body, at = body + data, at + len(data)
    head = bytes(4) + bytes.fromhex("02100000") + b"mntrGRAYXYZ " + bytes(12) + b"acsp" + bytes(28) + white
    return at.to_bytes(4, "big") + head.ljust(124, b"\0") + len(tags).to_bytes(4, "big") + table + body


@pytest.mark.parametrize(("gamma", "treatment"), [(2.2, "strip"), (1.8, "transcode"), (1.0, "transcode")])
def test_tones_of_a_grey_profile_are_kept(gamma, treatment):
    """A grey profile whose curve is another than a screen's is applied; one that says the same is taken away."""
    grey, profile = Image.linear_gradient("L"), grey_profile(gamma)

    outcome, out = fitted(saved(grey, "JPEG", quality=95, icc_profile=profile), mms(60_000))

    light = (128 / 255) ** gamma
    shown = 255 * (1.055 * light ** (1 / 2.4) - 0.055)
    assert outcome.treatment == treatment
    assert out.mode == "L"
    assert out.getpixel((128, 128)) == pytest.approx(shown if treatment == "transcode" else 128, abs=3)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        (
            "16-bit grey",
            lambda: saved(Image.linear_gradient("L").resize((300, 200)).convert("I;16").point(lambda v: v * 257)),
        ),
        ("cmyk", lambda: saved(photo().convert("CMYK"), "TIFF")),
        ("cmyk jpeg", lambda: saved(photo().convert("CMYK"), "JPEG", quality=95)),
        ("palette", lambda: saved(photo().quantize(64))),
        ("one bit", lambda: saved(photo().convert("1"))),
        ("grey with alpha", lambda: saved(photo().convert("LA"))),
        ("bmp", lambda: saved(photo(), "BMP")),
        ("tiff", lambda: saved(photo(), "TIFF", compression="tiff_lzw")),
        ("webp", lambda: saved(photo(), "WEBP", lossless=True)),
        ("avif", lambda: saved(photo(), "AVIF", quality=90)),
        ("jpeg 2000", lambda: saved(photo(), "JPEG2000")),
        ("gif of one frame", lambda: saved(photo(), "GIF")),
    ],
)
def test_every_mode_and_format_becomes_a_plain_picture(name, data):
    """Odd modes and formats come out as JPEG or PNG that looks the same."""
    raw = data()
    before = Image.open(io.BytesIO(raw))
    if before.mode.startswith("I"):
        before = before.point(lambda v: v / 257).convert("L")

    outcome, out = fitted(raw, mms(80_000))

    assert outcome.media_type in ("image/jpeg", "image/png")
    assert out.mode in ("L", "RGB", "P", "1", "LA")
    assert len(outcome.data) <= 80_000
    assert distance(before.convert("RGB"), out) < 8, name


def test_wide_colours_become_srgb():
    """A picture in another RGB space is converted, so that phones which ignore profiles show it right."""
    swapped = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    profile = bytearray(swapped.tobytes())
    for tag in (b"rXYZ", b"gXYZ"):
        at = profile.find(tag)
        row = profile[at + 4 : at + 8]
        profile[at + 4 : at + 8] = row
    red, green = profile.find(b"rXYZ"), profile.find(b"gXYZ")
    profile[red + 4 : red + 8], profile[green + 4 : green + 8] = (
        profile[green + 4 : green + 8],
        profile[red + 4 : red + 8],
    )

    outcome, out = fitted(saved(Image.new("RGB", (64, 64), (220, 30, 30)), icc_profile=bytes(profile)), mms(50_000))

    red_value, green_value, _ = out.convert("RGB").getpixel((32, 32))
    assert outcome.source.colour_profile not in (None, "sRGB")
    assert green_value > red_value
    assert "icc_profile" not in out.info


def test_transparency_is_put_on_white_and_said():
    """Transparent pixels become white; the outcome warns of them."""
    logo = Image.new("RGBA", (200, 100), (0, 0, 0, 0))
    ImageDraw.Draw(logo).ellipse((50, 20, 150, 80), fill=(180, 30, 30, 255))

    outcome, out = fitted(saved(logo), mms(50_000))

    assert out.convert("RGB").getpixel((2, 2)) == (255, 255, 255)
    assert "transparency" in [w.name for w in outcome.warnings]


def test_a_white_logo_gets_a_dark_background():
    """What would vanish on white is put on a dark neutral, with a warning; --background decides otherwise."""
    logo = Image.new("RGBA", (200, 100), (0, 0, 0, 0))
    ImageDraw.Draw(logo).ellipse((50, 20, 150, 80), fill=(255, 255, 255, 255))

    outcome, out = fitted(saved(logo), mms(50_000))
    _, red = fitted(saved(logo), mms(50_000), background="#ff0000")

    assert max(out.convert("RGB").getpixel((2, 2))) < 60
    assert "flattened_dark" in [w.name for w in outcome.warnings]
    assert red.convert("RGB").getpixel((2, 2))[0] > 240


@pytest.mark.parametrize("types", [("image/png",), ("image/png", "image/jpeg"), ("image/webp",)])
def test_a_background_asked_for_is_put_there_where_the_route_shows_transparency_too(types):
    """Whoever names a colour wants it seen; an opaque picture has no use for it and keeps its bytes."""
    logo = Image.new("RGBA", (200, 100), (0, 0, 0, 0))
    ImageDraw.Draw(logo).ellipse((50, 20, 150, 80), fill=(180, 30, 30, 255))
    limits = Limits(kind=KindName.IMAGE, limit_bytes=50_000, target_bytes=50_000, types=types, alpha=True)
    shows = Route(name="r", folder="r", channel="rcs", limits=(limits,))

    _, out = fitted(saved(logo), shows, background="#00ff00")
    opaque, _ = fitted(saved(photo((60, 40))), shows, background="#00ff00")

    assert out.mode != "RGBA" or out.getchannel("A").getextrema() == (255, 255)
    assert max(abs(a - b) for a, b in zip(out.convert("RGB").getpixel((2, 2)), (0, 255, 0), strict=True)) < 12
    assert opaque.treatment == "passthrough" or "image/png" not in types
