"""What a page shows of each asset: a card with its looks and lines, and a row of verdicts. Pure values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from mediaprep.model import Finding, Outcome, Verdict
from mediaprep.reports import View
from mediaprep.reports._changes import changes, facts
from mediaprep.reports._gallery import NOTHING, Preview
from mediaprep.reports._words import WORST_FIRST, about_bytes, nearest, violations
from mediaprep.units import short_size

_RANK = {verdict: rank for rank, verdict in enumerate(WORST_FIRST)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One rendition to be seen beside the asset; ``routes`` get it."""

    routes: str
    caption: str
    preview: Preview


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What is to be said on one route, or on several alike."""

    routes: tuple[str, ...]
    verdict: Verdict
    size: str
    limit: str
    share: int | None
    score: int | None
    changes: tuple[tuple[str, str], ...]
    violations: tuple[Finding, ...]
    nearest: str | None
    proposals: tuple[str, ...]
    output: str | None
    confidence: str | None

    @property
    def word(self) -> str:
        """The verdict in words."""
        return self.verdict.words


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One asset on one route, as the grid has it."""

    verdict: Verdict
    word: str
    note: str
    title: str
    flaw: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One asset. ``cells`` has an entry for each route of the page, None where the asset has none there."""

    number: int
    folder: str
    name: str
    kind: str
    facts: str
    verdict: Verdict
    before: Preview
    looks: tuple[Look, ...]
    lines: tuple[Line, ...]
    warnings: tuple[Finding, ...]
    cells: tuple[Cell | None, ...] = ()
    verdicts: frozenset[str] = field(default_factory=frozenset)

    def below(self, folder: str) -> Card:
        """Give the card with its folder named from ``folder`` on."""
        return replace(self, folder=self.folder.removeprefix(folder))

    @property
    def word(self) -> str:
        """The worst verdict in words."""
        return self.verdict.words


Seen = Callable[[Outcome], Preview]
"""Gives the preview of an outcome's rendition."""


def common_folder(cards: Sequence[Card]) -> str:
    """Give the folder that all assets are in, as ``a/b/``; "" where there is none."""
    shared = ""
    for parts in zip(*(card.folder.split("/")[:-1] for card in cards), strict=False):
        if len(set(parts)) > 1:
            break
        shared += f"{parts[0]}/"
    return shared


def card_of(number: int, outcomes: Sequence[Outcome], view: View, before: Preview, seen: Seen) -> Card:
    """Make the card of one asset from its outcomes."""
    first = outcomes[0]
    folder, _, name = first.asset.rpartition("/")
    source = next((outcome.source for outcome in outcomes if outcome.source is not None), None)
    worst = min((outcome.verdict for outcome in outcomes), key=_RANK.__getitem__)
    return Card(
        number=number,
        folder=f"{folder}/" if folder else "",
        name=name or first.asset,
        kind=str(first.kind or "unknown"),
        facts=facts(source) if source is not None and view.mode != "compare" else "",
        verdict=worst,
        before=before,
        looks=_looks(outcomes, seen),
        lines=_lines(outcomes, view),
        warnings=_warnings(outcomes),
        verdicts=frozenset(str(outcome.verdict) for outcome in outcomes),
    )


def _warnings(outcomes: Sequence[Outcome]) -> tuple[Finding, ...]:
    """Give each warning once; where it is not about all routes (both sides of a comparison), it names whose it is."""
    found: dict[tuple[str, str], tuple[Finding, list[str]]] = {}
    for outcome in outcomes:
        for warning in outcome.warnings:
            _, whose = found.setdefault((warning.code, warning.message), (warning, []))
            whose.append(outcome.route)
    return tuple(
        warning
        if len(set(whose)) == len(outcomes)
        else replace(warning, message=f"{', '.join(whose)}: {warning.message}")
        for warning, whose in found.values()
    )


