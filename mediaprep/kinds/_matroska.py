"""Matroska and WebM (RFC 9559): tracks, times and tags, from headers and the block headers of a few clusters."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise

from mediaprep.errors import AssetError
from mediaprep.kinds._bounded import Bounded, unreadable
from mediaprep.kinds._clip import Clip, Picture, pace, quick_ticks
from mediaprep.kinds._ebml import Element, body, children, element_at, number, real, text
from mediaprep.kinds._matroska_tracks import Entry, read_tracks
from mediaprep.kinds._vpx_av1 import read_vp9_frame

SAMPLED_FRAMES = 120
"""Frames whose times are looked at to learn the rate where the duration is known: a header hop costs 3 microseconds."""

MAX_TAG_BYTES = 1_000_000

_BEGINS_S = 0.1
"""Up to here the first time in a file is an encoder's delay; beyond it the clock does not begin at 0, as of recorders
that keep the time of day: one of 3 s that begins at 5 says that it lasts 8 (FFmpeg) or 3 (mkvmerge)."""

_CLUSTER, _INFO, _TRACKS, _SEEK, _TAGS, _ATTACHMENTS, _CHAPTERS, _CUES = (
    0x1F43B675, 0x1549A966, 0x1654AE6B, 0x114D9B74, 0x1254C367, 0x1941A469, 0x1043A770, 0x1C53BB6B,
)  # fmt: skip
_LEVEL_1 = frozenset({_CLUSTER, _INFO, _TRACKS, _SEEK, _TAGS, _ATTACHMENTS, _CHAPTERS, _CUES, 0xEC})

_PLAIN_TAGS = frozenset({
    "ENCODER", "DURATION", "BPS", "NUMBER_OF_FRAMES", "NUMBER_OF_BYTES", "MAJOR_BRAND", "MINOR_VERSION",
    "COMPATIBLE_BRANDS", "HANDLER_NAME", "VENDOR_ID", "LANGUAGE",
})  # fmt: skip
"""Tags that only count, or name the program."""


@dataclass(slots=True)
class _Blocks:
    """Times of the blocks seen, in ticks: all of the first picture track, the last of any, the first of media."""

    picture_number: int | None
    media: frozenset[int]
    times: list[int] = field(default_factory=list)
    first: bytes = b""
    begin: int | None = None
    last: int = 0
    seen: int = 0

    def enough(self, frames: int | None) -> bool:
        """Say whether so many frames are known, or so many other blocks came by that they will not come."""
        return frames is not None and (len(self.times) >= frames or self.seen >= 20 * frames)


@dataclass(slots=True)
class _Segment:
    tick_ns: int = 1_000_000
    ticks: float = 0.0
    entries: tuple[Entry, ...] | None = None
    clusters: list[Element] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)
    seeks: dict[int, int] = field(default_factory=dict)


def read(source: Bounded) -> Clip:
    """Read a file's facts; raises AssetError ``unreadable``, ``truncated``, ``encrypted`` or ``stream_bound``."""
    doctype, at = _doctype(source)
    outer = element_at(source, at, source.size)
    if outer is None or outer.id != 0x18538067:
        raise unreadable("the file has no Matroska segment")
    if outer.known and outer.end > source.size:
        raise AssetError(
            "truncated",
            f"the file has {source.size:,} bytes of {outer.end:,}",
            allowed=None,
            actual=source.size,
        )
    segment = _walk(source, outer)
    if segment.entries is None:
        raise unreadable("the file's segment describes no tracks")
    pictures = [entry for entry in segment.entries if entry.picture]
    media = frozenset(entry.number for entry in segment.entries if entry.picture or entry.sound)
    blocks = _Blocks(pictures[0].number if pictures else None, media)
    live = segment.ticks <= 0
    _look(source, segment, blocks, outer.end, everything=live)
    begin_s = (blocks.begin or 0) * segment.tick_ns / 1e9
    duration_s = (blocks.last - (blocks.begin or 0) if live else segment.ticks) * segment.tick_ns / 1e9
    if not live and begin_s > _BEGINS_S:
        duration_s = 0.0  # some writers state the time of the end, others the length: the packets tell
    if live and blocks.times and len(blocks.times) > 1:
        # the last frame is shown for about as long as the others
        duration_s += (max(blocks.times) - min(blocks.times)) / (len(blocks.times) - 1) * segment.tick_ns / 1e9
    return Clip(
        container="webm" if doctype == "webm" else "mkv",
        demuxer="matroska",
        duration_s=duration_s or None,
        pictures=tuple(
            _timed(entry, blocks if index == 0 else None, segment.tick_ns) for index, entry in enumerate(pictures)
        ),
        sounds=tuple(entry.sound for entry in segment.entries if entry.sound),
        others=sum(entry.picture is None and entry.sound is None for entry in segment.entries),
        gps=any("LOCATION" in name or "GPS" in name for name in segment.tags),
        metadata=("tags",) if segment.tags else (),
    )


