"""Text that is no UTF-8: UTF-16 by its mark or its zero bytes, and bytes of a charset that nothing names."""

from __future__ import annotations

_CONTROLS = frozenset(range(0x20)) - frozenset(b"\t\n\r\f") | {0x7F}


def utf_16(data: bytes) -> str | None:
    """Name the UTF-16 that a text is in, by its mark or by the zero bytes of its first letters; else None.

    ``utf-16`` has a mark; ``utf-16le`` and ``utf-16be`` are the names of those that have none (RFC 2781).
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    if len(data) >= 4 and data[0] and not data[1] and data[2] and not data[3]:
        return "utf-16le"
    if len(data) >= 4 and not data[0] and data[1] and not data[2] and data[3]:
        return "utf-16be"
    return None


def unnamed_charset(data: bytes) -> bool:
    """Say whether bytes seem to be text in a charset that only who wrote them knows: no control bytes, no UTF-8."""
    if utf_16(data) is not None:
        return True
    return bool(data) and not data.isascii() and not _CONTROLS & set(data)
