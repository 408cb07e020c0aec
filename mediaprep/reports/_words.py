"""How reports name things: the order of verdicts, one finding in one line."""

from __future__ import annotations

from mediaprep.model import Finding, Outcome, Verdict
from mediaprep.naming import printable

WORST_FIRST = (
    Verdict.FAILED,
    Verdict.REFUSED,
    Verdict.CANNOT_FIT,
    Verdict.BELOW_FLOOR,
    Verdict.NEEDS_FIT,
    Verdict.FITTED,
    Verdict.FITS,
)


def verdict_word(verdict: Verdict) -> str:
    """Give a verdict in words: ``needs fit``."""
    return verdict.replace("_", " ")


def sentence(finding: Finding, *, remedy: bool) -> str:
    """Say a finding in one line: what is wrong, what follows, who says so, and (if asked) what to do."""
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


def reasons(outcome: Outcome, *, remedy: bool) -> tuple[tuple[str, str], ...]:
    """Give (code, sentence) for every violation; a verdict without one still says what it is."""
    if outcome.violations:
        return tuple((violation.code, sentence(violation, remedy=remedy)) for violation in outcome.violations)
    return (("", f"Verdict: {verdict_word(outcome.verdict)}."),)


def nearest(outcome: Outcome) -> str | None:
    """Name the smallest attempt of an outcome that is over its limit or below its floor, or None without attempts."""
    if not outcome.attempts:
        return None
    best = min(outcome.attempts, key=lambda attempt: attempt.size_bytes)
    at = f" at {best.width}x{best.height}" if best.width and best.height else ""
    score = f", score {best.score:.0f}" if best.score is not None else ""
    return f"Nearest of {len(outcome.attempts)} encodes: {best.size_bytes:,} bytes{at} ({best.media_type}{score})."
