"""Who a campaign goes to, by carrier: counted from a look-up service's export, and grouped by what each can take."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mediaprep.errors import UsageError
from mediaprep.limits import Route
from mediaprep.message import Result
from mediaprep.message.classes import limit_class
from mediaprep.model import KindName
from mediaprep.profiles.load import Profiles
from mediaprep.profiles.names import fold
from mediaprep.storage import disk_error

_NAMES = ("carrier_name", "carrier", "network_name", "network", "operator", "current_carrier", "carrier.name")
_CODES = ("mccmnc", "mcc_mnc", "plmn", "network_code")
_MCC, _MNC = ("mcc", "mobile_country_code"), ("mnc", "mobile_network_code")
_COUNTS = ("count", "numbers", "recipients", "subscribers", "quantity")
"""Columns that say how many numbers a row stands for, where an export was summed up before."""
_SEPARATOR = re.compile(r'"?sep=([^\r\n"])"?[;,\t]*\r?\n', re.IGNORECASE)
_MOST_UNKNOWN_NAMED = 8
_MOST_TOTAL = 1.001
"""Shares that were rounded add up to a little over 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Shares of a list of numbers by carrier, largest first; ``unknown`` is the share that no profile covers."""

    numbers: int
    shares: tuple[tuple[str, float], ...]
    unknown: float
    unknown_names: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Carriers with the same limits: they get one message. ``weight`` is their share of the audience."""

    names: tuple[str, ...]
    weight: float
    route: Route


def count(path: Path, profiles: Profiles) -> Counted:
    """Count the carriers of an export, a number a row or as many as a column of counts says.

    Raises UsageError where no column names carriers or networks, and for a count that is none.
    """
    try:
        table = _table(path.read_bytes())
        reader = csv.DictReader(io.StringIO(table.text, newline=""), delimiter=table.mark)
        columns = {name.strip().lower(): name for name in reader.fieldnames or ()}
        if not any(name in columns for name in (*_NAMES, *_CODES, *_MCC)):
            wanted = ", ".join((*_NAMES, *_CODES, "mcc and mnc"))
            there = ", ".join(columns) or "no header"
            raise UsageError(f"{path}:{table.line}: no column names carriers or networks: {wanted}; found: {there}")
        rows = [{key: (row.get(name) or "").strip() for key, name in columns.items()} for row in reader]
    except csv.Error as error:
        raise UsageError(f"{path}: not a CSV file: {error}") from error
    except OSError as error:
        raise disk_error(error, path) from error
    weights = [_numbers(row, f"{path}:{line}") for line, row in enumerate(rows, start=table.line + 1)]
    return _counted(rows, weights, profiles)


@dataclass(frozen=True, slots=True)
class _Table:
    """What a spreadsheet wrote: its text from the header on, what parts the columns, and the header's line."""

    text: str
    mark: str
    line: int


def _table(data: bytes) -> _Table:
    """Read a CSV file as spreadsheets write it.

    Excel's "Unicode text" is UTF-16 with a mark, its plain CSV the charset of its country: names in it that are no
    UTF-8 are read as windows-1252. It parts columns by its country's list separator, a comma, a semicolon or a tab, and
    a first line ``sep=;`` says which to Excel alone.
    """
    text = _decoded(data)
    if told := _SEPARATOR.match(text):
        return _Table(text[told.end() :], told[1], 2)
    header = text.partition("\n")[0]
    return _Table(text, max(",;\t", key=lambda mark: len(next(csv.reader([header], delimiter=mark), ()))), 1)


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("windows-1252", "replace")


def _numbers(row: Mapping[str, str], place: str) -> int:
    """Give how many numbers a row stands for."""
    told = _first(row, _COUNTS)
    if told and not (told.isascii() and told.isdigit()):
        raise UsageError(f"{place}: {told!r} is not a count of numbers")
    return int(told) if told else 1


def _counted(rows: Sequence[Mapping[str, str]], weights: Sequence[int], profiles: Profiles) -> Counted:
    titles, networks = _titles(profiles), _networks(profiles)
    known: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    for row, numbers in zip(rows, weights, strict=True):
        name = _first(row, _NAMES)
        code = _code(row)
        carrier = _carrier(profiles, name) or titles.get(fold(name)) or _host(networks, code)
        if carrier is None:
            unknown[name or code or "(empty)"] += numbers
        else:
            known[carrier] += numbers
    total = max(sum(weights), 1)
    return Counted(
        numbers=sum(weights), shares=tuple((name, number / total) for name, number in known.most_common()),
        unknown=sum(unknown.values()) / total, unknown_names=tuple(unknown.most_common(_MOST_UNKNOWN_NAMED)),
    )  # fmt: skip


