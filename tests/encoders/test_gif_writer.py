"""Our GIF writer: what comes back, what is merged, held and cut out, and what a table of colours may hold."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mediaprep.encoders import _gif_blocks as blocks
from mediaprep.encoders import _gif_palette as palettes
from mediaprep.encoders._moving import Moving, moved, rows_touched
from mediaprep.encoders.gif_numpy import ENCODER, EXACT, hold_at, quality_at


def moving(frames, delays_cs=None, plays=0):
    """Put frames (height x width x 3) together."""
    height, width = frames[0].shape[:2]
    return Moving(
        size=(width, height),
        delays_cs=tuple(delays_cs or [8] * len(frames)),
        plays=plays,
        frames=lambda: iter(frames),
        table=palettes.chosen(frames[:8], 255).colours,
    )


def shown(data):
    """Decode: frames as arrays, and their delays in hundredths of a second."""
    frames, delays = [], []
    with Image.open(io.BytesIO(data)) as image:
        for number in range(image.n_frames):
            image.seek(number)
            frames.append(np.asarray(image.convert("RGB")))
            delays.append(round(image.info.get("duration", 0) / 10))
    return frames, delays


def drawn(seed, count, size=(23, 17), colours=40):
    """Make frames of few colours that change in places."""
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 256, (colours, 3), dtype=np.uint8)
    canvas = rng.integers(0, colours, (size[1], size[0]))
    frames = []
    for _ in range(count):
        canvas = canvas.copy()
        top, left = rng.integers(0, size[1] - 3), rng.integers(0, size[0] - 3)
        canvas[top : top + 3, left : left + 3] = rng.integers(0, colours, (3, 3))
        frames.append(table[canvas])
    return frames


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(2, 6), colours=st.integers(1, 256))
def test_exact_quality_gives_back_every_pixel(seed, count, colours):
    """At quality 100 each frame comes back as it was, with one table or with a table for each frame."""
    frames = drawn(seed, count, colours=colours)

    back, delays = shown(ENCODER.encode(moving(frames), EXACT))

    ends = np.cumsum(delays)
    assert ends[-1] == 8 * count
    for number, frame in enumerate(frames):
        assert np.array_equal(back[int(np.searchsorted(ends, 8 * number, side="right"))], frame)


def test_colours_beyond_one_table_come_back_exactly_too():
    """Frames of 200 colours each, none in common, take a table each."""
    rng = np.random.default_rng(3)
    frames = [rng.integers(0, 256, (200, 3), dtype=np.uint8)[rng.integers(0, 200, (20, 30))] for _ in range(4)]

    back, _ = shown(ENCODER.encode(moving(frames), EXACT))

    assert all(np.array_equal(one, other) for one, other in zip(back, frames, strict=True))


@pytest.mark.parametrize("quality", [100.0, 60.0])
def test_equal_frames_are_merged_and_their_time_kept(quality):
    """Frames that show the same become one that lasts as long as they all did."""
    one, other = drawn(1, 2)

    back, delays = shown(ENCODER.encode(moving([one, one, one, other, other], [3, 4, 5, 6, 7]), quality))

    assert len(back) == 2
    assert delays == [12, 13]


def test_small_changes_are_held_and_do_not_add_up():
    """A slow drift stays within the hold of what is shown, however long it goes on."""
    frames = [np.full((8, 8, 3), 60 + 2 * number, dtype=np.uint8) for number in range(40)]
    quality = quality_at(10.0)

    data = ENCODER.encode(moving(frames), quality)

    back, delays = shown(data)
    ends = np.cumsum(delays)
    assert len(back) < len(frames) / 2
    for number, frame in enumerate(frames):
        seen = back[int(np.searchsorted(ends, 8 * number, side="right"))]
        assert np.linalg.norm(seen[0, 0].astype(float) - frame[0, 0]) <= hold_at(quality) + 1.0


def test_only_the_changed_rectangle_is_written():
    """A dot that moves over a large still picture costs little more than the dot."""
    rng = np.random.default_rng(5)
    ground = rng.integers(0, 60, (120, 160, 3), dtype=np.uint8)
    frames = []
    for number in range(10):
        frame = ground.copy()
        frame[50:54, 10 * number : 10 * number + 4] = 255
        frames.append(frame)

    first = len(ENCODER.encode(moving(frames[:1]), 70.0))

    assert len(ENCODER.encode(moving(frames), 70.0)) < 1.2 * first


def test_a_change_of_scene_gets_colours_of_its_own():
    """Red frames, then blue ones: both are shown without banding though their colours fit no one table."""
    rng = np.random.default_rng(8)
    steps = rng.integers(0, 256, (60, 80), dtype=np.uint8)
    red = [np.stack([np.roll(steps, n), steps // 8, steps // 5], axis=-1) for n in range(3)]
    blue = [np.stack([steps // 6, np.roll(steps, n) // 3, np.roll(steps, n)], axis=-1) for n in range(3)]
    frames = [*red, *blue]
    source = Moving(
        size=(80, 60), delays_cs=(8,) * 6, plays=0, frames=lambda: iter(frames),
        table=palettes.chosen(red, 255).colours,
    )  # fmt: skip

    back, _ = shown(ENCODER.encode(source, 99.0))

    error = np.abs(back[-1].astype(int) - blue[-1]).mean()
    assert error < 6


@pytest.mark.parametrize(("plays", "stored"), [(0, 0), (1, None), (4, 3)])
def test_plays_are_stored_as_browsers_count_them(plays, stored):
    """For ever is 0, once needs no block, four plays are three repeats."""
    data = ENCODER.encode(moving(drawn(2, 3), plays=plays), EXACT)

    with Image.open(io.BytesIO(data)) as image:
        assert image.info.get("loop") == stored


def test_a_delay_beyond_what_one_frame_can_state_goes_on():
    """Twenty minutes on one frame are kept, though a GIF's delay ends at 655 seconds."""
    data = ENCODER.encode(moving(drawn(4, 2), [120_000, 10]), EXACT)

    back, delays = shown(data)
    assert sum(delays) == 120_010
    assert np.array_equal(back[0], back[1])


