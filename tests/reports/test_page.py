"""The page that is forwarded: what it says, what it holds, and that nothing in it can act."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from outcomes import HOSTILE, every_verdict, fitted, needs, refused

from mediaprep.model import Verdict, finding
from mediaprep.reports import View
from mediaprep.reports._gallery import Gallery
from mediaprep.reports.html import Page

FIT = View(mode="fit")


def page_of(*assets, view=FIT):
    """Give the text of a page of these outcomes, an asset each."""
    page = Page(view, when="2026-11-27 12:00")
    for outcomes in assets:
        page.add(outcomes if isinstance(outcomes, list) else [outcomes])
    return page.text()


class Tags(HTMLParser):
    """Collect elements and attributes as a browser would see them."""

    def __init__(self, text):
        """Read a page."""
        super().__init__()
        self.found = []
        self.said = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """Keep an element."""
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        """Keep what is read."""
        self.said.append(data)

    @property
    def words(self):
        """All that is said, on one line."""
        return " ".join(" ".join(self.said).split())


def test_the_page_says_sizes_scores_and_what_changed():
    """One line tells pixels, format, bytes and what was removed; the share of the limit is there."""
    words = Tags(page_of(fitted())).words
    assert "1 of 1 ready to send" in words
    assert "590 KB, 98 % of 600 KB" in words
    assert "score 82" in words
    assert "PNG → JPEG" in words
    assert "4000\u00d73000 → 1600\u00d71200" in words
    assert "5.2 MB → 590 KB" in words
    assert "GPS position" in words


def test_the_page_counts_as_people_do_and_names_what_it_reports_of():
    """One verdict on one route; a batch's page says batch."""
    words = Tags(page_of(fitted())).words
    assert "1 verdict on 1 route" in words
    assert "mediaprep fit report" in words
    page = Page(FIT, subject="batch")
    page.add([fitted()])
    assert "mediaprep batch report" in page.text()


def test_a_warning_names_whose_it_is_where_it_is_not_everybodys():
    """GPS left in by one side of a comparison is not told of both; what holds on every route is said plainly."""
    gps = (finding("gps", "it says where it was made"),)
    old, new = (replace(fitted(), route=side) for side in ("old", "new"))
    assert "old: it says where" in Tags(page_of([replace(old, warnings=gps), replace(new, warnings=())])).words
    both = Tags(page_of([replace(old, warnings=gps), replace(new, warnings=gps)])).words
    assert both.count("it says where it was made") == 1
    assert "old: it says" not in both


def test_a_grid_scrolls_in_its_frame_only_where_it_is_long():
    """Thirty assets are shown whole: a frame that ends at a row's edge looks as if nothing followed."""
    few, many = (page_of(*(replace(fitted(), asset=f"{n}.png") for n in range(count))) for count in (30, 31))
    assert '"scroll short"' in few
    assert '"scroll short"' not in many


def test_a_violation_names_source_date_confidence_consequence_and_remedy():
    """A reader of the page alone can settle the problem."""
    words = Tags(page_of(needs(), view=View(mode="check"))).words
    for part in (
        "MP101",
        "AT&T handbook [T3]",
        "2024-02",
        "confidence: doc",
        "Consequence: rejected.",
        "mediaprep fit",
    ):
        assert part in words
    assert "0 of 1 can be sent as it is" in words


def test_problems_come_first_and_routes_alike_share_a_line():
    """The worst is on top; a rendition that several routes get is said once."""
    shared = [fitted(route=route) for route in ("att", "verizon")]
    text = page_of(shared, refused())
    assert text.index('id="a2"') < text.index('id="a1"')
    assert "att, verizon" in text


def test_every_verdict_has_a_cell_and_a_filter():
    """The grid has a cell for each verdict, and a button that filters by it."""
    found = Tags(page_of(*every_verdict())).found
    buttons = {attrs["data-verdict"] for tag, attrs in found if tag == "button" and "data-verdict" in attrs}
    assert buttons == set(Verdict)
    assert {attrs.get("class") for tag, attrs in found if tag == "td"} == set(Verdict)


