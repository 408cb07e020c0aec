"""Start, time-limit, resource-limit and kill other programs. Nothing else in mediaprep imports ``subprocess``.

Every child gets a process group of its own, so that a kill takes what the child has started as well.
Only inside a worker (``contain``) do children stay in the worker's group: whoever kills the worker then
takes its ffmpeg along. There is no ``preexec_fn``: it runs Python between fork and exec, which can
deadlock in a process with threads, and it makes ``subprocess`` give up ``vfork``.

Limits of foreign programs are set from outside with prlimit(2) right after the start: the program has
been exec'd by then and has read no media yet. Systems without it (macOS, BSD) start the program through
a few lines of Python that limit themselves and exec, which costs a start of Python (10 to 25 ms) a run;
prlimit costs nothing measurable beside the 1.2 ms of any run. On Windows there are no such limits and no groups:
the wall clock holds and ends the child itself, but not what the child has started.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from mediaprep import lifeline
from mediaprep.errors import ToolError
from mediaprep.pipes import GRACE_S, Pump, Tail, read_some
from mediaprep.rlimits import HAS_PRLIMIT, Row, left_of, limit_program, program_rows

_TICK_S = 0.1  # how often a silent child is looked at: has it ended and left its pipes to a child of its own?

_LIMIT_AND_EXEC = """
import json, os, resource, sys
for name, soft, hard in json.loads(sys.argv[1]):
    resource.setrlimit(getattr(resource, name), (soft, hard))
os.execv(sys.argv[2], sys.argv[2:])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildLimits:
    """What one run of a program may take.

    ``memory_bytes`` bounds its data (inside a worker less what the worker holds itself), ``file_bytes`` each file it
    writes; ``wall_s`` is the only one that holds on every system (the module's docstring says what the others need).
    """

    wall_s: float
    cpu_s: float
    memory_bytes: int | None
    file_bytes: int
    open_files: int = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """How a run ended. ``returncode`` is minus the signal's number where a signal ended it.

    ``timed_out`` covers both clocks, wall and CPU. ``cpu_s`` is 0 where the system does not tell (Windows).
    """

    returncode: int
    stdout: bytes
    stderr_tail: str
    timed_out: bool
    elapsed_s: float
    cpu_s: float

    def failure(self, what: str) -> ToolError:
        """Say, as a ``tool_failed`` error, how ``what`` ended and what its last words were."""
        if self.timed_out:
            how = f"was stopped at its time limit, after {self.elapsed_s:.1f} s and {self.cpu_s:.1f} s of CPU"
        else:
            how = f"ended with {ending(self.returncode)}"
        words = self.stderr_tail.strip().splitlines()
        return ToolError("tool_failed", f"{what} {how}" + (f"; it said: {words[-1].strip()}" if words else ""))


def ending(returncode: int) -> str:
    """Name a return code as people do: ``exit code 1``, ``SIGSEGV``."""
    if returncode >= 0:
        return f"exit code {returncode}"
    try:
        return signal.Signals(-returncode).name
    except ValueError:
        return f"signal {-returncode}"


