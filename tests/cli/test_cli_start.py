"""Starting up: what is loaded, what is listed, how wrong calls end."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import version

import pytest

from mediaprep.cli import commands, run
from mediaprep.codes import CODES
from mediaprep.plugins import names
from mediaprep.version import VERSION

HEAVY = {"PIL", "numpy", "yaml", "pydantic", "rich", "click", "pyvips", "jinja2"}


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run this Python as a user would."""
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=60, check=False)


def imported(*arguments: str) -> set[str]:
    """Give the modules that a run of Python imports."""
    lines = python("-X", "importtime", *arguments).stderr.splitlines()
    return {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")}


def test_importing_the_library_loads_nothing_heavy() -> None:
    """A program that imports mediaprep pays for what it uses, when it uses it."""
    loaded = imported("-c", "import mediaprep")
    assert "mediaprep" in loaded
    assert not {name.partition(".")[0] for name in loaded} & HEAVY


def test_version_loads_click_and_next_to_nothing_of_ours() -> None:
    """--version costs what a hello-world of click costs: no dataclasses, no package metadata, no command."""
    loaded = imported("-m", "mediaprep", "--version")
    assert not {name.partition(".")[0] for name in loaded} & (HEAVY - {"click"})
    assert "importlib.metadata" not in loaded
    assert "dataclasses" not in loaded
    ours = {name for name in loaded if name.startswith("mediaprep")}
    assert ours <= {
        "mediaprep", "mediaprep.cli", "mediaprep.cli._group", "mediaprep.errors", "mediaprep.interrupts",
        "mediaprep.version",
    }  # fmt: skip


def test_the_version_is_the_packages() -> None:
    """The constant that code reads is the version that was installed."""
    assert version("mediaprep") == VERSION
    done = python("-m", "mediaprep", "--version")
    assert (done.returncode, done.stdout) == (0, f"mediaprep {VERSION}\n")


def test_the_long_version_names_libraries_and_the_ffmpeg_in_use() -> None:
    """--version -v, in either order, says what decides results on this machine."""
    for arguments in (("--version", "-v"), ("-v", "--version")):
        done = python("-m", "mediaprep", *arguments)
        assert done.returncode == 0, done.stderr
        lines = done.stdout.splitlines()
        assert lines[0] == f"mediaprep {VERSION}"
        assert [line.partition(" ")[0] for line in lines[1:5]] == ["python", "ffmpeg", "pillow", "numpy"]
        assert lines[-1] == "nothing is missing"
        assert done.stderr == ""


def test_a_missing_library_is_named_with_what_that_costs() -> None:
    """Where a library cannot be imported the list says so and goes on."""
    code = "import sys; sys.modules['pyvips'] = None; from mediaprep.cli import run; run(['--version', '-v'])"
    lines = python("-c", code).stdout.splitlines()
    assert any(re.match(r"pyvips cannot be used \(.*\): pictures are made by Pillow", line) for line in lines)
    assert any(line.startswith("rich ") for line in lines)


def test_help_lists_every_command_with_a_summary(capsys: pytest.CaptureFixture[str]) -> None:
    """Commands are found by folder; each has a line of its own."""
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out
    for name in names("cli"):
        assert re.search(rf"^  {name} +\S", shown, re.MULTILINE)
    assert {"check", "fit", "explain"} <= set(names("cli"))


def test_no_command_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    """The bare command is a question."""
    assert run([]) == 0
    assert "Commands:" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        (["chekc", "a.jpg"], "no command named 'chekc' after `mediaprep`; did you mean check?"),
        (["check"], "Missing argument 'ASSET...'"),
        (["check", "a.jpg", "--too", "us"], "--to"),
        (["check", "a.jpg", "--max-bytes", "3 apples"], "300KB (300,000 bytes)"),
        (["check", "a.jpg", "--format", "xml"], "'xml' is not one of"),
        (["check", "a.jpg", "--max-bytes", "9KB", "--json", "--format", "junit"], "contradict"),
        (["check", "a.jpg", "--max-bytes", "9KB", "--jobs", "0"], "--jobs"),
        (["check", "a.jpg"], "--to us (ca, au and intl"),
        (["check", "a.jpg", "--via", "twilio", "--max-bytes", "9KB"], "name one, as in --to us"),
        (["check", "", "--max-bytes", "9KB"], "name is empty"),
        (["fit", "a.jpg", "--max-bytes", "9KB"], "-o FOLDER"),
        (["fit", "a.jpg", "--max-bytes", "9KB", "-o", ""], "-o is empty"),
        (["fit", "a.jpg", "--max-bytes", "9KB", "-o", "-", "--json"], "standard output"),
        (["fit", "a.jpg", "b.jpg", "--max-bytes", "9KB", "-o", "-"], "one asset"),
        (["fit", "a.jpg", "--max-bytes", "9KB", "-o", "o/", "--trim", "5:2"], "2.5:8"),
        (["fit", "a.jpg", "--max-bytes", "9KB", "-o", "o/", "--background", "whit"], "#rrggbb"),
        (["fit", "a.jpg", "--max-bytes", "9KB", "-o", "o/", "--allow", "avi"], "mp4"),
        (["message", "m.yaml"], "known: check, fit"),
        (["batch", "campaign"], "known: retry, run, status"),
        (["explain", "overlimit"], "did you mean over_limit"),
        (["explain", "ingest"], "did you mean over_ingest_limit"),
        (["explain", "MP999"], "`mediaprep explain` lists all"),
        (["fit", "campaign", "-o"], "see `mediaprep fit --help`"),
    ],
)
def test_a_wrong_call_ends_with_2_and_says_what_to_do(
    argv: list[str], text: str, capsys: pytest.CaptureFixture[str], tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing runs, nothing is written, stdout stays empty, every line on stderr begins with our name."""
    monkeypatch.chdir(tmp_path)
    assert run(argv) == 2
    captured = capsys.readouterr()
    assert text in captured.err
    assert captured.out == ""
    assert all(line.startswith("mediaprep: ") for line in captured.err.splitlines())
    assert list(tmp_path.iterdir()) == []


def ask_to_complete(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run as bash does when Tab is pressed after these words; what is offered goes to stdout."""
    for name, value in (
        ("_MEDIAPREP_COMPLETE", "bash_complete"), ("COMP_WORDS", words), ("COMP_CWORD", str(len(words.split()) - 1)),
    ):  # fmt: skip
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        run([])


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("mediaprep chec", {"check"}),
        ("mediaprep check a.jpg --to ver", {"verizon", "verizon_mvno"}),
        ("mediaprep check a.jpg --to att,tmob", {"att,tmobile"}),
        ("mediaprep fit a.jpg --via twi", {"twilio"}),
        ("mediaprep check a.jpg --sender toll", {"toll_free"}),
        ("mediaprep why att,tmob", {"att,tmobile"}),
        ("mediaprep profiles show twi", {"twilio"}),
        ("mediaprep providers ban", {"bandwidth"}),
        ("mediaprep explain over_l", {"over_limit"}),
        ("mediaprep explain MP10", {"MP101", "MP106"}),
    ],
)
def test_the_shell_completes_commands_routes_and_senders(
    words: str, wanted: set[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is typed goes on with names that exist; after a comma the last name does."""
    ask_to_complete(words, monkeypatch)
    assert wanted <= {line.partition(",")[2] for line in capsys.readouterr().out.splitlines()}


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("mediaprep check camp", "file"),
        ("mediaprep fit a.jpg -o ou", "file"),
        ("mediaprep fit a.jpg --report pa", "file"),
        ("mediaprep batch run list", "file"),
        ("mediaprep batch status ou", "dir"),
        ("mediaprep message fit mes", "file"),
        ("mediaprep compare la", "dir"),
        ("mediaprep study pho", "file"),
    ],
)
def test_the_shell_is_asked_for_files_where_a_path_goes(
    words: str, kind: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A word that may be a file, a folder or a URL still completes as a path."""
    ask_to_complete(words, monkeypatch)
    assert capsys.readouterr().out.split() == [f"{kind},{words.rsplit(maxsplit=1)[-1]}"]


def test_explain_gives_meaning_severity_and_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    """A code is found by its number or its name, in any case; several are told apart by a blank line."""
    assert run(["explain", "101", "below-floor"]) == 0
    first, second = capsys.readouterr().out.split("\n\n")
    assert first.startswith("MP101 over_limit (violation")
    assert CODES["MP101"].meaning in first
    assert CODES["MP101"].remedy in first
    assert second.startswith("MP103 below_floor")


def test_explain_without_a_code_lists_them_all(capsys: pytest.CaptureFixture[str]) -> None:
    """The whole table, one line each."""
    assert run(["explain"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(CODES)


def test_every_option_is_explained() -> None:
    """No option of any command stands in the help without words."""
    import click

    context = click.Context(commands)
    for name in commands.list_commands(context):
        command = commands.get_command(context, name)
        assert command is not None
        assert command.get_short_help_str()
        options = [param for param in command.params if isinstance(param, click.Option)]
        assert all(option.help for option in options)
