"""MM7 against an MMSC on loopback: what it reads with a parser that is not ours, and what its answers mean."""

import re

import pytest
from accounts import account, outgoing
from captured import ours
from werkzeug import Response as Answer

from mediaprep import receipts
from mediaprep.errors import AssetError, UsageError
from mediaprep.plugins import load
from mediaprep.providers import Response, State

NAMESPACE = "http://www.3gpp.org/ftp/Specs/archive/23_series/23.140/schema/REL-6-MM7-1-4"


def soap(name, inner, transaction="t-1"):
    """A SOAP message of MM7."""
    return (
        '<?xml version="1.0"?><env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/"><env:Header>'
        f'<mm7:TransactionID xmlns:mm7="{NAMESPACE}">{transaction}</mm7:TransactionID></env:Header><env:Body>'
        f'<mm7:{name} xmlns:mm7="{NAMESPACE}"><mm7:MM7Version>6.8.0</mm7:MM7Version>{inner}</mm7:{name}>'
        "</env:Body></env:Envelope>"
    ).encode()


def status(code, words="x"):
    """A status in it."""
    return f"<mm7:Status><mm7:StatusCode>{code}</mm7:StatusCode><mm7:StatusText>{words}</mm7:StatusText></mm7:Status>"


def test_an_mmsc_reads_the_parts_that_were_sent(httpserver):
    """SOAP first, then the content as a nested multipart with the very bytes of each part, and SMIL that names them."""
    import base64

    from requests_toolbelt.multipart.decoder import MultipartDecoder

    httpserver.expect_request("/mm7").respond_with_data(soap("SubmitRsp", status(1000)), content_type="text/xml")
    message = outgoing("mm7", subject="Summer & more")
    ours("mm7", message, account("mm7", httpserver.url_for("/mm7")))
    ((request, _),) = httpserver.log

    first, content = MultipartDecoder(request.get_data(), request.headers["Content-Type"]).parts
    inner = MultipartDecoder(content.content, content.headers[b"Content-Type"].decode()).parts
    text = first.text
    assert f"{message.our_id}</TransactionID>" in text
    assert "<Number>+14155550123</Number>" in text
    assert "Summer &amp; more" in text
    assert "<DeliveryReport>true</DeliveryReport>" in text
    assert 'href="cid:' + content.headers[b"Content-ID"].decode().strip("<>") in text
    bodies = {}
    for part in inner:
        raw = part.content
        if part.headers.get(b"Content-Transfer-Encoding") == b"base64":
            raw = base64.b64decode(raw)
        bodies[part.headers[b"Content-Location"].decode()] = raw
    for part in message.envelope.parts:
        assert bodies[part.name].rstrip(b"\r\n") == part.data.rstrip(b"\r\n")
    smil = next(body for body in bodies.values() if b"<smil" in body).decode()
    assert set(re.findall(r'src="([^"]+)"', smil)) == {part.name for part in message.envelope.parts}
    assert request.headers["SOAPAction"] == '""'
    assert request.authorization.password == "planted-secret-mm7_password"


@pytest.mark.parametrize(
    ("body", "http", "state", "reason", "again"),
    [
        (soap("SubmitRsp", status(1000) + "<mm7:MessageID>m-1</mm7:MessageID>"), 200, "accepted", None, False),
        (soap("SubmitRsp", status(1000)), 200, "unknown", None, False),
        (soap("RSErrorRsp", status(2002)), 500, "failed", "bad_number", False),
        (soap("RSErrorRsp", status(2004)), 500, "failed", "too_big", False),
        (soap("RSErrorRsp", status(4006)), 500, "failed", "transient", True),
        (soap("RSErrorRsp", status(3002)), 200, "failed", "filtered", False),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", 200, "unknown", None, False),
        ("<x/>".encode("utf-16"), 200, "unknown", None, False),
        (b"gateway fault", 502, "unknown", None, False),
    ],
)
def test_answers(body, http, state, reason, again):
    """Status codes decide, also in a SOAP fault that comes as HTTP 500; what is no SOAP leaves a doubt."""
    receipt = load("providers", "mm7").answer(Response(status=http, headers={"Content-Type": "text/xml"}, body=body))

    assert (receipt.state, receipt.reason, receipt.again) == (state, reason, again)


def test_an_answer_in_a_multipart_is_found():
    """Some gateways wrap it."""
    inner = soap("SubmitRsp", status(1000) + "<mm7:MessageID>m-1</mm7:MessageID>")
    body = b"--b\r\nContent-Type: text/xml\r\n\r\n" + inner + b"\r\n--b--\r\n"
    headers = {"content-type": 'multipart/related; boundary="b"; type="text/xml"'}

    assert load("providers", "mm7").answer(Response(status=200, headers=headers, body=body)).provider_id == "m-1"


@pytest.mark.parametrize(
    ("word", "state", "reason"),
    [("Retrieved", "delivered", None), ("Forwarded", "sent", None), ("Deferred", "sent", None),
     ("Expired", "failed", "other"), ("Rejected", "failed", "other"), ("Unrecognised", "failed", "bad_type")],
)  # fmt: skip
def test_delivery_reports(word, state, reason):
    """MMStatus becomes a state, and the report is answered with its own transaction."""
    inner = (
        "<mm7:MessageID>m-1</mm7:MessageID><mm7:Recipient><mm7:Number>14155550123</mm7:Number></mm7:Recipient>"
        f"<mm7:MMStatus>{word}</mm7:MMStatus>"
    )
    body = soap("DeliveryReportReq", inner, transaction="r & d".replace("&", "&amp;"))

    (notice,) = receipts.parse("mm7", {}, body, secret="")

    assert (notice.receipt.state, notice.receipt.reason) == (state, reason)
    assert (notice.receipt.provider_id, notice.to) == ("m-1", "+14155550123")
    answer = receipts.reply("mm7", body)
    assert b"r &amp; d</TransactionID>" in answer.body
    assert b"<StatusCode>1000<" in answer.body
    assert (answer.media_type, receipts.reply("twilio", body).body) == ("text/xml; charset=utf-8", b"")
    with pytest.raises(AssetError):
        receipts.parse("mm7", {}, body, secret="user:password")


def test_a_text_alone_is_no_mm7():
    """It goes by another provider."""
    with pytest.raises(UsageError):
        load("providers", "mm7").request(outgoing("mm7", envelope=None), account("mm7"))


def test_a_short_code_is_named_as_one(httpserver):
    """It has no country code (TS 23.140)."""
    httpserver.expect_request("/mm7").respond_with_response(Answer("", status=500))
    ours("mm7", outgoing("mm7", sender="12345"), account("mm7", httpserver.url_for("/mm7")))

    assert b"<ShortCode>12345</ShortCode>" in httpserver.log[0][0].get_data()


def test_states_are_known():
    """No state is left out of the enum."""
    assert {each.value for each in State} == {"accepted", "sent", "delivered", "failed", "unknown"}
