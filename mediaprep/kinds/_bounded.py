"""Reading a foreign file's headers with bounds: never outside it, never past a budget, never a length on trust."""

from __future__ import annotations

from typing import BinaryIO

from mediaprep.errors import AssetError
from mediaprep.options import Bounds
from mediaprep.units import format_size

MAX_STEPS = 1_000_000
"""Boxes, elements, pages or frames visited in one file: an hour of AMR has 180,000 frames, an hour of WebM from a
browser's recorder (60 fps and Opus, no duration) 400,000 blocks. A step costs 1-3 microseconds."""


_MAX_TRACKS = Bounds().max_tracks


class Bounded:
    """A seekable stream seen through bounds: ``size`` bytes long, ``budget_bytes`` of which may be read.

    A file with more than ``max_tracks`` tracks is refused by readers that find several.
    """

    __slots__ = ("_left_bytes", "_steps", "_stream", "budget_bytes", "max_tracks", "size")

    def __init__(self, stream: BinaryIO, size: int, budget_bytes: int, *, max_tracks: int = _MAX_TRACKS) -> None:
        """Look at ``stream`` from its start."""
        self._stream = stream
        self.size = size
        self.budget_bytes = budget_bytes
        self.max_tracks = max_tracks
        self._left_bytes = budget_bytes
        self._steps = 0

    def step(self) -> None:
        """Count one box, element, page or frame; raises AssetError ``header_bound`` after MAX_STEPS."""
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise AssetError(
                "header_bound",
                f"the file has more than {MAX_STEPS:,} headers; no genuine file has",
                allowed=MAX_STEPS,
                actual=self._steps,
            )

    def keep_tracks(self, count: int) -> None:
        """Raise AssetError ``stream_bound`` where a file has so many tracks."""
        if count > self.max_tracks:
            raise AssetError(
                "stream_bound",
                f"the file has more than {self.max_tracks} tracks",
                allowed=self.max_tracks,
                actual=count,
            )

    def upto(self, offset: int, count: int) -> bytes:
        """Read at most ``count`` bytes at ``offset``; fewer, or none, at the end of the file.

        Raises AssetError ``header_bound`` when the budget is spent.
        """
        if offset < 0 or offset >= self.size or count <= 0:
            return b""
        count = min(count, self.size - offset)
        if count > self._left_bytes:
            raise AssetError(
                "header_bound",
                f"reading the file's headers takes more than the bound of {format_size(self.budget_bytes)}",
                allowed=self.budget_bytes,
                actual=self.budget_bytes - self._left_bytes + count,
            )
        self._left_bytes -= count
        self._stream.seek(offset)
        return self._stream.read(count)

    def exactly(self, offset: int, count: int) -> bytes:
        """Read ``count`` bytes at ``offset``; raises AssetError ``truncated`` where the file has fewer."""
        data = self.upto(offset, count)
        if len(data) != count:
            raise AssetError(
                "truncated",
                f"the file ends at {format_size(self.size)}, inside a header",
                allowed=None,
                actual=self.size,
            )
        return data


def unreadable(what: str) -> AssetError:
    """Make the error for content that is damaged or not what it claims to be."""
    return AssetError("unreadable", what)


def uint(data: bytes, at: int, count: int) -> int:
    """Read ``count`` bytes, big-endian; raises AssetError ``unreadable`` past the end of ``data``."""
    end = at + count
    if at < 0 or end > len(data):
        raise unreadable("a header is shorter than its own fields")
    return int.from_bytes(data[at:end], "big")


def uint_le(data: bytes, at: int, count: int) -> int:
    """Read ``count`` bytes, little-endian; raises AssetError ``unreadable`` past the end of ``data``."""
    end = at + count
    if at < 0 or end > len(data):
        raise unreadable("a header is shorter than its own fields")
    return int.from_bytes(data[at:end], "little")
