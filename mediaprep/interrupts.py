"""Ctrl-C and SIGTERM end a run once: the first unwinds it, one that follows at once changes nothing.

They seldom come alone. ``timeout`` signals its child and then the whole group, and people press twice. With
Python's own handling the second one interrupts the first one's cleaning up, or comes when Python has put the
system's handling back already, and the process dies of it, without a word and with temporary files left.
"""

from __future__ import annotations

import signal
import time
from types import FrameType

SETTLE_S = 2.0
"""For how long after one that counts a further one does not: more than stopping workers and removing files takes.

Not for ever: an exception that Python drops (in a finalizer) would leave a run that nothing can end.
"""


class Terminated(BaseException):
    """SIGTERM came: unwinds like KeyboardInterrupt, so that workers end and temporary files go."""


class _Unwinding:
    """What is called for both signals; ``quiet_until`` is on the clock of ``time.monotonic``."""

    quiet_until = 0.0

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if now < self.quiet_until:
            return
        self.quiet_until = now + SETTLE_S
        raise KeyboardInterrupt if number == signal.SIGINT else Terminated


def unwind_once() -> None:
    """Have the process's first SIGINT or SIGTERM unwind it; what it was started to ignore stays ignored."""
    unwinding = _Unwinding()
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, unwinding)
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, unwinding)


def ignore_from_now() -> None:
    """Let neither signal change how the process ends: its exit code is known, and what remains is Python's own end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def last_word(error: BaseException) -> tuple[str, int]:
    """Give what a run that was ended says, and its exit code."""
    word, code = ("terminated", 143) if isinstance(error, Terminated) else ("interrupted", 130)
    return f"{word}; every rendition that was written is whole", code
