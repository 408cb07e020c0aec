"""Stills that need little: what may pass passes, and what must change is never called impossible."""

import io

import pytest
from PIL import Image, ImageDraw, PngImagePlugin

from mediaprep.api import check, fit, route
from mediaprep.model import Treatment, Verdict


def coded(picture, form, **options):
    """Encode a picture."""
    target = io.BytesIO()
    picture.save(target, form, **options)
    return target.getvalue()


def dots(size=(60, 60)):
    """Draw black modules on white, as in a QR code."""
    picture = Image.new("1", size, 1)
    draw = ImageDraw.Draw(picture)
    for i in range(0, size[0], 6):
        draw.rectangle((i, (i * 7) % size[1], i + 2, (i * 7) % size[1] + 2), fill=0)
    return picture


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_small_png_of_any_depth_passes(mode):
    """A PNG of one bit a pixel, as QR codes are saved, is shown by every phone and keeps its bytes."""
    outcome = fit(coded(dots().convert(mode), "PNG"), route("us"), isolation="none")

    assert (outcome.verdict, outcome.treatment) == (Verdict.FITS, Treatment.PASSTHROUGH)


@pytest.mark.parametrize("size", [(7, 7), (64, 64), (500, 500)])
def test_bilevel_png_becomes_larger_where_the_route_wants_other_pixels(size):
    """Where one bit a pixel must become RGB, the asset's own bytes are no limit: only the route's is."""
    outcome = fit(coded(dots(size), "PNG"), route("whatsapp"), isolation="none")

    picture = Image.open(io.BytesIO(outcome.data))
    assert outcome.verdict == Verdict.FITTED
    assert (picture.size, picture.mode) == (size, "RGB")


def test_still_gif_that_fits_stays_a_gif():
    """One frame within the limit keeps its bytes; a comment goes without a decode."""
    frame = dots().convert("P")

    kept = fit(coded(frame, "GIF"), route("us"), isolation="none")
    cleaned = fit(coded(frame, "GIF", comment=b"made at home"), route("us"), isolation="none")

    assert (kept.verdict, kept.media_type) == (Verdict.FITS, "image/gif")
    assert (cleaned.treatment, cleaned.media_type) == (Treatment.STRIP, "image/gif")
    assert b"made at home" not in cleaned.data
    assert Image.open(io.BytesIO(cleaned.data)).convert("L").tobytes() == frame.convert("L").tobytes()


def test_smallest_gif_is_sent():
    """A picture of one pixel is as good as any other."""
    data = coded(Image.new("P", (1, 1)), "GIF", comment=b"x")

    assert check(data, route("us"), isolation="none").verdict == Verdict.FITS
    assert fit(data, route("us"), isolation="none").verdict == Verdict.FITTED


def test_megabytes_of_xmp_do_not_cost_the_picture():
    """A PNG whose compressed XMP unpacks to more than a reader's usual bound is fitted without it."""
    words = PngImagePlugin.PngInfo()
    words.add_itxt("XML:com.adobe.xmp", "<rdf:li>ancestor of 2019</rdf:li>" * 100_000, zip=True)

    outcome = fit(coded(dots(), "PNG", pnginfo=words), route("us"), isolation="none")

    assert outcome.treatment == Treatment.STRIP
    assert b"ancestor" not in outcome.data
