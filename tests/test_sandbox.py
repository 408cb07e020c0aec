"""Workers: whatever a job does to its worker, it is that job's outcome alone."""

import os
import struct
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from faults.processes import gone

from mediaprep import border
from mediaprep.errors import AssetError, ProfileError, ToolError
from mediaprep.job import AssetStarted, Job, ShareDone
from mediaprep.limits import Route
from mediaprep.options import Bounds
from mediaprep.sandbox import Workers, inline
from mediaprep.workdir import PART_PREFIX

BOUNDS = Bounds(max_wall_s=20, max_cpu_s=20, max_memory_bytes=600_000_000, max_file_bytes=10_000_000)
SHORT = replace(BOUNDS, max_wall_s=0.4)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the faults are made with fork and signals")
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux enforces limits on memory")


def ask(pool, name, *args, bounds=BOUNDS, on_event=None):
    """Run one of the fault functions."""
    return pool.run(f"faults.jobs:{name}", *args, bounds=bounds, on_event=on_event)


def refused(pool, name, *args, bounds=BOUNDS):
    """Run a fault that is expected to be refused; give its error."""
    with pytest.raises(AssetError) as caught:
        ask(pool, name, *args, bounds=bounds)
    return caught.value


def test_a_job_runs_elsewhere_and_its_value_comes_back(workers):
    """The function runs in another process, and two jobs in a row share it."""
    assert ask(workers, "echo", ("a", [1], {"b": 2.5}, b"c", Path("d"))) == ("a", [1], {"b": 2.5}, b"c", Path("d"))
    assert ask(workers, "pid") != os.getpid()
    assert ask(workers, "pid") == ask(workers, "pid")


def test_events_come_in_order_in_the_callers_thread(workers):
    """Progress arrives before the result, in order, where the caller waits."""
    seen = []

    def note(event):
        seen.append((event, threading.current_thread()))

    assert ask(workers, "events", 200, on_event=note) == 200
    events = [AssetStarted(asset="a"), *(ShareDone(asset="a", share=i / 200) for i in range(200))]
    assert [event for event, _ in seen] == events
    assert {thread for _, thread in seen} == {threading.current_thread()}


def test_what_libraries_print_disturbs_nothing(workers):
    """More noise on stdout and stderr than their pipes hold neither blocks the job nor garbles its answer."""
    assert ask(workers, "noisy") == "done"


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [("refuse", AssetError, "pixel_bound"), ("fail", ToolError, "tool_missing"), ("surprise", ToolError, "internal")],
)
def test_errors_are_raised_again_here(workers, name, kind, code):
    """Errors of our own keep class and code; a surprise becomes ``internal`` and says where it arose."""
    worker = ask(workers, "pid")

    with pytest.raises(kind) as caught:
        ask(workers, name)

    assert caught.value.code == code
    assert code != "internal" or "KeyError: 'missing' (in jobs.py" in caught.value.message
    assert ask(workers, "pid") == worker


def test_all_problems_of_a_document_come_back(workers):
    """An error that holds several lines keeps them."""
    with pytest.raises(ProfileError) as caught:
        ask(workers, "bad_profile")

    assert caught.value.problems == ("a:1:1: one", "b:2:2: two")


def test_a_value_of_a_foreign_class_does_not_come_back(workers):
    """What is not ours to send is an internal error that names the class."""
    with pytest.raises(ToolError, match="c_int"):
        ask(workers, "strange")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("abort", "SIGABRT, in jobs.py"),
        ("segfault", "SIGSEGV"),
        ("leave", "exit code 0"),
        ("end_from_outside", "SIGKILL"),
    ],
)
def test_a_worker_that_dies_costs_one_job(workers, name, words):
    """The job is refused as ``crashed_worker`` with the manner of death; the next job is served."""
    error = refused(workers, name)

    assert error.code == "crashed_worker"
    assert words in error.message
    assert ask(workers, "echo", 1) == 1


def test_a_hang_in_native_code_ends_at_the_wall_clock(workers):
    """A worker stuck with the interpreter's lock held, for 1,000 s, is killed when its time is up."""
    error = refused(workers, "hang", bounds=SHORT)

    assert (error.code, error.allowed) == ("time_bound", 0.4)


