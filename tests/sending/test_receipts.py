"""Receipts: signatures as the providers' own validators see them, and what they mean."""

import base64
import hashlib
import hmac
import json
import time
from urllib.parse import urlencode

import pytest

from mediaprep import receipts
from mediaprep.cli import run
from mediaprep.errors import AssetError, UsageError
from mediaprep.plugins import load, names
from mediaprep.providers import Receipt, Response, State
from mediaprep.sending.entry import Entry
from mediaprep.sending.journal import SendJournal

URL = "https://hooks.example/mms?mediaprep_id=abc&x=1"
ENTRY = Entry(our_id="abc", provider="twilio", channel="mms", sender="+14155550100", recipient="+14155550123",
              size_bytes=700_000)  # fmt: skip

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::SyntaxWarning")


def twilio(status="undelivered", code="30019", url=URL, secret="token"):
    """A web hook as Twilio signs it: computed by its own validator."""
    from twilio.request_validator import RequestValidator

    fields = {"MessageSid": "MM1", "MessageStatus": status, "ErrorCode": code, "To": "+14155550123", "Name": "ä b"}
    return {"X-Twilio-Signature": RequestValidator(secret).compute_signature(url, fields)}, urlencode(fields).encode()


@pytest.mark.parametrize("url", [URL, "https://hooks.example:8443/mms?a=b%20c", "http://hooks.example/"])
def test_twilio_signs_what_its_validator_says(url):
    """State, reason, raw code and our id, from a form that Twilio's own library signed."""
    headers, body = twilio(url=url)

    (notice,) = receipts.parse("twilio", headers, body, url=url, secret="token")

    assert (notice.receipt.state, notice.receipt.reason, notice.receipt.raw_code) == ("failed", "too_big", "30019")
    assert notice.our_id == ("abc" if url == URL else None)
    assert notice.to == "+14155550123"


def test_twilio_json_is_bound_by_the_hash_in_its_url():
    """A JSON body is signed by its SHA-256 in the query."""
    from twilio.request_validator import RequestValidator

    body = json.dumps({"MessageSid": "MM1", "MessageStatus": "delivered"}).encode()
    url = f"https://hooks.example/mms?bodySHA256={hashlib.sha256(body).hexdigest()}"
    headers = {
        "X-Twilio-Signature": RequestValidator("token").compute_signature(url, {}), "Content-Type": "application/json",
    }  # fmt: skip

    (notice,) = receipts.parse("twilio", headers, body, url=url, secret="token")
    assert notice.receipt.state == "delivered"
    with pytest.raises(AssetError, match="not the one that was signed"):
        receipts.parse("twilio", headers, body + b" ", url=url, secret="token")


def test_twilio_json_that_no_hash_binds_is_refused():
    """A signature of the URL alone says nothing of a body in JSON."""
    from twilio.request_validator import RequestValidator

    headers = {
        "X-Twilio-Signature": RequestValidator("token").compute_signature(URL, {}), "Content-Type": "application/json",
    }  # fmt: skip
    body = json.dumps({"MessageSid": "MM1", "MessageStatus": "delivered"}).encode()

    with pytest.raises(AssetError, match="bodySHA256") as raised:
        receipts.parse("twilio", headers, body, url=URL, secret="token")
    assert raised.value.code == "bad_signature"


class _Fields(dict):
    """A form whose fields may stand in it twice, as the validator of Twilio reads one."""

    def getall(self, name):
        return self[name]


def test_blank_and_repeated_fields_are_signed_too():
    """A blank field counts by its name, and what stands there twice counts once."""
    from twilio.request_validator import RequestValidator

    fields = [("MessageSid", "MM1"), ("MessageStatus", "delivered"), ("ErrorCode", ""), ("Tag", "a"), ("Tag", "a")]
    listed = _Fields({name: [value for each, value in fields if each == name] for name, _ in fields})
    headers = {"X-Twilio-Signature": RequestValidator("token").compute_signature(URL, listed)}

    (notice,) = receipts.parse("twilio", headers, urlencode(fields).encode(), url=URL, secret="token")

    assert (notice.receipt.state, notice.receipt.raw_code) == ("delivered", None)


