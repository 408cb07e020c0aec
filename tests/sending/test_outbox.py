"""Sending to the outbox: the way that every message goes without --live."""

import email
import json

import pytest

import mediaprep
from mediaprep.cli import run
from mediaprep.errors import UsageError

TO = "+14155550123"
FROM = "+14155550100"


def test_a_message_becomes_a_folder_with_parts_wire_form_and_receipt(message, tmp_path):
    """The MIME form reads back with the part in it, and the receipt is the record that send gave."""
    sent = mediaprep.send(message, TO, FROM, isolation="none")

    folder = tmp_path / "outbox" / sent.our_id
    read = email.message_from_bytes((folder / "message.mime").read_bytes())
    assert sent.done
    assert sent.output == str(folder)
    assert read["To"] == TO
    assert [part.get_content_type() for part in read.walk()].count("image/jpeg") == 1
    (part,) = sent.media
    assert (folder / part.name).stat().st_size == part.size_bytes
    assert json.loads((folder / "receipt.json").read_text()) == sent.to_record()


def test_a_call_made_again_sends_nothing(message):
    """The journal answers; ``again`` sends once more under another id."""
    first = mediaprep.send(message, TO, FROM, isolation="none")
    second = mediaprep.send(message, TO, FROM, isolation="none")
    third = mediaprep.send(message, TO, FROM, isolation="none", again=True)

    assert second.known
    assert second.our_id == first.our_id != third.our_id
    assert not third.known


def test_what_does_not_fit_is_not_sent(message, tmp_path):
    """A route that carries no MMS refuses, and nothing is written."""
    sent = mediaprep.send(message, "+41791234567", FROM, isolation="none", on="swisscom")

    assert sent.state is None
    assert sent.verdict == mediaprep.Verdict.CANNOT_FIT
    assert not list((tmp_path / "outbox").glob("*/message.mime"))


@pytest.mark.parametrize(
    ("number", "route"),
    [("+14155550123", "us"), ("+16135550123", "ca"), ("+61491570006", "au"), ("+491711234567", "de"),
     ("+2348031234567", "intl")],
)  # fmt: skip
def test_the_region_of_the_number_is_the_route(message, number, route):
    """Without ``--to`` the country code decides; the carrier is never guessed."""
    assert mediaprep.send(message, number, FROM, isolation="none").route == route


@pytest.mark.parametrize("number", ["4155550123", "+1415", "+14155550123,+14155550124", "me", "+999123456789"])
def test_a_number_that_is_none_is_refused_before_any_work(message, number):
    """One recipient a call, in E.164."""
    with pytest.raises(UsageError):
        mediaprep.send(message, number, FROM, isolation="none")


def test_the_command_says_what_it_did(message, capsys):
    """A table for people, one record with --json, exit code 0."""
    call = ["send", str(message), "--to-number", TO, "--from", FROM, "--isolation", "none"]
    assert run(call) == 0
    assert "accepted" in capsys.readouterr().out
    assert run([*call, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["schema"], record["known"], record["live"]) == ("mediaprep.receipt/1", True, False)


@pytest.mark.parametrize(
    ("words", "said"),
    [(["--live"], "needs a provider"), (["--via", "twillio"], "no provider named"), (["--dry-run"], "needs --live")],
)  # fmt: skip
def test_calls_that_cannot_work_end_with_usage_errors(message, capsys, words, said):
    """Exit code 2, before anything is fitted."""
    assert run(["send", str(message), "--to-number", TO, "--from", FROM, *words]) == 2
    assert said in capsys.readouterr().err
