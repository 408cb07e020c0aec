"""``mediaprep send``: fit a message for one recipient and hand it to a provider, once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from mediaprep import api
from mediaprep.cli._complete import files, folders
from mediaprep.cli._exits import verdict_code
from mediaprep.cli._options import ConfiguredCommand, fit_options, fit_options_from, isolation_option, route_options
from mediaprep.cli._routes import RouteWords, load_profiles, resolve
from mediaprep.errors import UsageError
from mediaprep.legible import printable
from mediaprep.limits import Route
from mediaprep.model import Verdict
from mediaprep.options import Isolation
from mediaprep.plugins import names
from mediaprep.profiles.load import Profiles
from mediaprep.providers import State
from mediaprep.sender import send
from mediaprep.sending import Sent
from mediaprep.sending.numbers import e164, region_of
from mediaprep.sending.options import SendOptions


@click.command("send", cls=ConfiguredCommand, short_help="Fit a message and hand it to a provider, once.")
@click.argument("message", type=click.Path(path_type=Path))
@click.option("--to-number", metavar="+NUMBER", required=True, help="The recipient, one per call, as in +14155550123.")
@click.option("--from", "from_", metavar="NUMBER", help="The sender: a number, a short code, an agent.")
@click.option("--live", is_flag=True, help="Really send. Without it the message goes to a folder, the outbox.")
@click.option("--dry-run", is_flag=True, help="With --live: let the provider check the request and send nothing.")
@click.option("--host", metavar="NAME", help="Where media are put for the provider: directory, s3, or its own store.")
@click.option(
    "--outbox",
    metavar="DIR",
    shell_complete=folders,
    default="outbox",
    show_default=True,
    help="The folder of the outbox.",
)
@click.option(
    "--journal",
    metavar="FILE",
    shell_complete=files,
    help="The journal of what was sent to whom.  [default: one per user]",
)
@click.option("--callback", metavar="URL", help="Where the provider is to send its receipts.")
@click.option(
    "--rate", type=click.FloatRange(min=0), metavar="N",
    help="Messages per second from this sender, across all processes that share the journal; 0: no limit.  "
    "[default: what the provider publishes]",
)  # fmt: skip
@click.option(
    "--fallback/--no-fallback", default=True, help="Go on to the next channel when this one fails for a known reason."
)
@click.option(
    "--fallback-from", metavar="NUMBER", help="The sender of the MMS or SMS that an RCS message falls back to."
)
@click.option("--again", is_flag=True, help="Send even what was already sent, or may have been.")
@click.option(
    "--id", "own_id", metavar="NAME", help="Name the message: what was sent under this id is not sent again.  "
    "[default: its text, subject and assets]",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON record (mediaprep.receipt/1).")
@isolation_option
@route_options
@fit_options
def _send(
    *, message: Path, to_number: str, from_: str | None, live: bool, dry_run: bool, as_json: bool,
    isolation: Isolation, **given: Any,
) -> int:  # fmt: skip
    """Fit MESSAGE (a YAML file) for one recipient and hand it to --via, once: a call made again sends nothing.

    Its account comes from the environment alone (`mediaprep providers NAME` names the variables). The route is --to,
    given once, else the region of the number.

    Exit code: 0 handed over; 2 the call, the file or the account is off; 3 it does not fit, so nothing was sent; 4 a
    part is refused; 5 the provider refused it, or nobody can say whether it has it.
    """
    draft = api.read_message(message)
    sender = draft.sender if from_ is None else from_
    if sender is None:
        raise UsageError("say who sends: --from +14155550100, or sender: in the message's file")
    if dry_run and not live:
        raise UsageError("--dry-run asks the provider itself, so it needs --live; without both, look at the outbox")
    via = given["via"] or draft.via or "outbox"
    if via not in names("providers"):
        raise UsageError(f"no provider named {via!r} can be sent through; known: {', '.join(names('providers'))}")
    if live and via == "outbox":
        raise UsageError("--live needs a provider: --via twilio")
    profiles = load_profiles(given["profiles"])
    options = SendOptions(
        sender_type=given["sender"], host=given["host"], outbox=given["outbox"], journal=given["journal"],
        callback_url=given["callback"], fallback=given["fallback"], fallback_sender=given["fallback_from"],
        dry_run=dry_run, rate_per_s=given["rate"], own_id=given["own_id"],
    )  # fmt: skip
    sent = send(
        draft, to_number, sender, via, options, live=live, on=_route(given, to_number, via, profiles),
        again=given["again"], fit_options=fit_options_from(given), isolation=isolation, profiles=profiles,
    )  # fmt: skip
    click.echo(json.dumps(sent.to_record()) if as_json else "\n".join(map(printable, _told(sent))))
    if sent.state is None:
        return verdict_code(sent.verdict or Verdict.FAILED)
    return 0 if sent.done else 5


def _route(given: dict[str, Any], to_number: str, via: str, profiles: Profiles) -> Route:
    """Give the one route of the recipient: --to, else the region of the number; narrowed by --max-bytes.

    Several groups of mediaprep.toml are a campaign's: which of them is this recipient's, the number does not say.
    """
    to = given["to"]
    if len(to) > 1:
        if click.get_current_context().get_parameter_source("to") is ParameterSource.COMMANDLINE:
            raise UsageError(
                "one message to one recipient has one route: give --to once; a comma means good for all, as in "
                "--to att,verizon"
            )
        region = region_of(e164(to_number), profiles.names())
        note = (
            f"none of the {len(to)} groups in the project's file is used: the number gives {region}; --to names another"
        )
        click.echo(f"mediaprep: note: {printable(note)}", err=True)
        to = (region,)
    known = via if profiles.find(via) is not None else None
    words = RouteWords(
        to=to or (region_of(e164(to_number), profiles.names()),), via=known, sender=given["sender"],
        max_bytes=given["max_bytes"],
    )  # fmt: skip
    (route,) = resolve(words, profiles)
    return route


def _told(sent: Sent) -> Iterator[str]:
    for step in (*sent.earlier, sent):
        yield from _step(step)


def _step(sent: Sent) -> Iterator[str]:
    where = sent.provider if sent.live else f"outbox ({sent.provider})" if sent.provider != "outbox" else "outbox"
    state = sent.state or f"not sent, {sent.verdict}"
    reason = f", {sent.reason}" if sent.reason else ""
    code = f" ({sent.raw_code})" if sent.raw_code else ""
    yield f"{sent.to} by {sent.channel} via {where}: {state}{reason}{code}"
    if sent.our_id is not None:
        ids = f", theirs {sent.provider_id}" if sent.provider_id and sent.live else ""
        yield f"  our id {sent.our_id}{ids}; {sent.size_bytes:,} bytes of media on route {sent.route}"
    yield from (f"  {part.name}: {part.media_type}, {part.size_bytes:,} bytes" for part in sent.media)
    for found in (*sent.violations, *sent.warnings):
        yield f"  {found.code} {found.message}. {found.remedy}"
    if sent.detail and sent.state != State.ACCEPTED:
        yield f"  {sent.detail}"
    if sent.note:
        yield f"  {sent.note}"
    if sent.output:
        yield f"  written to {sent.output}"


COMMAND: click.Command = _send
