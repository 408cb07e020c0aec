"""The Messages API of 2010-04-01: Twilio's, and what speaks the same at another address.

Requests are forms, answers JSON (www.twilio.com/docs/messaging/api/message-resource). It has no idempotency key
and no field of ours: our id travels in the query of the status callback, and a message in doubt is searched for in
the account's own list by sender, recipient, text, count of media and time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit

from mediaprep.providers import (
    Account,
    MediaMode,
    Notice,
    Outgoing,
    Reason,
    Receipt,
    Request,
    Response,
    Setting,
    Sought,
    State,
)
from mediaprep.providers._answers import accepted, refusal, standing
from mediaprep.providers._json import json_object
from mediaprep.providers._signed import equal, header, hmac_base64, our_id_of, refuse, unreadable, with_our_id
from mediaprep.transport import basic

REASONS: Mapping[str, Reason] = {
    "30019": Reason.TOO_BIG, "11751": Reason.TOO_BIG,
    "12300": Reason.BAD_TYPE, "63021": Reason.BAD_TYPE, "21619": Reason.BAD_TYPE,
    "11200": Reason.UNFETCHABLE, "21620": Reason.UNFETCHABLE, "63019": Reason.UNFETCHABLE,
    "30011": Reason.NO_MMS, "63036": Reason.NO_MMS,
    "30004": Reason.FILTERED, "30007": Reason.FILTERED, "30034": Reason.FILTERED, "21610": Reason.FILTERED,
    "30001": Reason.THROTTLED, "21611": Reason.THROTTLED, "20429": Reason.THROTTLED, "63018": Reason.THROTTLED,
    "20503": Reason.TRANSIENT,
    "21211": Reason.BAD_NUMBER, "21614": Reason.BAD_NUMBER, "30005": Reason.BAD_NUMBER, "30006": Reason.BAD_NUMBER,
    "63024": Reason.BAD_NUMBER,
}  # fmt: skip
"""www.twilio.com/docs/api/errors: media first, then filtering, queues and numbers."""

_STATES: Mapping[str, State] = {
    "accepted": State.ACCEPTED, "scheduled": State.ACCEPTED, "queued": State.ACCEPTED, "sending": State.ACCEPTED,
    "sent": State.SENT, "delivered": State.DELIVERED, "read": State.DELIVERED,
    "undelivered": State.FAILED, "failed": State.FAILED, "canceled": State.FAILED,
}  # fmt: skip

_SERVICE_LETTERS = 34
_PAGE = 100


class FormApi:
    """One account at one address that speaks this API. ``prefix`` begins its variables."""

    media_mode: MediaMode = "url"
    max_media = 10
    sender_ids = "MG[0-9a-f]{32}"

    def __init__(self, name: str, title: str, prefix: str, base: str | None, more: frozenset[str]) -> None:
        """Name the provider; ``base`` is its address, None where each account has its own."""
        self.name = name
        self.title = title
        self.capabilities = frozenset({"mms", "sms", "lookup", "receipts", "signed_receipts"}) | more
        self._user, self._secret, self._base = (
            f"{prefix}_{word}" for word in ("ACCOUNT_SID", "AUTH_TOKEN", "BASE_URL")
        )
        self.settings: tuple[Setting, ...] = (
            Setting(variable=self._user, meaning="the account's id"),
            Setting(variable=self._secret, meaning="its token", secret=True),
            Setting(variable=self._base, meaning="the address of the API", default=base, needed=base is None),
        )
        self.receipt_secret: Setting | None = self.settings[1]

    def request(self, message: Outgoing, account: Account) -> Request:
        """Build the form; media as repeated ``MediaUrl``."""
        if message.dry_run:
            raise AssertionError("callers ask for dry_run first")
        fields: list[tuple[str, str]] = [("To", message.to)]
        if _is_service(message.sender):
            fields.append(("MessagingServiceSid", message.sender))
            fields += [
                ("FallbackFrom", each.sender) for each in message.fallbacks[-1:] if each.sender != message.sender
            ]
        elif message.channel == "rcs":
            fields = [("To", _rcs(message.to)), ("From", _rcs(message.sender))]
        else:
            fields.append(("From", message.sender))
        if message.callback_url:
            fields.append(("StatusCallback", with_our_id(message.callback_url, message.our_id)))
        if message.text:
            fields.append(("Body", message.text))
        fields += [("MediaUrl", part.url) for part in message.media if part.url]
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        return Request(
            method="POST", url=f"{self._account_url(account)}/Messages.json", headers=headers,
            body=urlencode(fields).encode("ascii"),
        )  # fmt: skip

    def falls_back(self, sender: str) -> bool:
        """A Messaging Service falls back by itself; an agent or a number is all that sends."""
        return _is_service(sender)

    def credentials(self, request: Request, account: Account, now_s: float) -> Mapping[str, str]:
        """Give HTTP Basic."""
        return {"Authorization": basic(account[self._user], account[self._secret])}

    def answer(self, response: Response) -> Receipt:
        """Read 201 with a ``sid``, or an error with its code."""
        read = json_object(response.body)
        if response.status in (200, 201):
            return _standing(read) if read.get("sid") else accepted(None)
        code = read.get("code")
        return refusal(
            response,
            REASONS,
            code=str(code) if code is not None else None,
            detail=str(read.get("message") or "") or None,
        )

    def lookup(self, sought: Sought, account: Account) -> Request | None:
        """Ask for one message by its id, or for the newest to this recipient."""
        base = self._account_url(account)
        if sought.provider_id:
            return Request(method="GET", url=f"{base}/Messages/{quote(sought.provider_id, safe='')}.json")
        asked: dict[str, str | int] = {"To": _listed_to(sought), "PageSize": _PAGE}
        if not _is_service(sought.sender):  # it sends by a number that it chooses itself
            asked["From"] = _rcs(sought.sender) if sought.channel == "rcs" else sought.sender
        return Request(method="GET", url=f"{base}/Messages.json?{urlencode(asked)}")

    def found(self, response: Response, sought: Sought) -> Receipt | None:
        """Find the message that equals ours and belongs to no other of ours."""
        read = json_object(response.body)
        if response.status != 200:
            return None
        if sought.provider_id:
            return _standing(read) if read.get("sid") == sought.provider_id else None
        listed = [each for each in read.get("messages") or [] if isinstance(each, dict)]
        fitting = [each for each in listed if _is(each, sought)]
        return _standing(fitting[-1]) if fitting else None

    def parse_receipt(self, headers: Mapping[str, str], body: bytes, *, url: str, secret: str) -> tuple[Notice, ...]:
        """Verify X-Twilio-Signature (HMAC over URL and sorted parameters; a hash of the body where it is JSON)."""
        text = body.decode("utf-8", "replace")
        form = not header(headers, "Content-Type").startswith("application/json")
        fields = dict(parse_qsl(text, keep_blank_values=True)) if form else json_object(body)
        self._verify(headers, body, form=form, url=url, secret=secret)
        if not fields.get("MessageSid") and not fields.get("SmsSid"):
            unreadable(self.name, "it has no MessageSid")
        told = {
            "sid": fields.get("MessageSid") or fields.get("SmsSid"),
            "status": fields.get("MessageStatus") or fields.get("SmsStatus"), "error_code": fields.get("ErrorCode"),
        }  # fmt: skip
        to = str(fields.get("To") or "").removeprefix("rcs:")
        return (Notice(our_id=our_id_of(url), receipt=_standing(told), to=to or None),)

    def _verify(self, headers: Mapping[str, str], body: bytes, *, form: bool, url: str, secret: str) -> None:
        stated = header(headers, "X-Twilio-Signature") or header(headers, "X-SignalWire-Signature")
        if not stated:
            refuse(self.name, "it has no X-Twilio-Signature")
        algorithm = "sha256" if "HMAC_SHA256" in header(headers, "X-Twilio-Webhooks-Signature-Settings") else "sha1"
        sum_of_body = parse_qs(urlsplit(url).query).get("bodySHA256", [None])[0]
        if not form:
            if sum_of_body is None:
                refuse(self.name, "its body is JSON, and no bodySHA256 in the URL binds it to the signature")
            if not equal(hashlib.sha256(body).hexdigest(), sum_of_body):
                refuse(self.name, "its body is not the one that was signed")
            parameters = ""
        else:
            pairs = set(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
            parameters = "".join(name + value for name, value in sorted(pairs))
        given = [hmac_base64(secret, each + parameters, algorithm) for each in _with_and_without_port(url)]
        if not any(equal(stated, each) for each in given):
            refuse(self.name, "its signature does not match; was it called by exactly this URL?")

    def _account_url(self, account: Account) -> str:
        base = account[self._base].rstrip("/")
        return f"{base}/2010-04-01/Accounts/{account[self._user]}"


def _standing(message: Mapping[str, Any]) -> Receipt:
    """Read the state of one message resource."""
    state = _STATES.get(str(message.get("status") or ""), State.ACCEPTED)
    return standing(state, str(message["sid"]), REASONS, message.get("error_code"), message.get("error_message"))


def _is_service(sender: str) -> bool:
    """Tell a Messaging Service's id from a number."""
    return sender.startswith("MG") and len(sender) == _SERVICE_LETTERS


