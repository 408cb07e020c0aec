"""``mediaprep check``: what would be refused, recompressed or lost, asset by asset and route by route."""

from __future__ import annotations

from typing import Any

import click

from mediaprep.cli._options import (
    ConfiguredCommand,
    assets,
    bound_option,
    page_option,
    report_options,
    route_options,
    run_options,
)
from mediaprep.cli._run import Call, carry_out


@click.command("check", cls=ConfiguredCommand, short_help="Say what would be refused, recompressed or lost, and why.")
@assets
@route_options
@report_options
@page_option
@run_options
@bound_option
def _check(**given: Any) -> int:
    """Say, asset by asset and route by route, what would be refused, recompressed or lost, and why.

    ASSET is a file, a folder (walked without dot files, links, READMEs and scripts), or - for standard input.

    Exit code: 0 all can be sent as they are; 2 the call is off and nothing ran; 3 something needs a fit or
    cannot be fitted; 4 an asset is refused; 5 something failed that is no asset's fault.
    """
    return carry_out(Call.read("check", given))


COMMAND: click.Command = _check
