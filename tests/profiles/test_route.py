"""Names become routes: grammar, aliases, network codes, what is unknown or ambiguous."""

import pytest

from mediaprep.errors import ProfileError, RouteError
from mediaprep.model import Confidence, KindName
from mediaprep.profiles.load import Profiles
from mediaprep.profiles.route import resolve

ATT = """\
countries: [us]
regions: [us]
aliases: ["AT&T Mobility", "New Cingular, LLC", "AT&T/Cingular"]
plmns: ["310410"]
source: A
sizes: {total: {hard: 600000, target: 550000}}
types: {deliver: [image/gif, image/jpg, text/vcard]}
"""
VERIZON = """\
countries: [us]
regions: [us]
source: A
sizes: {total: {hard: 700000}}
types: {deliver: [image/jpeg, image/png, image/gif]}
"""
WORLD = {
    "carriers/att": ATT,
    "carriers/verizon": VERIZON,
    "carriers/visible": 'extends: verizon\nplmns: ["311480"]\n',
    "regions/us": "countries: [us]\nsource: A\nsizes: {total: 500000}\n",
    "channels/mms": "source: A\n",
    "channels/rcs": "source: A\nsizes: {part: 100000000}\n",
    "channels/sms_link": "",
    "channels/oma_rich": """\
channels: [mms]
source: A
sizes: {total: 100000}
image: {max_width: 640, max_height: 480}
""",
    "providers/acme": "channels: [mms]\nsource: A\nsizes: {ingest: {total: 5000000}}\n",
}


def image(route):
    """Give the limits for stills."""
    return route.limits_for(KindName.IMAGE)


def test_a_lone_name_is_a_carrier_over_mms(world):
    """A name without a channel goes over mms; limit and target are media bytes of a lone asset."""
    route = resolve("att", profiles=world(WORLD))
    assert (route.name, route.folder, route.channel) == ("att", "att", "mms")
    assert image(route).limit_bytes == 600_000 - 2048
    assert image(route).target_bytes == 550_000 - 2048
    assert image(route).fact("limit_bytes").source == "Aggregator [A]"
    assert image(route).fact("limit_bytes").date == "2026-01"
    assert route.confidence is Confidence.AGGREGATOR
    assert {item.kind for item in route.limits} == set(KindName)


def test_a_comma_is_one_rendition_good_for_all(world):
    """A group takes the narrowest size and the types that all deliver, in the first carrier's order."""
    route = resolve("att,verizon", profiles=world(WORLD))
    assert (route.name, route.folder) == ("att,verizon", "att+verizon")
    assert image(route).limit_bytes == 600_000 - 2048
    assert image(route).types == ("image/gif", "image/jpeg")
    assert image(route).target_bytes == 550_000 - 2048


def test_a_kind_without_a_listed_type_is_not_delivered(world):
    """A known list is whole: a kind that it does not name is not delivered, which differs from unknown."""
    route = resolve("verizon", profiles=world(WORLD))
    assert route.limits_for(KindName.VIDEO).delivered is False
    assert route.limits_for(KindName.VIDEO).types == ()
    assert route.limits_for(KindName.VIDEO).fact("types").profile == "verizon"
    assert route.limits_for(KindName.TEXT).types == ("text/plain",)
    assert resolve("us", profiles=world(WORLD)).limits_for(KindName.VIDEO).delivered is True


@pytest.mark.parametrize(
    "name",
    ["ATT", " att ", "at&t mobility", "AT&T  Mobility", "New Cingular, LLC", "AT&T/Cingular", "mms/att", "MMS/att"],
)
def test_aliases_and_spellings_find_the_carrier(world, name):
    """Names that look-up services print are found in any case, with commas and slashes in them."""
    assert resolve(name, profiles=world(WORLD)).name == "att"


@pytest.mark.parametrize(
    ("name", "meant"), [("AT&T", "att"), ("uk", "gb"), ("Canada", "ca"), ("usa", "us"), ("rcs/Canada", "rcs/ca")]
)
def test_what_people_call_a_carrier_or_country_is_its_name(name, meant):
    """The shipped profiles know AT&T as it writes itself, and countries by name; none leads to another country."""
    assert resolve(name, profiles=Profiles.load()).name == meant