def _doctype(source: Bounded) -> tuple[str, int]:
    head = element_at(source, 0, source.size)
    if head is None or head.id != 0x1A45DFA3 or not head.known:
        raise unreadable("the file has no EBML header")
    doctype = "matroska"
    for element in children(source, head.start, head.end):
        if element.id == 0x4282:
            doctype = text(source, element)
    if doctype not in {"matroska", "webm"}:
        raise AssetError("unsupported", f"the file is EBML, but holds {doctype[:20]!r} instead of Matroska")
    return doctype, head.end


def _walk(source: Bounded, outer: Element) -> _Segment:
    segment = _Segment()
    at = outer.start
    while at < outer.end:
        element = element_at(source, at, outer.end)
        if element is None:
            break
        if element.id == _CLUSTER:
            segment.clusters.append(element)
            if segment.entries is not None and (segment.ticks > 0 or not element.known):
                break  # everything that matters stands before, or there is nothing to hop over
        elif not element.known:
            raise unreadable("an element of unknown size that is neither segment nor cluster")
        elif element.id == _INFO:
            _info(source, element, segment)
        elif element.id == _TRACKS:
            segment.entries = read_tracks(source, element)
        elif element.id == _SEEK:
            _seeks(source, element, outer.start, segment)
        elif element.id == _TAGS:
            _tags(source, element, segment)
        at = element.end
    _visit_behind(source, outer, segment)
    return segment


def _visit_behind(source: Bounded, outer: Element, segment: _Segment) -> None:
    """Read what the seek head says stands behind the clusters."""
    wanted = {_TAGS} if segment.entries is not None else {_TAGS, _TRACKS, _INFO}
    for kind in wanted & segment.seeks.keys():
        at = segment.seeks[kind]
        element = element_at(source, at, outer.end) if outer.start <= at < outer.end else None
        if element is None or element.id != kind:
            continue
        if kind == _TAGS:
            _tags(source, element, segment)
        elif kind == _TRACKS:
            segment.entries = read_tracks(source, element)
        else:
            _info(source, element, segment)


def _info(source: Bounded, info: Element, segment: _Segment) -> None:
    for element in children(source, info.start, info.end):
        if element.id == 0x2AD7B1:
            segment.tick_ns = number(source, element) or 1_000_000
        elif element.id == 0x4489:
            segment.ticks = real(source, element)
        elif element.id == 0x7BA9 and element.end > element.start:
            segment.tags.add("TITLE")


def _seeks(source: Bounded, head: Element, base: int, segment: _Segment) -> None:
    for seek in children(source, head.start, head.end):
        if seek.id != 0x4DBB:
            continue
        kind = at = 0
        for element in children(source, seek.start, seek.end):
            if element.id == 0x53AB:
                kind = number(source, element)
            elif element.id == 0x53AC:
                at = number(source, element)
        if kind and at:
            segment.seeks.setdefault(kind, base + at)


def _tags(source: Bounded, tags: Element, segment: _Segment) -> None:
    if tags.end - tags.start > MAX_TAG_BYTES:
        segment.tags.add("LARGE")
        return
    for tag in children(source, tags.start, tags.end):
        if tag.id != 0x7373:
            continue
        for simple in children(source, tag.start, tag.end):
            if simple.id != 0x67C8:
                continue
            for element in children(source, simple.start, simple.end):
                if element.id == 0x45A3:
                    name = text(source, element).upper()
                    if name not in _PLAIN_TAGS and not name.startswith("_STATISTICS"):
                        segment.tags.add(name)


