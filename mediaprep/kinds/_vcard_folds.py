"""The lines of a vCard file joined into content lines, as tolerantly as phones do it.

Any line ending; folds of one space or tab (in 2.1 too, as Android reads it); quoted-printable soft breaks;
base64 that is folded, or bare and ended by an empty line or by the next property.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mediaprep.errors import AssetError

MAX_LINES = 200_000
"""Physical lines read from one file: an address book of 10,000 people. One more and the file is refused."""

_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]+")
_BASE64_HEAD = re.compile(r"[;=](?:BASE64|B)[;:]", re.IGNORECASE)
_DATA_URI = re.compile(r"data:[^,]*;base64", re.IGNORECASE)
_LONGEST_HEAD = 400
"""Characters in which a line names its encoding: a head is rarely longer than sixty."""


def unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Join physical lines into content lines; give each with the number of its first line, from 1."""
    lines = physical(text)
    at = 0
    while at < len(lines):
        first, joiner = at, _Joiner(lines[at].rstrip("\r"))
        at += 1
        if not joiner.parts[0].strip():
            continue
        if not is_mark(joiner.parts[0]):
            while at < len(lines) and joiner.takes(lines[at].rstrip("\r"), lines[at + 1 : at + 2]):
                at += 1
        yield first + 1, "".join(joiner.parts)


def physical(text: str) -> list[str]:
    """Split at CRLF, LF, a CR of old Macs, or the CRCRLF of a file converted twice."""
    lines = text.replace("\r\r\n", "\n").replace("\r\n", "\n")
    found = (lines if "\n" in lines else lines.replace("\r", "\n")).split("\n", MAX_LINES)
    if len(found) > MAX_LINES:
        raise AssetError(
            "header_bound", f"the vCard file has more than {MAX_LINES:,} lines", allowed=MAX_LINES, actual=len(found)
        )
    return found


def is_mark(line: str) -> bool:
    return len(line) < 40 and "".join(line.split()).upper() in ("BEGIN:VCARD", "END:VCARD")


class _Joiner:
    """One content line in the making: its parts, and the encoding that its head names once that can be read."""

    __slots__ = ("_head", "_is_empty", "_mode", "parts")

    def __init__(self, line: str) -> None:
        self.parts = [line]
        self._head: str | None = ""
        self._mode = ""
        self._is_empty = True
        self._look(line)

    def _look(self, part: str) -> None:
        """Read the encoding up to the colon, at most ``_LONGEST_HEAD`` characters of it."""
        if self._head is not None:
            self._head += part[:_LONGEST_HEAD]
            head, colon, value = self._head.partition(":")
            if "QUOTED-PRINTABLE" in head.upper():
                self._mode = "quoted-printable"
            elif _BASE64_HEAD.search(head + ":") or _DATA_URI.match(value):
                self._mode = "base64"
            self._is_empty = not value.strip()
            if (colon and value) or len(self._head) >= _LONGEST_HEAD:
                self._head = None

    def _add(self, part: str) -> bool:
        self.parts.append(part)
        self._look(part)
        return True

    def takes(self, line: str, following: list[str]) -> bool:
        """Add a line if it continues this one; ``following`` is the line behind it, if any."""
        if is_mark(line):
            return False
        if self._mode == "quoted-printable" and self.parts[-1].endswith("="):
            self.parts[-1] = self.parts[-1][:-1]
            return self._add(line)
        if line[:1] in (" ", "\t"):
            return self._add(line[1:])
        if self._mode != "base64":
            return False
        if not line:  # an empty line ends the data, unless it stands before them
            return self._is_empty and bool(following) and _BASE64.fullmatch(following[0]) is not None
        return _BASE64.fullmatch(line) is not None and self._add(line)
