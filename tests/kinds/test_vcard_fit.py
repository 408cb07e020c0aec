"""Cards rewritten: every phone takes what comes out, and it says what the source said."""

import base64
import io
import re
import warnings

import card_reader
import pytest
from foreign import CORPUS, corpus_rows
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mediaprep import api
from mediaprep.kinds._vcard_lines import read_cards, split_cards
from mediaprep.limits import Limits, Route
from mediaprep.model import KindName, Treatment, Verdict

HEAD = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Doe;Jo;;;\r\nFN:Jo Doe\r\n"


def picture(size=(120, 120), form="JPEG", mode="RGB", **more):
    """Make a picture with something to see in it."""
    image = Image.linear_gradient("L").resize(size).convert(mode)
    target = io.BytesIO()
    image.save(target, form, **more)
    return target.getvalue()


def fitted(data, *, limit=300_000, media_type="text/x-vcard", versions=(), **options):
    """Fit one card to a route of ``limit`` bytes."""
    limits = Limits(
        kind=KindName.VCARD, limit_bytes=limit, target_bytes=limit, types=("text/x-vcard",),
        vcard_media_type=media_type, vcard_versions=versions, **options,
    )  # fmt: skip
    route = Route(name="test", folder="test", channel="mms", limits=(limits,))
    return api.fit(data if isinstance(data, bytes) else data.encode(), route, isolation="none")


def card(*lines, version="3.0", names=True):
    """Write a card with these lines."""
    start = HEAD.replace("3.0", version) if names else f"BEGIN:VCARD\r\nVERSION:{version}\r\n"
    return start + "".join(f"{line}\r\n" for line in lines) + "END:VCARD\r\n"


def lines(outcome):
    """Give the physical lines of what was made."""
    return outcome.data.decode().split("\r\n")


