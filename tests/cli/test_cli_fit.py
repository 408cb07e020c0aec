"""``mediaprep fit`` on real files: names, bytes, the index, what is never written."""

from __future__ import annotations

import json
import os
from pathlib import Path

from command_line import Cli, jpeg


def files(folder: Path) -> list[str]:
    """List the files below a folder, as relative names."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def profile(folder: Path, name: str, more: str = "") -> None:
    """Write a profile of our own, so that no shipped figure decides here."""
    (folder / "carriers").mkdir(parents=True, exist_ok=True)
    (folder / "carriers" / f"{name}.yaml").write_text(
        f"schema: mediaprep.profile/1\nname: {name}\nrole: carrier\ntitle: {name}\nstatus: stable\ncountries: [us]\n"
        "source: own\nsizes: {total: 10048}\ntypes: {deliver: [image/jpeg, image/png]}\n"
        f"{more}\n",
        encoding="utf-8",
    )


def test_a_file_of_another_types_suffix_is_warned_of(cli: Cli, campaign: Path) -> None:
    """A JPEG goes into the file that was named, and MP404 says that ``.png`` is no name for it; ``.jpeg`` is."""
    wrong = cli("fit", "campaign/big.jpg", "--max-bytes", "8000", "-o", "new.png", "--json")
    right = cli("fit", "campaign/big.jpg", "--max-bytes", "8000", "-o", "new.JPEG", "--json")

    assert [w["code"] for w in wrong.records[0]["warnings"]] == ["MP404"]
    assert "call it .jpg" in wrong.records[0]["warnings"][0]["message"]
    assert right.records[0]["warnings"] == []


def test_the_record_of_a_run_is_never_written_over_by_a_rendition(cli: Cli, campaign: Path, here: Path) -> None:
    """``-o index.json`` is refused before any work."""
    cli("fit", "campaign", "--max-bytes", "8000", "-o", "out")
    before = (here / "out/index.json").read_bytes()

    assert cli("fit", "campaign/big.jpg", "--max-bytes", "8000", "-o", "out/index.json").code == 2
    assert (here / "out/index.json").read_bytes() == before


def test_a_folder_gets_a_rendition_an_asset_and_the_index(cli: Cli, campaign: Path, here: Path) -> None:
    """Relative paths are kept, what fits is copied, and the records of --json are in index.json."""
    result = cli("fit", "campaign", "--max-bytes", "8000", "-o", "out", "--json")
    assert result.code == 0, result.out
    assert files(here / "out") == ["big.jpg", "index.json", "spring/big.jpg", "spring/small.jpg"]
    assert [r["verdict"] for r in result.records] == ["fitted", "fitted", "fits"]
    for record in result.records:
        path = Path(record["output"])
        assert path.stat().st_size == record["size_bytes"] <= 8000
    assert Path("out/spring/small.jpg").read_bytes() == (campaign / "spring/small.jpg").read_bytes()
    assert json.loads(Path("out/index.json").read_text(encoding="ascii"))["records"] == result.records


def test_a_second_run_skips_its_own_results_and_replaces_them(cli: Cli, campaign: Path) -> None:
    """OUT inside the assets' folder is never taken for assets."""
    for _ in range(2):
        result = cli("fit", "campaign", "--max-bytes", "8000", "-o", "campaign/out", "--json")
        assert (result.code, len(result.records)) == (0, 3)
    assert files(campaign / "out") == ["big.jpg", "index.json", "spring/big.jpg", "spring/small.jpg"]


def test_one_asset_and_a_file_name_is_that_file(cli: Cli, campaign: Path, here: Path) -> None:
    """Exactly that file is written, in a new folder if need be, and no index."""
    result = cli("fit", "campaign/big.jpg", "--max-bytes", "8000", "-o", "new/place/banner.jpeg", "--json")
    assert result.code == 0
    assert result.records[0]["output"] == os.path.join("new", "place", "banner.jpeg")
    assert files(here / "new") == ["place/banner.jpeg"]


def test_twins_keep_their_old_suffix(cli: Cli, campaign: Path, here: Path) -> None:
    """Two assets that differ by suffix only are told apart, both by the same rule."""
    from PIL import Image

    with Image.open(campaign / "big.jpg") as picture:
        picture.resize((32, 24)).save(campaign / "big.png")
    assert cli("fit", "campaign/big.jpg", "campaign/big.png", "--max-bytes", "8000", "-o", "out").code == 0
    assert files(here / "out") == ["big-jpg.jpg", "big-png.png", "index.json"]


def test_clashes_end_with_2_before_any_work(cli: Cli, campaign: Path, here: Path) -> None:
    """Two roots with one relative path, an output over its source: nothing is written."""
    before = files(here)
    for argv in (
        ["campaign/big.jpg", "campaign/spring/big.jpg", "-o", "out"],
        ["campaign", "-o", "campaign"],
        ["campaign/big.jpg", "-o", "campaign/"],
        ["campaign/big.jpg", "-o", "campaign/big.jpg"],
        ["campaign", "-o", "campaign/big.jpg"],
    ):
        result = cli("fit", *argv, "--max-bytes", "8000")
        assert result.code == 2, argv
        assert result.err.startswith("mediaprep: ")
        assert files(here) == before
        assert not (here / "out").exists()


