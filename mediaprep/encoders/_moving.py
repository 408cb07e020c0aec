"""What an encoder of moving pictures is given: frames that come one at a time, as often as asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Moving:
    """An animation of final dimensions. ``frames`` starts the frames anew; no frame may be kept or changed.

    ``delays_cs`` are hundredths of a second, one for each frame; ``plays`` counts plays, 0 is for ever.
    ``sample`` holds a few frames, spread over the whole, from which colours are chosen.
    """

    size: tuple[int, int]
    delays_cs: tuple[int, ...]
    plays: int
    frames: Callable[[], Iterator[NDArray[np.uint8]]]
    sample: tuple[NDArray[np.uint8], ...]