def _rcs(address: str) -> str:
    return f"rcs:{address.removeprefix('rcs:')}"


def _listed_to(sought: Sought) -> str:
    """Give the recipient as the list has it: an agent's RCS goes to an address of its own, others to the number."""
    return _rcs(sought.to) if sought.channel == "rcs" and not _is_service(sought.sender) else sought.to


def _is(message: Mapping[str, Any], sought: Sought) -> bool:
    try:
        made = parsedate_to_datetime(str(message.get("date_created")))
        media = int(message.get("num_media") or 0)
    except (TypeError, ValueError):
        return False
    made = made if made.tzinfo is not None else made.replace(tzinfo=UTC)
    return (
        message.get("sid") not in sought.taken
        and message.get("to") == _listed_to(sought)
        and (not _is_service(sought.sender) or message.get("messaging_service_sid") == sought.sender)
        and (message.get("body") or "") == sought.text
        and media == sought.media_count
        # the list has whole seconds
        and made >= datetime.fromtimestamp(int(sought.since_s), UTC)
    )


def _with_and_without_port(url: str) -> tuple[str, ...]:
    """Give the URL both ways: which one was signed differs (the provider's own validators try both)."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    bare = parts._replace(netloc=parts.netloc.split(":")[0] if parts.port else parts.netloc)
    full = parts if parts.port else parts._replace(netloc=f"{parts.netloc or host}:{port}")
    return (bare.geturl(), full.geturl(), url)
