"""The reports for people and for build servers."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from mediaprep.model import Attempt, KindName, MediaInfo, Outcome, Treatment, Verdict, finding
from mediaprep.plugins import load, names
from mediaprep.reports import View

SOURCE = MediaInfo(kind=KindName.IMAGE, media_type="image/png", suffix="png", size_bytes=5_200_000)
OVER = finding(
    "over_limit",
    "5,200,000 bytes; att delivers 600,000",
    profile="att",
    source="T3",
    date="2024-02",
    confidence="doc",
    consequence="rejected",
)
FINE = Outcome(asset="in/fine.jpg", route="att", verdict=Verdict.FITS, source=SOURCE, size_bytes=5_200_000)
WARNED = replace(FINE, asset="in/warned.jpg", warnings=(finding("gps", "it says where it was made"),))
NEEDS = Outcome(
    asset="in/banner.png",
    route="att",
    verdict=Verdict.NEEDS_FIT,
    source=SOURCE,
    size_bytes=5_200_000,
    limit_bytes=600_000,
    violations=(OVER,),
)
REFUSED = Outcome(
    asset="in/broken.jpg", route="att", verdict=Verdict.REFUSED, violations=(finding("truncated", "it ends early"),)
)
BELOW = replace(
    NEEDS,
    asset="in/low.png",
    verdict=Verdict.BELOW_FLOOR,
    attempts=(Attempt(media_type="image/jpeg", size_bytes=612_000, width=480, height=360, score=21.0),),
)
FAILED = Outcome(asset="in/gone.jpg", route="att", verdict=Verdict.FAILED, violations=(finding("disk", "disk full"),))
CHECK = View(mode="check", width=80)
FIT = View(mode="fit", width=80)


def text(form: str, outcomes: list[Outcome], view: View = CHECK) -> str:
    """Give everything that a report says about a run."""
    report = load("reports", form)
    return "".join(report.one([outcome], view) for outcome in outcomes) + report.end(outcomes, view)


def test_a_table_says_each_source_once() -> None:
    """A finding carries its sources' marks; what they stand for is said below, once; other forms say all in place."""
    source = "derived from Twilio support: MMS sizes [T3], A handbook, second edition [A1]"
    cited = replace(OVER, source=source)
    outcomes = [replace(NEEDS, asset=f"in/{number}.png", violations=(cited,)) for number in range(3)]
    shown = text("table", outcomes, replace(CHECK, width=200))
    assert shown.count("(att, [T3][A1], 2024-02, doc)") == 3
    assert shown.count("[T3] Twilio support: MMS sizes\n") == shown.count("[A1] A handbook, second edition\n") == 1
    assert source in text("junit", outcomes)
    own = text("table", [replace(NEEDS, violations=(replace(OVER, source="own"),))], replace(CHECK, width=200))
    assert "(att, own, 2024-02, doc)" in own


def test_of_one_asset_the_table_tells_everything() -> None:
    """A single fit shows what came of it and what was removed; of several, those that are fine are one line."""
    source = replace(SOURCE, gps=True)
    made = replace(
        WARNED, verdict=Verdict.FITTED, treatment=Treatment.TRANSCODE, media_type="image/jpeg", size_bytes=590_000,
        width=1600, height=1200, output="out/warned.jpg", source=source, kind=KindName.IMAGE,
    )  # fmt: skip
    shown = text("table", [made], FIT)
    assert "image/jpeg 1600x1200, out/warned.jpg, removed GPS position" in shown
    assert "out/warned.jpg" not in text("table", [made, FINE], FIT)


@pytest.mark.parametrize("form", names("reports"))
def test_every_form_shows_hostile_names_and_empty_runs(form: str) -> None:
    """No name of an asset breaks a report, ends a line early, or reaches a terminal as a control character."""
    hostile = replace(NEEDS, asset="a\n::error::x\x1b[31m\udce9<&>,:%.jpg", route="r\n")
    for view in (CHECK, FIT, replace(CHECK, everything=True, warnings_fail=True)):
        shown = text(form, [hostile], view)
        assert shown.endswith("\n")
        assert "\x1b" not in shown
        assert "\n::error::x" not in shown
        shown.encode("utf-8")
        text(form, [], view)


