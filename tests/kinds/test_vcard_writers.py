"""Cards as other programs write them: what each says is what the new card says, read by another reader."""

import base64

import card_reader
import pytest
from foreign import CORPUS
from hypothesis import given, settings
from hypothesis import strategies as st
from test_vcard_fit import CARDS, assert_same_photo, card, fitted, picture, seen_by_vobject, texts

from mediaprep.kinds._vcard_lines import read_cards, split_cards
from mediaprep.kinds._vcard_values import components, text_of
from mediaprep.model import Verdict

PHOTO = base64.b64encode(picture((200, 200))).decode()

OUTLOOK = (
    "BEGIN:VCARD\r\nVERSION:2.1\r\nN;LANGUAGE=de;CHARSET=Windows-1252:M\xfcller;J\xfcrgen\r\n"
    "FN;CHARSET=Windows-1252:J\xfcrgen M\xfcller\r\n"
    "ORG;ENCODING=QUOTED-PRINTABLE;CHARSET=Windows-1252:M=FCller & S=F6hne;Verkauf\r\n"
    "TITLE;ENCODING=QUOTED-PRINTABLE:Head of=\r\n sales\r\n"
    "TEL;WORK;VOICE:+49 30 1234\r\nTEL;CELL;VOICE:+49 170 9\r\n"
    "ADR;WORK;PREF;ENCODING=QUOTED-PRINTABLE;CHARSET=Windows-1252:;;Hauptstra=DFe 1=0D=0A2. Stock;K=F6ln;;50667;DE\r\n"
    "X-MS-OL-DEFAULT-POSTAL-ADDRESS:2\r\nEMAIL;PREF;INTERNET:j@example.com\r\n"
    f"PHOTO;TYPE=JPEG;ENCODING=BASE64:\r\n {PHOTO[:60]}\r\n {PHOTO[60:]}\r\n\r\n"
    "X-MS-CARDPICTURE;TYPE=JPEG;ENCODING=BASE64:\r\n QUJD\r\n\r\nREV:20260101T120000Z\r\nEND:VCARD\r\n"
).encode("cp1252")

NOKIA = (
    b"BEGIN:VCARD\r\nVERSION:2.1\r\nN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:P=C3=A4iv=C3=A4;Ma=\r\nrja;;;\r\n"
    b"TEL;PREF;CELL;VOICE:+358401\r\nTEL;VIDEO:+358402\r\nX-CLASS:private\r\nEMAIL;INTERNET:m@example.fi\r\n"
    b"END:VCARD\r\n"
)

IPHONE = (
    "BEGIN:VCARD\nVERSION:3.0\nPRODID:-//Apple Inc.//iOS 18.1//EN\nN:Ng;Ann;;;\nFN:Ann Ng\n"
    "item1.TEL;type=pref:+1 202 555 0100\nitem1.X-ABLabel:_$!<Mobile>!$_\n"
    "item2.ADR;type=HOME:;;1 Main St\\nApt 2;Ottawa;ON;K1A 0B1;Canada\nitem2.X-ABADR:ca\n"
    "item3.URL;type=pref:https\\://shop.example/a\nitem3.X-ABLabel:_$!<HomePage>!$_\n"
    f"PHOTO;ENCODING=b;TYPE=JPEG:{PHOTO[:40]}\n {PHOTO[40:90]}\n  {PHOTO[90:]}\nEND:VCARD\n"
).encode()

GOOGLE = (
    b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Dr. Bo Li\r\nN:Li;Bo;;Dr.;\r\nEMAIL;TYPE=INTERNET;TYPE=WORK:b@example.com\r\n"
    b"TEL;TYPE=CELL:+14155550100\r\nitem1.URL:http\\://www.google.com/profiles/1\r\nitem1.X-ABLabel:PROFILE\r\n"
    b"ORG:Acme\\, Inc.\r\nNOTE:a\\, b\\; c\\nd\r\nCATEGORIES:myContacts\r\nEND:VCARD\r\n"
)

VERSION_4 = (
    "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Eve \u2603\r\nN:Snow;Eve;;;\r\n"
    'TEL;VALUE=uri;PREF=1;TYPE="cell,voice":tel:+1-202-555-0101;ext=7\r\n'
    f"PHOTO:data:image/jpeg;base64,{PHOTO}\r\n"
    "ADR;LABEL=\"1 Main St^nParis, ^'Lyon^' ^^\":;;1 Main St;Paris;;75001;France\r\n"
    "URL:https://example.org/?a=1;b=2\r\nORG:Snow\\; Co;Sales\r\nIMPP:xmpp:eve@example.org\r\nEND:VCARD\r\n"
).encode()

