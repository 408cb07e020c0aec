"""One record a line (NDJSON): the documented contract of ``--json``, ASCII only, written as assets are done."""

from __future__ import annotations

import json
from collections.abc import Sequence

from mediaprep.model import Outcome
from mediaprep.reports import Report, View


class _Json:
    def one(self, outcomes: Sequence[Outcome], view: View) -> str:
        """Give a line for each route; an undecodable byte of a name becomes a lone surrogate, escaped (PEP 383)."""
        return "".join(json.dumps(outcome.to_record(), allow_nan=False, default=str) + "\n" for outcome in outcomes)

    def end(self, outcomes: Sequence[Outcome], view: View) -> str:
        """Add nothing: every line is a record."""
        return ""


REPORT: Report = _Json()
