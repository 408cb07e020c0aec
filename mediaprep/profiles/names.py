"""How routes, senders and media types are written, and the one spelling that each has here. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from mediaprep.errors import RouteError
from mediaprep.limits import SenderType
from mediaprep.model import KindName
from mediaprep.plugins import did_you_mean

DEFAULT_CHANNEL = "mms"

_SENDERS = {"10dlc": "long_code", "longcode": "long_code", "tollfree": "toll_free", "shortcode": "short_code"}
_PLMN = re.compile(r"plmn:(\d{5,6})", re.IGNORECASE)


class Member(NamedTuple):
    """One name of a group: the channel it was given (None: none), and the name as written."""

    channel: str | None
    name: str


def parse_group(text: str, channels: Collection[str]) -> tuple[Member, ...]:
    """Split ``[CHANNEL/]NAME[,...]``. Only what is a channel counts as one, so a name may hold a slash.

    Raises RouteError for an empty group or an empty name in it.
    """
    members: dict[Member, None] = {}
    for item in text.split(","):
        head, slash, rest = item.strip().partition("/")
        channel = head.strip().lower() if slash and head.strip().lower() in channels else None
        name = rest.strip() if channel else item.strip()
        if not name:
            raise RouteError(f"{text!r} holds an empty name; write NAME, CHANNEL/NAME or NAME,NAME (as in att,verizon)")
        members[Member(channel, name)] = None
    return tuple(members)


def plmn(name: str) -> str | None:
    """Give the digits of ``plmn:MCCMNC``, None for any other name. Raises RouteError for a bad one."""
    match = _PLMN.fullmatch(name)
    if match is None and name.lower().startswith("plmn"):
        raise RouteError(f"{name!r} is not a network code; write plmn: and its 5 or 6 digits, as in plmn:310260")
    return match[1] if match else None


def fold(name: str) -> str:
    """Give a name as names are compared: without regard to case and blanks."""
    return " ".join(name.casefold().split())


def parse_sender(text: str | None) -> SenderType | None:
    """Read a number type; 10DLC is a long code. Raises RouteError with a suggestion."""
    if text is None:
        return None
    plain = text.strip().lower().replace("-", "_").replace(" ", "_")
    plain = _SENDERS.get(plain, plain)
    if plain not in list(SenderType):
        raise RouteError(f"no sender type {text!r}; {did_you_mean(plain, [*SenderType, '10dlc'])}")
    return SenderType(plain)


_SPELLINGS = {
    "image/jpeg": ("image/jpg", "image/pjpeg"),
    "image/png": ("image/x-png", "image/apng", "image/vnd.mozilla.apng"),
    "image/gif": ("image/gif87a", "image/gif89a"),
    "image/bmp": ("image/x-bmp", "image/x-ms-bmp"),
    "image/vnd.microsoft.icon": ("image/x-icon",),
    "audio/mpeg": ("audio/mp3", "audio/x-mp3", "audio/mpeg3", "audio/x-mpeg-3", "audio/mpg"),
    "audio/mp4": ("audio/m4a", "audio/x-m4a", "audio/mp4-latm", "audio/mp4a-latm"),
    "audio/aac": ("audio/x-aac", "audio/aacp"),
    "audio/amr": ("audio/amr-nb", "audio/x-amr"),
    "audio/wav": ("audio/x-wav", "audio/wave", "audio/vnd.wave", "audio/vnd.wav"),
    "audio/midi": ("audio/mid", "audio/x-midi", "audio/x-mid", "audio/sp-midi"),
    "audio/ogg": ("application/ogg", "audio/vorbis", "audio/opus", "audio/x-ogg"),
    "video/mp4": ("video/mpeg4", "video/m4v", "video/x-m4v"),
    "video/3gpp": ("video/3gp",),
    "video/3gpp2": ("video/3g2",),
    "video/quicktime": ("video/mov",),
    "text/x-vcard": ("text/vcard", "text/directory", "application/vcard"),
    "text/calendar": ("text/x-vcalendar", "application/ics"),
}
_CANONICAL = {other: name for name, others in _SPELLINGS.items() for other in others}


def canonical(media_type: str) -> str:
    """Give the one spelling of a media type: small letters, no parameters, one name for each format.

    Sources write image/jpg, video/3gp, text/x-vCard, audio/mp3; AWS's audio/mpeg means MP3 only.
    """
    plain = media_type.partition(";")[0].strip().lower()
    return _CANONICAL.get(plain, plain)


_MOVING = frozenset({"image/gif", "image/webp"})
"""Types in which a picture moves on the phones of a route that lists them. Not image/png: an animated
PNG stands still in most viewers, and no list that was found means it."""


def kinds_of(media_type: str) -> tuple[KindName, ...]:
    """Give the kinds whose media a canonical type carries: image/gif is a still or an animation."""
    family = media_type.partition("/")[0]
    if family == "image":
        return (KindName.IMAGE, KindName.ANIMATION) if media_type in _MOVING else (KindName.IMAGE,)
    if media_type == "text/x-vcard":
        return (KindName.VCARD,)
    if media_type == "text/plain":
        return (KindName.TEXT,)
    return (KindName(family),) if family in ("video", "audio") else (KindName.DOCUMENT,)
