"""A card of any version said again in vCard 3.0 (RFC 2426), and a list of what 3.0 has no words for.

Values are written with their escapes. Nothing is left out silently: what has no place is in ``lost``.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mediaprep.kinds._vcard_lines import Card
from mediaprep.kinds._vcard_names import missing_names
from mediaprep.kinds._vcard_params import Params, labels, params_of
from mediaprep.kinds._vcard_values import Line, components, dialled, embedded, pieces, text_of, unescaped

_TEXTS = frozenset({
    "FN", "LABEL", "TEL", "EMAIL", "MAILER", "TITLE", "ROLE", "NOTE", "SORT-STRING", "URL", "UID", "IMPP", "SOURCE",
    "NAME", "CLASS", "FBURL", "CALURI", "CALADRURI",
})  # fmt: skip
_AS_WRITTEN = frozenset({"BDAY", "REV", "TZ"})
_STRUCTURED = {"N": 5, "ADR": 7, "ORG": 1}
"""Properties of components, and how many they have at least."""

_BYTES = frozenset({"LOGO", "SOUND", "KEY"})
_KNOWN = _TEXTS | _AS_WRITTEN | set(_STRUCTURED) | _BYTES | {"GEO", "CATEGORIES", "NICKNAME"}
_ONCE = frozenset({"N"})
_PASSED_OVER = frozenset({"VERSION", "PROFILE", "BEGIN", "END", "PRODID"})
"""What frames a card or names the program that wrote it (RFC 2426, 3.6.3): nothing about the contact."""

_NO_YEAR = "1604"
"""The year that Apple writes where there is none: a leap year, for the 29th of February."""

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""Control characters that no text value holds (RFC 2426 section 4); they show nothing."""

