"""Words for what came of a plan: verdicts, the nearest attempt, why nothing fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mediaprep.errors import AssetError, ToolError
from mediaprep.kinds import Choice, Encoded, KeepingKind, Kind, supports
from mediaprep.limits import Limits, Route
from mediaprep.model import (
    Attempt,
    Confidence,
    Finding,
    KindName,
    MediaInfo,
    Outcome,
    Treatment,
    Verdict,
    finding,
    finding_from,
)
from mediaprep.rules import GIF, TOO_LARGE, unwritten
from mediaprep.units import format_size


def attempt(encoded: Encoded) -> Attempt:
    """Describe one encode for the record."""
    step = encoded.step
    return Attempt(
        media_type=step.media_type,
        size_bytes=encoded.size_bytes,
        width=step.width,
        height=step.height,
        fps=step.fps,
        colours=step.colours,
        quality=step.quality,
        score=encoded.score,
        elapsed_s=round(encoded.elapsed_s, 4),
    )


def verdict_of(
    kind: Kind, info: MediaInfo, route: Route, violations: Sequence[Finding]
) -> tuple[Verdict, tuple[Finding, ...], tuple[str, ...]]:
    """Turn violations into check's verdict, with what to propose where no rendition can exist."""
    if not route.available and route.unavailable is not None:
        proposal = (f"send {route.fallback} instead",) if route.fallback else ()
        return Verdict.CANNOT_FIT, (route.unavailable,), proposal
    names = {v.name for v in violations}
    if not names:
        return Verdict.FITS, (), ()
    if names & {"kind_not_delivered", "animation_not_delivered"}:
        moves = info.kind in (KindName.ANIMATION, KindName.VIDEO)
        still = ("--still",) if moves and route.limits_for(KindName.IMAGE).delivered else ()
        return Verdict.CANNOT_FIT, tuple(violations), still
    if info.kind == KindName.ANIMATION and names - TOO_LARGE:
        types = route.limits_for(info.kind).types
        if types and GIF not in types:
            return Verdict.CANNOT_FIT, unwritten(violations, types), ("--still",)
    if info.media_type == "image/heic-sequence":  # no reader at hand decodes its frames, only its cover
        text = "the frames of a HEIC sequence are not decoded here; --still sends its cover picture"
        return Verdict.CANNOT_FIT, (*violations, finding("not_yet_supported", text)), ("--still",)
    if "too_long" in names:
        return Verdict.CANNOT_FIT, tuple(violations), _shorter(violations)
    if "too_short" in names:  # nothing makes it longer
        return Verdict.CANNOT_FIT, tuple(violations), ()
    if "several_cards" in names:
        return Verdict.CANNOT_FIT, tuple(violations), ("split",)
    if info.kind == KindName.TEXT:
        return Verdict.CANNOT_FIT, tuple(violations), ()  # text is never cut: its author shortens it
    if not supports(kind, KeepingKind):
        text = f"{info.kind} assets are passed through unchanged or not at all"
        return Verdict.CANNOT_FIT, (*violations, finding("not_yet_supported", text)), ()
    return Verdict.NEEDS_FIT, tuple(violations), ()


def _shorter(violations: Sequence[Finding]) -> tuple[str, ...]:
    """Propose what is left where an asset lasts too long: nothing is ever cut or sped up unasked."""
    most = next(v.allowed for v in violations if v.name == "too_long")
    return (f"--trim {most:g}", "a still frame with a link to the whole")


def at_fault(asset: str, routes: Sequence[Route], error: AssetError | ToolError) -> tuple[Outcome, ...]:
    """Give each route's outcome of an asset of which nothing is known but the error that stands in its way."""
    return tuple(
        Outcome(
            asset=asset,
            route=route.name,
            verdict=Verdict.REFUSED if isinstance(error, AssetError) else Verdict.FAILED,
            treatment=Treatment.REJECT,
            channel=route.channel,
            provider=route.provider,
            sender=route.sender,
            violations=(finding_from(error),),
            warnings=route.warnings,
            confidence=route.confidence,
            profiles_digest=route.profiles_digest or None,
        )
        for route in routes
    )


def nothing_fits(choice: Choice, limits: Limits) -> Finding:
    """Say that no rendition keeps the limit and how near the nearest came."""
    near = ""
    if choice.nearest is not None:
        step = choice.nearest.step
        at = f" at {step.width}x{step.height}" if step.width is not None else ""
        near = f"; the nearest was {format_size(choice.nearest.size_bytes)}{at}"
    stated = limits.provenance("limit_bytes")
    limit = f"{format_size(limits.limit_bytes)}" if limits.limit_bytes is not None else "the limit"
    if choice.nearest is not None and choice.nearest.size_bytes <= (limits.limit_bytes or 0):
        limit = "the asset's own size, which is never exceeded"
        stated = {}
    return finding(
        "nothing_fits", f"no rendition keeps {limit}{near}", limit="limit_bytes", allowed=limits.limit_bytes, **stated
    )


def below_floor(encoded: Encoded, limits: Limits, duration_s: float | None = None) -> Finding:
    """Say that the best rendition within the limit looks worse than the floor; a rate may leave fewer bytes."""
    step = encoded.step
    rate = limits.max_bit_rate_bps
    slow = rate is not None and duration_s is not None and rate * max(duration_s, 1.0) / 8 < (limits.limit_bytes or 0)
    within = f"{rate:,} bit/s" if slow else format_size(limits.limit_bytes or 0)
    return finding(
        "below_floor",
        f"the best within {within} scores {encoded.score:.0f} "
        f"({format_size(encoded.size_bytes)} at {step.width}x{step.height}); the floor is {limits.floor_score:g}",
        limit="floor_score",
        allowed=limits.floor_score,
        actual=round(encoded.score or 0.0, 1),
    )


def is_choice(made: Attempt, encoded: Encoded) -> bool:
    """Whether an attempt is the one that was chosen."""
    return made.size_bytes == encoded.size_bytes and made.quality == encoded.step.quality


def name_shares(outcomes: tuple[Outcome, ...]) -> tuple[Outcome, ...]:
    """Tell each outcome which other routes got the very same rendition."""
    by_hash: dict[str, list[str]] = {}
    for outcome in outcomes:
        if outcome.output_sha256 is not None:
            by_hash.setdefault(outcome.output_sha256, []).append(outcome.route)
    return tuple(
        replace(o, shared_with=tuple(r for r in by_hash.get(o.output_sha256 or "", []) if r != o.route))
        for o in outcomes
    )


def on_route(outcome: Outcome, route: Route, limits: Limits) -> Outcome:
    """Give an outcome of the same limits as this route's: its names, and who states each figure here."""
    return replace(
        outcome,
        route=route.name,
        channel=route.channel,
        provider=route.provider,
        sender=route.sender,
        counted_as=limits.counted_as,
        confidence=confidence(route, limits),
        profiles_digest=route.profiles_digest or None,
        violations=tuple(_stated(found, limits) for found in outcome.violations),
        warnings=tuple(_stated(found, limits) for found in outcome.warnings),
    )


def _stated(found: Finding, limits: Limits) -> Finding:
    """Let a finding name who states the limit on this route; the number is the same."""
    fact = limits.fact(found.limit) if found.limit is not None else None
    return replace(found, **fact.provenance()) if fact is not None else found


def confidence(route: Route, limits: Limits) -> Confidence:
    """Give the weakest confidence among the facts that decide the size and the type."""
    facts = [limits.fact(name) for name in ("limit_bytes", "types")]
    known = [fact.confidence for fact in facts if fact is not None]
    return max(known, key=lambda c: c.rank, default=route.confidence)
