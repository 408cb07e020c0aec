"""A message as MIME: multipart/related with its presentation first, or multipart/mixed (RFC 2046, RFC 2387)."""

from __future__ import annotations

import base64
import hashlib
from email.header import Header
from email.utils import formatdate

from mediaprep.parts import Envelope, Part
from mediaprep.wire import Wire

LINE_LETTERS = 76
"""Letters of a line of base64 (RFC 2045 section 6.8)."""


def write(message: Envelope) -> Wire:
    """Write a whole message with its headers, as mail and MM4 carry it; media in base64."""
    content_type, body = multipart(message)
    head = [("From", message.sender or ""), *(("To", each) for each in message.to)]
    if message.subject:
        head.append(("Subject", message.subject))
    if message.date_s:
        head.append(("Date", formatdate(message.date_s, usegmt=True)))
    if message.our_id:
        head.append(("X-Mms-Transaction-ID", message.our_id))
    head += [("MIME-Version", "1.0"), ("Content-Type", content_type)]
    lines = "".join(f"{name}: {_header(value)}\r\n" for name, value in head if value)
    return Wire(form="mime", content_type=content_type, data=f"{lines}\r\n".encode("ascii") + body)


def multipart(message: Envelope) -> tuple[str, bytes]:
    """Give the content type and the body of the parts alone."""
    parts = message.parts if message.presentation is None else (message.presentation, *message.parts)
    boundary = _boundary(parts)
    body = b"".join(b"--" + boundary + b"\r\n" + _part(part) for part in parts) + b"--" + boundary + b"--\r\n"
    if message.presentation is None:
        return f'multipart/mixed; boundary="{boundary.decode()}"', body
    start = message.presentation
    return f'multipart/related; type="{start.media_type}"; start="<{start.name}>"; boundary="{boundary.decode()}"', body


def _boundary(parts: tuple[Part, ...]) -> bytes:
    """Make a boundary from the content: no base64 line can hold it, and the same message keeps the same bytes."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.name.encode() + b"\0" + part.data)
    return f"=_{digest.hexdigest()[:24]}".encode("ascii")


def _part(part: Part) -> bytes:
    charset = f"; charset={part.charset}" if part.charset else ""
    plain = part.charset is not None and _is_plain(part.data)
    encoded = part.data if plain else _base64(part.data)
    head = (
        f'Content-Type: {part.media_type}{charset}; name="{part.name}"\r\n'
        f"Content-Transfer-Encoding: {'7bit' if plain else 'base64'}\r\n"
        f"Content-ID: <{part.name}>\r\n"
        f"Content-Location: {part.name}\r\n\r\n"
    )
    return head.encode("ascii") + encoded + (b"" if encoded.endswith(b"\r\n") and not plain else b"\r\n")


def _is_plain(data: bytes) -> bool:
    """Say whether text may travel as it is: ASCII in lines under 998 letters (RFC 5322) that end in CRLF."""
    bare = data.replace(b"\r\n", b"")
    lines = data.split(b"\r\n")
    return data.isascii() and not set(bare) & {0x0A, 0x0D, 0x00} and max(map(len, lines)) < 998 and b"--=_" not in data


def _base64(data: bytes) -> bytes:
    text = base64.b64encode(data)
    return b"".join(text[at : at + LINE_LETTERS] + b"\r\n" for at in range(0, len(text), LINE_LETTERS))


def _header(value: str) -> str:
    """Keep a header on its line: what would end it becomes a blank, what is not ASCII an encoded word (RFC 2047)."""
    if not value.isascii():
        value = Header(value, "utf-8").encode()
    return "".join(letter if letter.isprintable() or letter == " " else " " for letter in value.replace("\n ", " "))