def test_a_dry_run_writes_nothing_and_needs_no_out(cli: Cli, campaign: Path, here: Path) -> None:
    """Verdicts, sizes and attempts are those of a real run; the outputs are absent."""
    before = files(here)
    dry = cli("fit", "campaign", "--max-bytes", "8000", "--dry-run", "--json")
    assert cli("fit", "campaign", "--max-bytes", "8000", "--dry-run", "-o", "out").code == 0
    assert files(here) == before
    assert not (here / "out").exists()
    wet = cli("fit", "campaign", "--max-bytes", "8000", "-o", "out", "--json")
    assert [(r["verdict"], r["size_bytes"]) for r in dry.records] == [
        (r["verdict"], r["size_bytes"]) for r in wet.records
    ]
    assert [r["output"] for r in dry.records] == [None] * 3


def test_a_refused_asset_leaves_neither_a_file_nor_an_empty_folder(cli: Cli, campaign: Path, here: Path) -> None:
    """The others are written, and the index names every asset."""
    (campaign / "cut").mkdir()
    (campaign / "cut" / "cut.jpg").write_bytes((campaign / "big.jpg").read_bytes()[:3000])
    result = cli("fit", "campaign", "--max-bytes", "8000", "-o", "out")
    assert result.code == 4
    assert not (here / "out/cut").exists()
    assert files(here / "out") == ["big.jpg", "index.json", "spring/big.jpg", "spring/small.jpg"]
    assert len(json.loads(Path("out/index.json").read_text(encoding="ascii"))["records"]) == 4


def test_an_impossible_size_writes_nothing_and_names_the_nearest(cli: Cli, here: Path) -> None:
    """A rendition over the limit, or below the floor without leave, is never written; the empty folder goes."""
    (here / "photo.jpg").write_bytes(jpeg(width=1600, height=1200))
    result = cli("fit", "photo.jpg", "--max-bytes", "100", "-o", "out", "--json")
    [record] = result.records
    assert result.code == 3
    assert record["verdict"] in ("below_floor", "cannot_fit")
    assert record["output"] is None
    assert files(here / "out") == ["index.json"]
    assert "earest" in cli("fit", "photo.jpg", "--max-bytes", "100", "-o", "out").out


def test_what_is_below_the_floor_is_written_with_leave_only(cli: Cli, campaign: Path, here: Path) -> None:
    """With --allow-below-floor the rendition is there, keeps the limit, and the run ends with 0."""
    profile(here / "ours", "strict", "score: {warn: 100, floor: 99.9, cap: 100}")
    argv = ("fit", "campaign/big.jpg", "--to", "strict", "--profiles", "ours", "-o", "out", "--json")
    refused, allowed = cli(*argv), cli(*argv, "--allow-below-floor")
    assert (refused.code, allowed.code) == (3, 0)
    [before], [after] = refused.records, allowed.records
    assert before["verdict"] == after["verdict"] == "below_floor"
    assert before["output"] is None
    assert before["violations"][-1]["code"] == "MP103"
    assert Path(after["output"]).stat().st_size == after["size_bytes"] <= 8000


def test_groups_have_folders_and_share_identical_renditions(cli: Cli, campaign: Path, here: Path) -> None:
    """Three routes with one limit get one rendition, hard-linked, and each says whom it shares it with."""
    profile(here / "ours", "north")
    profile(here / "ours", "south")
    groups = ("--to", "north", "--to", "south", "--to", "north,south", "--profiles", "ours")
    result = cli("fit", "campaign/big.jpg", *groups, "-o", "out", "--json")
    assert result.code == 0, result.err
    folders = ["north", "south", "north+south"]
    assert [record["output"] for record in result.records] == [os.path.join("out", f, "big.jpg") for f in folders]
    assert result.records[0]["shared_with"] == [record["route"] for record in result.records[1:]]
    assert len({os.stat(record["output"]).st_ino for record in result.records}) == 1
    assert {record["limit_bytes"] for record in result.records} == {8000}
    index = json.loads(Path("out/index.json").read_text(encoding="ascii"))
    assert [route["folder"] for route in index["routes"]] == folders


def test_a_group_given_twice_counts_once(cli: Cli, campaign: Path, here: Path) -> None:
    """The same group needs no folder of its own, also when it comes from the project's file."""
    profile(here / "ours", "north")
    (here / "mediaprep.toml").write_text('to = ["north", "north"]\nprofiles = "ours"\n', encoding="utf-8")
    assert cli("fit", "campaign/big.jpg", "-o", "out").code == 0
    assert files(here / "out") == ["big.jpg", "index.json"]


def test_notes_about_ones_own_profiles_go_to_stderr(cli: Cli, campaign: Path, here: Path) -> None:
    """What a folder of profiles replaces is said once, and never on stdout."""
    profile(here / "ours", "att")
    result = cli("check", "campaign", "--to", "att", "--profiles", "ours", "--json")
    assert result.code == 3
    assert len(result.records) == 3
    assert "mediaprep: note: " in result.err
    assert "replaces the shipped profile 'att'" in result.err
