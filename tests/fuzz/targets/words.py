"""Readers of text: contact cards, plain text, calendars and PDFs; and which kind claims a file at all."""

import contextlib
import io
import struct
import zipfile

from target import SAMPLES, Target, can_be_told, source_of, spelled
from test_hostile_headers import SEEDS

from mediaprep import sms
from mediaprep.errors import AssetError
from mediaprep.formats import brand, compatible_brands
from mediaprep.kinds import Fitted, all_kinds, identify
from mediaprep.kinds._playlists import points_elsewhere
from mediaprep.kinds._vcard_lines import read_cards, split_cards
from mediaprep.kinds._vcard_values import components, embedded
from mediaprep.kinds.document import KIND as DOCUMENT
from mediaprep.kinds.text import KIND as TEXT
from mediaprep.kinds.vcard import KIND as VCARD
from mediaprep.limits import Limits
from mediaprep.model import KindName
from mediaprep.options import Bounds, FitOptions
from mediaprep.sms_plain import offer

_CARD_LIMITS = (
    Limits(kind=KindName.VCARD, vcard_versions=("3.0",)),
    Limits(kind=KindName.VCARD, vcard_versions=("2.1",), limit_bytes=600),
)


def vcard(data: bytes) -> None:
    """Read cards line by line; each that was cut out of a file reads as the same card alone."""
    with contextlib.suppress(AssetError):
        found = read_cards(data)
        pieces = split_cards(data)
        assert len(pieces) == len(found.cards)
        for card in found.cards:
            for line in card.lines:
                components(line)
                with contextlib.suppress(ValueError):
                    embedded(line)


def vcard_rewritten(data: bytes) -> None:
    """Write a card anew for two routes: within the limit, read back by our reader as one card without problems."""
    source = source_of(data)
    with contextlib.suppress(AssetError):
        info = VCARD.probe(source, VCARD.formats[0], Bounds())
        can_be_told(info)
        if info.cards != 1:
            return
        for limits in _CARD_LIMITS:
            with VCARD.open(source, info, FitOptions(), Bounds()) as session:
                inner = VCARD.embedded(session, limits)
                choice = VCARD.assemble(session, limits, tuple(Fitted(data=None, why="no room") for _ in inner))
            if choice.encoded is not None and choice.encoded.data is not None:
                again = read_cards(choice.encoded.data)
                assert len(again.cards) == 1
                assert not again.problems
                assert limits.limit_bytes is None or len(choice.encoded.data) <= limits.limit_bytes


def text(data: bytes) -> None:
    """Judge text as the kind does, and count its segments."""
    source = source_of(data)
    if TEXT.formats[0].match(source.head):
        with contextlib.suppress(AssetError):
            can_be_told(TEXT.probe(source, TEXT.formats[0], Bounds()))
    words = data.decode("utf-8", "surrogateescape")
    counted = sms.count(words)
    plainer = offer(words)
    assert plainer is None or (plainer.after.segments <= counted.segments and plainer.words)


def document(data: bytes) -> None:
    """Look into a PDF, a calendar or an Office file."""
    source = source_of(data)
    for form in DOCUMENT.formats:
        if form.match(source.head):
            with contextlib.suppress(AssetError):
                DOCUMENT.claims(source, form)
                can_be_told(DOCUMENT.probe(source, form, Bounds()))


def sniff(data: bytes) -> None:
    """Let every kind look at a file's first bytes and its structure: one claims it, or none."""
    source = source_of(data)
    points_elsewhere(data)
    brand(data)
    compatible_brands(data)
    with contextlib.suppress(AssetError):
        found = identify(source)
        assert found is None or found[0] in all_kinds()


def _cards() -> tuple[bytes, ...]:
    head = b"BEGIN:VCARD\r\nVERSION:2.1\r\nN:Doe;Jo;;;\r\n"
    return (
        *((SAMPLES / name).read_bytes()[:4_000] for name in ("contact_v21.vcf", "contact_v40.vcf")),
        head
        + b"NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=ISO-8859-1:gr=FC=\r\n=DFe\r\nitem1.TEL;CELL;PREF:+1 (555) 0100\r\n"
        b"item1.X-ABLabel:_$!<Mobile>!$_\r\nPHOTO;ENCODING=BASE64;JPEG:\r\n /9j/4AAQ\r\n\r\nEND:VCARD\r\n",
        (
            b'BEGIN:VCARD\nVERSION:4.0\nFN:J\\, D\nTEL;TYPE="cell,voice":+15550100\nORG:A\\;B;C\nADR;LABEL="x":;;1 '
            b"S;T;;9;US\nBDAY:--0412\nGEO:geo:1,2\nPHOTO:data:image/gif;base64,R0lG\nEND:VCARD\n"
        ),
        head + b"AGENT:\r\nBEGIN:VCARD\r\nFN:x\r\nEND:VCARD\r\nEND:VCARD\r\n" + head + b"END:VCARD",
        ("\ufeff" + "BEGIN:VCARD\r\nFN:x\r\nEND:VCARD\r\n").encode("utf-16-le"),
    )


