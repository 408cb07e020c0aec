"""The seam of hosts: where providers fetch media from. One file is one host, ending in ``HOST: Host = ...``."""

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
    expires_s: float | None = None
    """Seconds for which the URL works, None for ever; a provider's queue must be emptied within them."""


class Host(Protocol):
    """A place that serves files over HTTPS or from a bucket."""

    name: str
    settings: tuple[Setting, ...]
    serves: frozenset[str]
    """What its URLs are good for: ``url`` (any provider fetches them) or ``s3`` (``s3://bucket/key``)."""

    def put(self, data: bytes, *, name: str, media_type: str, account: Account, mode: str) -> Hosted:
        """Publish a file under ``name`` (at most 20 ASCII characters, a hash of the content in it), once.

        ``mode`` is the provider's: ``url`` or ``s3``. Raises ToolError ``host_failed``, ``disk``, ``permission``.
        """
        ...

    def remove(self, hosted: Hosted, *, account: Account) -> None:
        """Take the file away again."""
        ...
