"""Delivery receipts that providers send to web hooks: verified, and read onto one set of states and reasons.

    from mediaprep import receipts
    notices = receipts.parse("twilio", request.headers, request.body, url=request.url)

A pure function for a web app of your own; ``mediaprep receipts FILE`` applies the same to the journal.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from mediaprep.errors import UsageError
from mediaprep.plugins import load
from mediaprep.providers import Notice, Provider, Reason, Receipt, Reply, Replying, State

__all__ = ["Notice", "Reason", "Receipt", "Reply", "State", "parse", "reply"]


def parse(
    provider: str, headers: Mapping[str, str], body: bytes, *, url: str = "", secret: str | None = None
) -> tuple[Notice, ...]:
    """Verify a web hook's request and give what it says, one notice for each message in it.

    ``url`` is the one that the provider called, as it called it (Twilio and Plivo sign it; our id may be in its
    query). ``secret`` is what verifies the signature; None takes it from the provider's variable in the
    environment. Raises AssetError ``bad_signature`` or ``unreadable``, UsageError without a secret.
    """
    known: Provider = load("providers", provider)
    declared = known.receipt_secret
    if secret is None:
        secret = os.environ.get(declared.variable, "") if declared is not None else ""
    if not secret and declared is not None and declared.needed:
        raise UsageError(f"receipts of {known.title} are signed: set {declared.variable} ({declared.meaning})")
    return known.parse_receipt(headers, body, url=url, secret=secret)


def reply(provider: str, body: bytes) -> Reply:
    """Give what to answer a provider's report with, besides status 200: an MMSC that gets nothing reports again."""
    known: Provider = load("providers", provider)
    return known.reply(body) if isinstance(known, Replying) else Reply()
