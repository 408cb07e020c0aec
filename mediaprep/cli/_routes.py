"""From --to, --via, --sender, --max-bytes and --profiles to resolved routes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from mediaprep import api
from mediaprep.errors import RouteError, UsageError
from mediaprep.legible import printable

if TYPE_CHECKING:
    from mediaprep.limits import Route
    from mediaprep.profiles.load import Profiles


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteWords:
    """What was said about the routes, on the command line or in the project's file."""

    to: tuple[str, ...] = ()
    via: str | None = None
    sender: str | None = None
    max_bytes: int | None = None
    profiles: tuple[str, ...] = ()

    def arguments(self) -> list[str]:
        """Give the same as command-line arguments."""
        pairs = [("--to", group) for group in self.to]
        pairs += [("--via", self.via or ""), ("--sender", self.sender or "")]
        pairs += [("--max-bytes", str(self.max_bytes) if self.max_bytes else "")]
        pairs += [("--profiles", folder) for folder in self.profiles]
        return [word for flag, value in pairs if value for word in (flag, value)]


def resolve(words: RouteWords, profiles: Profiles | None = None) -> tuple[Route, ...]:
    """Give one route for each group, each once, with output folders that differ.

    Raises RouteError where nothing says how large a rendition may be, and for names that are unknown.
    """
    if not words.to and words.max_bytes is None:
        raise RouteError(
            "say where the message goes: --to us (ca, au and intl are safe values for other regions; --to att names a "
            "carrier), or give a size of your own with --max-bytes"
        )
    if not words.to:
        if words.via or words.sender:
            raise UsageError("--via and --sender narrow a --to group; name one, as in --to us")
        return (api.route(None, max_bytes=words.max_bytes),)
    profiles = profiles or load_profiles(words.profiles)
    found = [
        api.route(group, via=words.via, sender=words.sender, max_bytes=words.max_bytes, profiles=profiles)
        for group in words.to
    ]
    return _with_folders_of_their_own(list({route.name: route for route in found}.values()))


def load_profiles(folders: Sequence[str]) -> Profiles:
    """Load the shipped profiles once for all groups, and the user's folders, which go before them."""
    from mediaprep.profiles.load import Profiles

    profiles = Profiles.load(folders)
    for note in profiles.notes:
        click.echo(f"mediaprep: note: {printable(note)}", err=True)
    return profiles


def _with_folders_of_their_own(routes: list[Route]) -> tuple[Route, ...]:
    """Put the channel before folders that two routes share (``att`` over mms and over rcs)."""
    folders = [route.folder.casefold() for route in routes]
    return tuple(
        replace(route, folder=f"{route.channel}-{route.folder}") if folders.count(folder) > 1 else route
        for route, folder in zip(routes, folders, strict=True)
    )
