"""YAML documents as plain values that remember where each key and value stands; the only importer of yaml.

Read as the core schema of YAML 1.2 (section 10.3.2), not as YAML 1.1: ``NO``, ``yes``, ``1:30`` and
``2024-02-01`` stay the text that was written, only ``true`` and ``false`` are booleans. Refused, each with
its line and column: duplicate keys, anchors and aliases (so there is nothing to expand), tags, several
documents in one file, nesting deeper than ``MAX_DEPTH``. Every problem of a file is reported at once.

The tree is built from libyaml's events and not by ``yaml.compose``, because composing recurses in C: two
hundred thousand ``[`` end the whole process with a segmentation fault (PyYAML 6.0.3). Events do not.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from mediaprep.errors import ProfileError

if TYPE_CHECKING:
    from pydantic import BaseModel

MAX_DEPTH = 64
"""Levels of nesting; our deepest schema has ten."""

KeyPath = tuple[str | int, ...]
"""Where a value stands: keys and list indexes from the document's root."""

_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]{1,18}|[0-9]{1,18}(?:\.[0-9]{0,18})?)(?:[eE][-+]?[0-9]{1,2})?")
_NULL = ("", "~", "null", "Null", "NULL")
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}

_Model = TypeVar("_Model", bound="BaseModel")


