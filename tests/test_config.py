"""A project's defaults: where they are found, what they may say, how faults are reported."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from mediaprep.config import Config, find_config
from mediaprep.errors import ProfileError, UsageError
from mediaprep.options import FitOptions

WHOLE = """
to = ["att", "verizon,tmobile"]
via = "twilio"
sender = "toll_free"
max_bytes = "300KiB"
profiles = ["ours", "/shared"]
jobs = 2
rate = 0.5
effort = "max"
allow = ["mp4"]
keep = "gif"
still = true
as_gif = true
trim = "1:3"
trim_silence = true
loudness = true
background = "#fff"
allow_below_floor = true
"""


def write(folder: Path, text: str, name: str = "mediaprep.toml") -> Path:
    """Write a file of defaults."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def faults(folder: Path) -> list[str]:
    """Give what is wrong with the file, without the folder's name."""
    with pytest.raises(ProfileError) as caught:
        find_config(folder)
    return [problem.removeprefix(f"{folder}/") for problem in caught.value.problems]


def test_every_key_is_read_with_its_type(tmp_path: Path) -> None:
    """Sizes are read as on the command line, folders are relative to the file, one text counts as a list."""
    found = find_config(write(tmp_path, WHOLE))
    assert found.path == tmp_path / "mediaprep.toml"
    assert (found.to, found.via, found.sender, found.jobs) == (("att", "verizon,tmobile"), "twilio", "toll_free", 2)
    assert found.profiles == (tmp_path / "ours", Path("/shared"))
    assert found.rate == 0.5
    assert FitOptions(**found.fit) == FitOptions(
        effort="max", max_bytes=307_200, allow=("mp4",), keep=("gif",), still=True, as_gif=True, trim="1:3",
        trim_silence=True, loudness=True, background="#fff", allow_below_floor=True,
    )  # fmt: skip


def test_every_fit_option_can_be_set_in_a_file() -> None:
    """The example above names each field of FitOptions, so that a new one is not forgotten."""
    assert all(f"\n{field.name} = " in WHOLE for field in fields(FitOptions))


def test_the_nearest_file_upwards_wins_and_mediaprep_toml_goes_first(tmp_path: Path) -> None:
    """A pyproject.toml without our table is passed by; in one folder our own file goes first."""
    write(tmp_path, 'via = "aws"')
    inner = write(tmp_path / "a" / "b", "[tool.other]\nx = 1\n", "pyproject.toml")
    assert find_config(inner).via == "aws"
    write(tmp_path / "a", '[tool.mediaprep]\nvia = "twilio"\n', "pyproject.toml")
    assert find_config(inner).via == "twilio"
    write(tmp_path / "a", 'via = "vonage"')
    assert find_config(inner).via == "vonage"


def test_no_file_is_no_default(tmp_path: Path) -> None:
    """Without a file nothing is set."""
    assert find_config(tmp_path) == Config()


def test_unknown_keys_fail_with_a_suggestion_and_their_line_all_at_once(tmp_path: Path) -> None:
    """A misspelt key would otherwise be ignored in silence."""
    write(tmp_path, 'via = "aws"\nmaxbytes = 5\n\nmax-bytes = 6\ncolour = 1\n')
    first, second, third = faults(tmp_path)
    assert first == "mediaprep.toml:2: unknown key 'maxbytes'; did you mean max_bytes?"
    assert second == "mediaprep.toml:4: unknown key 'max-bytes'; did you mean max_bytes or cache_max_bytes?"
    assert third.startswith(
        "mediaprep.toml:5: unknown key 'colour'; known: allow, allow_below_floor, as_gif, background,"
    )


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("to = 5", "to: text is expected, not 5"),
        ('to = [""]', "to: text is expected, not an empty text"),
        ("jobs = 0", "jobs: a whole number of at least 1 is expected, not 0"),
        ("jobs = true", "jobs: a whole number of at least 1 is expected, not true"),
        ("rate = -1", "rate: a number of messages per second is expected, as in 3 or 0.5, not -1"),
        ("rate = nan", "rate: a number of messages per second is expected, as in 3 or 0.5, not nan"),
        ('rate = "3"', "rate: a number of messages per second is expected, as in 3 or 0.5, not '3'"),
        ('still = "yes"', "still: true or false is expected, not 'yes'"),
        ('effort = "maximal"', "effort: 'maximal' is not one of the choices; did you mean max?"),
        ('allow = ["avi"]', "allow: 'avi' is not one of the choices; known: mp4"),
        ('max_bytes = "3 apples"', "max_bytes: '3 apples' is not a size; write 300000, 300KB"),
        ("via = {a = 1}", "via: text is expected, not a table"),
        ("via = 2024-01-01", "via: text is expected, not a date"),
    ],
)
def test_wrong_values_say_what_is_expected(tmp_path: Path, line: str, text: str) -> None:
    """Each fault names file, line, key, and what belongs there."""
    [fault] = faults(write(tmp_path, f"# defaults\n{line}\n"))
    assert fault.startswith(f"mediaprep.toml:2: {text}")


def test_a_table_in_pyproject_reports_its_own_lines(tmp_path: Path) -> None:
    """The same key in another tool's table is not taken for ours."""
    write(
        tmp_path, '[tool.other]\nvai = 1\n[tool.mediaprep]\n"vai" = 1\n[tool.mediaprep.still]\nx=1\n', "pyproject.toml"
    )
    first, second = faults(tmp_path)
    assert first == "pyproject.toml:4: unknown key 'vai'; did you mean via?"
    assert second == "pyproject.toml:5: still: true or false is expected, not a table"
    write(tmp_path, "[tool]\nmediaprep = 3\n", "pyproject.toml")
    assert faults(tmp_path) == ["pyproject.toml: tool.mediaprep is a table of keys, not 3"]


def test_broken_toml_names_line_and_column(tmp_path: Path) -> None:
    """A syntax error points at its place."""
    [fault] = faults(write(tmp_path, 'via = "aws"\nto = att\n'))
    assert fault.startswith("mediaprep.toml:2:6: not TOML: Invalid value; text goes in quotes")


def test_a_file_that_is_no_utf_8_is_an_error_of_its_own(tmp_path: Path) -> None:
    """An unreadable file is never taken for an absent one."""
    (tmp_path / "mediaprep.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="cannot be read"):
        find_config(tmp_path)
