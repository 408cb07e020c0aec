"""The colour space that a HEIC or AVIF states in numbers (``nclx``: ISO/IEC 14496-12 12.1.5, ITU-T H.273)."""

from __future__ import annotations

from dataclasses import dataclass

from mediaprep.errors import AssetError
from mediaprep.kinds._bounded import Bounded, uint
from mediaprep.kinds._heif_items import items_needed, tables
from mediaprep.kinds._isobmff_boxes import Span, boxes

BT2020, DISPLAY_P3 = 9, 12
PQ, HLG = 16, 18
"""Code points of H.273 tables 2 and 3 that mean something else than sRGB does."""

_MOST_ITEMS = 10_000


@dataclass(frozen=True, slots=True)
class Coding:
    """Primaries and transfer as numbers of H.273."""

    primaries: int
    transfer: int

    @property
    def hdr(self) -> bool:
        """Whether levels stand for more light than a plain screen gives."""
        return self.transfer in {PQ, HLG}

    @property
    def plain(self) -> bool:
        """Whether the colours are sRGB's, or so near that viewers take them for that."""
        return not self.hdr and self.primaries not in {BT2020, DISPLAY_P3}

    @property
    def name(self) -> str:
        """Name the colour space as people know it."""
        wide = {BT2020: "BT.2020", DISPLAY_P3: "Display P3"}.get(self.primaries, "BT.709")
        return wide + {PQ: " in PQ", HLG: " in HLG"}.get(self.transfer, "")


def coding(file: Bounded) -> Coding | None:
    """Read how the primary picture is coded; None where a profile says it, or nothing does."""
    try:
        meta, found = tables(file)
        if not {b"pitm", b"iprp"} <= found.keys():
            return None
        inner = list(boxes(meta, *found[b"iprp"], lenient=True))
        properties = [
            box for kind, start, end in inner if kind == b"ipco" for box in boxes(meta, start, end, lenient=True)
        ]
        held: dict[int, list[int]] = {}
        for kind, start, end in inner:
            if kind == b"ipma":
                _read_rows(meta, (start, end), held)
        needed = items_needed(meta, found)
        for item in needed:  # a grid's own colours come before those of its tiles
            stated = [properties[i - 1] for i in held.get(item, ()) if 0 < i <= len(properties)]
            colours = [(start, end) for kind, start, end in stated if kind == b"colr"]
            if any(meta[start : start + 4] in (b"prof", b"rICC") for start, _ in colours):
                return None
            for start, _ in colours:
                if meta[start : start + 4] == b"nclx":
                    return Coding(uint(meta, start + 4, 2), uint(meta, start + 6, 2))
    except (AssetError, IndexError):
        return None
    return None


def _read_rows(meta: bytes, span: Span, held: dict[int, list[int]]) -> None:
    """Add each item's properties, by their numbers from 1 (ISO/IEC 23008-12 9.3)."""
    at = span[0]
    version, wide = meta[at], meta[at + 3] & 1
    count, at = uint(meta, at + 4, 4), at + 8
    for _ in range(min(count, _MOST_ITEMS)):
        item, at = uint(meta, at, 4 if version else 2), at + (4 if version else 2)
        number, at = meta[at], at + 1
        width = 2 if wide else 1
        mask = 0x7FFF if wide else 0x7F
        held.setdefault(item, []).extend(uint(meta, at + width * i, width) & mask for i in range(number))
        at += width * number
        if at > span[1]:
            break
