"""What bytes buy: curves, knees, delivery-safe sizes."""

from __future__ import annotations

import csv
import io
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaprep import study
from mediaprep.cli import run
from mediaprep.errors import UsageError
from mediaprep.limits import Limits


def asset(*scores, name="a.jpg", group="image"):
    """Make a studied asset with these scores at 100 KB, 200 KB, ..."""
    points = tuple(
        study.Point(limit_bytes=100_000 * (number + 1), size_bytes=1, score=score)
        for number, score in enumerate(scores)
    )
    return study.Studied(asset=name, group=group, kind="image", source_bytes=9, points=points)


def profiles(folder):
    """Write a carrier that takes fewer bytes of animations than of pictures."""
    (folder / "profiles").mkdir(exist_ok=True)
    (folder / "profiles" / "kindly.yaml").write_text(
        "schema: mediaprep.profile/1\nname: kindly\nrole: carrier\ntitle: Kindly\nsource: own\n"
        "sizes: {total: {hard: 900000}, kinds: {image: {hard: 800000}, animation: {hard: 300000}}}\n"
        "types: {deliver: [image/jpeg, image/png, image/gif]}\n",
        encoding="utf-8",
    )
    return folder / "profiles"


def test_sizes_are_a_range_or_a_list():
    """A range takes the usual sizes between its ends, a list is taken as it is, each in order."""
    assert study.sizes_of("50KB..100KB") == (50_000, 75_000, 100_000)
    assert study.sizes_of("300KiB,60KB") == (60_000, 307_200)
    assert study.sizes_of(None)[-1] == 2_000_000
    for wrong in ("2MB..50KB", "much", "1..x"):
        with pytest.raises(UsageError, match="--sizes"):
            study.sizes_of(wrong)


@given(st.lists(st.floats(min_value=0, max_value=100), min_size=1, max_size=12))
def test_the_knee_is_the_smallest_size_within_a_point_of_the_best(scores):
    """Whatever the curve: at the knee at most a point is missing, and at every smaller size more than one."""
    each = asset(*scores)
    best = max(point.seen for point in each.points)
    at = each.at(each.knee_bytes)
    assert at.seen >= best - 1
    assert all(point.seen < best - 1 for point in each.points if point.limit_bytes < each.knee_bytes)


def test_each_further_route_costs_what_its_size_takes_away():
    """The most generous first; the last one's size is the delivery-safe one."""
    found = study.steps([asset(50, 70, 80), asset(60, 80, 90)], [("small", 100_000), ("large", 300_000)])
    assert [(s.route, s.mean_score, s.cost) for s in found] == [("large", 85.0, 0.0), ("small", 55.0, 30.0)]
    assert found[-1].safe_bytes == 100_000


def test_no_score_above_the_cap_counts():
    """Bytes beyond what is told apart buy nothing: the knee is where the cap is reached."""
    assert asset(89.5, 94, 99).knee_bytes == 100_000


def test_the_cap_is_the_routes_own():
    """Where a route's profile puts it higher, bytes up to there still buy something."""
    limits = {kind: replace(Limits(kind=kind), cap_score=95.0) for kind in study.VISUAL}
    assert study.cap_of(limits.__getitem__) == 95.0
    assert study.Point(limit_bytes=1, score=97.0, cap=95.0).seen == 95.0
    assert (
        study.job_of("a", Path("a"), lambda kind: limits.get(kind, Limits(kind=kind)), [1], Path()).enough_score == 95
    )


