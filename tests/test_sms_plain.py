"""Plainer characters for an SMS: offered where they save, never applied."""

# ruff: noqa: RUF001
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaprep import api, sms
from mediaprep.sms_plain import SUBSTITUTES, offer


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("“Hi” – it’s on…", '"Hi" - it\'s on...'),
        ("a\u00a0b\u200b", "a b"),
        ("Cafe\u0301", "Café"),
        ("10 × ½ №", None),
    ],
)
def test_smart_characters_have_plain_ones(text, plain):
    """Quotes, dashes, dots, blanks and marks apart from their letters become what GSM-7 holds."""
    found = offer(text)
    assert found is not None
    assert found.after.encoding == "gsm7"
    assert plain is None or found.text == plain


@pytest.mark.parametrize("text", ["plain", "дом “x”", "", "Ő", "👍🏽 “ok”"])
def test_nothing_is_offered_that_saves_nothing(text):
    """A text that stays outside the alphabet, or is inside already, is left alone; letters are never exchanged."""
    assert offer(text) is None


def test_every_substitute_is_in_the_alphabet():
    """What is offered never costs the alphabet again."""
    assert all(set(plain) <= sms.GSM7 for plain in SUBSTITUTES.values())


@given(st.text(max_size=200))
def test_an_offer_is_never_longer_in_segments(text):
    """An offer turns UCS-2 into GSM-7 and costs no more segments."""
    found = offer(text)
    if found is not None:
        assert found.before.encoding == "ucs2"
        assert found.after.segments <= found.before.segments


def test_the_check_of_a_text_names_the_offer(tmp_path):
    """The finding says what to replace and what that saves; the text itself stays as it is."""
    path = tmp_path / "offer.txt"
    path.write_text("“Sale” ends today. " * 6, encoding="utf-8")
    outcome = api.fit(path, api.route("us"), isolation="none")
    (found,) = [each for each in outcome.warnings if each.name == "plainer_letters"]
    assert 'replacing “ with ", ” with " makes it gsm7 in 1 segment instead of ucs2 in 2' in found.message
    assert outcome.data == path.read_bytes()
