"""Fixtures that call the real command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import Cli, Result, jpeg

from mediaprep.cli import run


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def cli(here: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Call the real command line in this process; assets are ours, so they are decoded here too."""

    def call(*argv: str, isolation: str = "none") -> Result:
        words = 2 if argv[0] == "message" else 1
        extra = ["--isolation", isolation] if argv[0] in ("check", "fit", "message", "study", "compare") else []
        code = run([*argv[:words], *extra, *argv[words:]])
        captured = capsys.readouterr()
        records = [json.loads(line) for line in captured.out.splitlines()] if "--json" in argv else []
        return Result(code, captured.out, captured.err, records)

    return call


@pytest.fixture
def campaign(here: Path) -> Path:
    """Lay out a campaign: two pictures that are too large for 8,000 bytes, one that is not."""
    folder = here / "campaign"
    (folder / "spring").mkdir(parents=True)
    (folder / "big.jpg").write_bytes(jpeg())
    (folder / "spring" / "big.jpg").write_bytes(jpeg(seed=3))
    (folder / "spring" / "small.jpg").write_bytes(jpeg(width=64, height=48, quality=60))
    assert (folder / "big.jpg").stat().st_size > 8_000 > (folder / "spring/small.jpg").stat().st_size
    return folder
