"""One message on one route: check it, learn what bytes buy for each part, share them, fit, assemble, measure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from mediaprep.allocate import Share, allocate
from mediaprep.job import Job
from mediaprep.kinds._vcard_lines import split_cards
from mediaprep.limits import Limits, Route
from mediaprep.message import Draft, Result, Wish
from mediaprep.message.budget import Total, counted, media_room, total_of
from mediaprep.message.check import part_findings, text_findings
from mediaprep.message.fallback import plan
from mediaprep.model import Finding, KindName, Outcome, Verdict, finding
from mediaprep.options import Bounds, FitOptions
from mediaprep.parts import Envelope, Part, part_name
from mediaprep.presentation import presentation, slides

Run = Callable[[Job], tuple[Outcome, ...]]
"""Carries out one job."""

_VISUAL = (KindName.IMAGE, KindName.ANIMATION, KindName.VIDEO)
_STILL_LEVELS = (0.6, 0.35, 0.2, 0.1)
_MOVING_LEVELS = (0.5, 0.2)
"""Parts of its best size at which a part is fitted to learn its curve; moving pictures cost more to try."""

_SMALLEST_BYTES = 1_500
_SOUND_FLOOR_BPS = 12_200
"""AMR-NB's best rate (3GPP TS 26.071): below it sound takes no part in sharing; above its own size it gains nothing."""

_FLOOR_MARGIN = 3.0
"""Points above the floor at which a part is believed to pass without having been tried."""

_ROUNDS = 2
_WORTH_ANOTHER_ROUND = 0.02


