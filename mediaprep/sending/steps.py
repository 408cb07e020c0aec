"""What is tried after what: a smaller fit once after ``too_big``, then the next channel. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace

from mediaprep.limits import Limits, Route
from mediaprep.message import Draft, Result
from mediaprep.parts import Part
from mediaprep.providers import Reason, State
from mediaprep.sending import Sent

SIZES_BYTES = (1_000_000, 600_000, 500_000, 300_000, 100_000, 30_000)
"""The sizes at which networks really differ: T-Mobile, most US networks, US Cellular and any US number, Android's
default (300 KiB), and OMA's image-rich and image-basic (see ``mediaprep profiles list``). One step is one of them."""

TO_NEXT_CHANNEL = frozenset({Reason.TOO_BIG, Reason.NO_MMS, Reason.BAD_TYPE})
"""Failures that another channel does not share; a wrong number or a filtered text fails there, too."""

_CLEARLY_SMALLER = 0.95


SMALLER = "smaller"
"""The step at which a message goes out anew after it was too big."""


def identity(draft: Draft, sources: Sequence[str | None], own_id: str | None = None) -> str:
    """Say what makes a message this one and no other: the caller's own id, else its words and its assets' bytes.

    ``sources`` are the assets' SHA-256, null where one cannot be read. How a message is fitted (effort, limits, the
    version of an encoder) is no part of it: whoever has had the message has had it, whatever its bytes are today.
    """
    if own_id is not None:
        return _hash(["own", own_id])
    return _hash(["content", draft.subject or "", draft.text, *sources])


def our_id(sent_by: str, channel: str, sender: str, to: str, *, message: str, step: str = "") -> str:
    """Name one step of one message to one recipient; ``message`` is its identity."""
    return _hash([sent_by, channel, sender, to, message, step])[:20]


def look_id(
    sent_by: str, channel: str, sender: str, to: str, *, text: str, subject: str, parts: tuple[Part, ...]
) -> str:
    """Name a look at one message (in the outbox, or at a provider's dry run) by the very bytes that it was fitted to.

    A message that is fitted otherwise is another sight; what is really sent has the name of ``our_id``.
    """
    content = [hashlib.sha256(part.data).hexdigest() for part in parts]
    return _hash([sent_by, channel, sender, to, subject, text, content])[:20]


def _hash(value: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()


def smaller_bytes(size_bytes: int) -> int | None:
    """Give the next step below a size that was too big; None where there is none."""
    return next((step for step in SIZES_BYTES if step < size_bytes * _CLEARLY_SMALLER), None)


def narrowed(route: Route, total_bytes: int) -> Route:
    """Give a route whose every size is scaled so that a whole message has at most ``total_bytes``."""
    rules = [rule for limits in route.limits for rule in limits.size_rules]
    most_bytes = max([0, *(rule.stated for rule in rules), *(limits.limit_bytes or 0 for limits in route.limits)])
    least_bytes = min((rule.stated for rule in rules if rule.scope == "total"), default=most_bytes)
    factor = min(1.0, total_bytes / least_bytes) if least_bytes else 1.0
    return replace(route, limits=tuple(_scaled(limits, factor) for limits in route.limits))


def _scaled(limits: Limits, factor: float) -> Limits:
    def less(size_bytes: int | None) -> int | None:
        return None if size_bytes is None else int(size_bytes * factor)

    rules = tuple(
        replace(rule, stated=int(rule.stated * factor), allowed_bytes=int(rule.allowed_bytes * factor))
        for rule in limits.size_rules
    )
    return replace(
        limits, limit_bytes=less(limits.limit_bytes), target_bytes=less(limits.target_bytes), size_rules=rules
    )


def wants_smaller(sent: Sent) -> bool:
    """Say whether a smaller fit may help."""
    return sent.state == State.FAILED and sent.reason == Reason.TOO_BIG


def wants_next_channel(sent: Sent) -> bool:
    """Say whether another channel may help."""
    return sent.state == State.FAILED and sent.reason in TO_NEXT_CHANNEL


def media_parts(result: Result, draft: Draft) -> tuple[Part, ...]:
    """Give the parts that are media; the message's own text travels as text where a provider takes it so."""
    assert result.envelope is not None
    parts, own = result.envelope.parts, draft.text_data
    return tuple(part for part in parts if not (part.media_type == "text/plain" and part.data == own))
