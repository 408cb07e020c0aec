"""A Dask scheduler and two workers as processes, an S3 server beside them, and one worker killed in the midst."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from command_line import jpeg

from mediaprep import objects
from mediaprep.cli import run as command_line
from mediaprep.executors import dask

ASSETS = 60
pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")]


class Cluster:
    """A scheduler as a process on loopback, and workers that come and go."""

    def __init__(self, folder):
        """Start the scheduler."""
        self._folder = folder / "elsewhere"  # not where the driver works
        self._folder.mkdir()
        self._place = folder / "scheduler.json"
        self._log = (folder / "cluster.log").open("wb")
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        self.workers = []
        deadline = time.monotonic() + 60
        while not (self._place.exists() and self._place.read_text().strip()) and time.monotonic() < deadline:
            time.sleep(0.05)
        self.address = json.loads(self._place.read_text())["address"]

    def add_workers(self, count):
        """Start workers of one thread."""
        self.workers += [self._start("worker", "--nthreads", "1", "--no-nanny", "--no-dashboard") for _ in range(count)]

    def close(self):
        """Kill all of it."""
        for process in (self.scheduler, *self.workers):
            process.kill()
            process.wait(10)
        self._log.close()

    def _start(self, name, *more):
        command = [sys.executable, "-m", f"distributed.cli.dask_{name}", "--scheduler-file", str(self._place), *more]
        return subprocess.Popen(command, cwd=self._folder, stdout=self._log, stderr=self._log)


@pytest.fixture
def cluster(tmp_path, object_store):
    """Give a cluster with two workers."""
    started = Cluster(tmp_path)
    try:
        started.add_workers(2)
        yield started
    finally:
        started.close()


def run(argv):
    """Start a batch in a process of its own."""
    command = [sys.executable, "-m", "mediaprep", "batch", "run", *argv, "--max-bytes", "8000", "--json"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_cluster_that_loses_a_worker_finishes_the_work(cluster, object_store, tmp_path, monkeypatch):
    """Assets and renditions travel by URL, one worker is killed, and outcomes are those of the serial engine."""
    monkeypatch.chdir(tmp_path)
    bucket = object_store()
    for number in range(ASSETS):
        objects.put(f"{bucket}/in/{number}.jpg", jpeg(seed=number))
    objects.put(f"{bucket}/in/broken.jpg", jpeg()[:2_000])

    with run([f"{bucket}/in", "-o", f"{bucket}/out", "--engine", "dask", "--scheduler", cluster.address]) as driver:
        first = driver.stdout.readline()
        os.kill(cluster.workers[0].pid, signal.SIGKILL)
        rest, err = driver.stdout.read(), driver.stderr.read()  # communicate would lose what readline read ahead
    with run([f"{bucket}/in", "-o", f"{bucket}/serial", "--engine", "serial"]) as serial:
        plain, _ = serial.communicate(timeout=300)

    assert driver.returncode == serial.returncode == 4, err
    *records, summary = map(json.loads, (first + rest).splitlines())
    *expected, _ = map(json.loads, plain.splitlines())
    assert summary["verdicts"] == {"fitted": ASSETS, "refused": 1}
    assert cluster.workers[1].poll() is None
    assert _comparable(records) == _comparable(expected)
    assert all(objects.head(r["output"]).size_bytes == r["size_bytes"] for r in records if r["output"])


@pytest.mark.parametrize("lost", ["workers", "scheduler"])
def test_a_cluster_that_is_lost_ends_the_run_and_the_same_command_goes_on(cluster, tmp_path, monkeypatch, capsys, lost):
    """Without workers, or a scheduler, a run waits for a bounded time and says so; nothing finished is done again."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "assets").mkdir()
    for number in range(ASSETS):
        (tmp_path / f"assets/{number}.jpg").write_bytes(jpeg(seed=number))
    command = ["batch", "run", "assets", "-o", "out", "--max-bytes", "8000", "--engine", "dask", "--scheduler"]

    ended = threading.Event()

    def kill():
        while len(list((tmp_path / "out").glob("*.jpg"))) < 3 and not ended.wait(0.02):
            pass
        monkeypatch.setattr(dask, "WAIT_S", 3.0)
        for process in cluster.workers if lost == "workers" else (cluster.scheduler,):
            process.kill()

    killer = threading.Thread(target=kill)
    killer.start()
    code = command_line([*command, cluster.address])
    ended.set()
    killer.join()
    err = capsys.readouterr().err

    assert code == 5, err
    assert ("has had no worker for 3 s" if lost == "workers" else "the executor dropped its calls") in err
    assert "the same command" in err
    if lost == "scheduler":
        return
    monkeypatch.setattr(dask, "WAIT_S", 60.0)
    cluster.add_workers(1)
    assert command_line([*command, cluster.address, "--json"]) == 0
    *records, summary = map(json.loads, capsys.readouterr().out.splitlines())
    assert summary["verdicts"] == {"fitted": ASSETS}
    assert {r["output"] for r in records} == {f"out/{number}.jpg" for number in range(ASSETS)}


def _comparable(records):
    """Leave out what differs by place and time."""
    return sorted(
        json.dumps(
            record
            | {"output": None, "elapsed_s": None, "attempts": [a | {"elapsed_s": None} for a in record["attempts"]]}
        )
        for record in records
    )
