"""kill -9 at random moments, of driver and workers: nothing finished is done again, nothing lost, nothing half."""

import io
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from command_line import jpeg
from PIL import Image

from mediaprep.journal import Journal

LIMIT = 9_000
ASSETS = 260
KILLS = 20

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="looks for workers in /proc")]


class Run:
    """A batch in a process of its own, whose fresh outcomes are counted as they come."""

    def __init__(self, folder):
        """Start it in a folder."""
        command = [
            sys.executable, "-m", "mediaprep", "batch", "run", "assets", "--max-bytes", str(LIMIT), "-o", "out",
            "--json", "--jobs", "2",
        ]  # fmt: skip
        self.process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.fresh = threading.Event()
        self.records = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            record = json.loads(line)
            self.records.append(record)
            if record["schema"] == "mediaprep.outcome/1" and record["reused"] is None:
                self.fresh.set()

    def workers(self):
        """Give the process numbers of the driver's children."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                try:
                    fields = (entry / "stat").read_text().rpartition(")")[2].split()
                except OSError:
                    continue
                if int(fields[1]) == self.process.pid and fields[0] != "Z":
                    found.append(int(entry.name))
        return found

    def kill(self):
        """End the driver at once and wait until its pipes are closed."""
        self.process.kill()
        self.process.wait(30)
        self.reader.join(30)
        self.process.stdout.close()
        self.process.stderr.close()


def finished(out):
    """Give what the journal holds: the row's number and its outcome, by asset."""
    if not (out / "journal.sqlite3").exists():
        return {}
    with Journal.open(out / "journal.sqlite3") as journal:
        return {entry.asset: (entry.outcome, entry.outputs) for entry in journal.entries()}


def half_files(out):
    """Give visible renditions that do not decode or are over the limit."""
    bad = []
    for path in out.rglob("*.jpg"):
        data = path.read_bytes()
        try:
            Image.open(io.BytesIO(data)).load()
        except OSError:
            bad.append(path.name)
        if len(data) > LIMIT:
            bad.append(path.name)
    return bad


def test_kill_9_at_twenty_random_moments(tmp_path):
    """After each kill every visible rendition is whole and every finished outcome stands; in the end all are there."""
    chance = random.Random(20261127)
    (tmp_path / "assets").mkdir()
    for number in range(ASSETS):
        (tmp_path / f"assets/{number:03}.jpg").write_bytes(
            jpeg(width=480, height=360, seed=number % 60, quality=88 + number // 60)
        )
    out = tmp_path / "out"
    before = {}
    drivers = workers = 0
    run = Run(tmp_path)
    for kill in range(KILLS):
        run.fresh.clear()
        run.fresh.wait(120)
        time.sleep(chance.random() * 0.4)
        children = run.workers()
        if kill % 2 and children and run.process.poll() is None:
            os.kill(chance.choice(children), signal.SIGKILL)
            workers += 1
            continue
        run.kill()
        drivers += 1
        assert half_files(out) == []
        now = finished(out)
        assert {asset: now.get(asset) for asset in before} == before
        before = now
        run = Run(tmp_path)
    assert run.process.wait(300) == 0, run.process.stderr.read()
    run.reader.join(30)
    run.process.stdout.close()
    run.process.stderr.close()

    *records, summary = run.records
    assert drivers >= 8
    assert workers >= 5
    assert summary["verdicts"] == {"fitted": ASSETS}
    assert {r["asset"] for r in records if r["reused"]} >= set(before)
    now = finished(out)
    assert {asset: now.get(asset) for asset in before} == before
    assert sorted(p.name for p in out.iterdir() if p.suffix == ".jpg") == [
        f"{number:03}.jpg" for number in range(ASSETS)
    ]


def test_poison_is_retried_once_alone_then_refused(tmp_path):
    """An asset whose worker always dies costs itself: two tries, then ``crashed_worker``; the rest is done."""
    (tmp_path / "assets").mkdir()
    for number in range(12):
        (tmp_path / f"assets/{number:02}.jpg").write_bytes(jpeg(seed=number))
    # Workers import from where their parent does: here a hook that ends any worker which opens one of the assets.
    tries = tmp_path / "tries"
    (tmp_path / "hooks").mkdir()
    (tmp_path / "hooks/sitecustomize.py").write_text(
        "import os, sys\n"
        "def poison(event, args):\n"
        "    worker = 'MEDIAPREP_WORKER_FOLDER' in os.environ\n"
        "    if worker and event == 'open' and str(args[0]).endswith('assets/07.jpg'):\n"
        f"        os.write(os.open({str(tries)!r}, os.O_WRONLY | os.O_CREAT | os.O_APPEND), b'x')\n"
        "        os.abort()\n"
        "sys.addaudithook(poison)\n"
    )
    command = [sys.executable, "-m", "mediaprep", "batch", "run", "assets", "--max-bytes", "9000", "-o", "out"]
    paths = os.pathsep.join((str(tmp_path / "hooks"), *filter(None, [os.environ.get("PYTHONPATH")])))

    env = os.environ | {"PYTHONPATH": paths}
    done = subprocess.run([*command, "--json"], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)

    *records, summary = map(json.loads, done.stdout.splitlines())
    assert done.returncode == 4, done.stderr
    assert summary["verdicts"] == {"fitted": 11, "refused": 1}
    (bad,) = [r for r in records if r["verdict"] == "refused"]
    assert (bad["asset"], bad["violations"][0]["code"]) == ("assets/07.jpg", "MP510")
    assert records[-1] == bad
    assert tries.read_text() == "xx"
