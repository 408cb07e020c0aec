"""Where renditions go, and which runs are refused before any work."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaprep.errors import UsageError
from mediaprep.legible import printable
from mediaprep.naming import destination, insist_on_folder, output_stems
from mediaprep.walk import Asset

OUT = Path("out")


def asset(relative: str, root: str = "in") -> Asset:
    """Make an asset that was found below ``root``."""
    return Asset(name=f"{root}/{relative}", path=Path(root, relative), relative=tuple(relative.split("/")))


def names(*relative: str, folders: tuple[str, ...] = ("us",), roles: tuple[str, ...] = ()) -> list[str]:
    """Give the outputs' names, assets first, groups second."""
    stems = output_stems([asset(r) for r in relative], folders, OUT, roles)
    return [path.as_posix() for paths in stems for path in paths]


# -- what -o means


def test_a_dash_is_standard_output_for_one_rendition_only() -> None:
    """Two renditions in one stream could not be told apart."""
    assert destination("-", [asset("a.jpg")], 1, folders_given=False).form == "stdout"
    with pytest.raises(UsageError, match="one asset and one --to group"):
        destination("-", [asset("a.jpg")], 2, folders_given=False)


@pytest.mark.parametrize(
    ("out", "form"), [("new.gif", "file"), ("new", "folder"), ("new/", "folder"), ("new.d/", "folder"), (".", "folder")]
)
def test_one_asset_and_a_file_name_is_that_file(out: str, form: str) -> None:
    """A name with a suffix is a file's; without one, or with a separator behind it, a folder's."""
    assert destination(out, [asset("a.jpg")], 1, folders_given=False).form == form


def test_an_existing_file_or_folder_decides(tmp_path: Path) -> None:
    """What already stands there says what was meant."""
    (tmp_path / "plain").write_bytes(b"")
    (tmp_path / "dotted.d").mkdir()
    assert destination(str(tmp_path / "plain"), [asset("a.jpg")], 1, folders_given=False).form == "file"
    assert destination(str(tmp_path / "dotted.d"), [asset("a.jpg")], 1, folders_given=False).form == "folder"


def test_several_renditions_never_share_a_file(tmp_path: Path) -> None:
    """One file for several renditions is refused; a name that can be a folder's is taken as one."""
    two = [asset("a.jpg"), asset("b.jpg")]
    assert destination("results.v2", two, 1, folders_given=False).form == "folder"
    with pytest.raises(UsageError, match="name a folder"):
        destination("new.jpg", two, 1, folders_given=False)
    with pytest.raises(UsageError, match="name a folder"):
        destination("new.jpg", two[:1], 2, folders_given=False)
    (tmp_path / "there").write_bytes(b"")
    with pytest.raises(UsageError, match="name a folder"):
        destination(str(tmp_path / "there"), two[:1], 1, folders_given=True)


def test_a_source_is_never_its_own_output(tmp_path: Path) -> None:
    """Naming the asset as the output is refused, also by another spelling of its path."""
    (tmp_path / "a.jpg").write_bytes(b"x")
    (tmp_path / "sub").mkdir()
    source = Asset(name="a.jpg", path=tmp_path / "a.jpg", relative=("a.jpg",))
    with pytest.raises(UsageError, match="the asset itself"):
        destination(str(tmp_path / "sub/../a.jpg"), [source], 1, folders_given=False)


@pytest.mark.parametrize("name", ["index.json", "INDEX.Json"])
def test_no_rendition_takes_the_place_of_a_runs_records(name: str) -> None:
    """``-o index.json`` is refused in whatever case: some systems tell none apart."""
    with pytest.raises(UsageError, match="keeps its records"):
        destination(f"out/{name}", [asset("a.jpg")], 1, folders_given=False)


# -- names in a folder


def test_one_group_writes_into_the_folder_and_several_below_their_own() -> None:
    """Group folders appear when there is more than one group."""
    assert names("x/a.heic") == ["out/x/a"]
    assert names("x/a.heic", folders=("att+verizon", "plmn-310260")) == ["out/att+verizon/x/a", "out/plmn-310260/x/a"]


def test_assets_that_differ_by_suffix_only_keep_it_all_of_them() -> None:
    """No twin gets the plain name, so the names do not depend on the order of the run."""
    assert names("map.png", "map.jpg", "other.png") == ["out/map-png", "out/map-jpg", "out/other"]
    assert names("Map.PNG", "map.jpg") == ["out/Map-PNG", "out/map-jpg"]


@pytest.mark.parametrize(
    "pair",
    [
        ("a.jpg", "A.jpg"),
        ("a.JPG", "a.jpg"),
        ("straße.jpg", "STRASSE.jpg"),
        ("e\u0301.jpg", "\u00e9.jpg"),
        ("a:b.jpg", "a?b.jpg"),
        ("index.json/a.jpg", "index-json/a.jpg"),
        ("a.jpg/x.png", "a.png", "a-png.gif"),
        ("a-jpg.gif", "a.jpg", "a.png"),
    ],
)
def test_two_outputs_under_one_name_are_refused_before_any_work(pair: tuple[str, ...]) -> None:
    """Names clash as on a system that tells neither case nor normal forms apart; a file's name may be no folder's."""
    with pytest.raises(UsageError, match="one name"):
        names(*pair)


def test_two_roots_with_the_same_relative_path_are_refused_and_both_are_named() -> None:
    """The message shows which assets meet."""
    with pytest.raises(UsageError, match=r"spring/a\.jpg and summer/a\.jpg"):
        output_stems([asset("a.jpg", "spring"), asset("a.jpg", "summer")], ("us",), OUT)


