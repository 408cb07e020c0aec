"""The page in a real headless Chromium: its slider, filters, looks, print, speed, and what axe-core finds."""

from __future__ import annotations

import re

import pytest
from browser import axe, browser, chromium
from outcomes import HOSTILE, every_verdict, fitted, needs, refused
from PIL import Image

from mediaprep.cli import run
from mediaprep.model import Outcome, Verdict
from mediaprep.reports import View
from mediaprep.reports._gallery import PAGE_BYTES, Gallery, Picture, Preview
from mediaprep.reports.html import Page

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(chromium() is None, reason="there is no Chromium on this machine (apt-get install chromium)"),
]

FIT = View(mode="fit")
LOOKS = (
    {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    {"viewport": {"width": 390, "height": 844}, "color_scheme": "light", "is_mobile": True, "has_touch": True},
    {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "is_mobile": True, "has_touch": True},
)
LOOK_NAMES = ["light", "dark", "phone", "dark phone"]
PAGES = ("check.html", "fit.html", "message.html", "batch.html", "compare.html")


@pytest.fixture(scope="module")
def started():
    """One Chromium for all tests of this file."""
    with browser() as running:
        yield running


@pytest.fixture(scope="module")
def campaign(tmp_path_factory, samples):
    """The page of each command that leaves one, about real samples of every kind."""
    folder = tmp_path_factory.mktemp("campaign")
    names = (
        "phone_photo.jpg", "film_loop.gif", "contact_v21.vcf", "message.txt", "logo.png", "README.md", "speech.wav",
        "city_clip.mp4",
    )  # fmt: skip
    files = [str(samples / name) for name in names]
    routes = ["--to", "us", "--max-bytes", "200KB", "--via", "twilio"]
    run(
        ["fit", *files, *routes, "-o", str(folder / "out"), "--report", str(folder / "fit.html"), "--isolation", "none"]
    )
    text = "text: Sale. Reply STOP.\nsubject: Sale\nparts: [{path: logo.png, alt: Our logo}, {path: contact_v21.vcf}]\n"
    for name in ("logo.png", "contact_v21.vcf"):
        (folder / name).write_bytes((samples / name).read_bytes())
    (folder / "message.yaml").write_text(text, encoding="utf-8")
    run(["check", *files, *routes, "--report", str(folder / "check.html"), "--isolation", "none"])
    batch = ["--engine", "serial", "--report", str(folder / "batch.html"), "-o", str(folder / "batch")]
    few = folder / "few"
    few.mkdir()
    for name in names[:3]:
        (few / name).write_bytes((samples / name).read_bytes())
    run(["batch", "run", str(few), "--max-bytes", "200KB", *batch])
    sideways = folder / "old"
    sideways.mkdir()
    for name in ("phone_photo.jpg", "film_loop.gif"):  # what a careless script makes of them
        with Image.open(samples / name) as image:
            shown = image.convert("RGB").resize((400, 300))
            shown.save(sideways / f"{name[:-4]}.jpg", exif=image.getexif() if name.startswith("phone") else b"")
    sides = [str(sideways), str(folder / "out"), "--originals", str(samples), "--max-bytes", "200KB"]
    run(["compare", *sides, "--report", str(folder / "compare.html"), "--isolation", "none"])
    page = str(folder / "message.html")
    run(["message", "fit", str(folder / "message.yaml"), *routes, "-o", str(folder / "m"), "--report", page])
    return folder


def opened(started, path, **look):
    """Open a page and keep what the browser complains about or asks for."""
    context = started.new_context(**look)
    context.set_default_timeout(240_000)  # a busy machine is no fault of the page
    page = context.new_page()
    page.troubles = []
    page.on("console", lambda message: page.troubles.append(message.text))
    page.on("pageerror", lambda error: page.troubles.append(str(error)))
    page.on("dialog", lambda dialog: page.troubles.append(dialog.message))
    page.on("request", lambda request: page.troubles.append(request.url) if request.url[:4] == "http" else None)
    page.goto(path.as_uri())
    return page


@pytest.mark.parametrize("look", LOOKS, ids=LOOK_NAMES)
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(started, campaign, name, look):
    """Names, roles, contrast, order of headings: axe-core has no complaint, with every warning unfolded."""
    script = axe()
    if script is None:
        pytest.skip("axe-core is not here (npm install --no-save axe-core)")
    page = opened(started, campaign / name, **look)
    for article in page.locator("article.card").all():  # each slider is made as its card comes near
        article.scroll_into_view_if_needed()
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    page.evaluate(script.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    told = [(each["id"], [node["html"][:150] for node in each["nodes"]][:3]) for each in found["violations"]]
    assert told == []
    assert page.troubles == []


@pytest.mark.parametrize("look", LOOKS[1:3], ids=LOOK_NAMES[1:3])
def test_nothing_sticks_out_of_the_screen(started, campaign, look):
    """The page is never wider than the screen, on a phone either."""
    for name in PAGES:
        page = opened(started, campaign / name, **look)
        assert page.evaluate("document.documentElement.scrollWidth") <= look["viewport"]["width"]


def test_the_slider_uncovers_by_keyboard_and_by_touch(started, campaign):
    """Arrow keys and a press on the picture move the cut between before and after, and say where it is."""
    page = opened(started, campaign / "fit.html", **LOOKS[0])
    card = page.locator('article.card[data-name$="phone_photo.jpg"]')
    card.scroll_into_view_if_needed()
    slider = card.get_by_label("Slide to compare")
    slider.focus()
    page.keyboard.press("End")
    assert card.locator(".stage").evaluate("(e) => e.style.getPropertyValue('--cut')") == "100%"
    assert slider.get_attribute("aria-valuetext") == "100 % Before, 0 % After"
    card.locator(".stage").click(position={"x": 30, "y": 30})
    assert int(slider.input_value()) < 20
    assert page.troubles == []


def test_filters_leave_what_is_asked_for(started, campaign):
    """By name, kind and verdict: rows and cards go together, and the count is said."""
    page = opened(started, campaign / "fit.html", **LOOKS[0])
    page.get_by_label("Name").fill("photo")
    assert page.locator("article.card:visible").count() == page.locator("tr[data-card]:visible").count() == 1
    assert page.get_by_role("status").inner_text() == "1 of 8 assets"
    page.get_by_label("Name").fill("")
    page.get_by_role("button", name=re.compile("cannot fit")).press("Enter")
    assert page.locator("article.card:visible h3").all_inner_texts() == ["README.md"]


def test_the_page_is_used_by_keyboard_alone(started, campaign):
    """Tab goes from the way past the grid over filters and grid to the cards; each stop shows where it is."""
    page = opened(started, campaign / "fit.html", **LOOKS[0])
    stops = []
    for _ in range(30):
        page.keyboard.press("Tab")
        stop = page.evaluate(
            "(() => { const at = document.activeElement, how = getComputedStyle(at);"
            " return [at.id || at.className || at.tagName, at.tagName, how.outlineStyle]; })()"
        )
        stops.append(stop)
    names = [stop[0] for stop in stops]
    assert names[0] == "skip"
    assert names.index("find") < names.index("kind") < names.index("scroll short")
    assert any(tag == "A" and name != "skip" for name, tag, _ in stops)
    assert all(style != "none" for _, tag, style in stops if tag not in ("VIDEO", "AUDIO"))  # they have controls
    page.locator("#kind").focus()
    page.keyboard.press("v")  # a select takes the first letter
    kinds = page.locator("article.card:visible").evaluate_all("(all) => all.map((each) => each.dataset.kind)")
    assert set(kinds) in ({"vcard"}, {"video"})


def test_a_comparison_says_what_is_wrong_with_the_old_files(started, campaign):
    """Sums of both sides on top; in the grid each old file's faults beside the new one's size and score."""
    page = opened(started, campaign / "compare.html", **LOOKS[0])
    words = page.locator(".sums").inner_text()
    assert "stopped animations\t1\t0" in words
    assert "GPS left in\t1\t0" in words
    assert "sideways" in page.locator("tr", has_text="phone_photo").locator(".flaw").inner_text()
    assert page.locator("tr", has_text="film_loop").locator(".flaw").inner_text() == "stopped"
    card = page.locator('article.card[data-name$="phone_photo"]')
    card.scroll_into_view_if_needed()
    assert card.get_by_label("Slide to compare").get_attribute("aria-valuetext") == "50 % Original, 50 % Rendition"


def test_motion_stops_on_demand_and_where_the_system_asks(started, campaign):
    """The button stops animations; with reduced motion they stand still from the start."""
    moving = "document.querySelectorAll('img[data-still]')"
    page = opened(started, campaign / "fit.html", **LOOKS[0])
    still = f"Array.from({moving}).every((image) => image.src === image.dataset.still)"
    assert page.evaluate(f"{moving}.length") >= 1
    assert not page.evaluate(still)
    page.get_by_role("button", name="Pause motion").click()
    assert page.evaluate(still)
    calm = opened(started, campaign / "fit.html", reduced_motion="reduce")
    assert calm.evaluate(still)


def test_without_script_everything_is_there(started, campaign):
    """A viewer that runs no script shows before and after side by side."""
    page = opened(started, campaign / "fit.html", java_script_enabled=False, **LOOKS[0])
    assert page.locator(".look.before").count() >= 3
    assert page.locator(".look.after").count() >= 3
    assert page.locator(".filters:visible").count() == 0


def test_print_shows_every_asset_on_paper(started, campaign, tmp_path):
    """Printing opens the warnings, hides what cannot be used on paper and cuts nothing off."""
    page = opened(started, campaign / "fit.html", **LOOKS[0])
    page.emulate_media(media="print")
    assert page.locator(".filters:visible").count() == 0
    assert page.locator(".scroll").evaluate("(e) => getComputedStyle(e).overflowY") == "visible"
    assert len(page.pdf(format="A4")) > 20_000
    assert page.locator('img[loading="lazy"]').count() == 0  # pictures far down are on paper, too


def test_hostile_names_do_nothing_in_a_browser(started, tmp_path):
    """No dialog, no request, no error: what names say is shown as words."""
    page = Page(FIT)
    page.add([needs(HOSTILE, route=HOSTILE)])
    path = tmp_path / "hostile.html"
    path.write_text(page.text(), encoding="utf-8")
    shown = opened(started, path)
    assert shown.troubles == []
    assert "alert(1)" in shown.locator("body").inner_text()


class Full(Gallery):
    """A gallery whose previews take all the bytes that they may."""

    def of(self, path, key, max_bytes, *, ours=False, thumb=False):
        """Give noise that a decoder takes for a picture."""
        from mediaprep.kinds._preview import still

        image = self.picture.rotate(len(self._known) % 360)
        _, kind, data, width, height = still("main", image, 4_000)
        import base64

        data += b"\0" * max(0, max_bytes - len(data))
        uri = f"data:{kind};base64,{base64.b64encode(data).decode()}"
        self._left -= len(uri)
        self._known[key] = Preview(main=Picture(uri=uri, media_type=kind, width=width, height=height))
        if thumb:
            small = still("thumb", image, 1_500)
            held = Picture(uri=f"data:{kind};base64,{base64.b64encode(small[2]).decode()}", media_type=kind,
                           width=small[3], height=small[4])  # fmt: skip
            self._known[key] = Preview(main=self._known[key].main, thumb=held)
        return self._known[key]


def test_a_thousand_assets_on_eight_routes_open_at_once(started, tmp_path, samples):
    """Under 30 MB and 200 nodes an asset, with as many previews as the page may hold; counts, for time is not ours."""
    from PIL import Image

    gallery = Full(assets=1_000)
    with Image.open(samples / "logo_white.png") as image:
        gallery.picture = image.convert("RGB").resize((160, 120))
    page = Page(FIT, gallery=gallery)
    for number in range(1_000):
        name = f"campaign/spring/banner_{number:04}.png"
        made: list[Outcome] = [
            fitted(name, route=f"route-{route}", size=200_000 + 90_000 * (route % 4)) for route in range(8)
        ]
        made[7] = needs(name, route="route-7") if number % 5 == 0 else made[7]
        made[6] = refused(name, route="route-6") if number % 50 == 0 else made[6]
        page.add(made, samples / "logo.png", {o.output_sha256: samples / "logo.png" for o in made if o.output_sha256})
    text = page.text()
    path = tmp_path / "large.html"
    path.write_text(text, encoding="utf-8")
    assert 0.9 * PAGE_BYTES < path.stat().st_size < 30_000_000

    shown = opened(started, path, **LOOKS[0])
    session = shown.context.new_cdp_session(shown)
    session.send("Performance.enable")
    figures = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
    assert figures["Nodes"] < 200_000  # 185,000 take 2.3 s of the main thread to open, on a busy machine
    assert shown.troubles == []
    assert shown.locator("tr[data-card]").count() == 1_000
    assert shown.locator("td").count() == 8_000
    assert {str(Verdict.NEEDS_FIT), str(Verdict.REFUSED)} <= set(
        shown.locator("button[data-verdict]").evaluate_all("(all) => all.map((each) => each.dataset.verdict)")
    )


def test_every_verdict_is_told_apart_without_colour(started, tmp_path):
    """Each cell says its verdict in a word."""
    page = Page(FIT)
    for outcome in every_verdict():
        page.add([outcome])
    path = tmp_path / "verdicts.html"
    path.write_text(page.text(), encoding="utf-8")
    words = opened(started, path).locator("td").all_inner_texts()
    assert {word.split("\n")[0].strip() for word in words} == {verdict.replace("_", " ") for verdict in Verdict}