class Child:
    """A running program with binary pipes: what ``start`` gives. All methods may be called from any thread."""

    def __init__(self, popen: subprocess.Popen[bytes], *, group: bool, life: int | None) -> None:
        """Watch over ``popen``; ``life`` is this end of its lifeline."""
        self.pid = popen.pid
        self.stdin = cast("BinaryIO | None", popen.stdin)
        self.stdout = cast("BinaryIO", popen.stdout)
        self.stderr = cast("BinaryIO", popen.stderr)
        self.returncode: int | None = None
        self.cpu_s = 0.0
        self._popen = popen
        self._group = group
        self._life = life
        self._lock = threading.Lock()
        self._tail = Tail(8_000)
        self._drain: threading.Thread | None = None
        _LIVE.add(self)

    def keep_stderr(self) -> None:
        """Read the child's stderr from now on, so that it never blocks; ``stderr_tail`` gives the end of it."""

        def drain() -> None:
            while data := read_some(self.stderr):
                self._tail.feed(data)

        self._drain = threading.Thread(target=drain, daemon=True)
        self._drain.start()

    def stderr_tail(self) -> str:
        """Give the end of stderr; of a child that has ended, all that will ever come."""
        if self.returncode is not None and self._drain is not None:
            self._drain.join(GRACE_S)
        return self._tail.text()

    def ended(self) -> bool:
        """Say whether the child is over; if so the rest of its group is killed and ``returncode`` is set."""
        with self._lock:
            return self._collect()

    def wait(self, timeout_s: float) -> bool:
        """Wait for the end of the child; False when it has not come within ``timeout_s``."""
        deadline = time.monotonic() + timeout_s
        pause_s = 0.0005
        while not self.ended():
            if time.monotonic() >= deadline:
                return False
            time.sleep(pause_s)
            pause_s = min(pause_s * 2, 0.02)
        return True

    def kill(self) -> None:
        """End the child and its group at once, and collect it. Calling this again is harmless."""
        with self._lock:
            if not self._collect():
                self._signal_group()
                self._signal()
        # What sleeps inside the kernel (a dead network disk) ends later; nobody waits longer for it.
        self.wait(5.0)

    def close(self) -> None:
        """Kill the child and let go of its pipes."""
        self.kill()
        if self._drain is not None:
            self._drain.join(GRACE_S)
        self.let_go()

    def let_go(self) -> None:
        """Close this process's ends of the pipes and forget the child, without touching it."""
        _LIVE.discard(self)
        # A drain still waiting means that a process which left the group holds the pipe: then it stays open,
        # for a descriptor closed under a reader may come back as another file.
        draining = self._drain is not None and self._drain.is_alive()
        for stream in (self.stdin, self.stdout, None if draining else self.stderr):
            if stream is not None:
                stream.close()
        with self._lock:
            if self._life is not None:
                os.close(self._life)
                self._life = None
            if self._popen.returncode is None:
                self._popen.returncode = 0  # Popen would warn about, and wait for, a child that is not ours

    def let_go_after_fork(self) -> None:
        """Let go in a forked copy, where the thread that may have held the lock does not exist."""
        self._lock = threading.Lock()
        self.let_go()

    def _collect(self) -> bool:
        if self.returncode is not None:
            return True
        if sys.platform == "win32":
            self.returncode = self._popen.poll()
            return self.returncode is not None
        # While the dead child is not collected its number cannot be given to another process, so this
        # is the moment in which killing its group by that number is safe.
        try:
            if hasattr(os, "waitid"):
                if os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                    return False
                self._signal_group()
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
        except ChildProcessError:  # the caller's process collects, or ignores, all its children: how it ended is lost
            self.returncode = self._popen.returncode = 0
            return True
        if pid == 0:
            return False
        if not hasattr(os, "waitid"):  # macOS before Python 3.13
            self._signal_group()
        self.cpu_s = usage.ru_utime + usage.ru_stime
        self.returncode = self._popen.returncode = os.waitstatus_to_exitcode(status)
        return True

    def _signal(self) -> None:
        if sys.platform == "win32":
            self._popen.kill()
        else:  # Popen.kill would collect the child on the way, and with it the number and the CPU time
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def _signal_group(self) -> None:
        if self._group and sys.platform != "win32":
            # macOS says EPERM where only dead processes are left in the group
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)


_LIVE: set[Child] = set()


class _Here:
    """Facts about this process."""

    contained = False
    left_behind = False


def contain() -> None:
    """Say that this process is a worker: what it starts stays in its group and dies with it."""
    _Here.contained = True


def left_behind() -> bool:
    """Say whether a contained child may have left processes running; only the worker's own end removes them."""
    return _Here.left_behind


