"""What is to be sent, to whom, and with what: one message for all its recipients, one of them, what they share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from mediaprep.limits import Route
from mediaprep.message import Draft, Result
from mediaprep.sending.hosting import Kept
from mediaprep.sending.options import OUTBOX, SendOptions
from mediaprep.sending.pace import Rates

Fit = Callable[[Draft, Route], Result]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One message as it goes to all its recipients: who sends it, by whom, and how."""

    draft: Draft
    sender: str
    via: str
    live: bool
    journal: Path
    outbox: Path
    identity: str
    """What makes the message this one, however it is fitted; see ``steps.identity``."""
    rates: Rates
    options: SendOptions

    @property
    def reaches(self) -> bool:
        """Say whether a message may reach a phone: neither the outbox nor a dry run sends one."""
        return self.live and not self.options.dry_run

    @property
    def sent_by(self) -> str:
        """Say who sends, as names of messages have it: a look at a message never counts as sent."""
        by = self.via if self.live else f"{OUTBOX}:{self.via}"
        return f"{by}:dry_run" if self.options.dry_run else by


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What all recipients of an order share while it is carried out, by several threads perhaps."""

    fit: Fit
    named: Callable[[Route], Mapping[str, Collection[str]]]
    """Gives the profiles of a route that name types of sender, and which."""
    kept: Kept = field(default_factory=dict)
    """The parts that are published already."""
    queue: Lock = field(default_factory=Lock, repr=False)
    """Where they wait for their turns; see ``once.Line``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One of them, the number checked. ``mms_route`` is where RCS falls back to; ``again`` insists."""

    number: str
    route: Route
    mms_route: Callable[[], Route]
    again: bool = False
