"""A message as the binary PDU of MM1: m-send.req from a phone, m-retrieve.conf to one.

OMA MMS Encapsulation 1.2 (header fields: section 7.3, table 12) over the binary forms of WAP-230-WSP
(section 8.4: value lengths, text strings, well-known numbers). Media travel as they are, without base64.
"""

from __future__ import annotations

from mediaprep.parts import Envelope, Part
from mediaprep.wire import Wire

MEDIA_TYPE = "application/vnd.wap.mms-message"

_SEND_REQ, _RETRIEVE_CONF = 0x80, 0x84
_VERSION_1_2 = 0x92
_UTF_8 = 0xEA
"""IANA's MIBenum 106 as a short integer."""

_CHARSETS = {
    "us-ascii": 3, "iso-8859-1": 4, "utf-8": 106, "utf-16be": 1013, "utf-16le": 1014, "utf-16": 1015,
    "windows-1252": 2252,
}  # fmt: skip
"""MIBenum of the charsets that our text parts come in (IANA, Character Sets)."""

_RELATED, _MIXED = 0xB3, 0xA3
_KNOWN_TYPES = {
    "text/plain": 0x83, "image/gif": 0x9D, "image/jpeg": 0x9E, "image/tiff": 0x9F, "image/png": 0xA0,
}  # fmt: skip
"""Well-known media types (WSP table 40) with the high bit set; others are written out."""

_DEFAULT_NUMBER = "TYPE=PLMN"

_BLANKS = bytes(0x20 if byte < 0x20 or byte == 0x7F else byte for byte in range(256))
"""What stands for each byte of a text: a blank for control characters, which UTF-8 has nowhere else."""


def send_req(message: Envelope) -> Wire:
    """Write the m-send.req that a phone hands to its carrier."""
    head = _field(0x8C, bytes([_SEND_REQ])) + _field(0x98, _text(message.our_id or "0"))
    head += _field(0x8D, bytes([_VERSION_1_2]))
    if message.date_s:
        head += _field(0x85, _long(message.date_s))
    return _pdu("mm1", head + _addresses(message) + _flags(), message)


def retrieve_conf(message: Envelope) -> Wire:
    """Write the m-retrieve.conf that a carrier hands to a phone."""
    head = _field(0x8C, bytes([_RETRIEVE_CONF])) + _field(0x98, _text(message.our_id or "0"))
    head += _field(0x8D, bytes([_VERSION_1_2])) + _field(0x8B, _text(message.our_id or "0"))
    head += _field(0x85, _long(message.date_s))
    return _pdu("mm1-retrieve", head + _addresses(message) + _flags(), message)


def _pdu(form: str, head: bytes, message: Envelope) -> Wire:
    parts = message.parts if message.presentation is None else (message.presentation, *message.parts)
    body = _number(len(parts)) + b"".join(map(_part, parts))
    return Wire(form=form, content_type=MEDIA_TYPE, data=head + _field(0x84, _content_type(message)) + body)


def _content_type(message: Envelope) -> bytes:
    """Give the last header: related names where to start and what that is."""
    start = message.presentation
    if start is None:
        return bytes([_MIXED])
    value = bytes([_RELATED]) + _field(0x8A, _text(f"<{start.name}>")) + _field(0x89, _text(start.media_type))
    return _with_length(value)


def _addresses(message: Envelope) -> bytes:
    if message.sender:
        found = _field(0x89, _with_length(b"\x80" + _encoded(_address(message.sender))))
    else:
        found = _field(0x89, b"\x01\x81")  # the carrier inserts the address
    for number in message.to:
        found += _field(0x97, _encoded(_address(number)))
    if message.subject:
        found += _field(0x96, _encoded(message.subject))
    return found


def _address(number: str) -> str:
    return number if "@" in number or "/" in number else f"{number}/{_DEFAULT_NUMBER}"


def _flags() -> bytes:
    """Personal, normal priority, no delivery report, no read report."""
    return b"\x8a\x80\x8f\x81\x86\x81\x90\x81"


def _part(part: Part) -> bytes:
    known = _KNOWN_TYPES.get(part.media_type)
    kind = bytes([known]) if known is not None else _text(part.media_type)
    if part.charset in _CHARSETS:
        kind += _field(0x81, _charset(part.charset))
    content_type = _with_length(kind + _field(0x85, _text(part.name)))
    head = content_type + _field(0xC0, b'"' + _text(f"<{part.name}>")) + _field(0x8E, _text(part.name))
    return _number(len(head)) + _number(len(part.data)) + head + part.data


def _charset(name: str) -> bytes:
    """Write a charset as its number in IANA's list (WSP section 8.4.2.8): short where it has seven bits."""
    number = _CHARSETS[name]
    return bytes([0x80 | number]) if number < 0x80 else _long(number)


def _field(code: int, value: bytes) -> bytes:
    return bytes([code]) + value


def _text(text: str) -> bytes:
    """Write a text string: quoted where its first byte could be taken for something else, ended by a zero.

    Control characters are no text (WSP section 8.4.2.1); the first of them would be read as a length or a quote.
    """
    data = text.encode("utf-8").replace(b"\0", b"").translate(_BLANKS)
    return (b"\x7f" if data[:1] >= b"\x80" else b"") + data + b"\0"


def _encoded(text: str) -> bytes:
    """Write an encoded string: plain where it is ASCII, else with its charset."""
    return _text(text) if text.isascii() else _with_length(bytes([_UTF_8]) + _text(text))


def _with_length(value: bytes) -> bytes:
    return (bytes([len(value)]) if len(value) <= 30 else b"\x1f" + _number(len(value))) + value


def _long(number: int) -> bytes:
    data = number.to_bytes(max(1, (number.bit_length() + 7) // 8), "big")
    return bytes([len(data)]) + data


def _number(number: int) -> bytes:
    """Write a uintvar: seven bits a byte, the high bit set on all but the last."""
    found = [number & 0x7F]
    while number := number >> 7:
        found.append(0x80 | number & 0x7F)
    return bytes(reversed(found))
