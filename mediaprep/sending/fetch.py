"""Whether a provider will be able to fetch a URL: rules that hold for all of them, and what one adds.

What providers say themselves: the type must be the real one, not octet-stream (Twilio, Plivo, Sinch); Content-Length
must be there and true, never chunked (Plivo, Sinch); HEAD must answer as GET does (Twilio); file names up to 20 ASCII
characters without blanks (Twilio); no redirects (RCS Business Messaging: none in a message).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from mediaprep.errors import UsageError
from mediaprep.profiles.names import canonical
from mediaprep.transport import Answer, Fault, exchange

LONGEST_URL = 2048
LONGEST_NAME = 20
MOST_BYTES = 100_000_000

_UNSAID = ("", "application/octet-stream", "binary/octet-stream", "text/html")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line of the check. ``state`` is ok, warning or problem; ``source`` says which provider's page asks for it."""

    name: str
    state: str
    why: str
    source: str | None = None


_ASKED_BY = {
    "url length": "url_max", "file name": "filename_max", "HEAD answers 200": "need_head",
    "content length": "need_content_length", "lifetime": "min_lifetime_s", "time": "fetch_timeout_s",
}  # fmt: skip
"""Rules that a provider's profile may set, with their keys; the others hold for all."""


def checked(
    url: str, hosting: Mapping[str, Any] | None = None, *, source: str | None = None, timeout_s: float = 30.0
) -> tuple[Rule, ...]:
    """Fetch a URL as providers do, by HEAD and by GET, and judge what comes.

    ``hosting`` is the part of a provider's profile of that name, ``source`` where it has it from. Raises
    UsageError for what is no URL.
    """
    asked = hosting or {}
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"{url!r} is not a web address; it begins with https://")
    head, _ = _fetched("HEAD", url, timeout_s)
    get, elapsed_s = _fetched("GET", url, timeout_s)
    rules = [*_address(url, asked), _reached("GET", get), *_head(head, asked)]
    if isinstance(get, Answer) and get.status == 200:
        rules += [*_content(get, asked), *_lasting(url, asked), _quick(elapsed_s, asked)]
    return tuple(replace(rule, source=source) if _ASKED_BY.get(rule.name) in asked else rule for rule in rules)


def _fetched(method: str, url: str, timeout_s: float) -> tuple[Answer | str, float]:
    started = time.monotonic()
    headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
    try:
        found: Answer | str = exchange(method, url, headers=headers, timeout_s=timeout_s, most_bytes=MOST_BYTES)
    except Fault as fault:
        found = fault.detail
    return found, time.monotonic() - started


def _rule(name: str, *, ok: bool, good: str, bad: str, serious: bool = True) -> Rule:
    return Rule(name=name, state="ok" if ok else "problem" if serious else "warning", why=good if ok else bad)


def _address(url: str, asked: Mapping[str, Any]) -> Iterator[Rule]:
    parts = urlsplit(url)
    name = unquote(parts.path.rpartition("/")[2])
    most, longest = asked.get("url_max") or LONGEST_URL, asked.get("filename_max") or LONGEST_NAME
    yield _rule(
        "https",
        ok=parts.scheme == "https",
        good="https",
        bad="plain http: providers may refuse it",
    )
    yield _rule(
        "url length", ok=len(url) <= most, good=f"{len(url)} characters", bad=f"{len(url)} characters; at most {most}"
    )
    fine = bool(name) and len(name) <= longest and name.isascii() and " " not in name
    bad = f"{name!r} has {len(name)} characters; at most {longest}, ASCII without blanks, is what all take"
    yield _rule("file name", ok=fine, good=repr(name), bad=bad, serious="filename_max" in asked)


def _reached(method: str, answer: Answer | str) -> Rule:
    name = f"{method} answers 200"
    if isinstance(answer, str):
        return Rule(name=name, state="problem", why=answer)
    if 300 <= answer.status < 400:
        return Rule(name=name, state="problem", why=f"it redirects (HTTP {answer.status}); give the other address")
    return _rule(name, ok=answer.status == 200, good="HTTP 200", bad=f"HTTP {answer.status}")


