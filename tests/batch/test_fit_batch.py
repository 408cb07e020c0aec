"""``fit_batch``: a batch from Python, with lists of one's own and executors of one's own."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from command_line import jpeg

import mediaprep
from mediaprep import Fitter, ProfileError, UsageError, fit_batch, route
from mediaprep.batch.summary import status
from mediaprep.journal import Journal
from mediaprep.model import Verdict

SMALL = route(max_bytes=8_000)


@pytest.fixture
def folder(tmp_path):
    """Lay out three photographs and one that is damaged."""
    for number in range(3):
        (tmp_path / f"{number}.jpg").write_bytes(jpeg(seed=number))
    (tmp_path / "bad.jpg").write_bytes(jpeg()[:1_500])
    return tmp_path


def test_a_batch_from_python_goes_on_where_it_was(folder):
    """Paths and rows of the caller's own are fitted once; each asset's outcomes are told, those that stood too."""
    assets = [folder / "0.jpg", {"asset": str(folder / "1.jpg"), "max_bytes": 7_000}, str(folder / "bad.jpg")]
    told, again = [], []

    first = fit_batch(assets, [SMALL], folder / "out", engine="serial", on_outcomes=told.append)
    second = fit_batch(assets, [SMALL], folder / "out", engine="serial", on_outcomes=again.append)

    assert dict(first.verdicts) == dict(second.verdicts) == {"fitted": 2, "refused": 1}
    assert [(o.asset, o.verdict) for (o,) in told] == [(o.asset, o.verdict) for (o,) in again]
    assert [o.verdict for (o,) in told] == [Verdict.FITTED, Verdict.FITTED, Verdict.REFUSED]
    assert told[1][0].size_bytes <= 7_000
    assert (first.reused, second.reused, second.encodes) == (0, 3, 0)
    assert {o.reused for (o,) in again} == {"journal"}


@pytest.mark.parametrize(("names", "on"), [(["2.jpg", "bad.jpg"], SMALL), (["0.jpg", "1.jpg"], route(max_bytes=7_000))])
def test_a_stopped_batch_is_not_finished_by_what_others_left(folder, names, on):
    """Status counts what this run has gone through: not other assets of its folder, nor these for other limits."""
    out = folder / "out"
    fit_batch([folder / "0.jpg", folder / "1.jpg"], [SMALL], out, engine="serial")

    def stop(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit_batch([folder / name for name in names], [on], out, engine="serial", on_outcomes=stop)
    with Journal.read(out / "journal.sqlite3") as journal:
        stopped = status(journal, str(out))
    fit_batch([folder / name for name in names], [on], out, engine="serial")
    with Journal.read(out / "journal.sqlite3") as journal:
        whole = status(journal, str(out))

    assert (stopped.finished, stopped.assets, stopped.planned) == (False, 1, 2)
    assert (whole.finished, whole.assets, whole.planned) == (True, 2, 2)


def test_a_batch_runs_on_the_callers_own_executor(folder):
    """Any executor of the standard library's interface does the work, and stays open."""
    with ThreadPoolExecutor(2) as own:
        summary = fit_batch(str(folder), [SMALL], folder / "out", engine=own, workers=2)
        assert own.submit(len, "abc").result() == 3

    assert dict(summary.verdicts) == {"fitted": 3, "refused": 1}
    assert len(list((folder / "out").glob("*.jpg"))) == 3


def test_rows_name_routes_that_the_caller_resolves(folder):
    """A row's routes go through ``resolve``, which may carry a provider or a size of one's own."""
    rows = [{"asset": str(folder / "0.jpg"), "routes": "att;us"}]

    summary = fit_batch(rows, (), folder / "out", engine="serial", resolve=partial(route, max_bytes=9_000))

    assert summary.outcomes == 2
    assert all(p.stat().st_size <= 9_000 for p in (folder / "out").rglob("*.jpg"))


def test_faults_are_raised_before_any_work(folder):
    """A row that means nothing, and a list without rows, touch nothing."""
    with pytest.raises(ProfileError, match="asset 2: unknown column 'max_byte'"):
        fit_batch([folder / "0.jpg", {"asset": "x", "max_byte": 1}], [SMALL], folder / "out")
    with pytest.raises(UsageError, match="no assets in the list"):
        fit_batch([], [SMALL], folder / "out")
    assert not (folder / "out").exists()


def test_sources_are_spared_however_the_output_folder_is_spelt(folder):
    """OUT may be a link to the assets' folder, or hold a link into it: no source is written over or moved."""
    (folder / "camp").mkdir()
    (folder / "camp" / "a.jpg").write_bytes(jpeg(width=900, height=700))
    (folder / "alias").symlink_to(folder / "camp")
    (folder / "out").mkdir()
    (folder / "out" / "camp").symlink_to(folder / "camp")
    before = (folder / "camp" / "a.jpg").read_bytes()

    with pytest.raises(ProfileError, match="lies inside the output folder"):
        fit_batch([folder / "camp/a.jpg"], [SMALL], folder / "alias", engine="serial")
    (folder / "list.csv").write_text("asset\ncamp/a.jpg\n")
    summary = fit_batch(folder / "list.csv", [SMALL], folder / "out", engine="serial")

    assert dict(summary.verdicts) == {"failed": 1}
    assert (folder / "camp" / "a.jpg").read_bytes() == before
    assert [path.name for path in (folder / "camp").iterdir()] == ["a.jpg"]


def test_routes_that_would_share_a_folder_are_refused(folder):
    """One carrier under two limits of one's own: neither is dropped, and none writes over the other."""
    both = [route("att", max_bytes=size) for size in (8_000, 9_000)]

    with pytest.raises(UsageError, match="one folder"):
        fit_batch([folder / "0.jpg"], both, folder / "out", engine="serial")
    assert fit_batch([folder / "0.jpg"], [both[0], both[0]], folder / "out", engine="serial").assets == 1


def test_a_fitter_looks_into_a_cache_first(folder):
    """What one Fitter made, the next one takes from the cache: no encode, same bytes."""
    with Fitter(SMALL, cache=folder / "cache") as fitter:
        first = fitter.fit(folder / "0.jpg")
    with Fitter(SMALL, cache=folder / "cache", isolation="none") as fitter:
        second = fitter.fit(folder / "0.jpg")

    assert (first.reused, second.reused) == (None, "cache")
    assert first.data == second.data is not None
    assert mediaprep.fit_batch is fit_batch
