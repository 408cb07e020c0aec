"""Manifests in every form say the same things, and every fault is told with its line."""

import json

import pytest

from mediaprep.batch.manifest import Fault, Row, read_rows
from mediaprep.errors import ProfileError, UsageError


def rows_of(path):
    """Give rows and faults of a manifest."""
    return list(read_rows(str(path), "out"))


CSV = "asset,routes,max_bytes,still,allow\na.jpg,att;us,300KB,true,mp4\nsub/b.gif,,,,\n"
ROWS = [
    {"asset": "a.jpg", "routes": ["att", "us"], "max_bytes": "300KB", "still": True, "allow": ["mp4"]},
    {"asset": "sub/b.gif"},
]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.csv", CSV),
        ("list.csv", "\ufeff" + CSV.replace("\n", "\r\n")),
        ("list.jsonl", "\n".join(map(json.dumps, ROWS))),
        ("list.yaml", json.dumps(ROWS)),
    ],
)
def test_every_form_says_the_same(tmp_path, name, text):
    """CSV, JSON Lines and YAML give the same rows; paths begin at the manifest's folder."""
    (tmp_path / name).write_text(text, encoding="utf-8")

    first, second = rows_of(tmp_path / name)

    assert first.routes == ("att", "us")
    assert first.options == {"max_bytes": 300_000, "still": True, "allow": ("mp4",)}
    assert first.path == f"{tmp_path}/a.jpg"
    assert (second.asset, second.routes, second.options) == ("sub/b.gif", None, {})
    assert second.relative == ("sub", "b.gif")


def test_an_audience_is_carriers_and_shares(tmp_path):
    """Shares stand behind carriers, in a cell or as an object."""
    (tmp_path / "a.csv").write_text("asset,audience\na.jpg,att=0.4;verizon=0.3\n")
    (tmp_path / "b.jsonl").write_text('{"asset": "a.jpg", "audience": {"att": 0.4, "verizon": 0.3}}\n')

    for name in ("a.csv", "b.jsonl"):
        assert rows_of(tmp_path / name)[0].audience == (("att", 0.4), ("verizon", 0.3))
    (tmp_path / "c.csv").write_text("asset,audience\na.jpg,att;verizon\n")
    assert rows_of(tmp_path / "c.csv")[0].audience == (("att", 0.5), ("verizon", 0.5))


@pytest.mark.parametrize(
    ("audience", "words"),
    [
        ("att=0.7;verizon=0.7", "the shares add up to 1.4; they are parts of 1"),
        ("att=-0.5;verizon=0.7", "a share is a part of 1, from 0 to 1, not -0.5"),
        ("att=nan", "not nan"),
        ("att=0", "add up to 0"),
        ("att=0.4;verizon", "write carriers and their shares"),
    ],
)
def test_shares_are_parts_of_one(tmp_path, audience, words):
    """An audience that cannot be is a fault with its line, as it is in a message's file."""
    (tmp_path / "list.csv").write_text(f"asset,audience\na.jpg,{audience}\n")
    (fault,) = rows_of(tmp_path / "list.csv")
    assert isinstance(fault, Fault)
    assert fault.text.startswith(f"{tmp_path}/list.csv:2: audience: ")
    assert words in fault.text


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (",att", "names no asset"),
        ("a.jpg,att,x,y", "4 cells under 3 columns"),
        ("a.jpg,att,much", "max_bytes: 'much' is not a size"),
        ("a.jpg,;,", "no group is named"),
    ],
)
def test_a_fault_has_its_line(tmp_path, line, words):
    """A row that says nothing usable is a fault with file and line; the others are read."""
    (tmp_path / "list.csv").write_text(f"asset,routes,max_bytes\nok.jpg,,\n{line}\nalso.jpg,,\n")

    good, fault, also = rows_of(tmp_path / "list.csv")

    assert isinstance(good, Row)
    assert isinstance(also, Row)
    assert isinstance(fault, Fault)
    assert fault.text.startswith(f"{tmp_path}/list.csv:3: ")
    assert words in fault.text


def test_unknown_columns_have_a_suggestion(tmp_path):
    """A misspelt column is told with what was meant."""
    (tmp_path / "list.csv").write_text("asset,efort\na.jpg,max\n")

    (fault,) = rows_of(tmp_path / "list.csv")

    assert "unknown column 'efort'; did you mean effort?" in fault.text


@pytest.mark.parametrize("mark", [";", "\t"])
def test_columns_parted_otherwise_are_told(tmp_path, mark):
    """A table as spreadsheets save it in half of Europe is told by its header, not by a column of an odd name."""
    (tmp_path / "list.csv").write_text(f"asset{mark}routes\na.jpg{mark}us\n")

    with pytest.raises(UsageError, match=r"list\.csv:1: the columns are not separated by commas"):
        rows_of(tmp_path / "list.csv")


def test_json_lines_go_on_after_a_broken_line(tmp_path):
    """A line that is no JSON, or no object, is a fault of its own."""
    (tmp_path / "list.jsonl").write_text('{"asset": "a.jpg"}\n{"asset"\n\n[1]\n')

    kinds = [type(row) for row in rows_of(tmp_path / "list.jsonl")]

    assert kinds == [Row, Fault, Fault]


def test_yaml_must_be_a_list(tmp_path):
    """A YAML manifest of another shape is an error with its place."""
    (tmp_path / "list.yaml").write_text("asset: a.jpg\n")

    with pytest.raises(ProfileError, match=r"list.yaml:1:1: a manifest is a list"):
        rows_of(tmp_path / "list.yaml")


def test_a_folder_and_a_glob_name_files_by_their_path_below(tmp_path):
    """A folder is walked; a glob keeps the path below its fixed part."""
    for name in ("a/x.jpg", "a/b/y.jpg", "z.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")

    walked = {row.relative for row in rows_of(tmp_path)}
    globbed = {row.relative for row in read_rows(f"{tmp_path}/a/**/*.jpg", "out")}

    assert walked == {("a", "x.jpg"), ("a", "b", "y.jpg"), ("z.png",)}
    assert globbed == {("x.jpg",), ("b", "y.jpg")}


def test_what_is_no_manifest_is_said(tmp_path):
    """A picture, or a name that leads nowhere, is a usage error."""
    (tmp_path / "a.jpg").write_bytes(b"x")

    for name in ("a.jpg", "nothing.csv"):
        with pytest.raises(UsageError):
            rows_of(tmp_path / name)
