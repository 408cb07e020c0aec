"""The exit code of a run: what its outcomes come to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from mediaprep.model import Outcome, Verdict
from mediaprep.reports import View

FailOn = Literal["violation", "warning", "never"]

NOT_DONE = 3
REFUSED = 4
FAILED = 5


def verdict_code(verdict: Verdict) -> int:
    """Give the code of a message's verdict: 0 where it goes out as asked."""
    return {Verdict.REFUSED: REFUSED, Verdict.FAILED: FAILED, Verdict.FITS: 0, Verdict.FITTED: 0}.get(verdict, NOT_DONE)


def exit_code(outcomes: Iterable[Outcome], view: View, fail_on: FailOn) -> int:
    """Give the largest code that any outcome asks for, 0 where all are done.

    ``warning`` turns any warning into at least 3. ``never`` is for runs that only report: judgements
    about assets (3 and 4) count as 0, while 5 stays, because then there is no judgement to report.
    """
    return max((code_of(outcome, view, fail_on) for outcome in outcomes), default=0)


def code_of(outcome: Outcome, view: View, fail_on: FailOn) -> int:
    """Give the code that one outcome asks for."""
    if outcome.verdict is Verdict.FAILED:
        return FAILED
    if fail_on == "never":
        return 0
    if outcome.verdict is Verdict.REFUSED:
        return REFUSED
    if not view.accepts(outcome) or (fail_on == "warning" and outcome.warnings):
        return NOT_DONE
    return 0
