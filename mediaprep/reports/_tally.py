"""What a page's run came to: counts as outcomes pass, and the words and figures at the top of the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from mediaprep.model import Outcome, Verdict
from mediaprep.reports import View
from mediaprep.reports._words import WORST_FIRST
from mediaprep.units import short_size


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One figure at the top of the page."""

    label: str
    value: str
    note: str = ""


class RunTally:
    """Counts over the assets of one page; ``routes`` keeps the first outcome of each route, in order."""

    def __init__(self, view: View) -> None:
        """Begin with nothing counted; ``view`` says which outcomes are accepted, and of what the words speak."""
        self._view = view
        self.assets = 0
        self.accepted = 0
        self.routes: dict[str, Outcome] = {}
        self._ready = 0
        self._with_gps = 0
        self._verdicts: Counter[Verdict] = Counter()
        self._of_route: Counter[str] = Counter()
        self._accepted_of_route: Counter[str] = Counter()
        self._asset_bytes: dict[str, int] = {}
        self._rendition_bytes: dict[str, int] = {}
        self._lowest: tuple[float, str] | None = None

    def take(self, outcomes: Sequence[Outcome]) -> None:
        """Count one asset's outcomes."""
        source = outcomes[0].source
        self.assets += 1
        if source is not None:
            self._asset_bytes[outcomes[0].source_sha256 or outcomes[0].asset] = source.size_bytes
            self._with_gps += source.gps
        self._ready += all(map(self._view.accepts, outcomes))
        for outcome in outcomes:
            self._verdicts[outcome.verdict] += 1
            self.routes.setdefault(outcome.route, outcome)
            accepted = self._view.accepts(outcome)
            self.accepted += accepted
            self._of_route[outcome.route] += 1
            self._accepted_of_route[outcome.route] += accepted
            if accepted and outcome.output_sha256 is not None:
                self._rendition_bytes[outcome.output_sha256] = outcome.size_bytes or 0
            if accepted and outcome.score is not None and (self._lowest is None or outcome.score < self._lowest[0]):
                self._lowest = (outcome.score, outcome.asset)

    @property
    def total(self) -> int:
        """Outcomes of all assets on all routes."""
        return sum(self._verdicts.values())

    def verdicts(self) -> list[tuple[str, str, int]]:
        """Give each verdict that was met, the best first: its name, its word, its outcomes."""
        met = [verdict for verdict in reversed(WORST_FIRST) if self._verdicts[verdict]]
        return [(str(verdict), verdict.words, self._verdicts[verdict]) for verdict in met]

    def headline(self) -> str:
        """Say in one line what can be sent."""
        if self._view.mode == "compare":
            sides = [f"{route} {self._accepted_of_route[route]} of {count}" for route, count in self._of_route.items()]
            return f"Files that keep every limit: {', '.join(sides)}"
        where = "" if len(self.routes) == 1 else " on both routes" if len(self.routes) == 2 else " on every route"
        if self._view.mode == "check":
            return f"{self._ready} of {self.assets} can be sent as {'it is' if self.assets == 1 else 'they are'}{where}"
        return f"{self._ready} of {self.assets} ready to send{where}"

    def tiles(self) -> list[Tile]:
        """Give the figures: assets, bytes, the lowest score, what is open, positions."""
        tiles = [Tile(label="Assets", value=f"{self.assets:,}", note=self._verdict_words())]
        before = sum(self._asset_bytes.values())
        if self._rendition_bytes:
            made = short_size(sum(self._rendition_bytes.values()))
            note = f"from {short_size(before)}; equal bytes once"
            tiles.append(Tile(label="Bytes of renditions", value=made, note=note))
        elif before:
            tiles.append(Tile(label="Bytes", value=short_size(before), note="as they are now"))
        if self._lowest is not None:
            name = self._lowest[1].rpartition("/")[2]
            tiles.append(Tile(label="Lowest score", value=f"{self._lowest[0]:.0f}", note=name))
        problems = self.total - self.accepted
        note = "to settle" if problems else "nothing open"
        tiles.append(Tile(label="Open problems", value=f"{problems:,}", note=note))
        if self._with_gps:
            what = "removed from what is sent" if self._view.mode == "fit" else "a fit removes it"
            tiles.append(Tile(label="With GPS position", value=f"{self._with_gps:,}", note=what))
        return tiles

    def _verdict_words(self) -> str:
        verdicts = "1 verdict" if self.total == 1 else f"{self.total:,} verdicts"
        routes = len(self.routes)
        return f"{verdicts} on {'1 route' if routes == 1 else f'{routes} routes'}"
