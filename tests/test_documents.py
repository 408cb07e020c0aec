"""YAML with marks: what is read, what is refused, and where each fault is said to stand."""

import json
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from mediaprep import documents
from mediaprep.errors import ProfileError


class Inner(BaseModel):
    """A mapping inside the sheet."""

    model_config = ConfigDict(extra="forbid")

    value: int
    unit: Literal["chars", "bytes"] = "chars"


class Sheet(BaseModel):
    """What the tests validate against."""

    model_config = ConfigDict(extra="forbid")

    name: str
    versions: list[str] = []
    ok: bool = True
    sizes: dict[str, Inner] = {}
    one: Inner | None = None


def faults(text):
    """Give the problems of a text, read and validated as a sheet called `f`."""
    with pytest.raises(ProfileError) as caught:
        documents.validate(documents.parse(text, "f"), Sheet)
    return caught.value.problems


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"), ("yes", "yes"), ("off", "off"), ("true", True), ("False", False), ("~", None), ("null", None),
        ("600000", 600_000), ("-5", -5), ("1.10", 1.1), ("1e3", 1000.0), (".5", 0.5), ("310410", 310_410),
        ("0310", "0310"), ("00.5", "00.5"), ("600_000", "600_000"), ("1:30", "1:30"), ("0x1F", "0x1F"),
        ("2024-02-01", "2024-02-01"), (".inf", ".inf"), (".nan", ".nan"), ("1MB", "1MB"), ('"600"', "600"),
        ("'true'", "true"), ("9" * 30, "9" * 30), ("1.", 1.0), ("é", "é"),
    ],
)  # fmt: skip
def test_scalars_are_what_was_written(text, value):
    """Only true, false, null and decimal numbers are converted; NO, dates, times and octals stay text."""
    found = documents.parse(f"k: {text}\n", "f").value["k"]
    assert found == value
    assert type(found) is type(value)


def test_keys_are_text():
    """A key is the text that was written: NO, 310410 and 3.0 are names."""
    assert documents.parse("NO: 1\n310410: 2\n3.0: 3\n", "f").value == {"NO": 1, "310410": 2, "3.0": 3}


def test_marks_point_at_keys_and_values():
    """Every key and value knows its line and column; a path that ends early gives the deepest place known."""
    document = documents.parse("a: 1\nb:\n  - {c: 2, d: [x, y]}\n", "f")
    assert document.at(()) == "f:1:1"
    assert document.at(("a",)) == "f:1:4"
    assert document.at(("a",), key=True) == "f:1:1"
    assert document.at(("b", 0, "d", 1)) == "f:3:19"
    assert document.at(("b", 0, "missing", "deeper")) == "f:3:5"
    assert document.raw(("b", 0, "c")) == "2"
    assert document.raw(("b",)) is None


def test_all_faults_of_the_text_come_at_once():
    """Duplicate keys, anchors, aliases, tags, merge keys and odd keys are refused together, each with its place."""
    text = "a: 1\na: 2\nb: &x 3\nc: *x\nd: !!str 4\n<<: {q: 1}\n? [1, 2]\n: 4\n"
    with pytest.raises(ProfileError) as caught:
        documents.parse(text, "f")
    found = caught.value.problems
    assert [item.split(" ")[0] for item in found] == ["f:2:1:", "f:3:4:", "f:4:4:", "f:5:4:", "f:6:1:", "f:7:3:"]
    assert "is already in line 1" in found[0]
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no document"),
        ("# only a remark\n", "no document"),
        ("a: 1\n---\nb: 2\n", "f:2:1: a second document"),
        ("a: [1,\nb: }", "f:2:4: not YAML"),
        (b"a: caf\xe9\n", "f:1:7: not UTF-8"),
        ("a: 1\nb: \x00\n", "f:2:1: a character"),
        ("a: &x [*x]\n", "alias"),
    ],
)
def test_texts_that_are_no_document(text, said):
    """What cannot be read says so with its place, and never with a foreign exception."""
    with pytest.raises(ProfileError, match=said):
        documents.parse(text, "f")