class Spot(NamedTuple):
    """The line and column (from 1) of a value; ``raw`` is a scalar as written, ``inner`` what a container holds.

    ``inner`` maps each key to its own line, its column and the spot of its value; a list's keys are indexes.
    """

    line: int
    column: int
    raw: str | None
    inner: Mapping[str | int, tuple[int, int, Spot]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One YAML document: ``value`` is plain (dict, list, str, int, float, bool, None), ``spot`` says where."""

    name: str
    value: Any
    spot: Spot
    sha256: str

    def at(self, path: Sequence[str | int], *, key: bool = False) -> str:
        """Give ``file:line:column`` of a value, or of its key; of the deepest one that exists."""
        line, column, _ = self._find(path, key=key)
        return f"{self.name}:{line}:{column}"

    def raw(self, path: Sequence[str | int]) -> str | None:
        """Give a scalar as it was written, None for a container or where nothing stands."""
        spot = self.spot
        for step in path:
            if step not in spot.inner:
                return None
            spot = spot.inner[step][2]
        return spot.raw

    def known(self, path: Sequence[str | int]) -> KeyPath:
        """Give as much of a path as leads to a value that stands in the document."""
        spot = self.spot
        for count, step in enumerate(path):
            if step not in spot.inner:
                return tuple(path[:count])
            spot = spot.inner[step][2]
        return tuple(path)

    def without(self, path: Sequence[str | int]) -> Document:
        """Give the document without one value; what follows it in a list moves up and keeps its place in the file."""
        value, spot = _without(self.value, self.spot, path)
        return replace(self, value=value, spot=spot)

    def _find(self, path: Sequence[str | int], *, key: bool) -> tuple[int, int, Spot]:
        place = (self.spot.line, self.spot.column, self.spot)
        for count, step in enumerate(path, start=1):
            if step not in place[2].inner:
                break
            key_line, key_column, spot = place[2].inner[step]
            named = key and count == len(path)
            place = (key_line, key_column, spot) if named else (spot.line, spot.column, spot)
        return place


def _without(value: Any, spot: Spot, path: Sequence[str | int]) -> tuple[Any, Spot]:
    step, rest = path[0], path[1:]
    line, column, below = spot.inner[step]
    inner = dict(spot.inner)
    value = value.copy()
    if rest:
        value[step], below = _without(value[step], below, rest)
        inner[step] = (line, column, below)
        return value, spot._replace(inner=inner)
    del value[step], inner[step]
    if isinstance(value, list):
        inner = dict(enumerate(inner.values()))
    return value, spot._replace(inner=inner)


def read(path: str | os.PathLike[str]) -> Document:
    """Read one file. Raises ProfileError with every problem in it, or with the system's words."""
    return _sound(look(path))


def look(path: str | os.PathLike[str]) -> tuple[Document | None, tuple[str, ...]]:
    """Read one file as far as it can be read, and give every problem in it as ``name:line:column: text``."""
    name = os.fspath(path)
    try:
        with open(name, "rb") as file:
            return look_into(file.read(), name)
    except OSError as error:
        return None, (f"{name}: cannot be read: {error.strerror}",)


def parse(text: str | bytes, name: str) -> Document:
    """Turn YAML text (UTF-8, with or without a byte order mark) into a document called ``name``.

    Raises ProfileError with every problem as ``name:line:column: text``.
    """
    return _sound(look_into(text, name))


def _sound(found: tuple[Document | None, tuple[str, ...]]) -> Document:
    document, problems = found
    if document is None or problems:
        raise ProfileError(problems)
    return document


def look_into(text: str | bytes, name: str) -> tuple[Document | None, tuple[str, ...]]:
    """Turn YAML text into a document as ``parse`` does, and give its problems beside it.

    What is refused in it (a second value for a key, an alias) is not in the document; there is none where the
    text ends before its document does.
    """
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    try:
        characters = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        return None, (f"{name}:{line}:{column}: not UTF-8; save the file as UTF-8",)
    builder = _Builder(name)
    builder.build(characters)
    digest = hashlib.sha256(data).hexdigest()
    whole = Document(name=name, value=builder.value, spot=builder.spot, sha256=digest)
    return (whole if builder.whole else None), tuple(builder.problems)


def part_that_keeps(document: Document, model: type[BaseModel]) -> tuple[Document, tuple[str, ...]]:
    """Give what is left of a mapping once all that a model refuses is taken out, and every problem in it.

    Where an entry lacks a flag or a number that it must have, or has a wrong one, another stands in for it, so that
    the rest of the entry stays. Any other key that is missing stays missing: what is left may still be refused for it.
    """
    from pydantic import ValidationError

    from mediaprep.problems import TAKEN_AWAY, missed, places, problems

    found: dict[str, None] = {}
    while True:
        try:
            model.model_validate(document.value, strict=True)
        except ValidationError as error:
            found |= dict.fromkeys(problems(document, model, error, but=TAKEN_AWAY if found else ()))
            whole = _stood_in(document, model, missed(document, error))
            if whole is not document:
                document = whole
                continue
            refused = {at for at in places(document, error) if at}
            if not refused:
                return document, tuple(found)
            for at in sorted(refused, reverse=True):  # from the back, so that a list's earlier indexes still hold
                document = document.without(at)
        else:
            return document, tuple(found)


_STAND_INS = (True, 1, 1_000_000_000)
"""What an entry holds in place of a flag or a number while the rest of it is looked at."""


def _stood_in(document: Document, model: type[BaseModel], missing: Iterable[KeyPath]) -> Document:
    """Give the document with stand-ins for what is missing, where the model takes one and nothing else suffers."""
    for path in missing:
        before = _faults(document, model)
        for stand_in in _STAND_INS:
            tried = replace(document, value=_with(document.value, path, stand_in))
            if _faults(tried, model) < before:
                document = tried
                break
    return document


def _faults(document: Document, model: type[BaseModel]) -> frozenset[str]:
    from pydantic import ValidationError

    from mediaprep.problems import problems

    try:
        model.model_validate(document.value, strict=True)
    except ValidationError as error:
        return frozenset(problems(document, model, error))
    return frozenset()


def _with(value: Any, path: KeyPath, inner: Any) -> Any:
    """Give a copy of a mapping or list with one value more."""
    if not path:
        return inner
    value = value.copy()
    step = path[0]
    value[step] = _with(value[step] if path[1:] else None, path[1:], inner)
    return value


def validate(document: Document, model: type[_Model]) -> _Model:
    """Check a document against a pydantic model and give the model's value.

    Raises ProfileError with every problem, each at its line and column; unknown keys come with a suggestion.
    """
    from pydantic import ValidationError

    try:
        return model.model_validate(document.value, strict=True)
    except ValidationError as error:
        from mediaprep.problems import problems

        raise ProfileError(problems(document, model, error)) from error


class _Open:
    """A container that is being read: what it holds so far and, in a mapping, the key that waits for its value."""

    __slots__ = ("column", "inner", "key", "line", "value")

    def __init__(self, value: dict[str, Any] | list[Any], line: int, column: int) -> None:
        self.value = value
        self.line = line
        self.column = column
        self.inner: dict[str | int, tuple[int, int, Spot]] = {}
        self.key: tuple[str | None, int, int] | None = None


class _Builder:
    """One pass over a stream of events: values, their spots, and every problem met."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.problems: list[str] = []
        self.value: Any = None
        self.spot = Spot(1, 1, "", {})
        self.whole = False
        self._stack: list[_Open] = []
        self._documents = 0

    def build(self, text: str) -> None:
        import yaml

        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            for event in yaml.parse(text, Loader=loader):
                if not self._take(event, yaml):
                    return
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            what = " ".join(part for part in (error.context, error.problem) if part)
            # libyaml has a bound of its own (1,000 levels, in PyYAML 6.0.4) and meets it before the first event
            deep = "maximum nesting depth" in what
            self._problem(line, column, f"nested deeper than {MAX_DEPTH} levels" if deep else f"not YAML: {what}")
        except yaml.reader.ReaderError as error:
            line = text.count("\n", 0, error.position) + 1
            self._problem(line, 1, f"a character that YAML does not allow: {error.reason}")
        if not self._documents and not self.problems:
            self._problem(1, 1, "the file holds no document")

    def _problem(self, line: int, column: int, text: str) -> None:
        self.problems.append(f"{self.name}:{line}:{column}: {text}")

    def _take(self, event: Any, yaml: Any) -> bool:
        """Take one event; False ends the reading."""
        mark = event.start_mark
        line, column = mark.line + 1, mark.column + 1
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._problem(line, column, "a second document; write one document per file")
                return False
        elif isinstance(event, yaml.AliasEvent):
            self._problem(line, column, f"the alias *{event.anchor}; aliases are not supported: write the value out")
            self._put(None, Spot(line, column, None, {}))
        elif isinstance(event, yaml.NodeEvent):
            return self._node(event, yaml, line, column)
        elif isinstance(event, yaml.CollectionEndEvent):
            done = self._stack.pop()
            self._put(done.value, Spot(done.line, done.column, None, done.inner))
        return True

    def _node(self, event: Any, yaml: Any, line: int, column: int) -> bool:
        if event.anchor is not None:
            self._problem(line, column, f"the anchor &{event.anchor}; anchors are not supported: write the value out")
        if event.tag is not None and event.tag != "!":
            self._problem(line, column, f"the tag {event.tag}; tags are not supported: quote what is meant as text")
        if isinstance(event, yaml.ScalarEvent):
            plain = event.implicit[0]
            self._put(_scalar(event.value) if plain else event.value, Spot(line, column, event.value, {}))
            return True
        if len(self._stack) >= MAX_DEPTH:
            self._problem(line, column, f"nested deeper than {MAX_DEPTH} levels")
            return False
        container: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
        self._stack.append(_Open(container, line, column))
        return True

    def _put(self, value: Any, spot: Spot) -> None:
        if not self._stack:
            self.value, self.spot, self.whole = value, spot, True
            return
        parent = self._stack[-1]
        if isinstance(parent.value, list):
            parent.inner[len(parent.value)] = (spot.line, spot.column, spot)
            parent.value.append(value)
        elif parent.key is None:
            parent.key = (self._key(parent, spot), spot.line, spot.column)
        else:
            key, line, column = parent.key
            parent.key = None
            if key is not None and key not in parent.value:
                parent.value[key] = value
                parent.inner[key] = (line, column, spot)

    def _key(self, parent: _Open, spot: Spot) -> str | None:
        """Read a key as the text that was written (so ``NO:`` and ``310410:`` are names, not values)."""
        if spot.raw is None:
            self._problem(spot.line, spot.column, "a key must be text")
            return None
        if spot.raw == "<<":
            self._problem(spot.line, spot.column, "the merge key <<; it is not supported: write the entries out")
            return None
        if spot.raw in parent.value:
            first = parent.inner[spot.raw][0]
            self._problem(spot.line, spot.column, f"the key {spot.raw!r} is already in line {first}")
        return spot.raw


def _scalar(text: str) -> str | int | float | bool | None:
    """Give the value of an unquoted scalar. Numbers with leading zeros stay text: 0310 may be 310 or octal."""
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text) and not re.match(r"[-+]?0[0-9]", text) and not text.lstrip("+-").isdigit():
        return float(text)
    return text
