"""Hold profiles against the schema, their sources and each other; every problem with its line, all at once.

What is wrong in shipped data may be only doubtful in a user's own: a number without a source, a source that no
list knows, hearsay as a hard limit. There it is a warning.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mediaprep.documents import Document
from mediaprep.errors import ProfileError, RouteError
from mediaprep.plugins import did_you_mean
from mediaprep.profiles.cascade import HEARSAY, Entry, Origin, confidence_of, flatten, half, plain, without_origin
from mediaprep.profiles.compose import chain, channels, senders
from mediaprep.profiles.files import FOLDERS, ProfileFile
from mediaprep.profiles.load import Profiles
from mediaprep.profiles.names import fold
from mediaprep.profiles.route import resolve
from mediaprep.profiles.sourcing import unsourced

_FREE_SOURCES = ("own", "derived")
"""Sources that need no entry in sources.yaml: one's own measurement, and a value reckoned from others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a check of profiles found; each text begins with ``file:line:column`` where it has one."""

    documents: int
    errors: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Doubt:
    """A problem that is an error in shipped data and a warning in a user's own."""

    text: str


def check(profiles: Profiles) -> Checked:
    """Check the shipped profiles and the users' folders of ``profiles``."""
    examined = profiles.examine()
    documents = {path: document for path, (document, _) in examined.items()}
    broken = {path for path, (_, found) in examined.items() if found}
    errors = list(dict.fromkeys([*(text for _, found in examined.values() for text in found), *profiles.problems]))
    warnings: list[str] = list(profiles.notes)
    for file in profiles.files.values():
        for problem in _of_profile(profiles, file, documents[file.path]):
            text = problem if isinstance(problem, str) else problem.text
            (warnings if isinstance(problem, _Doubt) and file.own else errors).append(text)
    errors += _names(profiles)
    errors += _handsets(profiles, documents)
    errors += regions_above_carriers(profiles, broken)
    return Checked(
        documents=len(documents), errors=tuple(dict.fromkeys(errors)), warnings=tuple(dict.fromkeys(warnings))
    )


def _of_profile(profiles: Profiles, file: ProfileFile, document: Document) -> Iterator[str | _Doubt]:
    value = document.value
    if value["role"] != FOLDERS.get(file.path.parent.name, value["role"]):
        yield f"{document.at(('role',))}: a {value['role']} does not belong in the folder {file.path.parent.name}"
    for path in unsourced(value):
        yield _Doubt(f"{document.at(path)}: no source; write `source: own` if the figure is yours")
    yield from _sources(profiles, document, value, ())
    yield from _references(profiles, file, document)
    yield from _misspelt(profiles, file, document)
    for where, entry in _sizes(file.name, value):
        hard = half(entry, "hard")
        origin = entry.origin.inside(entry.value).inside(hard)
        if hard is not None and confidence_of(origin, profiles.registry) in HEARSAY:
            text = f"hearsay ({origin.source[0]}) cannot set a hard limit; write it under target or in conflicts"
            yield _Doubt(f"{document.at(where)}: {text}")


def _sources(profiles: Profiles, document: Document, node: Any, path: tuple[str | int, ...]) -> Iterator[_Doubt]:
    """Find sources that no list knows."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        if key != "source":
            yield from _sources(profiles, document, value, (*path, key))
            continue
        for name in value if isinstance(value, list) else [value]:
            if name not in profiles.registry and name not in _FREE_SOURCES:
                hint = did_you_mean(name, profiles.registry)
                hint = hint if hint.startswith("did") else "add it to sources.yaml"
                yield _Doubt(f"{document.at((*path, key))}: no source {name!r}; {hint}")


def _references(profiles: Profiles, file: ProfileFile, document: Document) -> Iterator[str]:
    """Find names of other profiles that do not exist, or are of the wrong role."""
    value = document.value
    try:
        chain(profiles, file)
    except ProfileError as error:
        yield from error.problems
    named: list[tuple[tuple[str | int, ...], str, tuple[str, ...]]] = []
    named += [(("regions", i), name, ("region",)) for i, name in enumerate(value.get("regions", ()))]
    named += [(("channels", i), name, ("channel",)) for i, name in enumerate(value.get("channels", ()))]
    named += [(("carriers", name), name, ("carrier", "region")) for name in value.get("carriers", ())]
    named += [(("per_channel", name), name, ("channel",)) for name in value.get("per_channel", ())]
    named += [((key,), value[key], (role,)) for key, role in _SINGLE.items() if key in value]
    for where, entry in _entries(file.name, value):
        for index, item in enumerate(entry.value if where[-1] == "availability" else ()):
            at: tuple[str | int, ...] = (*where, index)
            named += [((*at, key), item[key], ("channel",)) for key in ("channel", "fallback") if key in item]
            named += [((*at, "carriers", i), who, ("carrier",)) for i, who in enumerate(item.get("carriers", ()))]
    for path, name, roles in named:
        found = profiles.files.get(name)
        if found is None or found.role not in roles:
            known = [n for role in roles for n in profiles.names(role)]
            place = document.at(path, key=path[0] in ("carriers", "per_channel"))
            yield f"{place}: no {' or '.join(roles)} {name!r}; {did_you_mean(name, known)}"


_SINGLE = {"merged_into": "carrier", "fallback": "channel"}


_WORDS = (".codecs", ".mono_codecs", ".audio_codecs", ".profiles", ".containers", ".modes", ".charset")
"""Lists of words that files are held against: one that is misspelt forbids what it should allow."""


def _words(name: str, value: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Give each word of such lists with its path and what words of its sort have in common."""
    for path, entry in _entries(name, value):
        key = ".".join(path[-2:])
        if (key.startswith("types.") and key != "types.aliases") or key.endswith(_WORDS):
            listed = plain(entry.value)
            for word in listed if isinstance(listed, list) else [listed]:
                yield path, str(word), path[-1] if path[-2] != "types" else "types"


