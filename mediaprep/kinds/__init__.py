"""The seam of media kinds: how to read, judge-ably describe, and (where it can) fit one family of media.

One file here is one kind; it ends in ``KIND: ... = ...``, typed as every protocol that it offers. A kind owns its
strategy and never encodes on its own: ``plan`` yields what to encode next and is sent what came of it;
the pipeline runs the encodes, counts them, keeps limits and bounds, and verifies the result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self, TypeGuard, TypeVar, runtime_checkable

from mediaprep.formats import Format, matching
from mediaprep.kinds._given import (
    Aim,
    Choice,
    Encoded,
    Extra,
    Fitted,
    Foretelling,
    Inner,
    Kept,
    Look,
    Plan,
    Shown,
    Step,
    Tiles,
)
from mediaprep.limits import Limits
from mediaprep.model import Finding, KindName, MediaInfo
from mediaprep.options import Bounds, FitOptions
from mediaprep.plugins import load, names
from mediaprep.storage import Source

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = [
    "Aim", "Choice", "Encoded", "Extra", "Fitted", "Foretelling",
    "Inner", "Kept", "Look", "Plan", "Shown", "Step", "Tiles",
]  # fmt: skip
"""The values that kinds are given and give; they stand in ``_given``, since this file is the protocols'."""


class Session(Protocol):
    """One asset opened for fitting: owns the decode, the smaller sizes and the curves until closed."""

    source: Source
    info: MediaInfo
    options: FitOptions

    def close(self) -> None:
        """Let go of everything; a second call does nothing."""
        ...

    def __enter__(self) -> Self:
        """Start; ``close`` comes at the end of the block (class ``Closing`` has both)."""
        ...

    def __exit__(self, *error: object) -> None:
        """Close."""
        ...


S = TypeVar("S", bound=Session)
"""The session of one kind: what its ``open`` gives, and all that its other methods are ever given."""

_T = TypeVar("_T")
_supported: dict[tuple[type, type], bool] = {}


def supports(thing: object, protocol: type[_T]) -> TypeGuard[_T]:
    """Say whether a kind or a session is of a protocol: ``isinstance``, asked once for each class.

    Python 3.11 lists a protocol's members anew at each question: 20 to 40 microseconds, a dozen times a route.
    """
    key = type(thing), protocol
    if key not in _supported:
        _supported[key] = isinstance(thing, protocol)
    return _supported[key]


@runtime_checkable
class Kind(Protocol):
    """What every kind offers: its formats, a probe, and a confirmation by decoding."""

    name: KindName
    rank: int
    """Kinds are asked in the order of their ranks; the first that claims the source has it."""
    formats: tuple[Format, ...]

    def claims(self, source: Source, form: Format) -> bool:
        """Say, from structure alone, whether a source of this format is of this kind (one frame or many)."""
        ...

    def probe(self, source: Source, form: Format, bounds: Bounds) -> MediaInfo:
        """Read facts without decoding more than needed; raises AssetError for what is to be refused."""
        ...

    def confirm(self, source: Source, info: MediaInfo, bounds: Bounds) -> MediaInfo:
        """Decode as much as shows that the source is whole; raises AssetError. May add facts and remarks."""
        ...


@runtime_checkable
class KeepingKind(Kind, Protocol[S]):
    """A kind whose assets can be opened for fitting."""

    def open(self, source: Source, info: MediaInfo, options: FitOptions, bounds: Bounds) -> S:
        """Open a source for fitting on any number of routes."""
        ...

    def keep(self, session: S, limits: Limits) -> Kept | None:
        """Give bytes with identical pixels or samples and nothing private in them; None if that cannot be."""
        ...


@runtime_checkable
class RewrappingKind(KeepingKind[S], Protocol[S]):
    """A kind whose ``keep`` can also put the asset's own coded frames into another wrapper."""

    cures: frozenset[str]
    """Names of the violations that a new wrapper takes away."""


@runtime_checkable
class TrimmingKind(Kind, Protocol):
    """A kind of which a stretch can be kept (``--trim``)."""

    def shortened(self, info: MediaInfo, options: FitOptions) -> MediaInfo:
        """Give the facts of the stretch that is kept, as limits are to judge them."""
        ...


@runtime_checkable
class CompanionKind(KeepingKind[S], Protocol[S]):
    """A kind that can make further files beside a rendition, such as a video's poster."""

    def companions(self, session: S, limits: Limits) -> tuple[Extra, ...]:
        """Give what the route wants beside the rendition."""
        ...


