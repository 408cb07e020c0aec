"""How a child dies with its parent: a pipe whose other end is open exactly as long as the parent lives."""

from __future__ import annotations

import os
import signal
import sys
import threading

VARIABLE = "MEDIAPREP_LIFELINE"
"""Names the pipe's descriptor in the child's environment."""


def die_with_parent() -> None:
    """In a child that leads its process group: arrange that the group is killed when the parent dies.

    On Linux the kernel does it: the lifeline's end of file raises SIGKILL for the whole group, even
    while native code hangs with the interpreter's lock held. (PR_SET_PDEATHSIG will not do: it fires
    when the *thread* that started the child ends.) Elsewhere a thread waits for that end of file; on
    Windows nothing does, and a worker notices when it asks for its next job.
    """
    number = os.environ.pop(VARIABLE, None)
    if number is None or sys.platform == "win32":
        return
    import fcntl
    import select

    lifeline = int(number)
    os.set_inheritable(lifeline, False)
    if hasattr(fcntl, "F_SETSIG"):
        fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(lifeline, fcntl.F_SETOWN, -os.getpgrp())
        fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)
        if select.select([lifeline], [], [], 0)[0]:  # the parent died before the signal was armed
            os.killpg(os.getpgrp(), signal.SIGKILL)
        return

    def wait() -> None:
        os.read(lifeline, 1)
        os.killpg(os.getpgrp(), signal.SIGKILL)

    threading.Thread(target=wait, name="lifeline", daemon=True).start()
