"""Progress of a batch on stderr, for terminals only: assets and bytes done, rate, estimate, and what takes long now."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mediaprep.job import AssetStarted, Event, OutcomeReady
from mediaprep.legible import printable
from mediaprep.model import Outcome

SLOW_S = 3.0
"""Work on an asset for longer than this is shown by name."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What to call with events and with the outcomes of each row."""

    event: Callable[[Event], None] | None
    told: Callable[[tuple[Outcome, ...]], None]
    kept: Callable[[], None]


def _silent(outcomes: tuple[Outcome, ...]) -> None:
    """Show nothing."""


def _still() -> None:
    """Show nothing."""


@contextlib.contextmanager
def batch_progress(total: int, *, quiet: bool) -> Iterator[Watch]:
    """Show progress over ``total`` assets while the block runs."""
    if quiet or not sys.stderr.isatty():
        yield Watch(None, _silent, _still)
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn(),
        TextColumn("{task.fields[slow]}"),
    )  # fmt: skip
    began = time.monotonic()
    at_work: dict[str, float] = {}
    done = [0, 0]
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total, rate="", slow="")

        def show() -> None:
            elapsed_s = max(time.monotonic() - began, 0.001)
            rate = f"{done[1] / 1e6:,.0f} MB, {done[0] / elapsed_s:,.1f}/s"
            waited = [name for name, since in at_work.items() if time.monotonic() - since > SLOW_S]
            slow = f"slow: {', '.join(escape(printable(name)[-30:]) for name in waited[:3])}" if waited else ""
            bar.update(task, completed=done[0], rate=rate, slow=slow)

        def event(happened: Event) -> None:
            if isinstance(happened, AssetStarted):
                at_work[happened.asset] = time.monotonic()
            elif isinstance(happened, OutcomeReady):
                at_work.pop(happened.outcome.asset, None)
            show()

        def told(outcomes: tuple[Outcome, ...]) -> None:
            done[0] += 1
            done[1] += next((o.source.size_bytes for o in outcomes if o.source is not None), 0)
            for outcome in outcomes:
                at_work.pop(outcome.asset, None)
            show()

        yield Watch(event, told, lambda: told(()))
