"""A batch from its list of assets to its summary: what the library's ``fit_batch`` does."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mediaprep import objects
from mediaprep.batch import Settings, journal_path, run
from mediaprep.batch.manifest import given_rows, read_rows
from mediaprep.batch.plan import Plan, Resolve
from mediaprep.batch.reuse import unpacked
from mediaprep.batch.summary import Summary
from mediaprep.errors import UsageError
from mediaprep.job import OnEvent
from mediaprep.journal import Entry, Journal
from mediaprep.legible import printable
from mediaprep.limits import Route
from mediaprep.model import Outcome
from mediaprep.naming import insist_on_folder
from mediaprep.options import FitOptions
from mediaprep.storage import is_url

Assets = str | Path | Iterable[str | Path | Mapping[str, Any]]
"""A manifest, folder or glob by its name, or paths and rows of the caller's own."""


@contextlib.contextmanager
def begun(
    plan: Plan, assets: Assets, settings: Settings, spec: Mapping[str, Any] | None = None, again: Sequence[str] = ()
) -> Iterator[tuple[Journal, int]]:
    """Load a plan's rows, then give the journal, which keeps ``spec``: how to ask for the run again.

    Outcomes with the verdicts ``again`` are forgotten, once nothing is in the way of making them anew; their number is
    given, too. When the block is left both are closed. Raises as ``Plan.load``, ``Settings.shared`` and
    ``Journal.open`` do, and UsageError where there is nothing to do.
    """
    out = settings.out
    with contextlib.closing(plan):
        insist_on_folder(out, "out:", stores=True)
        named = isinstance(assets, str | Path)
        plan.load(read_rows(str(assets), out) if isinstance(assets, str | Path) else given_rows(assets), out)
        if not plan.rows:
            raise UsageError(f"no assets in {printable(str(assets)) if named else 'the list that was given'}")
        settings.shared()  # raises what is wrong with it
        if is_url(out):
            objects.insist_on_bucket(out)
        with Journal.open(journal_path(out, settings.shard)) as journal:
            forgotten = journal.forget(again) if again else 0
            journal.begin(plan.digest())
            if spec is not None:
                journal.state("run", spec)
            journal.state("planned", plan.total)
            yield journal, forgotten


def fit_all(
    assets: Assets, on: Sequence[Route], options: FitOptions, resolve: Resolve, settings: Settings,
    on_outcomes: Callable[[tuple[Outcome, ...]], None] | None, on_event: OnEvent | None,
) -> Summary:  # fmt: skip
    """Carry out a batch; see ``api.fit_batch``."""

    def tell(outcomes: tuple[Outcome, ...]) -> None:
        if on_outcomes is not None:
            on_outcomes(outcomes)

    def tell_kept(entries: tuple[Entry, ...]) -> None:
        if on_outcomes is not None:
            on_outcomes(tuple(replace(unpacked(entry.outcome), reused="journal") for entry in entries))

    plan = Plan(routes=tuple(on), resolve=resolve, options=options, shard=settings.shard)
    with begun(plan, assets, settings) as (journal, _):
        return run(plan, journal, settings, tell, tell_kept, on_event)
