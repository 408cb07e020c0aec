"""Sample entries of ISO base media and QuickTime files: which codec, with which settings."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace

from mediaprep.kinds._bounded import uint
from mediaprep.kinds._h264 import HDR_TRANSFERS, Coding, read_avcc
from mediaprep.kinds._hevc import read_hvcc
from mediaprep.kinds._isobmff_boxes import boxes, name
from mediaprep.kinds._mpeg4 import (
    PICTURE_TYPES,
    SOUND_TYPES,
    Elementary,
    read_audio_config,
    read_esds,
    read_visual_config,
)
from mediaprep.kinds._pcm import pcm_codec, wave_codec
from mediaprep.kinds._vpx_av1 import read_av1c, read_vpcc

ENCRYPTED = frozenset({b"encv", b"enca", b"enct", b"encs", b"encm", b"drms", b"drmi", b"drmt"})
"""Sample entries of protected tracks (ISO/IEC 14496-12 section 8.12; the last three are FairPlay's)."""

_PICTURES = {
    b"avc1": "h264", b"avc2": "h264", b"avc3": "h264", b"avc4": "h264", b"dva1": "h264", b"dvav": "h264",
    b"hvc1": "hevc", b"hev1": "hevc", b"dvh1": "hevc", b"dvhe": "hevc", b"av01": "av1", b"dav1": "av1",
    b"vp08": "vp8", b"vp09": "vp9", b"vvc1": "vvc", b"vvi1": "vvc", b"s263": "h263", b"h263": "h263", b"H263": "h263",
    b"mp4v": "mpeg4", b"XVID": "mpeg4", b"DIVX": "mpeg4", b"FMP4": "mpeg4", b"jpeg": "mjpeg", b"mjpa": "mjpeg",
    b"mjpb": "mjpegb", b"MJPG": "mjpeg", b"apch": "prores", b"apcn": "prores", b"apcs": "prores", b"apco": "prores",
    b"ap4h": "prores", b"ap4x": "prores", b"rle ": "qtrle", b"png ": "png", b"dvc ": "dvvideo", b"dvcp": "dvvideo",
    b"dvpp": "dvvideo", b"SVQ1": "svq1", b"SVQ3": "svq3", b"cvid": "cinepak", b"rpza": "rpza", b"smc ": "smc",
    b"mp1v": "mpeg1video", b"m1v ": "mpeg1video", b"mp2v": "mpeg2video", b"m2v1": "mpeg2video", b"AVdn": "dnxhd",
    b"CFHD": "cfhd", b"raw ": "rawvideo", b"2vuy": "rawvideo", b"yuv2": "rawvideo", b"v210": "v210",
}  # fmt: skip

_PRORES = {b"apco": "proxy", b"apcs": "lt", b"apcn": "standard", b"apch": "hq", b"ap4h": "4444", b"ap4x": "xq"}

_SOUNDS = {
    b"samr": "amr_nb", b"sawb": "amr_wb", b"ac-3": "ac3", b"ec-3": "eac3", b"Opus": "opus", b"fLaC": "flac",
    b"alac": "alac", b".mp3": "mp3", b"ulaw": "pcm_mulaw", b"alaw": "pcm_alaw", b"ima4": "adpcm_ima_qt",
    b"sqcp": "qcelp", b"Qclp": "qcelp", b"QDM2": "qdm2", b"QDMC": "qdmc", b"agsm": "gsm", b"dtsc": "dts",
    b"dtsh": "dts", b"dtsl": "dts", b"mlpa": "truehd", b"spex": "speex",
}  # fmt: skip

_AMR_HZ = {"amr_nb": 8_000, "amr_wb": 16_000}


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureEntry:
    """One visual sample entry."""

    codec: str
    width: int
    height: int
    coding: Coding
    transparent: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundEntry:
    """One audio sample entry."""

    codec: str
    sample_rate_hz: int | None
    channels: int | None
    bit_rate_bps: int | None = None


def picture_entry(data: bytes, kind: bytes, start: int, end: int) -> PictureEntry:
    """Read a visual sample entry (ISO/IEC 14496-12 section 12.1.3) whose body is ``data[start:end]``."""
    width, height = uint(data, start + 24, 2), uint(data, start + 26, 2)
    depth = uint(data, start + 74, 2)
    codec = _PICTURES.get(kind, name(kind).strip("' ").lower())
    coding, dolby = Coding(), False
    transfer: int | None = None
    for found, at, stop in boxes(data, start + 78, end, lenient=True):
        body = data[at:stop]
        if found == b"avcC":
            coding = read_avcc(body)
        elif found == b"hvcC":
            coding = read_hvcc(body)
        elif found == b"av1C":
            coding = read_av1c(body)
        elif found == b"vpcC":
            coding = read_vpcc(body)
        elif found == b"d263" and len(body) >= 7:
            coding = Coding(profile=f"profile_{body[6]}", level=body[5] / 10, pixel_format="yuv420p", hdr=False)
        elif found == b"esds":
            codec, coding = _described_picture(read_esds(body[4:]), codec)
        elif found == b"colr" and body[:4] in {b"nclx", b"nclc"}:
            transfer = uint(body, 6, 2)
        elif found in {b"dvcC", b"dvvC", b"dvwC"} and len(body) >= 5:
            # compatibility 2 is SDR (Dolby Vision bitstreams within the ISO base media file format, section 3.1)
            dolby = body[4] >> 4 != 2
    if codec == "prores":
        wide = kind in {b"ap4h", b"ap4x"}
        coding = Coding(profile=_PRORES[kind], pixel_format="yuv444p10le" if wide else "yuv422p10le", hdr=False)
    if codec == "h263" and coding.pixel_format is None:
        coding = replace(coding, pixel_format="yuv420p", hdr=False)
    return PictureEntry(
        codec=codec,
        width=_shown(coding.width, width),
        height=_shown(coding.height, height),
        coding=replace(coding, hdr=_hdr(coding, transfer, dolby=dolby)),
        transparent=True if depth == 32 and codec in {"qtrle", "png", "prores"} else None,
    )


def _shown(coded: int | None, stated: int) -> int:
    """Choose between a codec's own measure and the container's.

    The codec's is right, except where it only counts whole macroblocks of 16 and leaves the crop to the
    container (GoPro's 854 columns are coded as 864; ffmpeg shows 854 as well).
    """
    if coded is None or (stated and -(-stated // 16) * 16 == coded):
        return stated
    return coded


def _hdr(coding: Coding, transfer: int | None, *, dolby: bool) -> bool | None:
    """Combine the stream's own word with the container's: either may have been forgotten, so True wins."""
    if dolby or coding.hdr:
        return True
    if transfer is not None and transfer != 2 and coding.pixel_format not in {None, "yuv420p"}:
        return transfer in HDR_TRANSFERS
    return coding.hdr


def _described_picture(stream: Elementary | None, codec: str) -> tuple[str, Coding]:
    if stream is None:
        return codec, Coding()
    codec = PICTURE_TYPES.get(stream.object_type, codec)
    return codec, read_visual_config(stream.specific) if codec == "mpeg4" else Coding()


def sound_entry(data: bytes, kind: bytes, start: int, end: int) -> SoundEntry:
    """Read an audio sample entry (ISO/IEC 14496-12 section 12.2.3), or QuickTime's versions 1 and 2 of it."""
    version = uint(data, start + 8, 2)
    channels, bits, rate = uint(data, start + 16, 2), uint(data, start + 18, 2), uint(data, start + 24, 4) >> 16
    at, flags = start + 28, 0
    if version == 1:
        at += 16
    elif version == 2:
        uint(data, start + 36, 28)
        rate_hz = struct.unpack_from(">d", data, start + 32)[0]
        rate = int(rate_hz) if 0 < rate_hz < 10_000_000 else 0
        channels, bits, flags = uint(data, start + 40, 4), uint(data, start + 48, 4), uint(data, start + 52, 4)
        at += 36
    codec = _SOUNDS.get(kind) or _pcm(kind, bits, flags) or name(kind).strip("' ").lower()
    if codec in _AMR_HZ:
        # 3GPP TS 26.244 section 6.5: the entry's channels and rate are fixed fillers; AMR is mono
        rate, channels = _AMR_HZ[codec], 1
    entry = SoundEntry(codec=codec, sample_rate_hz=rate or None, channels=channels or None)
    return _with_children(entry, data, at, end, bits)


def _with_children(entry: SoundEntry, data: bytes, start: int, end: int, bits: int) -> SoundEntry:
    for found, at, stop in boxes(data, start, end, lenient=True):
        body = data[at:stop]
        if found == b"wave":
            for inner, inner_at, inner_stop in boxes(data, at, stop, lenient=True):
                if inner == b"esds":
                    entry = _described_sound(entry, read_esds(data[inner_at + 4 : inner_stop]))
                elif inner == b"enda" and entry.codec.endswith("be") and data[inner_at:inner_stop] == b"\x00\x01":
                    entry = replace(entry, codec=entry.codec[:-2] + "le")
        elif found == b"esds":
            entry = _described_sound(entry, read_esds(body[4:]))
        elif found == b"dOps" and len(body) >= 2:
            entry = replace(entry, channels=body[1] or entry.channels, sample_rate_hz=48_000)
        elif found == b"pcmC" and len(body) >= 6:
            floating = entry.codec == "fpcm"
            pcm = pcm_codec(body[5] or bits, floating=floating, little=bool(body[4] & 1))
            entry = replace(entry, codec=pcm or entry.codec)
        elif found == b"btrt" and len(body) >= 12 and entry.bit_rate_bps is None:
            entry = replace(entry, bit_rate_bps=int.from_bytes(body[8:12], "big") or None)
    return entry


def _described_sound(entry: SoundEntry, stream: Elementary | None) -> SoundEntry:
    if stream is None:
        return entry
    entry = replace(entry, codec=SOUND_TYPES.get(stream.object_type, entry.codec), bit_rate_bps=stream.bit_rate_bps)
    if entry.codec != "aac":
        return entry
    aac = read_audio_config(stream.specific)
    if aac is None:
        return entry
    return replace(
        entry,
        codec=aac.codec,
        sample_rate_hz=aac.sample_rate_hz or entry.sample_rate_hz,
        channels=aac.channels or entry.channels,
    )


def _pcm(kind: bytes, bits: int, flags: int) -> str | None:
    """Name QuickTime's uncompressed sound (QuickTime file format, "Sound sample description")."""
    if kind in {b"sowt", b"twos"}:
        return pcm_codec(bits or 16, little=kind == b"sowt")
    if kind in {b"raw ", b"NONE"}:
        return "pcm_u8" if bits in (0, 8) else pcm_codec(bits)
    if kind == b"lpcm":
        return pcm_codec(bits, floating=bool(flags & 1), little=not flags & 2)
    fixed = {b"in24": (24, False), b"in32": (32, False), b"fl32": (32, True), b"fl64": (64, True)}
    if kind in fixed:
        return pcm_codec(fixed[kind][0], floating=fixed[kind][1])
    if kind[:2] == b"ms":
        return wave_codec(int.from_bytes(kind[2:], "big"), bits)
    return None
