"""Where renditions go: names that are legal everywhere, unique, and never those of a source. Decided before any work.

A rendition's type decides its suffix, and that is known only after the work. So everything here compares
names without their suffix: two outputs with one stem count as a clash whatever they will end in.
"""

from __future__ import annotations

import errno
import hashlib
import os
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from mediaprep.errors import UsageError
from mediaprep.legible import printable
from mediaprep.limits import Route
from mediaprep.storage import is_url, looks_like_url, special
from mediaprep.workdir import would_replace

INDEX_NAME = "index.json"

_FORBIDDEN = frozenset('<>:"/\\|?*')
"""Characters that no Windows file name holds (learn.microsoft.com, "Naming Files, Paths, and Namespaces")."""

_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$"]
    + [f"{device}{digit}" for device in ("com", "lpt") for digit in "123456789¹²³"]
)
"""Names that Windows keeps for devices, with any suffix (same page)."""

_LONGEST_STEM_BYTES = 180
"""Most systems stop at 255 bytes a name; the rest is for a suffix and for the name of a file in the making."""

_SHOWN = 120
"""Letters of a path that is too long to exist."""

_MEDIA_SUFFIXES = frozenset({
    "jpg", "jpeg", "png", "gif", "webp", "avif", "heic", "tif", "tiff", "bmp",
    "mp4", "m4v", "mov", "3gp", "3g2", "webm",
    "mp3", "m4a", "aac", "amr", "ogg", "opus", "wav", "vcf", "txt", "pdf", "ics",
})  # fmt: skip
"""Suffixes that make a name surely a file's, and that a rendition may end in."""