def seen_by_vobject(data):
    """Read the one card of well-formed output with vobject."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import vobject

        return vobject.readOne(data.decode())


def warned(outcome):
    """Give the words of all warnings."""
    return " | ".join(found.message for found in outcome.warnings)


def test_a_safe_card_stays_as_it_is():
    """What every phone takes already is not written again."""
    outcome = fitted(card("TEL;TYPE=CELL:+15550100"))
    assert (outcome.verdict, outcome.treatment) == (Verdict.FITS, Treatment.PASSTHROUGH)


@pytest.mark.parametrize("version", ["2.1", "4.0"])
def test_other_versions_become_3(version):
    """VERSION stands second, lines end in CRLF, N and FN are both there."""
    outcome = fitted(card("TEL:+15550100", version=version).replace("\r\n", "\n"))
    assert (outcome.verdict, outcome.treatment) == (Verdict.FITTED, Treatment.TRANSCODE)
    assert lines(outcome)[:2] == ["BEGIN:VCARD", "VERSION:3.0"]
    assert b"\n" not in outcome.data.replace(b"\r\n", b"")
    assert {"N:Doe;Jo;;;", "FN:Jo Doe", "TEL:+15550100"} <= set(lines(outcome))


@pytest.mark.parametrize(
    ("line", "version", "wanted"),
    [
        ("NOTE;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=BC=0D=0Amehr; und", "2.1", "NOTE:ü\\nmehr\\; und"),
        ("TEL;CELL;PREF:1", "2.1", "TEL;TYPE=CELL,PREF:1"),
        ("TEL;VALUE=uri;TYPE=cell;PREF=1:tel:+1-555-5555;ext=102", "4.0", "TEL;TYPE=CELL,PREF:+1-555-5555\\;102"),
        ("EMAIL;VALUE=uri:mailto:a@b.example", "4.0", "EMAIL:a@b.example"),
        ("TEL;VALUE=uri:tel:7042;phone-context=+1-555", "4.0", "TEL:7042"),
        ("TEL;VALUE=uri:tel:+1-555;isub=12;EXT=9;phone-context=x.example", "4.0", "TEL:+1-555\\;9"),
        ("TEL:tel:%2B1555;foo", "3.0", "TEL:+1555"),
        ("BDAY:--0415", "4.0", "BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-15"),
        ("BDAY;VALUE=date:--02-29", "3.0", "BDAY;VALUE=date;X-APPLE-OMIT-YEAR=1604:1604-02-29"),
        ("BDAY:--0415T1022Z", "4.0", "BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-15"),
        ("ANNIVERSARY:--1231", "4.0", "X-ANNIVERSARY;X-APPLE-OMIT-YEAR=1604:1604-12-31"),
        ("BDAY:---15", "4.0", "BDAY;VALUE=text:---15"),
        ("BDAY:--04", "4.0", "BDAY;VALUE=text:--04"),
        ("BDAY:19850415", "4.0", "BDAY:19850415"),
        ("item1.URL:http://x.example", "3.0", "URL:http://x.example"),
        ("GEO:geo:37.386013,-122.082932", "4.0", "GEO:37.386013;-122.082932"),
        ("GENDER:F", "4.0", "X-GENDER:F"),
        ("X-ANDROID-CUSTOM:vnd.x/nickname;Boss;1;;", "2.1", "X-ANDROID-CUSTOM:vnd.x/nickname;Boss;1;;"),
        ("ADR:;;1\\, Rear;Town;;;", "3.0", "ADR:;;1\\, Rear;Town;;;"),
        ("ADR:;;1, Rear;Town", "2.1", "ADR:;;1\\, Rear;Town;;;"),
        ("CATEGORIES:a,b\\,c", "4.0", "CATEGORIES:a,b\\,c"),
        ("ORG:A, Inc.;Sales", "3.0", "ORG:A\\, Inc.;Sales"),
        ("BDAY;VALUE=text:circa 1800", "4.0", "BDAY;VALUE=text:circa 1800"),
        ("PHOTO;VALUE=uri:http://x.example/a.jpg", "4.0", "PHOTO;VALUE=uri:http://x.example/a.jpg"),
        ("X-ODD/NAME:a", "2.1", "X-ODD-NAME:a"),
        ('ADR;LABEL="1 Main\\nTown\\, X":;;1 Main;Town;;;', "4.0", "LABEL:1 Main\\nTown\\, X"),
        ('ADR;LABEL="1 Main^nTown, X; Y":;;1 Main;Town;;;', "4.0", "LABEL:1 Main\\nTown\\, X\\; Y"),
        ('ORG;SORT-AS="Doe\\, Jo":The Doe', "4.0", "SORT-STRING:Doe\\, Jo"),
        ("CATEGORIES:a\\b\\,c,d", "2.1", "CATEGORIES:a\\\\b\\,c,d"),
        ('TEL;X-A="b;c":1', "4.0", 'TEL;X-A="b;c":1'),
    ],
)  # fmt: skip
def test_each_property_is_said_in_the_words_of_version_3(line, version, wanted):
    """No CHARSET, no quoted-printable, no group, no URI for a number, no name that 3.0 does not know."""
    made = lines(fitted(card(line, "item9.NOTE:x", version=version)))
    assert wanted in made


def test_labels_of_groups_become_types():
    """Apple's ``item1.X-ABLabel`` names what the number is; its own words become vCard's."""
    made = lines(
        fitted(
            card(
                "item1.TEL:1", "item1.X-ABLabel:_$!<HomeFAX>!$_", "item2.TEL:2", "item2.X-ABLabel:Chalet, Alps",
                "item3.X-ABLabel:alone",
            )
        )
    )  # fmt: skip
    assert {"TEL;TYPE=HOME,FAX:1", "TEL;TYPE=X-Chalet  Alps:2", "X-ABLABEL:alone"} <= set(made)


def test_the_preferred_one_comes_first():
    """VCard 4.0 counts preference from 1; 3.0 marks the best and keeps the order."""
    made = [
        line for line in lines(fitted(card("TEL;PREF=2:b", "TEL:c", "TEL;PREF=1:a", version="4.0"))) if "TEL" in line
    ]
    assert made == ["TEL;TYPE=PREF:a", "TEL:b", "TEL:c"]


@pytest.mark.parametrize(
    ("body", "wanted", "said"),
    [
        (["N:Doe;Jo;;Dr.;"], "FN:Dr. Jo Doe", "FN was missing"),
        (["N:谢;娜;;;"], "FN:谢娜", "FN was missing"),
        (["N:홍;길동;;;"], "FN:홍길동", "FN was missing"),
        (["N:Xie;娜;;;"], "FN:娜 Xie", "FN was missing"),
        (["FN:Jo Doe"], "N:;Jo Doe;;;", "N was missing"),
        (["ORG:ACME;Sales"], "FN:ACME", "ORG stands for it"),
        (["N:;;;;", "FN:", "TEL:+15550100"], "FN:+15550100", "TEL stands for it"),
        (["TEL:tel:7042;phone-context=+1"], "FN:7042", "TEL stands for it"),
        (["NOTE:x"], "FN:No name", "'No name' stands for it"),
    ],
)
def test_a_missing_name_is_made_and_said(body, wanted, said):
    """Phones refuse a card without N and FN; the outcome says what was put there."""
    outcome = fitted(card(*body, names=False))
    assert outcome.verdict == Verdict.FITTED
    assert wanted in lines(outcome)
    assert said in warned(outcome)


@pytest.mark.parametrize(
    "photo",
    [
        "PHOTO;JPEG;ENCODING=BASE64:\r\n {}\r\n",
        "PHOTO;JPEG;BASE64:\r\n {}\r\n",
        "PHOTO:data:image/jpeg;base64,{}",
        "PHOTO;ENCODING=b;TYPE=JPEG:{}",
    ],
)
def test_a_good_photo_keeps_its_bytes_on_one_line(photo):
    """However it was wrapped, it ends up as one unfolded line, last, with an empty line behind it."""
    data = picture(quality=60)
    body = base64.b64encode(data).decode()
    outcome = fitted(card("item1.TEL:1", photo.format(body), "URL:http://x.example", version="2.1"))
    assert lines(outcome)[-4:] == [f"PHOTO;ENCODING=b;TYPE=JPEG:{body}", "", "END:VCARD", ""]
    assert base64.b64decode(lines(outcome)[-4].partition(":")[2]) == data


def test_a_photo_becomes_a_square_jpeg_within_what_remains():
    """A PNG across is set on white; large pixels shrink; the card keeps its limit and the score is the photo's."""
    target = io.BytesIO()
    grain = Image.effect_noise((900, 600), 40)
    Image.blend(Image.radial_gradient("L").resize((900, 600)), grain, 0.15).save(target, "PNG")
    data = base64.b64encode(target.getvalue()).decode()
    outcome = fitted(card(f"PHOTO;ENCODING=b;TYPE=PNG:{data}"), limit=30_000)
    assert outcome.verdict == Verdict.FITTED
    assert 10_000 < outcome.size_bytes <= 30_000
    shown = Image.open(io.BytesIO(base64.b64decode(lines(outcome)[-4].partition(":")[2])))
    assert shown.format == "JPEG"
    assert shown.width == shown.height <= 720
    assert outcome.score is not None
    assert "white square" in warned(outcome)
    assert any(attempt.width == shown.width for attempt in outcome.attempts)


