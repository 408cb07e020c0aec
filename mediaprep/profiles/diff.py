"""What changed between two folders of profiles: which limits rose, fell, appeared or went, by document and path."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from mediaprep import documents
from mediaprep.errors import ProfileError
from mediaprep.profiles.own import yaml_files

_NOT_LIMITS = frozenset({
    "schema", "title", "notes", "note", "source", "seen", "published", "conflicts", "version", "url", "confidence",
    "review_after", "name", "role",
})  # fmt: skip


class Change(NamedTuple):
    """One difference: ``how`` is rose, fell, changed, appeared or went."""

    document: str
    path: str
    how: str
    old: Any
    new: Any


def diff(old: Path, new: Path) -> tuple[Change, ...]:
    """Compare two folders. Raises ProfileError where one holds no profiles or cannot be read."""
    before, after = _values(old), _values(new)
    changes = [
        Change(document, path, _how(before.get((document, path)), after.get((document, path))),
               before.get((document, path)), after.get((document, path)))
        for document, path in sorted(before.keys() | after.keys())
        if before.get((document, path)) != after.get((document, path))
    ]  # fmt: skip
    return tuple(changes)


def _how(old: Any, new: Any) -> str:
    if old is None or new is None:
        return "appeared" if old is None else "went"
    if isinstance(old, int | float) and isinstance(new, int | float) and not isinstance(old, bool):
        return "rose" if new > old else "fell"
    return "changed"


def _values(folder: Path) -> Mapping[tuple[str, str], Any]:
    paths = [path for path in yaml_files(folder) if path.name != "sources.yaml"]
    if not paths:
        raise ProfileError([f"{folder}: no profiles here"])
    found: dict[tuple[str, str], Any] = {}
    for path in paths:
        document = documents.read(path)
        name = path.stem if path.parent.name != "handsets" else f"handsets/{path.stem}"
        found.update({(name, where): value for where, value in _leaves(document.value, "")})
    return found


def _leaves(node: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Give what can change a limit: numbers, flags, names and lists, a figure by its value alone."""
    if isinstance(node, dict):
        if "value" in node:
            yield from _leaves(node["value"], path)
        elif "values" in node:
            yield from _leaves(node["values"], path)
        else:
            for key, value in node.items():
                if key not in _NOT_LIMITS:
                    yield from _leaves(value, f"{path}.{key}".removeprefix("."))
    elif isinstance(node, list) and any(isinstance(item, dict) for item in node):
        times: Counter[str] = Counter()
        for index, value in enumerate(node):
            label = _label(value) or str(index)
            times[label] += 1
            number = f" {times[label]}" if times[label] > 1 else ""  # two rows of one name are two rows
            yield from _leaves(value, f"{path}[{label}{number}]")
    elif node is not None:
        yield path.removesuffix(".hard"), tuple(node) if isinstance(node, list) else node


def _label(row: Any) -> str:
    """Name a row of a list by what it is about, a channel from a day on, or else by its source; "" for neither."""
    if not isinstance(row, dict):
        return ""
    if "channel" in row:
        return " ".join(str(row[key]) for key in ("channel", "since") if key in row)
    source = row.get("source") or ""
    return ", ".join(map(str, source)) if isinstance(source, list) else str(source)