class Named(Protocol):
    """What naming needs to know of an asset (see ``walk.Asset``)."""

    @property
    def name(self) -> str:
        """What records call the asset."""
        ...

    @property
    def path(self) -> Path:
        """Where it is read."""
        ...

    @property
    def relative(self) -> tuple[str, ...]:
        """Its path's parts below the folder that was given."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """What ``-o`` means in this run. ``path`` is the file or the folder; it says nothing for ``stdout``."""

    form: Literal["file", "folder", "stdout"]
    path: Path


def insist_on_place(out: str, called: str, *, stores: bool = False) -> None:
    """Raise UsageError where ``out`` is a URL, or a device, a pipe or a socket: no rendition is written there.

    Of URLs ``stores`` lets those of object stores pass.
    """
    if looks_like_url(out) and not (stores and is_url(out)):
        why = "only `batch run -o` writes to object stores" if is_url(out) else "nothing is written to such a URL"
        raise UsageError(f"{called} {printable(out)}: {why}; name a file or a folder")
    if (there := special(Path(out))) is not None:
        raise UsageError(f"{called} {printable(out)} is {there}; name a file or a folder")
    if not is_url(out):
        _insist_on_reach(Path(out), called)


def _insist_on_reach(path: Path, called: str) -> None:
    """Raise UsageError where the system cannot even look for ``path``: a name too long, a folder that lets nobody in.

    Not asked by ``is_file``: until Python 3.13 that raises for both, and says False for a loop of links.
    """
    there = next((each for each in path.parents if os.path.isdir(each)), path.parent)
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        pass  # to be made, or told by whoever knows whether a folder is wanted
    except (OSError, ValueError) as error:
        raise _out_of_reach(path, called, error) from error
    for part in path.relative_to(there).parts if path.is_relative_to(there) else ():  # folders yet to be made
        try:
            os.stat(there / part)
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                raise _out_of_reach(path, called, error) from error


def _out_of_reach(path: Path, called: str, error: OSError | ValueError) -> UsageError:
    """Say why a path cannot be looked for. ValueError: it holds a zero byte."""
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    text = str(path) if len(str(path)) <= _SHOWN else f"{str(path)[:_SHOWN]}..."
    return UsageError(f"{called} {printable(text)}: {why[:1].lower()}{why[1:]}; name another place")


def insist_on_folder(out: str, called: str, *, stores: bool = False) -> None:
    """Raise UsageError where ``out`` can be no folder: what ``insist_on_place`` refuses, no name, ``-``, a file.

    Asked before any work, for what is written there comes after it.
    """
    if out in ("", "-"):
        why = "is empty" if not out else "-: several files are written"
        raise UsageError(f"{called} {why}; name a folder")
    insist_on_place(out, called, stores=stores)
    path = Path(out)
    in_the_way = None if is_url(out) else next((each for each in (path, *path.parents) if os.path.isfile(each)), None)
    if in_the_way is not None:
        raise UsageError(f"{called} {printable(out)}: {printable(str(in_the_way))} is a file; name a folder")


def destination(out: str, assets: Sequence[Named], groups: int, *, folders_given: bool) -> Destination:
    """Read ``-o``: ``-`` is stdout; one asset for one group and a file's name is that file; else a folder.

    A name that does not exist yet is a file's if it has a suffix and does not end in a separator.
    Raises UsageError where several renditions would meet in one file.
    """
    path = Path(out)
    several = len(assets) > 1 or groups > 1 or folders_given
    if not out:
        raise UsageError("-o is empty; name a file, a folder, or - for standard output")
    if out == "-":
        if several:
            raise UsageError("-o - takes one asset and one --to group; name a folder for more")
        return Destination(form="stdout", path=path)
    insist_on_place(out, "-o")
    says_folder = out.endswith(("/", os.sep)) or path.is_dir()
    if several:
        looks_like_file = path.suffix[1:].lower() in _MEDIA_SUFFIXES and not says_folder
        if (path.exists() and not path.is_dir()) or looks_like_file:
            raise UsageError(
                f"{printable(out)} is one file, and this run may write several (assets: {len(assets)}, groups: "
                f"{groups}); name a folder with -o"
            )
        return Destination(form="folder", path=path)
    if says_folder or not (path.suffix or path.exists()):
        return Destination(form="folder", path=path)
    if path.name.casefold() == INDEX_NAME:
        raise UsageError(f"{printable(out)} is where a run keeps its records; name another file with -o")
    if would_replace(assets[0].path, path, exact=True):
        raise UsageError(f"{printable(out)} is the asset itself; a source is never written over: name another file")
    return Destination(form="file", path=path)


def output_stems(
    assets: Sequence[Named], folders: Sequence[str], out: Path, roles: Sequence[str] = ()
) -> tuple[tuple[Path, ...], ...]:
    """Give each asset's output paths in the folder ``out``, one for each group, all without their suffix.

    One group writes straight into ``out``, several write below one folder each. ``roles`` are those of files that may
    come beside a rendition (``roles_of``). Assets whose outputs would meet keep their suffix in their names
    (``map-png``), all of them. Raises UsageError, naming the assets, where two would still meet, on a system that tells
    case apart or not, or where a rendition could land on a source.
    """
    chosen = [place_of(asset.relative) for asset in assets]
    owners = _owners(chosen)
    for numbers in owners.values():
        if len(numbers) > 1:
            for number in numbers:
                chosen[number] = with_old_suffix(chosen[number], assets[number].relative[-1])
    owners = _owners(chosen)
    for key in {key for place in chosen for key in beside(place, roles)} & owners.keys():
        for number in owners[key]:
            chosen[number] = with_old_suffix(chosen[number], assets[number].relative[-1])
    _refuse_clashes(assets, chosen, roles)
    bases = [out / folder for folder in folders] if len(folders) > 1 else [out]
    paths = tuple(tuple(base.joinpath(*place) for base in bases) for place in chosen)
    _refuse_sources(assets, paths, roles)
    return paths


def _owners(chosen: Sequence[tuple[str, ...]]) -> dict[str, list[int]]:
    """Give the numbers of the assets that have each name."""
    owners: dict[str, list[int]] = {}
    for number, place in enumerate(chosen):
        owners.setdefault(folded(place), []).append(number)
    return owners


def roles_of(routes: Iterable[Route]) -> tuple[str, ...]:
    """Give the roles of files that these routes may want beside a rendition. Its kind is known after the work only."""
    return ("poster",) if any(limits.poster for route in routes for limits in route.limits) else ()


def beside(place: Sequence[str], roles: Sequence[str]) -> Iterator[str]:
    """Give what an output takes besides its own name, folded, without suffix: no other output may be called so.

    These are the files that come beside it (``clip-poster``), and its folders, where they are named as a file could be.
    """
    for role in roles:
        yield folded((*place[:-1], f"{place[-1]}-{role}"))
    for depth, folder in enumerate(place[:-1]):
        stem, suffix = os.path.splitext(folder)
        if suffix[1:].casefold() in _MEDIA_SUFFIXES:
            yield folded((*place[:depth], stem))


def place_of(relative: Sequence[str]) -> tuple[str, ...]:
    """Make a relative path legal on every system and drop the last part's suffix: an output's place in its folder.

    Nothing is called like the run's index: an asset and a folder of that name become ``index-json``.
    """
    *folders, last = relative
    place = (*map(_legal_part, folders), _legal_part(os.path.splitext(last)[0]))
    return ("-".join(relative[0].rsplit(".", 1)), *place[1:]) if folded(relative[:1]) == INDEX_NAME else place


def _legal_part(part: str) -> str:
    """Replace what Windows forbids by ``_`` and an undecodable byte by ``_`` and its two hex digits."""
    text = "".join(_legal_character(c) for c in part)
    text = text[: len(text.rstrip(". "))] + "_" * (len(text) - len(text.rstrip(". ")))
    if text.split(".")[0].strip().lower() in _DEVICES:
        text = f"_{text}"
    raw = text.encode()
    if len(raw) > _LONGEST_STEM_BYTES:
        mark = hashlib.sha256(part.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        text = f"{raw[: _LONGEST_STEM_BYTES - 9].decode('utf-8', 'ignore')}-{mark}"
    return text or "_"


def _legal_character(c: str) -> str:
    if "\udc80" <= c <= "\udcff":  # a byte that is no UTF-8, kept by surrogateescape (PEP 383)
        return f"_{ord(c) - 0xDC00:02x}"
    return "_" if c in _FORBIDDEN or unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c


def with_old_suffix(place: tuple[str, ...], last: str) -> tuple[str, ...]:
    """Put the asset's own suffix into its output's name (``map.png`` -> ``map-png``)."""
    suffix = os.path.splitext(last)[1][1:]
    # made legal together: a long suffix behind a long stem would be too long a name
    return (*place[:-1], _legal_part(f"{place[-1]}-{suffix}")) if suffix else place


def folded(parts: Iterable[str]) -> str:
    """Fold a path the way that systems do which tell neither case nor Unicode's normal forms apart."""
    plain = unicodedata.normalize("NFC", "/".join(parts)).casefold()
    return unicodedata.normalize("NFC", plain)


