"""What can go wrong, as one small tree; each class carries the exit code of a run that met it.

    MediaprepError                5
    |- UsageError                 2   the call itself is off: nothing ran
    |  |- RouteError                  an unknown, ambiguous or sizeless route
    |  `- ProfileError                one or more faults in YAML documents, all at once
    |- VerdictError               3   raised by ``Outcome.raise_for_verdict`` only
    |- AssetError                 4   this asset is refused; the rest of a run goes on
    `- ToolError                  5   not the asset's fault: tool, disk, permission

Not fitting a route is a value (``Outcome.verdict``), never an exception of its own accord.
"""

from __future__ import annotations

from collections.abc import Sequence


class MediaprepError(Exception):
    """The root: catch this to catch everything that mediaprep raises on purpose."""

    exit_code = 5


class UsageError(MediaprepError):
    """The call cannot be carried out as given; nothing ran and nothing was written."""

    exit_code = 2


class RouteError(UsageError):
    """A route's name is unknown or ambiguous, or no size is known for it."""


class ProfileError(UsageError):
    """One or more YAML documents are wrong; ``problems`` holds ``file:line:column: text`` lines."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Keep every problem, so that one run shows them all."""
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class VerdictError(MediaprepError):
    """An outcome is not done and the caller asked for an exception instead of a value."""

    exit_code = 3


class AssetError(MediaprepError):
    """An asset that cannot be read, is unsupported, or passes a bound; ``code`` is from ``codes``.

    ``remedy`` is what to do about this very asset, where the code's own remedy is too general.
    """

    exit_code = 4

    def __init__(
        self, code: str, message: str, *, allowed: object = None, actual: object = None, remedy: str | None = None
    ) -> None:
        """Carry what was found against what is allowed, for the outcome's violation."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.allowed = allowed
        self.actual = actual
        self.remedy = remedy

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the keyword arguments when the error crosses a process border."""
        return (_asset_error, (type(self), self.code, self.message, self.allowed, self.actual, self.remedy))


def _asset_error(
    cls: type[AssetError], code: str, message: str, allowed: object, actual: object, remedy: str | None
) -> AssetError:
    return cls(code, message, allowed=allowed, actual=actual, remedy=remedy)


class ToolError(MediaprepError):
    """A tool, the disk or a permission failed; ``code`` is from ``codes`` and the asset is not to blame."""

    exit_code = 5

    def __init__(self, code: str, message: str) -> None:
        """Name the code and say what to do next in the message."""
        super().__init__(message)
        self.code = code
        self.message = message

    def __reduce__(self) -> tuple[object, ...]:
        """Rebuild with both arguments on the other side of a pipe."""
        return (type(self), (self.code, self.message))