def _looks(outcomes: Sequence[Outcome], seen: Seen) -> tuple[Look, ...]:
    """Give each distinct rendition once; an asset that goes out as it is needs none."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        if outcome.output_sha256 is not None and outcome.output_sha256 != outcome.source_sha256:
            groups.setdefault(outcome.output_sha256, []).append(outcome)
    looks = []
    for members in groups.values():
        preview = seen(members[0])
        if preview is not NOTHING:
            score = f", score {members[0].score:.0f}" if members[0].score is not None else ""
            caption = f"{short_size(members[0].size_bytes or 0)}{score}"
            looks.append(Look(routes=", ".join(m.route for m in members), caption=caption, preview=preview))
    return tuple(looks)


def _lines(outcomes: Sequence[Outcome], view: View) -> tuple[Line, ...]:
    groups: dict[tuple[object, ...], list[Outcome]] = {}
    for outcome in outcomes:
        told = tuple((v.code, v.message, v.source) for v in outcome.violations)
        limit = None if view.accepts(outcome) or not about_bytes(outcome) else outcome.limit_bytes
        key = (outcome.verdict, outcome.output_sha256, outcome.size_bytes, limit, told, outcome.proposals)
        groups.setdefault(key, []).append(outcome)
    return tuple(_line(members, view) for members in groups.values())


def _as_it_is(outcome: Outcome) -> tuple[tuple[str, str], ...]:
    """Give a file's own facts, where nobody says what it was made from."""
    return (("", facts(outcome.source)),) if outcome.source is not None else ()


def _line(members: Sequence[Outcome], view: View) -> Line:
    outcome = members[0]
    limits = {m.limit_bytes for m in members if m.limit_bytes is not None and (view.accepts(m) or about_bytes(m))}
    size, limit = outcome.size_bytes, min(limits, default=None)
    outputs = dict.fromkeys(member.output for member in members if member.output)
    return Line(
        routes=tuple(member.route for member in members),
        verdict=outcome.verdict,
        size=short_size(size) if size is not None else "",
        limit=short_size(limit) + (f", the least of {len(limits)} limits" if len(limits) > 1 else "") if limit else "",
        share=max(1, round(100 * size / limit)) if size is not None and limit else None,
        score=round(outcome.score) if outcome.score is not None else None,
        changes=changes(outcome) if view.mode != "compare" else _as_it_is(outcome),
        violations=violations(outcome),
        nearest=None if view.accepts(outcome) else nearest(outcome),
        proposals=outcome.proposals,
        output=", ".join(outputs) or None,
        confidence=str(outcome.confidence) if outcome.confidence is not None else None,
    )


def cells_of(outcomes: Sequence[Outcome], routes: Sequence[str], view: View) -> tuple[Cell | None, ...]:
    """Give one cell for each route of the page."""
    by_route = {outcome.route: outcome for outcome in outcomes}
    return tuple(_cell(by_route[route], view) if route in by_route else None for route in routes)


_FLAWS = {
    "sideways": "sideways", "orientation_flag": "sideways", "stopped": "stopped",
    "code_at_risk": "code lost", "gps": "GPS",
}  # fmt: skip
"""Warnings that a comparison is made for: each is a reason to use the other side's file."""


def _cell(outcome: Outcome, view: View) -> Cell:
    first = outcome.violations[0] if outcome.violations else None
    score = f"score {outcome.score:.0f}" if outcome.score is not None else ""
    note, flaw = short_size(outcome.size_bytes) if outcome.size_bytes is not None else "", ""
    if view.mode == "compare":
        there = {warning.name for warning in outcome.warnings}
        note = ", ".join(part for part in (note, score) if part)
        flaw = ", ".join(dict.fromkeys(word for name, word in _FLAWS.items() if name in there))
    elif not outcome.done:
        note = first.name.replace("_", " ") if first is not None else ""
    title = "; ".join(part for part in (score, f"{first.code} {first.message}" if first is not None else "") if part)
    return Cell(verdict=outcome.verdict, word=outcome.verdict.words, note=note, title=title[:160], flaw=flaw)
