"""Sizes as people write them, and what encodings make of them."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaprep.units import (
    BASE64,
    BASE64_LINES,
    base64_characters,
    bytes_in_base64_characters,
    decoded_bytes,
    format_size,
    outside_euc_kr,
    parse_size,
    short_size,
    text_length,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("300000", 300_000),
        ("300KB", 300_000),
        ("300KiB", 307_200),
        ("1.5MB", 1_500_000),
        ("2 MiB", 2_097_152),
        ("7b", 7),
    ],
)
def test_sizes_are_read_as_published(text, expected):
    """KB counts thousands and KiB counts 1,024s, whatever the case and spacing."""
    assert expected == parse_size(text)


@pytest.mark.parametrize("text", ["", "KB", "-5", "0", "1.5", "0.0001KB", "12 apples", "1e6", "NaN"])
def test_what_is_no_size_is_refused(text):
    """Anything that is not a whole number of bytes from 1 up raises ValueError with a reason."""
    with pytest.raises(ValueError, match=r"size|whole"):
        parse_size(text)


@given(st.integers(min_value=1, max_value=200_000))
def test_base64_budget_is_exact(characters):
    """The bytes allowed by a limit in base64 characters encode within it, and three more do not."""
    allowed = bytes_in_base64_characters(characters)

    assert len(base64.b64encode(bytes(allowed))) <= characters
    assert len(base64.b64encode(bytes(allowed + 1))) > characters
    assert base64_characters(allowed) == len(base64.b64encode(bytes(allowed)))


@given(st.integers(min_value=4, max_value=10_000_000))
def test_decoded_bytes_never_grow_over_the_limit(limit):
    """Bytes computed back from an encoded limit, encoded again by the same growth, stay within it."""
    for growth in (BASE64, BASE64_LINES):
        allowed = decoded_bytes(limit, growth)
        assert allowed * growth <= limit
        assert (allowed + 1) * growth > limit


def test_mime_line_growth_matches_the_standard_library():
    """The growth with line breaks is what the standard library's MIME encoder makes, CRLF counted."""
    raw = bytes(57_000)
    lines = base64.encodebytes(raw).replace(b"\n", b"\r\n")

    assert len(lines) == len(raw) * BASE64_LINES


@given(st.integers(min_value=0, max_value=10**13))
def test_short_sizes_stay_short(size):
    """A size in a table never takes more than eight characters."""
    assert len(short_size(size)) <= 8


def test_sizes_print_in_bytes():
    """Messages print whole bytes with separators, so that 600,000 and 614,400 are told apart."""
    assert format_size(614_400) == "614,400 bytes"
    assert format_size(1) == "1 byte"


@pytest.mark.parametrize(
    ("text", "chars", "utf_8", "euc_kr"), [("", 0, 0, 0), ("Sale", 4, 4, 4), ("가나", 2, 6, 4), ("가 a", 3, 5, 4)]
)
def test_text_is_counted_in_the_unit_of_its_limit(text, chars, utf_8, euc_kr):
    """Characters, bytes in UTF-8, or bytes in EUC-KR as Python's own codec has them."""
    found = [text_length(text, unit) for unit in ("chars", "bytes", "euc_kr_bytes")]
    assert found == [chars, utf_8, euc_kr]
    assert euc_kr == len(text.encode("euc-kr"))


def test_what_euc_kr_lacks_is_named_once():
    """Emoji and Thai have no place in it; Hangul and Latin have."""
    assert outside_euc_kr("가 a 😀😀 ก") == "😀ก"


@given(
    st.integers(1, 10**9),
    st.sampled_from([("", 1), ("B", 1), ("kB", 10**3), ("KiB", 2**10), ("Mb", 10**6), ("gib", 2**30)]),
    st.sampled_from(["", " "]),
)  # fmt: skip
def test_a_number_and_a_unit_are_their_product(number, unit, blank):
    """Whole numbers of any unit are exact, however large, in any case and with a blank or without."""
    assert parse_size(f"{number}{blank}{unit[0]}") == number * unit[1]


@given(st.decimals(min_value="0.001", max_value="999999", places=3), st.sampled_from([("KB", 10**3), ("MB", 10**6)]))
def test_decimals_are_exact_or_refused(number, unit):
    """1.005MB is 1,005,000 bytes and never 1,004,999; a part of a byte is no size."""
    whole = number * unit[1]
    if whole == int(whole):
        assert parse_size(f"{number}{unit[0]}") == int(whole)
    else:
        with pytest.raises(ValueError, match="whole"):
            parse_size(f"{number}{unit[0]}")


@given(st.text(max_size=30))
def test_any_text_is_a_size_or_is_refused(text):
    """Whatever is typed gives a whole number of bytes from 1 up, or ValueError: no other error, no other value."""
    try:
        size = parse_size(text)
    except ValueError:
        return
    assert size >= 1
    assert parse_size(f"{size}") == size


@given(st.text(max_size=200), st.text(max_size=200))
def test_lengths_of_texts_add_up(one, other):
    """In each unit two texts together are as long as both, and nothing is shorter than its characters."""
    for unit in ("chars", "bytes", "euc_kr_bytes"):
        assert text_length(one + other, unit) == text_length(one, unit) + text_length(other, unit)
        assert text_length(one, unit) >= len(one)


@given(st.integers(0, 100))
def test_base64_counts_its_padding(size_bytes):
    """A last group of one byte or two takes four characters as well."""
    assert base64_characters(size_bytes) == len(base64.b64encode(bytes(size_bytes)))


@pytest.mark.parametrize(
    ("size", "short"),
    [(999, "999 B"), (1_000, "1 KB"), (52_480, "52.5 KB"), (999_999, "1000 KB"), (1_000_000, "1 MB")],
)
def test_units_begin_at_their_thousand(size, short):
    """Up to 999 bytes are bytes; each further unit begins where the one before has no more digits."""
    assert short_size(size) == short
