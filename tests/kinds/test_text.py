"""Texts: taken where everything speaks for it, declined or refused where something speaks against it."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mediaprep.api import check, route
from mediaprep.errors import AssetError
from mediaprep.kinds import identify, text
from mediaprep.model import KindName
from mediaprep.options import Bounds
from mediaprep.storage import open_source


def judged(folder, data, bounds=None, name="message.txt"):
    """Identify, probe and confirm a file; None where no kind takes it, the kind's name where it is no text."""
    path = folder / name
    path.write_bytes(data)
    source = open_source(path, 10**9)
    known = identify(source)
    if known is None:
        return None
    if known[0].name != KindName.TEXT:
        return known[0].name
    return text.KIND.confirm(source, text.KIND.probe(source, known[1], bounds or Bounds()), bounds or Bounds())


@pytest.mark.parametrize(
    ("data", "charset", "characters"),
    [
        (b"Sale today\n", "us-ascii", 10),
        ("Größe 10 €".encode(), "utf-8", 10),
        (b"\xef\xbb\xbfHi", "utf-8", 2),
        ("Привет".encode("utf-16"), "utf-16", 6),
        ("Grüße … morgen “alles” neu".encode("cp1252"), "windows-1252", 26),
        ("😀".encode(), "utf-8", 1),
        ("🫩 new".encode(), "utf-8", 5),
        (b"a\r\nb\r\n", "us-ascii", 3),
    ],
)
def test_texts_are_read_with_their_charset(tmp_path, data, charset, characters):
    """UTF-8, UTF-16 with its mark, windows-1252 where it is likely; the editor's last line break does not count."""
    info = judged(tmp_path, data)
    assert (info.charset, info.characters, info.media_type) == (charset, characters, "text/plain")


def test_segments_are_counted_as_an_sms_would_take(tmp_path):
    """The fallback's cost is a fact of the text."""
    info = judged(tmp_path, ("ё" * 71).encode())
    assert (info.sms_encoding, info.sms_segments) == ("ucs2", 2)


@pytest.mark.parametrize(
    "data",
    [
        b"RIFF\0\0\0\0", b"R", b"GIF8", b"OggS stump", b"\x7f\xd8\xff\xe0", b" \r\n\t", b"a\x00b",
        b"bell\x07", b"<html><body>Hi</body></html>", b"<?xml version='1.0'?><a/>", b"<svg xmlns='x'/>",
        b"  <!DOCTYPE html>",
        b'{"a": 1}', b'[{"a": 1}]', b'{"a": 1,', b"#!/bin/sh\necho", b"{\\rtf1 hello}",
        b"-----BEGIN PRIVATE KEY-----\nabc", b"P3\n2 2\n255\n0 0 0",
        b"WEBVTT\n\n00:00", bytes(range(0xA0, 0x100)), b"\xff\xfe\x00", "日本語テキスト".encode("shift_jis"),
        "zwei\ufffeNull".encode(),
    ],
)  # fmt: skip
def test_what_is_no_plain_text_is_not_taken_for_it(tmp_path, data):
    """Control characters, stumps of other formats, markup, data, scripts, keys, unknown charsets: none is taken."""
    assert judged(tmp_path, data) is None


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"GIF89a", KindName.IMAGE),
        (b"#EXTM3U\nhttp://x", KindName.VIDEO),
        (b"ffconcat version 1.0\nfile a", KindName.VIDEO),
    ],
)
def test_letters_that_are_another_kinds_signature_are_its_own(tmp_path, data, kind):
    """A stump of a GIF is refused as a picture, a playlist as a list that points elsewhere: not sent as words."""
    assert judged(tmp_path, data) == kind


@pytest.mark.parametrize(
    "data", [b"[SALE] 50% off", b"{name}, hello", b"<3 you all", b"# Title\n", b"50%", b"From: Mom\nHi"]
)
def test_messages_that_begin_oddly_are_still_texts(tmp_path, data):
    """Brackets and signs at the start are no proof of another format."""
    assert judged(tmp_path, data).kind == KindName.TEXT


def test_a_name_that_promises_another_format_speaks_against_a_text(tmp_path):
    """A photo whose bytes are words is a failed download; the same words in a text file are a text."""
    assert judged(tmp_path, b"Not found").kind == KindName.TEXT
    assert judged(tmp_path, b"Not found", name="note").kind == KindName.TEXT
    for name in ("photo.JPG", "card.vcf", "clip.mp4"):
        with pytest.raises(AssetError) as caught:
            judged(tmp_path, b"Not found", name=name)
        assert caught.value.code == "unreadable"


def test_a_file_that_turns_binary_later_is_refused(tmp_path):
    """Only the first 64 KiB are sniffed; the probe reads all."""
    with pytest.raises(AssetError) as caught:
        judged(tmp_path, b"word " * 20_000 + b"\0\1\2")
    assert caught.value.code == "unreadable"


def test_a_character_may_lie_across_the_end_of_the_sniffed_bytes(tmp_path):
    """A cut character at 64 KiB does not make a text binary."""
    assert judged(tmp_path, b"x" * 65_535 + "é".encode() + b" end").characters == 65_540


def test_the_bound_on_bytes_is_kept(tmp_path):
    """A huge text is refused before it is read."""
    with pytest.raises(AssetError) as caught:
        judged(tmp_path, b"some words", Bounds(max_text_bytes=4))
    assert caught.value.code == "text_bound"


def test_pictures_are_never_texts(tmp_path):
    """A real picture under a text's name is a picture."""
    target = io.BytesIO()
    Image.new("RGB", (4, 4)).save(target, "PNG")
    assert judged(tmp_path, target.getvalue()) == KindName.IMAGE


@settings(max_examples=200, deadline=None)
@given(st.binary(min_size=1, max_size=300))
def test_random_bytes_raise_nothing_but_asset_errors(tmp_path_factory, data):
    """Any bytes are a text, or none, or refused."""
    try:
        found = judged(tmp_path_factory.getbasetemp(), data, name="random")
    except AssetError:
        return
    if found is not None and not isinstance(found, KindName):
        assert found.characters >= 1


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]), min_size=2, max_size=200))
def test_unicode_texts_keep_their_length(tmp_path_factory, words):
    """Whatever is written in UTF-8 behind a first word is read letter by letter."""
    whole = f"Hello {words}."
    assert judged(tmp_path_factory.getbasetemp(), whole.encode(), name="words").characters == len(whole)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("cy.txt", "Привет мир как дела".encode("cp1251")),
        ("jp.csv", "日本語テキスト,1".encode("shift_jis")),
        ("u16.txt", "Sale today".encode("utf-16-le")),
        ("u16b.TXT", "Sale today".encode("utf-16-be")),
    ],
)
def test_text_in_a_charset_that_it_does_not_name_is_told_what_would_do(tmp_path, name, data):
    """To convert it to JPEG is no advice for a text: it is to be saved as UTF-8."""
    (tmp_path / name).write_bytes(data)
    found = check(tmp_path / name, route("us")).violations[0]
    assert found.name == "unsupported"
    assert "looks like text" in found.message
    assert found.remedy == "Save it as UTF-8."


@pytest.mark.parametrize(
    ("name", "data"), [("a.jpg", "Привет мир".encode("cp1251")), ("a.txt", bytes(range(256))), ("a.txt", b"<html>")]
)
def test_what_is_no_text_is_not_told_to_become_one(tmp_path, name, data):
    """Other names, control characters and markup keep the general advice."""
    (tmp_path / name).write_bytes(data)
    assert check(tmp_path / name, route("us")).violations[0].remedy != "Save it as UTF-8."
