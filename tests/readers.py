"""Whether others can read a rendition: decoders that are not those which made it."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import vobject

from mediaprep import ffmpeg

_DEMUXERS = {"image/jpeg": "jpeg_pipe", "image/png": "png_pipe", "image/gif": "gif", "image/webp": "webp_pipe"}


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a reader said. ``unreadable``: nothing came out of it at all."""

    text: str
    unreadable: bool


def trouble(path: Path, media_type: str) -> Trouble | None:
    """Read a rendition to its end with another reader; None where that has no complaint."""
    family = media_type.partition("/")[0]
    if family in {"image", "video", "audio"}:
        return _decoded(path, media_type)
    data = path.read_bytes()
    try:
        if "vcard" in media_type:
            cards = list(vobject.readComponents(data.decode(), allowQP=True))
            return None if cards else Trouble("no card", unreadable=True)
        if media_type.startswith("text/plain"):
            data.decode()
    except Exception as error:  # noqa: BLE001  # whatever the other reader raises is its complaint
        return Trouble(f"{type(error).__name__}: {error}", unreadable=True)
    return None


def _decoded(path: Path, media_type: str) -> Trouble | None:
    """Decode with the system's ffmpeg, another build with decoders of its own; else with the bundled one."""
    program = shutil.which("ffmpeg") or str(ffmpeg.binary())
    forced = ["-f", _DEMUXERS[media_type]] if media_type in _DEMUXERS else []
    command = [program, "-v", "error", "-nostdin", *forced, "-i", f"file:{path}", "-f", "framemd5", "-"]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, timeout=300)
    frames = [line for line in done.stdout.splitlines() if line and not line.startswith("#")]
    if not frames:
        return Trouble(done.stderr.strip()[:300] or "no frame", unreadable=True)
    return Trouble(done.stderr.strip()[:300], unreadable=False) if done.stderr.strip() or done.returncode else None
