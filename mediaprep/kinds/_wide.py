"""Text that is no UTF-8: UTF-16 by its mark or its zero bytes, and bytes of a charset that nothing names."""

from __future__ import annotations

from mediaprep.kinds._vcard_lines import wide_charset

_CONTROLS = frozenset(range(0x20)) - frozenset(b"\t\n\r\f") | {0x7F}


def utf_16(data: bytes) -> str | None:
    """Name the UTF-16 that a text is in, by its mark or by the zero bytes of its first letters; else None.

    ``utf-16`` has a mark; ``utf-16le`` and ``utf-16be`` are the names of those that have none (RFC 2781).
    """
    wide = wide_charset(data)
    return None if wide is None else wide.replace("16-", "16")


def unnamed_charset(data: bytes) -> bool:
    """Say whether bytes seem to be text in a charset that only who wrote them knows: no control bytes, no UTF-8."""
    if utf_16(data) is not None:
        return True
    return bool(data) and not data.isascii() and not _CONTROLS & set(data)
