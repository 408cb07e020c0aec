"""A folder that a web server serves: files are put into it, and the server's address goes before their names."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

from mediaprep.hosts import Host, Hosted
from mediaprep.providers import Account, Setting
from mediaprep.storage import disk_error
from mediaprep.workdir import write_atomically

FOLDER, BASE = "MEDIAPREP_HOST_FOLDER", "MEDIAPREP_HOST_URL"


class Directory:
    """A folder and its address."""

    name = "directory"
    serves = frozenset({"url"})
    gives_ids = False
    settings: tuple[Setting, ...] = (
        Setting(variable=FOLDER, meaning="the folder that a web server serves"),
        Setting(variable=BASE, meaning="its address, as in https://cdn.example/mms"),
    )

    def put(self, data: bytes, *, name: str, media_type: str, account: Account, mode: str) -> Hosted:
        """Write a file, unless one of this name and size is there: names hold a hash of the content."""
        path = Path(account[FOLDER]) / name
        try:
            os.makedirs(path.parent, exist_ok=True)
            if not (path.is_file() and path.stat().st_size == len(data)):
                write_atomically(path, data, inside=Path(account[FOLDER]))
        except OSError as error:
            raise disk_error(error, path) from error
        url = f"{account[BASE].rstrip('/')}/{quote(name)}"
        return Hosted(url=url, name=name, media_type=media_type, size_bytes=len(data))


HOST: Host = Directory()
