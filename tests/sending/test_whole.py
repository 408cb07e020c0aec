"""Live sends from the message's file to the provider: hosting, a smaller fit, looks, and secrets."""

import json
import logging

import pytest
from accounts import OVER_HTTP, PLANTED, environment, secrets
from answers import QUICK, answers, failed, form, taken
from captured import files
from werkzeug import Response

import mediaprep
import mediaprep.sender
from mediaprep import SendOptions
from mediaprep.cli import run
from mediaprep.errors import MediaprepError, UsageError

TO, FROM = "+14155550123", "+14155550100"


def test_a_live_message_is_hosted_and_handed_over(live, httpserver, tmp_path):
    """The part is in the folder under its name, its address in the request, and a second call sends nothing."""
    answers(httpserver, taken())

    first, second = live(), live()

    (part,) = first.media
    assert (tmp_path / "www" / part.name).stat().st_size == part.size_bytes
    assert form(httpserver, 0)["MediaUrl"] == [f"https://cdn.example/mms/{part.name}"]
    assert (first.state, first.provider_id, second.known) == ("accepted", "MM1", True)
    assert len(httpserver.log) == 1


def test_too_big_is_fitted_once_more_one_step_smaller(live, httpserver, tmp_path, samples):
    """A refusal for its size, then a message that is smaller, and words that say so."""
    (tmp_path / "dish.jpg").write_bytes((samples / "landscape_photo.jpg").read_bytes())
    answers(httpserver, failed(30019), taken())

    sent = live()

    (before,) = sent.earlier
    assert (before.reason, sent.state) == ("too_big", "accepted")
    assert sent.size_bytes <= 300_000 < before.size_bytes
    assert "too big" in sent.note
    assert len(httpserver.log) == 2


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
    sender = mediaprep.Sender(
        message, FROM, "bandwidth", SendOptions(fallback=False, patience=QUICK), live=True, isolation="none"
    )

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
    answers(httpserver, Response(json.dumps(stored), status=202), Response('{"message_uuid": ["u1"]}', status=202))

    sent = live("plivo", host=None)

    upload, message = (request for request, _ in httpserver.log)
    (part,) = sent.media
    assert [(name, kind) for _, name, kind, _ in files(upload)] == [(part.name, "image/jpeg")]
    assert json.loads(message.get_data())["media_ids"] == ["801c2056"]
    assert (sent.state, sent.provider_id, part.url) == ("accepted", "u1", "https://media.plivo.com/x")


@pytest.mark.parametrize("text", ["Sale. Reply STOP to opt out.", ""])
def test_rcs_of_bandwidth_keeps_the_text_beside_a_picture(live, httpserver, message, text):
    """A picture with words is a rich card, whose description they are; a picture alone is a file."""
    message.write_text(f'text: "{text}"\nparts: [{{path: dish.jpg}}]\n')
    answers(httpserver, Response('{"data": {"id": "b"}}', status=202))

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
        mediaprep.send(message, TO, FROM, "twilio", SendOptions(host="directory"), live=True, isolation="none")


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
    answers(httpserver, *[Response("{}", status=429, headers={"Retry-After": "0"})] * 2)

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