def test_a_study_writes_its_curves_and_says_the_knee(samples, tmp_path, capsys):
    """More bytes never look worse; sizes hold their limits; a text has no score, and says so."""
    out = tmp_path / "study"
    files = [str(samples / name) for name in ("texture_photo.jpg", "message.txt")]
    code = run(["study", *files, "--sizes", "40KB..300KB", "--to", "us", "--to", "att", "-o", str(out),
                "--isolation", "none"])  # fmt: skip
    words = " ".join(capsys.readouterr().out.split())
    assert code == 3
    assert "message.txt: no score" in words
    assert "Delivery-safe size for all of them" in words
    assert f"Written: {out}/study.csv, {out}/study.json" in words
    rows = list(csv.DictReader(io.StringIO((out / "study.csv").read_text())))
    scores = [float(row["score"]) for row in rows]
    assert all(int(row["size_bytes"]) <= int(row["limit_bytes"]) for row in rows)
    assert [min(score, 90) for score in scores] == sorted(min(score, 90) for score in scores)
    assert scores[0] < scores[-1]
    document = json.loads((out / "study.json").read_text())
    assert document["schema"] == "mediaprep.study/1"
    assert document["assets"][0]["knee_bytes"] in [int(row["limit_bytes"]) for row in rows]
    assert document["routes"][0]["cost"] == 0


def test_no_encode_is_made_above_the_size_that_reaches_the_cap(samples, tmp_path):
    """Sizes beyond "not told apart" get the same rendition, without an encode, and the score stays."""
    out = tmp_path / "study"
    picture = str(samples / "portrait_photo.jpg")
    assert run(["study", picture, "--sizes", "100KB..500KB", "--isolation", "none", "-o", str(out)]) == 0
    points = json.loads((out / "study.json").read_text())["assets"][0]["points"]
    capped = [point for point in points if (point["score"] or 0) >= study.CAP]
    assert len(capped) >= 3
    assert capped[0]["encodes"] >= 1
    assert [point["encodes"] for point in capped[1:]] == [0] * (len(capped) - 1)
    assert len({point["size_bytes"] for point in capped}) == 1
    assert [point["limit_bytes"] for point in points] == sorted(point["limit_bytes"] for point in points)


def test_the_safe_size_is_that_of_the_kinds_studied(samples, tmp_path):
    """A provider that takes smaller clips than pictures: a clip's safe size is the clip's."""
    found = {}
    for name in ("logo.png", "film_loop.gif"):
        out = tmp_path / name
        call = ["study", str(samples / name), "--sizes", "400KB", "--profiles", str(profiles(tmp_path))]
        run([*call, "--to", "kindly", "--isolation", "none", "-o", str(out)])
        found[name] = json.loads((out / "study.json").read_text())["delivery_safe_bytes"]
    assert found["logo.png"] > found["film_loop.gif"]


def test_the_plot_is_a_picture_where_matplotlib_is_there(tmp_path):
    """Two groups, two routes: a PNG of a size to be shown."""
    pytest.importorskip("matplotlib")
    from PIL import Image

    from mediaprep.study.plot import plot

    assets = [asset(50, 70, 80), asset(60, 80, 90, name="b.png", group="flyers")]
    found = study.steps(assets, [("small", 100_000), ("large", 300_000)])
    assert plot(assets, found, (100_000, 200_000, 300_000), tmp_path / "p.png")
    with Image.open(tmp_path / "p.png") as image:
        assert image.size[0] > 1000


def test_names_that_spreadsheets_would_run_are_words():
    """A name that begins as a formula does is quoted."""
    assert "'=cmd" in study.csv_text([asset(50, name="=cmd()|x.jpg")])
    assert "'@sum" in study.csv_text([asset(50, group="@sum(a)")])
    assert "\\udcff" in study.csv_text([asset(50, group="\udcff")])


@pytest.mark.skipif(sys.platform != "linux", reason="a folder that nobody can make anything in is Linux's /proc")
def test_a_folder_that_cannot_be_made_is_told_before_any_work(samples, capsys):
    """Every size used to be tried first, and the answer ended as an internal error."""
    code = run(["study", str(samples / "logo.png"), "--to", "att", "-o", "/proc/1/x/y"])

    told = capsys.readouterr()
    assert (code, told.out) == (5, "")
    assert "/proc/1/x" in told.err
    assert "internal" not in told.err