# -- table


def test_problems_come_first_the_worst_on_top_and_what_is_fine_is_one_line() -> None:
    """A reader sees what to act on; assets that are fine are counted."""
    shown = text("table", [FINE, NEEDS, WARNED, REFUSED, FAILED])
    assert shown.index("in/gone.jpg") < shown.index("in/broken.jpg") < shown.index("in/banner.png")
    assert "in/fine.jpg" not in shown
    assert "2 of 5 can be sent as they are (--all lists them)." in shown
    assert "Warnings: gps 1 (MP401)." in shown


def test_a_problem_names_sizes_code_origin_and_consequence() -> None:
    """The row says what is there against what is allowed, and who says so."""
    shown = " ".join(text("table", [NEEDS]).split())
    assert "in/banner.png att needs fit 5.2 MB 600 KB" in shown
    expected = "MP101 5,200,000 bytes; att delivers 600,000; consequence: rejected (att, T3, 2024-02, doc)."
    assert expected in shown


def test_all_unfolds_what_is_fine_with_its_warnings() -> None:
    """With --all every asset has its row."""
    shown = text("table", [FINE, WARNED], replace(CHECK, everything=True))
    assert "in/fine.jpg" in shown
    assert "MP401 warning: it says where it was made." in shown


def test_routes_with_the_same_answer_share_a_row() -> None:
    """Five carriers that refuse a picture for one reason are one problem."""
    shown = text("table", [NEEDS, replace(NEEDS, route="verizon")])
    assert "att, verizon" in shown
    assert shown.count("in/banner.png") == 1
    assert "0 of 2 (1 asset on 2 routes)" in shown


def test_routes_that_differ_in_bytes_alone_share_a_row_where_bytes_are_not_the_problem() -> None:
    """A type that nobody delivers is told once, with the limits from the least to the most; too many bytes are not."""
    wrong_type = finding("type_not_delivered", "image/tiff is not delivered here", profile="mms")
    one = replace(NEEDS, violations=(wrong_type,))
    said = text("table", [one, replace(one, route="ca", limit_bytes=750_000), FINE])
    assert said.count("in/banner.png") == 1
    assert "att, ca" in said
    assert "600 KB to 750 KB" in said
    both = text("table", [NEEDS, replace(NEEDS, route="ca", limit_bytes=750_000), FINE])
    assert both.count("in/banner.png") == 2


def test_a_fit_shows_the_rendition_and_the_nearest_attempt() -> None:
    """A rendition under the floor names the nearest attempt; one that was allowed counts as done."""
    shown = text("table", [BELOW], FIT)
    assert "Nearest of 1 encodes: 612,000 bytes at 480x360 (image/jpeg, score 21)." in " ".join(shown.split())
    allowed = replace(BELOW, output="out/low.jpg", size_bytes=590_000)
    shown = text("table", [allowed], replace(FIT, allow_below_floor=True))
    assert "1 of 1 done" in shown


def test_the_fit_is_no_remedy_where_it_would_not_help() -> None:
    """What cannot be fitted is not told to be fitted; other remedies stay."""
    hopeless = replace(
        NEEDS, verdict=Verdict.CANNOT_FIT, violations=(OVER, finding("not_yet_supported", "no video yet"))
    )
    for form in ("table", "github", "junit"):
        shown = " ".join(text(form, [hopeless]).split())
        assert "mediaprep fit` with" not in shown
        assert "Fit the asset with another tool" in shown


def test_next_steps_stand_at_the_end_and_are_never_wrapped() -> None:
    """A command line can be copied whole, however long."""
    step = "mediaprep fit " + "very-long-name " * 10 + "--to us -o out"
    assert text("table", [NEEDS], replace(CHECK, next_steps=(step,))).endswith(f"Next:\n  {step}\n")


