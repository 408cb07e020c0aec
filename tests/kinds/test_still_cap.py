"""Where the eye cannot tell any more: how many looks it takes to find that quality."""

import pytest

from mediaprep.kinds import Tiles, identify
from mediaprep.kinds._still_cap import SLACK, cap_of, score_of, start
from mediaprep.kinds._still_lossy import lossy
from mediaprep.kinds._still_shape import Asked, Shape
from mediaprep.limits import Limits
from mediaprep.model import KindName
from mediaprep.options import Bounds, FitOptions
from mediaprep.storage import open_source

SIZE = (1600, 1200)
SHAPE = Shape(media_type="image/jpeg")


@pytest.fixture
def photo(samples, request):
    """A photograph opened for fitting, and what carries out its steps and counts them."""
    source = open_source(samples / getattr(request, "param", "phone_photo.jpg"), 10**9)
    kind, form = identify(source)
    steps = []

    def run(plan):
        made = None
        while True:
            try:
                step = plan.send(made)
            except StopIteration as stop:
                return stop.value
            steps.append(step)
            made = kind.encode(session, step)

    with kind.open(source, kind.probe(source, form, Bounds()), FitOptions(), Bounds()) as session:
        yield session, run, steps


# 2.5 more is out of reach since every size comes from the whole decode: the finest quality scores 89.4 there
@pytest.mark.parametrize(("missing", "looks"), [(2.0, 1), (-1.0, 1), (-3.0, 1), (-12.0, 2)])
def test_a_first_look_near_the_cap_is_enough(photo, missing, looks):
    """A quality near the one that was looked at is believed, and its tiles score what was foretold; not from afar."""
    session, run, steps = photo
    limits = Limits(kind=KindName.IMAGE)
    first = run(score_of(session, limits, SHAPE.step(SIZE, start(SHAPE))))
    limits = Limits(kind=KindName.IMAGE, cap_score=first + missing)

    cap = run(cap_of(session, limits, SIZE, SHAPE))

    assert len(steps) == looks
    assert cap.quality is not None
    seen = run(score_of(session, limits, SHAPE.step(SIZE, cap.quality)))
    assert seen == pytest.approx(limits.cap_score + SLACK / 2, abs=1.5)


def test_a_final_encode_for_one_limit_sets_the_level_for_another(photo):
    """Where the whole was encoded at nearly the same quality, its bytes are known and not foretold a second time."""
    session, run, steps = photo
    limits = Limits(kind=KindName.IMAGE)
    first, _ = run(lossy(Asked(session, limits, 2_000_000, SHAPE), SIZE))
    steps.clear()
    target = round(0.9 * first.encoded.size_bytes)

    second, _ = run(lossy(Asked(session, limits, target, SHAPE), SIZE))

    assert not [step for step in steps if step.aim == "whole"]
    assert len([step for step in steps if step.final]) == 1
    assert 0.97 * target <= second.encoded.size_bytes <= target


@pytest.mark.parametrize("photo", ["texture_photo.jpg"], indirect=True)
def test_the_cap_is_not_looked_for_where_it_is_known_to_be_out_of_reach(photo):
    """Fewer dimensions have more bits for each pixel, but the curve that chose them says what quality those buy."""
    session, run, steps = photo

    found, _ = run(lossy(Asked(session, Limits(kind=KindName.IMAGE), 200_000, SHAPE), (1600, 1065)))

    assert found.encoded.step.width < 1600
    assert [step.quality for step in steps if isinstance(step.aim, Tiles)] == [found.encoded.step.quality]