def test_a_photo_loses_what_it_says_about_places():
    """Metadata of a photo goes even when its picture stays."""
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    exif[0x010F] = "Camera"
    data = base64.b64encode(picture(exif=exif.tobytes())).decode()
    outcome = fitted(card(f"PHOTO;ENCODING=b;TYPE=JPEG:{data}", ""))
    assert outcome.treatment == Treatment.TRANSCODE
    assert b"Camera" not in base64.b64decode(lines(outcome)[-4].partition(":")[2])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("PHOTO;ENCODING=b;TYPE=JPEG:A*", "line 5: the base64 is damaged"),
        ("PHOTO;ENCODING=b;TYPE=JPEG:QUJD", "line 5: the photo is not a picture"),
        ("LOGO;ENCODING=b;TYPE=PNG:A*", "LOGO is left out"),
        ("AGENT:\r\nBEGIN:VCARD\r\nFN:Secretary\r\nEND:VCARD", "(Secretary) is left out"),
        ("N:Other;;;;", "a second N (Other;;;;)"),
        ("TEL;VALUE=uri:tel:7042;phone-context=+1-555", "line 5: phone-context=+1-555 is not part of the number 7042"),
        ("BDAY:--0415T1022Z", "line 5: the time of --0415T1022Z"),
    ],
)
def test_what_is_lost_is_named(line, said):
    """Nothing the card said goes without a word."""
    outcome = fitted(card(line, "item1.TEL:1"))
    assert outcome.verdict == Verdict.FITTED
    assert said in warned(outcome)


