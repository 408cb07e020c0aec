"""Jobs put together into chunks, so that the cost of sending one is shared: by estimated work, videos alone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from mediaprep.job import Job

MOST_JOBS = 50
"""However small they are: a worker that dies costs its whole chunk, which is then done job by job."""

_ALONE = frozenset({"mp4", "m4v", "mov", "3gp", "3g2", "webm", "mkv", "avi"})
_PHOTOGRAPH_BYTES = 3_000_000


def chunks(jobs: Iterable[Job], most_cost: float) -> Iterator[tuple[Job, ...]]:
    """Give jobs in chunks of about equal work, in their order; only one chunk is held.

    ``most_cost`` is in ordinary photographs on one route; what costs more goes alone, as videos always do.
    """
    held: list[Job] = []
    cost = 0.0
    for job in jobs:
        own = cost_of(job)
        if held and cost + own > most_cost:
            yield tuple(held)
            held, cost = [], 0.0
        held.append(job)
        cost += own
        if cost >= most_cost or len(held) == MOST_JOBS:
            yield tuple(held)
            held, cost = [], 0.0
    if held:
        yield tuple(held)


def cost_of(job: Job) -> float:
    """Estimate a job's work in ordinary photographs on one route, from its name and size alone.

    Decoding grows with the bytes; each further route adds a search but no decode.
    """
    name = job.source_url or str(job.path)
    if name.rpartition(".")[2].lower() in _ALONE:
        return math.inf
    size_bytes = job.size_bytes if job.size_bytes is not None else _PHOTOGRAPH_BYTES
    return (0.2 + size_bytes / _PHOTOGRAPH_BYTES) * (0.7 + 0.3 * len(job.routes))
