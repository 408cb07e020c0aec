"""What bytes buy: the best score that each size allows, for one asset and over a set.

An asset is one job on as many routes as there are sizes, so it is decoded once and its curves serve every size; the
sizes above one that reaches the cap need no encode. A GIF shares its frames, what moves in them and its judges, but
is encoded for each size: what it will take is foretold within several per cent only. To carry what one size's encodes
taught on to the next saved 4 of 35 encodes and 13 % of the CPU on six GIFs, and would have made a rendition depend
on the sizes that were asked for before it. Scores above the cap (90, not told apart) count as the cap: bytes
beyond it buy nothing that is seen.
"""

from __future__ import annotations

import csv
import io
import json
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mediaprep.errors import UsageError
from mediaprep.job import Job
from mediaprep.legible import printable
from mediaprep.limits import Limits, Route
from mediaprep.model import KindName, Outcome
from mediaprep.options import FitOptions
from mediaprep.units import format_size, parse_size

SCHEMA = "mediaprep.study/1"

GRID = (
    50_000, 75_000, 100_000, 150_000, 200_000, 300_000, 400_000, 500_000, 600_000, 750_000, 1_000_000, 1_500_000,
    2_000_000,
)  # fmt: skip
"""Sizes that are tried where none are named: carriers' limits and what lies between, 50 KB to 2 MB."""

KNEE_POINTS = 1.0
"""A size is good enough when it is within this of the best: half of what two people agree on (score 70 to 72)."""

CAP = 90.0
"""Where two pictures are not told apart on the scale of scores: the cap of routes that state none of their own."""

