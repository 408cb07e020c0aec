"""``mediaprep receipts``: apply captured web hooks to the journal of what was sent, or ask providers about doubts."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from mediaprep import receipts
from mediaprep.cli._complete import files
from mediaprep.errors import AssetError, UsageError
from mediaprep.legible import printable
from mediaprep.plugins import names
from mediaprep.providers import Notice
from mediaprep.sender import settle
from mediaprep.sending.entry import Entry
from mediaprep.sending.journal import SendJournal
from mediaprep.sending.place import default_journal
from mediaprep.storage import disk_error

SCHEMA = "mediaprep.notice/1"


@click.command("receipts", short_help="Apply receipts to the journal, or ask what became of messages in doubt.")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option(
    "--lookup", is_flag=True, help="Ask the providers about every message that is `unknown`, in place of FILE."
)
@click.option(
    "--via", metavar="PROVIDER", help="The provider, where lines do not name it; with --lookup, the only one to ask."
)
@click.option(
    "--journal",
    metavar="FILE",
    shell_complete=files,
    help="The journal of what was sent to whom.  [default: one per user]",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON record (mediaprep.notice/1) per receipt.")
def _receipts(*, file: Path | None, lookup: bool, via: str | None, journal: str | None, as_json: bool) -> int:
    """Verify each receipt in FILE and write what it says into the journal; or, with --lookup, ask the providers.

    FILE has one JSON object a line: provider, url (as it was called), headers, and body (or body_base64).

    Exit code: 0 all were read, or no doubt is left; 2 the call or the file is off; 4 a receipt is not to be believed
    or cannot be read; 5 a message is still in doubt.
    """
    if (file is None) != lookup:
        raise UsageError("name a FILE of receipts, or ask the providers with --lookup (one of the two)")
    where = Path(journal) if journal else default_journal(Path("outbox").absolute(), live=True)
    if file is None:
        return _asked(where, via, as_json=as_json)
    return _applied(list(_lines(file, via)), where, as_json=as_json)


def _applied(lines: list[tuple[str, str, Mapping[str, Any]]], journal: Path, *, as_json: bool) -> int:
    refused = False
    with SendJournal(journal) as opened:
        for place, provider, line in lines:
            try:
                notices = receipts.parse(provider, _headers(line), _body(line, place), url=str(line.get("url") or ""))
            except AssetError as error:
                refused = True
                click.echo(printable(f"mediaprep: {place}: {error.message}"), err=True)
                continue
            for notice in notices:
                _say(_record(provider, notice, opened.note(provider, notice)), as_json=as_json)
    return 4 if refused else 0


def _asked(journal: Path, via: str | None, *, as_json: bool) -> int:
    if via is not None and via not in names("providers"):
        raise UsageError(f"no provider named {via!r} was sent through; known: {', '.join(names('providers'))}")
    doubts = settle(journal, via=via)
    for doubt in doubts:
        entry = doubt.entry
        notice = Notice(our_id=entry.our_id, receipt=entry.receipt(), carrier=entry.carrier, mcc_mnc=entry.mcc_mnc)
        _say({**_record(entry.provider, notice, entry), "note": doubt.why}, as_json=as_json)
    left = sum(doubt.why is not None for doubt in doubts)
    if not as_json:
        click.echo(f"{len(doubts)} in doubt, {len(doubts) - left} settled, {left} still unknown")
    return 5 if left else 0


def _say(record: Mapping[str, Any], *, as_json: bool) -> None:
    click.echo(json.dumps(record) if as_json else printable(_told(record)))


def _lines(file: Path, via: str | None) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise disk_error(error, file) from error
    except UnicodeDecodeError:
        raise UsageError(f"{file} is not UTF-8 text") from None
    for number, each in enumerate(text.splitlines(), start=1):
        if not each.strip():
            continue
        place = f"{file}:{number}"
        try:
            line = json.loads(each)
        except (ValueError, RecursionError):
            line = None
        if not isinstance(line, dict):
            raise UsageError(f"{place}: not a JSON object; a line has provider, url, headers and body")
        provider = line.get("provider") or via
        if not isinstance(provider, str):
            raise UsageError(f"{place}: it names no provider; add one to the line, or give --via")
        yield place, provider, line


def _headers(line: Mapping[str, Any]) -> dict[str, str]:
    headers = line.get("headers")
    return {str(name): str(value) for name, value in headers.items()} if isinstance(headers, dict) else {}


def _body(line: Mapping[str, Any], place: str) -> bytes:
    if "body_base64" in line:
        try:
            return base64.b64decode(str(line["body_base64"]), validate=True)
        except binascii.Error:
            raise UsageError(f"{place}: body_base64 is not base64") from None
    body = line.get("body")
    return body.encode("utf-8") if isinstance(body, str) else json.dumps(body).encode("utf-8")


def _record(provider: str, notice: Notice, entry: Entry | None) -> dict[str, Any]:
    receipt = notice.receipt
    return {
        "schema": SCHEMA, "provider": provider, "our_id": entry.our_id if entry else notice.our_id,
        "provider_id": receipt.provider_id, "state": str(receipt.state),
        "journal_state": entry.state if entry else None,
        "reason": str(receipt.reason) if receipt.reason else None, "raw_code": receipt.raw_code,
        "detail": receipt.detail, "to": entry.recipient if entry else notice.to,
        "carrier": notice.carrier or (entry.carrier if entry else None),
        "mcc_mnc": notice.mcc_mnc or (entry.mcc_mnc if entry else None),
        "size_bytes": entry.size_bytes if entry else None, "note": None,
    }  # fmt: skip


def _told(record: Mapping[str, Any]) -> str:
    whom = record["our_id"] or f"{record['provider']} {record['provider_id']}"
    reason = f", {record['reason']} ({record['raw_code']})" if record["reason"] else ""
    known = "" if record["journal_state"] else "; the journal holds no such message"
    note = f"; {record['note']}" if record["note"] else ""
    return f"{whom}: {record['state']}{reason}{known}{note}"


COMMAND: click.Command = _receipts
