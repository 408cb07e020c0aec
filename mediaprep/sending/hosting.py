"""Parts where their provider can fetch them: each distinct file once, under the name that it has in the message."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mediaprep.errors import UsageError
from mediaprep.hosts import Host
from mediaprep.parts import Part
from mediaprep.plugins import load
from mediaprep.providers import Account, Media, Provider

OWN_STORES: Mapping[str, str] = {"bandwidth": "bandwidth", "plivo": "plivo", "aws": "s3"}
"""Hosts that go with a provider: its own store, or the only place that it reads from."""

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
    name = None if provider.media_mode == "inline" else host_name or OWN_STORES.get(provider.name)
    by_id = name is not None and _suited(name, provider).gives_ids
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
    name = host_name or OWN_STORES.get(provider.name)
    if name is None:
        raise UsageError(
            f"{provider.title} fetches media from a URL: say where they are put: --host directory (a folder that a "
            "web server serves) or --host s3"
        )
    host = _suited(name, provider)
    return Ready(host=host, account=Account.from_environment(f"the host {name}", host.settings, environment))


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


def _suited(name: str, provider: Provider) -> Host:
    """Load a host that this provider can read. Raises UsageError for another."""
    host: Host = load("hosts", name)
    if not host.serves & {provider.media_mode, provider.name}:
        names = [each for each in ("directory", "s3") if provider.media_mode in load("hosts", each).serves]
        names += [own for own in [OWN_STORES.get(provider.name)] if own is not None and own not in names]
        raise UsageError(f"{provider.title} cannot read from the host {name}; --host {' or '.join(names)} suits it")
    return host
