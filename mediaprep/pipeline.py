"""One asset on all its routes: probe, check, keep or plan, encode, verify, outcomes. Runs inside a worker.

This module alone runs encodes, counts them and writes renditions; kinds only say what to try next.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from mediaprep.engine import engine
from mediaprep.errors import AssetError, ToolError
from mediaprep.inner import assembled
from mediaprep.job import AssetStarted, AttemptMade, Event, Job, OutcomeReady, ShareDone
from mediaprep.judge import attempt, below_floor, is_choice, looks_like, name_shares, nothing_fits, verdict_of
from mediaprep.kinds import (
    Choice,
    CompanionKind,
    FittingKind,
    HoldingKind,
    KeepingKind,
    Kept,
    Kind,
    Reporting,
    RewrappingKind,
    Session,
    TrimmingKind,
    all_kinds,
    identify,
)
from mediaprep.limits import Limits, Route
from mediaprep.model import (
    Attempt,
    Finding,
    KindName,
    MediaInfo,
    Outcome,
    Treatment,
    Verdict,
    finding,
    finding_from,
)
from mediaprep.otherwise import instead, proposed
from mediaprep.plugins import load
from mediaprep.rendition import Rendition, confidence, deliver, deliver_again, deliver_extras
from mediaprep.rules import check
from mediaprep.storage import Source, open_source
from mediaprep.units import format_size

MOST_ENCODES = 60
"""Final encodes that one route group may take; plans end far below (a still takes 1 to 3)."""

Send = Callable[[Event], None]

_SIZE_CODES = frozenset({"over_limit", "over_ingest_limit"})


def run(job: Job, on_event: Send | None = None) -> tuple[Outcome, ...]:
    """Carry out a job and give one outcome for each of its routes; errors about the asset become outcomes."""
    send = on_event or _silent
    send(AssetStarted(asset=job.asset))
    started = time.perf_counter()
    work = _Work(job=job.narrowed(), send=send)
    try:
        outcomes = work.run()
    except AssetError as error:
        outcomes = work.all_alike(Verdict.REFUSED, finding_from(error))
    except ToolError as error:
        outcomes = work.all_alike(Verdict.FAILED, finding_from(error))
    except MemoryError:
        text = f"{job.asset} needs more memory than the bound of {format_size(job.bounds.max_memory_bytes)}"
        outcomes = work.all_alike(Verdict.REFUSED, finding("memory_bound", text))
    except Exception as error:  # noqa: BLE001  # one asset's surprise must not end a run of thousands
        where = traceback.extract_tb(error.__traceback__)[-1]
        text = f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"
        outcomes = work.all_alike(Verdict.FAILED, finding("internal", text))
    elapsed = round(time.perf_counter() - started, 4)
    outcomes = tuple(replace(outcome, elapsed_s=elapsed) for outcome in outcomes)
    for outcome in outcomes:
        send(OutcomeReady(outcome=outcome))
    return outcomes


def _silent(event: Event) -> None:
    """Take an event and do nothing."""


@dataclass(slots=True)
class _Work:
    """What is known so far about the job's asset."""

    job: Job
    send: Send
    source: Source | None = None
    info: MediaInfo | None = None
    sha256: str | None = None
    confirmed: bool = False
    misnamed: str = ""
    attempts: list[Attempt] = field(default_factory=list)

    def run(self) -> tuple[Outcome, ...]:
        """Probe, then judge or fit on every route."""
        job = self.job
        source = self.source = open_source(job.path, job.bounds.max_file_bytes)
        kind, info = self._probe(source)
        self.info = info
        self.sha256 = source.sha256()
        if job.mode == "check":
            self.info = kind.confirm(source, info, job.bounds)
            return tuple(self._judge(kind, route) for route in job.routes)
        return self._fit_all(kind)

    def _probe(self, source: Source) -> tuple[Kind, MediaInfo]:
        known = identify(source)
        if known is None:
            raise AssetError("unsupported", f"{source.name} is of no kind that mediaprep reads{looks_like(source)}")
        kind, form = known
        if kind.name == KindName.ANIMATION and self.job.options.still:
            kind = next(k for k in all_kinds() if k.name == KindName.IMAGE)
            form = next(f for f in kind.formats if f.match(source.head))
        suffix = source.path.suffix.removeprefix(".").lower()
        usual = form.suffixes or (form.suffix,)
        self.misnamed = suffix if suffix and suffix not in (*usual, form.suffix) else ""
        return kind, kind.probe(source, form, self.job.bounds)

    def confirm(self, kind: Kind) -> MediaInfo:
        """Decode once to prove that the source is whole."""
        assert self.source is not None
        assert self.info is not None
        if not self.confirmed:
            self.info = kind.confirm(self.source, self.info, self.job.bounds)
            self.confirmed = True
        return self.info

    def all_alike(self, verdict: Verdict, found: Finding) -> tuple[Outcome, ...]:
        """Give every route the same outcome, for what concerns the asset itself."""
        return tuple(
            replace(self._outcome(route), verdict=verdict, treatment=Treatment.REJECT, violations=(found,))
            for route in self.job.routes
        )

    def _outcome(self, route: Route, limits: Limits | None = None) -> Outcome:
        """Start an outcome from the route and the facts known so far."""
        info = self.info
        base = Outcome(
            asset=self.job.asset,
            route=route.name,
            verdict=Verdict.FAILED,
            channel=route.channel,
            provider=route.provider,
            sender=route.sender,
            source_sha256=self.sha256,
            engine=engine(),
            profiles_digest=route.profiles_digest or None,
            confidence=route.confidence,
        )
        if info is not None:
            base = replace(
                base,
                kind=info.kind,
                source=info,
                media_type=info.media_type,
                size_bytes=info.size_bytes,
                width=info.width,
                height=info.height,
                frames=info.frames,
                duration_s=info.duration_s,
            )
        if limits is not None:
            base = replace(
                base,
                target_bytes=limits.target_bytes,
                limit_bytes=limits.limit_bytes,
                counted_as=limits.counted_as,
                confidence=confidence(route, limits),
            )
        return base

    def _kept_part(self, kind: Kind) -> MediaInfo:
        """Give the facts of the part that the options keep (``--trim``), which is what limits judge."""
        assert self.info is not None
        return kind.shortened(self.info, self.job.options) if isinstance(kind, TrimmingKind) else self.info

    def _judge(self, kind: Kind, route: Route) -> Outcome:
        """Say what ``check`` says: fits, needs_fit, or cannot_fit."""
        assert self.info is not None
        limits = route.limits_for(self.info.kind)
        kept = self._kept_part(kind)
        violations, warnings = check(kept, limits, misnamed=self.misnamed)
        verdict, violations, proposals = verdict_of(kind, kept, route, violations)
        return replace(
            self._outcome(route, limits),
            verdict=verdict,
            violations=violations,
            warnings=warnings + route.warnings,
            proposals=proposals,
        )

    def _fit_all(self, kind: Kind) -> tuple[Outcome, ...]:
        """Fit each distinct set of limits once; routes that share it share the rendition."""
        assert self.info is not None
        if self.info.transparent is None and (self.info.mode or "").startswith(("RGBA", "LA", "P", "PA")):
            self.confirm(kind)
        done: dict[str, tuple[Outcome, Rendition]] = {}
        outcomes: list[Outcome] = []
        session: Session | None = None
        try:
            for index, route in enumerate(self.job.routes):
                limits = route.limits_for(self.info.kind)
                key = f"{limits.digest()} {route.available}"
                if key in done:
                    outcomes.append(self._shared(*done[key], route, limits, index))
                    continue
                if session is None and isinstance(kind, KeepingKind):
                    assert self.source is not None
                    session = kind.open(self.source, self.info, self.job.options, self.job.bounds)
                    if isinstance(session, Reporting):
                        session.on_share = lambda share: self.send(ShareDone(asset=self.job.asset, share=share))
                film = instead(kind, session, self._outcome(route, limits), self.job, route, run)
                outcome, rendition = (film, None) if film else self._fit(kind, session, route, limits, index)
                outcome = proposed(kind, session, outcome, self.job, route, run)
                if rendition is not None and session is not None and isinstance(kind, CompanionKind):
                    extras = kind.companions(session, limits)
                    outcome = replace(outcome, companions=deliver_extras(extras, self.job, index))
                outcomes.append(outcome)
                if rendition is not None:
                    done[key] = (outcome, rendition)
        finally:
            if session is not None:
                session.__exit__(None, None, None)
            for _, rendition in done.values():
                rendition.release(self.job)
        finished = (
            replace(o, warnings=o.warnings + r.warnings) for o, r in zip(outcomes, self.job.routes, strict=True)
        )
        return name_shares(tuple(finished))

    def _shared(self, first: Outcome, rendition: Rendition, route: Route, limits: Limits, index: int) -> Outcome:
        """Give another route of the same limits the same rendition."""
        own = self._outcome(route, limits)
        return replace(
            first,
            route=own.route,
            channel=own.channel,
            provider=own.provider,
            sender=own.sender,
            confidence=own.confidence,
            profiles_digest=own.profiles_digest,
            output=deliver(rendition, self.job, index),
            companions=deliver_again(first.companions, self.job, index),
        )

    def _fit(
        self, kind: Kind, session: Session | None, route: Route, limits: Limits, index: int
    ) -> tuple[Outcome, Rendition | None]:
        """Fit on one route: keep the bytes or pixels if that will do, else plan and encode."""
        assert self.info is not None
        kept = self._kept_part(kind)
        violations, warnings = check(kept, limits, misnamed=self.misnamed)
        verdict, violations, proposals = verdict_of(kind, kept, route, violations)
        base = replace(self._outcome(route, limits), warnings=warnings, proposals=proposals)
        if verdict == Verdict.CANNOT_FIT:
            self.confirm(kind)
            return replace(base, verdict=verdict, treatment=Treatment.REJECT, violations=violations), None
        if not isinstance(kind, KeepingKind) or session is None:
            self.confirm(kind)
            assert self.source is not None
            same = Kept(
                treatment=Treatment.PASSTHROUGH, media_type=self.info.media_type, suffix=self.info.suffix,
                path=self.source.path,
            )  # fmt: skip
            return self._keep(base, same, limits, index)
        cures = _SIZE_CODES | kind.cures if isinstance(kind, RewrappingKind) else _SIZE_CODES
        if all(v.name in cures for v in violations):
            kept_or_none = kind.keep(session, limits)
            if kept_or_none is not None and _keeps_limit(kept_or_none, limits):
                self.confirm(kind)
                return self._keep(base, kept_or_none, limits, index)
        return self._transcode(kind, session, base, limits, index)

    def _keep(self, base: Outcome, kept: Kept, limits: Limits, index: int) -> tuple[Outcome, Rendition]:
        """Write bytes whose pixels or samples are the asset's own."""
        assert self.info is not None
        same = kept.treatment == Treatment.PASSTHROUGH
        rendition = Rendition.make(
            kept.data, kept.path, kept.media_type, kept.suffix, self.job, limits, verified=not same
        )
        still = self.info.kind == KindName.IMAGE
        outcome = replace(
            base,
            verdict=Verdict.FITS if same else Verdict.FITTED,
            treatment=kept.treatment,
            media_type=kept.media_type,
            size_bytes=rendition.size_bytes,
            output_sha256=rendition.sha256,
            score=100.0 if still else None,
            score_metric=_metric() if still else None,
            output=deliver(rendition, self.job, index),
        )
        return outcome, rendition

    def _transcode(
        self, kind: KeepingKind, session: Session, base: Outcome, limits: Limits, index: int
    ) -> tuple[Outcome, Rendition | None]:
        """Run the kind's plan, then write what it chose."""
        if isinstance(kind, HoldingKind):
            choice, attempts = assembled(kind, session, limits, self.job, base.route, run)
        else:
            assert isinstance(kind, FittingKind)
            choice, attempts = self._run_plan(kind, session, base.route, limits)
        base = replace(
            base,
            attempts=tuple(attempts),
            warnings=base.warnings + choice.warnings,
            proposals=base.proposals + choice.proposals,
        )
        if choice.encoded is None:
            reasons = choice.violations if isinstance(kind, HoldingKind) and choice.nearest is None else ()
            violations = reasons or (nothing_fits(choice, limits), *choice.violations)
            return replace(base, verdict=Verdict.CANNOT_FIT, treatment=Treatment.REJECT, violations=violations), None
        encoded = choice.encoded
        score = encoded.score
        below = score is not None and score < limits.floor_score
        suffix = encoded.step.suffix or load("encoders", encoded.step.encoder).suffix
        base = replace(
            base,
            treatment=Treatment.TRANSCODE,
            media_type=encoded.step.media_type,
            size_bytes=encoded.size_bytes,
            score=None if score is None else round(score, 1),
            score_metric=None if score is None else encoded.score_metric or _metric(),
            violations=choice.violations,
        )
        if below:
            base = replace(base, violations=(*base.violations, below_floor(encoded, limits)))
        elif score is not None and score < limits.warn_score:
            text = f"the rendition scores {score:.0f} of 100; under {limits.warn_score:g} looks visibly worse"
            base = replace(base, warnings=(*base.warnings, finding("low_score", text, actual=round(score, 1))))
        if (below or choice.violations) and not self.job.options.allow_below_floor:
            width, height = encoded.step.canvas or (encoded.step.width, encoded.step.height)
            return replace(base, verdict=Verdict.BELOW_FLOOR, width=width, height=height), None
        rendition = Rendition.make(encoded.data, encoded.path, encoded.step.media_type, suffix, self.job, limits)
        assert rendition.info is not None
        outcome = replace(
            base,
            verdict=Verdict.BELOW_FLOOR if below or choice.violations else Verdict.FITTED,
            width=rendition.info.width,
            height=rendition.info.height,
            frames=rendition.info.frames,
            duration_s=rendition.info.duration_s,
            output_sha256=rendition.sha256,
            output=deliver(rendition, self.job, index),
        )
        return outcome, rendition

    def _run_plan(
        self, kind: FittingKind, session: Session, route: str, limits: Limits
    ) -> tuple[Choice, list[Attempt]]:
        """Feed the plan with what its steps come to; count final encodes and hold their bound."""
        attempts: list[Attempt] = []

        def driven() -> Choice:
            plan = kind.plan(session, limits)
            try:
                step = next(plan)
                while True:
                    encoded = kind.encode(session, step)
                    if step.final:
                        made = attempt(encoded)
                        attempts.append(made)
                        self.send(AttemptMade(asset=self.job.asset, route=route, attempt=made))
                        if len(attempts) > MOST_ENCODES:
                            raise ToolError("internal", f"the plan for {self.job.asset} did not end")
                    step = plan.send(encoded)
            except StopIteration as stop:
                choice: Choice = stop.value
                return choice

        choice = driven()
        if choice.encoded is not None and choice.encoded.score is not None:
            attempts = [
                replace(a, score=round(choice.encoded.score, 1)) if is_choice(a, choice.encoded) else a
                for a in attempts
            ]
        return choice, attempts


def _keeps_limit(kept: Kept, limits: Limits) -> bool:
    size = len(kept.data) if kept.data is not None else kept.path.stat().st_size if kept.path else 0
    return limits.limit_bytes is None or size <= limits.limit_bytes


def _metric() -> str:
    from mediaprep.score import METRIC

    return METRIC
