"""Ogg (RFC 3533): which codecs, from the first pages; how long, from the last page's position."""

from __future__ import annotations

from dataclasses import dataclass

from mediaprep.kinds._bounded import Bounded, uint_le, unreadable
from mediaprep.kinds._clip import Clip, Picture, Sound

TAIL_BYTES = (65_536, 262_144)
"""How much of the end is searched for the last page, which has at most 65,307 bytes; a long tag or junk may follow."""

MAX_COMMENT_BYTES = 65_536

_LATE_S, _LATE_PAGES = 1.2, 60
"""A page holds up to a second of sound (RFC 7845, section 6). One whose sound ends later may be of few bits, or the
clock does not begin at 0: the packets tell. They stand behind the pages of comments and covers."""

_MOST_FPS = 1_000
"""More frames a second than any clip has: ffmpeg makes Theora of a sound's cover, one frame at 90,000 a second."""

_NO_POSITION = 0xFFFF_FFFF_FFFF_FFFF


@dataclass(frozen=True, slots=True)
class _Page:
    flags: int
    position: int
    serial: int
    packet: bytes
    end: int


@dataclass(frozen=True, slots=True)
class _Stream:
    """One logical stream: a track, the ticks a second of its positions, ticks to leave out, Theora's key shift."""

    track: Picture | Sound | None
    rate: float = 0.0
    skip: int = 0
    shift: int = 0


def read(source: Bounded) -> Clip:
    """Read a file's facts; raises AssetError ``unreadable`` or ``stream_bound``."""
    streams: dict[int, _Stream] = {}
    at, comments = 0, b""
    pictures = sounds = 0
    while True:
        source.step()
        page = _page(source, at)
        if page is None or not page.flags & 2:
            comments = page.packet if page else b""
            break
        stream = _stream(page.packet, pictures, sounds)
        pictures += isinstance(stream.track, Picture)
        sounds += isinstance(stream.track, Sound)
        streams[page.serial] = stream
        source.keep_tracks(len(streams))
        at = page.end
    if not streams:
        raise unreadable("the file's first page does not begin an Ogg stream")
    tracks = [stream.track for stream in streams.values()]
    return Clip(
        container="ogg",
        demuxer="ogg",
        duration_s=None if _begins_late(source, streams, at) else _duration(source, streams),
        pictures=tuple(track for track in tracks if isinstance(track, Picture)),
        sounds=tuple(track for track in tracks if isinstance(track, Sound)),
        others=tracks.count(None),
        gps=b"LOCATION=" in comments.upper() or b"GEO" in comments.upper(),
        metadata=("vorbis_comment",) if _has_comments(comments) else (),
    )


def _page(source: Bounded, at: int) -> _Page | None:
    head = source.upto(at, 27)
    if len(head) < 27 or head[:4] != b"OggS" or head[4] != 0:
        return None
    lacing = source.upto(at + 27, head[26])
    start = at + 27 + len(lacing)
    return _Page(
        flags=head[5],
        position=uint_le(head, 6, 8),
        serial=uint_le(head, 14, 4),
        packet=source.upto(start, min(sum(lacing), MAX_COMMENT_BYTES)),
        end=start + sum(lacing),
    )


def _stream(packet: bytes, pictures: int, sounds: int) -> _Stream:
    """Recognise a stream by its first packet."""
    if packet[:7] == b"\x01vorbis" and len(packet) >= 28:
        rate, average = uint_le(packet, 12, 4), int.from_bytes(packet[20:24], "little", signed=True)
        return _sound("vorbis", sounds, rate, packet[11], average if average > 0 else None)
    if packet[:8] == b"OpusHead" and len(packet) >= 12:
        return _sound("opus", sounds, 48_000, packet[9], skip=uint_le(packet, 10, 2))
    if packet[:8] == b"Speex   " and len(packet) >= 56:
        average = int.from_bytes(packet[52:56], "little", signed=True)
        return _sound("speex", sounds, uint_le(packet, 36, 4), packet[48], average if average > 0 else None)
    if packet[:5] == b"\x7fFLAC" and len(packet) >= 30:
        rate = int.from_bytes(packet[27:30], "big") >> 4
        return _sound("flac", sounds, rate, ((packet[29] >> 1) & 7) + 1)
    if packet[:7] == b"\x80theora" and len(packet) >= 42:
        numerator, denominator = int.from_bytes(packet[22:26], "big"), int.from_bytes(packet[26:30], "big")
        fps = numerator / denominator if denominator else 0.0
        if fps > _MOST_FPS:
            return _Stream(None)
        chroma = (packet[41] >> 3) & 3
        track = Picture(
            codec="theora",
            ordinal=pictures,
            width=int.from_bytes(packet[14:17], "big"),
            height=int.from_bytes(packet[17:20], "big"),
            pixel_format={0: "yuv420p", 2: "yuv422p", 3: "yuv444p"}.get(chroma),
            hdr=False,
            fps=fps or None,
            variable_frame_rate=False,
            b_frames=False,
        )
        return _Stream(track, fps, 0, (packet[40] & 3) << 3 | packet[41] >> 5)
    return _Stream(None)


def _sound(codec: str, ordinal: int, rate: int, channels: int, bit_rate: int | None = None, skip: int = 0) -> _Stream:
    sound = Sound(
        codec=codec, ordinal=ordinal, sample_rate_hz=rate or None, channels=channels or None, bit_rate_bps=bit_rate
    )
    return _Stream(sound, float(rate), skip)


def _begins_late(source: Bounded, streams: dict[int, _Stream], at: int) -> bool:
    """Say whether no track's first page of media ends soon after 0; ``at`` is where the first streams are declared."""
    late: set[int] = set()
    for _ in range(_LATE_PAGES):
        page = _page(source, at)
        if page is None or len(late) == len(streams):
            break
        stream = streams.get(page.serial)
        if stream is not None and stream.rate > 0 and page.position not in {0, _NO_POSITION}:
            if _seconds(stream, page.position) <= _LATE_S:
                return False
            late.add(page.serial)
        at = page.end
    return bool(late)


def _duration(source: Bounded, streams: dict[int, _Stream]) -> float | None:
    """Find the last position of each stream near the file's end and give the longest time."""
    for length in TAIL_BYTES:
        begin = max(0, source.size - length)
        data = source.upto(begin, length)
        best: float | None = None
        at = data.rfind(b"OggS")
        while at >= 0:
            if at + 27 <= len(data) and data[at + 4] == 0:
                stream = streams.get(uint_le(data, at + 14, 4))
                position = uint_le(data, at + 6, 8)
                if stream is not None and stream.rate > 0 and position != _NO_POSITION:
                    seconds = _seconds(stream, position)
                    best = seconds if best is None else max(best, seconds)
            at = data.rfind(b"OggS", 0, at)
        if best is not None or begin == 0:
            return best
    return None


def _seconds(stream: _Stream, position: int) -> float:
    if isinstance(stream.track, Picture):
        position = (position >> stream.shift) + (position & ((1 << stream.shift) - 1))
    return max(0, position - stream.skip) / stream.rate


def _has_comments(packet: bytes) -> bool:
    """Say whether the second header carries more than the name of the encoder (RFC 7845 section 5.2)."""
    upper = packet.upper()
    return any(
        name in upper for name in (b"TITLE=", b"ARTIST=", b"ALBUM=", b"COMMENT=", b"DATE=", b"LOCATION=", b"PICTURE=")
    )
