"""Flat drawings keep every pixel where that takes fewer bytes than making them smaller; forecasts know it, too."""

import numpy as np
import pytest
from animated_assets import facts, film, fitted, gif, route, written
from PIL import Image, ImageDraw
from test_animation_slides import photographs, show, through

from mediaprep.attempts import run_steps
from mediaprep.kinds import identify
from mediaprep.kinds._animation_exact import foretold_bytes
from mediaprep.kinds._animation_motion import watched
from mediaprep.options import Bounds, FitOptions
from mediaprep.plugins import load
from mediaprep.storage import open_source


def ball(count=8, size=(200, 120), mode="RGBA"):
    """Draw a ball with soft edges that rolls over nothing, or over white."""
    large = [Image.new("RGBA", (4 * size[0], 4 * size[1])) for _ in range(count)]
    for number, picture in enumerate(large):
        ImageDraw.Draw(picture).ellipse((60 * number, 120, 60 * number + 160, 280), fill=(200, 30, 40, 255))
    small = [picture.resize(size, Image.Resampling.BOX) for picture in large]
    if mode == "RGBA":
        return small
    white = Image.new("RGBA", size, "white")
    return [Image.alpha_composite(white, picture).convert(mode) for picture in small]


@pytest.mark.parametrize("limit", [4_000, 20_000])
def test_a_small_sticker_keeps_every_pixel_where_it_fits(tmp_path, limit):
    """An animated WebP that is clear comes out at its dimensions, in one encode, not as its own thumbnail."""
    pictures = ball()
    path = written(tmp_path, gif(pictures, kind="WEBP", lossless=True), "sticker.webp")

    outcome = fitted(path, tmp_path, route(limit, alpha=True))[0]

    made = facts((tmp_path / "out" / "r0.gif").read_bytes())[0]
    assert (len(outcome.attempts), outcome.frames) == (1, len(pictures))
    for frame, picture in zip(made, pictures, strict=True):
        seen = np.asarray(picture)[..., 3] >= 128
        assert np.array_equal(frame[..., 3] == 255, seen)
        assert np.array_equal(frame[seen][:, :3], np.asarray(picture)[seen][:, :3])


def test_a_flat_drawing_under_a_tight_limit_keeps_every_pixel(tmp_path):
    """Made smaller it would take more bytes: shades of its edges."""
    pictures = ball(mode="RGB")
    path = written(tmp_path, gif(pictures, kind="PNG"), "asset.png")

    outcome = fitted(path, tmp_path, route(3_500))[0]

    assert (outcome.score, outcome.width, outcome.frames) == (100.0, 200, len(pictures))
    assert outcome.size_bytes <= 3_500


def test_frames_that_are_all_the_same_are_one_whole_picture(tmp_path):
    """A still that is stored ten times is no thumbnail either."""
    frames = [frame.copy() for frame in ball(1, mode="RGB") * 2]
    frames[1].putpixel((0, 0), (254, 255, 255))  # what is written as two frames, and looks like one
    path = written(tmp_path, gif(frames, kind="PNG"), "asset.png")

    outcome = fitted(path, tmp_path, route(2_000))[0]

    assert (outcome.width, outcome.height, outcome.score) == (200, 120, 100.0)


def test_footage_and_noise_are_not_tried(tmp_path):
    """Keeping every pixel of these costs more than any limit under which they are fitted allows."""
    noisy = [np.asarray(picture) for picture in film(6)]
    drawn = [np.asarray(picture) for picture in ball(6, mode="RGB")]

    found = [
        foretold_bytes(
            watched(iter(frames)), frames[0].shape[1::-1], dict(enumerate(frames)), load("encoders", "gif_numpy")
        )
        for frames in (noisy, drawn)
    ]

    assert found[0] == float("inf")
    assert found[1] < 3_000


def foretold(path, limits, sizes):
    """Give the forecast of a file at some sizes."""
    source = open_source(path, 1 << 30)
    kind, form = identify(source)
    with kind.open(source, kind.probe(source, form, Bounds()), FitOptions(), Bounds()) as session:
        return dict(run_steps(kind, session, kind.foretell(session, limits, sizes), lambda encoded: None))


def test_a_slide_show_is_foretold_by_the_dial_that_its_fit_takes(tmp_path):
    """Its pictures stay large under a tight limit, and the forecast knows it."""
    frames, delays = show(photographs(), through("black"))
    path = written(tmp_path, gif([frame.quantize(128) for frame in frames], duration=delays))
    taken = route(50_000)

    outcome = fitted(path, tmp_path, taken)[0]

    assert foretold(path, taken.limits[0], (50_000,))[50_000] == pytest.approx(outcome.score, abs=6)


def test_a_drawing_is_foretold_whole_where_all_of_it_fits(tmp_path):
    """Down to the bytes that it takes, a drawing is foretold to be the same."""
    path = written(tmp_path, gif(ball(mode="RGB"), kind="PNG"), "asset.png")

    found = foretold(path, route(10_000).limits[0], (8_000, 6_000, 4_000, 3_000, 600))

    assert [found[size] for size in (8_000, 4_000)] == [100.0, 100.0]
    assert found[600] < 100.0
