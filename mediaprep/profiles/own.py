"""A user's folder of profiles: read whole, checked whole, every problem reported at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mediaprep import documents
from mediaprep.documents import Document
from mediaprep.errors import ProfileError
from mediaprep.plugins import did_you_mean
from mediaprep.profiles.files import FOLDERS, ProfileFile
from mediaprep.profiles.sourcing import unsourced


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What users' folders hold, and what there is to say about it."""

    files: Mapping[str, ProfileFile]
    parsed: Mapping[Path, Document]
    notes: tuple[str, ...]


def read_own(folders: Sequence[Path], known: Mapping[str, ProfileFile]) -> Own:
    """Read the profiles of users' folders over ``known`` ones. Raises ProfileError with every problem."""
    files: dict[str, ProfileFile] = {}
    parsed: dict[Path, Document] = {}
    notes: list[str] = []
    problems: list[str] = []
    for folder in folders:
        paths = yaml_files(folder)
        if not paths:
            problems.append(f"{folder}: no profiles here; expected NAME.yaml or carriers/NAME.yaml")
        for path in paths:
            try:
                document = checked(path)
            except ProfileError as error:
                problems += error.problems
                continue
            parsed[path] = document
            if document.value["schema"] != "mediaprep.profile/1":
                continue
            name, role = document.value["name"], document.value["role"]
            before = files.get(name, known.get(name))
            if before is not None and before.role != role:
                problems.append(f"{document.at(('role',))}: {name!r} is a {before.role} already ({before.path})")
            if before is not None:
                notes.append(f"{path}: replaces the {'other' if before.own else 'shipped'} profile {name!r}")
            notes += [
                f"{document.at(at)}: no source; write `source: own` if the figure is yours"
                for at in unsourced(document.value)
            ]
            files[name] = ProfileFile(name=name, role=role, path=path, own=True, replaces=before)
    if problems:
        raise ProfileError(problems)
    return Own(files=files, parsed=parsed, notes=tuple(notes))


def yaml_files(folder: Path) -> tuple[Path, ...]:
    """Give the documents of a folder of profiles: in it, and in the folders for roles and handsets."""
    places = (folder, *(folder / name for name in (*FOLDERS, "handsets")))
    return tuple(path for place in places for path in sorted([*place.glob("*.yaml"), *place.glob("*.yml")]))


def checked(path: Path) -> Document:
    """Read one document and hold it against the schema. Raises ProfileError with every problem in it."""
    from mediaprep.profiles.schema import MODELS

    document = documents.read(path)
    stated = document.value.get("schema") if isinstance(document.value, dict) else None
    if not isinstance(stated, str) or stated not in MODELS:
        words = "the key 'schema' is missing" if stated is None else f"no schema {stated!r}"
        raise ProfileError([f"{document.at(('schema',))}: {words}; {did_you_mean(str(stated), MODELS)}"])
    empty = [f"{document.at(path)}: {'.'.join(map(str, path))} is empty; state it, or take the key away"
             for path in _empty(document.value, ())]  # fmt: skip
    if empty:
        raise ProfileError(empty)
    documents.validate(document, MODELS[stated])
    if stated == "mediaprep.profile/1" and document.value["name"] != path.stem:
        raise ProfileError(
            [f"{document.at(('name',))}: the file {path.name} must be called {document.value['name']}.yaml"]
        )
    return document


def _empty(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    """Give the places where nothing stands: a limit begun and never written would else count as none."""
    if value is None:
        yield path
    elif isinstance(value, dict | list):
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _empty(inner, (*path, step))
