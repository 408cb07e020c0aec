"""``mediaprep host``: whether providers will be able to fetch what is hosted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import click

from mediaprep.cli._group import Commands
from mediaprep.errors import UsageError
from mediaprep.legible import printable

_MARKS = {"ok": "x", "warning": "?", "problem": "!"}
_FOR = {"url": "every provider that fetches URLs", "s3": "AWS (s3:// addresses)"}


@click.group("host", cls=Commands, short_help="Check that providers can fetch what is hosted.")
def _host() -> None:
    """Check places where providers fetch media from."""


@_host.command("check", short_help="Fetch a URL as providers do and judge what comes back.")
@click.argument("url")
@click.option("--via", metavar="PROVIDER", help="Also apply what this provider's profile asks of a host.")
@click.option("--json", "as_json", is_flag=True, help="One record.")
def _check(*, url: str, via: str | None, as_json: bool) -> int:
    """Fetch URL by HEAD and by GET, without following redirects, and judge address, type, length and lifetime.

    Exit code: 0 providers can fetch it; 2 the call is off; 3 one will not.
    """
    from mediaprep.sending.fetch import checked

    hosting, source = _hosting(via)
    rules = checked(url, hosting, source=source)
    if as_json:
        record = {"schema": "mediaprep.host/1", "url": url, "via": via, "rules": [asdict(rule) for rule in rules]}
        click.echo(json.dumps(record))
    else:
        for rule in rules:
            asks = f" ({rule.source})" if rule.source and rule.state != "ok" else ""
            click.echo(printable(f"[{_MARKS[rule.state]}] {rule.name}: {rule.why}{asks}"))
    return 3 if any(rule.state == "problem" for rule in rules) else 0


@_host.command("list", short_help="List hosts and their variables.")
def _list() -> int:
    """List where media can be put for providers, and the variables of the environment that each place needs."""
    from mediaprep.plugins import load, names

    for name in names("hosts"):
        host = load("hosts", name)
        readers = [_FOR.get(each, f"messages sent by {each} only") for each in sorted(host.serves, reverse=True)]
        click.echo(f"{name}: for {' and '.join(readers)}")
        for setting in host.settings:
            needed = "" if setting.needed and setting.default is None else " (not needed)"
            click.echo(f"  {setting.variable}: {setting.meaning}{needed}")
    return 0


def _hosting(via: str | None) -> tuple[Mapping[str, Any], str | None]:
    """Give what a provider's profile asks of a host, and the title of the page that says so."""
    if via is None:
        return {}, None
    from mediaprep.plugins import did_you_mean
    from mediaprep.profiles.compose import stated
    from mediaprep.profiles.load import Profiles

    profiles = Profiles.load()
    if profiles.find(via) is None:
        raise UsageError(f"no provider named {via!r}; {did_you_mean(via, profiles.names('provider'))}")
    hosting = stated(profiles, via, "hosting")
    named = hosting.get("source") or ()
    titles = [
        str(profiles.registry[key]["title"])
        for key in ([named] if isinstance(named, str) else named)
        if key in profiles.registry
    ]
    return hosting, "; ".join(titles) or None


COMMAND: click.Command = _host
