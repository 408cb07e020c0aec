"""How workers share memory, how jobs are put into chunks, and where journals lie."""

from pathlib import Path

import pytest

from mediaprep import Job
from mediaprep.batch import Settings, Shard, journal_path
from mediaprep.chunks import MOST_JOBS, chunks
from mediaprep.errors import UsageError
from mediaprep.limits import Route
from mediaprep.options import Bounds
from mediaprep.rlimits import FILE_BYTES

ROUTE = Route(name="us", folder="us", channel="mms", limits=())


def job(name, size_bytes=1_000_000):
    """Make a job of a size."""
    return Job(asset=name, path=Path(name), routes=(ROUTE,), mode="fit", size_bytes=size_bytes)


@pytest.mark.parametrize(
    ("limit", "workers", "share"),
    [(4_000_000_000, 4, 1_000_000_000), (1_000_000_000, 2, 500_000_000), (300_000_000, 1, 300_000_000)],
)
def test_workers_share_the_memory(limit, workers, share):
    """Each worker is bound to its share; where shares would be too small there are fewer workers."""
    shared = Settings(out="out", workers=4, memory_bytes=limit).shared()

    assert (shared.workers, shared.bounds.max_memory_bytes) == (workers, share - FILE_BYTES)
    assert shared.workers * shared.bounds.max_memory_bytes < limit


@pytest.mark.parametrize(
    "given", [{"memory_bytes": 10**8}, {"memory_bytes": 10**9, "scheduler": "tcp://127.0.0.1:1", "workers": None}]
)
def test_a_memory_that_nobody_can_share_is_a_usage_error(given):
    """Too little for one worker, or a cluster whose number of workers nobody knows, is said before any work."""
    with pytest.raises(UsageError, match="limit-memory"):
        Settings(out="out", **given).shared()


def test_alone_a_job_may_have_all_of_it():
    """What did not fit into a share is tried with the whole, but never above the bound of any asset."""
    settings = Settings(out="out", workers=4, memory_bytes=1_500_000_000)

    assert settings.alone().bounds.max_memory_bytes == 1_500_000_000 - FILE_BYTES
    assert Settings(out="out", memory_bytes=10**12).alone().bounds == Bounds()
    assert Settings(out="out", workers=4).shared().bounds == Bounds()


def test_chunks_keep_order_and_lose_nothing():
    """Chunks are the jobs, in order, none too many."""
    jobs = [job(f"{n}.jpg", 1_000) for n in range(333)]

    parts = list(chunks(iter(jobs), 20.0))

    assert [j for part in parts for j in part] == jobs
    assert max(map(len, parts)) <= MOST_JOBS
    assert len(parts) < 40


def test_videos_go_alone_and_large_pictures_in_small_chunks():
    """The estimate of work decides how many jobs share a chunk."""
    large = [job(f"{n}.jpg", 20_000_000) for n in range(6)]

    parts = list(chunks([job("a.jpg"), job("b.mp4"), job("c.jpg"), *large], 20.0))

    assert [len(part) for part in parts if any(j.asset.endswith("mp4") for j in part)] == [1]
    assert max(len(part) for part in parts) <= 4


def test_each_shard_has_a_journal():
    """One shard's journal lies in the folder; for a URL it lies below the working folder."""
    assert journal_path("out", Shard()) == Path("out/journal.sqlite3")
    assert journal_path("out", Shard(number=3, count=16)) == Path("out/journal-3-of-16.sqlite3")
    assert journal_path("s3://bucket/out", Shard()) == Path("mediaprep-journal/bucket/out/journal.sqlite3")
