"""Requests against documents that we did not write: OpenAPI of Twilio and Bandwidth, botocore's model of AWS."""

import gzip
import json
import re
from pathlib import Path

import pytest
import yaml
from accounts import account, outgoing
from captured import ours
from foreign import ROOT

from mediaprep.plugins import load
from mediaprep.providers import Response, Sought, State

SPECS = ROOT.parent / "shared" / "specs"
SOUGHT = Sought(our_id="x", sender="+14155550100", to="+14155550123", text="Hi", media_count=1, since_s=1_700_000_000.0)


def _document(name):
    path = SPECS / name
    if not path.exists():
        pytest.skip(f"{name}, the provider's own document, is not beside this checkout")
    if path.suffix == ".json":
        return json.loads(path.read_bytes())
    return yaml.load(path.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def _moved(document, base):
    """Let a document speak of a server on loopback, and of messages alone."""
    document["servers"] = [{"url": base}]
    document["paths"] = {name: path for name, path in document["paths"].items() if "essages" in name}
    for path in document["paths"].values():
        path.pop("servers", None)
        for operation in path.values():
            if isinstance(operation, dict):
                operation.pop("servers", None)
    return document


@pytest.fixture(scope="module")
def twilio_document():
    """Twilio's document, with the encoding of a repeated field that it leaves out."""
    found = _document("twilio_messages.json")
    form = found["paths"]["/2010-04-01/Accounts/{AccountSid}/Messages.json"]["post"]["requestBody"]["content"]
    form["application/x-www-form-urlencoded"]["encoding"] = {"MediaUrl": {"style": "form", "explode": True}}
    return found


@pytest.fixture(scope="module")
def bandwidth_document():
    """Bandwidth's document."""
    return _document("bandwidth_messaging.yml")


def _validated(document, base, requests):
    from openapi_core import Config, OpenAPI
    from openapi_core.contrib.werkzeug import WerkzeugOpenAPIRequest

    judge = OpenAPI.from_dict(_moved(document, base), config=Config(spec_validator_cls=None))
    for request in requests:
        judge.validate_request(WerkzeugOpenAPIRequest(request))


def _sent(httpserver, name, path, messages, lookups=()):
    httpserver.expect_request(re.compile(".*")).respond_with_json({})
    known = account(name, httpserver.url_for(path))
    for message in messages:
        ours(name, message, known)
    from mediaprep.transport import exchange

    provider = load("providers", name)
    for sought in lookups:
        request = provider.lookup(sought, known)
        secrets = provider.credentials(request, known, 0.0)
        exchange(request.method, request.url, headers=request.headers, secrets=secrets)
    return [request for request, _ in httpserver.log]


@pytest.mark.filterwarnings("ignore")
def test_twilio_requests_are_valid(httpserver, twilio_document):
    """Sending by MMS, SMS and RCS, and asking what became of a message."""
    after = outgoing("twilio", channel="sms", media=())
    messages = [
        outgoing("twilio", callback_url="https://hooks.example/mms"),
        outgoing("twilio", media=outgoing("twilio").media * 10),
        outgoing("twilio", channel="sms", media=(), text="é" * 1600),
        outgoing("twilio", channel="rcs", sender="MG" + "0" * 32, fallbacks=(after,)),
    ]
    requests = _sent(httpserver, "twilio", "", messages, [SOUGHT])
    _validated(twilio_document, httpserver.url_for("")[:-1], requests)


@pytest.mark.filterwarnings("ignore")
def test_a_wrong_request_is_found(httpserver, twilio_document):
    """The document does refuse: an account's id that is none."""
    from openapi_core.exceptions import OpenAPIError

    from mediaprep.providers import Account

    httpserver.expect_request(re.compile(".*")).respond_with_json({})
    base = httpserver.url_for("")[:-1]
    wrong = Account({"TWILIO_ACCOUNT_SID": "nobody", "TWILIO_AUTH_TOKEN": "x", "TWILIO_BASE_URL": base})
    ours("twilio", outgoing("twilio"), wrong)

    with pytest.raises(OpenAPIError):
        _validated(twilio_document, base, [httpserver.log[0][0]])


@pytest.mark.filterwarnings("ignore")
def test_bandwidth_requests_are_valid(httpserver, bandwidth_document):
    """Sending by MMS, SMS and several channels in order, and asking what became of a message."""
    mms = outgoing("bandwidth")
    sms = outgoing("bandwidth", channel="sms", media=(), text="See https://shop.example")
    messages = [
        mms, sms, outgoing("bandwidth", fallbacks=(sms,)),
        outgoing("bandwidth", channel="rcs", sender="agent", text="", fallbacks=(mms, sms)),
        outgoing("bandwidth", channel="rcs", sender="agent", media=(), fallbacks=(sms,)),
        outgoing("bandwidth", channel="rcs", sender="agent", text="Sale. Reply STOP to opt out."),
    ]  # fmt: skip
    requests = _sent(httpserver, "bandwidth", "", messages, [SOUGHT])
    _validated(bandwidth_document, httpserver.url_for("")[:-1], requests)


def test_examples_of_twilio_are_read(twilio_document):
    """The answers that the document shows are read: taken messages and lists of them."""
    operations = twilio_document["paths"]["/2010-04-01/Accounts/{AccountSid}/Messages.json"]
    shown = operations["post"]["responses"]["201"]["content"]["application/json"]["examples"]
    assert shown
    for example in shown.values():
        body = json.dumps(example["value"]).encode()
        receipt = load("providers", "twilio").answer(Response(status=201, headers={}, body=body))
        assert receipt.provider_id == example["value"]["sid"]
        assert receipt.state in (State.ACCEPTED, State.SENT, State.DELIVERED)


SINCH_EXAMPLE = {
    "action": "sendmms", "service-id": "YOUR_CAMPAIGN_ID", "to": "RECIPIENT_PHONE_NUMBER_WITH_COUNTRY_CODE",
    "from": "YOUR_PHONE_NUMBER", "from-mask": "YOUR_MASK", "message-subject": "YOUR_SUBJECT_TEXT",
    "fallback-sms-text": "TEXT_OF_FALLBACK_SMS", "disable-fallback-sms-link": False, "disable-fallback-sms": False,
    "fallback-sms-link-expiration": "EXPIRATION_DATE_UTC", "mms-expiry-timestamp": "ISO8601_DATE_FORMAT",
    "client-reference": "CLIENT_SUPPLIED_IDENTIFIER", "cache-content": True,
    "slide": [{"image": {"url": "{Image URL}"}, "message-text": "{Slide message text}"}],
}  # fmt: skip
"""The example of sendmms in Sinch's OpenAPI document (developers.sinch.com/docs/mms/api-reference/mms, 2.0). Their
official client speaks other APIs (SMS, Conversation), so it can say nothing about this one."""


@pytest.mark.parametrize("followed", [False, True])
def test_sinch_requests_are_like_their_example(httpserver, followed):
    """Known fields alone, of the types shown, and the key in the header that their document names."""
    httpserver.expect_request(re.compile(".*")).respond_with_json({})
    after = (outgoing("sinch", channel="sms", text="See https://shop.example", media=()),) if followed else ()
    ours("sinch", outgoing("sinch", fallbacks=after), account("sinch", httpserver.url_for("/")))

    (request, _) = httpserver.log[0]
    body = json.loads(request.get_data())
    assert {name: type(value) for name, value in body.items()}.items() <= {
        name: type(value) for name, value in SINCH_EXAMPLE.items()
    }.items()
    assert body["slide"][0].keys() == SINCH_EXAMPLE["slide"][0].keys()
    assert body["slide"][0]["image"].keys() == {"url"}
    assert request.headers["x-api-key"].startswith("planted-secret")
    assert "Authorization" not in request.headers
    assert ("fallback-sms-text" in body) == followed == (not body.get("disable-fallback-sms", False))


def _model():
    import botocore

    (path,) = Path(botocore.__file__).parent.glob("data/pinpoint-sms-voice-v2/*/service-2.json*")
    data = path.read_bytes()
    return json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)


