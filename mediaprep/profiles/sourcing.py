"""Which numbers of a profile have no source: none around them, none of their own. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mediaprep.documents import KeyPath
from mediaprep.profiles.cascade import SECTIONS

_UNWATCHED = frozenset({"recommended", "safe_zone", "hosting", "conflicts"})
"""Advice and rules for hosts, which no limit is taken from; a conflict's source is asked for by the schema."""


def unsourced(document: Mapping[str, Any]) -> tuple[KeyPath, ...]:
    """Give the path of every number in a profile that no ``source:`` stands for."""
    return tuple(_entries(document, (), sourced=False))


def _entries(mapping: Mapping[str, Any], path: KeyPath, *, sourced: bool) -> Iterator[KeyPath]:
    """Walk a profile or one of its overlays: the sections, the overlays inside, the cells."""
    inside = sourced or "source" in mapping
    for key, value in mapping.items():
        if key in ("senders", "per_channel"):
            for name, overlay in value.items():
                yield from _entries(overlay, (*path, key, name), sourced=inside)
        elif key in SECTIONS or key in ("carriers", "messages_per_s"):
            yield from _numbers(value, (*path, key), sourced=inside)


def _numbers(node: Any, path: KeyPath, *, sourced: bool) -> Iterator[KeyPath]:
    if path[-1] in _UNWATCHED:
        return
    if isinstance(node, dict):
        inside = sourced or "source" in node
        for key, value in node.items():
            yield from _numbers(value, (*path, key), sourced=inside)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _numbers(value, (*path, index), sourced=sourced)
    elif isinstance(node, int | float) and not isinstance(node, bool) and not sourced:
        yield path