def _head(answer: Answer | str, asked: Mapping[str, Any]) -> Iterator[Rule]:
    reached = _reached("HEAD", answer)
    if reached.state == "problem" and not asked.get("need_head"):
        why = f"{reached.why}; Twilio asks by HEAD, and a presigned URL of S3 answers it with 403"
        yield Rule(name=reached.name, state="warning", why=why)
        return
    yield reached


def _content(answer: Answer, asked: Mapping[str, Any]) -> Iterator[Rule]:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    stated = headers.get("content-type", "").partition(";")[0].strip().lower()
    real = _real_type(answer.body)
    if stated in _UNSAID:
        why = f"Content-Type is {stated or 'missing'}; it must be the media's own" + (f", {real}" if real else "")
        yield Rule(name="content type", state="problem", why=why)
    else:
        same = real is None or _same(real, stated)
        bad = f"Content-Type says {stated}, the bytes are {real}"
        yield _rule("content type", ok=same, good=stated, bad=bad)
    length = headers.get("content-length")
    chunked = "chunked" in headers.get("transfer-encoding", "").lower()
    true = length == str(len(answer.body))
    bad = "without Content-Length" if chunked or length is None else f"{length} stated, {len(answer.body)} come"
    serious = bool(asked.get("need_content_length")) or length is not None
    yield _rule("content length", ok=true and not chunked, good=f"{len(answer.body):,} bytes", bad=bad, serious=serious)


_CONTAINERS = (
    {"video/mp4", "audio/mp4", "video/quicktime", "video/3gpp", "audio/3gpp", "video/3gpp2", "audio/3gpp2"},
    {"audio/ogg", "video/ogg"},
    {"video/webm", "audio/webm", "video/matroska", "audio/matroska"},
    {"video/ms-asf", "video/ms-wmv", "audio/ms-wma"},
    {"video/msvideo", "video/avi", "video/vnd.avi"},
    {"audio/amr", "audio/amr-wb"},
    {"image/heic", "image/heif", "image/heic-sequence", "image/heif-sequence"},
)
"""One container each under several names: bytes alone do not tell which was meant."""


def _same(real: str, stated: str) -> bool:
    """Say whether two names may be of the same bytes. Passes and documents are ZIP files of names of their own."""
    if real == "application/zip" and stated.startswith("application/"):
        return True
    both = {_plain(real), _plain(stated)}
    return len(both) == 1 or any(both <= container for container in _CONTAINERS)


def _plain(media_type: str) -> str:
    """Give the one spelling of a type; what was registered late is still written with x- by many."""
    return canonical(media_type).replace("/x-", "/", 1)


def _real_type(body: bytes) -> str | None:
    """Tell a type from the bytes; None where they do not say."""
    import filetype

    if body[:64].lstrip().upper().startswith(b"BEGIN:VCARD"):
        return "text/vcard"
    kind = filetype.guess_mime(body[:8192])
    return str(kind) if kind else None


_MOST_DIGITS = 10
"""A signature lasts a week at the most; no number of this many digits is one."""


def _lasting(url: str, asked: Mapping[str, Any]) -> Iterator[Rule]:
    query = parse_qs(urlsplit(url).query)
    stated = query.get("X-Amz-Expires", [""])[0]
    if stated.isdecimal() and len(stated) < _MOST_DIGITS:
        needed = int(asked.get("min_lifetime_s") or 36_000)
        bad = f"it expires after {int(stated):,} s, and a message may wait in a queue for {needed:,} s"
        yield _rule("lifetime", ok=int(stated) >= needed, good=f"{int(stated):,} s from when it was signed", bad=bad)


def _quick(elapsed_s: float, asked: Mapping[str, Any]) -> Rule:
    most = float(asked.get("fetch_timeout_s") or 5.0)
    bad = f"{elapsed_s:.1f} s from here; Bird gives up after 5 s"
    serious = "fetch_timeout_s" in asked
    return _rule("time", ok=elapsed_s <= most, good=f"{elapsed_s:.1f} s from here", bad=bad, serious=serious)
