"""Marks of processes that live: held until they are closed, or their process ends in whatever way."""

import subprocess
import sys

import pytest

from mediaprep.marks import Mark, is_held

CHILD = """
import os, signal, sys
from pathlib import Path
from mediaprep.marks import Mark
mark = Mark(Path(sys.argv[1]))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_mark_is_held_until_it_is_closed(tmp_path):
    """Whoever asks, and however often, is told; then its file is gone, and closing it again does nothing."""
    mark = Mark(tmp_path / "mine")
    assert [is_held(mark.path), is_held(mark.path)] == [True, True]

    mark.close()
    mark.close()

    assert not list(tmp_path.iterdir())
    with pytest.raises(FileNotFoundError):
        is_held(mark.path)


def test_the_mark_of_a_killed_process_is_free_and_taken_away(tmp_path):
    """Nothing of the process ran any more, and yet nobody waits for it."""
    subprocess.run([sys.executable, "-c", CHILD, str(tmp_path / "theirs")], check=False)
    assert (tmp_path / "theirs").exists()

    assert not is_held(tmp_path / "theirs")

    assert not list(tmp_path.iterdir())


def test_a_link_is_no_mark(tmp_path):
    """What a name leads to is not locked, and not removed."""
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "link").symlink_to(tmp_path / "file")

    with pytest.raises(OSError, match="link"):
        is_held(tmp_path / "link")
    assert (tmp_path / "file").exists()
