"""An asset as another kind: an animation as a film, where it is allowed, else proposed; a clip as a GIF, where asked.

The kind writes the asset anew, without loss, as a file of the other kind; that file is fitted as a job of its own.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mediaprep.errors import AssetError
from mediaprep.job import Job, RunJob
from mediaprep.kinds import AnimatingKind, Kind, PosingKind, RecastingKind, Session, supports
from mediaprep.limits import Route
from mediaprep.model import KindName, Outcome, Treatment, Verdict, finding
from mediaprep.options import FitOptions
from mediaprep.rules import GIF, check
from mediaprep.units import format_size
from mediaprep.workdir import private_folder, remove

STILLS = ("image/jpeg", "image/png")
"""What a frame is written as on a route that names no types: the file between may not pass as it is."""


WORTH_ASKING = 80.0
"""A rendition that scores less is worth the CPU of a film beside it, whose bytes and score are then proposed."""


def may_recast(kind: RecastingKind[Session], options: FitOptions) -> bool:
    """Whether the options let an asset go out as the other kind, and do not ask for it to stay what it is."""
    return kind.recast_option in options.allow and kind.kept_option not in options.keep


def takes_recast(kind: RecastingKind[Session], route: Route) -> bool:
    """Whether a route delivers what a kind would write its assets as."""
    limits = route.limits_for(kind.recast_as)
    return route.available and limits.delivered and kind.recast_type in limits.types


def instead(kind: Kind, session: Session | None, start: Outcome, job: Job, route: Route, run: RunJob) -> Outcome | None:
    """Fit the asset as the other kind where the options ask for it, or allow it and it does not fit as it is.

    None where they do neither, or where what is only allowed cannot be made.
    """
    if job.options.still and supports(kind, PosingKind) and session is not None and route.available:
        return _posed(kind, session, start, job, route, run)
    if job.options.as_gif and supports(kind, AnimatingKind) and session is not None and route.available:
        return _animated(kind, session, start, job, route, run)
    if not supports(kind, RecastingKind) or session is None or not may_recast(kind, job.options):
        return None
    if not check(session.info, route.limits_for(session.info.kind))[0]:
        return None
    made = _made(kind, session, job, route, run, written=True)
    if made is None or not made.done:
        return None
    told = replace(made, kind=start.kind, asset=start.asset, treatment=Treatment.TRANSCODE)
    return replace(told, source=start.source, source_sha256=start.source_sha256)


def _animated(
    kind: AnimatingKind[Session], session: Session, start: Outcome, job: Job, route: Route, run: RunJob
) -> Outcome:
    limits = route.limits_for(KindName.ANIMATION)
    if not limits.delivered or (limits.types and GIF not in limits.types):
        text = f"a GIF is asked for, and this route delivers {', '.join(limits.types) or 'no animations'}"
        missing = finding("animation_not_delivered", text, remedy="Fit it without --as-gif.")
        return replace(start, verdict=Verdict.CANNOT_FIT, treatment=Treatment.REJECT, violations=(missing,))
    if found := kind.unsuited(session, limits):
        trims = tuple(f"--trim {reason.allowed:g}" for reason in found if reason.name == "too_long")
        return replace(start, verdict=Verdict.CANNOT_FIT, treatment=Treatment.REJECT, violations=found, proposals=trims)
    others = tuple(row for row in route.limits if row.kind != KindName.ANIMATION)
    only = replace(route, limits=(*others, replace(limits, types=(GIF,))))  # the file between may not pass as it is
    folder = private_folder("recast")
    try:
        inside = _inside(job, kind.animate(session, limits, folder), route, folder, written=True)
        made = run(replace(inside, routes=(only,)))[0]
    finally:
        remove(folder)
    told = replace(made, kind=start.kind, asset=start.asset)
    return replace(told, source=start.source, source_sha256=start.source_sha256)


def _posed(kind: PosingKind[Session], session: Session, start: Outcome, job: Job, route: Route, run: RunJob) -> Outcome:
    """Fit one frame as a picture; whether the route takes pictures is found there."""
    limits = route.limits_for(KindName.IMAGE)
    others = tuple(row for row in route.limits if row.kind != KindName.IMAGE)
    only = replace(route, limits=(*others, replace(limits, types=limits.types or STILLS)))
    folder = private_folder("recast")
    try:
        inside = _inside(job, kind.pose(session, folder), route, folder, written=True)
        made = run(replace(inside, routes=(only,)))[0]
    finally:
        remove(folder)
    told = replace(made, kind=start.kind, asset=start.asset)
    return replace(told, source=start.source, source_sha256=start.source_sha256)


def proposed(kind: Kind, session: Session | None, outcome: Outcome, job: Job, route: Route, run: RunJob) -> Outcome:
    """Add what the asset would come to as the other kind, where it came out poor or not at all."""
    poor = not outcome.done or (outcome.score is not None and outcome.score < WORTH_ASKING)
    if not supports(kind, RecastingKind) or session is None or not poor or kind.recast_option in job.options.allow:
        return outcome
    if kind.kept_option in job.options.keep or job.mode != "fit":
        return outcome
    made = _made(kind, session, job, route, run, written=False)
    if made is None or not made.done or made.size_bytes is None:
        return outcome
    score = "" if made.score is None else f", score {made.score:.0f}"
    text = f"--allow {kind.recast_option} ({format_size(made.size_bytes)}{score})"
    return replace(outcome, proposals=(*outcome.proposals, text))


def _made(
    kind: RecastingKind[Session], session: Session, job: Job, route: Route, run: RunJob, *, written: bool
) -> Outcome | None:
    if not takes_recast(kind, route):
        return None
    folder = private_folder("recast")
    try:
        path = kind.recast(session, folder)
        return run(_inside(job, path, route, folder, written=written))[0]
    except AssetError:
        return None  # what cannot be made is no proposal; the outcome stays what it was
    finally:
        remove(folder)


def _inside(job: Job, path: Path, route: Route, folder: Path, *, written: bool) -> Job:
    """Make the job that fits what a kind wrote, for one route; its output is the outer job's where ``written``."""
    return replace(
        job,
        path=path,
        routes=(route,),
        outputs=None if job.outputs is None or not written else (job.outputs[job.routes.index(route)],),
        options=replace(job.options, trim=None, allow=(), as_gif=False),
        scratch=job.scratch if written else folder,
        dry_run=job.dry_run or not written,
    )
