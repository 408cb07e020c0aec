"""Documents that pass through untouched: PDF, Office files and iCalendar.

What they say about people and places stays in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mediaprep.charsets import utf_16
from mediaprep.errors import AssetError
from mediaprep.formats import Format
from mediaprep.kinds import Kind, _office
from mediaprep.model import KindName, MediaInfo
from mediaprep.options import Bounds
from mediaprep.storage import Source
from mediaprep.units import format_size

_PDF_HEAD_BYTES = 1_024
"""Readers take a PDF whose header stands in its first kilobyte (ISO 32000-1 annex H, note 13)."""

_PIECE_BYTES, _OVERLAP_BYTES = 1 << 20, 64
_TAIL_BYTES = 4_096

_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
_NO_KIDS = re.compile(rb"/Kids\s*\[\s*\]")
_COUNT = re.compile(rb"/Count\s+(\d{1,7})\b")
_PRIVATE = {
    "its document information (/Info)": re.compile(rb"/Info\s+\d+\s+\d+\s+R\b"),
    "XMP metadata": re.compile(rb"<x:xmpmeta|/Type\s*/Metadata"),
}
_ENCRYPTED = re.compile(rb"/Encrypt\s+\d+\s+\d+\s+R\b|/Encrypt\s*<<")

_PEOPLE = re.compile(r"^(ORGANIZER|ATTENDEE|GEO|CONTACT)[;:]", re.IGNORECASE | re.MULTILINE)
_COMPONENT = re.compile(r"^BEGIN:(VEVENT|VTODO|VJOURNAL|VFREEBUSY)\s*$", re.IGNORECASE | re.MULTILINE)
_CALENDAR_END = re.compile(r"^END:VCALENDAR[\s\0\x1a]*\Z", re.IGNORECASE | re.MULTILINE)


def _is_pdf(head: bytes) -> bool:
    return b"%PDF-" in head[:_PDF_HEAD_BYTES]


def _is_calendar(head: bytes) -> bool:
    start = _decoded(head[:200])[0].lstrip("\ufeff \t\r\n").upper()
    return start.startswith("BEGIN:VCALENDAR")


class Document:
    """The kind of documents."""

    name = KindName.DOCUMENT
    rank = 60
    formats: tuple[Format, ...] = (
        Format(name="pdf", media_type="application/pdf", suffix="pdf", match=_is_pdf, suffixes=("pdf",)),
        Format(name="ics", media_type="text/calendar", suffix="ics", match=_is_calendar,
               suffixes=("ics", "vcs", "ical"), aliases=("text/x-vcalendar", "application/ics")),
        *_office.FORMATS,
    )  # fmt: skip

    def claims(self, source: Source, form: Format) -> bool:
        """Take whatever its first bytes name; an Office file for what is listed in it."""
        return not _office.is_office(form) or _office.is_of(source, form)

    def probe(self, source: Source, form: Format, bounds: Bounds) -> MediaInfo:
        """Read what can be told cheaply; raises AssetError for a document that is cut short or empty."""
        if _office.is_office(form):
            return MediaInfo(
                kind=KindName.DOCUMENT, media_type=form.media_type, suffix=form.suffix, size_bytes=source.size_bytes,
                remarks=_office.remarks(source, form),
            )  # fmt: skip
        return _pdf(source, form) if form.name == "pdf" else _calendar(source, form, bounds)

    def confirm(self, source: Source, info: MediaInfo, bounds: Bounds) -> MediaInfo:
        """Add nothing: documents are handed on, not rendered."""
        return info


def _pdf(source: Source, form: Format) -> MediaInfo:
    """Scan a PDF for its pages, metadata and encryption. Pages inside compressed objects are not counted (None)."""
    pages, counted, tail = 0, 0, b""
    private: dict[str, None] = {}
    encrypted = childless = False
    for piece, fresh in _pieces(source):
        pages += sum(1 for found in _PAGE.finditer(piece) if found.end() > fresh)
        counted = max([counted, *(int(found[1]) for found in _COUNT.finditer(piece))])
        private |= {what: None for what, pattern in _PRIVATE.items() if pattern.search(piece)}
        encrypted = encrypted or _ENCRYPTED.search(piece) is not None
        childless = childless or _NO_KIDS.search(piece) is not None
        tail = (tail + piece[fresh:])[-_TAIL_BYTES:]
    if b"%%EOF" not in tail and b"startxref" not in tail:
        raise AssetError("truncated", f"{source.name} ends before a PDF does: its end mark %%EOF is missing")
    if childless and not pages and not counted:
        raise AssetError("no_picture", f"{source.name} is a PDF without a single page")
    remarks = []
    if private:
        text = f"nothing is removed from a PDF; this one carries {' and '.join(private)}"
        remarks.append(("metadata_kept", text))
    if encrypted:
        remarks.append(("protected", "the PDF is encrypted; phones may ask for a password or show nothing"))
    return MediaInfo(
        kind=KindName.DOCUMENT,
        media_type=form.media_type,
        suffix=form.suffix,
        size_bytes=source.size_bytes,
        pages=pages or counted or None,
        remarks=tuple(remarks),
    )


def _pieces(source: Source) -> Iterator[tuple[bytes, int]]:
    """Read a file piece by piece; each comes with the end of the one before, which is ``fresh`` bytes long."""
    kept = b""
    with source.open() as stream:
        while piece := stream.read(_PIECE_BYTES):
            yield kept + piece, len(kept)
            kept = (kept + piece)[-_OVERLAP_BYTES:]


def _calendar(source: Source, form: Format, bounds: Bounds) -> MediaInfo:
    if source.size_bytes > bounds.max_text_bytes:
        raise AssetError(
            "text_bound",
            f"{source.name} has {format_size(source.size_bytes)}; the bound on calendars is "
            f"{format_size(bounds.max_text_bytes)}",
            allowed=bounds.max_text_bytes,
            actual=source.size_bytes,
        )
    text, charset = _decoded(source.read())
    text = text.replace("\r\n", "\n")
    if not _CALENDAR_END.search(text):
        raise AssetError("truncated", f"{source.name} ends before its calendar does: END:VCALENDAR is missing")
    if not _COMPONENT.search(text):
        raise AssetError("unreadable", f"{source.name} is a calendar without a single event or task")
    named = sorted({found[1].upper() for found in _PEOPLE.finditer(text)})
    remarks = [("metadata_kept", f"nothing is removed from a calendar; this one names {', '.join(named)}")]
    return MediaInfo(
        kind=KindName.DOCUMENT,
        media_type=form.media_type,
        suffix=form.suffix,
        size_bytes=source.size_bytes,
        charset=charset,
        remarks=tuple(remarks) if named else (),
    )


def _decoded(data: bytes) -> tuple[str, str]:
    """Give a calendar's text and its charset: UTF-8 (RFC 5545, 3.1.4), what old exporters write, or UTF-16."""
    wide = utf_16(data)
    if wide is not None:
        return data.decode(wide, "replace"), wide
    try:
        return data.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        return data.decode("latin-1").removeprefix("ï»¿"), "iso-8859-1"


KIND: Kind = Document()
