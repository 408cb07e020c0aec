"""The table for people: problems first, what is fine in one line, what to type next at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from mediaprep.codes import CODES
from mediaprep.legible import printable
from mediaprep.model import Outcome, Verdict
from mediaprep.reports import NARROWEST, Report, View
from mediaprep.reports._changes import changes
from mediaprep.reports._words import WORST_FIRST, about_bytes, nearest, reasons, sentence, sources
from mediaprep.units import short_size

_STYLES = {
    Verdict.FAILED: "bold red",
    Verdict.REFUSED: "red",
    Verdict.CANNOT_FIT: "red",
    Verdict.BELOW_FLOOR: "yellow",
    Verdict.NEEDS_FIT: "yellow",
    Verdict.FITTED: "green",
    Verdict.FITS: "green",
}
_GAP = 2
_INDENT = "    "
_LONGEST_ASSET, _SHORTEST_ASSET = 40, 12
_LONGEST_ROUTE = 24


@dataclass(frozen=True, slots=True)
class _Row:
    """One asset on one route, or on several that have the same to say."""

    cells: tuple[str, ...]
    verdict: Verdict
    notes: tuple[str, ...]


class _Table:
    def one(self, outcomes: Sequence[Outcome], view: View) -> str:
        """Say nothing yet: problems come first, so every outcome must be known."""
        return ""

    def end(self, outcomes: Sequence[Outcome], view: View) -> str:
        """Give the table, the line about what is fine, and the next steps."""
        return _render(outcomes, view)


class _Sheet:
    """Lines for a terminal of one width."""

    def __init__(self, view: View) -> None:
        import io

        from rich.console import Console

        self._width = max(view.width, NARROWEST)
        self._lines = io.StringIO()
        self._console = Console(
            file=self._lines, width=self._width, force_terminal=view.colour,
            color_system="standard" if view.colour else None, highlight=False, markup=False, emoji=False,
            legacy_windows=False,
        )  # fmt: skip

    def say(self, words: str, style: str = "", indent: str = "") -> None:
        """Put words, on as many lines as they take."""
        from rich.text import Text

        for line in Text(words, style=style).wrap(self._console, self._width - len(indent)) or [Text("")]:
            self._console.print(Text(indent) + line, no_wrap=True, crop=False)

    def put(self, line: str, style: str, *, whole: bool = False) -> None:
        """Put a line of a table, or one that stays ``whole`` however long: a command is there to be copied."""
        from rich.text import Text

        self._console.print(Text(line, style=style), no_wrap=True, crop=False, soft_wrap=whole)

    def table(self, headings: tuple[str, ...], rows: Sequence[_Row]) -> None:
        """Put rows in columns, each with its notes below it."""
        widths = _widths([headings, *(row.cells for row in rows)], self._width)
        self.put(_line(headings, widths), "bold")
        for row in rows:
            self.put(_line(row.cells, widths), _STYLES[row.verdict])
            for note in row.notes:
                self.say(note, indent=_INDENT)
        self.say("")

    def text(self) -> str:
        """Give all lines."""
        return "\n".join(line.rstrip() for line in self._lines.getvalue().splitlines()) + "\n"


def _render(outcomes: Sequence[Outcome], view: View) -> str:
    if len({outcome.asset for outcome in outcomes}) == 1:  # of one asset everything is told, also where all is well
        view = replace(view, everything=True)
    sheet = _Sheet(view)
    shown = sorted(
        (o for o in outcomes if view.everything or not view.accepts(o)), key=lambda o: WORST_FIRST.index(o.verdict)
    )
    rows = list(_rows(shown, view))
    if rows:
        sheet.table(_headings(view), rows)
        cited = sources(f for o in shown for f in (*o.violations, *(o.warnings if view.everything else ())))
        for mark, words in cited.items():
            sheet.say(f"{mark} {words}", style="dim")
        if cited:
            sheet.say("")
    for line in _summary(outcomes, view):
        sheet.say(line)
    if view.next_steps:
        sheet.say("Next:")
        for step in view.next_steps:
            sheet.put(f"  {step}", "bold", whole=True)
    return sheet.text()


def _headings(view: View) -> tuple[str, ...]:
    return ("ASSET", "ROUTE", "VERDICT", "SIZE", *(("RENDITION",) if view.mode == "fit" else ()), "LIMIT")


def _rows(outcomes: Iterable[Outcome], view: View) -> Iterator[_Row]:
    """Join the routes of an asset on which the same is to be said."""
    groups: dict[tuple[object, ...], list[Outcome]] = {}
    for outcome in outcomes:
        limit = outcome.limit_bytes if view.accepts(outcome) or about_bytes(outcome) else None
        key = (outcome.asset, outcome.verdict, limit, *_sizes(outcome, view), *_notes(outcome, view))
        groups.setdefault(key, []).append(outcome)
    for members in groups.values():
        first = members[0]
        routes = ", ".join(printable(member.route) for member in members)
        span = _span([member.limit_bytes for member in members if member.limit_bytes is not None])
        cells = (printable(first.asset), routes, first.verdict.words, *_sizes(first, view), span)
        yield _Row(cells, first.verdict, _notes(first, view))


def _sizes(outcome: Outcome, view: View) -> tuple[str, ...]:
    made = outcome.size_bytes if view.accepts(outcome) else None
    source = outcome.source.size_bytes if outcome.source else (None if made else outcome.size_bytes)
    sizes = (source, made) if view.mode == "fit" else (source,)
    return tuple("-" if size is None else short_size(size) for size in sizes)


def _span(limits_bytes: Sequence[int]) -> str:
    """Give the limit of routes that have the same to say, from the least to the most."""
    ends = dict.fromkeys(short_size(end) for end in (min(limits_bytes), max(limits_bytes))) if limits_bytes else ("-",)
    return " to ".join(ends)


def _notes(outcome: Outcome, view: View) -> tuple[str, ...]:
    notes: list[str] = []
    if view.accepts(outcome):
        if view.everything:
            notes.append(_description(outcome))
    else:
        # A picture that only needs fitting gets one answer for all, at the end; others get theirs here.
        remedy = outcome.verdict is not Verdict.NEEDS_FIT
        notes += [f"{code} {text}".strip() for code, text in reasons(outcome, remedy=remedy, marks=True)]
        closest = nearest(outcome)
        if closest:
            notes.append(closest)
        notes += [f"Try: {printable(proposal)}" for proposal in outcome.proposals]
    if view.everything:
        notes += [f"{w.code} warning: {sentence(w, remedy=False, marks=True)}" for w in outcome.warnings]
    return tuple(note for note in notes if note)


def _description(outcome: Outcome) -> str:
    parts = [outcome.media_type or ""]
    if outcome.width and outcome.height:
        parts[0] += f" {outcome.width}x{outcome.height}"
    if outcome.duration_s is not None:
        parts.append(f"{outcome.duration_s:.1f} s")
    if outcome.score is not None:
        parts.append(f"score {outcome.score:.0f}")
    if outcome.output:
        parts.append(printable(outcome.output))
    parts += [f"{what} {how}" for what, how in changes(outcome) if what == "removed"]
    return ", ".join(part for part in parts if part)


def _summary(outcomes: Sequence[Outcome], view: View) -> Iterator[str]:
    good = [outcome for outcome in outcomes if view.accepts(outcome)]
    assets, routes = len({o.asset for o in outcomes}), len({o.route for o in outcomes})
    of = f"{assets} assets" if assets > 1 else "1 asset"
    total = f"{len(outcomes)} ({of} on {routes} routes)" if routes > 1 else f"{len(outcomes)}"
    unfold = "" if view.everything or not good else " (--all lists them)"
    if view.mode == "check":
        yield f"{len(good)} of {total} can be sent as they are{unfold}."
    else:
        same = sum(outcome.verdict is Verdict.FITS for outcome in good)
        size = short_size(sum(outcome.size_bytes or 0 for outcome in good))
        yield f"{len(good)} of {total} done{unfold}: {len(good) - same} fitted, {same} the same bytes, {size} together."
    counts = Counter(code for outcome in outcomes for code in {w.code for w in outcome.warnings})
    if counts and not view.everything:
        named = [
            f"{CODES[code].name} {n} ({code})" if code in CODES else f"{code} {n}" for code, n in sorted(counts.items())
        ]
        yield f"Warnings: {', '.join(named)}."


def _widths(lines: Sequence[Sequence[str]], width: int) -> list[int]:
    """Give each column what it needs; where the line is too long, asset and route give way."""
    from rich.cells import cell_len

    widths = [max(cell_len(line[column]) for line in lines) for column in range(len(lines[0]))]
    widths[1] = min(widths[1], _LONGEST_ROUTE)
    rest = sum(widths[2:]) + _GAP * (len(widths) - 1)
    widths[0] = min(widths[0], max(_LONGEST_ASSET, width - rest - widths[1]))
    over = rest + widths[0] + widths[1] - width
    if over > 0:
        from_asset = min(over, max(0, widths[0] - _SHORTEST_ASSET))
        widths[0] -= from_asset
        widths[1] -= min(over - from_asset, max(0, widths[1] - 8))
    return widths


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Set cells in columns; sizes (from the fourth column on) stand right-aligned."""
    from rich.cells import cell_len

    done: list[str] = []
    for column, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        text = _shortened(cell, width)
        blank = " " * (width - cell_len(text))
        done.append(blank + text if column >= 3 else text + blank)
    return (" " * _GAP).join(done).rstrip()


def _shortened(text: str, width: int) -> str:
    """Cut a long name in its middle: folders tell less than a name's beginning and its suffix."""
    from rich.cells import cell_len, set_cell_size

    if cell_len(text) <= width:
        return text
    tail = max(0, min(8, width - 6))
    head = set_cell_size(text, max(0, width - tail - 3)).rstrip()
    return f"{head}...{text[len(text) - tail :]}" if tail else set_cell_size(text, width)


REPORT: Report = _Table()
