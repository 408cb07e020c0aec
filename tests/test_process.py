"""Foreign programs: started without a shell, bounded in everything, and gone afterwards."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from faults.processes import gone
from hypothesis import given
from hypothesis import strategies as st

from mediaprep import process
from mediaprep.errors import ToolError
from mediaprep.pipes import Tail
from mediaprep.process import ChildLimits, run

TOOL = Path(__file__).parent / "faults" / "tool.py"
LIMITS = ChildLimits(wall_s=20, cpu_s=10, memory_bytes=500_000_000, file_bytes=5_000_000)

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no process groups and no such limits")
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux enforces limits on memory")


def tool(*args, limits=LIMITS, **options):
    """Run the fake tool."""
    return run([sys.executable, TOOL, *map(str, args)], limits=limits, **options)


def test_output_comes_back_whole():
    """Standard input goes in, standard output comes back, and the CPU time is known."""
    data = os.urandom(3_000_000)

    finished = tool("echo", stdin=data)

    assert (finished.returncode, finished.stdout, finished.timed_out) == (0, data, False)
    assert 0 < finished.cpu_s < 10


def test_arguments_are_never_read_by_a_shell():
    """Quotes, dollars, newlines and stars arrive as they are."""
    args = ["a b", "$HOME", "x;y", "*", "'\"", "`id`"]

    assert tool("arguments", *args).stdout.decode().split("\n") == args


def test_a_failure_says_what_the_program_said():
    """The error names the program, its exit code and its last words."""
    finished = tool("fail")

    assert finished.returncode == 3
    assert str(finished.failure("the tool")) == "the tool ended with exit code 3; it said: last words"


@posix
def test_a_crash_is_named():
    """A program ended by a signal reports that signal."""
    assert "SIGSEGV" in str(tool("crash").failure("the tool"))


def test_a_missing_program_is_an_error_that_names_it(tmp_path):
    """Nothing at the path, no right to run it, or no full path: ``tool_missing``."""
    plain = tmp_path / "plain"
    plain.write_text("no program")
    for program in (tmp_path / "absent", plain, Path("ls")):
        with pytest.raises(ToolError, match=program.name) as caught:
            run([program], limits=LIMITS)
        assert caught.value.code in {"tool_missing", "tool_failed"}


def test_an_argument_that_no_program_can_take_is_a_tool_error():
    """A NUL byte in an argument does not surface as a ValueError."""
    with pytest.raises(ToolError, match="could not be started"):
        tool("arguments", "a\0b")


def test_a_hanging_program_is_stopped_at_the_wall_clock():
    """A run of 1,000 s ends at its wall clock and says so."""
    finished = tool("hang", limits=replace(LIMITS, wall_s=0.3))

    assert finished.timed_out
    assert "time limit" in str(finished.failure("the tool"))


@posix
def test_a_crowd_dies_with_the_program_that_made_it():
    """Everything that the program has started is gone when the wall clock ends it."""
    finished = tool("crowd", limits=replace(LIMITS, wall_s=1.0))
    crowd = [int(pid) for pid in finished.stdout.split()]

    assert crowd
    assert all(gone(pid) for pid in crowd)


@posix
def test_a_child_left_behind_neither_delays_the_run_nor_survives_it():
    """A program that ends and leaves a process holding its pipes is over before its time is; the process is killed."""
    finished = tool("child")

    assert (finished.returncode, finished.timed_out) == (0, False)
    assert gone(int(finished.stdout))


@posix
@pytest.mark.parametrize("from_outside", [True, False])
def test_limits_hold_however_they_are_set(from_outside, monkeypatch, tmp_path):
    """CPU, file size and memory are bounded by prlimit, and by a program that limits itself where there is none."""
    monkeypatch.setattr(process, "HAS_PRLIMIT", from_outside and process.HAS_PRLIMIT)

    spun = tool("spin", limits=replace(LIMITS, cpu_s=1))
    written = tool("big_file", tmp_path / "big")

    assert spun.timed_out
    assert spun.returncode == -signal.SIGXCPU
    assert written.returncode != 0
    assert (tmp_path / "big").stat().st_size <= LIMITS.file_bytes


@linux
@pytest.mark.parametrize("from_outside", [True, False])
def test_memory_is_bounded(from_outside, monkeypatch):
    """A program that wants more memory than it may have does not get it."""
    monkeypatch.setattr(process, "HAS_PRLIMIT", from_outside)

    assert tool("hog", 100).returncode == 0
    assert "MemoryError" in tool("hog", 600).stderr_tail


def test_without_prlimit_a_missing_program_is_still_named(monkeypatch, tmp_path):
    """The few lines of Python in between do not hide that the program is not there."""
    monkeypatch.setattr(process, "HAS_PRLIMIT", False)

    with pytest.raises(ToolError, match="absent") as caught:
        run([tmp_path / "absent"], limits=LIMITS)

    assert caught.value.code == "tool_missing"


def test_a_flood_on_stdout_is_stopped():
    """More output than is read ends the program with an error, not our memory."""
    with pytest.raises(ToolError, match="more than 1,000,000 bytes") as caught:
        tool("flood", max_stdout_bytes=1_000_000)

    assert caught.value.code == "tool_failed"


def test_a_flood_on_stderr_leaves_only_its_end():
    """Noise that is not even text is bounded, and the last words are kept."""
    tail = tool("noise", 2_000, keep_stderr_bytes=4_000).stderr_tail

    assert len(tail) <= 4_000
    assert tail.endswith("the end")


def test_progress_lines_reach_the_caller_but_do_not_crowd_out_words():
    """Lines ended by a carriage return are given one by one, in the caller's thread; the tail keeps the last."""
    seen = []

    finished = tool("progress", 50, on_line=lambda line: seen.append((line, threading.current_thread())))

    assert [line for line, _ in seen][:2] == ["frame=0", "frame=1"]
    assert [line for line, _ in seen][-1] == "finished"
    assert {thread for _, thread in seen} == {threading.current_thread()}
    assert finished.stderr_tail.splitlines() == ["frame=49", "finished"]


