"""What each provider takes, changes and asks for, and what is implemented: one row each, from their own declarations.

Sizes, types, countries and hosting come from the profiles, the rest from the providers' files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mediaprep.plugins import load, names
from mediaprep.profiles.cascade import plain
from mediaprep.profiles.compose import stated
from mediaprep.profiles.load import Profiles
from mediaprep.providers import Provider
from mediaprep.sending.pace import stated_lines
from mediaprep.units import format_size

HEADS = (
    "provider",
    "where",
    "most bytes it accepts",
    "types",
    "changes",
    "media",
    "asks of a host",
    "MMS a second",
    "what we do",
)
_WORDS = {
    "rcs": "RCS", "sms": "SMS", "mms": "MMS", "subject": "subject", "lookup": "look-up", "dry_run": "dry run",
    "idempotency_key": "idempotency key", "rcs_fallback": "RCS falls back there",
    "mms_fallback": "MMS falls back there",
    "receipts": "receipts", "signed_receipts": "signed receipts",
}  # fmt: skip
_MODES = {"url": "URL", "s3": "s3://", "inline": "in the request"}


def rows(profiles: Profiles | None = None) -> Iterator[tuple[str, ...]]:
    """Give one row for each provider, in the order of ``HEADS``."""
    known = profiles or Profiles.load()
    for name in names("providers"):
        provider: Provider = load("providers", name)
        file = known.find(name)
        facts: Mapping[str, Any] = known.value(file) if file is not None else {}
        rates = stated(known, name, "messages_per_s")
        yield (
            f"`{name}`", " ".join(plain(facts.get("countries") or ())).upper() or "-", _sizes(facts), _types(facts),
            _families(_listed(facts, "reencodes")), f"{_mode(provider)}, {_count(provider)}", _asks(facts),
            _paces(rates), _does(provider),
        )  # fmt: skip


def markdown(profiles: Profiles | None = None) -> str:
    """Give the table as it stands in the README."""
    lines = [HEADS, ("---",) * len(HEADS), *rows(profiles)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _mode(provider: Provider) -> str:
    own = any(provider.name in load("hosts", host).serves for host in names("hosts"))
    return f"own store or {_MODES[provider.media_mode]}" if own else _MODES[provider.media_mode]


def _count(provider: Provider) -> str:
    return "1 part" if provider.max_media == 1 else f"{provider.max_media} parts"


def _sizes(facts: Mapping[str, Any]) -> str:
    ingest = (facts.get("sizes") or {}).get("ingest") or {}
    found = [f"{format_size(size)} a message" for size in [_hard(ingest.get("total"))] if size]
    found += [f"{format_size(size)} a part" for size in [_hard(ingest.get("part"))] if size]
    if not found:
        by_size: dict[int, list[str]] = {}
        for kind, entry in (ingest.get("kinds") or {}).items():
            by_size.setdefault(_hard(entry) or 0, []).append(kind)
        found = [f"{format_size(size)} {', '.join(kinds)}" for size, kinds in by_size.items() if size]
    return "; ".join(found) or "not published"


def _hard(entry: Any) -> int | None:
    value = entry.get("hard") if isinstance(entry, Mapping) else None
    found = value.get("value") if isinstance(value, Mapping) else value
    return found if isinstance(found, int) else None


def _listed(facts: Mapping[str, Any], name: str) -> list[str]:
    found = (facts.get("types") or {}).get(name) or []
    values = found.get("values") if isinstance(found, Mapping) else found
    return list(values or ())


def _types(facts: Mapping[str, Any]) -> str:
    return _families([*_listed(facts, "deliver"), *_listed(facts, "passes")])


def _families(types: list[str]) -> str:
    """Say which kinds of media a list of types holds; pictures by name, for there it matters most."""
    pictures = sorted({each.partition("/")[2] for each in types if each.startswith("image/")})
    others = sorted({each.partition("/")[0] for each in types if each.startswith(("video/", "audio/"))})
    more = [word for word, part in (("vCard", "vcard"), ("PDF", "pdf")) if any(part in each for each in types)]
    return " ".join([*pictures, *others, *more]) or "-"


def _asks(facts: Mapping[str, Any]) -> str:
    hosting = facts.get("hosting") or {}
    found = [
        "HEAD answers" if hosting.get("need_head") else "",
        "Content-Length" if hosting.get("need_content_length") else "",
        f"names up to {hosting['filename_max']} letters" if hosting.get("filename_max") else "",
        f"stays {hosting['min_lifetime_s'] // 3600} h" if hosting.get("min_lifetime_s") else "",
        f"{hosting['fetch_timeout_s']} s" if hosting.get("fetch_timeout_s") else "",
    ]
    return ", ".join(filter(None, found)) or "-"


def _paces(rates: Mapping[str, Any]) -> str:
    found = [f"{per_s:g} {kind}" for channel, kind, per_s in stated_lines(rates) if channel == "mms"]
    return ", ".join(found) or "-"


def _does(provider: Provider) -> str:
    can = set(provider.capabilities)
    if "signed_receipts" in can:
        can.discard("receipts")
    return ", ".join(words for name, words in _WORDS.items() if name in can)
