"""The configuration records of VP8, VP9 and AV1, and the first bits of a VP9 key frame (WebM often has no record)."""

from __future__ import annotations

from mediaprep.kinds._bits import Bits, EndOfBitsError
from mediaprep.kinds._h264 import HDR_TRANSFERS, Coding, pixel_format

_AV1_PROFILES = ("main", "high", "professional")


def read_vpcc(record: bytes) -> Coding:
    """Read a `vpcC` box, version and flags included (the VP codec ISO media file format binding, version 1)."""
    if len(record) < 8:
        return Coding()
    profile, level, packed, transfer = record[4], record[5], record[6], record[8] if len(record) > 8 else 2
    depth, subsampling = packed >> 4, (packed >> 1) & 7
    chroma = {0: 1, 1: 1, 2: 2, 3: 3}.get(subsampling, 1)
    return Coding(
        profile=f"profile_{profile}" if profile < 4 else None,
        level=level / 10 if 10 <= level <= 62 else None,
        pixel_format=pixel_format(chroma, depth),
        hdr=transfer in HDR_TRANSFERS if transfer != 2 or depth == 8 else None,
    )


def read_av1c(record: bytes) -> Coding:
    """Read an AV1CodecConfigurationRecord (the AV1 ISO media file format binding, section 2.3.3)."""
    if len(record) < 4:
        return Coding()
    profile, index, packed = record[1] >> 5, record[1] & 0x1F, record[2]
    depth = 12 if packed & 0x20 else 10 if packed & 0x40 else 8
    halved = ((packed >> 3) & 1, (packed >> 2) & 1)
    chroma = 0 if packed & 0x10 else {(1, 1): 1, (1, 0): 2, (0, 0): 3}.get(halved, 1)
    return Coding(
        profile=_AV1_PROFILES[profile] if profile < 3 else None,
        # levels run 2.0, 2.1, 2.2, 2.3, 3.0 ... (AV1 specification, annex A.3)
        level=round(2 + index // 4 + index % 4 / 10, 1) if index < 24 else None,
        pixel_format=pixel_format(chroma, depth),
        hdr=False if depth == 8 else None,
    )


def read_vp9_frame(frame: bytes) -> Coding | None:
    """Read the uncompressed header of a VP9 key frame (specification section 6.2); None for any other frame."""
    try:
        bits = Bits(frame[:32])
        if bits.take(2) != 2:
            return None
        profile = bits.take(1) | bits.take(1) << 1
        if profile == 3:
            bits.skip(1)
        if bits.flag() or bits.flag():
            return None
        bits.skip(2)
        if bits.take(24) != 0x498342:
            return None
        depth = (12 if bits.flag() else 10) if profile >= 2 else 8
        space = bits.take(3)
        chroma = 1
        if space != 7:
            bits.skip(1)
            if profile in (1, 3):
                across, down = bits.take(1), bits.take(1)
                bits.skip(1)
                chroma = 1 if across and down else 2 if across else 3
        else:
            chroma = 3
            if profile in (1, 3):
                bits.skip(1)
        width, height = bits.take(16) + 1, bits.take(16) + 1
    except EndOfBitsError:
        return None
    return Coding(
        profile=f"profile_{profile}",
        width=width,
        height=height,
        pixel_format=pixel_format(chroma, depth),
        hdr=False if depth == 8 else None,
    )
