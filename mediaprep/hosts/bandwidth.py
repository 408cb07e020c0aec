"""Bandwidth's own media store: a PUT, and an address that only this account's messages can use. Files stay 48 hours."""

from __future__ import annotations

from urllib.parse import quote

from mediaprep.hosts import Host, Hosted
from mediaprep.hosts._upload import uploaded
from mediaprep.providers import Account, Setting

USER, PASSWORD, ACCOUNT = "BANDWIDTH_USERNAME", "BANDWIDTH_PASSWORD", "BANDWIDTH_ACCOUNT_ID"
BASE = "BANDWIDTH_BASE_URL"
_ADDRESS = "https://messaging.bandwidth.com/api/v2"


class BandwidthStore:
    """One account's store."""

    name = "bandwidth"
    serves = frozenset({"bandwidth"})
    gives_ids = False
    settings: tuple[Setting, ...] = (
        Setting(variable=USER, meaning="the API user"),
        Setting(variable=PASSWORD, meaning="its password", secret=True),
        Setting(variable=ACCOUNT, meaning="the account's id"),
        Setting(variable=BASE, meaning="the address of the API", default=_ADDRESS, needed=False),
    )

    def put(self, data: bytes, *, name: str, media_type: str, account: Account, mode: str) -> Hosted:
        """Upload a file; the same name holds the same content, so a second PUT changes nothing."""
        url = f"{account[BASE].rstrip('/')}/users/{account[ACCOUNT]}/media/{quote(name)}"
        headers = {"Content-Type": media_type, "Cache-Control": "no-cache"}
        uploaded("PUT", url, data, headers=headers, user=account[USER], password=account[PASSWORD])
        return Hosted(url=url, name=name, media_type=media_type, size_bytes=len(data))


HOST: Host = BandwidthStore()
