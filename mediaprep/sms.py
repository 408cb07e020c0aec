"""How many SMS segments a text takes (3GPP TS 23.038 alphabets, TS 23.040 concatenation). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The GSM 7-bit default alphabet (TS 23.038 section 6.2.1) without its escape code."""

_EXTENDED = "\f^{}\\[~]|€"
"""Characters behind an escape: two septets each (TS 23.038 section 6.2.1.1)."""

GSM7 = frozenset(_BASIC + _EXTENDED)
_TWO_SEPTETS = frozenset(_EXTENDED)

_SEPTETS_ALONE, _SEPTETS_JOINED = 160, 153
"""Septets in 140 bytes, and beside the 6-byte header of a concatenated message (TS 23.040 section 9.2.3.24.1)."""

_UNITS_ALONE, _UNITS_JOINED = 70, 67
"""UTF-16 units in 140 bytes, and beside that header."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsCount:
    """``units`` are septets (gsm7) or UTF-16 units (ucs2)."""

    encoding: Literal["gsm7", "ucs2"]
    units: int
    segments: int


def count(text: str) -> SmsCount:
    """Count units and segments; an empty text takes one segment, as sending it would.

    An escaped character or a surrogate pair is never split over two segments, so a segment may stay one unit short.
    """
    if not GSM7.issuperset(text):
        widths = [2 if ord(letter) > 0xFFFF else 1 for letter in text]
        return _packed("ucs2", widths, _UNITS_ALONE, _UNITS_JOINED)
    widths = [2 if letter in _TWO_SEPTETS else 1 for letter in text]
    return _packed("gsm7", widths, _SEPTETS_ALONE, _SEPTETS_JOINED)


def _packed(encoding: Literal["gsm7", "ucs2"], widths: list[int], alone: int, joined: int) -> SmsCount:
    units = sum(widths)
    segments = 1
    if units > alone:
        used = 0
        for width in widths:
            if used + width > joined:
                segments, used = segments + 1, 0
            used += width
    return SmsCount(encoding=encoding, units=units, segments=segments)
