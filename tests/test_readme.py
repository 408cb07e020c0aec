"""The README: every command in it is run, its tables are those of the code, and what it shows is there."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import click
import pytest
import yaml
from command_line import jpeg

from mediaprep.cli import commands, run
from mediaprep.codes import CODES
from mediaprep.kinds import all_kinds
from mediaprep.model import KindName

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SAMPLES = ROOT / "samples"


def blocks(language: str) -> list[str]:
    """Give the fenced blocks of one language."""
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


OUTSIDE = ("--live", "https://", "hooks.ndjson")
"""What only an account, the network or a provider's own data could answer."""

COMMANDS = [line for block in blocks("sh") for line in block.splitlines() if line.startswith("mediaprep ")]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project as the README assumes it: a campaign, a photograph, a message, a profile, last year's renditions."""
    root = tmp_path_factory.mktemp("project")
    for folder in ("campaign", "last_campaign", "photos", "profiles", "out"):
        (root / folder).mkdir()
    for name in ("small.jpg", "large.jpg"):
        data = jpeg(width=1400, height=1000, quality=95 if name == "large.jpg" else 70)
        (root / "campaign" / name).write_bytes(data)
        (root / "last_campaign" / name).write_bytes(data)
        (root / "out" / name).write_bytes(data)
    (root / "photos" / "a.jpg").write_bytes(jpeg())
    shutil.copy(SAMPLES / "food_photo.heic", root / "photo.heic")
    shutil.copy(SAMPLES / "food_photo.heic", root / "dish.heic")
    shutil.copy(SAMPLES / "flyer_coupon.png", root / "coupon.png")
    shutil.copy(SAMPLES / "contact_v21.vcf", root / "shop.vcf")
    (root / "numbers.csv").write_text("number,carrier\n1,Verizon Wireless\n2,AT&T\n", encoding="utf-8")
    message, profile = (next(b for b in blocks("yaml") if b.startswith(begin)) for begin in ("subject:", "schema:"))
    (root / "message.yaml").write_text(message, encoding="utf-8")
    (root / "profiles" / "mycarrier.yaml").write_text(profile, encoding="utf-8")
    (root / "list.csv").write_text("asset,routes\ncampaign/small.jpg,us\n", encoding="utf-8")
    for folder, size in (("old", "400000"), ("new", "300000")):
        (root / folder).mkdir()
        (root / folder / "mycarrier.yaml").write_text(profile.replace("300000", size), encoding="utf-8")
    return root


@pytest.mark.slow
def test_every_command_runs(project, monkeypatch, capsys):
    """Each line of a shell block is a call that runs to its end: its answer is about assets, not about the call."""
    monkeypatch.chdir(project)
    failed = []

    for command in COMMANDS:  # in their order: some show what others made
        if any(sign in command for sign in OUTSIDE):
            continue
        code = run(shlex.split(command, comments=True)[1:])
        said = capsys.readouterr().err
        if code not in (0, 3) or "internal error" in said:
            failed.append((command, code, said))

    assert failed == []


@pytest.mark.parametrize("command", [command for command in COMMANDS if any(sign in command for sign in OUTSIDE)])
def test_what_needs_an_account_or_the_network_is_called_rightly(command):
    """Each part of such a line names a command that exists, with options that it has."""
    for part in command.split("&&"):
        words = shlex.split(part, comments=True)[1:]
        found = commands
        while isinstance(found, click.Group):
            found = found.get_command(click.Context(found), words.pop(0))
        assert found is not None
        options = {name for parameter in found.params for name in parameter.opts}
        assert {word for word in words if word.startswith("-")} <= options


def test_there_are_commands_and_each_top_command_is_shown():
    """Whoever reads the README meets every command that a newcomer needs."""
    shown = {shlex.split(command, comments=True)[1] for command in COMMANDS}
    assert shown >= {"check", "fit", "message", "audience", "study", "compare", "why", "profiles", "explain"}


def test_the_table_of_codes_is_the_one_table():
    """The README's table is what the code says, row by row."""
    table = README.split("<!-- codes: begin -->\n", 1)[1].split("<!-- codes: end -->", 1)[0]
    assert table == codes_table(), "write it anew: PYTHONPATH=tests:tests/cli python tests/test_readme.py"


def codes_table() -> str:
    """Write the table of codes as the README holds it: python tests/test_readme.py puts it there."""
    rows = [f"| {code.id} | {code.name} | {code.meaning} | {code.remedy} |" for code in CODES.values()]
    return "\n".join(["| code | name | meaning | what to do |", "| --- | --- | --- | --- |", *rows]) + "\n"


def test_what_the_readme_shows_and_names_is_there():
    """Pictures and files of this project that are linked or named exist."""
    linked = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    named = re.findall(r"`((?:benchmarks|carrier_profiles|samples)/[\w./-]+)`", README)
    assert linked
    for path in (*linked, *named):
        assert (ROOT / path).exists(), path


def test_the_library_example_is_python_that_uses_public_names():
    """The ten lines compile, and each attribute of mediaprep in them exists."""
    import mediaprep

    (example,) = blocks("python")
    compile(example, "README.md", "exec")
    for name in re.findall(r"mediaprep\.(\w+)", example):
        assert hasattr(mediaprep, name)


# -- the hook for pre-commit


HOOK = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))[0]
NEVER = {"ts"}
"""A suffix that source code has far more often than media."""


def test_the_hook_looks_at_every_format_that_is_judged_and_at_no_source_code():
    """Each usual suffix of pictures, moving pictures, sound and cards is matched, in any case; others are not."""
    pattern = re.compile(HOOK["files"])
    seen = (KindName.IMAGE, KindName.ANIMATION, KindName.VIDEO, KindName.AUDIO, KindName.VCARD)
    suffixes = {f.suffix for k in all_kinds() if k.name in seen for f in k.formats if f.name != "list"} - NEVER
    for suffix in suffixes:
        assert pattern.search(f"a/b.{suffix}"), suffix
        assert pattern.search(f"a/B.{suffix.upper()}"), suffix
    for name in ("a.py", "a.md", "a.ts", "jpg", "a.jpg.txt", "a.html"):
        assert not pattern.search(name)


def test_the_hook_judges_the_files_that_it_is_given(tmp_path, monkeypatch, capsys):
    """A picture that is too large stops the commit and says what to type next; one that fits does not."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fine.jpg").write_bytes(jpeg())
    shutil.copy(SAMPLES / "phone_photo.jpg", tmp_path / "large.jpg")
    call = [*shlex.split(HOOK["entry"])[1:], *HOOK["args"]]
    assert run([*call, "fine.jpg"]) == 0
    assert run([*call, "fine.jpg", "large.jpg"]) == 3
    assert "mediaprep fit" in capsys.readouterr().out


def test_a_shell_gets_completion(monkeypatch, capsys):
    """The line in the README makes click write the script for the shell."""
    monkeypatch.setenv("_MEDIAPREP_COMPLETE", "bash_source")
    with pytest.raises(SystemExit) as ended:
        run([])
    assert ended.value.code == 0
    assert "complete -o nosort -F" in capsys.readouterr().out


if __name__ == "__main__":
    head, _, rest = README.partition("<!-- codes: begin -->\n")
    tail = rest.partition("<!-- codes: end -->")[2]
    (ROOT / "README.md").write_text(f"{head}<!-- codes: begin -->\n{codes_table()}<!-- codes: end -->{tail}", "utf-8")
