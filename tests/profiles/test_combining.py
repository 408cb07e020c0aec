"""How documents combine: senders, providers' cells, sizes and their bases, lists, permissions, hearsay."""

import pytest

from mediaprep.model import Confidence, Consequence, KindName
from mediaprep.profiles.route import resolve
from mediaprep.profiles.sizes import media_bytes

CARRIER = """\
countries: [us]
regions: [us]
source: A
sizes: {total: {hard: 800000, target: 700000}}
senders:
  long_code: {sizes: {total: {hard: 600000, target: 550000}}}
  toll_free: {sizes: {total: 525000}, types: {deliver: [image/jpeg]}}
"""
WORLD = {
    "carriers/big": CARRIER,
    "carriers/brand": "extends: big\n",
    "regions/us": "countries: [us]\nsource: A\nsizes: {total: 500000}\n",
    "channels/mms": "source: A\n",
    "channels/sms_link": "",
    "providers/one": """\
source: A
sizes: {ingest: {kinds: {image: 2000000}}}
carriers:
  big: {toll_free: {hard: {value: 750000, source: B}}, long_code: 675000}
oversize: {provider: {action: rejected}, carrier: {action: dropped}}
""",
    "providers/two": "source: A\ncarriers: {big: {toll_free: 525000, short_code: 1200000}}\n",
    "providers/none": "source: A\n",
    "providers/all": "source: A\ncarriers: {big: {any: 900000}}\n",
}


def image(route):
    """Give the limits for stills."""
    return route.limits_for(KindName.IMAGE)


def stated(route):
    """Give the size that decides, as its source states it."""
    return image(route).size_rules[0].stated


def test_a_senders_entry_replaces_the_base(world):
    """A sender's size replaces the general one whole: its target goes too."""
    profiles = world(WORLD)
    assert stated(resolve("big", sender="long_code", profiles=profiles)) == 600_000
    toll_free = image(resolve("big", sender="toll_free", profiles=profiles))
    assert (toll_free.limit_bytes, toll_free.target_bytes) == (525_000 - 2048, 525_000 - 2048)
    assert toll_free.types == ("image/jpeg",)
    assert toll_free.fact("limit_bytes").where == "senders.toll_free.sizes.total"


def test_without_a_sender_the_smallest_of_the_known_holds(world):
    """No sender: good for all of them."""
    assert stated(resolve("big", profiles=world(WORLD))) == 525_000


def test_a_sender_of_which_nothing_is_known_takes_the_base(world):
    """A sender without entries of its own has the base's; without a base, the smallest over the others."""
    assert stated(resolve("big", sender="short_code", profiles=world(WORLD))) == 800_000
    only = {
        "carriers/some": "source: A\nsenders: {toll_free: {sizes: {total: 5000}}, long_code: {sizes: {total: 6000}}}\n"
    }
    assert stated(resolve("some", sender="short_code", profiles=world(WORLD | only))) == 5000


def test_an_exact_cell_replaces_the_carriers_figure(world):
    """With a provider its own figure for the carrier and sender holds, even when it is larger."""
    route = resolve("big", via="one", sender="toll_free", profiles=world(WORLD))
    assert stated(route) == 750_000
    fact = image(route).fact("limit_bytes")
    assert (fact.profile, fact.where, fact.source) == ("one", "carriers.big.toll_free.hard", "Old page [B]")
    assert fact.consequence is Consequence.DROPPED
    assert image(route).target_bytes == 750_000 - 2048


def test_without_a_cell_the_smallest_of_the_others_holds_and_is_derived(world):
    """A provider that says nothing about the carrier: the smallest of the other providers' cells, marked."""
    route = resolve("big", via="none", sender="toll_free", profiles=world(WORLD))
    assert stated(route) == 525_000
    fact = image(route).fact("limit_bytes")
    assert (fact.profile, fact.confidence) == ("two", Confidence.DERIVED)
    assert [warning.name for warning in route.warnings] == ["derived_limit"]


def test_a_cell_for_any_sender_holds_for_each(world):
    """`any` is a cell for every sender."""
    assert stated(resolve("big", via="all", sender="toll_free", profiles=world(WORLD))) == 900_000
    assert stated(resolve("big", via="all", profiles=world(WORLD))) == 900_000


def test_cells_without_a_sender_take_the_smallest(world):
    """Without a sender the provider's smallest cell for the carrier holds."""
    assert stated(resolve("big", via="one", profiles=world(WORLD))) == 675_000


