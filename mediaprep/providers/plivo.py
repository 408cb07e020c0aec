"""Plivo's Message API, v1: JSON with Basic (www.plivo.com/docs/messaging/api/message)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urlsplit

from mediaprep.providers import (
    Account,
    MediaMode,
    Notice,
    Outgoing,
    Provider,
    Reason,
    Receipt,
    Request,
    Response,
    Setting,
    Sought,
    State,
)
from mediaprep.providers._answers import accepted, refusal, standing
from mediaprep.providers._json import json_object, json_post
from mediaprep.providers._signed import equal, header, hmac_base64, our_id_of, refuse, unreadable, with_our_id
from mediaprep.transport import basic

REASONS: Mapping[str, Reason] = {
    "110": Reason.TOO_BIG, "120": Reason.TOO_BIG,
    "30": Reason.FILTERED, "100": Reason.FILTERED, "200": Reason.FILTERED, "201": Reason.FILTERED,
    "50": Reason.BAD_NUMBER, "70": Reason.BAD_NUMBER,
    "80": Reason.TRANSIENT, "20": Reason.TRANSIENT, "90": Reason.NO_MMS,
    "429": Reason.THROTTLED,
}  # fmt: skip
"""www.plivo.com/docs/messaging/troubleshooting/error-codes."""

_STATES: Mapping[str, State] = {
    "queued": State.ACCEPTED, "sent": State.SENT, "delivered": State.DELIVERED, "read": State.DELIVERED,
    "undelivered": State.FAILED, "rejected": State.FAILED, "failed": State.FAILED,
}  # fmt: skip

USER, TOKEN, BASE = "PLIVO_AUTH_ID", "PLIVO_AUTH_TOKEN", "PLIVO_BASE_URL"


class Plivo:
    """One account."""

    name = "plivo"
    title = "Plivo"
    media_mode: MediaMode = "url"
    max_media = 10
    sender_ids = ""
    capabilities = frozenset({"mms", "sms", "lookup", "receipts", "signed_receipts"})
    settings: tuple[Setting, ...] = (
        Setting(variable=USER, meaning="the account's auth id"),
        Setting(variable=TOKEN, meaning="its auth token", secret=True),
        Setting(variable=BASE, meaning="the address of the API", default="https://api.plivo.com/v1", needed=False),
    )
    receipt_secret: Setting | None = settings[1]

    def request(self, message: Outgoing, account: Account) -> Request:
        """Build the JSON of one message."""
        body: dict[str, Any] = {"src": message.sender, "dst": message.to, "type": message.channel}
        if message.text:
            body["text"] = message.text
        if message.media and message.channel == "mms":
            ids = [part.media_id for part in message.media if part.media_id]
            body |= {"media_ids": ids} if ids else {"media_urls": [part.url for part in message.media]}
        if message.callback_url:
            body |= {"url": with_our_id(message.callback_url, message.our_id), "method": "POST"}
        return json_post(f"{self._account_url(account)}/Message/", body)

    def credentials(self, request: Request, account: Account, now_s: float) -> Mapping[str, str]:
        """Give HTTP Basic."""
        return {"Authorization": basic(account[USER], account[TOKEN])}

    def answer(self, response: Response) -> Receipt:
        """Read 202 with one ``message_uuid`` in a list, or an error in words."""
        read = json_object(response.body)
        if response.status in (200, 201, 202):
            ids = read.get("message_uuid")
            return accepted(ids[0] if isinstance(ids, list) and ids else ids)
        return refusal(response, REASONS, code=None, detail=str(read.get("error") or "") or None)

    def lookup(self, sought: Sought, account: Account) -> Request | None:
        """Ask for a message by its id; the list shows no text, so it could not tell ours."""
        if not sought.provider_id:
            return None
        url = f"{self._account_url(account)}/Message/{quote(sought.provider_id, safe='')}/"
        return Request(method="GET", url=url, headers={"Accept": "application/json"})

    def found(self, response: Response, sought: Sought) -> Receipt | None:
        """Read one message."""
        read = json_object(response.body)
        if response.status != 200 or not sought.provider_id or read.get("message_uuid") != sought.provider_id:
            return None
        return _standing(str(read.get("message_state")), str(sought.provider_id), read.get("error_code"))

    def parse_receipt(self, headers: Mapping[str, str], body: bytes, *, url: str, secret: str) -> tuple[Notice, ...]:
        """Verify X-Plivo-Signature-V3 (HMAC-SHA256 over URL, sorted parameters and nonce); any of several will do."""
        fields = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        stated = header(headers, "X-Plivo-Signature-V3")
        signed = _signed_text(url, fields) + "." + header(headers, "X-Plivo-Signature-V3-Nonce")
        right = hmac_base64(secret, signed, "sha256")
        if not any(equal(right, each.strip()) for each in stated.split(",")):
            refuse(self.name, "its signature does not match; was it called by exactly this URL?")
        if not fields.get("MessageUUID"):
            unreadable(self.name, "it has no MessageUUID")
        receipt = _standing(fields.get("Status", ""), fields["MessageUUID"], fields.get("ErrorCode"))
        to = fields.get("To", "")
        mcc, mnc = fields.get("MCC", ""), fields.get("MNC", "")
        return (
            Notice(
                our_id=our_id_of(url), receipt=receipt, to=f"+{to.removeprefix('+')}" if to else None,
                mcc_mnc=f"{mcc}{mnc}" if mcc and mnc else None,
            ),
        )  # fmt: skip

    def _account_url(self, account: Account) -> str:
        return f"{account[BASE].rstrip('/')}/Account/{account[USER]}"


def _standing(status: str, provider_id: str, code: object) -> Receipt:
    return standing(_STATES.get(status, State.ACCEPTED), provider_id, REASONS, None if code == "000" else code)


def _signed_text(url: str, fields: Mapping[str, str]) -> str:
    """Put a POST's URL and parameters in the order that is signed: query sorted, a dot, parameters sorted."""
    parts = urlsplit(url)
    query = parse_qs(parts.query, keep_blank_values=True)
    shown = "&".join(f"{name}={value}" for name in sorted(query) for value in sorted(query[name]))
    bare = parts._replace(query="", fragment="").geturl()
    if shown or fields:
        bare += f"?{shown}"
    if shown and fields:
        bare += "."
    return bare + "".join(f"{name}{fields[name]}" for name in sorted(fields))


PROVIDER: Provider = Plivo()
