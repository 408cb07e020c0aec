"""What providers' own stores have in common: an upload with Basic credentials, and one error for all faults."""

from __future__ import annotations

from collections.abc import Mapping

from mediaprep.errors import ToolError
from mediaprep.transport import Answer, Fault, basic, exchange

_TIMEOUT_S = 60.0


def uploaded(
    method: str, url: str, data: bytes, *, headers: Mapping[str, str], user: str, password: str
) -> Answer:  # fmt: skip
    """Carry out one upload. Raises ToolError ``host_failed`` that names the place and holds no secret."""
    secrets = {"Authorization": basic(user, password)}
    try:
        answer = exchange(method, url, headers=headers, secrets=secrets, body=data, timeout_s=_TIMEOUT_S)
    except Fault as fault:
        raise ToolError("host_failed", f"{url}: {fault.detail}") from None
    if not 200 <= answer.status < 300:
        raise ToolError("host_failed", f"{url} answered HTTP {answer.status} to {method}; check the account")
    return answer