def _misspelt(profiles: Profiles, file: ProfileFile, document: Document) -> Iterator[_Doubt]:
    """Find words that no shipped profile has, in profiles of one's own."""
    if not file.own:
        return
    known: dict[str, set[str]] = {}
    for other in profiles.files.values():
        for _, word, sort in () if other.own else _words(other.name, profiles.value(other)):
            known.setdefault(sort, set()).add(word)
    for path, word, sort in _words(file.name, document.value):
        if word not in known.get(sort, ()):
            hint = did_you_mean(word, known.get(sort, ()))
            yield _Doubt(f"{document.at(path)}: no other profile has {word!r}; {hint}")


def _sizes(name: str, value: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Entry]]:
    """Give every size entry of a document, in all its overlays, with its path."""
    for path, entry in _entries(name, value):
        if "sizes" in path and path[-1] not in ("basis", "overhead"):
            yield path, entry
    outer = Origin().inside(value)
    for carrier, row in value.get("carriers", {}).items():
        for sender, size in without_origin(row).items():
            yield ("carriers", carrier, sender), Entry(size, name, "", outer.inside(row))


def _entries(name: str, value: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Entry]]:
    """Give every entry of a document, in all its overlays, with its path."""
    outer = Origin().inside(value)
    overlays = [((), value, None), *((("per_channel", k), v, outer) for k, v in value.get("per_channel", {}).items())]
    overlays += [
        ((*path, "senders", key), inner, outer.inside(overlay))
        for path, overlay, _ in tuple(overlays)
        for key, inner in overlay.get("senders", {}).items()
    ]
    for path, overlay, origin in overlays:
        for key, entry in flatten(overlay, name, "", origin).items():
            yield (*path, *key.split(".")), entry


def _names(profiles: Profiles) -> Iterator[str]:
    """Find names and aliases that mean two profiles: roles share one namespace, without regard to case."""
    taken = {fold(name): name for name in profiles.files}
    for file in profiles.files.values():
        document = profiles.document(file)
        for index, alias in enumerate(profiles.value(file).get("aliases", ())):
            other = taken.setdefault(fold(alias), file.name)
            if other != file.name:
                yield f"{document.at(('aliases', index))}: the alias {alias!r} means {other!r} already"


def _handsets(profiles: Profiles, documents: Mapping[Path, Document]) -> Iterator[str]:
    for path, document in documents.items():
        if document.value["schema"] != "mediaprep.handsets/1":
            continue
        if path.stem != document.value["mcc"]:
            yield f"{document.at(('mcc',))}: the file {path.name} must be called {document.value['mcc']}.yaml"
        for plmn, rows in document.value["plmns"].items():
            if not plmn.startswith(path.stem):
                yield f"{document.at(('plmns', plmn), key=True)}: {plmn} does not begin with {path.stem}"
            for index, row in enumerate(rows):
                carrier = row.get("carrier")
                if carrier is not None and carrier not in profiles.names("carrier"):
                    hint = did_you_mean(carrier, profiles.names("carrier"))
                    yield f"{document.at(('plmns', plmn, index, 'carrier'))}: no carrier {carrier!r}; {hint}"


def regions_above_carriers(profiles: Profiles, broken: Collection[Path] = ()) -> Iterator[str]:
    """Find regions that promise more than one of their carriers delivers, for any sender.

    Nothing is said of profiles that need one of the ``broken`` documents: what is left of it may lack the figure.
    """
    whole = {name for name in profiles.files if _whole(profiles, name, broken)}
    for name in profiles.names("carrier"):
        file = profiles.files[name]
        for region in profiles.value(file).get("regions", ()) if name in whole else ():
            if region not in whole:
                continue
            options = senders(profiles, file, channels(profiles, file)[0])
            options |= senders(profiles, profiles.files[region], "mms")
            for sender in (None, *sorted(options)):
                try:
                    ours = resolve(name, sender=sender, profiles=profiles)
                    theirs = resolve(region, sender=sender, profiles=profiles)
                except RouteError:
                    continue
                if ours.available:
                    yield from _above(ours.limits, theirs.limits, name, region, sender)


def _whole(profiles: Profiles, name: str, broken: Collection[Path]) -> bool:
    try:
        return not any(file.path in broken for file in chain(profiles, profiles.files[name]))
    except ProfileError:  # told already, by the profile that extends what is not there
        return False


def _above(ours: Any, theirs: Any, name: str, region: str, sender: str | None) -> Iterator[str]:
    for carrier, general in zip(ours, theirs, strict=True):
        for field in ("limit_bytes", "target_bytes"):
            least, most = getattr(carrier, field), getattr(general, field)
            if least is not None and most is not None and most > least:
                who = f" for {sender}" if sender else ""
                yield f"{region}{who}: {field} of {carrier.kind} is {most:,}, above the {least:,} of its carrier {name}"
