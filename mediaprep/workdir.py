"""Temporary folders, private and gone afterwards; outputs that appear whole or not at all."""

from __future__ import annotations

import atexit
import contextlib
import os
import secrets
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mediaprep.errors import ToolError
from mediaprep.marks import Mark, is_held
from mediaprep.storage import disk_error, special

PREFIX = "mediaprep-run-"
PART_PREFIX = ".mediaprep-"
"""How names of unfinished outputs begin: hidden, short enough beside any final name, known to ``sweep``."""

WRITER = "MEDIAPREP_WRITER"
"""The environment variable that names a worker in its unfinished outputs, so that who kills it can take them away."""

_STALE_S = 3_600.0  # what has no living owner and is older than this is left over from a killed run
_MARK = ".alive"


class _Root:
    """This process's own temporary folder, made when first needed."""

    lock = threading.Lock()
    path: Path | None = None
    owner_pid = 0
    mark: Mark | None = None


def private_folder(label: str = "work") -> Path:
    """Make a new folder that only this user may enter (0700). It goes when the process ends, at the latest.

    Raises ToolError ``disk`` or ``permission``, naming the temporary folder of the system.
    """
    with _translated(Path(tempfile.gettempdir())):
        with _Root.lock:
            root = _root()
        return Path(tempfile.mkdtemp(prefix=f"{label}-", dir=root))


def remove(folder: Path) -> None:
    """Remove a folder with all that is in it, as far as that can be done."""
    shutil.rmtree(folder, ignore_errors=True)


def remove_all() -> None:
    """Remove every private folder of this process."""
    with _Root.lock:
        if _Root.path is None or _Root.owner_pid != os.getpid():
            return  # a forked copy leaves its parent's folders alone
        remove(_Root.path)
        if _Root.mark is not None:
            _Root.mark.close()
        _Root.path = None


def write_atomically(path: Path, data: bytes | Path, *, inside: Path | None = None, durable: bool = False) -> None:
    """Put bytes, or a copy of a file, at ``path``: whole, or not at all; what stood there is replaced.

    A link at ``path`` is replaced, never followed; a device, a pipe and a socket (links followed) are refused, and with
    ``inside`` folders that lead out of it. Raises ToolError ``disk``, ``permission`` or ``file_missing`` and leaves
    nothing behind.

    ``durable`` waits until the bytes have reached the disk before the name appears. It is off by default:
    it guards against power loss alone, costs 1 to 30 ms a file, and a rendition can be made again. A killed
    process needs no such wait.
    """
    with _translated(path):
        if inside is not None:
            refuse_outside(path.parent, inside)
        _refuse_special(path)
        part = _written(path.parent, data, durable=durable)
        _appear(part, path)
        if durable and sys.platform != "win32":
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)  # the name itself is an entry of the folder
            finally:
                os.close(folder)


def staged_file(folder: Path | None, data: bytes) -> Path:
    """Write bytes under an unfinished output's name in ``folder`` (None: a private one), to be judged first."""
    target = folder or private_folder("staged")
    with _translated(target):
        return _written(target, data)


def staged_copy(folder: Path | None, source: Path) -> Path:
    """Copy a file likewise. Never a link: an output edited later must not change the asset it came from."""
    target = folder or private_folder("staged")
    with _translated(target):
        return _written(target, source)


def place(staged: Path, target: Path, *, inside: Path | None = None) -> None:
    """Let a staged file, or a finished rendition, appear at ``target`` too: a hard link, else a copy, by rename."""
    with _translated(target):
        if inside is not None:
            refuse_outside(target.parent, inside)
        _refuse_special(target)
        part = _part(target.parent)
        try:
            os.link(staged, part)
        except FileNotFoundError:
            raise
        except OSError:  # another disk, or a file system without links
            part = _written(target.parent, staged)
        _appear(part, target)


def make_folder(folder: Path, inside: Path | None = None) -> None:
    """Make an output folder; raises ToolError ``permission`` (also where it leads out of ``inside``) or ``disk``."""
    if inside is not None:
        refuse_outside(folder, inside)
    with _translated(folder):
        folder.mkdir(parents=True, exist_ok=True)


