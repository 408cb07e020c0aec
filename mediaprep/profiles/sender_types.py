"""Which types of sender the profiles of a route name: those by which a message can be sent there."""

from __future__ import annotations

from collections.abc import Iterator

from mediaprep.errors import RouteError
from mediaprep.limits import Route
from mediaprep.profiles.cascade import without_origin
from mediaprep.profiles.cells import ANY, all_cells
from mediaprep.profiles.compose import senders, stated
from mediaprep.profiles.destinations import destinations
from mediaprep.profiles.files import ProfileFile
from mediaprep.profiles.load import Profiles


def sender_types(profiles: Profiles, route: Route) -> dict[str, frozenset[str]]:
    """Give the profiles of a route that name types of sender, each with those that it names.

    A provider names them by its figures, rates and registrations, a carrier by its figures, a region by its carriers.
    Empty where no profile says anything: that a type is not named means something only where others are.
    """
    found = {file.name: _named(profiles, file, route.channel) for file in _files(profiles, route)}
    return {name: types for name, types in found.items() if types}


def _files(profiles: Profiles, route: Route) -> Iterator[ProfileFile]:
    provider = profiles.find(route.provider) if route.provider is not None else None
    if provider is not None:
        yield provider
    try:
        members = destinations(profiles, route.name, lambda _: True)
    except RouteError:  # a route of a size alone has no names
        return
    yield from (member.target.file for member in members if member.target.file is not None)


def _named(profiles: Profiles, file: ProfileFile, channel: str) -> frozenset[str]:
    found = set(senders(profiles, file, channel))
    if file.role == "provider":
        rates = stated(profiles, file.name, "messages_per_s").get(channel, {})
        carriers = stated(profiles, file.name, "carriers")
        cells = {name for carrier in carriers for name, _ in all_cells(profiles, file, carrier) if name != ANY}
        found |= cells | set(stated(profiles, file.name, "registration")) | _types(rates)
    if file.role == "region":
        for other in profiles.files.values():
            if other.role == "carrier" and file.name in profiles.value(other).get("regions", ()):
                found |= senders(profiles, other, channel)
    return frozenset(found)


def _types(table: dict[str, object]) -> set[str]:
    return set(without_origin(table)) - {"account"}
