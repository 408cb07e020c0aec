"""Plivo's own media store: an upload, and an id by which messages name the file.

A file that no message uses is deleted after 6 hours, one that is used stays a year; no call deletes one
(www.plivo.com/docs/messaging/api/media).
"""

from __future__ import annotations

import hashlib
import json

from mediaprep.errors import ToolError
from mediaprep.hosts import Host, Hosted
from mediaprep.hosts._upload import uploaded
from mediaprep.providers import Account, Setting

USER, TOKEN, BASE = "PLIVO_AUTH_ID", "PLIVO_AUTH_TOKEN", "PLIVO_BASE_URL"
_ADDRESS = "https://api.plivo.com/v1"


class PlivoStore:
    """One account's store."""

    name = "plivo"
    serves = frozenset({"plivo"})
    gives_ids = True
    settings: tuple[Setting, ...] = (
        Setting(variable=USER, meaning="the account's auth id"),
        Setting(variable=TOKEN, meaning="its auth token", secret=True),
        Setting(variable=BASE, meaning="the address of the API", default=_ADDRESS, needed=False),
    )

    def put(self, data: bytes, *, name: str, media_type: str, account: Account, mode: str) -> Hosted:
        """Upload a file; each upload has an id of its own, also of the same content."""
        url = f"{account[BASE].rstrip('/')}/Account/{account[USER]}/Media/"
        body, content_type = _form(data, name, media_type)
        answer = uploaded(
            "POST", url, body, headers={"Content-Type": content_type}, user=account[USER], password=account[TOKEN]
        )
        media_id, where = _stored(answer.body, url)
        return Hosted(url=where, name=name, media_type=media_type, size_bytes=len(data), media_id=media_id)


def _form(data: bytes, name: str, media_type: str) -> tuple[bytes, str]:
    """Write multipart/form-data (RFC 7578) of one ``file``; ``name`` is ours, of ASCII letters without quotes."""
    boundary = f"mediaprep-{hashlib.sha256(data).hexdigest()}"
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        f"Content-Type: {media_type}\r\n\r\n"
    )
    body = head.encode("ascii") + data + f"\r\n--{boundary}--\r\n".encode("ascii")
    return body, f"multipart/form-data; boundary={boundary}"


def _stored(body: bytes, url: str) -> tuple[str, str]:
    """Read the id and the address of the one file. A file may be refused inside an answer of HTTP 200."""
    try:
        (found,) = json.loads(body)["objects"]
        if found.get("status", "success") == "success":
            return str(found["media_id"]), str(found.get("media_url") or "")
        words = str(found.get("error_message") or found.get("status"))
    except (ValueError, KeyError, TypeError, AttributeError):
        words = "the answer names no file"
    raise ToolError("host_failed", f"{url} did not take the file: {words}")


HOST: Host = PlivoStore()
