"""What phones may send on a network: figures by PLMN, which decide only where no A2P figure is known.

Among sources the newest holds; among the current ones (seen in 2025 or later: Google Messages 2026, Pixel
2025 and 2026) the lowest, because they disagree on a quarter of the networks and nothing says which is
right. Where no source states a size, Android's own default holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mediaprep.profiles.cascade import Entries, Entry, Origin
from mediaprep.profiles.files import ProfileFile
from mediaprep.profiles.load import Profiles

CURRENT_SINCE = "2025"

DEFAULT_BYTES = 307_200
DEFAULT_WIDTH = 640
DEFAULT_HEIGHT = 480
"""Android's defaults where a carrier sets nothing (CarrierConfigManager: 300 * 1024 bytes, 640 x 480)."""

_DEFAULT_SOURCE = "AN2"

Row = Mapping[str, Any]


def rows_of(profiles: Profiles, plmn: str, names: Sequence[str]) -> tuple[Row, ...]:
    """Give the rows of a PLMN for a carrier: under its own name, else its host's, else those of nobody.

    Without ``names`` all rows count.
    """
    rows = profiles.handsets(plmn[:3]).get(plmn, ())
    for name in names:
        own = tuple(row for row in rows if row.get("carrier") == name)
        if own:
            return own
    return tuple(row for row in rows if not names or row.get("carrier") is None)


def newest(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Give the current rows; where there are none, the rows of the newest date."""
    current = tuple(row for row in rows if row["seen"] >= CURRENT_SINCE)
    if current:
        return current
    last = max((row["seen"] for row in rows), default="")
    return tuple(row for row in rows if row["seen"] == last)


def switched_off(rows: Sequence[Row]) -> bool:
    """Say whether every newest row says that MMS is off."""
    latest = newest(rows)
    return bool(latest) and all(row.get("mms") is False for row in latest)


def entries_for(profiles: Profiles, plmn: str, names: Sequence[str] = ()) -> Entries:
    """Give the entries of one PLMN; Android's default where nothing is stated."""
    return _entries([(plmn, row) for row in newest(rows_of(profiles, plmn, names))], plmn)


def carrier_rows(profiles: Profiles, line: Sequence[ProfileFile], plmn: str | None) -> tuple[tuple[str, Row], ...]:
    """Give the newest rows of a carrier (``line``: itself and what it extends) on its PLMNs, or on one."""
    names = [item.name for item in line]
    stated = next((p for item in line if (p := profiles.value(item).get("plmns"))), ())
    codes = (plmn,) if plmn else tuple(stated)
    return tuple((code, row) for code in codes for row in newest(rows_of(profiles, code, names)))


def entries_of_carrier(profiles: Profiles, line: Sequence[ProfileFile], plmn: str | None) -> Entries:
    """Give the entries of a carrier's phones; nothing where no row speaks of it."""
    found = carrier_rows(profiles, line, plmn)
    return _entries(found, plmn or found[0][0]) if found else {}


def _entries(found: Sequence[tuple[str, Row]], plmn: str) -> Entries:
    sized = [(code, row) for code, row in found if row.get("max_message_bytes") is not None]
    if not sized:
        note = "no source states a size for these phones; Android's default"
        default = {"source": _DEFAULT_SOURCE, "confidence": "derived", "note": note}
        return {
            path: Entry(_figure(path, value, default), f"handsets/{plmn[:3]}", f"plmns.{plmn}", Origin())
            for path, value in zip(_KEYS, (DEFAULT_BYTES, DEFAULT_WIDTH, DEFAULT_HEIGHT), strict=True)
        }
    entries: dict[str, Entry] = {}
    for path, key in _KEYS.items():
        known = [(row[key], code, row) for code, row in sized if row.get(key) is not None]
        if known:
            value, code, row = min(known, key=lambda item: (item[0], item[1], item[2]["source"]))
            origin = {"source": row["source"], "seen": row["seen"], "confidence": "device"}
            entries[path] = Entry(_figure(path, value, origin), f"handsets/{code[:3]}", f"plmns.{code}", Origin())
    return entries


_KEYS = {"sizes.total": "max_message_bytes", "image.max_width": "width", "image.max_height": "height"}


def _figure(path: str, value: int, origin: Mapping[str, Any]) -> Mapping[str, Any]:
    figure = {"value": value, **origin}
    return {"hard": figure} if path.startswith("sizes.") else figure
