"""What first turns tell of a clip: arithmetic on what encoders say, and one that is run."""

from dataclasses import replace
from pathlib import Path

import pytest

from mediaprep.encoders import FirstTurn, Picturing
from mediaprep.errors import ToolError
from mediaprep.kinds import Step, identify
from mediaprep.kinds._video_ladder import slope
from mediaprep.kinds._video_turns import TurnKey, Turns
from mediaprep.options import Bounds, FitOptions
from mediaprep.plugins import load
from mediaprep.storage import open_source

SAMPLES = Path(__file__).resolve().parents[2] / "samples"

HOW = Picturing(width=640, height=360, fps=25.0, bit_rate_bps=400_000, effort="fast", profile="main", b_frames=True)
STEP = Step(
    encoder="mp4_h264_aac", media_type="video/mp4", quality=400.0, width=640, height=360, fps=25.0, picturing=HOW,
    aim="sample",
)  # fmt: skip


def frame_size(path):
    """Read the dimensions of a clip."""
    source = open_source(path, 10**9)
    kind, form = identify(source)
    info = kind.probe(source, form, Bounds())
    return info.width, info.height


def turn(quantiser, bits=4_000_000):
    """Give a turn of 250 frames."""
    return FirstTurn(frames=250, bits=bits, quantiser=quantiser)


def test_smaller_frames_stand_for_whole_ones_as_those_of_most_clips():
    """Half the lines take a finer quantiser at the same bits; what whole frames would take is foretold."""
    turns = Turns()
    assert turns.quantiser(STEP) is None

    turns.add(STEP, turn(25.0), whole=False)

    assert turns.quantiser(STEP) == pytest.approx(25.0 + load("encoders", "mp4_h264_aac").halving)
    assert not turns.looked_whole(STEP)


def test_what_whole_frames_told_counts_for_every_rung_of_the_clip():
    """Whole frames are believed, and other dimensions are moved by as much as these were off."""
    other = replace(STEP, width=426, height=240)
    turns = Turns()
    turns.add(STEP, turn(25.0), whole=False)
    turns.add(STEP, turn(36.0), whole=True)
    turns.add(other, turn(22.0), whole=False)

    assert turns.quantiser(STEP) == pytest.approx(36.0)
    assert turns.quantiser(other) == pytest.approx(22.0 + 11.0)
    assert turns.looked_whole(STEP)


def test_looks_at_two_sizes_tell_the_slope_of_a_clip():
    """Whole frames have four times the pixels of half the lines: half of the difference for every doubling."""
    turns = Turns()
    turns.add(STEP, turn(25.0), whole=False)
    assert turns.per_octave(STEP) is None

    turns.add(STEP, turn(36.0, bits=8_000_000), whole=True)

    assert turns.per_octave(STEP) == pytest.approx((36.0 + 6.0 - 25.0) / 2)
    assert turns.per_octave(replace(STEP, width=426, height=240)) is None


def test_a_rung_without_a_turn_of_its_own_follows_the_nearest_that_had_one():
    """Twice the pixels at one rate are coded 4 steps coarser, or as much as two looks at the clip told."""
    turns = Turns()
    turns.add(STEP, turn(30.0), whole=True)
    turns.add(replace(STEP, width=320, height=180), turn(10.0), whole=True)
    double = replace(STEP, width=1280)

    assert turns.quantiser(double) == pytest.approx(30.0 + 4.0)
    assert turns.quantiser(replace(double, fps=12.5)) is None

    turns.add(STEP, turn(16.0), whole=False)

    assert turns.quantiser(double) == pytest.approx(30.0 + slope(7.0, 30.0))


def test_statistics_serve_a_rung_of_nearly_as_many_pixels_and_no_other():
    """One first turn for two clips of neighbouring dimensions; a third of the pixels gets one of its own."""
    source = open_source(SAMPLES / "film_clip.mp4", 10**9)
    kind, form = identify(source)
    near, far = (replace(STEP, picturing=replace(HOW, width=w, height=h), width=w, height=h, aim="final")
                 for w, h in ((568, 320), (320, 180)))  # fmt: skip
    with kind.open(source, kind.probe(source, form, Bounds()), FitOptions(trim="0:1"), Bounds()) as session:

        def turns():
            return len(list(session.folder.glob("*.statistics-0.log")))

        session.encode(STEP)
        made = session.encode(near)

        assert turns() == 1
        assert 0.8 < made.size_bytes / (400_000 / 8) < 1.1
        assert frame_size(made.path) == (568, 320)
        assert session.score(made, 1280) < session.score(session.encode(replace(STEP, aim="final")), 1280) + 5

        session.encode(far)

        assert turns() == 2


