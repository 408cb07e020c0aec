"""``mediaprep learn``: what receipts say about limits."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from mediaprep import api
from mediaprep.errors import UsageError
from mediaprep.legible import printable
from mediaprep.profiles.load import Profiles
from mediaprep.sending.entry import RANKS
from mediaprep.sending.journal import SendJournal
from mediaprep.sending.learn import Lesson, Observation, lessons
from mediaprep.storage import disk_error

_SQLITE = b"SQLite format 3\0"


@click.command("learn", short_help="Compare receipts with the profiles; propose lower limits, never higher ones.")
@click.argument("receipts", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON record (mediaprep.lesson/1) per network.")
def _learn(*, receipts: Path, as_json: bool) -> int:
    """Compare the sizes that failed and those delivered, for each network, with what the profiles say.

    RECEIPTS is a journal, or what `mediaprep receipts --json` wrote. A limit is only ever proposed to be lowered:
    "delivered" is no proof that a network took a message as it was.
    """
    profiles = Profiles.load()

    def limit_of(network: str, provider: str) -> int | None:
        from mediaprep.message.budget import total_of

        via = provider if profiles.find(provider) is not None else None
        route = api.route(network, via=via, profiles=profiles)
        total = total_of(route, route.limits)
        return total.limit_bytes if total is not None else None

    found = lessons(_observations(receipts), limit_of)
    for lesson in found:
        click.echo(json.dumps(lesson.to_record()) if as_json else printable(_told(lesson)))
    if not found and not as_json:
        click.echo(
            "nothing to learn yet: no receipt that names its network says delivered or too big; apply "
            "receipts with `mediaprep receipts FILE` (those of Bandwidth, AWS, Telnyx, Vonage "
            "and Plivo name it; Twilio's do not)"
        )
    return 0


def _observations(path: Path) -> Iterator[Observation]:
    try:
        with path.open("rb") as stream:
            is_journal = stream.read(len(_SQLITE)) == _SQLITE
        rows = _journal_rows(path) if is_journal else _json_rows(path)
    except OSError as error:
        raise disk_error(error, path) from error
    for row in _messages(rows):
        network = f"plmn:{row['mcc_mnc']}" if row.get("mcc_mnc") else row.get("carrier")
        delivered = row.get("state") == "delivered"
        too_big = row.get("state") == "failed" and row.get("reason") == "too_big"
        size = row.get("size_bytes")
        if isinstance(network, str) and isinstance(size, int) and size > 0 and (delivered or too_big):
            provider = str(row.get("provider") or "")
            yield Observation(network=network, provider=provider, size_bytes=size, delivered=delivered)


def _messages(rows: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Give one row for each message, of its last state: providers call web hooks again, in any order."""
    last: dict[tuple[str, ...], Mapping[str, Any]] = {}
    for number, row in enumerate(rows):
        ids = [str(row[name]) for name in ("our_id", "provider_id") if row.get(name)]
        message = (str(row.get("provider")), *(ids or [str(number), "", ""]))  # without a name it is one of its own
        known = last.get(message)
        if known is None or _rank(row) >= _rank(known):
            last[message] = row
    yield from last.values()


def _rank(row: Mapping[str, Any]) -> int:
    return RANKS.get(str(row.get("state")), -1)


def _journal_rows(path: Path) -> list[Mapping[str, Any]]:
    with SendJournal(path) as journal:
        return [{name: getattr(entry, name) for name in entry.__slots__} for entry in journal.entries()]


def _json_rows(path: Path) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
        if line.strip():
            try:
                row = json.loads(line)
            except (ValueError, RecursionError):
                row = None
            if not isinstance(row, dict):
                raise UsageError(
                    f"{path}:{number}: not a JSON object; give a journal or lines of `mediaprep receipts --json`"
                )
            found.append(row)
    return found


def _told(lesson: Lesson) -> str:
    limit = f"{lesson.limit_bytes:,}" if lesson.limit_bytes is not None else "unknown"
    head = (
        f"{lesson.network} via {lesson.provider}: {lesson.delivered} delivered, {lesson.failed} too big, limit {limit}"
    )
    if lesson.proposed_bytes is None:
        return f"{head}: keep it; {lesson.why}"
    return f"{head}: lower it to {lesson.proposed_bytes:,}; {lesson.why}"


COMMAND: click.Command = _learn
