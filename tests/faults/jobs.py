"""Functions for workers to run: honest ones, and every way in which decoding goes wrong."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

from mediaprep.errors import AssetError, ProfileError, ToolError
from mediaprep.job import AssetStarted, ShareDone
from mediaprep.process import ChildLimits, run
from mediaprep.workdir import staged_file


def echo(value, *, on_event):
    """Give back what came."""
    return value


def pid(*, on_event):
    """Give the worker's process number."""
    return os.getpid()


def environment(*, on_event):
    """Give the worker's environment."""
    return dict(os.environ)


def events(count, *, on_event):
    """Report progress before the end."""
    on_event(AssetStarted(asset="a"))
    for index in range(count):
        on_event(ShareDone(asset="a", share=index / count))
    return count


def noisy(*, on_event):
    """Print on every channel a library might use, more than a pipe holds."""
    print("R\x00\x00\x00\x02[]" * 20_000, flush=True)  # noqa: T201  # libraries do
    os.write(1, b"noise " * 50_000)
    os.write(2, b"\xff\xfe\r" * 50_000)
    return "done"


def die_while_writing(job, *, on_event):
    """Leave an unfinished output behind, as a kill between writing and naming does."""
    staged_file(job.outputs[0].parent, b"half")
    os.kill(os.getpid(), signal.SIGKILL)


def refuse(*, on_event):
    """Refuse the asset."""
    raise AssetError("pixel_bound", "too many pixels", allowed=1, actual=2)


def fail(*, on_event):
    """Blame a tool."""
    raise ToolError("tool_missing", "no such tool")


def bad_profile(*, on_event):
    """Blame a document."""
    raise ProfileError(["a:1:1: one", "b:2:2: two"])


def surprise(*, on_event):
    """Raise what nobody expected."""
    return {}["missing"]


def strange(*, on_event):
    """Return a value of a class that is not ours."""
    return ctypes.c_int(1)


def abort(*, on_event):
    """Die as native code does when it finds its heap damaged."""
    os.abort()


def segfault(*, on_event):
    """Read where nothing is."""
    ctypes.string_at(0)


def leave(*, on_event):
    """End the process without a word."""
    os._exit(0)


def end_from_outside(*, on_event):
    """Die as the system's out-of-memory killer would have it."""
    os.kill(os.getpid(), signal.SIGKILL)


def hang(*, on_event):
    """Wait for ever inside native code, holding the interpreter's lock."""
    ctypes.PyDLL(None).sleep(1000)


def spin(*, on_event):
    """Burn CPU for ever."""
    while True:
        pass


def hog(megabytes, *, on_event):
    """Take memory and touch it."""
    return len(bytearray(megabytes * 1_000_000))


def native_hog(*, on_event):
    """Run out of memory as GLib and libvips do: a line, then the end."""
    os.write(2, b"GLib-ERROR: gmem.c:130: failed to allocate 4000000000 bytes\n")
    os.abort()


def complain_of_memory(*, on_event):
    """Print what another asset's trouble looked like, and live on."""
    os.write(2, b"warning: Out of memory in some plugin, going on without it\n")


def big_file(*, on_event):
    """Write more than a file may have."""
    with tempfile.TemporaryFile() as stream:
        for _ in range(100):
            stream.write(bytes(1_000_000))


def grandchild(note, *, on_event):
    """Leave a process of one's own behind, which holds every pipe open."""
    child = os.fork()
    if child == 0:
        time.sleep(1000)
    Path(note).write_text(str(child))
    return child


def grandchild_and_die(note, *, on_event):
    """Leave a process behind and crash."""
    grandchild(note, on_event=on_event)
    os.abort()


def fork_and_hang(note, *, on_event):
    """Start a small crowd, then hang."""
    children = []
    for _ in range(20):
        child = os.fork()
        if child == 0:
            time.sleep(1000)
        children.append(child)
    Path(note).write_text(" ".join(map(str, children)))
    time.sleep(1000)


def litter(*, on_event):
    """Leave temporary files lying about; give the folder they are in."""
    folder = tempfile.mkdtemp()
    Path(folder, "x").write_bytes(b"x")
    Path(tempfile.gettempdir(), "loose").write_bytes(b"x")
    return tempfile.gettempdir()


def litter_and_die(note, *, on_event):
    """Leave temporary files and crash."""
    Path(note).write_text(litter(on_event=on_event))
    os.abort()


def forge(body, *, on_event):
    """Answer as a taken-over worker might: bytes of its own choice on every pipe there is."""
    for descriptor in range(3, 20):
        try:
            os.write(descriptor, body)
        except OSError:
            continue
    time.sleep(1000)


def forever_events(*, on_event):
    """Flood the parent with events."""
    while True:
        on_event(ShareDone(asset="a", share=0.5))


def job_asset(job, *, on_event):
    """Say which asset a job is about; an asset called crash takes its worker along."""
    if job.asset == "crash":
        os.abort()
    if job.asset == "slow":
        time.sleep(0.3)
    on_event(AssetStarted(asset=job.asset))
    return job.asset


def modules(*, on_event):
    """Give what is loaded."""
    return sorted(sys.modules)


def import_path(*, on_event):
    """Give where modules are imported from."""
    return list(sys.path)


def pid_of_job(job, *, on_event):
    """Give the worker's process number, whatever the job."""
    return os.getpid()


def pid_then_hang(job, *, on_event):
    """Tell the worker's process number, then hang."""
    on_event(AssetStarted(asset=str(os.getpid())))
    time.sleep(1000)


def run_tool(mode, note, *, on_event):
    """Run the fake tool as a kind runs ffmpeg; note the process that it prints."""
    tool = Path(__file__).with_name("tool.py")
    limits = ChildLimits(wall_s=1 if mode == "crowd" else 100, cpu_s=100, memory_bytes=None, file_bytes=1000)
    finished = run([sys.executable, tool, mode, note], limits=limits)
    return finished.stdout.decode(), finished.timed_out


def tool_beside(own_megabytes, tool_megabytes, *, on_event):
    """Hold memory and run a tool that wants some, under one bound of 600 MB; say whether it got it."""
    held = bytearray(own_megabytes * 1_000_000)
    tool = Path(__file__).with_name("tool.py")
    limits = ChildLimits(wall_s=60, cpu_s=60, memory_bytes=600_000_000, file_bytes=1000)
    finished = run([sys.executable, tool, "hog", str(tool_megabytes)], limits=limits)
    return (finished.returncode, len(held))[0] == 0