def test_a_channel_before_the_slash(world):
    """`rcs/att` goes over rcs: the carrier's MMS figures have no say there."""
    route = resolve("rcs/att", profiles=world(WORLD))
    assert (route.name, route.folder, route.channel) == ("rcs/att", "rcs-att", "rcs")
    assert image(route).limit_bytes == 100_000_000
    assert image(route).types == ()


def test_what_phones_send_by_mms_says_nothing_of_another_service():
    """With the shipped data, `rcs/att` has the limits of RCS, not what AT&T's phones may send by MMS."""
    assert resolve("rcs/att", profiles=Profiles.load()).limits_for("image").limit_bytes == 100_000_000


def test_members_are_counted_once(world):
    """A name given twice, once by its alias, is one member."""
    assert resolve("att,AT&T Mobility,att", profiles=world(WORLD)).name == "att"


def test_a_content_class_narrows_a_carrier(world):
    """An OMA class is a name like any other: with a comma its box and size hold as well."""
    route = resolve("att,oma_rich", profiles=world(WORLD))
    assert image(route).limit_bytes == 100_000 - 2048
    assert (image(route).max_width, image(route).max_height) == (640, 480)
    assert route.channel == "mms"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("atx", r"'atx'; did you mean att\?"),
        ("nobody at all", "profiles list"),
        ("acme", "'acme' is a provider; name a carrier or region: --to us --via acme"),
        ("att,", "empty name"),
        ("", "empty name"),
        ("rcs/", "empty name"),
        ("plmn:12", "5 or 6 digits"),
        ("plmn:31041a", "5 or 6 digits"),
        ("oma_rich/att", "content class, not a channel; to keep both limits write --to att,oma_rich"),
        ("mms/rcs", "'rcs' is a channel itself"),
        ("AT&T Mobilty", "did you mean AT&T Mobility"),
        ("sms", r"did you mean sms_link\?"),
        ("uss", "see `mediaprep profiles list`"),
    ],
)
def test_names_that_lead_nowhere(world, name, said):
    """What cannot be resolved says what was meant, or what to write instead, with exit code 2."""
    with pytest.raises(RouteError, match=said) as caught:
        resolve(name, profiles=world(WORLD))
    assert caught.value.exit_code == 2


def test_a_bare_channel_needs_a_size(world):
    """`mms` alone states no size: give --max-bytes, or name a region; an ingest limit is no size."""
    with pytest.raises(RouteError, match=r"--max-bytes .*us, ca, au or intl"):
        resolve("mms", profiles=world(WORLD))
    with pytest.raises(RouteError, match="through acme"):
        resolve("mms", via="acme", profiles=world(WORLD))
    route = resolve("mms", max_bytes=300_000, profiles=world(WORLD))
    assert image(route).limit_bytes == image(route).target_bytes == 300_000


def test_max_bytes_narrows_limit_and_target(world):
    """A size of one's own counts the rendition alone, and never widens."""
    profiles = world(WORLD)
    narrow = image(resolve("att", max_bytes=100_000, profiles=profiles))
    assert (narrow.limit_bytes, narrow.target_bytes) == (100_000, 100_000)
    assert narrow.fact("limit_bytes").profile == "--max-bytes"
    between = image(resolve("att", max_bytes=580_000, profiles=profiles))
    assert (between.limit_bytes, between.target_bytes) == (580_000, 550_000 - 2048)
    wide = image(resolve("att", max_bytes=10**9, profiles=profiles))
    assert (wide.limit_bytes, wide.target_bytes) == (600_000 - 2048, 550_000 - 2048)


@pytest.mark.parametrize(
    ("text", "sender"), [("10dlc", "long_code"), ("Long-Code", "long_code"), ("toll free", "toll_free")]
)
def test_senders_are_number_types(world, text, sender):
    """10DLC is a long code; spelling does not matter."""
    assert resolve("att", sender=text, profiles=world(WORLD)).sender == sender


