"""What callers of the library hand over, looked at before any work: a slip is a UsageError that says what to give."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mediaprep.errors import UsageError
from mediaprep.limits import Route
from mediaprep.naming import INDEX_NAME, insist_on_place
from mediaprep.options import FitOptions
from mediaprep.storage import is_url, looks_like_url

if TYPE_CHECKING:
    from mediaprep.message import Draft

Content = bytes | bytearray | memoryview
Asset = str | Path | Content


def insist_on_asset(given: object) -> None:
    """Raise UsageError for what is neither a path nor bytes, and for a URL."""
    if not isinstance(given, Asset):
        what = type(given).__name__
        raise UsageError(f"an asset is a path or bytes, not {what}; for an open file, give what read() returns")
    if isinstance(given, str) and looks_like_url(given):
        how = "give it to fit_batch" if is_url(given) else "fetch it, and give its bytes"
        raise UsageError(f"{given!r} is a URL: {how}")


def insist_on_routes(given: Sequence[object], *, several: str) -> None:
    """Raise UsageError where one of these is no Route; ``several`` names the call that takes a list of them."""
    for each in given:
        if not isinstance(each, Route):
            how = f"resolve one with mediaprep.route({str(each)!r})"
            how = f"for several routes call {several}" if isinstance(each, list | tuple) else how
            raise UsageError(f"{each!r} is not a route; {how}")


def insist_on_several(given: object, *, one: str) -> None:
    """Raise UsageError for a lone route where a list of them is asked for; ``one`` names the call that takes it."""
    if isinstance(given, Route):
        raise UsageError(f"{given!r} is one route; give a list of routes{one}")
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise UsageError(f"{given!r} is not a list of routes; resolve each with mediaprep.route(...)")
    insist_on_routes(given, several="this once, with all of them in one list")


def insist_on_file(given: str | Path) -> None:
    """Raise UsageError where a rendition cannot be written to ``out``: a folder, a device, a URL, a run's records."""
    if Path(given).is_dir():
        raise UsageError(f"out={str(given)!r} is a folder; name the file to write, or use fit_many for folders")
    if Path(given).name.casefold() == INDEX_NAME:
        raise UsageError(f"{given} is where a run keeps its records; name another `out`")
    insist_on_place(str(given), "out:")


def options_given(given: object, called: str = "options") -> FitOptions:
    """Give the options of a call, the usual ones for None. Raises UsageError for anything else."""
    if given is None:
        return FitOptions()
    if not isinstance(given, FitOptions):
        raise UsageError(f"{called}={given!r} are no FitOptions; write mediaprep.FitOptions(effort='max')")
    return given


def draft_given(given: object) -> Draft:
    """Give a message that was handed over as a value. Raises UsageError for anything but a Draft."""
    from mediaprep.message import Draft

    if not isinstance(given, Draft):
        raise UsageError(f"a message is a Draft, or the path of a message.yaml, not {type(given).__name__}")
    return given
