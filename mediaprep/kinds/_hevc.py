"""HEVC's configuration record and sequence parameter set (ISO/IEC 23008-2): profile, level, bit depth, HDR.

The parameter set is read as far as its VUI, because containers forget to say that pictures are PQ or HLG.
"""

from __future__ import annotations

from dataclasses import replace

from mediaprep.kinds._bits import Bits, EndOfBitsError, without_emulation
from mediaprep.kinds._h264 import HDR_TRANSFERS, Coding, pixel_format

MAX_SPS_BYTES = 4_096
_PROFILES = {1: "main", 2: "main_10", 3: "main_still", 4: "rext", 9: "scc"}


def read_hvcc(record: bytes) -> Coding:
    """Read an HEVCDecoderConfigurationRecord (ISO/IEC 14496-15 section 8.3.3.1)."""
    if len(record) < 23:
        return Coding()
    level_idc = record[12]
    plain = Coding(
        profile=_PROFILES.get(record[1] & 0x1F),
        level=round(level_idc / 30, 1) if level_idc else None,
        pixel_format=pixel_format(record[16] & 3, 8 + (record[17] & 7)),
    )
    nal = _first_sps(record)
    coding = read_sps(nal) if nal is not None else None
    if coding is None:
        return plain
    return replace(coding, profile=coding.profile or plain.profile, level=coding.level or plain.level)


def _first_sps(record: bytes) -> bytes | None:
    at = 23
    for _ in range(record[22]):
        if at + 3 > len(record):
            return None
        nal_type, count = record[at] & 0x3F, int.from_bytes(record[at + 1 : at + 3], "big")
        at += 3
        for _ in range(count):
            length = int.from_bytes(record[at : at + 2], "big")
            if at + 2 + length > len(record):
                return None
            if nal_type == 33:
                return record[at + 2 : at + 2 + min(length, MAX_SPS_BYTES)]
            at += 2 + length
    return None


def read_sps(nal: bytes) -> Coding | None:
    """Read a sequence parameter set with its two-byte NAL header; None where it makes no sense."""
    try:
        return _sps(Bits(without_emulation(nal[2:MAX_SPS_BYTES])))
    except EndOfBitsError:
        return None


def _sps(bits: Bits) -> Coding | None:
    bits.skip(4)
    sub_layers = bits.take(3)
    bits.skip(1)
    profile_idc, level_idc = _profile_tier_level(bits, sub_layers)
    bits.ue()
    chroma = bits.ue()
    if chroma > 3:
        return None
    separate = bits.flag() if chroma == 3 else False
    width, height = bits.ue(), bits.ue()
    if bits.flag():
        unit_x = 2 if chroma in (1, 2) and not separate else 1
        unit_y = 2 if chroma == 1 and not separate else 1
        left, right, top, bottom = bits.ue(), bits.ue(), bits.ue(), bits.ue()
        width -= unit_x * (left + right)
        height -= unit_y * (top + bottom)
    depth = 8 + bits.ue()
    bits.ue()
    if not (0 < width <= 65_535 and 0 < height <= 65_535):
        return None
    coding = Coding(
        profile=_PROFILES.get(profile_idc),
        level=round(level_idc / 30, 1) if level_idc else None,
        width=width,
        height=height,
        pixel_format=pixel_format(chroma, depth),
        hdr=False if depth == 8 else None,
    )
    try:
        transfer, reorders = _rest(bits, sub_layers)
    except EndOfBitsError:
        return coding
    known = transfer is not None or depth == 8
    return replace(coding, hdr=transfer in HDR_TRANSFERS if known else None, reorders=reorders)


def _profile_tier_level(bits: Bits, sub_layers: int) -> tuple[int, int]:
    bits.skip(3)
    profile_idc = bits.take(5)
    bits.skip(32 + 48)
    level_idc = bits.take(8)
    present = [(bits.flag(), bits.flag()) for _ in range(sub_layers)]
    if sub_layers:
        bits.skip(2 * (8 - sub_layers))
    for has_profile, has_level in present:
        bits.skip((88 if has_profile else 0) + (8 if has_level else 0))
    return profile_idc, level_idc


def _rest(bits: Bits, sub_layers: int) -> tuple[int | None, bool]:
    """Read from the picture order count to the VUI's transfer characteristics (section 7.3.2.2.1)."""
    order_bits = bits.ue() + 4
    each = bits.flag()
    reorders = False
    for _ in range(sub_layers + 1 if each else 1):
        bits.ue()
        reorders = bits.ue() > 0 or reorders
        bits.ue()
    for _ in range(6):
        bits.ue()
    if bits.flag() and bits.flag():
        _skip_scaling_lists(bits)
    bits.skip(2)
    if bits.flag():
        bits.skip(8)
        bits.ue()
        bits.ue()
        bits.skip(1)
    _skip_short_term_sets(bits)
    if bits.flag():
        for _ in range(min(bits.ue(), 33)):
            bits.skip(order_bits + 1)
    bits.skip(2)
    if not bits.flag():
        return None, reorders
    if bits.flag() and bits.take(8) == 255:
        bits.skip(32)
    if bits.flag():
        bits.skip(1)
    if not bits.flag():
        return None, reorders
    bits.skip(4)
    if not bits.flag():
        return None, reorders
    bits.skip(8)
    return bits.take(8), reorders


def _skip_scaling_lists(bits: Bits) -> None:
    for size in range(4):
        for _ in range(0, 6, 3 if size == 3 else 1):
            if not bits.flag():
                bits.ue()
                continue
            if size > 1:
                bits.se()
            for _ in range(min(64, 1 << (4 + 2 * size))):
                bits.se()


def _skip_short_term_sets(bits: Bits) -> None:
    """Pass over the short-term reference picture sets (section 7.3.7), each of which may build on the one before."""
    count = bits.ue()
    if count > 64:
        raise EndOfBitsError
    pictures = 0
    for index in range(count):
        if index and bits.flag():
            bits.skip(1)
            bits.ue()
            kept = 0
            for _ in range(pictures + 1):
                used = bits.flag()
                if used or bits.flag():
                    kept += 1
            pictures = kept
        else:
            before, after = bits.ue(), bits.ue()
            if before > 16 or after > 16:
                raise EndOfBitsError
            for _ in range(before + after):
                bits.ue()
                bits.skip(1)
            pictures = before + after
