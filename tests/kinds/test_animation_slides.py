"""Slide shows keep their pictures' dimensions and give up fades; what moves between two pauses keeps moving."""

from pathlib import Path

import numpy as np
import pytest
from animated_assets import facts, fitted, gif, route, written
from PIL import Image, ImageDraw

from mediaprep.kinds import _animation_slides as slides
from mediaprep.kinds._animation_motion import watched
from mediaprep.model import Verdict

SIZE = (200, 150)
FADE = 5


def photographs(count=4):
    """Draw pictures with detail that differ from each other."""
    found = []
    for number in range(count):
        rng = np.random.default_rng(number)
        coarse = Image.fromarray(rng.integers(0, 256, (8, 10, 3), dtype=np.uint8)).resize(
            SIZE, Image.Resampling.BICUBIC
        )
        fine = Image.fromarray(rng.integers(0, 256, (80, 106, 3), dtype=np.uint8)).resize(SIZE)
        found.append(Image.blend(coarse, fine, 0.25))
    return found


def faded(one, other, share):
    """Mix two pictures."""
    return Image.blend(one, other, share)


def wiped(one, other, share):
    """Lay a part of the second over the first."""
    edge = round(SIZE[0] * share)
    made = one.copy()
    made.paste(other.crop((0, 0, edge, SIZE[1])), (0, 0))
    return made


def pushed(one, other, share):
    """Push the first out by the second."""
    edge = round(SIZE[0] * share)
    made = Image.new("RGB", SIZE)
    made.paste(one, (-edge, 0))
    made.paste(other, (SIZE[0] - edge, 0))
    return made


def show(pictures, change, held_ms=2000, step_ms=80):
    """Hold each picture and change to the next, the last to the first; give frames and delays."""
    frames, delays = [], []
    for one, other in zip(pictures, [*pictures[1:], pictures[0]], strict=True):
        frames += [one, *(change(one, other, (i + 1) / (FADE + 1)) for i in range(FADE))]
        delays += [held_ms, *[step_ms] * FADE]
    return frames, delays


def through(colour):
    """Make a change that lets the first go into a colour, and the second come out of it."""

    def changed(one, other, share):
        ground = Image.new("RGB", SIZE, colour)
        return faded(one, ground, 2 * share) if share < 0.5 else faded(ground, other, 2 * share - 1)

    return changed


def evenly(frames, delays, step_ms=80):
    """Give the same show as a film has it: every frame is shown as long, and what is held is there many times."""
    times = [max(1, round(delay / step_ms)) for delay in delays]
    shown = [frame for frame, count in zip(frames, times, strict=True) for _ in range(count)]
    return shown, [step_ms] * len(shown)


def seen(frames, delays):
    """Tell whether these are a slide show."""
    looks = watched(np.asarray(frame) for frame in frames).looks
    return slides.seen(looks, tuple(float(delay) for delay in delays))


def test_a_slide_show_keeps_its_dimensions_and_its_time(tmp_path):
    """At a tight limit fades go before dimensions, every picture is shown, and one play lasts as long as before."""
    frames, delays = show(photographs(), faded)
    path = written(tmp_path, gif([frame.quantize(128) for frame in frames], duration=delays))

    outcome = fitted(path, tmp_path, route(60_000))[0]

    made, shown_ms, _ = facts(Path(outcome.output).read_bytes())
    assert outcome.verdict == Verdict.FITTED
    assert outcome.size_bytes <= 60_000
    assert outcome.score > 60
    assert outcome.rendition.width > 0.7 * SIZE[0]
    assert 4 <= len(made) < len(frames)
    assert sum(shown_ms) == sum(delays)


@pytest.mark.parametrize("colour", ["black", "white", (240, 230, 210)])
def test_a_fade_through_a_colour_is_a_fade(colour):
    """Pictures that go into black, white or cream and come out of it again are a slide show."""
    assert seen(*show(photographs(), through(colour))).held == (0, 6, 12, 18)


@pytest.mark.parametrize("change", [faded, through("black")])
def test_what_is_held_as_many_equal_frames_is_held(change):
    """Films made into GIFs repeat a picture that stands: its first frame stands for them, in any noise."""
    frames, delays = evenly(*show(photographs(), change))
    rng = np.random.default_rng(5)
    noisy = [
        Image.fromarray(np.clip(np.asarray(f) + rng.normal(0, 4, (*SIZE[::-1], 3)), 0, 255).astype("u1"))
        for f in frames
    ]

    for each in (frames, noisy):
        assert seen(each, delays).held == (0, 30, 60, 90)
        assert all(len(fade) == FADE for fade in seen(each, delays).fades)