def test_a_brand_takes_its_hosts_cell(world):
    """A brand on another's network has its host's figures, cells included."""
    profiles = world(WORLD)
    assert stated(resolve("brand", sender="toll_free", profiles=profiles)) == 525_000
    assert stated(resolve("brand", via="one", sender="toll_free", profiles=profiles)) == 750_000


def test_a_region_keeps_its_value_and_minds_small_cells(world):
    """A region's value holds with any provider, and a smaller cell for one of its carriers narrows it."""
    profiles = world(WORLD | {"providers/tiny": "source: A\ncarriers: {big: {any: 300000}}\n"})
    assert stated(resolve("us", via="one", profiles=profiles)) == 500_000
    assert stated(resolve("us", via="tiny", profiles=profiles)) == 300_000


def test_a_childs_entry_replaces_its_parents_for_every_sender(world):
    """What a child states holds for all its senders, also where the parent had one of its own."""
    files = WORLD | {"carriers/child": "extends: big\nsource: B\nsizes: {total: 400000}\n"}
    for sender in (None, "toll_free", "long_code"):
        assert stated(resolve("child", sender=sender, profiles=world(files))) == 400_000


def test_a_users_profile_may_change_one_figure_of_ours(world):
    """A user's profile that extends its own name keeps the rest of ours; without extends it replaces all."""
    changed = "extends: big\nsource: own\nsenders: {toll_free: {sizes: {total: 480000}}}\n"
    profiles = world(WORLD, own={"carriers/big": changed})
    assert stated(resolve("big", sender="toll_free", profiles=profiles)) == 480_000
    assert stated(resolve("big", sender="long_code", profiles=profiles)) == 600_000
    assert image(resolve("big", sender="toll_free", profiles=profiles)).fact("limit_bytes").confidence is Confidence.OWN
    assert any("replaces the shipped profile 'big'" in note for note in profiles.notes)


def test_ingest_limits_bound_but_are_no_target(world):
    """What the provider's API accepts is a rule of its own stage, with its own consequence."""
    rules = image(resolve("big", via="one", sender="toll_free", profiles=world(WORLD))).size_rules
    ingest = [rule for rule in rules if rule.stage == "ingest"]
    assert [(rule.scope, rule.stated, rule.allowed_bytes) for rule in ingest] == [("kind", 2_000_000, 2_000_000)]
    assert ingest[0].fact.consequence is Consequence.REJECTED


def test_what_an_api_accepts_sets_no_target_and_hearsay_of_it_no_limit(world):
    """Less than the API takes is aimed at only for those who deliver; a rumour of what it takes decides nothing."""
    files = {
        "providers/careful": "source: A\nsizes: {ingest: {total: {hard: 2000000, target: 90000}}}\n",
        "providers/rumour": "sizes: {ingest: {total: {hard: {value: 90000, source: H}}}}\n",
    }
    profiles = world(WORLD | files)
    sizes = {
        name: (limits.limit_bytes, limits.target_bytes)
        for name in ("none", "careful", "rumour")
        for limits in [image(resolve("big", via=name, sender="long_code", profiles=profiles))]
    }
    assert sizes["careful"] == sizes["rumour"] == sizes["none"] == (675_000 - 2048, 675_000 - 2048)


def test_a_cell_of_the_sender_goes_before_the_cell_of_any(world):
    """Also where it is the larger one: `any` is for those that have none of their own."""
    files = WORLD | {"providers/mixed": "source: A\ncarriers: {big: {any: 300000, toll_free: 750000}}\n"}
    profiles = world(files)
    assert stated(resolve("big", via="mixed", sender="toll_free", profiles=profiles)) == 750_000
    assert stated(resolve("big", via="mixed", sender="long_code", profiles=profiles)) == 300_000


def test_hearsay_sets_a_target_and_never_a_limit(world):
    """A third party's figure lowers what is aimed at; the limit stays the carrier's."""
    files = WORLD | {"providers/rumour": "sizes: {total: {hard: {value: 100000, source: H}}}\n"}
    route = resolve("big", via="rumour", sender="long_code", profiles=world(files))
    assert image(route).limit_bytes > 500_000
    assert image(route).target_bytes == 100_000 - 2048
    assert image(route).fact("target_bytes").confidence is Confidence.THIRD_PARTY


def test_a_cell_of_hearsay_does_not_replace_a_figure(world):
    """A rumoured cell leaves the carrier's own figure in force and becomes the target if it is smaller."""
    files = {**WORLD, "providers/rumour": "carriers: {lone: {any: {hard: {value: 300000, source: H}}}}\n"}
    files["carriers/lone"] = "source: A\nsizes: {total: 400000}\n"
    route = resolve("lone", via="rumour", profiles=world(files))
    assert (image(route).limit_bytes, image(route).target_bytes) == (400_000 - 2048, 300_000 - 2048)