def test_an_error_in_the_callback_ends_the_program():
    """What the callback raises comes out, and the program does not run on."""
    before = set(process._LIVE)

    with pytest.raises(KeyError):
        tool("progress", 100_000, on_line=lambda line: {}[line])

    assert before >= process._LIVE


@posix
@pytest.mark.parametrize(
    ("code", "interrupt"),
    [("threading.Thread(target=go, daemon=True).start(); time.sleep(0.7)", False), ("go()", True)],
)
def test_programs_do_not_outlive_us(code, interrupt, tmp_path):
    """Neither the end of the interpreter nor Ctrl-C leaves a program running."""
    note = tmp_path / "pid"
    script = f"""
import sys, threading, time
from mediaprep.process import run, ChildLimits
def go():
    code = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(1000)"
    run([sys.executable, "-c", code, {str(note)!r}],
        limits=ChildLimits(wall_s=100, cpu_s=10, memory_bytes=None, file_bytes=10**6))
{code}
"""
    ours = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 5
    while not (note.exists() and note.read_text()) and time.monotonic() < deadline:
        time.sleep(0.02)
    if interrupt:
        ours.send_signal(signal.SIGINT)
    ours.wait(10)

    assert gone(int(note.read_text()))


@given(st.lists(st.sampled_from([b"a", b"bc", b"\r", b"\n", b"\r\n", b"\xff"])), st.data())
def test_a_tail_does_not_depend_on_how_the_stream_is_cut(pieces, data):
    """Read byte by byte or at once, the lines and what is kept are the same."""
    stream = b"".join(pieces)
    whole, cut = Tail(1000), Tail(1000)

    lines = whole.feed(stream)
    at = sorted(data.draw(st.lists(st.integers(0, len(stream)))))
    parts = [stream[a:b] for a, b in zip([0, *at], [*at, len(stream)], strict=True)]

    assert [line for part in parts for line in cut.feed(part)] == lines
    assert cut.text() == whole.text()
