"""What a message is made of when it is ready to go: named parts in order, and who it is from and for. Pure values."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass

LONGEST_NAME = 20
"""Characters of a part's name: Twilio refuses longer ones; the MMS conformance document allows 40."""

_HASH_LETTERS = 8
_ODD = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One body. ``name`` is its file name, Content-Location and Content-ID: ASCII, unique in its message."""

    name: str
    media_type: str
    data: bytes
    charset: str | None = None
    duration_s: float | None = None
    alt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A finished message: its media and text parts, and ``presentation``, which arranges them (None: mixed)."""

    parts: tuple[Part, ...]
    presentation: Part | None = None
    sender: str | None = None
    to: tuple[str, ...] = ()
    subject: str | None = None
    our_id: str = ""
    date_s: int = 0
    """Seconds since 1970; given from outside, so that the same message makes the same bytes."""


def part_name(stem: str, suffix: str, data: bytes) -> str:
    """Make a name from a stem, the content's hash and a suffix: ``summer-7f3a91c2.gif``, at most 20 letters."""
    room = LONGEST_NAME - _HASH_LETTERS - len(suffix) - 2
    letters = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode("ascii").lower()
    plain = _ODD.sub("-", letters).strip("-")[:room].strip("-") or "part"[:room]
    return f"{plain}-{hashlib.sha256(data).hexdigest()[:_HASH_LETTERS]}.{suffix}"
