"""``mediaprep cache``: what the cache of renditions holds, and making it smaller."""

from __future__ import annotations

import json

import click

from mediaprep.cache import MAX_BYTES, Cache
from mediaprep.cli._group import Commands
from mediaprep.cli._options import ConfiguredCommand, cache_options
from mediaprep.errors import UsageError
from mediaprep.legible import printable
from mediaprep.units import format_size

SCHEMA = "mediaprep.cache/1"

_json = click.option("--json", "as_json", is_flag=True, help="One JSON record instead of text.")


@click.group("cache", cls=Commands, short_help="Inspect the cache of renditions, or prune it.")
def _cache() -> None:
    """Inspect the cache of renditions, or prune it."""


@_cache.command("info", cls=ConfiguredCommand)
@cache_options
@_json
def _info(*, cache: str | None, cache_max_bytes: int | None, as_json: bool) -> None:
    """Say how much the cache holds."""
    found = _named(cache, cache_max_bytes)
    held = found.held()
    if as_json:
        record = {"schema": SCHEMA, "cache": found.where, "entries": held.entries, "size_bytes": held.size_bytes,
                  "max_bytes": found.max_bytes, "removed_entries": 0, "removed_bytes": 0}  # fmt: skip
        click.echo(json.dumps(record))
        return
    click.echo(
        f"{printable(found.where)}: {held.entries:,} entries, {format_size(held.size_bytes)} of at most "
        f"{format_size(found.max_bytes)}"
    )


@_cache.command("prune", cls=ConfiguredCommand)
@cache_options
@_json
def _prune(*, cache: str | None, cache_max_bytes: int | None, as_json: bool) -> None:
    """Remove what was used longest ago until the cache keeps its bound."""
    found = _named(cache, cache_max_bytes)
    removed = found.prune(found.max_bytes)
    held = found.held()
    if as_json:
        record = {"schema": SCHEMA, "cache": found.where, "entries": held.entries, "size_bytes": held.size_bytes,
                  "max_bytes": found.max_bytes, "removed_entries": removed.entries,
                  "removed_bytes": removed.size_bytes}  # fmt: skip
        click.echo(json.dumps(record))
        return
    click.echo(
        f"{printable(found.where)}: removed {removed.entries:,} entries ({format_size(removed.size_bytes)}); "
        f"{held.entries:,} entries, {format_size(held.size_bytes)} are left"
    )


def _named(cache: str | None, max_bytes: int | None) -> Cache:
    if cache is None:
        raise UsageError("name a cache with --cache PLACE, or as `cache` in mediaprep.toml")
    return Cache(cache, MAX_BYTES if max_bytes is None else max_bytes)


COMMAND: click.Command = _cache