@pytest.mark.parametrize(
    ("name", "more", "algorithm"),
    [
        ("X-SignalWire-Signature", {}, hashlib.sha1),
        ("X-Twilio-Signature", {"X-Twilio-Webhooks-Signature-Settings": "alg=HMAC_SHA256"}, hashlib.sha256),
    ],
)
def test_the_api_of_twilio_signs_by_other_names_and_sums(name, more, algorithm):
    """SignalWire has a header of its own, and an account may ask for SHA-256; another sum is no signature."""
    body = b"MessageSid=MM1&MessageStatus=sent"
    text = f"{URL}MessageSidMM1MessageStatussent".encode()

    def parsed(sum_of):
        signature = base64.b64encode(hmac.new(b"token", text, sum_of).digest()).decode()
        return receipts.parse("signalwire", {**more, name: signature}, body, url=URL, secret="token")

    assert parsed(algorithm)[0].receipt.state == "sent"
    with pytest.raises(AssetError):
        parsed(hashlib.sha384)


@pytest.mark.parametrize("change", ["body", "url", "secret", "none"])
def test_a_forged_twilio_receipt_is_refused(change):
    """Any change breaks the signature."""
    headers, body = twilio()
    url, secret = URL, "token"
    if change == "body":
        body = body.replace(b"undelivered", b"delivered")
    elif change == "url":
        url = URL.replace("abc", "abd")
    elif change == "secret":
        secret = "other"
    else:
        headers = {}
    with pytest.raises(AssetError) as raised:
        receipts.parse("twilio", headers, body, url=url, secret=secret)
    assert raised.value.code == "bad_signature"


def test_vonage_signs_by_a_token_with_the_hash_of_the_body():
    """HS256, and payload_hash; the network's code comes along."""
    import jwt
    from vonage_jwt import verify_signature

    body = json.dumps({
        "message_uuid": "u1", "to": "14155550123", "status": "undeliverable", "client_ref": "abc",
        "error": {"type": "https://developer.vonage.com/api-errors/messages#1380", "title": "Invalid resource"},
        "destination": {"network_code": "310260"},
    }).encode()  # fmt: skip
    claims = {"iat": int(time.time()), "payload_hash": hashlib.sha256(body).hexdigest()}
    secret = "s" * 40
    token = jwt.encode(claims, secret, algorithm="HS256")
    assert verify_signature(token, secret)

    (notice,) = receipts.parse("vonage", {"authorization": f"Bearer {token}"}, body, secret=secret)

    assert (notice.our_id, notice.mcc_mnc, notice.to) == ("abc", "310260", "+14155550123")
    assert (notice.receipt.reason, notice.receipt.raw_code) == ("unfetchable", "1380")
    for headers, given, key in (
        ({"authorization": f"Bearer {token}"}, body + b" ", secret),
        ({"authorization": f"Bearer {token}"}, body, "t" * 40),
        ({"authorization": "Bearer " + jwt.encode(claims, None, algorithm="none")}, body, secret),
        ({"authorization": "Bearer " + jwt.encode({"iat": claims["iat"]}, secret, algorithm="HS256")}, body, secret),
        ({"authorization": f"Basic {token}"}, body, secret),
    ):
        with pytest.raises(AssetError):
            receipts.parse("vonage", headers, given, secret=key)


