"""Live sends from the message's file to the provider: hosting, failures that the next step mends, and secrets."""

import json
import logging
from urllib.parse import parse_qs

import pytest
from accounts import OVER_HTTP, PLANTED, environment, secrets
from captured import files
from werkzeug import Response

import mediaprep
import mediaprep.sender
from mediaprep.cli import run
from mediaprep.errors import MediaprepError, UsageError
from mediaprep.message.document import load
from mediaprep.message.fallback import plan
from mediaprep.providers import Notice, Reason, Receipt, State
from mediaprep.sending.journal import SendJournal
from mediaprep.sending.once import Patience

TO, FROM = "+14155550123", "+14155550100"
QUICK = Patience(tries=2, answer_s=5.0, whole_s=10.0, first_wait_s=0.01, longest_wait_s=0.1)


@pytest.fixture
def live(message, httpserver, monkeypatch, tmp_path, profiles):
    """Send for real, to a server on loopback."""
    monkeypatch.setenv("MEDIAPREP_HOST_FOLDER", str(tmp_path / "www"))
    monkeypatch.setenv("MEDIAPREP_HOST_URL", "https://cdn.example/mms")

    def call(via="twilio", sender_of=FROM, **more):
        for name, value in environment(via, httpserver.url_for("")[:-1]).items():
            monkeypatch.setenv(name, value)
        host = {"host": "directory"} if via != "mm7" else {}
        return mediaprep.send(
            message, TO, sender_of, via, live=True, isolation="none", patience=QUICK, profiles=profiles,
            **{**host, **more},
        )  # fmt: skip

    return call


def _answers(httpserver, *answers):
    import re

    for answer in answers:
        httpserver.expect_ordered_request(re.compile(".*"), method="POST").respond_with_response(answer)


def _form(httpserver, index):
    return parse_qs(httpserver.log[index][0].get_data().decode())


def _failed(code):
    return Response(json.dumps({"code": code, "message": "no"}), status=400)


def _taken(sid="MM1"):
    return Response(json.dumps({"sid": sid, "status": "queued"}), status=201)


def test_a_live_message_is_hosted_and_handed_over(live, httpserver, tmp_path):
    """The part is in the folder under its name, its address in the request, and a second call sends nothing."""
    _answers(httpserver, _taken())

    first, second = live(), live()

    (part,) = first.media
    assert (tmp_path / "www" / part.name).stat().st_size == part.size_bytes
    assert _form(httpserver, 0)["MediaUrl"] == [f"https://cdn.example/mms/{part.name}"]
    assert (first.state, first.provider_id, second.known) == ("accepted", "MM1", True)
    assert len(httpserver.log) == 1


def test_too_big_is_fitted_once_more_one_step_smaller(live, httpserver, tmp_path, samples):
    """A refusal for its size, then a message that is smaller, and words that say so."""
    (tmp_path / "dish.jpg").write_bytes((samples / "landscape_photo.jpg").read_bytes())
    _answers(httpserver, _failed(30019), _taken())

    sent = live()

    (before,) = sent.earlier
    assert (before.reason, sent.state) == ("too_big", "accepted")
    assert sent.size_bytes <= 300_000 < before.size_bytes
    assert "too big" in sent.note
    assert len(httpserver.log) == 2


def test_a_phone_without_mms_gets_the_link(live, httpserver):
    """After ``no_mms`` an SMS with text and link goes out, once."""
    _answers(httpserver, _failed(30011), _taken("SM2"))

    sent = live()

    assert (sent.channel, sent.state, sent.provider_id) == ("sms", "accepted", "SM2")
    assert _form(httpserver, 1)["Body"] == ["Summer sale. Reply STOP to opt out. https://shop.example/sale"]
    assert "MediaUrl" not in _form(httpserver, 1)
    assert sent.earlier[0].reason == Reason.NO_MMS
    with pytest.raises(AttributeError):
        sent.state = "x"


def test_a_receipt_that_came_later_is_acted_on(live, httpserver, tmp_path):
    """Accepted, then undeliverable by receipt: the same call made again goes on by SMS, and then does no more."""
    _answers(httpserver, _taken("MM1"), _taken("SM2"))
    first = live()
    with SendJournal(tmp_path / "live.sqlite3") as journal:
        journal.settle(first.our_id, Receipt(state=State.FAILED, reason=Reason.NO_MMS, raw_code="30011"))

    second, third = live(), live()

    assert (second.channel, second.state) == ("sms", "accepted")
    assert (third.channel, third.known) == ("sms", True)
    assert len(httpserver.log) == 2


