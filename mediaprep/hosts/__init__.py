"""The seam of hosts: where providers fetch media from. One file is one host, ending in ``HOST: Host = ...``.

Of the providers' own stores, Bandwidth's and Plivo's hold files for messages. Telnyx's is for fax and voice
(developers.telnyx.com/docs/media/media-api), Twilio's for its Conversations API
(twilio.com/docs/conversations/api/media-resource), Vonage's for calls, and Sinch keeps whole messages (``savemms``),
no files: these four fetch from any host.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from mediaprep.providers import Account, Setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosted:
    """A file where a provider can fetch it: one URL for each distinct file, a short ASCII name, its right type."""

    url: str
    name: str
    media_type: str
    size_bytes: int
    media_id: str | None = None
    """What a provider's own store calls the file; the provider is given it in place of the URL."""


class Host(Protocol):
    """A place that serves files over HTTPS, from a bucket, or to its own provider alone."""

    name: str
    settings: tuple[Setting, ...]
    serves: frozenset[str]
    """Who can read it: ``url`` (whoever fetches URLs), ``s3`` (``s3://bucket/key``), or one provider's name."""
    gives_ids: bool
    """Whether the provider is told a file's id instead of its URL."""

    def put(self, data: bytes, *, name: str, media_type: str, account: Account, mode: str) -> Hosted:
        """Publish a file under ``name`` (at most 20 ASCII characters, a hash of the content in it).

        ``mode`` is the provider's: ``url`` or ``s3``. Raises ToolError ``host_failed``, ``disk``, ``permission``.
        """
        ...
