"""What goes out where a message does not arrive: planned before anything is sent."""

from __future__ import annotations

import re

from mediaprep import sms
from mediaprep.limits import Route
from mediaprep.message import Draft, Fallback
from mediaprep.sms_plain import offer

NEXT = {"mms": "sms_link", "rcs": "mms", "whatsapp": "sms_link", "viber": "sms_link"}
"""The channel that carries most of the same where the first is not there; an SMS with a link reaches every phone."""


def plan(draft: Draft, route: Route) -> Fallback:
    """Plan the fallback of a message: which channel, its text with the link, how many segments that takes."""
    channel = route.fallback or NEXT.get(route.channel, "sms_link")
    text = fallback_text(draft)
    counted = sms.count(text)
    plainer = offer(text)
    why = _why(route, channel, text, lost=bool(draft.parts) and not draft.fallback_link)
    return Fallback(
        channel=channel, text=text, segments=counted.segments if text else 0, encoding=counted.encoding,
        offer=plainer.words if plainer is not None else None, why=why,
    )  # fmt: skip


def fallback_text(draft: Draft) -> str:
    """Give the words that go out in the message's place: the fallback's own, or the message's, with its link once."""
    text = draft.fallback_text if draft.fallback_text is not None else draft.text
    link = draft.fallback_link
    return text if not link or _holds(text, link) else f"{text} {link}".strip()


def _holds(text: str, link: str) -> bool:
    """Say whether a text has the link itself, not one that only begins or ends like it."""
    return re.search(rf"(?<![\w/=&?%.+-]){re.escape(link)}(?=[^\w\s/=&?%+#~@-]*(?:\s|$))", text) is not None


def _why(route: Route, channel: str, text: str, *, lost: bool) -> str:
    if not text:
        return "there is no text to fall back to: give the message a text, or fallback.text and fallback.link"
    if channel == "mms":
        return "where the richer channel is not there; its media must fit MMS, too: add --to us (or their region)"
    if channel == "rcs":
        return "an agent's messages go out by RCS: check this one with --to rcs"
    if lost:
        return "the media would be lost: give fallback.link, so that they can be seen"
    if not route.available:
        return "this route carries no such message, so the fallback is what is sent"
    return "sent where the message is refused, or a recipient's phone or carrier takes less than this route"
