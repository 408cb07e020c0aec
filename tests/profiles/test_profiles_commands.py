"""`mediaprep why` and `mediaprep profiles`: the command line over the shipped profiles and a user's folder."""

import json

import pytest

from mediaprep.cli import run
from mediaprep.profiles.schema import json_schema


@pytest.fixture
def call(tmp_path, monkeypatch, capsys):
    """Give a function that runs a command line in an empty folder: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def run_it(*argv):
        code = run(argv)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run_it


@pytest.fixture
def own(folder):
    """A user's folder with a carrier of theirs and one of ours replaced."""
    files = {
        "carriers/club": "source: own\nsizes: {total: 123456}\n",
        "carriers/att": "extends: att\nsource: own\nsenders: {short_code: {sizes: {total: 900000}}}\n",
    }
    path = folder("own", files)
    (path / "sources.yaml").unlink()
    return str(path)


def test_why_shows_the_figure_its_source_and_conflicts(call):
    """The table has the deciding figure marked, with source, address, age and what others say."""
    code, out, err = call("why", "att", "--via", "bandwidth", "--sender", "toll_free")
    assert (code, err) == (0, "")
    winner = next(line for line in out.splitlines() if line.startswith("=>"))
    assert winner.split()[1] == "525,000"
    assert "[B5]" in out
    assert "https://support.bandwidth.com" in out
    assert "limit 522,952 bytes of media (from 525,000 stated)" in " ".join(out.split())


@pytest.mark.parametrize("columns", ["60", "100"])
def test_why_keeps_within_the_terminal(call, columns, monkeypatch):
    """Lines fold at the terminal's width, further in than they began; only an address may pass it."""
    monkeypatch.setenv("COLUMNS", columns)
    _, out, _ = call("why", "us")
    long = [line for line in out.splitlines() if len(line) > int(columns)]
    assert [line for line in long if not line.strip().startswith("https://")] == []
    assert "=> decides" in out


def test_why_as_a_record(call):
    """--json gives one ASCII record of mediaprep.why/1, for one kind where one is asked for."""
    code, out, _ = call("why", "att", "--via", "plivo", "--sender", "toll_free", "--kind", "image", "--json")
    record = json.loads(out)
    assert code == 0
    assert out.isascii()
    assert record["schema"] == "mediaprep.why/1"
    assert list(record["limits"]) == ["image"]
    assert record["limits"]["image"]["stated"] == 750_000


def test_why_tells_of_closed_routes_and_lists_of_types(call):
    """A closed route says so first; a kind that is not delivered is named."""
    closed = " ".join(call("why", "vodafone_de")[1].split())
    assert "CLOSED: mms is not offered by Vodafone (Germany) since 2023-01-17" in closed
    assert "send sms_link instead" in closed
    whatsapp = " ".join(call("why", "whatsapp")[1].split())
    assert "animation, vcard: not delivered" in whatsapp


def test_why_of_nothing_known(call):
    """An unknown name is exit code 2 with a suggestion, and nothing on stdout."""
    code, out, err = call("why", "attt")
    assert (code, out) == (2, "")
    assert err.startswith("mediaprep: no carrier, region or channel 'attt'; did you mean att")


def test_own_profiles_are_named_by_why(call, own):
    """A user's folder wins, and `why` names its file."""
    code, out, _ = call("why", "att", "--sender", "short_code", "--profiles", own)
    assert code == 0
    assert "900,000" in out
    assert "your profile:" in out


def test_list_names_all_roles(call, own):
    """The list says what --to and --via take, which are the user's, and the data's version."""
    code, out, _ = call("profiles", "list", "--profiles", own)
    assert code == 0
    for text in ("regions (--to):", "providers (--via):", "twilio", "(yours)", "(yours, replaces ours)", "digest"):
        assert text in out
    record = json.loads(call("profiles", "list", "--json")[1])
    assert {row["role"] for row in record["profiles"]} == {"carrier", "region", "channel", "provider"}


def test_show_says_where_each_entry_stands(call):
    """A brand's entries name the host that they come from; senders and cells are shown."""
    _, brand, _ = call("profiles", "show", "visible")
    assert "extends verizon" in brand
    assert "sizes.total [short_code]: hard 1,200,000" in brand
    assert "(from verizon)" in brand
    _, provider, _ = call("profiles", "show", "bandwidth")
    assert "to att:" in provider
    record = json.loads(call("profiles", "show", "AT&T Mobility", "--json")[1])
    assert (record["name"], record["schema"]) == ("att", "mediaprep.profile_shown/1")
    assert any(row["path"] == "sizes.total" and row["sender"] == "toll_free" for row in record["entries"])
    assert call("profiles", "show", "attt")[0] == 2


def test_check_of_a_sound_and_a_broken_folder(call, own, folder):
    """A sound folder is exit code 0; a broken one 2, with every fault and its place."""
    code, out, _ = call("profiles", "check", own)
    assert (code, "0 errors" in out) == (0, True)
    broken = str(folder("broken", {"carriers/x": "sizes: {totl: 5}\nimage: {alpa: x}\n"}))
    code, out, _ = call("profiles", "check", broken)
    assert code == 2
    assert "x.yaml:5:9: unknown key 'totl'; did you mean total?" in out
    record = json.loads(call("profiles", "check", broken, "--json")[1])
    assert len(record["errors"]) == 2


def test_schema_is_printed(call):
    """The schema command prints the JSON Schema and nothing else."""
    assert call("profiles", "schema") == (0, json_schema(), "")


def test_diff_of_two_folders(call, folder):
    """The change of a limit is one line; the record has old and new."""
    old = str(folder("old", {"carriers/a": "source: A\nsizes: {total: 5}\n"}))
    new = str(folder("new", {"carriers/a": "source: A\nsizes: {total: 6}\n"}))
    assert call("profiles", "diff", old, new)[:2] == (0, "rose      a sizes.total: 5 -> 6\n")
    assert call("profiles", "diff", old, old)[1] == "no limit changed\n"
    record = json.loads(call("profiles", "diff", old, new, "--json")[1])
    assert record["changes"] == [{"document": "a", "path": "sizes.total", "how": "rose", "old": 5, "new": 6}]
    assert call("profiles", "diff", old, "nowhere")[0] == 2


def test_a_foreign_text_cannot_act_on_the_terminal(call, folder):
    """Control characters in a profile's texts are escaped before they are shown."""
    path = folder("odd", {"carriers/odd": 'source: own\nsizes: {total: 5000}\nnotes: "\\e[31mred"\n'})
    (path / "sources.yaml").unlink()
    assert "\x1b" not in call("profiles", "show", "odd", "--profiles", str(path))[1]


def test_misspelt_words_of_ones_own_profile_are_doubted(call, folder):
    """A codec, a media type or a mode that no shipped profile has would forbid what was meant to be allowed."""
    text = "source: own\nsizes: {total: 5}\ntypes: {deliver: [image/jpgg]}\n"
    text += "video: {codecs: [h246]}\nimage: {modes: [RGB8]}\n"
    code, out, _ = call("profiles", "check", str(folder("mine", {"carriers/x": text})))
    assert code == 0
    assert "no other profile has 'image/jpgg'; did you mean image/jpeg" in out
    assert "no other profile has 'h246'; did you mean h264" in out
    assert "RGB8" not in out
