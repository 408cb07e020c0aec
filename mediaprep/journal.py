"""What a batch has done, in one SQLite file: written by its driver alone, whole after a kill at any moment.

Write-ahead logging, one transaction a job: a record that was committed survives the death of the process (and, but
for the last moments, of the machine). Readers need no lock, so that ``batch status`` can look in at any time.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from mediaprep.closing import Closing
from mediaprep.errors import ToolError, UsageError

SUFFIX = ".sqlite3"

_RUN = "run_number"
_WORK = "work"
_ENDED = "ended"

INDEXED = "indexed"
"""The fact that says that the index is as new as the journal; gone with the first change after."""

_VERSION = 2

_TABLES = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS outcomes (
    id INTEGER PRIMARY KEY,
    asset BLOB NOT NULL,
    place TEXT NOT NULL,
    signature TEXT NOT NULL,
    sha256 TEXT,
    key TEXT NOT NULL,
    kind TEXT,
    verdict TEXT NOT NULL,
    code TEXT,
    outputs TEXT NOT NULL,
    size_bytes INTEGER,
    encodes INTEGER NOT NULL,
    outcome BLOB NOT NULL,
    run INTEGER NOT NULL,
    UNIQUE (asset, place)
);
CREATE INDEX IF NOT EXISTS by_verdict ON outcomes (verdict, code);
"""

_THIS_RUN = f"run = COALESCE((SELECT CAST(value AS INTEGER) FROM facts WHERE name = '{_RUN}'), 0)"  # noqa: S608
"""What the run that is on its way, or the last one, has gone through; other outcomes were left by earlier work."""

_COUNT = (
    "SELECT verdict, code, COUNT(*), COALESCE(SUM(size_bytes), 0), SUM(encodes), MIN(asset) "  # noqa: S608
    f"FROM outcomes WHERE {_THIS_RUN} GROUP BY verdict, code ORDER BY COUNT(*) DESC, verdict, code"
)

_MOST_KEPT = 1_000
"""Outcomes that stood already wait for each other to be marked: one transaction for many."""

