"""Progress on stderr, for terminals only."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

from mediaprep.job import AssetStarted, AttemptMade, Event, OutcomeReady, ShareDone
from mediaprep.legible import printable


@contextlib.contextmanager
def progress(total: int, *, quiet: bool) -> Iterator[Callable[[Event], None] | None]:
    """Show a bar over ``total`` outcomes while the block runs; give what to call with events, or None."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)

        def show(event: Event) -> None:
            match event:
                case AssetStarted():
                    bar.update(task, description=_short(event.asset))
                case ShareDone():
                    bar.update(task, description=f"{_short(event.asset)} {event.share:.0%}")
                case OutcomeReady():
                    bar.advance(task)
                case AttemptMade():
                    pass

        def _short(asset: str) -> str:
            return escape(printable(asset)[-40:])

        yield show
