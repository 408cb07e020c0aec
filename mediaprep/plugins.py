"""Plugins by folder: a seam is a package, a plugin one file in it, loaded on use. Nothing is registered."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Iterable
from functools import cache
from typing import Any

from mediaprep.errors import UsageError


@cache
def names(seam: str) -> tuple[str, ...]:
    """Give the plugins of ``mediaprep.<seam>``, sorted; files that begin with ``_`` are shared shapes."""
    package = importlib.import_module(f"mediaprep.{seam}")
    return tuple(sorted(m.name for m in pkgutil.iter_modules(package.__path__) if not m.name.startswith("_")))


def load(seam: str, name: str) -> Any:
    """Load one plugin: the constant named after the seam (``kinds`` -> ``KIND``) of its module.

    Raises UsageError with a suggestion for a name that does not exist.
    """
    module_name = name.replace("-", "_")
    if module_name not in names(seam):
        raise UsageError(f"no {seam.removesuffix('s')} named {name!r}; {did_you_mean(name, names(seam))}")
    module = importlib.import_module(f"mediaprep.{seam}.{module_name}")
    return getattr(module, seam.removesuffix("s").upper())


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Say which known name was probably meant, else list all."""
    choices = sorted(known)
    likeness = 0.6 if len(name) <= 4 else 0.7  # of three letters one is a third; telegram is no telstra
    close = difflib.get_close_matches(name, choices, n=3, cutoff=likeness)
    close = close or [each for each in choices if len(each) > 2 and name.startswith(each)]
    if close:
        return f"did you mean {' or '.join(close)}?"
    return f"known: {', '.join(choices) or 'none'}"