def test_what_takes_most_room_goes_first_and_is_named():
    """A logo gives way before words do; words are never cut."""
    body = base64.b64encode(bytes(3000)).decode()
    outcome = fitted(card(f"LOGO;ENCODING=b;TYPE=PNG:{body}", "item1.TEL:1"), limit=1_000)
    assert outcome.verdict == Verdict.FITTED
    assert "LOGO" in warned(outcome)
    outcome = fitted(card("NOTE:" + "word " * 400), limit=1_000)
    assert outcome.verdict == Verdict.CANNOT_FIT
    assert "no rendition keeps 1,000" in outcome.violations[0].message


def test_a_photo_without_room_is_left_out_and_named():
    """A limit that holds only the words holds the words."""
    data = base64.b64encode(picture((500, 500), quality=95)).decode()
    outcome = fitted(card(f"PHOTO;ENCODING=b;TYPE=JPEG:{data}", "item1.TEL:1"), limit=200)
    assert outcome.verdict == Verdict.FITTED
    assert b"PHOTO" not in outcome.data
    assert "photo is left out" in warned(outcome)


def test_the_route_chooses_the_media_type():
    """``text/x-vcard`` unless the route says ``text/vcard``."""
    assert fitted(card("item1.TEL:1")).media_type == "text/x-vcard"
    assert fitted(card("item1.TEL:1"), media_type="text/vcard").media_type == "text/vcard"


def test_a_route_of_older_cards_gets_older_cards():
    """Where only 2.1 is read, a 2.1 card passes and a 4.0 card becomes one; where only 4.0 is, nothing helps."""
    assert fitted(card("TEL:1", version="2.1"), versions=("2.1",)).verdict == Verdict.FITS
    outcome = fitted(card("TEL;TYPE=CELL:1", version="4.0"), versions=("2.1",))
    assert (outcome.verdict, b"VERSION:2.1\r\n" in outcome.data) == (Verdict.FITTED, True)
    assert b"TEL;CELL:1\r\n" in outcome.data
    outcome = fitted(card("item1.TEL:1"), versions=("4.0",))
    assert (outcome.verdict, outcome.violations[0].name) == (Verdict.CANNOT_FIT, "vcard_version")


def test_a_card_in_no_known_charset_is_written_anew():
    """Where even 2.1 passes as it is, a line whose charset no reader knows does not: it comes out in one they do."""
    odd = card("NOTE;CHARSET=U2F-8;ENCODING=QUOTED-PRINTABLE:Z=C3=BCrich", version="2.1")
    outcome = fitted(odd, versions=("2.1",))
    assert outcome.verdict == Verdict.FITTED
    assert b"U2F" not in outcome.data
    assert b"CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Z=C3=BCrich" in outcome.data


def test_several_cards_are_to_be_split():
    """A message carries one card a part: the proposal says so, and the cards come apart whole."""
    both = card("TEL:1") + "junk\r\n" + card("TEL:2", version="2.1")
    outcome = fitted(both)
    assert (outcome.verdict, outcome.proposals) == (Verdict.CANNOT_FIT, ("split",))
    assert split_cards(both.encode()) == (card("TEL:1").encode(), card("TEL:2", version="2.1").encode())


def test_a_line_with_many_odd_parameters_takes_no_time():
    """Vobject's pattern doubles its time with each parameter of a line that it cannot parse; it never sees one.

    With 60 of them it would not end within anybody's life, so that to be past it is the proof.
    """
    outcome = fitted(card("TEL;" + ";".join(f"a{n}=b c\\d{n}" for n in range(60)) + ";\x01:1", version="2.1"))
    assert outcome.verdict == Verdict.FITTED


