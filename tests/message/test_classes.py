"""Several routes of one message: made once for each set of limits, and who takes less is told what reaches them."""

from dataclasses import replace
from pathlib import Path

import pytest

from mediaprep import api
from mediaprep.limits import Conflict, Fact
from mediaprep.message import Draft, Wish
from mediaprep.message.classes import DEFAULT_PHONE_BYTES, limit_class
from mediaprep.message.fitting import _giving_way
from mediaprep.model import Outcome, Verdict

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
DRAFT = Draft(
    name="test", parts=(Wish(asset="phone_photo.jpg", path=SAMPLES / "phone_photo.jpg"),),
    text="Sale. Reply STOP to opt out.", fallback_link="https://shop.example/s",
)  # fmt: skip


@pytest.fixture(scope="module")
def several(tmp_path_factory):
    """A message on two routes of equal limits, one smaller one, and one where MMS has ended."""
    routes = [api.route(name) for name in ("us", "intl", "vodafone_de")]
    routes.insert(1, replace(routes[0], name="twin", folder="twin"))
    out = tmp_path_factory.mktemp("out")
    return api.fit_messages(DRAFT, routes, out, isolation="none"), out


def test_routes_of_equal_limits_share_what_was_made_once(several):
    """The twin has the very same renditions, in a folder of its own, and both say so."""
    (first, twin, *_), out = several
    assert (first.shared_with, twin.shared_with) == (("twin",), ("us",))
    assert first.parts[0].output_sha256 == twin.parts[0].output_sha256
    assert first.parts[0].elapsed_s == twin.parts[0].elapsed_s
    assert (out / "us" / "message.mime").read_bytes() == (out / "twin" / "message.mime").read_bytes()
    assert twin.parts[0].route == "twin"


def test_a_smaller_route_gets_its_own_message(several):
    """The larger message names it with its limit, and the bytes and score of what it gets."""
    (first, _, intl, _), _ = several
    (said,) = [each for each in first.smaller if each.who == "intl"]
    assert (said.gets, said.limit_bytes) == ("message", intl.limit_bytes)
    assert f"{intl.size_bytes:,} bytes" in said.why


def test_where_nothing_can_be_sent_the_fallback_is_planned(several):
    """The text with its link and segments stands in the plan of every larger message."""
    (first, _, _, ended), _ = several
    (said,) = [each for each in first.smaller if each.who == "vodafone_de"]
    assert (said.gets, said.channel, said.segments, said.encoding) == ("fallback", "sms_link", 1, "gsm7")
    assert said.text.endswith("https://shop.example/s")
    assert ended.verdict == Verdict.CANNOT_FIT


def test_phones_of_unknown_carriers_are_thought_of(several):
    """A message over Android's default says so, with the source; one under it does not."""
    (first, _, intl, _), _ = several
    said = [each for each in first.smaller if each.limit_bytes == DEFAULT_PHONE_BYTES]
    assert bool(said) == (first.size_bytes > DEFAULT_PHONE_BYTES)
    assert all(each.source for each in said)
    assert not [each for each in intl.smaller if each.who.startswith("phones")]


def test_a_class_is_what_a_message_depends_on():
    """Names, sources and hosting do not part routes; numbers, parts and availability do."""
    route = api.route("us")
    assert limit_class(replace(route, name="x", provider="y", profiles_digest="z")) == limit_class(route)
    fact = Fact(value=3, profile="t", where="parts.max", conflicts=(Conflict(value=4, source="s"),))
    assert limit_class(replace(route, facts=(*route.facts, ("parts.max", fact)))) != limit_class(route)
    assert limit_class(replace(route, facts=(*route.facts, ("hosting.mode", fact)))) == limit_class(route)
    assert limit_class(replace(route, available=False)) != limit_class(route)


def test_a_part_that_gives_way_is_named():
    """Visibly worse, and far behind the best: said. All alike, or all good: not."""

    def parts(*scores):
        return [Outcome(asset=f"{s}", route="r", verdict=Verdict.FITTED, score=s, size_bytes=1) for s in scores]

    (found,) = _giving_way(parts(45.0, 80.0), api.route("us"))
    assert (found.name, found.severity) == ("part_gives_way", "warning")
    assert (
        list(_giving_way(parts(45.0, 50.0), api.route("us")))
        == list(_giving_way(parts(65.0, 90.0), api.route("us")))
        == []
    )
