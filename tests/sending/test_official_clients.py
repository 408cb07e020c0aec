"""What goes over the wire equals what the providers' own clients send for the same message."""

import base64

import pytest
from accounts import account, environment, outgoing, private_key
from captured import both, files, ours, plain

FROM, TO, MEDIA = "+14155550100", "+14155550123", "https://cdn.example/dish-7f3a91c2.jpg"
OUR_ID = "0123456789abcdef0123"
pytestmark = [
    pytest.mark.slow,  # importing their clients alone takes longer than all else here
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::SyntaxWarning"),
]


@pytest.fixture
def server(httpserver):
    """A server on loopback that takes anything."""
    import re

    answers = {"sid": "SM1", "message_uuid": "u", "id": "1", "data": {"id": "1"}, "MessageId": "m", "api_id": "a"}
    httpserver.expect_request(re.compile(".*")).respond_with_json(answers, status=202)
    return httpserver


class _ToLoopback:
    """Send what is meant for a fixed address of a provider to a server on loopback, over a real socket."""

    def __init__(self, base):
        from requests.adapters import HTTPAdapter

        outer = self

        class Adapter(HTTPAdapter):
            def send(self, request, **more):
                request.url = outer.moved(request.url)
                return super().send(request, **more)

        self.base = base
        self.adapter = Adapter()

    def moved(self, url):
        from urllib.parse import urlsplit

        parts = urlsplit(url)
        return self.base + parts.path + (f"?{parts.query}" if parts.query else "")


def test_twilio(server):
    """A picture message with a callback, by form."""
    from twilio.http.http_client import TwilioHttpClient
    from twilio.rest import Client

    known = environment("twilio", server.url_for("")[:-1])
    http = TwilioHttpClient()
    http.session.mount("https://", _ToLoopback(known["TWILIO_BASE_URL"]).adapter)
    client = Client(known["TWILIO_ACCOUNT_SID"], known["TWILIO_AUTH_TOKEN"], http_client=http)
    client.messages.create(
        to=TO, from_=FROM, body="Summer sale", media_url=[MEDIA, MEDIA + "?2"],
        status_callback=f"https://hooks.example/mms?mediaprep_id={OUR_ID}",
    )  # fmt: skip

    message = outgoing("twilio", callback_url="https://hooks.example/mms")
    second = type(message.media[0])(media_type="image/png", name="b", size_bytes=1, url=MEDIA + "?2")
    ours("twilio", outgoing("twilio", callback_url="https://hooks.example/mms", media=(*message.media, second)),
         account("twilio", known["TWILIO_BASE_URL"]))  # fmt: skip

    theirs, own = both(server)
    assert plain(own) == plain(theirs)
    assert own.headers["Authorization"] == theirs.headers["Authorization"]


def test_twilio_rcs_that_falls_back(server):
    """A messaging service as sender names the sender of the SMS that follows."""
    from twilio.http.http_client import TwilioHttpClient
    from twilio.rest import Client

    known = environment("twilio", server.url_for("")[:-1])
    http = TwilioHttpClient()
    http.session.mount("https://", _ToLoopback(known["TWILIO_BASE_URL"]).adapter)
    service = "MG" + "0" * 32
    client = Client(known["TWILIO_ACCOUNT_SID"], known["TWILIO_AUTH_TOKEN"], http_client=http)
    client.messages.create(
        to=TO, messaging_service_sid=service, body="Summer sale", media_url=[MEDIA], fallback_from=FROM
    )

    after = outgoing("twilio", channel="sms", media=())
    ours("twilio", outgoing("twilio", sender=service, channel="rcs", fallbacks=(after,)),
         account("twilio", known["TWILIO_BASE_URL"]))  # fmt: skip

    theirs, own = both(server)
    assert plain(own) == plain(theirs)