def test_telnyx_signs_by_ed25519():
    """Over time and body; carrier and errors are read."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    payload = {
        "id": "t1", "to": [{"phone_number": "+14155550123", "status": "delivery_failed", "carrier": "AT&T"}],
        "errors": [{"code": "40002", "title": "Blocked as spam"}],
    }  # fmt: skip
    body = json.dumps({"data": {"event_type": "message.finalized", "payload": payload}}).encode()
    moment = str(int(time.time()))
    signature = base64.b64encode(key.sign(f"{moment}|".encode() + body)).decode()
    headers = {"Telnyx-Signature-Ed25519": signature, "Telnyx-Timestamp": moment}

    (notice,) = receipts.parse("telnyx", headers, body, url=URL, secret=public)

    assert (notice.our_id, notice.carrier, notice.receipt.reason) == ("abc", "AT&T", "filtered")
    with pytest.raises(AssetError):
        receipts.parse("telnyx", {**headers, "Telnyx-Timestamp": "1"}, body, url=URL, secret=public)


@pytest.mark.parametrize("url", ["https://hooks.example/mms", "https://hooks.example/mms?b=2&a=1&mediaprep_id=abc"])
def test_plivo_signs_what_its_validator_says(url):
    """HMAC-SHA256 in version 3, of several signatures any."""
    from plivo.utils import validate_v3_signature

    fields = {"MessageUUID": "p1", "Status": "undelivered", "ErrorCode": "120", "To": "14155550123"}
    nonce = "12345"
    query = url.partition("?")[2]
    shown = "&".join(sorted(query.split("&"))) if query else ""
    text = f"{url.partition('?')[0]}?{shown}" + ("." if shown else "") + "".join(k + fields[k] for k in sorted(fields))
    signature = base64.b64encode(hmac.new(b"token", f"{text}.{nonce}".encode(), hashlib.sha256).digest()).decode()
    assert validate_v3_signature("POST", url, nonce, "token", signature, dict(fields))

    headers = {"X-Plivo-Signature-V3": f"wrong,{signature}", "X-Plivo-Signature-V3-Nonce": nonce}
    (notice,) = receipts.parse("plivo", headers, urlencode(fields).encode(), url=url, secret="token")

    assert (notice.receipt.state, notice.receipt.reason, notice.to) == ("failed", "too_big", "+14155550123")
    with pytest.raises(AssetError):
        receipts.parse("plivo", headers, urlencode({**fields, "Status": "sent"}).encode(), url=url, secret="token")


def _sns(message, version="2", subject=None):
    """An envelope of SNS and the certificate that it was signed with."""
    import datetime as dt

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now).not_valid_after(now + dt.timedelta(days=1)).sign(key, hashes.SHA256())
    )  # fmt: skip
    envelope = {
        "Type": "Notification", "MessageId": "m", "TopicArn": "arn:aws:sns:us-east-1:1:t",
        "Message": json.dumps(message), "Timestamp": "2026-11-27T00:00:00.000Z", "SignatureVersion": version,
        "SigningCertURL": "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-1.pem",
    }  # fmt: skip
    envelope |= {"Subject": subject} if subject else {}
    names = [each for each in ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type") if each in envelope]
    text = "".join(f"{each}\n{envelope[each]}\n" for each in names).encode()
    algorithm = {"1": hashes.SHA1(), "2": hashes.SHA256()}[version]
    envelope["Signature"] = base64.b64encode(key.sign(text, padding.PKCS1v15(), algorithm)).decode()
    return envelope, certificate.public_bytes(serialization.Encoding.PEM).decode()


@pytest.mark.parametrize("version", ["1", "2"])
def test_sns_envelopes_are_verified(version):
    """Both versions of the signature; the event's context brings our id, the network comes along."""
    event = {
        "eventType": "MEDIA_FILE_SIZE_EXCEEDED", "messageId": "a1", "context": {"mediaprep_id": "abc"}, "mcc": "310",
        "mnc": "410", "carrierName": "AT&T", "destinationPhoneNumber": "+14155550123",
    }  # fmt: skip
    envelope, certificate = _sns(event, version)

    (notice,) = receipts.parse("aws", {}, json.dumps(envelope).encode(), secret=certificate)

    assert (notice.our_id, notice.mcc_mnc, notice.carrier) == ("abc", "310410", "AT&T")
    assert (notice.receipt.state, notice.receipt.reason) == ("failed", "too_big")
    for changed in (
        {"Message": json.dumps({**event, "eventType": "MEDIA_DELIVERED"})},
        {"SigningCertURL": "https://sns.us-east-1.amazonaws.com.evil.example/x.pem"}, {"SignatureVersion": "3"},
    ):  # fmt: skip
        with pytest.raises(AssetError):
            receipts.parse("aws", {}, json.dumps({**envelope, **changed}).encode(), secret=certificate)


def test_a_subject_of_sns_is_signed_with_the_rest():
    """An envelope with a subject is read, and refused once the subject is another."""
    event = {"eventType": "MEDIA_DELIVERED", "messageId": "a1"}
    envelope, certificate = _sns(event, subject="News")

    (notice,) = receipts.parse("aws", {}, json.dumps(envelope).encode(), secret=certificate)

    assert notice.receipt.state == "delivered"
    with pytest.raises(AssetError, match="does not match"):
        receipts.parse("aws", {}, json.dumps({**envelope, "Subject": "Other"}).encode(), secret=certificate)


