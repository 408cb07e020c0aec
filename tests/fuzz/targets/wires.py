"""Writers of messages, read back by readers that are not ours; and what providers and workers answer."""

import contextlib
import email
import email.policy
import json
import re
import sys
import xml.etree.ElementTree as ET
from unittest import mock

from target import Target, in_range, spelled

from mediaprep import border, receipts
from mediaprep.errors import AssetError, UsageError
from mediaprep.parts import LONGEST_NAME, Envelope, Part, part_name
from mediaprep.plugins import load, names
from mediaprep.presentation import presentation, slides
from mediaprep.providers import Provider, Response, Sought
from mediaprep.wire import mime, mm1, mm7

_TYPES = ("image/jpeg", "image/gif", "text/plain", "text/x-vcard", "video/mp4", "audio/mpeg", "application/pdf")
_FIELDS = re.compile(rb"\xff\xfe", re.DOTALL)


def message_of(data: bytes) -> Envelope:
    """Make a message of any bytes: fields stand between the bytes FF FE, parts after the first five."""
    fields = _FIELDS.split(data)
    words = [field.decode("utf-8", "replace") for field in fields]
    subject, sender, to, our_id, alt = (words + [""] * 5)[:5]
    parts = []
    for number, body in enumerate(fields[5:9]):
        kind = _TYPES[body[0] % len(_TYPES)] if body else _TYPES[0]
        name = part_name(subject, kind.partition("/")[2][:4].strip("-"), bytes([number]) + body)
        charset = "utf-8" if kind.startswith("text/") else None
        content = body.decode("utf-8", "replace").encode() if charset else body
        parts.append(Part(name=name, media_type=kind, data=content, charset=charset, alt=alt or None))
    shown = presentation(slides(parts)) if parts and len(data) % 2 else None
    return Envelope(
        parts=tuple(parts),
        presentation=shown,
        sender=sender or None,
        to=tuple(to.split(",")) if to else (),
        subject=subject or None,
        our_id=our_id,
        date_s=len(data) * 1_000_003,
    )


def wire(data: bytes) -> None:
    """Write a message as MIME, MM7 and MM1; every part comes back byte for byte, and no header breaks."""
    message = message_of(data)
    whole = message.parts if message.presentation is None else (message.presentation, *message.parts)
    meant = [(part.name, part.media_type, part.data) for part in whole]
    assert all(len(part.name) <= LONGEST_NAME and part.name.isascii() for part in message.parts)
    if message.presentation is not None:
        root = ET.fromstring(message.presentation.data)
        assert sorted(each.get("src") for each in root.iter() if each.get("src")) == sorted(
            p.name for p in message.parts
        )
    parsed = email.message_from_bytes(mime.write(message).data, policy=email.policy.compat32)
    assert bodies(parsed) == meant, "MIME reads back otherwise"
    assert set(parsed.keys()) <= {
        "From",
        "To",
        "Subject",
        "Date",
        "X-Mms-Transaction-ID",
        "MIME-Version",
        "Content-Type",
    }
    submitted = mm7.submit_req(message)
    parsed = email.message_from_bytes(f"Content-Type: {submitted.content_type}\r\n\r\n".encode() + submitted.data)
    soap, content = parsed.get_payload()
    in_xml(soap.get_payload(decode=True), message)
    assert bodies(content) == meant, "MM7 reads back otherwise"
    for write in (mm1.send_req, mm1.retrieve_conf):
        assert pdu_parts(write(message).data) == [part.data for part in whole], "the PDU reads back otherwise"


def bodies(parsed) -> list[tuple[str, str, bytes]]:
    """Give name, type and content of each part of a parsed multipart."""
    inner = parsed.get_payload() if parsed.is_multipart() else []
    return [(part.get_filename(), part.get_content_type(), part.get_payload(decode=True)) for part in inner]


def in_xml(soap: bytes, message: Envelope) -> None:
    """Assert that the envelope parses and says the subject that was given, but for letters that XML cannot hold."""
    root = ET.fromstring(soap)
    subject = next((each.text for each in root.iter() if each.tag.endswith("}Subject")), None) or ""
    assert kept(subject) == kept(message.subject or "")


def kept(text: str) -> str:
    """Leave out what may be lost: what XML cannot hold, and blanks."""
    return "".join(letter for letter in text if letter.isprintable() and not letter.isspace() and letter != "\ufffd")


