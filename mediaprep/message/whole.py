"""A message on one route from its draft to its folder: judge or fit, checklist, wire forms, files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from mediaprep.limits import Route
from mediaprep.message import Draft, Result
from mediaprep.message.budget import wire_forms
from mediaprep.message.checklist import checklist
from mediaprep.message.fitting import MessageFitter
from mediaprep.storage import disk_error
from mediaprep.wire import Wire
from mediaprep.workdir import write_atomically

RECORD_NAME = "message.json"
_WIRE_SUFFIXES = {"mime": "mime", "mm1": "mms", "mm1-retrieve": "retrieve.mms", "mm7": "mm7"}


def carry_out(
    draft: Draft, route: Route, fitter: MessageFitter, *, mode: Literal["check", "fit"],
    registration: Mapping[str, str], wires: Sequence[str] = ("mime",), out: Path | None = None,
) -> Result:  # fmt: skip
    """Check or fit a message; with ``out``, write its parts, its wire forms and its record into that folder."""
    result = fitter.check(draft, route) if mode == "check" else fitter.fit(draft, route)
    if result.envelope is not None:
        result = replace(result, wires=wire_forms(result.envelope, wires))
    result = replace(result, checklist=tuple(checklist(draft, result, route, registration)))
    if out is None or result.envelope is None or result.violations:
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