VISUAL = (KindName.IMAGE, KindName.ANIMATION, KindName.VIDEO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """The best that one size allows; ``score`` is None where nothing fits. ``encodes`` counts final encodes."""

    limit_bytes: int
    size_bytes: int | None = None
    score: float | None = None
    media_type: str | None = None
    width: int | None = None
    height: int | None = None
    encodes: int = 0
    cap: float = CAP

    @property
    def seen(self) -> float:
        """The score as far as it is seen: at most the cap, 0 where nothing fits."""
        return min(self.score or 0.0, self.cap)


@dataclass(frozen=True, slots=True, kw_only=True)
class Studied:
    """One asset's points, from the smallest size on; ``why`` says why there are none."""

    asset: str
    group: str
    kind: str
    source_bytes: int | None
    points: tuple[Point, ...]
    why: str = ""

    def at(self, limit_bytes: int) -> Point:
        """Give the point of a size that was tried."""
        return next(point for point in self.points if point.limit_bytes == limit_bytes)

    @property
    def knee_bytes(self) -> int | None:
        """The smallest size within a point of the best."""
        best = max((point.seen for point in self.points), default=0.0)
        return next((p.limit_bytes for p in self.points if p.score is not None and p.seen >= best - KNEE_POINTS), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One more route to serve with the same rendition: the size that is left, and what it costs."""

    route: str
    safe_bytes: int
    mean_score: float
    cost: float


def sizes_of(text: str | None) -> tuple[int, ...]:
    """Read ``50KB..2MB`` (the usual sizes between, with both ends) or a list with commas; None is the usual sizes.

    Raises UsageError.
    """
    if text is None:
        return GRID
    try:
        if ".." in text:
            low, high = (parse_size(part) for part in text.split("..", 1))
            if low >= high:
                raise UsageError(f"--sizes {text}: the first size must be the smaller one, as in 50KB..2MB")
            return tuple(sorted({low, high, *(size for size in GRID if low < size < high)}))
        return tuple(sorted({parse_size(part) for part in text.split(",")}))
    except ValueError as error:
        raise UsageError(f"--sizes: {error}; write 50KB..2MB, or sizes with commas") from error


def job_of(
    asset: str, path: Path, limits_for: Callable[[KindName], Limits], sizes: Sequence[int], scratch: Path
) -> Job:
    """Make the one job that tries every size, which must rise. A route here is nothing but a size."""
    routes = tuple(
        Route(
            name=str(size), folder=str(size), channel="mms",
            limits=tuple(
                replace(limits_for(kind), size_rules=(), limit_bytes=size, target_bytes=size) for kind in KindName
            ),
        )
        for size in sizes
    )  # fmt: skip
    options = FitOptions(allow_below_floor=True)
    return Job(
        asset=asset, path=path, routes=routes, mode="fit", options=options, dry_run=True, scratch=scratch,
        enough_score=cap_of(limits_for),
    )  # fmt: skip


def cap_of(limits_for: Callable[[KindName], Limits]) -> float:
    """Give the score above which no kind that is seen is worth a byte, as the route has it."""
    return max(limits_for(kind).cap_score for kind in VISUAL)


def studied(outcomes: Sequence[Outcome], group: str, cap: float = CAP) -> Studied:
    """Read the outcomes of a job of ``job_of``; scores above ``cap`` count as it."""
    first = outcomes[0]
    first_with = {outcome.output_sha256: outcome.route for outcome in reversed(outcomes)}
    made = [
        point if first_with[outcome.output_sha256] == outcome.route else replace(point, encodes=0)
        for outcome, point in zip(outcomes, (_point(outcome, cap) for outcome in outcomes), strict=True)
    ]
    why = ""
    if first.kind is not None and first.kind not in (*VISUAL, KindName.VCARD):
        why = f"nothing in {first.kind} is seen, so it has no score"
    elif all(point.score is None for point in made):
        why = "; ".join(v.message for v in first.violations) or "no size that was tried has a score"
    best = 0.0
    points: list[Point] = []
    for point in made:  # a smaller size's rendition fits a larger one, too
        better = point if point.seen >= best or not points else replace(points[-1], limit_bytes=point.limit_bytes)
        best = max(best, better.seen)
        points.append(better)
    return Studied(
        asset=first.asset, group=group, kind=str(first.kind or "unknown"),
        source_bytes=first.source.size_bytes if first.source else None, points=() if why else tuple(points), why=why,
    )  # fmt: skip


def _point(outcome: Outcome, cap: float) -> Point:
    limit = int(outcome.route)
    made = outcome.verdict in ("fits", "fitted", "below_floor") and (outcome.size_bytes or 0) <= limit
    if not made:
        return Point(limit_bytes=limit, encodes=len(outcome.attempts), cap=cap)
    score = outcome.score
    if score is None and outcome.treatment in ("passthrough", "remux", "strip"):
        score = 100.0  # the asset's own pictures
    return Point(
        limit_bytes=limit, size_bytes=outcome.size_bytes, score=score, media_type=outcome.media_type,
        width=outcome.width, height=outcome.height, encodes=len(outcome.attempts), cap=cap,
    )  # fmt: skip


def mean_at(assets: Iterable[Studied], limit_bytes: int) -> float | None:
    """Give the mean of what is seen at one size; None without assets."""
    seen = [each.at(limit_bytes).seen for each in assets if each.points]
    return statistics.mean(seen) if seen else None


def steps(assets: Sequence[Studied], routes: Sequence[tuple[str, int]]) -> tuple[Step, ...]:
    """Say what each further route costs, the most generous first: the rendition must be good for all before it, too."""
    found: list[Step] = []
    before: float | None = None
    for name, size in sorted(routes, key=lambda route: (-route[1], route[0])):
        score = mean_at(assets, size)
        if score is None:
            continue
        cost = 0.0 if before is None else before - score
        found.append(Step(route=name, safe_bytes=size, mean_score=round(score, 1), cost=round(cost, 1)))
        before = score
    return tuple(found)


def groups(assets: Sequence[Studied]) -> dict[str, list[Studied]]:
    """Put assets with a score into their groups, in the order of names."""
    found: dict[str, list[Studied]] = {}
    for each in sorted((each for each in assets if each.points), key=lambda each: each.group):
        found.setdefault(each.group, []).append(each)
    return found


def csv_text(assets: Sequence[Studied]) -> str:
    """Give a row for each asset and size."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(
        ["asset", "group", "kind", "source_bytes", "limit_bytes", "size_bytes", "score", "media_type", "width",
         "height", "encodes"]
    )  # fmt: skip
    for each in assets:
        for p in each.points:
            score = "" if p.score is None else f"{p.score:.1f}"
            writer.writerow([
                _cell(each.asset), _cell(each.group), each.kind, each.source_bytes, p.limit_bytes, p.size_bytes, score,
                p.media_type, p.width, p.height, p.encodes,
            ])  # fmt: skip
    return target.getvalue()


def _cell(text: str) -> str:
    """Give a name as a spreadsheet or a terminal shows it: none acts on either, whatever a file is called."""
    plain = printable(text)
    return f"'{plain}" if plain[:1] in ("=", "+", "-", "@") else plain


def json_text(assets: Sequence[Studied], found: Sequence[Step]) -> str:
    """Give the whole study as one document (ASCII)."""
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "cap": max((point.cap for each in assets for point in each.points), default=CAP),
        "knee_points": KNEE_POINTS,
        "delivery_safe_bytes": found[-1].safe_bytes if found else None,
        "routes": [
            {"route": s.route, "safe_bytes": s.safe_bytes, "mean_score": s.mean_score, "cost": s.cost} for s in found
        ],
        "assets": [
            {
                "asset": each.asset, "group": each.group, "kind": each.kind, "source_bytes": each.source_bytes,
                "knee_bytes": each.knee_bytes, "why": each.why or None,
                "points": [
                    {
                        "limit_bytes": p.limit_bytes, "size_bytes": p.size_bytes, "score": p.score,
                        "media_type": p.media_type, "width": p.width, "height": p.height, "encodes": p.encodes,
                    }
                    for p in each.points
                ],
            }
            for each in assets
        ],
    }  # fmt: skip
    return json.dumps(document, indent=1) + "\n"


def safe_sizes(routes: Sequence[Route], kinds: Iterable[KindName]) -> list[tuple[str, int]]:
    """Give each route's name with the most bytes that it takes of every one of these kinds."""
    found = []
    for route in routes:
        sizes = [route.limits_for(kind).target_bytes or route.limits_for(kind).limit_bytes for kind in kinds]
        known = [size for size in sizes if size is not None]
        if known:
            found.append((route.name, min(known)))
    return found


def size_words(size_bytes: int | None) -> str:
    """Print a size for a heading."""
    if size_bytes is None:
        return "-"
    for unit, factor in (("MB", 1_000_000), ("KB", 1_000)):
        if size_bytes >= factor and size_bytes * 10 % factor == 0:
            return f"{size_bytes / factor:g} {unit}"
    return f"{size_bytes / 1_000:.0f} KB" if size_bytes >= 10_000 else format_size(size_bytes)
