"""What stands beside a message in the outbox: its parts, the request that a provider would get, and the receipt."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from mediaprep.parts import Part
from mediaprep.providers import Request
from mediaprep.sending import Sent
from mediaprep.workdir import write_atomically

RECEIPT_NAME = "receipt.json"
REQUEST_NAME = "request.http"


def deposit(folder: Path, sent: Sent, parts: Sequence[Part], request: Request | None) -> None:
    """Write everything whole, the receipt last: a folder with a receipt is complete."""
    for part in parts:
        write_atomically(folder / part.name, part.data)
    if request is not None:
        head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        start = f"{request.method} {request.url}\r\n{head}\r\n"
        write_atomically(folder / REQUEST_NAME, start.encode("utf-8") + request.body)
    record = json.dumps(sent.to_record(), indent=1, sort_keys=True) + "\n"
    write_atomically(folder / RECEIPT_NAME, record.encode("ascii"))