def sweep(folder: Path, *, older_than_s: float | None = None) -> int:
    """Remove unfinished outputs that a killed run left in ``folder``; give their number.

    Those of the last hour may belong to a run that lives, unless the caller knows better.
    """
    stale_s = _STALE_S if older_than_s is None else older_than_s
    swept = 0
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(PART_PREFIX) and entry.is_file(follow_symlinks=False):
                with contextlib.suppress(OSError):
                    if time.time() - entry.stat(follow_symlinks=False).st_mtime > stale_s:
                        os.unlink(entry.path)
                        swept += 1
    return swept


def sweep_writer(writer: str, folders: Iterable[Path]) -> None:
    """Remove the unfinished outputs of a worker that has ended."""
    for folder in folders:
        with contextlib.suppress(OSError):
            for part in folder.glob(f"{PART_PREFIX}{writer}-*"):
                part.unlink(missing_ok=True)


def _part(folder: Path) -> Path:
    writer = f"{os.environ[WRITER]}-" if WRITER in os.environ else ""
    return folder / f"{PART_PREFIX}{writer}{secrets.token_hex(8)}"


def _written(folder: Path, data: bytes | Path, *, durable: bool = False) -> Path:
    """Write to a new unfinished name; on any failure the name is gone again."""
    part = _part(folder)
    # O_EXCL follows no link and opens nothing that exists; 0o666 lets the user's umask decide, as for any output
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with open(descriptor, "wb") as stream:
            if isinstance(data, bytes):
                stream.write(data)
            else:
                with open(data, "rb") as source:
                    shutil.copyfileobj(source, stream, 1 << 20)
            stream.flush()
            if durable:
                os.fsync(stream.fileno())
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return part


def _refuse_special(path: Path) -> None:
    """Keep a rename from putting a file in the place of a device (``/dev/null``, for root) or of a pipe."""
    if (there := special(path)) is not None:
        raise ToolError("permission", f"{path} is {there}, which no file takes the place of: name a file")


def _appear(part: Path, path: Path) -> None:
    try:
        os.replace(part, path)
    finally:
        # rename(2) does nothing, successfully, where both names are links to one file already
        part.unlink(missing_ok=True)


def would_replace(asset: Path, output: Path, *, exact: bool) -> bool:
    """Say whether an output would take the asset's own place, by whatever spelling or link.

    Where ``output`` has no suffix yet (not ``exact``) any suffix counts: which one it gets is known after the work.
    """
    if exact:
        return _same(asset, output)
    return output.name.casefold() == asset.stem.casefold() and _same(asset.parent, output.parent)


def _same(one: Path, other: Path) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:
        return os.path.realpath(one) == os.path.realpath(other)


def leads_outside(folder: Path, inside: Path) -> bool:
    """Say whether a folder, its links followed, lies outside of another one."""
    real, root = os.path.realpath(folder), os.path.realpath(inside)
    return os.path.commonpath([real, root]) != root


def refuse_outside(folder: Path, inside: Path) -> None:
    """Raise ToolError ``permission`` where ``folder``, its links followed, lies outside of ``inside``."""
    if leads_outside(folder, inside):
        real = os.path.realpath(folder)
        raise ToolError("permission", f"{folder} leads to {real}, outside of {inside}: nothing is written there")


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        named = Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else path
        raise disk_error(error, path if named.name.startswith(PART_PREFIX) else named) from error


def _root() -> Path:
    if _Root.path is None or _Root.owner_pid != os.getpid() or not _Root.path.is_dir():
        base = Path(tempfile.gettempdir())
        _sweep_roots(base)
        _Root.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
        _Root.owner_pid = os.getpid()
        _Root.mark = Mark(_Root.path / _MARK)
    return _Root.path


def _sweep_roots(base: Path) -> None:
    """Remove the folders of runs that were killed: nobody holds their mark any more."""
    with contextlib.suppress(OSError), os.scandir(base) as entries:
        for entry in entries:
            if entry.name.startswith(PREFIX) and entry.is_dir(follow_symlinks=False) and _abandoned(Path(entry.path)):
                remove(Path(entry.path))


def _abandoned(root: Path) -> bool:
    try:
        if sys.platform != "win32" and os.lstat(root).st_uid != os.getuid():
            return False
        return not is_held(root / _MARK)
    except FileNotFoundError:  # made this very moment, or by something else: only age tells
        return _is_stale(root)
    except OSError:
        return False


def _is_stale(root: Path) -> bool:
    with contextlib.suppress(OSError):  # another run sweeps it, too
        return time.time() - os.lstat(root).st_mtime > _STALE_S
    return False


atexit.register(remove_all)
