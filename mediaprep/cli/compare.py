"""``mediaprep compare``: someone's last campaign against another, file by file."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import click

from mediaprep.cli._options import ConfiguredCommand, page_option, route_options
from mediaprep.cli._page import page_file
from mediaprep.cli._routes import RouteWords, resolve
from mediaprep.compare import Comparison, Judged, Pair, Total, total
from mediaprep.legible import printable
from mediaprep.model import Outcome
from mediaprep.reports import View
from mediaprep.units import short_size

_folder = click.Path(path_type=Path)


@click.command("compare", cls=ConfiguredCommand, short_help="Judge two folders of renditions against each other.")
@click.argument("old", type=_folder)
@click.argument("new", type=_folder)
@click.option(
    "--originals", type=_folder, metavar="DIR",
    help="The assets that both were made from: adds scores, codes that no longer scan, what lies on its side, "
    "animations that stopped.",
)  # fmt: skip
@route_options
@click.option("--json", "as_json", is_flag=True, help="One record (mediaprep.comparison/1) a pair and line.")
@page_option
@click.option(
    "--isolation", type=click.Choice(["workers", "none"]), default="workers", show_default=True,
    help="Decode in limited worker processes, or in this one (for assets that you trust).",
)  # fmt: skip
def _compare(
    *, old: Path, new: Path, originals: Path | None, as_json: bool, report: str | None,
    isolation: Literal["workers", "none"], **given: Any,
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
            if page is not None:
                page.add(list(_sides(pair, several=len(routes) > 1)), pair.original)
    if not as_json:
        _write_table(pairs)
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


def _write_table(pairs: Sequence[Pair]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
    table = Table(box=None, pad_edge=False)
    for heading in ("ASSET", "ROUTE", "OLD", "", "NEW", ""):
        table.add_column(heading, overflow="fold")
    for pair in pairs:
        table.add_row(printable(pair.asset), printable(pair.route), *_words(pair.old), *_words(pair.new))
    console.print(table)
    old, new = (total([j for j in (getattr(p, s) for p in pairs) if j is not None]) for s in ("old", "new"))
    console.print()
    sums = Table(box=None, pad_edge=False)
    for heading, justify in (("", "left"), ("OLD", "right"), ("NEW", "right")):
        sums.add_column(heading, justify="right" if justify == "right" else "left")
    for row in _sums(old, new):
        sums.add_row(*row)
    console.print(sums)


def _words(judged: Judged | None) -> tuple[str, str]:
    if judged is None:
        return "-", "missing"
    like = judged.likeness
    faults = [
        *(["over the limit"] if judged.over_limit else []),
        *([v.code for v in judged.outcome.violations if v.name not in ("over_limit", "over_ingest_limit")]),
        *(["GPS"] if judged.gps else []),
        *(["sideways"] if judged.sideways else []),
        *(["stopped"] if like and like.stopped else []),
        *([f"{like.codes_lost} codes lost"] if like and like.codes_lost else []),
    ]
    score = f", {like.score:.0f}" if like is not None and like.score is not None else ""
    return f"{short_size(judged.outcome.size_bytes or 0)}{score}", ", ".join(faults) or "fine"


def _sums(old: Total, new: Total) -> Iterator[tuple[str, str, str]]:
    rows = (
        ("files", "files"), ("bytes", "size_bytes"), ("mean score", "mean_score"), ("over the limit", "over_limit"),
        ("unreadable files", "refused"), ("codes that no longer scan", "codes_lost"), ("GPS left in", "gps"),
        ("on their side", "sideways"), ("stopped animations", "stopped"),
    )  # fmt: skip
    for label, name in rows:
        values = (getattr(old, name), getattr(new, name))
        if values == (None, None):
            continue
        yield label, _shown(name, values[0]), _shown(name, values[1])


def _shown(name: str, value: float | None) -> str:
    if value is None:
        return "-"
    return short_size(int(value)) if name == "size_bytes" else f"{value}"


COMMAND: click.Command = _compare
