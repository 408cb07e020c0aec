"""What a GIF will take is foretold from a few of its frames."""

import numpy as np
import pytest

from mediaprep.kinds._animation_dial import Setting
from mediaprep.kinds._animation_motion import watched
from mediaprep.kinds._animation_size import SizeModel, sample_of


def noise(count):
    """Make frames that differ everywhere."""
    rng = np.random.default_rng(2)
    return watched(iter(rng.integers(0, 256, (count, 30, 40, 3), dtype=np.uint8)))


def recording(count, turns_at):
    """Make a still page on which a letter appears in each frame, and one whole page is turned."""
    frames = []
    for number in range(count):
        page = np.full((60, 80, 3), 250 if number < turns_at else 30, dtype=np.uint8)
        page[5:8, 5 : 8 + number] = 90
        frames.append(page)
    return watched(iter(frames))


def test_a_sample_is_a_quarter_of_the_frames_and_never_more_than_sixteen():
    """The first frame and two runs of neighbours; of hundreds as few as of sixty-four."""
    short, long = sample_of(tuple(range(36)), noise(36)), sample_of(tuple(range(300)), noise(300))

    assert len(short.frames) == 9
    assert len(long.frames) == 17
    assert short.frames[0] == long.frames[0] == 0
    assert len(short.jumps) == len(long.jumps) == 2


def test_of_few_frames_the_first_stand_for_the_others():
    """Four frames are foretold by one, eight by two, three by none: there a whole encode costs little more."""
    assert sample_of((0, 1, 2, 3), noise(4)).frames == (0,)
    assert sample_of(tuple(range(8)), noise(8)).frames == (0, 1)
    assert sample_of((0, 1, 2), noise(3)) is None


def test_of_a_recordings_few_frames_the_largest_change_is_sampled():
    """Most bytes are where the page turns: that frame is in the sample with the one before it."""
    sample = sample_of(tuple(range(8)), recording(8, 5))

    assert sample.frames == (0, 4, 5)
    assert sample.jumps == frozenset({1})


def test_what_one_frame_took_says_what_the_others_will():
    """A sample of one frame sets the level of the later ones, too."""
    motion = noise(4)
    model = SizeModel.guessed(motion, 1200, None)
    how = Setting(scale=1.0, share=1.0, colours=255, hold=12.0)
    before = model.size_bytes(how, (0, 1, 2, 3))

    learnt = model.learnt(how, sample_of((0, 1, 2, 3), motion), [(1, 1100)], 1900)

    assert learnt.first == pytest.approx(2 * model.first, rel=0.01)
    assert learnt.rate == pytest.approx(2 * model.rate, rel=0.01)
    assert learnt.size_bytes(how, (0, 1, 2, 3)) > 1.5 * before


def test_a_hold_changes_nothing_where_all_that_moves_moves_far():
    """The power by which bytes fall with the hold: near nought in pure noise, so that dimensions are turned instead."""
    assert noise(8).screen is False
    assert SizeModel.guessed(noise(8), 1200, None).power(Setting(scale=1.0, share=1.0, colours=255, hold=9.0)) < 0.1


def terminal(noise_levels):
    """Make a page of letters' edges that flicker by so many levels, to which a letter is added in each frame."""
    rng = np.random.default_rng(7)
    frames = []
    for number in range(12):
        page = np.full((160, 240, 3), 30, dtype=np.int16)
        edges = rng.random((16, 240)) < 0.2
        page[64:80][edges] += noise_levels
        page[64:80, 8 : 16 + 8 * number] = 200
        frames.append(page.astype(np.uint8))
    return watched(iter(frames))


def test_noise_that_a_wide_hold_takes_away_is_known_before_anything_is_encoded():
    """Specks on a recorded page are told from what is drawn on it, and the page with them is called grainy."""
    noisy, clean = terminal(20), terminal(0)

    assert noisy.grainy
    assert not clean.grainy
    assert clean.grain == 1.0


def test_a_recordings_first_guess_knows_how_little_its_blank_first_page_took():
    """The first frame's own bytes are used: the same whole size foretells less for it, more for what comes later."""
    motion = terminal(0)
    how = Setting(scale=1.0, share=1.0, colours=255, hold=24.0)

    known = SizeModel.guessed(motion, 38_400, 20_000, 300)
    unknown = SizeModel.guessed(motion, 38_400, 20_000)

    assert known.size_bytes(how, (0,)) < 0.5 * unknown.size_bytes(how, (0,))
