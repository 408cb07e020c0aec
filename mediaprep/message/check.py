"""What is wrong with a message before anything is encoded: its text, subject, links, and how many parts it has."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from mediaprep import sms
from mediaprep.limits import Fact, Limits, Route
from mediaprep.message import Draft
from mediaprep.model import Finding, KindName, finding
from mediaprep.profiles.names import DEFAULT_CHANNEL
from mediaprep.sms_plain import offer
from mediaprep.units import UNIT_WORDS, outside_euc_kr, text_length

_ANSWERS = r"(?:stop(?:all|sms)?|end|quit|cancel|revoke|arr[eê]t|baja|parar|alto|uit)(?![a-z])"
"""What people answer to stop (CTIA, 5.1.3, and its like in French, Spanish and Dutch): everyday words, all of them."""

_ASKED = (
    r"(?<![a-z])(?:reply|respond|answer|text|txt|type|send|sms|r[eé]pond(?:re|ez)|envoye[rz]|respond[ae]r?|env[ií](?:ar|a|e)|"
    r"manda|antworten?|senden?|antwoord|stuur)\s+"
    r"(?:(?:us|back|with|the\s+word|par|le\s+mot|con|la\s+palabra|mit|met)\s+)*[^\w\s]?"
)
_OPT_OUT = re.compile(
    "|".join(
        (
            r"(?<![a-z])(?:opt[ -]?out|unsubscribe|abmelden)(?![a-z])|수신\s?거부|配信停止|退订",
            _ASKED + _ANSWERS,
            rf"[\"'“‘«„]{_ANSWERS}[\"'”’»“]",  # noqa: RUF001  # the quotes that people write
            r"(?<![a-z])stop\s?(?:to|2)\s?(?:end|quit|cancel|opt|unsub|leave|stop)",
            # in capitals, and not among others: "SALE WILL END SUNDAY"
            rf"(?-i:(?<![A-Z])(?<![A-Z]{{2}} ){_ANSWERS.upper().replace('A-Z', 'A-Za-z')}(?! (?!SMS|MMS)[A-Z]{{2}}))",
        )
    ),
    re.IGNORECASE,
)
"""How people are told to stop: an everyday word has to be asked for, quoted or in capitals. Latin letters bound words:
Hangul goes on without a blank."""

_LINK = re.compile(r"\b(?:https?://)?((?:[a-z0-9-]+\.)+[a-z]{2,})(?:/\S*)?", re.IGNORECASE)
_SHORTENERS = frozenset({
    "bit.ly", "tinyurl.com", "goo.gl", "t.co", "ow.ly", "is.gd", "buff.ly", "rb.gy", "cutt.ly", "tiny.cc", "rebrand.ly",
})  # fmt: skip
"""Public link shorteners, which US carriers filter (CTIA, Messaging Principles and Best Practices, May 2023, 5.3.2)."""


def text_findings(draft: Draft, route: Route) -> Iterator[Finding]:
    """Judge text and subject on a route. Text is never cut: too long is a violation."""
    limits = route.limits_for(KindName.TEXT)
    text = draft.text
    if not text and not draft.parts:
        yield finding("empty_message", "the message has neither text nor media")
    length = text_length(text, limits.text_unit)
    most, decides, what = limits.max_characters, "max_characters", "text"
    plainer = offer(text)
    if limits.max_unicode_characters is not None and not text.isascii() and _outside(text):
        most = min(limits.max_unicode_characters, most or limits.max_unicode_characters)
    beside = limits.max_caption_characters
    if draft.parts and beside is not None and (most is None or beside < most):
        most, decides, what = beside, "max_caption_characters", "text beside media"
    if most is not None and length > most:
        where = _where(limits.fact(decides))
        words = f"the {what} has {length:,} {UNIT_WORDS[limits.text_unit]}; the limit is {most:,}"
        yield finding(
            "too_many_characters", words, limit=decides, allowed=most, actual=length,
            remedy=_shorter(limits, decides), **where,
        )  # fmt: skip
    if limits.text_unit == "euc_kr_bytes" and (lost := outside_euc_kr(text)):
        words = f"the route carries text in EUC-KR, which has no {' '.join(lost[:12])}"
        yield finding("charset", words, limit="text.unit", allowed="EUC-KR", actual=lost, remedy="Replace them.")
    if plainer is not None:
        yield finding("plainer_letters", plainer.words)
    if by_mms(route) and text and not _OPT_OUT.search(text):
        yield finding("no_opt_out", "the text names no way to stop these messages (STOP)")
    yield from _links(draft)
    yield from _subject(draft, route)


def _shorter(limits: Limits, decides: str) -> str | None:
    """Say what to do about a text that is too long; None where there is nothing but to shorten it."""
    if decides == "max_caption_characters":
        return "Shorten it, or send it as a message of its own."
    return "Shorten it, or send it in a .txt file, which goes as a document." if limits.long_text_as_document else None


def by_mms(route: Route) -> bool:
    """Say whether a message goes out by MMS, where an answer stops messages; other channels have their own means."""
    return DEFAULT_CHANNEL in route.channel.split(",")


def _outside(text: str) -> bool:
    return sms.count(text).encoding == "ucs2"


def _links(draft: Draft) -> Iterator[Finding]:
    """Judge each link once, those of the fallback too: it goes out as an SMS, which is filtered more than an MMS."""
    texts = (draft.text, draft.fallback_text or "", draft.fallback_link or "")
    links = {found[0]: found for text in texts for found in _LINK.finditer(text)}
    for found in links.values():
        if found[0].lower().startswith("http://"):
            yield finding("link_not_safe", f"{found[0]} is not https")
        if found[1].lower() in _SHORTENERS:
            yield finding("link_not_safe", f"{found[1]} is a public link shortener")


def _subject(draft: Draft, route: Route) -> Iterator[Finding]:
    if not draft.subject:
        return
    facts = dict(route.facts)
    supported, most = facts.get("subject.supported"), facts.get("subject.max")
    if supported is not None and supported.value is False:
        yield finding("subject_not_carried", "the route carries no subject", **_where(supported))
        return
    unit = facts["subject.unit"].value if "subject.unit" in facts else "chars"
    length = text_length(draft.subject, unit)
    if most is not None and length > most.value:
        words = f"the subject has {length} {UNIT_WORDS[unit]}; the limit is {most.value}"
        yield finding("subject_too_long", words, limit="subject.max", allowed=most.value, actual=length, **_where(most))


def part_findings(kinds: Sequence[KindName], route: Route) -> Iterator[Finding]:
    """Judge how many parts a message has, in all and of each kind."""
    facts = dict(route.facts)
    most, least = facts.get("parts.max"), facts.get("parts.min")
    if most is not None and len(kinds) > most.value:
        yield _count("too_many_parts", f"{len(kinds)} parts; the route takes {most.value}", most, len(kinds))
    if least is not None and len(kinds) < least.value:
        yield _count("too_few_parts", f"{len(kinds)} parts; the route asks for {least.value}", least, len(kinds))
    for kind, number in Counter(kinds).items():
        fact = facts.get(f"parts.kinds.{kind}")
        if fact is not None and number > fact.value:
            yield _count("too_many_parts", f"{number} parts of {kind}; the route takes {fact.value}", fact, number)


def _count(code: str, words: str, fact: Fact, actual: int) -> Finding:
    return finding(code, words, limit=fact.where, allowed=fact.value, actual=actual, **_where(fact))


def _where(fact: Fact | None) -> dict[str, Any]:
    return fact.provenance() if fact is not None else {}
