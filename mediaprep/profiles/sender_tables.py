"""Tables of a provider's profile by type of sender: sizes for each carrier, and messages a second."""

from __future__ import annotations

from mediaprep.profiles.figures import CellEntry, NumberFigure, Sourced


class Cells(Sourced):
    """A provider's figures for the messages that it delivers to one carrier, by type of sender."""

    long_code: CellEntry | None = None
    toll_free: CellEntry | None = None
    short_code: CellEntry | None = None
    rcs_agent: CellEntry | None = None
    alphanumeric: CellEntry | None = None
    any: CellEntry | None = None


class MessageRates(Sourced):
    """How many messages a second the provider passes on: of one sender by its type, and of a whole account."""

    account: NumberFigure | None = None
    long_code: NumberFigure | None = None
    toll_free: NumberFigure | None = None
    short_code: NumberFigure | None = None
    rcs_agent: NumberFigure | None = None
    alphanumeric: NumberFigure | None = None
