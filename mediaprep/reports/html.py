"""One page that can be forwarded: everything is inside it, nothing is fetched, no name in it can act.

``Page`` takes outcomes as they come (a stream of any length), makes previews of what it is given, and gives the
text at the end. Without files to look at (``--format html`` of the seam) it shows verdicts and words alone.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediaprep.legible import printable
from mediaprep.message import Draft, Result
from mediaprep.model import Outcome
from mediaprep.options import Isolation
from mediaprep.reports import Report, View
from mediaprep.reports._cards import Card, card_of, cells_of, common_folder
from mediaprep.reports._gallery import NOTHING, Gallery, Preview
from mediaprep.reports._phone import Phone, phone_of
from mediaprep.reports._tally import RunTally
from mediaprep.reports._words import WORST_FIRST
from mediaprep.version import VERSION
from mediaprep.workdir import private_folder, remove

if TYPE_CHECKING:
    from jinja2 import Template

MOST_CARDS = 2_000
"""Assets with a card. Beyond that a page shows problems only and counts the rest."""


_PART_BYTES = 400_000
_SHORT_GRID = 30
"""Assets up to which the grid shows all its rows; longer ones scroll in a frame of their own."""


class Page:
    """The page of one run."""

    def __init__(
        self, view: View, *, title: str = "", when: str = "", subject: str = "", gallery: Gallery | None = None
    ) -> None:
        """Begin. ``title`` and ``when`` are shown as given; without a gallery the page has no pictures.

        ``subject`` is what the page reports of, where that is not the view's mode.
        """
        self._subject = subject
        self._view = view
        self._title = title
        self._when = when
        self._gallery = gallery
        self._cards: list[Card] = []
        self._outcomes: list[tuple[Outcome, ...]] = []
        self._tally = RunTally(view)
        self._unshown = 0
        self.phones: list[Phone] = []
        self.sums: tuple[tuple[str, str, str], ...] = ()
        """What a comparison comes to, a row a figure: its name, the old side, the new side."""

    def add(
        self, outcomes: Sequence[Outcome], source: Path | None = None, renditions: Mapping[str, Path] | None = None
    ) -> None:
        """Take one asset's outcomes, and say where it is read.

        ``renditions`` are files by their SHA-256, for outcomes whose own ``output`` is not there.
        """
        if not outcomes:
            return
        self._tally.take(outcomes)
        if len(self._cards) >= MOST_CARDS and all(map(self._view.accepts, outcomes)):
            self._unshown += 1
            return
        if len(self._cards) >= 2 * MOST_CARDS:
            self._unshown += 1
            return
        shas = {o.output_sha256 for o in outcomes if o.output_sha256 not in (None, o.source_sha256)}
        share = self._gallery.begin_asset(len(shas)) if self._gallery is not None else 0
        before = self._see(source, outcomes[0].source_sha256 or f"{outcomes[0].asset}", share, thumb=True)

        def seen(outcome: Outcome) -> Preview:
            sha = outcome.output_sha256 or ""
            output = (renditions or {}).get(sha) or (Path(outcome.output) if outcome.output else None)
            return self._see(output, sha, share, ours=outcome.treatment == "transcode")

        # One card is written at a time: what a card does not say is let go of.
        slim = tuple(replace(outcome, attempts=(), source=None) for outcome in outcomes)
        self._cards.append(card_of(len(self._cards) + 1, outcomes, self._view, before, seen))
        self._outcomes.append(slim)

    def add_message(self, draft: Draft, results: Sequence[Result]) -> None:
        """Take one message: a phone for each of its routes, and a card for each of its parts."""
        sources = {wish.asset: wish.path for wish in draft.parts}
        by_asset: dict[str, list[Outcome]] = {}
        for outcome in (outcome for result in results for outcome in result.parts):
            by_asset.setdefault(outcome.asset, []).append(outcome)
        with _sent_parts(results) as files:
            for asset, outcomes in by_asset.items():
                self.add(outcomes, sources.get(asset.partition("#")[0]), files)
            self.phones += [phone_of(draft, each, lambda part: self._part(part, sources, files)) for each in results]

    def _part(self, outcome: Outcome, sources: Mapping[str, Path], files: Mapping[str, Path]) -> Preview:
        """Give the preview of a message's part: as it is sent, else as it is now. What a card showed is taken again."""
        made = files.get(outcome.output_sha256 or "")
        ours = outcome.treatment == "transcode"
        if made is not None:
            return self._see(made, outcome.output_sha256 or "", _PART_BYTES, ours=ours)
        return self._see(sources.get(outcome.asset), outcome.source_sha256 or outcome.asset, _PART_BYTES)

    def _see(self, path: Path | None, key: str, share: int, *, ours: bool = False, thumb: bool = False) -> Preview:
        if self._gallery is None or path is None or not path.is_file():
            return NOTHING
        return self._gallery.of(path, key, share, ours=ours, thumb=thumb)

    def text(self) -> str:
        """Give the page."""
        routes = tuple(self._tally.routes)
        order = sorted(range(len(self._cards)), key=lambda at: WORST_FIRST.index(self._cards[at].verdict))
        folder = common_folder(self._cards)
        cards = [
            replace(self._cards[at].below(folder), cells=cells_of(self._outcomes[at], routes, self._view))
            for at in order
        ]
        style, script = _text("page.css"), _text("page.js")
        whole = _template().render(
            mode=self._view.mode,
            subject="message" if self.phones else self._subject or self._view.mode,
            title=self._title or folder.rstrip("/"),
            when=self._when,
            version=VERSION,
            style=_markup(style),
            script=_markup(script),
            style_hash=_csp_hash(style),
            script_hash=_csp_hash(script),
            cards=cards,
            routes=[_heading(outcome) for outcome in self._tally.routes.values()],
            kinds=sorted({card.kind for card in cards}),
            counts=self._tally.verdicts(),
            total=self._tally.total,
            accepted=self._tally.accepted,
            headline=self._headline(),
            tiles=() if self.sums else self._tally.tiles(),
            sums=self.sums,
            words=("Original", "Rendition") if self._view.mode == "compare" else ("Before", "After"),
            short=len(cards) <= _SHORT_GRID,
            phones=self.phones,
            unshown=self._unshown,
        )
        # What stands between elements on different lines says nothing and is a third of a large page's nodes. Words
        # hold no bare "<", so only our own markup can match.
        return re.sub(r">\n\s*<", "><", str(whole))

    def _headline(self) -> str:
        if self.phones:
            ready = sum(phone.ready for phone in self.phones)
            noun = "message" if len(self.phones) == 1 else "messages"
            return f"{ready} of {len(self.phones)} {noun} ready"
        return self._tally.headline()


