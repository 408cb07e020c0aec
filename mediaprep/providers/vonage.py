"""Vonage's Messages API, v1: JSON with a JWT (developer.vonage.com/en/api/messages). Fails over by itself."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from typing import Any

from mediaprep.errors import UsageError
from mediaprep.providers import (
    Account,
    Media,
    MediaMode,
    Notice,
    Outgoing,
    Provider,
    Reason,
    Receipt,
    Request,
    Response,
    Setting,
    State,
)
from mediaprep.providers._answers import accepted, failed, refusal
from mediaprep.providers._defaults import NoLookup
from mediaprep.providers._json import json_object, json_post
from mediaprep.providers._signed import equal, header, pem, refuse, text_in, unreadable

REASONS: Mapping[str, Reason] = {
    "1000": Reason.THROTTLED, "1241": Reason.THROTTLED, "1460": Reason.THROTTLED, "429": Reason.THROTTLED,
    "1050": Reason.FILTERED, "1210": Reason.FILTERED, "1370": Reason.FILTERED, "1470": Reason.FILTERED,
    "1090": Reason.TOO_BIG,
    "1040": Reason.BAD_NUMBER, "1170": Reason.BAD_NUMBER, "1190": Reason.BAD_NUMBER, "1240": Reason.BAD_NUMBER,
    "1430": Reason.BAD_NUMBER,
    "1380": Reason.UNFETCHABLE, "1400": Reason.NO_MMS, "1260": Reason.NO_MMS,
}  # fmt: skip
"""developer.vonage.com/api-errors/messages."""

_STATES: Mapping[str, State] = {
    "submitted": State.SENT, "delivered": State.DELIVERED, "read": State.DELIVERED,
    "rejected": State.FAILED, "undeliverable": State.FAILED,
}  # fmt: skip

_CAPTION_LETTERS = 2000
"""The API's document says 2,000 (1.4.0), the SDK 3,000: the lesser is taken."""

_TOKEN_S = 900
APPLICATION, KEY, BASE = "VONAGE_APPLICATION_ID", "VONAGE_PRIVATE_KEY", "VONAGE_BASE_URL"


class Vonage(NoLookup):
    """One application at Vonage."""

    name = "vonage"
    title = "Vonage"
    media_mode: MediaMode = "url"
    max_media = 10
    sender_ids = ""
    capabilities = frozenset({"mms", "rcs", "sms", "rcs_fallback", "mms_fallback", "receipts", "signed_receipts"})
    settings: tuple[Setting, ...] = (
        Setting(variable=APPLICATION, meaning="the application's id"),
        Setting(variable=KEY, meaning="its private key: the PEM text, or the file that holds it", secret=True),
        Setting(variable=BASE, meaning="the address of the API", default="https://api.nexmo.com", needed=False),
    )
    receipt_secret: Setting | None = Setting(
        variable="VONAGE_SIGNATURE_SECRET", meaning="the signature secret of the account", secret=True
    )

    def request(self, message: Outgoing, account: Account) -> Request:
        """Build the JSON of one message, with ``failover`` where others are to follow."""
        body = _message(message)
        if message.fallbacks:
            body["failover"] = [_message(each) for each in message.fallbacks]
        return json_post(f"{account[BASE].rstrip('/')}/v1/messages", body)

    def credentials(self, request: Request, account: Account, now_s: float) -> Mapping[str, str]:
        """Sign a token for this one call (RS256)."""
        jwt = _jwt()
        moment = int(now_s)
        claims = {
            "application_id": account[APPLICATION],
            "iat": moment,
            "exp": moment + _TOKEN_S,
            "jti": str(uuid.uuid4()),
        }
        try:
            token = jwt.encode(claims, pem(account[KEY]), algorithm="RS256")
        except (ValueError, TypeError, jwt.PyJWTError, OSError):
            raise UsageError(f"{KEY} is not a private key in PEM form, nor a file that holds one") from None
        return {"Authorization": f"Bearer {token}"}

    def answer(self, response: Response) -> Receipt:
        """Read 202 with a ``message_uuid``, or a problem whose type ends in its code."""
        read = json_object(response.body)
        if response.status in (200, 202):
            return accepted(read.get("message_uuid"))
        return refusal(response, REASONS, code=_code(read), detail=read.get("detail") or read.get("title"))

    def parse_receipt(self, headers: Mapping[str, str], body: bytes, *, url: str, secret: str) -> tuple[Notice, ...]:
        """Verify the token (HS256) and the hash of the body in it."""
        _verify(headers, body, secret)
        read = json_object(body)
        provider_id = read.get("message_uuid")
        if not isinstance(provider_id, str):
            unreadable("vonage", "it has no message_uuid")
        state = _STATES.get(str(read.get("status")), State.UNKNOWN)
        error = read.get("error")
        code = _code(error) if isinstance(error, dict) else None
        why = failed(REASONS, code, error.get("title") if isinstance(error, dict) else None)
        is_failed = state == State.FAILED
        receipt = Receipt(
            state=state, provider_id=provider_id, reason=why.reason if is_failed else None, raw_code=code,
            detail=why.detail if is_failed else None,
        )  # fmt: skip
        destination = read.get("destination")
        network = text_in(self.name, destination, "network_code") if isinstance(destination, dict) else None
        to = text_in(self.name, read, "to")
        return (
            Notice(
                our_id=text_in(self.name, read, "client_ref"),
                receipt=receipt,
                to=f"+{to}" if to else None,
                mcc_mnc=network,
            ),
        )