_CARD_WORDS = spelled(
    r"BEGIN:VCARD\x0d\x0a END:VCARD\x0d\x0a VERSION:3.0\x0d\x0a VERSION:2.1 N: FN: TEL; ADR; ORG: PHOTO; "
    r"ENCODING=b: ENCODING=QUOTED-PRINTABLE: CHARSET= UTF-7 TYPE= PREF=1 \x0d\x0a\x20 =\x0d\x0a \x5cn \x5c; "
    r"\x5c, AGENT: X-ABLabel: item1. data:image/jpeg;base64, GEO: REV: LABEL; EMAIL;INTERNET: NICKNAME: "
    r"VALUE=uri: LANGUAGE= SORT-AS= RELATED: \xff\xfe \xc3\xa4 CATEGORIES: BDAY: X- \x22 ;;;; =3D=0D=0A"
)


_LAST = 0xFFFFFFFE


def _documents() -> tuple[bytes, ...]:
    pdf = io.BytesIO()
    pdf.write(b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type /Pages/Count 3>>endobj\n")
    pdf.write(b"3 0 obj<</Type/Page>>endobj\ntrailer<</Info 4 0 R/Encrypt 5 0 R>>\nstartxref\n9\n%%EOF")
    calendar = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nORGANIZER:mailto:a@b\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    return (pdf.getvalue(), calendar, _package(), _compound())


def _package() -> bytes:
    """Write the parts of a Word file that are looked for."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as package:
        for name in ("[Content_Types].xml", "word/document.xml", "docProps/core.xml", "word/vbaProject.bin"):
            package.writestr(name, "<x/>")
    return made.getvalue()


def _compound() -> bytes:
    """Write the head, the table and the directory of an old Word file, which lists its one stream."""
    numbers = (62, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4_096, _LAST, 0, _LAST, 0)
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H6x9I", *numbers) + bytes(4)
    table = struct.pack("<3I", 0xFFFFFFFD, _LAST, _LAST)
    entries = []
    for name, child in (("Root Entry", 1), ("WordDocument", 0xFFFFFFFF)):
        spelled_out = name.encode("utf-16-le")
        said = struct.pack("<HBBIII", len(spelled_out) + 2, 5 if child == 1 else 2, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
        entries.append(spelled_out.ljust(64, b"\0") + said + bytes(48))
    return head.ljust(512, b"\xff") + table.ljust(512, b"\xff") + b"".join(entries).ljust(512, b"\0") + bytes(512)


def _starts() -> tuple[bytes, ...]:
    return (
        *SEEDS.values(),
        *_documents(),
        *_cards()[2:],
        b"#EXTM3U\nhttp://x/\n",
        b"<?xml version='1.0'?><MPD/>",
        b"hello, world",
        b"\xef\xbb\xbfgr\xc3\xbc\xc3\x9fe",
        b"\xff\xfeh\0i\0",
        b"BM" + bytes(12) + b"\x28\0\0\0" + bytes(36),
        b"II*\0\x08\0\0\0",
        b"\0\0\1\0\1\0\x10\x10\0\0\1\0\x20\0" + bytes(40),
        b"GIF89a\1\0\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;",
        b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(30),
        b"\0\0\0\x1cftypheic\0\0\0\0mif1heic" + bytes(20),
        b"FLV\1\5\0\0\0\x09" + bytes(20),
        bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c") + bytes(40),
        (b"G" + bytes(187)) * 6,
        b"\0\0\1\xba" + bytes(60),
    )


TARGETS = (
    Target(name="vcard", attempt=vcard, seeds=_cards, suffixes=(".vcf",), words=_CARD_WORDS),
    Target(
        name="vcard_rewritten",
        attempt=vcard_rewritten,
        seeds=_cards,
        suffixes=(".vcf",),
        words=_CARD_WORDS,
        longest=4_096,
    ),
    Target(
        name="text",
        attempt=text,
        suffixes=(".txt", ".csv", ".md"),
        longest=2_048,
        seeds=lambda: (
            "Grüße — “x”… €[]".encode(),
            b"hello",
            "\ufeffy".encode("utf-16-le"),
            "né".encode("cp1252"),
            b'{"a": [1]}',
            "👩‍👩‍👧 ё".encode(),
        ),
        words=spelled(r"\xef\xbb\xbf \xff\xfe \xfe\xff \xe2\x82\xac \xe2\x80\x9c \xe2\x80\x8d <svg {\x22 %!PS"),
    ),
    Target(
        name="document",
        attempt=document,
        seeds=_documents,
        suffixes=(".pdf", ".ics", ".docx", ".xlsx", ".doc", ".xls"),
        words=spelled(
            r"%PDF- /Type /Page /Count\x20 /Info\x201\x200\x20R /Encrypt<< <x:xmpmeta %%EOF startxref "
            r"BEGIN:VCALENDAR END:VCALENDAR BEGIN:VEVENT ATTENDEE: GEO: "
            r"PK\x01\x02 PK\x05\x06 PK\x06\x06 PK\x06\x07 word/ xl/ ppt/ [Content_Types].xml "
            r"vbaProject.bin docProps/core.xml"
        ),
        longest=4_096,
    ),
    Target(
        name="sniff",
        attempt=sniff,
        seeds=_starts,
        longest=4_096,
        suffixes=(".mp4", ".jpg", ".png", ".gif", ".webp", ".vcf", ".mp3", ".wav", ".mov", ".avif", ".heic"),
    ),
)