@pytest.mark.parametrize("code", [21211, 30007])
def test_failures_that_an_sms_would_share_end_it(live, httpserver, code):
    """A wrong number and a filtered text are no better as an SMS."""
    _answers(httpserver, _failed(code))

    sent = live()

    assert sent.state == "failed"
    assert not sent.earlier
    assert len(httpserver.log) == 1


def test_without_a_link_there_is_nothing_to_fall_back_to(live, httpserver, message):
    """The media would be lost, so nothing is sent and the reason is said."""
    message.write_text('text: "Hi"\nparts: [{path: dish.jpg}]\n')
    _answers(httpserver, _failed(30011))

    sent = live()

    assert (sent.channel, sent.state) == ("mms", "failed")
    assert sent.note == "there is no SMS to fall back to: give the message a fallback.link"


def test_a_provider_that_fails_over_gets_the_whole_chain(live, httpserver):
    """Vonage takes the SMS in the same request."""
    _answers(httpserver, Response('{"message_uuid": "u"}', status=202))

    live("vonage")

    body = json.loads(httpserver.log[0][0].get_data())
    assert body["channel"] == "mms"
    assert [(each["channel"], each["text"]) for each in body["failover"]] == [
        ("sms", "Summer sale. Reply STOP to opt out. https://shop.example/sale")
    ]


@pytest.mark.parametrize("text", ["See https://shop.example/sale-terms. STOP", "See https://shop.example/sale. STOP"])
def test_the_sms_is_the_one_that_was_planned(live, httpserver, message, text):
    """The link stands in it beside a longer one, and once only: as the plan has it, by us or by the provider."""
    message.write_text(
        f'text: "{text}"\nparts: [{{path: dish.jpg}}]\nfallback: {{link: "https://shop.example/sale"}}\n'
    )
    planned = plan(load(message), mediaprep.route("us")).text
    _answers(httpserver, _failed(30011), _taken(), Response('{"message_uuid": "u"}', status=202))

    live("twilio")
    live("vonage")

    assert _form(httpserver, 1)["Body"] == [planned]
    assert json.loads(httpserver.log[2][0].get_data())["failover"][0]["text"] == planned
    assert planned.endswith(("sale-terms. STOP https://shop.example/sale", "See https://shop.example/sale. STOP"))


def test_an_empty_sms_is_not_sent(live, httpserver, message):
    """A fallback of no words has nothing to say: the media stay where they failed, and the reason is said."""
    message.write_text('text: "Hi"\nparts: [{path: dish.jpg}]\nfallback: {text: ""}\n')
    _answers(httpserver, _failed(30011), Response('{"message_uuid": "u"}', status=202))

    sent = live()
    live("vonage")

    assert (sent.channel, sent.state) == ("mms", "failed")
    assert sent.note == "there is no SMS to fall back to: give the message a fallback.link"
    assert "failover" not in json.loads(httpserver.log[1][0].get_data())


def _note(tmp_path, via, sent, provider_id, state, reason=None):
    with SendJournal(tmp_path / "live.sqlite3") as journal:
        receipt = Receipt(state=state, provider_id=provider_id, reason=reason)
        return journal.note(via, Notice(our_id=sent.our_id, receipt=receipt))


@pytest.mark.parametrize("reason", [Reason.NO_MMS, Reason.TOO_BIG])
def test_what_a_provider_sends_itself_is_not_sent_again(live, httpserver, tmp_path, samples, reason):
    """Vonage's MMS failed by receipt and its own SMS follows: the same call sends no second one and no smaller MMS."""
    (tmp_path / "dish.jpg").write_bytes((samples / "landscape_photo.jpg").read_bytes())
    _answers(httpserver, Response('{"message_uuid": "u-mms"}', status=202), Response("{}", status=202))
    first = live("vonage")
    assert _note(tmp_path, "vonage", first, "u-mms", State.FAILED, reason).state == "failed"

    second = live("vonage")

    assert (second.channel, second.state, second.known, len(httpserver.log)) == ("mms", "failed", True, 1)
    assert "sends them itself" in second.note
    assert _note(tmp_path, "vonage", first, "u-sms", State.SENT).state == "sent"
    assert live("vonage").state == "sent"
    assert _note(tmp_path, "vonage", first, "u-sms", State.FAILED).state == "failed"


