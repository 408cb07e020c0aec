"""``mediaprep fit`` on real files: names, bytes, the index, what is never written."""

from __future__ import annotations

import json
import os
from pathlib import Path

from conftest import Cli, jpeg


def files(folder: Path) -> list[str]:
    """List the files below a folder, as relative names."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


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


def test_an_allowed_low_score_counts_as_done(cli: Cli, here: Path) -> None:
    """With --allow-below-floor what is below the floor is written and the run ends with 0."""
    (here / "photo.jpg").write_bytes(jpeg(width=1600, height=1200))
    for size in (5_000, 3_000, 2_000, 1_200):
        result = cli("fit", "photo.jpg", "--max-bytes", str(size), "-o", f"{size}/", "--json")
        if result.records[0]["verdict"] == "below_floor":
            allowed = cli(
                "fit", "photo.jpg", "--max-bytes", str(size), "-o", f"{size}/", "--json", "--allow-below-floor"
            )
            assert allowed.code == 0
            assert Path(allowed.records[0]["output"]).stat().st_size <= size
            assert f"{size}/photo.jpg" in str(here / allowed.records[0]["output"])
            return
    raise AssertionError("no size lay between the floor and nothing fits")


def test_groups_have_folders_and_share_identical_renditions(cli: Cli, campaign: Path, here: Path) -> None:
    """Two routes with one limit get one rendition, hard-linked, and say so."""
    argv = ("fit", "campaign/big.jpg", "--to", "us", "--to", "us,att", "--max-bytes", "8000", "-o", "out", "--json")
    result = cli(*argv)
    assert result.code == 0, result.err
    first, second = result.records
    assert first["output"] != second["output"]
    assert Path(first["output"]).parent.name == "us"
    assert len(Path(first["output"]).parts) == 3
    assert first["output_sha256"] == second["output_sha256"]
    assert first["shared_with"] == [second["route"]]
    assert os.path.samefile(first["output"], second["output"])
    index = json.loads(Path("out/index.json").read_text(encoding="ascii"))
    assert [route["folder"] for route in index["routes"]] == [Path(r["output"]).parent.name for r in result.records]


def test_a_group_given_twice_counts_once(cli: Cli, campaign: Path, here: Path) -> None:
    """The same group needs no folder of its own."""
    assert cli("fit", "campaign/big.jpg", "--to", "us", "--to", "us", "-o", "out").code == 0
    assert files(here / "out") == ["big.jpg", "index.json"]
