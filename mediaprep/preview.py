"""What a report shows of an asset or a rendition: small, bounded pictures and films. Runs inside a worker.

Foreign bytes are decoded here and written anew, so neither a hostile file nor its metadata (GPS) gets into a page.
Only what mediaprep itself encoded may be shown as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mediaprep.job import Event
from mediaprep.kinds import Look, PreviewingKind, QuotingKind, Shown, identify, supports
from mediaprep.options import Bounds, FitOptions
from mediaprep.storage import open_source

PLAYABLE = frozenset({
    "image/jpeg", "image/png", "image/gif", "image/webp", "video/mp4", "audio/mpeg", "audio/mp4", "audio/ogg",
})  # fmt: skip
"""What every browser shows by itself."""

BOUNDS = Bounds(max_cpu_s=40.0, max_wall_s=90.0)
"""A preview that takes longer is left out: the page says so and nothing else is lost."""


def made(path: Path, look: Look, on_event: Callable[[Event], None] | None = None) -> tuple[Shown, ...]:
    """Make the previews of one file; () for what cannot be seen (documents, sound that no browser plays).

    Raises AssetError and ToolError as every decode does.
    """
    source = open_source(path, BOUNDS.max_file_bytes)
    known = identify(source)
    if known is None:
        return ()
    kind, form = known
    info = kind.probe(source, form, BOUNDS)
    if supports(kind, QuotingKind):
        return (("text", "text/plain", kind.excerpt(source, info).encode("utf-8", "replace"), 0, 0),)
    as_is = look.ours and info.media_type in PLAYABLE and source.size_bytes <= look.max_bytes
    found: list[Shown] = []
    if supports(kind, PreviewingKind):
        with kind.open(source, info, FitOptions(), BOUNDS) as session:
            found += kind.previews(session, look, as_is=as_is)
    if as_is:
        found.append(("main", info.media_type, source.read(), info.width or 0, info.height or 0))
    return tuple(found)
