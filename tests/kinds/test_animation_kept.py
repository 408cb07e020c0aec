"""Which frames of an animation are kept: so many as asked, the first among them, those that lose least."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediaprep.kinds._animation_kept import Chooser, merged
from mediaprep.kinds._animation_motion import watched


def pages(shades):
    """Make one flat frame of each shade of grey."""
    return [np.full((8, 8, 3), shade, dtype=np.uint8) for shade in shades]


@settings(max_examples=60, deadline=None)
@given(shades=st.lists(st.integers(0, 255), min_size=2, max_size=40), data=st.data())
def test_so_many_frames_as_asked_in_order_from_the_first(shades, data):
    """Any number from two up to all gives as many frames, in order, and all of the time."""
    delays = tuple(float(data.draw(st.integers(20, 300))) for _ in shades)
    chooser = Chooser(watched(iter(pages(shades))), delays)
    most = data.draw(st.integers(2, len(shades)))

    chosen = chooser.kept(most)

    assert len(chosen) == most
    assert chosen[0] == 0
    assert list(chosen) == sorted(set(chosen))
    assert sum(merged(delays, chosen)) == pytest.approx(sum(delays))


def test_what_is_shown_twice_goes_first():
    """Of three pages, each shown twice, three frames are one of each page."""
    chosen = Chooser(watched(iter(pages([0, 0, 100, 100, 200, 200]))), (50.0,) * 6).kept(3)

    assert [number // 2 for number in chosen] == [0, 1, 2]


def test_a_page_that_is_shown_briefly_outlives_small_steps():
    """Where one frame has to go, it is a step of a slow change, not the one page that differs."""
    shades = [100, 102, 104, 106, 250, 108, 110]

    chosen = Chooser(watched(iter(pages(shades))), (50.0,) * 7).kept(6)

    assert 4 in chosen


def test_frames_beyond_one_block_are_chosen_block_by_block():
    """Twelve hundred frames, two of three kept: as many as asked, spread over the whole."""
    shades = [(7 * number) % 256 for number in range(1200)]

    chosen = Chooser(watched(iter(pages(shades))), (40.0,) * 1200).kept(800)

    assert len(chosen) == 800
    assert max(b - a for a, b in itertools.pairwise(chosen)) <= 24
    assert len([number for number in chosen if number >= 800]) == pytest.approx(267, abs=2)


def test_a_last_page_that_stays_is_kept_however_few_frames_are():
    """Of forty frames, the last of which shows the result for two seconds, six still end with it."""
    shades = [*range(100, 178, 2), 250]

    chosen = Chooser(watched(iter(pages(shades))), (50.0,) * 39 + (2000.0,)).kept(6)

    assert chosen[-1] == 39
