"""One asset on all its routes: probe, check, keep or plan, encode, verify, outcomes. Runs inside a worker.

This module is the order of the steps. What is known of the asset is in ``opened``, what one route needs in
``fitting``, encodes and their number in ``attempts``, bytes on their way to their places in ``rendition``.
"""

from __future__ import annotations

import time
import traceback
from dataclasses import replace
from pathlib import Path

from mediaprep.attempts import Send
from mediaprep.errors import AssetError, ToolError
from mediaprep.fitting import fit_on
from mediaprep.job import AssetStarted, Event, Job, OutcomeReady, ShareDone
from mediaprep.judge import name_shares, verdict_of
from mediaprep.kinds import CompanionKind, KeepingKind, Kind, Reporting, Session
from mediaprep.limits import Limits, Route
from mediaprep.model import Outcome, Verdict, finding, finding_from
from mediaprep.opened import Opened
from mediaprep.otherwise import instead, proposed
from mediaprep.rendition import Rendition, deliver, deliver_again, deliver_extras
from mediaprep.rules import check
from mediaprep.units import format_size


def run(job: Job, on_event: Send | None = None) -> tuple[Outcome, ...]:
    """Carry out a job and give one outcome for each of its routes; errors about the asset become outcomes."""
    send = on_event or _silent
    send(AssetStarted(asset=job.asset))
    started = time.perf_counter()
    opened = Opened(job=job.narrowed())
    try:
        kind = opened.read()
        outcomes = _check_all(opened, kind) if job.mode == "check" else _fit_all(opened, kind, send)
    except AssetError as error:
        outcomes = opened.all_alike(Verdict.REFUSED, finding_from(error))
    except ToolError as error:
        outcomes = opened.all_alike(Verdict.FAILED, finding_from(error))
    except MemoryError:
        text = f"{job.asset} needs more memory than the bound of {format_size(job.bounds.max_memory_bytes)}"
        outcomes = opened.all_alike(Verdict.REFUSED, finding("memory_bound", text))
    except Exception as error:  # noqa: BLE001  # one asset's surprise must not end a run of thousands
        where = traceback.extract_tb(error.__traceback__)[-1]
        text = f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"
        outcomes = opened.all_alike(Verdict.FAILED, finding("internal", text))
    elapsed = round(time.perf_counter() - started, 4)
    outcomes = tuple(replace(outcome, elapsed_s=elapsed) for outcome in outcomes)
    for outcome in outcomes:
        send(OutcomeReady(outcome=outcome))
    return outcomes


def _silent(event: Event) -> None:
    """Take an event and do nothing."""


def _check_all(opened: Opened, kind: Kind) -> tuple[Outcome, ...]:
    """Say for each route what ``check`` says: fits, needs_fit, or cannot_fit."""
    info = opened.confirm(kind)
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


def _fit_all(opened: Opened, kind: Kind, send: Send) -> tuple[Outcome, ...]:
    """Fit each distinct set of limits once; routes that share it share the rendition."""
    info, job = opened.info, opened.job
    assert info is not None
    if info.transparent is None and (info.mode or "").startswith(("RGBA", "LA", "P", "PA")):
        info = opened.confirm(kind)
    done: dict[str, tuple[Outcome, Rendition]] = {}
    outcomes: list[Outcome] = []
    session: Session | None = None
    try:
        for index, route in enumerate(job.routes):
            limits = route.limits_for(info.kind)
            key = f"{limits.digest()} {route.available}"
            if key in done:
                outcomes.append(_shared(opened, *done[key], route, limits, index))
                continue
            if session is None and isinstance(kind, KeepingKind):
                session = _session(opened, kind, send)
            film = instead(kind, session, opened.outcome(route, limits), job, route, run)
            outcome, rendition = (
                (film, None) if film else fit_on(opened, kind, session, route, limits, index, send, run)
            )
            outcome = proposed(kind, session, outcome, job, route, run)
            if rendition is not None and session is not None and isinstance(kind, CompanionKind):
                extras = kind.companions(session, limits)
                outcome = replace(outcome, companions=deliver_extras(extras, job, index))
            outcomes.append(outcome)
            if rendition is not None:
                done[key] = (outcome, rendition)
    finally:
        if session is not None:
            session.__exit__(None, None, None)
        for _, rendition in done.values():
            rendition.release(job)
    finished = (replace(o, warnings=o.warnings + r.warnings) for o, r in zip(outcomes, job.routes, strict=True))
    return name_shares(tuple(finished))


def _session(opened: Opened, kind: KeepingKind, send: Send) -> Session:
    """Open the asset for fitting; the shares of its long steps are reported."""
    assert opened.source is not None
    assert opened.info is not None
    session = kind.open(opened.source, opened.info, opened.job.options, opened.job.bounds)
    if isinstance(session, Reporting):
        session.on_share = lambda share: send(ShareDone(asset=opened.job.asset, share=share))
    return session


def _shared(opened: Opened, first: Outcome, rendition: Rendition, route: Route, limits: Limits, index: int) -> Outcome:
    """Give another route of the same limits the same rendition."""
    own = opened.outcome(route, limits)
    return replace(
        first,
        route=own.route,
        channel=own.channel,
        provider=own.provider,
        sender=own.sender,
        confidence=own.confidence,
        profiles_digest=own.profiles_digest,
        output=deliver(rendition, opened.job, index),
        companions=deliver_again(first.companions, opened.job, index),
    )
