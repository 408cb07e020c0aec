"""What a campaign must pass before it goes out. Each line says why, with its source; what nobody states is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mediaprep.limits import Route
from mediaprep.message import Draft, Item, Result

CTIA = "CTIA, Messaging Principles and Best Practices, May 2023, 5.1.3 Consumer Opt-Out"

_NEEDED = {
    "long_code": "10DLC: brand and campaign registered with The Campaign Registry",
    "toll_free": "toll-free verification",
    "short_code": "approval of the short code's programme by each carrier",
}


def checklist(draft: Draft, result: Result, route: Route, registration: Mapping[str, str]) -> Iterator[Item]:
    """Give the lines for one route; ``registration`` is what the provider's profile says of each sender type."""
    yield _available(route)
    yield _registration(route, registration)
    names = {found.name for found in result.warnings + result.violations}
    stop = "no_opt_out" not in names
    yield Item(
        name="opt-out wording", state="ok" if stop else "problem", source=CTIA,
        why="the text says how to stop" if stop else "the text does not say how to stop; add: Reply STOP to opt out",
    )  # fmt: skip
    link = bool(draft.fallback_link)
    yield Item(
        name="link fallback", state="ok" if link else "problem",
        why="phones without MMS get a link" if link else "phones without MMS get no media: give fallback.link",
    )  # fmt: skip
    yield _hosting(route)
    yield _total(result)
    yield from _prices(draft, result)


def _available(route: Route) -> Item:
    where = ", ".join(each for each in (route.provider, route.sender) if each)
    if not route.available and route.unavailable is not None:
        found = route.unavailable
        return Item(name="available", state="problem", why=found.message, source=found.source)
    if route.provider is None:
        return Item(
            name="available", state="ask",
            why=f"{route.channel} is offered at {route.name}; name the provider with --via",
        )  # fmt: skip
    return Item(name="available", state="ok", why=f"{route.channel} to {route.name} through {where} is offered")


def _registration(route: Route, registration: Mapping[str, str]) -> Item:
    if route.sender is None:
        return Item(name="registration", state="ask", why="depends on the sender's type; name it with --sender")
    stated = registration.get(route.sender)
    if stated is not None:
        return Item(name="registration", state="ask", why=f"needed: {stated}", source=f"profile {route.provider}")
    needed = _NEEDED.get(route.sender)
    if needed is None:
        return Item(name="registration", state="ask", why=f"no profile says what a {route.sender} needs")
    return Item(name="registration", state="ask", why=f"usual in the US, no profile states it: {needed}")


def _hosting(route: Route) -> Item:
    facts = dict(route.facts)
    rules = [
        f"{path.removeprefix('hosting.')} {fact.value}" for path, fact in facts.items() if path.startswith("hosting.")
    ]
    if not rules:
        return Item(name="hosting", state="ask", why="no provider named, so it is not known how media are handed over")
    source = next((fact.source for path, fact in facts.items() if path.startswith("hosting.")), None)
    return Item(name="hosting", state="ask", why=f"the provider asks for: {'; '.join(rules)}", source=source)


def _total(result: Result) -> Item:
    if result.limit_bytes is None:
        return Item(name="size", state="ask", why="no limit on the whole message is known")
    if result.size_bytes is None:
        state = "ok" if not result.violations else "problem"
        why = f"to be kept: {result.limit_bytes:,} bytes ({result.counted_as})"
        return Item(name="size", state=state, why=why)
    fits = result.size_bytes <= result.limit_bytes
    why = f"{result.size_bytes:,} of {result.limit_bytes:,} bytes ({result.counted_as})"
    return Item(name="size", state="ok" if fits else "problem", why=why)


def _prices(draft: Draft, result: Result) -> Iterator[Item]:
    if draft.price_mms is None or draft.price_segment is None or result.fallback is None:
        return
    sms = draft.price_segment * result.fallback.segments
    why = f"one MMS {draft.price_mms:g}; the fallback {sms:g} ({result.fallback.segments} segments)"
    yield Item(name="price", state="ok", why=why, source="your own prices")
