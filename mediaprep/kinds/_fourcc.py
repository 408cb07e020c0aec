"""Codecs behind the four-character codes of AVI (and of Matroska's Video-for-Windows tracks)."""

from __future__ import annotations

_CODES = {
    "h264": ("H264", "X264", "AVC1", "DAVC", "VSSH", "Q264"),
    "hevc": ("HEVC", "H265", "HVC1", "X265"),
    "mpeg4": ("XVID", "DIVX", "DX50", "FMP4", "MP4V", "M4S2", "MP4S", "3IV2", "RMP4", "BLZ0", "SEDG", "FVFW"),
    "msmpeg4v1": ("MPG4", "MP41"),
    "msmpeg4v2": ("MP42", "DIV2"),
    "msmpeg4v3": ("MP43", "DIV3", "DIV4", "DIV5", "DIV6", "MPG3", "AP41", "COL1", "COL0"),
    "h263": ("H263", "U263", "X263", "S263"),
    "mjpeg": ("MJPG", "JPEG", "AVRN", "IJPG", "DMB1"),
    "prores": ("APCN", "APCH", "APCS", "APCO", "AP4H"),
    "vp8": ("VP80",),
    "vp9": ("VP90",),
    "av1": ("AV01",),
    "vp6f": ("VP6F",),
    "vp6": ("VP60", "VP61", "VP62"),
    "flv1": ("FLV1",),
    "wmv1": ("WMV1",),
    "wmv2": ("WMV2",),
    "wmv3": ("WMV3",),
    "vc1": ("WVC1",),
    "cinepak": ("CVID",),
    "indeo3": ("IV31", "IV32"),
    "indeo5": ("IV50",),
    "mpeg1video": ("MPG1", "MPEG"),
    "mpeg2video": ("MPG2", "MMES"),
    "dvvideo": ("DVSD", "DV25", "DVHD", "DVSL", "CDVC", "DVC "),
    "huffyuv": ("HFYU",),
    "ffvhuff": ("FFVH",),
    "ffv1": ("FFV1",),
    "theora": ("THEO",),
    "png": ("MPNG", "PNG "),
    "msrle": ("MRLE",),
    "msvideo1": ("CRAM", "MSVC", "WHAM"),
    "rawvideo": ("I420", "IYUV", "YV12", "YUY2", "UYVY", "NV12", "RGB ", "DIB "),
}
_BY_CODE = {code: codec for codec, codes in _CODES.items() for code in codes}

_EIGHT_BIT_420 = frozenset({"mpeg4", "msmpeg4v2", "msmpeg4v3", "h263", "vp8", "flv1", "wmv1", "wmv2", "wmv3"})


def fourcc_codec(code: bytes) -> str:
    """Name the codec of a four-character code in any case; an unknown one is its own name, in lower case."""
    if code in {b"\0\0\0\0", b"\3\0\0\0"}:
        return "rawvideo"
    if code == b"\1\0\0\0":
        return "msrle"
    text = "".join(chr(byte) if 32 <= byte < 127 else "?" for byte in code)
    return _BY_CODE.get(text.upper(), text.strip().lower())


def only_pixel_format(codec: str) -> str | None:
    """Give the pixel format of a codec that has but one, else None."""
    return "yuv420p" if codec in _EIGHT_BIT_420 else None
