"""A message as it would look on a phone: its parts in order, its text, what goes out instead, the checklist."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mediaprep.message import Draft, Item, Result, Smaller
from mediaprep.message.words import channel_words, segment_words, smaller_words
from mediaprep.model import Finding, Outcome, Verdict
from mediaprep.reports._gallery import Preview
from mediaprep.units import short_size


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    """One part on the screen; ``label`` is what a screen reader says."""

    label: str
    kind: str
    name: str
    size: str
    preview: Preview


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """One message on one route."""

    route: str
    verdict: Verdict
    sender: str
    subject: str
    text: tuple[str, ...]
    bubbles: tuple[Bubble, ...]
    size: str
    limit: str
    share: int | None
    counted_as: str
    fallback: str
    fallback_note: str
    smaller: tuple[tuple[str, str, str], ...]
    checklist: tuple[Item, ...]
    findings: tuple[Finding, ...]

    @property
    def ready(self) -> bool:
        """Whether the message can be sent on this route."""
        return self.verdict.done

    @property
    def word(self) -> str:
        """The verdict in words."""
        return self.verdict.words


def phone_of(draft: Draft, result: Result, seen: Callable[[Outcome], Preview]) -> Phone:
    """Lay one message out; ``seen`` gives the preview of a part as it is sent (or as it is now)."""
    alts = {wish.asset: wish.alt for wish in draft.parts}
    size, limit = result.size_bytes, result.limit_bytes
    fallback = result.fallback
    return Phone(
        route=result.route,
        verdict=result.verdict,
        sender=draft.sender or "Your number",
        subject=draft.subject or "",
        text=tuple(draft.text.splitlines()),
        bubbles=tuple(_bubble(part, alts.get(part.asset), seen) for part in result.parts),
        size=short_size(size) if size is not None else "",
        limit=short_size(limit) if limit is not None else "",
        share=round(100 * size / limit) if size is not None and limit else None,
        counted_as=result.counted_as or "",
        fallback=fallback.text if fallback is not None else "",
        fallback_note=f"{channel_words(fallback.channel)}, {segment_words(fallback.segments)}: {fallback.why}"
        if fallback
        else "",
        smaller=tuple(_smaller(each) for each in result.smaller),
        checklist=result.checklist,
        findings=_distinct((*result.violations, *result.warnings)),
    )


def _smaller(each: Smaller) -> tuple[str, str, str]:
    """Give who takes less, what reaches them instead, and who says so."""
    limit = f" ({short_size(each.limit_bytes)})" if each.limit_bytes is not None else ""
    return f"{each.who}{limit}", smaller_words(each), each.source or ""


def _bubble(part: Outcome, alt: str | None, seen: Callable[[Outcome], Preview]) -> Bubble:
    name = part.asset.rpartition("/")[2]
    return Bubble(
        label=alt or name,
        kind=str(part.kind or "unknown"),
        name=name,
        size=short_size(part.size_bytes) if part.size_bytes is not None else "",
        preview=seen(part),
    )


def _distinct(found: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple({(each.code, each.message): each for each in found}.values())
