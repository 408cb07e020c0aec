"""The vCard reader: what phones write, unfolded and decoded, with nothing lost that is not named."""

import base64
import time
import warnings

import pytest
from foreign import CORPUS, corpus_rows
from hypothesis import given, settings
from hypothesis import strategies as st

from mediaprep.errors import AssetError
from mediaprep.kinds import _vcard_folds as folds
from mediaprep.kinds._vcard_lines import read_cards, split_cards
from mediaprep.kinds._vcard_values import components, embedded, unescaped

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(200))
BASE64 = base64.b64encode(JPEG).decode()


def only(body, *, version="3.0"):
    """Read a card made of these lines; give the card."""
    text = f"BEGIN:VCARD\r\nVERSION:{version}\r\n{body}\r\nEND:VCARD\r\n"
    found = read_cards(text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape"))
    assert len(found.cards) == 1
    return found.cards[0]


def line(body, **options):
    """Give the first property of a card made of these lines."""
    return only(body, **options).lines[1]


@pytest.mark.parametrize("ending", ["\r\n", "\n", "\r", "\r\r\n"])
def test_any_line_ending_is_read(ending):
    """CRLF, LF, the CR of old Macs and the CRCRLF of a file converted twice."""
    found = read_cards(f"BEGIN:VCARD{ending}FN:A{ending} B{ending}TEL:1{ending}END:VCARD{ending}".encode())
    assert [(each.name, each.value) for each in found.cards[0].lines] == [("FN", "AB"), ("TEL", "1")]
    assert found.problems == ()


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_any_unicode_encoding_is_read(codec):
    """With a byte order mark or, for UTF-16, by the zero bytes between its letters."""
    found = read_cards("BEGIN:VCARD\r\nFN:Zoë 😀\r\nEND:VCARD\r\n".encode(codec))
    assert found.cards[0].value("FN") == "Zoë 😀"
    assert found.charset == ("utf-16" if "16" in codec else "utf-8")


def test_a_fold_may_cut_a_character_or_a_parameter():
    """Folds at 75 octets cut UTF-8 characters in two; some writers fold inside parameters."""
    data = b"BEGIN:VCARD\r\nFN:Zo\xc3\r\n \xab\r\nTEL;TYPE=\r\n\tFAX,WORK:1\r\nEND:VCARD\r\n"
    found = read_cards(data)
    assert found.cards[0].value("FN") == "Zoë"
    assert found.cards[0].every("TEL")[0].types == ("fax", "work")
    assert found.problems == ()


def test_quoted_printable_goes_on_behind_a_soft_break():
    """The next line is taken as it stands, leading blank included, unless the card ends there."""
    note = line("NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:Gr=C3=BC=\r\n=C3=9Fe=\r\n und mehr", version="2.1")
    assert note.value == "Grüße und mehr"
    assert line("NOTE;QUOTED-PRINTABLE:a=", version="2.1").value in ("a", "a=")


def test_an_equals_sign_ends_no_other_value():
    """Only quoted-printable breaks softly: an address that ends in = is left alone."""
    card = only("URL:http://x.example/?q=\r\nTEL:1")
    assert card.value("URL") == "http://x.example/?q="
    assert card.value("TEL") == "1"


def test_structured_values_are_split_before_quoted_printable_is_undone():
    """An encoded semicolon belongs to its component, as Android reads it."""
    name = line("N;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:Br=C3=BCning=3B;Anna", version="2.1")
    assert components(name) == ("Brüning;", "Anna")


def test_escapes_are_undone_by_component():
    """An escaped semicolon is no separator, an escaped n is a line break, a lone backslash at the end stays."""
    assert components(line(r"ADR:;;1\; rear\, left;City\nTown;;;"))[2:4] == ("1; rear, left", "City\nTown")
    assert unescaped("a\\") == "a\\"


@pytest.mark.parametrize(
    ("body", "types"),
    [
        ("TEL;CELL;PREF:1", ("cell", "pref")),
        ("TEL;TYPE=CELL,PREF:1", ("cell", "pref")),
        ('TEL;TYPE="cell,pref":1', ("cell", "pref")),
        ("TEL;type=cell;TYPE=CELL:1", ("cell",)),
        ("TEL;;TYPE=:1", ()),
    ],
)
def test_types_are_read_in_every_spelling(body, types):
    """Bare as in 2.1, listed, repeated, quoted, or empty."""
    assert line(body).types == types


def test_groups_and_names_are_told_apart():
    """``item1.`` is a group; names are compared in upper case."""
    found = line("item1.X-ABLabel:Work")
    assert (found.group, found.name, found.value) == ("item1", "X-ABLABEL", "Work")


def test_quoted_parameters_may_hold_separators():
    """A colon or semicolon inside quotes is no separator; RFC 6868 escapes are undone; a stray quote is a character."""
    found = line('ADR;LABEL="1 Road; Town: X^nY":;;1 Road;;;;')
    assert found.param("LABEL") == ("1 Road; Town: X\nY",)
    assert line('NOTE;X=a"b:text').value == "text"


@pytest.mark.parametrize(
    "photo",
    [
        f"PHOTO;ENCODING=b;TYPE=JPEG:{BASE64}",
        "PHOTO;TYPE=JPEG;ENCODING=B:\r\n " + "\r\n ".join(BASE64[i : i + 60] for i in range(0, len(BASE64), 60)),
        "PHOTO;JPEG;ENCODING=BASE64:\r\n" + "\r\n".join(BASE64[i : i + 60] for i in range(0, len(BASE64), 60)) + "\r\n",
        f"PHOTO;JPEG;BASE64:\r\n\r\n{BASE64}\r\n",
        f"PHOTO:data:image/jpeg;base64,{BASE64}",
        f"PHOTO:data:image/jpeg\\;base64\\,{BASE64}",
        f"PHOTO;ENCODING=b;TYPE=JPEG:{BASE64.rstrip('=')}",
    ],
)
def test_photos_are_found_however_they_are_wrapped(photo):
    """On one line, folded, bare with an empty line behind, as a data URI, escaped by a careless writer, unpadded."""
    card = only(f"{photo}\r\nTEL:123")
    data, stated = embedded(card.every("PHOTO")[0])
    assert data == JPEG
    assert stated in ("jpeg", "image/jpeg")
    assert card.value("TEL") == "123"


def test_photos_that_are_links_or_damaged_are_told_apart():
    """A link has no bytes; damaged base64 raises."""
    assert embedded(line("PHOTO;VALUE=uri:http://x.example/a.jpg")) is None
    with pytest.raises(ValueError, match="damaged"):
        embedded(line("PHOTO;ENCODING=b:A*B"))
    with pytest.raises(ValueError, match="comma"):
        embedded(line("PHOTO:data:image/png;base64"))


def test_a_charset_is_believed_where_the_bytes_agree():
    """Declared charsets are used, mislabelled UTF-8 is still UTF-8, and a wrong label is named."""
    found = read_cards(
        b"BEGIN:VCARD\r\nVERSION:2.1\r\nFN;CHARSET=ISO-8859-1:Zo\xeb\r\nN;CHARSET=ISO-8859-1:Zo\xc3\xab\r\n"
        b"NOTE;CHARSET=UTF-8:Zo\xeb\r\nTITLE;CHARSET=nonsense:Zo\xeb\r\nORG;CHARSET=SHIFT_JIS:\x83e\x83X\x83g\r\nEND:VCARD\r\n"
    )
    card = found.cards[0]
    assert [card.value(name) for name in ("FN", "N", "NOTE", "TITLE", "ORG")] == ["Zoë", "Zoë", "Zoë", "Zoë", "テスト"]
    assert [number for number, _ in found.problems] == [5, 6]
    assert found.charset == "iso8859-1"


@pytest.mark.parametrize("name", ["unicode_escape", "punycode", "base64", "undefined", "rot13", "utf-8\0", "é"])
def test_codecs_that_are_no_charsets_are_not_used(name):
    """Python knows codecs that are no charsets; a card cannot call them."""
    found = read_cards(f"BEGIN:VCARD\r\nFN;CHARSET={name}:".encode() + b"Zo\xeb\\x41\r\nEND:VCARD\r\n")
    assert found.cards[0].value("FN") == "Zoë\\x41"


def test_text_that_runs_on_is_kept_and_named():
    """A note with plain line breaks keeps its lines; an empty line between them is no end."""
    found = read_cards(b"BEGIN:VCARD\r\nNOTE:one\r\ntwo\r\n\r\nhttp://three\r\nTEL:1\r\nEND:VCARD\r\n")
    card = found.cards[0]
    assert card.value("NOTE") == "one\ntwo\nhttp://three"
    assert card.value("TEL") == "1"
    assert [number for number, _ in found.problems] == [3, 5]


def test_a_known_name_alone_is_an_empty_property():
    """``FN`` without a colon says nothing; it is no text of the line before."""
    card = only("NOTE:a\r\nFN\r\nTEL:1")
    assert [each.name for each in card.lines] == ["VERSION", "NOTE", "FN", "TEL"]


def test_a_card_inside_an_agent_is_no_card_of_its_own():
    """A vCard 2.1 nests a secretary's card; it stays with its line."""
    card = only("AGENT:\r\nBEGIN:VCARD\r\nFN:Inner\r\nEND:VCARD\r\nTEL:1", version="2.1")
    assert [each.value for each in card.every("AGENT")[0].inner] == ["Inner"]
    assert card.value("FN") == ""
    assert card.value("TEL") == "1"


def test_cards_without_an_end_are_marked():
    """A second BEGIN closes the first card, which has no end; a stray END is named."""
    found = read_cards(b"END:VCARD\r\nBEGIN:VCARD\r\nFN:A\r\nBEGIN:VCARD\r\nFN:B\r\nEND:VCARD\r\n")
    assert [(card.value("FN"), card.ended, card.number) for card in found.cards] == [("A", False, 2), ("B", True, 4)]
    assert {number for number, _ in found.problems} == {1, 2}


def test_lines_and_heads_are_bounded():
    """A file of endless lines, or of one endless parameter list, is refused by name."""
    for data in (b"BEGIN:VCARD" + b"\n" * folds.MAX_LINES, b"BEGIN:VCARD\nA" + b";b=c" * 50_000 + b":x\nEND:VCARD"):
        with pytest.raises(AssetError) as caught:
            read_cards(data)
        assert caught.value.code == "header_bound"


PIECES = st.sampled_from([
    "BEGIN:VCARD", "END:VCARD", "VERSION:2.1", "FN:a", "N;CHARSET=UTF-8;QUOTED-PRINTABLE:=C3=", "PHOTO;BASE64:", "QUJD",
    " folded", "\tx", "AGENT:", ";", ":", "=", '"', "\\", 'a.b;c="d', "item1.TEL;x=^n:1", "\0", "é", b"\xe9",
])  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=30), st.sampled_from([b"\r\n", b"\n", b"\r", b""]), st.binary(max_size=20))
def test_no_bytes_make_the_reader_fail(pieces, ending, junk):
    """Whatever the lines, the reader gives cards and problems in short time."""
    data = ending.join(piece if isinstance(piece, bytes) else piece.encode() for piece in pieces) + junk
    started = time.process_time()
    found = read_cards(data)
    for card in found.cards:
        for each in card.lines:
            components(each)
            each.value.encode("utf-8")
    assert time.process_time() - started < 1


