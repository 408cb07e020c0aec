"""Plain text. It has no signature, so it is taken only where everything speaks for it and nothing against.

A file is text if it decodes, holds no control characters, shows something, and is no markup, data or
program. A name that promises another format speaks against it: a photo whose bytes are the words
"Not found" is a failed download, and no phone should get it as a message.
"""

from __future__ import annotations

import codecs
import json
import re
import unicodedata

from mediaprep import sms
from mediaprep.errors import AssetError
from mediaprep.formats import Format
from mediaprep.kinds import QuotingKind
from mediaprep.model import KindName, MediaInfo
from mediaprep.options import Bounds
from mediaprep.sms_plain import offer
from mediaprep.storage import Source
from mediaprep.units import format_size

_SUFFIXES = ("txt", "text", "asc", "utf8", "log", "md", "csv", "tsv")
"""What people call files of plain text."""

_PROMISES = frozenset({
    "jpg", "jpeg", "jpe", "jfif", "png", "apng", "gif", "webp", "avif", "heic", "heif", "hif", "heics", "tif",
    "tiff", "bmp", "ico", "svg", "jp2", "jxl", "psd", "dng", "raw", "cr2", "nef", "mp4", "m4v", "mov", "3gp",
    "3g2", "webm", "mkv", "avi", "mpg", "mpeg", "ts", "wmv", "flv", "mp3", "m4a", "aac", "amr", "awb", "ogg",
    "oga", "opus", "wav", "flac", "aif", "aiff", "mid", "vcf", "vcard", "ics", "pdf", "doc", "docx", "xls",
    "xlsx", "ppt", "pptx", "zip", "gz", "pkpass", "html", "htm", "xml", "json", "exe", "apk",
})  # fmt: skip
"""Suffixes that promise a format which has a signature of its own."""

_ALLOWED_CONTROLS = frozenset("\t\n\r\f")
_STRUCTURED = re.compile(
    r"<[a-z!?/]|\{\\rtf|%!ps|%pdf|#!/|#extm3u|#?ffconcat|\[playlist\]|\[reference\]|\[internetshortcut\]|webvtt\s|"
    r"begin:v(?:card|calendar|event)|version:[234]\.\d\s|mime-version:|return-path:|received: from |-----begin |"
    r"gif8[79]a|oggs|mthd|/\* xpm|#define \w+_width|#\?radiance|ply\r?\nformat |(?-i:P[1-6]\s+\d+\s+\d+\s|v=0\r?\no=)",
    re.IGNORECASE,
)
"""Beginnings of markup, scripts, playlists, cards, mails, keys, pictures and models that are written in letters."""

_SIGNATURES = ("GIF87a", "GIF89a", "OggS", "fLaC", "#!AMR", "MThd", "RIFF", "FORM", "ID3", "%PDF-")
"""Signatures in letters: a file that is nothing but the beginning of one is a stump of that format."""

_EXCERPT_CHARACTERS = 600
_JSON_LOOKED_AT = 1_000_000
_SMART_BYTES = frozenset(range(0x91, 0x98)) | {0x80, 0x85, 0x99, 0xA0, 0xA3, 0xA9, 0xAB, 0xAE, 0xB0, 0xBB}
"""Quotes, dashes, the euro sign and the like in windows-1252."""


def _is_text(head: bytes) -> bool:
    found = _decode(head, partial=True)
    return found is not None and _shows_something(found[0]) and not _is_structured(found[0])


