"""A whole message: text, subject and parts on one budget. The values; each file beside this one is one step."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from mediaprep.errors import RouteError
from mediaprep.model import Finding, Outcome, Verdict
from mediaprep.parts import Envelope
from mediaprep.wire import Wire

SCHEMA = "mediaprep.message/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One part as the campaign gave it. ``asset`` is what records call it."""

    asset: str
    path: Path
    alt: str | None = None
    duration_s: float | None = None


def _as_sent(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message before it is fitted to any route."""

    name: str
    parts: tuple[Wish, ...] = ()
    text: str = ""
    subject: str | None = None
    sender: str | None = None
    to: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    via: str | None = None
    sender_type: str | None = None
    fallback_text: str | None = None
    fallback_link: str | None = None
    audience: tuple[tuple[str, float], ...] = ()
    price_mms: float | None = None
    price_segment: float | None = None
    places: tuple[tuple[str, str], ...] = ()
    """Where the message's file names each route and carrier: name, and ``file:line:column``."""

    def __post_init__(self) -> None:
        """Keep text, subject and the fallback's text as they go out: the break that ends a YAML block is not sent."""
        object.__setattr__(self, "text", _as_sent(self.text))
        for name in ("subject", "fallback_text"):
            said = getattr(self, name)
            object.__setattr__(self, name, None if said is None else _as_sent(said))

    @property
    def text_data(self) -> bytes:
        """The text as the bytes of its part: UTF-8, with the line ends of mail."""
        return self.text.replace("\n", "\r\n").encode("utf-8")

    def placed(self, error: RouteError) -> RouteError:
        """Put the place in the file before an error about a route that the file names."""
        place = next((place for name, place in self.places if repr(name) in str(error)), None)
        return error if place is None else RouteError(f"{place}: {error}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallback:
    """What is sent where the message is not: the next channel, its text with the link, and its SMS segments."""

    channel: str
    text: str
    segments: int
    encoding: str
    offer: str | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Smaller:
    """Who takes less than a message, and what reaches them instead: a message of their own, or the fallback."""

    who: str
    gets: str
    channel: str
    limit_bytes: int | None = None
    text: str | None = None
    segments: int | None = None
    encoding: str | None = None
    why: str = ""
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of the production checklist; ``state`` is ok, problem, or ask (only a person can know)."""

    name: str
    state: str
    why: str
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a message on one route. ``limit_bytes`` and ``size_bytes`` count what the route counts.

    The size is that of the finished message, on a check that of the message with its parts as they are.
    """

    route: str
    folder: str
    verdict: Verdict
    parts: tuple[Outcome, ...] = ()
    shares: tuple[int, ...] = ()
    size_bytes: int | None = None
    target_bytes: int | None = None
    limit_bytes: int | None = None
    counted_as: str | None = None
    violations: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    channel: str = "mms"
    shared_with: tuple[str, ...] = ()
    """Other routes of the same limits: they get this very message, made once."""
    weight: float | None = None
    """The share of the audience that this message is for."""
    gained_score: float | None = None
    """On the message that is safe for all: what one message for each limit class would gain, on average."""
    fallback: Fallback | None = None
    smaller: tuple[Smaller, ...] = ()
    checklist: tuple[Item, ...] = ()
    output: str | None = None
    envelope: Envelope | None = field(default=None, repr=False, compare=False)
    wires: tuple[Wire, ...] = field(default=(), repr=False, compare=False)

    @property
    def lowest_score(self) -> float | None:
        """The score of the part that looks worst; None where nothing is scored."""
        return min((part.score for part in self.parts if part.score is not None), default=None)

    def to_record(self) -> dict[str, Any]:
        """Give the record of ``mediaprep.message/1``: every key each time, null where a value is absent."""
        skip = ("envelope", "wires", "folder")
        record = {each.name: _plain(getattr(self, each.name)) for each in fields(self) if each.name not in skip}
        return {"schema": SCHEMA, **record, "lowest_score": self.lowest_score}


def _plain(value: Any) -> Any:
    if hasattr(value, "to_record"):
        return value.to_record()
    if isinstance(value, Fallback | Item | Smaller):
        return {each.name: getattr(value, each.name) for each in fields(value)}
    return [_plain(each) for each in value] if isinstance(value, tuple) else value
