"""Graphics as PNG: as many colours as the bytes allow, none lost that is alone, and JPEG where bands would show."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw, PngImagePlugin

from mediaprep.api import fit, route
from mediaprep.encoders._merges import Merges
from mediaprep.encoders._palette import reduced
from mediaprep.kinds import identify
from mediaprep.options import Bounds
from mediaprep.plugins import load
from mediaprep.score import Scorer
from mediaprep.storage import open_source


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
    limit = round(share * len(load("encoders", "png").encode(drawing(), 99.9)))
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
    encoder = load("encoders", "png")
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
    encoder = load("encoders", "png")
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


def ramps():
    """Draw gradients in small even patches: many colours, of which a palette keeps too few."""
    grey = np.asarray(Image.radial_gradient("L").resize((350, 167))).astype(int)
    pixels = np.stack([grey, 255 - grey, grey * 2 % 256], axis=2).astype(np.uint8)
    return Image.fromarray(pixels.repeat(3, axis=0).repeat(2, axis=1))


@pytest.mark.parametrize(("picture", "limit", "media_type"), [
    (ramps(), 6_000, "image/jpeg"), (drawing(), 41_000, "image/png"), (drawing(), 55_000, "image/png"),
])  # fmt: skip
def test_only_the_better_format_is_encoded_for_good(picture, limit, media_type):
    """Which of palette and JPEG looks better is known from cheap encodes, before either is made to be sent."""
    outcome = fit(coded(picture), route(max_bytes=limit), isolation="none")

    assert {attempt.media_type for attempt in outcome.attempts} == {media_type}


def test_a_palette_is_scored_as_it_goes_out():
    """The score told, which comes from a cheap encode, is that of the bytes that are sent."""
    outcome = fit(coded(drawing()), route(max_bytes=55_000), isolation="none")
    with Image.open(io.BytesIO(outcome.data)) as made:
        judged = Scorer(drawing(), 1200).score(made.convert("RGB"))

    assert outcome.media_type == "image/png"
    assert outcome.score == pytest.approx(judged, abs=0.1)


def sticker(size=(500, 400)):
    """Draw shapes in many colours, with soft edges and a soft shadow, on nothing."""
    rows, columns = np.mgrid[0 : size[1], 0 : size[0]]
    away = np.hypot(columns - size[0] / 2, rows - size[1] / 2)
    pixels = np.zeros((*size[::-1], 4), np.uint8)
    pixels[..., 3] = (400 - 2 * away).clip(0, 90)
    drawn = drawing(size).convert("RGBA")
    drawn.putalpha(Image.fromarray((900 - 6 * away).clip(0, 255).astype(np.uint8)))
    return Image.alpha_composite(Image.fromarray(pixels), drawn)


def showing(max_bytes):
    """Give a route on which phones show what is transparent."""
    flat = route(max_bytes=max_bytes)
    return replace(flat, limits=tuple(replace(limits, alpha=True) for limits in flat.limits))


def off(one, other, ground):
    """Say how far two pictures are apart on one ground: the mean over pixels and channels, in levels."""
    shown = []
    for picture in (one, other):
        whole = Image.new("RGBA", picture.size, ground)
        whole.alpha_composite(picture.convert("RGBA"))
        shown.append(np.asarray(whole.convert("RGB"), np.float64))
    return np.abs(shown[0] - shown[1]).mean()


@pytest.mark.parametrize("ground", ["white", "black"])
def test_few_colours_keep_transparency(ground):
    """A picture with soft edges looks the same in 256 colours, on white and on black."""
    few = reduced(sticker())

    assert few.mode == "P"
    assert len(few.convert("RGBA").getcolors(1_000)) <= 256
    assert off(sticker(), few, ground) < 3.0


def test_a_transparent_picture_fits_as_png():
    """Where the route shows transparency, fewer colours bring a picture within the limit, and its edges stay soft."""
    whole = coded(sticker())
    outcome = fit(whole, showing(len(whole) // 4), isolation="none")

    assert outcome.media_type == "image/png"
    assert outcome.score > 50
    with Image.open(io.BytesIO(outcome.data)) as made:
        assert len(set(made.convert("RGBA").getchannel("A").get_flattened_data())) > 8


def test_a_sticker_that_colour_at_half_resolution_would_blur_keeps_every_pixel():
    """Saturated lines on a clear ground go out as lossless WebP where that fits, since no quality mends them."""
    crisp = Image.new("RGBA", (512, 512))
    draw = ImageDraw.Draw(crisp)
    for n in range(0, 500, 6):
        draw.line((n, 40, 511 - n, 470), fill=(255, 0, 40 + n // 4, 255), width=1)
        draw.line((0, n, 511, n), fill=(0, 60, 255, 255), width=2)
    outcome = fit(coded(crisp), route("whatsapp_sticker"), isolation="none")

    assert outcome.media_type == "image/webp"
    assert outcome.size_bytes <= 100_000
    with Image.open(io.BytesIO(outcome.data)) as made:
        shown = np.asarray(made.convert("RGBA"))
    solid = np.asarray(crisp)[..., 3] > 0
    assert (shown[solid] == np.asarray(crisp)[solid]).all()


@pytest.mark.slow
def test_a_cut_out_photograph_keeps_its_colours_smaller(samples):
    """Where 256 colours would show bands, a transparent photograph goes out smaller with all of its colours."""
    with Image.open(samples / "portrait_photo.jpg") as photo:
        photo.draft("RGB", (900, 1200))
        cut_out = photo.convert("RGB").resize((900, 1200))
    across = np.linspace(0, 2_000, 900).clip(0, 255).astype(np.uint8)
    cut_out.putalpha(Image.fromarray(np.repeat(across[None], 1200, axis=0)))
    whole = coded(cut_out)
    outcome = fit(whole, showing(len(whole) * 2 // 3), isolation="none")

    assert 600 <= outcome.height < 1200
    with Image.open(io.BytesIO(outcome.data)) as made:
        assert made.mode == "RGBA"


def test_colours_a_picture_has_stay_exact():
    """Up to 256 colours, each with its own alpha, come out as they are; what nothing shows is left out."""
    rng = np.random.default_rng(8)
    table = rng.integers(0, 256, (200, 4)).astype(np.uint8)
    table[0] = (90, 80, 70, 0)
    pixels = table[rng.integers(0, 200, (120, 150))]
    shown = np.asarray(reduced(Image.fromarray(pixels)).convert("RGBA"))

    opaque = pixels[..., 3] > 0
    assert (shown[opaque] == pixels[opaque]).all()
    assert (shown[~opaque] == 0).all()


def test_white_and_black_stay_so_among_many_colours():
    """Paper stays white and ink black where a picture has more colours than are counted one by one."""
    noisy = np.random.default_rng(5).integers(0, 256, (400, 400, 3)).astype(np.uint8)
    noisy[:200, :200] = 255
    noisy[:200, 200:] = 0
    shown = np.asarray(reduced(Image.fromarray(noisy)).convert("RGB"))

    assert (shown[:200, :200] == 255).all()
    assert (shown[:200, 200:] == 0).all()


@pytest.mark.parametrize("ink", ["white", "black"])
def test_a_logo_that_stays_transparent_is_judged_on_the_ground_where_it_shows(ink):
    """A white logo on nothing is as good as a black one: neither vanishes from the score on a white ground."""
    logo = Image.new("RGBA", (640, 300))
    draw = ImageDraw.Draw(logo)
    for n in range(0, 600, 40):
        draw.ellipse((n, 20 + n // 4, n + 90, 110 + n // 4), outline=ink, width=7)
    outcome = fit(coded(logo.resize((900, 420))), showing(20_000), isolation="none")

    assert outcome.media_type == "image/png"
    assert outcome.score > 60
    assert "flattened_dark" not in [warning.name for warning in outcome.warnings]


def test_where_only_png_goes_out_a_photograph_shrinks(samples):
    """A photograph whose fewest colours are over goes out smaller, not refused, where a route takes PNG alone."""
    flat = route(max_bytes=40_000)
    only = replace(flat, limits=tuple(replace(limits, types=("image/png",)) for limits in flat.limits))
    with Image.open(samples / "portrait_photo.jpg") as photo:
        photo.draft("RGB", (480, 640))
        out = io.BytesIO()
        photo.convert("RGB").save(out, "JPEG", quality=90)
    outcome = fit(out.getvalue(), only, isolation="none")

    assert outcome.media_type == "image/png"
    assert outcome.done
    assert outcome.height < 640


def test_an_exact_canvas_may_take_more_bytes_than_a_small_asset():
    """A sticker of 96 pixels grows to its 512 whatever it weighed before."""
    small = io.BytesIO()
    Image.new("RGB", (96, 96), "red").save(small, "WEBP")
    outcome = fit(small.getvalue(), route("whatsapp_sticker"), isolation="none")

    assert (outcome.width, outcome.height) == (512, 512)
    assert outcome.done


def test_a_place_in_the_xmp_of_a_png_is_told(tmp_path):
    """Where a PNG was taken may stand in its XMP alone."""
    said = PngImagePlugin.PngInfo()
    said.add_itxt(
        "XML:com.adobe.xmp",
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><exif:GPSLatitude>47,22N</exif:GPSLatitude></x:xmpmeta>',
    )
    path = tmp_path / "placed.png"
    drawing().save(path, "PNG", pnginfo=said)
    source = open_source(path, 1_000_000)
    kind, form = identify(source)

    assert kind.probe(source, form, Bounds()).gps


def test_a_look_at_a_png_decodes_no_pixel(monkeypatch, tmp_path):
    """The facts of a PNG without EXIF come from its chunks: its pixels are not decoded to find which way up it is."""
    path = tmp_path / "drawing.png"
    path.write_bytes(coded(drawing()))
    decodes = []

    def decoding(image):
        decodes.append(image)

    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", decoding)
    source = open_source(path, 1_000_000)
    kind, form = identify(source)

    assert kind.probe(source, form, Bounds()).orientation == 1
    assert not decodes


@pytest.mark.parametrize("picture", [drawing(), sticker(), drawing().convert("L")])
def test_every_pixel_kept_scores_full_marks_for_one_encode(picture):
    """A PNG that fits as it is, but for its alpha or its metadata, is written once and shows the same pixels."""
    out, notes = io.BytesIO(), PngImagePlugin.PngInfo()
    notes.add_text("Comment", "x" * 900)
    picture.save(out, "PNG", pnginfo=notes)
    outcome = fit(out.getvalue(), route(max_bytes=2 * len(out.getvalue())), isolation="none")

    assert outcome.score == 100.0
    assert len(outcome.attempts) <= 1
    shown = Image.new("RGBA", picture.size, "white")
    shown.alpha_composite(picture.convert("RGBA"))
    with Image.open(io.BytesIO(outcome.data)) as made:
        assert off(made, shown, "white") < 0.5
