"""``mediaprep compare``: someone's last campaign against another, file by file."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from mediaprep.cli._complete import folders
from mediaprep.cli._options import ConfiguredCommand, isolation_option, page_option, route_options
from mediaprep.cli._page import page_file
from mediaprep.cli._routes import RouteWords, resolve
from mediaprep.compare import Comparison, Judged, Pair, Total, totals
from mediaprep.legible import printable
from mediaprep.model import Outcome
from mediaprep.options import Isolation
from mediaprep.reports import View
from mediaprep.units import short_size

_folder = click.Path(path_type=Path)


@click.command("compare", cls=ConfiguredCommand, short_help="Judge two folders of renditions against each other.")
@click.argument("old", type=_folder, shell_complete=folders)
@click.argument("new", type=_folder, shell_complete=folders)
@click.option(
    "--originals", type=_folder, metavar="DIR", shell_complete=folders,
    help="The assets that both were made from: adds scores, codes that no longer scan, pictures on their side, "
    "animations that stopped.",
)  # fmt: skip
@route_options
@click.option("--all", "everything", is_flag=True, help="Also show what only one side has.")
@click.option("--json", "as_json", is_flag=True, help="One JSON record (mediaprep.comparison/1) per pair.")
@page_option
@isolation_option
def _compare(
    *, old: Path, new: Path, originals: Path | None, everything: bool, as_json: bool, report: str | None,
    isolation: Isolation, **given: Any,
) -> int:  # fmt: skip
    """Judge the files of OLD and NEW, paired by their path without its suffix, on each route.

    What is over the limit, bytes, likeness to the originals, bar codes that no longer scan, GPS left in, pictures on
    their side, animations that stopped.

    Exit code: 0 nothing in NEW breaks a limit; 2 the call is off; 3 something in NEW does.
    """
    routes = resolve(RouteWords(**{name: given[name] for name in ("to", "via", "sender", "max_bytes", "profiles")}))
    pairs: list[Pair] = []
    title = f"{old} and {new}"
    with (
        Comparison(old, new, routes, originals, isolation) as comparison,
        page_file(report, View(mode="compare"), isolation=isolation, title=title) as page,
    ):
        for pair in comparison.pairs():
            pairs.append(pair)
            if as_json:
                click.echo(json.dumps(pair.to_record()))
            if page is not None and (everything or (pair.old and pair.new)):
                page.add(list(_sides(pair, several=len(routes) > 1)), pair.original)
        if page is not None:
            page.sums = tuple(sums_of(*totals(pairs)))
    if not as_json:
        _write_table(pairs, everything=everything)
    broken = any(pair.new and pair.new.outcome.violations for pair in pairs)
    return 3 if broken else 0


def _sides(pair: Pair, *, several: bool) -> Iterator[Outcome]:
    """Give both sides as outcomes of one asset, each as a rendition of the original."""
    where = f" ({pair.route})" if several else ""
    for side, judged in (("old", pair.old), ("new", pair.new)):
        if judged is None:
            continue
        outcome = judged.outcome
        sha = outcome.source_sha256
        yield replace(
            outcome, asset=pair.asset, route=f"{side}{where}", output=str(judged.path),
            output_sha256=sha, source_sha256=f"original of {sha}",
        )  # fmt: skip


def _write_table(pairs: Sequence[Pair], *, everything: bool) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
    several = len({pair.route for pair in pairs}) > 1
    table = Table(box=None, pad_edge=False)
    for heading in ("ASSET", *(("ROUTE",) if several else ()), "OLD", "", "NEW", ""):
        table.add_column(heading, overflow="fold")
    alone = [pair for pair in pairs if pair.old is None or pair.new is None]
    for pair in pairs:
        if everything or pair not in alone:
            route = (printable(pair.route),) if several else ()
            table.add_row(printable(pair.asset), *route, *_words(pair.old), *_words(pair.new))
    console.print(table)
    if alone and not everything:
        only = [sum(getattr(pair, side) is not None for pair in alone) for side in ("old", "new")]
        console.print(f"Only in OLD: {only[0]}, only in NEW: {only[1]}; not in the sums (--all lists them).")
    console.print()
    sums = Table(box=None, pad_edge=False)
    for heading, justify in (("", "left"), ("OLD", "right"), ("NEW", "right")):
        sums.add_column(heading, justify="right" if justify == "right" else "left")
    for row in sums_of(*totals(pairs)):
        sums.add_row(*row)
    console.print(sums)


def _words(judged: Judged | None) -> tuple[str, str]:
    if judged is None:
        return "-", "missing"
    score = judged.likeness.score if judged.likeness is not None else None
    said = f"{short_size(judged.outcome.size_bytes or 0)}{f', {score:.0f}' if score is not None else ''}"
    return said, ", ".join(judged.faults) or "fine"


def sums_of(old: Total, new: Total) -> Iterator[tuple[str, str, str]]:
    """Give what is summed up, with both sides' figures in words."""
    rows = (
        ("files", "files"), ("bytes", "size_bytes"), ("mean score", "mean_score"), ("over the limit", "over_limit"),
        ("unreadable files", "refused"), ("codes that no longer scan", "codes_lost"), ("GPS left in", "gps"),
        ("on their side", "sideways"), ("stopped animations", "stopped"),
    )  # fmt: skip
    for label, name in rows:
        values = (getattr(old, name), getattr(new, name))
        if values != (None, None):
            yield label, _shown(name, values[0]), _shown(name, values[1])


def _shown(name: str, value: float | None) -> str:
    if value is None:
        return "-"
    return short_size(int(value)) if name == "size_bytes" else f"{value}"


COMMAND: click.Command = _compare
