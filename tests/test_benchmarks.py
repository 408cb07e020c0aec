"""Counts gate: what a fit of the samples takes and gives is no worse than what was committed."""

import importlib
import json
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


def programs(*names):
    """Import programs of the folder, which is no package."""
    sys.path.insert(0, str(BENCHMARKS))
    try:
        return tuple(importlib.import_module(name) for name in names)
    finally:
        sys.path.remove(str(BENCHMARKS))


@pytest.fixture(scope="module")
def counts():
    """The module of benchmarks that measures counts."""
    return programs("counts")[0]


@pytest.mark.slow
def test_counts_are_as_committed(counts):
    """Encodes, bytes and scores of eleven cases stay within the tolerances of benchmarks/counts.py."""
    assert counts.problems(counts.measured()) == []


def test_the_gate_closes(counts):
    """More encodes, a lower score, an unused limit, another verdict, a byte too many: each is a problem by itself."""
    case = "a.jpg 100000"
    was = {"verdict": "fitted", "encodes": 2, "size_bytes": 99_000, "fill": 0.99, "score": 80.0}
    worse = (
        {"encodes": 4},
        {"score": 78.0},
        {"fill": 0.9, "score": 79.5},
        {"verdict": "below_floor"},
        {"size_bytes": 100_001},
    )
    assert counts.problems({case: was}, {case: was}) == []
    for change in worse:
        assert len(counts.problems({case: was | change}, {case: was})) == 1
    assert counts.problems({}, {case: was}) == [f"{case}: not measured any more"]
    assert counts.problems({case: was}, {})


def test_every_case_is_expected(counts):
    """The committed expectations are about the cases that are measured."""
    expected = json.loads(counts.EXPECTED.read_text())
    assert set(expected) == {f"{name} {limit}" for name, limit in counts.CASES}


@pytest.fixture(scope="module")
def beside():
    """The modules that measure other tools."""
    return programs("peers", "peers_plot", "run")


def test_only_installed_peers_are_run(beside, tmp_path):
    """A program is found by the mark in its help, gets its limit in its own unit, and is named where it is missing."""
    peers, _, _ = beside
    program = tmp_path / "shrink"
    program.write_text('#!/bin/sh\n[ "$1" = --help ] && { echo "shrink TARGET"; exit; }\nprintf "%s" "$2" > "$3"\n')
    program.chmod(0o755)
    words = ("{in}", "{kib}", "{out}")
    there = peers.Peer(name="there", program="shrink", words=words, suffix="jpg", mark="TARGET")
    other = peers.Peer(name="other", program="shrink", words=words, suffix="jpg", mark="--size")
    absent = peers.Peer(name="absent", program="no-such-program-here", words=words, suffix="jpg")
    works, missing = peers.installed([there, other, absent], [tmp_path])
    assert (list(works), missing) == (["there"], ["other", "absent"])
    made = works["there"](tmp_path / "in.jpg", 307_200, tmp_path)
    assert made.read_text() == "300"
    assert "shrink" not in peers.versions([tmp_path])


def test_a_peer_that_hangs_is_stopped_with_all_that_it_started(beside, tmp_path):
    """A child of the program that holds its pipe open outlives nothing."""
    peers, _, _ = beside
    with pytest.raises(peers.OverBoundError, match="not done in"):
        peers.ran(["sh", "-c", f"sleep 60 & echo $! > {tmp_path}/child; wait"], bound_s=3)
    state = Path(f"/proc/{(tmp_path / 'child').read_text().strip()}/stat")
    for _ in range(200):  # a signal that was sent is not yet one that was taken
        if not state.exists() or state.read_text().rpartition(")")[2].split()[0] in "ZX":
            return
        time.sleep(0.05)
    pytest.fail("the child lives on")


def test_a_picture_left_on_its_side_is_counted_and_judged_upright():
    """What a phone would show turned is said; a picture that stands upright, or is to lie, is not."""
    (stills_peers,) = programs("stills_peers")
    upright = Image.linear_gradient("L").convert("RGB").resize((80, 120))
    lying = upright.transpose(Image.Transpose.ROTATE_90)  # as a phone stores it, with orientation 6
    made = [stills_peers.upright_of(each, upright, 6) for each in (upright, lying)]
    assert [sideways for _, sideways in made] == [False, True]
    assert all(picture.size == upright.size for picture, _ in made)
    assert stills_peers.upright_of(lying, lying, 1)[1] is False


def test_a_rendition_over_its_limit_is_a_ring(beside):
    """The plot of moving kinds has a dot a method, empty where it went over, none where nothing was written."""
    _, peers_plot, _ = beside
    sides = {
        "ours": {"bytes": 99, "cpu_s": 1, "vmaf": 90.0}, "over": {"bytes": 101, "cpu_s": 1, "vmaf": 95.0},
        "nothing": {"bytes": None, "cpu_s": 1, "vmaf": None},
    }  # fmt: skip
    drawn = peers_plot.dots([{"asset": "<a>.gif", "limit_bytes": 100, "made": sides}])
    assert drawn.count("<circle") == 3 + 2  # a legend of three, and two dots
    assert drawn.count('fill="none"') == 1
    assert "&lt;a&gt;.gif" in drawn


def test_each_suite_is_a_program_with_files_that_are_there(beside):
    """The one command names programs of this folder, and samples that exist."""
    _, _, run = beside
    for suite in run.SUITES.values():
        assert (BENCHMARKS / suite.command[0]).is_file()
        samples = [word.partition(":")[0] for word in suite.command if word.startswith("samples/")]
        assert all((BENCHMARKS.parent / sample).is_file() for sample in samples)