CARDS = [row for row in corpus_rows() if row["media_type"] == "text/vcard" and row["expected"] == "readable"]


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus of other people's files is not there")
@pytest.mark.parametrize("row", CARDS, ids=[row["path"] for row in CARDS])
def test_an_independent_reader_sees_the_same_properties(row):
    """This reader and vobject agree on every property, and on plain values up to the comma where vobject cuts them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import vobject

        found = read_cards((CORPUS / row["path"]).read_bytes())
        if any("outside" in text for _, text in found.problems):
            pytest.skip("vobject counts what stands outside the cards as one more card")
        others = list(vobject.readComponents(found.text, allowQP=True))
    assert len(others) == len(found.cards)
    for ours, other in zip(found.cards, others, strict=True):
        children = list(other.getChildren())
        assert sorted(each.name for each in ours.lines) == sorted(child.name.upper() for child in children)
        for name in ("FN", "TEL", "EMAIL", "NOTE"):
            mine = [unescaped(each.value) for each in ours.every(name)]
            theirs = [unescaped(str(child.value)) for child in children if child.name.upper() == name]
            assert sorted(value.split(",")[0] for value in mine) == sorted(value.split(",")[0] for value in theirs)


def test_no_card_comes_apart_into_none():
    """A file without a card has no pieces; it is no error."""
    assert split_cards(b"") == split_cards(b"FN:nobody\r\n") == ()


@pytest.mark.parametrize("charset", ["GBK", "GB2312", "GB18030", "Big5", "EUC-KR", "EUC-JP", "Shift_JIS", "KOI8-R"])
@pytest.mark.parametrize("coded", [False, True], ids=["plain", "quoted-printable"])
def test_short_names_in_charsets_of_two_bytes_are_believed(charset, coded):
    """A family name of one character is two bytes, and may be UTF-8 by chance; the whole line decides, not a piece."""
    names = {"GBK": "谢;娜", "GB2312": "袁;", "GB18030": "魏;", "EUC-KR": "황;민지", "KOI8-R": "её;"}
    names |= {"Big5": "謝;娜", "EUC-JP": "村;", "Shift_JIS": "ﾆｼ;"}
    data = names[charset].encode(charset)
    if coded:
        data = b"".join(bytes([each]) if each == 0x3B else f"={each:02X}".encode() for each in data)
    head = f"N;CHARSET={charset}{';ENCODING=QUOTED-PRINTABLE' if coded else ''}:".encode()
    found = read_cards(b"BEGIN:VCARD\r\nVERSION:2.1\r\n" + head + data + b"\r\nEND:VCARD\r\n")
    assert ";".join(components(found.cards[0].every("N")[0])) == names[charset]
    assert found.problems == ()


@pytest.mark.parametrize("name", ["Ирина", "谢娜", "Šárka Novotná-Dvořáková"])
def test_utf_8_under_the_label_of_another_charset_is_utf_8(name):
    """More letters than chance makes are what they are, whatever the line's CHARSET."""
    found = read_cards(b"BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=GBK:" + name.encode() + b";;;;\r\nEND:VCARD\r\n")
    assert components(found.cards[0].every("N")[0])[0] == name


def test_letters_that_a_charset_has_only_by_its_wider_name_are_read():
    """Windows writes characters of GBK under the name GB2312, of code page 949 under EUC-KR."""
    for charset, codec, name in (
        ("GB2312", "gbk", "朱镕基"),
        ("EUC-KR", "cp949", "똠방"),
        ("SHIFT_JIS", "cp932", "髙橋①"),
    ):
        data = f"BEGIN:VCARD\r\nFN;CHARSET={charset}:".encode() + name.encode(codec) + b"\r\nEND:VCARD\r\n"
        assert read_cards(data).cards[0].value("FN") == name
