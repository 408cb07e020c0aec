"""MM7: straight to a carrier's MMSC, media inside the request (3GPP TS 23.140 section 8.7, SOAP with attachments)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from xml.etree import ElementTree as ET

from mediaprep.errors import UsageError
from mediaprep.providers import (
    Account,
    MediaMode,
    Notice,
    Outgoing,
    Provider,
    Reason,
    Receipt,
    Reply,
    Request,
    Response,
    Setting,
    State,
)
from mediaprep.providers._answers import accepted, refusal
from mediaprep.providers._defaults import NoLookup
from mediaprep.providers._signed import check_basic, unreadable
from mediaprep.transport import basic
from mediaprep.wire import mm7

REASONS: Mapping[str, Reason] = {
    "2002": Reason.BAD_NUMBER, "2003": Reason.BAD_NUMBER,
    "2004": Reason.TOO_BIG,
    "3002": Reason.FILTERED, "4007": Reason.FILTERED,
    "3000": Reason.TRANSIENT, "3001": Reason.TRANSIENT, "4000": Reason.TRANSIENT, "4005": Reason.TRANSIENT,
    "4006": Reason.TRANSIENT,
}  # fmt: skip
"""StatusCode, section 8.7.8.2 (2004, the content is refused: a smaller one is tried before another channel).
3xxx and 4000 to 4006 are faults of the server."""

_TRY_LATER = frozenset({"4006"})
"""Service unavailable: the one code that says that nothing was taken and that later will do."""

_TAKEN = frozenset({"1000", "1100"})

_STATES: Mapping[str, State] = {
    "retrieved": State.DELIVERED, "forwarded": State.SENT, "deferred": State.SENT, "indeterminate": State.SENT,
    "rejected": State.FAILED, "expired": State.FAILED, "unrecognised": State.FAILED, "unrecognized": State.FAILED,
    "unreachable": State.FAILED, "notsupported": State.FAILED,
}  # fmt: skip
_STATUS_REASONS: Mapping[str, Reason] = {
    "unrecognised": Reason.BAD_TYPE, "unrecognized": Reason.BAD_TYPE, "notsupported": Reason.NO_MMS,
}  # fmt: skip

BASE, VASP, VAS, SERVICE = "MM7_URL", "MM7_VASP_ID", "MM7_VAS_ID", "MM7_SERVICE_CODE"
USER, PASSWORD = "MM7_USERNAME", "MM7_PASSWORD"


class Mm7(NoLookup):
    """One MMSC."""

    name = "mm7"
    title = "MMSC direct (MM7)"
    media_mode: MediaMode = "inline"
    max_media = 50
    sender_ids = ".+"
    capabilities = frozenset({"mms", "subject", "receipts"})
    settings: tuple[Setting, ...] = (
        Setting(variable=BASE, meaning="the address of the MMSC's MM7 service"),
        Setting(variable=VASP, meaning="the VASP id that the carrier gave", needed=False),
        Setting(variable=VAS, meaning="the VAS id that the carrier gave", needed=False),
        Setting(variable=SERVICE, meaning="the service code for charging", needed=False),
        Setting(variable=USER, meaning="the user, where the MMSC asks for one", needed=False),
        Setting(variable=PASSWORD, meaning="its password", secret=True, needed=False),
    )
    receipt_secret: Setting | None = Setting(
        variable="MM7_CALLBACK_CREDENTIALS", meaning="USER:PASSWORD that its reports carry", secret=True, needed=False
    )

    def request(self, message: Outgoing, account: Account) -> Request:
        """Build SubmitReq; our id is its transaction id."""
        if message.envelope is None:
            raise UsageError("MM7 carries whole messages; a text alone goes as an SMS by another provider")
        envelope = replace(
            message.envelope, sender=message.sender, to=(message.to,), subject=message.subject or None,
            our_id=message.our_id,
        )  # fmt: skip
        names = mm7.Account(
            vasp_id=account[VASP], vas_id=account[VAS], service_code=account[SERVICE], delivery_report=True
        )
        wire = mm7.submit_req(envelope, names)
        headers = {"Content-Type": wire.content_type, "SOAPAction": '""', "Accept": "text/xml"}
        return Request(method="POST", url=account[BASE], headers=headers, body=wire.data)

    def credentials(self, request: Request, account: Account, now_s: float) -> Mapping[str, str]:
        """Give HTTP Basic where a user is set."""
        return {"Authorization": basic(account[USER], account[PASSWORD])} if account[USER] else {}

    def answer(self, response: Response) -> Receipt:
        """Read SubmitRsp or RSErrorRsp; a SOAP fault comes as HTTP 500 and is an answer, not a doubt."""
        try:
            root = _soap(response)
        except ValueError:
            return refusal(response, REASONS, code=None, detail=None)
        code, words = _text(root, "StatusCode"), _text(root, "Details") or _text(root, "StatusText")
        if code in _TAKEN:
            return accepted(_text(root, "MessageID"))
        if code is None:
            return refusal(response, REASONS, code=None, detail=_text(root, "faultstring"))
        reason = REASONS.get(code, Reason.OTHER)
        return Receipt(state=State.FAILED, reason=reason, raw_code=code, detail=words, again=code in _TRY_LATER)

    def parse_receipt(self, headers: Mapping[str, str], body: bytes, *, url: str, secret: str) -> tuple[Notice, ...]:
        """Read DeliveryReportReq; it may bring credentials of ours (Basic)."""
        check_basic(self.name, headers, secret)
        try:
            root = _parsed(body)
        except ValueError:
            unreadable(self.name, "it is not a SOAP message")
        status, provider_id = _text(root, "MMStatus"), _text(root, "MessageID")
        if status is None or provider_id is None:
            unreadable(self.name, "it is no DeliveryReportReq with MMStatus and MessageID")
        state = _STATES.get(status.lower(), State.UNKNOWN)
        words = _text(root, "StatusText") or _text(root, "Details")
        reason = _STATUS_REASONS.get(status.lower(), Reason.OTHER) if state == State.FAILED else None
        receipt = Receipt(state=state, provider_id=provider_id, reason=reason, raw_code=status, detail=words)
        return (Notice(our_id=None, receipt=receipt, to=_number(root)),)

    def reply(self, body: bytes) -> Reply:
        """Give the DeliveryReportRsp for a DeliveryReportReq; without it an MMSC reports again."""
        from xml.sax.saxutils import escape

        try:
            transaction, status = _text(_parsed(body), "TransactionID") or "0", "1000"
        except ValueError:
            transaction, status = "0", "2007"
        text = (
            '<?xml version="1.0" encoding="utf-8"?>'
            '<env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/"><env:Header>'
            f'<TransactionID xmlns="{mm7.NAMESPACE}" env:mustUnderstand="1">{escape(transaction)}</TransactionID>'
            f'</env:Header><env:Body><DeliveryReportRsp xmlns="{mm7.NAMESPACE}"><MM7Version>{mm7.VERSION}</MM7Version>'
            f"<Status><StatusCode>{status}</StatusCode></Status></DeliveryReportRsp></env:Body></env:Envelope>"
        )
        return Reply(media_type="text/xml; charset=utf-8", body=text.encode())


def _soap(response: Response) -> ET.Element:
    """Find the SOAP message in an answer: the body, or the first part of a multipart."""
    kind = response.header("Content-Type")
    if not kind.lower().startswith("multipart/"):
        return _parsed(response.body)
    import email

    whole = email.message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode("latin-1", "replace") + response.body)
    for part in whole.walk():
        data = part.get_payload(decode=True)
        if part.get_content_type() in ("text/xml", "application/xml") and isinstance(data, bytes):
            return _parsed(data)
    raise ValueError("no SOAP part")


def _parsed(body: bytes) -> ET.Element:
    """Parse XML. SOAP forbids document type declarations (SOAP 1.1 section 3), which is where XML's bombs are."""
    if b"\0" in body or re.search(rb"<!\s*(DOCTYPE|ENTITY)", body, re.IGNORECASE):  # no UTF-16 that would hide one
        raise ValueError("a document type declaration")
    try:
        return ET.fromstring(body)  # noqa: S314 - no declarations are left in it
    except (ET.ParseError, LookupError) as error:
        raise ValueError(str(error)) from error


def _text(root: ET.Element, name: str) -> str | None:
    """Give the text of the first element of this name, whatever release of the schema its namespace names."""
    for element in root.iter():
        if isinstance(element.tag, str) and element.tag.rpartition("}")[2] == name:
            return (element.text or "").strip() or None
    return None


def _number(root: ET.Element) -> str | None:
    for element in root.iter():
        if isinstance(element.tag, str) and element.tag.rpartition("}")[2] == "Recipient":
            number = _text(element, "Number")
            return f"+{number.removeprefix('+')}" if number else None
    return None


PROVIDER: Provider = Mm7()
