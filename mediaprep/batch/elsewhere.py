"""Finished renditions under another group's folder: with one ``--to`` more or fewer they have another place."""

from __future__ import annotations

import zlib
from dataclasses import replace
from pathlib import Path

from mediaprep import border
from mediaprep.batch.reuse import signature_of, unpacked
from mediaprep.errors import ToolError
from mediaprep.journal import Entry
from mediaprep.storage import is_url
from mediaprep.workdir import make_folder
from mediaprep.workdir import place as appear


def brought(entry: Entry, place: str, stem: Path, inside: Path) -> Entry | None:
    """Let the files of an entry appear at ``stem``, too, in the group's folder ``place``; give their entry there.

    None where that cannot be told from their names, or cannot be done: they are then made anew.
    """
    outcome = unpacked(entry.outcome)
    old = [path for path, _ in entry.outputs]
    if any(is_url(path) or not Path(path).name.startswith(stem.name) for path in old):
        return None
    new = {path: str(stem.with_name(Path(path).name)) for path in old}
    try:
        for path, target in new.items():
            make_folder(Path(target).parent, inside)
            appear(Path(path), Path(target), inside=inside)
    except ToolError:  # to make it anew meets the same fault, and says so of its asset
        return None
    moved = replace(
        outcome, output=None if outcome.output is None else new[outcome.output], shared_with=(),
        companions=tuple(replace(each, output=new[each.output]) for each in outcome.companions),
    )  # fmt: skip
    outputs = tuple((target, signature_of(target)) for target in new.values())
    return replace(entry, place=place, outputs=outputs, outcome=zlib.compress(border.packed(moved), 1))
