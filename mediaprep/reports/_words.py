"""How reports name things: the order of verdicts, one finding in one line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from mediaprep.codes import RUN_FIT
from mediaprep.legible import printable
from mediaprep.model import Finding, Outcome, Verdict

WORST_FIRST = (
    Verdict.FAILED,
    Verdict.REFUSED,
    Verdict.CANNOT_FIT,
    Verdict.BELOW_FLOOR,
    Verdict.NEEDS_FIT,
    Verdict.FITTED,
    Verdict.FITS,
)

_NAME_THE_NEAREST = ("below_floor", "nothing_fits")


_OF_BYTES = frozenset({"over_limit", "over_ingest_limit", "below_floor", "nothing_fits", "code_unreadable"})


_NO_BYTES = frozenset({"max_bit_rate_bps", "max_level"})
"""Limits that nothing may keep, whatever its size."""


def about_bytes(outcome: Outcome) -> bool:
    """Say whether bytes stand in an outcome's way; else its share of the limit says nothing."""
    return any(v.name in _OF_BYTES and v.limit not in _NO_BYTES for v in outcome.violations)


_CITED = re.compile(r"(?P<words>[^\[\]]+?) (?P<mark>\[[^\[\]]+\])(?:, |$)")
"""One source as profiles name it, ``Title [T3]``, in a list with commas."""


def sources(findings: Iterable[Finding]) -> dict[str, str]:
    """Give what each mark stands for, ``[T3]`` to its title: said once below a table instead of at each finding."""
    found = {}
    for each in findings:
        for cited in _CITED.finditer(each.source or ""):
            found[cited["mark"]] = printable(cited["words"].removeprefix("derived from "))
    return found


def sentence(finding: Finding, *, remedy: bool, marks: bool = False) -> str:
    """Say a finding in one line: what is wrong, what follows, who says so, and (if asked) what to do.

    With ``marks`` a source is named by its mark alone, which ``sources`` explains.
    """
    if marks and finding.source:
        found = "".join(cited["mark"] for cited in _CITED.finditer(finding.source))
        finding = replace(finding, source=found or finding.source)
    parts = [printable(finding.message).rstrip(".")]
    if finding.consequence not in (None, "unknown"):
        parts.append(f"; consequence: {finding.consequence}")
    origin = [item for item in (finding.profile, finding.source, finding.date, finding.confidence) if item]
    if origin:
        parts.append(f" ({printable(', '.join(dict.fromkeys(origin)))})")
    parts.append(".")
    if remedy and finding.remedy:
        parts.append(f" {printable(finding.remedy)}")
    return "".join(parts)


def violations(outcome: Outcome) -> tuple[Finding, ...]:
    """Give an outcome's violations, without the remedy "run the fit" where the fit is no way out."""
    if outcome.verdict is Verdict.NEEDS_FIT:
        return outcome.violations
    return tuple(replace(v, remedy="") if v.remedy.startswith(RUN_FIT) else v for v in outcome.violations)


def reasons(outcome: Outcome, *, remedy: bool, marks: bool = False) -> tuple[tuple[str, str], ...]:
    """Give (code, sentence) for every violation; a verdict without one still says what it is."""
    if outcome.violations:
        return tuple((v.code, sentence(v, remedy=remedy, marks=marks)) for v in violations(outcome))
    return (("", f"Verdict: {outcome.verdict.words}."),)


def nearest(outcome: Outcome) -> str | None:
    """Name the smallest attempt of an outcome that was not to be; None where there is none or a violation names it."""
    if not outcome.attempts or any(violation.name in _NAME_THE_NEAREST for violation in outcome.violations):
        return None
    best = min(outcome.attempts, key=lambda attempt: attempt.size_bytes)
    at = f" at {best.width}x{best.height}" if best.width and best.height else ""
    score = f", score {best.score:.0f}" if best.score is not None else ""
    return f"Nearest of {len(outcome.attempts)} encodes: {best.size_bytes:,} bytes{at} ({best.media_type}{score})."
