"""What the search of stills learns, keeps and promises: curves, codes, efforts, several limits."""

import io
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from mediaprep.api import Fitter, fit, fit_many, route
from mediaprep.barcodes import codes_in, read_codes
from mediaprep.kinds._still_curve import HIGH, LOW, SizeCurve, log_coarseness
from mediaprep.kinds._still_shape import frame_size
from mediaprep.limits import Limits
from mediaprep.model import KindName
from mediaprep.options import FitOptions

zxingcpp = pytest.importorskip("zxingcpp")


def stills(**numbers):
    """Make limits for stills."""
    return Limits(kind=KindName.IMAGE, **numbers)


@given(st.floats(100_000, 4_000_000), st.floats(0.3, 0.9), st.floats(1, 10))
def test_a_curve_finds_the_quality_of_a_size(body, power, ratio):
    """On a curve that follows its model, the quality found for a size has that size, and level changes keep it so."""
    curve = SizeCurve(knots=())
    for quality in (12.0, 50.0, 82.0, 95.0):
        size_bytes = round(610 + body / math.exp(power * log_coarseness(quality)) / ratio)
        curve = curve.with_sample(quality, size_bytes, ratio)

    for wanted in (curve.bytes(30.0), curve.bytes(70.0), curve.bytes(90.0)):
        quality = curve.quality_at(wanted)
        assert LOW <= quality <= HIGH
        assert abs(curve.bytes(quality) - wanted) <= 0.01 * wanted
    moved = curve.through(60.0, round(1.3 * curve.bytes(60.0)))
    assert abs(moved.bytes(60.0) / curve.bytes(60.0) - 1.3) < 0.01


@pytest.mark.parametrize(
    ("size", "numbers", "expected"),
    [
        ((4000, 3000), {}, (1920, 1440)),
        ((800, 600), {}, (800, 600)),
        ((4000, 3000), {"max_width": 640, "max_height": 480}, (640, 480)),
        ((3000, 4000), {"max_width": 640, "max_height": 480}, (480, 640)),
        ((4000, 1000), {"max_pixels": 1_000_000}, (1920, 480)),
        ((1000, 500), {"exact_width": 512, "exact_height": 512}, (512, 256)),
        ((10_000, 3), {}, (1920, 1)),
    ],
)
def test_frames_keep_every_bound(size, numbers, expected):
    """The largest dimensions keep the long edge, the box (turned with the picture), pixels and exact canvases."""
    assert frame_size(size, stills(**numbers)) == expected


def coded(symbology, text, scale, background):
    """Print a code onto a picture."""
    code = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, symbology))
    printed = Image.fromarray(np.asarray(code.to_image(scale=scale, add_quiet_zones=True))).convert("RGB")
    picture = background.copy()
    picture.paste(printed, (60, 80))
    return picture


@pytest.fixture(scope="module")
def texture(samples):
    """A photograph full of detail."""
    with Image.open(samples / "texture_photo.jpg") as photo:
        photo.draft("RGB", (1544, 1028))
        return photo.convert("RGB").resize((1200, 800))


@pytest.mark.parametrize("scale", [3, 4, 8, 16])
@pytest.mark.parametrize(
    ("symbology", "text"),
    [("QRCode", "https://shop.example.com/AUTUMN20"), ("Code128", "CPN-12345"), ("EAN13", "4006381333931"),
     ("DataMatrix", "COUPON12345"), ("Aztec", "HELLO COUPON")],
)  # fmt: skip
def test_the_look_misses_no_code_that_reads(texture, symbology, text, scale):
    """Every code that the reader would read passes the cheap look, and reads at three quarters of its size."""
    picture = coded(symbology, text, scale, texture)

    codes = codes_in(picture, 1200)
    assert read_codes(picture) <= codes.wanted
    assert codes.wanted <= codes.read_again(picture.resize((900, 600), Image.Resampling.LANCZOS))


@pytest.mark.parametrize("size", [(1, 65_000), (65_000, 1), (3, 9_000)])
def test_no_code_is_looked_for_in_a_line(size):
    """Pictures far longer than the look is wide have no room for a code, and are no error."""
    assert codes_in(Image.new("RGB", size), 1200).wanted == frozenset()


@pytest.mark.parametrize("limit", [40_000, 100_000, 300_000])
def test_a_coupon_still_scans(samples, limit):
    """The flyer's code reads to the same text at every limit, or the outcome says that it does not."""
    with Image.open(samples / "flyer_coupon.png") as flyer:
        wanted = read_codes(flyer)

    outcome = fit(samples / "flyer_coupon.png", route(max_bytes=limit), isolation="none")

    assert outcome.done
    with Image.open(io.BytesIO(outcome.data)) as out:
        assert wanted <= read_codes(out)


def test_a_code_that_cannot_survive_is_named(texture):
    """Where no rendition keeps a code readable, that is what the outcome says, and nothing is given."""
    raw = io.BytesIO()
    coded("QRCode", "https://shop.example.com/" + "x" * 120, 2, texture).save(raw, "PNG")

    outcome = fit(raw.getvalue(), route(max_bytes=6_000), isolation="none")

    assert str(outcome.verdict) == "below_floor"
    assert outcome.data is None
    assert "code_unreadable" in [v.name for v in outcome.violations]


