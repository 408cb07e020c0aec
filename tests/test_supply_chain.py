"""What comes with mediaprep: required in ranges, pinned for CI, each under a licence that is known."""

import importlib.util
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LISTED = dict(line.split(": ", 1) for line in (ROOT / ".ci/licences.txt").read_text(encoding="utf-8").splitlines())

PERMISSIVE = {
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "MIT", "MIT-0", "MIT-CMU", "PSF-2.0", "Zlib",
}  # fmt: skip
AS_A_LIBRARY = {"pyvips-binary": "LGPL-3.0-or-later"}
"""Loaded as a library that its user can replace, as its licence asks."""


def script():
    """Load the script that makes the list."""
    spec = importlib.util.spec_from_file_location("licences", ROOT / ".ci/licences.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


licences = script()


def shipped():
    """Give the requirements of users, with and without extras."""
    texts = [*PROJECT["dependencies"]]
    for extra in licences.SHIPPED:
        texts += PROJECT["optional-dependencies"][extra]
    return [Requirement(text) for text in texts]


@pytest.mark.parametrize("requirement", shipped(), ids=str)
def test_every_requirement_of_users_has_a_floor_and_a_ceiling(requirement):
    """A range: a version that was tried at the least, and none whose changes nobody has seen."""
    operators = {each.operator for each in requirement.specifier}
    assert operators & {">=", "=="}
    assert operators & {"<", "==", "~="}


def test_what_is_installed_is_listed_with_its_licence():
    """The list says of everything that is needed here what its own metadata say (`python .ci/licences.py`)."""
    found = licences.licences()
    assert {name: LISTED.get(name) for name in found} == found


def test_every_licence_is_known_and_lets_us_ship():
    """Nothing unknown, nothing that would bind our own code: permissive, or a library that can be replaced."""
    for name, text in LISTED.items():
        if AS_A_LIBRARY.get(name) == text:
            continue
        words = set(re.findall(r"[A-Za-z0-9][A-Za-z0-9.-]*", text)) - {"AND", "OR", "WITH"}
        assert words <= PERMISSIVE, f"{name}: {text}"


def test_everything_that_is_listed_is_pinned_for_ci():
    """CI installs the same of each every time, also what only some Pythons need."""
    lines = (ROOT / ".ci/lock.txt").read_text(encoding="utf-8").splitlines()
    pinned = {licences.plain(line.partition("==")[0]) for line in lines if "==" in line}
    wanted = {licences.plain(requirement.name) for requirement in shipped()} | set(LISTED)
    assert not wanted - pinned - {"mediaprep"}


def test_the_gpl_program_is_never_linked():
    """imageio-ffmpeg's ffmpeg (GPL) is started as a process by its path; nothing loads it."""
    for path in (ROOT / "mediaprep").rglob("*.py"):
        assert not re.search(r"^\s*(import|from) imageio_ffmpeg", path.read_text(encoding="utf-8"), re.MULTILINE), path
