"""What check and fit have in common: assets become jobs, jobs outcomes, outcomes a report and an exit code."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any, Literal

import click

from mediaprep import api
from mediaprep.cache import MAX_BYTES
from mediaprep.cli._exits import FailOn, exit_code
from mediaprep.cli._next import next_steps
from mediaprep.cli._outputs import Outputs
from mediaprep.cli._page import page_file
from mediaprep.cli._progress import progress
from mediaprep.cli._routes import RouteWords, resolve
from mediaprep.errors import UsageError
from mediaprep.job import Job
from mediaprep.limits import Route
from mediaprep.model import Outcome
from mediaprep.options import Bounds, FitOptions, Isolation
from mediaprep.plugins import load
from mediaprep.reports import Report, View
from mediaprep.rlimits import usable_cpus
from mediaprep.storage import disk_error
from mediaprep.walk import STDIN, Asset, find_assets
from mediaprep.workdir import private_folder, remove

_WIDEST = 120
_CHUNK_BYTES = 1_048_576


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One command line, read."""

    mode: Literal["check", "fit"]
    assets: tuple[str, ...]
    routes: RouteWords
    form: str
    everything: bool
    fail_on: FailOn
    workers: int
    isolation: Isolation
    options: FitOptions = field(default_factory=FitOptions)
    out: str | None = None
    dry_run: bool = False
    report: str | None = None
    cache: str | None = None
    cache_max_bytes: int = MAX_BYTES
    bounds: Bounds = field(default_factory=Bounds)

    @classmethod
    def read(cls, mode: Literal["check", "fit"], given: Mapping[str, Any], **more: Any) -> Call:
        """Take the parameters that click collected; those with one meaning and two spellings must agree."""
        if given["as_json"] and given["form"] not in (None, "json"):
            raise UsageError(f"--json and --format {given['form']} contradict each other")
        return cls(
            mode=mode,
            assets=given["asset"],
            routes=RouteWords(**{name: given[name] for name in ("to", "via", "sender", "max_bytes", "profiles")}),
            form="json" if given["as_json"] else given["form"] or "table",
            everything=given["everything"],
            fail_on=given["fail_on"],
            workers=given["jobs"] or usable_cpus(),
            isolation=given["isolation"],
            report=given["report"],
            bounds=given["bounds"],
            cache=given.get("cache"),
            cache_max_bytes=given.get("cache_max_bytes") or MAX_BYTES,
            **more,
        )


def carry_out(call: Call) -> int:
    """Run a check or a fit and give the exit code. Whatever is wrong with the call is raised before any work."""
    routes = resolve(call.routes)
    report: Report = load("reports", call.form)
    with contextlib.ExitStack() as stack:
        scratch = private_folder()
        stack.callback(remove, scratch)
        found = find_assets(call.assets, out=Path(call.out) if call.out not in (None, "-") else None)
        outputs = Outputs.decide(call.out, found, routes, scratch, folders_given=any(map(os.path.isdir, call.assets)))
        if outputs.form == "stdout" and call.form != "table":
            raise UsageError(f"-o - puts the rendition on standard output, where --format {call.form} would go too")
        stream = sys.stderr if outputs.form == "stdout" else sys.stdout
        view = _view(call, stream)
        found = _with_stdin(found, scratch, call.bounds)
        stack.enter_context(outputs.folders_made(dry_run=call.dry_run))
        outcomes: list[Outcome] = []
        page = stack.enter_context(page_file(call.report, view, assets=len(found), isolation=call.isolation))
        done = _results(call, routes, found, outputs, scratch, quiet=call.form == "json" and stream.isatty())
        for asset, results in zip(found, done, strict=True):
            outcomes += results
            _write(stream, report.one(results, view))
            if page is not None:
                page.add(results, asset.path)
        steps = next_steps(outcomes, view, call.assets, call.routes.arguments())
        if outputs.form == "folder" and not call.dry_run:
            outputs.write_index(outcomes, routes)
        if outputs.form != "stdout" or not all(map(view.accepts, outcomes)):
            _write(stream, report.end(outcomes, replace(view, next_steps=steps)))
        if outputs.form == "stdout" and view.accepts(outcomes[0]) and not call.dry_run:
            outputs.copy_to(sys.stdout.buffer)
        return exit_code(outcomes, view, call.fail_on)


def _results(
    call: Call, routes: tuple[Route, ...], found: Sequence[Asset], outputs: Outputs, scratch: Path, *, quiet: bool
) -> Iterator[tuple[Outcome, ...]]:
    """Give each asset's outcomes in order; a folder that could not be listed has its own."""
    jobs = (
        Job(
            asset=asset.name,
            path=asset.path,
            routes=routes,
            mode=call.mode,
            options=call.options,
            bounds=call.bounds,
            outputs=None if call.dry_run else outputs.of(number),
            exact=outputs.exact,
            inside=outputs.inside,
            dry_run=call.dry_run,
            scratch=scratch,
            cache=call.cache,
            cache_max_bytes=call.cache_max_bytes,
        )
        for number, asset in enumerate(found)
        if asset.problem is None
    )
    workers = min(call.workers, len(found))
    with progress(len(found) * len(routes), quiet=quiet) as on_event:
        results = api.run(jobs, workers=workers, isolation=call.isolation, on_event=on_event)
        for asset in found:
            if asset.problem is None:
                yield next(results)
            else:
                yield _unlisted(asset, asset.problem, routes)


def _unlisted(asset: Asset, problem: OSError, routes: tuple[Route, ...]) -> tuple[Outcome, ...]:
    from mediaprep.judge import at_fault

    return at_fault(asset.name, routes, disk_error(problem, asset.path))


def _with_stdin(found: tuple[Asset, ...], scratch: Path, bounds: Bounds) -> tuple[Asset, ...]:
    """Put standard input into a file; what passes the bound on files is cut there, and refused for its size."""
    return tuple(replace(a, path=_spooled(scratch / "stdin", bounds)) if a.name == STDIN else a for a in found)


def _spooled(path: Path, bounds: Bounds) -> Path:
    left = bounds.max_file_bytes + 1
    with path.open("wb") as file:
        while left > 0 and (chunk := sys.stdin.buffer.read(min(left, _CHUNK_BYTES))):
            left -= file.write(chunk)
    return path


def _view(call: Call, stream: IO[str]) -> View:
    terminal = stream.isatty()
    plain = "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb" or os.name == "nt"
    return View(
        mode=call.mode,
        width=min(shutil.get_terminal_size((100, 24)).columns, _WIDEST),
        colour=terminal and not plain,
        everything=call.everything,
        warnings_fail=call.fail_on == "warning",
        allow_below_floor=call.options.allow_below_floor,
    )


def _write(stream: IO[str], text: str) -> None:
    if text:
        click.echo(text, file=stream, nl=False)  # which flushes
