"""An asset inside an asset (a card's photo): fitted by its own kind as a job of its own, then put back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mediaprep.errors import ToolError
from mediaprep.job import Job, RunJob
from mediaprep.judge import attempt
from mediaprep.kinds import Choice, Fitted, HoldingKind, Inner, Session
from mediaprep.limits import Limits, Route
from mediaprep.model import Attempt, Outcome, Verdict
from mediaprep.storage import disk_error
from mediaprep.workdir import private_folder, remove


def assembled(
    kind: HoldingKind[Session], session: Session, limits: Limits, job: Job, route: str, run: RunJob
) -> tuple[Choice, list[Attempt]]:
    """Fit what is inside a job's asset, let its kind put the whole together; give also every attempt made."""
    fitted: list[Fitted] = []
    attempts: list[Attempt] = []
    for inner in kind.embedded(session, limits):
        outcome, data = _fitted(inner, job, route, run)
        why = "; ".join(found.message for found in outcome.violations)
        fitted.append(Fitted(data=data, score=outcome.score, why=why))
        attempts += outcome.attempts
    choice = kind.assemble(session, limits, tuple(fitted))
    if choice.encoded is not None:
        attempts.append(attempt(choice.encoded))
    return choice, attempts


def _fitted(inner: Inner, job: Job, route: str, run: RunJob) -> tuple[Outcome, bytes | None]:
    """Run an inner asset in a folder of its own. Raises ToolError where something failed that is not its fault."""
    folder = private_folder("inner")
    try:
        path = folder / "inner"
        path.write_bytes(inner.data)
        own = Route(name=route, folder="inner", channel="inner", limits=(inner.limits,))
        options = replace(job.options, still=True, allow_below_floor=False)
        inside = Job(
            asset=inner.name, path=path, routes=(own,), mode="fit", options=options, bounds=job.bounds, scratch=folder
        )
        (outcome,) = run(inside)
        if outcome.verdict == Verdict.FAILED:
            raise ToolError(outcome.violations[0].name, f"{inner.name}: {outcome.violations[0].message}")
        return outcome, Path(outcome.output).read_bytes() if outcome.done and outcome.output else None
    except OSError as error:
        raise disk_error(error, folder) from error
    finally:
        remove(folder)
