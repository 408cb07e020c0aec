"""Which documents hold on a route: a stack of layers for each destination, provider, channel and sender.

Inside one document the more specific entry has replaced the general one already; between layers the
narrowest figure will win (``combine.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mediaprep.limits import SenderType
from mediaprep.profiles import handsets
from mediaprep.profiles.available import Closed, closed, switched_off
from mediaprep.profiles.cascade import Layer, derived, has_size
from mediaprep.profiles.cells import cells
from mediaprep.profiles.compose import chain, channels, entries, places
from mediaprep.profiles.files import ProfileFile, Target
from mediaprep.profiles.load import Profiles

Stack = tuple[tuple[Layer, ...], Closed | None]
"""The layers of one destination; without any, why it cannot be reached."""


def stack(profiles: Profiles, target: Target, provider: ProfileFile | None, sender: str | None, today: str) -> Stack:
    """Give the layers of one destination, or why it is closed on the day ``today`` (YYYY-MM-DD).

    Without a sender, and for a sender of which the carrier's documents know no size, the layers of all
    senders: the smallest of them rules. A carrier without any size has a stand-in.
    """
    # all types, not those that these documents name: for a type that a provider has no cell for, another's cell holds
    known = sorted(SenderType)
    options: list[str | None] = [None, *known] if sender is None else [sender]
    found, reason = _open(profiles, target, provider, options, today)
    if reason is not None or target.file is None or target.file.role != "carrier":
        return found, reason
    if sender is not None and not _sized(found, profiles):
        others, _ = _open(profiles, target, provider, [None, *known], today)
        found = (*found, *(layer for layer in others if layer.role in ("carrier", "cell")))
    if not _sized(found, profiles) and target.channel in channels(profiles, target.file):
        found = (*found, *_stand_in(profiles, target, target.file, sender))
        if any(layer.role == "handset" for layer in found):
            reason = switched_off(profiles, target)
    return found, reason


def _open(
    profiles: Profiles, target: Target, provider: ProfileFile | None, options: Sequence[str | None], today: str
) -> Stack:
    """Give the layers of those senders that may send there; closed only if none is left."""
    if target.file is None:
        return tuple(_layers(profiles, target, provider, None)), switched_off(profiles, target)
    found: list[Layer] = []
    reasons: list[Closed] = []
    for option in options:
        layers = tuple(_layers(profiles, target, provider, option))
        why = closed(profiles, target, provider, layers, today)
        if why is None:
            found += layers
        else:
            reasons.append(why)
    return tuple(found), reasons[0] if reasons and not found else None


def _sized(layers: Sequence[Layer], profiles: Profiles) -> bool:
    return any(has_size(item.entries, profiles.registry) for item in layers if item.role in ("carrier", "cell"))


def _layers(profiles: Profiles, target: Target, provider: ProfileFile | None, sender: str | None) -> Iterator[Layer]:
    """Give the layers of one destination for one sender: once, where the same is stated of all its countries."""
    known: list[Layer] = []
    for place in places(profiles, target.file):
        known += (item for item in _in_place(profiles, target, provider, sender, place) if item not in known)
    yield from known


def _in_place(
    profiles: Profiles, target: Target, provider: ProfileFile | None, sender: str | None, place: str | None
) -> Iterator[Layer]:
    """Give the layers of one destination for one sender, as far as it lies in one country."""
    file = target.file
    if file is None:
        yield Layer("handset", f"plmn:{target.plmn}", None, handsets.entries_for(profiles, target.plmn or ""))
    elif file.role == "channel" or target.channel in channels(profiles, file):
        own = dict(entries(profiles, file, target.channel, sender, place))
        found: tuple[Layer, ...] = ()
        if provider is not None and target.channel == channels(profiles, provider)[0]:
            found = cells(profiles, file, provider, sender)
        if file.role == "carrier" and _sized(found, profiles):
            own.pop("sizes.total", None)
        yield from found
        yield Layer(file.role, file.name, sender, own)
    if provider is not None:
        yield Layer("provider", provider.name, sender, entries(profiles, provider, target.channel, sender, place))
    service = profiles.files.get(target.channel)
    if service is not None and service != file:
        yield Layer("channel", service.name, sender, entries(profiles, service, target.channel, sender, place))


def _stand_in(profiles: Profiles, target: Target, file: ProfileFile, sender: str | None) -> Iterator[Layer]:
    """Give what stands in for a carrier of which no A2P figure is known: its phones', else its region's."""
    phones = handsets.entries_of_carrier(profiles, chain(profiles, file), target.plmn)
    if phones:
        yield Layer("handset", file.name, None, phones)
        return
    for name in profiles.value(file).get("regions", ()):
        region = profiles.files.get(name)
        if region is not None:
            note = f"no figure for {file.name} is known; the safe value of its region"
            for place in places(profiles, file):
                sizes = entries(profiles, region, target.channel, sender, place).items()
                yield Layer("region", name, sender, {p: derived(e, note) for p, e in sizes if p.startswith("sizes.")})
