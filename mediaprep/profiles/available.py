"""Whether a route is open: MMS ended, a sender type that may not send, a provider that does not reach there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from mediaprep.limits import Fact
from mediaprep.model import Confidence, Finding, finding
from mediaprep.profiles import handsets
from mediaprep.profiles.cascade import Entry, Layer, Origin, fact
from mediaprep.profiles.compose import chain, countries
from mediaprep.profiles.files import ProfileFile, Target
from mediaprep.profiles.load import Profiles
from mediaprep.profiles.names import DEFAULT_CHANNEL

FALLBACK = "sms_link"
"""What replaces a message that cannot be sent, where a profile names nothing else: an SMS with a link."""


class Closed(NamedTuple):
    """Why a route is closed, and what to send instead."""

    finding: Finding
    fallback: str


def closed(
    profiles: Profiles, target: Target, provider: ProfileFile | None, layers: Sequence[Layer], today: str
) -> Closed | None:
    """Give the reason why a destination cannot be reached, None where it can. ``today`` is YYYY-MM-DD."""
    for layer in layers:
        entry = layer.entries.get("availability")
        item = _last(profiles, target, entry.value, today) if entry is not None else None
        if entry is None or item is None:
            continue
        if not item["available"]:
            return _ended(profiles, layer, entry, item, target.channel)
        if target.file is not None and not _reached(profiles, target.file, item):
            return _beyond(profiles, layer, entry, item, target.channel, target.file)
    if provider is not None and target.file is not None and target.channel == DEFAULT_CHANNEL:
        return _out_of_reach(profiles, target.file, provider)
    return None


def switched_off(profiles: Profiles, target: Target) -> Closed | None:
    """Give the reason why a network whose phones alone are known is closed: MMS is off in every newest row."""
    line = chain(profiles, target.file) if target.file is not None else ()
    rows = handsets.carrier_rows(profiles, line, target.plmn)
    if not handsets.switched_off([row for _, row in rows]):
        return None
    code, row = rows[0]
    origin = Fact(
        value=False, profile=f"handsets/{code[:3]}", where=f"plmns.{code}", source=row["source"], date=row["seen"],
        confidence=Confidence.DEVICE,
    )  # fmt: skip
    return _closed("mms_unavailable", f"every current phone setting for {code} switches MMS off", origin, FALLBACK)


def _last(profiles: Profiles, target: Target, items: Sequence[Any], today: str) -> Any:
    """Give the newest statement about a destination that holds today. Dates compare as text: YYYY, YYYY-MM sort first.

    That some countries or networks are not offered says nothing about the others. Of statements of one date the
    one about the destination comes before those about others, and the narrower before the general one.
    """
    holding = [
        (item.get("since") or "", _reached(profiles, target.file, item), bool(_parts(item)), item)
        for item in items
        if item.get("channel", DEFAULT_CHANNEL) == target.channel
        and (item.get("since") or "") <= today
        and (item.get("until") is None or today < item["until"])
        and (item["available"] or _shut(profiles, target.file, item))
    ]
    return max(holding, key=lambda each: each[:3], default=(None,))[-1]


def _parts(item: Mapping[str, Any]) -> Sequence[str]:
    return item.get("carriers") or item.get("countries") or ()


def _ended(profiles: Profiles, layer: Layer, entry: Entry, item: Any, channel: str) -> Closed:
    origin = fact(entry, profiles.registry, item)
    since = f" since {item['since']}" if item.get("since") else ""
    by_sender = "senders." in entry.where
    name = _called(profiles, layer.name)
    who = f"{name} for {layer.sender} senders" if by_sender else name
    to = f" to {_places(profiles, item)}" if _parts(item) else ""
    fallback = item.get("fallback") or FALLBACK
    if by_sender and layer.role == "channel":
        return _closed(
            "sender_unavailable", f"{channel} has no {layer.sender} senders: {item['note']}", origin, fallback
        )
    note = f" ({item['note']})" if item.get("note") else ""
    return _closed("sender_unavailable" if by_sender else "mms_unavailable",
                   f"{channel} is not offered by {who}{to}{since}{note}", origin, fallback)  # fmt: skip


def _reached(profiles: Profiles, file: ProfileFile | None, item: Mapping[str, Any]) -> bool:
    """Say whether a statement about availability holds for a destination: all of it, or a part of a region."""
    where, whose = item.get("countries"), item.get("carriers")
    if file is None:
        return True
    if where and (here := countries(profiles, file)) and not set(here) & set(where):
        return False
    if not whose or file.role not in ("carrier", "region"):
        return True
    if file.role == "carrier":
        return any(host.name in whose for host in chain(profiles, file))
    return any(file.name in profiles.value(carrier).get("regions", ()) for carrier in _named(profiles, whose))


def _shut(profiles: Profiles, file: ProfileFile | None, item: Mapping[str, Any]) -> bool:
    """Say whether a statement that something is not offered is about the whole of a destination."""
    where, whose = item.get("countries"), item.get("carriers")
    if not where and not whose:
        return True
    here = countries(profiles, file) if file is not None else ()
    if file is None or (where and not (here and set(here) <= set(where))):
        return False
    return not whose or (file.role == "carrier" and _reached(profiles, file, item))


def _named(profiles: Profiles, names: Sequence[str]) -> Iterator[ProfileFile]:
    yield from (file for name in names if (file := profiles.files.get(name)) is not None)


def _beyond(profiles: Profiles, layer: Layer, entry: Entry, item: Any, channel: str, file: ProfileFile) -> Closed:
    code = "sender_unavailable" if "senders." in entry.where else "mms_unavailable"
    text = f"{_reach(profiles, layer, entry, item, channel)}, not {_called(profiles, file.name)}"
    return _closed(code, text, fact(entry, profiles.registry, item), item.get("fallback") or FALLBACK)


def _reach(profiles: Profiles, layer: Layer, entry: Entry, item: Any, channel: str) -> str:
    name = _called(profiles, layer.name)
    who = f"{name} from {layer.sender} numbers" if "senders." in entry.where else name
    return f"{channel} through {who} reaches {_places(profiles, item)} only"


def _places(profiles: Profiles, item: Mapping[str, Any]) -> str:
    """Name the networks or countries of a statement as people do: codes in capitals, or ``us`` reads as a word."""
    names = [_called(profiles, name) for name in item.get("carriers", ())]
    return ", ".join(names or [code.upper() for code in item.get("countries", ())])


def _called(profiles: Profiles, name: str) -> str:
    """Give a network's or provider's title; a region is its countries' codes in capitals."""
    file = profiles.files.get(name)
    if file is None:
        return name
    here = countries(profiles, file) if file.role == "region" else ()
    return ", ".join(here).upper() or str(profiles.value(file)["title"])


