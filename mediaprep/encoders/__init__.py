"""The seam of encoders: one file is one format with one back end, ending in ``ENCODER: Encoder = ...``.

Pictures are encoded in this process (``Encoder``). Sound and video are encoded by ffmpeg: their encoders
(``SoundEncoder``, ``ClipEncoder``) say with which arguments, and what size will come of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


class Encoder(Protocol):
    """Make bytes of one format from a picture (or clip) that has its final dimensions.

    ``quality`` runs from 0 to 100, higher is better, and need not be whole. ``monotone`` says that
    the size never falls as quality rises (a contract test walks the axis); search relies on it.
    """

    name: str
    media_type: str
    suffix: str
    monotone: bool

    def encode(self, picture: Any, quality: float, **settings: Any) -> bytes:
        """Encode one picture."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacing:
    """What a GIF is to come to, and between which holds (distances in RGB) its frames may be written for it.

    ``power``: a frame's bytes are expected to fall as its hold to this power.
    """

    aim_bytes: int
    power: float
    lowest_hold: float
    highest_hold: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone:
    """How sound is coded: bits a second, channels, samples a second."""

    bit_rate_bps: int
    channels: int
    sample_rate_hz: int


class SoundEncoder(Protocol):
    """Sound in a file of its own. ``monotone`` is about a quality axis, which sound has not: always False.

    ``step_bps`` is how far apart the rates are that it can be asked for.
    """

    name: str
    media_type: str
    suffix: str
    monotone: bool
    codec: str
    muxer: str
    step_bps: int

    def tone(self, bit_rate_bps: float, *, channels: int, sample_rate_hz: int) -> Tone | None:
        """Give the best way to spend at most this rate on a source, or None where the rate is under the floor.

        Never above the rate beyond which nobody hears a difference.
        """
        ...

    def size_bytes(self, tone: Tone, duration_s: float) -> float:
        """Give the size that the file will have."""
        ...

    def arguments(self, tone: Tone) -> tuple[str, ...]:
        """Give ffmpeg's options for this tone."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Picturing:
    """How moving pictures are coded.

    ``bit_rate_bps`` None asks for the constant quality beyond which a phone shows no difference. ``effort``
    is ``fast``, ``brisk`` (second turns of what looks like its source anyway), ``balanced`` or ``max``; ``matrix`` is
    the colour matrix that the pictures are in.
    """

    width: int
    height: int
    fps: float
    bit_rate_bps: int | None
    effort: str
    profile: str | None = None
    level: float | None = None
    b_frames: bool = False
    matrix: str | None = None
    max_bit_rate_bps: int | None = None
    whole: bool = False
    """Whether the first turn looks at frames as large as they are, to tell the quantiser and no more."""
    even: bool = False
    """Whether flat ground is coded no finer than the rest: that of an animation is dithered, or one colour."""
    manner: str = ""
    """Another way to code the same pictures, by its name in the encoder's ``manners``; "" is the usual one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstTurn:
    """What the first of two turns found: frames, their bits, and the mean quantiser on H.264's scale (0 to 51)."""

    frames: int
    bits: int
    quantiser: float


class ClipEncoder(Protocol):
    """Moving pictures with sound in one container; coded twice over, with statistics between."""

    name: str
    media_type: str
    suffix: str
    monotone: bool
    codec: str
    muxer: str
    pixel_aspect: float
    """The width of a pixel of these pictures divided by its height."""
    sizes: tuple[tuple[int, int], ...]
    """The only dimensions that the codec knows; () where it takes any even ones."""
    sounds: tuple[str, ...]
    """The sound encoders whose output the container takes, best first."""
    manners: tuple[str, ...]
    """Other ways to code, slower ones, which look better on some few pictures; () where there are none."""
    halving: float
    """By how much the quantiser of smaller frames, see ``looked_at``, is under that of whole ones."""

    def arguments(self, how: Picturing, *, turn: int, statistics: Path) -> tuple[str, ...]:
        """Give ffmpeg's options for the pictures; ``turn`` 1 gathers statistics, 2 encodes by them, 0 is alone."""
        ...

    def looked_at(self, width: int, height: int) -> tuple[int, int]:
        """Give the dimensions at which the first turn looks at frames: smaller ones where its statistics serve."""
        ...

    def first_turn(self, statistics: str) -> FirstTurn | None:
        """Read the statistics of the first turn; None where they hold no frame."""
        ...

    def wrapping(self) -> tuple[str, ...]:
        """Give ffmpeg's options for the container."""
        ...

    def overhead_bytes(self, frames: int, *, b_frames: bool, sound_frames: int) -> float:
        """Give the bytes of the container that are neither picture nor sound."""
        ...