def test_a_first_link_that_fails_late_does_not_undo_the_next(live, httpserver, tmp_path):
    """Receipts come in any order: the news of the provider's SMS stays when the MMS before it fails by receipt."""
    _answers(httpserver, Response('{"message_uuid": "u-mms"}', status=202))
    first = live("vonage")

    assert _note(tmp_path, "vonage", first, "u-sms", State.SENT).state == "sent"
    late = _note(tmp_path, "vonage", first, "u-mms", State.FAILED, Reason.NO_MMS)
    assert (late.state, late.provider_id) == ("sent", "u-sms")


def test_what_a_provider_refused_whole_goes_on_by_us(live, httpserver):
    """Nothing was taken of the chain in the request, so the SMS is ours to send."""
    no = Response('{"type": "https://developer.vonage.com/api-errors/messages#1400"}', status=422)
    _answers(httpserver, no, Response('{"message_uuid": "u-sms"}', status=202))

    sent = live("vonage")

    assert (sent.channel, sent.state) == ("sms", "accepted")


def test_an_agent_of_twilio_has_no_fallback_there(live, httpserver, tmp_path):
    """Only a Messaging Service falls back by itself: after an agent's RCS failed by receipt the SMS is ours to send."""
    _answers(httpserver, _taken("RM1"), _taken("SM2"))
    first = live("twilio", on="rcs/us", fallback_sender=FROM, sender_of="agent")
    assert _note(tmp_path, "twilio", first, "RM1", State.FAILED, Reason.NO_MMS).state == "failed"

    assert live("twilio", on="rcs/us", fallback_sender=FROM, sender_of="agent").channel == "mms"


def test_rcs_falls_back_to_mms_and_sms_at_the_provider(live, httpserver):
    """Bandwidth gets three channels in order, the MMS fitted to its own route."""
    _answers(httpserver, Response('{"data": {"id": "b"}}', status=202))

    sent = live("bandwidth", on="rcs/us", fallback_sender=FROM, host="directory")

    body = json.loads(httpserver.log[0][0].get_data())
    assert sent.state == "accepted"
    assert [each["channel"] for each in body["channelList"]] == ["RBM", "MMS", "SMS"]


def test_one_sender_fits_and_hosts_once_for_many(message, httpserver, monkeypatch):
    """Three recipients: one upload, three requests with one and the same address, and no second message to anybody."""
    import re

    for name, value in environment("bandwidth", httpserver.url_for("")[:-1]).items():
        monkeypatch.setenv(name, value)
    httpserver.expect_request(re.compile(".*"), method="PUT").respond_with_data("", status=204)
    httpserver.expect_request(re.compile(".*"), method="POST").respond_with_json({"id": "b"}, status=202)
    fitted = []
    real = mediaprep.sender.api.fit_message
    monkeypatch.setattr(mediaprep.sender.api, "fit_message", lambda *a, **k: fitted.append(1) or real(*a, **k))
    sender = mediaprep.Sender(message, FROM, "bandwidth", live=True, isolation="none", fallback=False, patience=QUICK)

    sent = [sender.send(f"+1415555012{number}") for number in (3, 4, 5, 3)]

    asked = [request.method for request, _ in httpserver.log]
    assert (asked.count("PUT"), asked.count("POST"), len(fitted)) == (1, 3, 1)
    assert [each.known for each in sent] == [False, False, False, True]
    bodies = [json.loads(request.get_data()) for request, _ in httpserver.log if request.method == "POST"]
    assert len({body["media"][0] for body in bodies}) == 1
    assert [body["to"] for body in bodies] == [["+14155550123"], ["+14155550124"], ["+14155550125"]]


def test_plivo_uploads_to_its_own_store_and_names_the_id(live, httpserver):
    """Without --host the part goes to Plivo's store, and the message names it by the id that came back."""
    stored = {"objects": [{"media_id": "801c2056", "media_url": "https://media.plivo.com/x", "status": "success"}]}
    _answers(httpserver, Response(json.dumps(stored), status=202), Response('{"message_uuid": ["u1"]}', status=202))

    sent = live("plivo", host=None)

    upload, message = (request for request, _ in httpserver.log)
    (part,) = sent.media
    assert [(name, kind) for _, name, kind, _ in files(upload)] == [(part.name, "image/jpeg")]
    assert json.loads(message.get_data())["media_ids"] == ["801c2056"]
    assert (sent.state, sent.provider_id, part.url) == ("accepted", "u1", "https://media.plivo.com/x")