def test_cpu_is_bounded_anew_for_each_job(workers):
    """A spinning job is ended by its CPU bound; a job after others still has its whole allowance."""
    assert ask(workers, "echo", 1, bounds=replace(BOUNDS, max_cpu_s=1)) == 1

    error = refused(workers, "spin", bounds=replace(BOUNDS, max_cpu_s=1))

    assert (error.code, error.allowed) == ("time_bound", 1)


@linux
def test_memory_is_bounded(workers):
    """Taking more than the bound is ``memory_bound``, also when native code gives up by aborting."""
    assert refused(workers, "hog", 700).code == "memory_bound"
    assert refused(workers, "native_hog").code == "memory_bound"
    assert ask(workers, "hog", 100) == 100_000_000


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not bound a program's memory")
def test_a_worker_and_what_it_starts_share_one_bound(workers):
    """A program may have what its worker leaves of the bound."""
    assert workers.run("faults.jobs:tool_beside", 1, 300, bounds=BOUNDS)
    assert not workers.run("faults.jobs:tool_beside", 400, 300, bounds=BOUNDS)


def test_words_about_memory_blame_only_the_job_that_said_them(workers):
    """A warning printed for one asset does not turn the next one's crash into a lack of memory."""
    ask(workers, "complain_of_memory")

    assert refused(workers, "abort").code == "crashed_worker"


def test_a_file_cannot_grow_without_end(workers):
    """Temporary files of a job are bounded."""
    with pytest.raises(ToolError, match="too large"):
        ask(workers, "big_file")


def test_a_crash_is_noticed_though_a_grandchild_holds_the_pipes(workers, tmp_path):
    """The job of a dead worker ends for its death, not for its time; what the worker had started is killed."""
    note = tmp_path / "pids"

    assert refused(workers, "grandchild_and_die", str(note)).code == "crashed_worker"

    assert gone(int(note.read_text()))


def test_a_crowd_dies_with_its_worker(workers, tmp_path):
    """All processes of a worker that ran out of time are gone."""
    note = tmp_path / "pids"

    assert refused(workers, "fork_and_hang", str(note), bounds=replace(BOUNDS, max_wall_s=1)).code == "time_bound"

    assert len(pids := note.read_text().split()) == 20
    assert all(gone(int(pid)) for pid in pids)


def test_a_tool_dies_with_the_worker_that_runs_it(workers, tmp_path):
    """When a job's time is up its ffmpeg goes too, though the worker had no say."""
    note = tmp_path / "pid"

    assert refused(workers, "run_tool", "hang", str(note), bounds=replace(BOUNDS, max_wall_s=1)).code == "time_bound"

    assert gone(int(note.read_text()))


@pytest.mark.parametrize(("mode", "timed_out"), [("child", False), ("crowd", True)])
def test_what_a_tool_leaves_behind_goes_with_its_worker(workers, tmp_path, mode, timed_out):
    """A tool that leaves processes behind in a worker costs that worker, after the job has its answer."""
    worker = ask(workers, "pid")

    printed, stopped = ask(workers, "run_tool", mode, str(tmp_path / "pid"))

    assert stopped == timed_out
    assert printed
    assert all(gone(int(pid)) for pid in printed.split())
    assert gone(worker)


def test_closing_leaves_nothing(tmp_path):
    """When the pool is closed its workers, their children and their folders are gone."""
    pool = Workers(2)
    pool.warm()
    pid, folder = ask(pool, "pid"), ask(pool, "litter")
    child = ask(pool, "grandchild", str(tmp_path / "pid"))

    pool.close()

    assert gone(pid)
    assert gone(child)
    assert not Path(folder).exists()
    with pytest.raises(ToolError, match="closed"):
        ask(pool, "echo", 1)


def test_temporary_files_go_with_the_job_or_the_worker(workers, tmp_path):
    """A job's litter is gone before the next job; a crashed worker's folder is removed for it."""
    folder = Path(ask(workers, "litter"))
    ask(workers, "echo", 1)
    left = list(folder.iterdir())
    note = tmp_path / "folder"
    refused(workers, "litter_and_die", str(note))

    assert left == []
    assert not Path(note.read_text()).exists()


