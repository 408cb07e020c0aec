"""What kinds are given and give: steps and what came of them, choices, files beside a rendition, previews."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from mediaprep.encoders import Pacing, Picturing, Tone
from mediaprep.limits import Limits
from mediaprep.model import Finding, Treatment


@dataclass(frozen=True, slots=True)
class Tiles:
    """The few tiles of a picture by which it is judged as people look at it: at this long edge, in pixels."""

    view_long_edge: int


Aim = Literal["final", "whole", "sample", "half_sample"] | Tiles
"""What is encoded, and why: the whole, to be sent; or, only to learn from, the whole, a sample of it (of moving
pictures a look at their first turn), the sample at half of its dimensions, or tiles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What to encode next: one rung (encoder, dimensions, rate, colours) at one quality.

    Quality points up: higher is better; the encoder maps it to its native knob.
    """

    encoder: str
    media_type: str
    quality: float
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    colours: int | None = None
    full_chroma: bool = False
    alpha: bool = False
    canvas: tuple[int, int] | None = None
    modes: tuple[str, ...] = ()
    """Colour modes that the route takes, where it names them; () leaves the choice to the encoder."""
    suffix: str | None = None
    """The rendition's suffix where no encoder's own is meant."""
    picturing: Picturing | None = None
    tone: Tone | None = None
    """How moving pictures and sound are coded; quality is then their kilobits a second."""
    aim: Aim = "final"
    plain: bool = False
    """Encode without optimising the entropy coder: half the cost, more bytes."""
    pacing: Pacing | None = None
    """What the frames of a GIF are to come to together; without it each is written at the quality that is asked."""

    @property
    def final(self) -> bool:
        """Whether what comes of it may be sent."""
        return self.aim == "final"

    def to_learn(self, aim: Aim = "sample", *, plain: bool = False) -> Step:
        """Give the same encode as one that is made only to learn from, and never sent."""
        return replace(self, aim=aim, plain=plain)


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """What came of a step: bytes in memory (stills, GIF, cards) or a file (timed media)."""

    step: Step
    size_bytes: int
    data: bytes | None = None
    path: Path | None = None
    area_ratio: float = 1.0
    """How much larger the whole is than the sample that was encoded."""
    score: float | None = None
    score_metric: str | None = None
    """What the score was measured with; None where it is the still pictures' own."""
    elapsed_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A plan's end: the attempt to send, or None with the nearest one that is over the limit."""

    encoded: Encoded | None
    nearest: Encoded | None = None
    warnings: tuple[Finding, ...] = ()
    proposals: tuple[str, ...] = ()
    violations: tuple[Finding, ...] = ()


Plan = Generator[Step, Encoded, Choice]
"""Steps that end in a choice."""

Foretelling = Generator[Step, Encoded, tuple[tuple[int, float], ...]]
"""Steps that end in points of a curve: bytes, and the score that they are expected to buy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Bytes that show exactly what the asset shows: metadata stripped, or only the wrapper changed."""

    treatment: Treatment
    media_type: str
    suffix: str
    data: bytes | None = None
    path: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    """An asset inside an asset (a card's photo): its bytes, and the limits that it has to keep in there."""

    name: str
    data: bytes
    limits: Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """What came of an inner asset: its bytes, or None and ``why`` in words."""

    data: bytes | None
    score: float | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """A file beside a rendition: its role (``poster``), type and bytes."""

    role: str
    media_type: str
    suffix: str
    data: bytes


Shown = tuple[str, str, bytes, int, int]
"""A preview: role (``thumb``, ``still``, ``main``, ``text``), media type, bytes, width and height (0 where none)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How large previews may be. ``ours``: the bytes are mediaprep's own encode and may be shown as they are."""

    long_edge: int
    max_bytes: int
    ours: bool = False
    thumb: bool = False
