"""The fingerprint of everything whose version changes a rendition's bytes."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version

from mediaprep.version import VERSION

_PARTS = ("pillow", "pyvips", "pyvips-binary", "imageio-ffmpeg", "pi-heif", "zxing-cpp", "vobject")


@cache
def engine() -> str:
    """Name our version and those of the libraries that encode and decode, ``absent`` where one is missing."""
    return " ".join((f"mediaprep/{VERSION}", *(f"{part}/{_version(part)}" for part in _PARTS)))


def _version(part: str) -> str:
    try:
        return version(part)
    except PackageNotFoundError:
        return "absent"