def pdu_parts(pdu: bytes) -> list[bytes]:
    """Read the parts of an MM1 PDU by walking its headers as WSP says, from the start."""
    at = 0
    while True:
        code = pdu[at]
        assert code >= 0x80, f"no header at {at}"
        at = value_end(pdu, at + 1)
        if code == 0x84:
            break
    count, at = uintvar(pdu, at)
    found = []
    for _ in range(count):
        head, at = uintvar(pdu, at)
        size, at = uintvar(pdu, at)
        found.append(pdu[at + head : at + head + size])
        at += head + size
    assert at == len(pdu), "bytes are left behind the last part"
    return found


def value_end(pdu: bytes, at: int) -> int:
    """Pass one header's value (WSP section 8.4.1.2)."""
    first = pdu[at]
    if first <= 30:
        return at + 1 + first
    if first == 31:
        size, at = uintvar(pdu, at + 1)
        return at + size
    if first >= 0x80:
        return at + 1
    return pdu.index(b"\0", at) + 1


def uintvar(pdu: bytes, at: int) -> tuple[int, int]:
    """Read seven bits a byte."""
    value = 0
    while True:
        value = value << 7 | pdu[at] & 0x7F
        at += 1
        if not pdu[at - 1] & 0x80:
            return value, at


_SOUGHT = Sought(our_id="abc", sender="+15550100", to="+15550101", text="x", media_count=1, since_s=0.0)
_SECRET = "c2VjcmV0"


def provider(data: bytes) -> None:
    """Read an answer, a look-up's answer and a web hook of a provider; the first two bytes are its name and the status.

    A signature is taken for right: what stands behind it is tried, too.
    """
    known = names("providers")
    if len(data) < 2:
        return
    each: Provider = load("providers", known[data[0] % len(known)])
    status = (200, 201, 202, 400, 404, 429, 500, 503)[data[1] % 8]
    first, _, body = data[2:].partition(b"\n\n")
    given = first.decode("latin-1")
    kind = ("application/json", "application/x-www-form-urlencoded", "text/xml", "multipart/related; boundary=x")[
        data[1] // 8 % 4
    ]
    response = Response(status=status, headers={"Content-Type": kind, "Retry-After": given}, body=body)
    receipt = each.answer(response)
    in_range(receipt)
    with contextlib.suppress(UsageError):
        each.found(response, _SOUGHT)
    headers = dict.fromkeys(_SIGNATURES, given) | {"Content-Type": kind}
    with contextlib.suppress(AssetError, UsageError):
        each.parse_receipt(headers, body, url="https://h/x?" + given, secret=_SECRET)
    with believing(), contextlib.suppress(AssetError, UsageError):
        for notice in each.parse_receipt(headers, body, url="https://h/x?mediaprep_id=abc", secret=_SECRET):
            json.dumps([notice.our_id, notice.to, notice.carrier, notice.mcc_mnc, notice.receipt.provider_id])
            for text in (
                notice.our_id,
                notice.to,
                notice.carrier,
                notice.mcc_mnc,
                notice.receipt.provider_id,
                notice.receipt.raw_code,
                notice.receipt.detail,
            ):
                assert text is None or isinstance(text, str), f"{each.name}: {text!r} is no text"
    receipts.reply("mm7", body)


_SIGNATURES = (
    "X-Twilio-Signature",
    "Authorization",
    "Telnyx-Signature-Ed25519",
    "Telnyx-Timestamp",
    "X-Plivo-Signature-V3",
    "X-Plivo-Signature-V3-Nonce",
    "X-SignalWire-Signature",
)


@contextlib.contextmanager
def believing():
    """Take every signature for right: a mutator never finds one, and the reader behind it is what is tried."""
    answers = {"equal": True, "_verify": None}
    with contextlib.ExitStack() as stack:
        for name, module in list(sys.modules.items()):
            if name.startswith("mediaprep.providers."):
                for each in answers.keys() & vars(module).keys():
                    stack.enter_context(mock.patch.object(module, each, return_value=answers[each]))
        yield


