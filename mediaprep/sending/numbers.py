"""Phone numbers: E.164, and the region that a number's country code names. The carrier is never guessed."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Container, Mapping

from mediaprep.errors import UsageError

ANYWHERE = "intl"
"""The profile for regions that have none of their own."""


def e164(text: str) -> str:
    """Check one recipient's number and give it as ``+15550100``. Raises UsageError for anything else."""
    import phonenumbers

    if "," in text or ";" in text:
        raise UsageError("one recipient per call: a loop over many is safe, the journal lets nothing go out twice")
    if not text.strip().startswith("+"):
        raise UsageError(f"{text!r} has no country code; write numbers as in +14155550123 (E.164)")
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException as error:
        raise UsageError(f"{text!r} is not a phone number; write it as in +14155550123 (E.164)") from error
    if not phonenumbers.is_possible_number(number):
        raise UsageError(f"{text!r} has the wrong number of digits for +{number.country_code}")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def sender_id(text: str) -> str:
    """Check a sender: a number, a short code, or a name that a provider knows (an agent, a service)."""
    if text.strip().startswith("+"):
        return e164(text)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_:@./&-]{0,255}", text):
        raise UsageError(f"{text!r} is not a sender; give a number (+14155550123), a short code or an agent's name")
    return text


_SHORT_CODE_DIGITS = (3, 8)
_NORTH_AMERICAN_SHORT_CODE_DIGITS = (5, 6)
"""Common short codes of the United States and Canada have five or six digits (CTIA and CWTA, which lease them)."""

_WITHOUT_NAMES = ("US", "CA")
"""Regions whose networks carry no alphanumeric sender (www.twilio.com/docs/glossary/what-alphanumeric-sender-id)."""


def wrong_mms_sender(
    sender: str, to: str, own_ids: str, named: Callable[[], Mapping[str, Collection[str]]]
) -> str | None:
    """Say why no MMS to a number goes out from a sender, None where one may.

    ``own_ids`` is the pattern of the names by which the provider calls numbers of the account, ``named`` gives the
    profiles of the route that name types of sender, and which: asked for names alone, for it reads many profiles.
    """
    if _is_of_account(sender, own_ids):
        return None
    if sender.isdigit():
        return _wrong_short_code(sender, to)
    profiles = named()
    types = sorted({each for named_types in profiles.values() for each in named_types})
    if not types or "alphanumeric" in types:
        return None
    return (
        f"{sender!r} is a name, but an MMS needs a number here: {' and '.join(profiles)} know "
        f"{', '.join(types)}; give a number, as in +14155550100, or with --via the provider's id for one"
    )


def wrong_sms_sender(sender: str, to: str, own_ids: str, *, is_agent: bool) -> str | None:
    """Say why no SMS to a number goes out from a sender, None where one may.

    ``is_agent`` says that it is the sender of an RCS: an agent's name is no alphanumeric sender anywhere, and
    the United States and Canada take none at all.
    """
    import phonenumbers

    if _is_of_account(sender, own_ids):
        return None
    if sender.isdigit():
        return _wrong_short_code(sender, to)
    if is_agent or phonenumbers.region_code_for_number(phonenumbers.parse(to)) in _WITHOUT_NAMES:
        return f"{sender!r} is a name, but an SMS needs a number here; give one, as in +14155550100"
    return None


def _is_of_account(sender: str, own_ids: str) -> bool:
    return sender.startswith("+") or bool(own_ids and re.fullmatch(own_ids, sender))


def _wrong_short_code(sender: str, to: str) -> str | None:
    least, most = _NORTH_AMERICAN_SHORT_CODE_DIGITS if to.startswith("+1") else _SHORT_CODE_DIGITS
    if least <= len(sender) <= most:
        return None
    return (
        f"{sender} is not a sender: a short code has {least} to {most} digits here, and a number its country code, "
        "as in +14155550100"
    )


def contradiction(sender: str, sender_type: str | None) -> str | None:
    """Say what is wrong with a type that its sender cannot have; its limits would be another sender's."""
    known = type_of(sender)
    if sender_type is None or known is None or sender_type in (known, "rcs_agent"):
        return None
    if known in ("long_code", "toll_free") and sender_type in ("long_code", "toll_free") and sender[:2] != "+1":
        return None  # outside North America the numbering plan does not tell what a provider calls toll-free
    return f"{sender} is a {known}, not a {sender_type}: leave the sender's type out, or give a sender of that type"


def region_of(number: str, known: Container[str]) -> str:
    """Give the name of the region's profile: ``us`` for +1 415…, ``intl`` where the region has none of its own."""
    import phonenumbers

    parsed = phonenumbers.parse(number)
    # a number that no region claims counts as the main one of its country code
    region = phonenumbers.region_code_for_number(parsed) or ""
    region = region or phonenumbers.region_code_for_country_code(parsed.country_code or 0) or ""
    return region.lower() if region.lower() in known else ANYWHERE


def type_of(sender: str) -> str | None:
    """Tell a sender's type by its number alone: toll-free and long codes by the numbering plan; None for names."""
    import phonenumbers

    if not sender.startswith("+"):
        return "short_code" if re.fullmatch(r"\d{3,8}", sender) else None
    kind = phonenumbers.number_type(phonenumbers.parse(sender))
    return "toll_free" if kind == phonenumbers.PhoneNumberType.TOLL_FREE else "long_code"
