"""MPEG audio (MP3, MP2) and ADTS AAC: frame headers, and the length from an index frame or by counting frames.

ISO/IEC 11172-3 section 2.4.2.3, 13818-3, 13818-7 section 6.2; the Xing and VBRI index frames are conventions.
"""

from __future__ import annotations

from dataclasses import dataclass

from mediaprep.kinds._bounded import Bounded, unreadable
from mediaprep.kinds._clip import Clip, Sound
from mediaprep.kinds._id3 import id3v2_bytes, skip_id3v2, tail_bytes
from mediaprep.kinds._mpeg4 import AAC_CHANNELS, AAC_RATES_HZ

MAX_JUNK_BYTES = 65_536
"""Where the first frame may begin after the tags; players look about as far."""

COUNTED_FRAMES = 2_000
"""Frames walked to learn a variable rate: the length of the rest follows from their mean size."""

_RATES_KBPS = {
    (1, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""Bit rates by (version 1, or 2 and 2.5; layer), index 1 to 14 (table B.1 and ISO/IEC 13818-3)."""

_HZ = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame header: ``size_bytes`` includes the header."""

    codec: str
    sample_rate_hz: int
    channels: int
    samples: int
    size_bytes: int
    bit_rate_bps: int
    side_bytes: int = 0

    def like(self, other: Frame | None) -> bool:
        """Say whether another frame can be of the same stream."""
        return other is not None and (self.codec, self.sample_rate_hz) == (other.codec, other.sample_rate_hz)


def mpeg_frame(head: bytes) -> Frame | None:
    """Read a frame header of 4 bytes; None for anything else.

    None also for "free format" without a stated bit rate, which no phone plays, and for layer I, whose
    header is too much like the byte order mark of UTF-16 text (FF FE) and which nothing writes any more.
    """
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    version, layer = (head[1] >> 3) & 3, 4 - ((head[1] >> 1) & 3)
    rate_index, hz_index, padding = head[2] >> 4, (head[2] >> 2) & 3, (head[2] >> 1) & 1
    if version == 1 or layer in {1, 4} or hz_index == 3 or rate_index in (0, 15):
        return None
    first = version == 3
    bit_rate = 1_000 * _RATES_KBPS[1 if first else 2, layer][rate_index - 1]
    hz = _HZ[version][hz_index]
    mono = head[3] >> 6 == 3
    samples = 1_152 if layer == 2 or first else 576
    size = samples // 8 * bit_rate // hz + padding
    side = (17 if mono else 32) if first else (9 if mono else 17)
    return Frame(f"mp{layer}", hz, 1 if mono else 2, samples, size, bit_rate, side)


def adts_frame(head: bytes) -> Frame | None:
    """Read an ADTS header of 7 bytes; None for anything else."""
    if len(head) < 7 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0:
        return None
    index, channels = (head[2] >> 2) & 15, (head[2] & 1) << 2 | head[3] >> 6
    size = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    if index >= len(AAC_RATES_HZ) or size < 7:
        return None
    samples = 1_024 * ((head[6] & 3) + 1)
    hz = AAC_RATES_HZ[index]
    return Frame("aac", hz, AAC_CHANNELS[channels] or 2, samples, size, 8 * size * hz // samples)


def find_frames(data: bytes, start: int, wanted: int, *, adts: bool) -> int | None:
    """Find the first offset from which ``wanted`` frames of one stream follow each other within ``data``."""
    read = adts_frame if adts else mpeg_frame
    at = data.find(b"\xff", start)
    while 0 <= at < len(data) - 4:
        first = here = read(data[at : at + 7])
        position, seen = at, 0
        while here is not None and first is not None and first.like(here):
            seen += 1
            position += here.size_bytes
            if seen >= wanted or (position >= len(data) and seen):
                return at if seen >= wanted or seen >= 2 else None
            here = read(data[position : position + 7])
        at = data.find(b"\xff", at + 1)
    return None


_SURELY = 3
"""Frames of one stream in a row that are no accident."""


def frames_alone(data: bytes) -> bytes:
    """Give the coded frames of an MP3 without what stands around and between them; b"" where they are hard to find.

    The first one may be the table of a variable rate (Xing, VBRI), by which players tell its length and seek.
    """
    frames: list[bytes] = []
    at, junk_bytes = len(data) - len(behind_tag(data)), 0
    first: Frame | None = None
    while at + 4 <= len(data):
        here = mpeg_frame(data[at : at + 4])
        if here is None or first is None or not first.like(here):
            found = find_frames(data[at : at + MAX_JUNK_BYTES], 0, _SURELY, adts=False)
            if found is None:
                if len(data) - at > MAX_JUNK_BYTES:
                    return b""
                break
            junk_bytes, at = junk_bytes + found, at + found
            here = mpeg_frame(data[at : at + 4])
            first = first or here
            if here is None or first is None or not first.like(here) or junk_bytes > MAX_JUNK_BYTES:
                return b""
        if at + here.size_bytes > len(data):
            break
        frames.append(data[at : at + here.size_bytes])
        at += here.size_bytes
    return b"".join(frames) if len(frames) >= _SURELY else b""


def behind_tag(head: bytes) -> bytes:
    """Give what follows the ID3 tag in a file's first bytes; nothing where the tag is longer than they are."""
    return head[id3v2_bytes(head) :]


def looks_like(head: bytes, *, adts: bool) -> bool:
    """Say whether a file's first bytes are MPEG sound: an ID3 tag, or frames that follow each other.

    A tag longer than ``head`` (it holds a cover) counts as MP3's, which is what nearly all of them belong to.
    """
    if id3v2_bytes(head):
        rest = behind_tag(head)
        return _runs(rest, adts=adts, wanted=2) if rest else not adts
    return _runs(head[:8_192], adts=adts, wanted=3 if len(head) > 4_096 else 2)


def _runs(data: bytes, *, adts: bool, wanted: int) -> bool:
    read = adts_frame if adts else mpeg_frame
    if read(data[:7]) is not None and find_frames(data, 0, wanted, adts=adts) == 0:
        return True
    # junk in front of the first frame is common with MP3 only; four frames in a row are no accident
    return not adts and find_frames(data, 0, 4, adts=adts) is not None


def read_mp3(source: Bounded) -> Clip:
    """Read an MP3 (or MP2) file's facts; raises AssetError ``unreadable`` where no frames follow each other."""
    return _read(source, adts=False)


def read_adts(source: Bounded) -> Clip:
    """Read a raw AAC file's facts; raises AssetError ``unreadable`` where no frames follow each other."""
    return _read(source, adts=True)


def _read(source: Bounded, *, adts: bool) -> Clip:
    begin = skip_id3v2(source)
    tail, homes = tail_bytes(source)
    data = source.upto(begin, MAX_JUNK_BYTES)
    offset = find_frames(data, 0, 3, adts=adts)
    if offset is None:
        offset = find_frames(data, 0, 1, adts=adts)  # a file of one or two frames
    if offset is None:
        raise unreadable("no sound frames follow each other in the file")
    start, end = begin + offset, max(begin + offset, source.size - tail)
    frame = (adts_frame if adts else mpeg_frame)(data[offset : offset + 7])
    assert frame is not None
    remarks: tuple[tuple[str, str], ...] = ()
    indexed = None if adts else _index(source.upto(start, min(frame.size_bytes, 2_048)), frame)
    if indexed is not None:
        frames, stated, silent = indexed
        duration_s = max(0, frames * frame.samples - silent) / frame.sample_rate_hz
        if stated and start + stated > source.size + 4_096:
            there = max(0.0, (end - start) / stated)
            duration_s *= min(1.0, there)
            remarks = (
                ("salvaged", f"the sound ends after {end - start:,} of {stated:,} bytes; what is there is used"),
            )
        bit_rate = round(8 * (end - start) / duration_s) if duration_s else None
    else:
        duration_s, bit_rate = _counted(source, start, end, frame, adts=adts)
    return Clip(
        container="adts" if adts else "mp3",
        demuxer="aac" if adts else "mp3",
        duration_s=duration_s,
        sounds=(
            Sound(
                codec=frame.codec,
                ordinal=0,
                sample_rate_hz=frame.sample_rate_hz,
                channels=frame.channels,
                bit_rate_bps=bit_rate,
            ),
        ),
        metadata=tuple(sorted({*homes, *(("id3v2",) if begin else ())})),
        remarks=remarks,
    )


def _index(data: bytes, frame: Frame) -> tuple[int, int, int] | None:
    """Read a Xing, Info or VBRI index frame: frames, bytes, and samples of the encoder's delay and padding.

    None if the first frame is no such index.
    """
    at = 4 + frame.side_bytes
    if data[at : at + 4] in {b"Xing", b"Info"}:
        flags = int.from_bytes(data[at + 4 : at + 8], "big")
        if not flags & 1:
            return None
        frames = int.from_bytes(data[at + 8 : at + 12], "big")
        size = int.from_bytes(data[at + 12 : at + 16], "big") if flags & 2 else 0
        silent = 0
        if flags & 15 == 15 and data[at + 120 : at + 124] in {b"LAME", b"Lavc", b"Lavf"} and len(data) >= at + 144:
            packed = int.from_bytes(data[at + 141 : at + 144], "big")
            silent = (packed >> 12) + (packed & 0xFFF)
        return (frames, size, silent) if frames else None
    if data[36:40] == b"VBRI":
        frames, size = int.from_bytes(data[50:54], "big"), int.from_bytes(data[46:50], "big")
        return (frames, size, 0) if frames else None
    return None


def _counted(source: Bounded, start: int, end: int, frame: Frame, *, adts: bool) -> tuple[float, int | None]:
    """Walk frames from ``start``: exact for short files and constant rates, else as the first ones suggest."""
    read = adts_frame if adts else mpeg_frame
    at, samples, frames = start, 0, 0
    same = True
    while at + 4 <= end and frames < COUNTED_FRAMES:
        source.step()
        here = read(source.upto(at, 7))
        if here is None or not frame.like(here):
            break
        same = same and here.bit_rate_bps == frame.bit_rate_bps
        samples += here.samples
        frames += 1
        at += here.size_bytes
    if not samples or at <= start:
        return 0.0, None
    if same and not adts:
        # constant: the bytes say it all, damaged or unknown frames in between included
        return 8 * (end - start) / frame.bit_rate_bps, frame.bit_rate_bps
    seconds = samples / frame.sample_rate_hz
    whole = seconds * (end - start) / (at - start) if at < end else seconds
    return whole, round(8 * (at - start) / seconds)