@pytest.mark.parametrize(
    "address",
    [
        "http://sns.us-east-1.amazonaws.com/SimpleNotificationService-1.pem",
        "https://evil-sns.us-east-1.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-1.json",
        "https://sns.us-east-1.amazonaws.com@evil.example/x.pem",
    ],
)
def test_a_certificate_from_elsewhere_signs_nothing(address):
    """Whoever fetches the certificate by the envelope's own address is sent to Amazon SNS over https or nowhere."""
    envelope, certificate = _sns({"eventType": "MEDIA_DELIVERED", "messageId": "a1"})
    body = json.dumps({**envelope, "SigningCertURL": address}).encode()

    with pytest.raises(AssetError, match="not at an address of Amazon SNS"):
        receipts.parse("aws", {}, body, secret=certificate)


def test_an_array_of_bandwidth_is_several_notices():
    """Tags are our ids; callbacks bring the credentials that were set, or are refused."""
    from mediaprep.transport import basic

    events = [
        {"type": "message-failed", "errorCode": 4711, "to": "+14155550123", "carrierName": "Verizon",
         "message": {"id": "b1", "tag": "abc"}},
        {"type": "message-delivered", "to": "+14155550124", "message": {"id": "b2"}},
    ]  # fmt: skip
    body = json.dumps(events).encode()
    good = {"Authorization": basic("us", "them")}

    one, two = receipts.parse("bandwidth", good, body, secret="us:them")

    assert (one.our_id, one.carrier, one.receipt.reason) == ("abc", "Verizon", "too_big")
    assert two.receipt.state == "delivered"
    for wrong in ({}, {"Authorization": basic("us", "others")}):
        with pytest.raises(AssetError):
            receipts.parse("bandwidth", wrong, body, secret="us:them")


def test_a_secret_must_be_there(monkeypatch):
    """Where receipts are signed, nothing is believed without the means to verify it."""
    monkeypatch.delenv("TWILIO_AUTH_TOKEN", raising=False)
    headers, body = twilio()
    with pytest.raises(UsageError, match="TWILIO_AUTH_TOKEN"):
        receipts.parse("twilio", headers, body, url=URL)


def test_the_command_applies_a_file_to_the_journal(tmp_path, monkeypatch, capsys):
    """Good ones are written, forged ones are named and refused, exit code 4."""
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "token")
    journal = tmp_path / "sent.sqlite3"
    with SendJournal(journal) as opened:
        opened.claim(ENTRY)
        opened.settle("abc", Receipt(state=State.UNKNOWN))
    headers, body = twilio()
    good = {"provider": "twilio", "url": URL, "headers": headers, "body": body.decode()}
    file = tmp_path / "hooks.ndjson"
    file.write_text(json.dumps(good) + "\n" + json.dumps({**good, "body": "MessageSid=MM1"}) + "\n")

    assert run(["receipts", str(file), "--journal", str(journal), "--json"]) == 4

    said = capsys.readouterr()
    record = json.loads(said.out)
    assert (record["our_id"], record["journal_state"], record["size_bytes"]) == ("abc", "failed", 700_000)
    assert "hooks.ndjson:2" in said.err


def test_a_line_names_its_provider_and_its_body_in_two_ways(tmp_path, monkeypatch, capsys):
    """The line's own provider goes before --via; a body may be text or base64, and neither is guessed."""
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "token")
    headers, body = twilio()
    file, journal = tmp_path / "hooks.ndjson", tmp_path / "sent.sqlite3"
    bare = {"url": URL, "headers": headers, "body_base64": base64.b64encode(body).decode()}

    def told(line, *more):
        file.write_text(json.dumps(line))
        code = run(["receipts", str(file), "--journal", str(journal), "--json", *more])
        said = capsys.readouterr()
        return code, json.loads(said.out)["provider"] if said.out else said.err

    assert told({**bare, "provider": "twilio"}, "--via", "plivo") == (0, "twilio")
    assert told(bare, "--via", "twilio") == (0, "twilio")
    code, said = told(bare)
    assert code == 2
    assert "names no provider" in said
    code, said = told({**bare, "body_base64": "!" + bare["body_base64"]}, "--via", "twilio")
    assert code == 2
    assert "body_base64 is not base64" in said


@pytest.mark.parametrize("name", names("providers"))
def test_a_tower_of_brackets_is_no_answer_and_no_crash(name):
    """JSON that is nested deeper than Python reads is judged as what is no JSON: by its status, or refused."""
    tower = b"[" * 200_000
    provider = load("providers", name)
    response = Response(status=500, headers={"Content-Type": "application/json"}, body=tower)
    assert provider.answer(response).state in (State.UNKNOWN, State.FAILED)
    with pytest.raises((AssetError, UsageError)):
        receipts.parse(name, {}, tower, secret="x:y")
