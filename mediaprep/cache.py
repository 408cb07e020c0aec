"""Content-addressed entries, shared by runs, processes and (below an object's URL) machines.

An entry is one file that appears whole, named by a key that says all that decides its content: so nothing is ever
out of date and nobody needs a lock. A size bound holds for folders; the least recently used goes first. Where a cache
is a URL, ``prune`` removes the oldest, and a lifecycle rule of the store does the same without requests.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mediaprep import objects
from mediaprep.storage import disk_error, is_url
from mediaprep.workdir import PART_PREFIX, sweep, write_atomically

MAX_BYTES = 10_000_000_000
"""What a cache may hold where nobody says otherwise."""

_SUFFIX = ".rendition"
_LOOK_AGAIN = 20
"""A folder is measured again after a 20th of its bound was added: in between it may be over by so much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a cache holds, or what was removed from it."""

    entries: int
    size_bytes: int


class Store(Protocol):
    """Where entries are kept and found again by their keys."""

    def get(self, key: str) -> bytes | None:
        """Give an entry; None where there is none."""
        ...

    def put(self, key: str, data: bytes) -> None:
        """Keep an entry."""
        ...


class Cache:
    """One cache at a folder or a URL. All methods may be called from any thread and any process."""

    def __init__(self, where: str, max_bytes: int = MAX_BYTES) -> None:
        """Touch nothing yet."""
        self.where = where
        self.max_bytes = max_bytes
        self._added_bytes: int | None = None

    def get(self, key: str) -> bytes | None:
        """Give an entry and note its use; None where there is none."""
        place = self._place(key)
        if is_url(place):
            return objects.read(place)
        try:
            data = Path(place).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise disk_error(error, Path(place)) from error
        with contextlib.suppress(OSError):
            os.utime(place)
        return data

    def put(self, key: str, data: bytes) -> None:
        """Keep an entry. Raises ToolError ``disk`` or ``permission``."""
        place = self._place(key)
        if is_url(place):
            objects.put(place, data)
            return
        path = Path(place)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise disk_error(error, path.parent) from error
        write_atomically(path, data)
        if self._added_bytes is None or self._added_bytes > self.max_bytes // _LOOK_AGAIN:
            self.prune(self.max_bytes)
            self._added_bytes = 0
        self._added_bytes += len(data)

    def held(self) -> Held:
        """Count entries and bytes."""
        entries = [size for _, size, _ in self._entries()]
        return Held(entries=len(entries), size_bytes=sum(entries))

    def prune(self, max_bytes: int) -> Held:
        """Remove what was used longest ago until no more than ``max_bytes`` are left; give what was removed."""
        entries = sorted(self._entries())
        total = sum(size for _, size, _ in entries)
        removed = removed_bytes = 0
        for _, size, place in entries:
            if total - removed_bytes <= max_bytes:
                break
            if is_url(place):
                objects.delete(place)
            else:
                with contextlib.suppress(FileNotFoundError):  # another process prunes, too
                    os.unlink(place)
            removed += 1
            removed_bytes += size
        return Held(entries=removed, size_bytes=removed_bytes)

    def _place(self, key: str) -> str:
        return f"{self.where.rstrip('/')}/{key[:2]}/{key}{_SUFFIX}"

    def _entries(self) -> Iterator[tuple[float, int, str]]:
        """Give last use, size and place of each entry; sweep up what a killed process left unfinished."""
        if is_url(self.where):
            for found in objects.below(self.where):
                if found.url.endswith(_SUFFIX):
                    yield found.changed_s, found.size_bytes, found.url
            return
        for folder, _, names in os.walk(self.where):
            if any(name.startswith(PART_PREFIX) for name in names):
                sweep(Path(folder))
            for name in names:
                if name.endswith(_SUFFIX):
                    with contextlib.suppress(FileNotFoundError):
                        place = os.path.join(folder, name)
                        state = os.stat(place)
                        yield state.st_mtime, state.st_size, place
