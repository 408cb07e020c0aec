"""Resolve a group of names to a route: which documents hold, what they come to, and what to warn about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from mediaprep.errors import RouteError
from mediaprep.limits import Fact, Limits, Route
from mediaprep.model import Confidence, Finding, KindName, finding
from mediaprep.profiles import handsets
from mediaprep.profiles.available import Closed, partly
from mediaprep.profiles.cascade import Layer, Registry, fact, plain
from mediaprep.profiles.combine import combine, ordered
from mediaprep.profiles.compose import chain, channels
from mediaprep.profiles.destinations import Destination, destinations, find_provider
from mediaprep.profiles.files import ProfileFile, Target
from mediaprep.profiles.load import Profiles
from mediaprep.profiles.names import parse_sender
from mediaprep.profiles.sizes import DEFAULT_OVERHEAD_BYTES
from mediaprep.profiles.stack import stack

SAFE_REGIONS = ("us", "ca", "au", "intl")
"""What to name where only a channel was named."""


class Resolution(NamedTuple):
    """A route with the layers it was made from, and the destinations and provider they belong to."""

    route: Route
    layers: tuple[Layer, ...]
    destinations: tuple[Destination, ...]
    provider: ProfileFile | None


def resolve(
    groups: str,
    *,
    via: str | None = None,
    sender: str | None = None,
    max_bytes: int | None = None,
    profiles: Profiles,
    today: str | None = None,
) -> Route:
    """Resolve one group (``att``, ``att,verizon``, ``rcs/us``, ``plmn:310260``) to its limits.

    ``max_bytes`` counts the rendition alone and narrows limit and target. ``today`` (YYYY-MM-DD; default: the
    clock's) decides which availability holds. Raises RouteError for names that are unknown or ambiguous and
    where no size is known, ProfileError for profiles that contradict themselves.
    """
    return explain(groups, via=via, sender=sender, max_bytes=max_bytes, profiles=profiles, today=today).route


def explain(
    groups: str, *, via: str | None, sender: str | None, max_bytes: int | None, profiles: Profiles,
    today: str | None = None,
) -> Resolution:  # fmt: skip
    """Resolve a group and keep what it was made from: for ``mediaprep why``."""
    day = today or dt.datetime.now(tz=dt.UTC).date().isoformat()
    number = parse_sender(sender)
    provider = find_provider(profiles, via)

    def same(targets: Sequence[Target]) -> bool:
        digests = {_digest(profiles, target, provider, number, day) for target in targets}
        return len(digests) == 1

    members = destinations(profiles, groups, same)
    stacks: list[Layer] = []
    reason: Closed | None = None
    for member in members:
        layers, why = stack(profiles, member.target, provider, number, day)
        stacks += layers
        reason = reason or why
    layers = ordered(stacks)
    limits = _limits(layers, profiles.registry, max_bytes, available=reason is None)
    name = ",".join(member.name for member in members)
    # what an API takes is no size of what is delivered: 5 MB of intake say nothing about a phone
    if reason is None and not any(rule.stage == "deliver" for item in limits for rule in item.size_rules):
        raise RouteError(_no_size(name, provider))
    route = Route(
        name=name,
        folder=name.replace(",", "+").replace("/", "-").replace(":", "-"),
        channel=",".join(dict.fromkeys(member.target.channel for member in members)),
        limits=limits,
        provider=provider.name if provider is not None else None,
        sender=number,
        available=reason is None,
        unavailable=reason.finding if reason is not None else None,
        fallback=reason.fallback if reason is not None else None,
        confidence=_weakest(limits),
        warnings=tuple(_warnings(profiles, members, provider, layers, limits, number, day)),
        facts=tuple(_message_facts(layers, profiles.registry)),
        profiles_digest=profiles.digest,
    )
    return Resolution(route, layers, members, provider)


def _limits(
    layers: Sequence[Layer], registry: Registry, max_bytes: int | None, *, available: bool
) -> tuple[Limits, ...]:
    return tuple(combine(layers, kind, registry, max_bytes=max_bytes, available=available) for kind in KindName)


def _digest(
    profiles: Profiles, target: Target, provider: ProfileFile | None, sender: str | None, today: str
) -> tuple[Any, ...]:
    layers, why = stack(profiles, target, provider, sender, today)
    limits = _limits(ordered(layers), profiles.registry, None, available=why is None)
    return (why is None, *(item.digest() for item in limits))


def _no_size(name: str, provider: ProfileFile | None) -> str:
    through = f" through {provider.name}" if provider is not None else ""
    return (
        f"no size is known for {name}{through}; give one with --max-bytes (as in --max-bytes 300KB), "
        f"or name where it goes: --to {', '.join(SAFE_REGIONS[:-1])} or {SAFE_REGIONS[-1]}"
    )


def _weakest(limits: Sequence[Limits]) -> Confidence:
    deciding = [origin.confidence for item in limits if (origin := item.fact("limit_bytes")) is not None]
    return max(deciding, key=lambda item: item.rank, default=Confidence.DERIVED)


def _warnings(
    profiles: Profiles,
    members: Sequence[Destination],
    provider: ProfileFile | None,
    layers: Sequence[Layer],
    limits: Sequence[Limits],
    sender: str | None,
    today: str,
) -> Iterator[Finding]:
    for member in members:
        if member.remark is not None:
            yield finding("profile_warning", member.remark)
        if sender is not None:
            yield from partly(profiles, member.target, layers, today)
    for name in sorted({layer.name for layer in layers}):
        file = profiles.files.get(name)
        if file is not None and profiles.value(file).get("status") == "experimental":
            yield finding("profile_warning", f"the profile {name} is experimental", profile=name)
        if file is not None:
            yield from _out_of_date(profiles.value(file), name, today)
    yield from _unlisted(profiles, members, provider)
    spoken = {item.name for file in _spoken(members, provider) for item in chain(profiles, file)}
    most = max(limits, key=lambda item: item.limit_bytes or 0)
    origin = most.fact("limit_bytes")
    if origin is not None and origin.confidence == Confidence.DERIVED and origin.profile not in spoken:
        text = origin.note or f"the limit is taken from {origin.profile}"
        yield finding("derived_limit", text, limit="limit_bytes", allowed=most.limit_bytes, **origin.provenance())
    for member in members:
        if origin is not None and not origin.profile.startswith("handsets/"):
            yield from _above_handset(profiles, member, most)


def _out_of_date(document: Mapping[str, Any], name: str, today: str) -> Iterator[Finding]:
    """Warn of a profile outside the days on which it holds."""
    begins, ends = document.get("valid_from"), document.get("valid_until")
    if begins is not None and today[: len(begins)] < begins:
        yield finding("profile_warning", f"the profile {name} is not valid before {begins}", profile=name)
    if ends is not None and today[: len(ends)] > ends:  # a year and a month hold to their ends
        yield finding("profile_warning", f"the profile {name} was valid until {ends}", profile=name)


def _unlisted(profiles: Profiles, members: Sequence[Destination], provider: ProfileFile | None) -> Iterator[Finding]:
    """Warn of channels that nothing at hand says the provider offers: its own pages may."""
    if provider is None:
        return
    listed = channels(profiles, provider)
    for channel in dict.fromkeys(member.target.channel for member in members):
        if channel not in listed:
            text = f"nothing here says that {provider.name} offers {channel}; its profile lists {', '.join(listed)}"
            remedy = f"Ask {provider.name} before you count on it."
            yield finding("profile_warning", text, limit="channels", profile=provider.name, remedy=remedy)


def _spoken(members: Sequence[Destination], provider: ProfileFile | None) -> Iterator[ProfileFile]:
    yield from (member.target.file for member in members if member.target.file is not None)
    if provider is not None:
        yield provider


def _above_handset(profiles: Profiles, member: Destination, limits: Limits) -> Iterator[Finding]:
    file = member.target.file
    if file is None or file.role != "carrier" or limits.limit_bytes is None:
        return
    rows = handsets.carrier_rows(profiles, chain(profiles, file), member.target.plmn)
    sizes = [(row["max_message_bytes"], code, row) for code, row in rows if row.get("max_message_bytes")]
    if not sizes:
        return
    most, code, row = min(sizes, key=lambda item: item[:2])
    if limits.limit_bytes + DEFAULT_OVERHEAD_BYTES > most:
        text = f"the limit of {limits.limit_bytes:,} bytes is above the {most:,} that phones of {member.name} may send"
        yield finding(
            "above_handset_limit", text, limit="limit_bytes", allowed=most, actual=limits.limit_bytes,
            profile=f"handsets/{code[:3]}", source=row["source"], date=row["seen"], confidence="device",
        )  # fmt: skip


def _message_facts(layers: Sequence[Layer], registry: Registry) -> Iterator[tuple[str, Fact]]:
    """Give what holds for the whole message: counts of parts, the subject, how media is hosted."""
    paths = {
        path for layer in layers for path in layer.entries if path.split(".")[0] in ("parts", "subject", "hosting")
    }
    for path in sorted(paths):
        stated = [layer.entries[path] for layer in layers if path in layer.entries]
        if path == "parts.min":
            stated.sort(key=lambda item: -plain(item.value))
        elif path in ("parts.max", "subject.max", "subject.supported") or path.startswith("parts.kinds."):
            stated.sort(key=lambda item: plain(item.value))
        yield path, fact(stated[0], registry)
