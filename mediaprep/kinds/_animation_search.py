"""How a dial is turned until a GIF fits: a sample tells how large it will be, encodes tell the rest."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass, replace

from mediaprep.encoders import Pacing
from mediaprep.kinds import Encoded, Step
from mediaprep.kinds._animation import AnimationSession
from mediaprep.kinds._animation_dial import LOSSLESS, RECORDED, SHARP, TRAILS, WHOLE, Content, Setting, richer, setting
from mediaprep.kinds._animation_room import frame_for
from mediaprep.kinds._animation_score import METRIC
from mediaprep.kinds._animation_size import Sample, SizeModel
from mediaprep.kinds._gif_parts import frame_bytes
from mediaprep.limits import Limits
from mediaprep.search import search

_FILLED = 0.955
_AIM, _AIM_FEW = 0.982, 0.975
"""An encode that fills this share of the budget ends the search; where it aims, and where it does with few frames, of
which the last weighs more, and where a hold changes little."""

_MANY = 12
"""Frames that are many enough for the last of them to weigh little, and for a second sample to be worth it."""

_LOWER, _HIGHER, _NO_HOLD = 0.7, 1.2, 0.5
"""Between which shares of its hold an encode may be paced, upwards to TRAILS in any case. Beyond that other
dimensions look better: 1.4 times cost a car's drive 1.2 phone VMAF. And the hold at which every difference that could
be seen is written."""

_ALL = 255
"""Colours beyond which there are none, but for the one that is seen through."""

_NEARLY, _GRIP = 0.85, 0.3
"""The share of a target that is made whole by a smaller hold, where bytes fall with it to such a power; else it is by
more pixels."""

_BY_SCALE: dict[Content, float] = {"screen": 1.9, "grainy": 1.35}
_OVER = 0.95
"""The power of the scale to which a recording's bytes grow, less where scaling takes a recorder's noise away (two
terminals 1.0 to 1.5, a browser 1.9 to 2.3); and what one that is over is brought to at the most, of its own bytes: 2 %
off both edges of a recording of 73 frames changed nothing."""

_MOST_WORK, _MOST_WORK_POOR = 3.05, 3.55
_TRIES = 12
"""Work, in units of what fits, after which that is taken as it is, and where it leaves much of its target; and encodes
after which the search is given up."""

_MOST_SAMPLES, _FAR = 2, 1.2
"""Samples at most; a second is taken where the first says that the scale is so many times another."""

_BLURRED = 0.6
"""The scale under which a recording, by what its own bytes say, will not stay sharp. It is then sampled at half of its
target first: made smaller it takes more bytes than they say, and a sample that is too large is dear."""

_SOFTENED = 0.6
"""The share of its target at which a recording is sampled again where not all of its pixels fit: text that is made
smaller takes more bytes than the whole one says (a terminal at .93 of its dimensions a fifth more)."""

_EXACT_DOUBT = 8.0
"""How many times what is foretold of every pixel an encode of them may take: eight of ten discs with hard edges that
cross each other, one to three of stickers. In between a sample is asked first."""

_GOOD, WORTH = 90.0, 1.0
"""The score from which a slide show keeps its fades and a recording its dimensions; and by how much another dial must
look better, whole or in the few frames that foretell it."""

_SAME = 99.8
"""A score (phone VMAF 99.9) that at all dimensions and frames no larger encode betters: the search ends there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tried:
    """A whole encode: its setting, its frames, where on the dial."""

    how: Setting
    count: int
    dial: float
    encoded: Encoded
    even_ratio: float

    @property
    def size_bytes(self) -> int:
        """Give its size."""
        return self.encoded.size_bytes

    @property
    def even_bytes(self) -> int:
        """Give the size that it would have at the hold of its setting: what the dial is turned by."""
        assert self.encoded.data is not None
        later = sum(size for _, size in frame_bytes(self.encoded.data)[1:]) if self.even_ratio != 1.0 else 0
        return round(self.size_bytes + (self.even_ratio - 1.0) * later)

    @property
    def work(self) -> float:
        """Give what it took to make, in pixels."""
        return _work(self.encoded.step, self.count)


def _work(step: Step, frames: int) -> float:
    return float((step.width or 1) * (step.height or 1) * frames)


