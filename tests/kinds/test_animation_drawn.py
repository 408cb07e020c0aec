"""Drawn advertisements are opaque and flat: they give up colours before pixels, and frames last where all moves."""

import math
import random

import numpy as np
import pytest
from animated_assets import fitted, gif, route, written
from PIL import Image, ImageDraw

from mediaprep.kinds._animation_exact import area_colours


def discs(count, size, colours, *, seed=1):
    """Draw as many frames of discs with soft edges and black outlines that circle over a ground."""
    chance = random.Random(seed)
    paints = [tuple(chance.randrange(256) for _ in range(3)) for _ in range(colours)]
    ways = [tuple(chance.random() for _ in range(4)) for _ in paints[1:]]
    frames = []
    for number in range(count):
        large = Image.new("RGB", (3 * size[0], 3 * size[1]), paints[0])
        for paint, (x, y, around, begin) in zip(paints[1:], ways, strict=True):
            turn = math.tau * (begin + number / count)
            middle = (large.width * (x + 0.2 * around * math.cos(turn)), large.height * (y + 0.2 * math.sin(turn)))
            radius = large.width * (0.03 + 0.08 * around)
            box = (*(at - radius for at in middle), *(at + radius for at in middle))
            ImageDraw.Draw(large).ellipse(box, fill=paint, outline="black", width=6)
        frames.append(large.resize(size, Image.Resampling.BOX))
    return frames


def test_an_opaque_drawing_gives_up_colours_before_pixels(tmp_path):
    """As films are fitted, with 128 colours, it would have three quarters of the width."""
    path = written(tmp_path, gif(discs(16, (360, 360), 7), kind="WEBP", lossless=True), "advert.webp")

    outcome = fitted(path, tmp_path, route(40_000))[0]

    assert (outcome.frames, outcome.width >= 180, outcome.score >= 97) == (16, True, True), outcome
    assert outcome.attempts[-1].colours < 64


def test_a_drawing_of_many_colours_keeps_one_for_each_area(tmp_path):
    """Of 32 colours discs of 60 would share some."""
    path = written(tmp_path, gif(discs(8, (600, 600), 60), kind="WEBP", lossless=True), "confetti.webp")

    outcome = fitted(path, tmp_path, route(60_000))[0]

    assert all(attempt.colours >= 80 for attempt in outcome.attempts), outcome.attempts


def test_what_is_flat_like_a_recording_and_moves_all_the_time_keeps_its_frames(tmp_path):
    """Few small things that move on a large ground look like a terminal: two thirds of the frames went first."""
    path = written(tmp_path, gif(discs(40, (420, 320), 3, seed=4), kind="WEBP", lossless=True), "balls.webp")

    outcome = fitted(path, tmp_path, route(20_000))[0]

    assert (outcome.frames, outcome.score >= 90) == (40, True), outcome


@pytest.mark.parametrize("colours", [2, 9, 30])
def test_colours_are_counted_that_have_areas(colours):
    """Shades of soft edges have none, nor has what a camera took."""
    views = dict(enumerate(np.asarray(frame) for frame in discs(4, (500, 400), colours)))
    noise = np.random.default_rng(1).integers(0, 256, (400, 500, 3), dtype=np.uint8)

    assert colours - 1 <= area_colours(views) <= colours + 1  # the outlines are black; a disc may be hidden
    assert area_colours({0: noise}) == 0
