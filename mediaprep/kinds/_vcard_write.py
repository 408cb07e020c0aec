"""vCard 3.0 as every phone takes it: serialised by vobject, the photo put in behind it, read back before it counts.

VERSION stands second (Android's message app picks its parser by it), lines end in CRLF, the photo is one
unfolded line (iOS) as the last property (Android's 2.1 parser swallows what follows base64) with an empty
line behind it (Samsung refuses the card otherwise).
"""

from __future__ import annotations

import base64
from typing import Any

from mediaprep.errors import AssetError, ToolError
from mediaprep.kinds._quiet import quiet
from mediaprep.kinds._vcard_lines import read_cards
from mediaprep.kinds._vcard_v3 import Property

_PHOTO_HEAD = "PHOTO;ENCODING=b;TYPE=JPEG:"
_END = "END:VCARD\r\n"
_FOLD_AT = 75
"""Octets of a line (RFC 2425 section 5.8.1)."""


def card_bytes(properties: tuple[Property, ...], photo: bytes | None = None) -> bytes:
    """Write a card and read it back; raises AssetError ``unreadable`` where it would not say the same."""
    text = _serialised(properties)
    if photo is not None:
        body = text.removesuffix(_END)
        text = f"{body}{_PHOTO_HEAD}{base64.b64encode(photo).decode('ascii')}\r\n\r\n{_END}"
    data = text.encode("utf-8")
    _compare(data, properties, photo)
    return data


def photo_room(card_size_bytes: int, limit_bytes: int) -> int:
    """Give the most bytes that a photo may have in a card of this size without it."""
    room = limit_bytes - card_size_bytes - len(_PHOTO_HEAD) - len("\r\n\r\n")
    return max(room // 4 * 3, 0)


def _serialised(properties: tuple[Property, ...]) -> str:
    with quiet():  # vobject 0.9.9 has invalid escapes in its patterns
        from vobject.base import ContentLine, VObjectError
        from vobject.vcard import VCard3_0

        try:
            card = _component()
            for each in properties:
                line = card.add(ContentLine(each.name, [[name, *values] for name, values in each.params], ""))
                line.value, line.encoded = each.value, True  # written as it is: escapes are done already
            text: str = VCard3_0.serialize(card, None, _FOLD_AT, validate=False)
        except (VObjectError, ValueError, KeyError, AttributeError, TypeError) as error:
            raise ToolError("verify_failed", f"the card cannot be written: {error}") from error
    return text


def _component() -> Any:
    import vobject

    card = vobject.vCard()
    version = card.add("version")
    version.value = "3.0"
    return card


def _compare(data: bytes, properties: tuple[Property, ...], photo: bytes | None) -> None:
    """Hold what was written against what was meant, by our own reader."""
    cards = read_cards(data)
    wanted = [("VERSION", "3.0"), *((each.name, each.value) for each in properties)]
    if photo is not None:
        wanted.append(("PHOTO", base64.b64encode(photo).decode("ascii")))
    found = [(line.name, line.raw) for line in cards.cards[0].lines]
    if len(cards.cards) != 1 or cards.problems or sorted(found) != sorted(wanted):
        raise AssetError("unreadable", "the card cannot be rewritten without changing what it says")
