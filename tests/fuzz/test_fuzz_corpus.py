"""What fuzzing has found and learnt is tried again: every input that is kept, through the target that it is for."""

import time

import keep
import pytest
import target

TARGETS = target.targets()
MOST_CPU_S = 2.0
"""Of one input; the slowest takes a twentieth of it."""


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_every_kept_input_is_answered(name):
    """No seed, no finding and no input that once took a way of its own does anything but answer or be refused."""
    each = TARGETS[name]
    inputs = (*each.seeds(), *keep.kept(name))
    assert inputs
    for data in inputs:
        before = time.process_time()
        each.attempt(data)
        assert time.process_time() - before < MOST_CPU_S, f"{len(data)} bytes took too long"


def test_every_container_with_a_reader_is_a_target():
    """A new reader of headers cannot be forgotten here."""
    from mediaprep.kinds._containers import CONTAINERS

    assert {row.name for row in CONTAINERS if row.reader is not None} <= set(TARGETS)


def test_a_way_that_was_not_taken_before_is_kept(tmp_path, monkeypatch):
    """The corpus holds findings first, then inputs that tell something; nothing twice."""
    monkeypatch.setattr(keep, "HERE", tmp_path)
    attempt = TARGETS["command_line"].attempt
    telling = list(keep.telling(attempt, [b"1", b"2", b"300KB", b"x,y"]))
    assert b"1" in telling
    assert b"2" not in telling

    assert keep.keep("command_line", telling, [b"found"]) == len(telling) + 1
    assert keep.kept("command_line")[0] == b"found"
