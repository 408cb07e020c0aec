"""The ``index.json`` beside a folder of renditions: the same records as ``--json``, in one document."""

from __future__ import annotations

import json
from collections.abc import Sequence

from mediaprep.limits import Route
from mediaprep.model import Outcome
from mediaprep.version import VERSION

INDEX_SCHEMA = "mediaprep.index/1"


def index_text(outcomes: Sequence[Outcome], routes: Sequence[Route]) -> str:
    """Give the document: schema, our version, the routes with their folders, and a record a line (ASCII)."""
    head = {
        "schema": INDEX_SCHEMA,
        "version": VERSION,
        "routes": [
            {"name": route.name, "folder": route.folder if len(routes) > 1 else None, "channel": route.channel}
            for route in routes
        ],
    }
    records = ",\n".join(json.dumps(outcome.to_record(), allow_nan=False, default=str) for outcome in outcomes)
    return f'{json.dumps(head)[:-1]}, "records": [\n{records}\n]}}\n'
