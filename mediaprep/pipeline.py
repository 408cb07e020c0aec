"""One asset on all its routes: probe, check, keep or plan, encode, verify, outcomes. Runs inside a worker.

This module is the order of the steps. What is known of the asset is in ``opened``, what one route needs in
``fitting``, encodes and their number in ``attempts``, bytes on their way to their places in ``rendition``.
"""

from __future__ import annotations

import time
from dataclasses import replace

from mediaprep.fitting import fit_on
from mediaprep.job import AssetStarted, Job, OnEvent, OutcomeReady, ShareDone, silent
from mediaprep.judge import name_shares, on_route, verdict_of
from mediaprep.kinds import CompanionKind, KeepingKind, Kind, RecastingKind, Reporting, Session, supports
from mediaprep.limits import Limits, Route
from mediaprep.model import Outcome
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
    assert opened.info is not None
    info = opened.confirm(kind) if opened.job.mode == "check" else opened.info
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
    info, job = opened.info, opened.job
    assert info is not None
    done: dict[str, tuple[Outcome, Rendition]] = {}
    undone: dict[str, Outcome] = {}
    outcomes: list[Outcome] = []
    session: Session | None = None
    try:
        for index, route in enumerate(job.routes):
            limits = route.limits_for(info.kind)
            key = f"{limits.digest()} {route.available}"
            if key not in done and job.enough_score is not None:
                key = next((known for known, (o, _) in done.items() if (o.score or 0.0) >= job.enough_score), key)
            if key in done:
                outcomes.append(_shared(opened, *done[key], route, limits, index))
                continue
            if key in undone:
                outcomes.append(on_route(undone[key], route, limits))
                continue
            if session is None and supports(kind, KeepingKind):
                session = open_session(opened, kind, on_event)
            film = instead(kind, session, opened.outcome(route, limits), job, route, run)
            outcome, rendition = (
                (film, None) if film else fit_on(opened, kind, session, route, limits, index, on_event, run)
            )
            outcome = proposed(kind, session, outcome, job, route, run)
            if rendition is not None and session is not None and supports(kind, CompanionKind):
                extras = kind.companions(session, limits)
                outcome = replace(outcome, companions=deliver_extras(extras, job, index))
            outcomes.append(outcome)
            if rendition is not None:
                done[key] = (outcome, rendition)
            elif not outcome.done and not supports(kind, RecastingKind):  # what else it could be is the route's matter
                undone[key] = outcome
    finally:
        if session is not None:
            session.__exit__(None, None, None)
        for _, rendition in done.values():
            rendition.release(job)
        opened.staged.clear()
    finished = (replace(o, warnings=o.warnings + r.warnings) for o, r in zip(outcomes, job.routes, strict=True))
    return name_shares(tuple(finished))


def open_session(opened: Opened, kind: KeepingKind, on_event: OnEvent) -> Session:
    """Open the asset for fitting; the shares of its long steps are reported."""
    assert opened.source is not None
    assert opened.info is not None
    info = opened.info
    if info.transparent is None and (info.mode or "").startswith(("RGBA", "LA", "P", "PA")):
        info = opened.confirm(kind)
    session = kind.open(opened.source, info, opened.job.options, opened.job.bounds)
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
