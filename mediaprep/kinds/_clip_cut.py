"""Which stretch of a clip is kept: all of it unless ``--trim`` says otherwise. Nothing is ever sped up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from mediaprep.model import MediaInfo
from mediaprep.options import FitOptions

_FRAME_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """``take_s`` None keeps all to the end; ``length_s`` is how long the kept stretch lasts."""

    start_s: float = 0.0
    take_s: float | None = None
    length_s: float

    @classmethod
    def of(cls, info: MediaInfo, options: FitOptions) -> Self:
        """Read the option; a stretch that ends behind the clip's end ends with the clip."""
        whole = info.duration_s or 0.0
        span = options.span_s()
        if span is None:
            return cls(length_s=whole)
        start = min(span[0], whole)
        end = min(span[1], whole) if whole else span[1]
        if start < _FRAME_S and end > whole - _FRAME_S > 0:
            return cls(length_s=whole)
        return cls(start_s=start, take_s=max(end - start, 0.0), length_s=max(end - start, 0.0))

    @property
    def whole(self) -> bool:
        """Whether nothing is cut."""
        return self.take_s is None


def shortened(info: MediaInfo, options: FitOptions) -> MediaInfo:
    """Give the facts of the stretch that is kept, as limits are to judge them."""
    cut = Cut.of(info, options)
    if cut.whole or not info.duration_s:
        return info
    share = cut.length_s / info.duration_s
    frames = None if info.frames is None else max(1, round(info.frames * share))
    return replace(info, duration_s=round(cut.length_s, 6), frames=frames)
