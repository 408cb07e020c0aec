"""thumbor beside us: a server for each picture, asked as its users ask: ``fit-in`` and the filter ``max_bytes``."""

from __future__ import annotations

import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote

from peers import Work

_STARTS_WITHIN_S = 30
_CONFIGURED = """
LOADER = "thumbor.loaders.file_loader"
FILE_LOADER_ROOT_PATH = {root!r}
RESULT_STORAGE = None
STORAGE = "thumbor.storages.no_storage"
RESPECT_ORIENTATION = True
"""


def by_thumbor(program: str, long_edge: int) -> Work:
    """Let thumbor fit a picture in a square and under so many bytes; what it sends although it is over counts as over.

    Its start is in its CPU, about half a second.
    """

    def work(path: Path, limit_bytes: int, folder: Path) -> Path | None:
        settings = folder / "thumbor.conf"
        settings.write_text(_CONFIGURED.format(root=str(path.absolute().parent)))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [program, "--ip", "127.0.0.1", "--port", str(port), "--conf", str(settings), "--log-level", "error"]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wanted = f"fit-in/{long_edge}x{long_edge}/filters:max_bytes({limit_bytes}):format(jpeg)/{quote(path.name)}"
        try:
            data = _fetched(f"http://127.0.0.1:{port}/unsafe/{wanted}")
        finally:
            server.terminate()
            server.wait()
        if data is None:
            return None
        (folder / "made.jpg").write_bytes(data)
        return folder / "made.jpg"

    return work


def _fetched(url: str) -> bytes | None:
    """Ask until the server stands; None where it refuses."""
    until = time.monotonic() + _STARTS_WITHIN_S
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:
                data: bytes = answer.read()
                return data
        except urllib.error.HTTPError:
            return None
        except OSError:
            time.sleep(0.1)
    return None
