"""Names of uncompressed sound, and of the codecs behind WAVE format tags (used by WAV, AVI, QuickTime and Matroska)."""

from __future__ import annotations

_TAGS = {
    0x0002: "adpcm_ms", 0x0006: "pcm_alaw", 0x0007: "pcm_mulaw", 0x0011: "adpcm_ima_wav", 0x0016: "adpcm_g723",
    0x0031: "gsm_ms", 0x0038: "amr_nb", 0x0039: "amr_wb", 0x0045: "adpcm_g726", 0x0050: "mp2", 0x0055: "mp3",
    0x0057: "amr_nb", 0x0058: "amr_wb", 0x00FF: "aac", 0x0160: "wmav1", 0x0161: "wmav2", 0x0162: "wmapro",
    0x0163: "wmalossless", 0x1600: "aac", 0x1602: "aac", 0x2000: "ac3", 0x2001: "dts", 0x674F: "vorbis",
    0x704F: "opus", 0x6771: "vorbis", 0xF1AC: "flac", 0x566F: "vorbis",
}  # fmt: skip


def pcm_codec(bits: int, *, floating: bool = False, little: bool = False, unsigned: bool = False) -> str | None:
    """Name uncompressed sound as ffmpeg does: ``pcm_s16le``, ``pcm_f32be``, ``pcm_u8``; None for odd widths."""
    end = "le" if little else "be"
    if floating:
        return f"pcm_f{bits}{end}" if bits in (32, 64) else None
    if bits == 8:
        return "pcm_u8" if unsigned else "pcm_s8"
    # a width such as 12 or 20 is kept in the next whole number of bytes
    whole = -(-bits // 8) * 8
    return f"pcm_s{whole}{end}" if whole in (16, 24, 32, 64) else None


def pcm_bits(codec: str) -> int | None:
    """Give the bits of one sample of uncompressed or G.711 sound; None for other codecs."""
    if codec in {"pcm_alaw", "pcm_mulaw"}:
        return 8
    if not codec.startswith("pcm_"):
        return None
    digits = "".join(letter for letter in codec[4:] if letter.isdecimal())
    return int(digits) if digits else None


def wave_codec(tag: int, bits: int) -> str | None:
    """Name the codec of a WAVE format tag (RFC 2361 and Microsoft's mmreg.h); None for an unknown one."""
    if tag == 0x0001:
        return pcm_codec(bits, little=True, unsigned=bits == 8)
    if tag == 0x0003:
        return pcm_codec(bits, floating=True, little=True)
    return _TAGS.get(tag)
