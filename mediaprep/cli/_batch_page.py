"""The page of a batch (--report), made from its journals: also of one that still runs, or that was killed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mediaprep.batch.reuse import unpacked
from mediaprep.cli._page import page_file
from mediaprep.journal import Entry, Journal
from mediaprep.reports import View
from mediaprep.storage import is_url


def write_page(report: str, out: str, paths: Sequence[Path]) -> None:
    """Show every finished asset of the journals, in the order in which they ended."""
    counted = 0
    for path in paths:
        with Journal.read(path) as journal:
            counted += int(journal.stated("planned") or 0)
    with page_file(report, View(mode="fit"), assets=counted or None, title=out, subject="batch") as page:
        assert page is not None
        for path in paths:
            with Journal.read(path) as journal:
                folders = _folders(journal.stated("run") or {})
                for asset, entries in itertools.groupby(journal.entries(), lambda entry: entry.asset):
                    page.add([unpacked(entry.outcome) for entry in _newest(entries)], _source(asset, folders))


def _newest(entries: Iterator[Entry]) -> Iterator[Entry]:
    """Give one entry for each place of the output."""
    yield from {entry.place: entry for entry in entries}.values()


def _folders(spec: Mapping[str, Any]) -> tuple[Path, ...]:
    """Give where the paths of a run may begin: here, where it was started, and at its manifest."""
    begun = Path(str(spec.get("folder") or "."))
    return (Path(), begun, begun / Path(str(spec.get("manifest") or "")).parent)


def _source(asset: str, folders: Sequence[Path]) -> Path | None:
    if is_url(asset):
        return None
    return next((path for folder in folders if (path := folder / asset).is_file()), None)
