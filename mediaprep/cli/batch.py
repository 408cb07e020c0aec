"""``mediaprep batch``: ten assets or ten million, resumable."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from mediaprep import api
from mediaprep.batch import Settings, journal_path, journals, run
from mediaprep.batch.plan import Plan, Shard
from mediaprep.batch.reuse import unpacked
from mediaprep.batch.summary import Summary, status
from mediaprep.batch.whole import begun
from mediaprep.cache import MAX_BYTES
from mediaprep.cli._batch_page import write_page
from mediaprep.cli._batch_progress import batch_progress
from mediaprep.cli._batch_text import summary_lines
from mediaprep.cli._complete import files, folders
from mediaprep.cli._exits import FailOn, code_of
from mediaprep.cli._group import Commands
from mediaprep.cli._options import (
    ConfiguredCommand,
    bound_option,
    cache_options,
    fit_options,
    fit_options_from,
    page_option,
    route_options,
    size_option,
)
from mediaprep.cli._routes import RouteWords, load_profiles, resolve
from mediaprep.errors import UsageError
from mediaprep.journal import Entry, Journal
from mediaprep.legible import printable
from mediaprep.model import Outcome, Verdict
from mediaprep.options import Bounds, FitOptions
from mediaprep.plugins import names
from mediaprep.reports import View
from mediaprep.storage import is_url

_ROUTE_WORDS = ("to", "via", "sender", "max_bytes", "profiles")
_SETTINGS = ("engine", "jobs", "memory_bytes", "scheduler", "cache", "cache_max_bytes")
_AGAIN = tuple(v for v in Verdict if v is not Verdict.NEEDS_FIT)


@click.group("batch", cls=Commands, short_help="Fit ten assets or ten million, resumable.")
def _batch() -> None:
    """Fit many assets: a manifest, a folder or a glob. What is finished is never done again.

    MANIFEST is CSV, JSON Lines or YAML with the columns asset, routes (groups separated by ;) or audience
    (att=0.4;verizon=0.3), and the names of fit's options; its paths begin at its own folder.
    """


def _engine_options(command: Any) -> Any:
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Outcome records as assets finish, then the summary."),
        click.option(
            "--scheduler", metavar="ADDRESS", help="A Dask cluster, as in tcp://host:8786; for --engine dask.",
        ),
        click.option(
            "--limit-memory", "memory_bytes", type=click.UNPROCESSED, callback=size_option, metavar="M",
            help="Memory for all workers together, as in 2GB; where it is tight, fewer run at once.",
        ),
        click.option(
            "--engine", type=click.Choice(names("executors")), default="processes", show_default=True,
            help="Where the work is done.",
        ),
        click.option(
            "--jobs", type=click.IntRange(min=1), metavar="N", help="Assets worked on at once.  [default: CPUs]"
        ),
    ):  # fmt: skip
        command = option(command)
    return command


@_batch.command("run", cls=ConfiguredCommand)
@click.argument("manifest", shell_complete=files)
@click.option(
    "-o",
    "--out",
    required=True,
    metavar="OUT",
    shell_complete=folders,
    help="The folder for renditions and the journal.",
)
@route_options
@fit_options
@click.option("--shard", default="1/1", metavar="I/N", help="Do only part I of N, for queues of your own.")
@click.option(
    "--fail-on", type=click.Choice(["violation", "warning", "never"]), default="violation", show_default=True,
    help="What makes the exit code 3 or 4.",
)  # fmt: skip
@cache_options
@page_option
@bound_option
@_engine_options
def _run(
    *, manifest: str, out: str, shard: str, as_json: bool, fail_on: FailOn, report: str | None, **given: Any
) -> int:
    """Fit the assets of MANIFEST (or a folder, or a glob in quotes) into OUT; start it again to go on.

    Exit code: as for fit.
    """
    words = RouteWords(**{name: given[name] for name in _ROUTE_WORDS})
    part = Shard.read(shard)
    code = _carry_out(manifest, out, words, fit_options_from(given), part, given, as_json=as_json, fail_on=fail_on)
    if report is not None:
        write_page(report, out, [journal_path(out, part)])
    return code


@_batch.command("status")
@click.argument("out", shell_complete=folders)
@click.option("--records", is_flag=True, help="The outcome record of every finished asset, one per line.")
@click.option("--json", "as_json", is_flag=True, help="The summary's record instead of text.")
@page_option
def _status(*, out: str, records: bool, as_json: bool, report: str | None) -> int:
    """Say how far the batch in OUT is, from its journals; also while it runs."""
    summaries = []
    for path in _journals(out):
        with Journal.read(path) as journal:
            if records:
                for entry in journal.entries():
                    _say_records((unpacked(entry.outcome),))
            else:
                summaries.append(status(journal, out))
    if not records:
        _say_summary(Summary.of_shards(summaries), as_json=as_json)
    if report is not None:
        write_page(report, out, _journals(out))
    return 0


@_batch.command("retry")
@click.argument("out", shell_complete=folders)
@click.option(
    "--only", default="refused,failed", show_default=True, metavar="VERDICTS",
    help="What to try again: refused, cannot_fit, below_floor, failed, fits, fitted; separated by commas.",
)  # fmt: skip
@cache_options
@bound_option
@_engine_options
def _retry(*, out: str, only: str, as_json: bool, **given: Any) -> int:
    """Do the assets of OUT with these verdicts anew, with the manifest and options of their run.

    What is said here (--engine, --cache, --bound ...) takes the place of what was said there.
    """
    verdicts = [verdict.strip() for verdict in only.split(",") if verdict.strip()]
    for verdict in verdicts:
        if verdict not in _AGAIN:
            raise UsageError(f"no verdict is called {verdict!r}; known: {', '.join(_AGAIN)}")
    source = click.get_current_context().get_parameter_source
    said = {name: value for name, value in given.items() if source(name) is not ParameterSource.DEFAULT}
    if said.get("cache") is not None and not is_url(said["cache"]):
        said["cache"] = os.path.abspath(said["cache"])
    codes = []
    for path in [path.absolute() for path in _journals(out)]:  # each run has a folder of its own, which is gone to
        with contextlib.ExitStack() as stack:
            with Journal.read(path) as journal:
                spec = journal.stated("run")
            if spec is None:
                raise UsageError(f"{path} does not say how it was run; start `mediaprep batch run` again")
            _return_to(path, spec, stack)
            now = {**given, **_settings(spec, said)}
            codes.append(
                _carry_out(
                    spec["manifest"], spec["out"], RouteWords(**_plain(spec["routes"])),
                    FitOptions(**_plain(spec["options"])), Shard.read(spec["shard"]), now,
                    as_json=as_json, fail_on=spec["fail_on"], again=verdicts,
                )
            )  # fmt: skip
    return max(codes)


def _return_to(path: Path, spec: Mapping[str, Any], stack: contextlib.ExitStack) -> None:
    """Go to the folder where a run was started. Raises UsageError where it cannot be asked for again from there."""
    again = "start `mediaprep batch run` again"
    try:
        stack.enter_context(contextlib.chdir(spec["folder"]))
    except OSError as error:
        raise UsageError(f"{path} was run in {spec['folder']}, which no longer exists; {again}") from error
    if os.path.realpath(journal_path(spec["out"], Shard.read(spec["shard"]))) != os.path.realpath(path):
        raise UsageError(f"{path} was moved since its run, which wrote to {spec['out']} in {spec['folder']}; {again}")


def _settings(spec: Mapping[str, Any], said: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give a run's settings, but for what is said now; another engine need not know the old one's cluster."""
    kept = dict(spec.get("settings", {}))
    if "bounds" in kept:
        kept["bounds"] = Bounds(**kept["bounds"])
    if "engine" in said:
        kept.pop("scheduler", None)
    return {**kept, **said}


