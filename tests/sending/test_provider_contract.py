"""What holds for every provider, found by folder."""

import json
import logging
import re
from dataclasses import replace
from urllib.parse import unquote

import pytest
from accounts import ALL, OVER_HTTP, account, outgoing, secrets

from mediaprep import receipts
from mediaprep.errors import AssetError, UsageError
from mediaprep.plugins import load
from mediaprep.profiles.load import Profiles
from mediaprep.providers import Account, Reason, Response, Setting, Sought, State
from mediaprep.sending.journal import SendJournal

CAPABILITIES = {
    "mms", "rcs", "sms", "subject", "rcs_fallback", "mms_fallback", "idempotency_key", "dry_run", "lookup", "receipts",
    "signed_receipts",
}  # fmt: skip

SOUGHT = Sought(our_id="x", sender="+14155550100", to="+14155550123", text="t", media_count=1, since_s=1_700_000_000.0)


@pytest.mark.parametrize("name", ALL)
def test_a_provider_says_what_it_is(name):
    """Its name is its file's, its capabilities and media mode are known ones, its variables are upper case."""
    provider = load("providers", name)

    assert provider.name == name
    assert provider.title
    assert provider.media_mode in {"url", "s3", "inline"}
    assert provider.capabilities <= CAPABILITIES
    assert "mms" in provider.capabilities
    assert provider.max_media >= 1
    assert re.compile(provider.sender_ids)
    for setting in (*provider.settings, *filter(None, [provider.receipt_secret])):
        assert setting.variable == setting.variable.upper()
        assert setting.meaning
    assert ("signed_receipts" in provider.capabilities) <= (provider.receipt_secret is not None)


@pytest.mark.parametrize("name", OVER_HTTP)
def test_a_provider_has_a_profile(name):
    """Its limits are known by the same name, or --via could not serve both."""
    assert Profiles.load().find(name) is not None


@pytest.mark.parametrize("name", ALL)
def test_a_request_is_pure_and_holds_no_secret(name):
    """The same message gives the same request, and no secret is in it, in its repr or in the account's."""
    provider, known = load("providers", name), account(name)

    one, two = provider.request(outgoing(name), known), provider.request(outgoing(name), known)

    assert one == two
    shown = repr(one) + repr(known) + one.url + str(dict(one.headers)) + one.body.decode("latin-1")
    for secret in secrets(name):
        assert secret not in shown


@pytest.mark.parametrize("name", OVER_HTTP)
def test_our_id_travels_with_the_message(name):
    """It is in the request, or in the callback that the provider will call."""
    message = outgoing(name, callback_url="https://hooks.example/mms?a=1")

    request = load("providers", name).request(message, account(name))

    everything = request.url + str(dict(request.headers)) + request.body.decode("latin-1")
    assert message.our_id in everything


@pytest.mark.parametrize("name", OVER_HTTP)
def test_throttling_says_again_and_when(name):
    """429 with Retry-After may be tried again after that time."""
    receipt = load("providers", name).answer(Response(status=429, headers={"retry-after": "3"}, body=b"{}"))

    assert (receipt.state, receipt.reason, receipt.again) == (State.FAILED, Reason.THROTTLED, True)
    assert receipt.retry_after_s == 3.0


@pytest.mark.parametrize("stated", ["²", "9" * 400, "-3", "soon", "1e3"])
def test_an_odd_retry_after_says_nothing(stated):
    """What is no number of seconds and no date, or one without end, leaves when to try again open."""
    receipt = load("providers", "twilio").answer(Response(status=429, headers={"retry-after": stated}, body=b"{}"))

    assert (receipt.again, receipt.retry_after_s) == (True, None)


@pytest.mark.parametrize("name", OVER_HTTP)
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_fault_of_the_server_leaves_a_doubt(name, status):
    """A 5xx says nothing about the message: it is unknown, never failed, and never to be sent again."""
    receipt = load("providers", name).answer(Response(status=status, headers={}, body=b"<html>oops"))

    assert receipt.state == State.UNKNOWN
    assert not receipt.again


@pytest.mark.parametrize("name", OVER_HTTP)
@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'{"id": null}', b"\xff\xfe", b'{"data": [1]}', b"<a/>"])
def test_odd_answers_are_judged_by_their_status(name, body):
    """What cannot be read is refused at 400, and in doubt at 200 and 202: a yes without an id is no yes."""
    provider = load("providers", name)

    refused = provider.answer(Response(status=400, headers={}, body=body))
    assert (refused.state, refused.again) == (State.FAILED, False)
    for status in (200, 202):
        assert provider.answer(Response(status=status, headers={}, body=body)).state == State.UNKNOWN


