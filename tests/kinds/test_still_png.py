"""Graphics as PNG: as many colours as the bytes allow, none lost that is alone, and JPEG where bands would show."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mediaprep.api import fit, route
from mediaprep.encoders._merges import Merges
from mediaprep.plugins import load


def drawing(size=(700, 500)):
    """Draw crisp shapes and letters in hundreds of colours on plain paper."""
    picture = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(picture)
    for n in range(420):
        x, y = n * 53 % size[0], n * 97 % size[1]
        colour = (n * 37 % 256, n * 91 % 256, n * 59 % 256)
        draw.rectangle((x, y, x + 9 + n % 23, y + 5 + n % 11), fill=colour, outline="black")
        draw.text((x, y), f"{n}", fill=(n % 90, 20, 90 - n % 90))
    return picture


def coded(picture):
    """Save a picture as PNG."""
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("share", [0.8, 0.9, 0.95])
def test_colours_fill_the_limit(share):
    """Between the powers of two there are numbers of colours, and one of them fills what is there."""
    limit = round(share * len(load("encoders", "png_palette").encode(drawing(), 99.9)))
    outcome = fit(coded(drawing()), route(max_bytes=limit), isolation="none")

    assert outcome.media_type == "image/png"
    assert 0.88 * limit <= outcome.size_bytes <= limit
    with Image.open(io.BytesIO(outcome.data)) as made:
        assert 8 <= len(made.convert("RGB").getcolors(256)) < 256


def test_a_lone_colour_survives():
    """The one red thing in a grey scene stays red, however few colours are left."""
    greys = np.linspace(40, 220, 200).astype(np.uint8)
    pixels = np.repeat(np.repeat(greys[None, :, None], 200, axis=0), 3, axis=2)
    pixels[90:110, 90:110] = (220, 20, 30)
    encoder = load("encoders", "png_palette")
    with Image.open(io.BytesIO(encoder.encode(Image.fromarray(pixels), 99.9 * 2 / 7))) as made:
        shown = made.convert("RGB")
    colours = shown.getcolors(256)

    assert len(colours) <= 8
    red, green, _ = shown.getpixel((100, 100))
    assert red > 180
    assert green < 60


@pytest.mark.parametrize("most", [2, 5, 16, 17, 100])
def test_no_more_colours_than_asked(most):
    """Whatever number is asked for, no more come out, and the picture keeps its dimensions."""
    encoder = load("encoders", "png_palette")
    quality = 99.9 * (np.log2(most) - 1) / 7
    with Image.open(io.BytesIO(encoder.encode(drawing(), quality))) as made:
        assert made.size == (700, 500)
        assert len(made.convert("RGB").getcolors(1_000)) <= most


def test_merges_are_nested():
    """Fewer colours come of merging those of a larger number: each step takes one away."""
    table = np.random.default_rng(3).integers(0, 256, (60, 3))
    merges = Merges(table, np.arange(1, 61))
    for most in (59, 30, 2):
        more = {tuple(row) for row in merges.left(most).round(6)}
        fewer = {tuple(row) for row in merges.left(most - 1).round(6)}
        assert len(fewer) == most - 1
        assert len(fewer - more) == 1


def test_gradients_that_would_band_become_jpeg():
    """Few colours look well in most of a screenshot, but its gradients tell, and the whole of it is judged."""
    picture = drawing((600, 800))
    rows, columns = np.mgrid[0:220, 0:560]
    ramp = np.stack([40 + rows * 0.7, 60 + columns * 0.3, 200 - rows * 0.6], axis=2).clip(0, 255).astype(np.uint8)
    picture.paste(Image.fromarray(ramp), (20, 500))
    data = coded(picture)
    outcome = fit(data, route(max_bytes=60_000), isolation="none")

    assert outcome.done
    with Image.open(io.BytesIO(outcome.data)) as made:
        shown = np.asarray(made.convert("RGB").resize((600, 800)))[520:700, 40:560]
    assert len(np.unique(shown[:, :, 1])) > 24
