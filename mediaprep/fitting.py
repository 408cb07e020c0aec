"""One asset on one route: keep its bytes or pixels if that will do, else plan and encode, and write what came of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mediaprep.attempts import run_plan
from mediaprep.errors import ToolError
from mediaprep.inner import assembled
from mediaprep.job import OnEvent, RunJob
from mediaprep.judge import below_floor, nothing_fits, verdict_of
from mediaprep.kinds import (
    Choice,
    Decoding,
    Encoded,
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

Written = tuple[Outcome, Rendition | None]
"""What came of a fit; the rendition is None where nothing may be written."""


def fit_on(
    opened: Opened, kind: Kind, session: Session | None, route: Route, limits: Limits, index: int,
    on_event: OnEvent, run: RunJob,
) -> Written:  # fmt: skip
    """Fit an opened asset on its job's route ``index``."""
    fit = _Fit(opened, kind, session, route, limits, index)
    settled = fit.settled()
    if settled is not None:
        return settled
    return fit.transcoded(on_event, run)


def settle_on(
    opened: Opened, kind: Kind, session: Session | None, route: Route, limits: Limits, index: int
) -> Written | None:
    """Settle what takes no encode: nothing can be done, or the bytes or pixels stay. None where one is needed."""
    return _Fit(opened, kind, session, route, limits, index).settled()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Weighed:
    """An asset held against limits: check's verdict, what is broken, and the outcome to go on from."""

    verdict: Verdict
    violations: tuple[Finding, ...]
    base: Outcome


@dataclass(frozen=True, slots=True)
class _Fit:
    """One asset on its job's route ``index``."""

    opened: Opened
    kind: Kind
    session: Session | None
    route: Route
    limits: Limits
    index: int

    def weighed(self) -> _Weighed:
        """Hold what is known of the asset by now against the limits."""
        facts = self.opened.kept_part(self.kind)
        violations, warnings = check(facts, self.limits, misnamed=self.opened.misnamed)
        verdict, violations, proposals = verdict_of(self.kind, facts, self.route, violations)
        base = replace(self.opened.outcome(self.route, self.limits), warnings=warnings, proposals=proposals)
        return _Weighed(verdict=verdict, violations=violations, base=base)

    def settled(self) -> Written | None:
        """Settle what takes no encode; None where one is needed."""
        opened, kind, session = self.opened, self.kind, self.session
        weighed = self.weighed()
        if weighed.verdict == Verdict.CANNOT_FIT:
            opened.confirm(kind)
            return _rejected(weighed.base, weighed.violations)
        if not supports(kind, KeepingKind) or session is None:
            opened.confirm(kind)
            same = Kept(
                treatment=Treatment.PASSTHROUGH, media_type=opened.facts.media_type, suffix=opened.facts.suffix,
                path=opened.file.path,
            )  # fmt: skip
            return self.kept(weighed.base, same)
        cures = TOO_LARGE | kind.cures if supports(kind, RewrappingKind) else TOO_LARGE
        if not all(v.name in cures for v in weighed.violations):
            return None
        found = kind.keep(session, self.limits)
        if found is None or not _keeps_limit(found, self.limits):
            return None
        if not (supports(session, Decoding) and session.decoded):  # another route's search has read it whole
            opened.confirm(kind)
            broken, _ = check(opened.kept_part(kind), self.limits, misnamed=opened.misnamed)
            if not all(v.name in cures for v in broken):  # what only decoding tells, like a doubled sample rate
                return None
        return self.kept_or_none(weighed.base, found)

    def kept_or_none(self, base: Outcome, kept: Kept) -> Written | None:
        """Write what was kept; None where it does not read back by itself, so that its pixels are made anew.

        A GIF whose last picture is short shows as long as other bytes follow it, which a decoder takes for the
        picture's.
        """
        try:
            return self.kept(base, kept)
        except ToolError as error:
            if error.code != "verify_failed" or self.opened.facts.kind not in (KindName.IMAGE, KindName.ANIMATION):
                raise
            return None

    def kept(self, base: Outcome, kept: Kept) -> Written:
        """Write bytes whose pixels or samples are the asset's own."""
        job = self.opened.job
        same = kept.treatment == Treatment.PASSTHROUGH
        rendition = Rendition.make(
            kept.data, kept.path, kept.media_type, kept.suffix, job, self.limits, verified=not same
        )
        still = self.opened.facts.kind == KindName.IMAGE
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
            output=deliver(rendition, job, self.index),
        )
        return outcome, rendition

    def transcoded(self, on_event: OnEvent, run: RunJob) -> Written:
        """Run the kind's plan, then write what it chose."""
        kind, session, limits, job = self.kind, self.session, self.limits, self.opened.job
        assert session is not None
        base = self.weighed().base  # again: decoding may have told more
        if supports(kind, HoldingKind):
            choice, attempts = assembled(kind, session, limits, job, base.route, run)
        else:
            assert supports(kind, FittingKind)
            choice, attempts = run_plan(kind, session, limits, job, base.route, on_event)
        base = replace(_told_of(choice, base), attempts=tuple(attempts))
        if choice.encoded is None:
            reasons = choice.violations if choice.nearest is None else ()  # bytes are not the trouble
            return _rejected(base, reasons or (nothing_fits(choice, limits), *choice.violations))
        encoded = choice.encoded
        lasts_s = self.opened.kept_part(kind).duration_s
        base, below = _scored(replace(base, violations=choice.violations), encoded, limits, lasts_s)
        poor = below or bool(choice.violations)
        if poor and not job.options.allow_below_floor:
            width, height = encoded.step.canvas or (encoded.step.width, encoded.step.height)
            return replace(base, verdict=Verdict.BELOW_FLOOR, width=width, height=height), None
        rendition, info = self.staged(encoded)
        outcome = replace(
            base,
            warnings=base.warnings + _cut_short(self.opened.kept_part(kind), info, base.warnings),
            verdict=Verdict.BELOW_FLOOR if poor else Verdict.FITTED,
            width=info.width,
            height=info.height,
            frames=info.frames,
            duration_s=info.duration_s,
            rendition=info,
            output_sha256=rendition.sha256,
            output=deliver(rendition, job, self.index),
        )
        return outcome, rendition

    def staged(self, encoded: Encoded) -> tuple[Rendition, MediaInfo]:
        """Give an encode as a rendition with its facts: read back now, or for another route that ended at it."""
        opened, step = self.opened, encoded.step
        rendition = opened.staged.get(encoded.data) if encoded.data is not None else None
        if rendition is not None:
            assert rendition.info is not None
            hold(rendition.info, rendition.size_bytes, self.limits)
            return rendition, rendition.info
        suffix = step.suffix or load("encoders", step.encoder).suffix
        rendition = Rendition.make(encoded.data, encoded.path, step.media_type, suffix, opened.job, self.limits)
        if encoded.data is not None and len(opened.job.routes) > 1:
            opened.staged[encoded.data] = rendition
        assert rendition.info is not None
        return rendition, rendition.info