@pytest.mark.parametrize("name", OVER_HTTP)
def test_a_long_answer_is_not_kept_whole(name):
    """An error page of a megabyte does not fill the journal."""
    receipt = load("providers", name).answer(
        Response(status=400, headers={}, body=b'{"message": "' + b"x" * 10**6 + b'"}')
    )

    assert len(receipt.detail or "") <= 300


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"\xff", b"{", b"MessageSid=SM1", b"<a/>", b'[{"message": 1}]'])
def test_receipts_that_are_none_are_refused(name, body):
    """Nothing but AssetError leaves the reader of web hooks, whatever anybody posts to it."""
    if (name, body) == ("bandwidth", b"[]"):
        return  # an array without events is a receipt that says nothing
    from accounts import private_key

    secret = {"telnyx": "A" * 43 + "=", "aws": private_key()}.get(name, "secret")
    with pytest.raises((AssetError, UsageError)) as raised:
        load("providers", name).parse_receipt({}, body, url="https://hooks.example/", secret=secret)
    assert isinstance(raised.value, AssetError) or name == "aws"


@pytest.mark.parametrize("name", OVER_HTTP)
def test_a_lookup_that_finds_nothing_proves_nothing(name):
    """An empty list, an error or rubbish leaves the message unknown."""
    provider = load("providers", name)
    request = provider.lookup(SOUGHT, account(name))

    if "lookup" not in provider.capabilities:
        assert request is None
    for status, body in [(200, b"{}"), (200, b'{"messages": []}'), (404, b""), (500, b"x"), (200, b"\xff")]:
        assert provider.found(Response(status=status, headers={}, body=body), SOUGHT) is None


@pytest.mark.parametrize("name", OVER_HTTP)
def test_an_account_that_is_not_there_is_named(name):
    """Every variable that is missing is named at once, with what it means."""
    provider = load("providers", name)
    needed = [setting for setting in provider.settings if setting.needed and setting.default is None]

    with pytest.raises(UsageError) as raised:
        Account.from_environment(provider.title, provider.settings, {})
    for setting in needed:
        assert setting.variable in str(raised.value)


def test_only_declared_variables_are_read():
    """An account holds nothing else of the environment."""
    settings = (Setting(variable="A", meaning="a"),)
    found = Account.from_environment("x", settings, {"A": "1", "B": "2"})

    assert found["A"] == "1"
    assert found["B"] == ""
    assert repr(found) == "Account(A)"


FACTS = {
    "twilio": {"too_big": "30019 11751", "bad_type": "12300 63021", "unfetchable": "11200 21620 63019",
               "no_mms": "30011", "throttled": "30001 21611 20429"},
    "signalwire": {"too_big": "11751", "bad_type": "12300", "unfetchable": "11200"},
    "bandwidth": {"too_big": "4411 4711 4751", "bad_type": "4412 4712", "unfetchable": "4410", "no_mms": "4409 4700",
                  "throttled": "5600 5610 4785 429"},
    "aws": {"too_big": "FILE_SIZE_EXCEEDED", "bad_type": "FILE_TYPE_UNSUPPORTED", "unfetchable": "FILE_INACCESSIBLE",
            "no_mms": "UNREACHABLE CARRIER_UNREACHABLE", "throttled": "ThrottlingException"},
    "sinch": {"too_big": "2004 E331 E332 E333 E335", "bad_type": "E224 E225 E226 E227 E012 E013 E341 E629",
              "no_mms": "N202 E619 E628", "throttled": "E106 E113", "unfetchable": "E351 E352 E353 E355",
              "transient": "E618"},
    "plivo": {"too_big": "120"},
    "mm7": {"too_big": "2004", "bad_number": "2002 2003"},
}  # fmt: skip
"""Providers' published codes and what they mean."""


@pytest.mark.parametrize(
    ("name", "reason", "code"),
    [(n, r, c) for n, reasons in FACTS.items() for r, codes in reasons.items() for c in codes.split()],
)
def test_every_known_code_has_its_reason(name, reason, code):
    """Codes are mapped onto one set of reasons."""
    module = __import__(
        f"mediaprep.providers.{'_form_api' if name in ('twilio', 'signalwire') else name}", fromlist=["x"]
    )

    assert module.REASONS[code] == Reason(reason)


@pytest.mark.parametrize(
    ("body", "state", "again"),
    [
        (b'{"status": "success", "tracking-id": "t1"}', State.ACCEPTED, False),
        (b'{"status": "failure", "error-code": "E618", "error-info": "please retry"}', State.FAILED, True),
        (b'{"status": "failure", "error-code": "E113"}', State.FAILED, True),
        (b'{"status": "failure", "error-code": "E331"}', State.FAILED, False),
        (b'{"status": "failure", "error-code": "E503"}', State.UNKNOWN, False),
    ],
)
def test_sinch_answers_as_http_200_whatever_it_says(body, state, again):
    """A refusal, a "later" and an internal error, which may have taken the message, are told apart by their codes."""
    receipt = load("providers", "sinch").answer(Response(status=200, headers={}, body=body))

    assert (receipt.state, receipt.again) == (state, again)


@pytest.mark.parametrize(("changes", "said"), [({"subject": ""}, "subject"), ({"media": ()}, "without media")])
def test_what_sinch_refuses_is_said_before_it_is_sent(changes, said):
    """A message without subject or media never leaves."""
    with pytest.raises(UsageError, match=said):
        load("providers", "sinch").request(outgoing("sinch", **changes), account("sinch"))


