"""What phones may send: by network code, newest and lowest, deciding only where nothing else is known."""

import pytest

from mediaprep.errors import RouteError
from mediaprep.model import Confidence, KindName
from mediaprep.profiles import handsets
from mediaprep.profiles.route import resolve

PHONES = """\
plmns:
  "31001":
    - {carrier: host, mms: true, max_message_bytes: 1048576, width: 2592, height: 1944, source: P, seen: "2026-01"}
    - {carrier: host, mms: true, max_message_bytes: 1228800, source: P, seen: "2025-02"}
    - {carrier: host, max_message_bytes: 300, source: P, seen: "2021-11"}
  "31002":
    - {name: Nobody's, max_message_bytes: 614400, width: 1600, height: 1200, source: P, seen: "2021-11"}
    - {name: Nobody's, max_message_bytes: 102400, source: P, seen: "2019-08"}
  "31003":
    - {name: Off, mms: false, source: P, seen: "2026-01"}
    - {name: Off, mms: true, source: P, seen: "2021-11"}
  "31004":
    - {name: Half, mms: false, source: P, seen: "2026-01"}
    - {name: Half, mms: true, source: P, seen: "2025-02"}
  "31005":
    - {carrier: phones, max_message_bytes: 200000, source: P, seen: "2026-01"}
  "31006":
    - {carrier: host, max_message_bytes: 1048576, source: P, seen: "2026-01"}
    - {carrier: other, max_message_bytes: 2097152, source: P, seen: "2026-01"}
"""
WORLD = {
    "carriers/host": 'regions: [us]\nplmns: ["31001"]\nsource: A\nsizes: {total: 600000}\n',
    "carriers/brand": 'extends: host\nplmns: ["31001"]\n',
    "carriers/large": 'plmns: ["31001"]\nsource: A\nsizes: {total: 2000000}\n',
    "carriers/other": 'plmns: ["31006"]\nsource: A\nsizes: {total: 700000}\n',
    "carriers/phones": 'regions: [us]\nplmns: ["31005"]\n',
    "carriers/silent": 'plmns: ["31009"]\n',
    "regions/us": "source: A\nsizes: {total: 500000}\n",
    "channels/mms": "",
    "channels/sms_link": "",
    "handsets/310": PHONES,
}


def image(route):
    """Give the limits for stills."""
    return route.limits_for(KindName.IMAGE)


def test_a_code_leads_to_its_carrier(world):
    """A network code of one carrier has that carrier's figures, and a folder name that is legal everywhere."""
    route = resolve("plmn:31005", profiles=world(WORLD))
    assert (route.name, route.folder) == ("plmn:31005", "plmn-31005")
    assert image(route).size_rules[0].stated == 200_000


def test_brands_that_share_a_code_and_their_limits_make_no_difference(world):
    """A code of a host and its brands with equal limits leads to the host."""
    files = {name: text for name, text in WORLD.items() if name != "carriers/large"}
    assert image(resolve("plmn:31001", profiles=world(files))).size_rules[0].stated == 600_000


def test_a_code_shared_by_carriers_that_differ_is_ambiguous(world):
    """Carriers with other limits on one code: the error names them, and how to be good for all."""
    with pytest.raises(RouteError, match=r"shared by host, other, .*--to host,other"):
        resolve("plmn:31006", profiles=world(WORLD))
    with pytest.raises(RouteError, match="brand, host, large"):
        resolve("plmn:31001", profiles=world(WORLD))


def test_among_current_sources_the_lowest_holds(world):
    """Sources of 2025 and later are current; the lowest of them holds, older ones do not."""
    profiles = world(WORLD)
    entry = handsets.entries_for(profiles, "31001")["sizes.total"]
    assert entry.value["hard"]["value"] == 1_048_576


def test_without_a_current_source_the_newest_holds(world):
    """Older sources count by their date: the newest holds, with its picture box."""
    route = resolve("plmn:31002", profiles=world(WORLD))
    assert image(route).size_rules[0].stated == 614_400
    assert (image(route).max_width, image(route).max_height) == (1600, 1200)
    assert image(route).fact("limit_bytes").confidence is Confidence.DEVICE
    assert image(route).fact("limit_bytes").date == "2021-11"


@pytest.mark.parametrize("code", ["31099", "99999", "310999"])
def test_unknown_codes_have_androids_default(world, code):
    """Where no source speaks, Android's own default holds, derived: 307,200 bytes and 640 x 480."""
    route = resolve(f"plmn:{code}", profiles=world(WORLD))
    assert image(route).size_rules[0].stated == 307_200
    assert (image(route).max_width, image(route).max_height) == (640, 480)
    assert route.confidence is Confidence.DERIVED
    assert [warning.name for warning in route.warnings] == ["derived_limit"]


def test_mms_is_off_only_when_every_newest_row_says_so(world):
    """One current source that says on, or nothing, keeps the route open."""
    off = resolve("plmn:31003", profiles=world(WORLD))
    assert (off.available, off.unavailable.name, off.fallback) == (False, "mms_unavailable", "sms_link")
    assert resolve("plmn:31004", profiles=world(WORLD)).available is True


def test_phones_stand_beside_a_known_figure(world):
    """Where an A2P figure is known, what phones may send decides nothing; a larger limit is warned about."""
    profiles = world(WORLD)
    assert image(resolve("host", profiles=profiles)).limit_bytes == 600_000 - 2048
    assert image(resolve("host", profiles=profiles)).max_width is None
    assert resolve("host", profiles=profiles).warnings == ()
    large = resolve(
        "large", profiles=world(WORLD | {"handsets/310": PHONES.replace("carrier: host", "carrier: large")})
    )
    assert image(large).limit_bytes == 2_000_000 - 2048
    assert [(warning.name, warning.allowed) for warning in large.warnings] == [("above_handset_limit", 1_048_576)]


def test_phones_decide_where_nothing_else_is_known(world):
    """A carrier without a figure of its own has its phones', before its region's; without rows, its region's."""
    profiles = world(WORLD)
    assert image(resolve("phones", profiles=profiles)).size_rules[0].stated == 200_000
    with pytest.raises(RouteError, match="no size is known for silent"):
        resolve("silent", profiles=profiles)


def test_a_users_rows_replace_ours(world):
    """A user's handset file adds networks and replaces the rows of those it names."""
    mine = 'plmns:\n  "31005":\n    - {carrier: phones, max_message_bytes: 250000, source: own, seen: "2026-06"}\n'
    own = {"handsets/310": mine, "carriers/mine": "source: own\nsizes: {total: 5000}\n"}
    profiles = world(WORLD, own=own)
    assert image(resolve("phones", profiles=profiles)).size_rules[0].stated == 250_000
    assert image(resolve("plmn:31002", profiles=profiles)).size_rules[0].stated == 614_400
