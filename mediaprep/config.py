"""Defaults of a project: ``mediaprep.toml`` or ``[tool.mediaprep]`` of pyproject.toml, found upwards from a folder.

A file holds what the command line would say, by the same names with underscores::

    to = ["att", "verizon,tmobile"]
    via = "twilio"
    sender = "toll_free"
    max_bytes = "300KB"
    profiles = "our_profiles"
    jobs = 2
    cache = ".mediaprep-cache"
    cache_max_bytes = "20GB"
    rate = 3
    effort = "max"

    [bounds]
    max_pixels = 200_000_000

Unknown keys and wrong types are errors, all reported at once with their lines. What the caller gives wins.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, get_args, get_type_hints

from mediaprep.errors import ProfileError, UsageError
from mediaprep.options import Bounds, FitOptions
from mediaprep.plugins import did_you_mean
from mediaprep.storage import is_url
from mediaprep.units import parse_size

CONFIG_NAME = "mediaprep.toml"
_PYPROJECT = "pyproject.toml"
_TABLE = "tool.mediaprep"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What a file sets; None or nothing where it is silent. ``fit`` holds fields of ``FitOptions`` by name.

    ``profiles`` are absolute: a file names folders relative to itself. ``bounds`` are words for ``read_bounds``.
    """

    path: Path | None = None
    to: tuple[str, ...] = ()
    via: str | None = None
    sender: str | None = None
    profiles: tuple[Path, ...] = ()
    jobs: int | None = None
    cache: str | None = None
    cache_max_bytes: int | None = None
    rate: float | None = None
    bounds: tuple[str, ...] = ()
    fit: Mapping[str, Any] = field(default_factory=dict)


def find_config(start: Path) -> Config:
    """Read the nearest file at or above the folder ``start``; an empty Config where there is none.

    In one folder mediaprep.toml goes before pyproject.toml; a pyproject.toml without our table is passed
    by. Raises UsageError for a file that cannot be read, ProfileError (a UsageError) with
    ``file:line: text`` for each fault in it.
    """
    start = Path(os.path.abspath(start))
    for folder in (start, *start.parents):
        own = folder / CONFIG_NAME
        if own.is_file():
            text, document = _read(own)
            return _config(own, document, _lines(text, ""))
        shared = folder / _PYPROJECT
        if shared.is_file():
            text, document = _read(shared)
            tools = document.get("tool")
            table = tools.get("mediaprep") if isinstance(tools, dict) else None
            if table is not None:
                return _config(shared, table, _lines(text, _TABLE))
    return Config()


