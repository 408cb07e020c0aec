"""Tracks of Matroska and WebM files (RFC 9559 section 5.1.4): codecs and settings."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mediaprep.errors import AssetError
from mediaprep.kinds._bounded import Bounded
from mediaprep.kinds._clip import Picture, Sound
from mediaprep.kinds._ebml import Element, body, children, number, real, text
from mediaprep.kinds._fourcc import fourcc_codec, only_pixel_format
from mediaprep.kinds._h264 import HDR_TRANSFERS, Coding, read_avcc
from mediaprep.kinds._hevc import read_hvcc
from mediaprep.kinds._mpeg4 import read_audio_config, read_visual_config
from mediaprep.kinds._pcm import pcm_bits, pcm_codec
from mediaprep.kinds._riff import read_wave_format
from mediaprep.kinds._vpx_av1 import read_av1c

_PICTURES = {
    "V_VP8": "vp8", "V_VP9": "vp9", "V_AV1": "av1", "V_MPEG4/ISO/AVC": "h264", "V_MPEGH/ISO/HEVC": "hevc",
    "V_MPEGI/ISO/VVC": "vvc", "V_MPEG4/ISO/SP": "mpeg4", "V_MPEG4/ISO/ASP": "mpeg4", "V_MPEG4/ISO/AP": "mpeg4",
    "V_MPEG4/MS/V3": "msmpeg4v3", "V_MPEG1": "mpeg1video", "V_MPEG2": "mpeg2video", "V_MJPEG": "mjpeg",
    "V_PRORES": "prores", "V_THEORA": "theora", "V_FFV1": "ffv1", "V_UNCOMPRESSED": "rawvideo",
}  # fmt: skip
_SOUNDS = {
    "A_OPUS": "opus", "A_VORBIS": "vorbis", "A_AAC": "aac", "A_MPEG/L3": "mp3", "A_MPEG/L2": "mp2", "A_MPEG/L1": "mp1",
    "A_AC3": "ac3", "A_EAC3": "eac3", "A_DTS": "dts", "A_TRUEHD": "truehd", "A_FLAC": "flac", "A_ALAC": "alac",
    "A_TTA1": "tta", "A_WAVPACK4": "wavpack",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One TrackEntry: a picture, a sound, or neither; ``plain`` is False where blocks are stored transformed."""

    number: int
    picture: Picture | None = None
    sound: Sound | None = None
    frame_ns: int = 0
    plain: bool = True
    reorders: bool | None = None


def read_tracks(source: Bounded, tracks: Element) -> tuple[Entry, ...]:
    """Read every track; raises AssetError ``encrypted``, ``stream_bound`` or ``unreadable``."""
    entries: list[Entry] = []
    pictures = sounds = 0
    for element in children(source, tracks.start, tracks.end):
        if element.id != 0xAE:
            continue
        source.keep_tracks(len(entries) + 1)
        entry = _entry(source, element, pictures, sounds)
        pictures += entry.picture is not None
        sounds += entry.sound is not None
        entries.append(entry)
    return tuple(entries)


def _entry(source: Bounded, track: Element, pictures: int, sounds: int) -> Entry:
    kind = track_number = frame_ns = 0
    codec, default, plain = "", True, True
    private = b""
    video: Element | None = None
    audio: Element | None = None
    for element in children(source, track.start, track.end):
        if element.id == 0xD7:
            track_number = number(source, element)
        elif element.id == 0x83:
            kind = number(source, element)
        elif element.id == 0x88:
            default = number(source, element) != 0
        elif element.id == 0x23E383:
            frame_ns = number(source, element)
        elif element.id == 0x86:
            codec = text(source, element)
        elif element.id == 0x63A2:
            private = body(source, element)
        elif element.id == 0xE0:
            video = element
        elif element.id == 0xE1:
            audio = element
        elif element.id == 0x6D80:
            plain = False
            _refuse_encrypted(source, element)
    if kind == 1:
        picture, coding = _picture(source, video, codec, private, pictures)
        picture = replace(picture, default=default)
        return Entry(number=track_number, picture=picture, frame_ns=frame_ns, plain=plain, reorders=coding.reorders)
    if kind == 2:
        sound = replace(_sound(source, audio, codec, private, sounds), default=default)
        return Entry(number=track_number, sound=sound, frame_ns=frame_ns, plain=plain)
    return Entry(number=track_number)


def _refuse_encrypted(source: Bounded, encodings: Element) -> None:
    for encoding in children(source, encodings.start, encodings.end):
        if encoding.id != 0x6240:
            continue
        for element in children(source, encoding.start, encoding.end):
            if element.id == 0x5035 or (element.id == 0x5033 and number(source, element) == 1):
                raise AssetError("encrypted", "a track is encrypted, so nothing in it can be decoded")


