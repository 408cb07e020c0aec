"""What is read of an animated PNG is what the standard says and browsers show, whatever its pixels are made of."""

import re
import zlib
from dataclasses import replace

import numpy as np
import pytest
from moving_png import Frame, Moving, chunk, odd
from test_colour_profiles import grey_profile

from mediaprep import ffmpeg, process
from mediaprep.errors import AssetError
from mediaprep.kinds import animation
from mediaprep.options import Bounds, FitOptions
from mediaprep.storage import open_source

LIMITS = process.ChildLimits(wall_s=60, cpu_s=60, memory_bytes=None, file_bytes=0)
FORM = next(form for form in animation.FORMATS if form.name == "apng")


def read(tmp_path, data, **options):
    """Give the frames as a fit reads them, in RGBA, and the facts."""
    path = tmp_path / "asset.png"
    path.write_bytes(data)
    source = open_source(path, 10**6)
    info = animation.KIND.confirm(source, animation.KIND.probe(source, FORM, Bounds()), Bounds())
    with animation.KIND.open(source, info, FitOptions(**options), Bounds()) as session:
        frames = [np.dstack([part, np.full(part.shape[:2], 255)])[..., :4] for part in session.frames]
    return frames, info


def seen(pixels):
    """Give what of a frame reaches the eye: colours as far as they hide what is behind, and how far they do."""
    hiding = pixels[..., 3:] / 255
    return np.dstack([pixels[..., :3] * hiding, pixels[..., 3]])


def farthest(frames, others):
    """Give the largest difference."""
    return max(np.abs(seen(one) - seen(other)).max() for one, other in zip(frames, others, strict=True))


GREYS, PALETTES = [(0, depth) for depth in (1, 2, 4, 8, 16)], [(3, depth) for depth in (1, 2, 4, 8)]
WITH_CLEAR = [(*pixels, clear) for pixels in [*GREYS, (2, 8), (2, 16), *PALETTES] for clear in (False, True)]
WITH_ALPHA = [(colour, depth, False) for colour in (4, 6) for depth in (8, 16)]


@pytest.mark.parametrize(("colour", "depth", "clear"), WITH_CLEAR + WITH_ALPHA)
def test_frames_are_laid_together_as_the_standard_says(tmp_path, colour, depth, clear):
    """Every disposal and blending, of all colour types and depths: what is clear or soft is so over what was there."""
    made = odd(10 * depth + colour, colour=colour, depth=depth, clear=clear)

    frames, info = read(tmp_path, made.written())

    assert info.transparent
    assert farthest(frames, (255 * frame for frame in made.shown())) <= 2


@pytest.mark.parametrize(("colour", "depth"), [(0, 1), (0, 16), (2, 8), (3, 4), (6, 8)])
def test_interlaced_frames_are_read(tmp_path, colour, depth):
    """The reader of stills takes them; as a moving picture it refused them from the second frame on."""
    made = odd(3, colour=colour, depth=depth, interlaced=True)

    frames, _ = read(tmp_path, made.written())

    assert farthest(frames, (255 * frame for frame in made.shown())) <= 2


@pytest.mark.parametrize("colour", [2, 3, 6])
def test_a_small_first_frame_behind_a_hidden_picture_stands_on_nothing(tmp_path, colour):
    """The default image is no part of it, wherever the data of frames are divided."""
    made = odd(4, colour=colour, small=True, split=7)

    frames, info = read(tmp_path, made.written())

    assert info.frames == 9
    assert farthest(frames, (255 * frame for frame in made.shown())) <= 2


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_another_reader_shows_the_same(tmp_path, seed):
    """Not only ours: ffmpeg composes colours with alpha as Chromium does (without an alpha channel it does not)."""
    path = tmp_path / "odd.png"
    path.write_bytes(odd(seed).written())
    base = [ffmpeg.binary(), "-hide_banner", "-nostdin", "-v", "info", "-f", "apng", "-i", f"file:{path}"]
    args = ["-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgba", "pipe:1"]
    finished = process.run([*base, *args], limits=LIMITS, max_stdout_bytes=50_000_000, keep_stderr_bytes=500_000)
    width, height = map(int, re.search(r"(\d+)x(\d+)", finished.stderr_tail).groups())
    theirs = np.frombuffer(finished.stdout, dtype=np.uint8).reshape(-1, height, width, 4)

    frames, _ = read(tmp_path, path.read_bytes())

    assert farthest(frames, theirs) <= 2


