"""One message on one route: check it, learn what bytes buy for each part, share them, fit, assemble, measure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from mediaprep.errors import AssetError, ToolError
from mediaprep.formats import SUFFIXES
from mediaprep.job import Bundle, Job, Mode, RunJob, Shared
from mediaprep.kinds import SplittingKind, supports
from mediaprep.limits import Route
from mediaprep.message import Draft, Result, Wish
from mediaprep.message.budget import Total, counted, media_room, message_size, total_of
from mediaprep.message.check import part_findings, text_findings
from mediaprep.message.fallback import plan
from mediaprep.model import Finding, KindName, Outcome, Verdict, finding, finding_from
from mediaprep.options import Bounds, FitOptions
from mediaprep.parts import Envelope, Part, part_name
from mediaprep.plugins import load
from mediaprep.presentation import presentation, slides
from mediaprep.storage import open_source

Together = Callable[[Bundle], Shared]
"""Fits a bundle of jobs within one room."""

_SMALLEST_BYTES = 1_500

_NAME_LETTERS = 40
"""Letters of a file's name that its cards keep: more than a part's name holds, and with any letters a file may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFitter:
    """Fits messages: ``run`` judges single parts, ``together`` fits them; the caller removes ``scratch``."""

    run: RunJob
    together: Together
    scratch: Path
    options: FitOptions = field(default_factory=FitOptions)
    bounds: Bounds = field(default_factory=Bounds)

    def check(self, draft: Draft, route: Route) -> Result:
        """Judge a message before any encode: its text, its parts, and whether the smallest of them could fit."""
        route = route.narrowed(self.options.max_bytes)
        wishes, outcomes = self._single_cards(draft.parts, route, "check")
        return self._as_it_stands(self._judged(draft, route, wishes, outcomes), draft, route, wishes)

    def kinds(self, draft: Draft, route: Route) -> set[KindName]:
        """Give the kinds that a message holds, judged from headers, and those that the options make of them."""
        found = {self._judge(wish, route, "look").kind for wish in draft.parts}
        film = {KindName.VIDEO} if KindName.ANIMATION in found and self.options.allow else set()
        return {KindName.TEXT, *film, *(kind for kind in found if kind is not None)}

    def fit(self, draft: Draft, route: Route) -> Result:
        """Fit every part within one budget and assemble the message."""
        route = route.narrowed(self.options.max_bytes)
        wishes, looked = self._single_cards(draft.parts, route, "look")
        judged = self._judged(draft, route, wishes, looked)
        if judged.verdict in (Verdict.CANNOT_FIT, Verdict.REFUSED, Verdict.FAILED):
            return judged
        kinds = [outcome.kind for outcome in looked if outcome.kind is not None]
        total = _total(route, kinds)
        base = self._envelope(draft, wishes, ())
        rooms = () if total is None else tuple(
            media_room(base, len(wishes), limit, total.counted_as)
            for limit in dict.fromkeys((total.target_bytes, total.limit_bytes))
        )  # fmt: skip
        shared = self._fitted(wishes, kinds, route, rooms) if wishes else Shared(outcomes=())
        short = shared.short_bytes
        if short:
            found = _no_room(rooms[-1] + short, rooms[-1])
            violations = (*judged.violations, found)
            return replace(judged, verdict=Verdict.CANNOT_FIT, parts=shared.outcomes, violations=violations)
        failed = [outcome for outcome in shared.outcomes if not self._counts(outcome)]
        if failed:
            worst = max((outcome.verdict for outcome in failed), key=_severity)
            return replace(judged, verdict=worst, parts=shared.outcomes)
        return self._assembled(judged, draft, route, wishes, shared.outcomes, shared.given, total)

    def _fitted(
        self, wishes: Sequence[Wish], kinds: Sequence[KindName], route: Route, rooms: tuple[int, ...]
    ) -> Shared:
        """Fit the parts together; where that cannot be done at all, say which part is at fault."""
        jobs = tuple(self._job(wish, _alone(route, kind), "fit") for wish, kind in zip(wishes, kinds, strict=True))
        try:
            return self.together(Bundle(jobs=jobs, rooms=rooms))
        except (AssetError, ToolError) as error:
            alone = tuple(self._judge(wish, route, "check") for wish in wishes)
            if any(outcome.verdict in (Verdict.REFUSED, Verdict.FAILED) for outcome in alone):
                return Shared(outcomes=alone)
            verdict = Verdict.REFUSED if isinstance(error, AssetError) else Verdict.FAILED
            found = finding_from(error)
            return Shared(outcomes=tuple(replace(each, verdict=verdict, violations=(found,)) for each in alone))

    def _judge(self, wish: Wish, route: Route, mode: Mode) -> Outcome:
        return self.run(self._job(wish, route, mode))[0]

    def _job(self, wish: Wish, route: Route, mode: Mode) -> Job:
        return Job(
            asset=wish.asset, path=wish.path, routes=(route,), mode=mode, options=self.options, bounds=self.bounds,
            scratch=self.scratch,
        )  # fmt: skip

    def _counts(self, outcome: Outcome) -> bool:
        below = outcome.verdict == Verdict.BELOW_FLOOR and self.options.allow_below_floor
        return (outcome.done or below) and outcome.output is not None

    def _single_cards(
        self, wishes: Sequence[Wish], route: Route, mode: Mode
    ) -> tuple[tuple[Wish, ...], tuple[Outcome, ...]]:
        """Judge the parts; each card of a file of several is one, once a worker has read all within its bounds."""
        found: list[tuple[Wish, Outcome]] = []
        for number, wish in enumerate(wishes):
            outcome = self._judge(wish, route, mode)
            several = outcome.source is not None and (outcome.source.cards or 0) > 1
            kind = load("kinds", outcome.kind) if outcome.kind is not None and several else None
            cards = self._cards(wish, number, kind) if supports(kind, SplittingKind) else ()
            found += [(card, self._judge(card, route, mode)) for card in cards] or [(wish, outcome)]
        return tuple(wish for wish, _ in found), tuple(outcome for _, outcome in found)

    def _cards(self, wish: Wish, number: int, kind: SplittingKind) -> Iterator[Wish]:
        """Write each card of a file into a file of its own, by whose name its part will be called."""
        source = open_source(wish.path, self.bounds.max_text_bytes)
        for index, card in enumerate(kind.split(source), start=1):
            path = self.scratch / f"{number}-{index}" / f"{wish.path.stem[:_NAME_LETTERS]}.vcf"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(card)
            yield replace(wish, asset=f"{wish.asset}#{index}", path=path)

    def _judged(self, draft: Draft, route: Route, wishes: Sequence[Wish], outcomes: tuple[Outcome, ...]) -> Result:
        """Judge without encoding: text and subject, counts of parts, and their least sizes against the total."""
        kinds = [outcome.kind for outcome in outcomes if outcome.kind is not None]
        found = (*text_findings(draft, route), *part_findings(kinds, route))
        if not route.available and route.unavailable is not None:
            found = (route.unavailable, *found)
        violations = tuple(each for each in found if each.severity == "violation")
        warnings = tuple(each for each in found if each.severity == "warning")
        verdicts = [outcome.verdict for outcome in outcomes] or [Verdict.FITS]
        verdict = Verdict.CANNOT_FIT if violations else max(verdicts, key=_severity)
        total = _total(route, kinds)
        result = Result(
            route=route.name, folder=route.folder, verdict=verdict, parts=outcomes, violations=violations,
            warnings=warnings + route.warnings, fallback=plan(draft, route),
        )  # fmt: skip
        if total is None:
            return result
        result = replace(
            result, limit_bytes=total.limit_bytes, target_bytes=total.target_bytes, counted_as=total.counted_as
        )
        room_bytes = media_room(self._envelope(draft, wishes, ()), len(wishes), total.limit_bytes, total.counted_as)
        least_bytes = sum(map(_least_bytes, outcomes))
        if wishes and least_bytes > room_bytes:
            missing = _no_room(least_bytes, room_bytes)
            return replace(result, verdict=Verdict.CANNOT_FIT, violations=(*violations, missing))
        return result

    def _as_it_stands(self, judged: Result, draft: Draft, route: Route, wishes: Sequence[Wish]) -> Result:
        """Add what the message comes to with its parts as they are; over the limit on the whole, it needs a fit."""
        sizes = [outcome.size_bytes for outcome in judged.parts if outcome.size_bytes is not None]
        total = _total(route, [outcome.kind for outcome in judged.parts if outcome.kind is not None])
        if total is None or len(sizes) < len(judged.parts):
            return judged
        size_bytes = message_size(self._envelope(draft, wishes, ()), len(wishes), sum(sizes), total.counted_as)
        result = replace(judged, size_bytes=size_bytes)
        if judged.verdict not in (Verdict.FITS, Verdict.NEEDS_FIT) or size_bytes <= total.limit_bytes:
            return result
        found = _too_large(
            size_bytes, total, "message as it stands", remedy="Run `mediaprep message fit`." if wishes else None
        )
        verdict = Verdict.NEEDS_FIT if wishes else Verdict.CANNOT_FIT
        return replace(result, verdict=verdict, violations=(*judged.violations, found))

    def _assembled(
        self, judged: Result, draft: Draft, route: Route, wishes: Sequence[Wish], fitted: tuple[Outcome, ...],
        shares: tuple[int, ...], total: Total | None,
    ) -> Result:  # fmt: skip
        envelope = self._envelope(draft, wishes, fitted)
        size_bytes = counted(envelope, total.counted_as if total is not None else "binary")
        changed = any(outcome.verdict != Verdict.FITS for outcome in fitted)
        parts = tuple(replace(outcome, route=judged.route, shared_with=()) for outcome in fitted)
        result = replace(
            judged, verdict=Verdict.FITTED if changed else Verdict.FITS, parts=parts, shares=shares,
            size_bytes=size_bytes, envelope=envelope,
        )  # fmt: skip
        result = replace(result, warnings=(*result.warnings, *_giving_way(parts, route)))
        if total is not None and size_bytes > total.limit_bytes:
            return replace(
                result, verdict=Verdict.CANNOT_FIT, violations=(*judged.violations, _too_large(size_bytes, total))
            )
        return result

    def _envelope(self, draft: Draft, wishes: Sequence[Wish], fitted: Sequence[Outcome]) -> Envelope:
        """Put parts, text and presentation together; names carry the content's hash."""
        parts = [_part(wish, outcome) for wish, outcome in zip(wishes, fitted, strict=False)]
        if draft.text:
            data = draft.text_data
            parts.append(Part(name=part_name("text", "txt", data), media_type="text/plain", data=data, charset="utf-8"))
        unique = _unique(parts)
        empty = [] if fitted else [
            Part(name=f"{number:016d}.xxx", media_type="video/3gpp", data=b"", alt=wish.alt, duration_s=1_000.0)
            for number, wish in enumerate(wishes)
        ]  # fmt: skip
        return Envelope(
            parts=tuple(unique), presentation=presentation(slides([*empty, *unique])), sender=draft.sender,
            to=draft.to, subject=draft.subject, our_id="0" * 16,
        )  # fmt: skip


