"""One message to one recipient, as the journal of sending keeps it: its value, its columns, the order of its states."""

from __future__ import annotations

from dataclasses import dataclass, fields

from mediaprep.providers import Reason, Receipt, State

RANKS = {"unknown": 0, "accepted": 1, "sent": 2, "failed": 3, "delivered": 4}
"""Receipts arrive in any order: a state is only ever replaced by one of a higher rank."""

TAKEN = frozenset({"sending", "unknown", "accepted", "sent", "delivered"})
"""States in which the provider has a message, or may have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One message to one recipient, as the journal keeps it. Times are seconds since 1970."""

    our_id: str
    provider: str
    channel: str
    sender: str
    recipient: str
    route: str = ""
    text: str = ""
    media_count: int = 0
    size_bytes: int = 0
    state: str = "claimed"
    provider_id: str | None = None
    reason: str | None = None
    raw_code: str | None = None
    detail: str | None = None
    carrier: str | None = None
    mcc_mnc: str | None = None
    calls: int = 0
    owner: str | None = None
    created_s: float = 0.0
    called_s: float | None = None
    updated_s: float = 0.0
    own_fallbacks: int = 0
    """How many fallbacks went with the request: the provider itself sends them where this one does not arrive."""

    def receipt(self) -> Receipt:
        """Give what is known as the provider's answer."""
        state = State(self.state) if self.state in RANKS else State.UNKNOWN
        return Receipt(
            state=state, provider_id=self.provider_id, reason=Reason(self.reason) if self.reason else None,
            raw_code=self.raw_code, detail=self.detail,
        )  # fmt: skip

    @property
    def handed_on(self) -> bool:
        """Say whether the provider has this message's fallbacks and sends them itself: nobody else may then."""
        return bool(self.own_fallbacks) and self.provider_id is not None

    def is_of_another_link(self, receipt: Receipt) -> bool:
        """Say whether a receipt is of another message of the chain that the provider sends under our one id.

        Each has an id of the provider's own, so the failure of the first may come after the news of the next.
        """
        return self.handed_on and receipt.provider_id not in (None, self.provider_id)


@dataclass(frozen=True, slots=True)
class Claim:
    """The answer to a claim: ``mine`` says that the caller, and nobody else, may send it now."""

    mine: bool
    entry: Entry


VERSION = 1
"""The journal's own version: of its tables, and of how ``steps.our_id`` names messages, by which they are known."""

COLUMNS = tuple(each.name for each in fields(Entry))
TABLES = """
CREATE TABLE IF NOT EXISTS messages (
    our_id TEXT PRIMARY KEY, provider TEXT NOT NULL, channel TEXT NOT NULL, sender TEXT NOT NULL,
    recipient TEXT NOT NULL, route TEXT NOT NULL, text TEXT NOT NULL, media_count INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL, state TEXT NOT NULL, provider_id TEXT, reason TEXT, raw_code TEXT, detail TEXT,
    carrier TEXT, mcc_mnc TEXT, calls INTEGER NOT NULL, owner TEXT, created_s REAL NOT NULL, called_s REAL,
    updated_s REAL NOT NULL, own_fallbacks INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS by_provider_id ON messages (provider, provider_id);
CREATE INDEX IF NOT EXISTS by_recipient ON messages (recipient, state);
CREATE TABLE IF NOT EXISTS turns (key TEXT PRIMARY KEY, free_s REAL NOT NULL) STRICT;
"""
