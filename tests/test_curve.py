"""Curves of bytes against score: they rise, pass through what was measured, and tell bytes and scores both ways."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediaprep.curve import Curve

POINTS = st.lists(st.tuples(st.integers(500, 2_000_000), st.floats(0, 99)), min_size=1, max_size=6)


@settings(max_examples=200, deadline=None)
@given(POINTS, st.integers(1, 4_000_000), st.integers(1, 4_000_000))
def test_more_bytes_never_look_worse(points, one, other):
    """Between the points and beyond them."""
    curve = Curve.of(tuple(points))
    low, high = sorted((one, other))
    assert 0 <= curve.score_at(low) <= curve.score_at(high) + 1e-9 <= 100 + 1e-9


@settings(max_examples=200, deadline=None)
@given(POINTS)
def test_what_was_measured_is_told_again(points):
    """A point that no smaller size beat is on the curve."""
    curve = Curve.of(tuple(points))
    for size, score in curve.points:
        assert curve.score_at(size) == pytest.approx(score, abs=1e-6)


@settings(max_examples=200, deadline=None)
@given(POINTS, st.floats(5, 95))
def test_the_bytes_for_a_score_buy_it(points, wanted):
    """``size_for`` gives the fewest bytes that are expected to reach a score."""
    curve = Curve.of(tuple(points))
    size = curve.size_for(wanted)
    if size < 1 << 40:
        assert curve.score_at(size) >= wanted - 1e-9
        assert size == 1 or curve.score_at(size - 1) < wanted


def test_a_measured_rendition_sets_the_level_of_what_was_foretold():
    """The shape stays: where the loss was half of what was told, it is half everywhere."""
    told = Curve.of(((10_000, 40.0), (40_000, 80.0)), foretold=True).through(20_000, 82.7)
    assert told.score_at(20_000) == pytest.approx(82.7, abs=0.1)
    assert told.score_at(10_000) == pytest.approx(70.0, abs=0.3)
    assert told.foretold


def test_a_measured_point_joins_measured_ones():
    """A third measurement bends the line."""
    curve = Curve.of(((10_000, 40.0), (40_000, 80.0))).through(20_000, 70.0)
    assert [size for size, _ in curve.points] == [10_000, 20_000, 40_000]


def test_points_for_straight_lines_cover_the_stretch():
    """Both ends are there, bytes and scores rise."""
    line = Curve.of(((10_000, 40.0),)).between(5_000, 50_000)
    assert (line[0][0], line[-1][0]) == (5_000, 50_000)
    assert all(a[0] < b[0] and a[1] <= b[1] for a, b in pairwise(line))