def _read(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        # The words end in "(at line 3, column 7)", in every Python that has tomllib.
        match = re.search(r"\s*\(at line (\d+), column (\d+)\)", str(error))
        place = f"{path}:{match[1]}:{match[2]}" if match else str(path)
        said = str(error)[: match.start()] if match else error
        raise ProfileError([f"{place}: not TOML: {said}; text goes in quotes, lists in [ ]"]) from error


def _lines(text: str, table: str) -> dict[str, int]:
    """Find on which line each plain key of a table stands; tomllib does not say."""
    lines: dict[str, int] = {}
    current = ""
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[\s*([\w.\-\s\"']+?)\s*\]", line)
        if header:
            current = re.sub(r"[\s\"']", "", header[1])
            if current.rpartition(".")[0] == table:
                lines.setdefault(current.rpartition(".")[2], number)
            if current == table:
                lines.setdefault("", number)
        key = re.match(r"\s*[\"']?([\w\-]+)[\"']?\s*[.=]", line)
        if key and current == table:
            lines.setdefault(key[1], number)
    return lines


def _config(path: Path, table: Any, lines: Mapping[str, int]) -> Config:
    def at(key: str) -> str:
        return f"{path}:{lines.get(key, lines.get('', 1))}"

    if not isinstance(table, dict):
        raise ProfileError([f"{path}: tool.mediaprep is a table of keys, not {_sort(table)}"])
    readers = _readers()
    found: dict[str, Any] = {}
    faults: list[tuple[int, str]] = []
    for key, value in table.items():
        line = lines.get(key, lines.get("", 1))
        if key not in readers:
            faults.append((line, f"{at(key)}: unknown key {key!r}; {did_you_mean(key.replace('-', '_'), readers)}"))
            continue
        try:
            found[key] = readers[key](value)
        except ValueError as error:
            faults.append((line, f"{at(key)}: {key}: {error}"))
    if faults:
        raise ProfileError([text for _, text in sorted(faults)])
    return Config(
        path=path,
        to=found.pop("to", ()),
        via=found.pop("via", None),
        sender=found.pop("sender", None),
        profiles=tuple(path.parent / folder for folder in found.pop("profiles", ())),
        jobs=found.pop("jobs", None),
        cache=_below(path.parent, found.pop("cache", None)),
        cache_max_bytes=found.pop("cache_max_bytes", None),
        rate=found.pop("rate", None),
        bounds=found.pop("bounds", ()),
        fit=found,
    )


def _below(folder: Path, cache: str | None) -> str | None:
    """Give the place of a cache: a folder is named from the file's own, a URL stands for itself."""
    return cache if cache is None or is_url(cache) else str(folder / cache)


def _readers() -> dict[str, Callable[[Any], Any]]:
    """Give a reader for each key of the file."""
    readers: dict[str, Callable[[Any], Any]] = {
        "to": _texts,
        "via": _text,
        "sender": _text,
        "profiles": _texts,
        "jobs": _count,
        "cache": _text,
        "cache_max_bytes": _size,
        "bounds": _bounds,
        "rate": _rate,
    }
    return readers | option_readers()


def option_readers() -> dict[str, Callable[[Any], Any]]:
    """Give a reader for each field of ``FitOptions``; it raises ValueError for a value of the wrong sort."""
    hints = get_type_hints(FitOptions)
    return {o.name: _reader(hints[o.name], o.metadata.get("choices", ())) for o in fields(FitOptions)}


def _reader(hint: Any, choices: tuple[str, ...]) -> Callable[[Any], Any]:
    allowed = tuple(choices) or tuple(a for a in get_args(hint) if isinstance(a, str))
    if hint is bool:
        return _flag
    if int in (hint, *get_args(hint)):
        return _size
    if hint == tuple[str, ...]:
        return lambda value: tuple(_one_of(item, allowed) for item in _texts(value))
    return lambda value: _one_of(_text(value), allowed)


def _one_of(value: str, allowed: tuple[str, ...]) -> str:
    if allowed and value not in allowed:
        raise ValueError(f"{value!r} is not one of the choices; {did_you_mean(value, allowed)}")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"text is expected, not {_sort(value)}")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(_text(item) for item in value)
    return (_text(value),)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"true or false is expected, not {_sort(value)}")  # noqa: TRY004  # a value of the file is off
    return value


def read_bounds(words: Iterable[str]) -> Bounds:
    """Read ``max_pixels=200000000``, ``max_file_bytes=5GB`` and their like. Raises UsageError."""
    given: dict[str, Any] = {}
    for word in words:
        name, _, text = (part.strip() for part in word.partition("="))
        known = {each.name: each.default for each in fields(Bounds)}
        if name not in known:
            raise UsageError(f"{name!r} is not a bound; {did_you_mean(name, known)}")
        try:
            if name.endswith("_bytes"):
                given[name] = parse_size(text)
            else:
                given[name] = float(text) if isinstance(known[name], float) else int(text)
        except ValueError as error:
            raise UsageError(f"{text!r} is not a value for the bound {name}: {error}") from error
    return Bounds(**given)


def _bounds(value: Any) -> tuple[str, ...]:
    if not isinstance(value, dict):
        raise ValueError(f"a table of bounds is expected, not {_sort(value)}")  # noqa: TRY004  # as in _flag
    words = tuple(f"{name}={bound}" for name, bound in value.items())
    try:
        read_bounds(words)
    except UsageError as error:
        raise ValueError(str(error)) from error
    return words


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"a whole number of at least 1 is expected, not {_sort(value)}")
    return value


def _rate(value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < float("inf"):
        raise ValueError(f"a number of messages per second is expected, as in 3 or 0.5, not {_sort(value)}")
    return float(value)


def _size(value: Any) -> int:
    if isinstance(value, str):
        return parse_size(value)
    return _count(value)


def _sort(value: Any) -> str:
    """Say what was found, in TOML's words."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return repr(value) if value else "an empty text"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        return "a list"
    return "a table" if isinstance(value, dict) else "a date"
