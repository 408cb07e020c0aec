"""Reading assets: a regular file (whoever names a link means what it leads to), with its first bytes at hand."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from mediaprep.errors import AssetError, ToolError
from mediaprep.formats import HEAD_BYTES
from mediaprep.units import format_size


@dataclass(frozen=True, slots=True)
class Source:
    """An asset's bytes on disk. ``head`` is the first 64 KiB; nothing else is read until asked for."""

    path: Path
    size_bytes: int
    head: bytes

    @property
    def name(self) -> str:
        """The file's own name, without folders."""
        return self.path.name

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open the bytes for reading; errors of the file system become ToolError."""
        with _translated(self.path), open(self.path, "rb") as stream:
            yield stream

    def read(self) -> bytes:
        """Read everything (the bound on file size was kept when the source was opened)."""
        if self.size_bytes <= len(self.head):
            return self.head
        with self.open() as stream:
            return stream.read()

    def sha256(self) -> str:
        """Hash the bytes, streamed; errors of the file system become ToolError."""
        return file_sha256(self.path)


def file_sha256(path: Path) -> str:
    """Hash a file, streamed. Raises ToolError ``file_missing``, ``permission`` or ``disk``."""
    with _translated(path), open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


URL_SCHEMES = ("s3", "gs", "az")
"""Object stores that assets and renditions may live in; see ``objects``."""


def is_url(text: str) -> bool:
    """Say whether a name is the URL of an object (``s3://bucket/key``) and not a path."""
    return text.partition("://")[0] in URL_SCHEMES and "://" in text


def open_source(path: Path, max_bytes: int, max_name_bytes: int | None = None, *, called: str = "") -> Source:
    """Open a regular file, or say why not; ``called`` names it where its path means nothing to its owner.

    Raises ToolError (``file_missing``, ``permission``, ``disk``) and AssetError (``not_a_file``,
    ``empty``, ``too_many_bytes_to_read``, ``name_bound``). Pipes and devices are never opened, so nothing blocks.
    """
    size = len(os.fsencode(path.name))
    if max_name_bytes is not None and size > max_name_bytes:
        text = f"the name {path.name[:40]}... has {size:,} bytes; the bound is {max_name_bytes:,}"
        raise AssetError("name_bound", text, allowed=max_name_bytes, actual=size)
    with _translated(path):
        try:
            mode = os.stat(path)
        except OSError as error:
            if error.errno != errno.ENAMETOOLONG:
                raise
            raise AssetError(
                "name_bound", f"{path.name[:40]}...: the system does not take a name or path that long"
            ) from error
        if not stat.S_ISREG(mode.st_mode):
            raise AssetError("not_a_file", f"{called or path} is {_what(mode.st_mode)}, not a file")
        if mode.st_size == 0:
            raise AssetError("empty", f"{called or path} is empty")
        if mode.st_size > max_bytes:
            raise AssetError(
                "too_many_bytes_to_read",
                f"{called or path} has {format_size(mode.st_size)}; the bound is {format_size(max_bytes)}",
                allowed=max_bytes,
                actual=mode.st_size,
            )
        with open(path, "rb") as stream:
            head = stream.read(HEAD_BYTES)
    return Source(path=path, size_bytes=mode.st_size, head=head)


def special(path: Path) -> str | None:
    """Say what a name stands for that is neither a file nor a folder, as "a device"; links are followed. Else None."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return None
    return None if stat.S_ISREG(mode) or stat.S_ISDIR(mode) else _what(mode)


def looks_like_url(text: str) -> bool:
    """Say whether a name is a URL of any scheme (``https://...``) and no file has it."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", text) is not None and not os.path.lexists(text)


def _what(mode: int) -> str:
    for test, word in (
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
    ):
        if test(mode):
            return word
    return "something else"


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise disk_error(error, path) from error


def disk_error(error: OSError, path: Path) -> ToolError:
    """Turn an error of the file system into one that says what to do."""
    in_the_way = next((folder for folder in path.parents if os.path.isfile(folder)), None)
    if isinstance(error, FileExistsError) and os.path.isfile(path):
        return ToolError("disk", f"{path} is a file, not a folder")
    if isinstance(error, NotADirectoryError) and in_the_way is not None:
        return ToolError("file_missing", f"{path} cannot be created: {in_the_way} is a file, not a folder")
    if isinstance(error, FileNotFoundError) and os.path.exists(path):
        return ToolError("permission", f"{path} does not accept new files")  # a folder of the system, such as /proc
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return ToolError("file_missing", f"{path} does not exist")
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return ToolError("permission", f"{path}: {error.strerror}")
    return ToolError("disk", f"{path}: {error.strerror or error}")
