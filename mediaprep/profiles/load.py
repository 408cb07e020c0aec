"""Find and read profiles: the shipped ones, and users' folders that win over them.

Only the documents that a route needs are parsed. Shipped documents are checked against the schema by the
tests and by ``mediaprep profiles check``, not on each run: that would load pydantic (0.15 s of CPU) to learn
what is known already. Users' documents are checked each time they are loaded, all problems at once.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from mediaprep import documents
from mediaprep.documents import Document
from mediaprep.errors import ProfileError
from mediaprep.profiles.cascade import Registry
from mediaprep.profiles.files import FOLDERS, ProfileFile
from mediaprep.profiles.names import fold
from mediaprep.profiles.own import examined, read_own, yaml_files


def shipped_folder() -> Path:
    """Give the folder of shipped profiles: inside the package (a wheel) or beside it (a checkout).

    Raises ProfileError where neither is there.
    """
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "carrier_profiles", package.parent / "carrier_profiles"):
        if (folder / "VERSION").is_file():
            return folder
    raise ProfileError([f"{package}: the carrier profiles are missing; install mediaprep again"])


class Profiles:
    """All profiles in effect. Immutable from outside; documents are parsed on use and kept. Safe to share."""

    def __init__(self, root: Path, own_dirs: Sequence[Path] = (), *, faulty: bool = False) -> None:
        """Index ``root`` (the shipped folder); then read and check ``own_dirs``, later ones winning.

        Raises ProfileError with every problem in the users' folders. With ``faulty``, for a check of them, takes
        what is sound in them instead and keeps the ``problems``.
        """
        self.root = root
        self.own_dirs = tuple(own_dirs)
        self._parsed: dict[Path, Document] = {}
        self._texts: dict[Path, bytes] = {}
        self._files: dict[str, ProfileFile] = {}
        self.notes: tuple[str, ...] = ()
        """What a user should know about their own profiles: what they replace, what has no source."""
        self.problems: tuple[str, ...] = ()
        """What is wrong with them."""
        for folder, role in FOLDERS.items():
            for path in sorted((root / folder).glob("*.yaml")):
                before = self._files.get(path.stem)
                if before is not None:
                    raise ProfileError([f"{path}: {path.stem!r} is a {before.role} already ({before.path})"])
                self._files[path.stem] = ProfileFile(name=path.stem, role=role, path=path)
        if self.own_dirs:
            own = read_own(self.own_dirs, self._files)
            if own.problems and not faulty:
                raise ProfileError(own.problems)
            self.problems = own.problems
            self._files.update(own.files)
            self._parsed.update(own.parsed)
            self.notes = own.notes

    @classmethod
    def load(cls, extra_dirs: Iterable[str | os.PathLike[str]] = (), *, faulty: bool = False) -> Profiles:
        """Find the shipped profiles and add the users' folders ``extra_dirs``, later ones winning."""
        extra_dirs = tuple(extra_dirs)
        if "" in extra_dirs:  # as a script's variable that was never set: it would be the working folder
            raise ProfileError(["the name of a folder of profiles is empty; name it, or leave it out"])
        return cls(shipped_folder(), tuple(Path(item) for item in extra_dirs), faulty=faulty)

    def examine(self) -> Mapping[Path, tuple[Document, tuple[str, ...]]]:
        """Read every document, give each with the problems in it, and go on with what is sound in them."""
        found: dict[Path, tuple[Document, tuple[str, ...]]] = {}
        for folder in (self.root, *self.own_dirs):
            for path in yaml_files(folder):
                found[path] = examined(path)
                self._parsed[path] = found[path][0]
        return found

    @property
    def files(self) -> Mapping[str, ProfileFile]:
        """Give every profile by its name."""
        return self._files

    def names(self, role: str | None = None) -> tuple[str, ...]:
        """Give the names of all profiles, or of one role, sorted."""
        return tuple(sorted(name for name, file in self._files.items() if role in (None, file.role)))

    def document(self, file: ProfileFile) -> Document:
        """Parse one profile, once. Raises ProfileError where it is no YAML mapping."""
        return self._document(file.path)

    def value(self, file: ProfileFile) -> Mapping[str, Any]:
        """Give one profile as plain values."""
        value: Mapping[str, Any] = self._document(file.path).value
        return value

    def find(self, name: str) -> ProfileFile | None:
        """Find a profile by its name or an alias that a look-up service prints, in any case."""
        wanted = fold(name)
        exact = self._files.get(wanted)
        if exact is not None:
            return exact
        for file in self.mentioning(wanted):
            if wanted in map(fold, self.value(file).get("aliases", ())):
                return file
        return None

    def mentioning(self, text: str) -> tuple[ProfileFile, ...]:
        """Give the profiles whose text holds all words of ``text``: the few that are worth parsing."""
        words = [word.encode() for word in fold(text).split()]
        return tuple(
            file for _, file in sorted(self._files.items()) if all(w in self._folded(file.path) for w in words)
        )

    @cached_property
    def registry(self) -> Registry:
        """Give all sources by key; a user's sources.yaml adds to ours and wins."""
        found: dict[str, Mapping[str, Any]] = {}
        for path in self._companions("sources.yaml"):
            found.update(self._document(path).value["sources"])
        return found

    def handsets(self, mcc: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Give the phone figures of one country code by PLMN; nothing where no file is there."""
        found: dict[str, Sequence[Mapping[str, Any]]] = {}
        for path in self._companions(f"handsets/{mcc}.yaml"):
            found.update(self._document(path).value["plmns"])
        return found

    @cached_property
    def version(self) -> str:
        """Give the version of the shipped data."""
        return (self.root / "VERSION").read_text(encoding="utf-8").strip()

    @cached_property
    def digest(self) -> str:
        """Give the SHA-256 of all documents in effect, by name: equal digests, equal data."""
        total = hashlib.sha256()
        paths = {f"{file.role}/{name}": file.path for name, file in self._files.items()}
        for folder in (self.root, *self.own_dirs):
            others = [folder / "sources.yaml", *(folder / "handsets").glob("*.yaml")]
            paths.update({f"{len(paths)}/{path.name}": path for path in sorted(others) if path.is_file()})
        for key, path in sorted(paths.items()):
            total.update(f"{key}\0".encode() + hashlib.sha256(self._bytes(path)).digest())
        return total.hexdigest()

    def _companions(self, name: str) -> tuple[Path, ...]:
        return tuple(path for folder in (self.root, *self.own_dirs) if (path := folder / name).is_file())

    def _document(self, path: Path) -> Document:
        found = self._parsed.get(path)
        if found is None:
            found = documents.parse(self._bytes(path), str(path))
            if not isinstance(found.value, dict):
                raise ProfileError([f"{path}:1:1: a profile is keys with values"])
            self._parsed[path] = found
        return found

    def _bytes(self, path: Path) -> bytes:
        found = self._texts.get(path)
        if found is None:
            try:
                found = path.read_bytes()
            except OSError as error:
                raise ProfileError([f"{path}: cannot be read: {error.strerror}"]) from error
            self._texts[path] = found
        return found

    def _folded(self, path: Path) -> bytes:
        return self._bytes(path).decode(errors="replace").casefold().encode()
