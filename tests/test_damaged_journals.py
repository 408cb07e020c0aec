"""Journals with damage: an error that names the file and what to do, never a traceback, never a guess."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from mediaprep.api import route
from mediaprep.batch.reuse import standing
from mediaprep.errors import MediaprepError, ToolError
from mediaprep.journal import Entry, Journal
from mediaprep.options import Bounds, FitOptions
from mediaprep.sending.journal import Entry as Sent
from mediaprep.sending.journal import SendJournal

ENTRY = Entry(
    asset="a.jpg", place="", signature="5-1", sha256="ab", key="k", kind="image", verdict="fitted", code=None,
    outputs=(("out/a.jpg", "3-1"),), size_bytes=3, encodes=1, outcome=b"x",
)  # fmt: skip


def used(path: Path) -> None:
    """Do with a batch's journal what runs and readers do."""
    with Journal.open(path) as journal:
        journal.begin("work")
        journal.state("run", [1])
        journal.stated("run")
        journal.known("a.jpg")
        list(journal.entries())
        journal.counts()
        journal.assets()
        journal.keep([ENTRY])
        journal.record([replace(ENTRY, asset="new.jpg")])
        journal.end()
        journal.forget(["failed"])


def sent(path: Path) -> None:
    """Do with the journal of sending what senders do."""
    with SendJournal(path) as journal:
        journal.find("7")
        journal.entries()
        journal.known_ids("twilio", "+14155550123")
        journal.claim(replace(SENT, our_id="new"))
        journal.calling("new")


SENT = Sent(our_id="a", provider="twilio", channel="mms", sender="+14155550100", recipient="+14155550123")


def filled(path: Path, use) -> bytes:
    """Make a journal of some rows; give its bytes."""
    if use is used:
        with Journal.open(path) as journal:
            journal.record(replace(ENTRY, asset=f"{number}.jpg") for number in range(40))
    else:
        with SendJournal(path) as journal:
            for number in range(40):
                journal.claim(replace(SENT, our_id=str(number)))
    base = sqlite3.connect(path)
    base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    base.close()
    return path.read_bytes()


@pytest.mark.parametrize("use", [used, sent], ids=["batch", "sending"])
def test_a_damaged_journal_is_an_error_with_its_name(tmp_path, use):
    """Rubbish, a cut end, bytes changed anywhere: it works on or says which file is damaged, never anything else."""
    path = tmp_path / "journal.sqlite3"
    whole = filled(path, use)
    chance = random.Random(10)
    damaged = [os.urandom(5_000), b"x", whole[: len(whole) // 2], whole[:100] + bytes(100) + whole[200:]]
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 20, 400))):
            data[chance.randrange(len(data))] ^= chance.randrange(1, 256)
        damaged.append(bytes(data))

    said = []
    for data in damaged:
        for beside in tmp_path.iterdir():
            shutil.rmtree(beside) if beside.is_dir() else beside.unlink()
        path.write_bytes(data)
        try:
            use(path)
        except MediaprepError as error:
            said.append(error)

    assert len(said) > 10
    assert all(str(path) in str(error) for error in said)
    assert all(isinstance(error, ToolError) and error.code == "disk" for error in said[:4])
    assert "damaged" in str(said[0])


def test_a_name_of_another_type_is_damage(tmp_path):
    """A file's name that one changed byte made a text, or a number, is told as damage of the journal."""
    path = tmp_path / "journal.sqlite3"
    filled(path, used)
    for written in ("CAST(asset AS TEXT)", "7"):
        base = sqlite3.connect(path)
        base.execute(f"UPDATE outcomes SET asset = {written} WHERE place = '' AND asset = x'{b'3.jpg'.hex()}'")
        base.commit()
        base.close()
        with Journal.read(path) as journal:
            for read in (journal.counts, lambda known=journal: list(known.entries())):
                with pytest.raises(ToolError, match="damaged"):
                    read()
        filled(path, used)


def test_an_entry_of_no_known_kind_is_made_anew(tmp_path):
    """What another version, or damage, calls a kind stands for nothing: its route needs work again."""
    path = tmp_path / "a.jpg"
    path.write_bytes(b"x")
    att = route("att")

    found = standing(
        (att,), FitOptions(), Bounds(), {"": replace(ENTRY, kind="wideo")}, str(path), "1-1", {att.name: ""}
    )

    assert found.routes == (att,)
    assert not found.kept
