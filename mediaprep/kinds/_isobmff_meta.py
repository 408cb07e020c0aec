"""Where ISO base media and QuickTime files keep metadata, and whether it says where they were made."""

from __future__ import annotations

from mediaprep.kinds._isobmff_boxes import boxes

_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
"""The `uuid` box of XMP (Adobe XMP specification, part 3, "MPEG-4")."""

_PLAIN = frozenset({
    b"\xa9too", b"\xa9enc", b"\xa9swr", b"\xa9fmt", b"----", b"hdlr", b"free", b"skip", b"name", b"hnti", b"hinf",
    b"vndr", b"AllF", b"LOOP", b"SelO", b"WLOC", b"ptv ", b"tsel", b"kind", b"ludt", b"strk", b"iods",
    b"\x00\x00\x00\x00",
})  # fmt: skip
"""What only says which program wrote the file, or how to play it."""

_PLAIN_KEYS = ("com.android.version", "com.android.capture.fps", "com.android.video", "encoder", "major_brand")

_PLACE = frozenset({b"\xa9xyz", b"loci", b"GPS ", b"gps ", b"gps0"})
"""QuickTime's and 3GPP's location (3GPP TS 26.244 section 8), and dash cameras' track logs."""


class Metadata:
    """Collects, over all the places that are looked at, the homes of metadata and whether a place is told."""

    __slots__ = ("gps", "homes")

    def __init__(self) -> None:
        """Start with nothing found."""
        self.homes: set[str] = set()
        self.gps = False

    def read_user_data(self, data: bytes, start: int, end: int) -> None:
        """Look through a `udta` box, or through the boxes beside a movie's tracks."""
        for kind, at, stop in boxes(data, start, end, lenient=True):
            if kind in _PLACE:
                self.gps = self.gps or stop - at > 4
                self.homes.add("location")
            elif kind == b"meta":
                self.read_meta(data, at, stop)
            elif kind == b"XMP_":
                self.read_xmp(data[at:stop])
            elif kind not in _PLAIN and stop > at:
                self.homes.add("udta")

    def read_meta(self, data: bytes, start: int, end: int) -> None:
        """Look through a `meta` box: iTunes tags, or QuickTime's keys."""
        # QuickTime's own `meta` lacks the version and flags that ISO's has
        if data[start + 4 : start + 8] != b"hdlr":
            start += 4
        keys: list[str] = []
        for kind, at, stop in boxes(data, start, end, lenient=True):
            if kind == b"keys":
                keys = _keys(data, at + 8, stop)
            elif kind == b"ilst":
                self._read_list(data, at, stop, keys)
            elif kind == b"xml ":
                self.read_xmp(data[at:stop])

    def _read_list(self, data: bytes, start: int, end: int, keys: list[str]) -> None:
        for kind, _, _ in boxes(data, start, end, lenient=True):
            index = int.from_bytes(kind, "big") - 1
            if 0 <= index < len(keys):
                if "location" in keys[index]:
                    self.gps = True
                    self.homes.add("location")
                elif not keys[index].startswith(_PLAIN_KEYS):
                    self.homes.add("keys")
            elif kind in _PLACE:
                self.gps = True
                self.homes.add("location")
            elif kind == b"covr":
                self.homes.add("cover")
            elif kind not in _PLAIN:
                self.homes.add("ilst")

    def read_uuid(self, data: bytes) -> None:
        """Look at a `uuid` box; only XMP's is known."""
        if data[:16] == _XMP:
            self.read_xmp(data[16:])

    def read_xmp(self, data: bytes) -> None:
        """Note an XMP packet and whether it names a place."""
        self.homes.add("xmp")
        self.gps = self.gps or b"GPSLatitude" in data


def _keys(data: bytes, start: int, end: int) -> list[str]:
    """Read the names in a `keys` box (QuickTime file format, "Metadata item keys atom")."""
    return [data[at:stop].decode("utf-8", "replace") for _, at, stop in boxes(data, start, end, lenient=True)]