AGENT = (
    b"BEGIN:VCARD\r\nVERSION:2.1\r\nN:Boss;Big\r\nFN:Big Boss\r\nTEL:1\r\nAGENT:\r\nBEGIN:VCARD\r\nVERSION:2.1\r\n"
    b"N:Help;Good\r\nTEL:2\r\nEND:VCARD\r\nEMAIL:b@example.com\r\nEND:VCARD\r\n"
)

WRITERS = {
    "outlook": OUTLOOK,
    "nokia": NOKIA,
    "iphone": IPHONE,
    "google": GOOGLE,
    "version 4": VERSION_4,
    "utf-16 with a mark, little end": "\ufeff".encode("utf-16-le") + VERSION_4.decode().encode("utf-16-le"),
    "utf-16 with a mark, big end": "\ufeff".encode("utf-16-be") + VERSION_4.decode().encode("utf-16-be"),
    "utf-8 with a mark": b"\xef\xbb\xbf" + GOOGLE,
    "a card inside a card": AGENT,
}
FIELDS = {
    "outlook": {
        "N": "M\xfcller;J\xfcrgen", "FN": "J\xfcrgen M\xfcller", "ORG": "M\xfcller & S\xf6hne;Verkauf",
        "TEL": "+49 170 9|+49 30 1234", "EMAIL": "j@example.com",
        "ADR": ";;Hauptstra\xdfe 1\n2. Stock;K\xf6ln;;50667;DE", "TITLE": "Head of sales",
    },
    "nokia": {"N": "P\xe4iv\xe4;Marja", "TEL": "+358401|+358402", "EMAIL": "m@example.fi", "FN": "Marja P\xe4iv\xe4"},
    "iphone": {
        "N": "Ng;Ann", "FN": "Ann Ng", "TEL": "+1 202 555 0100", "URL": "https://shop.example/a",
        "ADR": ";;1 Main St\nApt 2;Ottawa;ON;K1A 0B1;Canada",
    },
    "google": {
        "N": "Li;Bo;;Dr.", "FN": "Dr. Bo Li", "ORG": "Acme, Inc.", "NOTE": "a, b; c\nd", "EMAIL": "b@example.com",
        "URL": "http://www.google.com/profiles/1", "TEL": "+14155550100",
    },
    "version 4": {
        "N": "Snow;Eve", "FN": "Eve \u2603", "ORG": "Snow; Co;Sales", "URL": "https://example.org/?a=1;b=2",
        "ADR": ";;1 Main St;Paris;;75001;France", "LABEL": '1 Main St\nParis, "Lyon" ^',
        "IMPP": "xmpp:eve@example.org",
    },
    "a card inside a card": {"N": "Boss;Big", "FN": "Big Boss", "TEL": "1", "EMAIL": "b@example.com"},
}  # fmt: skip
FIELDS |= {name: FIELDS["version 4"] for name in WRITERS if name.startswith("utf-16")}
FIELDS["utf-8 with a mark"] = FIELDS["google"]


def said(data):
    """Give what a card says by another reader: each property's values, sorted and joined."""
    (found,) = card_reader.cards(data)
    values = {}
    for name, _, value in found:
        text = ";".join(value).rstrip(";") if isinstance(value, list) else value
        values.setdefault(name, []).append(text)
    return {name: "|".join(sorted(map(str, each))) for name, each in values.items()}


@pytest.mark.parametrize("versions", [(), ("2.1",)], ids=["as 3.0", "as 2.1"])
@pytest.mark.parametrize("name", WRITERS)
def test_each_writer_is_understood(name, versions):
    """The values wanted stand in the new card, whatever encoding, folding or dialect they came in."""
    outcome = fitted(WRITERS[name], versions=versions)
    assert outcome.verdict in (Verdict.FITS, Verdict.FITTED)
    found = said(outcome.data)
    for field, wanted in FIELDS[name].items():
        if field == "FN" and outcome.verdict == Verdict.FITS:  # optional in 2.1, and this card stays as it is
            continue
        assert found[field].replace("\r\n", "\n") == wanted, field
    assert b"VERSION:2.1\r\n" in outcome.data if versions else b"VERSION:3.0\r\n" in outcome.data
    if "PHOTO" in read_cards(WRITERS[name]).text:
        (before,), (after,) = card_reader.cards(WRITERS[name]), card_reader.cards(outcome.data)
        assert_same_photo(before, after)