def test_hostile_names_and_findings_stay_words():
    """No name, route, finding or output adds an element, an attribute that acts, or an invisible turn of direction."""
    wild = replace(
        needs(HOSTILE, route=HOSTILE), output=HOSTILE, provider=HOSTILE, proposals=(HOSTILE,),
        violations=(finding("over_limit", HOSTILE, profile=HOSTILE, source=HOSTILE, date=HOSTILE),),
        warnings=(finding("gps", HOSTILE),),
    )  # fmt: skip
    text = page_of(wild)
    text.encode("utf-8")
    tags = Tags(text)
    assert sum(tag == "script" for tag, _ in tags.found) == 1
    assert not any(name.startswith("on") for _, attrs in tags.found for name in attrs)
    assert not any(tag == "img" for tag, _ in tags.found)
    assert "\u202e" not in text
    assert "\x1b" not in text
    assert "alert(2)" in tags.words


def test_nothing_is_fetched_and_the_policy_holds_it():
    """The page names no address; its policy allows nothing but its own style and script, by their hashes."""
    text = page_of(fitted(), needs())
    assert not re.search(r"""(?:src|href|url)\s*[=(]\s*["']?\s*(?:https?:)?//""", text)
    (policy,) = (a["content"] for t, a in Tags(text).found if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; img-src data:; media-src data:;")
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        body = text.split(f"<{tag}>", 1)[1].split(f"</{tag}>", 1)[0]
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert " style=" not in text


def test_previews_are_made_anew_and_within_their_bound(samples, tmp_path):
    """A photograph that says where it was taken is shown without its metadata; an animation moves, a card is words."""
    with Gallery(assets=4, isolation="none") as gallery:
        photo = gallery.of(samples / "phone_photo.jpg", "photo", 40_000, thumb=True)
        loop = gallery.of(samples / "film_loop.gif", "loop", 60_000)
        card = gallery.of(samples / "contact_v21.vcf", "card", 60_000)
        broken = tmp_path / "broken.jpg"
        broken.write_bytes((samples / "phone_photo.jpg").read_bytes()[:3_000])
        nothing = gallery.of(broken, "broken", 60_000)
    data = base64.b64decode(photo.main.uri.partition(",")[2])
    assert data[8:12] == b"WEBP"
    assert b"Exif" not in data
    assert len(data) <= 40_000
    assert photo.main.width / photo.main.height == pytest.approx(3984 / 2988, abs=0.01)  # upright: stored on its side
    assert photo.main.width > 300
    assert photo.thumb is not None
    moving = base64.b64decode(loop.main.uri.partition(",")[2])
    assert b"ANMF" in moving
    assert len(moving) <= 60_000
    assert loop.still is not None
    assert "Zoë Müller-Østergård" in card.text
    assert nothing.main is None


@pytest.mark.slow
def test_films_play_within_their_bound_and_workers_make_previews(samples):
    """A clip becomes a short silent film; the worker that makes it is a process of its own."""
    with Gallery(assets=2) as gallery:
        film = gallery.of(samples / "film_clip.mp4", "film", 200_000)
    assert film.main.media_type == "video/mp4"
    assert len(film.main.uri) * 3 / 4 < 200_100
    assert film.still.media_type == "image/webp"


def test_a_page_of_a_thousand_assets_shares_its_bytes():
    """Each asset may take what is left, shared by those to come; a full page goes on with words alone."""
    gallery = Gallery(assets=1_000)
    shares = [gallery.begin_asset(2) for _ in range(1_000)]
    assert 4_000 < shares[0] < 10_000
    assert shares == sorted(shares)


def test_a_stream_of_any_length_makes_a_page(monkeypatch):
    """Beyond the most cards, what is fine is counted and problems are still shown."""
    monkeypatch.setattr("mediaprep.reports.html.MOST_CARDS", 3)
    page = Page(FIT)
    for number in range(5):
        page.add([fitted(f"in/{number}.png")])
    page.add([refused()])
    text = page.text()
    assert text.count('class="card"') == 4
    assert "2 more assets are counted above" in text
    assert "5 of 6 ready to send" in text
