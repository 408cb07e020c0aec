"""``mediaprep audience``: the carriers of a list of numbers, as shares for a message's file."""

from __future__ import annotations

import json
from pathlib import Path

import click

from mediaprep.cli._options import ConfiguredCommand, profiles_option
from mediaprep.legible import printable

SCHEMA = "mediaprep.audience/1"


@click.command("audience", cls=ConfiguredCommand, short_help="Count the carriers in a look-up service's export.")
@click.argument("numbers", type=click.Path(path_type=Path))
@profiles_option
@click.option("--json", "as_json", is_flag=True, help="One JSON record instead of text.")
def _audience(*, numbers: Path, profiles: tuple[str, ...], as_json: bool) -> int:
    """Count the carriers in NUMBERS (CSV with carrier names or network codes) and print their shares.

    The text form is what message.yaml takes under ``audience``; what no profile covers is said, never guessed.
    """
    from mediaprep.message.audience import count
    from mediaprep.profiles.load import Profiles

    found = count(numbers, Profiles.load([Path(folder) for folder in profiles]))
    if as_json:
        record = {
            "schema": SCHEMA, "numbers": found.numbers, "shares": dict(found.shares), "unknown": found.unknown,
            "unknown_names": dict(found.unknown_names),
        }  # fmt: skip
        click.echo(json.dumps(record))
        return 0
    lines = [f"# {found.numbers:,} numbers; {found.unknown:.1%} on carriers that no profile covers"]
    lines += [f"#   {name}: {number:,}" for name, number in found.unknown_names]
    lines += ["audience:", *(f"  {name}: {share:.4f}" for name, share in found.shares)]
    click.echo("\n".join(map(printable, lines)))
    return 0


COMMAND: click.Command = _audience
