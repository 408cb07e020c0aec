"""Pages of text, dithers and drawings under tight limits: a palette of few colours beside the JPEG."""

import io
import random

import pytest
from PIL import Image, ImageDraw, ImageFont

from mediaprep.api import fit, route

WORDS = ("the", "quick", "brown", "fox", "jumps", "over", "lazy", "dog", "seven", "merchants", "deliver", "parcels")
BARS = ((200, 30, 30), (20, 120, 60), (30, 60, 200), (240, 160, 0))


def page(*, bars=False, size=(720, 960)):
    """Write a page full of small words, with coloured bars between them or without."""
    picture, chance = Image.new("RGB", (3 * size[0], 3 * size[1]), "white"), random.Random(4)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(54)
    for line, y in enumerate(range(30, 3 * size[1] - 60, 74)):  # thirds of pixels: no two letters are set alike
        ink = (30, 30, 40)
        if bars and line % 4 == 3:
            draw.rectangle((0, y, 3 * size[0], y + 66), fill=BARS[line // 4 % 4])
            ink = (255, 255, 255)
        x = 36
        while x < 3 * size[0] - 300:
            word = chance.choice(WORDS)
            draw.text((x, y), word, font=font, fill=ink)
            x += round(draw.textlength(word, font=font)) + chance.randint(12, 22)
    return picture.reduce(3)


def dithered(samples, colours):
    """Dither a photograph."""
    with Image.open(samples / "landscape_photo.jpg") as photograph:
        photograph.thumbnail((600, 600))
        return photograph.convert("1") if colours == 2 else photograph.convert("RGB").quantize(colours)


def coded(picture, form, **options):
    """Save a picture."""
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


@pytest.mark.parametrize(("form", "options"), [("PNG", {}), ("WEBP", {"quality": 85})])
def test_a_page_of_text_stays_sharp_in_a_few_colours(form, options):
    """Where eight colours are over the limit, two to seven keep letters sharp that a JPEG of these bytes blurs."""
    outcome = fit(coded(page(), form, **options), route(max_bytes=50_000), isolation="none")

    assert outcome.verdict == "fitted"
    assert outcome.media_type == "image/png"
    assert outcome.score >= 60
    with Image.open(io.BytesIO(outcome.data)) as made:
        assert len(made.convert("RGB").getcolors(256)) < 8


def test_a_page_with_coloured_bars_gives_up_pixels_for_colours():
    """Bars need more colours than the limit buys for all pixels: smaller and in these, it looks best."""
    outcome = fit(coded(page(bars=True), "PNG"), route(max_bytes=50_000), isolation="none")

    assert outcome.media_type == "image/png"
    assert outcome.width < 720
    assert outcome.score >= 30


@pytest.mark.parametrize("form", ["BMP", "TIFF"])
@pytest.mark.parametrize("colours", [2, 16])
def test_a_dither_that_fits_whole_is_kept_whole(samples, form, colours):
    """Its dots are its picture: as a JPEG of these bytes they are grey mist."""
    picture = dithered(samples, colours)
    limit = len(coded(picture, "PNG", optimize=True)) * 5 // 4
    outcome = fit(coded(picture, form), route(max_bytes=limit), isolation="none")

    assert outcome.media_type == "image/png"
    assert outcome.score == 100
    with Image.open(io.BytesIO(outcome.data)) as made:
        assert made.convert("RGB").tobytes() == picture.convert("RGB").tobytes()


def test_a_lossy_webp_is_taken_for_the_photograph_that_it_is(samples):
    """Its coding leaves equal neighbours, yet the noise between them is no drawing's: PNG would pay for it."""
    with Image.open(samples / "landscape_photo.jpg") as photograph:
        photograph.thumbnail((480, 480))
        data = coded(photograph, "WEBP", quality=60)
    outcome = fit(data, route(max_bytes=600_000), isolation="none")

    assert outcome.source is not None
    assert outcome.source.subsampling == "4:2:0"
    assert outcome.media_type == "image/jpeg"
