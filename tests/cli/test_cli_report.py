"""``--report``: one page beside whatever else a command says."""

from message_files import written


def test_a_fit_leaves_a_page_with_before_and_after(cli, campaign, here):
    """The page names each asset with its rendition; standard output stays the answer of the command."""
    done = cli("fit", "campaign", "--max-bytes", "8000", "-o", "out", "--report", "r.html", "--json")
    assert done.code == 0
    assert len(done.records) == 3
    text = (here / "r.html").read_text(encoding="utf-8")
    assert "3 of 3 ready to send" in text
    assert text.count("data:image/") >= 5
    assert text.count('class="look after"') == 2
    assert "report: r.html" in done.err


def test_a_check_leaves_a_page_also_where_nothing_can_be_sent(cli, here):
    """A file of no use is on the page with its reason and no picture."""
    (here / "no.jpg").write_bytes(b"\xff\xd8\xff\xe0 not really")
    done = cli("check", "no.jpg", "--max-bytes", "8000", "--report", "r.html")
    assert done.code == 4
    assert "MP50" in (here / "r.html").read_text(encoding="utf-8")


def test_a_check_shows_assets_as_they_are(cli, campaign, here):
    """Nothing is "before" where nothing was made, by a fit neither."""
    cli("check", "campaign", "--max-bytes", "8000", "--report", "r.html")
    page = (here / "r.html").read_text(encoding="utf-8")
    assert "<b>As it is</b>" in page
    assert "<b>Before</b>" not in page
    cli("fit", "campaign", "--max-bytes", "8000", "-o", "out", "--report", "r.html")
    page = (here / "r.html").read_text(encoding="utf-8")
    assert page.count("<b>As it is</b>") == 1  # the one that needed nothing
    assert page.count("<b>Before</b>") == 2


def test_a_message_is_shown_on_a_phone_with_its_checklist(cli, here):
    """Text, parts, what goes out instead, and each line of the checklist are there."""
    body = 'text: "20 % off <b>today</b>. Reply STOP."\nparts: [{path: logo.png, alt: Our logo}]\n'
    path = written(here, body + 'fallback: {link: "https://x.example/s"}\n', "logo.png")
    done = cli(
        "message", "fit", "--isolation", "none", str(path), "--to", "us", "-o", "out", "--report", str(here / "m.html")
    )
    assert done.code == 0
    text = (here / "m.html").read_text(encoding="utf-8")
    assert "1 of 1 message ready" in text
    assert "20 % off &lt;b&gt;today&lt;/b&gt;. Reply STOP." in text
    assert 'alt="Our logo"' in text
    assert "opt-out wording" in text
    assert "https://x.example/s" in text


def test_a_page_that_cannot_be_written_stops_the_run_before_any_work(cli, campaign, here):
    """A folder that is not there, or a folder as the name, is exit 2, and nothing is written."""
    for name in ("nowhere/r.html", "campaign"):
        done = cli("fit", "campaign", "--max-bytes", "8000", "-o", "out", "--report", name)
        assert done.code == 2
        assert "--report" in done.err
    assert not (here / "out").exists()


def test_a_page_takes_the_place_of_pages_only(cli, campaign, here):
    """An asset, a message's file and a rendition of the very run stay; a page of an earlier run is replaced."""
    asset, message = campaign / "big.jpg", here / "message.yaml"
    message.write_text("text: Hello\nparts: [{path: campaign/big.jpg}]\n")
    before = asset.read_bytes(), message.read_bytes()
    new = ["campaign/big.jpg", "--max-bytes", "8000", "-o", "out"]

    for argv in (
        ["check", "campaign", "--max-bytes", "8000", "--report", "campaign/big.jpg"],
        ["message", "check", "message.yaml", "--to", "us", "--report", "message.yaml"],
        ["fit", *new, "--report", "campaign/big.jpg"],
    ):
        done = cli(*argv)
        assert (done.code, done.out) == (2, ""), argv
        assert "is no HTML page" in done.err
    assert (asset.read_bytes(), message.read_bytes()) == before
    assert not (here / "out").exists()

    (here / "out").mkdir()
    assert cli("fit", *new, "--report", "out/big.jpg").code == 2
    assert (here / "out/big.jpg").read_bytes().startswith(b"\xff\xd8")
    for _ in range(2):
        assert cli("fit", *new, "--report", "out/page.html").code == 0


def test_a_batch_leaves_a_page_now_or_later(cli, campaign, here):
    """The page is made from the journal: by the run itself, or by status at any time."""
    done = cli(
        "batch", "run", "campaign", "--max-bytes", "8000", "-o", "out", "--engine", "serial", "--report", "r.html"
    )
    assert done.code == 0
    text = (here / "r.html").read_text(encoding="utf-8")
    assert "3 of 3 ready to send" in text
    assert text.count('class="look after"') == 2
    assert cli("batch", "status", "out", "--report", "later.html").code == 0
    assert (here / "later.html").read_text(encoding="utf-8").count('class="look after"') == 2
