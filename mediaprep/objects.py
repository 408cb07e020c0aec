"""Objects in stores (``s3://bucket/key``, ``gs://``, ``az://container/key``), through obstore.

What is put there appears whole or not at all. Addresses and credentials come from the environment as each store's own
tools read it: ``AWS_ENDPOINT_URL``, ``AWS_ACCESS_KEY_ID``, ``GOOGLE_APPLICATION_CREDENTIALS``,
``AZURE_STORAGE_ACCOUNT_NAME`` … They are used in the processes that serve workers and never reach a worker, which
decodes foreign bytes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from mediaprep.errors import AssetError, ToolError
from mediaprep.units import format_size

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Object:
    """One object: its URL, size, entity tag and the time of its last change (seconds since 1970)."""

    url: str
    size_bytes: int
    tag: str
    changed_s: float


def head(url: str) -> Object | None:
    """Give an object's facts; None where there is none. Raises ToolError for anything else."""
    store, key = _store_of(url)
    with _translated(url):
        try:
            return _object(url, _obstore().head(store, key))
        except FileNotFoundError:
            return None


def fetch(url: str, path: Path, max_bytes: int) -> Object:
    """Put an object's bytes into a file. Raises AssetError for more than ``max_bytes``, ToolError where it fails."""
    store, key = _store_of(url)
    with _translated(url):
        answer = _obstore().get(store, key)
        found = _object(url, answer.meta)
        if found.size_bytes > max_bytes:
            raise AssetError(
                "too_many_bytes_to_read",
                f"{url} has {format_size(found.size_bytes)}; the bound is {format_size(max_bytes)}",
                allowed=max_bytes,
                actual=found.size_bytes,
            )
        with path.open("wb") as file:
            for chunk in answer.stream(min_chunk_size=_CHUNK_BYTES):
                file.write(chunk)
    return found


def read(url: str) -> bytes | None:
    """Give a small object's bytes; None where there is none."""
    store, key = _store_of(url)
    with _translated(url):
        try:
            return bytes(_obstore().get(store, key).bytes())
        except FileNotFoundError:
            return None


def put(url: str, data: bytes | Path, media_type: str | None = None) -> None:
    """Write an object: it appears whole."""
    store, key = _store_of(url)
    attributes = {"Content-Type": media_type} if media_type else None
    with _translated(url):
        _obstore().put(store, key, data, attributes=attributes)


def insist_on_bucket(url: str) -> None:
    """Raise ToolError where the bucket that is to take objects is not there, or cannot be reached.

    Credentials that may write and not list are believed.
    """
    store, key = _store_of(url)
    try:
        with _translated(url):
            next(iter(_obstore().list(store, prefix=key.rstrip("/") or None, chunk_size=1)), None)
    except ToolError as error:
        if error.code != "permission" or _METADATA_SERVER in str(error.__cause__):
            raise


def delete(url: str) -> None:
    """Remove an object; one that is gone already is fine."""
    store, key = _store_of(url)
    with _translated(url):
        try:
            _obstore().delete(store, key)
        except FileNotFoundError:
            return


def below(url: str) -> Iterator[Object]:
    """Give the objects below a prefix, streamed, in the store's order."""
    store, key = _store_of(url)
    root = f"{url.removesuffix(key).rstrip('/')}/"  # a bare bucket's URL may end without one
    prefix = key.rstrip("/")
    with _translated(url):
        for page in _obstore().list(store, prefix=prefix or None, chunk_size=1_000):
            for meta in page:
                yield _object(root + meta["path"], meta)


def _object(url: str, meta: Any) -> Object:
    return Object(url, int(meta["size"]), str(meta.get("e_tag") or ""), meta["last_modified"].timestamp())


def _store_of(url: str) -> tuple[Any, str]:
    """Give the store of an object's bucket, one for each bucket of this process, and the object's key."""
    scheme, _, rest = url.partition("://")
    bucket, _, key = rest.partition("/")
    if not bucket:
        raise ToolError("file_missing", f"{url} names no bucket; write {scheme}://bucket/key")
    with _translated(url):
        return _store(f"{scheme}://{bucket}", os.getpid()), key


@lru_cache(64)
def _store(root: str, _pid: int) -> Any:
    """Open a bucket. Connections do not survive a fork, so a process number is part of the key."""
    _obstore()
    from obstore.store import from_url

    return from_url(root)


def _obstore() -> Any:
    try:
        import obstore
    except ImportError as error:
        raise ToolError(
            "tool_missing", "objects in stores need the library obstore: pip install 'mediaprep[cloud]'"
        ) from error
    return obstore


@contextmanager
def _translated(url: str) -> Iterator[None]:
    try:
        yield
    except (AssetError, ToolError):
        raise
    except Exception as error:
        raise ToolError(*_told(url, error)) from error


_BUCKET_MISSING = ("NoSuchBucket", "ContainerNotFound", "specified bucket does not exist")
_UNREACHABLE = ("error sending request", "error trying to connect", "dns error", "Connection refused")
_REFUSED = ("PermissionDenied", "Unauthenticated", "status code: 401", "status code: 403")
_WHERE = {"s3": "AWS_ENDPOINT_URL", "az": "AZURE_STORAGE_ACCOUNT_NAME"}
_WHO = {
    "s3": "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY",
    "az": "AZURE_STORAGE_ACCOUNT_KEY",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS",
}
_METADATA_SERVER = "169.254.169.254"
"""Where the libraries of all three stores ask for credentials once the environment holds none."""


def _told(url: str, error: Exception) -> tuple[str, str]:
    """Give the code for a store's error, and what happened and what to do: the store's own words are for its makers."""
    text = f"{type(error).__name__}: {error}"
    scheme, _, rest = url.partition("://")
    bucket = rest.partition("/")[0]
    if any(words in text for words in _BUCKET_MISSING):
        what = "container" if scheme == "az" else "bucket"
        # names of Google's buckets are worldwide: nothing says where one is
        check = "its name" if scheme == "gs" else f"its name and {_WHERE[scheme]}, which says where it is"
        return "file_missing", f"{url}: there is no {what} {bucket}; create it, or check {check}"
    if isinstance(error, FileNotFoundError):
        return "file_missing", f"{url} does not exist"
    if _METADATA_SERVER in text:
        return "permission", f"{url}: no credentials for the store were found; set {_WHO[scheme]}"
    if any(words in text for words in _REFUSED):
        return "permission", f"{url}: the store refuses access; check {_WHO[scheme]} and what they permit"
    if any(words in text for words in _UNREACHABLE):
        asked = re.search(r"Error performing \w+ (\w+://[^/\s]+)", text)
        at = f" at {asked[1]}" if asked else ""
        where = f" and {_WHERE[scheme]}" if scheme in _WHERE else ""
        return "disk", f"{url}: the store{at} cannot be reached; check the network{where}"
    first = (str(error).splitlines() or [type(error).__name__])[0].partition("<?xml")[0].rstrip(": ")
    return "disk", f"{url}: {first[:300]}"