@pytest.mark.parametrize("text", ["[" * 200_000, "- " * 200_000, "{a: " * 5_000, "a:\n" + "- " * 500])
def test_deep_nesting_is_refused_at_the_bound(text):
    """Nesting ends at the bound, however long the text: composing it would end the process."""
    with pytest.raises(ProfileError, match="nested deeper than 64 levels"):
        documents.parse(text, "f")


def test_a_byte_order_mark_is_no_part_of_the_text():
    """A file saved with a byte order mark reads as one without."""
    assert documents.parse(b"\xef\xbb\xbfa: 1\n", "f").value == {"a": 1}


def test_reading_a_missing_file_names_it(tmp_path):
    """A file that cannot be opened is a profile error that names the path."""
    with pytest.raises(ProfileError, match=r"none\.yaml: cannot be read"):
        documents.read(tmp_path / "none.yaml")


_NO_NUMBER = "the text '1MB' is not a number; write 1000000 (and keep the words in `published: \"1MB\"`)"


def test_a_models_faults_come_at_once_in_the_files_order():
    """Wrong values, unknown and missing keys are all reported, by line, with what was meant."""
    assert faults(
        "versions: [3.0, x]\nok: yes\nsizez: 3\nsizes:\n  a: {value: 1MB, unti: chars}\n  b: {value: 1.5}\n"
    ) == (
        "f:1:1: the key 'name' is missing",
        'f:1:12: versions[0]: 3.0 is read as a number; text is meant, so write "3.0" in quotes',
        "f:2:5: ok: write true or false, not yes",
        "f:3:1: unknown key 'sizez'; did you mean sizes?",
        f"f:5:14: sizes.a.value: {_NO_NUMBER}",
        "f:5:19: unknown key 'unti'; did you mean unit?",
        "f:6:14: sizes.b.value: a whole number is expected, not 1.5",
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: 1.10\n", 'f:1:7: name: 1.10 is read as a number; text is meant, so write "1.10" in quotes'),
        ("name: true\n", 'f:1:7: name: true is read as the boolean true; text is meant, so write "true" in quotes'),
        ("name: [a]\n", "f:1:7: name: text is expected, not a list"),
        ("name:\n", "f:1:6: name: text is expected, not nothing"),
        ("name: a\none: {value: 1, unit: char}\n", "f:2:23: one.unit: 'char' is not one of these; did you mean chars?"),
        ("name: a\none: {value: apples}\n", "f:2:14: one.value: a number is expected, not the text 'apples'"),
        ("name: a\none: [1]\n", "f:2:6: one: keys with values are expected, not a list"),
        ("name: a\nversions: a\n", "f:2:11: versions: a list is expected, not the text 'a'; write [a, b]"),
        ("name: a\none: {}\n", "f:2:6: the key 'value' is missing in one"),
        ("- a\n", "f:1:1: the document: keys with values are expected, not a list"),
    ],
)
def test_each_sort_of_fault_is_said_plainly(text, said):
    """A fault names the key, what is there and what to write instead."""
    assert faults(text) == (said,)


def test_a_sound_document_becomes_the_models_value():
    """A document without fault comes back as the model."""
    sheet = documents.validate(documents.parse("name: a\nsizes: {x: {value: 3}}\n", "f"), Sheet)
    assert sheet.sizes["x"].value == 3


@given(st.text(max_size=60))
def test_any_text_is_a_document_or_a_profile_error(text):
    """No text whatever ends in anything but a document or a ProfileError with a place."""
    problems = ()
    try:
        documents.parse(text, "f")
    except ProfileError as error:
        problems = error.problems
    assert all(problem.startswith("f:") for problem in problems)


_WORDS = st.text("abcNOyes 0123.:#-é'\"", max_size=8)
_PLAIN = st.none() | st.booleans() | st.integers(-(10**15), 10**15) | _WORDS


@given(
    st.recursive(
        _PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=3), max_leaves=9
    )
)
def test_what_is_quoted_comes_back_as_it_was(value):
    """JSON is YAML: plain values written as JSON are read as the same values, text never as numbers."""
    assert documents.parse(json.dumps(value), "f").value == value