def partly(profiles: Profiles, target: Target, layers: Sequence[Layer], today: str) -> Iterator[Finding]:
    """Warn where some networks of a region are not reached; ``layers`` are those of one named sender."""
    if target.file is None or target.file.role != "region":
        return
    for layer in layers:
        entry = layer.entries.get("availability")
        item = _last(profiles, target, entry.value, today) if entry is not None else None
        if entry is not None and item is not None and item["available"] and item.get("carriers"):
            where = _called(profiles, target.file.name)
            text = f"{_reach(profiles, layer, entry, item, target.channel)}, not every network of {where}"
            origin = fact(entry, profiles.registry, item).provenance()
            remedy = "Name those networks with --to, or send from another type of number."
            yield finding("profile_warning", text, remedy=remedy, limit="availability", **origin)


def _out_of_reach(profiles: Profiles, file: ProfileFile, provider: ProfileFile) -> Closed | None:
    reached, here = countries(profiles, provider), countries(profiles, file)
    if not reached or not here or set(reached) & set(here):
        return None
    item = next(each for each in chain(profiles, provider) if profiles.value(each).get("countries"))
    entry = Entry(profiles.value(item)["countries"], item.name, "countries", Origin().inside(profiles.value(item)))
    name, codes = _called(profiles, provider.name), ", ".join(reached).upper()
    text = f"{name} sends MMS in {codes} only, not in {', '.join(here).upper()}"
    fallback = profiles.value(provider).get("fallback") or FALLBACK
    return _closed("mms_unavailable", text, fact(entry, profiles.registry), fallback)


def _closed(code: str, text: str, origin: Fact, fallback: str) -> Closed:
    remedy = f"Send {fallback} instead."
    return Closed(finding(code, text, remedy=remedy, limit="availability", **origin.provenance()), fallback)
