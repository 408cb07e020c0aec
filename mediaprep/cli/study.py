"""``mediaprep study``: what bytes buy for these assets, and what each further carrier costs."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from mediaprep import api, study
from mediaprep.cli._complete import folders
from mediaprep.cli._options import ConfiguredCommand, assets, route_options, run_options
from mediaprep.cli._progress import progress
from mediaprep.cli._routes import RouteWords, resolve
from mediaprep.errors import UsageError
from mediaprep.legible import printable
from mediaprep.limits import Route
from mediaprep.model import KindName
from mediaprep.naming import insist_on_folder
from mediaprep.options import Isolation
from mediaprep.rlimits import usable_cpus
from mediaprep.walk import STDIN, Asset, find_assets
from mediaprep.workdir import make_folder, private_folder, remove, write_atomically


@click.command("study", cls=ConfiguredCommand, short_help="Say what bytes buy, and what each carrier costs.")
@assets
@click.option(
    "-o",
    "--out",
    required=True,
    metavar="DIR",
    shell_complete=folders,
    help="Where study.csv, study.json and study.png go.",
)
@click.option("--sizes", metavar="SIZES", help="Sizes to try: 50KB..2MB, or a list with commas.  [default: 50KB..2MB]")
@route_options
@run_options
def _study(
    *, asset: tuple[str, ...], out: str, sizes: str | None, jobs: int | None, isolation: Isolation,
    **given: Any,
) -> int:  # fmt: skip
    """Fit each asset to many sizes with one decode: the best score each allows, the knee, the delivery-safe size.

    The knee is the smallest size within one point of the best; the delivery-safe size the largest that every route
    takes. Assets in several folders are summed up by folder, else by kind. Nothing but DIR is written.

    Exit code: 0 done; 2 the call is off; 3 an asset has no score (its reason is named).
    """
    insist_on_folder(out, "-o")
    words = RouteWords(**{name: given[name] for name in ("to", "via", "sender", "max_bytes", "profiles")})
    routes = resolve(words if words.to or words.max_bytes else RouteWords(to=("us",), profiles=words.profiles))
    tried = study.sizes_of(sizes)
    found = [each for each in find_assets(asset, out=Path(out)) if each.problem is None]
    if any(each.name == STDIN for each in found):
        raise UsageError("a study reads its assets more than once; give files or folders, not -")
    make_folder(Path(out))  # before any work: what cannot be made is said now
    theirs = {size for kind in (*study.VISUAL, KindName.VCARD) for _, size in study.safe_sizes(routes, (kind,))}
    every = tuple(sorted({*tried, *theirs}))
    done = _studied(found, routes, every, jobs or usable_cpus(), isolation)
    kinds = {KindName(each.kind) for each in done if each.points} or {KindName.IMAGE}
    limits = study.safe_sizes(routes, kinds)
    steps = study.steps(done, limits)
    click.echo(_table(done, steps, every))
    click.echo(f"Written: {printable(', '.join(_write(Path(out), done, steps, every)))}")
    return 3 if any(each.why for each in done) else 0


def _studied(
    found: Sequence[Asset], routes: Sequence[Route], sizes: Sequence[int], workers: int,
    isolation: Isolation,
) -> list[study.Studied]:  # fmt: skip
    folders = {each.path.parent for each in found}
    scratch = private_folder("study")
    narrow = min(routes, key=lambda route: len(route.limits_for(KindName.IMAGE).types) or 99)
    jobs = (study.job_of(each.name, each.path, narrow.limits_for, sizes, scratch) for each in found)
    done = []
    with contextlib.ExitStack() as stack:
        stack.callback(remove, scratch)
        on_event = stack.enter_context(progress(len(found) * len(sizes), quiet=False))
        results = api.run(jobs, workers=min(workers, len(found)), isolation=isolation, on_event=on_event)
        for each, outcomes in zip(found, results, strict=True):
            group = each.path.parent.name if len(folders) > 1 else str(outcomes[0].kind or "unknown")
            done.append(study.studied(outcomes, group, study.cap_of(narrow.limits_for)))
    return done


def _write(folder: Path, done: Sequence[study.Studied], steps: Sequence[study.Step], sizes: Sequence[int]) -> list[str]:
    """Write the study's files and give their names."""
    from mediaprep.study.plot import plot

    write_atomically(folder / "study.csv", study.csv_text(done).encode("utf-8"))
    write_atomically(folder / "study.json", study.json_text(done, steps).encode("ascii"))
    written = [str(folder / name) for name in ("study.csv", "study.json")]
    if plot(done, steps, sizes, folder / "study.png"):
        return [*written, str(folder / "study.png")]
    click.echo("mediaprep: no study.png: matplotlib is not installed (pip install 'mediaprep[bench]')", err=True)
    return written


def _table(done: Sequence[study.Studied], steps: Sequence[study.Step], sizes: Sequence[int]) -> str:
    import io

    from rich.console import Console
    from rich.table import Table

    console = Console(file=io.StringIO(), width=110, highlight=False, markup=False, emoji=False)
    shown = [size for size in sizes if size in (100_000, 300_000, 600_000, 1_000_000)] or list(sizes[:4])
    table = Table(box=None, pad_edge=False)
    table.add_column("ASSET", overflow="fold")
    for heading in (*(study.size_words(size) for size in shown), "KNEE"):
        table.add_column(heading, justify="right")
    groups = study.groups(done)
    for name, members in groups.items():
        for each in members if len(done) <= 40 else ():
            scores = [f"{each.at(size).seen:.0f}" if each.at(size).score is not None else "-" for size in shown]
            table.add_row(printable(each.asset), *scores, study.size_words(each.knee_bytes))
        if len(members) > 1:
            knees = sorted(each.knee_bytes for each in members if each.knee_bytes is not None)
            means = [f"{study.mean_at(members, size) or 0:.1f}" for size in shown]
            middle = study.size_words(knees[len(knees) // 2] if knees else None)
            table.add_row(f"{printable(name)}: mean of {len(members)}", *means, middle)
    console.print(table)
    for each in done:
        if each.why:
            console.print(f"{printable(each.asset)}: no score: {printable(each.why)}")
    if steps:
        console.print()
        costs = Table(box=None, pad_edge=False)
        for heading in ("ONE RENDITION GOOD FOR", "SAFE SIZE", "MEAN SCORE", "COSTS"):
            costs.add_column(heading, justify="left" if heading.startswith("ONE") else "right")
        for number, step in enumerate(steps):
            plus = "+ " if number else ""
            costs.add_row(
                f"{plus}{step.route}", f"{step.safe_bytes:,} bytes", f"{step.mean_score:.1f}", f"{step.cost:.1f}"
            )
        console.print(costs)
        console.print(f"Delivery-safe size for all of them: {steps[-1].safe_bytes:,} bytes.")
    assert isinstance(console.file, io.StringIO)
    sys.stdout.flush()
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines())


COMMAND: click.Command = _study