@pytest.mark.parametrize("clear", [False, True])
def test_grey_frames_follow_a_grey_profile(tmp_path, clear):
    """What is laid together stays grey, or a profile for grey would not hold for it."""
    made = Moving(
        size=(20, 16), frames=tuple(Frame(samples=np.full((16, 20, 1), level)) for level in (9, 100)), colour=0,
        clear=b"\0\x09" if clear else None,
    ).written()  # fmt: skip
    profile = chunk(b"iCCP", b"grey\0\0" + zlib.compress(grey_profile()))

    frames, info = read(tmp_path, made[:33] + profile + made[33:])

    assert info.colour_profile not in (None, "sRGB")
    assert frames[1][5, 5].tolist() == pytest.approx([168, 168, 168, 255], abs=3)  # 100 of linear light


def plain(level, size=(20, 16), **said):
    """Make a frame of one opaque grey, in three channels."""
    return Frame(samples=np.full((size[1], size[0], 3), level), **said)


@pytest.mark.parametrize(
    ("first", "second", "clear"),
    [
        (plain(9), plain(200, (8, 8), at=(4, 4)), False),
        (plain(9, disposal=1), plain(200), False),
        (plain(9, disposal=1), plain(200, (8, 8), at=(4, 4)), True),
        (plain(9, disposal=2), plain(200, (8, 8), at=(4, 4), blend=1), True),
    ],
    ids=["stays", "covered", "cleared", "taken back"],
)
def test_what_opaque_frames_leave_empty_is_clear(tmp_path, first, second, clear):
    """It is neither black nor said to be opaque; what is drawn over at once was never empty."""
    made = Moving(size=(20, 16), frames=(first, second, plain(60)), colour=2)

    frames, info = read(tmp_path, made.written())

    assert info.transparent is clear
    assert [int(frame[0, 0, 3]) for frame in frames] == [255, 0 if clear else 255, 255]


def test_a_stretch_begins_on_what_was_laid_before_it(tmp_path):
    """The frames that --trim leaves out are still what later ones are drawn on."""
    made = odd(5)

    frames, _ = read(tmp_path, made.written(), trim="0.4:0.7")

    assert farthest(frames, [255 * frame for frame in made.shown()][4:7]) <= 2


@pytest.mark.parametrize("at", [(30, 0), (0, 25)])
def test_a_frame_beyond_its_canvas_ends_the_animation(tmp_path, at):
    """As in browsers: the frames before it are used, and nothing larger than the canvas is ever decoded."""
    made = odd(6)
    wrong = replace(made.frames[4], samples=made.frames[0].samples[:10, :20], at=at)
    made = replace(made, frames=(*made.frames[:4], wrong, *made.frames[5:]))

    frames, info = read(tmp_path, made.written())

    assert (info.frames, len(frames)) == (4, 4)
    assert "frame 5 of 9" in dict(info.remarks)["salvaged"]


def test_a_frame_of_nothing_after_the_first_is_refused(tmp_path):
    """A frame without an area cannot be decoded, and one sound frame is no animation."""
    data = odd(6).written()
    at = data.index(b"fcTL", data.index(b"fcTL") + 4)
    with pytest.raises(AssetError, match="beyond its canvas, or is empty"):
        read(tmp_path, data[: at + 8] + bytes(4) + data[at + 12 :])
