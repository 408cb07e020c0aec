"""A Dask scheduler and two workers as processes, an S3 server beside them, and one worker killed in the midst."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from command_line import jpeg

from mediaprep import objects

ASSETS = 60
pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")]


@pytest.fixture
def cluster(tmp_path, object_store):
    """Start a scheduler and two workers; give its address and the workers' processes."""
    place = tmp_path / "scheduler.json"
    log = (tmp_path / "cluster.log").open("wb")

    def start(name, *more):
        command = [sys.executable, "-m", f"distributed.cli.dask_{name}", "--scheduler-file", str(place), *more]
        return subprocess.Popen(command, cwd=tmp_path, stdout=log, stderr=log)

    processes = [start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")]
    try:
        deadline = time.monotonic() + 60
        while not (place.exists() and place.read_text().strip()) and time.monotonic() < deadline:
            time.sleep(0.05)
        workers = [start("worker", "--nthreads", "1", "--no-nanny", "--no-dashboard") for _ in range(2)]
        processes += workers
        yield json.loads(place.read_text())["address"], workers
    finally:
        for process in processes:
            process.kill()
            process.wait(10)
        log.close()


def run(argv):
    """Start a batch in a process of its own."""
    command = [sys.executable, "-m", "mediaprep", "batch", "run", *argv, "--max-bytes", "8000", "--json"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_cluster_that_loses_a_worker_finishes_the_work(cluster, object_store, tmp_path, monkeypatch):
    """Assets and renditions travel by URL, one worker is killed, and outcomes are those of the serial engine."""
    address, workers = cluster
    monkeypatch.chdir(tmp_path)
    bucket = object_store()
    for number in range(ASSETS):
        objects.put(f"{bucket}/in/{number}.jpg", jpeg(seed=number))
    objects.put(f"{bucket}/in/broken.jpg", jpeg()[:2_000])

    with run([f"{bucket}/in", "-o", f"{bucket}/out", "--engine", "dask", "--scheduler", address]) as driver:
        first = driver.stdout.readline()
        os.kill(workers[0].pid, signal.SIGKILL)
        rest, err = driver.communicate(timeout=300)
    with run([f"{bucket}/in", "-o", f"{bucket}/serial", "--engine", "serial"]) as serial:
        plain, _ = serial.communicate(timeout=300)

    assert driver.returncode == serial.returncode == 4, err
    *records, summary = map(json.loads, (first + rest).splitlines())
    *expected, _ = map(json.loads, plain.splitlines())
    assert summary["verdicts"] == {"fitted": ASSETS, "refused": 1}
    assert workers[1].poll() is None
    assert _comparable(records) == _comparable(expected)
    assert all(objects.head(r["output"]).size_bytes == r["size_bytes"] for r in records if r["output"])


def _comparable(records):
    """Leave out what differs by place and time."""
    return sorted(
        json.dumps(
            record
            | {"output": None, "elapsed_s": None, "attempts": [a | {"elapsed_s": None} for a in record["attempts"]]}
        )
        for record in records
    )
