"""The journal keeps what was committed, belongs to one run, and can be read while it is written."""

import sqlite3

import pytest

from mediaprep.errors import ToolError, UsageError
from mediaprep.journal import INDEXED, Entry, Journal


def entry(asset="a.jpg", place="", verdict="fitted", **more):
    """Make an entry."""
    base = {
        "asset": asset, "place": place, "signature": "10-1", "sha256": "00", "key": "k", "kind": "image",
        "verdict": verdict, "code": None, "outputs": (("out/a.jpg", "5-1"),), "size_bytes": 5, "encodes": 2,
        "outcome": b"x",
    }  # fmt: skip
    return Entry(**base | more)


def test_what_was_recorded_is_known(tmp_path):
    """Entries come back as they were, by place, also for names that are no text."""
    name = "b\udcff.jpg"
    with Journal.open(tmp_path / "journal.sqlite3") as journal:
        journal.record([entry(name, "att"), entry(name, "us")])

    with Journal.open(tmp_path / "journal.sqlite3") as journal:
        assert journal.known(name) == {"att": entry(name, "att"), "us": entry(name, "us")}
        assert journal.known("other") == {}


def test_the_newest_entry_replaces(tmp_path):
    """An asset has one entry at each place."""
    with Journal.open(tmp_path / "j.sqlite3") as journal:
        journal.record([entry()])
        journal.record([entry(verdict="refused", code="MP501")])

        (only,) = journal.entries()

    assert only.verdict == "refused"


def test_one_run_at_a_time(tmp_path):
    """A second run on the same folder is refused; readers are not."""
    with Journal.open(tmp_path / "j.sqlite3") as journal:
        journal.record([entry()])
        with pytest.raises(UsageError, match="another run"):
            Journal.open(tmp_path / "j.sqlite3")
        with Journal.read(tmp_path / "j.sqlite3") as reader:
            assert reader.assets() == (1, 10)
    Journal.open(tmp_path / "j.sqlite3").close()


def test_counts_are_by_verdict_and_reason(tmp_path):
    """Counts name an example, and forgetting takes the rows of a verdict."""
    with Journal.open(tmp_path / "j.sqlite3") as journal:
        journal.record([entry(f"{n}.jpg") for n in range(3)])
        journal.record([entry("bad.jpg", verdict="refused", code="MP501", outputs=())])

        first, second = journal.counts()
        assert (first.verdict, first.outcomes, first.size_bytes, first.encodes) == ("fitted", 3, 15, 6)
        assert (second.verdict, second.code, second.example) == ("refused", "MP501", "bad.jpg")
        assert journal.forget(["refused", "failed"]) == 1
        assert [e.verdict for e in journal.entries() if e.verdict == "refused"] == []


def test_other_work_counts_from_nothing(tmp_path):
    """Counts and entries are those of the last run: what it made, what it found standing; the same work counts on."""
    with Journal.open(tmp_path / "j.sqlite3") as journal:
        journal.begin("one")
        journal.record([entry("a.jpg"), entry("b.jpg"), entry("c.jpg")])
        journal.end()
        journal.begin("other")
        assert (journal.ended, journal.assets(), journal.counts()) == (False, (0, 0), ())
        journal.keep([entry("b.jpg")])
        journal.record([entry("d.jpg")])

    with Journal.open(tmp_path / "j.sqlite3") as journal:
        journal.begin("other")
        assert [found.asset for found in journal.entries()] == ["b.jpg", "d.jpg"]
        assert (journal.assets()[0], len(list(journal.entries(every_run=True)))) == (2, 4)
        assert journal.known("a.jpg")
        assert journal.forget(["fitted"]) == 2
        journal.end()
        assert (journal.ended, list(journal.entries(every_run=True))) == (True, [])


def test_an_index_stands_until_something_changes(tmp_path):
    """Going through the same work once more changes nothing; a new outcome, or work of another name, does."""
    path = tmp_path / "j.sqlite3"
    with Journal.open(path) as journal:
        journal.begin("work")
        journal.record([entry()])
        journal.state(INDEXED, value=True)

    with Journal.open(path) as journal:
        journal.begin("work")
        journal.keep([entry()])
        assert [each.asset for each in journal.entries()] == ["a.jpg"]
        assert journal.stated(INDEXED) is True
    with Journal.open(path) as journal:
        journal.begin("other work")
        assert journal.stated(INDEXED) is None
        journal.state(INDEXED, value=True)
    with Journal.open(path) as journal:
        journal.begin("other work")
        journal.keep([entry()])
        assert [each.asset for each in journal.entries()] == ["a.jpg"]
        assert journal.stated(INDEXED) is None


def test_facts_are_kept(tmp_path):
    """What a run says about itself is JSON."""
    with Journal.open(tmp_path / "j.sqlite3") as journal:
        journal.state("run", {"to": ["us"]})
        assert journal.stated("run") == {"to": ["us"]}
        assert journal.stated("nothing") is None


def test_damage_and_other_versions_are_said(tmp_path):
    """A file that is no journal is an error of the disk, one of another version a usage error."""
    (tmp_path / "bad.sqlite3").write_bytes(b"no database at all" * 100)
    with pytest.raises(ToolError, match=r"bad\.sqlite3"):
        Journal.open(tmp_path / "bad.sqlite3")

    with sqlite3.connect(tmp_path / "old.sqlite3") as db:
        db.execute("PRAGMA user_version=99")
    db.close()
    with pytest.raises(UsageError, match="another version"):
        Journal.open(tmp_path / "old.sqlite3")