@pytest.mark.parametrize("name", [name for name in OVER_HTTP if "rcs" in load("providers", name).capabilities])
@pytest.mark.parametrize("count", [0, 1, 2])
def test_rcs_carries_all_words_or_says_that_it_cannot(name, count):
    """No provider's request leaves the text of an RCS out, or a part: what it cannot carry is refused instead."""
    (part,) = outgoing(name).media
    parts = tuple(replace(part, url=f"{part.url}?{index}") for index in range(count))
    message = outgoing(name, channel="rcs", sender="agent", subject="", text="Reply-STOP", media=parts)
    try:
        body = unquote(load("providers", name).request(message, account(name)).body.decode())
    except UsageError:
        return

    assert "Reply-STOP" in body
    assert all(each.url in body for each in parts)


ODD = [{"a": 1}, ["a"], [], {}, 7, 1.5, True, None, "", "\x00", "x" * 2_000, [{"a": [1]}]]
"""What JSON may hold where a text is expected."""

HOOKS = {
    "sinch": {"code": "E101", "status": "failed", "status-details": "no", "tracking-id": "t", "client-reference": "a1",
              "to": "14155550123", "operator-id": "5"},
    "bandwidth": [{"type": "message-failed", "errorCode": 4711, "description": "no", "to": "+14155550123",
                   "carrierName": "V", "message": {"id": "b", "tag": "a1"}}],
}  # fmt: skip
"""Web hooks that nobody signs: anybody may post anything there."""

REFUSALS = [
    ("vonage", {"type": "https://developer.vonage.com/api-errors#1120", "title": "no", "detail": "no"}),
    ("bandwidth", {"type": "request-validation", "description": "no", "errorCode": 4411, "code": "x"}),
    ("bandwidth", {"links": [], "data": None, "errors": [{"type": "x", "description": "no", "source": {}}]}),
    ("telnyx", {"errors": [{"code": "10015", "title": "no", "detail": "no"}]}),
    ("aws", {"__type": "ValidationException", "Message": "no", "message": "no"}),
    ("plivo", {"error": "no"}),
    ("twilio", {"code": 30019, "message": "no"}),
    ("sinch", {"status": "failure", "error-code": "E341", "error-info": "no"}),
]


def _oddly(value):
    """Give a value with each of its own values, however deep, replaced by something odd."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs:
        changes = [*ODD, *(_oddly(inner) if isinstance(inner, dict | list) else ())]
        for odd in changes:
            changed = value.copy()
            changed[key] = odd
            yield changed


@pytest.mark.parametrize("name", HOOKS)
def test_an_odd_web_hook_is_read_or_refused_and_hurts_no_journal(name, tmp_path):
    """Whatever stands where a text should: AssetError, or a notice that the journal takes."""
    read = 0
    with SendJournal(tmp_path / "sent.sqlite3") as journal:
        for odd in _oddly(HOOKS[name]):
            try:
                notices = receipts.parse(name, {}, json.dumps(odd).encode(), secret="")
            except AssetError:
                continue
            for notice in notices:
                read += 1
                for text in (notice.our_id, notice.to, notice.carrier, notice.receipt.detail):
                    assert text is None or isinstance(text, str)
                journal.note(name, notice)
    assert read > 10


@pytest.mark.parametrize(("name", "body"), REFUSALS)
@pytest.mark.parametrize("status", [400, 429])
def test_an_odd_refusal_is_a_refusal(name, body, status):
    """The message has left: whatever an answer holds, it is read, for a crash would leave its fate untold."""
    for odd in _oddly(body):
        response = Response(status=status, headers={}, body=json.dumps(odd).encode())
        receipt = load("providers", name).answer(response)
        assert receipt.state == State.FAILED
        assert receipt.detail is None or (isinstance(receipt.detail, str) and len(receipt.detail) <= 300)
        assert isinstance(receipt.raw_code, str)


@pytest.mark.parametrize(
    ("kind", "reason"), [("4411", Reason.TOO_BIG), ("request-validation", Reason.OTHER), ("4409", Reason.NO_MMS)]
)
def test_what_bandwidth_says_of_several_channels_is_read(kind, reason):
    """Errors of its multi-channel API come in a list; the first says why, and what may be done."""
    words = "The 'channelList[0].from' field must contain exactly one telephone number"
    error = {"type": kind, "description": words, "source": {"field": "channelList[0].from"}}
    body = json.dumps({"links": [], "data": None, "errors": [error]}).encode()

    receipt = load("providers", "bandwidth").answer(Response(status=400, headers={}, body=body))

    assert (receipt.state, receipt.reason, receipt.raw_code, receipt.detail) == (State.FAILED, reason, kind, words)


def test_nothing_is_logged_by_building_requests(caplog):
    """A provider is silent."""
    caplog.set_level(logging.DEBUG)
    for name in ALL:
        load("providers", name).request(outgoing(name), account(name))
    assert not caplog.records
