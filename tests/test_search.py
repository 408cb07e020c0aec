"""The search over one axis: right for any curve, cheap for a good model."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaprep.search import FILLED, search


def drive(curve, model, **kwargs):
    """Run a search against a size curve; give what it found and every probe."""
    probes = []
    running = search(model, **kwargs)
    try:
        quality = next(running)
        while True:
            size = curve(quality)
            probes.append((quality, size))
            quality = running.send(size)
    except StopIteration as stop:
        return stop.value, probes


curves = st.builds(
    lambda base, slope, bend, noise: (
        lambda q: max(1, int(base * math.exp(slope * q / 100 + bend * (q / 100) ** 3) * (1 + noise * math.sin(17 * q))))
    ),
    st.integers(500, 500_000),
    st.floats(0.3, 6),
    st.floats(0, 2),
    st.floats(0, 0.02),
)
models = st.builds(lambda level, slope: lambda q: level + slope * q / 100, st.floats(4, 16), st.floats(0.05, 8))


@given(curve=curves, model=models, target=st.integers(300, 3_000_000))
def test_a_found_quality_was_measured_and_fits(curve, model, target):
    """Whatever the curve and however wrong the model, what is found was measured and is within the target."""
    found, probes = drive(curve, model, target_bytes=target, low=5.0, high=97.0)

    if found.quality is None:
        assert curve(5.0) > target
    else:
        assert (found.quality, found.size_bytes) in probes
        assert found.size_bytes <= target


@given(curve=curves, model=models, target=st.integers(300, 3_000_000))
def test_it_never_gives_up_while_something_fits(curve, model, target):
    """When the lowest quality fits, the search finds something that fits."""
    found, _ = drive(curve, model, target_bytes=target, low=5.0, high=97.0)

    if curve(5.0) <= target:
        assert found.quality is not None


@given(slope=st.floats(0.5, 6), base=st.integers(2_000, 300_000), target=st.integers(5_000, 2_000_000))
def test_a_smooth_curve_is_filled(slope, base, target):
    """On a smooth curve the target is filled to 97.2 %, or the highest quality fits, or nothing does."""

    def curve(q):
        return int(base * math.exp(slope * q / 100))

    found, probes = drive(curve, lambda q: 10 + 2 * q / 100, target_bytes=target, low=0.0, high=100.0)

    if found.quality is not None and found.quality < 100.0:
        next_one = curve(found.quality + 0.02)
        assert found.size_bytes >= FILLED * target or abs(next_one - found.size_bytes) > 0.01 * target
    assert len(probes) <= 14


def test_a_perfect_model_needs_one_probe():
    """With a model that is right, the first probe ends the search."""
    found, probes = drive(
        lambda q: int(math.exp(8 + 4 * q / 100)), lambda q: 8 + 4 * q / 100, target_bytes=100_000, low=0.0, high=100.0
    )

    assert len(probes) == 1
    assert found.size_bytes >= 97_500


def test_nothing_fits_names_the_nearest():
    """When even the lowest quality is over, the smallest probe is named and no quality is given."""
    found, probes = drive(lambda q: 10_000 + int(q), lambda q: 5 + q / 50, target_bytes=500, low=5.0, high=97.0)

    assert found.quality is None
    assert found.nearest == (5.0, 10_005)
    assert (5.0, 10_005) in probes


@pytest.mark.parametrize("target", [1, 999, 10**9])
def test_flat_curves_end(target):
    """A curve on which quality changes nothing still ends the search."""
    found, probes = drive(lambda _: 1_000, lambda q: 3 + q / 100, target_bytes=target, low=5.0, high=97.0)

    assert (found.quality is None) == (target < 1_000)
    assert len(probes) <= 12


steps = st.lists(st.integers(1, 2_000_000), min_size=2, max_size=40)
"""Sizes at equal distances of quality, in any order: no codec is this bad."""


@given(sizes=steps, model=models, target=st.integers(1, 2_000_000), most=st.integers(1, 12))
def test_no_curve_leads_it_astray(sizes, model, target, most):
    """On any curve whatever every probe is in the range, they are few, and the best that was seen is what is found."""

    def curve(q):
        return sizes[min(int((q - 5.0) / 92.0 * len(sizes)), len(sizes) - 1)]

    found, probes = drive(curve, model, target_bytes=target, low=5.0, high=97.0, most=most)

    assert all(5.0 <= quality <= 97.0 for quality, _ in probes)
    assert len(probes) == found.probes <= max(most, 6)
    fitting = [size for _, size in probes if size <= target]
    assert found.size_bytes == max(fitting, default=None)
    assert found.nearest in probes


@given(sizes=steps.map(sorted), model=models, target=st.integers(1, 2_000_000))
def test_nothing_better_is_left_on_a_rising_curve(sizes, model, target):
    """Where it stops below the target, the next better quality is over it: no search by trying all finds more."""

    def curve(q):
        return sizes[min(int((q - 5.0) / 92.0 * len(sizes)), len(sizes) - 1)]

    found, _ = drive(curve, model, target_bytes=target, low=5.0, high=97.0, most=40)

    best = max((size for size in sizes if size <= target), default=None)
    if found.quality is None:
        assert best is None
    else:
        assert found.size_bytes >= 0.975 * target or found.size_bytes == best


@pytest.mark.parametrize("target", [9_000, 40_000, 150_000])
@pytest.mark.parametrize("steeper", [0.5, 2, 5])
def test_a_model_of_another_slope_costs_two_probes_more(steeper, target):
    """The first two probes tell how much the curve differs from it, and the third one uses it."""
    found, probes = drive(
        lambda q: int(900 * math.exp(6 * q / 100)),
        lambda q: 8 + 6 * steeper * q / 100,
        target_bytes=target,
        low=5.0,
        high=97.0,
    )

    assert found.size_bytes is not None
    assert found.size_bytes >= FILLED * target
    assert len(probes) <= 3


def test_a_curve_that_bends_is_closed_in_from_both_ends():
    """Where lines keep missing to the same side the next probe goes past them, and the target is filled after all."""
    found, _ = drive(
        lambda q: int(2_000 + 300_000 * (q / 100) ** 8), lambda q: 7 + q / 100, target_bytes=5_000, low=5.0, high=97.0
    )

    assert found.size_bytes is not None
    assert found.size_bytes >= FILLED * 5_000


def test_of_equal_sizes_the_higher_quality_is_found():
    """A plateau costs nothing to climb."""
    found, probes = drive(
        lambda q: 1_000 if q < 60 else 9_000, lambda q: 6.9 + 0.02 * q, target_bytes=5_000, low=5.0, high=97.0
    )

    assert found.size_bytes == 1_000
    assert found.quality == max(q for q, size in probes if size == 1_000)


def test_a_bracket_that_is_narrow_enough_ends_the_search():
    """Where a size jumps, nothing fills the target: the last probes are as near to one another as is asked."""
    found, probes = drive(
        lambda q: 1_000 if q < 50 else 9_000, lambda q: 6.9 + 0.02 * q, target_bytes=5_000, low=5.0, high=97.0,
        step=8.0, most=40,
    )  # fmt: skip

    assert 50 - 8 < found.quality < 50
    assert len(probes) <= 8
