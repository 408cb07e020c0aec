"""Telnyx's Messaging API, v2: JSON with a key; the one provider here that takes an idempotency key."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from mediaprep.errors import UsageError
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
from mediaprep.providers._signed import header, our_id_of, refuse, text_in, unreadable, with_our_id

REASONS: Mapping[str, Reason] = {
    "40001": Reason.BAD_NUMBER, "40310": Reason.BAD_NUMBER, "10002": Reason.BAD_NUMBER, "10016": Reason.BAD_NUMBER,
    "40002": Reason.FILTERED, "40003": Reason.FILTERED, "40300": Reason.FILTERED,
    "40011": Reason.THROTTLED, "40014": Reason.THROTTLED, "40018": Reason.THROTTLED, "10011": Reason.THROTTLED,
    "429": Reason.THROTTLED,
    "40006": Reason.TRANSIENT,
    "10003": Reason.UNFETCHABLE, "10014": Reason.BAD_TYPE,
}  # fmt: skip
"""developers.telnyx.com/docs/messaging/messages/error-codes."""

_STATES: Mapping[str, State] = {
    "queued": State.ACCEPTED, "sending": State.ACCEPTED, "sent": State.SENT, "delivered": State.DELIVERED,
    "read": State.DELIVERED, "delivery_unconfirmed": State.SENT, "sending_failed": State.FAILED,
    "delivery_failed": State.FAILED, "expired": State.FAILED, "cancelled": State.FAILED,
}  # fmt: skip

KEY, PROFILE, BASE = "TELNYX_API_KEY", "TELNYX_MESSAGING_PROFILE_ID", "TELNYX_BASE_URL"


class Telnyx:
    """One account."""

    name = "telnyx"
    title = "Telnyx"
    media_mode: MediaMode = "url"
    max_media = 10
    sender_ids = ""
    capabilities = frozenset(
        {"mms", "rcs", "sms", "subject", "rcs_fallback", "idempotency_key", "lookup", "receipts", "signed_receipts"}
    )
    settings: tuple[Setting, ...] = (
        Setting(variable=KEY, meaning="the API key", secret=True),
        Setting(variable=PROFILE, meaning="the messaging profile (RCS needs it)", needed=False),
        Setting(variable=BASE, meaning="the address of the API", default="https://api.telnyx.com/v2", needed=False),
    )
    receipt_secret: Setting | None = Setting(
        variable="TELNYX_PUBLIC_KEY", meaning="the account's public key for web hooks, in base64"
    )

    def request(self, message: Outgoing, account: Account) -> Request:
        """Build the JSON of an MMS, an SMS, or an RCS with what follows it."""
        body = _rcs(message, account) if message.channel == "rcs" else _message(message)
        if message.callback_url:
            body["webhook_url"] = with_our_id(message.callback_url, message.our_id)
        path = "/messages/rcs" if message.channel == "rcs" else "/messages"
        return json_post(f"{account[BASE].rstrip('/')}{path}", body, {"Idempotency-Key": message.our_id})

    def credentials(self, request: Request, account: Account, now_s: float) -> Mapping[str, str]:
        """Give the key as a bearer's."""
        return {"Authorization": f"Bearer {account[KEY]}"}

    def answer(self, response: Response) -> Receipt:
        """Read 200 with ``data.id``, or the first of the errors."""
        read = json_object(response.body)
        if response.status in (200, 202):
            data = read.get("data")
            return accepted(data.get("id") if isinstance(data, dict) else None)
        code, words = _first_error(read)
        return refusal(response, REASONS, code=code, detail=words)

    def lookup(self, sought: Sought, account: Account) -> Request | None:
        """Ask for a message by its id; there is no list to search."""
        if not sought.provider_id:
            return None
        url = f"{account[BASE].rstrip('/')}/messages/{quote(sought.provider_id, safe='')}"
        return Request(method="GET", url=url, headers={"Accept": "application/json"})

    def found(self, response: Response, sought: Sought) -> Receipt | None:
        """Read one message."""
        data = json_object(response.body).get("data")
        if response.status != 200 or not sought.provider_id or not isinstance(data, dict):
            return None
        if data.get("id") != sought.provider_id:
            return None
        return _standing(data)

    def parse_receipt(self, headers: Mapping[str, str], body: bytes, *, url: str, secret: str) -> tuple[Notice, ...]:
        """Verify the Ed25519 signature over time and body, and read the message in it."""
        _verify(headers, body, secret)
        data = json_object(body).get("data")
        payload = data.get("payload") if isinstance(data, dict) else None
        if not isinstance(payload, dict) or not isinstance(payload.get("id"), str):
            unreadable(self.name, "it has no payload with an id")
        to = _recipient(payload)
        called = our_id_of(url) or our_id_of(str(payload.get("webhook_url") or ""))
        return (
            Notice(
                our_id=called,
                receipt=_standing(payload),
                to=text_in(self.name, to, "phone_number"),
                carrier=text_in(self.name, to, "carrier"),
            ),
        )


