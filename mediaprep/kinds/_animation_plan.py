"""How an animation is fitted: every pixel kept where that fits, else by the dial that makes it look best."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial

from mediaprep.kinds import Choice, Encoded, Foretelling, Plan, Step
from mediaprep.kinds._animation import AnimationSession
from mediaprep.kinds._animation_search import WORTH, Search
from mediaprep.kinds._widened import widened
from mediaprep.limits import Limits
from mediaprep.rules import GIF, unwritten

Found = Generator[Step, Encoded, tuple[Encoded | None, Encoded | None]]
"""Encodes, and in the end the best that fits and the nearest that is over."""


def plan(session: AnimationSession, limits: Limits) -> Plan:
    """Yield encodes until the best rendition within the target, or else within the limit, is known."""
    if limits.types and GIF not in limits.types:
        return Choice(encoded=None, violations=unwritten((), limits.types), proposals=("--still",))
    limit = limits.limit_bytes or session.info.size_bytes
    target = min(limits.target_bytes or limit, limit)
    if session.info.media_type == GIF and not session.trimmed:
        target, limit = min(target, session.info.size_bytes), min(limit, session.info.size_bytes)
    best, nearest = yield from widened(
        partial(_within, Search(session, limits)),
        target_bytes=target, limit_bytes=limit, floor_score=limits.floor_score,
    )  # fmt: skip
    return Choice(encoded=best, nearest=nearest, warnings=session.warnings(alpha=session.alpha(limits)))


def _within(searching: Search, target: int) -> Found:
    """Give the best within a target: by another dial where that looks better, as for slide shows that lost dimensions.

    Both are made and told by their scores, in which a slide show's pictures count for as long as they are shown. A
    banner of four photographs (480x360, held 2.5 s, fades of .5 s) at 100, 200 and 300 kB: 35, 63 and 72 with all
    frames, 88, 95 and 96 without fades; held 1 s at 600 kB: 40 and 34.
    """
    exact = yield from searching.exactly(target)
    if exact is not None:
        return exact, None
    best, nearest = yield from searching.within(target)
    other = searching.better(best, target)
    if other is not None:
        second, nearer = yield from other.within(target)
        if second is not None and (best is None or searching.shown(second) > searching.shown(best) + WORTH):
            best = second
        nearest = nearest or nearer
    return best, nearest


def foretell(session: AnimationSession, limits: Limits, sizes: tuple[int, ...]) -> Foretelling:
    """Foretell how GIFs of several sizes would look, each by the dial that its fit would take; () where none is taken.

    Their places on the dial are the model's, after a sample; a few frames are judged.
    """
    if limits.types and GIF not in limits.types:
        return ()
    wanted = sizes[::2]
    searching = Search(session, limits)
    exact = yield from searching.exactly(wanted[0])
    points = [(size, exact.score or 0.0) for size in wanted if exact is not None and size >= exact.size_bytes]
    wanted = wanted[len(points) :]
    if not wanted:
        return tuple(points)
    yield from searching.learnt(wanted[len(wanted) // 2])
    other = searching.other
    dials = [searching] if other is None else [searching, other]
    steps = {size: [dial.expected_step(size) for dial in dials] for size in wanted}
    session.look_at([step for made in steps.values() for step in made])
    points += [(size, max(session.glimpsed(step, limits) for step in made)) for size, made in steps.items()]
    return tuple(points)