def test_an_unknown_sender_or_provider_is_a_usage_error(world):
    """A wrong sender or provider names the right ones; a carrier is no provider."""
    profiles = world(WORLD)
    with pytest.raises(RouteError, match="did you mean short_code"):
        resolve("att", sender="shortcod", profiles=profiles)
    with pytest.raises(RouteError, match="did you mean acme"):
        resolve("att", via="acmee", profiles=profiles)
    with pytest.raises(RouteError, match=r"the outbox is a folder.*leave --via out"):
        resolve("att", via="outbox", profiles=profiles)
    with pytest.raises(RouteError, match="not a provider; name it in --to"):
        resolve("att", via="verizon", profiles=profiles)


def test_a_carrier_without_figures_takes_its_regions_value(world):
    """Where no size is known the region's safe value holds, marked derived, with a warning."""
    files = WORLD | {"carriers/small": "countries: [us]\nregions: [us]\n"}
    route = resolve("small", profiles=world(files))
    assert image(route).limit_bytes == 500_000 - 2048
    assert image(route).fact("limit_bytes").confidence is Confidence.DERIVED
    assert [warning.name for warning in route.warnings] == ["derived_limit"]


def test_a_carrier_that_is_merged_takes_its_heirs_figures(world):
    """A merged carrier's figures are history: its heir's hold, and the route says so."""
    files = WORLD | {"carriers/old": "source: A\nmerged_into: att\nsizes: {total: 9000000}\n"}
    route = resolve("old", profiles=world(files))
    assert route.name == "old"
    assert image(route).limit_bytes == 600_000 - 2048
    assert "part of att" in route.warnings[0].message


def test_experimental_profiles_warn(world):
    """A profile that is marked experimental says so on every route that uses it."""
    files = WORLD | {"channels/viber": "status: experimental\nsource: A\nsizes: {part: 5000}\n"}
    route = resolve("viber", profiles=world(files))
    assert [warning.name for warning in route.warnings] == ["profile_warning"]


def test_profiles_that_extend_in_a_circle_are_refused(world):
    """A circle of extends names its members and its place."""
    files = WORLD | {"carriers/a1": "extends: b1\n", "carriers/b1": "extends: a1\n"}
    with pytest.raises(ProfileError, match=r"a1 -> b1 -> a1 goes in a circle"):
        resolve("a1", profiles=world(files))


@pytest.mark.parametrize(("parent", "said"), [("verizn", "did you mean verizon"), ("acme", "is a provider")])
def test_extending_what_is_not_there(world, parent, said):
    """A parent that does not exist, or has another role, is named with its line."""
    files = WORLD | {"carriers/child": f"extends: {parent}\n"}
    with pytest.raises(ProfileError, match=said):
        resolve("child", profiles=world(files))


def test_the_digest_names_the_data(world, tmp_path):
    """Routes carry the digest of the data; it changes with any document."""
    one = resolve("att", profiles=world(WORLD)).profiles_digest
    assert one == resolve("verizon", profiles=world(WORLD)).profiles_digest
    assert one != resolve("att", profiles=world(WORLD | {"carriers/new": ""})).profiles_digest


def test_facts_of_the_message_are_on_the_route(world):
    """Counts of parts, the subject and hosting belong to the message: the narrowest stands on the route."""
    files = WORLD | {
        "carriers/one": "source: A\nsizes: {total: 5000}\nparts: {max: 10}\nsubject: {supported: true, max: 40}\n",
        "providers/host": "source: B\nparts: {max: 1}\nsubject: {max: 80}\nhosting: {mode: s3, url_max: 2048}\n",
    }
    facts = dict(resolve("one", via="host", profiles=world(files)).facts)
    assert (facts["parts.max"].value, facts["parts.max"].profile) == (1, "host")
    assert facts["subject.max"].value == 40
    assert facts["hosting.mode"].value == "s3"
