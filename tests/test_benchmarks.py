"""Counts gate: what a fit of the samples takes and gives is no worse than what was committed."""

import json
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


@pytest.fixture(scope="module")
def counts():
    """The module of benchmarks that measures counts."""
    sys.path.insert(0, str(BENCHMARKS))
    try:
        import counts
    finally:
        sys.path.remove(str(BENCHMARKS))
    return counts


@pytest.mark.slow
def test_counts_are_as_committed(counts):
    """Encodes, bytes and scores of eleven cases stay within the tolerances of benchmarks/counts.py."""
    assert counts.problems(counts.measured()) == []


def test_the_gate_closes(counts):
    """More encodes, a lower score, an unused limit, another verdict, a byte too many: each is a problem by itself."""
    case = "a.jpg 100000"
    was = {"verdict": "fitted", "encodes": 2, "size_bytes": 99_000, "fill": 0.99, "score": 80.0}
    worse = (
        {"encodes": 4},
        {"score": 78.0},
        {"fill": 0.9, "score": 79.5},
        {"verdict": "below_floor"},
        {"size_bytes": 100_001},
    )
    assert counts.problems({case: was}, {case: was}) == []
    for change in worse:
        assert len(counts.problems({case: was | change}, {case: was})) == 1
    assert counts.problems({}, {case: was}) == [f"{case}: not measured any more"]
    assert counts.problems({case: was}, {})


def test_every_case_is_expected(counts):
    """The committed expectations are about the cases that are measured."""
    expected = json.loads(counts.EXPECTED.read_text())
    assert set(expected) == {f"{name} {limit}" for name, limit in counts.CASES}
