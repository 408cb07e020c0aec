"""``profiles diff --impact``: which finished renditions a changed limit breaks, from the journal alone."""

import json
import shutil

import pytest
from command_line import jpeg
from foreign import ROOT

from mediaprep.cli import run


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Lay out profiles before and after a change: carrier ``testers`` falls from 60,000 to 30,000 bytes."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "assets").mkdir()
    for number, width in enumerate((160, 320, 900)):
        (tmp_path / f"assets/{number}.jpg").write_bytes(jpeg(width=width, height=width * 3 // 4, seed=number))
    for name, size in (("old", 60_000), ("new", 30_000)):
        shutil.copytree(ROOT / "carrier_profiles", tmp_path / name)
        own = (
            "schema: mediaprep.profile/1\nname: testers\nrole: carrier\ntitle: Testers\ncountries: [us]\n"
            f"regions: [us]\nsource: own\nsizes: {{total: {{hard: {size}}}}}\ntypes: {{deliver: [image/jpeg]}}\n"
        )
        (tmp_path / name / "carriers" / "testers.yaml").write_text(own)
    return tmp_path


def test_what_a_lower_limit_breaks_is_named(folders, capsys):
    """Renditions over the new limit are listed with the figure; smaller ones and other routes are not."""
    assert run(["batch", "run", "assets", "--to", "testers", "--to", "us", "--profiles", "old", "-o", "out",
                "--engine", "serial", "--json"]) == 0  # fmt: skip
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()][:-1]
    over = {r["output"] for r in records if r["route"] == "testers" and r["size_bytes"] > 30_000 - 2_048}
    before = {p: p.stat().st_mtime_ns for p in (folders / "out").rglob("*.jpg")}

    assert run(["profiles", "diff", "old", "new", "--impact", "out", "--json"]) == 0
    impact = json.loads(capsys.readouterr().out)["impact"]
    assert run(["profiles", "diff", "old", "new", "--impact", "out"]) == 0
    text = capsys.readouterr().out

    assert over
    assert {b["output"] for b in impact["broken"]} == over
    assert {v["code"] for b in impact["broken"] for v in b["violations"]} == {"MP101"}
    assert (impact["renditions"], impact["touched"]) == (6, 3)
    assert f"{len(over)} of 6 renditions in out break a limit that changed (testers {len(over)})" in text
    assert {p: p.stat().st_mtime_ns for p in (folders / "out").rglob("*.jpg")} == before


def test_a_folder_without_a_journal_is_a_usage_error(folders, capsys):
    """There is nothing to say about a folder that no batch has written."""
    assert run(["profiles", "diff", "old", "new", "--impact", "assets"]) == 2
    assert "no journal" in capsys.readouterr().err
