"""The colour space that a HEIC or AVIF states in numbers (``nclx``: ISO/IEC 14496-12 12.1.5, ITU-T H.273)."""

from __future__ import annotations

from dataclasses import dataclass

from mediaprep.errors import AssetError
from mediaprep.kinds._bounded import Bounded, uint
from mediaprep.kinds._heif_items import items_needed, properties, tables

BT2020, DISPLAY_P3 = 9, 12
PQ, HLG = 16, 18
"""Code points of H.273 tables 2 and 3 that mean something else than sRGB does."""


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
        if b"pitm" not in found:
            return None
        held = properties(meta, found)
        for item in items_needed(meta, found):  # a grid's own colours come before those of its tiles
            colours = [(start, end) for kind, start, end in held.get(item, ()) if kind == b"colr"]
            if any(meta[start : start + 4] in (b"prof", b"rICC") for start, _ in colours):
                return None
            for start, _ in colours:
                if meta[start : start + 4] == b"nclx":
                    return Coding(uint(meta, start + 4, 2), uint(meta, start + 6, 2))
    except (AssetError, IndexError):
        return None
    return None
