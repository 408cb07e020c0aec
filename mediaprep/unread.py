"""Files that no kind takes: what they seem to be, so that their owner knows which file was meant."""

from __future__ import annotations

from mediaprep.charsets import unnamed_charset
from mediaprep.errors import AssetError
from mediaprep.formats import starts
from mediaprep.kinds import all_kinds
from mediaprep.storage import Source

_NOT_MEDIA_TYPES = (
    ("JPEG XL", starts(b"\xff\x0a", b"\0\0\0\x0cJXL ")),
    ("SVG, a drawing of shapes", lambda head: b"<svg" in head[:4096]),
    ("PostScript, as from Illustrator", starts(b"%!PS", b"\xc5\xd0\xd3\xc6")),
)
"""What campaigns are handed over as and the library below does not know (ISO/IEC 18181-2, SVG 2, Adobe TN 5002)."""


def unread(source: Source) -> AssetError:
    """Say that no kind takes a file, and what it seems to be, so that its owner knows which file was meant."""
    import filetype

    words = f"{source.name} is not a kind of file that mediaprep reads"
    for name, match in _NOT_MEDIA_TYPES:
        if match(source.head):
            return AssetError("unsupported", f"{words}; it looks like {name}")
    guess = filetype.guess(source.head)
    if guess is not None:
        return AssetError("unsupported", f"{words}; it looks like {guess.mime}")
    if _is_called_text(source) and unnamed_charset(source.head):
        text = f"{words}; it looks like text in a character set that it does not name"
        return AssetError("unsupported", text, remedy="Save it as UTF-8.")
    return AssetError("unsupported", words)


def _is_called_text(source: Source) -> bool:
    suffix = source.path.suffix.removeprefix(".").lower()
    forms = (form for kind in all_kinds() for form in kind.formats if form.media_type.startswith("text/"))
    return any(suffix in form.suffixes for form in forms)
