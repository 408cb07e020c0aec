"""What fewer bytes would make of one opened asset: measured by its own plan at two sizes, or foretold by its kind."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from pathlib import Path

from mediaprep.attempts import run_plan, run_steps
from mediaprep.curve import Curve, Point
from mediaprep.errors import AssetError
from mediaprep.job import OnEvent
from mediaprep.kinds import Encoded, FittingKind, ForetellingKind, HoldingKind, Inner, Kind, Session, supports
from mediaprep.limits import Limits
from mediaprep.opened import Opened
from mediaprep.workdir import private_folder, remove

_AT = (1.4, 0.55)
"""Where a curve is measured, in even shares of the room; the larger first, whose decode serves the smaller."""

_FORETOLD_AT = (3.0, 2.0, 1.5, 1.0, 0.7, 0.5, 0.3)
_NEXT = 0.45
"""Where the second point is taken at the most, as a share of the first: curves of what is small bend early."""

_LEAST_BYTES = 1_000


def foretold(
    opened: Opened, kind: Kind, session: Session, limits: Limits, most_bytes: int, even_bytes: int, on_event: OnEvent
) -> tuple[Curve, dict[int, int]]:
    """Give an asset's curve up to ``most_bytes``, known best around ``even_bytes``, its even share of the room.

    Beside it, for each size that was really made, the limit under which the kind's plan made it.
    """
    if supports(kind, ForetellingKind):
        sizes = _sizes(_FORETOLD_AT, even_bytes, most_bytes)
        points = run_steps(kind, session, kind.foretell(session, limits, sizes), _unnoted)
        if points:
            return Curve.of(points, foretold=True), {}
    if supports(kind, HoldingKind):
        return _of_inner(opened, kind, session, limits, _sizes(_AT, even_bytes, most_bytes), on_event), {}
    assert supports(kind, FittingKind)
    return _measured(opened, kind, session, limits, _sizes(_AT, even_bytes, most_bytes), on_event)


def _sizes(shares: tuple[float, ...], even_bytes: int, most_bytes: int) -> tuple[int, ...]:
    """Give sizes to look at, the largest first, none over what the part may have."""
    return tuple(dict.fromkeys(max(min(int(share * even_bytes), most_bytes), _LEAST_BYTES) for share in shares))


def _measured(
    opened: Opened,
    kind: FittingKind[Session],
    session: Session,
    limits: Limits,
    sizes: tuple[int, ...],
    on_event: OnEvent,
) -> tuple[Curve, dict[int, int]]:
    """Run the kind's own plan at each size; what its session learns makes the next one and the render cheap."""
    points: list[Point] = []
    made: dict[int, int] = {}
    for wanted in sizes:
        size = min(wanted, int(_NEXT * points[-1][0])) if points else wanted
        at = replace(limits, size_rules=(), limit_bytes=size, target_bytes=size)
        choice, _ = run_plan(kind, session, at, opened.job, "curve", on_event)
        if choice.encoded is None or choice.encoded.score is None:
            continue
        score = 0.0 if choice.violations else choice.encoded.score  # a code that nobody can scan is worth nothing
        points.append((choice.encoded.size_bytes, score))
        made[choice.encoded.size_bytes] = size
    return Curve.of(tuple(points)), made


def _of_inner(
    opened: Opened,
    kind: HoldingKind[Session],
    session: Session,
    limits: Limits,
    sizes: tuple[int, ...],
    on_event: OnEvent,
) -> Curve:
    """Measure what is inside (a card's photo), which is all that can shrink; the rest of the card is added."""
    points: list[Point] = []
    folder = private_folder("inside")
    inside: _Inside | None = None
    with contextlib.ExitStack() as stack:
        stack.callback(remove, folder)
        for size in sizes:
            at = replace(limits, size_rules=(), limit_bytes=size, target_bytes=size)
            for inner in kind.embedded(session, at):
                inside = inside or _Inside.of(opened, inner, folder / "inner", stack)
                point = inside.point(inner.limits, on_event) if inside is not None else None
                if point is not None:
                    spared = ((inner.limits.limit_bytes or point[0]) - point[0]) * 4 // 3
                    points.append((max(size - spared, 1), point[1]))
    return Curve.of(tuple(points))


@dataclass(slots=True)
class _Inside:
    """An inner asset opened by its own kind."""

    opened: Opened
    kind: FittingKind[Session]
    session: Session

    @classmethod
    def of(cls, holder: Opened, inner: Inner, path: Path, stack: contextlib.ExitStack) -> _Inside | None:
        """Open it; None where no kind makes renditions of it, which the holder's own render then says."""
        path.write_bytes(inner.data)
        own = replace(holder.job, asset=inner.name, path=path, options=replace(holder.job.options, still=True))
        opened = Opened(job=own)
        try:
            kind = opened.read()
        except AssetError:
            return None
        if not supports(kind, FittingKind):
            return None
        session = stack.enter_context(kind.open(opened.file, opened.facts, own.options, own.bounds))
        return cls(opened, kind, session)

    def point(self, limits: Limits, on_event: OnEvent) -> Point | None:
        choice, _ = run_plan(self.kind, self.session, limits, self.opened.job, "curve", on_event)
        if choice.encoded is None or choice.encoded.score is None:
            return None
        return choice.encoded.size_bytes, choice.encoded.score


def _unnoted(encoded: Encoded) -> None:
    """Take an encode that is no attempt at a rendition."""
