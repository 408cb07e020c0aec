"""Layers of documents combined into the limits of one kind: the narrowest known figure wins. Pure.

Numbers take the smallest (or, where a figure is a least, the largest), lists what all of them hold in the
order of the most specific document, permissions the stricter answer. Unknown never wins. How a picture is
judged (view size, scores) is no limit: there the most specific document rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from mediaprep.limits import Fact, Limits, own_rule
from mediaprep.model import Consequence, KindName
from mediaprep.profiles.cascade import Entry, Layer, Registry, fact, half, plain
from mediaprep.profiles.names import canonical, kinds_of
from mediaprep.profiles.sizes import candidates

ROLE_ORDER = ("carrier", "cell", "region", "handset", "provider", "channel")
"""The most specific role first: its list gives the order of types."""

_ALIAS_FIELDS = {
    "codecs": {KindName.VIDEO: "video_codecs", KindName.AUDIO: "audio_codecs"},
    "profiles": {KindName.VIDEO: "video_profiles"},
    "versions": {KindName.VCARD: "vcard_versions"},
    "charset": {KindName.VCARD: "charsets", KindName.TEXT: "charsets"},
    "media_type": {KindName.VCARD: "vcard_media_type"},
}
"""Keys of profiles whose field in Limits has another name."""

_SECTIONS = {KindName.ANIMATION: ("animation", "image")}
"""An animation is a picture too: what `image` states holds where `animation` is silent."""

_LEAST = ("max_width", "max_height", "exact_width", "exact_height", "max_pixels", "max_long_edge", "max_frames",
          "max_fps", "max_level", "max_bit_rate_bps", "max_audio_tracks", "max_channels")  # fmt: skip
_MOST = ("min_fps", "min_duration_s")
_LISTS = ("modes", "containers", "codecs", "profiles", "audio_codecs", "sample_rates_hz", "versions", "charset")
_STRICT_FALSE = ("progressive", "b_frames", "alpha")
_STRICT_TRUE = ("faststart", "provider_resizes")


@dataclass(slots=True)
class _Fields:
    """The fields of Limits that are known so far, and who states them."""

    values: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Fact] = field(default_factory=dict)

    def put(self, name: str, value: Any, origin: Fact) -> None:
        self.values[name] = value
        self.facts[name] = origin


def ordered(layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """Give layers in the one order that does not depend on how a group was written, equal ones once."""
    keyed = {
        (ROLE_ORDER.index(layer.role), layer.name, layer.sender or "", repr(layer.entries)): layer for layer in layers
    }
    once: dict[tuple[int, str, str], Layer] = {}
    for (role, name, _, text), layer in sorted(keyed.items(), key=lambda item: item[0]):
        once.setdefault((role, name, text), layer)
    return tuple(once.values())


def combine(
    layers: Sequence[Layer], kind: KindName, registry: Registry, *, max_bytes: int | None, available: bool = True
) -> Limits:
    """Combine ``ordered`` layers into the limits of one kind; ``max_bytes`` narrows limit and target."""
    known = _Fields()
    delivered = _types(known, layers, kind, registry)
    empty = _section(known, layers, kind, registry)
    if kind == KindName.TEXT:
        _text(known, layers, registry)
    if kind == KindName.VIDEO:
        empty = _poster(known, layers, registry) or empty
    _judging(known, layers, registry)
    _sizes(known, layers, kind, registry, max_bytes)
    if empty is not None and delivered:
        known.put("types", (), empty)
    return Limits(
        kind=kind,
        available=available,
        delivered=delivered and empty is None,
        facts=tuple(sorted(known.facts.items())),
        **known.values,
    )


def _sizes(known: _Fields, layers: Sequence[Layer], kind: KindName, registry: Registry, max_bytes: int | None) -> None:
    found = candidates(layers, kind, registry)
    rules = [item.rule for item in found if not item.target and not item.hearsay]
    targets = [item.rule for item in found if item.target]
    if max_bytes is not None:
        rules.append(own_rule(max_bytes))
        rules.sort(key=lambda rule: rule.allowed_bytes)
    known.values["size_rules"] = tuple(rules)
    if rules:
        known.put("limit_bytes", rules[0].allowed_bytes, rules[0].fact)
        known.values["counted_as"] = rules[0].counted_as
    aims = [*targets[:1], *rules[:1]]
    if aims:
        aim = min(aims, key=lambda rule: rule.allowed_bytes)
        known.put("target_bytes", aim.allowed_bytes, aim.fact)


def _types(known: _Fields, layers: Sequence[Layer], kind: KindName, registry: Registry) -> bool:
    """Intersect the lists of media types; False where a list is known and leaves none of this kind."""
    aliases = {a: c for layer in layers if (e := layer.entries.get("types.aliases")) for a, c in e.value.items()}

    def named(layer: Layer, key: str) -> tuple[str, ...]:
        entry = layer.entries.get(f"types.{key}")
        return tuple(canonical(aliases.get(t, t)) for t in plain(entry.value)) if entry is not None else ()

    allowed: tuple[str, ...] | None = None
    origin: Fact | None = None
    refused: set[str] = set()
    again: dict[str, Entry] = {}
    for layer in layers:
        refused.update(named(layer, "refuses"))
        for name in named(layer, "reencodes"):
            again.setdefault(name, layer.entries["types.reencodes"])
        entry = layer.entries.get("types.deliver") or layer.entries.get("types.passes")
        if entry is None:
            continue
        listed = dict.fromkeys((*named(layer, "deliver"), *named(layer, "reencodes"), *named(layer, "passes")))
        mine = tuple(name for name in listed if kind in kinds_of(name))
        narrowed = mine if allowed is None else tuple(name for name in allowed if name in mine)
        if allowed is None or (allowed and not narrowed):
            origin = fact(entry, registry)
        allowed = narrowed
    if kind == KindName.TEXT:
        # The words of a message are a text part of their own: no list of media needs to name them.
        allowed = ("text/plain",)
    if allowed is None:
        return True
    left = tuple(name for name in allowed if name not in refused)
    known.values["types"] = left
    if origin is not None:
        known.facts["types"] = origin
    twice = tuple(name for name in sorted(again) if kind in kinds_of(name) and name not in refused)
    if twice:
        known.put("reencoded_types", twice, fact(again[twice[0]], registry))
    return bool(left)


def _stated(layers: Sequence[Layer], kind: KindName, key: str) -> Iterator[Entry]:
    """Give the entries of a key in the sections of a kind, the most specific layer first."""
    for layer in layers:
        for section in _SECTIONS.get(kind, (str(kind),)):
            entry = layer.entries.get(f"{section}.{key}")
            if entry is not None:
                yield entry
                break


def _section(known: _Fields, layers: Sequence[Layer], kind: KindName, registry: Registry) -> Fact | None:
    """Combine the section of a kind; gives the fact that left a list empty, if one did."""
    empty: Fact | None = None
    for key, choose in (*((k, min) for k in _LEAST), *((k, max) for k in _MOST)):
        _number(known, list(_stated(layers, kind, key)), key, choose, registry)
    for key in _LISTS:
        name = _ALIAS_FIELDS.get(key, {}).get(kind, key)
        empty = _list(known, list(_stated(layers, kind, key)), name, registry) or empty
    if mono := list(_stated(layers, kind, "mono_codecs")):
        every = dict.fromkeys(name for entry in mono for name in plain(entry.value))
        known.put("mono_codecs", tuple(every), fact(mono[0], registry))
    for key, strict in (*((k, False) for k in _STRICT_FALSE), *((k, True) for k in _STRICT_TRUE)):
        found = [(_allows(plain(entry.value)), entry) for entry in _stated(layers, kind, key)]
        if found:
            value, entry = next((item for item in found if item[0] is strict), found[0])
            known.put(key, value, fact(entry, registry))
    for name, part in (("max_duration_s", "hard"), ("target_duration_s", "target")):
        _duration(known, list(_stated(layers, kind, "max_duration_s")), name, part, registry)
    for entry in _stated(layers, kind, "media_type"):
        known.put("vcard_media_type", entry.value, fact(entry, registry))
        break
    return empty


def _allows(value: Any) -> bool:
    return value == "allow" if isinstance(value, str) else bool(value)


def _number(known: _Fields, found: Sequence[Entry], name: str, choose: Any, registry: Registry) -> None:
    if found:
        entry = choose(found, key=lambda item: plain(item.value))
        known.put(name, plain(entry.value), fact(entry, registry))


def _duration(known: _Fields, found: Sequence[Entry], name: str, part: str, registry: Registry) -> None:
    stated = [(plain(figure), entry, figure) for entry in found if (figure := half(entry, part)) is not None]
    if stated:
        value, entry, figure = min(stated, key=lambda item: item[0])
        known.put(name, value, fact(entry, registry, figure, part))


def _list(known: _Fields, found: Sequence[Entry], name: str, registry: Registry) -> Fact | None:
    if not found:
        return None
    left: tuple[Any, ...] | None = None
    empty: Fact | None = None
    for entry in found:
        listed = plain(entry.value)
        values = tuple(listed) if isinstance(listed, list) else (listed,)
        narrowed = values if left is None else tuple(item for item in left if item in values)
        if left and not narrowed:
            empty = fact(entry, registry)
        left = narrowed
    known.put(name, left, empty or fact(found[0], registry))
    return empty


def _text(known: _Fields, layers: Sequence[Layer], registry: Registry) -> None:
    """Combine the lengths of text. Where units differ, bytes with the smaller number keep both limits."""
    stated = [
        (plain(layer.entries["text.max"].value), _unit(layer), layer.entries["text.max"], _overflow(layer))
        for layer in layers
        if "text.max" in layer.entries
    ]
    if stated:
        most, unit, entry, beyond = min(stated, key=lambda item: (item[0], item[1]))
        units = {item[1] for item in stated}
        known.put("max_characters", most, fact(entry, registry, consequence=beyond))
        known.values["text_unit"] = unit if len(units) == 1 else "bytes"
        told = {_beyond(layer) for layer in layers}
        known.values["long_text_as_document"] = "document" in told and not told & {"reject", "truncate"}
    _number(known, list(_stated(layers, KindName.TEXT, "unicode_max")), "max_unicode_characters", min, registry)
    _number(known, list(_stated(layers, KindName.TEXT, "caption_max")), "max_caption_characters", min, registry)


def _overflow(layer: Layer) -> Consequence:
    """Say what the document that states a length does with longer text."""
    return {"reject": Consequence.REJECTED, "truncate": Consequence.TRUNCATED}.get(_beyond(layer), Consequence.UNKNOWN)


def _beyond(layer: Layer) -> str:
    entry = layer.entries.get("text.on_overflow")
    return str(plain(entry.value)) if entry is not None else ""


def _unit(layer: Layer) -> str:
    entry = layer.entries.get("text.unit")
    return str(plain(entry.value)) if entry is not None else "chars"


def _poster(known: _Fields, layers: Sequence[Layer], registry: Registry) -> Fact | None:
    """Combine what is asked of a video's poster: required where anyone requires it."""
    found = list(_stated(layers, KindName.VIDEO, "poster"))
    for entry in found:
        if plain(entry.value.get("required", False)):
            known.put("poster", True, fact(entry, registry))
            break

    def inside(key: str) -> list[Entry]:
        return [
            entry._replace(value=entry.value[key], where=f"{entry.where}.{key}")
            for entry in found
            if key in entry.value
        ]

    for key, name in (("max_bytes", "poster_max_bytes"), ("width", "poster_width"), ("height", "poster_height")):
        _number(known, inside(key), name, min, registry)
    return _list(known, inside("types"), "poster_types", registry)


def _judging(known: _Fields, layers: Sequence[Layer], registry: Registry) -> None:
    """Take view size and scores from the most specific document; between equals, the most demanding."""
    keys = {
        "view.long_edge": "view_long_edge", "score.cap": "cap_score", "score.warn": "warn_score",
        "score.floor": "floor_score",
    }  # fmt: skip
    for path, name in keys.items():
        for role in ROLE_ORDER:
            found = [layer.entries[path] for layer in layers if layer.role == role and path in layer.entries]
            if found:
                _number(known, found, name, max, registry)
                break
