"""Which assets a run is about: files as named, folders walked in a fixed order, ``-`` for standard input."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mediaprep.errors import UsageError
from mediaprep.legible import printable
from mediaprep.storage import is_url, looks_like_url

STDIN = "-"
LITTER = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx"})
"""What Windows and macOS put beside media by themselves, and their archives bring along."""
ABOUT = ("readme", "license", "licence", "copying", "notice", "changelog")
"""Stems of files that speak of a folder instead of belonging to the campaign in it."""
SCRIPTS = (".py", ".sh", ".ps1", ".bat", ".cmd")
"""Programs that someone keeps beside media to work on them; as text messages they would only be too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One asset of a run.

    ``name`` is what records call it: the argument as given, plus the walked path. ``relative`` are
    the parts of its path below the folder that was given (a file named itself has one part).
    ``problem`` is the reason why a folder met on the way could not be listed, else None.
    """

    name: str
    path: Path
    relative: tuple[str, ...]
    problem: OSError | None = None


def find_assets(arguments: Sequence[str], *, out: Path | None = None) -> tuple[Asset, ...]:
    """Give every asset that the arguments name, each once, in the order given and sorted inside folders.

    A folder is walked without its dot files, symbolic links, pipes and devices, without ``out``, and without
    what is beside the media in every second folder (``LITTER``, ``README.md``, ``SCRIPTS``); what is named
    itself is kept. A name that does not exist is kept, too: that asset fails, the others do not. Raises
    UsageError where a folder given is ``out`` itself, for an empty name and a URL, and where nothing at all is found.
    """
    found: dict[tuple[tuple[str, ...], str], Asset] = {}
    for argument in arguments:
        for asset in expand(argument, out):
            found.setdefault((asset.relative, os.path.abspath(asset.path)), asset)
    if not found:
        places = ", ".join(printable(argument) for argument in arguments) or "the arguments"
        raise UsageError(f"no assets in {places}: dot files, links, READMEs and scripts are left out of a folder")
    return tuple(found.values())


def expand(argument: str, out: Path | None = None) -> Iterator[Asset]:
    """Give the assets of one argument one by one, without holding them: see ``find_assets``."""
    if not argument:
        raise UsageError("an asset's name is empty; name a file, a folder, or - for standard input")
    if argument == STDIN:
        yield Asset(name=STDIN, path=Path(STDIN), relative=("stdin",))
    elif os.path.isdir(argument):
        if out is not None and _same(argument, out):
            raise UsageError(
                f"{printable(argument)} is both the assets' folder and the output's; renditions never go among their "
                "sources, so name another folder with -o"
            )
        yield from _walk(argument, out)
    elif looks_like_url(argument):
        how = "only `batch run` reads it" if is_url(argument) else "fetch it, and name the file"
        raise UsageError(f"{printable(argument)} is a URL: {how}")
    else:
        yield Asset(name=argument, path=Path(argument), relative=(Path(argument).name,))


def _walk(root: str, out: Path | None) -> Iterator[Asset]:
    """Go through a folder depth first; a stack of our own, because paths may nest deeper than Python's."""
    waiting: list[tuple[str, ...]] = [()]
    while waiting:
        parts = waiting.pop()
        name = os.path.join(root, *parts)
        if parts and not os.path.isdir(name):
            yield Asset(name=name, path=Path(name), relative=parts)
            continue
        try:
            with os.scandir(name) as entries:
                kept = sorted(entry.name for entry in entries if _wanted(entry, out))
        except OSError as problem:
            yield Asset(name=name, path=Path(name), relative=parts or (Path(root).name or "root",), problem=problem)
            continue
        waiting.extend((*parts, entry) for entry in reversed(kept))


def _wanted(entry: os.DirEntry[str], out: Path | None) -> bool:
    """Keep what is no dot file, no litter and, without following links, a folder or a regular file."""
    name = entry.name.lower()
    if name.startswith(".") or name in LITTER:
        return False
    if entry.is_dir(follow_symlinks=False):
        return out is None or not _same(entry.path, out)
    return entry.is_file(follow_symlinks=False) and not _about(name)


def _about(name: str) -> bool:
    """Say whether a file's name is a script's, or README, LICENSE and the like, bare or as text."""
    stem, _, suffix = name.partition(".")
    return name.endswith(SCRIPTS) or (stem in ABOUT and suffix in ("", "md", "rst", "txt"))


def _same(one: str | Path, other: str | Path) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:
        return os.path.abspath(one) == os.path.abspath(other)
