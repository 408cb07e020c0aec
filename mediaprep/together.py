"""Assets that share a room: each opened once, a curve of each, the room shared on the curves, one render of each.

Sessions stay open until all is done, so a curve's decode, smaller sizes and encodes serve the render, too.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from mediaprep.allocate import Allocation, Share, allocate
from mediaprep.curve import Curve
from mediaprep.fitting import fit_on, settle_on
from mediaprep.foretell import foretold
from mediaprep.job import Bundle, Job, OnEvent, Shared, silent
from mediaprep.kinds import HoldingKind, KeepingKind, Kind, RecastingKind, Session, supports
from mediaprep.limits import Limits, Route
from mediaprep.model import KindName, Outcome, Verdict
from mediaprep.opened import Opened
from mediaprep.otherwise import may_recast, proposed, takes_recast
from mediaprep.pipeline import open_session, run
from mediaprep.workdir import private_folder, remove

SOUND_FLOOR_BPS = 12_200
SOUND_CEILING_BPS = 128_000
"""Sound has no score. It never gets less than AMR-NB's best rate (3GPP TS 26.071), nor more than the rate from which
on every codec sounds alike; in between, the share of its wish that all wishes get."""

FLOOR_MARGIN = 2.0
"""Points above the floor at which a part is believed to pass."""

_ROUNDS = 3
_WORTH_A_ROUND = 1.0
"""Points that the worst part must be expected to gain before anything is rendered again."""

_WORTH_SHARE = 0.02
"""Share of the room which, left unused, is worth one more render."""

_STRETCH = 0.5
"""By how much of the room foretold floors may pass it and still be tried."""

_AS_GOOD = 0.3
"""Points within which a smaller rendition that was made already is taken for one of all the bytes allowed."""

_MORE = 1.3
"""How much more a card is given whose photo found no room in what it had."""

_OVER_CAP = 1.06
"""How much more than the bytes of the cap a part may ask for where no rendition has met it yet."""


@dataclass(slots=True)
class _Part:
    """One asset on its way: opened, its curve, and its best rendition so far."""

    opened: Opened
    kind: Kind
    session: Session | None
    route: Route
    limits: Limits
    whole: Outcome | None = None
    """As it is, or stripped: the most that a part can be, where that takes no encode."""
    curve: Curve = field(default_factory=lambda: Curve(points=()))
    floor_bytes: int = 0
    most_bytes: int = 0
    shown_as: Opened | None = None
    """The animation that goes out as this film."""
    made: dict[int, Outcome] = field(default_factory=dict)
    limit_of: dict[int, int] = field(default_factory=dict)
    """For each size that was made, the limit under which it was."""

    @property
    def scored(self) -> bool:
        return bool(self.curve.points)

    def share(self) -> Share:
        """Say what this part asks of the room."""
        floor = min(self.floor_bytes, self.most_bytes)
        line = self.curve.between(floor, self.most_bytes) if self.scored and floor < self.most_bytes else ()
        if self.whole is not None and line:
            line = (*line[:-1], (self.most_bytes, _score(self.whole)))
        return Share(name=self.opened.job.asset, floor_bytes=floor, most_bytes=self.most_bytes, curve=line)


def fit_together(bundle: Bundle, on_event: OnEvent | None = None) -> Shared:
    """Fit every asset of a bundle so that all together keep a room; one outcome each, in their order.

    The first room in which every rendition passes its floor is taken. ``given`` are the bytes that each part was
    allowed. Where no room will do, ``short_bytes`` is what the floors lack (0: some part looks too bad), and the
    outcomes are the nearest. Where a part cannot be fitted at all, the others are as they are judged, and nothing is
    made of them.
    """
    on_event = on_event or silent
    folder = private_folder("films")
    try:
        with contextlib.ExitStack() as stack:
            parts: list[_Part] = []
            faults = {number: _opened(job, parts, stack, on_event) for number, job in enumerate(bundle.jobs)}
            return _stopped(bundle, faults) or _shared(parts, bundle, folder, stack, on_event)
    finally:
        remove(folder)


def _stopped(bundle: Bundle, faults: Mapping[int, tuple[Outcome, ...]]) -> Shared | None:
    """Give the parts at fault with what stands in their way, the others as judged in the room; None without a fault."""
    if not any(faults.values()):
        return None
    outcomes: list[Outcome] = []
    for number, job in enumerate(bundle.jobs):
        room = bundle.rooms[-1] if bundle.rooms else None
        looked = replace(job, mode="look", routes=tuple(route.narrowed(room) for route in job.routes))
        outcomes += faults.get(number) or run(looked)
    return Shared(outcomes=tuple(outcomes))


def _opened(job: Job, parts: list[_Part], stack: contextlib.ExitStack, on_event: OnEvent) -> tuple[Outcome, ...]:
    """Open one asset and add it to the parts; give what stands in the way of it, if anything does."""
    opened = Opened(job=job.narrowed())

    def opening() -> tuple[Outcome, ...]:
        parts.append(_part(opened, stack, on_event))
        return ()

    return opened.guarded(opening)


def _part(opened: Opened, stack: contextlib.ExitStack, on_event: OnEvent) -> _Part:
    """Read one asset; its session is open as long as the stack."""
    kind = opened.read()
    route = opened.job.routes[0]
    limits = route.limits_for(opened.facts.kind)
    session = stack.enter_context(open_session(opened, kind, on_event)) if supports(kind, KeepingKind) else None
    return _Part(opened=opened, kind=kind, session=session, route=route, limits=limits)


def _film(part: _Part, folder: Path, stack: contextlib.ExitStack, on_event: OnEvent) -> _Part | None:
    """Open an animation as the film that the options allow in its place; None where it stays what it is."""
    kind, job = part.kind, part.opened.job
    if not supports(kind, RecastingKind) or part.session is None:
        return None
    if not may_recast(kind, job.options) or not takes_recast(kind, part.route):
        return None
    folder.mkdir()
    path = kind.recast(part.session, folder)
    options = replace(job.options, trim=None, allow=())
    film = _part(Opened(job=replace(job, path=path, options=options)), stack, on_event)
    film.shown_as = part.opened
    return film


def _shared(parts: list[_Part], bundle: Bundle, folder: Path, stack: contextlib.ExitStack, on_event: OnEvent) -> Shared:
    wholes = [_whole(part) for part in parts]
    for part, outcome in zip(parts, wholes, strict=True):
        part.whole = outcome if outcome is not None and outcome.done else None
    stopped = _stopped(bundle, {i: (each,) for i, each in enumerate(wholes) if each is not None and not each.done})
    if stopped is not None:
        return stopped
    kept = tuple(part.whole for part in parts if part.whole is not None)
    sizes = tuple(outcome.size_bytes or 0 for outcome in kept)
    if len(kept) == len(parts) and (not bundle.rooms or sum(sizes) <= bundle.rooms[0]):
        return Shared(outcomes=kept, given=sizes)
    for number, part in enumerate(parts):
        film = _film(part, folder / str(number), stack, on_event)
        if film is not None:
            parts[number] = film
    if not bundle.rooms:
        rendered = tuple(_rendered(part, part.limits.limit_bytes, on_event) for part in parts)
        return Shared(outcomes=rendered, given=tuple(outcome.size_bytes or 0 for outcome in rendered))
    for number, part in enumerate(parts):
        problem = part.opened.guarded(lambda part=part: _learnt(part, bundle.rooms[-1], len(parts), on_event))  # type: ignore[misc]
        if stopped := _stopped(bundle, {number: problem}):
            return stopped
    result = Shared(outcomes=())
    for room in bundle.rooms:
        result = _within(parts, room, on_event)
        if result.short_bytes == 0 and all(
            _counts(part, each) for part, each in zip(parts, result.outcomes, strict=True)
        ):
            return _finished(parts, result, on_event)
    return result


def _whole(part: _Part) -> Outcome | None:
    """Settle a part that takes no encode; None for one that needs one."""

    def settling() -> tuple[Outcome, ...]:
        settled = settle_on(part.opened, part.kind, part.session, part.route, part.limits, 0)
        return () if settled is None else (settled[0],)

    return next(iter(part.opened.guarded(settling)), None)


def _learnt(part: _Part, room_bytes: int, part_count: int, on_event: OnEvent) -> tuple[Outcome, ...]:
    """Learn what a part asks for: a curve from its floor to the most it can use."""
    own = part.limits.limit_bytes
    most_bytes = room_bytes if own is None else min(own, room_bytes)
    info = part.opened.facts
    whole_bytes = part.whole.size_bytes or 0 if part.whole is not None else None
    if info.kind in (KindName.TEXT, KindName.DOCUMENT) or part.session is None:
        part.floor_bytes = part.most_bytes = whole_bytes or info.size_bytes
        return ()
    if info.kind == KindName.AUDIO:
        length_s = info.duration_s or 0.0
        part.most_bytes = min(most_bytes, whole_bytes or int(length_s * SOUND_CEILING_BPS / 8) or info.size_bytes)
        part.floor_bytes = min(part.most_bytes, int(length_s * SOUND_FLOOR_BPS / 8))
        return ()
    if supports(part.kind, HoldingKind) and part.whole is None:
        outcome = _rendered(part, most_bytes, on_event)
        if not _counts(part, outcome):
            return (outcome,)
        part.whole, whole_bytes = outcome, _size(outcome)
    part.curve, part.limit_of = foretold(
        part.opened, part.kind, part.session, part.limits, most_bytes, room_bytes // part_count, on_event
    )
    if part.whole is not None and supports(part.kind, HoldingKind):
        if not part.scored:
            part.floor_bytes = part.most_bytes = whole_bytes or 0
            return ()
        part.curve = part.curve.through(_size(part.whole), _score(part.whole))
    if not part.scored:  # nothing could be made at either size: its render will say why
        part.floor_bytes, part.most_bytes = min(room_bytes // part_count, most_bytes), most_bytes
        return ()
    part.floor_bytes = part.curve.size_for(part.limits.floor_score + FLOOR_MARGIN)
    capped_bytes = part.curve.size_for(part.limits.cap_score)
    seen = [size for size, score in part.curve.points if score >= part.limits.cap_score]
    capped_bytes = min(seen) if seen and not part.curve.foretold else int(_OVER_CAP * capped_bytes)
    part.most_bytes = (
        whole_bytes
        if whole_bytes is not None and whole_bytes <= most_bytes
        else min(most_bytes, max(capped_bytes, part.floor_bytes))
    )
    return ()


def _within(parts: Sequence[_Part], room_bytes: int, on_event: OnEvent) -> Shared:
    """Share a room and render; what is learnt by that is used while it still moves the worst part."""
    result = Shared(outcomes=())
    for _ in range(_ROUNDS):
        shares = [part.share() for part in parts]
        given = allocate(shares, room_bytes)
        if not given.possible and (result.outcomes or given.short_bytes > _STRETCH * room_bytes):
            return replace(result, short_bytes=given.short_bytes)
        if not given.possible:  # floors are foretold: a little under them is tried before anything is given up
            floors = [share.floor_bytes for share in shares]
            given = Allocation(given=tuple(floor * room_bytes // sum(floors) for floor in floors))
        if result.outcomes and not _worth_it(parts, result, given):
            break
        made = _rendered_all(parts, given.given, room_bytes, on_event)
        better = Shared(outcomes=made, given=given.given)
        if not result.outcomes or _lowest(parts, better) >= _lowest(parts, result):
            result = better
    return _topped_up(parts, result, room_bytes, on_event)


def _worth_it(parts: Sequence[_Part], result: Shared, given: Allocation) -> bool:
    """Whether another share of the room is expected to help a part that fails, or the worst one."""
    if _lowest(parts, result) <= 0.0:
        return given.given != result.given
    scores = [part.curve.score_at(size) for part, size in zip(parts, given.given, strict=True) if part.scored]
    return bool(scores) and min(scores) > _lowest(parts, result) + _WORTH_A_ROUND


def _rendered_all(
    parts: Sequence[_Part], given_bytes: Sequence[int], room_bytes: int, on_event: OnEvent
) -> tuple[Outcome, ...]:
    """Render each part; what one leaves of its share goes on to the next, those that can grow most come last."""
    order = sorted(range(len(parts)), key=lambda i: parts[i].most_bytes - given_bytes[i])
    made: dict[int, Outcome] = {}
    spare_bytes = room_bytes - sum(given_bytes)
    for index in order:
        allowed_bytes = min(given_bytes[index] + spare_bytes, parts[index].most_bytes)
        made[index] = _rendered(parts[index], allowed_bytes, on_event)
        spare_bytes += given_bytes[index] - (made[index].size_bytes or 0)
    return tuple(made[index] for index in range(len(parts)))


def _topped_up(parts: Sequence[_Part], result: Shared, room_bytes: int, on_event: OnEvent) -> Shared:
    """Give what is left to the part that looks worst, then to the next, while that is worth a render."""
    outcomes = list(result.outcomes)
    stuck: set[int] = set()
    for _ in parts:
        left_bytes = room_bytes - sum(outcome.size_bytes or 0 for outcome in outcomes)
        growing = [i for i, part in enumerate(parts) if i not in stuck and _size(outcomes[i]) < part.most_bytes]
        if not growing or left_bytes < _WORTH_SHARE * room_bytes:
            break
        worst = min(growing, key=lambda i: _score(outcomes[i]))
        better = _rendered(parts[worst], min(_size(outcomes[worst]) + left_bytes, parts[worst].most_bytes), on_event)
        stuck.add(worst)
        if _counts(parts[worst], better) and _score(better) >= _score(outcomes[worst]):
            outcomes[worst] = better
    return replace(result, outcomes=tuple(outcomes))


def _rendered(part: _Part, allowed_bytes: int | None, on_event: OnEvent) -> Outcome:
    """Render a part within so many bytes, and learn from what it came to."""
    if allowed_bytes is not None and part.whole is not None and _size(part.whole) <= allowed_bytes:
        return part.whole
    fitting = [
        made for most, made in part.made.items() if allowed_bytes is not None and _near(made, most, allowed_bytes)
    ]
    if fitting:
        return max(fitting, key=_size)
    limits = part.limits
    if allowed_bytes is not None:
        allowed_bytes = _as_good(part, allowed_bytes)
        limits = replace(limits, size_rules=(), limit_bytes=max(allowed_bytes, 1), target_bytes=max(allowed_bytes, 1))

    def rendering() -> tuple[Outcome, ...]:
        outcome = fit_on(part.opened, part.kind, part.session, part.route, limits, 0, on_event, run)[0]
        asset = part.shown_as
        if asset is not None:
            outcome = replace(outcome, kind=asset.facts.kind, source=asset.facts, source_sha256=asset.sha256)
        return (outcome,)

    (made,) = part.opened.guarded(rendering)
    _remember(part, made, allowed_bytes)
    return made


def _remember(part: _Part, made: Outcome, allowed_bytes: int | None) -> None:
    """Learn from a rendition what its part can use, at least and at most."""
    if allowed_bytes is not None:
        part.made[allowed_bytes] = made
        if made.size_bytes is not None:
            part.limit_of.setdefault(made.size_bytes, allowed_bytes)
    if allowed_bytes is not None and _counts(part, made) and _seen(part, made) == 0.0:
        part.floor_bytes = min(int(_MORE * allowed_bytes), part.most_bytes)
    if made.score is not None and made.size_bytes is not None and part.scored:
        part.curve = part.curve.through(made.size_bytes, made.score)
        if made.verdict == Verdict.BELOW_FLOOR:
            part.floor_bytes = max(part.curve.size_for(part.limits.floor_score), made.size_bytes + 1)
        if allowed_bytes is not None and made.score >= part.limits.cap_score:
            part.most_bytes = min(part.most_bytes, max(_size(made), 1)) if part.whole is None else part.most_bytes


def _as_good(part: _Part, allowed_bytes: int) -> int:
    """Give the limit, never above ``allowed_bytes``, of a rendition that looks as good as these bytes would.

    A PNG's curve has such steps. What came out small under a larger limit says nothing of ``allowed_bytes``: the asset
    itself may keep that limit, so a render under it could come to more than is allowed.
    """
    expected = part.curve.score_at(allowed_bytes) if part.scored and not part.curve.foretold else 101.0
    known = {
        size: score for size, score in part.curve.points if part.limit_of.get(size, allowed_bytes + 1) <= allowed_bytes
    }
    best = max(known, key=lambda size: (known[size], -size), default=None)
    if best is None or known[best] < min(expected - _AS_GOOD, part.limits.cap_score):
        return allowed_bytes
    return part.limit_of[best]


def _near(made: Outcome, most_bytes: int, allowed_bytes: int) -> bool:
    """Whether a rendition made for ``most_bytes`` is what ``allowed_bytes`` would give."""
    return _size(made) <= allowed_bytes <= most_bytes or (
        allowed_bytes >= most_bytes and _size(made) >= 0.985 * allowed_bytes
    )


def _finished(parts: Sequence[_Part], result: Shared, on_event: OnEvent) -> Shared:
    """Add what a part could be as another kind, where it came out poor."""
    told = []
    for part, outcome in zip(parts, result.outcomes, strict=True):
        job = part.opened.job
        told.append(proposed(part.kind, part.session, outcome, job, part.route, lambda job: run(job, on_event)))
    return replace(result, outcomes=tuple(told))


def _counts(part: _Part, outcome: Outcome) -> bool:
    allowed = outcome.verdict == Verdict.BELOW_FLOOR and part.opened.job.options.allow_below_floor
    return (outcome.done or allowed) and outcome.output is not None


def _lowest(parts: Sequence[_Part], shared: Shared) -> float:
    """Give the score of the worst part; a part that does not count is worse than any."""
    pairs = zip(parts, shared.outcomes, strict=True)
    return min((_seen(part, each) if _counts(part, each) else -1.0 for part, each in pairs), default=100.0)


def _seen(part: _Part, outcome: Outcome) -> float:
    """Give what is seen of a part: nothing of a card whose photo found no room."""
    lost = supports(part.kind, HoldingKind) and part.scored and outcome.score is None and outcome is not part.whole
    return 0.0 if lost else _score(outcome)


def _size(outcome: Outcome) -> int:
    return outcome.size_bytes or 0


def _score(outcome: Outcome) -> float:
    """Give a score; what passes untouched is as it was."""
    return outcome.score if outcome.score is not None else 100.0
