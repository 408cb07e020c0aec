"""Parts where their provider can fetch them: each distinct file once, under the name that it has in the message."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from mediaprep.errors import UsageError
from mediaprep.hosts import Host
from mediaprep.parts import Part
from mediaprep.plugins import load
from mediaprep.providers import Account, Media, Provider

OWN_STORES: Mapping[str, str] = {"bandwidth": "bandwidth", "aws": "s3"}
"""Hosts that go with a provider: its own store, or the only place that it reads from."""

_NOWHERE = {"url": "https://media.invalid/{name}", "s3": "s3://media.invalid/{name}"}
"""Addresses for a look at the request without sending it (``.invalid`` never exists: RFC 2606)."""


def previewed(parts: Sequence[Part], provider: Provider) -> tuple[Media, ...]:
    """Give the parts with addresses that lead nowhere."""
    where = _NOWHERE.get(provider.media_mode, "{name}")
    found = []
    for part in parts:
        url = where.format(name=part.name)
        found.append(
            Media(media_type=part.media_type, name=part.name, size_bytes=len(part.data), data=part.data, url=url)
        )
    return tuple(found)


def hosted(parts: Sequence[Part], provider: Provider, host_name: str | None) -> tuple[Media, ...]:
    """Publish the parts. Raises UsageError where no host is named or it does not suit the provider."""
    if provider.media_mode == "inline" or not parts:
        return previewed(parts, provider)
    name = host_name or OWN_STORES.get(provider.name)
    if name is None:
        raise UsageError(
            f"{provider.title} fetches media from a URL: say where they are put: --host directory (a folder that a "
            "web server serves) or --host s3"
        )
    host: Host = load("hosts", name)
    if provider.media_mode not in host.serves:
        raise UsageError(f"{provider.title} cannot read from the host {name}; it takes {_wants(provider.media_mode)}")
    account = Account.from_environment(f"the host {name}", host.settings, os.environ)
    found = []
    for part in parts:
        at = host.put(part.data, name=part.name, media_type=part.media_type, account=account, mode=provider.media_mode)
        found.append(Media(media_type=part.media_type, name=part.name, size_bytes=len(part.data), url=at.url))
    return tuple(found)


def _wants(mode: str) -> str:
    return "s3:// addresses: --host s3" if mode == "s3" else "URLs: --host directory or s3"