@runtime_checkable
class ShowingKind(KeepingKind[S], Protocol[S]):
    """A kind whose assets can be looked at."""

    def moments(self, session: S, count: int) -> Iterator[Image]:
        """Give what is on the screen at moments spread over one play, upright and in RGB; one picture of a still."""
        ...

    def judged_edge(self, session: S) -> int:
        """Give the long edge, in pixels, at which a fit would compare such a picture with its rendition."""
        ...


@runtime_checkable
class PreviewingKind(KeepingKind[S], Protocol[S]):
    """A kind whose assets are shown in reports."""

    def previews(self, session: S, look: Look, *, as_is: bool) -> Iterator[Shown]:
        """Make small pictures and films within a look's bounds; no ``main`` where the asset is shown as it is."""
        ...


@runtime_checkable
class QuotingKind(Kind, Protocol):
    """A kind of which reports show words."""

    def excerpt(self, source: Source, info: MediaInfo) -> str:
        """Give what people read first; an empty text where there is nothing."""
        ...


@runtime_checkable
class SplittingKind(Kind, Protocol):
    """A kind whose files may hold several things, of which a message takes each as a part of its own."""

    def split(self, source: Source) -> tuple[bytes, ...]:
        """Cut a file into files of one each, in its order."""
        ...


@runtime_checkable
class RecastingKind(KeepingKind[S], Protocol[S]):
    """A kind whose assets can be shown as another kind: an animation as a silent film."""

    recast_as: KindName
    recast_type: str
    """The media type that a route must deliver."""
    recast_option: str
    """The value of ``--allow`` that permits it."""
    kept_option: str
    """The value of ``--keep`` that says the asset stays what it is: nothing else is made or proposed."""

    def recast(self, session: S, folder: Path) -> Path:
        """Write the asset without loss as a file of the other kind."""
        ...


@runtime_checkable
class AnimatingKind(KeepingKind[S], Protocol[S]):
    """A kind whose assets can be sent as an animation where that is asked for (``--as-gif``)."""

    def unsuited(self, session: S, limits: Limits) -> tuple[Finding, ...]:
        """Say why the asset is no animation within a route's limits for animations; () where it may be one."""
        ...

    def animate(self, session: S, limits: Limits, folder: Path) -> Path:
        """Write the asset as an animation without loss; the animation kind then fits it."""
        ...


@runtime_checkable
class PosingKind(KeepingKind[S], Protocol[S]):
    """A kind of moving pictures of which a still can be written (``--still``)."""

    def pose(self, session: S, folder: Path) -> Path:
        """Write one picture without loss; the image kind then fits it."""
        ...


@runtime_checkable
class Reporting(Protocol):
    """A session with steps so long that their progress is told: a share from 0 to 1 of the step under way."""

    on_share: Callable[[float], None] | None


@runtime_checkable
class Decoding(Protocol):
    """A session that knows whether it has read its asset to the end, which proves it whole as ``confirm`` does."""

    @property
    def decoded(self) -> bool:
        """Whether it has, without an error."""
        ...


@runtime_checkable
class FittingKind(KeepingKind[S], Protocol[S]):
    """A kind that makes renditions by encoding."""

    def plan(self, session: S, limits: Limits) -> Plan:
        """Yield steps until the best rendition within the limits is known."""
        ...

    def encode(self, session: S, step: Step) -> Encoded:
        """Carry out one step (called by the pipeline only)."""
        ...


@runtime_checkable
class ForetellingKind(FittingKind[S], Protocol[S]):
    """A kind that can tell from one cheap look how renditions of several sizes would score."""

    def foretell(self, session: S, limits: Limits, sizes: tuple[int, ...]) -> Foretelling:
        """Yield the encodes of the look, then give a point for each size at which a rendition can exist."""
        ...


@runtime_checkable
class HoldingKind(KeepingKind[S], Protocol[S]):
    """A kind that makes renditions by writing anew what it holds; assets inside it are fitted by their own kinds."""

    def embedded(self, session: S, limits: Limits) -> tuple[Inner, ...]:
        """Give the assets inside, each with its own limits; the pipeline fits them."""
        ...

    def assemble(self, session: S, limits: Limits, fitted: tuple[Fitted, ...]) -> Choice:
        """Put the whole together; ``fitted`` stands in the order of ``embedded``."""
        ...


@cache
def all_kinds() -> tuple[Kind, ...]:
    """Give every kind, in the order in which they are asked."""
    kinds: list[Kind] = [load("kinds", name) for name in names("kinds")]
    return tuple(sorted(kinds, key=lambda kind: kind.rank))


def identify(source: Source) -> tuple[Kind, Format] | None:
    """Find the kind and format of a source by its content, never by its name; None if no kind knows it."""
    for kind in all_kinds():
        for form in matching(source.head, kind.formats):
            if kind.claims(source, form):
                return kind, form
    return None
