"""The seam of encoders: one file is one format with one back end, ending in ``ENCODER: Encoder = ...``."""

from __future__ import annotations

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
