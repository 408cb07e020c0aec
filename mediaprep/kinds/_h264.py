"""H.264's sequence parameter set (ISO/IEC 14496-10 section 7.3.2.1.1): profile, level, pixel format, dimensions.

Everything here answers None for what is too damaged to tell; the decoder has the last word.
"""

from __future__ import annotations

from dataclasses import dataclass

from mediaprep.kinds._bits import Bits, EndOfBitsError, without_emulation

MAX_SPS_BYTES = 4_096
"""Far above any real parameter set (20-60 bytes, 300 with scaling lists)."""

LEVEL_1B = 1.05
"""Level 1b, which stands between 1 and 1.1 and has no number of its own (table A-1)."""

_CHROMA = ("gray", "yuv420p", "yuv422p", "yuv444p")
_WITH_CHROMA = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
HDR_TRANSFERS = frozenset({16, 18})
"""Transfer characteristics of PQ and HLG (ISO/IEC 23091-2 table 3), the same in every codec and in `colr`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """What a codec's configuration says about its pictures; shared by all codecs here."""

    profile: str | None = None
    level: float | None = None
    width: int | None = None
    height: int | None = None
    pixel_format: str | None = None
    hdr: bool | None = None
    reorders: bool | None = None


def pixel_format(chroma_idc: int, bit_depth: int) -> str | None:
    """Name a planar format as ffmpeg does: ``yuv420p``, ``yuv422p10le``, ``gray10le``; None if there is none."""
    if not 0 <= chroma_idc < len(_CHROMA) or not 8 <= bit_depth <= 16:
        return None
    return _CHROMA[chroma_idc] + ("" if bit_depth == 8 else f"{bit_depth}le")


def h264_profile(profile_idc: int, constraints: int) -> str | None:
    """Name a profile from its number and the byte of constraint flags (section A.2)."""
    set0_or_1 = constraints & 0xC0
    intra = constraints & 0x10
    if profile_idc == 66:
        return "constrained_baseline" if constraints & 0x40 else "baseline"
    names = {
        77: "main",
        88: "extended",
        100: "high",
        110: "high_10_intra" if intra else "high_10",
        122: "high_422_intra" if intra else "high_422",
        244: "high_444_intra" if intra else "high_444",
        44: "cavlc_444",
    }
    if profile_idc == 77 and set0_or_1 == 0xC0:
        # a Main stream that obeys Baseline and Main at once plays wherever Constrained Baseline does
        return "constrained_baseline"
    return names.get(profile_idc)


def h264_level(level_idc: int, profile_idc: int, constraints: int) -> float | None:
    """Give a level as people write it (3.1); 1b is LEVEL_1B."""
    if level_idc == 9 or (level_idc == 11 and constraints & 0x10 and profile_idc in (66, 77, 88)):
        return LEVEL_1B
    return level_idc / 10 if 10 <= level_idc <= 62 else None


def read_avcc(record: bytes) -> Coding:
    """Read an AVCDecoderConfigurationRecord (ISO/IEC 14496-15 section 5.3.3.1)."""
    if len(record) < 8:
        return Coding()
    profile_idc, constraints, level_idc = record[1:4]
    plain = Coding(
        profile=h264_profile(profile_idc, constraints), level=h264_level(level_idc, profile_idc, constraints)
    )
    if record[5] & 0x1F == 0:
        return plain
    length = int.from_bytes(record[6:8], "big")
    sps = record[8 : 8 + min(length, MAX_SPS_BYTES)]
    return read_sps(sps) or plain


def read_sps(nal: bytes) -> Coding | None:
    """Read a sequence parameter set with its NAL header; None where it makes no sense."""
    if len(nal) < 4 or nal[0] & 0x1F != 7:
        return None
    try:
        return _sps(Bits(without_emulation(nal[1:MAX_SPS_BYTES])))
    except EndOfBitsError:
        return None


def _sps(bits: Bits) -> Coding | None:
    profile_idc, constraints, level_idc = bits.take(8), bits.take(8), bits.take(8)
    bits.ue()
    chroma, depth, separate = 1, 8, False
    if profile_idc in _WITH_CHROMA:
        chroma = bits.ue()
        if chroma > 3:
            return None
        if chroma == 3:
            separate = bits.flag()
        depth = 8 + bits.ue()
        bits.ue()
        bits.skip(1)
        if bits.flag():
            _skip_scaling_lists(bits, 8 if chroma != 3 else 12)
    bits.ue()
    order = bits.ue()
    if order == 0:
        bits.ue()
    elif order == 1:
        bits.skip(1)
        bits.se()
        bits.se()
        for _ in range(min(bits.ue(), 255)):
            bits.se()
    bits.ue()
    bits.skip(1)
    columns, rows = bits.ue() + 1, bits.ue() + 1
    frames_only = bits.flag()
    if not frames_only:
        bits.skip(1)
    bits.skip(1)
    left = right = top = bottom = 0
    if bits.flag():
        left, right, top, bottom = bits.ue(), bits.ue(), bits.ue(), bits.ue()
    unit_x = 2 if chroma in (1, 2) and not separate else 1
    unit_y = (2 if chroma == 1 and not separate else 1) * (1 if frames_only else 2)
    width = 16 * columns - unit_x * (left + right)
    height = 16 * rows * (1 if frames_only else 2) - unit_y * (top + bottom)
    if width < 1 or height < 1 or width > 65_535 or height > 65_535:
        return None
    transfer, reorders = _vui(bits) if bits.flag() else (None, None)
    profile = h264_profile(profile_idc, constraints)
    if profile in {"constrained_baseline", "baseline"} or order == 2:
        reorders = False  # neither has B-frames; order type 2 means output order is decoding order
    return Coding(
        profile=profile,
        level=h264_level(level_idc, profile_idc, constraints),
        width=width,
        height=height,
        pixel_format=pixel_format(chroma, depth),
        hdr=None if transfer is None and depth > 8 else transfer in HDR_TRANSFERS,
        reorders=reorders,
    )


def _skip_scaling_lists(bits: Bits, count: int) -> None:
    for index in range(count):
        if not bits.flag():
            continue
        last = following = 8
        for _ in range(16 if index < 6 else 64):
            if following:
                following = (last + bits.se()) % 256
            last = following or last


def _vui(bits: Bits) -> tuple[int | None, bool | None]:
    """Read the transfer characteristics and whether frames are reordered (annex E.1.1)."""
    transfer: int | None = None
    try:
        if bits.flag() and bits.take(8) == 255:
            bits.skip(32)
        if bits.flag():
            bits.skip(1)
        if bits.flag():
            bits.skip(4)
            if bits.flag():
                bits.skip(8)
                transfer = bits.take(8)
                bits.skip(8)
        if bits.flag():
            bits.ue()
            bits.ue()
        if bits.flag():
            bits.skip(65)
        has_hrd = False
        for _ in range(2):
            if bits.flag():
                has_hrd = True
                _skip_hrd(bits)
        if has_hrd:
            bits.skip(1)
        bits.skip(1)
        if not bits.flag():
            return transfer, None
        bits.skip(1)
        for _ in range(4):
            bits.ue()
        return transfer, bits.ue() > 0
    except EndOfBitsError:
        return transfer, None


def _skip_hrd(bits: Bits) -> None:
    count = bits.ue() + 1
    bits.skip(8)
    for _ in range(min(count, 32)):
        bits.ue()
        bits.ue()
        bits.skip(1)
    bits.skip(20)
