"""vCard 2.1 for routes that take nothing newer (OMA's content classes name 2.1): written from what was said in 3.0.

vobject writes no 2.1. Here: bare types, quoted-printable in UTF-8 for what is not ASCII, the photo as folded base64
with the empty line at which Android's 2.1 parser ends it.
"""

from __future__ import annotations

import base64
import re

from mediaprep.errors import AssetError
from mediaprep.kinds._vcard_lines import Card, read_cards
from mediaprep.kinds._vcard_v3 import Property
from mediaprep.kinds._vcard_values import Line, components, pieces, unescaped

_STRUCTURED = frozenset({"N", "ADR", "ORG"})
_PHOTO_HEAD = "PHOTO;JPEG;ENCODING=BASE64:"
_BASE64_LETTERS = 72
_QP_COLUMNS = 75
"""Columns of a quoted-printable line (RFC 2045 section 6.7 allows 76 with the soft break)."""

_TYPED = re.compile(r"[A-Z0-9-]+", re.IGNORECASE)


def card_bytes(properties: tuple[Property, ...], photo: bytes | None = None) -> bytes:
    """Write a card and read it back; raises AssetError ``unreadable`` where it would not say the same."""
    lines = ["BEGIN:VCARD", "VERSION:2.1", *(_line(each) for each in properties)]
    if photo is not None:
        text = base64.b64encode(photo).decode("ascii")
        rows = [text[at : at + _BASE64_LETTERS] for at in range(0, len(text), _BASE64_LETTERS)]
        lines += [_PHOTO_HEAD + "\r\n ".join(rows), ""]
    data = "".join(f"{line}\r\n" for line in [*lines, "END:VCARD"]).encode("ascii")
    _compare(data, properties, photo)
    return data


def photo_room(card_size_bytes: int, limit_bytes: int) -> int:
    """Give the most bytes that a photo may have in a card of this size without it."""
    room = limit_bytes - card_size_bytes - len(_PHOTO_HEAD) - len("\r\n\r\n")
    letters = room * _BASE64_LETTERS // (_BASE64_LETTERS + len("\r\n "))
    return max(letters // 4 * 3, 0)


def _line(each: Property) -> str:
    head = [each.name]
    for name, values in each.params:
        if name == "TYPE":
            head += [value for value in values if _TYPED.fullmatch(value)]
        elif name == "ENCODING":
            head.append("ENCODING=BASE64")
        elif name == "VALUE":
            head.append("VALUE=URL" if values == ("uri",) else f"VALUE={values[0]}")
        else:
            head += [f"{name}={value}" for value in values if value.isascii() and _TYPED.fullmatch(value)]
    if "ENCODING=BASE64" in head:
        return f"{';'.join(head)}:{each.value}\r\n"
    text = _value(each)
    if text.isascii() and text.isprintable():
        return f"{';'.join(head)}:{text}"
    head += ["CHARSET=UTF-8", "ENCODING=QUOTED-PRINTABLE"]
    return _quoted(f"{';'.join(head)}:", text)


def _value(each: Property) -> str:
    """Say a value without the escapes of 3.0; only the semicolons inside a component keep theirs."""
    if each.name not in _STRUCTURED:
        return unescaped(each.value)
    plain = (unescaped(piece).replace("\\", "\\\\").replace(";", "\\;") for piece in pieces(each.value, ";"))
    return ";".join(plain)


def _quoted(head: str, text: str) -> str:
    """Write quoted-printable with soft breaks; a line break in the value is CRLF."""
    lines, line = [], head
    for byte in text.replace("\n", "\r\n").encode("utf-8"):
        plain = 0x20 < byte < 0x7F and byte not in b"="
        letter = chr(byte) if plain or byte == 0x20 else f"={byte:02X}"
        if len(line) + len(letter) > _QP_COLUMNS:
            lines.append(f"{line}=")
            line, letter = "", "=20" if letter == " " else letter  # a blank at the beginning would look like a fold
        line += letter
    if line.endswith(" "):  # a blank at the end of a line would be lost on the way
        line = f"{line[:-1]}=20"
    return "\r\n".join([*lines, line])


def _compare(data: bytes, properties: tuple[Property, ...], photo: bytes | None) -> None:
    """Hold what was written against what was meant, by our own reader."""
    found = read_cards(data)
    wanted = [(each.name, _told(each.name, each.value)) for each in properties]
    if photo is not None:
        wanted.append(("PHOTO", (base64.b64encode(photo).decode("ascii"),)))
    if len(found.cards) != 1 or found.problems or _said(found.cards[0]) != sorted(wanted):
        raise AssetError("unreadable", "the card cannot be written in vCard 2.1 without changing what it says")


def _told(name: str, value: str) -> tuple[str, ...]:
    return tuple(unescaped(piece) for piece in pieces(value, ";")) if name in _STRUCTURED else (unescaped(value),)


def _said(card: Card) -> list[tuple[str, tuple[str, ...]]]:
    return sorted(
        (line.name, tuple(text.replace("\r\n", "\n") for text in _texts(line)))
        for line in card.lines
        if line.name != "VERSION"
    )


def _texts(line: Line) -> tuple[str, ...]:
    if line.encoding == "base64":
        return ("".join(line.value.split()),)
    return components(line) if line.name in _STRUCTURED else (line.value,)
