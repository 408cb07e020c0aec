"""The seam of reports: outcomes made readable. One file is one form, ending in ``REPORT: Report = ...``.

A report turns outcomes into text and prints nothing. ``one`` gives what can be said as soon as an asset is
done (records, annotations), ``end`` what needs them all (a table).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from mediaprep.model import Outcome, Verdict

NARROWEST = 40
"""Columns below which a table is no longer laid out narrower."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How outcomes are to be shown. ``width`` is in columns; ``next_steps`` are command lines to try."""

    mode: Literal["check", "fit", "compare"]
    width: int = 100
    colour: bool = False
    everything: bool = False
    warnings_fail: bool = False
    allow_below_floor: bool = False
    next_steps: tuple[str, ...] = ()

    def accepts(self, outcome: Outcome) -> bool:
        """Say whether an outcome counts as done in this run."""
        return outcome.done or (outcome.verdict is Verdict.BELOW_FLOOR and self.allow_below_floor)


class Report(Protocol):
    """One form. Both parts end in a newline where they say anything at all."""

    def one(self, outcomes: Sequence[Outcome], view: View) -> str:
        """Say what is known when one asset is done on all its routes."""
        ...

    def end(self, outcomes: Sequence[Outcome], view: View) -> str:
        """Say what needs every outcome of the run."""
        ...
