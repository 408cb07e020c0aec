"""By whom a message can be sent: what makes no sense as a sender of MMS is said before anything is sent."""

import re

import pytest
from accounts import environment
from werkzeug import Response

import mediaprep
from mediaprep import SendOptions
from mediaprep.cli import run
from mediaprep.errors import UsageError
from mediaprep.sending.numbers import contradiction, wrong_mms_sender
from mediaprep.sending.once import Patience

US = {"us": ["long_code", "short_code", "toll_free"]}
SERVICE = "MG" + 32 * "a"
TO, FROM = "+14155550123", "+14155550100"


@pytest.mark.parametrize(
    "name", ["sender_type", "host", "outbox", "journal", "callback_url", "fallback_sender", "own_id"]
)
def test_an_empty_option_is_no_value(name):
    """As of a script's variable that was never set: it would be the working folder, or silently none."""
    with pytest.raises(UsageError, match="is empty"):
        SendOptions(**{name: ""})


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"options": mediaprep.FitOptions()}, "give FitOptions as fit_options="),
        ({"options": {"own_id": "x"}}, "are no SendOptions"),
        ({"fit_options": SendOptions()}, "fit_options=SendOptions.* are no FitOptions"),
    ],
)
def test_options_of_the_wrong_type_are_told_in_words(given, says):
    """How a message is sent and how its media are fitted are two values; each says where the other goes."""
    with pytest.raises(UsageError, match=says):
        mediaprep.Sender("none.yaml", FROM, **given)
    with pytest.raises(UsageError, match=says):
        mediaprep.send("none.yaml", TO, FROM, **given)


@pytest.mark.parametrize(
    ("sender", "to", "named", "says"),
    [
        ("+14155550100", TO, US, None),
        ("12345", TO, US, None),
        ("123456", TO, {}, None),
        ("123", "+61412345678", {}, None),
        (SERVICE, TO, US, None),
        ("ACME", "+61412345678", {}, None),
        ("ACME", TO, {"x": ["alphanumeric"]}, None),
        ("ACME", TO, US, "'ACME' is a name.* us know long_code, short_code, toll_free"),
        ("MG" + 31 * "a", TO, US, "is a name"),
        ("1234", TO, US, "5 to 6 digits"),
        ("1234567", TO, {}, "5 to 6 digits"),
        ("12", "+61412345678", {}, "3 to 8 digits"),
        ("4155550100", TO, {}, "a number its country code"),
    ],
)
def test_a_sender_is_a_number_a_short_code_or_what_the_provider_calls_one(sender, to, named, says):
    """Names pass only where no profile names types of sender, or one names alphanumeric ones."""
    found = wrong_mms_sender(sender, to, "MG[0-9a-f]{32}", lambda: named)

    assert (found is None) is (says is None)
    assert says is None or re.search(says, found)


@pytest.mark.parametrize(
    ("sender", "kind", "wrong"),
    [
        ("+14155550100", "long_code", False), ("+18005550100", "toll_free", False), ("12345", "short_code", False),
        ("ACME", "alphanumeric", False), ("+14155550100", None, False), ("+61412345678", "toll_free", False),
        ("+14155550100", "toll_free", True), ("+18005550100", "long_code", True), ("12345", "long_code", True),
        ("+14155550100", "short_code", True), ("+14155550100", "alphanumeric", True),
    ],
)  # fmt: skip
def test_a_type_that_its_sender_cannot_have_is_told(sender, kind, wrong):
    """The limits would be those of another sender."""
    assert (contradiction(sender, kind) is not None) is wrong


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--from", "ACME"], "'ACME' is a name"),
        (["--from", "1234"], "5 to 6 digits"),
        (["--from", ""], "'' is not a sender"),
        (["--from", "12345", "--sender", "toll_free"], "12345 is a short_code, not a toll_free"),
        (["--from", "ACME", "--via", "twilio"], "twilio and us know"),
    ],
)
def test_the_command_says_so_before_anything_is_done(message, capsys, tmp_path, options, says):
    """Exit code 2, and neither a journal nor an outbox is begun."""
    code = run(["send", str(message), "--to-number", TO, *options])

    assert code == 2
    assert says in capsys.readouterr().err.replace("\n", " ")
    assert not (tmp_path / "outbox").exists()


def test_an_agent_falls_back_to_no_mms_of_its_own(message, httpserver, monkeypatch):
    """RCS failed, and the agent's name can send no MMS: nothing more is sent, and the note says what to give."""
    for name, value in environment("twilio", httpserver.url_for("")[:-1]).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MEDIAPREP_HOST_FOLDER", str(message.parent / "www"))
    monkeypatch.setenv("MEDIAPREP_HOST_URL", "https://cdn.example/mms")
    message.write_text('text: "Hi"\nparts: [{path: dish.jpg}]\n')
    refusal = Response('{"code": 63036, "message": "no"}', status=400)
    httpserver.expect_request(re.compile(".*"), method="POST").respond_with_response(refusal)

    sent = mediaprep.send(
        message, TO, "agent", "twilio", SendOptions(host="directory", patience=Patience(tries=1)),
        live=True, on="rcs/us", isolation="none",
    )  # fmt: skip

    assert len(httpserver.log) == 1
    assert (sent.channel, sent.state) == ("rcs", "failed")
    assert re.search("no MMS to fall back to: 'agent' is a name.*no SMS to fall back to", sent.note)
