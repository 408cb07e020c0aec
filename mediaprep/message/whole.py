"""A message on one route from its draft to its folder: judge or fit, checklist, wire forms, files."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from mediaprep.limits import Route
from mediaprep.message import Draft, Item, Result
from mediaprep.message.budget import wire_forms
from mediaprep.message.checklist import checklist
from mediaprep.message.classes import limit_class, smaller
from mediaprep.message.fallback import plan
from mediaprep.message.fitting import MessageFitter
from mediaprep.storage import disk_error
from mediaprep.wire import Wire
from mediaprep.workdir import write_atomically

RECORD_NAME = "message.json"
_WIRE_SUFFIXES = {"mime": "mime", "mm1": "mms", "mm1-retrieve": "retrieve.mms", "mm7": "mm7"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What the checklist of one route asks of others: what its sender must be registered for, whom it reaches."""

    registration: Mapping[str, str]
    reached: tuple[Item, ...] = ()


def carry_out(
    draft: Draft, routes: Sequence[Route], fitter: MessageFitter, *, mode: Literal["check", "fit"],
    around: Callable[[Route], Around], wires: Sequence[str] = ("mime",),
    outs: Sequence[Path] | None = None,
) -> tuple[Result, ...]:  # fmt: skip
    """Check or fit a message on each route; routes of one limit class share what is made once.

    With ``outs``, one folder for each route, its parts, wire forms and record are written there.
    """
    made: dict[str, Result] = {}
    results = []
    kinds = fitter.kinds(draft, routes[0]) if len(routes) > 1 else set()
    names = [limit_class(route, kinds) for route in routes]
    for route, name in zip(routes, names, strict=True):
        if name not in made:
            first = fitter.check(draft, route) if mode == "check" else fitter.fit(draft, route)
            made[name] = replace(first, wires=wire_forms(first.envelope, wires)) if first.envelope else first
        results.append(_for_route(made[name], draft, route, around(route)))
    members = [[other.name for other, its in zip(routes, names, strict=True) if its == name] for name in names]
    results = [
        replace(result, shared_with=tuple(other for other in others if other != result.route))
        for result, others in zip(results, members, strict=True)
    ]
    results = [replace(result, smaller=tuple(smaller(result, routes, results))) for result in results]
    if outs is None:
        return tuple(results)
    return tuple(_written(result, out) for result, out in zip(results, outs, strict=True))


def _for_route(made: Result, draft: Draft, route: Route, around: Around) -> Result:
    """Give a class's message to one of its routes: its own name, fallback and checklist."""
    parts = tuple(
        replace(part, route=route.name, channel=route.channel, provider=route.provider, sender=route.sender)
        for part in made.parts
    )
    own = replace(
        made, route=route.name, folder=route.folder, channel=route.channel, parts=parts, fallback=plan(draft, route)
    )
    return replace(own, checklist=(*around.reached, *checklist(draft, own, route, around.registration)))


def _written(result: Result, out: Path) -> Result:
    if result.envelope is None or result.violations:
        return result
    written = replace(result, output=str(out), parts=tuple(replace(part, output=None) for part in result.parts))
    _write(written, out)
    return written


def _write(result: Result, out: Path) -> None:
    """Write everything whole, the record last: a folder with a record is complete."""
    assert result.envelope is not None
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise disk_error(error, out) from error
    shown = result.envelope.presentation
    for part in (*result.envelope.parts, *([shown] if shown is not None else [])):
        write_atomically(out / part.name, part.data)
    for wire in result.wires:
        _write_wire(wire, out)
    record = json.dumps(result.to_record(), indent=1, sort_keys=True) + "\n"
    write_atomically(out / RECORD_NAME, record.encode("ascii"))


def _write_wire(wire: Wire, out: Path) -> None:
    """Write one form; MM7 needs the content type of its HTTP request beside it."""
    data = wire.data
    if wire.form == "mm7":
        data = f"Content-Type: {wire.content_type}\r\n\r\n".encode("ascii") + data
    write_atomically(out / f"message.{_WIRE_SUFFIXES[wire.form]}", data)
