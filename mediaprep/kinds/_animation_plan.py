"""How an animation is fitted: a sample tells how large it will be, then the dial is turned until it fits."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass, replace

from mediaprep.kinds import Choice, Encoded, Foretelling, Plan, Step
from mediaprep.kinds._animation import AnimationSession, Place
from mediaprep.kinds._animation_dial import LOSSLESS, SHARP, Setting, richer, setting
from mediaprep.kinds._animation_score import METRIC
from mediaprep.kinds._animation_size import Sample, SizeModel
from mediaprep.kinds._gif_parts import frame_bytes
from mediaprep.kinds._still_shape import frame_size
from mediaprep.limits import Limits
from mediaprep.model import finding
from mediaprep.search import search

GIF = "image/gif"

_FILLED = 0.955
_AIM = 0.985
"""An encode that fills this share of the budget ends the search; where it aims: the model is right within 2-3 %."""

_MOST, _POOR = 3, 0.6
_TRIES = 12
"""Whole encodes after which the best that fits is taken, if it fills so much of the budget; and after which the search
is given up."""

_SAME = 99.8
"""A score (phone VMAF 99.9) that at all dimensions and frames no larger encode betters: the search ends there."""

_STEEP, _NEAR = 1.5, 8.0
"""Sizes jump where one encode is so many times another less than so far from it on the dial."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """What the route takes: dimensions, a canvas, transparency, how many frames at most and at least."""

    full: tuple[int, int]
    place: Place
    most: int
    least: int


def plan(session: AnimationSession, limits: Limits) -> Plan:
    """Yield encodes until the best rendition within the target, or else within the limit, is known."""
    if limits.types and GIF not in limits.types:
        text = (
            f"animations are written as GIF, which this route does not deliver; it delivers {', '.join(limits.types)}"
        )
        return Choice(encoded=None, violations=(finding("animation_codec", text),))
    limit = limits.limit_bytes or session.info.size_bytes
    target = min(limits.target_bytes or limit, limit)
    if session.info.media_type == GIF and not session.trimmed:
        target, limit = min(target, session.info.size_bytes), min(limit, session.info.size_bytes)
    search_for = _Search(session, limits)
    best, nearest = yield from search_for.within(target)
    if (best is None or (best.score or 0.0) < limits.floor_score) and limit > target:
        wider, nearer = yield from search_for.within(limit)
        if wider is not None and (best is None or (wider.score or 0.0) > (best.score or 0.0)):
            best = wider
        nearest = nearest or nearer
    return Choice(encoded=best, nearest=nearest, warnings=session.warnings(alpha=session.alpha(limits)))


def _frame(session: AnimationSession, limits: Limits) -> _Frame:
    canvas = None
    if limits.exact_width is not None and limits.exact_height is not None:
        canvas = (limits.exact_width, limits.exact_height)
    most, least = session.motion.frames, 2
    if limits.max_frames is not None:
        most = min(most, limits.max_frames)
    if limits.max_fps is not None:
        most = min(most, math.floor(limits.max_fps * session.duration_s + 1e-6))
    if limits.min_fps is not None:
        least = max(least, math.ceil(limits.min_fps * session.duration_s - 1e-6))
    return _Frame(
        full=frame_size(session.size, limits),
        place=Place(canvas=canvas, alpha=session.alpha(limits)),
        most=max(most, 2),
        least=min(least, max(most, 2)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tried:
    """A whole encode: its setting, its frames, where on the dial."""

    how: Setting
    count: int
    dial: float
    encoded: Encoded

    @property
    def size_bytes(self) -> int:
        """Give its size."""
        return self.encoded.size_bytes


class _Search:
    """The dial of one session on one route; what a sample taught serves every budget."""

    def __init__(self, session: AnimationSession, limits: Limits) -> None:
        self._session = session
        self._limits = limits
        self._frame = _frame(session, limits)
        self._content = session.content
        pixels = self._frame.full[0] * self._frame.full[1]
        whole = self._frame.full == session.size
        source_bytes = session.info.size_bytes if session.info.media_type == GIF and whole else None
        if source_bytes is not None and session.trimmed:
            source_bytes = round(source_bytes * session.duration_s / max(session.info.duration_s or 1.0, 1e-3))
        self._model = SizeModel.guessed(session.motion, pixels, source_bytes)
        self._sampled = False
        self._scores: dict[Step, float] = {}

    def within(self, target: int) -> Generator[Step, Encoded, tuple[Encoded | None, Encoded | None]]:
        """Turn the dial until a rendition fills ``target``; give the best and the nearest that is over."""
        if not self._sampled:
            yield from self._learn(target)
        tried: dict[Step, Encoded] = {}
        probing = search(
            self._expected, target=round(_AIM * target), low=0.0, high=LOSSLESS, filled=_FILLED / _AIM, most=_TRIES
        )
        dial = next(probing)
        fits: _Tried | None = None
        over: _Tried | None = None
        aside: tuple[Setting, int] | None = None
        for _ in range(_TRIES):
            how, count = aside or self._how(dial)
            place = self._frame.place
            step = self._session.step(how, self._frame.full, count, dial=dial, place=place, final=True)
            if step not in tried:  # two places of the dial may round to the same frames, colours and dimensions
                tried[step] = yield step
                if dial < LOSSLESS:
                    self._learn_from(how, self._session.whole(step), tried[step])
            made = _Tried(how=how, count=count, dial=dial, encoded=tried[step])
            if made.size_bytes <= target:
                if fits is None or made.size_bytes > fits.size_bytes or dial >= LOSSLESS:
                    fits = made
                if made.size_bytes >= _FILLED * target or self._alike(fits):
                    break
            elif over is None or made.size_bytes < over.size_bytes:
                over = made
            enough = len(tried) >= _MOST and fits is not None and fits.size_bytes >= _POOR * target
            if enough or (fits is not None and aside is not None):
                break
            try:
                dial = probing.send(made.size_bytes)
            except StopIteration:
                break
            aside = self._aside(fits, over, dial, target)
        if fits is None:
            return None, over.encoded if over is not None else None
        return replace(fits.encoded, score=self._scored(fits), score_metric=METRIC), None

    def _alike(self, made: _Tried) -> bool:
        """Say whether there is nothing left to give back but noise."""
        whole = made.how.scale >= 1.0 and made.count == self._frame.most
        return whole and self._scored(made) >= _SAME

    def _scored(self, made: _Tried) -> float:
        step = made.encoded.step
        if step not in self._scores:
            self._scores[step] = self._session.score(made.encoded, self._limits)
        return self._scores[step]

    def _aside(self, fits: _Tried | None, over: _Tried | None, dial: float, target: int) -> tuple[Setting, int] | None:
        """Give a setting beside the dial (and its frames) where the dial's next step is one that sizes jump at.

        Where one frame more is too many, those that fit get more colours and a smaller hold. Where a little less hold
        is too much (an asset of few colours, whose noise comes in steps), that hold is taken at smaller dimensions.
        """
        if fits is None or over is None:
            return None
        goal = _AIM * target
        if fits.count < over.count and self._how(dial)[1] <= fits.count:
            low, high = 0.0, 1.0
            chosen = self._session.kept(fits.count)
            level = goal / fits.size_bytes * self._model.size_bytes(fits.how, chosen)
            for _ in range(12):
                middle = (low + high) / 2
                small = self._model.size_bytes(richer(fits.how, middle), chosen) <= level
                low, high = (middle, high) if small else (low, middle)
            return richer(fits.how, low), fits.count
        if fits.count == over.count and over.size_bytes > _STEEP * fits.size_bytes and over.dial - fits.dial < _NEAR:
            scale = over.how.scale * math.sqrt(goal / over.size_bytes)
            return replace(over.how, scale=scale), over.count
        return None

    def _learn(self, target: int) -> Generator[Step, Encoded, None]:
        """Encode a quarter of the frames where the guess expects to end, and correct the guess by it."""
        self._sampled = True
        dial = max(self._inverted(target), SHARP if self._content == "screen" else 0.0)
        dial = min(dial, LOSSLESS - 1.0)
        how, count = self._how(dial)
        place = self._frame.place
        step = self._session.step(how, self._frame.full, count, dial=dial, place=place, final=False)
        sample = self._session.sampled(step)
        if sample is not None:
            self._learn_from(how, sample, (yield step))

    def _learn_from(self, how: Setting, made: Sample, encoded: Encoded) -> None:
        assert encoded.data is not None
        self._model = self._model.learnt(how, made, frame_bytes(encoded.data), encoded.size_bytes)

    def _how(self, dial: float) -> tuple[Setting, int]:
        how = setting(dial, self._content)
        return how, max(self._frame.least, min(self._frame.most, round(self._frame.most * how.share)))

    def _expected(self, dial: float) -> float:
        how, count = self._how(dial)
        return math.log(self._model.size_bytes(how, self._session.kept(count)))

    def _inverted(self, target: int) -> float:
        low, high = 0.0, LOSSLESS
        for _ in range(20):
            middle = (low + high) / 2
            low, high = (middle, high) if self._expected(middle) <= math.log(target) else (low, middle)
        return low

    def foretold(self, sizes: tuple[int, ...]) -> Foretelling:
        """Say how GIFs of several sizes would look: their places on the dial from the model, a few frames judged."""
        yield from self._learn(sizes[len(sizes) // 2])
        points = []
        for size in sizes:
            dial = min(self._inverted(size), LOSSLESS - 1.0)
            how, count = self._how(dial)
            place = self._frame.place
            step = self._session.step(how, self._frame.full, count, dial=dial, place=place, final=True)
            points.append((size, self._session.glimpsed(step, self._limits)))
        return tuple(points)


def foretell(session: AnimationSession, limits: Limits, sizes: tuple[int, ...]) -> Foretelling:
    """Foretell how GIFs of several sizes would look; nothing where the route takes none."""
    if limits.types and GIF not in limits.types:
        return ()
    return (yield from _Search(session, limits).foretold(sizes[::2]))
