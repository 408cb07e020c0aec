"""One asset on one route: keep its bytes or pixels if that will do, else plan and encode, and write what came of it."""

from __future__ import annotations

from dataclasses import replace

from mediaprep.attempts import run_plan
from mediaprep.errors import ToolError
from mediaprep.inner import assembled
from mediaprep.job import OnEvent, RunJob
from mediaprep.judge import below_floor, nothing_fits, verdict_of
from mediaprep.kinds import (
    Decoding,
    FittingKind,
    HoldingKind,
    KeepingKind,
    Kept,
    Kind,
    RewrappingKind,
    Session,
    supports,
)
from mediaprep.limits import Limits, Route
from mediaprep.model import Finding, KindName, MediaInfo, Outcome, Treatment, Verdict, finding
from mediaprep.opened import Opened
from mediaprep.plugins import load
from mediaprep.rendition import Rendition, deliver
from mediaprep.rules import TOO_LARGE, check
from mediaprep.verify import hold


def fit_on(
    opened: Opened,
    kind: Kind,
    session: Session | None,
    route: Route,
    limits: Limits,
    index: int,
    on_event: OnEvent,
    run: RunJob,
) -> tuple[Outcome, Rendition | None]:
    """Fit an opened asset on its job's route ``index``; the rendition is None where nothing may be written."""
    weighed = _weighed(opened, kind, route, limits)
    settled = _settled(opened, kind, session, limits, index, *weighed)
    if settled is not None:
        return settled
    assert supports(kind, KeepingKind)
    assert session is not None
    _, _, base = _weighed(opened, kind, route, limits)  # again: decoding may have told more
    return _transcode(opened, kind, session, base, limits, index, on_event, run)


def settle_on(
    opened: Opened, kind: Kind, session: Session | None, route: Route, limits: Limits, index: int
) -> tuple[Outcome, Rendition | None] | None:
    """Settle what takes no encode: nothing can be done, or the bytes or pixels stay. None where one is needed."""
    return _settled(opened, kind, session, limits, index, *_weighed(opened, kind, route, limits))


def _settled(
    opened: Opened,
    kind: Kind,
    session: Session | None,
    limits: Limits,
    index: int,
    verdict: Verdict,
    violations: tuple[Finding, ...],
    base: Outcome,
) -> tuple[Outcome, Rendition | None] | None:
    if verdict == Verdict.CANNOT_FIT:
        opened.confirm(kind)
        return replace(base, verdict=verdict, treatment=Treatment.REJECT, violations=violations), None
    assert opened.info is not None
    if not supports(kind, KeepingKind) or session is None:
        opened.confirm(kind)
        assert opened.source is not None
        same = Kept(
            treatment=Treatment.PASSTHROUGH, media_type=opened.info.media_type, suffix=opened.info.suffix,
            path=opened.source.path,
        )  # fmt: skip
        return _keep(opened, base, same, limits, index)
    cures = TOO_LARGE | kind.cures if supports(kind, RewrappingKind) else TOO_LARGE
    if all(v.name in cures for v in violations):
        kept_or_none = kind.keep(session, limits)
        if kept_or_none is not None and _keeps_limit(kept_or_none, limits):
            if not (supports(session, Decoding) and session.decoded):  # another route's search has read it whole
                opened.confirm(kind)
                broken, _ = check(opened.kept_part(kind), limits, misnamed=opened.misnamed)
                if not all(v.name in cures for v in broken):  # what only decoding tells, like a doubled sample rate
                    return None
            return _kept_or_none(opened, base, kept_or_none, limits, index)
    return None


def _kept_or_none(
    opened: Opened, base: Outcome, kept: Kept, limits: Limits, index: int
) -> tuple[Outcome, Rendition] | None:
    """Write what was kept; None where it does not read back by itself, so that its pixels are made anew.

    A GIF whose last picture is short shows as long as other bytes follow it, which a decoder takes for the picture's.
    """
    try:
        return _keep(opened, base, kept, limits, index)
    except ToolError as error:
        assert opened.info is not None
        if error.code != "verify_failed" or opened.info.kind not in (KindName.IMAGE, KindName.ANIMATION):
            raise
        return None


def _weighed(opened: Opened, kind: Kind, route: Route, limits: Limits) -> tuple[Verdict, tuple[Finding, ...], Outcome]:
    """Hold an asset against limits: check's verdict, what is broken, and the outcome to go on from."""
    kept = opened.kept_part(kind)
    violations, warnings = check(kept, limits, misnamed=opened.misnamed)
    verdict, violations, proposals = verdict_of(kind, kept, route, violations)
    return verdict, violations, replace(opened.outcome(route, limits), warnings=warnings, proposals=proposals)


