"""One content line of a vCard, and what its value says: charset, quoted-printable, escapes, embedded bytes."""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import unquote, unquote_to_bytes

_NO_MEDIA = frozenset({"home", "work", "pref", "inline"})
"""TYPE values of a photo that do not say what it is coded in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Param:
    """One parameter, its name in upper case."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    r"""One property. ``raw`` is the joined value as the file has it; ``value`` has charset and quoted-printable undone.

    Escapes (``\;`` ``\n``) are still in both: what they mean depends on the property, see
    ``components`` and ``text_of``. ``charset`` is what its bytes are in, once that is decided for the whole line.
    ``inner`` are the lines of a card inside an AGENT. ``old`` is a line of vCard 2.1, which escapes only separators.
    """

    number: int
    name: str
    raw: str
    value: str
    group: str | None = None
    params: tuple[Param, ...] = ()
    inner: tuple[Line, ...] = ()
    charset: str = "utf-8"
    old: bool = False

    def param(self, name: str) -> tuple[str, ...]:
        """Give every value of a parameter (its name in upper case)."""
        return tuple(value for param in self.params if param.name == name for value in param.values)

    @property
    def types(self) -> tuple[str, ...]:
        """The TYPE values in lower case, bare ones too, each once; ``TYPE="work,fax"`` is two of them."""
        pieces = (piece for value in self.param("TYPE") for piece in value.replace("\\", "").split(","))
        return tuple(dict.fromkeys(piece.strip().lower() for piece in pieces if piece.strip()))

    @property
    def encoding(self) -> str | None:
        """``quoted-printable``, ``base64`` or None."""
        for value in self.param("ENCODING"):
            name = {"Q": "QUOTED-PRINTABLE", "B": "BASE64"}.get(value.upper(), value.upper())
            if name in ("QUOTED-PRINTABLE", "BASE64"):
                return name.lower()
        return None


def decoded(line: Line) -> tuple[Line, str, str | None]:
    """Undo quoted-printable and charset; give the line, the charset that its bytes are in, and what was wrong."""
    if line.encoding == "quoted-printable":
        text, charset, problem = _text(binascii.a2b_qp(_bytes(line.raw)), line)
    elif line.raw.isascii() and "\x1b" not in line.raw:
        return line, "us-ascii", None
    else:
        text, charset, problem = _text(_bytes(line.raw), line)
    return replace(line, value=text, charset="utf-8" if charset == "us-ascii" else charset), charset, problem


def components(line: Line, separator: str = ";") -> tuple[str, ...]:
    """Split a structured value (N, ADR, ORG) and undo the escapes of each component.

    Quoted-printable is undone after the split, as Android does: an encoded semicolon is a letter of its component.
    """
    if line.encoding == "quoted-printable":
        # a component alone is too short to tell its charset by
        encoded = (binascii.a2b_qp(_bytes(piece)) for piece in pieces(line.raw, separator))
        texts = [piece.decode(line.charset, "replace") for piece in encoded]
    else:
        texts = pieces(line.value, separator)
    if not line.old:
        return tuple(map(unescaped, texts))
    letters = ";,:\\\\" if _breaks_are_bare(line) else ";,:\\\\nN"
    return tuple(_without_backslashes(text, letters) for text in texts)


def text_of(line: Line) -> str:
    """Give what a value of one text says, its escapes undone."""
    if not line.old:
        return unescaped(line.value)
    return _without_backslashes(line.value, ";,:" if _breaks_are_bare(line) else ";,:\\\\nN")


_PATH = re.compile(r"(?<![A-Za-z\\])[A-Za-z]:\\(?![\\;,:]|\Z)|(?<!\S)\\\\(?=[\w.])")
"""A drive or a server with single backslashes: who wrote it escapes none."""


def _breaks_are_bare(line: Line) -> bool:
    r"""Say whether a ``\n`` of vCard 2.1 is two letters, as that version has it; some writers mean a line break."""
    return line.encoding == "quoted-printable" or _PATH.search(line.value) is not None


def _without_backslashes(text: str, before: str) -> str:
    return re.sub(rf"\\([{before}])", lambda found: "\n" if found[1] in "nN" else found[1], text)


def unescaped(text: str) -> str:
    r"""Undo backslash escapes: ``\n`` is a line break, any other escaped character is itself."""
    if "\\" not in text:
        return text
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], text, flags=re.DOTALL)


def dialled(text: str) -> tuple[str, tuple[str, ...]]:
    """Take the number out of a tel: URI (RFC 3966), and its parameters that are no part of what people dial.

    Phones wait at a semicolon before they dial an extension. A phone-context is no prefix, even where it looks like
    one (section 5.1.5).
    """
    found = re.match(r"\s*tel:(.*)", text, re.IGNORECASE | re.DOTALL)
    if found is None:
        return text, ()
    number, *params = found[1].split(";")
    extensions = [each[4:] for each in params if each[:4].lower() == "ext="]
    others = tuple(each for each in params if each[:4].lower() != "ext=" and each.strip())
    return unquote(";".join([number, *extensions])).strip(), others


def embedded(line: Line) -> tuple[bytes, str | None] | None:
    """Give the bytes inside a line (base64 or a data: URI) with the type it states; None for a link or nothing.

    Raises ValueError for base64 that cannot be decoded.
    """
    text = line.value.strip()
    if text[:5].lower() == "data:":
        return _data_uri(text)
    if line.encoding != "base64":
        return None
    stated = next((name for name in line.types if name not in _NO_MEDIA), None)
    return _base64(text), stated


def _data_uri(text: str) -> tuple[bytes, str | None]:
    """Read RFC 2397, also with the backslashes that some writers put before its separators."""
    head, comma, body = text[5:].replace("\\;", ";").replace("\\,", ",").partition(",")
    if not comma:
        raise ValueError("the data: URI has no comma")
    media_type, *flags = head.split(";")
    stated = media_type.strip().lower() or None
    if any(flag.strip().lower() == "base64" for flag in flags):
        return _base64(body), stated
    return unquote_to_bytes(body), stated


def _base64(text: str) -> bytes:
    plain = "".join(text.split()).rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"the base64 is damaged: {error}") from error


def pieces(text: str, separator: str) -> list[str]:
    """Split at separators that no backslash escapes; the escapes stay in the pieces."""
    found, start, at = [], 0, 0
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif text[at] == separator:
            found.append(text[start:at])
            start = at + 1
        at += 1
    return [*found, text[start:]]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


_PAIRS = frozenset({
    "gb2312", "gbk", "gb18030", "hz", "big5", "big5hkscs", "cp950", "euc_kr", "cp949", "johab", "euc_jp",
    "euc_jis_2004", "euc_jisx0213", "shift_jis", "cp932", "shift_jis_2004", "shift_jisx0213", "tis-620", "cp874",
    "iso8859-11", "koi8-r", "koi8-u",
})  # fmt: skip
"""Charsets in which bytes that happen to be UTF-8 are ordinary letters: D0 BB is U+8C22 in GBK, U+043B in UTF-8."""

_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "cp950", "euc_kr": "cp949", "shift_jis": "cp932"}
"""What phones and Windows write under a charset's name: all of it and more letters (WHATWG Encoding, section 4.2)."""

