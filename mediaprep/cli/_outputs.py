"""The output side of a run: what -o means, the folders it needs, its index."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from mediaprep.index import index_lines
from mediaprep.limits import Route
from mediaprep.model import Outcome
from mediaprep.naming import INDEX_NAME, destination, output_stems, roles_of
from mediaprep.storage import disk_error
from mediaprep.walk import Asset
from mediaprep.workdir import leads_outside, sweep, write_atomically


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """Where each asset's renditions go, decided before any work. ``paths`` has an entry for each asset."""

    form: Literal["none", "file", "folder", "stdout"]
    root: Path
    paths: tuple[tuple[Path, ...], ...] = ()

    @classmethod
    def decide(
        cls, out: str | None, found: Sequence[Asset], routes: Sequence[Route], scratch: Path, *, folders_given: bool
    ) -> Outputs:
        """Read -o. For standard output the rendition is made in ``scratch`` first, so that only a whole one leaves."""
        if out is None:
            return cls(form="none", root=scratch)
        where = destination(out, found, len(routes), folders_given=folders_given)
        if where.form == "stdout":
            return cls(form="stdout", root=scratch, paths=((scratch / "rendition",),))
        if where.form == "file":
            return cls(form="file", root=where.path, paths=((where.path,),))
        stems = output_stems(found, [route.folder for route in routes], where.path, roles_of(routes))
        return cls(form="folder", root=where.path, paths=stems)

    @property
    def exact(self) -> bool:
        """Whether paths are complete; else the rendition's type gives their suffix."""
        return self.form in ("file", "stdout")

    @property
    def inside(self) -> Path | None:
        """The folder that no output may leave, however links in it point."""
        return self.root if self.form == "folder" else None

    def of(self, number: int) -> tuple[Path, ...] | None:
        """Give one asset's outputs, one for each route; None where nothing is written."""
        return self.paths[number] if self.paths else None

    @contextlib.contextmanager
    def folders_made(self, *, dry_run: bool) -> Iterator[None]:
        """Make the folders that the outputs need, and take away at the end those that stayed empty."""
        wanted = dict.fromkeys(path.parent for paths in self.paths for path in paths)
        if self.form == "folder":
            wanted[self.root] = None
        made: list[Path] = []
        try:
            for folder in [] if dry_run else wanted:
                if self.inside is not None and leads_outside(folder, self.inside):
                    continue  # its assets will fail, each by name
                made += _make(folder)
                sweep(folder)  # what a killed run left unfinished
            yield
        finally:
            for folder in reversed(made):
                with contextlib.suppress(OSError):  # it holds a rendition, as it should
                    os.rmdir(folder)

    def write_index(self, outcomes: Sequence[Outcome], routes: Sequence[Route]) -> None:
        """Write index.json into the output folder, whole or not at all."""
        write_atomically(self.root / INDEX_NAME, "".join(index_lines(outcomes, routes)).encode("ascii"))

    def copy_to(self, stream: BinaryIO) -> None:
        """Write the one rendition's bytes to a stream."""
        with self.paths[0][0].open("rb") as file:
            shutil.copyfileobj(file, stream)
        stream.flush()


def _make(folder: Path) -> list[Path]:
    """Make a folder with those above it; give the new ones, outermost first."""
    missing = []
    for each in (folder, *folder.parents):
        if each.is_dir():
            break
        missing.append(each)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise disk_error(error, folder) from error
    return missing[::-1]
