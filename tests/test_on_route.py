"""Routes of equal limits share a rendition; each outcome names its own route and who states the limits there."""

from dataclasses import replace

import pytest
from PIL import Image

from mediaprep.api import Fitter, fit_many
from mediaprep.batch.reuse import entry_of, standing
from mediaprep.limits import Fact, Limits, Route
from mediaprep.model import Confidence, KindName, Verdict
from mediaprep.options import Bounds, FitOptions


def stated(name, profile, counted_as="binary", confidence=Confidence.DERIVED):
    """Make a route whose size limit one profile states; the numbers are those of all of them."""
    fact = Fact(value=1, profile=profile, where="x.yaml:1", source=f"{profile}'s page", confidence=confidence)
    limits = Limits(
        kind=KindName.IMAGE, limit_bytes=1_000_000, target_bytes=1_000, types=("image/jpeg",), counted_as=counted_as,
        facts=(("target_bytes", fact), ("limit_bytes", fact)),
    )  # fmt: skip
    return Route(name=name, folder=name, channel="mms", limits=(limits,))


ROUTES = (stated("one", "a"), stated("two", "b", "base64", Confidence.DOC))


@pytest.fixture
def photo(tmp_path):
    """Draw a picture that both routes take, over their target."""
    path = tmp_path / "red.jpg"
    Image.new("RGB", (600, 600), "red").save(path, quality=95)
    return path


@pytest.mark.parametrize("cached", [False, True], ids=["shared", "cached"])
def test_each_outcome_names_who_states_its_limits(photo, tmp_path, cached):
    """The second route's sizes, confidence and sources are its own, whether it shared the encode or the cache."""
    kept = tmp_path / "cache" if cached else None
    if cached:
        with Fitter(ROUTES[0], isolation="none", cache=kept) as fitter:
            fitter.fit(photo)

    with Fitter(*ROUTES, isolation="none", cache=kept) as fitter:
        _, two = fitter.fit_many(photo)

    assert (two.route, two.counted_as, two.confidence) == ("two", "base64", Confidence.DOC)
    assert {(w.profile, w.source) for w in two.warnings if w.limit == "target_bytes"} == {("b", "b's page")}


def test_what_cannot_be_made_is_searched_once(photo):
    """Routes of equal limits share a failure as they share a rendition: each says it in its own name, none searches."""
    Image.effect_noise((900, 700), 120).save(photo, "JPEG", quality=95)

    one, two = fit_many(photo, ROUTES, options=FitOptions(max_bytes=700), isolation="none")

    assert {one.verdict, two.verdict} <= {"below_floor", "cannot_fit"}
    assert (one.route, two.route) == ("one", "two")
    assert one.attempts == two.attempts


def test_an_entry_of_another_route_does_not_stand(photo):
    """Its record would name the wrong route and sources, though the bytes would be the same."""
    (first, *_) = fit_many(photo, ROUTES, isolation="none")
    entry = entry_of(first, ROUTES[0], FitOptions(), Bounds(), place="", signature="s")

    assert standing(ROUTES[:1], FitOptions(), Bounds(), {"": entry}, str(photo), "s", {"one": ""}).kept
    assert standing(ROUTES[1:], FitOptions(), Bounds(), {"": entry}, str(photo), "s", {"two": ""}).routes == ROUTES[1:]


def test_what_a_tool_or_a_disk_did_is_tried_again(photo):
    """A failure says nothing about the asset; a refusal does, and stands."""
    (made, *_) = fit_many(photo, ROUTES[:1], isolation="none")
    for verdict, kept in ((Verdict.FAILED, False), (Verdict.REFUSED, True)):
        outcome = replace(made, verdict=verdict, output=None, output_sha256=None)
        entry = entry_of(outcome, ROUTES[0], FitOptions(), Bounds(), place="", signature="s")
        assert (
            bool(standing(ROUTES[:1], FitOptions(), Bounds(), {"": entry}, str(photo), "s", {"one": ""}).kept) is kept
        )
