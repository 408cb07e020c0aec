"""Animations made to exhaust whoever opens them come out with a verdict, within the bounds, and lose nothing sound."""

import io
import resource

import numpy as np
import planted
import pytest
from PIL import Image

from mediaprep.api import check, fit_many, route
from mediaprep.encoders import _gif_blocks as blocks
from mediaprep.job import Job
from mediaprep.kinds._gif_parts import parts
from mediaprep.limits import Limits, Route
from mediaprep.model import KindName, Verdict
from mediaprep.options import Bounds, FitOptions
from mediaprep.pipeline import run

SIZE = (40, 30)


def fitted(data, tmp_path, limit_bytes, bounds=None):
    """Fit bytes on a route for GIF."""
    path = tmp_path / "asset.gif"
    path.write_bytes(data)
    limits = Limits(kind=KindName.ANIMATION, limit_bytes=limit_bytes, target_bytes=limit_bytes, types=("image/gif",))
    route = Route(name="r", folder="r", channel="mms", limits=(limits,))
    job = Job(
        asset="asset.gif", path=path, routes=(route,), mode="fit", outputs=(tmp_path / "out",), scratch=tmp_path,
        bounds=bounds or Bounds(),
    )  # fmt: skip
    return run(job)[0]


def noise(seed, size=SIZE):
    """Draw indices of sixteen colours."""
    return np.random.default_rng(seed).integers(0, 16, size[::-1]).astype(np.uint8)


def head(size=SIZE):
    """Begin a GIF of sixteen greys that loops."""
    greys = np.repeat(np.arange(0, 256, 17, dtype=np.uint8)[:, None], 3, axis=1)
    return blocks.header(size, greys, 4, 0)


def frame(seed, size=SIZE):
    """Make a whole frame."""
    return blocks.frame(noise(seed, size), (0, 0), delay_cs=8, clear=None, bits=4)


def chained(body):
    """Cut LZW data into sub-blocks."""
    pieces = (body[at : at + 255] for at in range(0, len(body), 255))
    return b"".join(bytes([len(piece)]) + piece for piece in pieces) + b"\0"


PLACE = b"," + bytes(4) + SIZE[0].to_bytes(2, "little") + SIZE[1].to_bytes(2, "little") + b"\0"


def test_lzw_data_that_never_ends_is_cut_at_the_frame(tmp_path):
    """A frame of 1,200 pixels whose data go on for millions: what belongs to it is shown, the rest is passed."""
    packed = Image.fromarray(np.zeros((3000, 3000), dtype=np.uint8)).tobytes("gif", "L", 4, 0)
    whole = bytearray()
    at = 0
    while at < len(packed) and packed[at]:  # out of its sub-blocks, to be put into ours again
        whole += packed[at + 1 : at + 1 + packed[at]]
        at += packed[at] + 1
    data = head() + frame(1) + PLACE + b"\x04" + chained(bytes(whole)) + frame(2) + b";"

    outcome = fitted(data, tmp_path, len(data) - 200)

    assert outcome.verdict in {Verdict.FITTED, Verdict.REFUSED}
    assert outcome.size_bytes is not None
    if outcome.verdict == Verdict.FITTED:
        assert outcome.frames == 3


def test_lzw_data_of_clear_codes_alone_end_the_animation(tmp_path):
    """Millions of codes that stand for no pixel: an unfinished frame, dropped or shown as far as it goes."""
    clear = bytes([0x10, 0x42, 0x08, 0x21, 0x84]) * 200_000  # the five-bit code 16, over and over
    data = head() + frame(1) + frame(2) + PLACE + b"\x04" + chained(clear) + b";"

    outcome = fitted(data, tmp_path, 3_000)

    assert outcome.verdict in {Verdict.FITTED, Verdict.BELOW_FLOOR, Verdict.CANNOT_FIT}
    assert (outcome.size_bytes or 0) <= max(3_000, len(data))


def test_a_hundred_thousand_frames_are_refused_and_named(tmp_path):
    """The bound is on frames, whatever they weigh: refused with both figures, nothing written."""
    dot = b",\0\0\0\0\1\0\1\0\0\x02\x02\x44\x01\0"
    outcome = fitted(head((1, 1)) + dot * 100_000 + b";", tmp_path, 5_000)

    assert outcome.verdict == Verdict.REFUSED
    assert [v.name for v in outcome.violations] == ["frame_bound"]
    assert not list(tmp_path.glob("out*"))


