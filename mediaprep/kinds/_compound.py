"""The directory of a compound file ([MS-CFB]): old Office files, e-mails, installers. Nothing in it is unpacked.

A sector's successor stands in a table of four bytes a sector (the FAT, 2.3). The table's own sectors are listed in the
header and, beyond 109, in a chain (the DIFAT, 2.5). The directory is one chain of sectors (2.6).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from mediaprep.storage import Source

_HEADER_BYTES, _ENTRY_BYTES, _NUMBER_BYTES = 512, 128, 4
_LISTED = 109
"""How many sectors of the table the header names (2.2)."""

_MAX_DIRECTORY_BYTES = 4_000_000
"""Beyond any Office file: 31,250 streams and storages."""

_STORAGE, _STREAM = 1, 2
_LAST = 0xFFFFFFFA
"""The highest number of a sector (MAXREGSECT); what is above says that there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compound:
    """What a compound file lists, in lower case. ``whole`` is False where it is shorter than its own table says.

    A last sector may be short: some writers do not fill it.
    """

    names: frozenset[str] = frozenset()
    top: frozenset[str] = frozenset()
    whole: bool = False


def read(source: Source) -> Compound:
    """Read the directory: each sector once, whatever the numbers say, so that no loop goes on."""
    head = source.head
    shift = int.from_bytes(head[30:32], "little")
    if len(head) < _HEADER_BYTES or shift not in (9, 12):
        return Compound()
    with source.open() as stream:

        def sector(number: int) -> bytes:
            if (number + 1) << shift >= source.size_bytes:
                return b""
            stream.seek((number + 1) << shift)
            return stream.read(1 << shift)

        table, whole = _table(head, shift, source.size_bytes, sector)
        used = (len(table.rstrip(b"\xff")) + _NUMBER_BYTES - 1) // _NUMBER_BYTES  # a free sector's entry is 0xFFFFFFFF
        whole = whole and used << shift < source.size_bytes
        pieces: list[bytes] = []
        seen: set[int] = set()
        number = _number(head, 48)
        while number <= _LAST and number not in seen and len(seen) << shift < _MAX_DIRECTORY_BYTES:
            seen.add(number)
            pieces.append(sector(number))
            number = _number(table, number * _NUMBER_BYTES)
        whole = whole and number > _LAST and all(pieces)
    names, top = _names(b"".join(pieces))
    return Compound(names=names, top=top, whole=whole)


def _table(head: bytes, shift: int, size_bytes: int, sector: Callable[[int], bytes]) -> tuple[bytes, bool]:
    """Give the table as far as it speaks of this file and a little beyond, and whether all of that is there."""
    per = (1 << shift) // _NUMBER_BYTES
    most = (size_bytes >> shift) // per + 2
    count = min(_number(head, 44), most)
    pieces = [sector(number) for number in islice(_listed(head, per, sector), count)]
    whole = len(pieces) == count and all(len(piece) == 1 << shift for piece in pieces)
    return b"".join(piece.ljust(1 << shift, b"\xff") for piece in pieces), whole


def _listed(head: bytes, per: int, sector: Callable[[int], bytes]) -> Iterator[int]:
    """Give the numbers of the table's sectors, in order."""
    for place in range(_LISTED):
        yield _number(head, 76 + place * _NUMBER_BYTES)
    number, seen = _number(head, 68), set[int]()
    while number <= _LAST and number not in seen:
        seen.add(number)
        piece = sector(number)
        for place in range(per - 1):
            yield _number(piece, place * _NUMBER_BYTES)
        number = _number(piece, (per - 1) * _NUMBER_BYTES)


def _names(directory: bytes) -> tuple[frozenset[str], frozenset[str]]:
    """Give all names of streams and storages, and those that stand right below the root (2.6.1 to 2.6.4)."""
    entries = [directory[at : at + _ENTRY_BYTES] for at in range(0, len(directory), _ENTRY_BYTES)]
    names = [_name(entry) for entry in entries]
    top: set[str] = set()
    todo, seen = [_number(entries[0], 76)] if entries else [], set[int]()
    while todo:  # a tree of siblings: left, right
        number = todo.pop()
        if number >= len(entries) or number in seen:
            continue
        seen.add(number)
        top.add(names[number])
        todo += [_number(entries[number], 68), _number(entries[number], 72)]
    return frozenset(names) - {""}, frozenset(top) - {""}


def _name(entry: bytes) -> str:
    """Give an entry's name, nothing for one that is not in use. Case does not tell names apart (2.6.4)."""
    length = int.from_bytes(entry[64:66], "little")
    if len(entry) < _ENTRY_BYTES or entry[66] not in (_STORAGE, _STREAM) or not 2 <= length <= 64:
        return ""
    return entry[: length - 2].decode("utf-16-le", "replace").lower()


def _number(data: bytes, at: int) -> int:
    """Read a number; what lies beyond the bytes is none."""
    piece = data[at : at + _NUMBER_BYTES]
    return int.from_bytes(piece, "little") if len(piece) == _NUMBER_BYTES else _LAST + 1