def _alone(route: Route, kind: KindName) -> Route:
    """Give the route with what it asks of a part by itself: the limit on the whole message is shared out."""
    limits = route.limits_for(kind)
    own = [rule.allowed_bytes for rule in limits.size_rules if rule.scope != "total"]
    narrow = replace(limits, limit_bytes=min(own, default=None), target_bytes=min(own, default=None))
    if not limits.size_rules:  # a route that is nothing but a size
        narrow = replace(limits, target_bytes=limits.limit_bytes)
    return replace(route, limits=tuple(narrow if each is limits else each for each in route.limits))


def _part(wish: Wish, outcome: Outcome) -> Part:
    assert outcome.output is not None
    data = Path(outcome.output).read_bytes()
    usual = SUFFIXES.get(outcome.media_type or "")
    suffix = usual[0] if usual else Path(outcome.output).suffix.removeprefix(".") or "bin"
    charset = "utf-8" if (outcome.media_type or "").startswith("text/") else None
    if outcome.source is not None and outcome.kind in (KindName.TEXT, KindName.DOCUMENT):  # they pass as they are
        charset = "utf-8" if outcome.source.charset == "us-ascii" else outcome.source.charset
    return Part(
        name=part_name(wish.path.stem, suffix, data), media_type=outcome.media_type or "application/octet-stream",
        data=data, charset=charset, duration_s=wish.duration_s or outcome.duration_s, alt=wish.alt,
    )  # fmt: skip