def test_unfinished_outputs_go_with_the_worker_that_wrote_them(workers, tmp_path):
    """A worker killed over an output leaves nothing there; what other runs are writing beside it stays."""
    other = tmp_path / f"{PART_PREFIX}0123456789abcdef"
    other.write_bytes(b"of another run")
    asked = Job(asset="a", path=tmp_path / "a", routes=(), mode="fit", outputs=(tmp_path / "a.jpg",))
    refused(workers, "die_while_writing", asked)
    assert list(tmp_path.iterdir()) == [other]


@pytest.mark.parametrize(
    "forged",
    [
        border.RESULT + struct.pack(">I", 4) + b"junk",
        border.RESULT + struct.pack(">I", 0xFFFFFFFF),
        b"\x80\x04\x95",
        b"no frame at all, only text",
        border.frame(border.EVENT, 3),
    ],
)
def test_a_worker_that_forges_answers_is_refused(workers, forged):
    """Bytes of a worker's own making on the answer pipe end the job as refused."""
    assert refused(workers, "forge", forged, bounds=SHORT).code in {"crashed_worker", "time_bound"}
    assert ask(workers, "echo", 1) == 1


def test_a_flood_of_events_is_bounded_by_the_clock(workers):
    """Endless events end with the job's wall clock, even for a caller that is slow to take them."""
    seen = []

    def slowly(event):
        seen.append(event)
        time.sleep(0.01)

    with pytest.raises(AssetError) as caught:
        ask(workers, "forever_events", bounds=SHORT, on_event=slowly)

    assert caught.value.code == "time_bound"
    assert len(seen) < 200


def test_an_error_in_the_callback_comes_out(workers):
    """What ``on_event`` raises reaches the caller as it is, and the pool goes on."""
    with pytest.raises(KeyError):
        ask(workers, "events", 3, on_event=lambda event: {}[event])

    assert ask(workers, "echo", 1) == 1


def test_workers_are_replaced_after_some_jobs():
    """A worker serves ``recycle_after`` jobs and no more."""
    with Workers(recycle_after=3) as pool:
        pids = [ask(pool, "pid") for _ in range(6)]

    assert [pids.count(pid) for pid in dict.fromkeys(pids)] == [3, 3]


def test_threads_share_a_pool():
    """Several threads on two workers all get their own answers, from both workers."""
    answers = {}

    with Workers(2) as pool:
        pool.warm()
        jobs = [
            threading.Thread(target=lambda n=n: answers.update({n: [ask(pool, "echo", (n, i)) for i in range(50)]}))
            for n in range(4)
        ]
        for job in jobs:
            job.start()
        for job in jobs:
            job.join()

    assert answers == {n: [(n, i) for i in range(50)] for n in range(4)}


def test_routes_cross_once_and_stay_themselves(workers):
    """A job's routes arrive equal, on their first and on later crossings, also after many others."""
    routes = [Route(name=str(i), folder="f", channel="mms", limits=()) for i in range(600)]
    for i in (0, 1, 0, *range(600), 0, 599):
        job = Job(asset="x", path=Path("/x"), routes=(routes[i], routes[0]), mode="check")
        assert ask(workers, "echo", job) == job


def test_a_worker_sees_no_secrets_and_one_thread_per_library(workers, monkeypatch):
    """Tokens of the caller's environment stay there; thread counts are fixed at one."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")
    ask(workers, "echo", 0)
    with Workers() as pool:
        env = ask(pool, "environment")

    assert "canary" not in str(env)
    assert (env["OMP_NUM_THREADS"], env["VIPS_CONCURRENCY"]) == ("1", "1")


def test_inline_is_the_same_call_without_a_worker():
    """With isolation none the function runs here, and its errors are the same."""
    seen = []

    assert inline("faults.jobs:pid", bounds=BOUNDS) == os.getpid()
    assert inline("faults.jobs:events", 1, bounds=BOUNDS, on_event=seen.append) == 1
    assert len(seen) == 2
    with pytest.raises(ToolError, match="KeyError"):
        inline("faults.jobs:surprise", bounds=BOUNDS)
    with pytest.raises(AssetError, match="memory"):
        inline("faults.jobs:hog", 10**9, bounds=BOUNDS)


def test_overhead_per_job_is_small(workers, record_property):
    """A thousand jobs that do nothing take their time in transport alone; the figure is reported."""
    ask(workers, "echo", 0)
    started = time.perf_counter()
    for number in range(1000):
        assert ask(workers, "echo", number) == number

    record_property("overhead_ms_per_job", round(time.perf_counter() - started, 3))