@dataclass(slots=True)
class _Piece:
    """One part on its way: what it is, its best rendition, and what fewer bytes would make of it."""

    wish: Wish
    kind: KindName
    limits: Limits
    best: Outcome
    done: list[Outcome] = field(default_factory=list)
    points: list[tuple[int, float]] = field(default_factory=list)

    @property
    def size(self) -> int:
        return self.best.size_bytes or 0

    def share(self, *, cautious: bool = False) -> Share:
        """Say what this part asks of the budget; ``cautious`` takes only floors at which a rendition exists already."""
        floor = min((outcome.size_bytes or 0 for outcome in self.done), default=self.size)
        if self.kind == KindName.AUDIO and self.best.duration_s:
            floor = min(self.size, int(self.best.duration_s * _SOUND_FLOOR_BPS / 8))
        elif not cautious:
            floor = min(floor, self._likely_floor(floor))
        return Share(
            name=self.wish.asset, floor_bytes=floor, most_bytes=self.size, curve=tuple(sorted(set(self.points)))
        )

    def _likely_floor(self, known: int) -> int:
        """Give the bytes at which the score should meet the floor, between a try that was under it and one above."""
        under = max((point for point in self.points if point[0] < known), default=None)
        above = min((point for point in self.points if point[0] >= known), default=None)
        wanted = self.limits.floor_score + _FLOOR_MARGIN
        if under is None or above is None or not under[1] < wanted < above[1]:
            return known
        return int(under[0] + (above[0] - under[0]) * (wanted - under[1]) / (above[1] - under[1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFitter:
    """Fits messages: ``run`` carries out jobs, ``scratch`` is a folder that the caller removes."""

    run: Run
    scratch: Path
    options: FitOptions = field(default_factory=FitOptions)
    bounds: Bounds = field(default_factory=Bounds)

    def check(self, draft: Draft, route: Route) -> Result:
        """Judge a message before any encode: its text, its parts, and whether the smallest of them could fit."""
        wishes = self._single_cards(draft.parts)
        outcomes = tuple(self._outcomes(wish, (route,), "check")[0] for wish in wishes)
        return self._judged(draft, route, wishes, outcomes)

    def fit(self, draft: Draft, route: Route) -> Result:
        """Fit every part within one budget and assemble the message."""
        wishes = self._single_cards(draft.parts)
        checked = tuple(self._outcomes(wish, (route,), "check")[0] for wish in wishes)
        judged = self._judged(draft, route, wishes, checked)
        stopped = (Verdict.CANNOT_FIT, Verdict.REFUSED, Verdict.FAILED)
        if judged.verdict in stopped:
            return judged
        kinds = [outcome.kind for outcome in checked if outcome.kind is not None]
        total = total_of(route, [route.limits_for(kind) for kind in kinds] or [route.limits_for(KindName.TEXT)])
        base = self._envelope(draft, wishes, ())
        if not wishes:
            return self._assembled(judged, draft, wishes, (), (), total)
        rooms = [] if total is None else [
            media_room(base, len(wishes), limit, total.counted_as)
            for limit in dict.fromkeys((total.target_bytes, total.limit_bytes))
        ]  # fmt: skip
        pieces = [
            self._piece(wish, kind, route, rooms[-1] if rooms else None)
            for wish, kind in zip(wishes, kinds, strict=True)
        ]
        failed = [piece.best for piece in pieces if not self._counts(piece.best)]
        if failed:
            worst = max((outcome.verdict for outcome in failed), key=_severity)
            return replace(judged, verdict=worst, parts=tuple(piece.best for piece in pieces))
        return self._shared(judged, draft, wishes, pieces, rooms, total)

    def _shared(
        self, judged: Result, draft: Draft, wishes: Sequence[Wish], pieces: list[_Piece], rooms: Sequence[int],
        total: Total | None,
    ) -> Result:  # fmt: skip
        if not rooms or sum(piece.size for piece in pieces) <= rooms[0]:
            sizes = tuple(piece.size for piece in pieces)
            return self._assembled(judged, draft, wishes, tuple(piece.best for piece in pieces), sizes, total)
        for piece in pieces:
            self._learn(piece)
        for room in rooms:
            for cautious in (False, True):
                given = allocate([piece.share(cautious=cautious) for piece in pieces], room)
                fitted = self._within(pieces, given.given, room) if given.possible else ()
                if fitted and sum(outcome.size_bytes or 0 for outcome in fitted) <= room:
                    return self._assembled(judged, draft, wishes, fitted, given.given, total)
        floors = sum(piece.share().floor_bytes for piece in pieces)
        found = _no_room(floors, rooms[-1])
        violations = (*judged.violations, found)
        return replace(judged, verdict=Verdict.CANNOT_FIT, parts=tuple(p.best for p in pieces), violations=violations)

    def _within(self, pieces: Sequence[_Piece], given: Sequence[int], room: int) -> tuple[Outcome, ...]:
        """Fit each part to its share; what one leaves unused raises the part that looks worst."""
        fitted = [self._at(piece, size) for piece, size in zip(pieces, given, strict=True)]
        stuck: set[int] = set()
        for _ in range(_ROUNDS + len(pieces)):
            left = room - sum(outcome.size_bytes or 0 for outcome in fitted)
            waiting = [i for i, each in enumerate(pieces) if i not in stuck and _bytes(fitted[i]) < each.size]
            if not waiting or left < _WORTH_ANOTHER_ROUND * room:
                break
            worst = min(waiting, key=lambda i: _score(fitted[i]))
            better = self._at(pieces[worst], _bytes(fitted[worst]) + left)
            if _bytes(better) <= _bytes(fitted[worst]):
                stuck.add(worst)
            else:
                fitted[worst] = better
        return tuple(fitted)

    def _at(self, piece: _Piece, size: int) -> Outcome:
        """Give the best rendition of a part within ``size`` bytes."""
        if size >= piece.size:
            return piece.best
        (made,) = self._fits(piece.wish, piece.limits, (size,))
        if self._counts(made):
            piece.done.append(made)
        smaller = [outcome for outcome in piece.done if (outcome.size_bytes or 0) <= size]
        return max(smaller, key=lambda outcome: (_score(outcome), outcome.size_bytes or 0), default=piece.best)

    def _learn(self, piece: _Piece) -> None:
        """Fit a part at a few smaller sizes, with one decode, to learn what fewer bytes make of it."""
        if piece.best.score is None and piece.kind not in _VISUAL:
            if piece.kind != KindName.AUDIO:
                piece.done.append(piece.best)
            return
        piece.points.append((piece.size, _score(piece.best)))
        piece.done.append(piece.best)
        levels = _STILL_LEVELS if piece.kind in (KindName.IMAGE, KindName.VCARD) else _MOVING_LEVELS
        sizes = tuple(int(piece.size * level) for level in levels if piece.size * level >= _SMALLEST_BYTES)
        for made in self._fits(piece.wish, piece.limits, sizes) if sizes else ():
            if made.size_bytes is None or made.verdict not in (Verdict.FITS, Verdict.FITTED, Verdict.BELOW_FLOOR):
                continue
            if made.score is not None:
                piece.points.append((made.size_bytes, made.score))
            if self._counts(made):
                piece.done.append(made)

    def _piece(self, wish: Wish, kind: KindName, route: Route, room: int | None) -> _Piece:
        """Fit a part with all the message's room to itself: more than that it can never have."""
        limits = route.limits_for(kind)
        own = [rule.allowed_bytes for rule in limits.size_rules if rule.scope != "total"]
        most = min([each for each in (*own, room) if each is not None], default=limits.limit_bytes)
        if most is None:
            (best,) = self._outcomes(wish, (route,), "fit")
        else:
            (best,) = self._fits(wish, limits, (max(most, 1),))
        return _Piece(wish=wish, kind=kind, limits=limits, best=best)

    def _fits(self, wish: Wish, limits: Limits, sizes: Sequence[int]) -> tuple[Outcome, ...]:
        routes = tuple(
            Route(
                name=f"{size} bytes", folder=f"{size}-bytes", channel="mms",
                limits=(replace(limits, size_rules=(), limit_bytes=size, target_bytes=size),),
            )
            for size in sizes
        )  # fmt: skip
        return self._outcomes(wish, routes, "fit")

    def _outcomes(self, wish: Wish, routes: tuple[Route, ...], mode: str) -> tuple[Outcome, ...]:
        job = Job(
            asset=wish.asset, path=wish.path, routes=routes, mode="check" if mode == "check" else "fit",
            options=self.options, bounds=self.bounds, scratch=self.scratch,
        )  # fmt: skip
        return self.run(job)

    def _counts(self, outcome: Outcome) -> bool:
        below = outcome.verdict == Verdict.BELOW_FLOOR and self.options.allow_below_floor
        return (outcome.done or below) and outcome.output is not None

    def _single_cards(self, wishes: Sequence[Wish]) -> tuple[Wish, ...]:
        """Give each card of a file of several a part of its own."""
        found: list[Wish] = []
        for number, wish in enumerate(wishes):
            cards = split_cards(wish.path.read_bytes()) if wish.path.suffix.lower() == ".vcf" else ()
            if len(cards) < 2:
                found.append(wish)
                continue
            for index, data in enumerate(cards, start=1):
                path = self.scratch / f"{number}-{index}.vcf"
                path.write_bytes(data)
                found.append(replace(wish, asset=f"{wish.asset}#{index}", path=path))
        return tuple(found)

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
        total = total_of(route, [route.limits_for(kind) for kind in kinds] or [route.limits_for(KindName.TEXT)])
        result = Result(
            route=route.name, folder=route.folder, verdict=verdict, parts=outcomes, violations=violations,
            warnings=warnings + route.warnings, fallback=plan(draft, route),
        )  # fmt: skip
        if total is None:
            return result
        result = replace(
            result, limit_bytes=total.limit_bytes, target_bytes=total.target_bytes, counted_as=total.counted_as
        )
        room = media_room(self._envelope(draft, wishes, ()), len(wishes), total.limit_bytes, total.counted_as)
        least = sum(map(_least_bytes, outcomes))
        if wishes and least > room:
            missing = _no_room(least, room)
            return replace(result, verdict=Verdict.CANNOT_FIT, violations=(*violations, missing))
        if verdict == Verdict.FITS and sum(outcome.size_bytes or 0 for outcome in outcomes) > room:
            return replace(result, verdict=Verdict.NEEDS_FIT)
        return result

    def _assembled(
        self, judged: Result, draft: Draft, wishes: Sequence[Wish], fitted: tuple[Outcome, ...],
        shares: tuple[int, ...], total: Total | None,
    ) -> Result:  # fmt: skip
        envelope = self._envelope(draft, wishes, fitted)
        size = counted(envelope, total.counted_as if total is not None else "binary")
        changed = any(outcome.verdict != Verdict.FITS for outcome in fitted)
        parts = tuple(replace(outcome, route=judged.route, shared_with=()) for outcome in fitted)
        result = replace(
            judged, verdict=Verdict.FITTED if changed else Verdict.FITS, parts=parts, shares=shares, size_bytes=size,
            envelope=envelope,
        )  # fmt: skip
        if total is not None and size > total.limit_bytes:
            return replace(result, verdict=Verdict.CANNOT_FIT, violations=(*judged.violations, _too_large(size, total)))
        return result

    def _envelope(self, draft: Draft, wishes: Sequence[Wish], fitted: Sequence[Outcome]) -> Envelope:
        """Put parts, text and presentation together; names carry the content's hash."""
        parts = [_part(wish, outcome) for wish, outcome in zip(wishes, fitted, strict=False)]
        text = draft.text.strip()
        if text:
            data = text.replace("\r\n", "\n").replace("\n", "\r\n").encode("utf-8")
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


def _part(wish: Wish, outcome: Outcome) -> Part:
    assert outcome.output is not None
    data = Path(outcome.output).read_bytes()
    suffix = Path(outcome.output).suffix.removeprefix(".") or _SUFFIXES.get(outcome.media_type or "", "bin")
    if outcome.media_type in _SUFFIXES:
        suffix = _SUFFIXES[outcome.media_type]
    is_text = (outcome.media_type or "").startswith("text/")
    return Part(
        name=part_name(wish.path.stem, suffix, data), media_type=outcome.media_type or "application/octet-stream",
        data=data, charset="utf-8" if is_text else None, duration_s=wish.duration_s or outcome.duration_s, alt=wish.alt,
    )  # fmt: skip


_SUFFIXES = {
    "image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp", "video/mp4": "mp4",
    "video/3gpp": "3gp", "audio/amr": "amr", "audio/mpeg": "mp3", "audio/mp4": "m4a", "audio/aac": "aac",
    "text/x-vcard": "vcf", "text/vcard": "vcf", "text/plain": "txt", "text/calendar": "ics", "application/pdf": "pdf",
    "audio/ogg": "ogg", "audio/wav": "wav",
}  # fmt: skip


def _unique(parts: Sequence[Part]) -> list[Part]:
    """Send equal content once: two parts of one name hold the same bytes."""
    return list({part.name: part for part in parts}.values())


def _least_bytes(outcome: Outcome) -> int:
    """Give the fewest bytes that a part could come to: documents never shrink, others to some kilobyte."""
    size = outcome.size_bytes or 0
    return size if outcome.kind in (KindName.DOCUMENT, KindName.TEXT) else min(size, _SMALLEST_BYTES)


def _no_room(least: int, room: int) -> Finding:
    words = f"the parts need {least:,} bytes at the least, and {max(room, 0):,} are left beside text and headers"
    return finding("no_room", words, limit="sizes.total", allowed=max(room, 0), actual=least)


def _too_large(size: int, total: Total) -> Finding:
    words = f"the finished message has {size:,} bytes ({total.counted_as}); the limit is {total.limit_bytes:,}"
    where = total.rule.fact.provenance() if total.rule is not None else {}
    return finding("message_over_limit", words, limit="sizes.total", allowed=total.limit_bytes, actual=size, **where)


def _bytes(outcome: Outcome) -> int:
    return outcome.size_bytes or 0


def _score(outcome: Outcome) -> float:
    """Give a score; moving pictures that pass untouched are as they were."""
    return outcome.score if outcome.score is not None else 100.0


def _severity(verdict: Verdict) -> int:
    order = (Verdict.FITS, Verdict.FITTED, Verdict.NEEDS_FIT, Verdict.BELOW_FLOOR, Verdict.CANNOT_FIT, Verdict.REFUSED)
    return order.index(verdict) if verdict in order else len(order)
