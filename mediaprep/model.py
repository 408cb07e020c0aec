"""The glossary as frozen values: kinds, facts about an asset, findings, attempts, outcomes."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import StrEnum
from math import isfinite
from typing import Any

from mediaprep.codes import BY_NAME, Severity
from mediaprep.errors import AssetError, ToolError, VerdictError

OUTCOME_SCHEMA = "mediaprep.outcome/1"


class KindName(StrEnum):
    """The family that picks the code."""

    IMAGE = "image"
    ANIMATION = "animation"
    VIDEO = "video"
    AUDIO = "audio"
    VCARD = "vcard"
    TEXT = "text"
    DOCUMENT = "document"


class Verdict(StrEnum):
    """The one-word judgement; ``check`` and ``fit`` share ``fits``, ``cannot_fit``, ``refused``, ``failed``."""

    FITS = "fits"
    NEEDS_FIT = "needs_fit"
    FITTED = "fitted"
    BELOW_FLOOR = "below_floor"
    CANNOT_FIT = "cannot_fit"
    REFUSED = "refused"
    FAILED = "failed"

    @property
    def done(self) -> bool:
        """Whether there is something that can be sent: the asset as it is, or its rendition."""
        return self in (Verdict.FITS, Verdict.FITTED)

    @property
    def words(self) -> str:
        """The verdict as people read it: ``needs fit``."""
        return self.replace("_", " ")


class Treatment(StrEnum):
    """What was done to the asset's bytes."""

    PASSTHROUGH = "passthrough"
    STRIP = "strip"
    REMUX = "remux"
    TRANSCODE = "transcode"
    REJECT = "reject"


class Confidence(StrEnum):
    """How far a figure can be trusted, strongest first (``rank``)."""

    SDK = "sdk"
    DOC = "doc"
    OWN = "own"
    AGGREGATOR = "aggregator"
    DEVICE = "device"
    THIRD_PARTY = "third_party"
    MEMORY = "memory"
    DERIVED = "derived"

    @property
    def rank(self) -> int:
        """Order from 0, the strongest."""
        return list(Confidence).index(self)