def test_rcs_falls_back_to_mms_and_sms_by_us_where_the_provider_cannot(live, httpserver):
    """Twilio's agent takes no such phone, its number no such MMS: three messages, each tried after the last failed."""
    _answers(httpserver, _failed(63036), _failed(30011), _taken("SM3"))

    sent = live("twilio", on="rcs/us", fallback_sender=FROM, sender_of="agent")

    assert [each.channel for each in (*sent.earlier, sent)] == ["rcs", "mms", "sms"]
    assert [_form(httpserver, index)["From"] for index in range(3)] == [["rcs:agent"], [FROM], [FROM]]
    assert (sent.state, sent.provider_id) == ("accepted", "SM3")


@pytest.mark.parametrize(("via", "where"), [("vonage", "failover"), ("telnyx", "sms_fallback"), ("aws", None)])
def test_an_agent_is_no_sender_of_the_sms_that_a_provider_sends(live, httpserver, message, via, where, monkeypatch):
    """Without --fallback-from no SMS goes with the request: from an agent's name it would be refused, or get lost."""
    monkeypatch.setenv("TELNYX_MESSAGING_PROFILE_ID", "profile")
    message.write_text('text: "Hi"\nfallback: {link: "https://shop.example/sale"}\n')
    answer = {"data": {"id": "x"}, "message_uuid": "x", "MessageId": "x"}
    _answers(httpserver, Response(json.dumps(answer), status=200 if via == "aws" else 202))

    assert live(via, on="rcs/us", sender_of="our_agent", host=None if via == "aws" else "directory").state == "accepted"

    body = json.loads(httpserver.log[0][0].get_data())
    assert (where or "FallbackConfiguration") not in body


def test_an_agent_is_no_sender_of_an_sms_of_ours(live, httpserver, message):
    """The note says what to give, and nothing more is sent; a number to fall back to sends it."""
    message.write_text('text: "Hi"\nfallback: {link: "https://shop.example/sale"}\n')
    _answers(httpserver, _failed(63036), _failed(63036), _failed(30011), _taken())

    sent = live("twilio", on="rcs/us", sender_of="our_agent")

    assert (sent.channel, sent.state, len(httpserver.log)) == ("rcs", "failed", 1)
    assert "there is no SMS to fall back to: 'our_agent' is a name" in sent.note
    assert "--fallback-from" in sent.note
    assert live("twilio", on="rcs/us", sender_of="our_agent", fallback_sender=FROM).channel == "sms"


def test_a_contact_card_that_gets_no_smaller_goes_on_by_sms(live, httpserver, message, tmp_path):
    """Too big for the provider, and no smaller by any fit: the link goes out, and the note says so."""
    note = "lorem ipsum " * 12_000
    card = f"BEGIN:VCARD\r\nVERSION:3.0\r\nN:A;B;;;\r\nFN:B A\r\nTEL:+14155550100\r\nNOTE:{note}\r\nEND:VCARD\r\n"
    (tmp_path / "a.vcf").write_text(card)
    message.write_text('text: "Hi"\nparts: [{path: a.vcf}]\nfallback: {link: "https://shop.example/sale"}\n')
    _answers(httpserver, _failed(30019), _taken("SM1"))

    sent = live()

    (before,) = sent.earlier
    assert (sent.channel, sent.state, before.reason) == ("sms", "accepted", "too_big")
    assert "cannot be fitted to 100,000" in before.note
    assert before.violations


