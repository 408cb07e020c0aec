"""What to type next: command lines that a reader of the table can copy."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Sequence

from mediaprep.model import Outcome, Verdict
from mediaprep.reports import View

_MOST_ASSETS = 4


def next_steps(
    outcomes: Iterable[Outcome], view: View, assets: Sequence[str], route_words: Sequence[str]
) -> tuple[str, ...]:
    """Give the fit after a check that asks for one, and the explanation of the problem that most assets have."""
    problems = [outcome for outcome in outcomes if not view.accepts(outcome)]
    steps = []
    if view.mode == "check" and any(outcome.verdict is Verdict.NEEDS_FIT for outcome in problems):
        steps.append(" ".join(["mediaprep fit", *map(_word, _few(assets)), *map(_word, route_words), "-o out"]))
    others = [outcome for outcome in problems if outcome.verdict is not Verdict.NEEDS_FIT]
    codes = Counter(violation.code for outcome in others for violation in outcome.violations)
    if codes:
        steps.append(f"mediaprep explain {codes.most_common(1)[0][0]}")
    return tuple(steps)


def _few(assets: Sequence[str]) -> Sequence[str]:
    """Leave names out that no one could copy from a line, and all of them where they are many."""
    if len(assets) > _MOST_ASSETS or not all(asset.isprintable() for asset in assets):
        return ["ASSET..."]
    return [f"./{asset}" if asset.startswith("-") and asset != "-" else asset for asset in assets]


def _word(text: str) -> str:
    return text if text == "ASSET..." else shlex.quote(text)
