"""``mediaprep why``: every figure behind a route's limits, which one decides, who says so and when."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from mediaprep.cli._complete import groups
from mediaprep.cli._fold import folded
from mediaprep.cli._options import ConfiguredCommand, profiles_option, sender_option, via_option
from mediaprep.legible import printable
from mediaprep.model import KindName

_MARKS = {"deciding": "=>", "in play": "  ", "hearsay": " ?", "replaced": " -", "beside": " ."}
_LEGEND = "=> decides   ? hearsay, no limit   - replaced by the provider's figure   . beside it"


@click.command("why", cls=ConfiguredCommand, short_help="Say where a route's limits come from.")
@click.argument("group", shell_complete=groups)
@via_option
@sender_option
@click.option("--kind", type=click.Choice([str(kind) for kind in KindName]), help="One kind of media only.")
@profiles_option
@click.option("--json", "as_json", is_flag=True, help="One JSON record (mediaprep.why/1) instead of a table.")
def _why(
    group: str, *, via: str | None, sender: str | None, kind: str | None, profiles: tuple[str, ...], as_json: bool
) -> None:
    """Show every figure behind the limits of GROUP (att, us, att,verizon, plmn:310260), and the one that decides."""
    from mediaprep.profiles.load import Profiles
    from mediaprep.profiles.why import why

    loaded = Profiles.load(profiles)
    chosen = KindName(kind) if kind is not None else None
    record = why(group, via=via, sender=sender, kind=chosen, profiles=loaded)
    click.echo(json.dumps(record) if as_json else "\n".join(folded(map(printable, _lines(record)))))


def _lines(record: Mapping[str, Any]) -> Iterator[str]:
    through = f" via {record['provider']}" if record["provider"] else ""
    sender = f" from {record['sender']}" if record["sender"] else " from any sender"
    yield f"{record['route']} ({record['channel']}){through}{sender}: confidence {record['confidence']}"
    if record["unavailable"]:
        yield f"CLOSED: {record['unavailable']['message']}; send {record['fallback']} instead"
    yield from _limits(record["limits"])
    for level, heading in (("hard", "Limits"), ("target", "Targets")):
        rows = [row for row in record["candidates"] if row["level"] == level]
        if rows:
            yield ""
            yield f"{heading}:"
            yield from _table(rows, record["limits"])
    if record["candidates"]:
        yield ""
        yield _LEGEND
    if record["fields"]:
        yield ""
        yield "Other limits:"
        yield from _fields(record["fields"])
    for warning in record["warnings"]:
        yield f"warning {warning['code']}: {warning['message']}"
    for path in record["own_profiles"]:
        yield f"your profile: {path}"
    yield f"profiles {record['profiles_version']}, digest {record['profiles_digest'][:12]}"


def _limits(limits: Mapping[str, Any]) -> Iterator[str]:
    """Say limit and target once for all kinds that share them."""
    groups: dict[tuple[Any, ...], list[str]] = {}
    for kind, item in limits.items():
        sizes = (item["limit_bytes"], item["target_bytes"], item["stated"]) if item["delivered"] else (0, 0, 0)
        key = (*sizes, item["delivered"])
        groups.setdefault(key, []).append(kind)
    for (limit, target, stated, delivered), kinds in groups.items():
        if not delivered:
            yield f"  {', '.join(kinds)}: not delivered"
        elif limit is None:
            yield f"  {', '.join(kinds)}: no size known"
        else:
            yield f"  {', '.join(kinds)}: limit {limit:,} bytes of media (from {stated:,} stated), target {target:,}"


def _table(rows: Sequence[Mapping[str, Any]], limits: Mapping[str, Any]) -> Iterator[str]:
    """Set figures in columns: what is stated, the media bytes it leaves, who says it, how old it is."""
    lines = []
    for row in rows:
        scope = row["scope"] if row["stage"] == "deliver" else f"{row['scope']} (ingest)"
        kinds = "" if len(row["kinds"]) == len(limits) else f" {', '.join(row['kinds'])}"
        place = f"{row['profile']} {row['where']}"
        lines.append((_MARKS[row["role"]], f"{row['stated']:,}", f"{row['allowed_bytes']:,}", scope + kinds, place))
    heads = ("  ", "STATED", "MEDIA BYTES", "OF", "WHERE")
    widths = [max(len(line[n]) for line in [heads, *lines]) for n in range(len(heads))]
    yield "  ".join(_cell(text, n, widths[n]) for n, text in enumerate(heads)).rstrip()
    for line, row in zip(lines, rows, strict=True):
        yield "  ".join(_cell(text, n, widths[n]) for n, text in enumerate(line)).rstrip()
        yield f"      {_origin(row)}"
        if row["counted_as"] != "binary":
            yield f"      counted as {row['counted_as']}"
        if row["note"]:
            yield f"      {row['note']}"
        for other in row["conflicts"]:
            yield f"      but {_conflict(other)}"


def _cell(text: str, column: int, width: int) -> str:
    return text.rjust(width) if column in (1, 2) else text.ljust(width)


def _origin(row: Mapping[str, Any]) -> str:
    if row["source"] is None:
        return "no source"
    published = f'"{row["published"]}", ' if row["published"] else ""
    age = "" if row["age_days"] is None else f" ({_age(row['age_days'])} old{', check it' if row['stale'] else ''})"
    url = f" {row['url']}" if row["url"] else ""
    return f"{published}{row['source']}, {row['date'] or 'undated'}{age}, {row['confidence']}{url}"


def _age(days: int) -> str:
    years, rest = divmod(days, 365)
    months = rest // 30
    if years:
        return f"{years} y {months} mo" if months else f"{years} y"
    return f"{months} mo" if months else f"{days} d"


def _conflict(other: Mapping[str, Any]) -> str:
    value = other["value"]
    stated = f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
    note = f": {other['note']}" if other["note"] else ""
    return f"{stated} by {other['source']}, {other['date'] or 'undated'}{note}"


def _fields(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for row in rows:
        value = ", ".join(map(str, row["value"])) if isinstance(row["value"], list) else row["value"]
        value = {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
        kinds = f" ({', '.join(row['kinds'])})" if row["kinds"] else ""
        yield f"  {row['field']}{kinds}: {value}"
        yield f"      {row['profile']} {row['where']}; {_origin(row)}"
        for other in row["conflicts"]:
            yield f"      but {_conflict(other)}"


COMMAND: click.Command = _why
