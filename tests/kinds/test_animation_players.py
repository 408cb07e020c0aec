"""What a player shows of a fitted animation, by decoders that are not ours: ffmpeg's and Pillow's, frame by frame."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from mediaprep import ffmpeg, process
from mediaprep.encoders import _gif_blocks as blocks
from mediaprep.encoders import _gif_palette as palettes
from mediaprep.job import Job
from mediaprep.kinds import animation
from mediaprep.limits import Limits, Route
from mediaprep.model import KindName, Treatment, Verdict
from mediaprep.options import Bounds, FitOptions
from mediaprep.pipeline import run
from mediaprep.storage import open_source

LIMITS = process.ChildLimits(wall_s=60, cpu_s=60, memory_bytes=None, file_bytes=0)
SIZE = (48, 36)


def by_ffmpeg(path):
    """Decode with ffmpeg: RGBA frames, when each begins, and the whole time, in ms with delays as players take them."""
    base = [ffmpeg.binary(), "-hide_banner", "-nostdin", "-v", "info", "-f", "gif", "-i", f"file:{path}"]
    args = ["-vf", "showinfo", "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgba", "pipe:1"]
    finished = process.run([*base, *args], limits=LIMITS, max_stdout_bytes=50_000_000, keep_stderr_bytes=500_000)
    assert finished.returncode == 0, finished.stderr_tail
    delays = [round(float(s) * 1000) for s in re.findall(r"duration_time:([\d.]+)", finished.stderr_tail)]
    width, height = map(int, re.search(r"s:(\d+)x(\d+)", finished.stderr_tail).groups())
    raw = np.frombuffer(finished.stdout, dtype=np.uint8).reshape(-1, height, width, 4).copy()
    raw[raw[..., 3] == 0] = 0
    return list(raw), *timed(delays)


def timed(delays):
    """Give when each frame begins and when the last one ends: what is under 20 ms is shown for 100."""
    ends = np.cumsum([delay if delay >= 20 else 100 for delay in delays]).tolist()
    return [0, *ends[:-1]], ends[-1]


def by_pillow(path):
    """Decode with Pillow, likewise."""
    frames, delays = [], []
    with Image.open(path) as image:
        for number in range(image.n_frames):
            image.seek(number)
            pixels = np.array(image.convert("RGBA"))
            pixels[pixels[..., 3] == 0] = 0
            frames.append(pixels)
            delays.append(image.info.get("duration", 0))
    return frames, *timed(delays)


def odd_gif(seed, *, clear):
    """Write a GIF with every disposal, local tables, offsets and odd delays; ``clear`` leaves places unseen."""
    rng = np.random.default_rng(seed)
    first = rng.integers(0, 256, (12, 3), dtype=np.uint8)
    made = [b"GIF89a" + SIZE[0].to_bytes(2, "little") + SIZE[1].to_bytes(2, "little") + bytes([0xF0 | 3, 0, 0])]
    made += [blocks.table_bytes(first, 4), b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x02\x00\x00"]
    for number in range(9):
        width, height = SIZE if number == 0 else (int(rng.integers(8, 30)), int(rng.integers(8, 20)))
        left, top = (0, 0) if number == 0 else (int(rng.integers(0, 48 - width)), int(rng.integers(0, 36 - height)))
        indices = rng.integers(0, 12, (height, width)).astype(np.uint8)
        own = rng.integers(0, 256, (12, 3), dtype=np.uint8) if number % 2 else None
        disposals = (0, 1, 2, 3) if clear else (0, 1, 3, 1)
        disposal = disposals[(number + (not clear)) % 4]
        see_through = number > 0 or clear
        if see_through:
            indices[rng.random((height, width)) < 0.3] = 12
        frame = blocks.frame(
            indices, (left, top), delay_cs=(0, 1, 2, 3, 7, 10, 33)[number % 7], clear=12 if see_through else None,
            bits=4, table=own,
        )  # fmt: skip
        made.append(frame[:3] + bytes([disposal << 2 | see_through]) + frame[4:])
    return b"".join(made) + b"\x21\xfe\xff" + b"x" * 255 + b"\0;"


def fitted(path, tmp_path, limit_bytes, **options):
    """Fit on a route whose phones show transparency."""
    limits = Limits(
        kind=KindName.ANIMATION, limit_bytes=limit_bytes, target_bytes=limit_bytes, types=("image/gif",), alpha=True
    )
    route = Route(name="r", folder="r", channel="mms", limits=(limits,))
    job = Job(
        asset=path.name, path=path, routes=(route,), mode="fit", outputs=(tmp_path / "out",), scratch=tmp_path,
        options=FitOptions(**options),
    )  # fmt: skip
    return run(job)[0]


def wasteful(path, plays=3):
    """Write what a player shows of a GIF anew, each frame whole, as careless tools do; what is clear stays clear."""
    frames, starts, total = by_ffmpeg(path)
    ends = [*starts[1:], total]
    made = []
    for number, pixels in enumerate(frames):
        keys = palettes.packed(pixels[..., :3])
        colours = np.unique(keys[pixels[..., 3] > 0])
        indices = np.searchsorted(colours, keys).clip(max=len(colours) - 1).astype(np.uint8)
        indices[pixels[..., 3] == 0] = 255
        table = palettes.unpacked(colours)
        if not made:
            made.append(blocks.header(SIZE, table[:255], 8, plays))
        delay_cs = (ends[number] - starts[number]) // 10
        made.append(
            blocks.frame(indices, (0, 0), delay_cs=delay_cs, clear=255, bits=8, table=table[:255], disposed=True)
        )
    return b"".join([*made, b";"])


@pytest.mark.parametrize("clear", [False, True])
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_every_moment_is_the_same_to_other_decoders(tmp_path, seed, clear):
    """Disposals, tables, offsets, delays: rewritten without loss, each moment and the whole time stay as they were."""
    odd = tmp_path / "odd.gif"
    odd.write_bytes(odd_gif(seed, clear=clear))
    source = tmp_path / "source.gif"
    source.write_bytes(wasteful(odd))

    outcome = fitted(source, tmp_path, source.stat().st_size - 1)

    assert outcome.verdict == Verdict.FITTED, outcome.violations
    assert outcome.score == 100.0
    before, begins, whole = by_ffmpeg(odd)
    for decode in (by_ffmpeg, by_pillow):
        frames, starts, total = decode(tmp_path / "out.gif")
        assert total == whole
        for number, begin in enumerate(begins):
            shown = frames[int(np.searchsorted(starts, begin, side="right")) - 1]
            assert np.array_equal(shown, before[number]), f"{decode.__name__}, frame {number}"
    with Image.open(tmp_path / "out.gif") as image:
        assert image.info["loop"] == 2


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_odd_gif_is_read_as_ffmpeg_reads_it(tmp_path, seed):
    """Disposal that is not said after one that is: the frame stays, as in every player (Pillow lets it go)."""
    odd = tmp_path / "odd.gif"
    odd.write_bytes(odd_gif(seed, clear=True))
    source = open_source(odd, 10**6)
    info = animation.KIND.probe(source, animation.FORMATS[0], Bounds())

    with animation.KIND.open(source, info, FitOptions(), Bounds()) as session:
        frames = list(session.frames)

    before, _, _ = by_ffmpeg(odd)
    assert all(np.array_equal(one, other) for one, other in zip(frames, before, strict=True))


def cleared(first, *, covers=True, disposal=2):
    """Write a GIF whose first frame is opaque, and two marks on it; the clear index is pink in its table."""
    table = np.array([[250, 120, 200], [255, 255, 255], [220, 30, 30], [30, 160, 60]], dtype=np.uint8)
    size = SIZE if covers else (20, 16)
    made = [blocks.header(SIZE, table, 2, 0)]
    for number, (index, left) in enumerate([(1, 0), (2, 4), (3, 26)]):
        shape = size if number == 0 else (12, 10)
        indices = np.full(shape[::-1], index, dtype=np.uint8)
        frame = blocks.frame(indices, (left, 0 if number == 0 else 6), delay_cs=10, clear=0 if number else None, bits=2)
        said = (first if number == 0 else disposal) << 2 | (number > 0)
        made.append(frame[:3] + bytes([said]) + frame[4:])
    return b"".join(made) + b";"


def seen(tmp_path, data):
    """Give the frames as a fit reads them, with alpha, and what the probe says of transparency."""
    path = tmp_path / "asset.gif"
    path.write_bytes(data)
    source = open_source(path, 10**6)
    info = animation.KIND.probe(source, animation.FORMATS[0], Bounds())
    info = animation.KIND.confirm(source, info, Bounds())
    with animation.KIND.open(source, info, FitOptions(), Bounds()) as session:
        frames = [np.asarray(Image.fromarray(pixels).convert("RGBA")) for pixels in session.frames]
    assert (info.frames, len(frames)) == (3, 3)
    return frames, info.transparent


def test_what_is_cleared_from_an_opaque_gif_is_clear(tmp_path):
    """It is not filled with the colour that the clear index happens to have in the table."""
    frames, transparent = seen(tmp_path, cleared(1))

    assert transparent
    assert frames[1][10, 8].tolist() == [220, 30, 30, 255]
    assert frames[2][10, 8, 3] == 0
    assert frames[2][2, 2].tolist() == [255, 255, 255, 255]


@pytest.mark.parametrize("disposal", [3, 4])
def test_a_first_frame_that_is_taken_back_leaves_nothing(tmp_path, disposal):
    """What was there before the first frame is an empty canvas."""
    frames, transparent = seen(tmp_path, cleared(disposal, disposal=1))

    assert transparent
    assert frames[0][2, 2, 3] == 255
    assert frames[1][2, 2, 3] == 0


def test_around_an_opaque_first_frame_that_is_small_nothing_is_drawn(tmp_path):
    """The canvas is not filled with the first colour of the table, nor with the background colour."""
    frames, _ = seen(tmp_path, cleared(1, covers=False, disposal=1))

    assert [int(frame[30, 40, 3]) for frame in frames] == [0, 0, 0]


@pytest.mark.parametrize("disposal", [5, 6, 7])
def test_a_disposal_that_is_not_defined_lets_a_frame_stay(tmp_path, disposal):
    """As in browsers."""
    frames, _ = seen(tmp_path, cleared(1, disposal=disposal))

    assert frames[2][10, 8].tolist() == [220, 30, 30, 255]


@pytest.mark.parametrize("seed", [1, 2])
def test_an_odd_gif_that_fits_only_without_its_comment_plays_the_same(tmp_path, seed):
    """Stripped, not decoded: delays of 0 and 10 ms are still what they were, and so is every frame."""
    odd = tmp_path / "odd.gif"
    odd.write_bytes(odd_gif(seed, clear=True))

    outcome = fitted(odd, tmp_path, odd.stat().st_size - 100)

    assert outcome.treatment == Treatment.STRIP
    frames, starts, total = by_ffmpeg(tmp_path / "out.gif")
    before, begins, whole = by_ffmpeg(odd)
    assert (starts, total) == (begins, whole)
    assert all(np.array_equal(one, other) for one, other in zip(frames, before, strict=True))


def sticker(count=10, size=(160, 120)):
    """Draw a disc that moves over nothing, above a bar."""
    pictures = []
    rows, columns = np.mgrid[: size[1], : size[0]]
    for number in range(count):
        pixels = np.zeros((size[1], size[0], 4), dtype=np.uint8)
        pixels[100:112, 10:150] = (20, 90, 200, 255)
        disc = (rows - 50) ** 2 + (columns - 30 - 9 * number) ** 2 < 24**2
        pixels[disc] = (200, 30, 40, 255)
        pictures.append(Image.fromarray(pixels))
    return pictures


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_what_is_clear_stays_clear_in_a_smaller_rendition(tmp_path, kind):
    """A sticker made smaller keeps its shape: clear outside, its own colours inside, no fringe between them."""
    first, *rest = sticker()
    target = io.BytesIO()
    disposal = 2 if kind == "GIF" else 0
    first.save(target, kind, save_all=True, append_images=rest, duration=80, loop=0, disposal=disposal, lossless=True)
    path = tmp_path / f"sticker.{kind.lower()}"
    path.write_bytes(target.getvalue())

    outcome = fitted(path, tmp_path, 2_600)

    assert outcome.verdict == Verdict.FITTED, outcome.violations
    assert outcome.frames == 10
    frames, starts, total = by_ffmpeg(tmp_path / "out.gif")
    assert total == 800
    for number, picture in enumerate(sticker()):
        shown = frames[int(np.searchsorted(starts, 80 * number, side="right")) - 1]
        small = np.asarray(picture.resize(shown.shape[1::-1], Image.Resampling.BOX))
        sure = (small[..., 3] == 0) | (small[..., 3] == 255)
        assert np.mean((shown[..., 3] == small[..., 3])[sure]) > 0.99
        seen = shown[shown[..., 3] > 0][:, :3].astype(int)
        nearest = np.minimum(*(np.abs(seen - colour).sum(axis=1) for colour in ((20, 90, 200), (200, 30, 40))))
        assert np.mean(nearest < 60) > 0.97  # neither black nor white has run into the edges


def test_shadows_are_put_onto_a_background(tmp_path):
    """Half-hiding pixels a GIF cannot show: what is mostly shadow comes on white, not with a hard edge."""
    pictures = []
    for number in range(6):
        pixels = np.zeros((90, 120, 4), dtype=np.uint8)
        pixels[20:70, 10 + 5 * number : 90 + 5 * number] = (0, 0, 0, 90)
        pixels[30:50, 30 + 5 * number : 60 + 5 * number] = (200, 30, 40, 255)
        pictures.append(Image.fromarray(pixels))
    target = io.BytesIO()
    pictures[0].save(target, "PNG", save_all=True, append_images=pictures[1:], duration=80, loop=0)
    path = tmp_path / "shadow.png"
    path.write_bytes(target.getvalue())

    outcome = fitted(path, tmp_path, 20_000)

    assert outcome.done
    frames, _, _ = by_pillow(tmp_path / "out.gif")
    assert all((frame[..., 3] == 255).all() for frame in frames)
    assert 120 < frames[0][25, 15, 0] < 200
