"""A fit that is ended at random moments, or loses its workers: what is there is whole, what it started is gone."""

from __future__ import annotations

import io
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import jpeg
from faults.processes import gone
from kinds.timed_media import make
from PIL import Image

LIMIT = 9_000
MOMENTS = 5

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")]


@pytest.fixture
def assets(tmp_path: Path) -> Path:
    """Pictures and a clip: a second or two of work."""
    folder = tmp_path / "assets"
    folder.mkdir()
    for number in range(12):
        (folder / f"{number:02}.jpg").write_bytes(jpeg(width=900, height=700, seed=number + 1))
    make(folder / "clip.mp4", "-c:v", "libx264", "-c:a", "aac", "-b:v", "400k")
    (tmp_path / "tmp").mkdir()
    return folder


def started(folder: Path) -> subprocess.Popen[bytes]:
    """Begin a fit of the assets, with a temporary folder of its own."""
    command = [sys.executable, "-m", "mediaprep", "fit", "assets", "--to", "us", "--max-bytes", str(LIMIT), "-o", "out",
               "--allow-below-floor", "--jobs", "2", "--json"]  # fmt: skip
    env = {**os.environ, "TMPDIR": str(folder / "tmp")}
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)


def descendants(pid: int) -> Iterator[int]:
    """Give the processes below one."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            yield int(path.parent.name)
            yield from descendants(int(path.parent.name))


def half(folder: Path) -> list[str]:
    """Name visible outputs that are over the limit or do not decode."""
    bad = []
    for path in folder.rglob("[!.]*.*"):
        data = path.read_bytes()
        whole = len(data) <= LIMIT
        if path.suffix == ".jpg":
            try:
                Image.open(io.BytesIO(data)).load()
            except OSError:
                whole = False
        elif path.suffix == ".mp4":
            whole = whole and b"moov" in data and data[4:8] == b"ftyp"
        elif path.name == "index.json":
            whole = data.rstrip().endswith(b"}")
        if not whole:
            bad.append(path.name)
    return bad


def run_to_its_end(folder: Path) -> subprocess.Popen[bytes]:
    """Run the fit once more, undisturbed."""
    with started(folder) as again:
        again.communicate(timeout=300)
    return again


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda how: how.name)
def test_an_end_at_any_moment_leaves_nothing_half(assets, tmp_path, how):
    """Outputs are whole or absent, no process stays, and the next run leaves no temporary file of either behind."""
    chance = random.Random(int(how))
    began = time.monotonic()
    run_to_its_end(tmp_path)
    whole_s = time.monotonic() - began
    for _ in range(MOMENTS):
        with started(tmp_path) as run:
            time.sleep(chance.uniform(0, whole_s))
            below = list(descendants(run.pid))
            over = run.poll() is not None
            run.send_signal(how)
            run.wait(60)
        assert half(tmp_path / "out") == []
        assert all(gone(pid) for pid in below)
        if not over:
            assert run.returncode in {-how, 128 + how, 0}
        if how != signal.SIGKILL:
            assert os.listdir(tmp_path / "tmp") == []

    assert run_to_its_end(tmp_path).returncode == 0
    assert os.listdir(tmp_path / "tmp") == []
    assert len([path for path in (tmp_path / "out").iterdir() if not path.name.startswith(".")]) == 14
    for path in (tmp_path / "out").glob(".mediaprep-*"):  # of a killed run; an hour later the next run takes them
        os.utime(path, (0, 0))
    run_to_its_end(tmp_path)
    assert list((tmp_path / "out").glob(".*")) == []


def test_killed_workers_and_programs_cost_their_assets_alone(assets, tmp_path):
    """Workers and ffmpeg killed from outside: their assets say so, the others are done, and no file stays."""
    chance = random.Random(9)
    killed = 0
    with started(tmp_path) as run:
        while run.poll() is None and killed < 4:
            time.sleep(0.3)
            for pid in chance.sample(found := list(descendants(run.pid)), min(1, len(found))):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
                killed += 1
        out, _ = run.communicate(timeout=300)

    assert killed
    outcomes = [json.loads(line) for line in out.splitlines()]
    assert len(outcomes) == 13
    reasons = {v["code"] for o in outcomes if o["verdict"] in {"refused", "failed"} for v in o["violations"]}
    assert reasons <= {"MP510", "MP605"}  # crashed_worker; tool_failed where it was killed before it could begin
    assert run.returncode in {0, 4, 5}
    assert half(tmp_path / "out") == []
    assert list((tmp_path / "out").glob(".*")) == os.listdir(tmp_path / "tmp") == []
