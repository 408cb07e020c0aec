"""The seam of providers: how a fitted message is handed to one provider's API, and what its answers mean.

One file here is one provider; it ends in ``PROVIDER: Provider = ...``. A provider builds requests and reads
answers; it opens no socket, keeps no journal and retries nothing: whoever sends does that, the same for all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Protocol

MediaMode = Literal["url", "s3", "upload", "inline"]
"""How media reaches the provider: fetched from a URL, read from a bucket, uploaded first, or inside the request."""


class State(StrEnum):
    """Where a message stands, as far as its provider says. ``accepted`` and ``sent`` are no proof of delivery."""

    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why a message failed; providers' own codes are mapped to these and kept beside them."""

    TOO_BIG = "too_big"
    BAD_TYPE = "bad_type"
    UNFETCHABLE = "unfetchable"
    NO_MMS = "no_mms"
    FILTERED = "filtered"
    THROTTLED = "throttled"
    TRANSIENT = "transient"
    BAD_NUMBER = "bad_number"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """One part as a provider takes it: where it is (``url``, a bucket's or an upload's) or its bytes."""

    media_type: str
    name: str
    size_bytes: int
    url: str | None = None
    data: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A fitted message to one recipient. Numbers are E.164, ``our_id`` comes back in receipts."""

    sender: str
    to: str
    our_id: str
    text: str = ""
    subject: str = ""
    media: tuple[Media, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request, without credentials: they are added where it is sent and appear in no repr."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the provider answered. ``retry_after_s`` is set where it says when to try again."""

    state: State
    provider_id: str | None = None
    reason: Reason | None = None
    raw_code: str | None = None
    detail: str | None = None
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A delivery receipt that the provider sent to a web hook, its signature already verified."""

    our_id: str | None
    receipt: Receipt
    carrier: str | None = None
    mcc_mnc: str | None = None


class Provider(Protocol):
    """One provider's API, as pure functions between values and bytes."""

    name: str
    media_mode: MediaMode
    capabilities: frozenset[str]
    """Of: mms, rcs, whatsapp, sms, subject, fallback, idempotency_key, lookup, receipts."""

    def request(self, message: Outgoing) -> Request:
        """Build the request that hands the message over."""
        ...

    def answer(self, response: Response) -> Receipt:
        """Read the answer to ``request``."""
        ...

    def lookup(self, our_id: str) -> Request | None:
        """Build the request that asks what became of a message, None where the provider cannot be asked."""
        ...

    def parse_receipt(self, headers: Mapping[str, str], body: bytes, *, url: str, secret: str) -> Notice:
        """Verify and read a web hook's request; raises AssetError ``unreadable`` where its signature is wrong."""
        ...