def _vonage(base):
    from vonage_http_client import Auth, HttpClient, HttpClientOptions
    from vonage_messages import Messages

    auth = Auth(application_id="78d335fa-323d-0114-9c3d-d6f0d48968cf", private_key=private_key())
    client = HttpClient(auth, HttpClientOptions(api_host="api.nexmo.com"))
    client._session.mount("https://", _ToLoopback(base).adapter)
    return Messages(client)


@pytest.mark.parametrize(
    ("media_type", "model", "field"),
    [("image/jpeg", "MmsImage", "image"), ("video/mp4", "MmsVideo", "video"), ("audio/mpeg", "MmsAudio", "audio"),
     ("text/x-vcard", "MmsVcard", "vcard"), ("application/pdf", "MmsFile", "file")],
)  # fmt: skip
def test_vonage(server, media_type, model, field):
    """Each type of one part, its text as caption, by JSON with a token that their key verifies."""
    import jwt
    from vonage_messages import models

    resource = models.MmsResource(url=MEDIA, caption="Summer sale")
    wanted = getattr(models, model)(**{"to": TO[1:], "from_": FROM[1:], "client_ref": OUR_ID, field: resource})
    _vonage(server.url_for("")[:-1]).send(wanted)

    message = outgoing("vonage")
    part = type(message.media[0])(media_type=media_type, name="x", size_bytes=1, url=MEDIA)
    ours("vonage", outgoing("vonage", media=(part,)), account("vonage", server.url_for("")[:-1]))

    theirs, own = both(server)
    assert plain(own) == plain(theirs)
    public = _public_key()
    mine, other = (
        jwt.decode(each.headers["Authorization"].removeprefix("Bearer "), public, algorithms=["RS256"])
        for each in (own, theirs)
    )
    assert mine.keys() == other.keys()
    assert mine["application_id"] == other["application_id"]
    assert mine["exp"] - mine["iat"] == other["exp"] - other["iat"]


def test_vonage_content_with_failover(server):
    """Several parts, and an SMS where they do not arrive."""
    from vonage_messages import models

    items = [
        models.MmsContentItemImage(url=MEDIA, caption="Summer sale"), models.MmsContentItemVcard(url=MEDIA + "?2"),
    ]  # fmt: skip
    numbers = {"to": TO[1:], "from_": FROM[1:], "client_ref": OUR_ID}
    _vonage(server.url_for("")[:-1]).send(
        models.MmsContent(**numbers, content=items), failover=[models.Sms(**numbers, text="See https://shop.example")]
    )

    message = outgoing("vonage")
    card = type(message.media[0])(media_type="text/x-vcard", name="c.vcf", size_bytes=1, url=MEDIA + "?2")
    after = outgoing("vonage", channel="sms", text="See https://shop.example", media=())
    ours("vonage", outgoing("vonage", media=(*message.media, card), fallbacks=(after,)),
         account("vonage", server.url_for("")[:-1]))  # fmt: skip

    theirs, own = both(server)
    assert plain(own) == plain(theirs)


def test_bandwidth(httpserver):
    """A picture message, tagged with our id."""
    import re

    import bandwidth

    httpserver.expect_request(re.compile(".*")).respond_with_json({"id": "1"}, status=202)
    base = httpserver.url_for("")[:-1]
    known = environment("bandwidth", base)
    setting = bandwidth.Configuration(
        host=base, username=known["BANDWIDTH_USERNAME"], password=known["BANDWIDTH_PASSWORD"]
    )
    client = bandwidth.ApiClient(setting)
    send, move = client.call_api, _ToLoopback(base).moved
    client.call_api = lambda method, url, *more, **named: send(method, move(url), *more, **named)
    api = bandwidth.MessagesApi(client)
    request = bandwidth.MessageRequest(
        applicationId=known["BANDWIDTH_APPLICATION_ID"], to=[TO], text="Summer sale", media=[MEDIA], tag=OUR_ID,
        **{"from": FROM},
    )  # fmt: skip
    api.create_message_with_http_info(known["BANDWIDTH_ACCOUNT_ID"], request)

    ours("bandwidth", outgoing("bandwidth"), account("bandwidth", base))

    theirs, own = both(httpserver)
    assert plain(own)["body"] == plain(theirs)["body"]
    assert plain(own)["path"].endswith("/users/9900000/messages")
    assert own.headers["Authorization"] == theirs.headers["Authorization"]


