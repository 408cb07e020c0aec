"""Ctrl-C and SIGTERM seldom come alone: whenever they come, a command ends once, with one line and its code."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import jpeg

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals work otherwise there")

FLOODED = """
import os, signal, sys, threading, time

number, moment = signal.Signals(int(sys.argv.pop(1))), sys.argv.pop(1)

def flood():
    while True:
        os.kill(os.getpid(), number)
        time.sleep(0.0005)

class At:
    def find_spec(self, name, path=None, target=None):
        if name == moment and not any(each.name == "flood" for each in threading.enumerate()):
            threading.Thread(target=flood, name="flood", daemon=True).start()
            time.sleep(0.05)

sys.meta_path.insert(0, At())
from mediaprep.__main__ import main
main()
"""
"""Runs the command; once it imports a given module, the signal comes 2,000 times a second to the process's end."""


def message(folder: Path) -> list[str]:
    """Write a message of one picture and give the command that fits it."""
    (folder / "a.jpg").write_bytes(jpeg())
    (folder / "m.yaml").write_text("text: Hello\nparts: [{path: a.jpg}]\nroutes: [us]\n")
    return ["message", "fit", "m.yaml", "-o", "out"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda each: each.name)
@pytest.mark.parametrize(
    "moment", ["mediaprep.cli", "mediaprep.cli.message", "mediaprep.profiles.route", "mediaprep.sandbox",
               "mediaprep.wire.mime"],
)  # fmt: skip
def test_a_flood_of_signals_ends_a_message_once(tmp_path: Path, number: signal.Signals, moment: str) -> None:
    """Before a command is known, while it is read, worked on or written: never by the signal, never in a traceback."""
    run = subprocess.run(
        [sys.executable, "-c", FLOODED, str(int(number)), moment, *message(tmp_path)], cwd=tmp_path,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    words, code = ("interrupted", 130) if number == signal.SIGINT else ("terminated", 143)
    assert run.stderr == f"mediaprep: {words}; every rendition that was written is whole\n"
    assert run.returncode == code


def test_a_signal_after_the_work_is_done_changes_nothing(tmp_path: Path) -> None:
    """The code is that of the work while Python ends, though its own handling of signals is gone by then."""
    late = "import atexit, os, signal\natexit.register(lambda: os.kill(os.getpid(), signal.SIGINT))\n"
    program = f"{late}from mediaprep.__main__ import main\nmain()"
    run = subprocess.run(
        [sys.executable, "-c", program, *message(tmp_path)], cwd=tmp_path, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert (run.returncode, run.stderr) == (0, "")


def test_signals_that_a_shell_had_ignored_stay_ignored(tmp_path: Path) -> None:
    """A job in the background, or under ``nohup``, is not ended by the Ctrl-C that was meant for another."""
    before = "import os, signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    program = f"{before}from mediaprep.__main__ import main\nos.kill(os.getpid(), signal.SIGINT)\nmain()"
    run = subprocess.run(
        [sys.executable, "-c", program, *message(tmp_path)], cwd=tmp_path, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert run.returncode == 0
