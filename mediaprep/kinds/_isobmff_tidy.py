"""Take the box for tags out of an MP4 that we wrote: ffmpeg writes it (61 bytes) even where there are no tags."""

from __future__ import annotations

from pathlib import Path

from mediaprep.kinds._isobmff_boxes import Span, boxes, child, words

_OFFSETS = {b"stco": 4, b"co64": 8}


def drop_user_data(path: Path) -> None:
    """Rewrite a finished file without the `udta` of its index; other files stay as they are."""
    data = path.read_bytes()
    plain = without_user_data(data)
    if len(plain) != len(data):
        path.write_bytes(plain)


def without_user_data(data: bytes) -> bytes:
    """Give the file without the `udta` of its `moov`; where media follow the index, its offsets move along."""
    movie = child(data, (0, len(data)), b"moov")
    tags = child(data, movie, b"udta") if movie is not None else None
    if movie is None or tags is None or data[movie[0] - 4 : movie[0]] != b"moov":
        return data
    cut = tags[1] - (tags[0] - 8)
    index = bytearray(data[movie[0] - 8 : movie[1]])
    index[:4] = (len(index) - cut).to_bytes(4, "big")
    for kind, start, end in _offset_tables(data, movie):
        width = _OFFSETS[kind]
        moved = [place - cut if place >= movie[1] else place for place in words(data, start + 8, end, width=width)]
        at = start + 8 - (movie[0] - 8)
        index[at : at + width * len(moved)] = b"".join(place.to_bytes(width, "big") for place in moved)
    here = tags[0] - 8 - (movie[0] - 8)
    del index[here : here + cut]
    return data[: movie[0] - 8] + bytes(index) + data[movie[1] :]


def _offset_tables(data: bytes, movie: Span) -> list[tuple[bytes, int, int]]:
    """Find where each track says where its samples are."""
    found = []
    for kind, *track in boxes(data, *movie):
        span: Span | None = (track[0], track[1]) if kind == b"trak" else None
        for step in (b"mdia", b"minf", b"stbl"):
            span = child(data, span, step) if span is not None else None
        found += [row for row in boxes(data, *span) if row[0] in _OFFSETS] if span is not None else []
    return found
