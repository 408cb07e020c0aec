"""Documents pass through: what can be told cheaply, what is refused, and that nothing private is removed."""

import pytest
from afresh import afresh

from mediaprep.errors import AssetError
from mediaprep.kinds import document
from mediaprep.model import KindName
from mediaprep.options import Bounds

PDF = (
    b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
    b"2 0 obj\n<< /Type /Pages /Count 2 /Kids [3 0 R 4 0 R] >>\nendobj\n"
    b"3 0 obj\n<< /Type /Page /Parent 2 0 R >>\nendobj\n4 0 obj\n<< /Type/Page /Parent 2 0 R >>\nendobj\n"
    b"trailer\n<< /Root 1 0 R >>\nstartxref\n9\n%%EOF\n"
)
ICS = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260101T100000Z\r\nSUMMARY:Sale\r\n"
    b"END:VEVENT\r\nEND:VCALENDAR\r\n"
)


def judged(folder, data, bounds=None, name="document"):
    """Identify, probe and confirm a document."""
    path = folder / name
    path.write_bytes(data)
    info = afresh(path, bounds)
    assert info is None or info.kind == KindName.DOCUMENT
    return info


def test_a_plain_pdf_has_pages_and_nothing_to_say(tmp_path):
    """Pages are counted by their objects; the page tree is no page."""
    info = judged(tmp_path, PDF)
    assert (info.media_type, info.suffix, info.pages, info.remarks) == ("application/pdf", "pdf", 2, ())


def test_pages_in_compressed_objects_come_from_the_count(tmp_path):
    """Where no page object is in the clear, the tree's count is taken; without it the pages are unknown."""
    assert judged(tmp_path, PDF.replace(b"/Type /Page ", b"/X ").replace(b"/Type/Page ", b"/X ")).pages == 2
    assert judged(tmp_path, b"%PDF-1.7\nnothing\n%%EOF").pages is None


def test_a_pdf_without_a_page_is_refused(tmp_path):
    """No reader opens one; an outline without entries is no page tree."""
    empty = b"%PDF-1.4\n2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\ntrailer\n<< >>\nstartxref\n9\n%%EOF\n"
    with pytest.raises(AssetError) as refused:
        judged(tmp_path, empty)
    assert refused.value.code == "no_picture"
    assert judged(tmp_path, PDF.replace(b"trailer", b"<< /Type /Outlines /Kids [ ] >>\ntrailer")).pages == 2


def test_what_a_pdf_says_about_people_is_named_because_it_stays(tmp_path):
    """Document information and XMP are warned of; encryption too."""
    data = PDF.replace(b"/Root 1 0 R", b"/Root 1 0 R /Info 5 0 R /Encrypt 6 0 R").replace(
        b"trailer", b"<x:xmpmeta>\ntrailer"
    )
    remarks = dict(judged(tmp_path, data).remarks)
    assert "/Info" in remarks["metadata_kept"]
    assert "XMP" in remarks["metadata_kept"]
    assert "protected" in remarks


def test_pages_are_counted_once_across_pieces(tmp_path, monkeypatch):
    """The file is read in pieces; a page on the border of two counts once."""
    whole = judged(tmp_path, PDF * 5).pages
    for size in (70, 97, 131, 200):
        monkeypatch.setattr(document, "_PIECE_BYTES", size)
        assert judged(tmp_path, PDF * 5).pages == whole == 10


def test_a_pdf_that_is_cut_short_is_refused(tmp_path):
    """Without its end mark a PDF has lost its index."""
    with pytest.raises(AssetError) as caught:
        judged(tmp_path, PDF[:-20])
    assert caught.value.code == "truncated"


def test_a_calendar_passes_and_names_whom_it_names(tmp_path):
    """An event is enough; organisers, attendees and places are warned of."""
    assert judged(tmp_path, ICS).remarks == ()
    named = ICS.replace(b"SUMMARY", b"ORGANIZER:mailto:a@x.example\r\nGEO:1;2\r\nSUMMARY")
    info = judged(tmp_path, b"\xef\xbb\xbf" + named)
    assert (info.media_type, info.charset) == ("text/calendar", "utf-8")
    assert "GEO, ORGANIZER" in dict(info.remarks)["metadata_kept"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (ICS[:-10], "truncated"),
        (b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n", "unreadable"),
    ],
)
def test_calendars_without_end_or_event_are_refused(tmp_path, data, code):
    """Cut short or empty, a calendar is no use to a phone."""
    with pytest.raises(AssetError) as caught:
        judged(tmp_path, data)
    assert caught.value.code == code


def test_the_bound_on_calendars_is_kept(tmp_path):
    """A huge calendar is refused before it is read."""
    with pytest.raises(AssetError) as caught:
        judged(tmp_path, ICS, Bounds(max_text_bytes=10))
    assert caught.value.code == "text_bound"


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_calendars_in_utf_16_are_read(tmp_path, codec):
    """With a mark or by the zero bytes of its first letters, as cards are; the charset is told to the part."""
    data = ICS.replace(b"SUMMARY", b"ORGANIZER:mailto:a@x.example\r\nSUMMARY").decode().encode(codec)
    info = judged(tmp_path, data)
    assert (info.media_type, info.charset) == ("text/calendar", codec.replace("-le", "le").replace("-be", "be"))
    assert "ORGANIZER" in dict(info.remarks)["metadata_kept"]
    with pytest.raises(AssetError) as caught:
        judged(tmp_path, data[:-20])
    assert caught.value.code == "truncated"


@pytest.mark.parametrize("padding", [b"\0" * 40, b"\x1a", b"\r\n\x1a\0\0"])
def test_padding_behind_a_calendar_is_no_cut(tmp_path, padding):
    """Old exporters fill a block with zero bytes, or mark the end as DOS did."""
    assert judged(tmp_path, ICS + padding).media_type == "text/calendar"