@pytest.mark.parametrize(("entries", "bits"), [(1, 2), (4, 2), (5, 3), (16, 4), (17, 5), (256, 8)])
def test_codes_are_as_short_as_the_table_allows(entries, bits):
    """LZW starts with the bits that number the colours, which is what small frames consist of."""
    assert blocks.code_size(entries) == bits


@settings(max_examples=60, deadline=None)
@given(height=st.integers(1, 9), width=st.integers(1, 9), at=st.integers(0, 10_000))
def test_touched_rows_hold_every_change(height, width, at):
    """One changed byte is found, at most eight bytes beside it are taken along; equal frames have none."""
    one = np.zeros((height, width, 3), dtype=np.uint8)
    other = one.copy()
    other.reshape(-1)[at % other.size] = 1

    row = at % other.size // (3 * width)
    found = rows_touched(one, other)
    assert found is not None
    assert found[0] <= row < found[1] <= height
    assert found[1] - found[0] <= 2 + 8 // (3 * width)
    assert rows_touched(one, one.copy()) is None


def test_without_libvips_colours_come_from_pillow(monkeypatch):
    """Where pyvips is missing the writer still writes; only the choice of colours is plainer."""
    monkeypatch.setitem(__import__("sys").modules, "pyvips", None)
    rng = np.random.default_rng(1)
    frames = [rng.integers(0, 256, (40, 50, 3), dtype=np.uint8) for _ in range(3)]

    back, _ = shown(ENCODER.encode(moving(frames), 80.0))

    assert len(back) == 3


def test_a_large_hold_keeps_noise_down_but_no_faint_edge():
    """Noise of a few levels on still ground costs next to nothing; a faint panel that opens on it is shown at once."""
    rng = np.random.default_rng(5)
    ground = np.full((60, 80, 3), 120, dtype=np.int16)
    noisy = [np.clip(ground + rng.normal(0, 5, ground.shape), 0, 255).astype(np.uint8) for _ in range(6)]
    faint = noisy[-1].copy()
    faint[20:40, 20:60] += 12
    quality = quality_at(24)

    still = ENCODER.encode(moving(noisy), quality)
    opened = ENCODER.encode(moving([*noisy, faint]), quality)

    one, more = len(ENCODER.encode(moving(noisy[:1]), quality)), len(ENCODER.encode(moving(noisy), quality_at(9)))
    assert len(still) - one < 0.2 * (more - one)
    back, _ = shown(opened)
    inside = back[-1][22:38, 22:58].astype(int)
    assert abs(inside.mean() - faint[22:38, 22:58].mean()) < 4


def test_the_widest_hold_of_recordings_sheds_specks_and_keeps_thin_faint_strokes():
    """At a hold of 48 single pixels 20 levels off are not drawn anew; a line of one pixel that is as faint as 30 is."""
    page = np.full((60, 80, 3), 30, dtype=np.uint8)
    specks, stroke = page.copy(), page.copy()
    specks[4::12, 4::12] += 20
    stroke[30, 10:70] += 30

    assert not moved(specks, page, 48.0).any()
    assert moved(stroke, page, 48.0)[30, 11:69].all()


@pytest.mark.parametrize("most", [100, 190])
def test_a_rare_colour_is_not_dropped_for_shades_of_common_ones(most):
    """Whatever number of colours is asked for, the one red mark on a picture of many shades stays red."""
    across, down = np.meshgrid(np.arange(160), np.arange(120))
    picture = np.stack([across, down + 60, (across + down) // 2], axis=-1).astype(np.uint8)
    picture[50:56, 70:76] = (250, 10, 20)

    table = palettes.chosen((picture,), most).colours

    assert len(table) <= most
    assert np.abs(table.astype(int) - (250, 10, 20)).sum(axis=1).min() < 24
