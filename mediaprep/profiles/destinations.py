"""From the text of ``--to`` and ``--via`` to profiles: names, aliases, network codes, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from mediaprep.errors import RouteError
from mediaprep.plugins import did_you_mean
from mediaprep.profiles.compose import chain, channels
from mediaprep.profiles.files import ProfileFile, Target
from mediaprep.profiles.load import Profiles
from mediaprep.profiles.names import DEFAULT_CHANNEL, Member, parse_group, plmn


class Destination(NamedTuple):
    """A target with the name it goes by, and what to tell about how it was found."""

    name: str
    target: Target
    remark: str | None = None


Same = Callable[[Sequence[Target]], bool]
"""Says whether several targets come to equal limits, so that it makes no difference which one is meant."""


def find_provider(profiles: Profiles, via: str | None) -> ProfileFile | None:
    """Find the provider named by ``--via``. Raises RouteError for an unknown one, or for a carrier."""
    if via is None:
        return None
    file = profiles.find(via)
    if file is None and via.lower() == "outbox":  # where `send` puts what needs no account
        raise RouteError("the outbox is a folder, which has no limits: leave --via out")
    if file is None:
        raise RouteError(f"no provider {via!r}; {did_you_mean(via.lower(), profiles.names('provider'))}")
    if file.role != "provider":
        raise RouteError(f"{file.name!r} is a {file.role}, not a provider; name it in --to")
    return file


def destinations(profiles: Profiles, group: str, same: Same) -> tuple[Destination, ...]:
    """Find every member of a group, each once. Raises RouteError for what is unknown or ambiguous."""
    known = profiles.names("channel")
    whole = profiles.find(group) if "," in group or "/" in group else None
    members = (Member(None, group),) if whole is not None else parse_group(group, known)
    found = {item.name: item for item in (_member(profiles, member, same) for member in members)}
    return tuple(found.values())


def _member(profiles: Profiles, member: Member, same: Same) -> Destination:
    code = plmn(member.name)
    channel = member.channel or DEFAULT_CHANNEL
    if member.channel is not None:
        _service(profiles, member.channel, member.name)
    prefix = f"{member.channel}/" if member.channel not in (None, DEFAULT_CHANNEL) else ""
    if code is not None:
        target = _network(profiles, code, channel, same)
        return Destination(f"{prefix}plmn:{code}", target)
    file = profiles.find(member.name)
    if file is None:
        raise RouteError(f"no carrier, region or channel {member.name!r}; {_suggestion(profiles, member.name)}")
    if file.role == "provider":
        raise RouteError(f"{file.name!r} is a provider; name a carrier or region: --to us --via {file.name}")
    if file.role == "channel":
        return _channel(profiles, file, member)
    follower = profiles.value(file).get("merged_into")
    if follower is None:
        return Destination(prefix + file.name, Target(channel, file))
    heir = profiles.files.get(follower)
    if heir is None:
        raise RouteError(f"{file.name!r} is merged into {follower!r}, which has no profile")
    remark = f"{file.name} is part of {heir.name} now; the figures of {heir.name} hold"
    return Destination(prefix + file.name, Target(channel, heir), remark)


def _channel(profiles: Profiles, file: ProfileFile, member: Member) -> Destination:
    channel = channels(profiles, file)[0]
    if member.channel not in (None, channel):
        raise RouteError(f"{file.name!r} is a channel itself; write --to {file.name}")
    return Destination(file.name, Target(channel, file))


def _service(profiles: Profiles, channel: str, name: str) -> None:
    """Refuse a content class where a channel belongs."""
    if channels(profiles, profiles.files[channel])[0] != channel:
        raise RouteError(
            f"{channel!r} is a content class, not a channel; to keep both limits write --to {name},{channel}"
        )


def _network(profiles: Profiles, code: str, channel: str, same: Same) -> Target:
    """Find the carrier of a network code. Brands that share it make no difference while their limits are equal."""
    rows = profiles.handsets(code[:3]).get(code, ())
    names = {row["carrier"] for row in rows if row.get("carrier") in profiles.files}
    mentioned = profiles.mentioning(code)
    names |= {f.name for f in mentioned if f.role == "carrier" and code in profiles.value(f).get("plmns", ())}
    # a brand that was merged is its heir now
    names = {profiles.value(profiles.files[name]).get("merged_into", name) for name in names}
    targets = [Target(channel, profiles.files[name], code) for name in sorted(names)]
    if not targets:
        return Target(channel, None, code)
    if len(targets) > 1 and not same(targets):
        raise RouteError(
            f"plmn:{code} is shared by {', '.join(sorted(names))}, whose limits differ; name the one that is meant, "
            f"or all of them for one rendition good for each: --to {','.join(sorted(names))}"
        )
    return min(targets, key=lambda item: _distance(profiles, item.file))


def _distance(profiles: Profiles, file: ProfileFile | None) -> tuple[int, str]:
    """Order carriers that share a network: the host first, then the brands that extend it."""
    return (len(chain(profiles, file)), file.name) if file is not None else (0, "")


def _suggestion(profiles: Profiles, name: str) -> str:
    """Name what was probably meant; never a country by its two letters, which is near to too many other names."""
    files = [file for file in profiles.files.values() if file.role != "provider"]
    known = [file.name for file in files if len(file.name) > 2]
    longer = sorted(each for each in known if each.startswith(f"{name.lower()}_"))
    if longer:
        return f"did you mean {' or '.join(longer)}?"
    aliases = [alias for file in files for alias in profiles.value(file).get("aliases", ()) if len(alias) > 2]
    closest = (did_you_mean(text, names) for text, names in ((name.lower(), known), (name, aliases)))
    return next((text for text in closest if text.startswith("did")), "see `mediaprep profiles list`")