def test_total_part_and_kind_all_hold(world):
    """The budget of a lone asset is the smallest of per kind, per part and total less its overhead."""
    text = "source: A\nsizes: {overhead: 1000, total: 100000, part: 99500, kinds: {video: 60000, image: 99600}}\n"
    route = resolve("three", profiles=world(WORLD | {"carriers/three": text}))
    assert image(route).limit_bytes == 99_000
    assert route.limits_for(KindName.VIDEO).limit_bytes == 60_000
    assert [rule.scope for rule in image(route).size_rules] == ["total", "part", "kind"]
    assert route.limits_for(KindName.ANIMATION).size_rules[2].stated == 99_600


@pytest.mark.parametrize(
    ("basis", "scope", "stated_bytes", "allowed"),
    [
        ("binary", "total", 600_000, 597_952),
        ("binary", "part", 600_000, 600_000),
        ("base64", "part", 1_000_000, 750_000),
        ("base64", "total", 1_000_000, 748_464),
        ("base64_lines", "part", 2_097_152, 1_532_534),
        ("base64_characters", "part", 999_999, 749_997),
        ("payload", "part", 1_000_000, 997_952),
        ("binary", "total", 2048, 0),
        ("base64", "total", 100, 0),
    ],
)
def test_sizes_become_media_bytes(basis, scope, stated_bytes, allowed):
    """Each basis is undone and floored, the overhead taken off totals; nothing goes below zero.

    999,999 characters of base64 hold 249,999 whole groups of four, so 749,997 bytes: 749,998 bytes take
    1,000,000 characters with their padding.
    """
    assert media_bytes(stated_bytes, basis, scope, 2048) == allowed


def test_of_several_possible_bases_the_worst_rules(world):
    """Where a source does not say what it counts, the reading that leaves least holds."""
    text = "source: A\nsizes: {basis: [binary, base64_lines], part: 780000}\n"
    limits = image(resolve("unsure", profiles=world(WORLD | {"carriers/unsure": text})))
    assert (limits.limit_bytes, limits.counted_as) == (570_000, "base64_lines")


def test_types_are_what_all_take_in_the_carriers_order(world):
    """Lists intersect in the carrier's order; refusals and a provider's second encoding are kept apart."""
    files = WORLD | {
        "carriers/c1": """\
source: A
sizes: {total: 9000}
types: {deliver: [image/png, image/jpeg, video/3gp, image/gif]}
""",
        "providers/p1": """\
source: A
types: {reencodes: [image/jpg], passes: [image/gif, image/png, video/3gpp, audio/mp3], refuses: [image/png]}
""",
    }
    route = resolve("c1", via="p1", profiles=world(files))
    assert image(route).types == ("image/jpeg", "image/gif")
    assert image(route).reencoded_types == ("image/jpeg",)
    assert route.limits_for(KindName.VIDEO).types == ("video/3gpp",)
    assert route.limits_for(KindName.ANIMATION).types == ("image/gif",)
    assert route.limits_for(KindName.AUDIO).delivered is False
    assert resolve("us", via="p1", profiles=world(files)).limits_for(KindName.AUDIO).types == ("audio/mpeg",)


def test_permissions_take_the_stricter_answer(world):
    """Alpha and B-frames are allowed where all who speak allow them; an index at the front once one asks for it."""
    files = WORLD | {
        "carriers/lax": """\
source: A
sizes: {total: 9000}
image: {alpha: allow, progressive: true, modes: [RGB8, RGBA8]}
video: {b_frames: true, faststart: false, max_level: 4, max_duration_s: {hard: 60, target: 20}, codecs: [h264, h263]}
view: {long_edge: 900}
score: {floor: 20}
""",
        "providers/strict": """\
source: A
image: {alpha: flatten, modes: [RGB8, L8]}
video: {b_frames: false, faststart: true, max_level: 3.1, max_duration_s: 30, codecs: [h264], min_fps: 5}
score: {floor: 40}
""",
    }
    profiles = world(files)
    alone, both = resolve("lax", profiles=profiles), resolve("lax", via="strict", profiles=profiles)
    assert (image(alone).alpha, image(alone).progressive) == (True, True)
    assert (image(both).alpha, image(both).modes) == (False, ("RGB8",))
    video = both.limits_for(KindName.VIDEO)
    assert (video.b_frames, video.faststart, video.max_level, video.min_fps) == (False, True, 3.1, 5)
    assert (video.max_duration_s, video.target_duration_s, video.video_codecs) == (30, 20, ("h264",))
    assert (video.view_long_edge, video.floor_score) == (900, 20)