_CHANCE_LETTERS = 3
"""Two-byte letters of a line that may be UTF-8 by chance: of four characters of GB2312 1 in 2,000 are."""


def _text(data: bytes, line: Line) -> tuple[str, str, str | None]:
    """Decode by what the bytes are, then by what CHARSET says: mislabelled UTF-8 is common, chance UTF-8 is short."""
    stated = next(iter(line.param("CHARSET")), None)
    codec = known_codec(stated) if stated else None
    text = _decoded(data, "utf-8") if not data.isascii() or b"\x1b" not in data else None
    if text is not None and (data.isascii() or codec not in _PAIRS or _is_no_chance(text)):
        return text, "us-ascii" if data.isascii() else "utf-8", None
    for name in (codec, _WIDER.get(codec or "")):
        if name is not None and name != "utf-8" and (said := _decoded(data, name)) is not None:
            return said, name, None
    if text is not None:
        return text, "utf-8", None
    problem = f"the value is not in the charset {stated}" if stated else "the value is not UTF-8 and states no CHARSET"
    return data.decode("cp1252", "replace"), "windows-1252", f"{problem}; read as windows-1252"


def _decoded(data: bytes, charset: str) -> str | None:
    try:
        return data.decode(charset)
    except UnicodeError:
        return None


def _is_no_chance(text: str) -> bool:
    """Say whether bytes that are UTF-8 must be meant so: by a letter of three bytes, or by many of two."""
    return not text.isascii() and (max(text) >= "\u0800" or sum(each > "\x7f" for each in text) > _CHANCE_LETTERS)


_NO_CHARSETS = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"})
"""Codecs that Python lists beside charsets."""


@lru_cache(maxsize=256)
def known_codec(name: str) -> str | None:
    """Give Python's name for a charset, None for what is none (``base64``, ``punycode``) or unknown."""
    try:
        codec = codecs.lookup(name.strip().strip('"')).name
        "a".encode(codec)  # refuses codecs that turn bytes into bytes
    except (LookupError, ValueError):
        return None
    return None if codec in _NO_CHARSETS else codec