def _faults(shapes, name, value, where):
    """Apply required, min, max, pattern and enum of botocore's model, which botocore itself applies only in part."""
    shape = shapes[name]
    kind = shape["type"]
    if kind == "structure":
        for required in shape.get("required", ()):
            if required not in value:
                yield f"{where}.{required} is missing"
        for key, inner in value.items():
            if key not in shape["members"]:
                yield f"{where}.{key} is not known"
            else:
                yield from _faults(shapes, shape["members"][key]["shape"], inner, f"{where}.{key}")
        return
    length = value if kind in ("integer", "long", "double") else len(value) if kind != "boolean" else 0
    if "min" in shape and length < shape["min"]:
        yield f"{where} is under {shape['min']}"
    if "max" in shape and length > shape["max"]:
        yield f"{where} is over {shape['max']}"
    if kind == "string" and "pattern" in shape and not re.fullmatch(shape["pattern"], value):
        yield f"{where} does not match {shape['pattern']}"
    if "enum" in shape and value not in shape["enum"]:
        yield f"{where} is none of {shape['enum']}"
    if kind == "list":
        for index, inner in enumerate(value):
            yield from _faults(shapes, shape["member"]["shape"], inner, f"{where}[{index}]")
    if kind == "map":
        for key, inner in value.items():
            yield from _faults(shapes, shape["key"]["shape"], key, f"{where} key")
            yield from _faults(shapes, shape["value"]["shape"], inner, f"{where}[{key}]")


def _aws_faults(message):
    request = load("providers", "aws").request(message, account("aws"))
    operation = request.headers["X-Amz-Target"].partition(".")[2]
    model = _model()
    shape = model["operations"][operation]["input"]["shape"]
    return list(_faults(model["shapes"], shape, json.loads(request.body), operation))


@pytest.mark.parametrize(
    "message",
    [
        outgoing("aws"), outgoing("aws", text=""), outgoing("aws", text="é" * 1600, dry_run=True),
        outgoing("aws", channel="sms", media=()),
        outgoing("aws", channel="rcs", text="", fallbacks=(outgoing("aws"),)),
        outgoing("aws", channel="rcs", media=(), fallbacks=(outgoing("aws", channel="sms", media=()),)),
    ],
)  # fmt: skip
def test_aws_requests_keep_the_model(message):
    """Every length, count and pattern."""
    assert _aws_faults(message) == []


def test_the_model_does_refuse():
    """Two media, or a URL that is not of S3, would be found."""
    assert _aws_faults(outgoing("aws", media=outgoing("aws").media * 2))
    wrong = outgoing("twilio").media
    assert _aws_faults(outgoing("aws", media=wrong))
