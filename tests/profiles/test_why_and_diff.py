"""The record behind `mediaprep why`, the check of profiles, and what changed between two folders."""

import json

import pytest

from mediaprep.model import KindName
from mediaprep.profiles.checking import check
from mediaprep.profiles.diff import diff
from mediaprep.profiles.why import age_days, why

WORLD = {
    "carriers/att": """\
regions: [us]
plmns: ["310410"]
source: A
sizes:
  total:
    hard: {value: 600000, published: "600 KB", source: B, note: "table", conflicts: [{value: 1000000, source: A}]}
    target: 550000
types: {deliver: [image/jpeg]}
senders: {toll_free: {sizes: {total: 525000}}}
""",
    "regions/us": "source: A\nsizes: {total: 500000}\n",
    "channels/mms": "",
    "channels/sms_link": "",
    "providers/one": "source: A\ncarriers: {att: {toll_free: 750000}}\n",
    "providers/two": "source: A\ncarriers: {att: {toll_free: 610000}}\n",
    "handsets/310": """\
plmns:
  "310410":
    - {carrier: att, max_message_bytes: 1048576, source: P, seen: "2026-01"}
""",
}


def rows(record, role):
    """Give the candidates of a role as (stated, profile)."""
    return [(row["stated"], row["profile"]) for row in record["candidates"] if row["role"] == role]


def test_the_winner_is_marked_with_its_origin(world):
    """The figure that decides has its source, address, date, age, confidence and conflicts."""
    record = why("att", profiles=world(WORLD), sender="long_code", kind=KindName.IMAGE, today="2026-11-23")
    assert record["schema"] == "mediaprep.why/1"
    limit = next(row for row in record["candidates"] if row["decides"] == ["limit of image"])
    assert (limit["stated"], limit["allowed_bytes"]) == (600_000, 597_952)
    assert (limit["source"], limit["url"], limit["date"]) == ("Old page [B]", "https://b.example", "2022-05-01")
    assert (limit["published"], limit["confidence"], limit["stale"]) == ("600 KB", "doc", True)
    assert limit["age_days"] == 1667
    assert limit["conflicts"] == [{"value": 1_000_000, "source": "Aggregator [A]", "date": "2026-01", "note": None}]
    target = next(row for row in record["candidates"] if row["decides"] == ["target of image"])
    assert (target["stated"], target["stale"]) == (550_000, False)
    json.dumps(record)


def test_what_has_no_say_is_shown_too(world):
    """The carrier's figure that a cell replaced, other providers' cells and the phones' figure stand beside."""
    record = why("att", profiles=world(WORLD), via="one", sender="toll_free", today="2026-11-23")
    assert rows(record, "deciding") == [(750_000, "one")]
    assert rows(record, "replaced") == [(525_000, "att")]
    assert rows(record, "beside") == [(610_000, "two"), (1_048_576, "handsets/310")]
    assert record["limits"]["image"]["stated"] == 750_000


def test_other_limits_name_their_document(world):
    """Types and every other field say who states them."""
    record = why("att", profiles=world(WORLD), today="2026-11-23")
    types = next(row for row in record["fields"] if row["field"] == "types" and "image" in row["kinds"])
    assert (types["value"], types["profile"], types["where"]) == (["image/jpeg"], "att", "types.deliver")


def test_own_profiles_are_named(world):
    """A route that uses a profile of the user's says which file it is."""
    own = {"carriers/att": "source: own\nsizes: {total: 5000}\n"}
    record = why("att", profiles=world(WORLD, own=own), today="2026-11-23")
    assert [path.rpartition("/")[2] for path in record["own_profiles"]] == ["att.yaml"]


@pytest.mark.parametrize(
    ("date", "days"), [("2026-11-22", 1), ("2026-11", 22), ("2025", 691), (None, None), ("2027-01-01", 0)]
)
def test_ages_count_from_the_first_day_of_a_vague_date(date, days):
    """A month or a year counts from its first day; what is not dated has no age."""
    assert age_days(date, "2026-11-23") == days


