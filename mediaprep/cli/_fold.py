"""Lines folded at the terminal's width."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable, Iterator

from mediaprep.reports import NARROWEST

_WIDEST = 120
"""Columns that are still read with ease; a wider terminal is not filled."""


def folded(lines: Iterable[str], *, whole: tuple[str, ...] = ()) -> Iterator[str]:
    """Fold lines; what follows stands further in than its line, and no path or address is torn.

    Lines that begin as one of ``whole`` does stay as they are.
    """
    width = min(max(shutil.get_terminal_size((100, 24)).columns, NARROWEST), _WIDEST)
    for line in lines:
        if len(line) <= width or line.startswith(whole):
            yield line
            continue
        indent = " " * (len(line) - len(line.lstrip()) + 4)
        yield textwrap.fill(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
