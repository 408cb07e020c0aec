"""All rows of a run, judged and named before any work, in a temporary database: memory does not grow with their number.

Output names depend on all rows together (``map.jpg`` beside ``map.png`` become ``map-jpg`` and ``map-png``), and a
fault in the last row should be told before the first asset is touched. So rows are gone through twice.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from mediaprep.batch.manifest import Fault, Row
from mediaprep.errors import ProfileError, RouteError, UsageError
from mediaprep.legible import printable
from mediaprep.limits import Route
from mediaprep.message.audience import groups
from mediaprep.naming import beside, folded, meeting, one_name, place_of, roles_of, with_old_suffix
from mediaprep.options import FitOptions
from mediaprep.storage import is_url

MOST_FAULTS = 50

Resolve = Callable[[str], Route]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """Part ``number`` of ``count``: an asset belongs to one by its name, whatever the order of the rows."""

    number: int = 1
    count: int = 1

    @classmethod
    def read(cls, text: str) -> Shard:
        """Read ``3/16``. Raises UsageError."""
        number, _, count = text.partition("/")
        if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
            raise UsageError(f"--shard {text} is not a part of a whole; write 1/4, 2/4, 3/4 and 4/4")
        return cls(number=int(number), count=int(count))

    @property
    def mark(self) -> str:
        """What the names of this shard's journal and index have before their suffix."""
        return f"-{self.number}-of-{self.count}" if self.count > 1 else ""

    def of(self, asset: str) -> int:
        """Give the number of the shard that an asset belongs to (a CRC would put names that differ little into one)."""
        digest = hashlib.blake2b(asset.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        return int.from_bytes(digest, "big") % self.count + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One row with its routes and the place of its outputs below each group's folder, without suffix."""

    number: int
    asset: str
    path: str
    place: tuple[str, ...]
    routes: tuple[Route, ...]
    options: FitOptions


class Plan:
    """Rows in the order of the manifest. Iterate over it as often as needed; close it in the end."""

    def __init__(self, *, routes: tuple[Route, ...], resolve: Resolve, options: FitOptions, shard: Shard) -> None:
        """Take what holds for rows that say nothing of their own. Raises UsageError where two routes would meet."""
        for number, route in enumerate(routes):
            for other in routes[:number]:
                same_place = route.folder.casefold() == other.folder.casefold()
                if route != other and (route.name == other.name or same_place):
                    raise UsageError(
                        f"two routes, {other.name} and {route.name}, would write to one folder; run a batch for each"
                    )
        self._db = sqlite3.connect("", isolation_level=None)  # "" is a database on disk that goes when it is closed
        self._db.executescript(
            "PRAGMA temp_store=FILE; PRAGMA cache_size=-2000; CREATE TABLE rows (number INTEGER PRIMARY KEY, "
            "asset BLOB, path BLOB, last BLOB, place BLOB, folded BLOB, groups INTEGER, options TEXT, shard INTEGER, "
            "said TEXT); CREATE TABLE suspects (number INTEGER PRIMARY KEY); "
            "CREATE TABLE renamed (number INTEGER PRIMARY KEY); "
            "CREATE TABLE beside (folded BLOB, number INTEGER, PRIMARY KEY (folded, number)) WITHOUT ROWID"
        )
        self._default = routes
        self._resolve = resolve
        self._options = options
        self._shard = shard
        self.routes: tuple[Route, ...] = ()
        """The routes of all rows that were loaded, each once."""
        self._routes: dict[str, Route] = {route.name: route for route in routes}
        self._groups: dict[tuple[str, ...], int] = {}
        self._by_number: dict[int, tuple[Route, ...]] = {}
        self._roles: dict[int, tuple[str, ...]] = {}
        self._made: dict[str | None, FitOptions] = {}
        self._real = lru_cache(4_096)(os.path.realpath)  # once for all that lies in a folder

    def close(self) -> None:
        """Let go of the rows."""
        self._db.close()

    def load(self, rows: Iterable[Row | Fault], out: str) -> None:
        """Take all rows and name their outputs. Raises ProfileError with the faults, UsageError where names clash."""
        faults: list[str] = []
        self._db.execute("BEGIN")
        for row in rows:
            fault = row.text if isinstance(row, Fault) else self._take(row, out)
            if fault and fault not in faults:  # of a folder's files without a route each has the same
                faults.append(fault)
            if len(faults) == MOST_FAULTS:
                faults.append("... and perhaps more: only the first are listed")
                break
        self._db.execute("COMMIT")
        if faults:
            raise ProfileError(faults)
        self.routes = tuple({route.name: route for found in self._by_number.values() for route in found}.values())
        self._db.execute("CREATE INDEX by_folded ON rows (folded)")
        self._name(out)

    @property
    def rows(self) -> int:
        """The number of rows of all shards."""
        return int(self._db.execute("SELECT COUNT(*) FROM rows").fetchone()[0])

    @property
    def total(self) -> int:
        """The number of rows of this shard."""
        return int(self._db.execute("SELECT COUNT(*) FROM rows WHERE shard = ?", (self._shard.number,)).fetchone()[0])

    def digest(self) -> str:
        """Name the work of this shard: its rows in their order, their routes with all limits, and their options."""
        routes = [
            (route.name, self.folder_of(route), route.available, *(item.digest() for item in route.limits))
            for route in self.routes
        ]
        found = hashlib.blake2b(repr((routes, self._options)).encode(), digest_size=16)
        names = {number: "|".join(route.name for route in routes) for number, routes in self._by_number.items()}
        chosen = "SELECT asset, groups, options FROM rows WHERE shard = ? ORDER BY number"
        for asset, group, options in self._db.execute(chosen, (self._shard.number,)):
            found.update(repr((asset, names[group], options)).encode())
        return found.hexdigest()

    def folder_of(self, route: Route) -> str:
        """Give the folder of a route's renditions; "" where the run has one group only."""
        return route.folder if len(self.routes) > 1 else ""

    def __iter__(self) -> Iterator[Planned]:
        """Give this shard's rows."""
        return self._planned("SELECT * FROM rows WHERE shard = ? ORDER BY number", (self._shard.number,))

    def suspect(self, planned: Planned) -> None:
        """Keep a row for the end of the run."""
        self._db.execute("INSERT OR IGNORE INTO suspects VALUES (?)", (planned.number,))

    def suspects(self) -> Iterator[Planned]:
        """Give the rows that were kept for the end."""
        return self._planned("SELECT rows.* FROM rows JOIN suspects USING (number) ORDER BY number", ())

    def _planned(self, query: str, values: tuple[Any, ...]) -> Iterator[Planned]:
        cursor = self._db.execute(query, values)
        for number, asset, path, _, place, _, group, options, _, _ in cursor:
            yield Planned(
                number=number,
                asset=_text(asset),
                path=_text(path),
                place=tuple(_text(place).split("/")),
                routes=self._by_number[group],
                options=self._with(options),
            )

    def _take(self, row: Row, out: str) -> str:
        """Keep one row; give what is wrong with it."""
        try:
            group = self._group(row)
        except RouteError as error:
            return f"{row.place}: {error}"
        if _inside(row.path, out, self._real):
            return (
                f"{row.place}: {printable(row.asset)} lies inside the output folder; keep sources and renditions apart"
            )
        place = place_of(row.relative)
        options = json.dumps(dict(row.options), sort_keys=True) if row.options else None
        values = (_packed(row.asset), _packed(row.path), _packed(row.relative[-1]), _packed("/".join(place)),
                  _packed(folded(place)), group, options, self._shard.of(row.asset), row.place)  # fmt: skip
        number = self._db.execute(
            "INSERT INTO rows (asset, path, last, place, folded, groups, options, shard, said) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        ).lastrowid
        self._take_beside(number, place, group)
        return ""

    def _take_beside(self, number: int | None, place: tuple[str, ...], group: int) -> None:
        taken = ((_packed(key), number) for key in beside(place, self._roles[group]))
        self._db.executemany("INSERT INTO beside VALUES (?, ?)", taken)

    def _group(self, row: Row) -> int:
        """Give the number of a row's set of routes; few sets serve many rows, so they are kept."""
        if row.audience is not None:
            said = ("audience", *(f"{name}={share:g}" for name, share in row.audience))
        else:
            said = ("routes", *(row.routes or ()))
        if said not in self._groups:
            if row.audience is not None:
                found = tuple(self._route(",".join(g.names)) for g in groups(row.audience, self._route))
            elif row.routes is not None:
                found = tuple(map(self._route, row.routes))
            else:
                found = self._default
            if not found:
                raise RouteError("no route: fill in the row's `routes`, or give --to for all rows")
            found = tuple({route.name: route for route in found}.values())
            number = len(self._groups)
            self._groups[said] = number
            self._by_number[number] = found
            self._roles[number] = roles_of(found)
        return self._groups[said]

    def _route(self, name: str) -> Route:
        if name not in self._routes:
            route = self._resolve(name)
            taken = {known.folder.casefold() for known in self._routes.values() if known.name != route.name}
            if route.folder.casefold() in taken:
                route = replace(route, folder=f"{route.channel}-{route.folder}")
            self._routes[name] = self._routes.get(route.name, route)
            self._routes.setdefault(route.name, self._routes[name])
        return self._routes[name]

    def _with(self, options: str | None) -> FitOptions:
        if options not in self._made:
            if len(self._made) > 10_000:
                self._made.clear()
            said: dict[str, Any] = {} if options is None else json.loads(options)
            plain: Any = {name: tuple(v) if isinstance(v, list) else v for name, v in said.items()}
            self._made[options] = replace(self._options, **plain)
        return self._made[options]

    def _name(self, out: str) -> None:
        """Tell apart what would get one name, by the rules of ``naming``, or raise."""
        shared = "SELECT folded FROM rows GROUP BY folded HAVING COUNT(*) > 1"
        clashing = "SELECT number, path, last, place, groups, said FROM rows WHERE folded = ? ORDER BY number"
        met = (
            "FROM rows AS one JOIN beside ON beside.folded = one.folded JOIN rows AS other ON other.number = "
            "beside.number ORDER BY one.number"
        )
        self._add_suffixes(
            "SELECT number FROM rows WHERE folded IN "
            "(SELECT folded FROM rows GROUP BY folded HAVING COUNT(DISTINCT path) > 1)"
        )
        self._add_suffixes(f"SELECT DISTINCT one.number {met}")
        clashes = []
        for (key,) in self._db.execute(shared).fetchall():
            rows = self._db.execute(clashing, (key,)).fetchall()
            clash = self._clash(rows)
            if clash:
                clashes.append(clash)
        for one, other in self._db.execute(f"SELECT one.path, other.path {met}"):
            clashes.append(meeting(printable(_text(one)), printable(_text(other))))
        if clashes:
            raise one_name(clashes, printable(out))

    def _add_suffixes(self, which: str) -> None:
        """Put their own suffix into the names of the rows that a query gives, known before any changes."""
        self._db.execute("DELETE FROM renamed")
        self._db.execute(f"INSERT INTO renamed {which}")
        chosen = "SELECT number, last, place, groups FROM renamed CROSS JOIN rows USING (number)"
        for number, last, place, group in self._db.execute(chosen):
            longer = with_old_suffix(tuple(_text(place).split("/")), _text(last))
            self._db.execute(
                "UPDATE rows SET place = ?, folded = ? WHERE number = ?",
                (_packed("/".join(longer)), _packed(folded(longer)), number),
            )
            self._db.execute("DELETE FROM beside WHERE number = ?", (number,))
            self._take_beside(number, longer, group)

    def _clash(self, rows: list[Any]) -> str:
        """Say which rows still meet: other assets, or one asset twice on one route."""
        if len({path for _, path, *_ in rows}) > 1:
            return " and ".join(printable(_text(path)) for _, path, *_ in rows[:3])
        seen: dict[str, str] = {}
        for _, path, _, _, group, said in rows:
            for route in self._by_number[group]:
                if route.name in seen:
                    return f"{printable(_text(path))} on {route.name} ({seen[route.name]} and {said})"
                seen[route.name] = said
        return ""


def _inside(path: str, out: str, real: Callable[[str], str]) -> bool:
    """Say whether an asset lies in the output folder, links followed; ``real`` follows those of folders."""
    if is_url(path) != is_url(out):
        return False
    if is_url(path):
        return path.startswith(out.rstrip("/") + "/")
    folder, name = os.path.split(path)
    followed = os.path.join(real(folder), name)
    if os.path.islink(followed):
        followed = os.path.realpath(followed)
    return followed.startswith(os.path.join(real(out), ""))


def _packed(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")
