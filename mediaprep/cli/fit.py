"""``mediaprep fit``: write renditions that keep every limit."""

from __future__ import annotations

from typing import Any

import click

from mediaprep.cli._complete import files
from mediaprep.cli._options import (
    ConfiguredCommand,
    assets,
    bound_option,
    cache_options,
    fit_options,
    fit_options_from,
    page_option,
    report_options,
    route_options,
    run_options,
)
from mediaprep.cli._run import Call, carry_out
from mediaprep.errors import UsageError


@click.command("fit", cls=ConfiguredCommand, short_help="Write renditions that keep every limit.")
@assets
@click.option(
    "-o",
    "--out",
    metavar="OUT",
    shell_complete=files,
    help="Where renditions go: a folder; for one asset also a file, or - for stdout.",
)
@route_options
@click.option("--dry-run", is_flag=True, help="Do everything except writing.")
@fit_options
@report_options
@page_option
@cache_options
@run_options
@bound_option
def _fit(*, out: str | None, dry_run: bool, **given: Any) -> int:
    """Write renditions of assets that keep every limit of their routes; assets that need nothing are copied.

    ASSET is a file, a folder (walked without dot files, links, READMEs, scripts and OUT), or - for standard
    input. A folder OUT gets one rendition for each asset, below one folder for each --to group where there are
    several, and index.json with the records of --json.

    Exit code: 0 all done; 2 the call is off and nothing ran; 3 something cannot be fitted, or only below the
    floor; 4 an asset is refused; 5 something failed that is no asset's fault.
    """
    if out is None and not dry_run:
        raise UsageError("say where renditions go: -o FOLDER, -o FILE for one asset, -o - for stdout (or --dry-run)")
    if out == "-" and dry_run:
        raise UsageError("--dry-run writes nothing, so nothing would come out of -o -: leave one of them out")
    return carry_out(Call.read("fit", given, options=fit_options_from(given), out=out, dry_run=dry_run))


COMMAND: click.Command = _fit
