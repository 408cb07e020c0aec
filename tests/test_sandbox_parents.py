"""Workers and those who start them: what they import, what keeps them from starting, when their parent ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from faults.processes import gone

from mediaprep import sandbox
from mediaprep.errors import ToolError
from mediaprep.options import Bounds
from mediaprep.sandbox import Workers

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the faults are made with fork and signals")


def test_modules_lying_in_the_working_folder_are_not_imported(tmp_path):
    """A folder of assets that holds a ``PIL.py`` gets none of it run."""
    (tmp_path / "PIL.py").write_text("open('canary', 'w').close()")
    (tmp_path / "numpy.py").write_text("open('canary', 'w').close()")
    script = (
        "from mediaprep.sandbox import Workers\nfrom mediaprep.options import Bounds\nimport time\n"
        "with Workers() as w:\n w.warm()\n time.sleep(1)\n w.run('mediaprep.border:error_value', bounds=Bounds())"
    )

    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, check=False, timeout=30)

    assert not (tmp_path / "canary").exists()


def test_a_worker_that_cannot_start_is_not_the_assets_fault(monkeypatch):
    """When workers cannot import what they need the error is ``tool_failed`` and says what they said."""
    monkeypatch.setattr(sandbox, "_import_path", lambda: ["/nowhere"])
    monkeypatch.setattr(sys, "executable", os.path.realpath(sys.executable))  # the interpreter without its venv

    with Workers() as pool, pytest.raises(ToolError, match="could not start") as caught:
        pool.run("faults.jobs:echo", 1, bounds=Bounds())

    assert caught.value.code == "tool_failed"


def _script(tmp_path, body):
    (tmp_path / "script.py").write_text(
        f"import os, sys, threading, time\nsys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from mediaprep.options import Bounds\nfrom mediaprep.sandbox import Workers\n"
        f"pool = Workers()\n{body}\n"
    )
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", tmp_path / "script.py"],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": str(tmp_path)},
    )  # fmt: skip


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda how: how.name)
def test_workers_do_not_outlive_their_parent(tmp_path, how):
    """However the caller's process ends, a worker hanging in native code ends with it, and folders are removed."""
    parent = _script(
        tmp_path,
        "print(pool.run('faults.jobs:pid', bounds=Bounds()), flush=True)\n"
        "pool.run('faults.jobs:hang', bounds=Bounds())",
    )
    with parent:
        pid = int(parent.stdout.readline())
        time.sleep(0.2)
        parent.send_signal(how)
        parent.wait(10)

    assert gone(pid)
    with _script(tmp_path, "pool.run('faults.jobs:echo', 1, bounds=Bounds())") as later:
        assert later.wait(20) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["script.py"]


def test_a_forked_daemon_starts_workers_of_its_own(tmp_path):
    """A pool made before a fork works in a daemonic child, and neither side disturbs the other."""
    body = """
import multiprocessing
def pid(): return pool.run('faults.jobs:pid', bounds=Bounds())
ours = pid()
def child(queue): queue.put(pid())
queue = multiprocessing.get_context('fork').SimpleQueue()
daemon = multiprocessing.get_context('fork').Process(target=child, args=(queue,), daemon=True)
daemon.start(); theirs = queue.get(); daemon.join()
print(ours, theirs, pid(), flush=True)
"""
    with _script(tmp_path, body) as parent:
        ours, theirs, again = parent.stdout.read().split()

    assert ours == again != theirs
    assert gone(int(ours))
    assert gone(int(theirs))
