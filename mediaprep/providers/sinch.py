"""Sinch's MMS JSON API (developers.sinch.com/docs/mms/api-reference): slides, and an SMS with a link where it must be.

Answers come as HTTP 200 with ``status`` and ``error-code`` in them. Its postbacks are not signed. Media must answer
with Content-Length, never chunked.
"""

from __future__ import annotations

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
from mediaprep.providers._signed import text_in, unreadable

REASONS: Mapping[str, Reason] = {
    "E106": Reason.THROTTLED, "E113": Reason.THROTTLED,
    "E110": Reason.BAD_NUMBER, "E114": Reason.FILTERED,
    "E224": Reason.BAD_TYPE, "E225": Reason.BAD_TYPE, "E226": Reason.BAD_TYPE, "E227": Reason.BAD_TYPE,
    "E012": Reason.BAD_TYPE, "E013": Reason.BAD_TYPE, "E002": Reason.BAD_TYPE, "E003": Reason.BAD_TYPE,
    "E004": Reason.BAD_TYPE, "E011": Reason.BAD_TYPE, "E341": Reason.BAD_TYPE, "E629": Reason.BAD_TYPE,
    "E331": Reason.TOO_BIG, "E332": Reason.TOO_BIG, "E333": Reason.TOO_BIG, "E335": Reason.TOO_BIG,
    "E336": Reason.TOO_BIG, "E337": Reason.TOO_BIG, "2004": Reason.TOO_BIG,
    "E351": Reason.UNFETCHABLE, "E352": Reason.UNFETCHABLE, "E353": Reason.UNFETCHABLE, "E355": Reason.UNFETCHABLE,
    "E356": Reason.UNFETCHABLE, "E357": Reason.UNFETCHABLE,
    "N202": Reason.NO_MMS, "E619": Reason.NO_MMS, "E628": Reason.NO_MMS,
    "E618": Reason.TRANSIENT,
}  # fmt: skip
"""API status codes and postback codes (developers.sinch.com/docs/mms/api-reference/api-status-codes), and the one of
its MM7 (2004: the carrier refuses the content). E618, "please retry", says that nothing was taken."""

_IN_DOUBT = "E503"
"""An internal error, which says nothing about the message."""

_STATES: Mapping[str, State] = {
    "N101": State.SENT, "N013": State.ACCEPTED, "N102": State.DELIVERED, "N202": State.DELIVERED,
    "N103": State.FAILED, "E101": State.FAILED, "E102": State.FAILED, "E202": State.FAILED, "E999": State.FAILED,
}  # fmt: skip

KEY, SERVICE, BASE = "SINCH_MMS_API_KEY", "SINCH_MMS_SERVICE_ID", "SINCH_MMS_BASE_URL"
_KINDS = ("image", "audio", "video")


class Sinch(NoLookup):
    """One service."""

    name = "sinch"
    title = "Sinch MMS"
    media_mode: MediaMode = "url"
    max_media = 8
    sender_ids = ""
    capabilities = frozenset({"mms", "subject", "mms_fallback", "receipts"})
    settings: tuple[Setting, ...] = (
        Setting(variable=KEY, meaning="the API key", secret=True),
        Setting(variable=SERVICE, meaning="the service (campaign) id"),
        Setting(
            variable=BASE, meaning="the address of the API", default="https://api.ci.mblox.com/ep/v2/", needed=False
        ),
    )
    receipt_secret: Setting | None = None

    def request(self, message: Outgoing, account: Account) -> Request:
        """Build one ``sendmms``: a slide for each part, the text beside the first."""
        if not message.media:
            raise UsageError("Sinch refuses an MMS without media; send the text as an SMS")
        if not message.subject:
            raise UsageError("Sinch refuses an MMS without a subject (E314); write a subject: into the message")
        slides = [_slide(part, message.text if index == 0 else "") for index, part in enumerate(message.media)]
        body: dict[str, Any] = {
            "action": "sendmms", "service-id": account[SERVICE], "to": message.to.removeprefix("+"),
            "from": message.sender.removeprefix("+"), "client-reference": message.our_id,
            "message-subject": message.subject, "slide": slides,
        }  # fmt: skip
        short = next((each.text for each in message.fallbacks if each.channel == "sms"), None)
        # Without words of ours no SMS follows; one that brings a link of its own gets no second one to Sinch's copy.
        body |= (
            {"fallback-sms-text": short, "disable-fallback-sms-link": "://" in short}
            if short
            else {"disable-fallback-sms": True}
        )
        return json_post(account[BASE], body, {"Content-Type": "application/json; charset=utf-8"})

    def credentials(self, request: Request, account: Account, now_s: float) -> Mapping[str, str]:
        """Give the key in the header that it has for it (developers.sinch.com/docs/mms/api-reference/introduction)."""
        return {"x-api-key": account[KEY]}

    def answer(self, response: Response) -> Receipt:
        """Read ``status``: success with a tracking id, or a failure with its code, both as HTTP 200."""
        read = json_object(response.body)
        if response.status == 200 and read.get("status") == "success":
            return accepted(read.get("tracking-id"))
        code = str(read.get("error-code") or "") or None
        words = str(read.get("error-info") or "") or None
        if response.status == 200 and code == _IN_DOUBT:
            return Receipt(state=State.UNKNOWN, raw_code=code, detail=words)
        if response.status == 200 and code is not None:
            why = failed(REASONS, code, words)
            again = why.reason in (Reason.THROTTLED, Reason.TRANSIENT)
            return Receipt(state=State.FAILED, reason=why.reason, raw_code=code, detail=why.detail, again=again)
        return refusal(response, REASONS, code=code, detail=words)

    def parse_receipt(self, headers: Mapping[str, str], body: bytes, *, url: str, secret: str) -> tuple[Notice, ...]:
        """Read a postback. ``N202`` is a message that arrived as an SMS with a link: delivered, and no MMS."""
        read = json_object(body)
        code, provider_id = str(read.get("code") or ""), read.get("tracking-id")
        if not code or not isinstance(provider_id, str):
            unreadable(self.name, "it has no code and tracking-id")
        state = _STATES.get(code, State.FAILED if code in REASONS else State.UNKNOWN)
        why = failed(REASONS, code, read.get("status-details") or read.get("status"))
        told = state == State.FAILED or code in REASONS
        receipt = Receipt(
            state=state, provider_id=provider_id, reason=why.reason if told else None, raw_code=code, detail=why.detail
        )  # fmt: skip
        to = text_in(self.name, read, "to")
        return (
            Notice(
                our_id=text_in(self.name, read, "client-reference"), receipt=receipt,
                to=f"+{to.removeprefix('+')}" if to else None, carrier=text_in(self.name, read, "operator-id"),
            ),
        )  # fmt: skip


def _slide(part: Media, text: str) -> dict[str, Any]:
    family = part.media_type.partition("/")[0]
    kind = family if family in _KINDS else "object"
    if part.media_type in ("text/x-vcard", "text/vcard"):
        kind = "contact"
    elif part.media_type == "text/calendar":
        kind = "calendar"
    elif part.media_type == "application/pdf":
        kind = "pdf"
    return {kind: {"url": part.url}, **({"message-text": text} if text else {})}


PROVIDER: Provider = Sinch()
