"""Where profiles stand: folders and roles, one file, one destination that names a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

FOLDERS = {"carriers": "carrier", "regions": "region", "providers": "provider", "channels": "channel"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileFile:
    """Where a profile stands. ``own`` is True in a user's folder; ``replaces`` is the one it takes the place of."""

    name: str
    role: str
    path: Path
    own: bool = False
    replaces: ProfileFile | None = None


class Target(NamedTuple):
    """One member of a group: the channel, its profile (None: a bare network code), the code if one was given."""

    channel: str
    file: ProfileFile | None
    plmn: str | None = None
