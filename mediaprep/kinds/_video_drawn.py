"""How the film of an animation is chosen: some ways of coding it are tried, and the one that looks best is kept.

Few and small frames are cheap to code, so that dimensions and ways of coding need not be guessed by what holds for most
clips: a cartoon at 17 kB has phone VMAF 98.3 as large as it is and coded as usual, 99.4 at .8 of its dimensions and
coded otherwise; a moon of 14 frames at 5 kB 78 and 89.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from mediaprep.kinds import Encoded, Step
from mediaprep.kinds import _clip_vmaf as vmaf
from mediaprep.kinds._clip_vmaf import Likeness
from mediaprep.kinds._video_ladder import Rung
from mediaprep.kinds._video_terms import MOST_TURNS
from mediaprep.phone_vmaf import on_scale

if TYPE_CHECKING:
    from mediaprep.kinds._video_session import VideoSession

Coded = Callable[[Rung, str], Generator[Step, Encoded, tuple[Encoded | None, Encoded | None]]]
"""The steps that end in a film at a rung, coded in a manner; its first is None where none fits."""

_MOST_PIXELS = 20e6
"""Pixels of all frames of all films that are tried. Coded twice and measured, a million takes 0.2 CPU seconds."""

MOST_ENCODES = 20
"""Final encodes within which a route's searches, all together, try films; then the best so far is kept. Without an
end noise took 41, for 0.2 of phone VMAF (98.8 -> 99.0), a dog 39 (89.3 -> 89.5), a moon and a river 20 and 16."""

_SAME_PHONE = 100.0
"""From here on phones show no difference, and nothing more is tried."""

_MOST_WORSE = 2
"""Rungs one below the other that may be no better before the rest are left: films of few bytes go up and down."""


_T = TypeVar("_T")


@dataclass(slots=True, kw_only=True)
class Encodes:
    """The final encodes of one route, counted over all its searches.

    Films below ``least_score`` are followed by a search at more bytes, for which half of the encodes are kept.
    """

    least_score: float = 0.0
    spent: int = 0

    def enough(self, score: float) -> bool:
        """Say whether one more film, beside one of that score, could take more than there are."""
        most = MOST_ENCODES // 2 if score < self.least_score else MOST_ENCODES
        return self.spent + MOST_TURNS > most

    def counted(self, steps: Generator[Step, Encoded, _T]) -> Generator[Step, Encoded, _T]:
        """Pass steps and what they came to on, and count the final ones."""
        try:
            step = next(steps)
            while True:
                self.spent += step.final
                step = steps.send((yield step))
        except StopIteration as stop:
            ended: _T = stop.value
            return ended


class _Trials:
    """The films that were tried, and the best of them."""

    def __init__(
        self, session: VideoSession, encodes: Encodes, coded: Coded, start: tuple[Rung, str], first: Encoded
    ) -> None:
        """Measure the first."""
        self._session = session
        self._encodes = encodes
        self._coded = coded
        self._seen: dict[tuple[Rung, str], bool] = {}
        self._pixels = 0.0
        self.at, self.film = start, first
        self.likeness: Likeness | None = None
        self._weigh(start, first)

    @property
    def over(self) -> bool:
        """Whether nothing more is worth trying or may be, or films cannot be measured."""
        if self.likeness is None or self.likeness.phone >= _SAME_PHONE:
            return True
        return self._encodes.enough(on_scale(self.likeness.phone))

    def better(self, rung: Rung, manner: str) -> Generator[Step, Encoded, bool]:
        """Make one more film, and say whether it is the best so far; not where work or reason has come to its end."""
        one = (rung, manner)
        if one in self._seen or self.over or self._pixels + self._work(rung) > _MOST_PIXELS:
            return False
        film, _ = yield from self._coded(rung, manner)
        return self._weigh(one, film)

    def _work(self, rung: Rung) -> float:
        return rung.width * rung.height * float(rung.fps) * self._session.picture_s

    def _weigh(self, one: tuple[Rung, str], film: Encoded | None) -> bool:
        self._seen[one] = True
        self._pixels += self._work(one[0])
        if film is None or film.path is None:
            return False
        session = self._session
        likeness = vmaf.likeness(film.path, "mov", session.input(), session.size, session.bounds)
        if likeness is None or (self.likeness is not None and likeness <= self.likeness):
            return False
        self.at, self.film, self.likeness = one, film, likeness
        return True

    @property
    def scored(self) -> Encoded:
        """Give the best, with what was measured of it."""
        if self.likeness is None:
            return self.film
        return replace(self.film, score=on_scale(self.likeness.phone), score_metric=vmaf.METRIC)


def best(
    session: VideoSession,
    encodes: Encodes,
    ladder: tuple[Rung, ...],
    manners: tuple[str, ...],
    start: Rung,
    first: Encoded,
    coded: Coded,
) -> Generator[Step, Encoded, Encoded]:
    """Try other rungs, then other manners at the best of them, then the rungs beside that; give the best film.

    Where films cannot be measured, or are too large to try several, that is the ``first``, at the rung ``start``.
    """
    if _too_large(session, start):
        return first
    trials = _Trials(session, encodes, coded, (start, ""), first)
    # the smallest rung slowed down is below the smallest
    here = ladder.index(start) if start in ladder else -1
    for way in (ladder[here + 1 :], ladder[: max(0, here)][::-1]):
        worse = 0
        for rung in way:
            worse = 0 if (yield from trials.better(rung, "")) else worse + 1
            if worse == _MOST_WORSE:
                break
    at = trials.at[0]
    for manner in manners:
        yield from trials.better(at, manner)
    if at in ladder:
        here = ladder.index(at)
        for rung in (*ladder[max(0, here - 1) : here], *ladder[here + 1 : here + 2]):
            yield from trials.better(rung, trials.at[1])
    return trials.scored


def _too_large(session: VideoSession, rung: Rung) -> bool:
    width, height = session.size
    return width * height * float(rung.fps) * session.picture_s > _MOST_PIXELS