class Text:
    """The kind of plain texts."""

    name = KindName.TEXT
    rank = 70
    formats: tuple[Format, ...] = (
        Format(name="text", media_type="text/plain", suffix="txt", match=_is_text, suffixes=_SUFFIXES),
    )

    def claims(self, source: Source, form: Format) -> bool:
        """Take what its first bytes show as text (every kind asked before has declined it)."""
        return True

    def probe(self, source: Source, form: Format, bounds: Bounds) -> MediaInfo:
        """Read the whole text; raises AssetError where it is no text, or named as something else.

        The one line break that editors put at the end is not part of the text, and CRLF counts as one character.
        """
        _refuse_misnamed(source)
        if source.size_bytes > bounds.max_text_bytes:
            raise AssetError(
                "text_bound",
                f"{source.name} has {format_size(source.size_bytes)}; the bound on text is "
                f"{format_size(bounds.max_text_bytes)}",
                allowed=bounds.max_text_bytes,
                actual=source.size_bytes,
            )
        found = _decode(source.read(), partial=False)
        if found is None:
            raise AssetError("unreadable", f"{source.name} begins as text and goes on as something else")
        text = found[0].replace("\r\n", "\n").removesuffix("\n")
        counted = sms.count(text)
        plainer = offer(text)
        return MediaInfo(
            kind=KindName.TEXT,
            media_type=form.media_type,
            suffix=form.suffix,
            size_bytes=source.size_bytes,
            charset=found[1],
            characters=len(text),
            sms_encoding=counted.encoding,
            sms_segments=counted.segments,
            remarks=(("plainer_letters", plainer.words),) if plainer is not None else (),
        )

    def confirm(self, source: Source, info: MediaInfo, bounds: Bounds) -> MediaInfo:
        """Add nothing: the probe has read every character."""
        return info

    def excerpt(self, source: Source, info: MediaInfo) -> str:
        """Give its beginning."""
        return source.head.decode(info.charset or "utf-8", "replace")[:_EXCERPT_CHARACTERS]


def _refuse_misnamed(source: Source) -> None:
    suffix = source.path.suffix.removeprefix(".").lower()
    if suffix in _PROMISES:
        raise AssetError(
            "unreadable", f"{source.name} is named .{suffix}, but holds only plain text: it is damaged or misnamed"
        )


def _decode(data: bytes, *, partial: bool) -> tuple[str, str] | None:
    """Decode by byte order mark, as UTF-8, or as windows-1252 where that is likely; None for what is no text.

    ``partial`` allows a character cut by the end of the data.
    """
    for mark, name in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if data.startswith(mark):
            codec = "utf-8-sig" if name == "utf-8" else name
            return _clean(_attempt(data, codec, partial=partial), name)
    text = _attempt(data, "utf-8", partial=partial)
    if text is not None:
        return _clean(text, "us-ascii" if text.isascii() else "utf-8")
    return _clean(data.decode("cp1252", "replace"), "windows-1252") if _likely_western(data) else None


def _attempt(data: bytes, codec: str, *, partial: bool) -> str | None:
    try:
        return codecs.getincrementaldecoder(codec)().decode(data, final=not partial)
    except UnicodeError:
        return None


def _likely_western(data: bytes) -> bool:
    """Judge bytes that are no UTF-8: mostly ASCII letters and spaces, the rest letters, quotes and signs of Europe."""
    high = [byte for byte in data if byte >= 0x80]
    plain = sum(1 for byte in data if chr(byte).isascii() and (chr(byte).isalpha() or byte == 0x20))
    return plain >= 0.6 * len(data) and all(byte >= 0xC0 or byte in _SMART_BYTES for byte in high)


def _clean(text: str | None, charset: str) -> tuple[str, str] | None:
    if text is None or any(_is_odd(letter) for letter in set(text)):
        return None
    return text, charset


def _is_odd(letter: str) -> bool:
    """Say whether a character has no place in a message: controls, lone surrogates, noncharacters, replacements.

    Unassigned characters pass: an emoji may be newer than this Python's Unicode.
    """
    if letter in _ALLOWED_CONTROLS:
        return False
    code = ord(letter)
    noncharacter = 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE
    return noncharacter or letter == "\ufffd" or unicodedata.category(letter) in ("Cc", "Cs")


def _shows_something(text: str) -> bool:
    """Say whether a reader would see something; a lone ASCII character proves nothing about a file."""
    shown = [letter for letter in text if letter.isprintable() and not letter.isspace()]
    return len(shown) > 1 or any(not letter.isascii() for letter in shown)


def _is_structured(text: str) -> bool:
    start = text.lstrip("\ufeff \t\r\n")
    if _STRUCTURED.match(start) or any(signature.startswith(text) for signature in _SIGNATURES):
        return True
    if start[:1] not in ("{", "["):
        return False
    try:
        json.loads(start[:_JSON_LOOKED_AT])
    except (ValueError, RecursionError):
        return re.match(r'\{\s*"[^"\n]*"\s*:|\[\s*[\[{"]', start) is not None
    return True


KIND: QuotingKind = Text()
