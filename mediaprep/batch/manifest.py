"""The rows of a manifest, one by one: CSV, JSON Lines, YAML, a folder, a glob. Only YAML is ever held whole.

Columns are ``asset``, ``routes`` (groups separated by ``;``) or ``audience`` (carriers and their shares,
``att=0.4;verizon=0.3``: parts of 1), and the names of ``FitOptions``. An empty cell says nothing.
"""

from __future__ import annotations

import csv
import glob
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_type_hints

from mediaprep import documents, objects
from mediaprep.config import option_readers
from mediaprep.errors import ProfileError, UsageError
from mediaprep.legible import printable
from mediaprep.message.audience import wrong_shares
from mediaprep.options import Bounds, FitOptions
from mediaprep.plugins import did_you_mean
from mediaprep.storage import disk_error, is_url
from mediaprep.walk import expand
from mediaprep.workdir import private_folder, remove

COLUMNS = ("asset", "routes", "audience")
LONGEST_LINE_BYTES = 1_000_000
MOST_YAML_BYTES = 5_000_000
"""A YAML manifest is held whole, about 60 bytes of memory for each of its bytes; longer lists go line by line."""

_GLOB = re.compile(r"[*?\[]")


Cells = Iterator[tuple[str, Mapping[str, Any] | str]]
"""Where a row stands, and its cells, or what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One asset to fit. ``place`` says where the row stands (``list.csv:7``), ``relative`` names its output.

    ``routes`` and ``audience`` are None where the row leaves them to the run; ``options`` holds what it sets.
    """

    place: str
    asset: str
    path: str
    relative: tuple[str, ...]
    routes: tuple[str, ...] | None = None
    audience: tuple[tuple[str, float], ...] | None = None
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that says nothing usable: ``file:line: what is wrong``."""

    text: str


def read_rows(manifest: str, out: str) -> Iterator[Row | Fault]:
    """Give the rows of a manifest, or a fault in place of a row, so that all faults can be told at once.

    ``out`` is left out of a folder that holds it. Raises UsageError for a name that means nothing.
    """
    reader = reader_of(manifest)
    if is_url(manifest):
        yield from _stored(manifest) if reader is None else _fetched(manifest, reader)
    elif reader is not None and os.path.isfile(manifest):
        yield from _resolved(reader(Path(manifest)), manifest)
    elif os.path.isdir(manifest):
        for asset in expand(manifest, None if is_url(out) else Path(out)):
            yield Row(place=manifest, asset=asset.name, path=str(asset.path), relative=asset.relative, options={})
    elif _GLOB.search(manifest) and not os.path.exists(manifest):
        yield from _globbed(manifest)
    elif os.path.isfile(manifest):
        known = ", ".join(sorted(_READERS))
        raise UsageError(f"{printable(manifest)} is not a manifest: name a {known} file, a folder, or a glob in quotes")
    else:
        raise UsageError(f"{printable(manifest)} does not exist; name a manifest, a folder, or a glob in quotes")


def given_rows(assets: Iterable[str | Path | Mapping[str, Any]]) -> Iterator[Row | Fault]:
    """Give the rows of a list of the caller's own: paths, URLs, or mappings with a manifest's columns."""
    cells = (each if isinstance(each, Mapping) else {"asset": str(each)} for each in assets)
    return _resolved(((f"asset {number}", cell) for number, cell in enumerate(cells, 1)), "")


def reader_of(manifest: str) -> Callable[[Path], Cells] | None:
    """Give what reads a manifest of this name; None for a folder, a glob, a prefix of objects."""
    return _READERS.get(os.path.splitext(manifest)[1].lower())


def _fetched(manifest: str, reader: Callable[[Path], Cells]) -> Iterator[Row | Fault]:
    """Give the rows of a manifest that lies in an object store."""
    folder = private_folder("manifest")
    try:
        path = folder / Path(manifest).name
        objects.fetch(manifest, path, Bounds().max_file_bytes)
        yield from _resolved(reader(path), manifest)
    finally:
        remove(folder)


def _stored(prefix: str) -> Iterator[Row]:
    """Give the objects below a URL, named by what follows it."""
    root = prefix.rstrip("/") + "/"
    for found in objects.below(prefix):
        relative = tuple(part for part in found.url.removeprefix(root).split("/") if part)
        if found.size_bytes and relative and not any(part.startswith(".") for part in relative):
            yield Row(place=prefix, asset=found.url, path=found.url, relative=relative, options={})


def _globbed(pattern: str) -> Iterator[Row]:
    """Give matching files; each is named by its path below the part of the pattern that is no pattern."""
    fixed = _GLOB.split(pattern)[0]
    root = os.path.dirname(fixed)
    for name in glob.iglob(pattern, recursive=True):
        if os.path.isfile(name) and not os.path.islink(name):
            relative = tuple(Path(os.path.relpath(name, root or ".")).parts)
            yield Row(place=pattern, asset=name, path=name, relative=relative, options={})


def _csv(path: Path) -> Cells:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            header = [name.strip().lower() for name in next(reader, [])]
            if len(header) == 1 and set(header[0]) & set(";\t|"):
                raise UsageError(
                    f"{path}:1: the columns are not separated by commas: {header[0]!r}; save the file with commas"
                )
            for name in {name for name in header if header.count(name) > 1}:
                raise UsageError(f"{path}:1: the column {name!r} appears twice")
            for cells in reader:
                place = f"{path}:{reader.line_num}"
                if not any(cell.strip() for cell in cells):
                    continue
                if len(cells) > len(header):
                    yield place, f"{len(cells)} cells under {len(header)} columns"
                else:
                    yield place, {n: c.strip() for n, c in zip(header, cells, strict=False) if c.strip()}
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8; save the file as UTF-8") from error
    except csv.Error as error:
        raise UsageError(f"{path}: not CSV: {error}") from error
    except OSError as error:
        raise disk_error(error, path) from error


def _json_lines(path: Path) -> Cells:
    try:
        with path.open("rb") as stream:
            number = 0
            while line := stream.readline(LONGEST_LINE_BYTES):
                number += 1
                place = f"{path}:{number}"
                if not line.strip():
                    continue
                if not line.endswith(b"\n") and len(line) == LONGEST_LINE_BYTES:
                    raise UsageError(f"{place}: a line of more than {LONGEST_LINE_BYTES:,} bytes is not a row")
                try:
                    value = json.loads(line)
                except (ValueError, RecursionError) as error:
                    yield place, f"not JSON: {error}"
                    continue
                yield place, value if isinstance(value, dict) else 'a row is an object, as in {"asset": "a.jpg"}'
    except OSError as error:
        raise disk_error(error, path) from error


def _yaml(path: Path) -> Cells:
    if path.stat().st_size > MOST_YAML_BYTES:
        raise UsageError(
            f"{path} has more than {MOST_YAML_BYTES:,} bytes and YAML is read whole; write JSON Lines or CSV instead"
        )
    document = documents.read(path)
    if not isinstance(document.value, list):
        raise ProfileError([f"{document.at(())}: a manifest is a list of rows, each beginning with `- asset: ...`"])
    for index, value in enumerate(document.value):
        place = document.at((index,))
        yield place, value if isinstance(value, dict) else "a row has keys, as in `- asset: a.jpg`"


_READERS: Mapping[str, Callable[[Path], Cells]] = {
    ".csv": _csv, ".jsonl": _json_lines, ".ndjson": _json_lines, ".yaml": _yaml, ".yml": _yaml,
}  # fmt: skip


def _resolved(rows: Cells, manifest: str) -> Iterator[Row | Fault]:
    """Make rows of cells. Paths begin at the manifest's own folder."""
    folder = manifest.rpartition("/")[0] if is_url(manifest) else os.path.dirname(manifest)
    readers = option_readers()
    for place, cells in rows:
        if isinstance(cells, str):
            yield Fault(f"{place}: {cells}")
            continue
        try:
            yield _row(place, cells, folder, readers)
        except ValueError as error:
            yield Fault(f"{place}: {error}")