def _plain(said: Mapping[str, Any]) -> Any:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in said.items()}


def _carry_out(
    manifest: str, out: str, words: RouteWords, options: FitOptions, shard: Shard, given: Mapping[str, Any], *,
    as_json: bool, fail_on: FailOn, again: Sequence[str] = (),
) -> int:  # fmt: skip
    profiles = load_profiles(words.profiles)
    plan = Plan(
        routes=resolve(words, profiles) if words.to or words.max_bytes is not None else (),
        resolve=lambda group: api.route(
            group, via=words.via, sender=words.sender, max_bytes=words.max_bytes, profiles=profiles
        ),
        options=options,
        shard=shard,
    )
    settings = Settings(
        out=out, engine=given["engine"], workers=given["jobs"], shard=shard,
        memory_bytes=given["memory_bytes"], scheduler=given["scheduler"], cache=given["cache"],
        cache_max_bytes=given["cache_max_bytes"] or MAX_BYTES, bounds=given["bounds"],
    )  # fmt: skip
    spec = _spec(manifest, out, words, options, shard, fail_on) | {
        "settings": {name: given[name] for name in _SETTINGS} | {"bounds": asdict(given["bounds"])}
    }
    with begun(plan, manifest, settings, spec, again) as (journal, forgotten):
        if again:
            click.echo(f"mediaprep: {forgotten:,} outcomes to do again", err=True)
        return _watched(plan, journal, settings, as_json=as_json, fail_on=fail_on)


