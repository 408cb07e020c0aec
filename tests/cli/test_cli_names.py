"""An asset may be called anything: no name acts on a terminal, a log, a page or a spreadsheet that shows it."""

import csv
import json

import pytest
from command_line import jpeg

NAME = "=cmd|' \x1b]0;own\x07\x1b[2Ja\n::error file=x::%0Ab <script>alert(1)\u202egpj\"&.jpg"
MISSING = f"no{NAME}"


def acts(text):
    """Give what a terminal would obey, and lines that a build server would."""
    letters = {letter for letter in text if not letter.isprintable() and letter != "\n"}
    return letters | {line for line in text.splitlines() if line.startswith("::error file=x")}


@pytest.fixture
def named(here):
    """Lay out a picture with a name that is an attack, and files that speak of it."""
    (here / "in").mkdir()
    (here / "in" / NAME).write_bytes(jpeg())
    (here / "in" / f"broken{NAME}").write_bytes(b"\xff\xd8\xff\xe0rubbish")
    (here / "list.jsonl").write_text(json.dumps({"asset": f"in/{NAME}"}) + "\n" + json.dumps({"asset": MISSING}) + "\n")
    (here / "message.yaml").write_text(f"routes: [att]\nparts:\n  - path: {json.dumps(f'in/{NAME}')}\n")
    return here


@pytest.mark.parametrize(
    "arguments",
    [
        *(("check", "in", "--to", "att", "--all", "--format", form) for form in ("table", "github", "junit", "html")),
        ("fit", "in", "--to", "att", "-o", "out", "--report", "page.html"),
        ("fit", f"in/{NAME}", "--to", "att", "-o", f"in/{NAME}/x.jpg"),
        ("check", MISSING, "--to", "att"),
        ("check", "in", "--to", NAME),
        ("check", "in", "--to", "att", "--via", NAME),
        ("message", "fit", "message.yaml", "-o", "out", "--report", "page.html"),
        ("message", "check", f"{MISSING}.yaml"),
        ("batch", "run", "list.jsonl", "--to", "att", "-o", "out"),
        ("study", "in", "-o", "out", "--to", "att"),
        ("compare", "in", "in", "--to", "att", "--report", "page.html"),
        ("explain", NAME),
        ("why", NAME),
    ],
    ids=lambda arguments: "-".join(each for each in arguments if each.isalnum())[:40],
)
def test_no_name_acts_on_what_shows_it(cli, named, arguments):
    """Nothing on either stream, in a page or in a table but printable letters and our own line ends; no script."""
    done = cli(*arguments)

    assert "internal error" not in done.err
    assert not acts(done.out)
    assert not acts(done.err)
    for path in named.glob("*.html"):
        page = path.read_text(encoding="utf-8")
        assert page.count("<script") == 1, "our own is the only script"
    for path in named.glob("out/*.csv"):
        text = path.read_text(encoding="utf-8")
        assert not acts(text)
        assert not any(cell.startswith(("=", "+", "-", "@")) for row in csv.reader(text.splitlines()) for cell in row)
