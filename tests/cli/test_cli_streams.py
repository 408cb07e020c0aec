"""Standard streams and signals: the real command in a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import jpeg

COMMAND = [sys.executable, "-m", "mediaprep"]


def call(*argv: str, given: bytes = b"", **more: object) -> subprocess.CompletedProcess[bytes]:
    """Run the command with ``given`` on its standard input."""
    return subprocess.run([*COMMAND, *argv], input=given, capture_output=True, timeout=120, check=False, **more)


def test_from_stdin_to_stdout_are_nothing_but_bytes(here: Path) -> None:
    """A picture piped through comes out smaller and whole; stderr is silent."""
    from PIL import Image

    done = call("fit", "-", "--max-bytes", "8000", "-o", "-", given=jpeg())
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(done.stdout) <= 8000
    (here / "x").write_bytes(done.stdout)
    with Image.open(here / "x") as picture:
        picture.load()
        assert picture.format == "JPEG"


def test_what_cannot_be_fitted_leaves_stdout_empty_and_says_why_on_stderr() -> None:
    """A pipe never receives half a rendition, nor a report where bytes are expected."""
    done = call("fit", "-", "--max-bytes", "8000", "-o", "-", given=jpeg()[:3000])
    assert (done.returncode, done.stdout) == (4, b"")
    assert b"refused" in done.stderr


def test_stdin_is_called_a_dash_and_named_stdin(here: Path) -> None:
    """In records it is ``-``; its rendition in a folder is called stdin."""
    done = call("fit", "-", "--max-bytes", "8000", "-o", "out/", "--json", given=jpeg())
    record = json.loads(done.stdout)
    assert (record["asset"], record["output"]) == ("-", os.path.join("out", "stdin.jpg"))
    empty = call("check", "-", "--max-bytes", "8000", "--json")
    assert (empty.returncode, json.loads(empty.stdout)["violations"][0]["message"]) == (4, "the asset is empty")


def test_records_come_as_assets_are_done(here: Path) -> None:
    """A reader has the first record while later assets have not been looked at yet."""
    folder = here / "in"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number:02}.jpg").write_bytes(jpeg())
    argv = [*COMMAND, "check", "in", "--max-bytes", "8000", "--json", "--jobs", "1"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["asset"] == os.path.join("in", "00.jpg")
        (folder / "39.jpg").unlink()
        last = process.stdout.read().splitlines()[-1]
    assert json.loads(last)["verdict"] == "failed"
    assert process.returncode == 5


@pytest.mark.skipif(os.name == "nt", reason="signals work otherwise there")
@pytest.mark.parametrize(
    ("number", "code", "word"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "term")]
)
def test_signals_end_a_run_with_their_code_and_leave_nothing_behind(
    here: Path, number: signal.Signals, code: int, word: str
) -> None:
    """Interrupted while it waits for its input, the command says so in a line and takes its temporary files away."""
    temporary = here / "tmp"
    temporary.mkdir()
    argv = [*COMMAND, "fit", "-", "--max-bytes", "8000", "-o", "out/"]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        deadline = time.monotonic() + 30
        while not list(temporary.rglob("stdin")) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(number)
        _, error = process.communicate(timeout=30)
    assert process.returncode == code
    assert error.startswith(f"mediaprep: {word}".encode())
    assert error.count(b"\n") == 1
    assert list(temporary.iterdir()) == []
    assert not (here / "out").exists()


@pytest.mark.skipif(os.name == "nt", reason="there are no pseudo-terminals")
def test_progress_is_shown_on_a_terminal_and_only_there(here: Path) -> None:
    """A terminal on stderr gets the bar with the asset's name; stdout stays plain records."""
    import pty

    (here / "a.jpg").write_bytes(jpeg())
    ours, theirs = pty.openpty()
    argv = [*COMMAND, "check", "a.jpg", "--max-bytes", "8000", "--json"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        seen = b""
        with contextlib.suppress(OSError):  # Linux ends a terminal's stream with EIO
            while chunk := os.read(ours, 4096):
                seen += chunk
        assert process.stdout is not None
        assert json.loads(process.stdout.read())["verdict"] == "needs_fit"
    os.close(ours)
    assert b"a.jpg" in seen
    assert call("check", "a.jpg", "--max-bytes", "8000").stderr == b""


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGPIPE")
def test_a_reader_that_leaves_ends_the_run_quietly(here: Path) -> None:
    """``mediaprep ... | head -1`` leaves no traceback."""
    (here / "in").mkdir()
    for number in range(30):
        (here / "in" / f"{number}.txt").write_text("Hello. " * 9000, encoding="ascii")
    argv = [*COMMAND, "check", "in", "--max-bytes", "8000", "--json", "--isolation", "none"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        error = process.stderr.read()
        assert process.wait(60) == 141
    assert error == b""


def test_an_encoding_that_lacks_a_character_ends_nothing(here: Path) -> None:
    """On a terminal that knows ASCII only, other characters are escaped."""
    (here / "写真.jpg").write_bytes(jpeg())
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = call("check", "写真.jpg", "--max-bytes", "8000", env=environment)
    assert done.returncode == 3
    assert b"\\u5199\\u771f.jpg" in done.stdout
    assert done.stderr == b""