def _far(one: Setting, other: Setting) -> bool:
    """Say whether what was learnt at one setting says little of the other: text made smaller is not sharp text."""
    ratio = max(one.scale, other.scale) / min(one.scale, other.scale)
    return ratio > _FAR or (one.scale < 1.0) != (other.scale < 1.0)


class Search:
    """The dial of one session on one route; what a sample taught serves every budget."""

    def __init__(
        self,
        session: AnimationSession,
        limits: Limits,
        *,
        content: Content | None = None,
        model: SizeModel | None = None,
        sampled: bool = False,
    ) -> None:
        """Take the session's own content and a guess, where no other ``content`` and no taught ``model`` are given.

        ``sampled``: what taught the model is all that this dial needs.
        """
        self._session = session
        self._limits = limits
        self.frame = frame_for(session, limits)
        self._content: Content = content or session.content
        self._recorded = self._content in RECORDED
        self._model = model or session.guessed(self.frame.full)
        self._sampled = sampled
        self._work = 0.0
        self._scores: dict[Step, float] = {}

    @property
    def other(self) -> Search | None:
        """Give the other dial that may look better: it gives up other things first, and knows what this one has learnt.

        A slide show that has no more pictures than the route takes frames gives up its fades; what is flat like a
        recording and moves all the time, as advertisements do that are drawn, keeps its frames.
        """
        slides = self._session.slides
        if slides is not None and self.frame.least <= len(slides.held) <= self.frame.most:
            return Search(self._session, self._limits, content="slides", model=self._model, sampled=True)
        if self._recorded:
            return Search(self._session, self._limits, content="drawn", model=self._model)
        return None

    def better(self, best: Encoded | None, target: int) -> Search | None:
        """Give the other dial where what was found looks poor beside what a few frames foretell of the other."""
        other = self.other
        if other is None or best is None:
            return other
        score = best.score or 0.0
        if score >= _GOOD:
            return None
        if self._recorded:
            likely = self._session.glimpsed(other.expected_step(target), self._limits)
            return other if likely > score + WORTH else None
        return other if (best.step.width or 0) < self.frame.full[0] else None

    def shown(self, encoded: Encoded) -> float:
        """Score a slide show with its pictures weighed by the time that they are shown."""
        return self._session.score(encoded, self._limits, by_time=True)

    def exactly(self, target: int) -> Generator[Step, Encoded, Encoded | None]:
        """Give every frame with every pixel as it was, where that is likely to fit and does.

        Of flat drawings it takes fewer bytes than of the same made smaller, which adds shades: a ball of 200x120
        pixels in eight frames 1.3 kB, and 2.2 kB at 139x83.
        """
        whole = self.frame.full == self._session.size and self.frame.most == self._session.motion.frames
        if not whole or self.frame.place.canvas is not None or self._session.exact_bytes > target:
            return None
        how = setting(LOSSLESS, self._content)
        if self._session.exact_bytes > target / _EXACT_DOUBT:
            sampled = self._session.step(
                how, self.frame.full, self.frame.most, dial=LOSSLESS, place=self.frame.place, final=False
            )
            sample = self._session.sampled(sampled)
            if sample is not None:
                taught = self._taught(how, sample, (yield sampled))
                expected = taught.size_bytes(how, self._session.kept(self.frame.most))
                if expected > target:
                    self._session.exact_bytes = expected
                    return None
        step = self._step(how, self.frame.most, LOSSLESS, target, free=False)
        made = yield step
        self._session.exact_bytes = made.size_bytes
        if made.size_bytes > target:
            return None
        return replace(made, score=self._session.score(made, self._limits), score_metric=METRIC)

    def learnt(self, target: int) -> Generator[Step, Encoded, None]:
        """Take a sample where it is expected to end, if none was taken."""
        if not self._sampled:
            yield from self._learn(target)

    def expected_step(self, target: int) -> Step:
        """Describe the encode that is expected to come to the target."""
        dial = min(self._inverted(target), LOSSLESS - 1.0)
        how, count = self._how(dial)
        return self._session.step(how, self.frame.full, count, dial=dial, place=self.frame.place, final=True)

    def within(self, target: int) -> Generator[Step, Encoded, tuple[Encoded | None, Encoded | None]]:
        """Turn the dial until a rendition fills ``target``; give the best and the nearest that is over."""
        yield from self.learnt(target)
        tried: dict[Step, Encoded] = {}
        probing = search(
            self._expected,
            target_bytes=round(_AIM * target),
            low=0.0,
            high=LOSSLESS,
            filled=_FILLED / _AIM,
            most=_TRIES,
        )
        dial = next(probing)
        fits: _Tried | None = None
        over: _Tried | None = None
        fill: tuple[Setting, int] | None = None
        for _ in range(_TRIES):
            how, count = fill or self._how(dial)
            step = self._step(how, count, dial, target, free=fill is not None)
            if step not in tried:  # two places of the dial may round to the same frames, colours and dimensions
                tried[step] = yield step
                self._work += _work(step, count)
                if dial < LOSSLESS:
                    self._learn_from(how, self._session.whole(step), tried[step])
            made = _Tried(how=how, count=count, dial=dial, encoded=tried[step], even_ratio=self._even_ratio(step))
            if made.size_bytes <= target:
                if fits is None or made.size_bytes > fits.size_bytes or dial >= LOSSLESS:
                    fits = made
                if made.size_bytes >= _FILLED * target or self._alike(fits):
                    break
            elif over is None or made.even_bytes < over.even_bytes:
                over = made
            most_work = _MOST_WORK if fits is None or fits.size_bytes >= _NEARLY * target else _MOST_WORK_POOR
            if fits is not None and (fill is not None or self._work + fits.work > most_work * fits.work):
                break
            try:
                even = made.even_bytes
                dial = probing.send(min(even, target) if made.size_bytes <= target else max(even, target + 1))
            except StopIteration:
                if fits is None and not (self._recorded and made.how.scale < 1.0):  # those are rescaled instead
                    break
                dial = fits.dial if fits is not None else dial
            fill = self._filling(fits, over, dial, target)
        if fits is None:
            return None, over.encoded if over is not None else None
        return replace(fits.encoded, score=self._scored(fits), score_metric=METRIC), None

    def _step(self, how: Setting, count: int, dial: float, target: int, *, free: bool) -> Step:
        """Describe a whole encode whose frames make up among themselves for what the model is wrong by.

        ``free``: down to no hold at all, as where dimensions, frames and colours cannot be more, and in the last encode
        that is worth it.
        """
        whole = how.scale >= 1.0 and count == self.frame.most and (how.colours >= _ALL or not self._recorded)
        plain = self._session.step(how, self.frame.full, count, dial=dial, place=self.frame.place, final=True)
        work = _work(plain, count)
        grips = self._model.power(how) >= _GRIP
        free = (free and not self._recorded) or (grips and (free or self._work + 2 * work > _MOST_WORK * work))
        pacing = (
            None
            if self.frame.place.alpha
            else Pacing(
                aim_bytes=round((_AIM if count >= _MANY and grips else _AIM_FEW) * target),
                power=self._model.power(how),
                lowest_hold=_NO_HOLD if free or whole else _LOWER * how.hold,
                highest_hold=max(_HIGHER * how.hold, TRAILS[self._content]),
            )
        )  # what one sees through is drawn anew in most frames: there a hold changes little
        return plain if dial >= LOSSLESS else replace(plain, pacing=pacing)

    def _even_ratio(self, step: Step) -> float:
        return self._session.even.get(step, 1.0)

    def _alike(self, made: _Tried) -> bool:
        """Say whether there is nothing left to give back but noise."""
        whole = made.how.scale >= 1.0 and made.count == self.frame.most
        return whole and self._scored(made) >= _SAME

    def _scored(self, made: _Tried) -> float:
        step = made.encoded.step
        if step not in self._scores:
            self._scores[step] = self._session.score(made.encoded, self._limits)
        return self._scores[step]

    def _filling(
        self, fits: _Tried | None, over: _Tried | None, dial: float, target: int
    ) -> tuple[Setting, int] | None:
        """Give a setting beside the dial (and its frames) that gives the rest of the target to what fits already.

        Where one frame more is too many, where the dial has come to its end, and where one encode more is the last
        that is worth it, and little is missing: the same frames and dimensions get more colours and a smaller hold. So
        do a recording's, of which one frame more or less is ever another size.
        """
        near_by = fits or over
        if near_by is not None and self._recorded and near_by.how.scale < 1.0:
            return self._rescaled(near_by, target)
        if fits is None:
            return None
        near = fits.size_bytes >= _NEARLY * target and not self.frame.place.alpha
        last = near and self._work + 2 * fits.work > _MOST_WORK * fits.work
        coloured = near and self._recorded and fits.how.colours < _ALL
        frames = over is not None and fits.count < over.count and self._how(dial)[1] <= fits.count
        chosen = self._session.kept(fits.count)
        level = _AIM * target / fits.even_bytes * self._model.size_bytes(fits.how, chosen)
        reached = self._model.power(fits.how) >= _GRIP
        if not frames and dial != fits.dial and not (last and reached) and not coloured:
            return None
        low, high = 0.0, 1.0
        for _ in range(12):
            middle = (low + high) / 2
            small = self._model.size_bytes(richer(fits.how, middle), chosen) <= level
            low, high = (middle, high) if small else (low, middle)
        return richer(fits.how, low), fits.count

    def _rescaled(self, made: _Tried, target: int) -> tuple[Setting, int] | None:
        """Give the same frames at the dimensions that bring them to the target, or more frames where these are whole.

        Of a recording one frame more or less is another size each time: of a browser's 28 and 26, at 3 % fewer pixels,
        99 %. None where all frames are there already.
        """
        ratio = _AIM_FEW * target / made.even_bytes
        limited = ratio if made.size_bytes <= target else min(ratio, _OVER)
        scale = made.how.scale * limited ** (1 / _BY_SCALE[self._content])
        if scale < WHOLE:
            return replace(made.how, scale=scale), made.count
        level = ratio * self._model.size_bytes(made.how, self._session.kept(made.count))
        low, high = made.count, self.frame.most
        while low < high:
            middle = (low + high + 1) // 2
            small = self._model.size_bytes(made.how, self._session.kept(middle)) <= level
            low, high = (middle, high) if small else (low, middle - 1)
        return (made.how, low) if low > made.count else None

    def _learn(self, target: int) -> Generator[Step, Encoded, None]:
        """Encode a few of the frames where the guess expects to end, and correct the guess by it.

        Again where it is then expected to end elsewhere: how bytes grow with dimensions is each animation's own.
        """
        self._sampled = True
        before: Setting | None = None
        for _ in range(_MOST_SAMPLES):
            dial = min(self._inverted(target), LOSSLESS - 1.0)
            if before is None and self._recorded:
                sharp = setting(dial, self._content).scale > _BLURRED
                dial = max(dial, SHARP) if sharp else self._inverted(target // 2)
            how, count = self._how(dial)
            if before is not None and not _far(before, how):
                return
            if before is not None and self._recorded and how.scale < 1.0 <= before.scale:
                how, count = self._how(self._inverted(round(_SOFTENED * target)))
            before = how
            place = self.frame.place
            step = self._session.step(how, self.frame.full, count, dial=dial, place=place, final=False)
            sample = self._session.sampled(step)
            if sample is None:
                return
            self._learn_from(how, sample, (yield step))
            self._work += _work(step, len(sample.frames))
            if count < _MANY and not self._recorded:
                return

    def _learn_from(self, how: Setting, made: Sample, encoded: Encoded) -> None:
        self._model = self._taught(how, made, encoded)

    def _taught(self, how: Setting, made: Sample, encoded: Encoded) -> SizeModel:
        assert encoded.data is not None
        even = self._even_ratio(encoded.step)
        return self._model.learnt(how, made, frame_bytes(encoded.data), encoded.size_bytes, even=even)

    def _how(self, dial: float) -> tuple[Setting, int]:
        how = setting(dial, self._content)
        if self._content == "drawn":
            how = replace(how, colours=max(how.colours, self._session.drawn_colours))
        slides = self._session.slides if self._content == "slides" else None
        if slides is not None:
            held = len(slides.held)
            return how, len(slides.kept(held + round((self.frame.most - held) * how.share)))
        return how, max(self.frame.least, min(self.frame.most, round(self.frame.most * how.share)))

    def _expected(self, dial: float) -> float:
        how, count = self._how(dial)
        return math.log(self._model.size_bytes(how, self._session.kept(count)))

    def _inverted(self, target: int) -> float:
        low, high = 0.0, LOSSLESS
        for _ in range(20):
            middle = (low + high) / 2
            low, high = (middle, high) if self._expected(middle) <= math.log(target) else (low, middle)
        return low
