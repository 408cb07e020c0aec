"""Values that come back from a worker: ours and plain ones, and nothing that could act."""

import json
import os
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaprep import border
from mediaprep.errors import AssetError, ProfileError, RouteError, ToolError, UsageError
from mediaprep.job import AssetStarted, AttemptMade, Bundle, Job, OutcomeReady, Shared
from mediaprep.limits import Fact, Limits, Route
from mediaprep.model import Attempt, Confidence, KindName, MediaInfo, Outcome, Treatment, Verdict, finding

OUTCOME = Outcome(
    asset="b\udce4d.jpg",
    route="att",
    verdict=Verdict.FITTED,
    kind=KindName.IMAGE,
    treatment=Treatment.TRANSCODE,
    source=MediaInfo(kind=KindName.IMAGE, media_type="image/jpeg", suffix="jpg", size_bytes=3, gps=True),
    violations=(finding("over_limit", "too big", allowed=1, actual=2.5, limit="limit_bytes"),),
    attempts=(Attempt(media_type="image/jpeg", size_bytes=10, quality=71.25),),
    confidence=Confidence.DOC,
    score=0.1 + 0.2,
)

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=20,
)


def crossed(value):
    """Send a value through a frame."""
    packed = border.frame(border.EVENT, value)
    assert border.HEADER.unpack(packed[:5]) == (border.EVENT, len(packed) - 5)
    return border.value_of(packed[5:])


@given(plain)
def test_plain_values_cross_unchanged(value):
    """Containers and scalars arrive as they left, tuples as tuples, numbers exact."""
    arrived = crossed(value)

    assert arrived == value
    assert repr(arrived) == repr(value)


def test_sets_cross_as_sets():
    """A set arrives as a frozen one."""
    assert crossed({"a", 1}) == frozenset({"a", 1})


@pytest.mark.parametrize(
    "value",
    [
        OUTCOME,
        OutcomeReady(outcome=OUTCOME),
        AssetStarted(asset="x"),
        AttemptMade(asset="x", route="us", attempt=OUTCOME.attempts[0]),
        Limits(kind=KindName.VIDEO, facts=(("limit_bytes", Fact(value=1, profile="att", where="a.b")),)),
        Job(
            asset="x", path=Path("/a/b"), routes=(Route(name="us", folder="us", channel="mms", limits=()),), mode="fit"
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_our_values_cross_unchanged(value):
    """Outcomes, events, limits and jobs arrive equal, names that are not text included."""
    assert crossed(value) == value


def test_bytes_of_an_outcome_stay_behind():
    """A rendition's bytes never cross inside its outcome."""
    outcome = Outcome(asset="a", route="us", verdict=Verdict.FITS, data=b"secret")

    assert crossed(outcome).data is None
    assert b"secret" not in border.frame(border.RESULT, outcome)


@pytest.mark.parametrize(
    "error",
    [
        AssetError("pixel_bound", "too many", allowed=1, actual=2),
        AssetError("unsupported", "in no known character set", remedy="Save it as UTF-8."),
        ToolError("disk", "full"),
        ProfileError(["a:1:1: x", "b:2:2: y"]),
        RouteError("no such route"),
        UsageError("no"),
    ],
    ids=lambda error: f"{type(error).__name__}-{getattr(error, 'code', '')}",
)
def test_errors_cross_with_all_they_carry(error):
    """Class, code, text, figures and remedy of an error survive."""
    body = border.frame(border.ERROR, (True, border.error_value(error)))[5:]

    value, arrived, retire = border.answer_of(border.ERROR, body)

    assert (value, retire, type(arrived), str(arrived)) == (None, True, type(error), str(error))
    assert vars(arrived) == vars(error)


class _Evil:
    def __reduce__(self):
        return os.system, ("exit 1",)


@pytest.mark.parametrize(
    "body",
    [
        pickle.dumps(_Evil()),
        pickle.dumps(_Evil(), protocol=0),
        json.dumps({"os.system": "exit 1"}).encode(),
        json.dumps({"system": {"command": "exit 1"}}).encode(),
        json.dumps({"Outcome": {"asset": "a", "route": "b", "verdict": {"Verdict": "splendid"}}}).encode(),
        json.dumps({"Outcome": {"asset": "a", "route": "b", "verdict": "fits", "__class__": "x"}}).encode(),
        json.dumps({"Verdict": "fits", "Outcome": {}}).encode(),
        json.dumps({"$path": ["/etc", "passwd"]}).encode(),
        json.dumps({"Outcome": {"asset": "a", "route": "b", "verdict": "fits"}}).encode(),
        json.dumps(
            {"Outcome": {"asset": "a", "route": "b", "verdict": {"Verdict": "fits"}, "size_bytes": "9"}}
        ).encode(),
        json.dumps({"Attempt": {"media_type": "image/jpeg", "size_bytes": True}}).encode(),
        json.dumps({"Shared": {"outcomes": [[]]}}).encode(),
        b"[" * 100_000 + b"]" * 100_000,
        b"1" * 10_000,
        b"\xff\xfe",
        b"",
    ],
    ids=range(16),
)
def test_forged_answers_are_refused(body):
    """Pickles, calls, unknown classes and broken nesting are refused, and nothing is run."""
    with pytest.raises(border.Forged):
        border.value_of(body)


@pytest.mark.parametrize(
    ("letter", "value"),
    [
        (border.RESULT, None),
        (border.RESULT, (1, 2)),
        (border.ERROR, (True, "text")),
        (border.ERROR, (True, ("asset", "no_such_code", "text", None, None, None))),
        (border.ERROR, (True, ("asset", "unsupported", "text", None, None, ("no", "text")))),
        (b"?", (True, 1)),
    ],
)
def test_answers_of_the_wrong_form_are_refused(letter, value):
    """An answer that is neither a result nor a known error counts as forged."""
    with pytest.raises(border.Forged):
        border.answer_of(letter, border.frame(letter, value)[5:])


def test_an_answer_is_what_its_function_returns():
    """One outcome for each route of the job, or of each job of a bundle: no fewer, and nothing else."""
    route = Route(name="us", folder="us", channel="mms", limits=())
    job = Job(asset="x", path=Path("/a"), routes=(route, route), mode="fit")
    run, together = "mediaprep.pipeline:run", "mediaprep.together:fit_together"

    assert border.honest(run, (job, 1), (OUTCOME, OUTCOME))
    assert not any(border.honest(run, (job,), value) for value in ((OUTCOME,), [OUTCOME, OUTCOME], None, (1, 2)))
    bundle = Bundle(jobs=(job,))
    assert border.honest(together, (bundle,), Shared(outcomes=(OUTCOME,)))
    assert not any(border.honest(together, (bundle,), value) for value in (Shared(outcomes=()), (OUTCOME,), None))


@pytest.mark.parametrize("value", [1, None, OUTCOME, (AssetStarted(asset="x"),)])
def test_events_are_events(value):
    """A value of another sort in an event's place is refused, not handed to whoever listens."""
    with pytest.raises(border.Forged):
        border.event_of(border.packed(value))


@given(st.binary())
def test_no_bytes_do_more_than_be_refused(body):
    """Whatever a worker sends is a value or Forged, never another exception."""
    try:
        border.value_of(body)
    except border.Forged:
        return


def test_values_of_other_classes_do_not_leave():
    """What is not ours is refused at the sender, by name."""
    with pytest.raises(TypeError, match=r"test_border\._Evil"):
        border.frame(border.RESULT, _Evil())
