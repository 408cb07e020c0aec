"""Names as they can be shown. File systems allow almost any bytes in them; terminals and reports do not."""

from __future__ import annotations


def printable(text: str) -> str:
    """Show a name on one line: control characters and undecodable bytes are escaped, so no name acts on a terminal."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode("ascii") for c in text
    )  # fmt: skip