@contextmanager
def pictured(
    view: View, *, assets: int | None, isolation: Isolation, title: str, when: str, subject: str
) -> Iterator[Page]:
    """Give a page whose assets, about ``assets`` of them, are looked at; see ``Page`` for the rest."""
    with Gallery(assets=assets, isolation=isolation) as gallery:
        yield Page(view, title=title, when=when, subject=subject, gallery=gallery)


@contextmanager
def _sent_parts(results: Iterable[Result]) -> Iterator[dict[str, Path]]:
    """Give the parts of finished messages as files, by their SHA-256, for as long as they are looked at."""
    scratch = private_folder("report")
    try:
        files = {}
        for part in (part for result in results if result.envelope is not None for part in result.envelope.parts):
            sha = hashlib.sha256(part.data).hexdigest()
            files[sha] = scratch / sha
            files[sha].write_bytes(part.data)
        yield files
    finally:
        remove(scratch)


def _heading(outcome: Outcome) -> dict[str, Any]:
    via = ", ".join(part for part in (outcome.provider, outcome.sender) if part)
    channel = outcome.channel if outcome.channel not in (None, "mms") else ""
    return {"name": outcome.route, "note": " ".join(part for part in (channel, via and f"via {via}") if part)}


@cache
def _text(name: str) -> str:
    return resources.files("mediaprep.reports").joinpath("page", name).read_text(encoding="utf-8")


def _csp_hash(text: str) -> str:
    """Give what a Content-Security-Policy names an inline block by (CSP Level 3, 2.3.1)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}'"


def _markup(text: str) -> Any:
    from markupsafe import Markup

    return Markup(text)  # noqa: S704  # our own file, never a name or a finding


@cache
def _template() -> Template:
    import jinja2
    from markupsafe import Markup

    def shown(value: Any) -> Any:
        return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined, finalize=shown,
        loader=jinja2.FunctionLoader(_text),
    )  # fmt: skip
    return environment.get_template("page.html")


class _Html:
    def one(self, outcomes: Sequence[Outcome], view: View) -> str:
        """Say nothing yet: the page begins with its totals."""
        return ""

    def end(self, outcomes: Sequence[Outcome], view: View) -> str:
        """Give the page without pictures; ``--report`` has them."""
        page = Page(view)
        by_asset: dict[str, list[Outcome]] = {}
        for outcome in outcomes:
            by_asset.setdefault(outcome.asset, []).append(outcome)
        for members in by_asset.values():
            page.add(members)
        return page.text() + "\n"


REPORT: Report = _Html()
