"""Every executor keeps the seam's promises: same results, lazily, in bounded memory, and nothing left behind."""

import itertools
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path

import pytest
from faults.processes import gone

from mediaprep.errors import UsageError
from mediaprep.executors import Result, outcomes_of
from mediaprep.flow import _anywhere, executing, flow, run_jobs
from mediaprep.job import AssetStarted, Job
from mediaprep.limits import Route
from mediaprep.model import Verdict
from mediaprep.options import Bounds
from mediaprep.plugins import load, names

TESTS = Path(__file__).resolve().parents[1]
ROUTES = tuple(Route(name=name, folder=name, channel="mms", limits=()) for name in ("att", "us"))

CLUSTER = (pytest.mark.slow, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"))
"""A cluster of threads starts in seconds; what its library's own threads drop when they end is not ours."""

every = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=CLUSTER if name == "dask" else ()) for name in names("executors")]
)


def job(asset):
    """Make a job that is only its name."""
    return Job(asset=str(asset), path=Path(str(asset)), routes=ROUTES, mode="check")


def carry_out(name, assets, **options):
    """Start jobs of these names on an executor."""
    return started(name, "faults.jobs:job_asset", map(job, assets), **options)


def started(name, function, jobs, *, workers=2, isolation="workers", **options):
    """Give the results of jobs on an executor that ends with them."""
    with executing(name, workers=workers, isolation=isolation) as executor:
        yield from flow(function, jobs, executor, **options)


@every
def test_results_come_in_order(name):
    """With ``ordered`` a slow job holds its place."""
    assets = ["slow", *map(str, range(40))]

    results = list(carry_out(name, assets))

    assert [done.asset for done, _ in results] == assets
    assert [result.value for _, result in results] == assets


@every
def test_without_order_nothing_is_lost(name):
    """Results as they end are the same results."""
    assets = ["slow", *map(str, range(40))]

    results = list(carry_out(name, assets, ordered=False))

    assert sorted(done.asset for done, _ in results) == sorted(assets)
    assert all(done.asset == result.value for done, result in results)


def test_a_slow_job_does_not_hold_up_the_others():
    """Several processes without order give quick results first."""
    with_slow = [done.asset for done, _ in carry_out("processes", ["slow", "a", "b"], ordered=False)]

    assert with_slow[-1] == "slow"


@every
def test_a_job_that_kills_its_worker_is_one_result(name):
    """Poison among the jobs takes no other along."""
    assets = ["a", "crash", *map(str, range(20)), "crash", "b"]

    results = [(done.asset, result) for done, result in carry_out(name, assets)]

    assert [asset for asset, result in results if result.error is None] == [a for a in assets if a != "crash"]
    assert {result.error.code for asset, result in results if asset == "crash"} == {"crashed_worker"}


@every
def test_jobs_are_drawn_as_results_are_taken(name):
    """An endless iterator of jobs is fine: only a window of them is ever drawn."""
    drawn = itertools.count()
    results = carry_out(name, (next(drawn) for _ in itertools.repeat(None)))

    taken = [done.asset for done, _ in itertools.islice(results, 5)]
    results.close()

    assert taken == list(map(str, range(5)))
    assert next(drawn) <= 120


@every
def test_events_and_jobs_are_handled_in_the_callers_thread(name):
    """``on_event`` and the iterator of jobs need no locks."""
    threads, events = set(), []

    def assets():
        for number in range(20):
            threads.add(threading.current_thread())
            yield str(number)

    def note(event):
        threads.add(threading.current_thread())
        events.append(event)

    list(carry_out(name, assets(), on_event=note))

    assert threads == {threading.current_thread()}
    assert sorted(event.asset for event in events) == sorted(map(str, range(20)))
    assert all(isinstance(event, AssetStarted) for event in events)


@every
def test_an_error_in_the_list_of_jobs_comes_out(name):
    """A broken manifest row raises where the results are taken."""

    def assets():
        yield "a"
        raise KeyError("row 2")

    with pytest.raises(KeyError, match="row 2"):
        list(carry_out(name, assets()))


