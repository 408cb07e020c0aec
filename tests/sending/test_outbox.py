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


SEVERAL = 'to = ["att", "verizon", "tmobile"]\n'


def _sent(message, capsys, *words):
    code = run(["send", str(message), "--to-number", TO, "--from", FROM, "--isolation", "none", "--json", *words])
    said = capsys.readouterr()
    return code, json.loads(said.out)["route"] if said.out else None, said.err


@pytest.mark.parametrize(
    ("file", "words", "route", "note"),
    [
        ("", [], "us", ""),
        ('to = "att"\n', [], "att", ""),
        (SEVERAL, [], "us", "none of the 3 groups in the project's file is used: the number gives us"),
        (SEVERAL, ["--to", "verizon"], "verizon", ""),
        (SEVERAL, ["--to", "att,verizon"], "att,verizon", ""),
        ('to = "att,verizon"\n', [], "att,verizon", ""),
    ],
)
def test_one_recipient_has_one_route(message, tmp_path, capsys, file, words, route, note):
    """--to, else the project's one group, else the region of the number; several groups are a campaign's, not hers."""
    (tmp_path / "mediaprep.toml").write_text(file)

    code, found, said = _sent(message, capsys, *words)

    assert (code, found) == (0, route)
    assert note in said
    assert bool(said) == bool(note)


def test_two_groups_for_one_recipient_are_refused(message, capsys):
    """On the command line they are a mistake, and the words say what was perhaps meant."""
    code, _, said = _sent(message, capsys, "--to", "att", "--to", "verizon")

    assert code == 2
    assert "--to att,verizon" in said


def test_a_size_of_ones_own_narrows_the_region(message, tmp_path, capsys, samples):
    """--max-bytes alone takes nothing away from what the recipient's region asks."""
    (tmp_path / "dish.jpg").write_bytes((samples / "landscape_photo.jpg").read_bytes())
    call = ["send", str(message), "--to-number", TO, "--from", FROM, "--isolation", "none", "--json"]

    assert run([*call, "--max-bytes", "60KB"]) == 0
    sent = json.loads(capsys.readouterr().out)

    assert sent["route"].startswith("us")
    assert sent["size_bytes"] <= 60_000


def test_profiles_of_ones_own_hold_for_sending(message, tmp_path, capsys):
    """A region of the user's own folder takes the place of ours, without --to."""
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "us.yaml").write_text(
        "schema: mediaprep.profile/1\nname: us\nrole: region\ntitle: Ours\nextends: us\nsource: own\n"
        "availability: [{channel: mms, available: false}]\n"
    )
    assert _sent(message, capsys, "--profiles", "ours")[0] == 3


def test_what_does_not_fit_is_told_once(message, tmp_path, capsys, samples):
    """Each limit that is broken is one line, with what is allowed, though two parts break it alike."""
    (tmp_path / "dish.heic").write_bytes((samples / "food_photo.heic").read_bytes())
    message.write_text("text: Reply STOP\nparts: [{path: dish.heic}, {path: dish.heic}]\n")
    call = ["send", str(message), "--to-number", TO, "--from", "12345", "--via", "aws", "--outbox", "ob", "--json"]

    assert run([*call, "--isolation", "none"]) == 3

    found = json.loads(capsys.readouterr().out)["violations"]
    assert [each["code"] for each in found] == ["MP802", "MP201", "MP101"]
    assert "image/jpeg" in found[1]["allowed"]
