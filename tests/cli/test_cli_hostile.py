"""Slips of the hand at the command line: told before any work, in one line, with what to write instead."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from command_line import jpeg

MESSAGE = "text: Hello\nparts: [{path: a.jpg}]\nroutes: [us]\nsender: '+14155550100'\n"


@pytest.fixture
def message(here):
    """A message of one picture, and a file that is in the way."""
    (here / "a.jpg").write_bytes(jpeg())
    (here / "m.yaml").write_text(MESSAGE)
    return here


@pytest.mark.parametrize(
    "command",
    [
        ("message", "fit", "m.yaml"), ("study", "a.jpg"), ("batch", "run", ".", "--to", "us"),
    ],
    ids=["message", "study", "batch"],
)  # fmt: skip
@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("a.jpg", "a.jpg is a file; name a folder"),
        ("a.jpg/x", "a.jpg is a file; name a folder"),
        ("-", "-: several files are written; name a folder"),
        ("", "is empty; name a folder"),
    ],
)
def test_where_several_files_go_is_a_folder(message, cli, command, out, said):
    """A file, standard output and nothing are no folder: exit code 2, and nothing was made."""
    result = cli(*command, "-o", out)
    assert (result.code, result.out) == (2, "")
    assert result.err.count("\n") == 1
    assert said in result.err
    assert sorted(path.name for path in message.iterdir()) == ["a.jpg", "m.yaml"]


def test_a_message_from_standard_input_says_why_not(message, cli):
    """Its parts are looked for beside it."""
    result = cli("message", "check", "-", "--to", "us")
    assert result.code == 2
    assert "save it first" in result.err


def test_all_that_is_wrong_with_a_message_comes_at_once(message, cli):
    """A key twice, an unknown one, a wrong number and a picture that is not there: none hides another."""
    (message / "m.yaml").write_text(
        "text: Hi\ntext: Ho\nfallback: {link: shop}\n"
        "parts: [{path: a.jpg, durations: 3}, {path: a.jpg, duration_s: -3}, {path: none.png}, a.jpg]\n"
    )
    result = cli("message", "check", "m.yaml", "--to", "us")
    assert result.code == 2
    for said in (
        "2:1: the key 'text' is already", "unknown key 'durations'", "duration_s: Input should be greater",
        "'none.png' does not exist", "parts[3]: keys with values", "'shop' is not an address",
    ):  # fmt: skip
        assert result.err.count(said) == 1, said


@pytest.mark.parametrize(
    ("journal", "said"),
    [
        (".", "the journal's name is empty, or the working folder's; name a file"),
        ("", "journal is empty"),
        ("folder", "is a folder; name a file"),
    ],
)
def test_a_journal_is_a_file(message, cli, journal, said):
    """A folder, or a script's variable that was never set, is the call's fault and not mediaprep's."""
    (message / "folder").mkdir()
    result = cli("send", "m.yaml", "--to-number", "+14155550123", "--journal", journal)
    assert result.code == 2
    assert said in result.err


def test_a_message_has_no_empty_id(message, cli):
    """All messages of a script whose variable is empty would be one, and only the first of them sent."""
    result = cli("send", "m.yaml", "--to-number", "+14155550123", "--id", "")
    assert result.code == 2
    assert "the id of the message is empty" in result.err


def test_what_is_no_number_is_said_in_our_words(message, cli):
    """With how one is written; the library's numbered error is its own affair."""
    result = cli("send", "m.yaml", "--to-number", "+1")
    assert result.code == 2
    assert result.err == "mediaprep: '+1' is not a phone number; write it as in +14155550123 (E.164)\n"


def test_a_group_without_a_command_shows_its_help(cli):
    """As it stands, not as an error of many lines."""
    result = cli("profiles")
    assert result.code == 2
    assert result.err.startswith("Usage: mediaprep profiles")
    assert "mediaprep: " not in result.err


def test_profiles_may_be_one_file(message, cli):
    """Whoever has written one profile names that."""
    (message / "mine.yaml").write_text(
        "schema: mediaprep.profile/1\nname: mine\nrole: carrier\ntitle: Mine\nsource: own\nsizes: {total: 9000}\n"
    )
    checked = cli("profiles", "check", "mine.yaml")
    assert (checked.code, "0 errors" in checked.out) == (0, True)
    used = cli("check", "a.jpg", "--to", "mine", "--profiles", "mine.yaml", "--json")
    assert used.records[0]["limit_bytes"] == 9000 - 2048
    wrong = cli("profiles", "check", "m.yaml")
    assert (wrong.code, "the key 'schema' is missing" in wrong.out) == (2, True)


def test_a_warning_of_networks_that_are_not_reached_says_what_to_do(message, cli):
    """Name those that are, or send from another type of number."""
    result = cli("check", "a.jpg", "--to", "us", "--via", "vonage", "--sender", "short_code", "--json")
    told = [each for each in result.records[0]["warnings"] if each["limit"] == "availability"]
    assert [each["remedy"] for each in told] == ["Name those networks with --to, or send from another type of number."]


def test_the_checklist_says_in_words_what_a_provider_keeps(message, cli):
    """Every rule for hosts that a profile states has its words."""
    result = cli("message", "check", "m.yaml", "--to", "us", "--via", "vonage")
    assert "a new address for new media, for it keeps them 48 h" in " ".join(result.out.split())


@pytest.mark.parametrize("command", [("check", "a.jpg", "--to", "us"), ("profiles", "list"), ("profiles", "check")])
def test_an_empty_name_is_no_folder_of_profiles(message, cli, command):
    """A variable that was never set would read whatever lies in the working folder as profiles."""
    result = cli(*command, "--profiles", "")
    assert result.code == 2
    assert "the name of a folder of profiles is empty" in result.err


def test_a_dry_run_to_standard_output_is_refused(message, cli):
    """Neither bytes nor a table would come of it."""
    result = cli("fit", "a.jpg", "--to", "us", "--dry-run", "-o", "-")
    assert result.code == 2
    assert "leave one of them out" in result.err


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="has no device that is always full")
@pytest.mark.parametrize("command", [("check", "a.jpg", "--to", "us", "--json"), ("profiles", "list")])
def test_a_full_disk_behind_standard_output_is_no_fault_of_ours(message, command):
    """One line that says so, and not a request to report it."""
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "mediaprep", *command], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 5
    assert done.stderr == "mediaprep: the output could not be written to its end: No space left on device\n"
