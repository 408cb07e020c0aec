"""Characters of the GSM alphabet that say the same as others outside it. Offered, never applied by itself. Pure."""

# ruff: noqa: RUF001 (the look-alikes are the point)
from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from mediaprep import sms

_SAME = {
    '"': "“”„‟«»″〝〞＂", "'": "‘’‚‛′´`ʼ＇‹›", "-": "‐‑‒–—―−", "...": "…",
    " ": "\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000",
    "": "\u00ad\u200b\u200c\u200d\u2060\ufeff", "\n": "\u2028\u2029\u0085\x0b", "*": "•‣▪●", "(c)": "©", "(R)": "®",
    "TM": "™", "x": "×", "1/2": "½", "1/4": "¼", "3/4": "¾", "No.": "№",
}  # fmt: skip
SUBSTITUTES = {letter: plain for plain, letters in _SAME.items() for letter in letters}
"""Punctuation, blanks and signs only: letters are never exchanged, for that would change the spelling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The same text in plainer characters, and what it would cost."""

    text: str
    before: sms.SmsCount
    after: sms.SmsCount
    replaced: tuple[tuple[str, str], ...]

    @property
    def words(self) -> str:
        """Say what could be replaced and what that would save."""
        shown = ", ".join(f"{_shown(old)} with {_shown(new)}" for old, new in self.replaced)
        return (
            f"replacing {shown} makes it {self.after.encoding} in {self.after.segments} "
            f"segment{'' if self.after.segments == 1 else 's'} instead of "
            f"{self.before.encoding} in {self.before.segments}"
        )


def offer(text: str) -> Offer | None:
    """Give the text with substitutes where that saves segments or the alphabet, else None.

    The soft joiner stays where emoji need it: a text that keeps any character outside gains nothing from it.
    """
    before = sms.count(text)
    composed = unicodedata.normalize("NFC", text)
    replaced = {letter: SUBSTITUTES[letter] for letter in composed if letter in SUBSTITUTES and letter not in sms.GSM7}
    plain = "".join(replaced.get(letter, letter) for letter in composed)
    after = sms.count(plain)
    if after.encoding == before.encoding:
        return None
    return Offer(text=plain, before=before, after=after, replaced=tuple(replaced.items()))


def _shown(letters: str) -> str:
    if not letters:
        return "nothing"
    if not letters.isprintable() or letters.isspace():
        return unicodedata.name(letters, f"U+{ord(letters):04X}").lower() if len(letters) == 1 else repr(letters)
    return letters