def _look(source: Bounded, segment: _Segment, blocks: _Blocks, end: int, *, everything: bool) -> None:
    """Look at block headers: some of the first cluster's, and where the duration is unknown all that is needed."""
    if not segment.clusters:
        return
    first, last = segment.clusters[0], segment.clusters[-1]
    if everything:
        _cluster(source, first, blocks, enough=SAMPLED_FRAMES if last is not first else None)
        if last is not first:
            times, blocks.times = blocks.times, []
            _cluster(source, last, blocks, enough=None)
            blocks.times = times
    elif blocks.picture_number is not None:
        _cluster(source, first, blocks, enough=SAMPLED_FRAMES)
        at = first.end
        while first.known and at < end and not blocks.enough(SAMPLED_FRAMES):
            element = element_at(source, at, end)
            if element is None or not element.known:
                return
            if element.id == _CLUSTER:
                _cluster(source, element, blocks, enough=SAMPLED_FRAMES)
            at = element.end
    else:
        _cluster(source, first, blocks, enough=1)


def _cluster(source: Bounded, cluster: Element, blocks: _Blocks, *, enough: int | None) -> None:
    """Read block headers until ``enough`` frames are known; a cluster of unknown size runs on into the next ones."""
    base, at = 0, cluster.start
    while at < cluster.end and not blocks.enough(enough):
        element = element_at(source, at, cluster.end)
        if element is None:
            return
        if element.id == _CLUSTER:
            at = element.start
            continue
        if element.id in _LEVEL_1 and not element.known:
            return
        if element.id == 0xE7:
            base = number(source, element)
        elif element.id == 0xA3:
            _block(source, element, base, blocks)
        elif element.id == 0xA0:
            for inner in children(source, element.start, element.end):
                if inner.id == 0xA1:
                    _block(source, inner, base, blocks)
        at = element.end


def _block(source: Bounded, element: Element, base: int, blocks: _Blocks) -> None:
    blocks.seen += 1
    head = body(source, element, 40)
    if len(head) < 4 or not head[0]:
        return
    width = 9 - head[0].bit_length()
    if len(head) < width + 3:
        return
    track = int.from_bytes(head[:width], "big") & ((1 << (7 * width)) - 1)
    time = base + int.from_bytes(head[width : width + 2], "big", signed=True)
    blocks.last = max(blocks.last, time)
    if track in blocks.media:
        blocks.begin = time if blocks.begin is None else min(blocks.begin, time)
    if track == blocks.picture_number:
        if not blocks.times and not head[width + 2] & 6:
            blocks.first = head[width + 3 :]
        blocks.times.append(time)


def _timed(entry: Entry, blocks: _Blocks | None, tick_ns: int) -> Picture:
    """Add to a picture track what its blocks tell: rate, pace, order, and VP9's own header."""
    assert entry.picture is not None
    picture = entry.picture
    stated = 1e9 / entry.frame_ns if entry.frame_ns else None
    if blocks is None or not blocks.times:
        return replace(picture, fps=stated, b_frames=entry.reorders)
    if picture.codec == "vp9" and entry.plain:
        coding = read_vp9_frame(blocks.first)
        if coding is not None:
            picture = replace(
                picture,
                profile=coding.profile,
                pixel_format=coding.pixel_format,
                hdr=picture.hdr if coding.hdr is None else coding.hdr,
            )
    shown = _visible(blocks.times, tick_ns)
    gaps = [late - early for early, late in pairwise(shown)]
    constant, frame_ticks = pace([(1, gap) for gap in gaps])
    measured = 1e9 / (frame_ticks * tick_ns) if len(gaps) > 7 and frame_ticks else None
    quick = quick_ticks([(1, gap) for gap in gaps]) if constant is False else 0
    return replace(
        picture,
        fps=stated if stated and (measured is None or abs(measured - stated) < 0.1 * stated) else measured,
        variable_frame_rate=None if constant is None else not constant,
        quick_fps=1e9 / (quick * tick_ns) if quick else None,
        b_frames=_reorders(entry, blocks.times),
    )


def _visible(times: list[int], tick_ns: int) -> list[int]:
    """Sort times, without those within 2 ms of the one before: VP9's hidden frames share a visible one's time."""
    shown: list[int] = []
    for time in sorted(times):
        if not shown or (time - shown[-1]) * tick_ns >= 2_000_000:
            shown.append(time)
    return shown


def _reorders(entry: Entry, times: list[int]) -> bool | None:
    """Say whether frames are shown in another order than they are stored: times that step back say so."""
    if entry.reorders is not None:
        return entry.reorders
    if any(late < early for early, late in pairwise(times)):
        return True
    # B-frames come at least every few frames where an encoder uses them at all
    return False if len(times) >= 24 else None
