"""What a route allows, as values: facts with their source, limits for one kind, the route itself."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

from mediaprep.model import Confidence, Consequence, Finding, KindName

VIEW_LONG_EDGE = 1200
"""Pixels of the long edge at which a handset shows a picture, where a profile states none (measured on
1080x2400 phones: a message's picture opened full screen)."""

MAX_LONG_EDGE = 1920
"""No rendition is larger than this unless the route says otherwise: no phone shows more of a message."""


class SenderType(StrEnum):
    """The type of number that a message comes from. 10DLC is ``long_code``."""

    LONG_CODE = "long_code"
    TOLL_FREE = "toll_free"
    SHORT_CODE = "short_code"
    RCS_AGENT = "rcs_agent"
    ALPHANUMERIC = "alphanumeric"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """What another source says about the same figure."""

    value: Any
    source: str
    date: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One value of a profile with its origin. ``profile`` is the document, ``where`` the path in it."""

    value: Any
    profile: str
    where: str
    source: str | None = None
    url: str | None = None
    date: str | None = None
    confidence: Confidence = Confidence.DERIVED
    published: str | None = None
    consequence: Consequence = Consequence.UNKNOWN
    conflicts: tuple[Conflict, ...] = ()
    note: str | None = None

    def provenance(self) -> dict[str, Any]:
        """Give the part of a finding that says who states this limit."""
        return {
            "profile": self.profile,
            "source": self.source,
            "date": self.date,
            "confidence": str(self.confidence),
            "consequence": str(self.consequence),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeRule:
    """One size limit turned into media bytes of a lone asset.

    ``scope`` is ``total``, ``part``, ``kind`` or ``max_bytes``; ``stage`` is ``deliver`` (what reaches
    the phone) or ``ingest`` (what the provider's API takes). ``stated`` counts what the source counts.
    """

    scope: str
    stage: str
    stated: int
    allowed_bytes: int
    counted_as: str
    fact: Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The numbers for one kind on one route, narrowest wins; None is "nothing known", never "unlimited".

    ``limit_bytes`` is the most that a rendition may have, ``target_bytes`` what the search aims at.
    ``types`` are the media types delivered, preferred first; ``delivered`` is False where the list of
    types is known and holds none of this kind. ``facts`` name who states each field.
    """

    kind: KindName
    available: bool = True
    delivered: bool = True
    limit_bytes: int | None = None
    target_bytes: int | None = None
    counted_as: str = "binary"
    size_rules: tuple[SizeRule, ...] = ()
    types: tuple[str, ...] = ()
    reencoded_types: tuple[str, ...] = ()
    # dimensions and time
    max_width: int | None = None
    max_height: int | None = None
    exact_width: int | None = None
    exact_height: int | None = None
    max_pixels: int | None = None
    max_long_edge: int = MAX_LONG_EDGE
    max_frames: int | None = None
    min_fps: float | None = None
    max_fps: float | None = None
    min_duration_s: float | None = None
    max_duration_s: float | None = None
    target_duration_s: float | None = None
    # pictures
    modes: tuple[str, ...] = ("RGB8", "L8", "P8", "L1", "RGBA8", "LA8", "PA8")
    alpha: bool = False
    progressive: bool = False
    provider_resizes: bool = False
    # video and audio
    containers: tuple[str, ...] = ()
    video_codecs: tuple[str, ...] = ()
    video_profiles: tuple[str, ...] = ()
    max_level: float | None = None
    b_frames: bool | None = None
    faststart: bool | None = None
    max_bit_rate_bps: int | None = None
    audio_codecs: tuple[str, ...] = ()
    max_audio_tracks: int | None = None
    max_channels: int | None = None
    mono_codecs: tuple[str, ...] = ()
    """Codecs that are taken with one channel only."""
    sample_rates_hz: tuple[int, ...] = ()
    poster: bool = False
    poster_types: tuple[str, ...] = ()
    poster_max_bytes: int | None = None
    poster_width: int | None = None
    poster_height: int | None = None
    # text and cards
    max_characters: int | None = None
    max_unicode_characters: int | None = None
    max_caption_characters: int | None = None
    """The most characters of a text that goes beside media."""
    long_text_as_document: bool = False
    """Whether a file of longer text is delivered all the same: as a document, which people open."""
    text_unit: str = "chars"
    charsets: tuple[str, ...] = ()
    vcard_versions: tuple[str, ...] = ()
    vcard_media_type: str = "text/x-vcard"
    # judging
    view_long_edge: int = VIEW_LONG_EDGE
    cap_score: float = 90.0
    warn_score: float = 60.0
    floor_score: float = 30.0
    # where each field comes from
    facts: tuple[tuple[str, Fact], ...] = ()

    def fact(self, name: str) -> Fact | None:
        """Give the origin of the field ``name``, or None where no document states it."""
        return dict(self.facts).get(name)

    def provenance(self, name: str) -> dict[str, Any]:
        """Give who states the field ``name``, as findings name it; {} where no document does."""
        fact = self.fact(name)
        return fact.provenance() if fact is not None else {}

    def digest(self) -> str:
        """Name these limits by their numbers: equal digests make equal renditions of a lone asset, whatever the route.

        What a whole message may have (``size_rules`` of the scope ``total``) is not in it, nor whose figures these are.
        """
        skip = ("facts", "size_rules", "counted_as")
        plain = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in skip}
        return hashlib.sha256(json.dumps(plain, sort_keys=True, default=str).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Route:
    """The channel, carriers or region, provider and sender of one delivery, resolved to limits.

    A group (``att,verizon``) is one route whose limits are good for all its names. ``folder`` is the
    name of its output folder (``att+verizon``), legal on every system.
    """

    name: str
    folder: str
    channel: str
    limits: tuple[Limits, ...]
    provider: str | None = None
    sender: str | None = None
    available: bool = True
    unavailable: Finding | None = None
    fallback: str | None = None
    confidence: Confidence = Confidence.DERIVED
    warnings: tuple[Finding, ...] = ()
    facts: tuple[tuple[str, Fact], ...] = ()
    """What holds for the message and not for one kind: ``parts.max``, ``subject.max``, ``hosting.mode`` …"""
    profiles_digest: str = ""

    def __repr__(self) -> str:
        """Say the route in a line: whole, with the sources of every limit, it would fill a terminal many times."""
        said = [f"name={self.name!r}", f"channel={self.channel!r}"]
        said += [f"{name}={str(getattr(self, name))!r}" for name in ("provider", "sender") if getattr(self, name)]
        sizes = {limits.limit_bytes for limits in self.limits if limits.limit_bytes is not None}
        said += [f"limit_bytes={min(sizes)}"] if sizes else []
        return f"Route({', '.join(said)})"

    def limits_for(self, kind: KindName) -> Limits:
        """Give the limits for one kind."""
        for limits in self.limits:
            if limits.kind == kind:
                return limits
        return Limits(kind=kind)

    def narrowed(self, max_bytes: int | None) -> Route:
        """Give the route with a limit of the caller's own on each rendition; None changes nothing."""
        if max_bytes is None:
            return self
        return replace(self, limits=tuple(_narrowed(limits, max_bytes) for limits in self.limits))


def own_rule(max_bytes: int) -> SizeRule:
    """Make the size rule of ``--max-bytes``: it counts the rendition alone."""
    origin = Fact(value=max_bytes, profile="--max-bytes", where="", source="own", confidence=Confidence.OWN)
    return SizeRule(
        scope="max_bytes", stage="deliver", stated=max_bytes, allowed_bytes=max_bytes, counted_as="binary", fact=origin
    )


def _narrowed(limits: Limits, max_bytes: int) -> Limits:
    rule = own_rule(max_bytes)
    if limits.limit_bytes is not None and limits.limit_bytes <= max_bytes:
        return limits
    target = max_bytes if limits.target_bytes is None else min(limits.target_bytes, max_bytes)
    facts = {**dict(limits.facts), "limit_bytes": rule.fact}
    if target == max_bytes:
        facts["target_bytes"] = rule.fact
    return replace(
        limits,
        limit_bytes=max_bytes,
        target_bytes=target,
        counted_as=rule.counted_as,
        size_rules=(rule, *limits.size_rules),
        facts=tuple(facts.items()),
    )


_UNIVERSAL: dict[KindName, tuple[str, ...]] = {
    KindName.IMAGE: ("image/jpeg", "image/png", "image/gif"),
    KindName.ANIMATION: ("image/gif",),
}
"""Types for a route that is nothing but a size: what every MMS phone shows (3GPP TS 26.140 clause 4)."""


def route_of_size(max_bytes: int) -> Route:
    """Give a route that is nothing but a size, over MMS: the most bytes of a rendition, of whatever kind."""
    limits = tuple(
        Limits(kind=kind, limit_bytes=max_bytes, target_bytes=max_bytes, types=_UNIVERSAL.get(kind, ()))
        for kind in KindName
    )
    return Route(name=f"{max_bytes} bytes", folder=f"{max_bytes}-bytes", channel="mms", limits=limits)
