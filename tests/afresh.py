"""Files read as a stranger would: for tests of what was written, and of what is judged."""

from pathlib import Path

from mediaprep.kinds import identify
from mediaprep.options import Bounds
from mediaprep.storage import open_source


def afresh(path, bounds=None):
    """Identify, probe and confirm a file; None where no kind takes it."""
    bounds = bounds or Bounds()
    source = open_source(Path(path), 10**9)
    known = identify(source)
    if known is None:
        return None
    kind, form = known
    return kind.confirm(source, kind.probe(source, form, bounds), bounds)
