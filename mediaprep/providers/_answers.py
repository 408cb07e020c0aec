"""What answers of HTTP APIs have in common: Retry-After, what a bare status means, and where a message stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from mediaprep.providers import Reason, Receipt, Response, State

LONGEST_DETAIL = 300
"""Letters of a provider's own words that are kept."""


_MOST_DIGITS = 9
"""Thirty years in seconds; of more digits a float makes infinity."""


def retry_after_s(response: Response) -> float | None:
    """Read Retry-After: seconds, or a date (RFC 9110 section 10.2.3); None where it is missing or odd."""
    value = response.header("Retry-After").strip()
    if not value:
        return None
    if value.isdecimal() and len(value) <= _MOST_DIGITS:  # isdigit takes superscripts too, which are no number to float
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def refusal(
    response: Response, reasons: Mapping[str, Reason], *, code: str | None, detail: object
) -> Receipt:  # fmt: skip
    """Judge an answer that accepts nothing.

    429, and 503 with Retry-After, say that nothing was taken. Other 5xx say nothing about the message: it
    may have been taken before the fault, so its state is unknown. Any other 4xx refuses it.
    """
    reason = reasons.get(code or "")
    words = _words(detail) or f"HTTP {response.status}"
    wait_s = retry_after_s(response)
    if response.status == 429 or (response.status == 503 and wait_s is not None):
        return Receipt(
            state=State.FAILED, reason=reason or Reason.THROTTLED, raw_code=code or str(response.status), detail=words,
            again=True, retry_after_s=wait_s,
        )  # fmt: skip
    if response.status >= 500 or response.status < 400:
        return Receipt(state=State.UNKNOWN, reason=reason, raw_code=code or str(response.status), detail=words)
    again = reason in (Reason.THROTTLED, Reason.TRANSIENT)
    return Receipt(
        state=State.FAILED, reason=reason or Reason.OTHER, raw_code=code or str(response.status), detail=words,
        again=again, retry_after_s=wait_s,
    )  # fmt: skip


def accepted(provider_id: object) -> Receipt:
    """Say that a message was taken; an answer without an id leaves its fate unknown."""
    if isinstance(provider_id, str | int) and str(provider_id):
        return Receipt(state=State.ACCEPTED, provider_id=str(provider_id))
    return Receipt(state=State.UNKNOWN, detail="the provider said yes and gave no id")


def failed(reasons: Mapping[str, Reason], code: str | None, detail: object = None) -> Receipt:
    """Make the receipt of a delivery that failed with a provider's code."""
    reason = reasons.get(code or "", Reason.OTHER)
    return Receipt(state=State.FAILED, reason=reason, raw_code=code, detail=_words(detail))


def _words(detail: object) -> str | None:
    """Give a provider's own words, shortened. Where a text is expected anything may stand: it is shown as it is."""
    return str(detail)[:LONGEST_DETAIL] if detail else None


def standing(
    state: State, provider_id: str, reasons: Mapping[str, Reason], code: object, detail: object = None
) -> Receipt:
    """Say where a message stands; code, reason and detail are told of failures alone."""
    if state != State.FAILED:
        return Receipt(state=state, provider_id=provider_id)
    return replace(failed(reasons, str(code) if code else None, detail), provider_id=provider_id)
