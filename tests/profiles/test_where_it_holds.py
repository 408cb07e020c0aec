"""What a provider states for some countries, networks or number types says nothing about the others."""

import pytest

from mediaprep.model import KindName
from mediaprep.profiles.checking import check
from mediaprep.profiles.load import Profiles
from mediaprep.profiles.route import resolve
from mediaprep.profiles.why import why

WORLD = {
    "carriers/att": "countries: [us]\nregions: [us]\nsource: A\nsizes: {total: 600000}\n",
    "carriers/brand": "extends: att\ncountries: [us]\nregions: [us]\n",
    "carriers/rural": "countries: [us]\nregions: [us]\nsource: A\nsizes: {total: 600000}\n",
    "carriers/outback": "countries: [au]\nregions: [au]\nsource: A\nsizes: {total: 2000000}\n",
    "regions/us": "countries: [us]\nsource: A\nsizes: {total: 500000}\n",
    "regions/au": "countries: [au]\nsource: A\nsizes: {total: 500000}\n",
    "channels/mms": "source: A\n",
    "channels/sms_link": "",
    "providers/acme": """\
source: A
sizes: {total: {countries: [us, ca], hard: 525000}}
senders:
  short_code:
    availability: [{available: true, carriers: [att], source: B}]
  toll_free:
    availability: [{available: true, countries: [us]}]
""",
}


def limit(name, profiles, **asked):
    """Give the bytes a picture may have on a route."""
    return resolve(name, profiles=profiles, **asked).limits_for(KindName.IMAGE).limit_bytes


def test_a_size_stated_for_some_countries_governs_no_others(world):
    """A provider's figure for the United States and Canada narrows a network there, and none in Australia."""
    profiles = world(WORLD)
    assert limit("att", profiles, via="acme") == 525_000 - 2048
    assert limit("outback", profiles, via="acme") == 2_000_000 - 2048
    assert limit("au", profiles, via="acme") == 500_000 - 2048


NARROWER = """\
source: A
sizes: {total: 200000}
senders:
  toll_free: {sizes: {total: {hard: 100000, countries: [us]}}}
  short_code: {sizes: {total: {hard: 300000, except_countries: [au]}}}
"""


@pytest.mark.parametrize(
    ("name", "sender", "stated"),
    [
        ("att", "toll_free", 100_000),
        ("outback", "toll_free", 200_000),
        ("outback", "long_code", 200_000),
        ("att", "short_code", 300_000),
        ("outback", "short_code", 200_000),
        ("whatsapp", "toll_free", 100_000),
        ("whatsapp", "short_code", 200_000),
    ],
)
def test_a_senders_size_for_some_countries_leaves_the_general_one_to_the_others(world, name, sender, stated):
    """It takes the place of the provider's general size where it holds; a channel may reach either, so the less."""
    chat = {"channels/whatsapp": "source: A\n", "providers/chat": f"channels: [whatsapp]\n{NARROWER}"}
    profiles = world({**WORLD, **chat, "providers/acme": NARROWER})
    via = "chat" if name == "whatsapp" else "acme"
    assert limit(name, profiles, via=via, sender=sender) == stated - 2048


def test_a_size_of_any_document_holds_where_it_says(world):
    """A channel's, a region's or a carrier's size for some countries governs no others either."""
    spread = {
        "carriers/att": WORLD["carriers/att"].replace("600000", "{hard: 100000, countries: [ca]}"),
        "regions/us": WORLD["regions/us"].replace("500000", "{hard: 400000, countries: [us]}"),
        "channels/mms": "source: A\nsizes: {total: {hard: 300000, countries: [au]}}\n",
    }
    profiles = world({**WORLD, **spread})
    assert limit("att", profiles) == 400_000 - 2048  # the carrier says nothing for its country: its region's
    assert limit("us", profiles) == 400_000 - 2048
    assert limit("au", profiles) == 300_000 - 2048


@pytest.mark.parametrize(("name", "open_"), [("att", True), ("brand", True), ("rural", False), ("au", False)])
def test_a_number_type_reaches_the_networks_it_names_and_their_brands(world, name, open_):
    """Other networks are closed from it, with the source that says so, and open from other types of number."""
    profiles = world(WORLD)
    route = resolve(name, via="acme", sender="short_code", profiles=profiles)
    assert route.available is open_
    if not open_:
        told = route.unavailable
        assert (told.name, told.source) == ("sender_unavailable", "Old page [B]")
        called = "AU" if name == "au" else "rural"
        assert told.message == f"mms through acme from short_code numbers reaches att only, not {called}"
    assert resolve(name, via="acme", profiles=profiles).available is True


def test_a_region_of_which_a_number_type_reaches_a_part_warns(world):
    """It stays open, for some of its networks are reached, and names those; other types do not warn."""
    profiles = world(WORLD)
    route = resolve("us", via="acme", sender="short_code", profiles=profiles)
    assert route.available is True
    assert [each.message for each in route.warnings] == [
        "mms through acme from short_code numbers reaches att only, not every network of US"
    ]
    assert not resolve("us", via="acme", sender="long_code", profiles=profiles).warnings