_COLUMNS = (
    "asset", "place", "signature", "sha256", "key", "kind", "verdict", "code", "outputs", "size_bytes",
     "encodes", "outcome",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One finished outcome: an asset at one place of the output (its group's folder; "" where there is only one).

    ``signature`` tells, without reading it, whether the asset is still the one that was fitted; it begins with
    its size. ``outputs`` are the files written (the rendition first), each with its own. ``key`` names all that decides
    the rendition and its record. ``outcome`` is packed by the caller.
    """

    asset: str
    place: str
    signature: str
    sha256: str | None
    key: str
    kind: str | None
    verdict: str
    code: str | None
    outputs: tuple[tuple[str, str], ...]
    size_bytes: int | None
    encodes: int
    outcome: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many outcomes have a verdict for the same reason, their bytes and encodes, and one of their assets."""

    verdict: str
    code: str | None
    outcomes: int
    size_bytes: int
    encodes: int
    example: str


class Journal(Closing):
    """One driver's journal. ``open`` claims it for this process, ``read`` only looks."""

    def __init__(self, path: Path, *, readonly: bool = False) -> None:
        """Open the file; make it where it does not exist. Raises ToolError and UsageError as ``open`` says."""
        self.path = path
        self._ahead = False
        self._kept: list[Entry] = []
        with _translated(path):
            self._owner = None if readonly else _claimed(path)
            where = f"{path.absolute().as_uri()}?mode=ro" if readonly else path
            self._db = sqlite3.connect(where, uri=readonly, isolation_level=None)
            try:
                self._prepare(readonly=readonly)
            except BaseException:
                self._close()
                raise

    def _prepare(self, *, readonly: bool) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version != _VERSION and (version or readonly):
            raise UsageError(f"{self.path} was written by another version of mediaprep; name another folder with -o")
        if not readonly:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.executescript(_TABLES)
            self._db.execute(f"PRAGMA user_version={_VERSION}")

    @classmethod
    def open(cls, path: Path) -> Self:
        """Claim a journal. Raises UsageError where another run has it, ToolError ``disk`` or ``permission``."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ToolError("disk", f"{path.parent}: {error.strerror or error}") from error
        return cls(path)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Look into a journal, also while a run writes it."""
        return cls(path, readonly=True)

    def close(self) -> None:
        """Close the file and let other runs have it."""
        try:
            self._mark_kept()
        finally:
            self._close()

    def _close(self) -> None:
        self._db.close()
        if self._owner is not None:
            self._owner.close()
            self._owner = None

    def state(self, name: str, value: Any) -> None:
        """Keep a fact about the run as JSON."""
        with _translated(self.path):
            self._db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, json.dumps(value)))

    def stated(self, name: str) -> Any:
        """Give a fact about the run; None where it was never stated."""
        with _translated(self.path):
            row = self._db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
            return None if row is None else json.loads(row[0])

    def begin(self, work: str) -> None:
        """Begin a run. ``work`` names its rows, routes and options: the same counts on, other work from nothing."""
        with _translated(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            if self.stated(_WORK) != work:
                self.state(_RUN, (self.stated(_RUN) or 0) + 1)
                self.state(_WORK, work)
                self._changed()
            self.state(_ENDED, value=False)
            self._db.execute("COMMIT")

    def end(self) -> None:
        """Say that the run has gone through all its rows."""
        self.state(_ENDED, value=True)

    @property
    def ended(self) -> bool:
        """Say whether the last run has gone through all its rows."""
        return self.stated(_ENDED) is True

    def keep(self, entries: Iterable[Entry]) -> None:
        """Count outcomes of earlier runs, which stand, as this run's."""
        self._kept += entries
        if len(self._kept) >= _MOST_KEPT:
            self._mark_kept()

    def _mark_kept(self) -> None:
        if not self._kept:
            return
        mark = f"UPDATE outcomes SET run = (SELECT CAST(value AS INTEGER) FROM facts WHERE name = '{_RUN}') "  # noqa: S608
        keys = [(_packed(entry.asset), entry.place) for entry in self._kept]
        self._kept.clear()
        with _translated(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            marked = self._db.executemany(f"{mark} WHERE asset = ? AND place = ? AND NOT ({_THIS_RUN})", keys).rowcount
            if marked:
                self._changed()
            self._db.execute("COMMIT")

    def record(self, entries: Iterable[Entry]) -> None:
        """Keep the outcomes of one job, all or none; what was known of the same asset and place is replaced."""
        self._mark_kept()
        marks = ", ".join("?" * len(_COLUMNS))
        with _translated(self.path):
            run = self.stated(_RUN) or 0
            self._db.execute("BEGIN IMMEDIATE")
            self._changed()
            self._db.executemany(
                f"INSERT OR REPLACE INTO outcomes ({', '.join(_COLUMNS)}, run) VALUES ({marks}, ?)",  # noqa: S608  # our own names
                ((*_row(entry), run) for entry in entries),
            )
            self._db.execute("COMMIT")

    def _changed(self) -> None:
        """Forget, once, that the index beside the renditions says what this journal holds."""
        if not self._ahead:
            self._db.execute("DELETE FROM facts WHERE name = ?", (INDEXED,))
            self._ahead = True

    def known(self, asset: str) -> dict[str, Entry]:
        """Give what is known of an asset, by place."""
        with _translated(self.path):
            rows = self._db.execute(f"{_SELECT} WHERE asset = ?", (_packed(asset),)).fetchall()
            return {entry.place: entry for entry in map(_entry, rows)}

    def entries(self, *, every_run: bool = False) -> Iterator[Entry]:
        """Give the outcomes of the last run one by one, in the order in which they ended; or those of every run."""
        self._mark_kept()
        with _translated(self.path):
            rows = self._db.execute(f"{_SELECT}{'' if every_run else f' WHERE {_THIS_RUN}'} ORDER BY id")
        while True:
            with _translated(self.path):  # not around the yield: what the taker raises is the taker's
                row = next(rows, None)
                found = None if row is None else _entry(row)
            if found is None:
                return
            yield found

    def forget(self, verdicts: Sequence[str]) -> int:
        """Forget outcomes of all runs, so that the next makes them anew; give the number of those of the last."""
        which = f"WHERE verdict IN ({', '.join('?' * len(verdicts))})"
        with _translated(self.path):
            self._changed()
            count = f"SELECT COUNT(*) FROM outcomes {which} AND {_THIS_RUN}"  # noqa: S608
            number = self._db.execute(count, tuple(verdicts)).fetchone()[0]
            self._db.execute(f"DELETE FROM outcomes {which}", tuple(verdicts))  # noqa: S608
            return int(number)

    def counts(self) -> tuple[Count, ...]:
        """Count the last run's outcomes by verdict and reason, the most frequent first."""
        self._mark_kept()
        with _translated(self.path):
            rows = self._db.execute(_COUNT).fetchall()
            return tuple(
                Count(verdict=v, code=c, outcomes=n, size_bytes=size, encodes=encodes, example=_text(asset))
                for v, c, n, size, encodes, asset in rows
            )

    def assets(self) -> tuple[int, int]:
        """Count the last run's assets with at least one outcome, and their bytes."""
        self._mark_kept()
        each = f"SELECT MAX(CAST(signature AS INTEGER)) AS size FROM outcomes WHERE {_THIS_RUN} GROUP BY asset"  # noqa: S608
        with _translated(self.path):
            number, size = self._db.execute(f"SELECT COUNT(*), COALESCE(SUM(size), 0) FROM ({each})").fetchone()  # noqa: S608
            return int(number), int(size)


_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM outcomes"  # noqa: S608  # our own names


def _row(entry: Entry) -> tuple[Any, ...]:
    values = {column: getattr(entry, column) for column in _COLUMNS}
    return tuple((values | {"asset": _packed(entry.asset), "outputs": json.dumps(entry.outputs)}).values())


def _entry(row: tuple[Any, ...]) -> Entry:
    values = dict(zip(_COLUMNS, row, strict=True))
    outputs = tuple((path, signature) for path, signature in json.loads(values["outputs"]))
    return Entry(**values | {"asset": _text(values["asset"]), "outputs": outputs})


def _packed(name: str) -> bytes:
    """Pack a file's name: any bytes, of which not all are text to SQLite."""
    return name.encode("utf-8", "surrogatepass")


def _text(name: object) -> str:
    if not isinstance(name, bytes):
        raise TypeError(f"a file's name of another type: {name!r}")
    return name.decode("utf-8", "surrogatepass")


def _claimed(path: Path) -> sqlite3.Connection:
    """Lock a file beside the journal for as long as this process lives; SQLite's locks die with their owner."""
    owner = sqlite3.connect(path.with_suffix(".lock"), isolation_level=None, timeout=0.5)
    try:
        owner.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        owner.close()
        if "locked" not in str(error):
            raise
        raise UsageError(
            f"another run is writing {os.path.dirname(path)}: wait for it (`mediaprep batch status` shows how far it "
            "is), or split the work with --shard 1/2 and --shard 2/2"
        ) from error
    return owner


@contextlib.contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise ToolError("disk", f"{path}: {error}; check space and permissions, then run again") from error
    except (sqlite3.Error, ValueError, TypeError) as error:  # the last two: damage that is no text, or not ours
        raise ToolError(
            "disk",
            f"{path} is damaged ({error}): move it away and run again; renditions stay where they are",
        ) from error