def test_what_gets_no_smaller_and_has_no_link_failed(live, httpserver, message, tmp_path):
    """It was sent and refused: a failure with its reason, not a message of which nothing was sent."""
    note = "lorem ipsum " * 12_000
    (tmp_path / "a.vcf").write_text(f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:B A\r\nNOTE:{note}\r\nEND:VCARD\r\n")
    message.write_text('text: "Hi"\nparts: [{path: a.vcf}]\n')
    _answers(httpserver, _failed(30019))

    sent = live()

    assert (sent.state, sent.reason) == ("failed", "too_big")
    assert "cannot be fitted to 100,000" in sent.note
    assert "give the message a fallback.link" in sent.note


@pytest.mark.parametrize("text", ["Sale. Reply STOP to opt out.", ""])
def test_rcs_of_bandwidth_keeps_the_text_beside_a_picture(live, httpserver, message, text):
    """A picture with words is a rich card, whose description they are; a picture alone is a file."""
    message.write_text(f'text: "{text}"\nparts: [{{path: dish.jpg}}]\n')
    _answers(httpserver, Response('{"data": {"id": "b"}}', status=202))

    assert live("bandwidth", on="rcs/us", sender_of="our_agent", fallback_sender=FROM).state == "accepted"

    content = json.loads(httpserver.log[0][0].get_data())["channelList"][0]["content"]
    assert (content["cardContent"]["description"] if text else "") == text
    assert ("cardContent" in content) is bool(text)


def test_rcs_without_such_a_provider_is_refused(live):
    """Plivo carries no RCS here."""
    with pytest.raises(UsageError, match="carries no rcs"):
        live("plivo", on="rcs/us")


def test_a_missing_account_stops_before_any_work(message, monkeypatch):
    """Every variable is named, nothing is written."""
    for name in environment("twilio", "x"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(UsageError, match=r"TWILIO_ACCOUNT_SID.*TWILIO_AUTH_TOKEN"):
        mediaprep.send(message, TO, FROM, "twilio", live=True, host="directory", isolation="none")


def test_a_host_that_is_not_there_stops_before_any_work(live, message, monkeypatch):
    """It is said even where the fit would fail for a part that cannot be read."""
    message.with_name("dish.jpg").write_bytes(b"no picture")
    monkeypatch.delenv("MEDIAPREP_HOST_FOLDER")
    with pytest.raises(UsageError, match="MEDIAPREP_HOST_FOLDER"):
        live()
    with pytest.raises(UsageError, match="--host directory"):
        live(host=None)


def test_nothing_taken_says_that_the_same_call_tries_anew(live, httpserver):
    """A provider that is too busy leaves a message that may be sent again, and the words say so."""
    _answers(httpserver, *[Response("{}", status=429, headers={"Retry-After": "0"})] * 2)

    sent = live()

    assert (sent.state, sent.reason) == ("failed", "throttled")
    assert sent.note == "nothing was taken in 2 tries; the same call tries again"


@pytest.mark.parametrize("via", OVER_HTTP)
def test_a_look_at_the_request_needs_no_account(message, via, monkeypatch, tmp_path, profiles):
    """Without --live the outbox holds what the provider would get, with placeholders where values are missing."""
    for name in environment(via, "x"):
        monkeypatch.delenv(name, raising=False)

    sent = mediaprep.send(message, TO, FROM, via, isolation="none", on="us", profiles=profiles)

    request = (tmp_path / "outbox" / sent.our_id / "request.http").read_bytes()
    assert request.startswith(b"POST ")
    assert b"Authorization" not in request


@pytest.mark.parametrize("via", OVER_HTTP)
def test_a_subject_is_carried_or_said_to_be_left_out(message, via, tmp_path, profiles):
    """No provider's request leaves the subject out without a warning, told once."""
    message.write_text('text: "Hi"\nsubject: Midsummer\nparts: [{path: dish.jpg}]\n')

    sent = mediaprep.send(message, TO, FROM, via, isolation="none", on="us", profiles=profiles)

    request = (tmp_path / "outbox" / sent.our_id / "request.http").read_bytes()
    told = [each.name for each in sent.warnings].count("subject_not_carried")
    assert told == (0 if b"Midsummer" in request else 1)


@pytest.mark.parametrize("via", OVER_HTTP)
@pytest.mark.parametrize("status", [201, 401, 500])
def test_no_secret_is_anywhere(live, httpserver, via, status, caplog, capsys, tmp_path, message, monkeypatch):
    """Planted in the environment, looked for in logs, output, errors, records, journal, outbox and every file."""
    import re

    caplog.set_level(logging.DEBUG)
    said = {"message": "secret?", "sid": "MM1", "message_uuid": "u"}
    httpserver.expect_request(re.compile(".*")).respond_with_json(said, status=status)
    shown = []
    hosts = {"aws": [None], "mm7": [None], "plivo": ["directory", None], "bandwidth": ["directory", None]}
    if via == "aws":
        monkeypatch.setenv("MEDIAPREP_S3_BUCKET", "media.example")
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", httpserver.url_for("")[:-1])
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    for host in hosts.get(via, ["directory"]) * 2:
        try:
            sent = live(via, host=host)
            shown += [repr(sent), json.dumps(sent.to_record())]
        except MediaprepError as error:
            shown += [repr(error), str(error), repr(error.__cause__), repr(error.__context__)]
    run(["send", str(message), "--to-number", TO, "--from", FROM, "--via", via, "--isolation", "none", "--to", "us"])
    shown += [capsys.readouterr().out, caplog.text]
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())

    for secret in [*secrets(via), PLANTED]:
        assert not [text for text in shown if secret in text], via
        assert secret.encode() not in kept