def test_a_number_type_reaches_the_countries_it_names(world):
    """A toll-free number of one country sends nothing to another, whatever the provider's other numbers do."""
    profiles = world(WORLD)
    assert resolve("rural", via="acme", sender="toll_free", profiles=profiles).available is True
    assert resolve("outback", via="acme", sender="toll_free", profiles=profiles).available is False
    assert resolve("outback", via="acme", sender="long_code", profiles=profiles).available is True


CLOSED = """\
source: A
availability: [{available: %s, countries: [us]}, {available: false, countries: [au]}]
senders:
  short_code: {availability: [{available: false, carriers: [rural]}]}
  toll_free: {availability: [{available: false, since: "2025", source: B}, {available: true, countries: [us]}]}
"""


@pytest.mark.parametrize(
    ("name", "sender", "open_"),
    [
        ("att", "long_code", True),
        ("us", "long_code", True),
        ("outback", "long_code", False),
        ("au", "long_code", False),
        ("att", "short_code", True),
        ("us", "short_code", True),
        ("rural", "short_code", False),
        ("outback", "short_code", True),
        ("att", "toll_free", False),
    ],
)
@pytest.mark.parametrize("first", ["true", "false"])
def test_what_is_not_offered_in_one_place_stays_open_elsewhere(world, name, sender, open_, first):
    """That a country or a network is not reached closes that alone, whatever else is stated of others."""
    stated = CLOSED % "true" if first == "true" else CLOSED.replace("{available: %s, countries: [us]}, ", "")
    route = resolve(name, via="acme", sender=sender, profiles=world({**WORLD, "providers/acme": stated}))
    assert route.available is open_
    if sender == "long_code" and not open_:
        assert route.unavailable.message == "mms is not offered by acme to AU"


def test_countries_are_written_in_capitals_and_networks_by_their_titles(world):
    """``reaches us only`` reads as ``only us``."""
    told = resolve("telus", via="aws", sender="toll_free", profiles=Profiles.load()).unavailable.message
    assert told == "mms through AWS End User Messaging from toll_free numbers reaches US only, not TELUS"
    told = resolve("kr", via="aws", profiles=Profiles.load()).unavailable
    assert told.message == "AWS End User Messaging sends MMS in US, CA only, not in KR"
    assert told.source.endswith("[A8]")


def test_networks_and_channels_of_a_number_type_are_checked(world):
    """A misspelt network below ``senders`` would close all others: it is an error with its place and a suggestion."""
    broken = WORLD["providers/acme"].replace("carriers: [att]", "channel: mmss, carriers: [atta]")
    told = "\n".join(check(world({**WORLD, "providers/acme": broken})).errors)
    assert "acme.yaml:9:64: no carrier 'atta'; did you mean att?" in told
    assert "no channel 'mmss'" in told


@pytest.mark.parametrize(
    ("name", "via", "sender", "code"),
    [
        ("us_cellular", "vonage", "short_code", "sender_unavailable"),
        ("viaero", "vonage", "short_code", "sender_unavailable"),
        ("cricket", "vonage", "short_code", None),
        ("us_cellular", "vonage", "long_code", None),
        ("telstra", "bandwidth", "toll_free", "mms_unavailable"),
        ("telus", "bandwidth", "toll_free", None),
        ("telus", "aws", "toll_free", "sender_unavailable"),
        ("telus", "aws", "long_code", None),
        ("kr", "aws", None, "mms_unavailable"),
        ("de", "signalwire", None, "mms_unavailable"),
    ],
)
def test_shipped_providers_reach_what_their_pages_say(name, via, sender, code):
    """Vonage's short codes three networks, Amazon's toll-free numbers one country, others two countries."""
    told = resolve(name, via=via, sender=sender, profiles=Profiles.load()).unavailable
    assert (told.name if told is not None else None) == code
    assert told is None or told.source is not None


def test_what_infobip_states_for_north_america_holds_there_alone():
    """1 MB in the United States and Canada; elsewhere it aims at what it says all operators take."""
    profiles = Profiles.load()
    canada = resolve("telus", via="infobip", profiles=profiles).limits_for(KindName.IMAGE)
    assert canada.fact("limit_bytes").profile in ("infobip", "telus")
    australia = resolve("telstra", via="infobip", profiles=profiles).limits_for(KindName.IMAGE)
    assert australia.fact("limit_bytes").profile == "telstra"
    assert australia.target_bytes < 300_000
    assert australia.fact("target_bytes").profile == "infobip"


@pytest.mark.parametrize("provider", ["naver_sens", "nhn_cloud"])
def test_a_providers_own_page_is_its_documentation(provider):
    """What a Korean provider says of its own service goes as far as any vendor's page, not as hearsay of carriers."""
    rows = why("kr", via=provider, kind=KindName.IMAGE, profiles=Profiles.load())["candidates"]
    assert [row["confidence"] for row in rows if row["profile"] == provider and row["level"] == "hard"] == ["doc"]


def test_a_carriers_cell_names_no_countries(world):
    """The carrier has its country already, so that ``countries`` there could only be overlooked: it is an error."""
    broken = WORLD["providers/acme"] + "carriers: {att: {any: {hard: 1000, countries: [us]}}}\n"
    assert "unknown key 'countries'" in "\n".join(check(world({**WORLD, "providers/acme": broken})).errors)
