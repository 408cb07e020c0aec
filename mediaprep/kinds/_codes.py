"""Bar codes and QR codes in a picture: which ones a phone would read, and whether they still read afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image

Code = tuple[str, str]
"""A symbology and the text it carries."""

_LOOK_LONG_EDGE = 1200
_ROW_STEP = 4
_WINDOW = 48
_CONTRAST = 20
_BAR_RUNS = 22
"""The least bars and spaces of a one-dimensional code (EAN-8 has 43 of them, half of one is seen at an angle)."""


def codes_in(image: Image) -> frozenset[Code]:
    """Read every code in a picture; nothing where the reader is missing.

    A look at some rows for finder patterns or bars comes first (1-2 ms); the reader itself takes 10-40 ms
    on a photograph, which would be a third of a fit, and finds nothing in most of them.
    """
    grey = image.convert("L")
    if not might_hold_code(grey):
        return frozenset()
    return read_codes(grey)


def read_codes(image: Image) -> frozenset[Code]:
    """Read every code in a picture, without looking first."""
    try:
        import zxingcpp
    except (ImportError, OSError):
        return frozenset()
    grey = image if image.mode == "L" else image.convert("L")
    found = zxingcpp.read_barcodes(grey, try_rotate=True)
    return frozenset((str(code.format), code.text) for code in found if code.text)


def might_hold_code(grey: Image) -> bool:
    """Say whether some rows or columns have the run lengths of a finder pattern (1:1:3:1:1) or of bars."""
    import numpy as np

    factor = max(1, round(max(grey.size) / _LOOK_LONG_EDGE))
    small = np.asarray(grey.reduce(factor) if factor > 1 else grey, dtype=np.int16)
    return any(_looks_coded(lines) for lines in (small[::_ROW_STEP], small.T[::_ROW_STEP]))


def _looks_coded(lines: Any) -> bool:
    """Look along sampled lines; what is printed goes on in the next line at the same place, texture does not."""
    import numpy as np

    if lines.shape[1] < 2 * _WINDOW:
        return True  # so small that reading it costs less than looking
    total = np.cumsum(np.pad(lines, ((0, 0), (_WINDOW // 2 + 1, _WINDOW // 2)), mode="edge"), axis=1, dtype=np.int32)
    local = (total[:, _WINDOW:] - total[:, :-_WINDOW])[:, : lines.shape[1]] // _WINDOW
    dark = lines < local - _CONTRAST
    flips = dark[:, 1:] != dark[:, :-1]
    edges = np.flatnonzero(flips.ravel())
    if edges.size < 6:
        return False
    width = lines.shape[1] - 1
    row, column = edges // width, edges % width
    becomes_dark = dark[:, 1:].ravel()[edges]
    return _finders(row, column, becomes_dark) or _bars(row, column, dark)


def _finders(row: Any, column: Any, becomes_dark: Any) -> bool:
    """Find dark-light-dark-light-dark runs of 1:1:3:1:1 that stand under one another in three lines."""
    import numpy as np

    count = row.size - 5
    if count < 1:
        return False
    same_row = row[5:] == row[:count]
    runs = np.diff(column)
    a, b, c, d, e = (runs[i : count + i] for i in range(5))
    unit = (a + b + c + d + e) / 7.0
    good = same_row & becomes_dark[:count] & (unit >= 1.2) & (unit < 40)
    for run, modules in ((a, 1), (b, 1), (c, 3), (d, 1), (e, 1)):
        good &= np.abs(run - modules * unit) <= 0.35 * unit + 1.0
    at = np.flatnonzero(good)
    if at.size < 3:
        return False
    centre = (column[at + 2] + column[at + 3]) / 2.0
    key = row[at] * _KEY + centre
    below = np.searchsorted(key, key + _KEY - unit[at])
    follows = below < at.size
    nearest = np.minimum(below, at.size - 1)
    follows &= np.abs(key[nearest] - key - _KEY) <= unit[at]
    follows &= np.abs(unit[at][nearest] - unit[at]) <= 0.25 * unit[at]
    return bool((follows & follows[nearest]).any())


_KEY = 100_000
"""Wider than any line, so that line and column make one sortable number."""


def _bars(row: Any, column: Any, dark: Any) -> bool:
    """Find many thin runs in a line whose pattern stands unchanged in the next line."""
    import numpy as np

    runs = np.diff(column)
    thin = ((runs > 0) & (runs <= 24)).astype(np.int32)
    if thin.size < _BAR_RUNS:
        return False
    spans = np.flatnonzero(np.convolve(thin, np.ones(_BAR_RUNS, dtype=np.int32), "valid") == _BAR_RUNS)
    for start in spans[:: max(1, spans.size // 400)].tolist():
        line, left, right = int(row[start]), int(column[start]), int(column[start + _BAR_RUNS])
        if line + 1 < dark.shape[0] and np.mean(dark[line, left:right] == dark[line + 1, left:right]) >= 0.93:
            return True
    return False