def _row(place: str, cells: Mapping[str, Any], folder: str, readers: Mapping[str, Callable[[Any], Any]]) -> Row:
    cells = {name: value for name, value in cells.items() if value is not None}
    for name in cells:
        if name not in COLUMNS and name not in readers:
            raise ValueError(f"unknown column {name!r}; {did_you_mean(name, (*COLUMNS, *readers))}")
    asset = cells.get("asset")
    if not isinstance(asset, str) or not asset:
        raise ValueError("the row names no asset")
    if "routes" in cells and "audience" in cells:
        raise ValueError("a row has routes or an audience, not both")
    options = {}
    for name in cells.keys() - set(COLUMNS):
        try:
            options[name] = readers[name](_typed(name, cells[name]))
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
    try:
        FitOptions(**options)
    except UsageError as error:
        raise ValueError(str(error)) from error
    return Row(
        place=place,
        asset=asset,
        path=asset if is_url(asset) or not folder or os.path.isabs(asset) else f"{folder}/{asset}",
        relative=_relative(asset),
        routes=_listed(cells["routes"]) if "routes" in cells else None,
        audience=_audience(cells["audience"]) if "audience" in cells else None,
        options=options,
    )


def _relative(asset: str) -> tuple[str, ...]:
    """Name an output after its asset: the path without what leads up or to a root (a drive, a bucket)."""
    parts = asset.split("/")[3:] if is_url(asset) else [p for p in Path(asset).parts if p != Path(asset).anchor]
    return tuple(part for part in parts if part not in ("..", ".", "")) or ("asset",)


def _listed(value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, list) else str(value).split(";")
    found = tuple(dict.fromkeys(str(item).strip() for item in items if str(item).strip()))
    if not found:
        raise ValueError("routes: no group is named; write att, or att;us for one rendition each")
    return found


def _audience(value: Any) -> tuple[tuple[str, float], ...]:
    """Read carriers and their shares; carriers alone share evenly."""
    if isinstance(value, dict):
        pairs = [(str(name), share) for name, share in value.items()]
    else:
        items = _listed(value)
        stated = any("=" in item for item in items)
        cells = (item.rpartition("=") if stated else (item, "", 1 / len(items)) for item in items)
        pairs = [(name.strip(), share) for name, _, share in cells]
    try:
        found = tuple((name, float(share)) for name, share in pairs)
    except (TypeError, ValueError) as error:
        raise ValueError("audience: write carriers and their shares, as in att=0.4;verizon=0.3") from error
    wrong = wrong_shares([share for _, share in found])
    if wrong is not None:
        raise ValueError(f"audience: {wrong}")
    return found


_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def _typed(name: str, value: Any) -> Any:
    """Give a cell of text the type that its option has; other values say their type themselves."""
    hint = get_type_hints(FitOptions)[name]
    if not isinstance(value, str):
        return value
    if hint is bool:
        return _FLAGS.get(value.lower(), value)
    return list(_listed(value)) if hint == tuple[str, ...] else value
