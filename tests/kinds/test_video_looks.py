"""How often a clip is looked at before its dimensions are chosen, run on real clips."""

from pathlib import Path

import pytest

from mediaprep.kinds import _video_plan as planning
from mediaprep.kinds import identify
from mediaprep.limits import Limits
from mediaprep.model import KindName
from mediaprep.options import Bounds, FitOptions
from mediaprep.storage import open_source

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


def steps_of(name, *limits_bytes, trim="0:2"):
    """Carry out the plans for the first seconds of a sample, in one session; gives the last one's steps of pictures."""
    source = open_source(SAMPLES / name, 10**9)
    kind, form = identify(source)
    with kind.open(source, kind.probe(source, form, Bounds()), FitOptions(trim=trim), Bounds()) as session:
        for limit_bytes in limits_bytes:
            limits = Limits(
                kind=KindName.VIDEO, limit_bytes=limit_bytes, types=("video/mp4",), video_codecs=("h264",),
                max_level=3.1,
            )  # fmt: skip
            steps = _carried_out(planning.plan(session, limits), session)
    return [step for step in steps if step.picturing is not None]


def _carried_out(plan, session):
    steps, made = [], None
    while True:
        try:
            step = plan.send(made)
        except StopIteration:
            return steps
        steps.append(step)
        made = session.encode(step)


@pytest.mark.parametrize("limit_bytes", [20_000, 45_000])
def test_a_clip_that_is_coded_coarsely_is_looked_at_twice_and_made_smaller(limit_bytes):
    """Whole frames of large pictures, smaller dimensions of small ones: what they tell chooses fewer pixels."""
    first, second, *_, last = steps_of("film_clip.mp4", limit_bytes)

    assert not first.final
    assert not second.final
    assert second.picturing.whole or second.width < first.width
    assert last.final
    assert last.width < first.width


def test_a_clip_with_bits_enough_is_looked_at_once():
    """One first turn, whose statistics the second takes."""
    first, second, *_ = steps_of("film_clip.mp4", 300_000)

    assert not first.final
    assert second.final
    assert (first.width, first.height) == (second.width, second.height)


def test_a_second_look_is_saved_where_no_answer_would_change_the_dimensions():
    """A street at 40 KB a second is coded coarsely, and kept as large as it is even if it were coded more so."""
    first, second, *_ = steps_of("city_clip.mp4", 170_000, trim="0:4")

    assert not first.final
    assert second.final
    assert (first.width, first.height) == (second.width, second.height)


@pytest.mark.slow
def test_a_second_limit_that_is_nearly_the_same_has_the_dimensions_of_the_first():
    """What a route's second look told of a clip serves the routes after it."""
    (first, _, *_, alone) = steps_of("film_clip.mp4", 60_000, trim="0:1")
    *looks, after = steps_of("film_clip.mp4", 60_000, 59_000, trim="0:1")

    assert alone.width < first.width
    assert (after.width, after.height) == (alone.width, alone.height)
    assert not any(look.picturing.whole for look in looks)


def test_a_clip_too_long_for_any_rate_is_told_before_its_sound_is_decoded():
    """Under 5 kb/s for picture and sound together nothing can be recognised: no step is asked for."""
    source = open_source(SAMPLES / "film_clip.mp4", 10**9)
    kind, form = identify(source)
    limits = Limits(kind=KindName.VIDEO, limit_bytes=2_000, types=("video/mp4",), video_codecs=("h264",))
    info = kind.probe(source, form, Bounds())
    with kind.open(source, info, FitOptions(), Bounds()) as session, pytest.raises(StopIteration) as end:
        next(planning.plan(session, limits))
    assert end.value.value.encoded is None
