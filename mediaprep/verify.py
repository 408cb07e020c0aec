"""A rendition is believed only after it was read afresh: sniffed, probed, decoded and judged again."""

from __future__ import annotations

from pathlib import Path

from mediaprep.errors import AssetError, ToolError
from mediaprep.kinds import identify
from mediaprep.limits import Limits
from mediaprep.model import MediaInfo
from mediaprep.options import Bounds
from mediaprep.rules import check
from mediaprep.storage import open_source
from mediaprep.units import format_size

PRIVATE = frozenset({"exif", "xmp", "iptc", "comment", "thumbnail", "text", "time", "multi_picture", "tail", "other"})
"""Homes of metadata that no transcoded or stripped still may have."""

_BOUNDS = frozenset({"memory_bound", "time_bound"})
"""What reading back may run into where a worker has little left: the bound is told, the rendition is not at fault."""


def verify(path: Path, limits: Limits, bounds: Bounds, *, media_type: str) -> MediaInfo:
    """Read the rendition at ``path`` as a stranger would and give its facts.

    Raises AssetError where the worker's memory or time is at its end, ToolError ``verify_failed`` where it is over the
    limit, of another type, undecodable, breaks a limit of the route, or still carries metadata.
    """
    try:
        source = open_source(path, bounds.max_file_bytes)
        known = identify(source)
        if known is None:
            raise ToolError("verify_failed", f"the rendition is not recognised as {media_type}")
        kind, form = known
        info = kind.confirm(source, kind.probe(source, form, bounds), bounds)
    except AssetError as error:
        if error.code in _BOUNDS:
            raise
        raise ToolError("verify_failed", f"the rendition cannot be read back: {error.message}") from error
    if media_type not in (info.media_type, *form.aliases):
        raise ToolError("verify_failed", f"the rendition is {info.media_type}, not {media_type}")
    left = PRIVATE & set(info.metadata)
    if info.gps or left:
        raise ToolError("verify_failed", f"the rendition still carries {', '.join(sorted(left)) or 'a place'}")
    hold(info, source.size_bytes, limits)
    return info


def hold(info: MediaInfo, size_bytes: int, limits: Limits) -> None:
    """Hold what was read back against a route's limits. Raises ToolError ``verify_failed``."""
    if limits.limit_bytes is not None and size_bytes > limits.limit_bytes:
        text = f"the rendition has {format_size(size_bytes)}; the limit is {format_size(limits.limit_bytes)}"
        raise ToolError("verify_failed", text)
    violations, _ = check(info, limits)
    if violations:
        raise ToolError("verify_failed", f"the rendition breaks a limit: {violations[0].message}")
