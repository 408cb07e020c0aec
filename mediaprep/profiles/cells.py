"""A provider's cells: its own figure for the messages it delivers to one carrier, by type of sender.

With a provider on the route its exact cell takes the place of the carrier's figure; without one, the
smallest cell of the other providers does, marked derived.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mediaprep.profiles.cascade import Entry, Layer, Origin, derived, half, plain, usable, without_origin
from mediaprep.profiles.compose import chain
from mediaprep.profiles.files import ProfileFile
from mediaprep.profiles.load import Profiles

ANY = "any"
"""The cell that holds for every sender."""


def cells(profiles: Profiles, file: ProfileFile, provider: ProfileFile, sender: str | None) -> tuple[Layer, ...]:
    """Give the cells that hold for a carrier, or those of the carriers in a region."""
    if file.role == "region":
        names = [file.name, *_carriers_in(profiles, file.name, provider)]
        found = [least for name in names if (least := _least(profiles, (provider,), (name,), sender)) is not None]
        return tuple(_layer(profiles, entry, sender) for entry in found)
    if file.role != "carrier":
        return ()
    hosts = [item.name for item in chain(profiles, file) if item.role == "carrier"]
    exact = _least(profiles, (provider,), hosts, sender)
    if exact is not None and usable(exact, profiles.registry):
        return (_layer(profiles, exact, sender),)
    own = (exact,) if exact is not None else ()
    mentioned = {item.name: item for host in hosts for item in profiles.mentioning(host) if item.role == "provider"}
    others = [item for name, item in sorted(mentioned.items()) if name != provider.name]
    least = _least(profiles, others, hosts, sender)
    if least is not None and usable(least, profiles.registry):
        note = f"{provider.name} states no figure for {file.name}; the smallest of the others is {least.profile}'s"
        own = (*own, derived(least, note))
    return tuple(_layer(profiles, entry, sender) for entry in own)


def all_cells(profiles: Profiles, provider: ProfileFile, name: str) -> Iterator[tuple[str, Entry]]:
    """Give a provider's cells for one carrier with their senders; its own over those of what it extends."""
    seen: set[str] = set()
    for item in chain(profiles, provider):
        document = profiles.value(item)
        row = document.get("carriers", {}).get(name, {})
        origin = Origin().inside(document).inside(row)
        for sender, size in without_origin(row).items():
            if sender not in seen:
                seen.add(sender)
                yield sender, Entry(size, item.name, f"carriers.{name}.{sender}", origin)


def _least(
    profiles: Profiles, providers: Sequence[ProfileFile], names: Sequence[str], sender: str | None
) -> Entry | None:
    """Give the smallest cell of the providers for the first name that each knows; hearsay only if all is."""
    found: list[tuple[bool, int, str, Entry]] = []
    for provider in providers:
        for name in names:
            here = dict(all_cells(profiles, provider, name))
            if sender is not None:
                here = {key: here[key] for key in ([sender] if sender in here else [ANY]) if key in here}
            for entry in here.values():
                hard = half(entry, "hard")
                stated = plain(hard if hard is not None else half(entry, "target"))
                found.append((not usable(entry, profiles.registry), stated, entry.profile, entry))
            if here:
                break
    return min(found, key=lambda item: item[:3])[3] if found else None


def _carriers_in(profiles: Profiles, region: str, provider: ProfileFile) -> Iterator[str]:
    for item in chain(profiles, provider):
        for name in profiles.value(item).get("carriers", {}):
            carrier = profiles.files.get(name)
            if (
                carrier is not None
                and carrier.role == "carrier"
                and region in profiles.value(carrier).get("regions", ())
            ):
                yield name


def _layer(profiles: Profiles, entry: Entry, sender: str | None) -> Layer:
    held = {"sizes.total": entry}
    for item in chain(profiles, profiles.files[entry.profile]):
        overhead = profiles.value(item).get("sizes", {}).get("overhead")
        if overhead is not None:
            origin = Origin().inside(profiles.value(item)).inside(profiles.value(item)["sizes"])
            held.setdefault("sizes.overhead", Entry(overhead, item.name, "sizes.overhead", origin))
    return Layer("cell", entry.profile, sender, held)
