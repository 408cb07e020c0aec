"""Why a route has its limits: every figure that was looked at, which one decides, who says so and when.

The record (schema ``mediaprep.why/1``) is plain JSON values. Candidates are sizes: ``decides`` names the kinds
whose limit or target they are, ``role`` says how they came in (``deciding``, ``in play``, ``hearsay``,
``replaced`` by a provider's figure, ``beside``: phones' figures and other providers').
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from mediaprep.limits import Fact, Limits
from mediaprep.model import KindName
from mediaprep.profiles import handsets
from mediaprep.profiles.cascade import Entry, Layer, Origin
from mediaprep.profiles.cells import all_cells
from mediaprep.profiles.compose import chain, channels, entries, senders
from mediaprep.profiles.files import Target
from mediaprep.profiles.load import Profiles
from mediaprep.profiles.route import Resolution, explain
from mediaprep.profiles.sizes import Candidate, candidates

SCHEMA = "mediaprep.why/1"

STALE_DAYS = 730
"""After two years a figure is worth checking again: carriers doubled theirs, providers cut theirs in that time."""

_SIZE_FIELDS = ("limit_bytes", "target_bytes")
_ROLES = ("deciding", "in play", "hearsay", "replaced", "beside")


def why(
    group: str,
    *,
    via: str | None = None,
    sender: str | None = None,
    kind: KindName | None = None,
    max_bytes: int | None = None,
    profiles: Profiles,
    today: str | None = None,
) -> dict[str, Any]:
    """Explain one route, for one kind or for all of them. Raises RouteError as ``resolve`` does."""
    day = today or dt.datetime.now(tz=dt.UTC).date().isoformat()
    found = explain(group, via=via, sender=sender, max_bytes=max_bytes, profiles=profiles, today=day)
    route = found.route
    chosen = [item for item in route.limits if kind in (None, item.kind)]
    rows = [*_in_play(found, chosen, profiles), *_beside(found, chosen, profiles)]
    return {
        "schema": SCHEMA,
        "route": route.name,
        "channel": route.channel,
        "provider": route.provider,
        "sender": route.sender,
        "available": route.available,
        "unavailable": route.unavailable.to_record() if route.unavailable is not None else None,
        "fallback": route.fallback,
        "confidence": str(route.confidence),
        "limits": {str(item.kind): _numbers(item) for item in chosen},
        "candidates": [_with_age(row, day) for row in _merged(rows)],
        "fields": [_with_age(row, day) for row in _fields(chosen, route.facts)],
        "warnings": [warning.to_record() for warning in route.warnings],
        "own_profiles": _own(found, profiles),
        "profiles_version": profiles.version,
        "profiles_digest": route.profiles_digest,
    }


def _own(found: Resolution, profiles: Profiles) -> list[str]:
    files = (profiles.files.get(name) for name in {layer.name for layer in found.layers})
    return sorted(str(file.path) for file in files if file is not None and file.own)


def _numbers(limits: Limits) -> dict[str, Any]:
    return {
        "limit_bytes": limits.limit_bytes,
        "stated": limits.size_rules[0].stated if limits.size_rules else None,
        "target_bytes": limits.target_bytes,
        "counted_as": limits.counted_as,
        "delivered": limits.delivered,
        "types": list(limits.types),
    }


def _row(kind: KindName, item: Candidate, role: str) -> dict[str, Any]:
    rule = item.rule
    return {
        "level": "target" if item.target else "hard",
        "scope": rule.scope,
        "stage": rule.stage,
        "stated": rule.stated,
        "counted_as": rule.counted_as,
        "allowed_bytes": rule.allowed_bytes,
        "role": role,
        "kinds": [str(kind)],
        "decides": [],
        **origin_of(rule.fact),
    }


def origin_of(fact: Fact) -> dict[str, Any]:
    """Give where a fact comes from as JSON values."""
    return {
        "profile": fact.profile,
        "where": fact.where,
        "published": fact.published,
        "source": fact.source,
        "url": fact.url,
        "date": fact.date,
        "confidence": str(fact.confidence),
        "consequence": str(fact.consequence),
        "note": fact.note,
        "conflicts": [
            {"value": item.value, "source": item.source, "date": item.date, "note": item.note}
            for item in fact.conflicts
        ],
    }


def _in_play(found: Resolution, chosen: Sequence[Limits], profiles: Profiles) -> Iterator[dict[str, Any]]:
    """Give the sizes that took part, each marked where it decides a limit or a target."""
    for limits in chosen:
        deciding = {name: fact for name in _SIZE_FIELDS if (fact := limits.fact(name)) is not None}
        for item in candidates(found.layers, limits.kind, profiles.registry):
            fact = item.rule.fact
            name = "target_bytes" if item.target else "limit_bytes"
            wins = deciding.get(name) == fact and item.rule.stage in ("deliver", "ingest")
            row = _row(limits.kind, item, "deciding" if wins else "hearsay" if item.hearsay else "in play")
            row["decides"] = [f"{name.removesuffix('_bytes')} of {limits.kind}"] if wins else []
            yield row


def _beside(found: Resolution, chosen: Sequence[Limits], profiles: Profiles) -> Iterator[dict[str, Any]]:
    """Give the sizes that were looked at and had no say: replaced, other providers', what phones may send."""
    used = {(layer.name, entry.where) for layer in found.layers for entry in layer.entries.values()}
    kinds = [str(limits.kind) for limits in chosen]
    for member in found.destinations:
        for role, layer in _passed_over(profiles, member.target, found.route.sender):
            if any((layer.name, entry.where) in used for entry in layer.entries.values()):
                continue
            for item in candidates([layer], KindName.IMAGE, profiles.registry):
                yield {**_row(KindName.IMAGE, item, role), "kinds": kinds}


