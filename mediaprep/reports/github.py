"""Annotations for GitHub's workflows: ``::error file=...`` for what would not arrive, ``::warning`` for the rest."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from mediaprep.legible import printable
from mediaprep.model import Outcome
from mediaprep.reports import Report, View
from mediaprep.reports._words import nearest, reasons, sentence


class _GitHub:
    def one(self, outcomes: Sequence[Outcome], view: View) -> str:
        """Give an annotation for each violation and each warning."""
        return "".join(line for outcome in outcomes for line in _annotations(outcome, view))

    def end(self, outcomes: Sequence[Outcome], view: View) -> str:
        """Close with one plain line for the log."""
        done = sum(view.accepts(outcome) for outcome in outcomes)
        return f"mediaprep {view.mode}: {done} of {len(outcomes)} done, {len(outcomes) - done} not\n"


def _annotations(outcome: Outcome, view: View) -> Iterator[str]:
    where = f"{outcome.verdict.words} on {outcome.route}"
    if not view.accepts(outcome):
        for code, text in reasons(outcome, remedy=True):
            yield _command("error", outcome.asset, f"{code} {where}".strip(), text)
        closest = nearest(outcome)
        if closest:
            yield _command("error", outcome.asset, where, closest)
    level = "error" if view.warnings_fail else "warning"
    for warning in outcome.warnings:
        yield _command(level, outcome.asset, f"{warning.code} {where}", sentence(warning, remedy=True))


def _command(level: str, asset: str, title: str, text: str) -> str:
    """Write one workflow command; its data and its properties are escaped as the runner unescapes them.

    See github.com/actions/toolkit, packages/core/src/command.ts: ``%``, CR and LF everywhere, ``:`` and
    ``,`` in properties too.
    """
    file = printable(asset.replace(os.sep, "/"))
    return f"::{level} file={_property(file)},title={_property(title)}::{_data(text)}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


REPORT: Report = _GitHub()
