"""Names as they can be shown. File systems allow almost any bytes in them; terminals and reports do not."""

from __future__ import annotations

import re

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML 1.0 document may hold, not even as a reference (section 2.2)."""


def printable(text: str) -> str:
    """Show a name on one line: control characters and undecodable bytes are escaped, so no name acts on a terminal."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode("ascii") for c in text
    )  # fmt: skip


def in_xml(text: str) -> str:
    """Put U+FFFD for what XML cannot hold: one control character would make a whole document unreadable."""
    return _NOT_IN_XML.sub("\ufffd", text)