def run(
    args: Sequence[str | Path],
    *,
    limits: ChildLimits,
    stdin: bytes | None = None,
    max_stdout_bytes: int = 64_000_000,
    on_line: Callable[[str], None] | None = None,
    keep_stderr_bytes: int = 32_000,
    env: Mapping[str, str] | None = None,
) -> Finished:
    """Run a program to its end, or to the end of its limits.

    ``args[0]`` is a full path: nothing is looked up in PATH or the working folder, and no shell is
    involved. ``on_line`` is called in this thread with each line of stderr, progress lines included.
    Raises ToolError: ``tool_missing`` when the program cannot be started, ``tool_failed`` when it writes
    more than ``max_stdout_bytes``. However this function is left, the program has ended by then.
    """
    started = time.monotonic()
    deadline = started + limits.wall_s
    rows = program_rows(
        cpu_s=limits.cpu_s,
        memory_bytes=left_of(limits.memory_bytes) if _Here.contained else limits.memory_bytes,
        file_bytes=limits.file_bytes,
        open_files=limits.open_files,
    )
    child = _spawn(args, rows=rows, env=env, with_stdin=stdin is not None)
    tail = Tail(keep_stderr_bytes)
    pump = Pump(child, stdin=stdin, max_stdout_bytes=max_stdout_bytes, tail=tail, lines=on_line is not None)
    timed_out = False
    give_up = math.inf
    try:
        while pump.open_pipes and time.monotonic() < give_up:
            line = pump.next_line(min(_TICK_S, max(0.0, deadline - time.monotonic())))
            if line is not None and on_line is not None:
                on_line(line)
            elif pump.overflow:
                raise ToolError(
                    "tool_failed",
                    f"{args[0]} was stopped: it wrote more than {max_stdout_bytes:,} bytes to its output, "
                    "the most that is read. Check that it is the intended program.",
                )
            elif child.ended():
                give_up = min(give_up, time.monotonic() + GRACE_S)
            if not timed_out and time.monotonic() >= deadline:
                timed_out = True
                child.kill()
        if not child.wait(max(0.0, deadline - time.monotonic())):
            timed_out = True
    finally:
        child.kill()
        if (pump.open_pipes or timed_out) and _Here.contained:
            _Here.left_behind = True
        if pump.stop():
            child.let_go()
    returncode = -int(signal.SIGTERM) if child.returncode is None else child.returncode
    out_of_cpu = returncode < 0 and (ending(returncode) == "SIGXCPU" or child.cpu_s >= limits.cpu_s)
    return Finished(
        returncode=returncode,
        stdout=bytes(pump.stdout),
        stderr_tail=tail.text(),
        timed_out=timed_out or out_of_cpu,
        elapsed_s=time.monotonic() - started,
        cpu_s=child.cpu_s,
    )


def start(args: Sequence[str | Path], *, env: Mapping[str, str]) -> Child:
    """Start a long-lived program with binary pipes and a lifeline (module ``lifeline``).

    It limits itself; its stderr is read from the start. Raises ToolError ``tool_missing``.
    """
    if sys.platform == "win32":
        child = _spawn(args, rows=[], env=env, with_stdin=True)
    else:
        theirs, ours = os.pipe()
        try:
            child = _spawn(
                args,
                rows=[],
                env={**env, lifeline.VARIABLE: str(theirs)},
                with_stdin=True,
                pass_fds=(theirs,),
                life=ours,
            )
        except BaseException:
            os.close(ours)
            raise
        finally:
            os.close(theirs)
    child.keep_stderr()
    return child


def _spawn(
    args: Sequence[str | Path],
    *,
    rows: list[Row],
    env: Mapping[str, str] | None,
    with_stdin: bool,
    pass_fds: tuple[int, ...] = (),
    life: int | None = None,
) -> Child:
    command = [os.fspath(arg) for arg in args]
    program = command[0]
    if not os.path.isabs(program):
        raise ToolError("tool_missing", f"{program} is not a full path; programs are not looked up in PATH")
    if rows and not HAS_PRLIMIT:
        if not os.access(program, os.X_OK):  # else only the few lines in between would notice
            raise ToolError("tool_missing", f"{program} cannot be run; install it or check its permissions")
        command = [sys.executable, "-I", "-S", "-c", _LIMIT_AND_EXEC, json.dumps(rows), *command]
    group = not _Here.contained
    try:
        popen = subprocess.Popen(
            command,
            stdin=subprocess.PIPE if with_stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env=env,
            pass_fds=pass_fds,
            start_new_session=group and sys.platform != "win32",
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
            | getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ToolError("tool_missing", f"{program} does not exist; install it or name another") from error
    except PermissionError as error:
        raise ToolError("tool_missing", f"{program} may not be run; check its permissions") from error
    except (OSError, ValueError) as error:
        raise ToolError("tool_failed", f"{program} could not be started: {error}") from error
    child = Child(popen, group=group, life=life)
    if HAS_PRLIMIT:
        limit_program(child.pid, rows)
    return child


def _kill_all() -> None:
    for child in list(_LIVE):
        child.close()


def _let_go_of_all() -> None:
    for child in list(_LIVE):
        child.let_go_after_fork()


atexit.register(_kill_all)
if hasattr(os, "register_at_fork"):
    # A forked copy of this process must neither kill its parent's children nor keep their lifelines open.
    os.register_at_fork(after_in_child=_let_go_of_all)