def test_telnyx(server):
    """A picture message with its subject, under an idempotency key."""
    from telnyx import Telnyx

    base = server.url_for("")[:-1]
    known = environment("telnyx", base)
    client = Telnyx(api_key=known["TELNYX_API_KEY"], base_url=base, max_retries=0)
    client.messages.send(
        to=TO, from_=FROM, text="Summer sale", subject="Summer", media_urls=[MEDIA], type="MMS",
        extra_headers={"Idempotency-Key": OUR_ID},
    )  # fmt: skip

    ours("telnyx", outgoing("telnyx"), account("telnyx", base))

    theirs, own = both(server)
    assert plain(own) == plain(theirs)
    for name in ("Authorization", "Idempotency-Key"):
        assert own.headers[name] == theirs.headers[name]


def test_telnyx_rcs_that_falls_back(server):
    """A file by RCS, an MMS and an SMS after it."""
    from telnyx import Telnyx

    base = server.url_for("")[:-1]
    known = environment("telnyx", base)
    client = Telnyx(api_key=known["TELNYX_API_KEY"], base_url=base, max_retries=0)
    client.messages.rcs.send(
        agent_id="agent", to=TO, messaging_profile_id="value-of-telnyx_messaging_profile_id", type="RCS",
        agent_message={"content_message": {"content_info": {"file_url": MEDIA}}},
        mms_fallback={"from": FROM, "text": "Summer sale", "media_urls": [MEDIA]},
        sms_fallback={"from": FROM, "text": "See https://shop.example"},
    )  # fmt: skip

    mms = outgoing("telnyx", subject="")
    sms = outgoing("telnyx", channel="sms", text="See https://shop.example", media=())
    from mediaprep.providers import Account

    profiled = Account({**known, "TELNYX_MESSAGING_PROFILE_ID": "value-of-telnyx_messaging_profile_id"})
    ours(
        "telnyx", outgoing("telnyx", sender="agent", channel="rcs", text="", subject="", fallbacks=(mms, sms)), profiled
    )

    theirs, own = both(server)
    assert plain(own) == plain(theirs)


def test_plivo(server):
    """A picture message; what their client adds as defaults (a log, no tracking) is what the API assumes anyway."""
    import plivo

    base = server.url_for("")[:-1]
    known = environment("plivo", base)
    client = plivo.RestClient(known["PLIVO_AUTH_ID"], known["PLIVO_AUTH_TOKEN"])
    client.session.mount("https://", _ToLoopback(base).adapter)
    client.messages.create(src=FROM, dst=TO, text="Summer sale", type_="mms", media_urls=[MEDIA])

    ours("plivo", outgoing("plivo"), account("plivo", base + "/v1"))

    theirs, own = both(server)
    added = {"log": "true", "trackable": False, "method": "POST"}
    their_body = plain(theirs)["body"]
    assert {name: value for name, value in their_body.items() if name not in added} == plain(own)["body"]
    assert {name: their_body[name] for name in added if name in their_body}.items() <= added.items()
    assert own.path == theirs.path
    assert own.headers["Authorization"] == theirs.headers["Authorization"]


