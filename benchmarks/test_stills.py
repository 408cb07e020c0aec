"""Stills under pytest-benchmark: seconds for comparison, counts (encodes, bytes, score) as extra info that gates.

pytest benchmarks/test_stills.py --benchmark-only
"""

from pathlib import Path

import pytest
from stills import LIMITS_BYTES, ROOT, route_of

from mediaprep.job import Job
from mediaprep.pipeline import run

PICTURES = (
    "phone_photo.jpg",
    "portrait_photo.jpg",
    "texture_photo.jpg",
    "screenshot.png",
    "flyer_coupon.png",
    "food_photo.heic",
)


@pytest.mark.parametrize("limit_bytes", LIMITS_BYTES)
@pytest.mark.parametrize("name", PICTURES)
def test_fit_of_a_still(benchmark, tmp_path, name, limit_bytes):
    """A real picture is fitted within the limit; encodes, bytes and score are recorded."""
    path = ROOT / "samples" / name
    job = Job(asset=name, path=path, routes=(route_of(limit_bytes),), mode="fit", scratch=Path(tmp_path))

    outcome = benchmark.pedantic(run, args=(job,), rounds=3, warmup_rounds=1)[0]

    benchmark.extra_info.update(
        encodes=len(outcome.attempts), size_bytes=outcome.size_bytes, score=outcome.score, limit_bytes=limit_bytes
    )
    assert outcome.done
    assert outcome.size_bytes <= limit_bytes
    assert len(outcome.attempts) <= 8
