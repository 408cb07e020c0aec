"""The two names of a card, N and FN: each made from the other where one is missing, or from what else there is."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from mediaprep.kinds._vcard_lines import Card
from mediaprep.kinds._vcard_values import Line, components, dialled, text_of

NOBODY = "No name"
"""What phones show for a card that names nobody; written only where nothing else in the card could stand for it."""

_STANDS_FOR_A_NAME = ("NICKNAME", "ORG", "EMAIL", "TEL", "LABEL", "URL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """``formatted`` is FN's text, ``parts`` N's five texts where N has to be made; ``remark`` says what was made."""

    formatted: str | None = None
    parts: tuple[str, ...] | None = None
    remark: str | None = None


def missing_names(card: Card) -> Names:
    """Give what a card lacks. Phones refuse a card without N; without FN it is no vCard 3.0 (RFC 2426 section 5).

    A full name is not taken apart: which word is the family's depends on the language.
    """
    structured = next((line for line in card.every("N") if line.value.strip(" ;")), None)
    formatted = next((line for line in card.every("FN") if line.value.strip()), None)
    if structured is not None and formatted is not None:
        return Names()
    if structured is not None:
        text = _joined(structured)
        return Names(formatted=text, remark=f"FN was missing; {text!r} is made from N")
    if formatted is not None:
        text = text_of(formatted).strip()
        return Names(parts=("", text, "", "", ""), remark=f"N was missing; it holds FN's {text!r} as the given name")
    text, where = _other_name(card)
    return Names(formatted=text, parts=("", text, "", "", ""), remark=f"the card has no name; {where} stands for it")


def _joined(line: Line) -> str:
    family, given, more, before, after = (*components(line)[:5], "", "", "", "", "")[:5]
    if family and given and all(_family_comes_first(letter) for letter in family + given):
        given, family = family + given, ""  # 谢娜, 홍길동: one word
    return " ".join(f"{before} {given} {more} {family} {after}".split())


def _family_comes_first(letter: str) -> bool:
    """Say whether a letter is Chinese (Japanese names are written with the same) or Korean."""
    return unicodedata.name(letter, "").startswith(("CJK UNIFIED", "HANGUL"))


def _other_name(card: Card) -> tuple[str, str]:
    for name in _STANDS_FOR_A_NAME:
        for line in card.every(name):
            if line.encoding == "base64":
                continue
            text = components(line)[0] if name == "ORG" else text_of(line)
            first = next((each.strip() for each in text.splitlines() if each.strip()), "")
            if first:
                return dialled(first)[0].removeprefix("mailto:"), name
    return NOBODY, repr(NOBODY)
