"""Assets and calls for the tests of the command line."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mediaprep.cli import run

SMALL = 4_000
LARGE = 20_000


def jpeg(*, width: int = 320, height: int = 240, quality: int = 90, seed: int = 7) -> bytes:
    """Draw a picture with edges, ramps and some noise, so that it compresses like a photograph."""
    from PIL import Image, ImageDraw, ImageFilter

    noise = Image.effect_noise((width, height), 40).convert("L")
    picture = Image.merge("RGB", (noise, noise.transpose(Image.Transpose.ROTATE_180), Image.new("L", noise.size, 90)))
    picture = picture.filter(ImageFilter.GaussianBlur(2))
    draw = ImageDraw.Draw(picture)
    for step in range(12):
        box = (step * 20 + seed, step * 9, step * 20 + 60, step * 9 + 80)
        draw.ellipse(box, fill=(step * 20, 255 - step * 20, seed * 9 % 255))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()


@dataclass
class Result:
    """What one call of the command line came to."""

    code: int
    out: str
    err: str
    records: list[dict[str, Any]] = field(default_factory=list)


Cli = Callable[..., Result]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def cli(here: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Call the real command line in this process; assets are ours, so they are decoded here too."""

    def call(*argv: str, isolation: str = "none") -> Result:
        extra = ["--isolation", isolation] if argv[0] in ("check", "fit") else []
        code = run([argv[0], *extra, *argv[1:]])
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
