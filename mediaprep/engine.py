"""The fingerprint of everything whose version changes a rendition's bytes."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from mediaprep.limits import Limits
from mediaprep.options import FitOptions
from mediaprep.version import VERSION

_PARTS = ("pillow", "pyvips", "pyvips-binary", "imageio-ffmpeg", "pi-heif", "zxing-cpp", "vobject")


@cache
def engine() -> str:
    """Name our version and those of the libraries that encode and decode, ``absent`` where one is missing."""
    return " ".join((f"mediaprep/{VERSION}", *(f"{part}/{_version(part)}" for part in _PARTS)))


def terms(limits: Limits, options: FitOptions, *, available: bool = True) -> str:
    """Name all that decides a rendition beside the asset's bytes: the limits' numbers, the options, the engine."""
    decides = (limits.digest(), str(available), options.digest(), engine())
    return hashlib.sha256(" ".join(decides).encode()).hexdigest()


def rendition_key(sha256: str, on: str) -> str:
    """Name a rendition by its asset's hash and its ``terms``: routes of other names with the same numbers share it."""
    return hashlib.sha256(f"{sha256} {on}".encode()).hexdigest()


def _version(part: str) -> str:
    try:
        return version(part)
    except PackageNotFoundError:
        return "absent"
