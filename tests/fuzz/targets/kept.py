"""Readers of what earlier runs left: the cache's outcomes, a batch's journal."""

import contextlib
import hashlib
import os
import zlib
from dataclasses import replace
from functools import cache
from pathlib import Path

from target import SAMPLES, Target, source_of, spelled

from mediaprep import api, border, stored
from mediaprep.batch import reuse
from mediaprep.cache import Cache
from mediaprep.errors import ToolError, UsageError
from mediaprep.journal import Entry, Journal
from mediaprep.limits import Route
from mediaprep.model import Outcome
from mediaprep.options import Bounds


class _Held(Cache):
    """A cache that holds one entry."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def get(self, key: str) -> bytes | None:
        return self._data


def outcome(data: bytes) -> None:
    """Read an outcome of the cache: whole, with the bytes that belong to it, or none; its hash is set right first."""
    head, _, files = data.partition(b"\n")
    entry = hashlib.sha256(head).digest() + len(head).to_bytes(4, "big") + head + files
    found = stored.find(_Held(entry), "x")
    if found is not None:
        assert isinstance(found.outcome, Outcome)
        assert sum(len(content) for _, content in found.files) <= len(files)
    stored.find(_Held(data), "x")
    origin = stored.Origin.read(data)
    assert origin is None or origin.packed()


def journal(data: bytes) -> None:
    """Look into a journal of any bytes, as ``batch status`` and the next run do: entries, or what is wrong and why."""
    folder = source_of(b"").path.parent
    path = folder / "journal.sqlite3"
    for left in folder.glob("journal.*"):
        left.unlink()
    path.write_bytes(data)
    with contextlib.suppress(ToolError, UsageError), Journal.read(path) as known:
        known.counts()
        known.assets()
        known.stated("state")
        for entry in known.entries():
            known.known(entry.asset)  # none where the file's index is damaged: the asset is fitted anew
            reuse.standing((_route(),), _OPTIONS, Bounds(), {"": entry}, str(path), "", {_route().name: ""})
            assert isinstance(reuse.unpacked(entry.outcome), Outcome)


_OPTIONS = api.FitOptions()


@cache
def _route() -> Route:
    return api.route("att")


def _made() -> Outcome:
    return api.check(SAMPLES / "contact_v40.vcf", _route(), isolation="none")


def _outcomes() -> tuple[bytes, ...]:
    whole = replace(_made(), output="a.vcf", output_sha256=hashlib.sha256(b"abc").hexdigest())
    return (
        border.packed((whole, ((".vcf", 3),))) + b"\nabc",
        border.packed((replace(_made(), output=None), ())) + b"\n",
        stored.Origin(path="a", sha256="b", kind="image", whole=True).packed(),
    )


def _journals() -> tuple[bytes, ...]:
    path = source_of(b"").path.parent / "made.sqlite3"
    entry = Entry(
        asset="a.vcf", place="", signature="3-1", sha256="0" * 64, key="k", kind="vcard", verdict="fits", code=None,
        outputs=(("a.vcf", "3-1"),), size_bytes=3, encodes=0, outcome=zlib.compress(border.packed(_made()), 1),
    )  # fmt: skip
    with Journal.open(path) as made:
        made.state("state", {"assets": 1})
        made.record([entry, replace(entry, place="x", verdict="refused", code="unreadable")])
    data = path.read_bytes()
    for left in Path(path.parent).glob("made.*"):
        os.unlink(left)
    return (data,)


TARGETS = (
    Target(
        name="kept_outcome",
        attempt=outcome,
        seeds=_outcomes,
        longest=4_096,
        words=spelled(r"$dict $list $bytes Outcome Finding Verdict Companion output companions \x0a null [] {}"),
    ),
    Target(
        name="journal",
        attempt=journal,
        seeds=_journals,
        longest=65_536,
        words=spelled(r"a.vcf fits refused 3-1 [[\x22a.vcf\x22,\x20\x223-1\x22]] null vcard outcomes facts x\x9c"),
    ),
)
