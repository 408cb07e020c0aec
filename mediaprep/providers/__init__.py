"""The seam of providers: how a fitted message is handed to one provider's API, and what its answers mean.

One file here is one provider; it ends in ``PROVIDER: Provider = ...``. A provider builds requests and reads
answers; it opens no socket, keeps no journal and retries nothing: whoever sends does that, the same for all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Protocol, runtime_checkable

from mediaprep.errors import UsageError
from mediaprep.parts import Envelope

MediaMode = Literal["url", "s3", "inline"]
"""How media reaches the provider: fetched from a URL, read from a bucket, or inside the request."""

OUR_ID = "mediaprep_id"
"""The name under which our id travels where a provider hands names and values back: queries, contexts."""


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
class Setting:
    """One variable of the environment that a provider or host reads; a secret's value is never shown."""

    variable: str
    meaning: str
    secret: bool = False
    default: str | None = None
    needed: bool = True


class Account:
    """The values of a provider's settings. Its repr names variables only: no value reaches a log or an error."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str]) -> None:
        """Keep the values; use ``from_environment`` to read and check them."""
        self._values = dict(values)

    def __repr__(self) -> str:
        """Name what is set, not its value."""
        return f"Account({', '.join(sorted(self._values))})"

    def __getitem__(self, variable: str) -> str:
        """Give one value, empty where an optional one is not set."""
        return self._values.get(variable, "")

    @classmethod
    def from_environment(
        cls, name: str, settings: Iterable[Setting], environment: Mapping[str, str], *, dry: bool = False
    ) -> Account:
        """Read what is declared and nothing else. ``dry`` puts ``{VARIABLE}`` where something is missing.

        Raises UsageError that names every variable that is needed and missing.
        """
        values, missing = {}, []
        for setting in settings:
            value = environment.get(setting.variable) or setting.default
            if value is None and dry and (setting.needed or setting.secret):
                value = f"{{{setting.variable}}}"
            if value is not None:
                values[setting.variable] = value.strip()
            elif setting.needed:
                missing.append(f"{setting.variable} ({setting.meaning})")
        if missing:
            raise UsageError(f"{name} needs these variables in the environment: {'; '.join(missing)}")
        return cls(values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """One part as a provider takes it: where it is (``url``, or ``media_id`` in its own store) or its bytes."""

    media_type: str
    name: str
    size_bytes: int
    url: str | None = None
    media_id: str | None = None
    data: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A fitted message to one recipient. Numbers are E.164, ``our_id`` comes back in receipts.

    ``fallbacks`` are what the provider itself is to send where this one does not arrive (capabilities
    ``rcs_fallback`` and ``mms_fallback``). ``envelope`` is the whole message for providers that take media inline.
    """

    sender: str
    to: str
    our_id: str
    channel: str = "mms"
    text: str = ""
    subject: str = ""
    media: tuple[Media, ...] = ()
    callback_url: str | None = None
    fallbacks: tuple[Outgoing, ...] = ()
    dry_run: bool = False
    """Ask the provider to check the request without sending (capability ``dry_run``)."""
    envelope: Envelope | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """A message whose fate is not known, as a provider is asked for it."""

    our_id: str
    sender: str
    to: str
    text: str
    media_count: int
    since_s: float
    channel: str = "mms"
    provider_id: str | None = None
    taken: frozenset[str] = frozenset()
    """The provider's ids that belong to other messages of ours."""


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
    body: bytes = field(repr=False)

    def header(self, name: str) -> str:
        """Give a header whatever its case, empty where it is missing."""
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the provider answered. ``again`` is set where it says that it took nothing and may be asked again."""

    state: State
    provider_id: str | None = None
    reason: Reason | None = None
    raw_code: str | None = None
    detail: str | None = None
    again: bool = False
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A delivery receipt that the provider sent to a web hook, its signature already verified."""

    our_id: str | None
    receipt: Receipt
    to: str | None = None
    carrier: str | None = None
    mcc_mnc: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a web app answers a provider's report with, besides status 200."""

    media_type: str = "text/plain"
    body: bytes = b""


@runtime_checkable
class Replying(Protocol):
    """A provider that waits for more than a status."""

    def reply(self, body: bytes) -> Reply:
        """Give the answer to a report."""
        ...


@runtime_checkable
class ChoosingFallbacks(Protocol):
    """A provider that sends fallbacks itself for some senders alone; without this, what it can it does for all."""

    def falls_back(self, sender: str) -> bool:
        """Say whether it sends the fallbacks of a message from this sender."""
        ...


class Provider(Protocol):
    """One provider's API, as pure functions between values and bytes."""

    name: str
    title: str
    media_mode: MediaMode
    max_media: int
    """The most media parts of one message."""
    sender_ids: str
    """The pattern of names by which it calls numbers of the account, as senders of MMS; "" where it has none."""
    capabilities: frozenset[str]
    """Of: mms, rcs, sms, subject, rcs_fallback, mms_fallback, idempotency_key, dry_run, lookup, receipts,
    signed_receipts."""
    settings: tuple[Setting, ...]
    receipt_secret: Setting | None
    """What verifies its web hooks; None where it signs none."""

    def request(self, message: Outgoing, account: Account) -> Request:
        """Build the request that hands the message over. Raises UsageError for what this provider cannot carry."""
        ...

    def credentials(self, request: Request, account: Account, now_s: float) -> Mapping[str, str]:
        """Give the headers that prove who asks; they go over the wire and nowhere else."""
        ...

    def answer(self, response: Response) -> Receipt:
        """Read the answer to ``request``."""
        ...

    def lookup(self, sought: Sought, account: Account) -> Request | None:
        """Build the request that asks what became of a message, None where the provider cannot be asked."""
        ...

    def found(self, response: Response, sought: Sought) -> Receipt | None:
        """Read the answer to ``lookup``: None where the message is not in it, which proves nothing."""
        ...

    def parse_receipt(self, headers: Mapping[str, str], body: bytes, *, url: str, secret: str) -> tuple[Notice, ...]:
        """Verify and read a web hook's request; raises AssetError ``bad_signature`` or ``unreadable``."""
        ...
