"""The page of a run (--report): opened before any work, written whole at the end."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mediaprep.errors import UsageError
from mediaprep.legible import printable
from mediaprep.naming import insist_on_place
from mediaprep.options import Isolation
from mediaprep.reports import View

if TYPE_CHECKING:
    from mediaprep.message import Draft, Result
    from mediaprep.model import Outcome
    from mediaprep.reports.html import Page


@contextmanager
def page_file(
    path: str | None, view: View, *, assets: int | None = None, isolation: Isolation = "workers",
    title: str = "", subject: str = "",
) -> Iterator[Page | None]:  # fmt: skip
    """Give the page to fill, None where none is wanted; it is written when the block ends without an error.

    Raises UsageError where it could not be written anyway.
    """
    if path is None:
        yield None
        return
    target = _target(path)
    from mediaprep.reports._gallery import Gallery
    from mediaprep.reports.html import Page
    from mediaprep.workdir import write_atomically

    when = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M")
    with Gallery(assets=assets, isolation=isolation) as gallery:
        page = Page(view, title=title, when=when, subject=subject, gallery=gallery)
        yield page
        write_atomically(target, page.text().encode("utf-8", "backslashreplace"))
    click.echo(f"mediaprep: report: {printable(path)}", err=True)


def show_messages(page: Page, draft: Draft, results: Sequence[Result]) -> None:
    """Put a message's phones, and a card for each of its parts, on a page."""
    from mediaprep.reports._phone import phone_of
    from mediaprep.workdir import private_folder, remove

    scratch = private_folder("report")
    try:
        files: dict[str, Path] = {}
        for part in (part for result in results if result.envelope is not None for part in result.envelope.parts):
            sha = hashlib.sha256(part.data).hexdigest()
            files[sha] = scratch / sha
            files[sha].write_bytes(part.data)
        sources = {wish.asset: wish.path for wish in draft.parts}
        by_asset: dict[str, list[Outcome]] = {}
        for outcome in (outcome for result in results for outcome in result.parts):
            by_asset.setdefault(outcome.asset, []).append(outcome)
        for asset, outcomes in by_asset.items():
            page.add(outcomes, sources.get(asset.partition("#")[0]), files)
        page.phones += [phone_of(draft, result, lambda part: page.seen(part, sources, files)) for result in results]
    finally:
        remove(scratch)


def _target(path: str) -> Path:
    target = Path(path)
    if not path or target.is_dir():
        raise UsageError(
            f"--report {path!r} names a folder; name a file, as in --report {os.path.join(path, 'report.html')}"
        )
    insist_on_place(path, "--report")
    if not target.absolute().parent.is_dir():
        raise UsageError(f"--report: there is no folder {printable(str(target.parent))}; create it first")
    return target.absolute()
