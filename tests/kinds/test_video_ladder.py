"""Dimensions and frame rates by arithmetic."""

import math
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaprep.kinds import _clip_score as judged
from mediaprep.kinds._video_ladder import (
    LEAST_BPP,
    MOST_DRAWN_FPS,
    Seen,
    best,
    better,
    chosen,
    expected_quantiser,
    frame_rate,
    ladder,
    level_of,
    slope,
)
from mediaprep.limits import Limits
from mediaprep.model import KindName

LIMITS = Limits(kind=KindName.VIDEO, max_level=3.1)

SIDES = st.integers(16, 4000)


@given(SIDES, SIDES, st.sampled_from([10, 24, 30]))
def test_every_rung_is_allowed(width, height, fps):
    """Rungs have even sides, keep the level and the shape, and are never larger than the source."""
    rungs = ladder(width, height, Fraction(fps), LIMITS)

    assert rungs
    for rung in rungs:
        assert rung.width % 2 == rung.height % 2 == 0
        assert rung.width <= max(width, 16)
        assert rung.height <= max(height, 16)
        if min(rung.width, rung.height) > 100:
            assert rung.width / rung.height == pytest.approx(width / height, rel=0.05)
    if len(rungs) > 1:
        assert all(level_of(r.width, r.height, fps) <= 3.1 for r in rungs)


@given(st.floats(5_000, 5e6), st.floats(5_000, 5e6))
def test_more_bits_never_mean_fewer_pixels(first, second):
    """The rung rises with the rate."""
    rungs = ladder(1280, 720, Fraction(30), LIMITS)
    low, high = sorted((first, second))

    assert chosen(rungs, low).width <= chosen(rungs, high).width


def soft(rung):
    """A clip that loses next to nothing by being made smaller."""
    return 0.03 * (1 - rung.height / 720)


def crisp(rung):
    """A clip whose detail goes with its lines."""
    return 0.6 * (1 - rung.height / 720)


@given(st.floats(50_000, 5e6), st.floats(50_000, 5e6), st.sampled_from([soft, crisp]))
def test_more_bits_never_mean_fewer_pixels_for_a_known_content(first, second, lost):
    """The best rung rises with the rate, whatever smaller dimensions lose."""
    rungs = ladder(1280, 720, Fraction(30), LIMITS)
    low, high = sorted((first, second))

    assert best(rungs, low, lost).width <= best(rungs, high, lost).width


@given(st.floats(200_000, 1.5e6))
def test_crisp_clips_keep_more_pixels_than_soft_ones(rate):
    """At equal bits, what scaling would blur is coded larger."""
    rungs = ladder(1280, 720, Fraction(30), LIMITS)

    assert best(rungs, rate, soft).width < best(rungs, rate, crisp).width


def test_what_the_first_turn_shows_is_heeded_for_a_clear_gain_only():
    """The rung of which clearly more is seen is taken, a smaller one only where coding is coarse."""
    rungs = ladder(1280, 720, Fraction(30), LIMITS)
    low, down, rung, up = (next(one for one in rungs if one.height == lines) for lines in (240, 320, 360, 432))
    seen, fine = Seen(rung=rung, quantiser=38.0), Seen(rung=rung, quantiser=34.0)

    def kept(clearly, hardly):
        return lambda other, _: {clearly: 0.53, hardly: 0.502}.get(other, 0.5)

    assert better(rungs, 400_000, seen, kept(None, up)) == rung
    assert better(rungs, 400_000, seen, kept(up, down)) == up
    assert better(rungs, 400_000, seen, kept(up, down), gain_up=0.2) == rung
    assert better(rungs, 400_000, seen, kept(down, up)) == down
    assert better(rungs, 400_000, seen, kept(low, down)) == low
    assert better(rungs, 400_000, fine, kept(down, up)) == rung
    assert better(rungs, 400_000, fine, kept(up, down)) == up


def test_more_pixels_are_tried_as_far_as_what_is_seen_of_them_can_be_foretold():
    """An easy clip goes up to fewer bits a pixel than usual; one that would be coded too coarsely there does not."""
    rungs = ladder(1280, 720, Fraction(30), LIMITS)
    rung = next(one for one in rungs if one.height == 360)
    rate = 0.028 * 640 * 360 * 30
    easy, coarse = Seen(rung=rung, quantiser=35.0), Seen(rung=rung, quantiser=40.5)

    def larger(other, _):
        return 0.5 + other.height / 7200

    assert better(rungs, rate, easy, larger).bpp(rate) < LEAST_BPP
    assert better(rungs, rate, coarse, larger) == rung


