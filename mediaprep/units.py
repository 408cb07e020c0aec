"""Bytes as people write them, and what an encoding makes of them. Pure integer arithmetic where limits are concerned.

Media bytes are what a file holds. A limit may instead count the bytes after base64 (growth 4/3, or
1.3684 with a CRLF after each 76 characters: 78/57) or base64 characters.
"""

from __future__ import annotations

import re
from fractions import Fraction

BASE64 = Fraction(4, 3)
"""Growth of base64 without line breaks (RFC 4648 section 4: four characters for three bytes)."""

BASE64_LINES = Fraction(78, 57)
"""Growth of base64 with CRLF after 76 characters (RFC 2045 section 6.8): 57 bytes become 78."""

_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([kmg]i?b|[kmg]|b|bytes)?\s*", re.IGNORECASE)
_FACTORS = {
    "": 1, "b": 1, "bytes": 1,
    "k": 1000, "kb": 1000, "kib": 1024,
    "m": 1000**2, "mb": 1000**2, "mib": 1024**2,
    "g": 1000**3, "gb": 1000**3, "gib": 1024**3,
}  # fmt: skip


def parse_size(text: str) -> int:
    """Read ``300000``, ``300KB`` (300,000), ``300KiB`` (307,200) or ``1.5MB`` as whole bytes.

    Raises ValueError, with examples, for anything else, for zero, and for a part of a byte.
    """
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a size; write 300000, 300KB (300,000 bytes) or 300KiB (307,200 bytes)")
    value = Fraction(match[1]) * _FACTORS[(match[2] or "").lower()]
    if value.denominator != 1:
        raise ValueError(f"{text!r} is not a whole number of bytes")
    if value < 1:
        raise ValueError(f"{text!r} is not a size: the smallest is 1 byte")
    return int(value)


def format_size(size_bytes: int) -> str:
    """Print bytes with thousands separators: the unit in which carriers' limits never mislead."""
    return f"{size_bytes:,} bytes" if size_bytes != 1 else "1 byte"


def short_size(size_bytes: int) -> str:
    """Print bytes short for a table, decimal units: 999 B, 52.5 KB, 1.05 MB."""
    if size_bytes < 1000:
        return f"{size_bytes} B"
    for limit, unit in ((1000**2, "KB"), (1000**3, "MB"), (1000**4, "GB")):
        if size_bytes < limit:
            value = size_bytes * 1000 / limit
            return f"{value:.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"
    return f"{size_bytes / 1000**4:.3g} TB"


def decoded_bytes(encoded: int, growth: Fraction) -> int:
    """Give the most media bytes whose encoding, growing by ``growth``, stays within ``encoded`` bytes."""
    return int(encoded / growth)


def bytes_in_base64_characters(characters: int) -> int:
    """Give the most bytes that ``characters`` of unbroken base64 can carry: whole 3-byte groups only.

    A group always takes four characters, padding included (RFC 4648 section 4): 999,999 characters
    hold 249,999 groups = 749,997 bytes. Two bytes more would fit only unpadded, which APIs refuse.
    """
    return characters // 4 * 3


def base64_characters(size_bytes: int) -> int:
    """Give the characters that unbroken, padded base64 makes of ``size_bytes``."""
    return -(-size_bytes // 3) * 4


def text_length(text: str, unit: str) -> int:
    """Count a text in a profile's unit: ``chars``, ``bytes`` (UTF-8), or ``euc_kr_bytes`` (KS X 1001: one or two)."""
    if unit == "bytes":
        return len(text.encode("utf-8", "surrogatepass"))
    return sum(1 if letter.isascii() else 2 for letter in text) if unit == "euc_kr_bytes" else len(text)


def outside_euc_kr(text: str) -> str:
    """Give each character once that EUC-KR (as extended by code page 949) does not have."""
    return "".join(dict.fromkeys(letter for letter in text if not letter.encode("cp949", "ignore")))


UNIT_WORDS = {"chars": "characters", "bytes": "bytes", "euc_kr_bytes": "bytes in EUC-KR"}