def test_lists_without_a_common_member_deliver_nothing(world):
    """Two lists of codecs that share none leave the kind undelivered, and the fact says whose list did it."""
    files = WORLD | {
        "carriers/old": "source: A\nsizes: {total: 9000}\nvideo: {codecs: [h263]}\n",
        "providers/new": "source: A\nvideo: {codecs: [h264]}\n",
    }
    video = resolve("old", via="new", profiles=world(files)).limits_for(KindName.VIDEO)
    assert video.delivered is False
    assert video.fact("types").profile == "new"


def test_text_lengths_in_two_units_keep_both(world):
    """A limit in characters and one in bytes: bytes with the smaller number keep both."""
    files = WORLD | {
        "carriers/chars": "source: A\nsizes: {total: 9000}\ntext: {max: 1600, unit: chars, unicode_max: 500}\n",
        "providers/bytes": "source: A\ntext: {max: 2000, unit: bytes}\n",
    }
    text = resolve("chars", via="bytes", profiles=world(files)).limits_for(KindName.TEXT)
    assert (text.max_characters, text.text_unit, text.max_unicode_characters) == (1600, "bytes", 500)


def test_a_poster_is_required_where_anyone_requires_it(world):
    """A video's poster, its types and its bounds come from all who speak about it."""
    files = WORLD | {
        "channels/mms": """\
source: A
video: {poster: {required: true, types: [image/jpeg, image/png], max_bytes: 100000}}
"""
    }
    video = resolve("us", profiles=world(files)).limits_for(KindName.VIDEO)
    assert (video.poster, video.poster_types, video.poster_max_bytes) == (True, ("image/jpeg", "image/png"), 100_000)


def test_another_channel_of_a_provider_has_its_own_entries(world):
    """A provider's base speaks about its first channel; others have entries of their own."""
    files = WORLD | {
        "channels/whatsapp": "source: A\nsizes: {kinds: {image: 5000000}}\n",
        "providers/multi": """\
channels: [mms, whatsapp]
source: A
sizes: {total: 900000}
per_channel: {whatsapp: {sizes: {part: 4000000}}}
""",
    }
    profiles = world(files)
    assert image(resolve("whatsapp", via="multi", profiles=profiles)).limit_bytes == 4_000_000
    assert stated(resolve("us", via="multi", profiles=profiles)) == 500_000


def test_closed_routes_are_values(world):
    """MMS that ended leaves a route that is not available, with a code, a date and what to send instead."""
    files = WORLD | {
        "carriers/ended": """\
source: A
countries: [de]
sizes: {total: 300000}
availability: [{channel: mms, available: false, since: "2023-01-17", fallback: sms_link}]
"""
    }
    profiles = world(files)
    route = resolve("ended", profiles=profiles, today="2026-11-23")
    assert (route.available, route.fallback) == (False, "sms_link")
    assert route.unavailable.code == "MP701"
    assert "since 2023-01-17" in route.unavailable.message
    assert not any(limits.available for limits in route.limits)
    assert resolve("ended", profiles=profiles, today="2023-01-16").available is True
    assert resolve("big,ended", profiles=profiles).available is False


def test_a_sender_that_may_not_send_is_left_out(world):
    """One closed sender closes the route only when it is asked for."""
    files = WORLD | {
        "carriers/part": """\
source: A
sizes: {total: 300000}
senders:
  short_code: {sizes: {total: 100000}, availability: [{available: false}]}
"""
    }
    profiles = world(files)
    assert stated(resolve("part", profiles=profiles)) == 300_000
    closed = resolve("part", sender="short_code", profiles=profiles)
    assert (closed.available, closed.unavailable.code) == (False, "MP702")


def test_a_provider_that_does_not_reach_there_closes_the_route(world):
    """A provider with a list of countries sends no MMS to others; without a list nothing is known."""
    files = WORLD | {
        "carriers/abroad": "countries: [de]\nsource: A\nsizes: {total: 300000}\n",
        "providers/local": "countries: [us, ca]\nsource: A\n",
    }
    profiles = world(files)
    route = resolve("abroad", via="local", profiles=profiles)
    assert (route.available, route.fallback) == (False, "sms_link")
    assert "US, CA only" in route.unavailable.message
    assert resolve("abroad", via="none", profiles=profiles).available is True