@pytest.fixture(scope="module")
def tall_photo(texture):
    """A soft photograph of 1500x1900 pixels with a code of 2 pixels a module: 1.3 where only 1200 are loaded."""
    raw = io.BytesIO()
    soft = texture.filter(ImageFilter.GaussianBlur(4)).resize((1500, 1900))
    coded("QRCode", "https://shop.example.com/AUTUMN20", 2, soft).save(raw, "JPEG", quality=90)
    return raw.getvalue()


@pytest.mark.parametrize("limit", [40_000, 80_000])
def test_a_small_code_scans_or_is_named_however_few_bytes_there_are(tall_photo, limit):
    """A code that does not read in the few pixels of a tight budget is still one that the asset holds."""
    wanted = read_codes(Image.open(io.BytesIO(tall_photo)))

    outcome = fit(tall_photo, route(max_bytes=limit), isolation="none")

    assert wanted
    kept = outcome.data is not None and wanted <= read_codes(Image.open(io.BytesIO(outcome.data)))
    assert kept or "code_unreadable" in [v.name for v in outcome.violations]


def test_a_code_too_small_for_a_sticker_is_named(tall_photo):
    """A sticker has 512 pixels: a code that reads in the photograph and not there is missed."""
    outcome = fit(tall_photo, route("whatsapp_sticker"), isolation="none")

    assert "code_unreadable" in [v.name for v in outcome.violations]


def test_a_code_on_clear_ground_is_read_as_it_is_seen():
    """Black modules on transparent pixels read on the light ground that they are shown on, in a sticker too."""
    code = zxingcpp.create_barcode("https://shop.example.com/AUTUMN20", zxingcpp.BarcodeFormat.QRCode)
    grey = Image.fromarray(np.asarray(code.to_image(scale=8, add_quiet_zones=True)))
    asset = Image.new("RGBA", grey.size)
    asset.paste((0, 0, 0, 255), mask=grey.point(lambda level: 255 - level))
    raw = io.BytesIO()
    asset.save(raw, "PNG")

    outcome = fit(raw.getvalue(), route("whatsapp_sticker"), isolation="none")

    assert str(outcome.verdict) == "fitted"
    assert outcome.violations == ()


def test_several_limits_cost_little_more_than_one(samples):
    """Eight limits on one picture share one decode: at most two final encodes each, none for those that repeat."""
    sizes = [100_000, 200_000, 300_000, 400_000, 500_000, 600_000, 700_000, 800_000]
    with Fitter(*(route(max_bytes=size) for size in sizes), isolation="none") as fitter:
        outcomes = fitter.fit_many(samples / "phone_photo.jpg")

    assert all(o.size_bytes <= size for o, size in zip(outcomes, sizes, strict=True))
    assert sum(len(o.attempts) for o in outcomes) <= 12
    assert sorted(o.score for o in outcomes) == [o.score for o in outcomes]


@pytest.mark.parametrize("effort", ["fast", "balanced", "max"])
def test_every_effort_keeps_the_limit(samples, effort):
    """Whatever the effort, the limit holds to the byte and is well used."""
    outcome = fit(
        samples / "landscape_photo.jpg", route(max_bytes=200_000), options=FitOptions(effort=effort), isolation="none"
    )

    assert 0.9 * 200_000 <= outcome.size_bytes <= 200_000


def test_a_loop_over_coupons_keeps_each_code(samples):
    """Five flyers that differ in one code go through one Fitter, each with its own code intact."""
    with Image.open(samples / "flyer_coupon.png") as flyer:
        base = flyer.convert("RGB")
    with Fitter(route(max_bytes=300_000), isolation="none") as fitter:
        for number in range(5):
            raw = io.BytesIO()
            coded("QRCode", f"https://shop.example.com/c/{number:05}", 5, base).save(raw, "JPEG", quality=97)
            outcome = fitter.fit(raw.getvalue())
            with Image.open(io.BytesIO(outcome.data)) as out:
                assert f"https://shop.example.com/c/{number:05}" in {text for _, text in read_codes(out)}


@pytest.mark.parametrize("size", [(16, 16), (127, 64)])
def test_small_drawings_are_not_spoilt_in_haste(size):
    """Half of its colour is too little for an icon: where effort ``fast`` ends so, the other ways are tried."""
    icon = Image.new("RGB", size)
    icon.putdata([(x * 53 % 256, x * 101 % 256, x * 197 % 256) for x in range(size[0] * size[1])])
    data = io.BytesIO()
    icon.save(data, "BMP")

    outcome = fit(data.getvalue(), route("us"), options=FitOptions(effort="fast"), isolation="none")

    assert outcome.verdict == "fitted"
    assert outcome.score >= 60


def test_dimensions_do_not_depend_on_what_was_asked_before(samples):
    """A limit of 40 KB gets the same dimensions whether one of 25 KB came before it, after it or not at all."""
    routes = {size: route(max_bytes=size) for size in (25_000, 40_000)}

    def width(*sizes):
        outcomes = fit_many(samples / "screenshot.png", [routes[size] for size in sizes], isolation="none")
        return next(outcome.width for outcome in outcomes if outcome.limit_bytes == 40_000)

    assert width(25_000, 40_000) == width(40_000, 25_000) == width(40_000)