MIXED = (
    {"effort": "balanced"},
    {"profile": "baseline", "b_frames": False},
)
"""What differs from STEP's turn in what x264 compares: weighted frames, frames that refer to later ones."""


def opened():
    """Open a second of film for fitting."""
    source = open_source(SAMPLES / "film_clip.mp4", 10**9)
    kind, form = identify(source)
    return kind.open(source, kind.probe(source, form, Bounds()), FitOptions(trim="0:1"), Bounds())


def near(**other):
    """Ask for a clip of nearly as many pixels, coded otherwise."""
    how = replace(HOW, width=568, height=320, **other)
    return replace(STEP, picturing=how, width=568, height=320, aim="final")


@pytest.mark.parametrize("other", MIXED)
def test_statistics_of_another_effort_or_profile_are_not_lent(other):
    """What x264 would not mix gets a turn of its own, at nearly the same dimensions and at the same."""
    with opened() as session:
        session.encode(STEP)

        for step in (near(**other), replace(STEP, picturing=replace(HOW, **other), aim="final")):
            made = session.encode(step)

            assert made.path is not None
            assert 0.8 < made.size_bytes / (400_000 / 8) < 1.1


@pytest.mark.parametrize("other", MIXED)
def test_what_another_effort_or_profile_told_is_left_out(other):
    """A coarser way to code takes a coarser quantiser: neither it nor the slope beside it is another's."""
    turns = Turns()
    turns.add(STEP, turn(25.0), whole=False)
    otherwise = replace(STEP, picturing=replace(HOW, **other))
    turns.add(otherwise, turn(36.0), whole=True)

    assert not turns.looked_whole(STEP)
    assert turns.per_octave(STEP) is None
    assert turns.quantiser(STEP) == pytest.approx(25.0 + load("encoders", "mp4_h264_aac").halving)
    assert turns.quantiser(otherwise) == pytest.approx(36.0)


def test_statistics_of_a_balanced_turn_serve_a_brisk_encode():
    """Both are looked at alike, so that one first turn is enough."""
    with opened() as session:
        session.encode(replace(STEP, picturing=replace(HOW, effort="balanced")))
        made = session.encode(near(effort="brisk"))

        assert made.path is not None
        assert len(list(session.folder.glob("*.statistics-0.log"))) == 1


def test_that_x264_refuses_statistics_is_not_taken_for_a_rate_that_is_too_low(monkeypatch):
    """Were statistics lent all the same, that is told as the defect it is, and no size is made of it."""
    monkeypatch.setattr(TurnKey, "like", lambda *_: True)
    with opened() as session:
        session.encode(STEP)

        with pytest.raises(ToolError, match="than first pass"):
            session.encode(near(effort="balanced"))


def test_a_turn_that_leaves_its_bits_unused_is_fine_whatever_the_frames():
    """Slides take less than half of what they are given: that is told as a fine quantiser, not as a coarse one."""
    turns = Turns()
    turns.add(STEP, turn(30.0, bits=1_000_000), whole=False)

    assert turns.quantiser(STEP) <= 20.0


def test_the_first_turn_looks_at_half_the_lines_and_whole_ones_when_asked():
    """The statistics' own header says how large the frames were; a second look leaves the first one."""
    source = open_source(SAMPLES / "film_clip.mp4", 10**9)
    kind, form = identify(source)
    with kind.open(source, kind.probe(source, form, Bounds()), FitOptions(trim="0:1"), Bounds()) as session:
        session.encode(STEP)
        smaller = session.quantiser(STEP)
        session.encode(replace(STEP, picturing=replace(HOW, whole=True)))
        seen = [path.read_text()[:60] for path in sorted(session.folder.glob("*.statistics-0.log"))]

        assert sorted(text.split()[1] for text in seen) == ["320x180", "640x360"]
        assert session.quantiser(STEP) != smaller
        assert session.encode(replace(STEP, aim="final")).size_bytes > 0


def test_bits_of_another_route_are_not_bits_left_unused():
    """A turn that spent what it was given foretells four times the rate by two halvings: no idle clip is seen in it."""
    turns = Turns()
    turns.add(STEP, turn(40.0), whole=True)
    richer = replace(STEP, picturing=replace(HOW, bit_rate_bps=1_600_000))

    assert turns.quantiser(richer) == pytest.approx(40.0 - 12.0)