_ODD_IN_NAMES = re.compile(r"[^A-Z0-9-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """One line of the new card; ``value`` as it will be written. ``bulky`` ones may go where bytes are short."""

    name: str
    value: str
    params: Params = ()
    bulky: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The new card without its picture, the lines of its pictures, and in words what was made or lost."""

    properties: tuple[Property, ...]
    photos: tuple[Line, ...]
    remarks: tuple[str, ...]


def in_version_3(card: Card) -> Said:
    """Say a card in vCard 3.0."""
    teller = _Teller(card)
    # vCard 3.0 has no numbers for preference, only the order
    properties = tuple(teller.names()) + tuple(
        made for line in sorted(card.lines, key=_preference) for made in teller.told(line)
    )
    return Said(properties=properties, photos=tuple(teller.photos), remarks=tuple(teller.remarks))


def escaped(text: str) -> str:
    r"""Escape a text value: backslash, line break, comma and semicolon (RFC 2426 section 4)."""
    plain = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return plain.replace("\\", "\\\\").replace("\n", "\\n").replace(",", "\\,").replace(";", "\\;")


def _preference(line: Line) -> int:
    """Give the number of PREF, 1 the best; what states none comes last."""
    stated = next(iter(line.param("PREF")), "")
    return int(stated) if stated.isdecimal() and len(stated) < 4 else 101


class _Teller:
    """Goes through one card's lines."""

    def __init__(self, card: Card) -> None:
        self.card = card
        self.labels: Mapping[str, str] = labels(card.lines)
        self.photos: list[Line] = []
        self.remarks: list[str] = []
        self._seen: set[str] = set()
        self._best = _best_preferences(card.lines)

    def names(self) -> Iterator[Property]:
        """Make the names that are missing."""
        made = missing_names(self.card)
        if made.remark is not None:
            self.remarks.append(made.remark)
        if made.parts is not None:
            self._seen.add("N")
            yield Property(name="N", value=";".join(map(escaped, made.parts)))
        if made.formatted is not None:
            self._seen.add("FN")
            yield Property(name="FN", value=escaped(made.formatted))

    def told(self, line: Line) -> Iterator[Property]:
        """Say one line; what cannot be said goes into the remarks."""
        if line.name in _PASSED_OVER or (line.name == "X-ABLABEL" and line.group in self.labels):
            return
        if line.name == "PHOTO":
            self.photos.append(line)
        elif line.name in ("N", "FN") and line.name in self._seen and not line.value.strip(" ;"):
            return
        elif line.name in _ONCE and line.name in self._seen:
            self.remarks.append(f"line {line.number}: a second {line.name} ({_short(line)}) has no place in vCard 3.0")
        elif line.name == "AGENT" and line.inner:
            self.remarks.append(f"line {line.number}: the card inside AGENT ({_inner_name(line)}) is left out")
        elif line.name == "CLIENTPIDMAP":
            self.remarks.append(f"line {line.number}: {line.name} is for synchronisation and is left out")
        else:
            self._seen.add(line.name)
            yield from self._property(line)

    def _property(self, line: Line) -> Iterator[Property]:
        params = params_of(line, self.labels, preferred=id(line) in self._best)
        if line.name in _STRUCTURED:
            yield Property(name=line.name, value=self._components(line), params=_without_moved(params))
            yield from self._moved(line, params)
        elif line.name in _BYTES or line.encoding == "base64":
            yield from self._bytes(line, params)
        elif line.name in ("CATEGORIES", "NICKNAME"):
            yield Property(name=line.name, value=",".join(map(escaped, components(line, ","))), params=params)
        elif line.name == "GEO":
            yield Property(name="GEO", value=_one_line(_place(line.value)), params=params)
        elif line.name in _TEXTS:
            yield Property(name=line.name, value=escaped(self._text(line)), params=_without_moved(params))
            yield from self._moved(line, params)
        elif line.name in ("BDAY", "ANNIVERSARY") and line.value.startswith("--"):
            yield self._day_of_no_year(line, params)
        else:
            name = line.name if line.name in _KNOWN else _extension(line.name)
            yield Property(name=name, value=_one_line(line.value), params=params)

    def _text(self, line: Line) -> str:
        text = text_of(line)
        if line.name == "TEL":
            number, others = dialled(text)
            self.remarks += [f"line {line.number}: {each} is not part of the number {number}" for each in others]
            return number
        if line.name == "EMAIL":
            return re.sub(r"^\s*mailto:", "", text, flags=re.IGNORECASE)
        return text

    def _day_of_no_year(self, line: Line, params: Params) -> Property:
        """Say a birthday without its year (RFC 6350, 4.3.1) as Apple does: dates of vCard 3.0 have a year."""
        day = re.fullmatch(r"--(\d\d)-?(\d\d)(T.*)?", line.value.strip())
        if day is None:  # a month or a day alone
            value = (*(each for each in params if each[0] != "VALUE"), ("VALUE", ("text",)))
            return Property(name=_extension(line.name), value=_one_line(line.value), params=value)
        if day[3]:
            self.remarks.append(f"line {line.number}: the time of {line.value.strip()} is left out")
        return Property(
            name=_extension(line.name),
            value=f"{_NO_YEAR}-{day[1]}-{day[2]}",
            params=(*params, ("X-APPLE-OMIT-YEAR", (_NO_YEAR,))),
        )

    def _components(self, line: Line) -> str:
        """Write components. A bare comma is a letter in vCard 2.1 and lists several values from 3.0 on."""
        if self.card.version in ("3.0", "4.0") and line.encoding != "quoted-printable" and line.name != "ORG":
            found = [
                ",".join(escaped(unescaped(each)) for each in pieces(piece, ",")) for piece in pieces(line.value, ";")
            ]
        else:
            found = [escaped(text) for text in components(line)]
        return ";".join(found + [""] * (_STRUCTURED[line.name] - len(found)))

    def _moved(self, line: Line, params: Params) -> Iterator[Property]:
        """Say as properties what vCard 4.0 says as parameters: an address's label, how a name is sorted."""
        types = tuple(each for each in params if each[0] == "TYPE")
        if line.name == "ADR" and (label := dict(params).get("LABEL")):
            yield Property(name="LABEL", value=_of_param(line.param("LABEL") or label, ", "), params=types)
        sort_as = line.param("SORT-AS")
        if sort_as and "SORT-STRING" not in self._seen and not self.card.every("SORT-STRING"):
            self._seen.add("SORT-STRING")
            yield Property(name="SORT-STRING", value=_of_param(sort_as, " "))

    def _bytes(self, line: Line, params: Params) -> Iterator[Property]:
        try:
            found = embedded(line)
        except ValueError as error:
            self.remarks.append(f"line {line.number}: {line.name} is left out: {error}")
            return
        plain = tuple(each for each in params if each[0] not in ("VALUE", "MEDIATYPE"))
        if found is None:
            value = (("VALUE", ("uri",)),) if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", line.value) else ()
            yield Property(name=_extension(line.name), value=escaped(text_of(line)), params=(*plain, *value))
            return
        data, stated = found
        if stated is not None and not any(name == "TYPE" for name, _ in plain):
            plain = (("TYPE", (stated.rpartition("/")[2].upper(),)), *plain)
        value_64 = base64.b64encode(data).decode("ascii")
        yield Property(name=_extension(line.name), value=value_64, params=(("ENCODING", ("b",)), *plain), bulky=True)


def _of_param(values: tuple[str, ...], between: str) -> str:
    r"""Write the values of a parameter as a text. They have no escapes, yet RFC 6350's own examples hold ``\n``."""
    return escaped(unescaped(between.join(values)))


def photo_link(line: Line) -> Property:
    """Say a photo that is only linked to."""
    return Property(name="PHOTO", value=escaped(text_of(line).strip()), params=(("VALUE", ("uri",)),))


def _best_preferences(lines: tuple[Line, ...]) -> set[int]:
    """Find the lines whose PREF is the best of their property."""
    best: dict[str, int] = {}
    for line in lines:
        if line.param("PREF"):
            best[line.name] = min(best.get(line.name, 1_000), _preference(line))
    return {id(line) for line in lines if line.param("PREF") and _preference(line) == best[line.name]}


def _without_moved(params: Params) -> Params:
    return tuple(each for each in params if each[0] not in ("LABEL", "SORT-AS"))


def _place(text: str) -> str:
    plain = re.sub(r"^geo:", "", text.strip(), flags=re.IGNORECASE)
    return plain if ";" in plain else ";".join(each.strip() for each in plain.split(",")[:2])


def _extension(name: str) -> str:
    """Give a name that vCard 3.0 allows: its own, or one of an extension."""
    plain = _ODD_IN_NAMES.sub("-", name)
    return plain if plain in _KNOWN or plain.startswith("X-") else f"X-{plain}"


def _one_line(text: str) -> str:
    """Keep a value of unknown structure as it is, on one line."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).replace("\n", "\\n")


def _short(line: Line) -> str:
    text = " ".join(line.value.split())
    return text if len(text) <= 40 else f"{text[:39]}…"


def _inner_name(line: Line) -> str:
    return next((_short(each) for each in line.inner if each.name in ("FN", "N") and each.value.strip()), "no name")
