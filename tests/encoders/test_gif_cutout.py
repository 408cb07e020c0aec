"""GIFs that one sees through: what hides something is drawn, what no longer does is cleared, the hold stays right."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mediaprep.encoders import _gif_blocks as blocks
from mediaprep.encoders import _gif_palette as palettes
from mediaprep.encoders._gif_cutout import seen_of
from mediaprep.encoders._moving import Moving
from mediaprep.encoders.gif_numpy import ENCODER, EXACT, hold_at, quality_at


def moving(frames, delays_cs=None):
    """Put frames (height x width x 4) together."""
    height, width = frames[0].shape[:2]
    return Moving(
        size=(width, height), delays_cs=tuple(delays_cs or [8] * len(frames)), plays=0, frames=lambda: iter(frames),
        table=palettes.chosen([seen_of(pixels) for pixels in frames[:8]], 255).colours, alpha=True,
    )  # fmt: skip


def shown(data):
    """Decode: frames as RGBA, those that hide nothing black, and when each ends in hundredths of a second."""
    frames, ends = [], []
    with Image.open(io.BytesIO(data)) as image:
        for number in range(image.n_frames):
            image.seek(number)
            pixels = np.array(image.convert("RGBA"))
            pixels[pixels[..., 3] == 0] = 0
            frames.append(pixels)
            ends.append(round(image.info.get("duration", 0) / 10))
    return frames, np.cumsum(ends)


def at(frames, ends, moment):
    """Give what is shown at a moment."""
    return frames[int(np.searchsorted(ends, moment, side="right"))]


def drawn(seed, count, size=(23, 17), colours=30):
    """Make frames in which places get other colours, appear and vanish."""
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 256, (colours, 3), dtype=np.uint8)
    canvas = np.zeros((size[1], size[0], 4), dtype=np.uint8)
    frames = []
    for _ in range(count):
        canvas = canvas.copy()
        for visible in rng.integers(0, 2, 3):
            top, left = rng.integers(0, size[1] - 4), rng.integers(0, size[0] - 4)
            part = canvas[top : top + 4, left : left + 4]
            part[..., :3] = table[rng.integers(0, colours, (4, 4))] if visible else 0
            part[..., 3] = 255 if visible else 0
        frames.append(canvas)
    return frames


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 7))
def test_every_pixel_comes_back_seen_or_seen_through(seed, count):
    """At quality 100 each moment shows the frame that it should, clear pixels included."""
    frames = drawn(seed, count)

    back, ends = shown(ENCODER.encode(moving(frames), EXACT))

    assert ends[-1] == 8 * count
    for number, frame in enumerate(frames):
        assert np.array_equal(at(back, ends, 8 * number), frame)


def test_more_colours_than_one_table_holds_come_back_too():
    """Two hundred colours a frame, none in common, take a table each, around what is clear."""
    rng = np.random.default_rng(3)
    frames = []
    for number in range(4):
        frame = np.zeros((20, 30, 4), dtype=np.uint8)
        frame[2:18, 3 + number : 23 + number, :3] = rng.integers(0, 256, (200, 3))[rng.integers(0, 200, (16, 20))]
        frame[2:18, 3 + number : 23 + number, 3] = 255
        frames.append(frame)

    back, _ = shown(ENCODER.encode(moving(frames), EXACT))

    assert all(np.array_equal(one, other) for one, other in zip(back, frames, strict=True))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_hold_never_shows_what_is_gone(seed):
    """Under a hold, too, what is clear is clear, and what is seen is within the hold of what it should be."""
    rng = np.random.default_rng(seed)
    frames = drawn(seed, 6, colours=12)
    for frame in frames:
        noise = rng.integers(-2, 3, frame.shape[:2])[..., None]
        frame[..., :3] = np.where(frame[..., 3:] > 0, np.clip(frame[..., :3].astype(int) + noise, 0, 255), 0)
    quality = quality_at(10.0)

    back, ends = shown(ENCODER.encode(moving(frames), quality))

    for number, frame in enumerate(frames):
        seen = at(back, ends, 8 * number)
        assert np.array_equal(seen[..., 3], frame[..., 3])
        apart = np.linalg.norm(seen[..., :3].astype(float) - frame[..., :3], axis=2)
        assert apart.max() <= hold_at(quality) + 6  # and what 255 colours for all frames cost


def test_noise_within_the_hold_is_not_drawn_again():
    """A still sticker whose grain flickers is one frame, as long as all."""
    rng = np.random.default_rng(1)
    frames = []
    for _ in range(6):
        frame = np.zeros((40, 40, 4), dtype=np.uint8)
        frame[10:30, 10:30, :3] = 120 + rng.integers(-2, 3, (20, 20, 3))
        frame[10:30, 10:30, 3] = 255
        frames.append(frame)

    back, ends = shown(ENCODER.encode(moving(frames), quality_at(10.0)))

    assert len(back) == 1
    assert ends[-1] == 48


def test_soft_edges_do_not_flicker():
    """Alpha that trembles around one half changes nothing; none of it is written."""
    frames = []
    for number in range(8):
        frame = np.full((20, 20, 4), 200, dtype=np.uint8)
        frame[..., 3] = 0
        frame[5:15, 5:15, 3] = 255
        frame[4, 5:15, 3] = 130 if number % 2 else 120
        frames.append(frame)

    back, _ = shown(ENCODER.encode(moving(frames), quality_at(10.0)))

    assert len(back) == 1


def test_a_long_delay_is_cleared_at_its_end_only():
    """Twenty minutes of a picture that then is gone: it stays for all of them, and goes."""
    one, other = drawn(5, 2)
    other[...] = 0

    back, ends = shown(ENCODER.encode(moving([one, other], [120_000, 10]), EXACT))

    assert ends[-1] == 120_010
    assert np.array_equal(at(back, ends, 119_999), one)
    assert not at(back, ends, 120_005).any()


@pytest.mark.parametrize("left", [10, 70_000])
def test_a_frame_names_how_it_goes(left):
    """Disposal 2 stands in the last control block of a frame, 1 in those before."""
    indices = np.zeros((2, 2), dtype=np.uint8)

    data = blocks.frame(indices, (0, 0), delay_cs=left, clear=3, bits=2, disposed=True)

    controls = [data[i + 3] >> 2 for i in range(len(data)) if data[i : i + 3] == b"\x21\xf9\x04"]
    assert controls == ([2] if left < 65_536 else [1, 2])


def test_colours_are_chosen_from_what_is_seen():
    """What is clear takes no place in the table, and a frame of which nothing is seen breaks nothing."""
    frame = np.zeros((9, 9, 4), dtype=np.uint8)
    frame[3, 3] = (250, 10, 20, 255)

    assert np.array_equal(np.unique(seen_of(frame).reshape(-1, 3), axis=0), [[250, 10, 20]])
    assert seen_of(np.zeros((4, 4, 4), dtype=np.uint8)).shape[2] == 3
