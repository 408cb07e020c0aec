"""Bandwidth's Messaging API, v2: JSON with Basic; RCS and MMS fall back by ``multiChannel``, up to four in order."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

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
from mediaprep.providers._signed import check_basic, text_in, unreadable
from mediaprep.transport import basic

REASONS: Mapping[str, Reason] = {
    "4411": Reason.TOO_BIG, "4711": Reason.TOO_BIG, "4751": Reason.TOO_BIG,
    "4412": Reason.BAD_TYPE, "4712": Reason.BAD_TYPE,
    "4410": Reason.UNFETCHABLE,
    "4409": Reason.NO_MMS, "4700": Reason.NO_MMS,
    "5600": Reason.THROTTLED, "5610": Reason.THROTTLED, "4785": Reason.THROTTLED, "429": Reason.THROTTLED,
    "4470": Reason.FILTERED, "4770": Reason.FILTERED, "4775": Reason.FILTERED, "4432": Reason.BAD_NUMBER,
    "4720": Reason.BAD_NUMBER, "4721": Reason.BAD_NUMBER,
}  # fmt: skip
"""github.com/Bandwidth/api-docs, messaging error codes."""

_STATES: Mapping[str, State] = {
    "message-sending": State.ACCEPTED, "message-sent": State.SENT, "message-delivered": State.DELIVERED,
    "message-read": State.DELIVERED, "message-failed": State.FAILED,
}  # fmt: skip
_LISTED: Mapping[str, State] = {
    "QUEUED": State.ACCEPTED, "SENDING": State.ACCEPTED, "SENT": State.SENT, "ACCEPTED": State.ACCEPTED,
    "DELIVERED": State.DELIVERED, "UNDELIVERED": State.FAILED, "FAILED": State.FAILED,
}  # fmt: skip

_CARD_LETTERS = 2000
"""Of a card's description (the API's document, ``rbmCardContent``)."""

USER, PASSWORD, ACCOUNT = "BANDWIDTH_USERNAME", "BANDWIDTH_PASSWORD", "BANDWIDTH_ACCOUNT_ID"
APPLICATION, BASE = "BANDWIDTH_APPLICATION_ID", "BANDWIDTH_BASE_URL"


class Bandwidth:
    """One account."""

    name = "bandwidth"
    title = "Bandwidth"
    media_mode: MediaMode = "url"
    max_media = 10
    sender_ids = ""
    capabilities = frozenset({"mms", "rcs", "sms", "rcs_fallback", "mms_fallback", "lookup", "receipts"})
    settings: tuple[Setting, ...] = (
        Setting(variable=USER, meaning="the API user"),
        Setting(variable=PASSWORD, meaning="its password", secret=True),
        Setting(variable=ACCOUNT, meaning="the account's id"),
        Setting(variable=APPLICATION, meaning="the messaging application's id"),
        Setting(
            variable=BASE,
            meaning="the address of the API",
            default="https://messaging.bandwidth.com/api/v2",
            needed=False,
        ),
    )
    receipt_secret: Setting | None = Setting(
        variable="BANDWIDTH_CALLBACK_CREDENTIALS", meaning="USER:PASSWORD that its callbacks carry", secret=True,
        needed=False,
    )  # fmt: skip

    def request(self, message: Outgoing, account: Account) -> Request:
        """Build the JSON of one message, or of a list of channels in order."""
        base = f"{account[BASE].rstrip('/')}/users/{account[ACCOUNT]}/messages"
        if message.channel == "rcs" or message.fallbacks:
            channels = [_channel(each, account[APPLICATION]) for each in (message, *message.fallbacks)]
            body: dict[str, Any] = {"to": message.to, "channelList": channels, "tag": message.our_id}
            base += "/multiChannel"
        else:
            body = {"applicationId": account[APPLICATION], "to": [message.to], "from": message.sender}
            body |= _content(message)
            body["tag"] = message.our_id
        return json_post(base, body)

    def credentials(self, request: Request, account: Account, now_s: float) -> Mapping[str, str]:
        """Give HTTP Basic."""
        return {"Authorization": basic(account[USER], account[PASSWORD])}

    def answer(self, response: Response) -> Receipt:
        """Read 202 with an id (``data.messageId`` for several channels), or an error: of those, the first of a list."""
        read = json_object(response.body)
        if response.status in (200, 202):
            data = read.get("data")
            return accepted((data.get("messageId") or data.get("id")) if isinstance(data, dict) else read.get("id"))
        errors = read.get("errors")
        read = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else read
        code = read.get("errorCode") or read.get("code") or read.get("type")
        return refusal(response, REASONS, code=str(code) if code else None, detail=read.get("description"))

    def lookup(self, sought: Sought, account: Account) -> Request | None:
        """Ask for what was sent to this number since; the list shows neither text nor tag."""
        since = datetime.fromtimestamp(sought.since_s, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        asked = {"sourceTn": sought.sender, "destinationTn": sought.to, "fromDateTime": since}
        asked["messageDirection"] = "OUTBOUND"
        if sought.provider_id:
            asked = {"messageId": sought.provider_id}
        url = f"{account[BASE].rstrip('/')}/users/{account[ACCOUNT]}/messages?{urlencode(asked)}"
        return Request(method="GET", url=url, headers={"Accept": "application/json"})

    def found(self, response: Response, sought: Sought) -> Receipt | None:
        """Take the one message that it can be; of several nobody can say which."""
        if response.status != 200:
            return None
        listed = [each for each in json_object(response.body).get("messages") or [] if isinstance(each, dict)]
        fitting = [
            each for each in listed
            if each.get("messageId") not in sought.taken and each.get("destinationTn") == sought.to
            and (each.get("attachmentCount") or 0) == sought.media_count
        ]  # fmt: skip
        if len(fitting) != 1:
            return None
        (one,) = fitting
        state = _LISTED.get(str(one.get("messageStatus")), State.ACCEPTED)
        return standing(state, str(one["messageId"]), REASONS, one.get("errorCode"))

    def parse_receipt(self, headers: Mapping[str, str], body: bytes, *, url: str, secret: str) -> tuple[Notice, ...]:
        """Read the array of events; they are not signed, but may bring credentials of ours (Basic)."""
        check_basic(self.name, headers, secret)
        try:
            events = json.loads(body)
        except (ValueError, RecursionError):
            unreadable(self.name, "it is not JSON")
        if not isinstance(events, list) or not all(isinstance(each, dict) for each in events):
            unreadable(self.name, "it is not an array of events")
        return tuple(_notice(each) for each in events)


def _notice(event: Mapping[str, Any]) -> Notice:
    message = event.get("message")
    if not isinstance(message, dict) or not isinstance(message.get("id"), str):
        unreadable("bandwidth", "an event has no message with an id")
    state = _STATES.get(str(event.get("type")), State.UNKNOWN)
    receipt = standing(state, message["id"], REASONS, event.get("errorCode"), event.get("description"))
    return Notice(
        our_id=text_in("bandwidth", message, "tag"), receipt=receipt, to=text_in("bandwidth", event, "to"),
        carrier=text_in("bandwidth", event, "carrierName"),
    )  # fmt: skip


def _content(message: Outgoing) -> dict[str, Any]:
    found: dict[str, Any] = {"text": message.text} if message.text else {}
    if message.media and message.channel != "sms":
        found["media"] = [part.url for part in message.media]
    return found


def _channel(message: Outgoing, application: str) -> dict[str, Any]:
    found: dict[str, Any] = {"from": message.sender, "applicationId": application}
    media = [{"fileUrl": part.url} for part in message.media]
    if message.channel == "rcs":
        return {**found, "channel": "RBM", "content": _rcs(message)}
    if message.channel == "mms":
        content = {"media": media, **({"text": message.text} if message.text else {})}
        return {**found, "channel": "MMS", "content": content}
    return {**found, "channel": "SMS", "content": {"text": message.text}}


def _rcs(message: Outgoing) -> dict[str, Any]:
    """Build files alone, a text alone, or both as a card: files have no field for a text beside them."""
    if not message.media:
        return {"text": message.text}
    if not message.text:
        return {"media": [{"fileUrl": part.url} for part in message.media]}
    families = {part.media_type.partition("/")[0] for part in message.media}
    if len(message.media) != 1 or not families <= {"image", "video"} or len(message.text) > _CARD_LETTERS:
        raise UsageError(
            f"Bandwidth's RCS carries one picture or video and {_CARD_LETTERS:,} letters as a card; send the rest as a "
            "message of its own"
        )
    card = {"description": message.text, "media": {"fileUrl": message.media[0].url, "height": "TALL"}}
    return {"orientation": "VERTICAL", "cardContent": card}


PROVIDER: Provider = Bandwidth()