def _code(row: Mapping[str, str]) -> str:
    """Give a row's network code, without what parts its halves; tables of numbers write 310.0 for 310."""
    halves = (_first(row, keys).removesuffix(".0") for keys in (_MCC, _MNC))
    return re.sub(r"[\s-]", "", _first(row, _CODES)) or "".join(halves)


def _host(networks: Mapping[str, str], code: str) -> str | None:
    """Give a network's carrier. Spreadsheets take the zeros that an MNC begins with, which has two digits or three."""
    mcc, mnc = code[:3], code[3:]
    known = (networks.get(each) for each in (code, mcc + mnc.zfill(2), mcc + mnc.zfill(3)) if mnc)
    return next((carrier for carrier in known if carrier is not None), None)


def _first(row: Mapping[str, str], keys: Iterable[str]) -> str:
    return next((row[key] for key in keys if row.get(key)), "")


def _carrier(profiles: Profiles, name: str) -> str | None:
    file = profiles.find(name) if name else None
    return file.name if file is not None and file.role == "carrier" else None


def _carriers(profiles: Profiles) -> dict[str, Mapping[str, Any]]:
    return {file.name: profiles.value(file) for file in profiles.files.values() if file.role == "carrier"}


def _titles(profiles: Profiles) -> dict[str, str]:
    return {fold(str(value["title"])): name for name, value in _carriers(profiles).items() if "title" in value}


def _networks(profiles: Profiles) -> dict[str, str]:
    """Give the carrier of each network code: the one whose network it is, where others are guests on it."""
    carriers = _carriers(profiles)
    found: dict[str, set[str]] = {}
    for name, value in carriers.items():
        for code in value.get("plmns", ()):
            found.setdefault(str(code), set()).add(name)
    hosts = {code: [n for n in names if carriers[n].get("extends") not in names] for code, names in found.items()}
    return {code: names[0] for code, names in hosts.items() if len(names) == 1}


def wrong_shares(shares: Collection[float]) -> str | None:
    """Say what is wrong with the shares of an audience, which are parts of 1; None where they are right."""
    odd = next((share for share in shares if not 0 <= share <= 1), None)
    if odd is not None:
        return f"a share is a part of 1, from 0 to 1, not {odd:g}"
    total = sum(shares)
    return None if 0 < total <= _MOST_TOTAL else f"the shares add up to {total:g}; they are parts of 1"


def groups(
    audience: Sequence[tuple[str, float]],
    resolve: Callable[[str], Route],
    kinds: Collection[KindName] = tuple(KindName),
) -> tuple[Group, ...]:
    """Put carriers with equal limits on these kinds together, the largest group first: one message each covers all."""
    found: dict[str, list[tuple[str, float]]] = {}
    for name, weight in audience:
        found.setdefault(limit_class(resolve(name), kinds), []).append((name, weight))
    made = []
    for members in found.values():
        names = tuple(name for name, _ in members)
        weight = sum(share for _, share in members)
        made.append(Group(names=names, weight=weight, route=resolve(",".join(names))))
    return tuple(sorted(made, key=lambda group: -group.weight))


def gain(safe: Result, parted: Sequence[tuple[float, Result]]) -> float | None:
    """Give how much higher the lowest score is on average if each group gets a message of its own; None if unscored."""
    if safe.lowest_score is None:
        return None
    scored = [(weight, each.lowest_score) for weight, each in parted if each.lowest_score is not None]
    total = sum(weight for weight, _ in scored)
    return sum(weight * score for weight, score in scored) / total - safe.lowest_score if total else None


def weighed(parted: Sequence[Group], results: Sequence[Result]) -> list[Result]:
    """Put weights on results (the safe one, then each group's own), and on the safe one what splitting gains."""
    own = [replace(each, weight=group.weight) for group, each in zip(parted, results[1:], strict=True)]
    gained = gain(results[0], [(each.weight or 0.0, each) for each in own])
    covered = sum(group.weight for group in parted)
    return [replace(results[0], weight=covered, gained_score=gained), *own]
