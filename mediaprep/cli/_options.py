"""Options that commands share. Those of a fit are made from ``FitOptions``: its fields are their one declaration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

import click

from mediaprep.cli._complete import files, folders, groups, profile_names, senders
from mediaprep.errors import UsageError
from mediaprep.options import Bounds, FitOptions
from mediaprep.plugins import names
from mediaprep.units import parse_size

F = TypeVar("F", bound=Callable[..., Any])


class ConfiguredCommand(click.Command):
    """A command whose defaults come from the project's mediaprep.toml; the command line wins."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the file only when the command is to run, so that a fault in it cannot hide the help."""
        if not set(args) & set(ctx.help_option_names):
            ctx.default_map = self._defaults()
        return super().parse_args(ctx, args)

    def _defaults(self) -> dict[str, Any]:
        from mediaprep.config import find_config

        config = find_config(Path.cwd())
        found: dict[str, Any] = {
            "to": config.to or None,
            "via": config.via,
            "sender": config.sender,
            "profiles": tuple(map(str, config.profiles)) or None,
            "jobs": config.jobs,
            "cache": config.cache,
            "cache_max_bytes": config.cache_max_bytes,
            "bounds": config.bounds or None,
            "rate": config.rate,
            **config.fit,
        }
        known = {parameter.name for parameter in self.params}
        return {name: value for name, value in found.items() if value is not None and name in known}


def size_option(ctx: click.Context, param: click.Parameter, value: str | int | None) -> int | None:
    """Read 300000, 300KB or 300KiB (a number, where it comes from a file)."""
    if value is None or isinstance(value, int):
        return value
    try:
        return parse_size(value)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from error


_METAVARS: Mapping[str, str] = {"trim": "[START:]END", "background": "COLOUR"}
_SHARED = ("max_bytes",)


def assets(command: F) -> F:
    """Add ASSET..."""
    return click.argument("asset", nargs=-1, required=True, shell_complete=files)(command)


profiles_option = click.option(
    "--profiles", multiple=True, metavar="DIR", shell_complete=folders,
    help="A folder of profiles, or one of them, that takes precedence over the shipped ones.",
)  # fmt: skip
via_option = click.option(
    "--via", metavar="PROVIDER", shell_complete=profile_names("provider"),
    help="The provider whose API takes the message, e.g. twilio.",
)  # fmt: skip
sender_option = click.option(
    "--sender", metavar="TYPE", shell_complete=senders,
    help="Number type: long_code (10dlc), toll_free, short_code, rcs_agent.",
)  # fmt: skip
isolation_option = click.option(
    "--isolation", type=click.Choice(["workers", "none"]), default="workers", show_default=True,
    help="Decode in limited worker processes, or in this one (for assets that you trust).",
)  # fmt: skip


def route_options(command: F) -> F:
    """Add what names the routes: --to, --via, --sender, --max-bytes, --profiles."""
    size_help = {field.name: field.metadata["help"] for field in fields(FitOptions)}["max_bytes"]
    for option in (
        profiles_option,
        click.option("--max-bytes", type=click.UNPROCESSED, callback=size_option, metavar="N", help=size_help),
        sender_option,
        via_option,
        click.option(
            "--to",
            multiple=True,
            metavar="GROUP",
            shell_complete=groups,
            help="A region (us, ca, au, intl), carrier (att) or channel. A comma means one rendition good for all "
            "(att,verizon); repeat --to for one rendition each.",
        ),
    ):
        command = option(command)
    return command


def report_options(command: F) -> F:
    """Add how outcomes are shown and what fails the run: --format, --json, --all, --fail-on."""
    for option in (
        click.option(
            "--fail-on",
            type=click.Choice(["violation", "warning", "never"]),
            default="violation",
            show_default=True,
            help="What makes the exit code 3 or 4: violations; warnings too; or nothing (a failed tool or disk is "
            "still 5).",
        ),
        click.option("--all", "everything", is_flag=True, help="Show every asset, also those that are fine."),
        click.option("--json", "as_json", is_flag=True, help="The same as --format json: one record per line."),
        click.option(
            "--format",
            "form",
            type=click.Choice(sorted(names("reports"), key="table json github junit".find)),
            help="How to report.  [default: table]",
        ),
    ):
        command = option(command)
    return command


def page_option(command: F) -> F:
    """Add --report: one page of HTML beside whatever else the command says."""
    return click.option(
        "--report", metavar="FILE.html", shell_complete=files,
        help="Also write one self-contained page: verdicts, before and after, reasons. It can be forwarded.",
    )(command)  # fmt: skip


def cache_options(command: F) -> F:
    """Add where renditions are kept: --cache, --cache-max-bytes."""
    for option in (
        click.option(
            "--cache-max-bytes", type=click.UNPROCESSED, callback=size_option, metavar="N",
            help="How much the cache may hold; the least recently used goes first.  [default: 10GB]",
        ),
        click.option(
            "--cache", metavar="PLACE", shell_complete=folders,
            help="A folder or URL of finished renditions, shared by runs and machines; they are not made again.",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


def run_options(command: F) -> F:
    """Add how the work is carried out: --jobs, --isolation."""
    for option in (
        isolation_option,
        click.option(
            "--jobs", type=click.IntRange(min=1), metavar="N", help="Assets worked on at once.  [default: CPUs]"
        ),
    ):
        command = option(command)
    return command


def bound_option(command: F) -> F:
    """Add --bound: another value for one of the bounds on what is read at all."""

    def read(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> Bounds:
        from mediaprep.config import read_bounds

        try:
            return read_bounds(value)
        except UsageError as error:
            raise click.BadParameter(str(error), ctx, param) from error

    return click.option(
        "--bound", "bounds", multiple=True, callback=read, metavar="NAME=VALUE",
        help="Set a bound on what is read at all, as in max_pixels=200000000; SECURITY.md lists them.",
    )(command)  # fmt: skip


def fit_options(command: F) -> F:
    """Add an option for each field of FitOptions that is not shared with ``check``."""
    hints = get_type_hints(FitOptions)
    for field in reversed(fields(FitOptions)):
        if field.name in _SHARED:
            continue
        flag, hint, words = f"--{field.name.replace('_', '-')}", hints[field.name], field.metadata["help"]
        if hint is bool:
            command = click.option(f"{flag}/--no-{flag[2:]}", default=field.default, help=words)(command)
            continue
        choices = field.metadata.get("choices") or tuple(a for a in get_args(hint) if isinstance(a, str))
        command = click.option(
            flag,
            type=click.Choice(choices) if choices else click.STRING,
            metavar=_METAVARS.get(field.name),
            default=None if hint == tuple[str, ...] else field.default,
            multiple=hint == tuple[str, ...],
            show_default=field.default is not None and field.default != (),
            help=words,
        )(command)
    return command


def fit_options_from(given: Mapping[str, Any]) -> FitOptions:
    """Make the value from what was given. A size of one's own is part of the route (``max_bytes``)."""
    return FitOptions(**{f.name: given[f.name] for f in fields(FitOptions) if f.name not in _SHARED})
