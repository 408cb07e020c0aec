"""What ``--version -v`` tells: the libraries and tools that decide results, and what a missing one costs."""

from __future__ import annotations

import platform
import sys
import warnings
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

_LIBRARIES: tuple[tuple[str, str, str], ...] = (
    ("pillow", "PIL", "pictures cannot be read at all"),
    ("numpy", "numpy", "likeness is not scored, colour conversion is simpler"),
    ("pyvips", "pyvips", "pictures are made by Pillow: slower, PNG and GIF larger"),
    ("pyvips-binary", "_libvips", "pyvips looks for the system's libvips"),
    ("pillow-avif-plugin", "pillow_avif", "AVIF is read by Pillow's own reader, where it has one"),
    ("pi-heif", "pi_heif", "HEIC is refused"),
    ("imageio-ffmpeg", "imageio_ffmpeg", "video and most sound are refused, unless MEDIAPREP_FFMPEG names an ffmpeg"),
    ("pydub", "pydub", "sound is not measured for silence"),
    ("vobject", "vobject", "vCards are refused"),
    ("zxing-cpp", "zxingcpp", "whether coupon codes still scan is not checked"),
    ("pyyaml", "yaml", "profiles cannot be read: only --max-bytes works"),
    ("pydantic", "pydantic", "profiles cannot be read: only --max-bytes works"),
    ("rich", "rich", "no table: use --json"),
    ("jinja2", "jinja2", "no HTML report"),
    ("filetype", "filetype", "unsupported file types are named less precisely"),
)
"""Package, module, and what its absence costs."""


def parts() -> Iterator[str]:
    """Give a line for Python, for ffmpeg, and for each library; what is missing says what that costs."""
    yield f"python {platform.python_version()} ({sys.platform}, {platform.machine()})"
    yield f"ffmpeg {_ffmpeg()}"
    missing = []
    for package, module, cost in _LIBRARIES:
        try:
            with warnings.catch_warnings():  # pydub warns that PATH has no ffmpeg; ours is never PATH's
                warnings.simplefilter("ignore")
                import_module(module)
        except Exception as error:  # noqa: BLE001  # a broken library fails in ways of its own
            missing.append(f"{package} cannot be used ({type(error).__name__}: {error}): {cost}")
            continue
        yield f"{package} {_version(package)}"
    yield from missing or ["nothing is missing"]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "of unknown version"


def _ffmpeg() -> str:
    from mediaprep import ffmpeg
    from mediaprep.errors import ToolError

    try:
        return f"{ffmpeg.version()} ({ffmpeg.binary()})"
    except ToolError as error:
        return f"cannot be run: {error}; video and most sound are refused"
