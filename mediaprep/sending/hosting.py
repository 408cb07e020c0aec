"""Parts where their provider can fetch them: each distinct file once, under the name that it has in the message."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mediaprep.errors import UsageError
from mediaprep.hosts import Host
from mediaprep.parts import Part
from mediaprep.plugins import load, names
from mediaprep.providers import Account, Media, Provider

Kept = dict[tuple[str, str], tuple[Media, float]]
"""What one sender has published: by host and name, with when. Names hold a hash of the content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A host with the account to use it."""

    host: Host
    account: Account


_KEPT_S = 3600.0
"""How long an address is used again without a look at its host: far less than any of them lasts."""

_NOWHERE = {"url": "https://media.invalid/{name}", "s3": "s3://media.invalid/{name}"}
"""Addresses for a look at the request without sending it (``.invalid`` never exists: RFC 2606)."""


def previewed(parts: Sequence[Part], provider: Provider, host_name: str | None) -> tuple[Media, ...]:
    """Give the parts with addresses that lead nowhere, or ids that are none, as the host would give them."""
    host = None if provider.media_mode == "inline" else _chosen(provider, host_name)
    by_id = host is not None and host.gives_ids
    where = _NOWHERE.get(provider.media_mode, "{name}")
    return tuple(
        Media(
            media_type=part.media_type, name=part.name, size_bytes=len(part.data), data=part.data,
            url=where.format(name=part.name), media_id=f"{{id of {part.name}}}" if by_id else None,
        )
        for part in parts
    )  # fmt: skip


def readied(provider: Provider, host_name: str | None, environment: Mapping[str, str]) -> Ready | None:
    """Load the host that is named, or the provider's own, and its account; None where media go along inline.

    Raises UsageError where none is named, it does not suit the provider, or its variables are missing.
    """
    if provider.media_mode == "inline":
        return None
    host = _chosen(provider, host_name)
    if host is None:
        raise UsageError(
            f"{provider.title} fetches media from a URL: say where they are put: --host directory (a folder that a "
            "web server serves) or --host s3"
        )
    return Ready(host=host, account=Account.from_environment(f"the host {host.name}", host.settings, environment))


def hosted(
    parts: Sequence[Part], provider: Provider, ready: Ready | None, kept: Kept | None = None
) -> tuple[Media, ...]:
    """Publish the parts that ``kept`` does not hold yet."""
    if ready is None:
        return previewed(parts, provider, None)
    host, found = ready.host, []
    for part in parts:
        known = kept.get((host.name, part.name)) if kept is not None else None
        if known is not None and time.monotonic() - known[1] < _KEPT_S:
            found.append(known[0])
            continue
        at = host.put(
            part.data, name=part.name, media_type=part.media_type, account=ready.account, mode=provider.media_mode
        )
        found.append(
            Media(
                media_type=part.media_type, name=part.name, size_bytes=at.size_bytes, url=at.url, media_id=at.media_id
            )
        )
        if kept is not None:
            kept[host.name, part.name] = (found[-1], time.monotonic())
    return tuple(found)


def _chosen(provider: Provider, name: str | None) -> Host | None:
    """Give the host of this name; without one the provider's own, or the only one that it can read; else None.

    Raises UsageError for a host that the provider cannot read.
    """
    readable = {each: host for each in names("hosts") if (host := _readable(each, provider)) is not None}
    if name is None:
        own = [host for host in readable.values() if provider.name in host.serves]
        return own[0] if own else next(iter(readable.values())) if len(readable) == 1 else None
    load("hosts", name)  # a name that is none is said with those that are
    if name not in readable:
        raise UsageError(
            f"{provider.title} cannot read from the host {name}; --host {' or '.join(sorted(readable))} suits it"
        )
    return readable[name]


def _readable(name: str, provider: Provider) -> Host | None:
    host: Host = load("hosts", name)
    return host if host.serves & {provider.media_mode, provider.name} else None