def _keep(opened: Opened, base: Outcome, kept: Kept, limits: Limits, index: int) -> tuple[Outcome, Rendition]:
    """Write bytes whose pixels or samples are the asset's own."""
    assert opened.info is not None
    same = kept.treatment == Treatment.PASSTHROUGH
    rendition = Rendition.make(
        kept.data, kept.path, kept.media_type, kept.suffix, opened.job, limits, verified=not same
    )
    still = opened.info.kind == KindName.IMAGE
    outcome = replace(
        base,
        verdict=Verdict.FITS if same else Verdict.FITTED,
        treatment=kept.treatment,
        media_type=kept.media_type,
        size_bytes=rendition.size_bytes,
        output_sha256=rendition.sha256,
        rendition=rendition.info,
        score=100.0 if still else None,
        score_metric=_metric() if still else None,
        output=deliver(rendition, opened.job, index),
    )
    return outcome, rendition


def _transcode(
    opened: Opened,
    kind: KeepingKind,
    session: Session,
    base: Outcome,
    limits: Limits,
    index: int,
    on_event: OnEvent,
    run: RunJob,
) -> tuple[Outcome, Rendition | None]:
    """Run the kind's plan, then write what it chose."""
    job = opened.job
    if supports(kind, HoldingKind):
        choice, attempts = assembled(kind, session, limits, job, base.route, run)
    else:
        assert supports(kind, FittingKind)
        choice, attempts = run_plan(kind, session, limits, job, base.route, on_event)
    told = base.warnings
    if choice.encoded is None or choice.encoded.step.media_type != base.media_type:
        told = tuple(warning for warning in told if warning.name != "may_not_move")  # it is about the asset's own type
    base = replace(
        base,
        attempts=tuple(attempts),
        warnings=told + choice.warnings,
        proposals=base.proposals + choice.proposals,
    )
    if choice.encoded is None:
        reasons = choice.violations if choice.nearest is None else ()  # bytes are not the trouble
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
    if (below or choice.violations) and not job.options.allow_below_floor:
        width, height = encoded.step.canvas or (encoded.step.width, encoded.step.height)
        return replace(base, verdict=Verdict.BELOW_FLOOR, width=width, height=height), None
    rendition = opened.staged.get(encoded.data) if encoded.data is not None else None
    if rendition is None:
        rendition = Rendition.make(encoded.data, encoded.path, encoded.step.media_type, suffix, job, limits)
        if encoded.data is not None and len(job.routes) > 1:
            opened.staged[encoded.data] = rendition
    else:
        assert rendition.info is not None
        hold(rendition.info, rendition.size_bytes, limits)
    assert rendition.info is not None
    outcome = replace(
        base,
        warnings=base.warnings + _cut_short(opened.kept_part(kind), rendition.info, base.warnings),
        verdict=Verdict.BELOW_FLOOR if below or choice.violations else Verdict.FITTED,
        width=rendition.info.width,
        height=rendition.info.height,
        frames=rendition.info.frames,
        duration_s=rendition.info.duration_s,
        rendition=rendition.info,
        output_sha256=rendition.sha256,
        output=deliver(rendition, job, index),
    )
    return outcome, rendition


def _keeps_limit(kept: Kept, limits: Limits) -> bool:
    size = len(kept.data) if kept.data is not None else kept.path.stat().st_size if kept.path else 0
    return limits.limit_bytes is None or size <= limits.limit_bytes


def _metric() -> str:
    from mediaprep.score import METRIC

    return METRIC


_LATE_S, _LATE_SHARE = 0.5, 0.03
"""What a rendition may lack of the stated duration: encoders' padding, a last frame, a duration from a bit rate."""


def _cut_short(asked: MediaInfo, made: MediaInfo, told: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Warn where less could be decoded than the asset says it has, as in a file whose transfer broke off."""
    if made.kind not in (KindName.AUDIO, KindName.VIDEO) or asked.kind != made.kind:
        return ()
    if {"salvaged", "silence_trimmed"} & {warning.name for warning in told}:
        return ()
    there, stated = made.duration_s or 0.0, asked.duration_s or 0.0
    if there >= stated - max(_LATE_S, _LATE_SHARE * stated):
        return ()
    text = f"the file says that it lasts {stated:.1f} s, but only {there:.1f} s could be decoded; those are used"
    return (finding("salvaged", text, allowed=round(stated, 2), actual=round(there, 2)),)
