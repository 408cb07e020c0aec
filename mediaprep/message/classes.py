"""Routes that take one and the same message, and what reaches those that take less than a message has."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from mediaprep.limits import Route
from mediaprep.message import Result, Smaller
from mediaprep.model import KindName

DEFAULT_PHONE_BYTES = 307_200
DEFAULT_PHONE_SOURCE = "AOSP CarrierConfigManager, default maxMessageSize, read 2026-11-22"
"""What an Android phone takes where its carrier sets nothing (facts of 217 of 396 carriers in Google's own set)."""

_DECIDING = ("parts.", "subject.")


def limit_class(route: Route, kinds: Collection[KindName] = tuple(KindName)) -> str:
    """Name what a route asks of a message of some kinds: routes of equal names take the same bytes."""
    facts = sorted(f"{name}={fact.value}" for name, fact in route.facts if name.startswith(_DECIDING))
    rules = sorted({
        f"{limits.kind} {rule.scope} {rule.stage} {rule.stated} {rule.allowed_bytes} {rule.counted_as}"
        for limits in route.limits for rule in limits.size_rules if limits.kind in kinds
    })  # fmt: skip
    digests = [limits.digest() for limits in route.limits if limits.kind in kinds]
    return " | ".join([str(route.available), route.channel, *digests, *rules, *facts])


def smaller(result: Result, routes: Sequence[Route], results: Sequence[Result]) -> Iterator[Smaller]:
    """Say who of a draft's recipients takes less than this message, and what each of them gets instead."""
    size = result.size_bytes
    if size is None or result.envelope is None:
        return
    for route, other in zip(routes, results, strict=True):
        same = set(other.route.split(",")) & set(result.route.split(","))
        if same or other.route in result.shared_with:
            continue
        too_small = other.limit_bytes is not None and size > other.limit_bytes
        if route.available and not too_small and other.verdict.done:
            continue
        yield _instead(route, other)
    if result.channel == "mms" and size > DEFAULT_PHONE_BYTES:
        yield _default_phone(result)


def _instead(route: Route, other: Result) -> Smaller:
    plan = other.fallback
    if route.available and other.verdict.done:
        score = "" if other.lowest_score is None else f", lowest score {other.lowest_score:.0f}"
        return Smaller(
            who=route.name, limit_bytes=other.limit_bytes, gets="message", channel=route.channel,
            why=f"its own message of {other.size_bytes or 0:,} bytes{score}",
        )  # fmt: skip
    why = other.violations[0].message if other.violations else f"nothing can be sent there ({other.verdict})"
    return Smaller(
        who=route.name, limit_bytes=other.limit_bytes, gets="fallback", why=why,
        channel=plan.channel if plan is not None else "sms_link", text=plan.text if plan is not None else None,
        segments=plan.segments if plan is not None else None, encoding=plan.encoding if plan is not None else None,
        source=route.unavailable.source if route.unavailable is not None else None,
    )  # fmt: skip


def _default_phone(result: Result) -> Smaller:
    plan = result.fallback
    return Smaller(
        who="phones whose carrier states no size", limit_bytes=DEFAULT_PHONE_BYTES, gets="fallback",
        channel=plan.channel if plan is not None else "sms_link", text=plan.text if plan is not None else None,
        segments=plan.segments if plan is not None else None, encoding=plan.encoding if plan is not None else None,
        why="may not load this message: send one fitted to intl, or the text",
        source=DEFAULT_PHONE_SOURCE,
    )  # fmt: skip
