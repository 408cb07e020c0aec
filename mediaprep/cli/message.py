"""``mediaprep message``: check or fit a whole message: text, subject and parts on one budget."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import click

from mediaprep import api
from mediaprep.cli._complete import folders
from mediaprep.cli._exits import verdict_code
from mediaprep.cli._fold import folded
from mediaprep.cli._group import Commands
from mediaprep.cli._options import (
    ConfiguredCommand,
    bound_option,
    fit_options,
    fit_options_from,
    isolation_option,
    page_option,
    route_options,
)
from mediaprep.cli._page import page_file
from mediaprep.cli._routes import RouteWords, resolve
from mediaprep.errors import RouteError, UsageError
from mediaprep.legible import printable
from mediaprep.limits import Route
from mediaprep.message.audience import Group, weighed
from mediaprep.message.words import choice_lines, message_lines
from mediaprep.model import Verdict
from mediaprep.naming import insist_on_folder
from mediaprep.options import FitOptions, Isolation
from mediaprep.reports import View

_WHOLE = ("  written to ", "    text: ")
"""How lines begin that are copied, and so are never folded."""

_FORMS = ("mime", "mm1", "mm1-retrieve", "mm7")

_message_file = click.argument("message", type=click.Path(path_type=Path))
_json = click.option("--json", "as_json", is_flag=True, help="One JSON record (mediaprep.message/1) per route.")


@click.group("message", cls=Commands, short_help="Check or fit a whole message on one budget.")
def _message() -> None:
    """Check or fit a whole message: text, subject and parts on one budget."""


@_message.command("check", cls=ConfiguredCommand, short_help="Say what is wrong with a message, and what to clear up.")
@_message_file
@route_options
@_json
@page_option
@isolation_option
@bound_option
def _check(*, message: Path, as_json: bool, report: str | None, isolation: Isolation, **given: Any) -> int:
    """Judge MESSAGE (a YAML file) on each route, and end in the checklist that a campaign must pass.

    Exit code: 0 it can be sent as it is; 2 the call or the file is off; 3 it needs a fit or cannot be fitted; 4 a
    part is refused; 5 something failed that is no part's fault.
    """
    return _carry_out(
        "check", message, given, FitOptions(), None, (), as_json=as_json, report=report, isolation=isolation
    )


@_message.command("fit", cls=ConfiguredCommand, short_help="Fit all parts to one budget and write the message.")
@_message_file
@click.option(
    "-o",
    "--out",
    metavar="DIR",
    shell_complete=folders,
    required=True,
    help="Where messages go: a folder, with one inside it for each route.",
)
@click.option(
    "--wire", "wires", multiple=True, type=click.Choice(_FORMS), default=("mime",), show_default=True,
    help="Forms to write: MIME, the PDU of MM1 as sent or as it reaches a phone, the SOAP request of MM7.",
)  # fmt: skip
@route_options
@fit_options
@_json
@page_option
@isolation_option
@bound_option
def _fit(
    *, message: Path, out: str, wires: tuple[str, ...], as_json: bool, report: str | None,
    isolation: Isolation, **given: Any,
) -> int:  # fmt: skip
    """Fit the parts of MESSAGE (a YAML file) within what each route carries, and write the finished message.

    Exit codes as for ``message check``.
    """
    options = fit_options_from(given)
    insist_on_folder(out, "-o")
    return _carry_out(
        "fit", message, given, options, Path(out), wires, as_json=as_json, report=report, isolation=isolation
    )


def _carry_out(
    mode: Literal["check", "fit"], message: Path, given: dict[str, Any], options: FitOptions, out: Path | None,
    wires: tuple[str, ...], *, as_json: bool, report: str | None, isolation: Isolation,
) -> int:  # fmt: skip
    draft = api.read_message(message)
    words = RouteWords(
        to=given["to"] or draft.routes, via=given["via"] or draft.via, sender=given["sender"] or draft.sender_type,
        max_bytes=given["max_bytes"], profiles=given["profiles"],
    )  # fmt: skip
    groups = api.audience_groups(draft, words.via, words.sender) if draft.audience and not words.to else ()
    if not words.to and words.max_bytes is None and not groups:
        raise UsageError("say where the message goes: --to us, or routes: [us] in the message's file")
    try:
        routes = _safe_and_own(groups) if groups else resolve(words)
    except RouteError as error:
        raise draft.placed(error) from error
    title = f"{draft.subject or draft.name}"
    view = View(mode=mode, allow_below_floor=options.allow_below_floor)
    with page_file(report, view, assets=len(draft.parts), isolation=isolation, title=title) as page:
        results = list(
            api.fit_messages(
                draft, routes, out, options, mode=mode, wires=wires, bounds=given["bounds"], isolation=isolation
            )
        )
        if len(groups) > 1:
            results = weighed(groups, results)
        told: set[str] = set()
        for result in results:
            if as_json:
                click.echo(json.dumps(result.to_record()))
            elif result.route not in told:
                click.echo("\n".join(folded(map(printable, message_lines(result, results)), whole=_WHOLE)))
                told.update(result.shared_with)
        if page is not None:
            page.add_message(draft, results)
    if len(groups) > 1 and not as_json:
        click.echo("\n".join(map(printable, choice_lines(groups, results))))
    if mode == "check" and not as_json and any(result.verdict is Verdict.NEEDS_FIT for result in results):
        asked = RouteWords(**{name: given[name] for name in ("to", "via", "sender", "max_bytes", "profiles")})
        said = ["mediaprep", "message", "fit", str(message), *asked.arguments(), "-o", "messages"]
        click.echo(f"Next:\n  {printable(shlex.join(said))}")
    return max((verdict_code(result.verdict) for result in results), default=0)


def _safe_and_own(groups: Sequence[Group]) -> tuple[Route, ...]:
    """Give the one route that is good for all groups, then each group's own."""
    own = tuple(group.route for group in groups)
    if len(own) == 1:
        return own
    every = ",".join(name for group in groups for name in group.names)
    safe = api.route(every, via=own[0].provider, sender=own[0].sender)
    return (replace(safe, folder="safe"), *own)


COMMAND: click.Command = _message
