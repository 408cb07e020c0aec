"""Previews for a page, made in a sandboxed worker as assets are done, within a budget of bytes."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mediaprep.closing import Closing
from mediaprep.errors import AssetError, ToolError
from mediaprep.kinds import Look
from mediaprep.legible import printable
from mediaprep.options import Isolation
from mediaprep.preview import BOUNDS, PLAYABLE, made
from mediaprep.sandbox import caller

PAGE_BYTES = 18_000_000
"""What all previews of a page may take as data URIs; with the words of 8,000 outcomes the page stays under 30 MB, and
Chromium opens it in 2.3 s of its main thread's CPU time on a busy machine (3.0 s where no picture waits to be seen)."""

_LARGEST = 900_000
_SMALLEST = 1_500
_ASSUMED_ASSETS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One preview as a page holds it."""

    uri: str
    media_type: str
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What can be shown of one file; ``still`` stands for ``main`` until it plays."""

    main: Picture | None = None
    still: Picture | None = None
    thumb: Picture | None = None
    text: str | None = None


NOTHING = Preview()


class Gallery(Closing):
    """Makes previews; each file once. ``assets`` is how many are expected: they share the page's bytes."""

    def __init__(self, *, assets: int | None = None, isolation: Isolation = "workers") -> None:
        """Start nothing yet."""
        self._caller = caller(isolation)
        self._known: dict[str, Preview] = {}
        self._left = PAGE_BYTES
        self._assets = max(assets or _ASSUMED_ASSETS, 1)
        self._begun = 0

    def close(self) -> None:
        """Stop the worker."""
        self._caller.close()

    def begin_asset(self, renditions: int) -> int:
        """Give the bytes that each of an asset's previews may take: what is left, shared by the assets to come."""
        waiting = max(self._assets - self._begun, 1)
        self._begun += 1
        each = self._left / waiting / (1 + max(renditions, 1)) * 3 / 4  # base64 makes 4 of 3
        return int(min(_LARGEST, each))

    def of(self, path: Path, key: str, max_bytes: int, *, ours: bool = False, thumb: bool = False) -> Preview:
        """Give the preview of one file; an empty one where it cannot be made, or where the page is full."""
        if key in self._known:
            return self._known[key]
        found = NOTHING
        if max_bytes >= _SMALLEST:
            edge = 720 if max_bytes > 30_000 else 480 if max_bytes > 10_000 else 320
            look = Look(long_edge=edge, max_bytes=max_bytes, ours=ours, thumb=thumb)
            try:
                found = _preview(self._call(path, look))
            except (AssetError, ToolError):
                found = NOTHING
        pictures = (found.main, found.still, found.thumb)
        self._left -= sum(len(picture.uri) for picture in pictures if picture is not None)
        self._known[key] = found
        return found

    def _call(self, path: Path, look: Look) -> Sequence[tuple[str, str, bytes, int, int]]:
        function = f"{made.__module__}:{made.__name__}"
        return tuple(self._caller.run(function, path, look, bounds=BOUNDS))


def _preview(shown: Sequence[tuple[str, str, bytes, int, int]]) -> Preview:
    """Check what a worker gave (it may have been taken over) and make data URIs of it."""
    pictures: dict[str, Picture] = {}
    text = None
    for role, media_type, data, width, height in shown:
        if role == "text":
            text = "\n".join(printable(line) for line in data.decode("utf-8", "replace").splitlines())
        elif role in ("main", "still", "thumb") and media_type in PLAYABLE:
            uri = f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"
            pictures[role] = Picture(uri=uri, media_type=media_type, width=int(width), height=int(height))
    return Preview(main=pictures.get("main"), still=pictures.get("still"), thumb=pictures.get("thumb"), text=text)
