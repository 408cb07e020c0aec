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


def total_of(route: Route, kinds: Sequence[Limits]) -> Total | None:
    """Give the narrowest total of a route for these kinds; None where nothing limits a message of them."""
    rules = [
        rule for limits in kinds for rule in limits.size_rules if rule.scope == "total" and rule.stage == "deliver"
    ]
    targets = [
        (limits.target_bytes / limits.limit_bytes)
        for limits in kinds or route.limits
        if limits.target_bytes and limits.limit_bytes
    ]
    part = min(targets, default=1.0)
    own = [rule for limits in kinds for rule in limits.size_rules if rule.scope == "max_bytes"]
    if own and min(rule.allowed_bytes for rule in own) <= min((rule.allowed_bytes for rule in rules), default=maxsize):
        rule = min(own, key=lambda each: each.allowed_bytes)
        most = rule.allowed_bytes  # whoever names a size means the message, not each of its parts
        return Total(limit_bytes=most, target_bytes=int(most * part), counted_as="binary", rule=rule)
    if rules:
        rule = min(rules, key=lambda each: (each.allowed_bytes, each.stated))
        return Total(
            limit_bytes=rule.stated, target_bytes=int(rule.stated * part), counted_as=rule.counted_as, rule=rule
        )
    known = [limits.limit_bytes for limits in kinds if limits.limit_bytes is not None]
    if not known:
        return None
    most = max(known)
    return Total(limit_bytes=most, target_bytes=int(most * part), counted_as="binary")


def counted(message: Envelope, counted_as: str) -> int:
    """Count a finished message as a limit counts it."""
    if counted_as == "base64_characters":
        return sum(base64_characters(len(part.data)) for part in message.parts)
    if counted_as in _IN_BASE64:
        return mime.write(message).size_bytes
    return mm1.send_req(message).size_bytes


def media_room(message: Envelope, media: int, limit_bytes: int, counted_as: str) -> int:
    """Give the bytes that ``media`` parts may have together beside what the message holds already."""
    used = _used(message, media, counted_as)
    if counted_as == "base64_characters":
        return (limit_bytes - used) // 4 * 3 - _PADDING_BYTES * media
    room = limit_bytes - used
    return room if counted_as not in _IN_BASE64 else decoded_bytes(max(room, 0), BASE64_LINES) - _LINE_BYTES * media


def message_size(message: Envelope, media: int, media_bytes: int, counted_as: str) -> int:
    """Give the least limit under which ``media`` parts have these bytes together: a few over what would be sent."""
    used = _used(message, media, counted_as)
    if counted_as == "base64_characters":
        return used + base64_characters(media_bytes + _PADDING_BYTES * media)
    if counted_as not in _IN_BASE64:
        return used + media_bytes
    return used + ceil((media_bytes + _LINE_BYTES * media) * BASE64_LINES)


def _used(message: Envelope, media: int, counted_as: str) -> int:
    """Count what a message holds beside the bytes of ``media`` parts: text, headers, the most that lengths take."""
    empty = tuple(Part(name=_PLACEHOLDER, media_type="video/3gpp", data=b"") for _ in range(media))
    used = counted(replace(message, parts=(*empty, *message.parts)), counted_as)
    return used if counted_as == "base64_characters" else used + _LENGTH_FIELD_BYTES * media


def wire_forms(message: Envelope, wanted: Sequence[str]) -> tuple[Wire, ...]:
    """Write a message in each form asked for: mime, mm1 (as sent), mm1-retrieve (as it reaches a phone), mm7."""
    from mediaprep.wire import mm7

    writers = {"mime": mime.write, "mm1": mm1.send_req, "mm1-retrieve": mm1.retrieve_conf, "mm7": mm7.submit_req}
    return tuple(writers[form](message) for form in wanted)
