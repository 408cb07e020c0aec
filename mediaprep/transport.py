"""One request over the wire, and the one question that sending asks of a fault: can the other side have it?

``https:`` and ``http:`` go through httpx2; ``file:`` writes the body whole into a folder, which is all that the
outbox needs. A fault says whether the other side can have it: ``sent`` is "no" (no request left this machine whole) or
"maybe" (it may have).
"""

from __future__ import annotations

import base64
import logging
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit
from urllib.request import url2pathname

from mediaprep.errors import ToolError, UsageError
from mediaprep.workdir import write_atomically

LONGEST_ANSWER_BYTES = 1_000_000
"""The most of an answer that is read; providers' answers have a few kilobytes."""

CONNECT_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)


class Fault(Exception):  # noqa: N818 - a fault of the way, which the caller turns into a state
    """The exchange did not end in an answer. ``sent`` says whether the request can have been read."""

    def __init__(self, sent: Literal["no", "maybe"], detail: str) -> None:
        """Keep what is known; ``detail`` holds no header and no body."""
        super().__init__(detail)
        self.sent = sent
        self.detail = detail


class _Hush:
    """Who is hushed at present, by how many, and what their levels were: threads may overlap."""

    lock = threading.Lock()
    held: ClassVar[dict[str, tuple[int, int]]] = {}


@contextmanager
def hushed(*names: str) -> Iterator[None]:
    """Keep libraries from logging what they sign: botocore writes a session's token into its debugging lines."""
    with _Hush.lock:
        for name in names:
            logger = logging.getLogger(name)
            count, level = _Hush.held.get(name, (0, logger.level))
            _Hush.held[name] = (count + 1, level)
            logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        with _Hush.lock:
            for name in names:
                count, level = _Hush.held.pop(name)
                if count > 1:
                    _Hush.held[name] = (count - 1, level)
                else:
                    logging.getLogger(name).setLevel(level)


def exchange(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    secrets: Mapping[str, str] | None = None,
    body: bytes = b"",
    timeout_s: float = 30.0,
    most_bytes: int = LONGEST_ANSWER_BYTES,
) -> Answer:
    """Carry out one exchange, once: no redirect is followed and nothing is tried again.

    ``secrets`` are headers that appear nowhere but on the wire. Raises Fault.
    """
    scheme = urlsplit(url).scheme
    if scheme == "file":
        return _written(url, body)
    if scheme not in ("http", "https"):
        raise UsageError(f"{url!r} is not an address that a request can go to; it begins with https://")
    return _fetched(method, url, {**headers, **(secrets or {})}, body, timeout_s, most_bytes)


def _fetched(
    method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float, most_bytes: int
) -> Answer:
    try:
        import httpx2 as http
    except ImportError as error:
        raise UsageError("to send for real, install the extra: pip install 'mediaprep[send]'") from error

    timeout = http.Timeout(timeout_s, connect=min(CONNECT_TIMEOUT_S, timeout_s))
    try:
        with _client().stream(method, url, headers=dict(headers), content=body or None, timeout=timeout) as response:
            kept = bytearray()
            for chunk in response.iter_bytes():
                kept += chunk
                if len(kept) > most_bytes:
                    break
            return Answer(status=response.status_code, headers=dict(response.headers), body=bytes(kept[:most_bytes]))
    except (
        http.ConnectError,
        http.ConnectTimeout,
        http.PoolTimeout,
        http.ProxyError,
        http.UnsupportedProtocol,
    ) as error:
        raise Fault("no", f"no connection to {_place(url)}: {type(error).__name__}") from None
    except http.HTTPError as error:
        raise Fault("maybe", f"no whole answer from {_place(url)}: {type(error).__name__}") from None
    except http.InvalidURL:
        raise UsageError(f"{url!r} is not an address that a request can go to") from None


@cache
def _client() -> Any:
    """Give one client for all requests: reading the certificates again for each takes 30 ms of CPU.

    A connection kept open may be closed by the other side just when a request is written to it, and then nobody
    knows whether it was read. A new one for each request costs a handshake and takes that doubt away.
    """
    import httpx2 as http

    return http.Client(limits=http.Limits(max_keepalive_connections=0), follow_redirects=False)


def _place(url: str) -> str:
    """Name the other side without path and query, which may hold what is nobody's business."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")


def _written(url: str, body: bytes) -> Answer:
    path = Path(url2pathname(urlsplit(url).path))
    try:
        os.makedirs(path.parent, exist_ok=True)
        write_atomically(path, body)
    except OSError as error:
        raise Fault("no", f"{path}: {error.strerror or error}") from error
    except ToolError as error:
        raise Fault("no", error.message) from error
    return Answer(status=201)


def basic(user: str, password: str) -> str:
    """Give the value of Authorization for HTTP Basic (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
