"""vCard 2.1, 3.0 and 4.0 as phones write them, read into cards of content lines. Nothing is judged or lost here.

A line that is no property is taken as more of the value before it. What was repaired is listed in
``problems`` with its line number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from mediaprep.charsets import utf_16
from mediaprep.errors import AssetError
from mediaprep.kinds._vcard_folds import is_mark, physical, unfolded
from mediaprep.kinds._vcard_values import Line, Param, decoded, known_codec

MAX_DEPTH = 100
"""Cards inside a card's AGENT inside a card ...: writing them recurses, and no address book goes deeper."""

KNOWN = frozenset({
    "ADR", "AGENT", "ANNIVERSARY", "BDAY", "BEGIN", "CALADRURI", "CALURI", "CATEGORIES", "CLASS", "CLIENTPIDMAP",
    "EMAIL", "END", "FBURL", "FN", "GENDER", "GEO", "IMPP", "KEY", "KIND", "LABEL", "LANG", "LOGO", "MAILER", "MEMBER",
    "N", "NAME", "NICKNAME", "NOTE", "ORG", "PHOTO", "PRODID", "PROFILE", "RELATED", "REV", "ROLE", "SORT-STRING",
    "SOUND", "SOURCE", "TEL", "TITLE", "TZ", "UID", "URL", "VERSION", "XML",
})  # fmt: skip
"""Properties of the three versions (vCard 2.1 section 2, RFC 2426 section 3, RFC 6350 section 6)."""

_PROPERTY = re.compile(r"(?:[A-Za-z0-9_-]+\.)?[A-Za-z][A-Za-z0-9_/-]*[ \t]*[;:](?!//)")
_BARE = re.compile(r"(?:[A-Za-z0-9_-]+\.)?([A-Za-z-]+)[ \t]*")
_ENCODINGS = frozenset({"QUOTED-PRINTABLE", "BASE64", "B", "8BIT", "7BIT"})
_PLACES = frozenset({"INLINE", "URL", "CONTENT-ID", "CID"})
_OUTSIDE = "text lies outside BEGIN:VCARD and END:VCARD"
_UNCLOSED = "an opening BEGIN:VCARD has no END:VCARD"


_MOST_HEAD = 100_000
"""Characters of one property's name and parameters; nothing honest comes near, and each costs a microsecond."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One card. ``lines`` are its properties in order, without BEGIN and END; ``ended`` is false without an END."""

    number: int
    lines: tuple[Line, ...]
    ended: bool = True

    def every(self, name: str) -> tuple[Line, ...]:
        """Give the lines of one property (its name in upper case)."""
        return tuple(line for line in self.lines if line.name == name)

    def value(self, name: str) -> str:
        """Give the first value of a property that is not blank, else an empty text."""
        return next((line.value for line in self.lines if line.name == name and line.value.strip()), "")

    @property
    def version(self) -> str | None:
        """The version as stated, None without a VERSION."""
        return self.value("VERSION").strip() or None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cards:
    """A file's cards. ``charset`` is UTF-8 unless something in the file is not; ``problems`` are (line, text)."""

    cards: tuple[Card, ...]
    charset: str
    text: str
    problems: tuple[tuple[int, str], ...] = ()


def read_cards(data: bytes, *, max_depth: int = MAX_DEPTH) -> Cards:
    """Read every card of a file.

    Raises AssetError for nothing but bounds: ``header_bound`` for too many lines or too long a head, ``nesting_bound``
    for more than ``max_depth`` cards inside each other.
    """
    text, charset = _text(data)
    reader = _Reader(max_depth=min(max_depth, MAX_DEPTH))
    for number, joined in unfolded(text):
        reader.take(number, joined)
    if charset == "utf-8":
        charset = next((name for name in reader.charsets if name not in ("utf-8", "us-ascii")), charset)
    plain = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return Cards(cards=reader.finish(), charset=charset, text=plain, problems=tuple(sorted(set(reader.problems))))


def split_cards(data: bytes) -> tuple[bytes, ...]:
    """Cut a file into its cards, each from its BEGIN to its END with its lines as they are; UTF-16 becomes UTF-8."""
    text, _ = _text(data)
    lines = physical(text)
    starts = [card.number - 1 for card in read_cards(data).cards]
    if not starts:
        return ()
    found = []
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        own = lines[start:end]
        last = max((at for at, line in enumerate(own) if is_mark(line)), default=len(own) - 1)
        found.append("".join(f"{line}\r\n" for line in own[: last + 1]).encode("utf-8", "surrogateescape"))
    return tuple(found)


def _text(data: bytes) -> tuple[str, str]:
    """Decode a file; bytes that are no UTF-8 stay as surrogates, for each line's own CHARSET to explain."""
    wide = utf_16(data)
    if wide is not None:
        return data.decode(wide, "replace"), "utf-16"
    return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape"), "utf-8"


@dataclass(slots=True)
class _Open:
    """A card whose END has not come yet."""

    number: int
    lines: list[Line] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)

    def flush(self) -> None:
        """Put lines that were no property behind the value before them: notes with plain line breaks look so."""
        if self.runs:
            last, text = self.lines[-1], "\n".join(self.runs)
            more, _, _ = decoded(Line(number=last.number, name="", raw=text, value=text))
            self.lines[-1] = replace(last, raw=f"{last.raw}\n{text}", value=f"{last.value}\n{more.value}")
            self.runs.clear()

    def add(self, line: Line) -> None:
        self.flush()
        self.lines.append(line)

    def closed(self, *, ended: bool) -> Card:
        self.flush()
        card = Card(number=self.number, lines=tuple(self.lines), ended=ended)
        if card.version != "2.1":
            return card
        return replace(card, lines=tuple(replace(line, old=True) for line in card.lines))


