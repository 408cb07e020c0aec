"""The README's table of providers is what they declare; the samples that send run as they are."""

import subprocess
import sys

import pytest
from foreign import ROOT

from mediaprep.cli import run
from mediaprep.plugins import names
from mediaprep.sending.table import markdown


def test_the_readme_has_the_providers_table():
    """Made by ``mediaprep providers --markdown``, and not changed since."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    _, _, rest = readme.partition("<!-- providers -->\n")

    assert rest.partition("<!-- /providers -->")[0].strip() == markdown().strip()


@pytest.mark.parametrize("name", names("providers"))
def test_a_provider_names_its_variables(name, capsys):
    """One line each, and the table has its row."""
    assert run(["providers", name]) == 0
    assert capsys.readouterr().out.strip()
    assert f"| `{name}` |" in markdown()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["send_twilio.py", "send_aws.py", "send_vonage.py"])
def test_samples_run_as_they_are(name, tmp_path):
    """Without an account, into a folder, with what the provider would get beside the message."""
    command = [sys.executable, str(ROOT / "samples" / name)]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stderr
    assert "accepted" in ran.stdout
    assert list((tmp_path / "outbox").glob("*/request.http"))
    assert list((tmp_path / "outbox").glob("*/receipt.json"))