def _message(message: Outgoing) -> dict[str, Any]:
    body: dict[str, Any] = {"from": message.sender, "to": message.to, "type": message.channel.upper()}
    if message.text:
        body["text"] = message.text
    if message.channel == "mms":
        if message.subject:
            body["subject"] = message.subject
        body["media_urls"] = [part.url for part in message.media]
    return body


def _rcs(message: Outgoing, account: Account) -> dict[str, Any]:
    if len(message.media) > 1 or (message.media and message.text):
        raise UsageError("one RCS message of Telnyx holds one file or one text; send the other as a message of its own")
    if not account[PROFILE]:
        raise UsageError(f"RCS through Telnyx needs {PROFILE}")
    content: dict[str, Any] = (
        {"content_info": {"file_url": message.media[0].url}} if message.media else {"text": message.text}
    )
    body: dict[str, Any] = {
        "agent_id": message.sender, "to": message.to, "type": "RCS", "messaging_profile_id": account[PROFILE],
        "agent_message": {"content_message": content},
    }  # fmt: skip
    for each in message.fallbacks:
        found: dict[str, Any] = {"from": each.sender, "text": each.text}
        if each.channel == "mms":
            found |= {
                "media_urls": [part.url for part in each.media],
                **({"subject": each.subject} if each.subject else {}),
            }
        body[f"{each.channel}_fallback"] = found
    return body


def _recipient(message: Mapping[str, Any]) -> Mapping[str, Any]:
    to = message.get("to")
    first = to[0] if isinstance(to, list) and to else to
    return first if isinstance(first, dict) else {}


def _first_error(read: Mapping[str, Any]) -> tuple[str | None, object]:
    errors = read.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    return (str(first["code"]) if first.get("code") else None), first.get("detail") or first.get("title")


def _standing(message: Mapping[str, Any]) -> Receipt:
    state = _STATES.get(str(_recipient(message).get("status")), State.ACCEPTED)
    return standing(state, str(message["id"]), REASONS, *_first_error(message))


def _verify(headers: Mapping[str, str], body: bytes, public_key: str) -> None:
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError as error:
        raise UsageError("to verify receipts, install the extra: pip install 'mediaprep[send]'") from error
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key, validate=True))
    except (ValueError, binascii.Error):
        raise UsageError("TELNYX_PUBLIC_KEY is not a key of 32 bytes in base64") from None
    moment = header(headers, "Telnyx-Timestamp")
    try:
        signature = base64.b64decode(header(headers, "Telnyx-Signature-Ed25519"), validate=True)
        key.verify(signature, moment.encode("ascii", "replace") + b"|" + body)
    except (InvalidSignature, binascii.Error):
        refuse("telnyx", "its signature does not match the public key")


PROVIDER: Provider = Telnyx()