def _hooks() -> tuple[bytes, ...]:
    bodies_ = {
        "twilio": b"MessageSid=MM1&MessageStatus=undelivered&ErrorCode=30019&To=%2B1",
        "signalwire": b'{"MessageSid": "MM1", "MessageStatus": "failed", "ErrorCode": 30019}',
        "plivo": b"MessageUUID=1&Status=failed&ErrorCode=300&To=1&MCC=310&MNC=410",
        "vonage": b'{"message_uuid": "1", "status": "rejected", "to": "1", '
        b'"error": {"type": "https://x#1020", "title": "t"}, '
        b'"destination": {"network_code": "310410"}, "client_ref": "abc"}',
        "telnyx": b'{"data": {"payload": {"id": "1", "to": [{"phone_number": "+1", '
        b'"status": "delivery_failed", "carrier": "x"}], '
        b'"errors": [{"code": "40300", "title": "t"}], "webhook_url": "https://x?mediaprep_id=a"}}}',
        "bandwidth": b'[{"type": "message-failed", "errorCode": 4720, "description": "d", '
        b'"message": {"id": "1", "tag": "abc"}, "to": "+1"}]',
        "sinch": b'{"code": "E101", "tracking-id": "1", "status-details": "x", '
        b'"client-reference": "abc", "to": "1", "operator-id": "o"}',
        "aws": json.dumps(
            {
                "Type": "Notification",
                "SigningCertURL": "https://sns.us-east-1.amazonaws.com/a.pem",
                "Message": '{"eventType": "MEDIA_BLOCKED", "messageId": "1", "context": {"mediaprep_id": "a"}}',
            }
        ).encode(),
        "mm7": b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Header>'
        b"<TransactionID>1</TransactionID></e:Header>"
        b"<e:Body><DeliveryReportReq><MessageID>1</MessageID><Recipient><Number>1</Number></Recipient><MMStatus>Expired"
        b"</MMStatus><Status><StatusCode>1000</StatusCode></Status></DeliveryReportReq></e:Body></e:Envelope>",
        "outbox": b"{}",
    }
    known = names("providers")
    return tuple(
        bytes([known.index(name), status]) + b"5\n\n" + body
        for name, body in bodies_.items()
        for status in (0, 8, 3, 16)
    )


def pipe(data: bytes) -> None:
    """Read what a worker that was taken over may send: forged, or values that come through the pipe once more alike."""
    for letter in (border.RESULT, border.ERROR):
        with contextlib.suppress(border.Forged):
            border.answer_of(letter, data)
    with contextlib.suppress(border.Forged):
        value = border.value_of(data)
        try:
            packed = border.packed(value)
        except (TypeError, RecursionError):
            return
        again = border.value_of(packed)
        assert sorted(repr(again)) == sorted(repr(value)), "a set has no order, and NaN equals nothing"


_ANSWERS = (
    b'[false,[{"Outcome":{"asset":"a","kind":{"KindName":"image"},"route":"att","verdict":{"Verdict":"fits"}}}]]',
    b'[true,["asset","unreadable","m",1,{"$dict":[["a",{"$path":"x"}]]}]]',
    (
        b'[false,{"$list":[{"$bytes":"aGk="},{"$set":[1,2]},'
        b'{"MediaInfo":{"kind":{"KindName":"video"},"media_type":"video/mp4","suffix":"mp4","size_bytes":3}}]}]'
    ),
)

TARGETS = (
    Target(
        name="wire",
        attempt=wire,
        longest=2_048,
        seeds=lambda: (
            b"Gr\xc3\xbc\xc3\x9fe\xff\xfe+15550100\xff\xfe+15550101,+15550102\xff\xfet-1\xff\xfea\xff\xfe\1a\xff\xfe\x02text\r\n.\r\n--=_x",
            b"a\r\nBcc: x\xff\xfe\xff\xfe\xff\xfe<&>\xff\xfe\"'\xff\xfe\x00",
            b"\0\xff\xfe\x7f\xff\xfe\x80",
        ),
        words=spelled(
            r"\xff\xfe \x0d\x0a \x0a\x0a --=_ =?utf-8?q? \x00 \x1b <![CDATA[ ]]> &#0; \xe2\x80\xa8 \xc2\x85 "
            r"\xef\xbf\xbe \x0d /TYPE= @"
        ),
    ),
    Target(
        name="providers",
        attempt=provider,
        seeds=_hooks,
        longest=2_048,
        words=spelled(
            r"null [] {} 1e999 \x22 %00 & <!DOCTYPE [[[[[[[[[[ NaN true -1 messages status error errors code id "
            r"to message detail \x5cud800"
        ),
    ),
    Target(
        name="worker_answers",
        attempt=pipe,
        seeds=lambda: _ANSWERS,
        longest=4_096,
        words=spelled(
            r"$dict $list $bytes $path $set Outcome Finding MediaInfo Verdict Route Limits Fact Attempt Event "
            r"Bounds FitOptions NaN 1e999 \x5cud800 [[[[[[[["
        ),
    ),
)
