"""The exit code of a run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaprep.cli._exits import exit_code
from mediaprep.model import Outcome, Verdict, finding
from mediaprep.reports import View

CODES = {
    Verdict.FITS: 0,
    Verdict.FITTED: 0,
    Verdict.NEEDS_FIT: 3,
    Verdict.BELOW_FLOOR: 3,
    Verdict.CANNOT_FIT: 3,
    Verdict.REFUSED: 4,
    Verdict.FAILED: 5,
}
FIT = View(mode="fit")


def outcome(verdict: Verdict, *, warned: bool = False) -> Outcome:
    """Make an outcome with or without a warning."""
    return Outcome(asset="a", route="us", verdict=verdict, warnings=(finding("gps", "m"),) if warned else ())


@given(st.lists(st.sampled_from(Verdict)))
def test_the_largest_code_wins(verdicts: list[Verdict]) -> None:
    """A run's code is that of its worst outcome, in whatever order they come; no outcome is 0."""
    outcomes = [outcome(verdict) for verdict in verdicts]
    assert exit_code(outcomes, FIT, "violation") == max((CODES[verdict] for verdict in verdicts), default=0)


@given(st.lists(st.tuples(st.sampled_from(Verdict), st.booleans())))
def test_never_leaves_only_failures_and_warning_never_lowers_a_code(items: list[tuple[Verdict, bool]]) -> None:
    """Judgements count as 0 under never; under warning a warned outcome counts at least 3."""
    outcomes = [outcome(verdict, warned=warned) for verdict, warned in items]
    failed = any(verdict is Verdict.FAILED for verdict, _ in items)
    assert exit_code(outcomes, FIT, "never") == (5 if failed else 0)
    plain = exit_code(outcomes, FIT, "violation")
    assert exit_code(outcomes, FIT, "warning") == max(plain, 3 if any(warned for _, warned in items) else 0)


@pytest.mark.parametrize(("allowed", "code"), [(True, 0), (False, 3)])
def test_below_the_floor_counts_as_done_where_it_was_allowed(allowed: bool, code: int) -> None:
    """--allow-below-floor is the caller's word that such a rendition will do."""
    view = View(mode="fit", allow_below_floor=allowed)
    assert exit_code([outcome(Verdict.BELOW_FLOOR)], view, "violation") == code
