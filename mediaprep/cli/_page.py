"""The page of a run (--report): opened before any work, written whole at the end."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator
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
    from mediaprep.reports.html import pictured
    from mediaprep.workdir import write_atomically

    when = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M")
    with pictured(view, assets=assets, isolation=isolation, title=title, when=when, subject=subject) as page:
        yield page
        _spare(target)  # once more: a rendition of this run may have got this name
        write_atomically(target, page.text().encode("utf-8", "backslashreplace"))
    click.echo(f"mediaprep: report: {printable(path)}", err=True)


def _target(path: str) -> Path:
    target = Path(path)
    if not path or target.is_dir():
        raise UsageError(
            f"--report {path!r} names a folder; name a file, as in --report {os.path.join(path, 'report.html')}"
        )
    insist_on_place(path, "--report")
    if not target.absolute().parent.is_dir():
        raise UsageError(f"--report: there is no folder {printable(str(target.parent))}; create it first")
    _spare(target)
    return target.absolute()


_PAGE = b"<!doctype html"


def _spare(target: Path) -> None:
    """Raise UsageError where the page would take the place of what is no page: an asset, a message's file."""
    try:
        with target.open("rb") as there:
            start = there.read(len(_PAGE) + 3)
    except OSError:
        return  # nothing is there, or writing will say what is wrong with it
    if start and not start.removeprefix(codecs.BOM_UTF8).lower().startswith(_PAGE):
        name = printable(str(target))
        raise UsageError(f"--report: {name} is there and is no HTML page, so it is left alone; name another file")
