"""A kind's plan carried out: this module alone runs encodes; it counts them and holds their bound."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from typing import TypeVar

from mediaprep.errors import ToolError
from mediaprep.job import AttemptMade, Job, OnEvent
from mediaprep.judge import attempt, is_choice
from mediaprep.kinds import Choice, Encoded, FittingKind, Session, Step
from mediaprep.limits import Limits
from mediaprep.model import Attempt

MOST_ENCODES = 60
"""Final encodes that one route group may take; plans end far below (a still takes 1 to 3)."""

_T = TypeVar("_T")


def run_plan(
    kind: FittingKind[Session], session: Session, limits: Limits, job: Job, route: str, on_event: OnEvent
) -> tuple[Choice, list[Attempt]]:
    """Feed the plan with what its steps come to; give its choice and every final encode."""
    attempts: list[Attempt] = []

    def note(encoded: Encoded) -> None:
        made = attempt(encoded)
        attempts.append(made)
        on_event(AttemptMade(asset=job.asset, route=route, attempt=made))
        if len(attempts) > MOST_ENCODES:
            raise ToolError("internal", f"the plan for {job.asset} did not end")

    choice = run_steps(kind, session, kind.plan(session, limits), note)
    if choice.encoded is not None and choice.encoded.score is not None:
        score = round(choice.encoded.score, 1)
        attempts = [replace(a, score=score) if is_choice(a, choice.encoded) else a for a in attempts]
    return choice, attempts


def run_steps(
    kind: FittingKind[Session], session: Session, steps: Generator[Step, Encoded, _T], note: Callable[[Encoded], None]
) -> _T:
    """Carry out the steps that a kind asks for, telling ``note`` of each final encode; give what it ends with."""
    try:
        step = next(steps)
        while True:
            encoded = kind.encode(session, step)
            if step.final:
                note(encoded)
            step = steps.send(encoded)
    except StopIteration as stop:
        ended: _T = stop.value
        return ended
