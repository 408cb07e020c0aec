"""What goes wrong around an asset: disks, programs, clocks, caches. Said clearly, nothing lost, nothing half."""

from __future__ import annotations

import ast
import os
import random
import time
from pathlib import Path

import pytest
from command_line import jpeg
from faults import fake_ffmpeg
from faults.disks import disk
from foreign import ROOT
from kinds.timed_media import make

from mediaprep.ffmpeg import binary
from mediaprep.workdir import remove_all

LIMIT = 8_000


def files(folder: Path) -> list[str]:
    """Name all files below a folder, hidden ones too."""
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_a_full_disk_costs_only_what_does_not_fit_on_it(cli, here):
    """What finds room is written; the rest is ``disk``, and no unfinished file takes up space."""
    (here / "assets").mkdir()
    (here / "assets" / "a_small.jpg").write_bytes(jpeg(width=64, height=48, quality=60))
    (here / "assets" / "b_large.jpg").write_bytes(jpeg(width=1_600, height=1_200))
    with disk(here / "out", "size=64k") as out:
        result = cli("fit", "assets", "--to", "us", "-o", "out", "--json")

        assert result.code == 5
        assert [r["verdict"] for r in result.records] == ["fits", "failed"]
        assert [v["code"] for r in result.records for v in r["violations"]] == ["MP603"]
        assert "No space left" in result.records[1]["violations"][0]["message"]
        assert files(out) == ["a_small.jpg", "index.json"]


def test_a_full_temporary_folder_is_not_the_clips_fault(cli, here, monkeypatch):
    """Ffmpeg writes there: the outcome is ``disk`` and names the folder."""
    make(here / "a.mp4", "-c:v", "libx264", "-c:a", "aac", "-b:v", "400k")
    with disk(here / "tmp", "size=16k") as small:
        remove_all()  # this process has a folder elsewhere by now
        monkeypatch.setattr("tempfile.tempdir", str(small))
        result = cli("fit", "a.mp4", "--to", "us", "--max-bytes", "20000", "-o", "out", "--json")
        remove_all()

    assert result.code == 5
    assert [v["code"] for v in result.records[0]["violations"]] == ["MP603"]
    assert str(here / "tmp") in result.records[0]["violations"][0]["message"]
    assert files(here / "out") == ["index.json"]


def test_a_read_only_disk_is_a_matter_of_permission(cli, campaign, here):
    """Nothing can be made there: said once, with the folder's name."""
    with disk(here / "out", "ro"):
        result = cli("fit", "campaign", "--max-bytes", str(LIMIT), "-o", "out/deep")

    assert result.code == 5
    assert "Read-only file system" in result.err
    assert "out/deep" in result.err


def test_a_batch_whose_disk_filled_up_goes_on_when_there_is_room(cli, campaign, here):
    """The run ends with the journal's words; the next one finishes the rest and all renditions are whole."""
    with disk(here / "out", "size=72k") as out:
        (out / "ballast").write_bytes(bytes(12_000))
        first = cli("batch", "run", "campaign", "--max-bytes", str(LIMIT), "-o", "out", "--jobs", "1")
        (out / "ballast").unlink()
        subdued = [name for name in files(out) if name.startswith(".mediaprep-")]
        os.system(f"mount -o remount,size=4m {out}")
        second = cli("batch", "run", "campaign", "--max-bytes", str(LIMIT), "-o", "out", "--jobs", "1")

        assert first.code == 5
        assert "full" in first.err + first.out or "No space left" in first.err + first.out
        assert subdued == []
        assert second.code == 0
        pictures = [name for name in files(out) if name.endswith(".jpg")]
        assert pictures == ["big.jpg", "spring/big.jpg", "spring/small.jpg"]
        assert all((out / name).stat().st_size <= LIMIT for name in pictures)


@pytest.mark.parametrize("trouble", ["read-only", "full", "a file"])
def test_a_cache_that_cannot_be_used_costs_a_warning(cli, campaign, here, trouble):
    """Renditions are made and delivered all the same."""
    arguments = ("fit", "campaign", "--max-bytes", str(LIMIT), "-o", "out", "--cache", "cache", "--json")
    if trouble == "a file":
        (here / "cache").write_bytes(b"x")
        result = cli(*arguments)
    else:
        with disk(here / "cache", "ro" if trouble == "read-only" else "size=4k"):
            result = cli(*arguments)

    assert result.code == 0
    assert [r["verdict"] for r in result.records] == ["fitted", "fitted", "fits"]
    warnings = [[w["code"] for w in r["warnings"]] for r in result.records]
    assert all("MP452" in codes for codes in warnings[: 2 if trouble == "full" else 3])
    assert [name for name in files(here / "out") if name != "index.json"] == [
        "big.jpg",
        "spring/big.jpg",
        "spring/small.jpg",
    ]


