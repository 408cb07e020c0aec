"""Format rows (media type, suffix, signatures) and the match of a file's first bytes against them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

HEAD_BYTES = 65_536
"""What sniffing may look at: the first 64 KiB (ID3 art and MP3 junk make shorter heads blind)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One row. ``match`` judges the first bytes of a file; ``suffixes`` are other names people give it."""

    name: str
    media_type: str
    suffix: str
    match: Callable[[bytes], bool]
    suffixes: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


SUFFIXES: Mapping[str, tuple[str, ...]] = {
    "image/jpeg": ("jpg", "jpeg", "jpe", "jfif", "mpo", "jps"), "image/png": ("png", "apng"),
    "image/gif": ("gif", "gifv"),
    "image/webp": ("webp",), "image/avif": ("avif", "avifs"), "image/heic": ("heic", "heif", "hif", "heics", "heifs"),
    "video/mp4": ("mp4", "m4v", "mpg4", "f4v"), "video/3gpp": ("3gp", "3gpp"), "video/webm": ("webm",),
    "video/quicktime": ("mov", "qt", "movie"), "audio/amr": ("amr",), "audio/amr-wb": ("awb", "amr"),
    "audio/mpeg": ("mp3", "mp2", "mpga", "mpa"), "audio/mp4": ("m4a", "m4b", "m4r", "mp4"),
    "audio/aac": ("aac", "adts"), "audio/3gpp": ("3gp", "3gpp", "3ga"), "audio/ogg": ("ogg", "oga", "opus", "spx"),
    "audio/wav": ("wav", "wave", "bwf", "rf64"), "text/x-vcard": ("vcf", "vcard"), "text/vcard": ("vcf", "vcard"),
    "text/plain": ("txt", "text", "asc", "utf8", "log", "md", "csv", "tsv"), "text/calendar": ("ics", "vcs", "ical"),
    "application/pdf": ("pdf",), "application/msword": ("doc",), "application/vnd.ms-excel": ("xls",),
    "application/vnd.ms-powerpoint": ("ppt",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ("docx",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ("xlsx",),
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ("pptx",),
}  # fmt: skip
"""How files of the types that go out are named, ours first: for those who have an outcome and not its kind's rows."""


def starts(*signatures: bytes) -> Callable[[bytes], bool]:
    """Match files that begin with one of ``signatures``; ``?`` (0x3F) stands for any byte."""

    def match(head: bytes) -> bool:
        return any(_begins(head, signature) for signature in signatures)

    return match


def _begins(head: bytes, signature: bytes) -> bool:
    if len(head) < len(signature):
        return False
    return all(want in (0x3F, got) for want, got in zip(signature, head, strict=False))


def brand(head: bytes) -> str | None:
    """Give the major brand of an ISO base media file (ISO/IEC 14496-12 section 4.3), or None."""
    if len(head) < 12 or head[4:8] != b"ftyp":
        return None
    return head[8:12].decode("latin-1").strip()


def compatible_brands(head: bytes) -> tuple[str, ...]:
    """Give the major and the compatible brands of an ISO base media file, or nothing."""
    if len(head) < 16 or head[4:8] != b"ftyp":
        return ()
    end = min(int.from_bytes(head[:4], "big"), len(head))
    raw = [head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))]
    return tuple(dict.fromkeys(item.decode("latin-1").strip() for item in raw))


def matching(head: bytes, rows: Iterable[Format]) -> tuple[Format, ...]:
    """Give the rows whose signature fits, in order."""
    return tuple(row for row in rows if row.match(head))
