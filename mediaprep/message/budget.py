"""What a route counts, and how many bytes of media that leaves: measured on the message itself, not estimated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from sys import maxsize

from mediaprep.limits import Limits, Route, SizeRule
from mediaprep.parts import Envelope, Part
from mediaprep.units import BASE64_LINES, base64_characters, decoded_bytes
from mediaprep.wire import Wire, mime, mm1

_PLACEHOLDER = "xxxxxxxxxxxxxxxx.xxx"
"""A name as long as ours ever are."""

_IN_BASE64 = frozenset({"base64", "base64_lines", "payload"})
_LENGTH_FIELD_BYTES = 3
"""Bytes by which a part's length field in MM1 may grow from empty to its media (a uintvar)."""

_PADDING_BYTES = 2
"""Bytes by which base64's last group of a part may fall short of three."""
_LINE_BYTES = 57
"""Media bytes on one line of base64 (RFC 2045): each part's last line may be nearly empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """The limit on a whole message, in the unit that its source counts."""

    limit_bytes: int
    target_bytes: int
    counted_as: str
    rule: SizeRule | None = None


def total_of(route: Route, limits: Sequence[Limits]) -> Total | None:
    """Give the narrowest total of a route for parts of these limits; None where nothing limits a message of them."""
    stated = [rule for each in limits for rule in each.size_rules]
    # ingest too: for T-Mobile by Sendo a message of a megabyte was made, and its API refuses all over 700,000 bytes
    rules = [rule for rule in stated if rule.scope == "total"]
    shares = [
        each.target_bytes / each.limit_bytes
        for each in limits or route.limits
        if each.target_bytes and each.limit_bytes
    ]
    target_share = min(shares, default=1.0)
    own = [rule for rule in stated if rule.scope == "max_bytes"]
    if own and min(rule.allowed_bytes for rule in own) <= min((rule.allowed_bytes for rule in rules), default=maxsize):
        rule = min(own, key=lambda each: each.allowed_bytes)
        most_bytes = rule.allowed_bytes  # whoever names a size means the message, not each of its parts
        return Total(
            limit_bytes=most_bytes, target_bytes=int(most_bytes * target_share), counted_as="binary", rule=rule
        )
    if rules:
        rule = min(rules, key=lambda each: (each.allowed_bytes, each.stated))
        return Total(
            limit_bytes=rule.stated, target_bytes=int(rule.stated * target_share), counted_as=rule.counted_as, rule=rule
        )
    known = [each.limit_bytes for each in limits if each.limit_bytes is not None]
    if not known:
        return None
    most_bytes = max(known)
    return Total(limit_bytes=most_bytes, target_bytes=int(most_bytes * target_share), counted_as="binary")


def counted(message: Envelope, counted_as: str) -> int:
    """Count a finished message as a limit counts it."""
    if counted_as == "base64_characters":
        return sum(base64_characters(len(part.data)) for part in message.parts)
    if counted_as in _IN_BASE64:
        return mime.write(message).size_bytes
    return mm1.send_req(message).size_bytes


def media_room(message: Envelope, media_count: int, limit_bytes: int, counted_as: str) -> int:
    """Give the bytes that ``media_count`` parts may have together beside what the message holds already."""
    used_bytes = _used(message, media_count, counted_as)
    if counted_as == "base64_characters":
        return (limit_bytes - used_bytes) // 4 * 3 - _PADDING_BYTES * media_count
    room_bytes = limit_bytes - used_bytes
    if counted_as not in _IN_BASE64:
        return room_bytes
    return decoded_bytes(max(room_bytes, 0), BASE64_LINES) - _LINE_BYTES * media_count


def message_size(message: Envelope, media_count: int, media_bytes: int, counted_as: str) -> int:
    """Give the least limit under which parts of media have these bytes together: a few over what would be sent."""
    used_bytes = _used(message, media_count, counted_as)
    if counted_as == "base64_characters":
        return used_bytes + base64_characters(media_bytes + _PADDING_BYTES * media_count)
    if counted_as not in _IN_BASE64:
        return used_bytes + media_bytes
    return used_bytes + ceil((media_bytes + _LINE_BYTES * media_count) * BASE64_LINES)


def _used(message: Envelope, media_count: int, counted_as: str) -> int:
    """Count what a message holds beside the bytes of its media: text, headers, the most that lengths take."""
    empty = tuple(Part(name=_PLACEHOLDER, media_type="video/3gpp", data=b"") for _ in range(media_count))
    used_bytes = counted(replace(message, parts=(*empty, *message.parts)), counted_as)
    return used_bytes if counted_as == "base64_characters" else used_bytes + _LENGTH_FIELD_BYTES * media_count


def wire_forms(message: Envelope, wanted: Sequence[str]) -> tuple[Wire, ...]:
    """Write a message in each form asked for: mime, mm1 (as sent), mm1-retrieve (as it reaches a phone), mm7."""
    from mediaprep.wire import mm7

    writers = {"mime": mime.write, "mm1": mm1.send_req, "mm1-retrieve": mm1.retrieve_conf, "mm7": mm7.submit_req}
    return tuple(writers[form](message) for form in wanted)
