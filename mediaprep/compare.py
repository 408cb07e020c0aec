"""Two folders of renditions of the same originals, judged file by file on the same routes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mediaprep.closing import Closing
from mediaprep.errors import AssetError, ToolError, UsageError
from mediaprep.executors import outcomes_of
from mediaprep.job import Job
from mediaprep.likeness import Likeness, likeness
from mediaprep.limits import Route
from mediaprep.model import Finding, Outcome, Verdict, finding
from mediaprep.naming import INDEX_NAME, place_of
from mediaprep.options import Bounds, Isolation
from mediaprep.rules import TOO_LARGE
from mediaprep.sandbox import caller

SCHEMA = "mediaprep.comparison/1"

_MESSAGE_SUFFIXES = frozenset({".mime", ".mms", ".mm7", ".smil", ".json"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One file of one side on one route. ``outcome`` is what ``check`` says of it, with what the likeness adds."""

    path: Path
    outcome: Outcome
    likeness: Likeness | None

    @property
    def over_limit(self) -> bool:
        """Whether it has more bytes than the route delivers."""
        return any(violation.name in TOO_LARGE for violation in self.outcome.violations)

    @property
    def gps(self) -> bool:
        """Whether it says where the original was made."""
        return self.outcome.source is not None and self.outcome.source.gps

    @property
    def sideways(self) -> bool:
        """Whether it lies on its side, or is upright only where a viewer honours its flag."""
        flagged = any(warning.name == "orientation_flag" for warning in self.outcome.warnings)
        return flagged or bool(self.likeness and self.likeness.turned_deg)

    @property
    def faults(self) -> tuple[str, ...]:
        """Name what is wrong, worst first, in words for people; nothing where it is fine."""
        like = self.likeness or Likeness()
        outcome = self.outcome
        return (
            *([str(outcome.verdict)] if outcome.verdict in (Verdict.REFUSED, Verdict.FAILED) else []),
            *(["over the limit"] if self.over_limit else []),
            *(
                f"{found.name.replace('_', ' ')} ({found.code})"
                for found in outcome.violations
                if found.name not in TOO_LARGE
            ),
            *(["sideways"] if self.sideways else []),
            *(["stopped"] if like.stopped else []),
            *([f"{like.codes_lost} of {like.codes} codes lost"] if like.codes_lost else []),
            *(["GPS"] if self.gps else []),
        )

    def to_record(self) -> dict[str, Any]:
        """Give the JSON values."""
        like = self.likeness or Likeness()
        return {
            "path": str(self.path), "verdict": str(self.outcome.verdict), "size_bytes": self.outcome.size_bytes,
            "limit_bytes": self.outcome.limit_bytes, "media_type": self.outcome.media_type, "score": like.score,
            "over_limit": self.over_limit, "gps": self.gps, "sideways": self.sideways, "stopped": like.stopped,
            "codes": like.codes, "codes_lost": like.codes_lost,
            "violations": [violation.to_record() for violation in self.outcome.violations],
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One asset on one route: the old file and the new one, None where a side has none."""

    asset: str
    route: str
    original: Path | None
    old: Judged | None
    new: Judged | None

    def to_record(self) -> dict[str, Any]:
        """Give the record of ``mediaprep.comparison/1``."""
        return {
            "schema": SCHEMA, "asset": self.asset, "route": self.route,
            "original": str(self.original) if self.original else None,
            "old": self.old.to_record() if self.old else None, "new": self.new.to_record() if self.new else None,
        }  # fmt: skip


class Comparison(Closing):
    """Compares two folders; a context manager that owns the worker in which files are decoded."""

    def __init__(
        self, old: Path, new: Path, routes: Sequence[Route], originals: Path | None = None,
        isolation: Isolation = "workers",
    ) -> None:  # fmt: skip
        """Remember what to compare. Raises UsageError for a folder that is not there."""
        for name, folder in (("OLD", old), ("NEW", new), ("--originals", originals)):
            if folder is not None and not folder.is_dir():
                raise UsageError(f"{name}: {folder} is not a folder; give the folder that holds the renditions")
        self._sides = (old, new)
        self._routes = tuple(routes)
        self._originals = _by_stem(originals) if originals is not None else {}
        self._caller = caller(isolation)
        self._bounds = Bounds()

    def close(self) -> None:
        """Stop the worker."""
        self._caller.close()

    def pairs(self) -> Iterator[Pair]:
        """Give the pairs, route by route, in the order of names. Raises UsageError where the folders share no name."""
        for route in self._routes:
            old, new = (_by_stem(_side(folder, route)) for folder in self._sides)
            if not set(old) & set(new):
                raise UsageError(
                    f"{self._sides[0]} and {self._sides[1]} have no asset in common: files are paired by their path "
                    "below either folder, without its suffix"
                )
            for stem in sorted({*old, *new}):
                original = self._originals.get(stem)
                sides = [self._judged(files.get(stem), original, route) for files in (old, new)]
                yield Pair(asset=stem, route=route.name, original=original, old=sides[0], new=sides[1])

    def _judged(self, path: Path | None, original: Path | None, route: Route) -> Judged | None:
        if path is None:
            return None
        job = Job(asset=str(path), path=path.absolute(), routes=(route,), mode="check")
        try:
            (outcome,) = self._call("mediaprep.pipeline:run", job)
        except (AssetError, ToolError) as error:
            (outcome,) = outcomes_of(job, error)
        like = None
        if original is not None and outcome.verdict not in (Verdict.REFUSED, Verdict.FAILED):
            try:
                values = self._call(f"{likeness.__module__}:{likeness.__name__}", original, path, self._bounds)
                like = Likeness(
                    score=values[0], turned_deg=values[1], stopped=values[2], codes=values[3], codes_lost=values[4]
                )
            except (AssetError, ToolError):
                like = None
        added = tuple(_added(like)) if like is not None else ()
        score = like.score if like is not None else None
        return Judged(
            path=path, likeness=like, outcome=replace(outcome, score=score, warnings=(*outcome.warnings, *added))
        )

    def _call(self, function: str, *args: Any) -> Any:
        return self._caller.run(function, *args, bounds=self._bounds)


def _added(like: Likeness) -> Iterator[Finding]:
    if like.turned_deg:
        yield finding("sideways", f"the picture lies on its side: it is off by {like.turned_deg} degrees")
    if like.stopped:
        yield finding("stopped", "the original moves and this does not")
    if like.codes_lost:
        yield finding("code_at_risk", f"{like.codes_lost} of {like.codes} bar codes no longer scan")


def _side(folder: Path, route: Route) -> Path:
    """Give the folder of one route's renditions: below the side's own, where there is one."""
    own = folder / route.folder
    return own if own.is_dir() else folder


def _by_stem(folder: Path) -> dict[str, Path]:
    """Find files by the name that a rendition of theirs has; posters and what is no rendition are left out.

    Those that differ by suffix only have it in their names, as renditions of such assets have (``map-png``).
    """
    found: dict[str, list[Path]] = {}
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(root, name)
            if name.startswith(".") or name == INDEX_NAME or path.suffix in _MESSAGE_SUFFIXES:
                continue
            if path.is_symlink() or path.stem.endswith("-poster"):
                continue
            found.setdefault("/".join(place_of(path.relative_to(folder).parts)), []).append(path)
    return {
        stem if len(paths) == 1 else f"{stem}-{path.suffix[1:]}": path
        for stem, paths in found.items()
        for path in paths
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """One side of a comparison, summed up over what both sides have; None is what only originals could tell."""

    files: int
    size_bytes: int
    over_limit: int
    refused: int
    gps: int
    sideways: int
    stopped: int | None
    codes_lost: int | None
    mean_score: float | None


def totals(pairs: Sequence[Pair]) -> tuple[Total, Total]:
    """Sum both sides up over the assets that both have: sums of different files would compare nothing."""
    both = [(pair.old, pair.new) for pair in pairs if pair.old is not None and pair.new is not None]
    return _total([old for old, _ in both]), _total([new for _, new in both])


def _total(side: Sequence[Judged]) -> Total:
    likes = [each.likeness for each in side if each.likeness is not None]
    scores = [like.score for like in likes if like.score is not None]
    return Total(
        files=len(side),
        size_bytes=sum(each.outcome.size_bytes or 0 for each in side),
        over_limit=sum(each.over_limit for each in side),
        refused=sum(each.outcome.verdict in (Verdict.REFUSED, Verdict.FAILED) for each in side),
        gps=sum(each.gps for each in side),
        sideways=sum(each.sideways for each in side),
        stopped=sum(like.stopped for like in likes) if likes else None,
        codes_lost=sum(like.codes_lost for like in likes) if likes else None,
        mean_score=round(sum(scores) / len(scores), 1) if scores else None,
    )