class Consequence(StrEnum):
    """What happens to a message that breaks a limit."""

    REJECTED = "rejected"
    RECOMPRESSED = "recompressed"
    DROPPED = "dropped"
    LINK = "link"
    TRUNCATED = "truncated"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaInfo:
    """Facts read from an asset, without judging; None is "does not apply" or "unknown".

    Width and height are as shown, after orientation or rotation. ``mode`` is ``L8``, ``P8``,
    ``RGB8``, ``RGBA8``, ``CMYK8``, ``RGB16`` …; ``remarks`` are names of warning codes with a text
    that the probe itself has to report.
    """

    kind: KindName
    media_type: str
    suffix: str
    size_bytes: int
    # pictures
    width: int | None = None
    height: int | None = None
    frames: int | None = None
    orientation: int | None = None
    mode: str | None = None
    transparent: bool | None = None
    progressive: bool | None = None
    subsampling: str | None = None
    colour_profile: str | None = None
    hdr: bool | None = None
    pages: int | None = None
    tail_bytes: int | None = None
    loop_count: int | None = None
    # time
    duration_s: float | None = None
    fps: float | None = None
    variable_frame_rate: bool | None = None
    container: str | None = None
    brand: str | None = None
    video_codec: str | None = None
    video_profile: str | None = None
    video_level: float | None = None
    b_frames: bool | None = None
    pixel_format: str | None = None
    rotation_deg: int | None = None
    faststart: bool | None = None
    bit_rate_bps: int | None = None
    video_bit_rate_bps: int | None = None
    video_tracks: int | None = None
    audio_codec: str | None = None
    audio_bit_rate_bps: int | None = None
    audio_tracks: int | None = None
    other_tracks: int | None = None
    channels: int | None = None
    sample_rate_hz: int | None = None
    # text and cards
    charset: str | None = None
    characters: int | None = None
    sms_encoding: str | None = None
    sms_segments: int | None = None
    cards: int | None = None
    vcard_versions: tuple[str, ...] = ()
    photo_types: tuple[str, ...] = ()
    # privacy
    gps: bool = False
    metadata: tuple[str, ...] = ()
    remarks: tuple[tuple[str, str], ...] = ()

    def to_record(self) -> dict[str, Any]:
        """Give the facts that are known, as JSON values; what is absent is unknown."""
        record: dict[str, Any] = {}
        for f in fields(self):
            value = getattr(self, f.name)
            if f.name == "remarks" or value is None or value == () or value is False:
                continue
            record[f.name] = _plain(value)
        return record


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A violation or a warning: what is allowed, what is there, who says so, and what to do."""

    code: str
    name: str
    severity: Severity
    limit: str | None = None
    allowed: Any = None
    actual: Any = None
    profile: str | None = None
    source: str | None = None
    date: str | None = None
    confidence: str | None = None
    consequence: str | None = None
    message: str
    remedy: str

    def to_record(self) -> dict[str, Any]:
        """Give the finding as JSON values; null is what nobody states."""
        return _record(self, skip=("name", "severity"))


def finding(name: str, message: str, *, remedy: str | None = None, **where: Any) -> Finding:
    """Make a finding from a code's name; ``where`` fills limit, allowed, actual and provenance.

    Lists, as documents have them, become tuples: a finding is a value that can be compared, hashed and told once.
    """
    code = BY_NAME[name]
    where = {key: tuple(value) if isinstance(value, list) else value for key, value in where.items()}
    return Finding(
        code=code.id, name=name, severity=code.severity, message=message, remedy=remedy or code.remedy, **where
    )


def finding_from(error: AssetError | ToolError) -> Finding:
    """Turn an error about one asset into the finding that its outcome carries."""
    if isinstance(error, AssetError):
        return finding(error.code, error.message, remedy=error.remedy, allowed=error.allowed, actual=error.actual)
    return finding(error.code, error.message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One encode at one rung and quality. ``score`` is None where it was not measured."""

    media_type: str
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    colours: int | None = None
    quality: float | None = None
    size_bytes: int
    score: float | None = None
    elapsed_s: float | None = None

    def to_record(self) -> dict[str, Any]:
        """Give the attempt as JSON values; null is what does not apply."""
        return _record(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Companion:
    """A second file made beside a rendition, such as a video's poster."""

    role: str
    output: str
    media_type: str
    size_bytes: int
    sha256: str

    def to_record(self) -> dict[str, Any]:
        """Give the companion as JSON values."""
        return _record(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What happened to one asset on one route: the record of ``--json`` (schema ``mediaprep.outcome/1``).

    Width to score describe the rendition, or the asset where none was written. ``data`` holds the
    rendition's bytes when no output was asked for; it never appears in a record.
    """

    asset: str
    kind: KindName | None = None
    route: str
    channel: str | None = None
    provider: str | None = None
    sender: str | None = None
    verdict: Verdict
    treatment: Treatment | None = None
    output: str | None = None
    media_type: str | None = None
    size_bytes: int | None = None
    target_bytes: int | None = None
    limit_bytes: int | None = None
    counted_as: str | None = None
    width: int | None = None
    height: int | None = None
    frames: int | None = None
    duration_s: float | None = None
    score: float | None = None
    score_metric: str | None = None
    source: MediaInfo | None = None
    rendition: MediaInfo | None = None
    """What was read back from a rendition; None where the asset's own bytes were kept."""
    violations: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    proposals: tuple[str, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    companions: tuple[Companion, ...] = ()
    shared_with: tuple[str, ...] = ()
    confidence: Confidence | None = None
    source_sha256: str | None = None
    output_sha256: str | None = None
    engine: str | None = None
    profiles_digest: str | None = None
    elapsed_s: float | None = None
    reused: str | None = None
    """``journal`` or ``cache`` where an earlier run made the rendition; attempts are then that run's."""
    data: bytes | None = field(default=None, repr=False, compare=False)

    @property
    def done(self) -> bool:
        """Whether there is something that can be sent on this route."""
        return self.verdict.done

    def raise_for_verdict(self) -> None:
        """Raise VerdictError unless the asset fits or was fitted."""
        if not self.done:
            reasons = "; ".join(v.message for v in self.violations) or "see attempts"
            raise VerdictError(f"{self.asset} on {self.route}: {self.verdict}: {reasons}")

    def to_record(self) -> dict[str, Any]:
        """Give the record of ``mediaprep.outcome/1``: every key each time, null where a value is absent."""
        return {"schema": OUTCOME_SCHEMA} | _record(self, skip=("data",))

    def __getstate__(self) -> list[Any]:
        """Leave ``data`` behind: bytes never cross a process border inside an outcome."""
        return [None if f.name == "data" else getattr(self, f.name) for f in fields(self)]

    def __setstate__(self, state: list[Any]) -> None:
        """Fill the slots again on the other side."""
        for f, value in zip(fields(self), state, strict=True):
            object.__setattr__(self, f.name, value)


def _record(value: Any, skip: tuple[str, ...] = ()) -> dict[str, Any]:
    return {f.name: _plain(getattr(value, f.name)) for f in fields(value) if f.name not in skip}


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, float):
        return round(value, 6) if isfinite(value) else None  # JSON has no infinity
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if hasattr(value, "to_record"):
        return value.to_record()
    return value
