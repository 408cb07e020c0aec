"""What is installed: profiles travel in the wheel, and an editable install finds them, too."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def run(*command, cwd):
    """Run a command and give what it printed."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def fresh_venv(folder):
    """Make a venv that sees the libraries of this one but not mediaprep itself."""
    run(sys.executable, "-m", "venv", str(folder), cwd=ROOT)
    bin_folder = folder / ("Scripts" if sys.platform == "win32" else "bin")
    site = run(str(bin_folder / "python"), "-c", "import site; print(site.getsitepackages()[0])", cwd=folder).strip()
    ours = run(
        sys.executable, "-c", "import click, os; print(os.path.dirname(os.path.dirname(click.__file__)))", cwd=folder
    )
    (Path(site) / "libraries.pth").write_text(ours)
    return bin_folder / "python"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built afresh."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT), cwd=folder)
    return next(folder.glob("*.whl"))


@pytest.mark.slow
def test_the_wheel_carries_the_profiles(wheel):
    """All profiles, their sources and the marker of types are in the wheel."""
    names = set(zipfile.ZipFile(wheel).namelist())

    for path in (ROOT / "carrier_profiles").rglob("*.yaml"):
        assert f"mediaprep/carrier_profiles/{path.relative_to(ROOT / 'carrier_profiles').as_posix()}" in names
    assert "mediaprep/carrier_profiles/VERSION" in names
    assert "mediaprep/py.typed" in names
    assert {f"mediaprep/reports/page/page.{suffix}" for suffix in ("html", "css", "js")} <= names


@pytest.mark.slow
@pytest.mark.parametrize("editable", [False, True])
def test_an_installed_mediaprep_finds_its_profiles(wheel, tmp_path, editable):
    """In a venv of its own, from a wheel or editable, a route of the shipped profiles resolves."""
    python = fresh_venv(tmp_path / "venv")
    what = ("--no-build-isolation", "-e", str(ROOT)) if editable else (str(wheel),)
    run(str(python), "-m", "pip", "install", "-q", "--no-deps", *what, cwd=tmp_path)

    code = "import mediaprep; print(mediaprep.__file__); print(mediaprep.route('us').limits_for('image').limit_bytes)"
    where, limit = run(str(python), "-I", "-c", code, cwd=tmp_path).split()

    assert (str(ROOT) in where) == editable
    assert 300_000 < int(limit) <= 500_000
