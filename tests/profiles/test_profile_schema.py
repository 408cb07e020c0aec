"""The schema: what a profile may hold, what is refused and how it is said, and the JSON Schema for editors."""

import json
from typing import get_args

import jsonschema
import pytest

from mediaprep import documents
from mediaprep.errors import ProfileError
from mediaprep.limits import SenderType
from mediaprep.model import Confidence, Consequence, KindName
from mediaprep.profiles import schema
from mediaprep.profiles.figures import ConfidenceName
from mediaprep.profiles.own import checked
from mediaprep.profiles.sourcing import unsourced


@pytest.fixture(scope="module")
def validator():
    """A validator with the JSON Schema, itself checked."""
    found = json.loads(schema.json_schema())
    jsonschema.Draft202012Validator.check_schema(found)
    return jsonschema.Draft202012Validator(found)


HEAD = "schema: mediaprep.profile/1\nname: att\nrole: carrier\ntitle: AT&T\n"


def faults(text):
    """Give what is wrong with a profile, places left out."""
    with pytest.raises(ProfileError) as caught:
        documents.validate(documents.parse(HEAD + text, "att.yaml"), schema.Profile)
    return [problem.split(": ", 1) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("sizes: {totl: 5}", "att.yaml:5:9", "unknown key 'totl'; did you mean total?"),
        ("senders: {long_code: {sizes: {parts: 5}}}", "att.yaml:5:31", "unknown key 'parts'; did you mean part?"),
        ("carriers: {att: {tollfree: 5}}", "att.yaml:5:18", "unknown key 'tollfree'; did you mean toll_free?"),
        ("sizes: {total: 1MB}", "att.yaml:5:16", "the text '1MB' is not a number; write 1000000"),
        ("sizes: {total: {hard: 600.5}}", "att.yaml:5:23", "a whole number is expected, not 600.5"),
        ("sizes: {total: {hard: 0}}", "att.yaml:5:23", "greater than 0"),
        ("sizes: {total: {hard: 5, target: 6}}", "att.yaml:5:16", "the target, 6, is above the hard limit, 5"),
        ("plmns: [310410]", "att.yaml:5:9", 'write "310410" in quotes'),
        ("plmns: ['31']", "att.yaml:5:9", "pattern"),
        ("vcard: {versions: [3.0]}", "att.yaml:5:20", 'write "3.0" in quotes'),
        ("countries: [USA]", "att.yaml:5:13", "pattern"),
        ("image: {alpha: flaten}", "att.yaml:5:16", "did you mean flatten?"),
        ("video: {faststart: yes}", "att.yaml:5:20", "write true or false, not yes"),
        ("source: T3\nsizes: {total: {hard: {value: 5, seen: 2024}}}", "att.yaml:6:40", 'write "2024" in quotes'),
        ("sizes: {kinds: {picture: 5}}", "att.yaml:5:17", "image"),
        ("types: {deliver: []}", "att.yaml:5:18", "at least 1 item"),
    ],
)  # fmt: skip
def test_faults_are_named_with_their_place(text, place, said):
    """Misspelt keys, text for numbers and numbers for text, targets above limits: each with line and column."""
    found = faults(text)
    assert [item[0] for item in found] == [place]
    assert said in found[0][1]


@pytest.mark.parametrize("text", ["sizes:", "senders: {long_code: {sizes: }}", "image: {alpha: }", "notes: ~"])
def test_a_key_without_a_value_is_a_fault(text, validator, tmp_path):
    """A limit that was begun and never written is named with its place, here and in editors, not taken for none."""
    path = tmp_path / "att.yaml"
    path.write_text(HEAD + text + "\n")
    with pytest.raises(ProfileError, match=r"att\.yaml:5:\d+: .*is empty; state it, or take the key away"):
        checked(path)
    assert not validator.is_valid(documents.read(path).value)


def test_short_forms_are_widened():
    """A bare number is a hard limit or a figure, a bare list a list with values."""
    text = (
        HEAD
        + "sizes: {total: 600000, part: {value: 5, source: X}}\ntypes: {deliver: [image/jpeg]}\nimage: {alpha: allow}\n"
    )
    profile = documents.validate(documents.parse(text, "f"), schema.Profile)
    assert profile.sizes.total.hard.value == 600_000
    assert profile.sizes.part.hard.source == "X"
    assert profile.types.deliver.values == ["image/jpeg"]


def test_the_names_agree_with_the_code():
    """Senders, kinds, confidences and consequences of the schema are those of the values."""
    assert set(get_args(schema.SenderName)) == set(SenderType)
    assert set(get_args(schema.Kind)) == set(KindName)
    assert set(get_args(schema.Action)) == set(Consequence)
    assert set(get_args(ConfidenceName)) == set(Confidence)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("sizes: {total: 5}", [("sizes", "total")]),
        ("source: A\nsizes: {total: 5}", []),
        ("sizes: {source: A, total: 5}", []),
        ("sizes: {total: {source: A, hard: 5}, part: 6}", [("sizes", "part")]),
        ("sizes: {total: {hard: {value: 5, source: A}, target: 4}}", [("sizes", "total", "target")]),
        ("senders: {long_code: {source: A, sizes: {total: 5}}, toll_free: {sizes: {total: 6}}}",
         [("senders", "toll_free", "sizes", "total")]),
        ("carriers: {att: {any: 5}}", [("carriers", "att", "any")]),
        ("carriers: {att: {source: A, any: 5}}", []),
        ("video: {b_frames: false, max_level: 3.1}", [("video", "max_level")]),
        ("image: {recommended: [640x480], safe_zone: {top: 5}}\nhosting: {url_max: 2048}", []),
    ],
)  # fmt: skip
def test_numbers_without_a_source_are_found(text, found):
    """A number has a source where any mapping around it names one; advice and hosting rules need none."""
    assert list(unsourced(documents.parse(text, "f").value)) == found


def test_the_json_schema_is_fresh(samples):
    """The schema for editors beside the data is what the models say now."""
    path = samples.parent / "carrier_profiles" / "schema.json"
    assert path.read_text(encoding="utf-8") == schema.json_schema(), "run `mediaprep profiles schema` into this file"


@pytest.mark.parametrize(
    ("text", "sound"),
    [
        ("sizes: {total: 600000}", True),
        ("sizes: {total: {hard: {value: 600000, source: T3}}}", True),
        ("types: {deliver: [image/jpeg]}", True),
        ("sizes: {total: 1MB}", False),
        ("size: {total: 5}", False),
        ("plmns: [310410]", False),
    ],
)
def test_editors_see_what_we_see(validator, text, sound):
    """The JSON Schema accepts short and long forms and refuses what the models refuse."""
    assert validator.is_valid(documents.parse(HEAD + text, "f").value) is sound
