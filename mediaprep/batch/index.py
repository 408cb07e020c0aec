"""The ``index.json`` beside a batch's renditions: every outcome of the last run, streamed from its journal."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from mediaprep import objects
from mediaprep.batch.reuse import unpacked
from mediaprep.index import index_lines
from mediaprep.journal import INDEXED, Journal
from mediaprep.limits import Route
from mediaprep.naming import INDEX_NAME
from mediaprep.storage import disk_error, is_url
from mediaprep.workdir import place, private_folder, remove


def index_name(part: str) -> str:
    """Name the index; each shard (``-3-of-16``) has one of its own."""
    stem, suffix = os.path.splitext(INDEX_NAME)
    return f"{stem}{part}{suffix}"


def write_index(journal: Journal, routes: Sequence[Route], out: str, part: str) -> None:
    """Write the index, whole or not at all, unless it says already what the journal holds: 0.4 ms an outcome."""
    target = f"{out.rstrip('/')}/{index_name(part)}"
    there = objects.head(target) is not None if is_url(out) else os.path.isfile(target)
    if there and journal.stated(INDEXED):
        return
    folder = private_folder("index")
    try:
        staged = folder / INDEX_NAME
        with staged.open("w", encoding="ascii") as file:
            file.writelines(index_lines((unpacked(entry.outcome) for entry in journal.entries()), routes))
        if is_url(out):
            objects.put(target, staged, "application/json")
        else:
            place(staged, Path(target))
    except OSError as error:
        raise disk_error(error, Path(target)) from error
    finally:
        remove(folder)
    journal.state(INDEXED, value=True)