def test_an_extension_number_is_kept():
    """A tel: URI's ext stays in the number that people read."""
    assert "7" in said(fitted(VERSION_4).data)["TEL"].partition("0101")[2]


def test_what_a_card_inside_a_card_said_is_named_as_lost():
    """3.0 and 2.1 have no place for it that phones read; its name is in the outcome."""
    assert any("AGENT" in found.message and "Help" in found.message for found in fitted(AGENT).warnings)


def test_several_cards_come_apart_whole():
    """Each of four writers' cards in one file is found and fitted by itself."""
    whole = NOKIA + IPHONE + GOOGLE + AGENT
    cards = split_cards(whole)
    assert [said(fitted(card).data)["FN"] for card in cards] == ["Marja P\xe4iv\xe4", "Ann Ng", "Dr. Bo Li", "Big Boss"]


def test_a_photo_in_version_2_ends_with_an_empty_line():
    """Android's 2.1 parser takes what follows for more of the photo otherwise; lines stay short."""
    outcome = fitted(IPHONE, versions=("2.1",))
    rows = outcome.data.split(b"\r\n")
    assert rows[-4:-1] != []
    assert outcome.data.endswith(b"\r\n\r\nEND:VCARD\r\n")
    assert max(map(len, rows)) <= 103
    assert outcome.data.isascii()


@pytest.mark.parametrize("limit", [2_000, 4_000, 9_000])
def test_the_limit_holds_for_version_2(limit):
    """Folding is counted: a card with its photo never passes the limit, and fills it while the photo wants bytes."""
    big = base64.b64encode(picture((600, 600), quality=95)).decode()
    source = (
        IPHONE.replace(PHOTO[:40].encode(), b"")
        .replace(PHOTO[40:90].encode(), b"")
        .replace(PHOTO[90:].encode(), big.encode())
    )
    outcome = fitted(source, versions=("2.1",), limit=limit)
    assert outcome.done
    assert outcome.size_bytes <= limit


def bare(values):
    """Leave out what 2.1 writes otherwise: carriage returns of line breaks, and backslashes (letters there)."""
    return sorted(text.replace("\\r", "").replace("\\", "") for text in values)


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus of other people's files is not there")
@pytest.mark.parametrize("row", CARDS, ids=[row["path"] for row in CARDS])
def test_real_cards_say_the_same_in_version_2(row):
    """Where a route takes 2.1 alone, every readable card equals its source by another reader."""
    data = (CORPUS / row["path"]).read_bytes()
    sources = [data] if len(read_cards(data).cards) == 1 else list(split_cards(data))
    for source, before in zip(sources, card_reader.cards(data), strict=True):
        outcome = fitted(source, versions=("2.1",))
        assert outcome.verdict in (Verdict.FITS, Verdict.FITTED)
        (after,) = card_reader.cards(outcome.data)
        for name in ("N", "FN", "TEL", "EMAIL", "ADR", "ORG", "URL"):
            wanted = texts(before, name)[:1] if name == "N" else texts(before, name)
            assert wanted == [] or bare(texts(after, name)) == bare(wanted), name
        assert_same_photo(before, after)


LINK = "PHOTO;VALUE=uri:https://x.example/a.jpg"
EMBEDDED = f"PHOTO;ENCODING=b;TYPE=JPEG:{PHOTO}"


@pytest.mark.parametrize("versions", [(), ("2.1",)], ids=["as 3.0", "as 2.1"])
@pytest.mark.parametrize("body", [(LINK, EMBEDDED), (EMBEDDED, LINK)], ids=["link first", "link last"])
def test_an_embedded_photo_is_kept_and_a_link_beside_it_is_named(body, versions):
    """Phones show one photo, and follow no link to it."""
    outcome = fitted(card(*body), versions=versions)
    assert outcome.verdict == Verdict.FITTED
    assert isinstance(said_photos(outcome)[0], bytes)
    assert len(said_photos(outcome)) == 1
    assert any("link" in found.message and "left out" in found.message for found in outcome.warnings)


def test_a_photo_that_is_a_link_goes_along_in_version_2():
    """What Google exports: the card is written, its link stays a link."""
    for line in ("PHOTO:https://x.example/a.jpg", LINK):
        outcome = fitted(card(line, "NOTE:ü"), versions=("2.1",))
        assert outcome.verdict == Verdict.FITTED
        assert b"PHOTO;VALUE=URL:https://x.example/a.jpg\r\n" in outcome.data


