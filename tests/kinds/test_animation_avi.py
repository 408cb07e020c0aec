"""An animation written as a film without loss: its rate, and where each of its frames stands."""

from __future__ import annotations

from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaprep.kinds import _animation_avi as avi


@pytest.mark.parametrize(
    ("delays_cs", "fps"),
    [
        ((10,) * 27, 10.0),
        ((8, 9, 8) * 8, 12.0),
        ((3, 3, 4) * 10, 30.0),
        ((2,) * 30, 50.0),
        ((200, 100), 5.0),
    ],
)
def test_the_rate_is_the_lowest_that_keeps_every_frame_in_time(delays_cs: tuple[int, ...], fps: float) -> None:
    """Frames of 80, 80 and 90 ms are one each at 12 a second, not four each at 50; those of 20 ms need 50."""
    assert avi.rate_fps(delays_cs) == pytest.approx(fps, abs=0.06)


@given(st.lists(st.integers(2, 300), min_size=2, max_size=60).map(tuple))
def test_no_frame_is_lost_and_each_begins_within_ten_milliseconds(delays_cs: tuple[int, ...]) -> None:
    """Whatever the delays, each frame has a place of its own on the film, at its time."""
    fps = avi.rate_fps(delays_cs)
    starts = [place * 100 / fps for place in avi._places(delays_cs, fps)]
    assert 5 <= fps <= 50
    assert all(one < other for one, other in pairwise(starts))
    assert all(abs(at - true) <= 1.01 for at, true in zip(starts, accumulate(delays_cs, initial=0), strict=True))


def test_frames_between_two_places_are_all_there() -> None:
    """At 50 a second frames of 20 ms behind one of 50 ms go up: to the nearest even place, half would be lost."""
    assert avi._places((5, 2, 2, 2, 4, 2), 50.0) == [0, 3, 4, 5, 6, 8, 9]


def test_the_film_has_each_frame_once_and_empty_chunks_for_what_stays(tmp_path: Path) -> None:
    """Two frames of 100 and 200 ms are two pictures and one repetition at 10 a second."""
    frames = [np.full((16, 16, 3), 40 * number, np.uint8) for number in range(2)]
    path = tmp_path / "film.avi"
    avi.write(path, iter(frames), (10, 20), (16, 16))
    data = path.read_bytes()
    movie = data[data.index(b"movi") : data.index(b"idx1")]
    assert movie.count(b"00dc") == 3
    assert movie.count(b"\x89PNG") == 2
