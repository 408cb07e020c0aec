"""A user's folder of profiles: read whole, checked whole, every problem reported at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mediaprep import documents
from mediaprep.documents import Document
from mediaprep.errors import ProfileError
from mediaprep.plugins import did_you_mean
from mediaprep.profiles.files import FOLDERS, ProfileFile
from mediaprep.profiles.sourcing import unsourced

PROFILE = "mediaprep.profile/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What users' folders hold, and what there is to say about it."""

    files: Mapping[str, ProfileFile]
    parsed: Mapping[Path, Document]
    notes: tuple[str, ...]
    problems: tuple[str, ...]


def read_own(folders: Sequence[Path], known: Mapping[str, ProfileFile]) -> Own:
    """Read the profiles of users' folders over ``known`` ones: what is sound in them, and every problem."""
    files: dict[str, ProfileFile] = {}
    parsed: dict[Path, Document] = {}
    notes: list[str] = []
    problems: list[str] = []
    for folder in folders:
        paths = yaml_files(folder)
        if not paths:
            problems.append(f"{folder}: no profiles here; expected NAME.yaml or carriers/NAME.yaml")
        for path in paths:
            document, found = examined(path)
            problems += found
            parsed[path] = document
            if document.value["schema"] != PROFILE:
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
    return Own(files=files, parsed=parsed, notes=tuple(notes), problems=tuple(problems))


def yaml_files(folder: Path) -> tuple[Path, ...]:
    """Give the documents of a folder of profiles: in it, and in the folders for roles and handsets. A file is one."""
    if folder.is_file():
        return (folder,)
    places = (folder, *(folder / name for name in (*FOLDERS, "handsets")))
    return tuple(path for place in places for path in sorted([*place.glob("*.yaml"), *place.glob("*.yml")]))


def checked(path: Path) -> Document:
    """Read one document and hold it against the schema. Raises ProfileError with every problem in it."""
    document, problems = examined(path)
    if problems:
        raise ProfileError(problems)
    return document


def examined(path: Path) -> tuple[Document, tuple[str, ...]]:
    """Read one document, and give what is sound in it with every problem: one fault hides no other.

    What is sound keeps the schema and has the file's name, so that it can be held against other profiles.
    """
    from mediaprep.profiles.schema import MODELS

    document, problems = documents.look(path)
    if document is None:
        return _nothing(path), problems
    found = [*problems]
    stated = document.value.get("schema") if isinstance(document.value, dict) else None
    known = isinstance(stated, str) and stated in MODELS
    if not known:
        words = "the key 'schema' is missing" if stated is None else f"no schema {stated!r}"
        found.append(f"{document.at(('schema',))}: {words}; {did_you_mean(str(stated), MODELS)}")
    if not isinstance(document.value, dict) or (stated is None and not {"name", "role"} & document.value.keys()):
        return _nothing(path), tuple(found)  # not meant as a profile: what else it has is not wrong
    schema = str(stated) if known else _schema_of(path)
    first = document = replace(document, value={**document.value, "schema": schema})
    document, empty = _filled(document)
    document, refused = documents.part_that_keeps(document, MODELS[schema])
    missed = tuple(f"the key {path[-1]!r} is missing" for path in _empty(first.value, ()))
    refused = tuple(text for text in refused if not any(said in text for said in missed))
    name = document.value.get("name", path.stem)
    if schema == PROFILE and name != path.stem:
        found.append(f"{document.at(('name',))}: the file {path.name} must be called {name}.yaml")
    told = dict.fromkeys([*found, *empty, *refused])
    if told:
        least = _least(path, schema)
        document = replace(
            document, value={**least, **document.value, **({"name": path.stem} if "name" in least else {})}
        )
    return document, tuple(sorted(told, key=lambda text: _place(text, document.name)))


def _filled(document: Document) -> tuple[Document, Sequence[str]]:
    """Take out the keys without a value, and name them."""
    told = []
    for path in reversed([*_empty(document.value, ())]):
        if document.raw(path) is not None:  # an alias stands for nothing as well, and is told already
            told.append(f"{document.at(path)}: {'.'.join(map(str, path))} is empty; state it, or take the key away")
        document = document.without(path)
    return document, told


def _place(text: str, name: str) -> tuple[int, ...]:
    """Give the line and column that a problem begins with."""
    return tuple(int(number) for number in text.removeprefix(f"{name}:").split(":")[:2])


def _schema_of(path: Path) -> str:
    """Give the schema that a file has by its place."""
    if path.parent.name == "handsets":
        return "mediaprep.handsets/1"
    return "mediaprep.sources/1" if path.name == "sources.yaml" else PROFILE


def _least(path: Path, schema: str) -> dict[str, Any]:
    """Give what a document in this place must say."""
    if schema == "mediaprep.sources/1":
        return {"schema": schema, "sources": {}}
    if schema == "mediaprep.handsets/1":
        return {"schema": schema, "mcc": path.stem, "plmns": {}}
    role = FOLDERS.get(path.parent.name, "carrier")
    return {"schema": schema, "name": path.stem, "role": role, "title": path.stem}


def _nothing(path: Path) -> Document:
    """Give the least that a document in this place is: others may name it, and it is there."""
    spot = documents.Spot(1, 1, None, {})
    return Document(name=str(path), value=_least(path, _schema_of(path)), spot=spot, sha256="")


def _empty(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    """Give the places where nothing stands: a limit begun and never written would else count as none."""
    if value is None:
        yield path
    elif isinstance(value, dict | list):
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _empty(inner, (*path, step))
