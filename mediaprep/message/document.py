"""``message.yaml`` read: what it may hold, and paths that stay inside its own folder."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from mediaprep.documents import Document, look, part_that_keeps, validate
from mediaprep.errors import ProfileError, UsageError
from mediaprep.message import Draft, Wish
from mediaprep.message.audience import wrong_shares

LONGEST_SLIDE_S = 3_600
"""Nobody looks at one slide for an hour; a longer one is a slip, such as milliseconds."""

_Seconds = Annotated[float, Field(gt=0, le=LONGEST_SLIDE_S)]
_Price = Annotated[float, Field(ge=0)]
_Share = Annotated[float, Field(ge=0, le=1)]

_ADDRESS = re.compile(r"https?://[^\s/?#.]+(?:\.[^\s/?#.]+)+(?:[/?#]\S*)?", re.IGNORECASE)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PartEntry(_Strict):
    """One media part, in the order in which it is shown."""

    path: str
    alt: str | None = None
    duration_s: _Seconds | None = None


class FallbackEntry(_Strict):
    """What goes out where the message cannot."""

    text: str | None = None
    link: str | None = None


class Prices(_Strict):
    """What you pay for one MMS and for one SMS segment, in one currency."""

    mms: _Price | None = None
    sms_segment: _Price | None = None


class MessageFile(_Strict):
    """The file ``message.yaml``."""

    schema_: Literal["mediaprep.message_file/1"] = Field("mediaprep.message_file/1", alias="schema")
    sender: str | None = None
    sender_type: str | None = None
    recipients: list[str] = []  # pydantic copies defaults
    subject: str | None = None
    text: str = ""
    parts: list[PartEntry] = []
    routes: list[str] = []
    via: str | None = None
    fallback: FallbackEntry = FallbackEntry()
    audience: dict[str, _Share] = {}
    prices: Prices = Prices()


def load(path: Path) -> Draft:
    """Read a message file. Raises ProfileError with every problem, each with file, line and column."""
    if str(path) == "-":
        raise UsageError("a message is read from a file, because its parts are looked for beside it: save it first")
    read, told = look(path)
    if read is None:
        raise ProfileError(told)
    document, refused = part_that_keeps(read, MessageFile)
    problems = [*told, *refused]
    if not isinstance(document.value, dict):
        raise ProfileError(problems)
    found = validate(document, MessageFile)
    wishes = []
    for index, entry in enumerate(found.parts):
        place = document.at(("parts", index, "path"))
        problem, real = _resolved(entry.path, path.parent)
        if problem:
            problems.append(f"{place}: {problem}")
        else:
            wishes.append(Wish(asset=entry.path, path=real, alt=entry.alt, duration_s=entry.duration_s))
    problems += _weights(document, found)
    link = found.fallback.link
    if link is not None and not _ADDRESS.fullmatch(link):
        place = document.at(("fallback", "link"))
        problems.append(f"{place}: {link!r} is not an address that a phone opens; write https://shop.example/sale")
    if problems:
        raise ProfileError(problems)
    return Draft(
        name=str(path), parts=tuple(wishes), text=found.text, subject=found.subject, sender=found.sender,
        to=tuple(found.recipients), routes=tuple(found.routes), via=found.via, sender_type=found.sender_type,
        fallback_text=found.fallback.text, fallback_link=found.fallback.link,
        audience=tuple(found.audience.items()),
        price_mms=found.prices.mms, price_segment=found.prices.sms_segment, places=_places(document, found),
    )  # fmt: skip


def _places(document: Document, found: MessageFile) -> tuple[tuple[str, str], ...]:
    """Give where each route and each carrier of the audience is named, for faults that show only later."""
    routes = [(name, str(document.at(("routes", number)))) for number, name in enumerate(found.routes)]
    return (*routes, *((name, str(document.at(("audience", name)))) for name in found.audience))


def _resolved(text: str, folder: Path) -> tuple[str, Path]:
    """Give what is wrong with a path, and the real path: a regular file inside the message's own folder."""
    if os.path.isabs(text):
        return f"{text!r} is an absolute path; write one that begins at the message's folder", folder
    if os.path.normpath(text).startswith(os.pardir):
        return f"{text!r} leads out of the message's folder", folder
    try:
        home = folder.resolve(strict=True)
        real = (folder / text).resolve(strict=True)
    except FileNotFoundError:
        return f"{text!r} does not exist", folder
    except (OSError, RuntimeError) as error:
        circle = "loop" in str(error).lower() or getattr(error, "errno", None) == errno.ELOOP
        reason = "its links form a circle" if circle else str(error)
        return f"{text!r} cannot be followed: {reason}", folder
    if not real.is_relative_to(home):
        return f"{text!r} leads out of the message's folder", folder
    if not real.is_file():
        return f"{text!r} is not a file", folder
    return "", real


def _weights(document: Document, found: MessageFile) -> list[str]:
    wrong = wrong_shares(found.audience.values()) if found.audience else None
    return [] if wrong is None else [f"{document.at(('audience',))}: {wrong}"]
