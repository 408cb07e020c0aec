"""What has to be let go of in the end."""

from __future__ import annotations

import abc
from typing import Self


class Closing(abc.ABC):
    """Something with a ``close``, which the end of a ``with`` block calls."""

    @abc.abstractmethod
    def close(self) -> None:
        """Let go of it; a second call does nothing."""

    def __enter__(self) -> Self:
        """Start."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close."""
        self.close()
