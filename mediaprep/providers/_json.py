"""JSON as HTTP APIs take and give it: a request of one object, and an answer that may be none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mediaprep.providers import Request


def json_post(url: str, body: dict[str, Any], headers: Mapping[str, str] | None = None) -> Request:
    """Build a POST of one object, with further or other headers than those of JSON."""
    headers = {"Content-Type": "application/json", "Accept": "application/json", **(headers or {})}
    return Request(method="POST", url=url, headers=headers, body=json.dumps(body).encode("ascii"))


def json_object(body: bytes) -> dict[str, Any]:
    """Read a JSON object; an empty one for anything else, so that an odd answer is judged by its status."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):  # a tower of brackets is no answer either
        return {}
    return found if isinstance(found, dict) else {}
