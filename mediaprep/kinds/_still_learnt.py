"""What encodes of one still have shown so far: its session keeps it, so that no limit asks what another has asked."""

from __future__ import annotations

from dataclasses import dataclass, field

from mediaprep.encoders.png import LOSSLESS
from mediaprep.kinds import Encoded, Step
from mediaprep.kinds._still_cap import Cap
from mediaprep.kinds._still_curve import SizeCurve
from mediaprep.kinds._still_shape import Shape, Size


@dataclass(slots=True)
class Learnt:
    """The notebook of a picture's searches: written by them alone, as answers come in.

    An entry is known by all that decides it (dimensions, shape, quality, the view's long edge in pixels), and by a
    limit's bytes only where that is said: whoever asks first, the answer is the same. Encodes, scores and looks are
    written once. A curve is replaced by one that knows more: another point, or its level.
    """

    encodes: dict[Step, Encoded] = field(default_factory=dict)
    """Every encode of the whole or a part of it, but for those of the tiles that are only looked at."""
    scores: dict[tuple[Step, int], float] = field(default_factory=dict)
    """Scores of final steps, by the view."""
    looks: dict[tuple[Step, int], list[tuple[float, float]]] = field(default_factory=dict)
    """Pairs of quality and score, by the step at quality 0 and the view."""
    caps: dict[tuple[Size, Shape, int, float], Cap] = field(default_factory=dict)
    """Where nobody tells any more, by the view and the score that is asked for."""
    foretold_bytes: dict[Step, float] = field(default_factory=dict)
    """What a final step comes to, as the tiles of a look at it say."""
    curves: dict[tuple[Size, Shape], SizeCurve] = field(default_factory=dict)
    """How bytes grow with quality."""
    sampled_at: dict[tuple[Size, Shape], Size] = field(default_factory=dict)
    """The larger dimensions whose sample a curve was scaled down from, where it had none of its own."""
    powers: dict[tuple[Size, Shape], float] = field(default_factory=dict)
    """By what power of the scale bytes grow, from these dimensions down."""
    colours_tried: dict[tuple[Shape, Size, float], list[int]] = field(default_factory=dict)
    """Palettes looked at for so many bytes: what other limits asked must not change what one of them gets."""

    def finals(self, size: Size, shape: Shape) -> list[Encoded]:
        """Give the final encodes with loss made so far at one size, for any limit."""
        return [
            made
            for step, made in self.encodes.items()
            if step == shape.step(size, step.quality) and step.quality < LOSSLESS
        ]
