"""The house rules that no linter knows: seams, start-up, versions, file lengths."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import pytest

import mediaprep
from mediaprep import codes
from mediaprep.plugins import names
from mediaprep.version import VERSION

ROOT = Path(__file__).resolve().parents[1]
SEAMS = ("kinds", "encoders", "executors", "providers", "hosts")


@pytest.fixture(scope="module")
def graph():
    """The imports of the whole package."""
    return grimp.build_graph("mediaprep")


@pytest.mark.parametrize("seam", SEAMS)
def test_plugins_do_not_know_each_other(graph, seam):
    """A plugin imports no other plugin of its seam; shared shapes begin with an underscore."""
    plugins = {f"mediaprep.{seam}.{name}" for name in names(seam)}

    for plugin in plugins:
        assert graph.find_modules_directly_imported_by(plugin) & plugins <= {plugin}


NEIGHBOURS = {("kinds", "encoders")}
"""Who may know another's private modules: animations plan with what GIF's writer does."""


def test_private_modules_stay_in_their_seam(graph):
    """A module whose name begins with an underscore is imported by its own folder alone."""
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            home, _, name = imported.rpartition(".")
            inside = module.startswith(f"{home}.") or module == home
            near = tuple(part.split(".")[1] for part in (module, imported) if "." in part) in NEIGHBOURS
            assert not name.startswith("_") or inside or near, f"{module} imports {imported}"


def test_importing_mediaprep_is_cheap():
    """``import mediaprep`` and ``--version`` load none of the heavy libraries."""
    heavy = {"PIL", "numpy", "yaml", "pydantic", "rich", "pyvips", "jinja2", "vobject", "pydub"}
    code = "import sys, mediaprep; print(*sorted(m.split('.')[0] for m in sys.modules))"

    loaded = set(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    )

    assert loaded & (heavy | {"click"}) == set()


def test_one_version():
    """The version in code is the one of the package."""
    with (ROOT / "pyproject.toml").open("rb") as stream:
        assert tomllib.load(stream)["project"]["version"] == VERSION


def test_files_stay_readable():
    """No module is longer than 400 lines, and half of them are under 150."""
    lengths = sorted(len(p.read_text().splitlines()) for p in (ROOT / "mediaprep").rglob("*.py") if p.stat().st_size)

    assert lengths[-1] <= 400
    assert lengths[len(lengths) // 2] < 160


def test_public_names_are_listed_and_sorted():
    """``__all__`` is sorted and each of its names exists."""
    assert sorted(mediaprep.__all__) == list(mediaprep.__all__)
    for name in mediaprep.__all__:
        assert getattr(mediaprep, name) is not None


def test_every_test_says_what_it_shows():
    """Each test has a docstring that is a sentence."""
    for path in (ROOT / "tests").rglob("test_*.py"):
        text = path.read_text()
        for match in re.finditer(
            r"^( *)(?:async )?def (test_\w+)\([^)]*\)[^:]*:\n\s*(r?\"\"\"(.+?)\"\"\")?", text, re.MULTILINE | re.DOTALL
        ):
            assert match[3], f"{path.name}: {match[2]} has no docstring"
            assert match[4].strip().endswith((".", "!", "?")), f"{path.name}: {match[2]}: no sentence"


def test_every_code_of_the_table_is_told_somewhere():
    """A code that nothing gives would be a promise in the README that nobody keeps."""
    sources = [
        path.read_text(encoding="utf-8") for path in (ROOT / "mediaprep").rglob("*.py") if path.name != "codes.py"
    ]
    told = set(re.findall(r"\w+", "\n".join(sources)))
    assert set(codes.BY_NAME) <= told
