"""Messages in doubt, asked for at their providers in one pass, over real sockets."""

import json
import re
import subprocess
import sys
from email.utils import formatdate

import pytest
from accounts import environment

import mediaprep
from mediaprep.cli import run
from mediaprep.providers import Receipt, State
from mediaprep.sending.entry import Entry
from mediaprep.sending.journal import SendJournal

FROM = "+14155550100"
SERVICE = "MG" + "0" * 32


@pytest.fixture
def path(tmp_path):
    """A journal with doubts at three providers and one message that is accepted."""
    path = tmp_path / "sent.sqlite3"
    with SendJournal(path) as journal:
        for our_id, provider, recipient, sender in (
            ("t1", "twilio", "+14155550121", FROM), ("t2", "twilio", "+14155550122", FROM),
            ("t3", "twilio", "+14155550123", SERVICE), ("v1", "vonage", "+14155550121", FROM),
            ("b1", "bandwidth", "+14155550121", FROM), ("t9", "twilio", "+14155550129", FROM),
        ):  # fmt: skip
            journal.claim(
                Entry(our_id=our_id, provider=provider, channel="mms", sender=sender, recipient=recipient, text="Sale")
            )
            journal.calling(our_id)
            known = our_id == "t9"
            journal.settle(our_id, Receipt(state=State.ACCEPTED, provider_id="MM9") if known else _unknown())
    return path


def _unknown():
    return Receipt(state=State.UNKNOWN)


@pytest.fixture
def twilio(httpserver, monkeypatch):
    """Twilio's list, which holds two of the messages; only Twilio's account is set."""
    for name in (*environment("bandwidth", ""), *environment("vonage", "")):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment("twilio", httpserver.url_for("")[:-1]).items():
        monkeypatch.setenv(name, value)
    taken = [
        {"sid": "MM1", "to": "+14155550121", "status": "delivered"},
        {"sid": "MM3", "to": "+14155550123", "status": "queued", "messaging_service_sid": SERVICE},
    ]
    shared = {"body": "Sale", "num_media": "0", "date_created": formatdate()}

    def listed(request):
        from werkzeug import Response

        found = [{**each, **shared} for each in taken if each["to"] == request.args["To"]]
        return Response(json.dumps({"messages": found}))

    httpserver.expect_request(re.compile(r".*/Messages\.json"), method="GET").respond_with_handler(listed)
    return httpserver


def test_one_command_asks_about_every_doubt(path, twilio, capsys):
    """Found ones are settled, the others stay unknown with the reason, and what was known is not asked about."""
    assert run(["receipts", "--lookup", "--journal", str(path), "--json"]) == 5

    told = {record["our_id"]: record for record in map(json.loads, capsys.readouterr().out.splitlines())}
    assert {our_id: record["state"] for our_id, record in told.items()} == {
        "t1": "delivered", "t2": "unknown", "t3": "accepted", "v1": "unknown", "b1": "unknown",
    }  # fmt: skip
    assert (told["t1"]["provider_id"], told["t1"]["note"]) == ("MM1", None)
    assert "proves nothing" in told["t2"]["note"]
    assert "cannot be asked" in told["v1"]["note"]
    assert "BANDWIDTH_USERNAME" in told["b1"]["note"]
    assert "+14155550129" not in {request.args["To"] for request, _ in twilio.log}
    with SendJournal(path) as journal:
        assert {entry.our_id for entry in journal.doubtful()} == {"t2", "v1", "b1"}
        assert {entry.state for entry in journal.entries() if entry.our_id in ("t1", "t3")} == {"delivered", "accepted"}


def test_a_service_is_searched_for_by_its_recipient(path, twilio):
    """A Messaging Service sends by a number of its own choice, so the list is not narrowed to a sender."""
    mediaprep.settle(path, via="twilio")

    asked = {request.args["To"]: request.args.get("From") for request, _ in twilio.log}
    assert asked == {"+14155550121": FROM, "+14155550122": FROM, "+14155550123": None}


def test_an_rcs_is_searched_for_by_the_addresses_it_went_to(tmp_path, twilio):
    """Twilio lists an agent's RCS under ``rcs:``, and an MMS with the same words is another message."""
    from werkzeug import Response

    shared = {"body": "Hi", "num_media": "0", "date_created": formatdate(), "from": "rcs:agent"}
    rcs = {"sid": "RM1", "to": "rcs:+14155550123", "status": "delivered", **shared}
    mms = {"sid": "MM1", "to": "+14155550123", "status": "failed", **shared}
    twilio.clear()
    twilio.expect_request(re.compile(".*"), method="GET").respond_with_handler(
        lambda _: Response(json.dumps({"messages": [rcs, mms]}))
    )
    path = tmp_path / "rcs.sqlite3"
    with SendJournal(path) as journal:
        entry = Entry(
            our_id="r1", provider="twilio", channel="rcs", sender="agent", recipient="+14155550123", text="Hi"
        )
        journal.claim(entry)
        journal.calling("r1")
        journal.settle("r1", _unknown())

    (doubt,) = mediaprep.settle(path, via="twilio")

    (asked, _) = twilio.log[0]
    assert (asked.args["To"], asked.args["From"]) == ("rcs:+14155550123", "rcs:agent")
    assert (doubt.entry.state, doubt.entry.provider_id) == ("delivered", "RM1")


def test_one_provider_alone_may_be_asked(path, twilio, capsys):
    """--via leaves the others as they are; the last line counts."""
    assert run(["receipts", "--lookup", "--via", "twilio", "--journal", str(path)]) == 5
    assert capsys.readouterr().out.splitlines()[-1] == "3 in doubt, 2 settled, 1 still unknown"


def test_without_a_doubt_there_is_nothing_to_ask(tmp_path, capsys):
    """Exit code 0, and the count says so."""
    assert run(["receipts", "--lookup", "--journal", str(tmp_path / "new.sqlite3")]) == 0
    assert capsys.readouterr().out == "0 in doubt, 0 settled, 0 still unknown\n"


DIES = """
import os, signal, sys
from pathlib import Path
from mediaprep.sending.entry import Entry
from mediaprep.sending.journal import SendJournal
journal = SendJournal(Path(sys.argv[1]))
journal.claim(Entry(our_id="x", provider="twilio", channel="mms", sender="+14155550100", recipient="+14155550121"))
journal.calling("x")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_sender_had_on_the_way_is_a_doubt_too(tmp_path):
    """The journal says ``sending`` for ever otherwise, and nobody would ask."""
    path = tmp_path / "sent.sqlite3"
    subprocess.run([sys.executable, "-c", DIES, str(path)], check=False)

    with SendJournal(path) as journal:
        assert [entry.our_id for entry in journal.doubtful()] == ["x"]


@pytest.mark.parametrize(
    ("words", "said"),
    [([], "with --lookup"), (["x.ndjson", "--lookup"], "one of the two"), (["--lookup", "--via", "nobody"], "nobody")],
)
def test_calls_that_mean_nothing_end_with_usage_errors(tmp_path, capsys, words, said):
    """A file or the providers, and a provider that is known."""
    assert run(["receipts", "--journal", str(tmp_path / "j"), *words]) == 2
    assert said in capsys.readouterr().err
