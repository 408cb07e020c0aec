"""Bandwidth's own media store: a PUT, and an address that only this account's messages can use. Files stay 48 hours."""

from __future__ import annotations

from urllib.parse import quote

from mediaprep.errors import ToolError
from mediaprep.hosts import Host, Hosted
from mediaprep.providers import Account, Setting
from mediaprep.providers._signed import basic
from mediaprep.transport import Fault, exchange

USER, PASSWORD, ACCOUNT = "BANDWIDTH_USERNAME", "BANDWIDTH_PASSWORD", "BANDWIDTH_ACCOUNT_ID"
BASE = "BANDWIDTH_BASE_URL"
_ADDRESS = "https://messaging.bandwidth.com/api/v2"
_STAYS_S = 48 * 3600.0
_TIMEOUT_S = 60.0


class BandwidthStore:
    """One account's store."""

    name = "bandwidth"
    serves = frozenset({"url"})
    settings: tuple[Setting, ...] = (
        Setting(variable=USER, meaning="the API user"),
        Setting(variable=PASSWORD, meaning="its password", secret=True),
        Setting(variable=ACCOUNT, meaning="the account's id"),
        Setting(variable=BASE, meaning="the address of the API", default=_ADDRESS, needed=False),
    )

    def put(self, data: bytes, *, name: str, media_type: str, account: Account, mode: str) -> Hosted:
        """Upload a file; the same name holds the same content, so a second PUT changes nothing."""
        del mode
        url = self._url(name, account)
        self._exchange("PUT", url, account, data, {"Content-Type": media_type, "Cache-Control": "no-cache"})
        return Hosted(url=url, name=name, media_type=media_type, size_bytes=len(data), expires_s=_STAYS_S)

    def remove(self, hosted: Hosted, *, account: Account) -> None:
        """Delete a file."""
        self._exchange("DELETE", self._url(hosted.name, account), account, b"", {})

    def _url(self, name: str, account: Account) -> str:
        return f"{account[BASE].rstrip('/')}/users/{account[ACCOUNT]}/media/{quote(name)}"

    def _exchange(self, method: str, url: str, account: Account, data: bytes, headers: dict[str, str]) -> None:
        secrets = {"Authorization": basic(account[USER], account[PASSWORD])}
        try:
            answer = exchange(method, url, headers=headers, secrets=secrets, body=data, timeout_s=_TIMEOUT_S)
        except Fault as fault:
            raise ToolError("host_failed", f"{url}: {fault.detail}") from None
        if not 200 <= answer.status < 300:
            raise ToolError("host_failed", f"{url} answered HTTP {answer.status} to {method}; check the account")


HOST: Host = BandwidthStore()