def _message(message: Outgoing) -> dict[str, Any]:
    body: dict[str, Any] = {
        "to": message.to.removeprefix("+"), "from": message.sender.removeprefix("+"), "channel": message.channel,
        "client_ref": message.our_id,
    }  # fmt: skip
    if message.callback_url:
        body["webhook_url"] = message.callback_url
    if message.channel == "sms" or not message.media:
        return {**body, "message_type": "text", "text": message.text}
    if message.channel == "rcs":
        if len(message.media) != 1 or message.text:
            raise UsageError(
                "Vonage's RCS carries one file and no text beside it; send the text as a message of its own"
            )
        kind = _kind(message.media[0])
        kind = kind if kind in ("image", "video") else "file"
        return {**body, "message_type": kind, kind: {"url": message.media[0].url}}
    if len(message.text) > _CAPTION_LETTERS:
        raise UsageError(f"Vonage takes {_CAPTION_LETTERS} letters beside media; the text has {len(message.text)}")
    if len(message.media) == 1:
        kind = _kind(message.media[0])
        return {**body, "message_type": kind, kind: _resource(message.media[0], message.text)}
    items = [
        {"type": _kind(part), **_resource(part, message.text if index == 0 else "")}
        for index, part in enumerate(message.media)
    ]
    return {**body, "message_type": "content", "content": items}


def _resource(part: Media, caption: str) -> dict[str, Any]:
    return {"url": part.url, **({"caption": caption} if caption else {})}


def _kind(part: Media) -> str:
    family = part.media_type.partition("/")[0]
    if part.media_type in ("text/x-vcard", "text/vcard"):
        return "vcard"
    return family if family in ("image", "audio", "video") else "file"


def _code(problem: Mapping[str, Any]) -> str | None:
    """Read 1120 out of ``https://developer.vonage.com/api-errors/messages#1120``, or a bare number."""
    text = str(problem.get("type") or "")
    tail = text.rpartition("#")[2] if "#" in text else str(problem.get("title") or text)
    return tail if tail.isdigit() else None


def _jwt() -> Any:
    try:
        import jwt
    except ImportError as error:
        raise UsageError("for Vonage's tokens, install the extra: pip install 'mediaprep[send]'") from error
    return jwt


def _verify(headers: Mapping[str, str], body: bytes, secret: str) -> None:
    jwt = _jwt()
    scheme, _, token = header(headers, "Authorization").partition(" ")
    if scheme.lower() != "bearer" or not token:
        refuse("vonage", "it has no token")
    try:
        # Receipts may be read long after they came (``mediaprep receipts FILE``): age is the caller's to judge.
        claims = jwt.decode(token, secret, algorithms=["HS256"], options={"verify_exp": False, "verify_iat": False})
    except jwt.PyJWTError as error:
        refuse("vonage", f"its token is not signed with the secret ({type(error).__name__})")
    if not equal(str(claims.get("payload_hash") or ""), hashlib.sha256(body).hexdigest()):
        refuse("vonage", "its body is not the one that was signed")


PROVIDER: Provider = Vonage()