@dataclass(slots=True)
class _Reader:
    """Content lines in, cards out; a card inside an AGENT property becomes that line's ``inner``."""

    max_depth: int
    problems: list[tuple[int, str]] = field(default_factory=list)
    charsets: list[str] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)

    def take(self, number: int, text: str) -> None:
        mark = "".join(text.split()).upper() if is_mark(text) else ""
        if mark == "BEGIN:VCARD":
            last = self.stack[-1].lines[-1:] if self.stack else []
            nested = last and last[0].name == "AGENT" and not last[0].value.strip()
            if not nested:
                self.close_unended()
            elif len(self.stack) >= self.max_depth:
                text = f"line {number} begins a card inside {self.max_depth} others; that is the bound"
                raise AssetError("nesting_bound", text, allowed=self.max_depth, actual=len(self.stack) + 1)
            self.stack.append(_Open(number))
        elif mark == "END:VCARD":
            self.end(number)
        elif not self.stack:
            if not self.problems or self.problems[-1][1] != _OUTSIDE:  # one finding for a run of lines
                self.problems.append((number, _OUTSIDE))
        else:
            self.line(number, text)

    def end(self, number: int) -> None:
        if not self.stack:
            self.problems.append((number, "END:VCARD without a BEGIN:VCARD"))
            return
        card = self.stack.pop().closed(ended=True)
        if self.stack:
            holder = self.stack[-1].lines
            holder[-1] = replace(holder[-1], inner=card.lines)
        else:
            self.cards.append(card)

    def close_unended(self) -> None:
        if self.stack:
            first = self.stack[0]
            self.problems.append((first.number, _UNCLOSED))
            self.cards.append(first.closed(ended=False))
            self.stack.clear()

    def finish(self) -> tuple[Card, ...]:
        self.close_unended()
        return tuple(self.cards)

    def line(self, number: int, text: str) -> None:
        bare = _BARE.fullmatch(text)
        if not _PROPERTY.match(text) and not (bare and bare[1].upper() in KNOWN):
            self.run_on(number, text)
            return
        line = _parsed(number, text)
        if line.name in ("BEGIN", "END"):
            self.problems.append((number, f"{line.name} names no VCARD and was ignored"))
            return
        line, charset, problem = decoded(line)
        if charset not in self.charsets:
            self.charsets.append(charset)
        if problem:
            self.problems.append((number, problem))
        self.stack[-1].add(line)

    def run_on(self, number: int, text: str) -> None:
        lines = self.stack[-1].lines
        if not lines or lines[-1].encoding == "base64":
            self.problems.append((number, f"{text[:40]!r} is not a property and was ignored"))
            return
        self.stack[-1].runs.append(text)
        self.problems.append(
            (number, f"{text[:40]!r} is not a property; it was read as a continuation of {lines[-1].name}")
        )


def _parsed(number: int, text: str) -> Line:
    """Split a content line into group, name, parameters and raw value."""
    head, value = _split_head(text)
    if len(head) > _MOST_HEAD:
        what = f"line {number}: a property's name and parameters take {len(head):,} characters"
        raise AssetError("header_bound", what, allowed=_MOST_HEAD, actual=len(head))
    pieces = _split_outside(head, ";")
    group, _, name = pieces[0].strip().rpartition(".")
    params = tuple(param for piece in pieces[1:] if (param := _param(piece)) is not None)
    return Line(number=number, group=group or None, name=name.upper(), params=params, raw=value, value=value)


def _split_head(text: str) -> tuple[str, str]:
    """Cut at the first colon outside quotes; an unclosed quote counts as an ordinary character."""
    quoted = False
    for at, letter in enumerate(text):
        if letter == '"':
            quoted = not quoted
        elif letter == ":" and not quoted:
            return text[:at], text[at + 1 :]
    head, _, value = text.partition(":")
    return head, value


def _split_outside(text: str, separator: str) -> list[str]:
    """Split outside quotes and behind no backslash; a text with an unclosed quote is split plainly."""
    if text.count('"') % 2:
        return text.split(separator)
    pieces, start, quoted, at = [], 0, False, 0
    while at < len(text):
        letter = text[at]
        if letter == "\\":
            at += 1
        elif letter == '"':
            quoted = not quoted
        elif letter == separator and not quoted:
            pieces.append(text[start:at])
            start = at + 1
        at += 1
    return [*pieces, text[start:]]


def _param(piece: str) -> Param | None:
    """Read ``NAME=value,value`` or a bare value of vCard 2.1, whose name follows from what it says."""
    name, equals, value = piece.partition("=")
    if not equals:
        bare = piece.strip()
        if not bare:
            return None
        upper = bare.upper()
        kind = "ENCODING" if upper in _ENCODINGS else "VALUE" if upper in _PLACES else "TYPE"
        if kind == "TYPE" and known_codec(bare) and "-" in bare:
            kind = "CHARSET"
        return Param(name=kind, values=(bare,))
    values = tuple(_unquoted(item) for item in _split_outside(value, ","))
    return Param(name=name.strip().upper(), values=values)


def _unquoted(text: str) -> str:
    """Take the quotes off and undo RFC 6868 (``^n`` a line break, ``^'`` a quote, ``^^`` a caret)."""
    plain = text.strip().strip('"')
    if "^" not in plain:
        return plain
    return re.sub(r"\^([n'^])", lambda found: {"n": "\n", "'": '"', "^": "^"}[found[1]], plain)
