"""One asset on all its routes: probe, check, keep or plan, encode, verify, outcomes. Runs inside a worker.

This module is the order of the steps. What is known of the asset is in ``opened``, what one route needs in
``fitting``, encodes and their number in ``attempts``, bytes on their way to their places in ``rendition``.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field, replace

from mediaprep.fitting import fit_on
from mediaprep.job import AssetStarted, Job, OnEvent, OutcomeReady, ShareDone, silent
from mediaprep.judge import name_shares, on_route, verdict_of
from mediaprep.kinds import CompanionKind, KeepingKind, Kind, RecastingKind, Reporting, Session, supports
from mediaprep.limits import Limits, Route
from mediaprep.model import KindName, Outcome
from mediaprep.opened import Opened
from mediaprep.otherwise import instead, proposed
from mediaprep.rendition import Rendition, deliver, deliver_again, deliver_extras
from mediaprep.rules import check


def run(job: Job, on_event: OnEvent | None = None) -> tuple[Outcome, ...]:
    """Carry out a job and give one outcome for each of its routes; errors about the asset become outcomes."""
    on_event = on_event or silent
    on_event(AssetStarted(asset=job.asset))
    started = time.perf_counter()
    opened = Opened(job=job.narrowed())
    outcomes = opened.guarded(lambda: _carried_out(opened, on_event))
    elapsed = round(time.perf_counter() - started, 4)
    outcomes = tuple(replace(outcome, elapsed_s=elapsed) for outcome in outcomes)
    for outcome in outcomes:
        on_event(OutcomeReady(outcome=outcome))
    return outcomes


def _carried_out(opened: Opened, on_event: OnEvent) -> tuple[Outcome, ...]:
    kind = opened.read()
    return _fit_all(opened, kind, on_event) if opened.job.mode == "fit" else _check_all(opened, kind)


def _check_all(opened: Opened, kind: Kind) -> tuple[Outcome, ...]:
    """Say for each route what ``check`` says: fits, needs_fit, or cannot_fit; ``look`` takes headers at their word."""
    info = opened.confirm(kind) if opened.job.mode == "check" else opened.facts
    kept = opened.kept_part(kind)
    outcomes = []
    for route in opened.job.routes:
        limits = route.limits_for(info.kind)
        violations, warnings = check(kept, limits, misnamed=opened.misnamed)
        verdict, violations, proposals = verdict_of(kind, kept, route, violations)
        outcomes.append(
            replace(
                opened.outcome(route, limits),
                verdict=verdict,
                violations=violations,
                warnings=warnings + route.warnings,
                proposals=proposals,
            )
        )
    return tuple(outcomes)


def _fit_all(opened: Opened, kind: Kind, on_event: OnEvent) -> tuple[Outcome, ...]:
    """Fit each distinct set of limits once; routes that share it share the rendition."""
    routes = opened.job.routes
    with contextlib.ExitStack() as stack:
        stack.callback(opened.staged.clear)
        fits = _Fits(opened, kind, on_event, stack)
        outcomes = [fits.on(route, index) for index, route in enumerate(routes)]
    finished = (replace(o, warnings=o.warnings + r.warnings) for o, r in zip(outcomes, routes, strict=True))
    return name_shares(tuple(finished))


@dataclass(slots=True)
class _Fits:
    """What was made of one asset so far, by the limits it was made for; open as long as ``stack``."""

    opened: Opened
    kind: Kind
    on_event: OnEvent
    stack: contextlib.ExitStack
    session: Session | None = None
    done: dict[str, tuple[Outcome, Rendition]] = field(default_factory=dict)
    undone: dict[str, Outcome] = field(default_factory=dict)

    def on(self, route: Route, index: int) -> Outcome:
        """Fit the asset on its job's route ``index``, unless another route of the same limits has said all."""
        limits = route.limits_for(self.opened.facts.kind)
        key = self._key(route, limits)
        if key in self.done:
            return _shared(self.opened, *self.done[key], route, limits, index)
        if key in self.undone:
            return on_route(self.undone[key], route, limits)
        outcome, rendition = self._made(route, limits, index)
        if rendition is not None:
            self.stack.callback(rendition.release, self.opened.job)
            self.done[key] = (outcome, rendition)
        elif not outcome.done and not supports(self.kind, RecastingKind):  # what else it could be is the route's matter
            self.undone[key] = outcome
        return outcome

    def _key(self, route: Route, limits: Limits) -> str:
        """Name the limits that decide; where the job says what score is enough, the first that came to it."""
        key = f"{limits.digest()} {route.available}"
        enough = self.opened.job.enough_score
        if key in self.done or enough is None:
            return key
        return next((known for known, (made, _) in self.done.items() if (made.score or 0.0) >= enough), key)

    def _made(self, route: Route, limits: Limits, index: int) -> tuple[Outcome, Rendition | None]:
        """Fit the asset as it is, or as what the options ask for in its place; write what belongs beside it."""
        opened, kind, job = self.opened, self.kind, self.opened.job
        if self.session is None and supports(kind, KeepingKind):
            self.session = self.stack.enter_context(open_session(opened, kind, self.on_event))
        session = self.session
        rendition = None
        outcome = instead(kind, session, opened.outcome(route, limits), job, route, run)
        if outcome is None:
            outcome, rendition = fit_on(opened, kind, session, route, limits, index, self.on_event, run)
        outcome = proposed(kind, session, outcome, job, route, run)
        if rendition is not None and session is not None and supports(kind, CompanionKind):
            extras = kind.companions(session, limits)
            outcome = replace(outcome, companions=deliver_extras(extras, job, index))
        return outcome, rendition


def open_session(opened: Opened, kind: KeepingKind[Session], on_event: OnEvent) -> Session:
    """Open the asset for fitting; the shares of its long steps are reported."""
    info = opened.facts
    if info.kind == KindName.IMAGE and info.transparent is None:  # only its pixels tell
        info = opened.confirm(kind)
    session = kind.open(opened.file, info, opened.job.options, opened.job.bounds)
    if supports(session, Reporting):
        session.on_share = lambda share: on_event(ShareDone(asset=opened.job.asset, share=share))
    return session


def _shared(opened: Opened, first: Outcome, rendition: Rendition, route: Route, limits: Limits, index: int) -> Outcome:
    """Give another route of the same limits the same rendition."""
    return replace(
        on_route(first, route, limits),
        output=deliver(rendition, opened.job, index),
        companions=deliver_again(first.companions, opened.job, index),
    )
