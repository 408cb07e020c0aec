"""The SMIL part that arranges a message: one slide after the other, as Android and iOS write and take it.

Only what every phone reads (OMA MMS conformance, 3GPP TS 26.246): regions Image and Text, one ``par`` for
each slide, ``img``, ``video``, ``audio``, ``text`` and ``ref``, whose ``src`` is the part's Content-Location.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from mediaprep.legible import in_xml
from mediaprep.parts import Part

NAME = "smil.xml"
MEDIA_TYPE = "application/smil"
DEFAULT_SLIDE_S = 5.0
"""Seconds that a slide stands, as Android's message app writes it."""

_ELEMENTS = {"image": "img", "video": "video", "audio": "audio"}
_HEAD = (
    '<smil><head><layout><root-layout/>'
    '<region id="Image" fit="meet" top="0" left="0" height="80%" width="100%"/>'
    '<region id="Text" top="80%" left="0" height="20%" width="100%"/>'
    "</layout></head><body>"
)  # fmt: skip
_TAIL = "</body></smil>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slide:
    """What is shown together: at most one picture or clip, one sound and one text."""

    parts: tuple[Part, ...]
    duration_s: float = DEFAULT_SLIDE_S


def slides(parts: Sequence[Part]) -> tuple[Slide, ...]:
    """Put parts on slides in their order: the first text goes below the first picture, all else stands alone."""
    text = next((part for part in parts if _family(part) == "text"), None)
    picture = next((part for part in parts if _family(part) in ("image", "video")), None)
    found = []
    for part in parts:
        if part is text and picture is not None:
            continue
        together = (part, text) if part is picture and text is not None else (part,)
        found.append(Slide(parts=together, duration_s=part.duration_s or DEFAULT_SLIDE_S))
    return tuple(found)


def presentation(shown: Iterable[Slide]) -> Part:
    """Write the SMIL part."""
    body = "".join(
        f'<par dur="{max(1, round(slide.duration_s * 1000))}ms">{"".join(map(_element, slide.parts))}</par>'
        for slide in shown
    )
    text = f"{_HEAD}{body}{_TAIL}"
    return Part(name=NAME, media_type=MEDIA_TYPE, data=text.encode("utf-8"), charset="utf-8")


def _family(part: Part) -> str:
    """Say how a part is shown: plain text is text, a card or a document is neither."""
    family = part.media_type.partition("/")[0]
    return family if family in _ELEMENTS or part.media_type == "text/plain" else "other"


def _element(part: Part) -> str:
    family = _family(part)
    source = f"src={quoteattr(part.name)}"
    if family == "text":
        return f'<text {source} region="Text"/>'
    alt = f" alt={quoteattr(in_xml(part.alt))}" if part.alt else ""
    region = ' region="Image"' if family in ("image", "video") else ""
    return f"<{_ELEMENTS.get(family, 'ref')} {source}{alt}{region}/>"
