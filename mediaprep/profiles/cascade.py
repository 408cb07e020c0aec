"""A document as flat entries (``sizes.total``, ``video.max_duration_s``), each with its origin. Pure.

The entry is what replaces and is replaced: a child's or a sender's ``sizes.total`` takes the place of the
whole ``{hard, target}`` above it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from mediaprep.limits import Conflict, Fact
from mediaprep.model import Confidence, Consequence

SECTIONS = (
    "sizes", "parts", "types", "image", "animation", "video", "audio", "vcard", "text", "subject", "view",
    "score", "hosting", "oversize",
)  # fmt: skip
"""The keys of a profile that hold entries; the others say what the document is about."""

HEARSAY = (Confidence.THIRD_PARTY, Confidence.MEMORY)
"""What may set a target, never a hard limit."""

ORIGIN_KEYS = frozenset({"source", "seen", "confidence", "note"})
"""The keys of a mapping that say where its figures come from; the others are the figures."""

_NESTED = frozenset({"sizes.kinds", "sizes.ingest", "sizes.ingest.kinds", "parts.kinds"})

Registry = Mapping[str, Mapping[str, Any]]
"""The entries of sources.yaml by key."""


class Origin(NamedTuple):
    """Where figures come from, as far as the mappings around them say."""

    source: tuple[str, ...] = ()
    seen: str | None = None
    confidence: str | None = None

    def inside(self, mapping: Any) -> Origin:
        """Give what holds inside ``mapping``: a source of its own leaves the outer date and confidence behind."""
        if not isinstance(mapping, dict) or not ORIGIN_KEYS & mapping.keys():
            return self
        own = mapping.get("source")
        if own is not None:
            sources = tuple(own) if isinstance(own, list) else (own,)
            return Origin(sources, mapping.get("seen"), mapping.get("confidence"))
        return Origin(self.source, mapping.get("seen", self.seen), mapping.get("confidence", self.confidence))


class Entry(NamedTuple):
    """One entry: its value as the document gives it, and whose it is."""

    value: Any
    profile: str
    where: str
    origin: Origin


Entries = Mapping[str, Entry]


class Layer(NamedTuple):
    """The entries of one document as they hold on a route. ``role`` orders lists: the carrier's first."""

    role: str
    name: str
    sender: str | None
    entries: Entries


def flatten(document: Mapping[str, Any], profile: str, where: str = "", origin: Origin | None = None) -> Entries:
    """Give the entries of a document, or of one of its overlays that stands at ``where``."""
    entries: dict[str, Entry] = {}
    outer = (origin or Origin()).inside(document)
    for section in SECTIONS:
        if section in document:
            _collect(entries, document[section], profile, section, where, outer)
    if "availability" in document:
        entries["availability"] = Entry(document["availability"], profile, f"{where}availability", outer)
    return entries


def _collect(
    entries: dict[str, Entry], section: Mapping[str, Any], profile: str, path: str, where: str, outer: Origin
) -> None:
    origin = outer.inside(section)
    for key, value in section.items():
        inner = f"{path}.{key}"
        if inner in _NESTED:
            _collect(entries, value, profile, inner, where, origin)
        elif key not in ORIGIN_KEYS:
            entries[inner] = Entry(value, profile, where + inner, origin)


def without_origin(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give what a mapping states, without where it comes from."""
    return {key: value for key, value in row.items() if key not in ORIGIN_KEYS}


def plain(node: Any) -> Any:
    """Give the bare value of a figure or list that may be written short or with its origin."""
    if isinstance(node, dict):
        return node["value"] if "value" in node else node.get("values", node)
    return node


def half(entry: Entry, name: str) -> Any:
    """Give the ``hard`` or ``target`` figure of a size or duration; a bare figure is the hard one."""
    value = entry.value
    if not isinstance(value, dict) or "value" in value:
        return value if name == "hard" else None
    return value.get(name)


def derived(entry: Entry, note: str) -> Entry:
    """Give a size entry as a stand-in: the same figures, marked derived, with the reason."""

    def marked(figure: Any) -> Any:
        details = figure if isinstance(figure, dict) else {"value": figure}
        return {**details, "confidence": "derived", "note": note}

    halves = {name: marked(figure) for name in ("hard", "target") if (figure := half(entry, name)) is not None}
    return entry._replace(value=halves) if halves else entry


def usable(entry: Entry, registry: Registry) -> bool:
    """Say whether a size states a hard limit that is more than hearsay."""
    hard = half(entry, "hard")
    return hard is not None and confidence_of(entry.origin.inside(entry.value).inside(hard), registry) not in HEARSAY


def has_size(entries: Entries, registry: Registry) -> bool:
    """Say whether a hard limit on what is delivered is known, hearsay not counted."""
    return any(
        usable(entry, registry)
        for path, entry in entries.items()
        if path in ("sizes.total", "sizes.part") or path.startswith("sizes.kinds.")
    )


def fact(
    entry: Entry, registry: Registry, node: Any = None, part: str = "", consequence: Consequence | None = None
) -> Fact:
    """Make the fact of an entry, or of the figure ``node`` that stands at ``part`` within it."""
    figure = entry.value if node is None else node
    origin = entry.origin.inside(entry.value).inside(figure)
    details = figure if isinstance(figure, dict) else {}
    # `source: [derived, B1]` has the date and the address of what it is derived from
    first = next((registry[key] for key in origin.source if key in registry), {})
    return Fact(
        value=plain(figure),
        profile=entry.profile,
        where=f"{entry.where}.{part}" if part else entry.where,
        source=source_names(origin.source, registry),
        url=first.get("url"),
        date=origin.seen or first.get("seen"),
        confidence=confidence_of(origin, registry),
        published=details.get("published"),
        consequence=consequence or Consequence.UNKNOWN,
        conflicts=tuple(_conflict(item, registry) for item in details.get("conflicts", ())),
        note=details.get("note"),
    )


def confidence_of(origin: Origin, registry: Registry) -> Confidence:
    """Give how far a figure goes: as it says, as its first source says; a source of the user's is their own."""
    if origin.confidence is not None:
        return Confidence(origin.confidence)
    key = origin.source[0] if origin.source else "own"
    if key == "derived":
        return Confidence.DERIVED
    return Confidence(registry.get(key, {}).get("confidence", "own"))


def source_names(keys: tuple[str, ...], registry: Registry) -> str | None:
    """Give all sources of a figure in one text: ``derived from Bandwidth support [B1]``."""
    if len(keys) > 1 and keys[0] == "derived":
        return f"derived from {source_names(keys[1:], registry)}"
    return ", ".join(source_name(key, registry) for key in keys) or None


def source_name(key: str, registry: Registry) -> str:
    """Give a source as people read it: its title and its key; the key alone where no list knows it."""
    title = registry.get(key, {}).get("title")
    return f"{title} [{key}]" if title else key


def _conflict(item: Mapping[str, Any], registry: Registry) -> Conflict:
    key = item["source"]
    date = item.get("seen") or registry.get(key, {}).get("seen")
    return Conflict(value=item["value"], source=source_name(key, registry), date=date, note=item.get("note"))