def _refuse_clashes(assets: Sequence[Named], chosen: Sequence[tuple[str, ...]], roles: Sequence[str]) -> None:
    """Raise where two assets have one output name, or one is named like what comes beside another's, or its folder."""
    owners = {key: [printable(assets[n].name) for n in numbers] for key, numbers in _owners(chosen).items()}
    clashes = [" and ".join(names) for names in owners.values() if len(names) > 1]
    others = {key: asset.name for asset, place in zip(assets, chosen, strict=True) for key in beside(place, roles)}
    clashes += [meeting(owners[key][0], printable(name)) for key, name in others.items() if key in owners]
    if clashes:
        raise one_name(clashes, out="the output folder")


def meeting(one: str, other: str) -> str:
    """Say that an asset's output has the name of what comes with another's."""
    return f"{one} and a folder or poster of {other}"


def one_name(clashes: Sequence[str], out: str) -> UsageError:
    """Say which assets' outputs would have one name."""
    shown = "; ".join(clashes[:5]) + (f"; and {len(clashes) - 5} more" if len(clashes) > 5 else "")
    return UsageError(
        f"these would be written under one name in {out} (case does not count): {shown}. Rename one, or run them into "
        "different folders"
    )


def _refuse_sources(assets: Sequence[Named], paths: Iterable[Iterable[Path]], roles: Sequence[str]) -> None:
    """Raise where an output could be written over an asset of this run, whatever suffix it gets."""
    real: dict[str, str] = {}  # one look-up a folder: a campaign may hold many thousands of files

    def key(path: str | Path) -> str:
        folder, name = os.path.split(path)
        if folder not in real:
            real[folder] = os.path.realpath(folder)
        return folded((real[folder], name))

    sources = {key(os.path.splitext(asset.path)[0]): asset.name for asset in assets}
    for outputs in paths:
        for path in outputs:
            beside_it = (path.with_name(f"{path.name}-{role}") for role in roles)
            name = next((sources[taken] for taken in map(key, (path, *beside_it)) if taken in sources), None)
            if name is not None:
                raise UsageError(
                    f"a rendition would be written beside {printable(name)} under its name, and a source is never "
                    "written over: name another folder with -o"
                )
