"""What was sent to whom, written before the call: sqlite3 in WAL mode, safe with several processes at once.

A message's states, from the first to the last::

    claimed   one sender prepares it; nothing has left this machine
    sending   the request is on its way: if its sender dies now, nobody can know whether it was read
    unknown   no answer told; only a receipt or the provider's own list settles it
    accepted -> sent -> delivered, or failed

``claimed`` of a dead sender may be taken over, ``sending`` of a dead sender becomes ``unknown``. What failed
without ever being accepted may be sent again; everything else never is, unless the caller insists.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mediaprep.closing import Closing
from mediaprep.errors import ToolError, UsageError
from mediaprep.marks import Mark, is_held
from mediaprep.providers import Notice, Receipt, State
from mediaprep.sending.entry import COLUMNS, RANKS, TABLES, TAKEN, VERSION, Claim, Entry
from mediaprep.sending.pace import LONGEST_HOLD_S, Pace, wait_s

_BUSY_S = 60.0


class SendJournal(Closing):
    """The journal of one file. Use it as a context manager, or call ``close``."""

    def __init__(self, path: Path) -> None:
        """Open or make the journal. Raises ToolError ``disk`` or ``permission``, UsageError for another version's."""
        if path == Path():  # what an empty name becomes
            raise UsageError("the journal's name is empty, or the working folder's; name a file")
        if path.is_dir():
            raise UsageError(f"the journal {path} is a folder; name a file")
        self.path = path
        self._marks = path.with_name(f"{path.name}-senders")
        self._mark: Mark | None = None
        try:
            os.makedirs(path.parent, exist_ok=True)
            self._base = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
            try:
                self._prepare()
            except BaseException:
                self.close()
                raise
        except (OSError, sqlite3.Error, ValueError) as error:
            raise _trouble(path, "opened", error) from error

    def _write_ahead(self) -> None:
        """Keep changes in a log; while another opener turns that on, SQLite says "locked" and does not wait."""
        last_s = time.monotonic() + _BUSY_S
        while not self._is_write_ahead():
            if time.monotonic() > last_s:
                raise sqlite3.OperationalError("database is locked")
            time.sleep(0.02)

    def _is_write_ahead(self) -> bool:
        try:
            self._base.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                return False
            raise
        return True

    def _prepare(self) -> None:
        with contextlib.suppress(OSError):
            os.chmod(self.path, 0o600)  # it holds numbers and texts of recipients
        self._base.execute("PRAGMA synchronous = FULL")  # what is claimed must outlive a power loss, too
        with self._at_once():
            self._refuse_others()
            for statement in filter(str.strip, TABLES.split(";")):
                self._base.execute(statement)
            self._base.execute(f"PRAGMA user_version = {VERSION}")
        self._write_ahead()  # last, for it changes the file

    def _refuse_others(self) -> None:
        """Raise UsageError for tables of another version: who is not found in them would have a message twice."""
        version = self._base.execute("PRAGMA user_version").fetchone()[0]
        is_new = version == 0 and not self._base.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0]
        if version != VERSION and not is_new:
            raise UsageError(
                f"{self.path} was written by another version of mediaprep. It says who has had which message: go on "
                "with that version, or name another file with --journal, which knows of none of them"
            )

    def close(self) -> None:
        """Release this sender's mark and the file."""
        self._base.close()
        if self._mark is not None:
            self._mark.close()
            self._mark = None

    def find(self, our_id: str) -> Entry | None:
        """Give one entry. A sender that died while sending has left its message ``unknown``."""
        with self._at_once():
            return self._living(self._one("our_id = ?", our_id))

    def taken(self, our_ids: Sequence[str]) -> Entry | None:
        """Give the first of these that was taken, or may have been, or that another sender has in hand now.

        What was sent once more on purpose (``NAME-2``) counts with the message that it repeats.
        """
        with self._at_once():
            for our_id in our_ids:
                for found in self._all("our_id = ? OR our_id GLOB ?", our_id, f"{our_id}-[0-9]*"):
                    known = self._living(found)
                    if known is not None and (known.state in TAKEN or self._in_hand(known)):
                        return known
        return None

    def entries(self, state: str | None = None) -> list[Entry]:
        """Give all entries, or those in one state, oldest first."""
        return self._all("state = ? ORDER BY created_s", state) if state else self._all("1 ORDER BY created_s")

    def doubtful(self) -> list[Entry]:
        """Give the messages whose fate is unknown, oldest first; those of senders that died on the way are of them."""
        with self._at_once():
            for entry in self._all("state = 'sending'"):
                self._living(entry)
        return self.entries("unknown")

    def claim(self, entry: Entry) -> Claim:
        """Take a message for this sender, unless it was sent, or another sender has it, or nobody knows."""
        mark = self._own_mark()
        now = time.time()
        with self._at_once():
            found = self._living(self._one("our_id = ?", entry.our_id))
            if found is None:
                new = replace(entry, state="claimed", owner=mark, created_s=now, updated_s=now)
                places = ", ".join("?" for _ in COLUMNS)
                values = [getattr(new, name) for name in COLUMNS]
                self._base.execute(f"INSERT INTO messages ({', '.join(COLUMNS)}) VALUES ({places})", values)  # noqa: S608
                return Claim(True, new)
            free = found.state == "claimed" and (found.owner in (None, mark) or not self._alive(found.owner))
            if free or (found.state == "failed" and found.provider_id is None):
                changes = {"state": "claimed", "owner": mark, "own_fallbacks": entry.own_fallbacks}
                self._set(entry.our_id, updated_s=now, **changes)
                return Claim(True, replace(found, state="claimed", owner=mark, own_fallbacks=entry.own_fallbacks))
            return Claim(False, found)

    def turn_in_s(self, paces: Sequence[Pace], *, now_s: float | None = None) -> float:
        """Give the seconds until these paces let a message leave; 0 where they do now."""
        return wait_s(time.time() if now_s is None else now_s, self._turns(paces), paces)

    def calling(self, our_id: str, paces: Sequence[Pace] = (), *, now_s: float | None = None) -> bool:
        """Say, and have it on disk, that the request leaves now.

        False, and nothing is said, where its turn has not come (another sender took it meanwhile).
        """
        now = time.time() if now_s is None else now_s
        with self._at_once():
            if wait_s(now, self._turns(paces), paces) > 0:
                return False
            for pace in paces:
                self._next_turn(pace.key, now + pace.interval_s)
            self._base.execute(
                "UPDATE messages SET state = 'sending', calls = calls + 1, called_s = :now, updated_s = :now "
                "WHERE our_id = :our_id",
                {"now": now, "our_id": our_id},
            )
            return True

    def hold(self, paces: Sequence[Pace], seconds: float, *, now_s: float | None = None) -> None:
        """Keep back all messages of these paces: the provider has said when it will take the next."""
        now = time.time() if now_s is None else now_s
        with self._at_once():
            turns = self._turns(paces)
            until = now + min(seconds, LONGEST_HOLD_S)
            for pace in paces:
                self._next_turn(pace.key, max(until, turns.get(pace.key, 0.0)))

    def resting(self, our_id: str) -> None:
        """Say that the last request was certainly not taken: between two tries nothing is in doubt."""
        with self._at_once():
            self._set(our_id, state="claimed", updated_s=time.time())

    def release(self, our_id: str) -> None:
        """Give a claimed message back unsent."""
        with self._at_once():
            self._set(our_id, owner=None, updated_s=time.time())

    def settle(self, our_id: str, receipt: Receipt) -> Entry:
        """Write what the provider answered, unless something later is known already."""
        with self._at_once():
            return self._settled(self._certain(our_id), receipt)

    def note(self, provider: str, notice: Notice) -> Entry | None:
        """Write a receipt that came later. Gives None where the journal holds no message that it can mean."""
        with self._at_once():
            found = self._meant(provider, notice)
            if found is None:
                return None
            settled = self._settled(found, notice.receipt)
            if notice.carrier or notice.mcc_mnc:
                carrier, network = notice.carrier or settled.carrier, notice.mcc_mnc or settled.mcc_mnc
                self._set(found.our_id, carrier=carrier, mcc_mnc=network)
            return self._certain(found.our_id)

    def known_ids(self, provider: str, recipient: str) -> frozenset[str]:
        """Give the provider's ids of messages to a recipient that are accounted for."""
        rows = self._rows(
            "SELECT provider_id FROM messages WHERE provider = ? AND recipient = ? AND provider_id IS NOT NULL",
            provider, recipient,
        )  # fmt: skip
        return frozenset(row[0] for row in rows)

    def _turns(self, paces: Sequence[Pace]) -> dict[str, float]:
        read = "SELECT key, free_s FROM turns WHERE key = ?"
        return dict(row for pace in paces for row in self._base.execute(read, (pace.key,)))

    def _next_turn(self, key: str, free_s: float) -> None:
        self._base.execute("INSERT OR REPLACE INTO turns VALUES (?, ?)", (key, free_s))

    def _meant(self, provider: str, notice: Notice) -> Entry | None:
        if notice.our_id:  # whoever knows an id may post it to the hook of a provider that signs nothing
            found = self._one("our_id = ? AND provider = ?", notice.our_id, provider)
            if found is not None:
                return found
        if notice.receipt.provider_id:
            found = self._one("provider = ? AND provider_id = ?", provider, notice.receipt.provider_id)
            if found is not None:
                return found
        if notice.to is None or notice.our_id:
            return None
        # A receipt without our id can settle a doubt only where there is exactly one to settle.
        doubtful = self._all("provider = ? AND recipient = ? AND state = 'unknown'", provider, notice.to)
        return doubtful[0] if len(doubtful) == 1 else None

    def _settled(self, found: Entry, receipt: Receipt) -> Entry:
        known, new = RANKS.get(found.state, -1), RANKS[str(receipt.state)]
        if found.is_of_another_link(receipt):
            if receipt.state in (State.FAILED, State.UNKNOWN):
                return found  # it says nothing of the link that is told of here
            if found.state == str(State.FAILED):
                known = -1  # what failed is replaced by the link that the provider sent after it
        changes: dict[str, object] = {"updated_s": time.time()}
        if receipt.provider_id is not None:
            changes["provider_id"] = receipt.provider_id
        if new > known:
            changes |= {
                "state": str(receipt.state), "reason": str(receipt.reason) if receipt.reason else None,
                "raw_code": receipt.raw_code, "detail": receipt.detail, "owner": None,
            }  # fmt: skip
        self._set(found.our_id, **changes)
        return self._certain(found.our_id)

    def _living(self, found: Entry | None) -> Entry | None:
        if found is None or found.state != "sending" or found.owner is None or self._alive(found.owner):
            return found
        words = "the sender ended while the request was on its way; the provider may have it"
        self._set(found.our_id, state="unknown", owner=None, detail=words, updated_s=time.time())
        return self._certain(found.our_id)

    def _in_hand(self, entry: Entry) -> bool:
        """Say whether another sender that lives has claimed a message."""
        ours = self._mark is not None and entry.owner == self._mark.path.name
        return entry.state == "claimed" and entry.owner is not None and not ours and self._alive(entry.owner)

    def _alive(self, token: str) -> bool:
        if self._mark is not None and token == self._mark.path.name:
            return True
        try:
            return is_held(self._marks / token)
        except OSError:
            return False

    def _own_mark(self) -> str:
        if self._mark is None:
            try:
                os.makedirs(self._marks, exist_ok=True)
                self._mark = Mark(self._marks / secrets.token_hex(8))
            except OSError as error:
                raise ToolError("disk", f"no mark can be made in {self._marks}: {error}") from error
        return self._mark.path.name

    def _one(self, where: str, *values: object) -> Entry | None:
        found = self._all(f"{where} LIMIT 1", *values)
        return found[0] if found else None

    def _certain(self, our_id: str) -> Entry:
        found = self._one("our_id = ?", our_id)
        assert found is not None, f"{our_id} is not in the journal"
        return found

    def _all(self, where: str, *values: object) -> list[Entry]:
        rows = self._rows(f"SELECT {', '.join(COLUMNS)} FROM messages WHERE {where}", *values)  # noqa: S608
        return [Entry(**dict(zip(COLUMNS, row, strict=True))) for row in rows]

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        try:
            return self._base.execute(query, values).fetchall()
        except (sqlite3.Error, ValueError) as error:
            raise _trouble(self.path, "read", error) from error

    def _set(self, our_id: str, **changes: object) -> None:
        names = ", ".join(f"{name} = ?" for name in changes)
        self._base.execute(f"UPDATE messages SET {names} WHERE our_id = ?", (*changes.values(), our_id))  # noqa: S608

    @contextlib.contextmanager
    def _at_once(self) -> Iterator[None]:
        """Do several statements as one, with nobody in between."""
        try:
            self._base.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._base.execute("ROLLBACK")
                raise
            self._base.execute("COMMIT")
        except (sqlite3.Error, UnicodeError) as error:
            raise _trouble(self.path, "written", error) from error


def _trouble(path: Path, what: str, error: Exception) -> ToolError:
    """Say what is wrong with a journal. A damaged one is never passed by: who knows what was sent?

    What SQLite says of damage may itself be no text: that surfaces as UnicodeDecodeError.
    """
    # A value that SQLite does not take is a ProgrammingError (an InterfaceError before Python 3.11), and no damage.
    harmless = sqlite3.OperationalError | sqlite3.ProgrammingError | sqlite3.InterfaceError | OSError
    if not isinstance(error, harmless):
        return ToolError(
            "disk",
            f"the journal {path} is damaged ({error}). It says who has had which message: restore it from a copy, or "
            "find out from the provider before you send with a new one",
        )
    return ToolError(
        "disk", f"the journal {path} cannot be {what}: {error}; check space and permissions, or name another place"
    )