@pytest.mark.parametrize("width", [64, 80, 100, 120])
@pytest.mark.parametrize("mode", ["check", "fit"])
def test_the_table_keeps_its_width(width: int, mode: str) -> None:
    """Long names, many routes and wide characters are shortened, so that no line wraps on a terminal."""
    from rich.cells import cell_len

    long = [
        replace(
            NEEDS, asset=f"campaign/summer/{'folder/' * 9}bild.jpeg", route=f"route-number-{n}", limit_bytes=999_999
        )
        for n in range(6)
    ]
    wide = replace(NEEDS, asset="写真" * 40 + ".jpg", violations=(finding("over_limit", "画像" * 60),))
    shown = text("table", [*long, wide], View(mode=mode, width=width))
    assert max(cell_len(line) for line in shown.splitlines()) <= width
    assert "d.jpeg" in shown


def test_a_short_route_is_given_no_more_columns_than_it_needs() -> None:
    """On a narrow terminal the name of the asset gives way, not the limit."""
    shown = text("table", [replace(NEEDS, route="us", asset="campaign/" + "a" * 60), FINE], replace(CHECK, width=50))
    assert shown.splitlines()[0].split() == ["ASSET", "ROUTE", "VERDICT", "SIZE", "LIMIT"]
    assert shown.splitlines()[1].endswith("  600 KB")


def test_colour_is_for_terminals_only() -> None:
    """A file or a pipe gets plain text; with colour the words are the same."""
    plain = text("table", [NEEDS, FINE])
    assert "\x1b" not in plain
    assert "\x1b[" in text("table", [NEEDS, FINE], replace(CHECK, colour=True))


# -- GitHub


def test_annotations_are_escaped_and_name_file_code_and_remedy() -> None:
    """The runner shows each violation at its file; commas and colons cannot end a property."""
    lines = text("github", [replace(NEEDS, asset="in/50%, a:b.png"), WARNED, FINE]).splitlines()
    assert lines[0].startswith("::error file=in/50%25%2C a%3Ab.png,title=MP101 needs fit on att::5,200,000 bytes;")
    assert lines[0].endswith("Run `mediaprep fit` with the same route.")
    assert lines[1].startswith("::warning file=in/warned.jpg,title=MP401 fits on att::")
    assert lines[2] == "mediaprep check: 2 of 3 done, 1 not"
    assert len(lines) == 3


def test_warnings_that_fail_a_run_are_errors() -> None:
    """What makes the exit code 3 is not shown as a mere warning."""
    assert text("github", [WARNED], replace(CHECK, warnings_fail=True)).startswith("::error file=in/warned.jpg")


# -- JUnit


def test_junit_has_a_suite_a_route_and_a_case_an_asset() -> None:
    """Assets' troubles are failures, faults that are not theirs errors; warnings are output."""
    root = ET.fromstring(text("junit", [FINE, NEEDS, REFUSED, FAILED, WARNED, replace(FINE, route="us")]))
    suites = {suite.get("name"): suite for suite in root}
    assert set(suites) == {"att", "us"}
    assert dict(suites["att"].items()) == {"name": "att", "tests": "5", "failures": "2", "errors": "1"}
    cases = {case.get("name"): case for case in suites["att"]}
    assert [child.tag for child in cases["in/banner.png"]] == ["failure"]
    assert cases["in/banner.png"][0].get("message") == "needs fit MP101"
    assert "600,000" in cases["in/banner.png"][0].text
    assert [child.tag for child in cases["in/gone.jpg"]] == ["error"]
    assert [child.tag for child in cases["in/warned.jpg"]] == ["system-out"]
    assert len(cases["in/fine.jpg"]) == 0


def test_junit_follows_the_runs_own_rules() -> None:
    """A warning fails a case only in a run that fails on warnings, and an allowed low score is no failure."""
    strict = ET.fromstring(text("junit", [WARNED], replace(CHECK, warnings_fail=True)))
    assert [child.tag for child in strict[0][0]] == ["failure", "system-out"]
    assert len(ET.fromstring(text("junit", [BELOW], replace(FIT, allow_below_floor=True)))[0][0]) == 0
