"""AVI (Microsoft, "AVI RIFF file reference"; OpenDML 1.02): streams, rates and lengths from the header list."""

from __future__ import annotations

from dataclasses import dataclass, field

from mediaprep.errors import AssetError
from mediaprep.kinds._bounded import Bounded, uint_le, unreadable
from mediaprep.kinds._clip import Clip, Picture, Sound
from mediaprep.kinds._fourcc import fourcc_codec, only_pixel_format
from mediaprep.kinds._riff import Wave, chunks, read_wave_format

MAX_HEADER_CHUNK_BYTES = 4_096


@dataclass(slots=True)
class _Header:
    frame_us: int = 0
    frames: int = 0
    pictures: list[Picture] = field(default_factory=list)
    sounds: list[Sound] = field(default_factory=list)
    others: int = 0


def read(source: Bounded) -> Clip:
    """Read a file's facts; raises AssetError ``unreadable``, ``truncated`` or ``stream_bound``."""
    header: _Header | None = None
    media = False
    homes: set[str] = set()
    for name, start, size in chunks(source, 12, source.size):
        if name != b"LIST":
            continue
        kind = source.upto(start, 4)
        if kind == b"hdrl":
            header = header or _header(source, start + 4, start + size)
        elif kind == b"movi":
            media = True
            if start + size > source.size:
                raise AssetError(
                    "truncated", f"the file ends at {source.size:,} bytes, inside its pictures", actual=source.size
                )
        elif kind == b"INFO" and any(found != b"ISFT" for found, _, _ in chunks(source, start + 4, start + size)):
            homes.add("info")
    if header is None:
        raise unreadable("the AVI file has no header list (`hdrl`)")
    if not media:
        raise AssetError("truncated", "the AVI file ends before its pictures (no `movi` list)", actual=source.size)
    return Clip(
        container="avi",
        demuxer="avi",
        duration_s=_duration(header),
        pictures=tuple(header.pictures),
        sounds=tuple(header.sounds),
        others=header.others,
        metadata=tuple(sorted(homes)),
    )


def _duration(header: _Header) -> float | None:
    """Take the pictures' length: a sound's is counted in bytes that some writers fill in by guess."""
    shown = [track.duration_s for track in header.pictures if track.duration_s]
    heard = [track.duration_s for track in header.sounds if track.duration_s]
    return max(shown or heard, default=None)


def _header(source: Bounded, start: int, end: int) -> _Header:
    header = _Header()
    for name, at, size in chunks(source, start, end):
        if name == b"avih":
            main = source.exactly(at, 20)
            header.frame_us, header.frames = uint_le(main, 0, 4), uint_le(main, 16, 4)
        elif name == b"LIST" and source.upto(at, 4) == b"strl":
            _stream(source, at + 4, at + size, header)
            tracks = len(header.pictures) + len(header.sounds) + header.others
            source.keep_tracks(tracks)
    return header


def _stream(source: Bounded, start: int, end: int, header: _Header) -> None:
    head = form = b""
    for name, at, size in chunks(source, start, end):
        if name == b"strh":
            head = source.upto(at, min(size, MAX_HEADER_CHUNK_BYTES))
        elif name == b"strf":
            form = source.upto(at, min(size, MAX_HEADER_CHUNK_BYTES))
    if len(head) < 36:
        raise unreadable("a stream of the AVI file has no header (`strh`)")
    kind, scale, rate, length = head[:4], uint_le(head, 20, 4), uint_le(head, 24, 4), uint_le(head, 32, 4)
    if kind == b"vids":
        header.pictures.append(_picture(header, form, scale, rate, length))
    elif kind == b"auds":
        wave = read_wave_format(form)
        if wave is None:
            raise unreadable("a sound stream of the AVI file has no usable format (`strf`)")
        seconds = length * scale / rate if rate else None
        header.sounds.append(_sound(wave, len(header.sounds), seconds))
    else:
        header.others += 1


def _picture(header: _Header, form: bytes, scale: int, rate: int, length: int) -> Picture:
    if len(form) < 20:
        raise unreadable("a picture stream of the AVI file has no usable format (`strf`)")
    height = int.from_bytes(form[8:12], "little", signed=True)
    codec = fourcc_codec(form[16:20])
    fps = rate / scale if scale and rate else 1e6 / header.frame_us if header.frame_us else None
    # a length far above the frames that the file says it has is a writer's filler
    frames = header.frames if header.frames and length > 2 * header.frames else length
    return Picture(
        codec=codec,
        ordinal=len(header.pictures),
        width=uint_le(form, 4, 4) or None,
        height=abs(height) or None,
        pixel_format=only_pixel_format(codec),
        hdr=False,
        fps=fps,
        variable_frame_rate=False,
        frames=frames or None,
        duration_s=frames / fps if fps and frames else None,
    )


def _sound(wave: Wave, ordinal: int, seconds: float | None) -> Sound:
    return Sound(
        codec=wave.codec,
        ordinal=ordinal,
        sample_rate_hz=wave.sample_rate_hz,
        channels=wave.channels,
        bit_rate_bps=8 * wave.bytes_per_s or None,
        duration_s=seconds,
    )
