"""Which finished renditions a change of profiles breaks: told from the journals, no media read and none encoded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mediaprep.batch import journals
from mediaprep.batch.reuse import unpacked
from mediaprep.errors import RouteError, UsageError
from mediaprep.journal import Journal
from mediaprep.limits import Limits, Route
from mediaprep.model import Finding, MediaInfo, Outcome, Verdict, finding
from mediaprep.profiles.load import Profiles
from mediaprep.profiles.route import resolve
from mediaprep.rules import check
from mediaprep.units import format_size

_WRITTEN = (Verdict.FITS, Verdict.FITTED, Verdict.BELOW_FLOOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """One rendition that kept the old limits and breaks the new ones."""

    asset: str
    route: str
    output: str | None
    violations: tuple[Finding, ...]

    def to_record(self) -> dict[str, Any]:
        """Give it as JSON values."""
        return {
            "asset": self.asset,
            "route": self.route,
            "output": self.output,
            "violations": [found.to_record() for found in self.violations],
        }


@dataclass(slots=True)
class Impact:
    """What a change comes to; ``hopeful`` counts outcomes without a rendition whose limits have changed."""

    renditions: int = 0
    touched: int = 0
    broken: int = 0
    hopeful: int = 0
    routes: dict[str, int] = field(default_factory=dict)


def impact(old: Path, new: Path, out: str, found: Impact) -> Iterator[Broken]:
    """Give each rendition in the journals of ``out`` that the new profiles break; count in ``found`` meanwhile.

    A rendition is judged by the facts that were read back from it when it was made: every rule of ``check`` counts,
    and the floor of its score, and its poster. Raises UsageError where ``out`` has no journal.
    """
    paths = journals(out)
    if not paths:
        raise UsageError(f"{out} holds no journal of a batch, so there is nothing to say about it")
    before, after = _profiles(old), _profiles(new)
    for path in paths:
        with Journal.read(path) as journal:
            spec = journal.stated("run") or {}
            max_bytes = spec.get("routes", {}).get("max_bytes")
            pairs: dict[tuple[str, str | None, str | None], tuple[Route, Route] | None] = {}
            for entry in journal.entries(every_run=True):
                outcome = unpacked(entry.outcome)
                name = (outcome.route, outcome.provider, outcome.sender)
                if name not in pairs:
                    pairs[name] = _pair(name, max_bytes, before, after)
                broken = _judged(outcome, pairs[name], found)
                if broken is not None:
                    found.broken += 1
                    found.routes[outcome.route] = found.routes.get(outcome.route, 0) + 1
                    yield broken


def _profiles(folder: Path) -> Profiles:
    """Load a whole set of profiles, or a folder of one's own that goes before the shipped ones."""
    return Profiles(folder) if (folder / "VERSION").is_file() else Profiles.load([folder])


def _pair(
    name: tuple[str, str | None, str | None], max_bytes: int | None, before: Profiles, after: Profiles
) -> tuple[Route, Route] | None:
    """Resolve a route with both sets; None where it is nothing but a size of one's own."""
    to, via, sender = name
    try:
        old = resolve(to, via=via, sender=sender, max_bytes=max_bytes, profiles=before)
    except RouteError:
        return None
    try:
        return old, resolve(to, via=via, sender=sender, max_bytes=max_bytes, profiles=after)
    except RouteError as error:
        raise UsageError(f"{to} is in the old profiles but not in the new ones: {error}") from error


def _judged(outcome: Outcome, pair: tuple[Route, Route] | None, found: Impact) -> Broken | None:
    written = outcome.verdict in _WRITTEN and outcome.output is not None
    found.renditions += written
    if pair is None or outcome.kind is None:
        return None
    info = _facts(outcome) if written else None
    old, new = (route.limits_for(info.kind if info is not None else outcome.kind) for route in pair)
    if old.digest() == new.digest() and pair[0].available == pair[1].available:
        return None
    if info is None:
        found.hopeful += outcome.verdict in (Verdict.CANNOT_FIT, Verdict.BELOW_FLOOR)
        return None
    found.touched += 1
    if not pair[1].available and pair[1].unavailable is not None:
        violations: tuple[Finding, ...] = (pair[1].unavailable,)
    else:
        before = {(violation.name, violation.limit) for violation in objections(outcome, old)}
        violations = tuple(v for v in objections(outcome, new) if (v.name, v.limit) not in before)
    if not violations:
        return None
    return Broken(asset=outcome.asset, route=outcome.route, output=outcome.output, violations=violations)


def objections(outcome: Outcome, limits: Limits) -> Iterator[Finding]:
    """Give what limits object to in a finished rendition: its facts, its looks, its poster."""
    yield from check(_facts(outcome), limits)[0]
    if outcome.score is not None and outcome.score < limits.floor_score and outcome.verdict is Verdict.FITTED:
        text = f"the rendition scores {outcome.score:.0f} of 100; the floor is {limits.floor_score:g}"
        yield finding("below_floor", text, limit="floor_score", allowed=limits.floor_score, actual=outcome.score)
    for companion in outcome.companions:
        most = limits.poster_max_bytes
        if most is not None and companion.size_bytes > most:
            text = f"its {companion.role} has {format_size(companion.size_bytes)}; the limit is {format_size(most)}"
            yield finding("over_limit", text, limit="poster_max_bytes", allowed=most, actual=companion.size_bytes)
        if limits.poster_types and companion.media_type not in limits.poster_types:
            text = f"its {companion.role} is {companion.media_type}; {', '.join(limits.poster_types)} is taken"
            allowed = list(limits.poster_types)
            yield finding(
                "type_not_delivered", text, limit="poster_types", allowed=allowed, actual=companion.media_type
            )


def _facts(outcome: Outcome) -> MediaInfo:
    """Give a rendition's facts: what was read back from it, else the asset's own, whose bytes were kept."""
    facts = outcome.rendition or outcome.source
    assert facts is not None
    return facts