def test_where_no_gain_would_be_enough_nothing_above_is_looked_at():
    """Each look costs CPU: a rung that cannot be taken is not asked for."""
    rungs = ladder(1280, 720, Fraction(30), LIMITS)
    rung = next(one for one in rungs if one.height == 360)
    asked = []

    def kept(other, _):
        asked.append(other.height)
        return 0.5 + other.height / 7200

    assert better(rungs, 400_000, Seen(rung=rung, quantiser=38.0), kept, gain_up=math.inf) == rung
    assert asked
    assert max(asked) == 360


def test_three_rungs_up_are_for_what_stays_finely_coded_there():
    """The farther a quantiser is foretold, the finer it must be."""
    rungs = ladder(1280, 720, Fraction(30), LIMITS)
    here = next(n for n, one in enumerate(rungs) if one.height == 360)
    rate = 0.15 * 640 * 360 * 30
    fine, usual = Seen(rung=rungs[here], quantiser=27.0), Seen(rung=rungs[here], quantiser=31.0)

    def larger(other, _):
        return 0.5 + other.height / 7200

    assert better(rungs, rate, fine, larger) == rungs[here + 3]
    assert better(rungs, rate, usual, larger) == rungs[here + 2]


def test_a_rung_that_codes_coarser_is_expected_to():
    """More pixels for the same bits cost 4 steps of the quantiser a doubling, or what looks at two sizes told."""
    small, large = ladder(1280, 640, Fraction(30), LIMITS)[0], ladder(1280, 640, Fraction(30), LIMITS)[4]
    doublings = math.log2(large.width * large.height / (small.width * small.height))
    water = Seen(rung=large, quantiser=40.0, per_octave=6.9)

    assert slope(6.8, 43.0) > 7.0 > slope(3.4, 36.0) > 2.5
    assert expected_quantiser(large, 0, Seen(rung=small, quantiser=30.0)) == pytest.approx(30 + 4 * doublings)
    assert expected_quantiser(small, 0, water) == pytest.approx(40 - 6.9 * doublings)


@pytest.mark.parametrize(
    ("source", "expected"),
    [(60.0, 30), (59.94, Fraction(30000, 1001)), (50.0, 25), (25.0, 25), (29.97, Fraction(30000, 1001)), (120.0, 30),
     (23.976, Fraction(24000, 1001)), (12.5, Fraction(25, 2)), (1.0, 1), (2.0, 2), (1 / 3_000, Fraction(1, 1001)),
     (None, 30)],
)  # fmt: skip
def test_frame_rates_stay_or_are_divided(source, expected):
    """A rate up to 30 stays; above it, whole frames are left out so that the rest keep one pace."""
    assert frame_rate(source, variable=False, limits=LIMITS) == expected


def test_animations_keep_fifty_frames_a_second_unless_the_route_shows_fewer():
    """Their films are small: the rate is halved only where the route's own limit asks for it."""
    limits = Limits(kind=KindName.VIDEO, types=("video/mp4",))

    assert frame_rate(50.0, variable=False, limits=limits, most_fps=MOST_DRAWN_FPS) == 50
    assert frame_rate(50.0, variable=False, limits=limits) == 25
    assert frame_rate(50.0, variable=False, limits=replace(limits, max_fps=30), most_fps=MOST_DRAWN_FPS) == 25


def test_a_varying_rate_becomes_a_constant_one():
    """Phones' varying rates become 30; a low one stays low."""
    assert frame_rate(27.6, variable=True, limits=LIMITS) == 30
    assert frame_rate(9.3, variable=True, limits=LIMITS) == 10


@pytest.mark.parametrize(
    ("size", "level"), [((176, 144, 15), 1.0), ((640, 480, 30), 3.0), ((854, 480, 30), 3.1), ((1280, 720, 30), 3.1)]
)
def test_levels_are_those_of_the_standard(size, level):
    """Macroblocks a frame and a second decide."""
    assert level_of(*size) == level


@given(st.floats(0, 51), st.floats(0, 51))
def test_a_coarser_quantiser_never_scores_higher(first, second):
    """The estimate falls as frames are quantised more coarsely, and stays on its scale."""
    fine, coarse = sorted((first, second))
    scores = [judged.estimate(q, (480, 270), (1280, 720), 1200) for q in (fine, coarse)]

    assert 0.0 <= scores[1] <= scores[0] <= 100.0