def test_plivos_own_store(httpserver, tmp_path, capsys):
    """The upload of a file, and a message that names it by the id that came back."""
    import plivo

    from mediaprep.plugins import load

    base = httpserver.url_for("")[:-1]
    known = environment("plivo", base + "/v1")
    stored = {"objects": [{"media_id": "801c2056", "media_url": "https://media.plivo.com/x", "status": "success"}]}
    media = f"/v1/Account/{known['PLIVO_AUTH_ID']}/Media/"
    httpserver.expect_request(media).respond_with_json(stored)
    httpserver.expect_request(media.replace("Media", "Message")).respond_with_json({"message_uuid": ["u"]}, status=202)
    client = plivo.RestClient(known["PLIVO_AUTH_ID"], known["PLIVO_AUTH_TOKEN"])
    for session in (client.session, client.multipart_session):
        session.mount("https://", _ToLoopback(base).adapter)
    picture = tmp_path / "dish-7f3a91c2.jpg"
    picture.write_bytes(b"\xff\xd8\xff\xe0picture")
    client.media.upload([str(picture)])
    client.messages.create(src=FROM, dst=TO, text="Summer sale", type_="mms", media_ids=["801c2056"])

    at = load("hosts", "plivo").put(
        picture.read_bytes(), name=picture.name, media_type="image/jpeg", account=account("plivo", base + "/v1"),
        mode="url",
    )  # fmt: skip
    part = type(outgoing("plivo").media[0])(
        media_type="image/jpeg", name=picture.name, size_bytes=at.size_bytes, url=at.url, media_id=at.media_id
    )
    ours("plivo", outgoing("plivo", media=(part,)), account("plivo", base + "/v1"))

    their_upload, their_message, own_upload, own_message = (request for request, _ in httpserver.log)
    for name in ("Authorization", "Cache-Control"):
        assert own_upload.headers.get(name, "no-cache") == their_upload.headers[name]
    assert (own_upload.path, own_upload.method) == (their_upload.path, their_upload.method)
    assert files(own_upload) == files(their_upload) == [("file", picture.name, "image/jpeg", picture.read_bytes())]
    assert plain(own_message)["body"]["media_ids"] == plain(their_message)["body"]["media_ids"] == ["801c2056"]
    assert "media_urls" not in plain(own_message)["body"]


@pytest.mark.parametrize("case", ["mms", "sms", "rcs"])
def test_aws(server, case, monkeypatch):
    """The same body, target and signed headers as botocore's own client sends."""
    import boto3

    base = server.url_for("")[:-1]
    known = environment("aws", base)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    client = boto3.client(
        "pinpoint-sms-voice-v2", region_name="us-east-1", endpoint_url=base,
        aws_access_key_id=known["AWS_ACCESS_KEY_ID"], aws_secret_access_key=known["AWS_SECRET_ACCESS_KEY"],
    )  # fmt: skip
    common = {
        "DestinationPhoneNumber": TO, "OriginationIdentity": FROM, "Context": {"mediaprep_id": OUR_ID}, "DryRun": True,
    }  # fmt: skip
    file = "s3://media.example/dish-7f3a91c2.jpg"
    mms = outgoing("aws", dry_run=True)
    if case == "mms":
        client.send_media_message(**common, MessageBody="Summer sale", MediaUrls=[file])
        message = mms
    elif case == "sms":
        client.send_text_message(**common, MessageBody="Summer sale")
        message = outgoing("aws", dry_run=True, channel="sms", media=())
    else:
        client.send_rcs_message(
            **common, RcsMessageContent={"Content": {"FileMessage": {"FileUrl": file}}},
            FallbackConfiguration={
                "Channel": "MMS", "MessageBody": "Summer sale", "MediaUrls": [file], "OriginationIdentity": FROM,
            },
        )  # fmt: skip
        message = outgoing("aws", dry_run=True, channel="rcs", text="", fallbacks=(mms,))
    ours("aws", message, account("aws", base))

    theirs, own = both(server)
    assert plain(own) == plain(theirs)
    assert own.headers["X-Amz-Target"] == theirs.headers["X-Amz-Target"]
    assert own.headers["Authorization"].split(" ")[0] == theirs.headers["Authorization"].split(" ")[0]
    assert "/us-east-1/sms-voice/aws4_request" in own.headers["Authorization"]


def _public_key():
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_pem_private_key(private_key().encode(), password=None)
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def test_basic_is_basic():
    """Credentials read back (RFC 7617)."""
    from mediaprep.transport import basic

    assert base64.b64decode(basic("ä", "p:w").removeprefix("Basic ")).decode() == "ä:p:w"