def test_what_blinks_on_a_held_picture_is_no_slide_show():
    """A small star that comes and goes while photographs are held has to go on doing so."""
    frames, delays = evenly(*show(photographs(), faded))
    for frame in (frames := [frame.copy() for frame in frames])[::2]:
        ImageDraw.Draw(frame).rectangle((95, 60, 100, 66), fill="white")

    assert seen(frames, delays) is None


@pytest.mark.parametrize("held", ["once", "evenly"])
def test_a_fade_through_black_keeps_its_dimensions(tmp_path, held):
    """Under a tight limit its pictures stay large, however the show is stored, and last as long as before."""
    frames, delays = show(photographs(), through("black"))
    if held == "evenly":
        frames, delays = evenly(frames, delays)
    path = written(tmp_path, gif([frame.quantize(128) for frame in frames], duration=delays))

    outcome = fitted(path, tmp_path, route(60_000))[0]

    made, shown_ms, _ = facts(Path(outcome.output).read_bytes())
    assert outcome.size_bytes <= 60_000
    assert outcome.rendition.width > 0.7 * SIZE[0]
    assert len(made) < 24
    assert sum(shown_ms) == sum(delays)


def test_chance_does_not_weigh_fades_more_than_their_time():
    """Pictures count for as long as they are shown, however many of the moments that are judged fall on fades."""
    frames, delays = show(photographs(), faded)
    found = seen(frames, delays)

    weights = found.weights((0, 2, 3, 12, 14, 15), delays)

    assert weights[0] == weights[3] == 4000
    assert sum(weights) == 8000 + 20 * 80 / 2


def test_held_is_a_matter_of_the_other_frames():
    """A third of a second is a hold where fades run at 30 frames a second."""
    assert seen(*show(photographs(), faded, 330, 33)).held == (0, 6, 12, 18)


def test_a_slide_show_with_bytes_for_its_fades_keeps_them(tmp_path):
    """Where all frames look good within the limit, none is dropped."""
    frames, delays = show(photographs(), faded)
    data = gif([frame.quantize(128) for frame in frames], duration=delays)
    path = written(tmp_path, data)

    outcome = fitted(path, tmp_path, route(int(0.9 * len(data))))[0]

    assert outcome.rendition.frames == len(frames)


@pytest.mark.parametrize("change", [wiped, pushed])
def test_pictures_that_move_in_are_no_slide_show(change):
    """A wipe and a push are movement, not fades: all of their frames stay."""
    assert seen(*show(photographs(), change)) is None


def test_a_blink_is_no_slide_show():
    """What comes back to the same picture after each pause must not stand still."""
    face = photographs(1)[0]
    assert seen(*show([face] * 4, lambda one, _, share: faded(one, Image.new("RGB", SIZE), share))) is None


def test_a_ball_that_pauses_is_no_slide_show():
    """What moves from one place of rest to the next is shown on its way."""
    places = []
    for left in (0, 80, 20, 100):
        picture = Image.new("RGB", SIZE, (250, 250, 250))
        ImageDraw.Draw(picture).ellipse((left, 40, left + 70, 110), fill=(200, 20, 20))
        places.append((left, picture))

    def moved(one, other, share):
        start, end = (next(left for left, picture in places if picture is each) for each in (one, other))
        left = start + share * (end - start)
        picture = Image.new("RGB", SIZE, (250, 250, 250))
        ImageDraw.Draw(picture).ellipse((left, 40, left + 70, 110), fill=(200, 20, 20))
        return picture

    pictures = [picture for _, picture in places]
    assert seen(*show(pictures, moved)) is None
    assert seen(*show(pictures, faded)) is not None


@pytest.mark.parametrize("delays", [[80] * 24, [40, 80] * 12, [80] * 23 + [3000], [500, 600, 700, 2000]])
def test_even_times_and_one_last_pause_are_no_slide_show(delays):
    """Frames of like times move, however long, and so does what only rests at its end."""
    frames, _ = show(photographs(), faded)

    assert seen(frames[: len(delays)], delays) is None


def test_fades_give_up_as_many_frames_each():
    """Frames that come back to fades are as many in each, and the pictures are always there."""
    show_of = slides.Slides((0, 6), ((1, 2, 3, 4, 5), (7, 8, 9, 10, 11)))

    assert show_of.kept(2) == show_of.kept(3) == (0, 6)
    assert show_of.kept(4) == (0, 3, 6, 9)
    assert show_of.kept(12) == tuple(range(12))
