"""Requests as they came over a real socket, in a form that compares."""

import email
import json
import time
from urllib.parse import parse_qsl

from mediaprep.plugins import load
from mediaprep.transport import exchange


def ours(name, message, known):
    """Send a message's request over the wire, credentials and all, with the client that sends for real."""
    provider = load("providers", name)
    request = provider.request(message, known)
    exchange(
        request.method, request.url, headers=request.headers, body=request.body,
        secrets=provider.credentials(request, known, time.time()),
    )  # fmt: skip


def plain(request):
    """Give method, path, and body as values: the order of a form's or an object's fields means nothing."""
    body = request.get_data()
    kind = request.headers.get("Content-Type", "").partition(";")[0]
    if "json" in kind:
        read = json.loads(body)
    elif kind == "application/x-www-form-urlencoded":
        read = sorted(parse_qsl(body.decode()))
    else:
        read = body
    return {"method": request.method, "path": request.path, "kind": kind, "body": read}


def files(request):
    """Give the parts of a multipart form as field, name, type and bytes, by the standard library's parser of mail."""
    kind = request.headers["Content-Type"].encode("latin-1")
    whole = email.message_from_bytes(b"Content-Type: " + kind + b"\r\n\r\n" + request.get_data())
    return [
        (part.get_param("name", header="Content-Disposition"), part.get_filename(), part.get_content_type(),
         part.get_payload(decode=True))
        for part in whole.get_payload()
    ]  # fmt: skip


def both(server):
    """Give the two requests that a server took, the official client's first."""
    (theirs, _), (own, _) = server.log
    return theirs, own