def _watched(plan: Plan, journal: Journal, settings: Settings, *, as_json: bool, fail_on: FailOn) -> int:
    """Run, show progress, say the summary or how to go on."""
    view = View(mode="fit", warnings_fail=fail_on == "warning")
    code = 0
    total = plan.total
    with batch_progress(total, quiet=as_json and os.isatty(1)) as watch:

        def tell(outcomes: tuple[Outcome, ...]) -> None:
            nonlocal code
            code = max(code, *(code_of(outcome, view, fail_on) for outcome in outcomes))
            if as_json:
                _say_records(outcomes)
            watch.told(outcomes)

        def tell_kept(entries: tuple[Entry, ...]) -> None:
            nonlocal code
            if as_json or fail_on == "warning":
                tell(tuple(replace(unpacked(entry.outcome), reused="journal") for entry in entries))
                return
            for entry in entries:
                known = Outcome(asset=entry.asset, route=entry.place, verdict=Verdict(entry.verdict))
                code = max(code, code_of(known, view, fail_on))
            watch.kept()

        try:
            summary = run(plan, journal, settings, tell, tell_kept, watch.event)
        except BaseException:
            done = status(journal, settings.out)
            click.echo(
                f"mediaprep: stopped with {done.assets:,} of {total:,} assets finished; the same command goes on from "
                f"there, and `mediaprep batch status {shlex.quote(printable(settings.out))}` shows what is done",
                err=True,
            )
            raise
    _say_summary(summary, as_json=as_json)
    return code


def _spec(
    manifest: str, out: str, words: RouteWords, options: FitOptions, shard: Shard, fail_on: FailOn
) -> dict[str, Any]:
    """Say how the run was asked for, so that ``retry`` can ask for it again."""
    return {
        "manifest": manifest,
        "out": out,
        "folder": os.getcwd(),
        "routes": asdict(words),
        "options": asdict(options),
        "shard": f"{shard.number}/{shard.count}",
        "fail_on": fail_on,
    }


def _journals(out: str) -> Sequence[Path]:
    found = journals(out)
    if not found:
        raise UsageError(
            f"{printable(out)} holds no journal of a batch; `mediaprep batch run MANIFEST -o OUT` makes one"
        )
    return found


def _say_records(outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        click.echo(json.dumps(outcome.to_record(), allow_nan=False, default=str))


def _say_summary(summary: Summary, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(summary.to_record()))
    else:
        click.echo("\n".join(summary_lines(summary)))


COMMAND: click.Command = _batch
