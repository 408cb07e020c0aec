"""A batch's summary as text: what is done, what is not and why, what to type next."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from mediaprep.batch.summary import DONE, Summary, name_of
from mediaprep.legible import printable
from mediaprep.model import Verdict
from mediaprep.units import short_size

_MOST_REASONS = 12


def summary_lines(summary: Summary) -> Iterator[str]:
    """Give the lines of a summary."""
    done = sum(number for verdict, number in summary.verdicts if verdict in DONE)
    reused = f", {summary.reused:,} of them from earlier runs" if summary.reused else ""
    state = "" if summary.finished else f" of {summary.planned:,} planned"
    yield (
        f"{_counted(summary.assets, 'asset')}{state}, {_counted(summary.outcomes, 'outcome')}: {done:,} done{reused}; "
        f"{short_size(summary.source_bytes)} in, {short_size(summary.rendition_bytes)} out, "
        f"{_counted(summary.encodes, 'encode')}"
    )
    others = [reason for reason in summary.reasons if reason.verdict not in DONE]
    for reason in others[:_MOST_REASONS]:
        why = f"{reason.code} {name_of(reason.code)}" if reason.code else ""
        yield f"  {reason.outcomes:>8,}  {reason.verdict:<12} {why}  e.g. {printable(reason.example)}"
    if len(others) > _MOST_REASONS:
        yield f"  and {len(others) - _MOST_REASONS} more reasons (--json names all)"
    codes = [reason.code for reason in others if reason.code]
    again = [
        verdict for verdict, _ in summary.verdicts if verdict in (Verdict.REFUSED, Verdict.CANNOT_FIT, Verdict.FAILED)
    ]
    steps = [f"mediaprep explain {codes[0]}"] if codes else []
    if again and summary.finished:
        steps.append(f"mediaprep batch retry {shlex.quote(printable(summary.out))} --only {','.join(sorted(again))}")
    if steps:
        yield "Next:"
        yield from (f"  {step}" for step in steps)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
