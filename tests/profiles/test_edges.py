"""Where documents meet at their edges: two that demand, two that judge, an end of an offer, a host and its brands."""

from mediaprep.model import Confidence, KindName
from mediaprep.profiles.route import explain, resolve

WORLD = {
    "carriers/big": "regions: [us]\nsource: A\nsizes: {total: 800000}\n",
    "carriers/brand": "extends: big\n",
    "regions/us": "source: A\nsizes: {total: 500000}\n",
    "channels/mms": "source: A\n",
    "channels/sms_link": "",
}


def limits(route, kind=KindName.IMAGE):
    """Give the limits for a kind."""
    return route.limits_for(kind)


def test_of_two_least_figures_the_larger_holds(world):
    """What must be at least five for one and ten for the other must be ten."""
    profiles = world(WORLD | {
        "carriers/a": "source: A\nsizes: {total: 500000}\nvideo: {min_fps: 5}\n",
        "carriers/b": "source: A\nsizes: {total: 500000}\nvideo: {min_fps: 10}\n",
    })  # fmt: skip

    assert limits(resolve("a,b", profiles=profiles), KindName.VIDEO).min_fps == 10


def test_of_two_that_judge_as_equals_the_more_demanding_holds(world):
    """One rendition for both must look good enough for the one that asks for more."""
    profiles = world(WORLD | {
        "carriers/a": "source: A\nsizes: {total: 500000}\nscore: {floor: 30, cap: 95}\n",
        "carriers/b": "source: A\nsizes: {total: 500000}\nscore: {floor: 45}\n",
    })  # fmt: skip

    found = limits(resolve("a,b", profiles=profiles))
    assert (found.floor_score, found.cap_score) == (45, 95)


def test_what_is_refused_is_not_encoded_again(world):
    """A type that one document re-encodes and another refuses goes out on neither."""
    profiles = world(WORLD | {
        "carriers/a": "source: A\nsizes: {total: 500000}\ntypes: {deliver: [image/jpeg], reencodes: [image/png]}\n",
        "carriers/b": "source: A\nsizes: {total: 500000}\ntypes: {refuses: [image/png]}\n",
    })  # fmt: skip

    assert "image/png" not in limits(resolve("a,b", profiles=profiles)).reencoded_types
    assert "image/png" in limits(resolve("a", profiles=profiles)).reencoded_types


def test_a_brands_own_cell_comes_before_its_hosts(world):
    """The smaller figure for the host's name says nothing where the brand has one of its own."""
    text = "source: A\ncarriers: {brand: {any: 900000}, big: {any: 300000}}\n"
    profiles = world(WORLD | {"providers/brands": text})

    assert limits(resolve("brand", via="brands", profiles=profiles)).size_rules[0].stated == 900_000
    assert limits(resolve("big", via="brands", profiles=profiles)).size_rules[0].stated == 300_000


def test_an_offer_ends_with_the_day_that_is_named(world):
    """`until` is the first day without it."""
    offer = 'availability: [{channel: mms, available: false, since: "2024-01-01", until: "2024-03-01"}]\n'
    profiles = world(WORLD | {"carriers/pause": f"source: A\nsizes: {{total: 500000}}\n{offer}"})

    assert not resolve("pause", profiles=profiles, today="2024-02-29").available
    assert resolve("pause", profiles=profiles, today="2024-03-01").available


def test_what_phones_may_send_is_held_against_the_whole_message(world):
    """A limit on media that fits into their figure by less than the message's own bytes is above it."""
    phones = 'plmns:\n  "31005":\n    - {carrier: big, max_message_bytes: 500000, source: P, seen: "2026-01"}\n'
    edge = "source: A\nplmns: ['31005']\nsizes: {total: %d}\n"
    for total, told in ((500_000, False), (501_000, True)):
        profiles = world(WORLD | {"handsets/310": phones.replace("big", "edge"), "carriers/edge": edge % total})
        warnings = [w.name for w in resolve("edge", profiles=profiles).warnings]
        assert ("above_handset_limit" in warnings) is told


def test_a_code_of_a_host_and_its_brands_leads_to_the_host(world):
    """Not to whichever name comes first."""
    profiles = world(WORLD | {
        "carriers/zhost": "source: A\nplmns: ['31007']\nsizes: {total: 500000}\n",
        "carriers/abrand": "extends: zhost\nplmns: ['31007']\n",
    })  # fmt: skip

    (found,) = explain("plmn:31007", via=None, sender=None, max_bytes=None, profiles=profiles).destinations
    assert found.target.file.name == "zhost"


def test_a_route_is_trusted_as_far_as_its_weakest_limit(world):
    """One kind's figure out of hearsay makes the whole route hearsay."""
    text = "source: B\nsizes: {total: 500000, kinds: {video: {hard: {value: 100000, source: A}}}}\n"
    profiles = world(WORLD | {"carriers/mixed": text})

    route = resolve("mixed", profiles=profiles)
    assert limits(route).fact("limit_bytes").confidence is Confidence.DOC
    assert limits(route, KindName.VIDEO).fact("limit_bytes").confidence is Confidence.AGGREGATOR
    assert route.confidence is Confidence.AGGREGATOR
