"""SECURITY.md names tests for what it says: they exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`((?:tests|\.ci)/[\w./]*)`", PAGE)))


@pytest.mark.parametrize("path", NAMED)
def test_what_is_named_is_there(path):
    """A claim without its test, script or folder would be a mere claim."""
    assert (ROOT / path).exists()


def test_every_row_of_the_tables_names_what_shows_it():
    """No defence stands there without the tests that would go red."""
    rows = [line for line in PAGE.partition("## What is not defended")[0].splitlines() if line.startswith("| ")]
    shown = [row for row in rows if not row.startswith(("| against", "| ---"))]
    assert len(shown) > 15
    assert all("`tests/" in row.rsplit("|", 2)[1] for row in shown)
