"""The ``index.json`` beside a folder of renditions: the same records as ``--json``, in one document."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from mediaprep.limits import Route
from mediaprep.model import Outcome
from mediaprep.version import VERSION

INDEX_SCHEMA = "mediaprep.index/1"


def index_lines(outcomes: Iterable[Outcome], routes: Sequence[Route]) -> Iterator[str]:
    """Give the document in pieces: schema, our version, the routes with their folders, and a record a line (ASCII)."""
    head = {
        "schema": INDEX_SCHEMA,
        "version": VERSION,
        "routes": [
            {"name": route.name, "folder": route.folder if len(routes) > 1 else None, "channel": route.channel}
            for route in routes
        ],
    }
    yield f'{json.dumps(head)[:-1]}, "records": ['
    between = "\n"
    for outcome in outcomes:
        yield between + json.dumps(outcome.to_record(), allow_nan=False, default=str)
        between = ",\n"
    yield "\n]}\n"