@every
def test_an_error_in_the_callback_ends_the_run(name):
    """What ``on_event`` raises comes out at the caller."""
    with pytest.raises(ZeroDivisionError):
        list(carry_out(name, "abc", on_event=lambda event: 1 // 0))


@every
def test_no_jobs_no_results(name):
    """An empty list of jobs is done at once."""
    assert list(carry_out(name, [])) == []


@every
def test_leaving_early_leaves_no_worker(name):
    """When the results are no longer wanted the workers are killed before the generator is closed."""
    results = started(name, "faults.jobs:pid_of_job", map(job, range(100)))
    _, result = next(results)

    results.close()

    assert gone(result.value, within_s=0.5)


def threads():
    """Make an executor as users have them: threads of this process."""
    return ThreadPoolExecutor(2)


def process_pool():
    """Make one whose calls run in other processes."""
    return ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn"))


@pytest.mark.parametrize("make", [threads, pytest.param(process_pool, marks=pytest.mark.slow)])
def test_an_executor_of_the_callers_own_will_do(make):
    """Any ``concurrent.futures.Executor`` carries jobs out with the same results; it stays open, our workers do not."""
    assets = ["a", "crash", *map(str, range(20))]
    events = []

    with make() as own:
        results = [(done.asset, result) for done, result in carry_out(own, assets, on_event=events.append)]
        pids = {result.value for _, result in started(own, "faults.jobs:pid_of_job", map(job, range(4)))}
        assert own.submit(len, "abc").result() == 3

    assert [asset for asset, _ in results] == assets
    assert [asset for asset, result in results if result.error is not None] == ["crash"]
    assert {event.asset for event in events} == set(assets) - ({"crash"} if make is threads else set())
    assert all(gone(pid, within_s=5) for pid in pids)


def test_an_executor_keeps_the_librarys_promises():
    """Ours are executors like any other: futures, ``map``, and waiting for what was submitted."""
    with load("executors", "processes")(workers=2) as own:
        future = own.submit(len, "abc")
        failed = own.submit(int, "x")
        values = list(own.map(len, ["a", "bc"]))

    assert (future.result(), values) == (3, [1, 2])
    with pytest.raises(ValueError, match="invalid literal"):
        failed.result()


def test_bounds_of_the_run_replace_those_of_the_jobs():
    """``bounds`` given to the run decide."""
    ((_, result),) = carry_out("serial", ["slow"], bounds=Bounds(max_wall_s=0.05))

    assert result.error.code == "time_bound"


def test_serial_can_run_here():
    """Without isolation the serial executor works in this process."""
    results = started("serial", "faults.jobs:pid_of_job", [job(1)], isolation="none")

    assert [result for _, result in results] == [Result(value=os.getpid())]


def test_processes_refuse_what_they_cannot_do():
    """No workers, or no isolation, is a usage error before anything runs."""
    for options in ({"workers": 0}, {"isolation": "none"}):
        with pytest.raises(UsageError):
            list(started("processes", "faults.jobs:job_asset", [], **options))


def test_a_lost_worker_is_an_outcome_on_each_route():
    """What a dead worker cannot say itself is said for it, route by route, as of any asset that is refused."""
    ((_, result),) = carry_out("serial", ["crash"])

    outcomes = outcomes_of(job("crash"), result.error)

    assert [(o.route, o.verdict, o.treatment, o.violations[0].name) for o in outcomes] == [
        ("att", Verdict.REFUSED, "reject", "crashed_worker"),
        ("us", Verdict.REFUSED, "reject", "crashed_worker"),
    ]


@every
def test_jobs_run_through_the_pipeline(name, tmp_path):
    """``run_jobs`` gives outcomes, one for each route of each job, whatever the executor."""
    missing = Job(asset="gone.jpg", path=tmp_path / "gone.jpg", routes=ROUTES, mode="check")

    ((att, us),) = run_jobs([missing], engine=name)

    assert (att.route, us.route) == ("att", "us")
    assert {att.verdict, us.verdict} == {Verdict.FAILED}
    assert att.violations[0].name == "file_missing"


def test_a_job_that_runs_elsewhere_has_no_relative_path():
    """Another process has another working folder: every place that a job names is named from the root."""
    job = Job(
        asset="a.jpg", path=Path("a.jpg"), routes=(), mode="fit", outputs=(Path("out/a"),), scratch=Path("tmp"),
        inside=Path("out"), cache="kept",
    )  # fmt: skip

    found = _anywhere(job)

    places = {each.name: getattr(found, each.name) for each in fields(Job)}
    paths = {name: place for name, place in places.items() if isinstance(place, Path)}
    assert paths.keys() == {"path", "scratch", "inside"}
    assert all(place.is_absolute() for place in (*paths.values(), *found.outputs, Path(found.cache)))


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_an_interrupt_stops_cleanly(tmp_path):
    """Ctrl-C in the midst of a run ends it with KeyboardInterrupt and leaves no worker."""
    script = f"""
import sys; sys.path.insert(0, {str(TESTS)!r})
from executors.test_executors import job, started
results = started("processes", "faults.jobs:pid_then_hang", map(job, range(50)),
    on_event=lambda event: print(event.asset, flush=True))
try:
    next(results)
except KeyboardInterrupt:
    sys.exit(130)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as run:
        pids = [int(run.stdout.readline()) for _ in range(2)]
        run.send_signal(signal.SIGINT)
        assert run.wait(10) == 130

    assert all(gone(pid) for pid in pids)
