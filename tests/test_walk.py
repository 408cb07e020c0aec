"""Finding the assets of a run."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from mediaprep.errors import UsageError
from mediaprep.walk import find_assets


def touch(path: Path) -> Path:
    """Make a small file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return path


def test_a_folder_is_walked_sorted_and_keeps_its_relative_paths(tmp_path: Path) -> None:
    """A folder's assets come in one fixed order, depth first, each with its path below the folder."""
    for name in ("b.jpg", "a/z.jpg", "a/b/c.jpg", "c.jpg"):
        touch(tmp_path / "campaign" / name)
    found = find_assets([str(tmp_path / "campaign")])
    assert [a.relative for a in found] == [("a", "b", "c.jpg"), ("a", "z.jpg"), ("b.jpg",), ("c.jpg",)]
    assert found[0].name == os.path.join(str(tmp_path / "campaign"), "a", "b", "c.jpg")
    assert found[0].path.read_bytes() == b"x"


def test_dot_files_links_pipes_and_the_output_folder_are_left_out(tmp_path: Path) -> None:
    """Only regular files that the user can see, and that are not results, count as assets of a folder."""
    touch(tmp_path / "in/a.jpg")
    touch(tmp_path / "in/.DS_Store")
    touch(tmp_path / "in/.git/a.jpg")
    touch(tmp_path / "in/out/a.jpg")
    (tmp_path / "in/link.jpg").symlink_to(tmp_path / "in/a.jpg")
    (tmp_path / "in/linked").symlink_to(tmp_path / "in")
    os.mkfifo(tmp_path / "in/pipe")
    found = find_assets([str(tmp_path / "in")], out=tmp_path / "in/../in/out")
    assert [a.relative for a in found] == [("a.jpg",)]


def test_what_systems_and_repositories_put_beside_media_is_left_out(tmp_path: Path) -> None:
    """Thumbs.db, an archive's __MACOSX, README, LICENSE and scripts are no part of a campaign, unless named."""
    for name in (
        "a.jpg",
        "Thumbs.db",
        "desktop.ini",
        "README.md",
        "LICENSE",
        "Readme.txt",
        "send.py",
        "__MACOSX/a.jpg",
    ):
        touch(tmp_path / "in" / name)
    kept = ("readme.jpg", "license to thrill.txt", "notice.vcf")
    for name in kept:
        touch(tmp_path / "in" / name)
    assert {a.relative for a in find_assets([str(tmp_path / "in")])} == {("a.jpg",), *((name,) for name in kept)}
    assert [a.relative for a in find_assets([str(tmp_path / "in/README.md")])] == [("README.md",)]


def test_a_named_link_is_followed(tmp_path: Path) -> None:
    """What the user names is meant, also when it is a link."""
    touch(tmp_path / "a.jpg")
    (tmp_path / "link.jpg").symlink_to(tmp_path / "a.jpg")
    assert find_assets([str(tmp_path / "link.jpg")])[0].relative == ("link.jpg",)


def test_an_asset_given_twice_counts_once(tmp_path: Path) -> None:
    """A shell pattern that names a file again does not double it."""
    path = str(touch(tmp_path / "a.jpg"))
    assert len(find_assets([path, path, str(tmp_path)])) == 1


def test_a_missing_name_is_kept_for_its_own_verdict(tmp_path: Path) -> None:
    """One wrong name does not stop the other assets."""
    assert [a.relative for a in find_assets([str(tmp_path / "no.jpg")])] == [("no.jpg",)]


def test_nothing_found_is_an_error_that_says_where(tmp_path: Path) -> None:
    """An empty folder is most likely a wrong path."""
    with pytest.raises(UsageError, match="no assets in"):
        find_assets([str(tmp_path)])
    with pytest.raises(UsageError, match="name is empty"):
        find_assets([""])


def test_the_output_folder_is_no_asset_folder(tmp_path: Path) -> None:
    """Renditions are never mixed with their sources."""
    touch(tmp_path / "a.jpg")
    with pytest.raises(UsageError, match="both the assets' folder and the output's"):
        find_assets([str(tmp_path)], out=tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_names_that_are_no_utf_8_and_names_with_newlines_are_found(tmp_path: Path) -> None:
    """Any name that the file system holds can be an asset's."""
    for raw in (b"caf\xe9.jpg", b"two\nlines.jpg", b"-rf.jpg"):
        with open(os.path.join(os.fsencode(tmp_path), raw), "wb") as stream:
            stream.write(b"x")
    found = find_assets([str(tmp_path)])
    assert [a.relative[0] for a in found] == ["-rf.jpg", "caf\udce9.jpg", "two\nlines.jpg"]
    assert all(a.path.exists() for a in found)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not bind this user")
def test_a_folder_that_cannot_be_listed_is_reported(tmp_path: Path) -> None:
    """A folder without permission is a problem in the result, not a silent gap."""
    touch(tmp_path / "in/a.jpg")
    touch(tmp_path / "in/shut/b.jpg")
    (tmp_path / "in/shut").chmod(0)
    try:
        found = find_assets([str(tmp_path / "in")])
    finally:
        (tmp_path / "in/shut").chmod(0o700)
    assert [a.problem is not None for a in found] == [False, True]
