"""What signed web hooks have in common: refusing in one way, comparing in constant time, headers in any case."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping
from typing import Any, NoReturn
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from mediaprep.errors import AssetError
from mediaprep.providers import OUR_ID
from mediaprep.transport import basic


def refuse(provider: str, why: str) -> NoReturn:
    """Raise for a web hook that does not prove who sent it."""
    raise AssetError("bad_signature", f"a receipt that claims to be from {provider} is not believed: {why}")


def unreadable(provider: str, why: str) -> NoReturn:
    """Raise for a body that is no receipt."""
    raise AssetError("unreadable", f"a receipt from {provider} cannot be read: {why}")


def text_in(provider: str, read: Mapping[str, Any], name: str) -> str | None:
    """Give a text of a web hook's body, None where it is missing; numbers count as texts, all else is refused."""
    value = read.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, str | int) and not isinstance(value, bool):
        return str(value)
    unreadable(provider, f"its {name} is not text")


def header(headers: Mapping[str, str], name: str) -> str:
    """Give a header whatever its case."""
    return next((value for key, value in headers.items() if key.lower() == name.lower()), "")


def equal(one: str, other: str) -> bool:
    """Compare without telling by the time taken how much agrees."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


def hmac_base64(secret: str, data: str | bytes, algorithm: str) -> str:
    """Give an HMAC in base64."""
    raw = data if isinstance(data, bytes) else data.encode("utf-8")
    return base64.b64encode(hmac.new(secret.encode("utf-8"), raw, getattr(hashlib, algorithm)).digest()).decode("ascii")


def with_our_id(url: str, our_id: str) -> str:
    """Put our id into a callback's query, from where it comes back with each receipt."""
    parts = urlsplit(url)
    query = "&".join(each for each in (parts.query, urlencode({OUR_ID: our_id})) if each)
    return urlunsplit(parts._replace(query=query))


def our_id_of(url: str) -> str | None:
    """Read our id from the URL that a web hook was called by."""
    return parse_qs(urlsplit(url).query).get(OUR_ID, [None])[0]


def check_basic(provider: str, headers: Mapping[str, str], secret: str) -> None:
    """Refuse a web hook without the credentials, ``USER:PASSWORD``, that were set for it; where none are, pass it."""
    user, _, password = secret.partition(":")
    if secret and not equal(header(headers, "Authorization"), basic(user, password)):
        refuse(provider, "it does not carry the credentials that were set for it")


def pem(given: str) -> str:
    """Give a key or certificate in PEM form: the text itself, or what the file of that name holds. Raises OSError."""
    if "-----BEGIN" in given:
        return given.replace("\\n", "\n")
    with open(os.path.expanduser(given), encoding="ascii") as stream:
        return stream.read()
