"""Print the licence of everything that mediaprep needs when it is installed with all its extras for users.

``python .ci/licences.py > .ci/licences.txt`` in an environment with those extras; a test holds the file against it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from packaging.requirements import Requirement

SHIPPED = ("send", "aws", "dask", "cloud")
"""Extras for users; the others are for those who work on mediaprep."""

_WORDS = {
    "MIT License": "MIT", "MIT": "MIT", "BSD License": "BSD-3-Clause", "BSD": "BSD-3-Clause",
    "Apache License 2.0": "Apache-2.0", "Apache 2.0": "Apache-2.0", "Apache": "Apache-2.0",
    "Dual License": "Apache-2.0 OR BSD-3-Clause",
}  # fmt: skip
"""How older metadata says it."""


def main() -> None:
    """Print a line for each distribution, sorted."""
    for name, licence in sorted(licences().items()):
        sys.stdout.write(f"{name}: {licence}\n")


def licences() -> dict[str, str]:
    """Give the licence of each distribution that is needed here, on this Python and system, by its plain name."""
    return {plain(each.name): licence(each) for each in needed(f"mediaprep[{','.join(SHIPPED)}]")}


def plain(name: str) -> str:
    """Give a name as names are compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def needed(wanted: str) -> Iterator[Distribution]:
    """Give what a requirement needs, directly and through others, itself left out."""
    first = Requirement(wanted)
    todo, seen = [first], set()
    while todo:
        each = todo.pop()
        key = (plain(each.name), frozenset(each.extras))
        if key in seen:
            continue
        seen.add(key)
        try:
            found = distribution(each.name)
        except PackageNotFoundError as error:
            raise SystemExit(f"{each.name} is not installed; install mediaprep with its extras first") from error
        for text in found.requires or ():
            inner = Requirement(text)
            extras = {"", *each.extras}
            if inner.marker is None or any(inner.marker.evaluate({"extra": extra}) for extra in extras):
                todo.append(inner)
        if plain(found.name) != plain(first.name) and not any(name == key[0] for name, _ in seen - {key}):
            yield found


def licence(found: Distribution) -> str:
    """Give what a distribution's metadata say, in SPDX's words where that can be."""
    said = found.metadata
    stated = said.get("License-Expression") or (said.get("License") or "").strip().splitlines()[:1]
    text = stated if isinstance(stated, str) else next(iter(stated), "")
    if not text:
        listed = [each for each in said.get_all("Classifier") or () if each.startswith("License ::")]
        text = " AND ".join(each.rpartition(" :: ")[2] for each in listed) or "unknown"
    return _WORDS.get(text, text)


if __name__ == "__main__":
    main()
