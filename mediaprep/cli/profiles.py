"""``mediaprep profiles``: list, show and check the carrier profiles; their schema; what changed between two folders."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mediaprep.cli._complete import folders, profile_names
from mediaprep.cli._group import Commands
from mediaprep.cli._options import ConfiguredCommand, profiles_option
from mediaprep.errors import RouteError
from mediaprep.legible import printable
from mediaprep.plugins import did_you_mean

if TYPE_CHECKING:
    from mediaprep.profiles.load import Profiles

LIST_SCHEMA = "mediaprep.profiles/1"
SHOW_SCHEMA = "mediaprep.profile_shown/1"
CHECK_SCHEMA = "mediaprep.profiles_checked/1"
DIFF_SCHEMA = "mediaprep.profiles_diff/1"

_ROLES = ("region", "carrier", "channel", "provider")

_json = click.option("--json", "as_json", is_flag=True, help="One JSON record instead of text.")


def _load(folders: Sequence[str]) -> Profiles:
    from mediaprep.profiles.load import Profiles

    return Profiles.load(folders)


def _say(lines: Iterator[str] | Sequence[str]) -> None:
    click.echo("\n".join(map(printable, lines)))


@click.group("profiles", cls=Commands, short_help="List, show, check and compare carrier profiles.")
def _profiles() -> None:
    """List, show, check and compare the carrier profiles."""


@_profiles.command("list", cls=ConfiguredCommand)
@profiles_option
@_json
def _list(*, profiles: tuple[str, ...], as_json: bool) -> None:
    """List the names that --to and --via take."""
    loaded = _load(profiles)
    rows = [_summary(loaded, name) for role in _ROLES for name in loaded.names(role)]
    if as_json:
        record = {"schema": LIST_SCHEMA, "version": loaded.version, "digest": loaded.digest, "profiles": rows}
        click.echo(json.dumps(record))
        return
    _say(_listed(rows, loaded))


def _summary(loaded: Profiles, name: str) -> dict[str, Any]:
    from mediaprep.profiles.cascade import plain

    file = loaded.files[name]
    value = loaded.value(file)
    return {
        "name": name,
        "role": file.role,
        "title": value.get("title"),
        "status": value.get("status", "stable"),
        "countries": plain(value.get("countries", [])),
        "extends": value.get("extends"),
        "merged_into": value.get("merged_into"),
        "aliases": value.get("aliases", []),
        "path": str(file.path),
        "own": file.own,
        "replaces": str(file.replaces.path) if file.replaces is not None else None,
    }


def _listed(rows: Sequence[Mapping[str, Any]], loaded: Profiles) -> Iterator[str]:
    width = max(len(row["name"]) for row in rows)
    for role in _ROLES:
        yield f"{role}s ({'--via' if role == 'provider' else '--to'}):"
        for row in rows:
            if row["role"] == role:
                remarks = [row["status"]] if row["status"] != "stable" else []
                remarks += [f"part of {row['merged_into']}"] if row["merged_into"] else []
                remarks += ["yours" + (", replaces ours" if row["replaces"] else "")] if row["own"] else []
                yield f"  {row['name']:<{width}}  {row['title']}" + (f" ({'; '.join(remarks)})" if remarks else "")
    yield f"profiles {loaded.version}, digest {loaded.digest[:12]}"


@_profiles.command("show", cls=ConfiguredCommand)
@click.argument("name", shell_complete=profile_names(*_ROLES))
@profiles_option
@_json
def _show(name: str, *, profiles: tuple[str, ...], as_json: bool) -> None:
    """Show the profile NAME with all it extends, each entry with the document that it stands in."""
    loaded = _load(profiles)
    file = loaded.find(name)
    if file is None:
        raise RouteError(f"no profile {name!r}; {did_you_mean(name.lower(), loaded.names())}")
    from mediaprep.profiles.cascade import fact
    from mediaprep.profiles.compose import chain, channels, entries, senders
    from mediaprep.profiles.why import origin_of

    line = chain(loaded, file)
    spoken = [*channels(loaded, file)]
    spoken += [c for item in line for c in loaded.value(item).get("per_channel", {}) if c not in spoken]
    rows = [
        {"channel": channel, "sender": sender, "path": path, "value": entry.value,
         **origin_of(fact(entry, loaded.registry))}
        for channel in spoken
        for sender in (None, *sorted(senders(loaded, file, channel)))
        for path, entry in sorted(entries(loaded, file, channel, sender).items())
        if sender is None or entry.where.split(".")[-len(path.split(".")) - 1 :][0] == sender
    ]  # fmt: skip
    record = {"schema": SHOW_SCHEMA, **_summary(loaded, file.name), "line": [item.name for item in line]}
    if as_json:
        click.echo(json.dumps({**record, "document": loaded.value(file), "entries": rows}))
        return
    _say(_shown(record, loaded.value(file), rows))


def _shown(record: Mapping[str, Any], document: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    from mediaprep.profiles.cascade import plain, without_origin

    yield f"{record['name']}: {record['title']} ({record['role']}, {record['status']})"
    yield f"  {record['path']}"
    if len(record["line"]) > 1:
        yield f"  extends {' -> '.join(record['line'][1:])}"
    for key in (
        "countries",
        "regions",
        "aliases",
        "plmns",
        "channels",
        "merged_into",
        "valid_from",
        "valid_until",
        "notes",
    ):
        if document.get(key):
            value = plain(document[key])
            yield f"  {key}: {', '.join(value) if isinstance(value, list) else str(value).strip()}"
    for row in rows:
        who = "" if row["sender"] is None else f" [{row['sender']}]"
        place = "" if row["profile"] == record["name"] else f" (from {row['profile']})"
        yield f"  {row['path']}{who}: {_value(row['value'])}{place}"
    for carrier, cells in document.get("carriers", {}).items():
        yield f"  to {carrier}: " + "; ".join(
            f"{sender} {_value(size)}" for sender, size in without_origin(cells).items()
        )


def _value(node: Any) -> str:
    """Write an entry on one line: figures bare, with the source in brackets."""
    if isinstance(node, dict):
        if "value" in node or "values" in node:
            source = node.get("source")
            bare = _value(node.get("value", node.get("values")))
            return f"{bare} [{', '.join(source) if isinstance(source, list) else source}]" if source else bare
        return ", ".join(f"{key} {_value(value)}" for key, value in node.items())
    if isinstance(node, list):
        return "; ".join(map(_value, node)) if any(isinstance(i, dict) for i in node) else ", ".join(map(str, node))
    if isinstance(node, int) and not isinstance(node, bool):
        return f"{node:,}"
    return str(node).lower() if isinstance(node, bool) else str(node)


@_profiles.command("check", cls=ConfiguredCommand)
@click.argument("folder", nargs=-1, shell_complete=folders)
@profiles_option
@_json
def _check(folder: tuple[str, ...], *, profiles: tuple[str, ...], as_json: bool) -> int:
    """Check the profiles in FOLDER (and ours): keys, numbers, sources, names, regions. Exit code 2 for errors."""
    from mediaprep.profiles.checking import check
    from mediaprep.profiles.load import Profiles

    found = check(Profiles.load([*profiles, *folder], faulty=True))
    if as_json:
        record = {
            "schema": CHECK_SCHEMA,
            "documents": found.documents,
            "errors": found.errors,
            "warnings": found.warnings,
        }
        click.echo(json.dumps(record))
    else:
        lines = [*(f"error: {text}" for text in found.errors), *(f"warning: {text}" for text in found.warnings)]
        counts = ", ".join(
            f"{len(items)} {noun}{'' if len(items) == 1 else 's'}"
            for items, noun in ((found.errors, "error"), (found.warnings, "warning"))
        )
        _say([*lines, f"{found.documents} documents: {counts}" if found.documents else counts])
    return 2 if found.errors else 0


@_profiles.command("schema")
def _schema() -> None:
    """Print the JSON Schema of profiles, for editors."""
    from mediaprep.profiles.schema import json_schema

    click.echo(json_schema(), nl=False)


@_profiles.command("diff")
@click.argument("old", shell_complete=folders)
@click.argument("new", shell_complete=folders)
@click.option(
    "--impact",
    metavar="OUT",
    shell_complete=folders,
    help="Also say which finished renditions of the batch in OUT the new limits break.",
)
@_json
def _diff(old: str, new: str, *, impact: str | None, as_json: bool) -> None:
    """Say which limits rose, fell, appeared or went between the folders OLD and NEW."""
    from mediaprep.profiles.diff import diff

    changes = diff(Path(old), Path(new))
    if as_json:
        rows = [change._asdict() for change in changes]
        record: dict[str, Any] = {"schema": DIFF_SCHEMA, "old": old, "new": new, "changes": rows}
        if impact is not None:
            record["impact"] = _impact_record(old, new, impact)
        click.echo(json.dumps(record))
        return
    _say([_change(change) for change in changes] or ["no limit changed"])
    if impact is not None:
        for line in _impact_lines(old, new, impact):
            click.echo(printable(line))


def _impact_record(old: str, new: str, out: str) -> dict[str, Any]:
    from mediaprep.batch.impact import Impact, impact

    found = Impact()
    broken = [each.to_record() for each in impact(Path(old), Path(new), out, found)]
    return {
        "out": out, "renditions": found.renditions, "touched": found.touched, "broken": broken,
        "may_fit_now": found.hopeful,
    }  # fmt: skip


def _impact_lines(old: str, new: str, out: str) -> Iterator[str]:
    from mediaprep.batch.impact import Impact, impact

    found = Impact()
    for each in impact(Path(old), Path(new), out, found):
        yield f"  {each.route}: {each.output}: {'; '.join(v.message for v in each.violations)}"
    by_route = ", ".join(f"{route} {number:,}" for route, number in found.routes.items())
    yield (
        f"{found.broken:,} of {found.renditions:,} renditions in {out} break a limit that changed"
        + (f" ({by_route})" if by_route else "")
        + (f"; {found.hopeful:,} outcomes without a rendition may fit now" if found.hopeful else "")
    )


def _change(change: Any) -> str:
    before = "" if change.old is None else _value(list(change.old) if isinstance(change.old, tuple) else change.old)
    after = "" if change.new is None else _value(list(change.new) if isinstance(change.new, tuple) else change.new)
    values = f"{before} -> {after}" if before and after else before or after
    return f"{change.how:<8}  {change.document} {change.path}: {values}"


COMMAND: click.Command = _profiles