def _rejected(base: Outcome, violations: tuple[Finding, ...]) -> Written:
    return replace(base, verdict=Verdict.CANNOT_FIT, treatment=Treatment.REJECT, violations=violations), None


def _told_of(choice: Choice, base: Outcome) -> Outcome:
    """Add what a plan has to say; what was said of the asset's own type alone goes where another was chosen."""
    told = base.warnings
    if choice.encoded is None or choice.encoded.step.media_type != base.media_type:
        told = tuple(warning for warning in told if warning.name != "may_not_move")
    return replace(base, warnings=told + choice.warnings, proposals=base.proposals + choice.proposals)


def _scored(base: Outcome, encoded: Encoded, limits: Limits, duration_s: float | None) -> tuple[Outcome, bool]:
    """Describe what was chosen and how it looks; say, too, whether that is below the floor."""
    score = encoded.score
    base = replace(
        base,
        treatment=Treatment.TRANSCODE,
        media_type=encoded.step.media_type,
        size_bytes=encoded.size_bytes,
        score=None if score is None else round(score, 1),
        score_metric=None if score is None else encoded.score_metric or _metric(),
    )
    if score is None or score >= max(limits.floor_score, limits.warn_score):
        return base, False
    if score < limits.floor_score:
        return replace(base, violations=(*base.violations, below_floor(encoded, limits, duration_s))), True
    text = f"the rendition scores {score:.0f} of 100; under {limits.warn_score:g} looks visibly worse"
    return replace(base, warnings=(*base.warnings, finding("low_score", text, actual=round(score, 1)))), False


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