def _passed_over(profiles: Profiles, target: Target, asked: str | None) -> Iterator[tuple[str, Layer]]:
    """Give every layer that states a size for a carrier or a region, each with its role beside those that count."""
    file = target.file
    if file is None or file.role not in ("carrier", "region"):
        return
    if file.role == "carrier" and target.channel in channels(profiles, file):
        for option in [asked] if asked else [None, *sorted(senders(profiles, file, target.channel))]:
            own = entries(profiles, file, target.channel, option)
            yield "replaced", Layer("carrier", file.name, option, _sizes(own))
    for host in chain(profiles, file):
        for name in profiles.names("provider"):
            for sender, entry in all_cells(profiles, profiles.files[name], host.name):
                if asked in (None, sender) or sender == "any":
                    yield "beside", Layer("cell", name, sender, {"sizes.total": entry})
    if file.role == "carrier":
        for code, row in handsets.carrier_rows(profiles, chain(profiles, file), target.plmn):
            yield from _phone(code, row)


def _sizes(found: Mapping[str, Entry]) -> dict[str, Entry]:
    return {path: entry for path, entry in found.items() if path in ("sizes.total", "sizes.overhead", "sizes.basis")}


def _phone(code: str, row: Mapping[str, Any]) -> Iterator[tuple[str, Layer]]:
    most = row.get("max_message_bytes")
    if most is not None:
        figure = {"value": most, "source": row["source"], "seen": row["seen"], "confidence": "device",
                  "note": f"what phones may send on {code}"}  # fmt: skip
        entry = Entry({"hard": figure}, f"handsets/{code[:3]}", f"plmns.{code}", Origin())
        yield "beside", Layer("handset", f"handsets/{code[:3]}", None, {"sizes.total": entry})


def _merged(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Say once what holds for several kinds, and once what several networks of a carrier say alike."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        where = "" if row["profile"].startswith("handsets/") else row["where"]
        key = (row["profile"], where, row["source"], row["level"], row["stage"], row["stated"], row["role"] == "beside")
        first = found.setdefault(key, row)
        if first is not row:
            first["kinds"] = list(dict.fromkeys([*first["kinds"], *row["kinds"]]))
            first["decides"] = list(dict.fromkeys([*first["decides"], *row["decides"]]))
            first["role"] = min(first["role"], row["role"], key=_ROLES.index)
    return sorted(found.values(), key=lambda r: (r["level"], _ROLES.index(r["role"]), r["allowed_bytes"], r["profile"]))


def _fields(chosen: Sequence[Limits], message: Iterable[tuple[str, Fact]]) -> list[dict[str, Any]]:
    """Give the other limits with their origin: dimensions, times, codecs, lists of types, counts of parts."""
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for limits in chosen:
        for name, fact in limits.facts:
            if name not in _SIZE_FIELDS:
                value = getattr(limits, name)
                plain = list(value) if isinstance(value, tuple) else value
                row = {"field": name, "kinds": [], "value": plain, **origin_of(fact)}
                kept = found.setdefault((name, str(plain), f"{fact.profile} {fact.where}"), row)
                kept["kinds"].append(str(limits.kind))
    rows = list(found.values())
    return rows + [{"field": name, "kinds": [], "value": fact.value, **origin_of(fact)} for name, fact in message]


def _with_age(row: dict[str, Any], today: str) -> dict[str, Any]:
    days = age_days(row["date"], today)
    return {**row, "age_days": days, "stale": days is not None and days > STALE_DAYS}


def age_days(date: str | None, today: str) -> int | None:
    """Give the days since a date that may be a year or a month only (then its first day); None without one."""
    if date is None:
        return None
    year, month, day = (*date.split("-"), "01", "01")[:3]
    then = dt.date(int(year), int(month), int(day))
    return max(0, (dt.date.fromisoformat(today) - then).days)