def test_hundreds_of_small_frames_within_the_bound_are_fitted(tmp_path):
    """Hundreds of frames of a wandering dot: whole time kept, a third of the bytes."""
    dots = [
        blocks.frame(np.full((2, 2), n % 16, dtype=np.uint8), (n % 38, n % 28), delay_cs=4, clear=None, bits=4)
        for n in range(400)
    ]
    data = head() + frame(1) + b"".join(dots) + b";"

    outcome = fitted(data, tmp_path, len(data) // 3)

    assert outcome.verdict in {Verdict.FITTED, Verdict.BELOW_FLOOR}
    if outcome.verdict == Verdict.FITTED:
        assert outcome.size_bytes <= len(data) // 3
        assert outcome.duration_s == pytest.approx(0.08 + 400 * 0.04)


def test_a_huge_canvas_is_refused_before_a_pixel_is_made(tmp_path):
    """65,535 by 65,535 in some hundred bytes: refused by its header."""
    outcome = fitted(head((65_535, 65_535)) + frame(1) + frame(2) + b";", tmp_path, 200)

    assert outcome.verdict == Verdict.REFUSED
    assert [v.name for v in outcome.violations] == ["pixel_bound"]


def test_frames_far_beyond_the_canvas_count_as_what_they_take(tmp_path):
    """A small canvas does not hide a frame that decodes to thousands of millions of pixels."""
    far = b"," + b"\xff\xff" * 2 + b"\xff\xff" * 2 + b"\0\x02\x02\x44\x01\0"
    outcome = fitted(head() + frame(1) + far + frame(2) + b";", tmp_path, 300)

    assert outcome.verdict == Verdict.REFUSED
    assert [v.name for v in outcome.violations] == ["pixel_bound"]


@pytest.mark.parametrize("between", [b"", b"\x28"])
def test_a_single_frame_far_beyond_its_canvas_is_refused_before_room_is_made(between, tmp_path):
    """A GIF of one frame is a still: no room is made for what its frame says, also where blocks are hard to tell."""
    path = tmp_path / "a.gif"
    control = b"!\xf9\x04\x09\0\0\0\0"  # cleared when its time is over: a reader prepares for it at once
    path.write_bytes(head() + control + between + b"," + b"\0\0" * 2 + b"\0\xc0" * 2 + b"\0\x02\x02\x44\x01\0;")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    outcome = check(path, route("us"), isolation="none")

    assert [v.name for v in outcome.violations] == ["pixel_bound"]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000  # kB; its pixels take 2.4 GB


@pytest.mark.parametrize("share", [0.6, 0.8, 0.97])
def test_a_truncated_last_frame_is_dropped_and_told(tmp_path, share):
    """Cut anywhere in its last frames, what is whole is sent with a warning, and ends in a trailer."""
    data = head() + b"".join(frame(seed) for seed in range(8)) + b";"
    cut = data[: int(len(data) * share)]

    outcome = fitted(cut, tmp_path, len(cut) - 50)

    assert outcome.verdict == Verdict.FITTED
    assert "salvaged" in [w.name for w in outcome.warnings]
    result = (tmp_path / "out.gif").read_bytes()
    assert result.endswith(b";")
    with Image.open(io.BytesIO(result)) as image:
        assert image.n_frames == outcome.frames >= 4


def test_a_bound_on_pixels_together_holds_for_a_fit(tmp_path):
    """Many frames of a large canvas in few bytes: refused by what they would take together."""
    small = Bounds(max_total_pixels=50_000)
    outcome = fitted(head() + b"".join(frame(seed) for seed in range(60)) + b";", tmp_path, 900, small)

    assert outcome.verdict == Verdict.REFUSED
    assert [v.name for v in outcome.violations] == ["total_pixel_bound"]


def test_a_frame_that_cannot_be_decoded_ends_a_long_animation():
    """Of ninety frames the sixth is noise: the five before it are judged and sent, and it is said."""
    target = io.BytesIO()
    first, *others = [planted.picture((160, 120), step).quantize(64) for step in range(90)]
    first.save(target, "GIF", save_all=True, append_images=others, duration=100, loop=0)
    data = bytearray(target.getvalue())
    broken = [part for part in parts(bytes(data)) if part.name == "frame"][5]
    palette = data[broken.start + 9]
    size_at = broken.start + 10 + (3 << (palette & 7) + 1 if palette & 0x80 else 0)
    data[size_at + 2 : size_at + 40] = b"\xff" * 38  # codes that were never defined

    (outcome,) = fit_many(bytes(data), [route("us", max_bytes=9_000)], options=FitOptions(allow_below_floor=True))

    assert outcome.output_sha256 is not None
    assert outcome.frames <= 6
    assert "salvaged" in {warning.name for warning in outcome.warnings}


def test_a_short_last_picture_that_its_tail_completed_is_made_anew(tmp_path):
    """A GIF that reads only as long as bytes follow its end goes out whole and clean, not as a failure."""
    greys = np.repeat(np.arange(0, 256, 85, dtype=np.uint8)[:, None], 3, axis=1)
    place = b"," + bytes(4) + bytes((6, 0, 6, 0, 0, 2))
    delayed = b"!\xf9\x04\x04\x08\0\0\0"
    whole, short = bytes.fromhex("840f11a8687da02b"), bytes.fromhex("840f112a786d9433b1")
    pictures = b"".join(delayed + place + chained(body) for body in (whole, short))
    outcome = fitted(blocks.header((6, 6), greys, 2, 0) + pictures + b";" + bytes(range(1, 60)), tmp_path, 10_000)

    assert outcome.verdict == Verdict.FITTED
    with Image.open(outcome.output) as made:
        made.seek(1)
        made.load()