def test_a_damaged_cache_entry_is_made_anew(cli, campaign, here):
    """One byte of any entry changed, or its end gone: same bytes, same record as without a cache."""
    arguments = ("fit", "campaign", "--max-bytes", str(LIMIT), "-o", "out", "--cache", "cache", "--json")
    kept = ("verdict", "size_bytes", "output_sha256", "score", "width", "treatment", "violations")
    first = [{name: record[name] for name in kept} for record in cli(*arguments).records]
    chance = random.Random(10)
    entries = [path for path in (here / "cache").rglob("*") if path.is_file()]
    assert len(entries) >= 6
    for how in ("flip", "cut"):
        for path in entries:
            data = bytearray(path.read_bytes())
            if how == "cut":
                data = data[: chance.randrange(len(data))]
            else:
                data[chance.randrange(len(data))] ^= chance.randrange(1, 256)
            path.write_bytes(data)
        result = cli(*arguments)
        assert result.code == 0
        assert [{name: record[name] for name in kept} for record in result.records] == first


@pytest.mark.parametrize("mode", ["rubbish", "silent", "killed", "crashed", "short", "empty", "damaged", "failing"])
def test_an_ffmpeg_that_misbehaves_writes_nothing_half(cli, here, monkeypatch, mode):
    """The clip is not done and says why, the picture beside it is; what was half written is gone."""
    make(here / "a.mp4", "-c:v", "libx264", "-c:a", "aac", "-b:v", "400k")
    (here / "b.jpg").write_bytes(jpeg())
    monkeypatch.setenv("MEDIAPREP_FFMPEG", str(fake_ffmpeg.install(here, mode, binary())))

    result = cli("fit", "a.mp4", "b.jpg", "--to", "us", "--max-bytes", str(LIMIT), "-o", "out", "--json")

    clip, picture = result.records
    assert clip["verdict"] in {"failed", "refused", "cannot_fit"}
    assert result.code == {"failed": 5, "refused": 4, "cannot_fit": 3}[clip["verdict"]]
    assert clip["violations"][0]["message"]
    assert picture["verdict"] == "fitted"
    assert files(here / "out") == ["b.jpg", "index.json"]


@pytest.mark.parametrize("named", ["/nowhere/ffmpeg", "ffmpeg", "a.mp4"])
def test_a_missing_ffmpeg_is_said_to_be_missing(cli, here, monkeypatch, named):
    """No such file, no full path, or no program: ``tool_missing``, with what to set."""
    make(here / "a.mp4", "-c:v", "libx264", "-c:a", "aac")
    monkeypatch.setenv("MEDIAPREP_FFMPEG", str(here / named) if named == "a.mp4" else named)

    result = cli("fit", "a.mp4", "--to", "us", "--max-bytes", "20000", "-o", "out", "--json")

    assert result.code == 5
    assert [v["code"] for v in result.records[0]["violations"]] == ["MP604"]
    assert "MEDIAPREP_FFMPEG" in result.records[0]["violations"][0]["message"]
    assert files(here / "out") == ["index.json"]


@pytest.mark.parametrize("step_s", [86_400.0, -86_400.0])
def test_a_clock_that_jumps_changes_nothing(cli, campaign, here, monkeypatch, step_s):
    """The wall clock leaps a day with every look at it: outcomes and durations are as ever."""
    now = [time.time()]

    def leaping():
        now[0] += step_s
        return now[0]

    monkeypatch.setattr(time, "time", leaping)
    result = cli("fit", "campaign", "--max-bytes", str(LIMIT), "-o", "out", "--cache", "cache", "--json")

    assert result.code == 0
    assert all(0 <= record["elapsed_s"] < 60 for record in result.records)
    assert [name for name in files(here / "out") if name != "index.json"] == [
        "big.jpg",
        "spring/big.jpg",
        "spring/small.jpg",
    ]


def test_no_duration_is_taken_from_the_wall_clock():
    """``time.time`` says when, for journals and for files' ages; how long is asked of clocks that cannot be set."""
    asking = {
        str(path.relative_to(ROOT / "mediaprep"))
        for path in (ROOT / "mediaprep").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr) == ("time", "time")
    }

    assert asking == {"workdir.py", "sending/journal.py", "sending/once.py"}
