"""One profile as it holds for a channel and a sender: what it extends, its overlays, in the order that decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mediaprep.errors import ProfileError
from mediaprep.plugins import did_you_mean
from mediaprep.profiles.cascade import ORIGIN_KEYS, Entries, Entry, Origin, flatten, plain
from mediaprep.profiles.files import ProfileFile
from mediaprep.profiles.load import Profiles
from mediaprep.profiles.names import DEFAULT_CHANNEL


def chain(profiles: Profiles, file: ProfileFile) -> tuple[ProfileFile, ...]:
    """Give a profile and those it extends, itself first. A profile of the user's may extend the one it replaces.

    Raises ProfileError for a name that does not exist, a role that does not match, and a circle.
    """
    found = [file]
    while (parent := profiles.value(found[-1]).get("extends")) is not None:
        child = found[-1]
        at = profiles.document(child).at(("extends",))
        following = child.replaces if parent == child.name else profiles.files.get(parent)
        if following is None:
            raise ProfileError(
                [f"{at}: no profile {parent!r} to extend; {did_you_mean(parent, profiles.names(child.role))}"]
            )
        if following.role not in (child.role, "channel"):
            raise ProfileError(
                [f"{at}: {parent!r} is a {following.role}; a {child.role} extends a {child.role} or a channel"]
            )
        if following in found:
            raise ProfileError([f"{at}: {' -> '.join(item.name for item in [*found, following])} goes in a circle"])
        found.append(following)
    return tuple(found)


def stated(profiles: Profiles, name: str | None, key: str) -> dict[str, Any]:
    """Give a top-level table of the profile ``name``, such as its ``registration``, over those of what it extends.

    Empty where nobody states it, or no profile has the name.
    """
    file = profiles.find(name) if name is not None else None
    found: dict[str, Any] = {}
    for item in reversed(chain(profiles, file)) if file is not None else ():
        found |= profiles.value(item).get(key) or {}
    return found


def countries(profiles: Profiles, file: ProfileFile) -> tuple[str, ...]:
    """Give the countries that a profile, or the nearest it extends that names any, is about; empty if unknown."""
    return tuple(next((plain(c) for item in chain(profiles, file) if (c := profiles.value(item).get("countries"))), ()))


def channels(profiles: Profiles, file: ProfileFile) -> tuple[str, ...]:
    """Give the channels that a profile speaks about, the main one first."""
    stated = next((c for item in chain(profiles, file) if (c := profiles.value(item).get("channels"))), None)
    if stated:
        return tuple(stated)
    return (file.name,) if file.role == "channel" else (DEFAULT_CHANNEL,)


def senders(profiles: Profiles, file: ProfileFile, channel: str) -> frozenset[str]:
    """Give the sender types that a profile, or one it extends, has entries for."""
    found: set[str] = set()
    for item in chain(profiles, file):
        for document, _, _ in _overlays(profiles, item, channel):
            found.update(document.get("senders", ()))
    return frozenset(found)


def entries(
    profiles: Profiles, file: ProfileFile, channel: str, sender: str | None, place: str | None = None
) -> Entries:
    """Give what holds for a channel and a sender: sender over base, and the child wholly over its parent.

    In a ``place`` (a country, or ``GENERAL``) a size that does not hold there replaces none.
    """
    found: dict[str, Entry] = {}
    for item in reversed(chain(profiles, file)):
        for document, where, origin in _overlays(profiles, item, channel):
            found |= _holding(flatten(document, item.name, where, origin), place)
            special = document.get("senders", {}).get(sender)
            if special is not None:
                outer = (origin or Origin()).inside(document)
                found |= _holding(flatten(special, item.name, f"{where}senders.{sender}.", outer), place)
    return found


GENERAL = "general"
"""No country in particular: what is stated for some, or for all but some, is left out."""


def places(profiles: Profiles, file: ProfileFile | None) -> tuple[str | None, ...]:
    """Give the countries of a destination; where they are unknown, sizes for some and general ones both may hold."""
    return (countries(profiles, file) if file is not None else ()) or (None, GENERAL)


def _holding(stated: Entries, place: str | None) -> Entries:
    return {path: entry for path, entry in stated.items() if place is None or _holds(entry.value, place)}


def _holds(value: Any, place: str) -> bool:
    stated = value if isinstance(value, dict) else {}
    alone, never = stated.get("countries"), stated.get("except_countries")
    if place == GENERAL:
        return not alone and not never
    return (not alone or place in alone) and (not never or place not in never)


def _overlays(
    profiles: Profiles, file: ProfileFile, channel: str
) -> Iterator[tuple[Mapping[str, Any], str, Origin | None]]:
    """Give the parts of one document that speak about a channel: its base, or the part for that channel."""
    document = profiles.value(file)
    if channel == channels(profiles, file)[0] or file.role == "channel":
        yield document, "", None
    elif channel in channels(profiles, file) and "hosting" in document:  # one API takes the media of all its channels
        yield {key: document[key] for key in ("hosting", *ORIGIN_KEYS) if key in document}, "", None
    overlay = document.get("per_channel", {}).get(channel)
    if overlay is not None:
        yield overlay, f"per_channel.{channel}.", Origin().inside(document)
