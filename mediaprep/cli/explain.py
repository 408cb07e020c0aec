"""``mediaprep explain``: what a code means and what to do."""

from __future__ import annotations

import difflib

import click

from mediaprep.cli._complete import codes
from mediaprep.codes import BY_NAME, CODES, Code, find
from mediaprep.errors import UsageError
from mediaprep.plugins import did_you_mean


@click.command("explain", short_help="Say what a code such as MP101 means and what to do.")
@click.argument("code", nargs=-1, shell_complete=codes)
def _explain(code: tuple[str, ...]) -> None:
    """Say what a CODE (MP101, or its name, over_limit) means and what to do; without one, list them all."""
    if not code:
        width = max(len(row.name) for row in CODES.values())
        click.echo("\n".join(f"{row.id}  {row.name:<{width}}  {row.meaning}" for row in CODES.values()))
        return
    click.echo("\n\n".join(_text(_row(item)) for item in code))


def _row(text: str) -> Code:
    row = find(text.replace("-", "_")) or find(f"MP{text}")
    if row is None:
        part = text.lower().replace("-", "_")
        holding = [name for name in BY_NAME if part and part in name]
        close = f"did you mean {' or '.join(holding)}?" if holding else ""
        if not holding and difflib.get_close_matches(text, BY_NAME, cutoff=0.6):
            close = did_you_mean(text, BY_NAME)
        raise UsageError(f"no code {text!r}; {close + ' ' if close else ''}`mediaprep explain` lists all")
    return row


_SEVERITIES = {
    "violation": "violation: as it is, the asset would not arrive whole",
    "warning": "warning: it never changes a verdict",
    "refused": "refused: nothing can be made of this asset (exit code 4)",
    "failed": "failed: not the asset's fault (exit code 5)",
}


def _text(row: Code) -> str:
    return f"{row.id} {row.name} ({_SEVERITIES[row.severity]})\n  {row.meaning}\n  {row.remedy}"


COMMAND: click.Command = _explain
