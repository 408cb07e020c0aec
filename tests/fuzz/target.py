"""One fuzz target as a value, and what the targets share: a file for the bytes, and what a value may hold."""

from __future__ import annotations

import importlib
import json
import math
import os
import pkgutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, is_dataclass
from functools import cache
from pathlib import Path

from mediaprep import border
from mediaprep.model import MediaInfo
from mediaprep.storage import Source

FOLDER = Path(__file__).resolve().parent
SAMPLES = FOLDER.parents[1] / "samples"
HEAD_BYTES = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One parser. ``attempt`` raises for what is a finding and for nothing else.

    ``seeds`` gives whole small inputs; files of a folder given are added where their name ends in ``suffixes``.
    ``words`` are what the format spells out, for the mutator.
    """

    name: str
    attempt: Callable[[bytes], object]
    seeds: Callable[[], tuple[bytes, ...]] = tuple
    suffixes: tuple[str, ...] = ()
    words: tuple[bytes, ...] = ()
    longest: int = 16_384


def spelled(text: str) -> tuple[bytes, ...]:
    r"""Give the words of a text as bytes; ``\x0d`` is a byte by its number."""
    return tuple(word.encode("latin-1").decode("unicode_escape").encode("latin-1") for word in text.split())


@cache
def targets() -> dict[str, Target]:
    """Give every target of the folder ``targets`` by its name."""
    found: dict[str, Target] = {}
    for module in pkgutil.iter_modules([str(FOLDER / "targets")]):
        for each in importlib.import_module(f"targets.{module.name}").TARGETS:
            assert each.name not in found, each.name
            found[each.name] = each
    return found


@cache
def _place(pid: int) -> Path:
    folder = "/dev/shm" if os.path.isdir("/dev/shm") else None
    return Path(tempfile.mkdtemp(prefix=f"mediaprep-fuzz-{pid}-", dir=folder)) / "asset"


def source_of(data: bytes) -> Source:
    """Write bytes to a file, as an asset is on disk."""
    path = _place(os.getpid())
    path.write_bytes(data)
    return Source(path=path, size_bytes=len(data), head=data[:HEAD_BYTES])


def in_range(value: object, name: str = "value") -> None:
    """Assert that every number of a value is finite and none is negative, dimensions and rates not zero either."""
    if is_dataclass(value) and not isinstance(value, type):
        for key, item in ((key, getattr(value, key)) for key in value.__dataclass_fields__):
            in_range(item, key)
    elif isinstance(value, tuple | list):
        for item in value:
            in_range(item, name)
    elif isinstance(value, float):
        assert math.isfinite(value), f"{name} is {value}"
        assert value >= 0, f"{name} is {value}"
    elif isinstance(value, int) and not isinstance(value, bool):
        assert value >= 0, f"{name} is {value}"


def can_be_told(info: MediaInfo) -> None:
    """Assert that facts are in range, can be written as strict JSON, and come through a worker's pipe as they were."""
    in_range(info)
    json.dumps(asdict(info), allow_nan=False)
    assert border.value_of(border.packed(info)) == info
