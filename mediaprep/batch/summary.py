"""What a batch came to, by verdict and reason: the record ``mediaprep.summary/1``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from mediaprep.codes import CODES
from mediaprep.journal import Count, Entry, Journal
from mediaprep.model import Outcome, Verdict

SUMMARY_SCHEMA = "mediaprep.summary/1"

DONE = frozenset(verdict for verdict in Verdict if verdict.done)
"""For the words of a journal, among which damage may have left others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Counts of outcomes (one for each asset and group). ``reused`` of them stood already; encodes are this run's."""

    out: str
    assets: int
    planned: int
    outcomes: int
    reused: int
    verdicts: tuple[tuple[str, int], ...]
    reasons: tuple[Count, ...]
    source_bytes: int
    rendition_bytes: int
    encodes: int
    elapsed_s: float
    finished: bool

    @classmethod
    def of_shards(cls, shards: Sequence[Self]) -> Self:
        """Add up the summaries of a batch's shards."""
        verdicts: Counter[str] = Counter()
        for shard in shards:
            verdicts.update(dict(shard.verdicts))
        total = shards[0]
        for shard in shards[1:]:
            total = replace(
                total,
                **{name: getattr(total, name) + getattr(shard, name) for name in _SUMS},
                finished=total.finished and shard.finished,
            )
        return replace(total, verdicts=tuple(verdicts.most_common()))

    def to_record(self) -> dict[str, Any]:
        """Give the record; keys are always all there."""
        return {
            "schema": SUMMARY_SCHEMA,
            "out": self.out,
            "finished": self.finished,
            "assets": self.assets,
            "planned": self.planned,
            "outcomes": self.outcomes,
            "reused": self.reused,
            "verdicts": dict(self.verdicts),
            "reasons": [
                {"verdict": r.verdict, "code": r.code, "name": name_of(r.code), "outcomes": r.outcomes,
                 "example": r.example}
                for r in self.reasons
            ],
            "source_bytes": self.source_bytes,
            "rendition_bytes": self.rendition_bytes,
            "encodes": self.encodes,
            "elapsed_s": round(self.elapsed_s, 3),
        }  # fmt: skip


_SUMS = (
    "assets", "planned", "outcomes", "reused", "reasons", "source_bytes", "rendition_bytes", "encodes", "elapsed_s",
)  # fmt: skip


def status(journal: Journal, out: str) -> Summary:
    """Give what the last run of a journal has gone through: what it made, and what stood of earlier ones."""
    counts = journal.counts()
    verdicts: Counter[str] = Counter()
    for count in counts:
        verdicts[count.verdict] += count.outcomes
    assets, source_bytes = journal.assets()
    ended = journal.ended
    planned = journal.stated("planned") or 0
    return Summary(
        out=out, assets=assets, planned=planned, outcomes=sum(verdicts.values()), reused=0,
        verdicts=tuple(verdicts.most_common()), reasons=counts, source_bytes=source_bytes,
        rendition_bytes=sum(count.size_bytes for count in counts if count.verdict in DONE),
        encodes=sum(count.encodes for count in counts), elapsed_s=0.0, finished=ended,
    )  # fmt: skip


def name_of(code: str | None) -> str | None:
    """Give a code's name; None where there is no code."""
    return CODES[code].name if code is not None and code in CODES else None


@dataclass(slots=True)
class Tally:
    """Counts that grow while a run goes on; their size does not depend on the number of assets."""

    assets: int = 0
    outcomes: int = 0
    reused: int = 0
    source_bytes: int = 0
    rendition_bytes: int = 0
    encodes: int = 0
    by_reason: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    bytes_by_reason: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    example: dict[tuple[str, str | None], str] = field(default_factory=dict)

    def add(self, outcomes: Iterable[Outcome]) -> None:
        """Count the outcomes of one asset."""
        self.assets += 1
        size_bytes = 0
        for outcome in outcomes:
            reason = (str(outcome.verdict), next((v.code for v in outcome.violations), None))
            self.by_reason[reason] += 1
            self.bytes_by_reason[reason] += outcome.size_bytes or 0
            self.example.setdefault(reason, outcome.asset)
            self.outcomes += 1
            self.reused += outcome.reused is not None
            self.encodes += 0 if outcome.reused else len(outcome.attempts)
            self.rendition_bytes += (outcome.size_bytes or 0) if outcome.done else 0
            size_bytes = outcome.source.size_bytes if outcome.source is not None else 0
        self.source_bytes += size_bytes

    def add_kept(self, entries: Sequence[Entry], *, whole: bool) -> None:
        """Count entries that stood already; ``whole`` if the asset has no other outcomes in this run."""
        for entry in entries:
            reason = (entry.verdict, entry.code)
            self.by_reason[reason] += 1
            self.bytes_by_reason[reason] += entry.size_bytes or 0
            self.example.setdefault(reason, entry.asset)
            self.rendition_bytes += (entry.size_bytes or 0) if entry.verdict in DONE else 0
        self.outcomes += len(entries)
        self.reused += len(entries)
        if whole:
            self.assets += 1
            self.source_bytes += int(entries[0].signature.partition("-")[0] or 0)

    def summary(self, *, out: str, planned: int, elapsed_s: float, finished: bool) -> Summary:
        """Give what was counted so far."""
        verdicts: Counter[str] = Counter()
        for (verdict, _), number in self.by_reason.items():
            verdicts[verdict] += number
        reasons = tuple(
            Count(
                verdict=verdict,
                code=code,
                outcomes=number,
                size_bytes=self.bytes_by_reason[verdict, code],
                encodes=0,
                example=self.example[verdict, code],
            )
            for (verdict, code), number in self.by_reason.most_common()
        )
        return Summary(
            out=out, assets=self.assets, planned=planned, outcomes=self.outcomes, reused=self.reused,
            verdicts=tuple(verdicts.most_common()), reasons=reasons, source_bytes=self.source_bytes,
            rendition_bytes=self.rendition_bytes, encodes=self.encodes, elapsed_s=elapsed_s, finished=finished,
        )  # fmt: skip
