"""Contact cards: what is recognised, what is refused, and what is said about cards that phones read badly."""

import base64
import contextlib
import io

import pytest
from afresh import afresh
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mediaprep.errors import AssetError
from mediaprep.model import KindName
from mediaprep.options import Bounds

CARD = b"BEGIN:VCARD\r\nVERSION:3.0\r\nN:Doe;Jo;;;\r\nFN:Jo Doe\r\nTEL;TYPE=CELL:+15550100\r\nEND:VCARD\r\n"


def judged(folder, data, bounds=None, name="card.vcf"):
    """Identify, probe and confirm a file; None where no kind takes it."""
    path = folder / name
    path.write_bytes(data)
    info = afresh(path, bounds)
    assert info is None or info.kind == KindName.VCARD
    return info


@pytest.mark.parametrize(
    "data",
    [
        CARD,
        b"\xef\xbb\xbf" + CARD,
        b"\r\n\r\n" + CARD,
        CARD.lower(),
        CARD.replace(b"BEGIN:VCARD", b"BEGIN:vCard "),
        CARD.decode().encode("utf-16"),
        CARD.decode().encode("utf-16-le"),
    ],
)
def test_cards_are_recognised_by_their_first_line(tmp_path, data):
    """Behind a byte order mark, blank lines, in small letters, in UTF-16, and whatever the file is called."""
    info = judged(tmp_path, data, name="photo.jpg")
    assert (info.media_type, info.cards) == ("text/x-vcard", 1)


def test_a_good_card_has_nothing_said_against_it(tmp_path):
    """Facts: one card, its version, its charset, no photo."""
    info = judged(tmp_path, CARD)
    assert (info.cards, info.vcard_versions, info.charset, info.photo_types, info.remarks) == (
        1,
        ("3.0",),
        "utf-8",
        (),
        (),
    )


def test_several_cards_are_counted_with_their_versions(tmp_path):
    """Each card of a file is judged; the versions are listed once each."""
    info = judged(tmp_path, CARD + CARD.replace(b"3.0", b"2.1") + CARD)
    assert (info.cards, info.vcard_versions) == (3, ("3.0", "2.1"))


@pytest.mark.parametrize(
    ("old", "new", "lacks"),
    [
        (b"N:Doe;Jo;;;\r\n", b"", "no N"),
        (b"N:Doe;Jo;;;", b"N:;;;;", "no N"),
        (b"FN:Jo Doe\r\n", b"", "no FN"),
        (b"VERSION:3.0\r\n", b"", "no VERSION"),
    ],
)
def test_what_phones_insist_on_is_missed_by_name(tmp_path, old, new, lacks):
    """VERSION, N and FN: a card without one is named with its line."""
    remarks = dict(judged(tmp_path, CARD.replace(old, new, 1)).remarks)
    assert lacks in remarks["vcard_incomplete"]
    assert "line 1" in remarks["vcard_incomplete"]


def test_versions_differ_in_what_they_must_have(tmp_path):
    """A vCard 2.1 does without FN and 4.0 without N."""
    assert judged(tmp_path, CARD.replace(b"3.0", b"2.1").replace(b"FN:Jo Doe\r\n", b"")).remarks == ()
    assert judged(tmp_path, CARD.replace(b"3.0", b"4.0").replace(b"N:Doe;Jo;;;\r\n", b"")).remarks == ()


def test_photos_are_told_by_their_bytes(tmp_path):
    """A PNG that says JPEG is a PNG; links, damage and foreign types are named."""
    target = io.BytesIO()
    Image.new("RGB", (4, 4)).save(target, "PNG")
    png = base64.b64encode(target.getvalue())
    photos = (
        b"PHOTO;ENCODING=b;TYPE=JPEG:" + png + b"\r\nPHOTO;VALUE=uri:http://x.example/a.jpg\r\n"
        b"PHOTO;ENCODING=b;TYPE=JPEG:A*\r\nPHOTO;ENCODING=b:/9j/4AAQ\r\n"
    )
    info = judged(tmp_path, CARD.replace(b"END:", photos + b"END:"))
    assert info.photo_types == ("image/png", "uri", "image/jpeg")
    assert [text.split(":")[0] for _, text in info.remarks] == ["line 6", "line 7", "line 8"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (CARD[:-12], "truncated"),
        (CARD + CARD[:-12], "truncated"),
        (CARD[: CARD.index(b"TEL") + 8], "truncated"),
        (b"BEGIN:VCARD\r\nEND:VCARD\r\n", "unreadable"),
        (b"BEGIN:VCARD\r\nVERSION:3.0\r\nN:\r\nEND:VCARD\r\n", "unreadable"),
        (CARD.partition(b"\r\n")[2], "unreadable"),
    ],
)
def test_cards_without_end_beginning_or_content_are_refused(tmp_path, data, code):
    """What a phone could not take either is refused, with the line where the card begins."""
    with pytest.raises(AssetError) as caught:
        judged(tmp_path, data)
    assert caught.value.code == code


def test_the_bound_on_bytes_is_kept(tmp_path):
    """A huge file is refused before it is read."""
    with pytest.raises(AssetError) as caught:
        judged(tmp_path, CARD, Bounds(max_text_bytes=10))
    assert (caught.value.code, caught.value.allowed, caught.value.actual) == ("text_bound", 10, len(CARD))


def test_findings_are_counted_when_they_are_many(tmp_path):
    """An address book of broken cards gives a handful of findings and the number of the rest."""
    info = judged(tmp_path, b"BEGIN:VCARD\r\nTEL:1\r\nEND:VCARD\r\n" * 50)
    assert len(info.remarks) == 9
    assert info.remarks[-1] == ("vcard_text", "and 42 more findings like these")


@settings(max_examples=100, deadline=None)
@given(
    cut=st.integers(12, len(CARD)),
    flips=st.lists(st.tuples(st.integers(12, len(CARD) - 1), st.integers(0, 255)), max_size=5),
)
def test_damage_raises_nothing_but_asset_errors(tmp_path_factory, cut, flips):
    """Cut and flipped anywhere behind its first line, a card is read or refused."""
    data = bytearray(CARD)
    for at, value in flips:
        data[at] = value
    with contextlib.suppress(AssetError):
        assert judged(tmp_path_factory.getbasetemp(), bytes(data[:cut])).cards >= 1


def test_bytes_of_no_character_set_do_not_stop_a_card(tmp_path):
    """Bytes that are neither UTF-8 nor explained by a CHARSET become the replacement character, and that is said."""
    from mediaprep.api import fit, route

    names = b"N:B\xe9rard;\xdcrs;;;\r\nFN:\xdcrs B\xe9rard\r\n"
    card = b"BEGIN:VCARD\r\nVERSION:3.0\r\n" + names + b"TEL;TYPE=CELL:+15555550100\r\nEND:VCARD\r\n"

    outcome = fit(card, route("us"), isolation="none")

    assert outcome.done, outcome.violations
    outcome.data.decode("utf-8")
    assert b"+15555550100" in outcome.data
