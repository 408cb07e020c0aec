"""What a campaign must pass before it goes out. Each line says why, with its source; what nobody states is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mediaprep.limits import Route
from mediaprep.message import Draft, Item, Result
from mediaprep.message.check import by_mms

CTIA = "CTIA, Messaging Principles and Best Practices, May 2023, 5.1.3 Consumer Opt-Out"

REGISTRATION = "profiles of twilio, telnyx and bandwidth, which all ask for it"
MMS_OFF = "Google's carrier settings of Pixel phones, February 2025: MMS is off at 41 of 396 carriers"

_NEEDED = {
    "long_code": "10DLC: brand and campaign registered with The Campaign Registry",
    "toll_free": "toll-free verification",
    "short_code": "approval of the short code's programme by each carrier",
}


def checklist(draft: Draft, result: Result, route: Route, registration: Mapping[str, str]) -> Iterator[Item]:
    """Give the lines for one route; ``registration`` is what the provider's profile says of each sender type."""
    yield _available(route)
    if by_mms(route):
        yield from _of_mms(draft, result, route, registration)
    elif route.sender in registration:
        yield _registration(route, registration)
    yield _hosting(route)
    yield _total(result, route)
    yield from _prices(draft, result)


def _of_mms(draft: Draft, result: Result, route: Route, registration: Mapping[str, str]) -> Iterator[Item]:
    """Give what networks ask of MMS and of numbers; other channels register senders and stop by means of their own."""
    yield _registration(route, registration)
    names = {found.name for found in result.warnings + result.violations}
    yield _opt_out(draft, said="no_opt_out" not in names)
    link = bool(draft.fallback_link)
    yield Item(
        name="link fallback", state="ok" if link else "problem",
        why="phones without MMS get a link" if link else "phones without MMS get no media: give fallback.link",
        source=MMS_OFF,
    )  # fmt: skip


def _opt_out(draft: Draft, *, said: bool) -> Item:
    if not draft.text:
        why, said = "there is no text to say how to stop; add: Reply STOP to opt out", False
    else:
        why = "the text says how to stop" if said else "the text does not say how to stop; add: Reply STOP to opt out"
    return Item(name="opt-out wording", state="ok" if said else "problem", why=why, source=CTIA)


def _available(route: Route) -> Item:
    where = ", ".join(each for each in (route.provider, route.sender) if each)
    if not route.available and route.unavailable is not None:
        found = route.unavailable
        return Item(name="available", state="problem", why=found.message, source=found.source)
    if route.provider is None:
        return Item(
            name="available", state="ask",
            why=f"{_delivery(route)} is offered; name the provider with --via", source=_profile(route),
        )  # fmt: skip
    doubt = next((found for found in route.warnings if found.limit == "channels"), None)
    if doubt is not None:
        return Item(name="available", state="ask", why=doubt.message, source=_profile(route))
    why = f"{_delivery(route)} through {where} is offered"
    return Item(name="available", state="ok", why=why, source=_profile(route))


def _delivery(route: Route) -> str:
    return route.channel if route.name == route.channel else f"{route.channel} to {route.name}"


def _profile(route: Route) -> str:
    """Name the documents that say a route is open, by saying nothing against it."""
    return " and ".join(f"profile {name}" for name in (route.name, route.provider) if name)


def _registration(route: Route, registration: Mapping[str, str]) -> Item:
    if route.sender is None:
        why = "depends on the sender's type; name it with --sender"
        return Item(name="registration", state="ask", why=why, source=REGISTRATION)
    stated = registration.get(route.sender)
    if stated is not None:
        return Item(name="registration", state="ask", why=f"needed: {stated}", source=f"profile {route.provider}")
    needed = _NEEDED.get(route.sender)
    if needed is None:
        why = f"no profile says what a {route.sender} needs"
        return Item(name="registration", state="ask", why=why, source=f"profile {route.channel}")
    return Item(name="registration", state="ask", why=f"usual in the US: {needed}", source=REGISTRATION)


_HOSTING = {
    "mode": "media handed over as {}",
    "need_head": "answers to HEAD",
    "need_content_length": "a Content-Length",
    "filename_max": "names of {} characters at most",
    "filename_charset": "names in {}",
    "url_max": "addresses of {} characters at most",
    "schemes": "addresses by {}",
    "min_lifetime_s": "media kept for {} at least",
    "fetch_timeout_s": "an answer within {}",
    "cache_s": "a new address for new media, for it keeps them {}",
    "redirects": "{} redirects at most",
}


_HOUR_S = 3_600


def _hosting(route: Route) -> Item:
    facts = [(path.removeprefix("hosting."), fact) for path, fact in route.facts if path.startswith("hosting.")]
    if not facts:
        why = "no provider named, so it is not known how media are handed over"
        if route.provider is not None:
            why = f"the profile of {route.provider} does not say how media are handed over"
        return Item(name="hosting", state="ask", why=why, source=_profile(route))
    rules = [_rule(name, fact.value) for name, fact in facts if fact.value is not False]
    source = "; ".join(dict.fromkeys(fact.source for _, fact in facts if fact.source))
    return Item(name="hosting", state="ask", why=f"the provider asks for: {', '.join(rules)}", source=source or None)


def _rule(name: str, value: object) -> str:
    shown = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    if name.endswith("_s") and isinstance(value, int):
        shown = f"{value // _HOUR_S} h" if value and value % _HOUR_S == 0 else f"{value:,} s"
    return _HOSTING.get(name, f"{name.replace('_', ' ')} {{}}").format(shown.replace("_", " "))


def _total(result: Result, route: Route) -> Item:
    if result.limit_bytes is None:
        return Item(name="size", state="ask", why="no limit on the whole message is known", source=_profile(route))
    rules = [rule for limits in route.limits for rule in limits.size_rules if rule.scope == "total"]
    stated = (rule.fact.source for rule in rules if rule.stated == result.limit_bytes)
    source = next((each for each in stated if each), _profile(route))
    if result.size_bytes is None:
        state = "problem" if result.violations else "ask"
        why = f"to be kept: {result.limit_bytes:,} bytes ({result.counted_as})"
        return Item(name="size", state=state, why=why, source=source)
    fits = result.size_bytes <= result.limit_bytes
    why = f"{result.size_bytes:,} of {result.limit_bytes:,} bytes ({result.counted_as})"
    return Item(name="size", state="ok" if fits else "problem", why=why, source=source)


def _prices(draft: Draft, result: Result) -> Iterator[Item]:
    if draft.price_mms is None or draft.price_segment is None or result.fallback is None:
        return
    sms = draft.price_segment * result.fallback.segments
    why = f"one MMS {draft.price_mms:g}; the fallback {sms:g} ({result.fallback.segments} segments)"
    yield Item(name="price", state="ok", why=why, source="your own prices")