def _unique(parts: Sequence[Part]) -> list[Part]:
    """Send equal content once: two parts of one name hold the same bytes."""
    return list({part.name: part for part in parts}.values())


def _least_bytes(outcome: Outcome) -> int:
    """Give the fewest bytes that a part could come to: documents never shrink, others to some kilobyte."""
    size = outcome.size_bytes or 0
    return size if outcome.kind in (KindName.DOCUMENT, KindName.TEXT) else min(size, _SMALLEST_BYTES)


def _no_room(least_bytes: int, room_bytes: int) -> Finding:
    left_bytes = max(room_bytes, 0)
    words = f"the parts need at least {least_bytes:,} bytes, and text and headers leave {left_bytes:,}"
    return finding("no_room", words, limit="sizes.total", allowed=left_bytes, actual=least_bytes)


def _total(route: Route, kinds: Sequence[KindName]) -> Total | None:
    return total_of(route, [route.limits_for(kind) for kind in kinds or (KindName.TEXT,)])


def _too_large(size_bytes: int, total: Total, what: str = "finished message", remedy: str | None = None) -> Finding:
    words = f"the {what} has {size_bytes:,} bytes ({total.counted_as}); the limit is {total.limit_bytes:,}"
    where = total.rule.fact.provenance() if total.rule is not None else {}
    return finding(
        "message_over_limit",
        words,
        remedy=remedy,
        limit="sizes.total",
        allowed=total.limit_bytes,
        actual=size_bytes,
        **where,
    )


_AHEAD = 15.0
"""Points by which another part looks better before the worst one is said to give way to it."""


def _giving_way(parts: Sequence[Outcome], route: Route) -> Iterator[Finding]:
    """Name the part that looks visibly worse than the others, though bytes were moved to it: it wants more than all."""
    scored = [(part.score, part) for part in parts if part.score is not None]
    if len(scored) < 2:
        return
    low, worst = min(scored, key=lambda pair: pair[0])
    high = max(score for score, _ in scored)
    floor = worst.source.size_bytes if worst.source is not None else 0
    warn = route.limits_for(worst.kind or KindName.IMAGE).warn_score
    if low < warn and high >= low + _AHEAD:
        words = (
            f"{worst.asset} scores {low:.0f}, the best part {high:.0f}: of {floor:,} bytes it has {worst.size_bytes:,}"
        )
        yield finding("part_gives_way", words, actual=low)


def _severity(verdict: Verdict) -> int:
    order = (Verdict.FITS, Verdict.FITTED, Verdict.NEEDS_FIT, Verdict.BELOW_FLOOR, Verdict.CANNOT_FIT, Verdict.REFUSED)
    return order.index(verdict) if verdict in order else len(order)
