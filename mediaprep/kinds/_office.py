"""Office files, told apart by the names inside them: OOXML is a zip (ECMA-376 part 2), the older ones are [MS-CFB].

Only lists of names are read, and nothing is unpacked.
"""

from __future__ import annotations

from collections.abc import Iterator

from mediaprep.errors import AssetError
from mediaprep.formats import Format, starts
from mediaprep.kinds import _compound
from mediaprep.storage import Source

_ZIP, _COMPOUND = starts(b"PK\x03\x04"), starts(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_TYPES_PART = b"[content_types].xml"
"""The part that makes a zip an OOXML package (ECMA-376 part 2, 7.2.3). Office writes it first, openpyxl last."""

_PACKAGE_PARTS = (_TYPES_PART, b"_rels/.rels", b"docprops/")
"""What the first bytes of a package show that is cut short."""

_END, _ENTRY, _END_64, _LOCATOR_64 = b"PK\x05\x06", b"PK\x01\x02", b"PK\x06\x06", b"PK\x06\x07"
_END_BYTES, _END_64_BYTES, _LOCATOR_64_BYTES = 22, 56, 20
_LONGEST_COMMENT = 65_535
"""Behind a zip's end record (APPNOTE 4.3.16)."""

_SEE_64 = 0xFFFFFFFF
"""A number that stands in the ZIP64 end record instead (APPNOTE 4.3.14, 4.3.15)."""

_MAX_DIRECTORY_BYTES = 4_000_000
"""Of names: a presentation of 300 slides has 200 kB of them."""

_FOLDERS = {"docx": b"word/", "xlsx": b"xl/", "pptx": b"ppt/"}
_STREAMS = {"doc": ("worddocument",), "xls": ("workbook", "book"), "ppt": ("powerpoint document",)}
_FIRST_BYTES = {"doc": b"\xec\xa5", "xls": b"\x09\x08"}
"""What Word's and Excel's own streams begin with, which mostly stand first ([MS-DOC] 2.5.1, [MS-XLS] 2.4.21)."""

_BINARY_SHEET = b"xl/workbook.bin"
"""An .xlsb: a type of its own, which no channel lists."""

_OOXML = "application/vnd.openxmlformats-officedocument"


FORMATS = (
    Format(name="docx", media_type=f"{_OOXML}.wordprocessingml.document", suffix="docx", match=_ZIP,
           suffixes=("docx",)),
    Format(name="xlsx", media_type=f"{_OOXML}.spreadsheetml.sheet", suffix="xlsx", match=_ZIP,
           suffixes=("xlsx",)),
    Format(name="pptx", media_type=f"{_OOXML}.presentationml.presentation", suffix="pptx", match=_ZIP,
           suffixes=("pptx",)),
    Format(name="doc", media_type="application/msword", suffix="doc", match=_COMPOUND, suffixes=("doc",)),
    Format(name="xls", media_type="application/vnd.ms-excel", suffix="xls", match=_COMPOUND, suffixes=("xls",)),
    Format(name="ppt", media_type="application/vnd.ms-powerpoint", suffix="ppt", match=_COMPOUND, suffixes=("ppt",)),
)  # fmt: skip
"""Word, Excel and PowerPoint, new and old. Files with macros have types of their own, which no channel lists."""


def is_office(form: Format) -> bool:
    """Say whether a row is one of ours."""
    return form.name in _FOLDERS or form.name in _STREAMS


def is_of(source: Source, form: Format) -> bool:
    """Say whether an Office file is of this row. Of one that is cut short, its first bytes say it."""
    if form.name in _STREAMS:
        found = _compound.read(source)
        if not found.top and not found.whole:
            start = 1 << int.from_bytes(source.head[30:32], "little")
            return source.head[start : start + 2] == _FIRST_BYTES.get(form.name)
        return any(stream in found.top for stream in _STREAMS[form.name])
    folder = _FOLDERS[form.name]
    whole = _package_names(source)
    if whole is None:
        head = source.head.lower()
        places = {name: head.find(each) for name, each in _FOLDERS.items() if each in head}
        package = any(part in head for part in _PACKAGE_PARTS)
        return package and bool(places) and min(places, key=lambda name: places[name]) == form.name
    return _TYPES_PART in whole and _BINARY_SHEET not in whole and any(name.startswith(folder) for name in whole)


def remarks(source: Source, form: Format) -> tuple[tuple[str, str], ...]:
    """Give what is to be told of an Office file. Raises AssetError for one that is cut short or holds macros."""
    macros, properties = _old(source) if form.name in _STREAMS else _new(source)
    if macros:
        raise AssetError(
            "unsupported", f"{source.name} holds macros, which no channel takes", remedy="Save it without macros."
        )
    if properties:
        text = "nothing is removed from an Office file; this one carries its properties (author, company, times)"
        return (("metadata_kept", text),)
    return ()


def _old(source: Source) -> tuple[bool, bool]:
    """Say whether a compound file lists macros, and properties ([MS-OVBA] 2.2.1: they may stand in any storage)."""
    found = _compound.read(source)
    if not found.whole:
        raise AssetError("truncated", f"{source.name} is cut short or damaged: it is shorter than its own table says")
    macros = any("_vba_project" in name or name == "macros" for name in found.names)
    return macros, "\x05summaryinformation" in found.names


def _new(source: Source) -> tuple[bool, bool]:
    """Say whether a package lists macros, and properties."""
    names = _package_names(source)
    if names is None:
        raise AssetError("truncated", f"{source.name} ends before its list of parts does")
    return any(b"vbaproject.bin" in name for name in names), b"docprops/core.xml" in names


def _package_names(source: Source) -> tuple[bytes, ...] | None:
    """Give the names in a zip's central directory (APPNOTE 4.3.12), in lower case; None where there is none whole.

    Parts differ by more than case (ECMA-376 part 2, 6.3.5). What stands before each part is not looked at.
    """
    with source.open() as stream:
        before = max(0, source.size_bytes - _LONGEST_COMMENT - _END_BYTES - _LOCATOR_64_BYTES)
        stream.seek(before)
        tail = stream.read()
        at = _end(tail)
        if at is None:
            return None
        length, start = _number(tail, at + 12, 4), _number(tail, at + 16, 4)
        locator = tail[max(0, at - _LOCATOR_64_BYTES) : at]
        if _SEE_64 in (length, start) and locator.startswith(_LOCATOR_64):
            stream.seek(min(_number(locator, 8, 8), source.size_bytes))
            end = stream.read(_END_64_BYTES)
            if not end.startswith(_END_64):
                return None
            length, start = _number(end, 40, 8), _number(end, 48, 8)
        if length > _MAX_DIRECTORY_BYTES or start + length > before + at:
            return None
        stream.seek(start)
        return tuple(_entries(stream.read(length)))


def _end(tail: bytes) -> int | None:
    """Find a zip's end record: the one whose comment ends with the file, else the last (comments may hold its mark)."""
    last = at = tail.rfind(_END)
    while at >= 0:
        if at + _END_BYTES + _number(tail, at + 20, 2) == len(tail):
            return at
        at = tail.rfind(_END, 0, at)
    return last if last >= 0 and len(tail) >= last + _END_BYTES else None


def _entries(directory: bytes) -> Iterator[bytes]:
    at = 0
    while directory[at : at + 4] == _ENTRY:
        name, extra, comment = (_number(directory, at + place, 2) for place in (28, 30, 32))
        yield directory[at + 46 : at + 46 + name].lower()
        at += 46 + name + extra + comment


def _number(data: bytes, at: int, length: int) -> int:
    return int.from_bytes(data[at : at + length], "little")
