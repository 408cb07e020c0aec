"""What a caller may ask of a fit, and the bounds on what is read at all. Each field is declared once, here."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, get_args

from mediaprep.errors import UsageError

Effort = Literal["fast", "balanced", "max"]

Isolation = Literal["workers", "none"]
"""``workers``: sandboxed children. ``none``: in the caller's process, for trusted bytes in a hot path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FitOptions:
    """How to fit; shared by the command line, the library, manifests and message files.

    The help text in each field's metadata is what the command line prints.
    """

    effort: Effort = field(
        default="balanced", metadata={"help": "How much CPU to spend on better-looking bytes: fast, balanced or max."}
    )
    max_bytes: int | None = field(
        default=None, metadata={"help": "A limit of your own on each rendition: 300000, 300KB or 300KiB."}
    )
    allow: tuple[str, ...] = field(
        default=(),
        metadata={"help": "Allow a change of kind: `mp4` turns an animation into a video.", "choices": ("mp4",)},
    )
    keep: tuple[str, ...] = field(
        default=(),
        metadata={"help": "Keep a format that would be changed: `gif` keeps an animation a GIF.", "choices": ("gif",)},
    )
    as_gif: bool = field(
        default=False,
        metadata={"help": "Send a short silent video as an animated GIF, which plays by itself and loops."},
    )
    still: bool = field(
        default=False, metadata={"help": "Send one frame of a moving picture as a still (the first, of a GIF)."}
    )
    trim: str | None = field(default=None, metadata={"help": "Keep this part only: END or START:END, in seconds."})
    trim_silence: bool = field(
        default=False, metadata={"help": "Cut silence at both ends of a sound; otherwise only where nothing else fits."}
    )
    loudness: bool = field(
        default=False, metadata={"help": "Bring sound, of videos too, to -16 LUFS: as loud as podcasts on phones."}
    )
    background: str | None = field(
        default=None, metadata={"help": "Colour behind transparent pixels: #rrggbb or a CSS name."}
    )
    allow_below_floor: bool = field(
        default=False, metadata={"help": "Write a rendition even when it looks worse than the profile's floor."}
    )

    def __post_init__(self) -> None:
        """Raise UsageError for a value that no field takes: misspelt, it would be passed over in silence."""
        if self.effort not in get_args(Effort):
            raise UsageError(f"effort={self.effort!r}; write one of {', '.join(get_args(Effort))}")
        if self.max_bytes is not None and (type(self.max_bytes) is not int or self.max_bytes < 1):
            raise UsageError(f"max_bytes={self.max_bytes!r}; write a number of bytes, as in max_bytes=300_000")
        for each in fields(self):
            given, choices = getattr(self, each.name), each.metadata.get("choices")
            if type(each.default) is bool and type(given) is not bool:
                raise UsageError(f"{each.name}={given!r}; write True or False")
            if choices and (isinstance(given, str) or not set(given) <= set(choices)):
                raise UsageError(f"{each.name}={given!r}; write a tuple of {', '.join(choices)}")
        self.span_s()
        self.background_rgb()

    def span_s(self) -> tuple[float, float] | None:
        """Give the stretch of ``trim`` as start and end in seconds, None where all is kept.

        Raises UsageError for a text that is not a stretch of time.
        """
        if self.trim is None:
            return None
        try:
            start, _, end = self.trim.rpartition(":")
            stretch = float(start or 0), float(end)
        except (ValueError, AttributeError):
            stretch = 0.0, 0.0
        if not 0 <= stretch[0] < stretch[1] < float("inf"):
            raise UsageError(
                f"trim={self.trim!r} is not a stretch of time; write END or START:END in seconds, as in 2.5:8"
            )
        return stretch

    def background_rgb(self) -> tuple[int, int, int] | None:
        """Give ``background`` as red, green and blue, 0 to 255 each. Raises UsageError for what is no colour."""
        if self.background is None:
            return None
        from PIL import ImageColor

        try:
            red, green, blue = ImageColor.getrgb(self.background)[:3]
        except (ValueError, TypeError, AttributeError) as error:
            raise UsageError(
                f"background={self.background!r} is not a colour; write #rrggbb or a CSS name, as in white"
            ) from error
        return red, green, blue

    def digest(self) -> str:
        """Name the options by what they decide."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:32]


def _bound(default: Any, code: str, words: str) -> Any:
    return field(default=default, metadata={"help": words, "code": code})


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The most of a foreign file that is ever read or decoded; judged right after its header.

    ``code`` in each field's metadata is what an asset that passes the bound is refused as.
    """

    max_file_bytes: int = _bound(2_000_000_000, "too_many_bytes_to_read", "Size of an input file.")
    max_name_bytes: int = _bound(1_024, "name_bound", "Bytes of a file's name, without its folders.")
    max_pixels: int = _bound(100_000_000, "pixel_bound", "Pixels of one picture or video frame.")
    max_total_pixels: int = _bound(4_000_000_000, "total_pixel_bound", "Pixels of all frames of an animation together.")
    max_frames: int = _bound(10_000, "frame_bound", "Frames of an animation.")
    max_pages: int = _bound(1_000, "page_bound", "Pages of a TIFF.")
    max_scans: int = _bound(100, "scan_bound", "Scans of a progressive JPEG.")
    max_duration_s: float = _bound(3_600.0, "duration_bound", "Seconds of sound or video.")
    max_tracks: int = _bound(32, "stream_bound", "Tracks of a video or sound file.")
    max_header_bytes: int = _bound(64_000_000, "header_bound", "Bytes of headers read from a moving picture or sound.")
    max_nesting: int = _bound(10, "nesting_bound", "Cards inside each other (AGENT of a vCard).")
    max_text_bytes: int = _bound(16_000_000, "text_bound", "Bytes of a text, vCard or calendar file.")
    max_cpu_s: float = _bound(120.0, "time_bound", "CPU seconds that one asset may take.")
    max_wall_s: float = _bound(300.0, "time_bound", "Seconds that one asset may take.")
    max_memory_bytes: int = _bound(2_000_000_000, "memory_bound", "Memory of one worker, and of ffmpeg.")

    def __post_init__(self) -> None:
        """Raise UsageError for a bound of nothing, or less: it is off, not a way to say that there is none."""
        for each in fields(self):
            if not getattr(self, each.name) > 0:
                raise UsageError(f"the bound {each.name} is {getattr(self, each.name)}; it must be above 0")
