"""Size limits of layers turned into the media bytes of a lone asset (CONTRACT: budgets). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mediaprep.limits import SizeRule
from mediaprep.model import Consequence, KindName
from mediaprep.profiles.cascade import HEARSAY, Entries, Entry, Layer, Registry, fact, half, plain
from mediaprep.units import BASE64, BASE64_LINES, bytes_in_base64_characters, decoded_bytes

DEFAULT_OVERHEAD_BYTES = 2048
"""Headers, presentation and part headers of a message with one media part: 0.6 to 2 KB were measured on
real messages; 2 KiB also covers ten pictures and ten recipients."""

_FALLBACK_KINDS = {KindName.ANIMATION: KindName.IMAGE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One size that a layer states. ``hearsay`` marks a hard limit that may only set a target."""

    rule: SizeRule
    target: bool
    hearsay: bool = False

    @property
    def deciding_key(self) -> tuple[int, str, str, str, str]:
        """Order candidates: the smallest first, equal ones by name, so that no order of documents matters."""
        rule = self.rule
        return (rule.allowed_bytes, rule.stage, rule.scope, rule.fact.profile, rule.fact.where)


def candidates(layers: Sequence[Layer], kind: KindName, registry: Registry) -> tuple[Candidate, ...]:
    """Give every size that the layers state for a kind, smallest first."""
    shared = [plain(item.entries["sizes.overhead"].value) for item in layers if _has_own_overhead(item, "channel")]
    default = max(shared, default=DEFAULT_OVERHEAD_BYTES)
    found = [found for layer in layers for found in _of_layer(layer, layers, kind, registry, default)]
    once = {(item.deciding_key, item.target): item for item in found}
    return tuple(sorted(once.values(), key=lambda item: item.deciding_key))


def _has_own_overhead(layer: Layer, role: str) -> bool:
    return layer.role == role and "sizes.overhead" in layer.entries


def _of_layer(
    layer: Layer, layers: Iterable[Layer], kind: KindName, registry: Registry, overhead: int
) -> Iterator[Candidate]:
    entries = layer.entries
    for stage, prefix in (("deliver", "sizes"), ("ingest", "sizes.ingest")):
        taken = _number(entries.get(f"{prefix}.overhead") or entries.get("sizes.overhead"), overhead)
        bases = _bases(entries.get(f"{prefix}.basis"))
        for scope, entry in _scopes(entries, prefix, kind):
            for name in ("hard", "target"):
                figure = half(entry, name)
                if figure is None or (stage == "ingest" and name == "target"):
                    continue
                own = (figure["basis"],) if isinstance(figure, dict) and "basis" in figure else bases
                stated = plain(figure)
                allowed, basis = min((media_bytes(stated, item, scope, taken), item) for item in own)
                part = name if isinstance(entry.value, dict) and name in entry.value else ""
                origin = fact(entry, registry, figure, part, _consequence(stage, layer, layers))
                rule = SizeRule(
                    scope=scope, stage=stage, stated=stated, allowed_bytes=allowed, counted_as=basis, fact=origin
                )
                hearsay = name == "hard" and origin.confidence in HEARSAY
                yield Candidate(rule=rule, target=name == "target" or (hearsay and stage == "deliver"), hearsay=hearsay)


def media_bytes(stated: int, basis: str, scope: str, overhead_bytes: int) -> int:
    """Give the most media bytes of a lone asset within ``stated``, floored and never below 0.

    The overhead is taken off a total, and off anything that counts the payload with its headers.
    """
    room = stated - overhead_bytes if scope == "total" or basis == "payload" else stated
    if room <= 0:
        return 0
    if basis == "base64":
        return decoded_bytes(room, BASE64)
    if basis == "base64_lines":
        return decoded_bytes(room, BASE64_LINES)
    return bytes_in_base64_characters(room) if basis == "base64_characters" else room


def _scopes(entries: Entries, prefix: str, kind: KindName) -> Iterator[tuple[str, Entry]]:
    for scope in ("total", "part"):
        if f"{prefix}.{scope}" in entries:
            yield scope, entries[f"{prefix}.{scope}"]
    for name in (kind, _FALLBACK_KINDS.get(kind)):
        if f"{prefix}.kinds.{name}" in entries:
            yield "kind", entries[f"{prefix}.kinds.{name}"]
            return


def _bases(entry: Entry | None) -> tuple[str, ...]:
    value: Any = plain(entry.value) if entry is not None else "binary"
    return tuple(value) if isinstance(value, list) else (value,)


def _number(entry: Entry | None, default: int) -> int:
    return int(plain(entry.value)) if entry is not None else default


def _consequence(stage: str, layer: Layer, layers: Iterable[Layer]) -> Consequence:
    """Say what happens to a message over the limit: by the document itself, else by who carries it."""
    path = "oversize.provider" if stage == "ingest" else "oversize.carrier"
    for item in (layer, *(other for other in layers if other.role in ("carrier", "region", "provider"))):
        if path in item.entries:
            return Consequence(item.entries[path].value.get("action", "unknown"))
    return Consequence.UNKNOWN
