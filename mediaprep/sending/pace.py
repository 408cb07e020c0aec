"""How fast messages leave: no faster than the provider passes them on, over all senders that share a journal.

Beyond its rate a provider answers 429, or queues what it cannot pass on and drops it after some hours (Twilio 10,
Plivo 3). So a message waits here for its turn. The rates are in the profiles; the caller's own goes before them. Pure:
the journal keeps when each turn is, and the clock is the caller's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mediaprep.sending.numbers import type_of

LONGEST_HOLD_S = 60.0
"""The longest that a Retry-After for one message keeps back the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """At most one message in ``interval_s`` seconds of what ``key`` names: a sender, or a provider's whole account."""

    key: str
    interval_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What is known of one provider: ``stated`` is its profile's ``messages_per_s``, ``own_per_s`` the caller's word.

    ``own_per_s`` holds for the sender alone and in place of all that is stated; 0 means without any pace.
    """

    provider: str
    stated: Mapping[str, Any] = field(default_factory=dict)
    sender: str = ""
    sender_type: str | None = None
    own_per_s: float | None = None

    def paces(self, channel: str, sender: str) -> tuple[Pace, ...]:
        """Give what a message by this channel and sender has to keep to; without a figure it only heeds others' 429."""
        key = f"{self.provider} {sender}"
        if self.own_per_s is not None:
            return (Pace(key=key, interval_s=1 / self.own_per_s),) if self.own_per_s else ()
        kind = self.sender_type if self.sender_type and sender == self.sender else type_of(sender)
        rates = self.stated.get(channel) or {}
        account = _per_s(rates.get("account"))
        found = [Pace(key=key, interval_s=_interval_s(_per_s(rates.get(kind))))]
        if account is not None:
            found.append(Pace(key=f"{self.provider} {channel}", interval_s=_interval_s(account)))
        return tuple(found)


def stated_lines(stated: Mapping[str, Any]) -> Iterator[tuple[str, str, float]]:
    """Give channel, sender type (or ``account``) and messages a second, as a profile states them."""
    for channel, rates in stated.items():
        for kind, figure in rates.items():
            per_s = _per_s(figure)
            if per_s is not None:
                yield channel, kind, per_s


def wait_s(now_s: float, free_s: Mapping[str, float], paces: Sequence[Pace]) -> float:
    """Say for how many seconds a message has to wait; 0 where its turn has come.

    ``free_s`` has the moment of each key's next turn, on the same clock as ``now_s``. A moment further ahead than
    any that is ever written shows that the clock was set back, and binds nobody.
    """
    waits = [0.0]
    for pace in paces:
        ahead_s = free_s.get(pace.key, now_s) - now_s
        if ahead_s <= max(pace.interval_s, LONGEST_HOLD_S):
            waits.append(ahead_s)
    return max(waits)


def _per_s(figure: Any) -> float | None:
    value = figure.get("value") if isinstance(figure, Mapping) else figure
    return float(value) if isinstance(value, int | float) else None


def _interval_s(per_s: float | None) -> float:
    return 1 / per_s if per_s else 0.0
