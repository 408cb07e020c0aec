"""Handing a fitted message to a provider, once. The values; each file beside this one is one step."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from mediaprep.model import Finding, Verdict
from mediaprep.providers import Reason, State

SCHEMA = "mediaprep.receipt/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """One media part as it was handed over."""

    name: str
    media_type: str
    size_bytes: int
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of one message to one recipient. ``state`` is None where nothing was handed over.

    ``known`` says that the journal held the answer already and nothing was sent now. ``earlier`` are the
    steps that failed before this one: RCS before MMS, a larger fit before a smaller, MMS before SMS.
    """

    to: str
    sender: str
    provider: str
    channel: str
    live: bool
    our_id: str | None = None
    route: str | None = None
    state: State | None = None
    provider_id: str | None = None
    reason: Reason | None = None
    raw_code: str | None = None
    detail: str | None = None
    calls: int = 0
    known: bool = False
    size_bytes: int = 0
    media: tuple[Carried, ...] = ()
    verdict: Verdict | None = None
    violations: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    note: str | None = None
    output: str | None = None
    earlier: tuple[Sent, ...] = ()

    @property
    def done(self) -> bool:
        """Say whether the provider has the message (or the outbox)."""
        return self.state in (State.ACCEPTED, State.SENT, State.DELIVERED)

    def to_record(self) -> dict[str, Any]:
        """Give the record of ``mediaprep.receipt/1``: every key each time, null where a value is absent."""
        return {"schema": SCHEMA, **{each.name: _plain(getattr(self, each.name)) for each in fields(self)}}


def _plain(value: Any) -> Any:
    if hasattr(value, "to_record"):
        return value.to_record()
    if isinstance(value, Carried):
        return {each.name: getattr(value, each.name) for each in fields(value)}
    return [_plain(each) for each in value] if isinstance(value, tuple) else value
