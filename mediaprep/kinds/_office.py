"""Office files, told apart by the names inside them: OOXML is a zip (ECMA-376 part 2), the older ones are [MS-CFB].

Only lists of names are read, and nothing is unpacked.
"""

from __future__ import annotations

from collections.abc import Iterator

from mediaprep.errors import AssetError
from mediaprep.formats import Format, starts
from mediaprep.storage import Source

_ZIP, _COMPOUND = starts(b"PK\x03\x04"), starts(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_TYPES_PART = b"[Content_Types].xml"
"""The part that makes a zip an OOXML package (ECMA-376 part 2, 7.2.3)."""

_END, _ENTRY = b"PK\x05\x06", b"PK\x01\x02"
_END_BYTES = 22 + 65_535
"""The end record of a zip with the longest comment (APPNOTE 4.3.16)."""

_MAX_DIRECTORY_BYTES = 4_000_000
"""Of names: a presentation of 300 slides has 200 kB of them."""

_COMPOUND_NAMES_BYTES = 8_192
"""Where a compound file's directory is looked at: its first 64 entries, which hold the main stream."""

_FOLDERS = {"docx": b"word/", "xlsx": b"xl/", "pptx": b"ppt/"}
_STREAMS = {"doc": ("WordDocument",), "xls": ("Workbook", "Book"), "ppt": ("PowerPoint Document",)}
_PROPERTIES = (b"docProps/core.xml", "\x05SummaryInformation".encode("utf-16-le"))
_MACROS = (b"vbaProject.bin", "_VBA_PROJECT".encode("utf-16-le"))

_OOXML = "application/vnd.openxmlformats-officedocument"


def _is_package(head: bytes) -> bool:
    return _ZIP(head) and _TYPES_PART in head


FORMATS = (
    Format(name="docx", media_type=f"{_OOXML}.wordprocessingml.document", suffix="docx", match=_is_package,
           suffixes=("docx",)),
    Format(name="xlsx", media_type=f"{_OOXML}.spreadsheetml.sheet", suffix="xlsx", match=_is_package,
           suffixes=("xlsx",)),
    Format(name="pptx", media_type=f"{_OOXML}.presentationml.presentation", suffix="pptx", match=_is_package,
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
    """Say whether an Office file is of this row."""
    if form.name in _STREAMS:
        names = _compound_names(source)
        return any(f"{stream}\0".encode("utf-16-le") in names for stream in _STREAMS[form.name])
    folder = _FOLDERS[form.name]
    whole = _package_names(source)
    if whole is None:  # cut short: what its first bytes show is refused as that by ``remarks``
        found = {name: source.head.find(each) for name, each in _FOLDERS.items() if each in source.head}
        return bool(found) and min(found, key=lambda name: found[name]) == form.name
    return any(name.startswith(folder) for name in whole)


def remarks(source: Source, form: Format) -> tuple[tuple[str, str], ...]:
    """Give what is to be told of an Office file. Raises AssetError for one that is cut short or holds macros."""
    names: tuple[bytes, ...] | None
    names = (_compound_names(source),) if form.name in _STREAMS else _package_names(source)
    if names is None:
        raise AssetError("truncated", f"{source.name} ends before its list of parts does")
    if any(macro in name for name in names for macro in _MACROS):
        raise AssetError(
            "unsupported", f"{source.name} holds macros, which no channel takes", remedy="Save it without macros."
        )
    if any(each in name for name in names for each in _PROPERTIES):
        text = "nothing is removed from an Office file; this one carries its properties (author, company, times)"
        return (("metadata_kept", text),)
    return ()


def _compound_names(source: Source) -> bytes:
    """Give the first entries of a compound file's directory: names in UTF-16 ([MS-CFB] 2.2, 2.6)."""
    shift, first = int.from_bytes(source.head[30:32], "little"), int.from_bytes(source.head[48:52], "little")
    if shift not in (9, 12):
        return b""
    with source.open() as stream:
        stream.seek((first + 1) << shift)
        return stream.read(_COMPOUND_NAMES_BYTES)


def _package_names(source: Source) -> tuple[bytes, ...] | None:
    """Give the names in a zip's central directory (APPNOTE 4.3.12), None where there is none that is whole."""
    with source.open() as stream:
        stream.seek(max(0, source.size_bytes - _END_BYTES))
        tail = stream.read(_END_BYTES)
        at = tail.rfind(_END)
        if at < 0 or len(tail) < at + 22:
            return None
        length, start = (int.from_bytes(tail[at + place : at + place + 4], "little") for place in (12, 16))
        if length > _MAX_DIRECTORY_BYTES or start + length > source.size_bytes:
            return None
        stream.seek(start)
        return tuple(_entries(stream.read(length)))


def _entries(directory: bytes) -> Iterator[bytes]:
    at = 0
    while directory[at : at + 4] == _ENTRY:
        name, extra, comment = (int.from_bytes(directory[at + p : at + p + 2], "little") for p in (28, 30, 32))
        yield directory[at + 46 : at + 46 + name]
        at += 46 + name + extra + comment
