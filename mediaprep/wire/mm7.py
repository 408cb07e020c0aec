"""A message as the SubmitReq of MM7 (3GPP TS 23.140 section 8.7.1): SOAP first, the content as a nested multipart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from mediaprep.legible import in_xml
from mediaprep.parts import Envelope
from mediaprep.wire import Wire
from mediaprep.wire.mime import multipart

NAMESPACE = "http://www.3gpp.org/ftp/Specs/archive/23_series/23.140/schema/REL-6-MM7-1-4"
VERSION = "6.8.0"
_CONTENT = "content"
_START = "soap"
_LONGEST_SHORT_CODE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who submits: names that the carrier gave. ``adaptations`` lets the carrier change media; fitted need none."""

    vasp_id: str = ""
    vas_id: str = ""
    service_code: str = ""
    adaptations: bool = False
    delivery_report: bool = False


def submit_req(message: Envelope, account: Account | None = None) -> Wire:
    """Write the body of the HTTP POST that submits a message."""
    inner_type, inner = multipart(message)
    soap = _envelope(message, account or Account()).encode("utf-8")
    boundary = b"mm7-" + inner_type.rpartition('boundary="=_')[2].rstrip('"').encode("ascii")
    data = (
        b"--" + boundary + b"\r\n"
        b'Content-Type: text/xml; charset="utf-8"\r\nContent-ID: <' + _START.encode() + b">\r\n\r\n" + soap + b"\r\n"
        b"--" + boundary + b"\r\n"
        b"Content-Type: " + inner_type.encode("ascii") + b"\r\nContent-ID: <" + _CONTENT.encode() + b">\r\n\r\n" + inner
        + b"\r\n--" + boundary + b"--\r\n"
    )  # fmt: skip
    content_type = f'multipart/related; type="text/xml"; start="<{_START}>"; boundary="{boundary.decode()}"'
    return Wire(form="mm7", content_type=content_type, data=data)


def _envelope(message: Envelope, account: Account) -> str:
    sender = _tag("SenderAddress", _address(message.sender)) if message.sender else ""
    recipients = "".join(f"<Number>{_escaped(number)}</Number>" for number in message.to)
    moment = datetime.fromtimestamp(message.date_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if message.date_s else ""
    names = _tag("VASPID", _escaped(account.vasp_id)) + _tag("VASID", _escaped(account.vas_id)) + sender
    body = (
        _tag("MM7Version", VERSION)
        + _tag("SenderIdentification", names)
        + _tag("Recipients", _tag("To", recipients))
        + _tag("ServiceCode", _escaped(account.service_code))
        + _tag("TimeStamp", moment)
        + _tag("DeliveryReport", str(account.delivery_report).lower())
        + "<ReadReply>false</ReadReply><Priority>Normal</Priority>"
        + _tag("Subject", _escaped(message.subject or ""))
        + f'<Content href="cid:{_CONTENT}" allowAdaptations="{str(account.adaptations).lower()}"/>'
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/"><env:Header>'
        f'<TransactionID xmlns="{NAMESPACE}" env:mustUnderstand="1">{_escaped(message.our_id or "0")}</TransactionID>'
        f'</env:Header><env:Body><SubmitReq xmlns="{NAMESPACE}">{body}</SubmitReq></env:Body></env:Envelope>'
    )


def _address(sender: str) -> str:
    """Name a sender by what it is: a short code has no country code (TS 23.140 section 8.7.1.3)."""
    short = sender.isdigit() and len(sender) <= _LONGEST_SHORT_CODE
    return _tag("ShortCode" if short else "Number", _escaped(sender))


def _escaped(text: str) -> str:
    return escape(in_xml(text))


def _tag(name: str, content: str) -> str:
    return f"<{name}>{content}</{name}>" if content else ""