def _picture(
    source: Bounded, video: Element | None, codec_id: str, private: bytes, ordinal: int
) -> tuple[Picture, Coding]:
    width = height = rotation = bits = 0
    alpha = False
    transfer: int | None = None
    for element in children(source, video.start, video.end) if video else ():
        if element.id == 0xB0:
            width = number(source, element)
        elif element.id == 0xBA:
            height = number(source, element)
        elif element.id == 0x53C0:
            alpha = number(source, element) == 1
        elif element.id == 0x55B0:
            for colour in children(source, element.start, element.end):
                if colour.id == 0x55BA:
                    transfer = number(source, colour)
                elif colour.id == 0x55B2:
                    bits = number(source, colour)
        elif element.id == 0x7670:
            rotation = _rotation(source, element)
    codec, coding = _picture_codec(codec_id, private)
    hdr = coding.hdr
    if transfer not in (None, 2) and coding.pixel_format != "yuv420p" and bits != 8:
        hdr = hdr or transfer in HDR_TRANSFERS
    picture = Picture(
        codec=codec,
        ordinal=ordinal,
        width=coding.width or width or None,
        height=coding.height or height or None,
        rotation_deg=rotation,
        profile=coding.profile,
        level=coding.level,
        pixel_format=coding.pixel_format,
        hdr=hdr,
        transparent=True if alpha else None,
    )
    return picture, coding


def _rotation(source: Bounded, projection: Element) -> int:
    """Give the clockwise quarter turn of a flat projection's roll, which counts counter-clockwise."""
    kind, roll = 0, 0.0
    for element in children(source, projection.start, projection.end):
        if element.id == 0x7671:
            kind = number(source, element)
        elif element.id == 0x7675:
            roll = real(source, element)
    return round(-roll / 90) * 90 % 360 if kind == 0 and abs(roll) <= 360 else 0


def _picture_codec(codec_id: str, private: bytes) -> tuple[str, Coding]:
    if codec_id == "V_MS/VFW/FOURCC":
        codec = fourcc_codec(private[16:20]) if len(private) >= 20 else "unknown"
        return codec, Coding(pixel_format=only_pixel_format(codec), hdr=False if only_pixel_format(codec) else None)
    codec = _PICTURES.get(codec_id, codec_id.removeprefix("V_").lower() or "unknown")
    if codec == "h264":
        return codec, read_avcc(private)
    if codec == "hevc":
        return codec, read_hvcc(private)
    if codec == "av1":
        return codec, read_av1c(private)
    if codec == "mpeg4":
        return codec, read_visual_config(private)
    known = only_pixel_format(codec)
    return codec, Coding(pixel_format=known, hdr=False if known else None)


def _sound(source: Bounded, audio: Element | None, codec_id: str, private: bytes, ordinal: int) -> Sound:
    rate, heard, channels, bits = 8_000.0, 0.0, 1, 0
    for element in children(source, audio.start, audio.end) if audio else ():
        if element.id == 0xB5:
            rate = real(source, element)
        elif element.id == 0x78B5:
            heard = real(source, element)
        elif element.id == 0x9F:
            channels = number(source, element)
        elif element.id == 0x6264:
            bits = number(source, element)
    codec = _sound_codec(codec_id, private, bits)
    rate_hz = int(heard or rate) if 0 < (heard or rate) < 10_000_000 else None
    if codec == "aac":
        aac = read_audio_config(private)
        if aac is not None:
            codec, rate_hz, channels = aac.codec, aac.sample_rate_hz or rate_hz, aac.channels or channels
    elif codec == "opus":
        rate_hz = 48_000
    width = pcm_bits(codec)
    return Sound(
        codec=codec,
        ordinal=ordinal,
        sample_rate_hz=rate_hz,
        channels=channels or None,
        bit_rate_bps=width * rate_hz * channels if width and rate_hz else None,
    )


def _sound_codec(codec_id: str, private: bytes, bits: int) -> str:
    if codec_id == "A_MS/ACM":
        wave = read_wave_format(private)
        return wave.codec if wave else "unknown"
    if codec_id.startswith("A_PCM/"):
        floating, little = codec_id.startswith("A_PCM/FLOAT"), codec_id != "A_PCM/INT/BIG"
        return pcm_codec(bits or 16, floating=floating, little=little, unsigned=bits == 8) or "unknown"
    plain = codec_id if codec_id in _SOUNDS else "/".join(codec_id.split("/")[:1])
    return _SOUNDS.get(plain, codec_id.removeprefix("A_").lower() or "unknown")