def said_photos(outcome):
    """Give the photos of a card by another reader."""
    (found,) = card_reader.cards(outcome.data)
    return [value for name, _, value in found if name == "PHOTO"]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (r"NOTE:C:\new\table; see D:\x", r"C:\new\table; see D:\x"),
        (r"NOTE:\\server\new\table", r"\\server\new\table"),
        (r"NOTE;ENCODING=QUOTED-PRINTABLE:C:=5Cnew=0D=0A=5Cnext", "C:\\new\n\\next"),
        (r"NOTE;ENCODING=QUOTED-PRINTABLE:a\;b\, c", "a;b, c"),
        (r"NOTE:a\;b\, c\: AC\DC", r"a;b, c: AC\DC"),
        (r"NOTE:one\ntwo \\ three", "one\ntwo \\ three"),
        (r"TITLE:C\:\new", "C:\new"),
        (r"ADR:;;1 Main\nApt 2;A\\B\;C;;D\E;", "1 Main\nApt 2|A\\B;C|D\\E"),
        (r"ADR;ENCODING=QUOTED-PRINTABLE:;;1=5Cn;A=5C=5CB\;C;;;", r"1\n|A\B;C"),
    ],
)
@pytest.mark.parametrize("versions", [(), ("2.1",)], ids=["as 3.0", "as 2.1"])
def test_backslashes_of_version_2_are_letters_but_before_separators(line, wanted, versions):
    """A path keeps them, quoted-printable too; one before n is a line break where no path shows that none is meant."""
    outcome = fitted(card(line, "NOTE:ü", version="2.1"), versions=versions)
    assert outcome.done
    name = line.partition(":")[0].partition(";")[0]
    found = read_cards(outcome.data).cards[0].every(name)[0]
    said_now = "|".join(filter(None, components(found))) if name == "ADR" else text_of(found)
    assert said_now.replace("\r\n", "\n") == wanted


PIECES = st.sampled_from(
    [
        'TEL;"x":1',
        "NOTE:a\x01b\x1b[0m\x7f\x0c",
        'X-A;TYPE="a;b":\\;;c,d\\',
        ";:;",
        "FN:",
        "N:;\\,;",
        "\u2028",
        "é.NOTE:x",
        'item1.X-ABLabel:"q" , ;:',
        "item1.TEL:1",
        "PHOTO:data:image/png;base64,AAAA",
        "PHOTO;BASE64:\r\n AAAA\r\n",
        "KEY:x",
        "GEO:a",
        "CATEGORIES:a\\,b,,c",
        'ADR;LABEL="x\ny":;;',
        "NOTE;ENCODING=QUOTED-PRINTABLE:=0D=0A=00=C3",
        "A/B_c:1",
        "PHOTO;VALUE=uri:http://x.example/a.jpg",
        "NOTE:C:\\new \\\\server\\n",
        "ADR:\\\\a\\;;C:\\n\\,",
        "BDAY:--0230",
        "TEL;VALUE=uri:tel:1;a=b;ext=\\n",
        "ORG:;;",
        "EMAIL;PREF=1;PREF=x:a",
        "TEL;VALUE=uri:tel:%ZZ;ext=",
        "NOTE:" + "\\" * 3,
        "LOGO;ENCODING=b:QUI=",
        "AGENT:x",
        "\tfolded",
    ]
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(PIECES, max_size=12), st.sampled_from(["2.1", "3.0", "4.0", "9"]), st.booleans(),
    st.sampled_from([(), ("2.1",)]),
)  # fmt: skip
def test_no_card_makes_the_writer_fail(pieces, version, names, versions):
    """Whatever the lines, a card is written, refused or cannot be fitted; what is written reads back."""
    outcome = fitted(card(*pieces, version=version, names=names), versions=versions)
    assert outcome.verdict in (Verdict.FITS, Verdict.FITTED, Verdict.REFUSED, Verdict.CANNOT_FIT)
    assert not any("without changing what it says" in found.message for found in outcome.violations)
    if outcome.verdict == Verdict.FITTED:
        assert read_cards(outcome.data).cards[0].version == (*versions, "3.0")[0]
        assert versions or seen_by_vobject(outcome.data).version.value == "3.0"  # it reads no folds of 2.1
