"""SMS segments: the alphabets, the two-septet characters, and what a segment may not split."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaprep import sms


@pytest.mark.parametrize(
    ("text", "encoding", "units", "segments"),
    [
        ("", "gsm7", 0, 1),
        ("a" * 160, "gsm7", 160, 1),
        ("a" * 161, "gsm7", 161, 2),
        ("a" * 306, "gsm7", 306, 2),
        ("a" * 307, "gsm7", 307, 3),
        ("€" * 80, "gsm7", 160, 1),
        ("a" * 159 + "€", "gsm7", 161, 2),
        ("a" * 152 + "€" + "a" * 152, "gsm7", 306, 3),  # the euro sign moves to the second segment whole
        ("@£$¥èéùìòÇΔΦΓ[]{}~|\\^\n\r", "gsm7", 31, 1),
        ("я" * 70, "ucs2", 70, 1),
        ("я" * 71, "ucs2", 71, 2),
        ("я" * 134, "ucs2", 134, 2),
        ("😀" * 35, "ucs2", 70, 1),
        ("😀" * 36, "ucs2", 72, 2),
        ("a" * 66 + "😀" + "я" * 66, "ucs2", 134, 3),  # so does a surrogate pair
    ],
)
def test_segments_of_known_texts(text, encoding, units, segments):
    """160 and 153 septets, 70 and 67 UTF-16 units; escapes and surrogate pairs stay whole."""
    counted = sms.count(text)
    assert (counted.encoding, counted.units, counted.segments) == (encoding, units, segments)


def test_the_alphabet_has_its_size():
    """127 characters beside the escape code, and ten behind it."""
    assert len(sms.GSM7) == 137


@given(st.text(max_size=700))
def test_segments_hold_all_units_and_waste_little(text):
    """Never fewer segments than the units need, and at most one unit lost in each."""
    counted = sms.count(text)
    alone, joined = (160, 153) if counted.encoding == "gsm7" else (70, 67)
    least = 1 if counted.units <= alone else -(-counted.units // joined)
    most = 1 if counted.units <= alone else -(-counted.units // (joined - 1))
    assert least <= counted.segments <= most