def test_fitting_twice_changes_nothing():
    """What was written is what every phone takes, so it stays."""
    data = base64.b64encode(picture((300, 200), "PNG")).decode()
    once = fitted(card(f"PHOTO;ENCODING=b;TYPE=PNG:{data}", "NOTE:ü" + "x" * 100, version="2.1"))
    twice = fitted(once.data)
    assert (twice.verdict, twice.data) == (Verdict.FITS, once.data)


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)


@settings(max_examples=60, deadline=None)
@given(
    note=TEXT, street=TEXT, town=TEXT, types=st.lists(st.text("abcXYZ-", min_size=1, max_size=8), max_size=4),
    version=st.sampled_from(["3.0", "4.0"]),
)  # fmt: skip
def test_any_text_comes_through(note, street, town, types, version):
    """Whatever the letters, an independent parser reads from the new card what was put into the old one."""

    def escape(text):
        return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")

    parameters = "".join(f";TYPE={each}" for each in types)
    source = card(
        f"NOTE:{escape(note)}", f"item1.ADR{parameters}:;;{escape(street)};{escape(town)};;;", version=version
    )
    outcome = fitted(source.encode())
    made = seen_by_vobject(outcome.data)
    assert made.note.value == note
    assert (made.adr.value.street, made.adr.value.city) == (street, town)


CARDS = [row for row in corpus_rows() if row["media_type"] == "text/vcard" and row["expected"] == "readable"]


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus of other people's files is not there")
@pytest.mark.parametrize("row", CARDS, ids=[row["path"] for row in CARDS])
def test_real_cards_say_the_same_afterwards(row):
    """Names, numbers, mails, addresses, organisation, links and the photo equal the source's, by other readers."""
    data = (CORPUS / row["path"]).read_bytes()
    sources = [data] if len(read_cards(data).cards) == 1 else list(split_cards(data))
    wanted = card_reader.cards(data)
    assert len(sources) == len(wanted)
    for source, before in zip(sources, wanted, strict=True):
        outcome = fitted(source, versions=("3.0", "2.1"))
        assert outcome.verdict in (Verdict.FITS, Verdict.FITTED)
        assert b"VERSION:3.0\r\n" in outcome.data
        (after,) = card_reader.cards(outcome.data)
        other = seen_by_vobject(outcome.data)
        for name in ("N", "FN", "TEL", "EMAIL", "ADR", "ORG", "URL"):
            said = texts(before, name)
            if name == "N":
                said = said[:1]  # a second N has no place in 3.0 and is named
            assert said == [] or texts(after, name) == said, name
            theirs = other.contents.get(name.lower(), [])
            assert said == [] or len(theirs) == len(said)
        assert_same_photo(before, after)


def texts(card_, name):
    """Give what a property says, all of it, in one order and without the wrapping of URIs."""
    found = []
    for each, _, value in card_:
        plain = [part.strip() for part in value] if isinstance(value, list) else str(value).strip()
        if each != name or not "".join(plain):
            continue
        if isinstance(plain, list):
            while plain and not plain[-1]:
                plain.pop()
        if name == "TEL":
            plain = re.sub(r"^tel:|ext=", "", plain)
        found.append(str(plain))
    return sorted(found)


def assert_same_photo(before, after):
    """Hold the first photo of a card against the one it has now, as they are shown."""
    photos = [[value for name, _, value in each if name == "PHOTO" and value] for each in (before, after)]
    if not photos[0]:
        return
    assert photos[1]
    if isinstance(photos[0][0], str):
        assert photos[0] == photos[1]
        return
    shown = [Image.open(io.BytesIO(each[0])).convert("RGBA") for each in photos]
    edge = max(shown[0].size)
    square = Image.new("RGBA", (edge, edge), "white")
    square.alpha_composite(shown[0], ((edge - shown[0].width) // 2, (edge - shown[0].height) // 2))
    small = [list(each.convert("L").resize((16, 16)).tobytes()) for each in (square, shown[1])]
    assert sum(abs(a - b) for a, b in zip(*small, strict=True)) / 256 < 6
