"""``mediaprep providers``: whom messages can be handed to, and which variables their accounts are read from."""

from __future__ import annotations

import click

from mediaprep.cli._complete import providers


@click.command("providers", short_help="List providers, what they take, and their variables.")
@click.option("--markdown", is_flag=True, help="The table of the README.")
@click.argument("name", required=False, shell_complete=providers)
def _providers(*, markdown: bool, name: str | None) -> int:
    """List all providers, or the variables of the environment that NAME's account is read from, and its pace."""
    from mediaprep.plugins import load, names

    if markdown:
        from mediaprep.sending.table import markdown as table

        click.echo(table(), nl=False)
        return 0
    if name is None:
        for each in names("providers"):
            provider = load("providers", each)
            click.echo(f"{each}: {provider.title}; {', '.join(sorted(provider.capabilities))}")
        return 0
    from mediaprep.profiles.compose import stated
    from mediaprep.profiles.load import Profiles
    from mediaprep.sending.pace import stated_lines

    provider = load("providers", name)
    for setting in dict.fromkeys((*provider.settings, *filter(None, [provider.receipt_secret]))):
        words = [setting.meaning, "secret" if setting.secret else "", "" if setting.needed else "not needed"]
        default = f"; default {setting.default}" if setting.default else ""
        click.echo(f"{setting.variable}: {', '.join(filter(None, words))}{default}")
    for channel, kind, per_s in stated_lines(stated(Profiles.load(), name, "messages_per_s")):
        click.echo(f"pace of {channel}, {kind}: {per_s:g} a second (mediaprep send --rate sets another)")
    return 0


COMMAND: click.Command = _providers