def test_a_sound_world_checks_clean(world):
    """No error and no warning where every number has a source and every name exists."""
    found = check(world(WORLD))
    assert (found.errors, found.warnings) == ((), ())
    assert found.documents == 8


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"carriers/x": "sizes: {total: 5}\n"}, "x.yaml:5:16: no source"),
        ({"carriers/x": "source: Q\n"}, "x.yaml:5:9: no source 'Q'"),
        ({"carriers/x": "regions: [uss]\n"}, "x.yaml:5:11: no region 'uss'; did you mean us?"),
        ({"carriers/x": "extends: nobody\n"}, "no profile 'nobody' to extend"),
        ({"carriers/x": "merged_into: at\n"}, "no carrier 'at'; did you mean att?"),
        ({"carriers/x": 'aliases: ["ATT"]\n'}, "the alias 'ATT' means 'att' already"),
        ({"carriers/x": "aliases: [Z]\n", "carriers/y": "aliases: [z]\n"}, "the alias 'z' means 'x' already"),
        ({"carriers/x": "sizes: {total: {hard: {value: 5, source: H}}}\n"}, "hearsay (H) cannot set a hard limit"),
        ({"providers/x": "source: A\ncarriers: {atr: {any: 5}}\n"}, "no carrier or region 'atr'; did you mean att?"),
        ({"carriers/x": "availability: [{available: false, fallback: rcx}]\n"}, "no channel 'rcx'"),
        ({"carriers/x": "regions: [us]\nsource: A\nsizes: {total: 499999}\n"}, "above the 497,951 of its carrier x"),
        ({"handsets/311": 'plmns:\n  "310480": []\n'}, "310480 does not begin with 311"),
        ({"handsets/311": 'plmns:\n  "311480":\n    - {carrier: v, source: P, seen: "2026"}\n'}, "no carrier 'v'"),
        ({"carriers/x": "sizes: {totl: 5}\n"}, "did you mean total?"),
    ],
)  # fmt: skip
def test_each_fault_of_shipped_data_is_an_error(world, files, said):
    """Missing sources, unknown names, hearsay limits, clashes and regions that promise too much are all found."""
    found = check(world(WORLD | files))
    assert any(said in error for error in found.errors), found.errors


def test_in_a_users_folder_missing_sources_are_warnings(world):
    """What a user need not prove to us is a warning there."""
    found = check(world(WORLD, own={"carriers/x": "sizes: {total: {hard: {value: 5, source: H}}, part: 6}\n"}))
    assert found.errors == ()
    assert len(found.warnings) == 2


def test_diff_tells_what_rose_fell_and_appeared(folder):
    """Two folders are compared limit by limit; prose, sources and dates are no limits."""
    old = folder("old", {
        "carriers/a": "source: A\nsizes: {total: {hard: 5, target: 4}}\nnotes: old\ntypes: {deliver: [image/jpeg]}\n",
        "carriers/gone": "source: A\nsizes: {total: 5}\n",
        "handsets/310": 'plmns:\n  "31001":\n    - {max_message_bytes: 10, source: P, seen: "2025"}\n',
    })  # fmt: skip
    new = folder("new", {
        "carriers/a": "source: B\nsizes: {total: {hard: {value: 6, source: B}, target: 3}, part: 9}\nnotes: new\n"
                      "types: {deliver: [image/jpeg, image/gif]}\n",
        "handsets/310": 'plmns:\n  "31001":\n    - {max_message_bytes: 20, source: P, seen: "2026"}\n',
    })  # fmt: skip
    assert [(c.how, c.document, c.path, c.old, c.new) for c in diff(old, new)] == [
        ("appeared", "a", "sizes.part", None, 9),
        ("rose", "a", "sizes.total", 5, 6),
        ("fell", "a", "sizes.total.target", 4, 3),
        ("changed", "a", "types.deliver", ("image/jpeg",), ("image/jpeg", "image/gif")),
        ("went", "gone", "sizes.total", 5, None),
        ("rose", "handsets/310", "plmns.31001[P].max_message_bytes", 10, 20),
    ]
    assert diff(old, old) == ()


def test_diff_sees_every_row_of_a_list(folder):
    """Rows of one source are as many rows: a channel that is switched off, a size among two of one network."""
    rows = 'plmns:\n  "31001":\n    - {{max_message_bytes: {}, source: P}}\n    - {{max_message_bytes: 9, source: P}}\n'
    offered = (
        "source: A\navailability:\n- {{channel: mms, available: {}, source: A}}\n"
        "- {{channel: rcs, available: true, source: A}}\n"
    )
    old = folder("old", {"carriers/a": offered.format("true"), "handsets/310": rows.format(10)})
    new = folder("new", {"carriers/a": offered.format("false"), "handsets/310": rows.format(20)})

    assert [(c.how, c.path, c.old, c.new) for c in diff(old, new)] == [
        ("changed", "availability[mms].available", True, False),
        ("rose", "plmns.31001[P].max_message_bytes", 10, 20),
    ]
