"""SMS segments held against smsutil, a splitter that is not ours (skipped where it is not installed)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediaprep import sms

smsutil = pytest.importorskip("smsutil", reason="smsutil is not installed")

GSM7 = st.text(st.sampled_from(sorted(sms.GSM7)), max_size=600)
# ESC is no letter: it only leads to the extension table (3GPP TS 23.038, 6.2.1), though smsutil takes it for one
UNICODE = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x1b", max_codepoint=0xFFFF), max_size=300
)


@settings(max_examples=300, deadline=None)
@given(GSM7)
def test_gsm_texts_split_as_another_library_splits_them(text):
    """The alphabet with its extension table: equal segments and septets."""
    theirs = smsutil.split(text)
    ours = sms.count(text)
    assert ours.encoding == "gsm7"
    assert ours.segments == max(1, len(theirs.parts))
    assert ours.units == sum(part.bytes for part in theirs.parts)


@settings(max_examples=300, deadline=None)
@given(UNICODE)
def test_other_texts_split_as_another_library_splits_them(text):
    """UCS-2: equal segments, and the same characters force it. Beyond the first plane smsutil splits pairs."""
    ours = sms.count(text)
    assert (ours.encoding == "gsm7") == (text == "" or smsutil.is_valid_gsm(text))
    assert ours.segments == max(1, len(smsutil.split(text).parts))
