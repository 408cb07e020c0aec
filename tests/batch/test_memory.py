"""``--limit-memory``: what all workers and their ffmpeg hold together, looked at while a batch runs."""

import json
import shutil
import subprocess
import sys

import pytest
from faults.processes import held_below
from foreign import ROOT
from PIL import Image

LIMIT_BYTES = 300_000_000

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="looks for workers in /proc")]


def test_workers_keep_the_limit_and_what_needs_more_is_refused(tmp_path):
    """Large stills and a clip under 300 MB: never more at any moment; a picture that needs more is refused alone."""
    (tmp_path / "assets").mkdir()
    for name in ("portrait_photo.jpg", "city_clip.mp4"):
        shutil.copy(ROOT / "samples" / name, tmp_path / "assets")
    with Image.open(ROOT / "samples/landscape_photo.jpg") as photo:
        photo.resize((6_000, 4_500)).save(tmp_path / "assets/large.jpg")
        photo.resize((8_000, 5_000)).save(tmp_path / "assets/huge.png", compress_level=0)
    command = [
        sys.executable, "-m", "mediaprep", "batch", "run", "assets", "--to", "us", "-o", "out", "--jobs", "2",
        "--limit-memory", str(LIMIT_BYTES), "--json",
    ]  # fmt: skip

    most_bytes = 0
    with (tmp_path / "said").open("wb") as said, subprocess.Popen(command, cwd=tmp_path, stdout=said) as run:
        while run.poll() is None:
            most_bytes = max(most_bytes, held_below(run.pid))
    *records, _ = map(json.loads, (tmp_path / "said").read_text().splitlines())

    assert 60_000_000 < most_bytes <= LIMIT_BYTES
    found = {r["asset"]: (r["verdict"], [v["code"] for v in r["violations"]]) for r in records}
    assert found["assets/large.jpg"] == found["assets/portrait_photo.jpg"] == ("fitted", [])
    assert found["assets/huge.png"] == ("refused", ["MP512"])
    assert found["assets/city_clip.mp4"] in [("fitted", []), ("refused", ["MP512"])]
