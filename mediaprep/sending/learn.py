"""What receipts say about limits: where messages failed for their size, a lower limit may be proposed, never a higher.

"Delivered" is no proof: networks shrink what is too large for them, or drop it in silence. "Too big" is one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from mediaprep.errors import RouteError

ENOUGH = 2
"""Failures that it takes for a proposal: one may be a fault of the moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One message whose fate is known. ``network`` is a carrier's name or ``plmn:`` with its code."""

    network: str
    provider: str
    size_bytes: int
    delivered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What was seen of one network by one provider. ``proposed_bytes`` is None where nothing is proposed."""

    network: str
    provider: str
    limit_bytes: int | None
    delivered: int
    failed: int
    smallest_failed_bytes: int | None
    largest_delivered_bytes: int | None
    proposed_bytes: int | None
    why: str

    def to_record(self) -> dict[str, Any]:
        """Give the record."""
        return {"schema": "mediaprep.lesson/1", **asdict(self)}


LimitOf = Callable[[str, str], int | None]
"""The limit in bytes that the profiles state for a network by a provider; raises RouteError for unknown names."""


def lessons(seen: Iterable[Observation], limit_of: LimitOf) -> tuple[Lesson, ...]:
    """Compare what failed and what was delivered with the profiles, one lesson for each network and provider."""
    groups: dict[tuple[str, str], list[Observation]] = defaultdict(list)
    for each in seen:
        groups[each.network, each.provider].append(each)
    return tuple(_lesson(network, provider, group, limit_of) for (network, provider), group in sorted(groups.items()))


def _lesson(network: str, provider: str, group: list[Observation], limit_of: LimitOf) -> Lesson:
    try:
        limit_bytes = limit_of(network, provider)
    except RouteError as error:
        limit_bytes, unknown = None, str(error)
    else:
        unknown = "the profiles state no limit here"
    failed = sorted(each.size_bytes for each in group if not each.delivered)
    delivered = sorted(each.size_bytes for each in group if each.delivered)
    proposed, why = (None, unknown) if limit_bytes is None else _judged(failed, delivered, limit_bytes)
    return Lesson(
        network=network, provider=provider, limit_bytes=limit_bytes, delivered=len(delivered), failed=len(failed),
        smallest_failed_bytes=failed[0] if failed else None,
        largest_delivered_bytes=delivered[-1] if delivered else None, proposed_bytes=proposed, why=why,
    )  # fmt: skip


def _judged(failed_bytes: list[int], delivered_bytes: list[int], limit_bytes: int) -> tuple[int | None, str]:
    within = [size for size in failed_bytes if size <= limit_bytes]
    if not within:
        return None, "nothing within the limit was refused for its size"
    if len(within) < ENOUGH:
        return None, f"one message of {within[0]:,} bytes was refused for its size; {ENOUGH} are needed for a proposal"
    least_bytes = within[0]
    above = sum(size >= least_bytes for size in delivered_bytes)
    if above > len(within):
        said = f"{above} messages of {least_bytes:,} bytes and more are said to be delivered"
        return None, f"{said}, {len(within)} were too big"
    below = [size for size in delivered_bytes if size < least_bytes]
    why = f"{len(within)} messages from {least_bytes:,} bytes on were too big; the limit says {limit_bytes:,}"
    return below[-1] if below else least_bytes - 1, why