@pytest.mark.parametrize("out", [f"{300 * 'x'}", f"{300 * 'x'}.jpg", f"new/{300 * 'x'}/a", "loop/a"])
def test_what_the_system_cannot_look_for_is_told_before_any_work(
    out: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that is too long, also below a folder yet to be made, and a link that leads to itself."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(UsageError, match="name another place"):
        insist_on_folder(out, "-o")
    with pytest.raises(UsageError, match="name another place"):
        destination(out, [asset("a.jpg")], 1, folders_given=False)


def test_the_index_is_never_a_renditions_name() -> None:
    """An asset called index.json keeps clear of the run's index."""
    assert names("index.json") == ["out/index-json"]
    assert names("INDEX.json") == ["out/INDEX-json"]
    assert names("x/index.json", "index.png") == ["out/x/index", "out/index"]
    assert names("index.json/a.jpg", "b.jpg") == ["out/index-json/a", "out/b"]


def test_an_asset_named_like_a_folder_keeps_its_suffix() -> None:
    """``a.png`` may become ``a.jpg``, where a folder of that name has to stand."""
    assert names("a.jpg/x.png", "a.png", "b.png") == ["out/a.jpg/x", "out/a-png", "out/b"]


def test_an_asset_named_like_a_poster_keeps_its_suffix() -> None:
    """Where a route wants posters, ``clip-poster`` is taken by ``clip``, and nothing else is called so."""
    pair = ("clip.mp4", "clip-poster.jpg")

    assert names(*pair) == ["out/clip", "out/clip-poster"]
    assert names(*pair, roles=("poster",)) == ["out/clip", "out/clip-poster-jpg"]
    twins = names("clip.mp4", "clip.mov", "clip-mp4-poster.png", roles=("poster",))
    assert twins == ["out/clip-mp4", "out/clip-mov", "out/clip-mp4-poster-png"]
    with pytest.raises(UsageError, match=r"clip-poster\.jpg and in/clip-poster-jpg\.gif"):
        names(*pair, "clip-poster-jpg.gif", roles=("poster",))


def test_a_rendition_is_never_written_beside_its_source_under_its_name(tmp_path: Path) -> None:
    """The suffix is not known yet, so any suffix counts; neither a link to the folder nor its case hides it."""
    (tmp_path / "in").mkdir()
    (tmp_path / "alias").symlink_to(tmp_path / "in")
    source = Asset(name="a.heic", path=tmp_path / "in/a.heic", relative=("a.heic",))
    with pytest.raises(UsageError, match="never written over"):
        output_stems([source], ("us",), tmp_path / "alias")
    with pytest.raises(UsageError, match="never written over"):
        output_stems([source], ("us",), tmp_path / "IN")
    assert output_stems([source], ("us", "ca"), tmp_path / "alias")
    clip = Asset(name="a.mp4", path=tmp_path / "elsewhere/a.mp4", relative=("a.mp4",))
    poster = Asset(name="in/a-poster.jpg", path=tmp_path / "in/a-poster.jpg", relative=("in", "a-poster.jpg"))
    with pytest.raises(UsageError, match="never written over"):
        output_stems([clip, poster], ("us",), tmp_path / "in", ("poster",))


@pytest.mark.parametrize(
    ("given_name", "legal"),
    [
        ("CON.jpg", "_CON"),
        ("com1.tar.gz", "_com1.tar"),
        ('a<b>"c|.png', "a_b__c_"),
        ("two\nlines.jpg", "two_lines"),
        ("ends. .jpg", "ends__"),
        ("caf\udce9.jpg", "caf_e9"),
        ("-rf.jpg", "-rf"),
        (".hidden", ".hidden"),
    ],
)
def test_names_are_made_legal_on_windows(given_name: str, legal: str) -> None:
    """Devices, reserved characters, trailing dots and undecodable bytes are replaced."""
    assert names(given_name) == [f"out/{legal}"]


def test_long_suffixes_are_cut_with_their_stems_and_stay_apart() -> None:
    """Twins that differ in a suffix as long as a name may be get names that every system takes."""
    stem = "a" * 90
    made = names(*(f"{stem}.{letter * 150}" for letter in "xy"), f"{stem}.{'z' * 160}")

    assert len(set(made)) == 3
    assert all(len(Path(name).name.encode()) <= 200 for name in made)


def test_long_names_are_cut_and_stay_apart() -> None:
    """A name leaves room for a suffix; two long names with one beginning do not meet."""
    one, two = names("a" * 250 + "1.jpg", "a" * 250 + "2.jpg")
    assert one != two
    assert len(os.path.basename(one).encode()) <= 180


part = st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=40).filter(lambda t: t not in (".", ".."))


@given(st.lists(part.filter(lambda t: t.casefold() != "index.json"), min_size=1, max_size=3))
def test_any_name_becomes_one_that_every_system_takes(parts: list[str]) -> None:
    """Whatever the asset is called, its output's name is UTF-8, below OUT, and free of reserved characters."""
    [path] = output_stems([Asset(name="n", path=Path("in"), relative=tuple(parts))], ("us",), OUT)[0]
    assert path.parts[0] == "out"
    assert len(path.parts) == len(parts) + 1
    for name in path.parts:
        assert name.encode("utf-8")
        assert not set(name) & set('<>:"/\\|?*')
        assert not any(ord(c) < 32 for c in name)
        assert name[-1] not in ". "


@given(st.text())
def test_a_printed_name_is_one_line_and_acts_on_no_terminal(text: str) -> None:
    """Escapes, bells, line breaks and direction marks are spelled out."""
    assert printable(text).isprintable()
