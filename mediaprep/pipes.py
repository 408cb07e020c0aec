"""Emptying a child's pipes into bounded memory, in threads: the one way that works on every system."""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from typing import BinaryIO, Protocol

LINE_BYTES = 8_192
"""A longer "line" is cut: nobody reads it, and it must not fill memory."""

GRACE_S = 1.0
"""How long the pipes of a dead child may take to empty before they are given up."""

_TICK_S = 0.1


class Piped(Protocol):
    """A child with pipes."""

    stdin: BinaryIO | None
    stdout: BinaryIO
    stderr: BinaryIO


class Tail:
    """The last lines of a stream. A carriage return rewrites the line, as on a terminal."""

    def __init__(self, keep_bytes: int) -> None:
        """Keep about the last ``keep_bytes``."""
        self._keep_bytes = keep_bytes
        self._lines: deque[str] = deque()
        self._held = 0
        self._open = b""
        self._passing = ""
        self._returned = False
        self._lock = threading.Lock()

    def feed(self, data: bytes) -> list[str]:
        """Take more of the stream; give the lines it completes, those ended by a carriage return too."""
        if not data:
            return []
        with self._lock:
            if self._returned and data.startswith(b"\n"):  # a line end cut in two: the line stands after all
                data = data[1:]
                self._keep(self._passing)
            self._returned = data.endswith(b"\r")
            pieces = (self._open + data).replace(b"\r\n", b"\n").replace(b"\r", b"\r\n").split(b"\n")
            self._open = pieces.pop()
            if len(self._open) > LINE_BYTES:
                pieces.append(self._open)
                self._open = b""
            return [self._complete(piece) for piece in pieces]

    def text(self) -> str:
        """Give what is kept, with the line not yet ended."""
        with self._lock:
            last = (self._passing, self._open.decode("utf-8", "replace"))
            return "\n".join([*self._lines, *(line for line in last if line)])[-self._keep_bytes :]

    def _complete(self, piece: bytes) -> str:
        line = piece[:LINE_BYTES].decode("utf-8", "replace").rstrip("\r")
        if piece.endswith(b"\r"):
            self._passing = line
            return line
        self._keep(line)
        return line

    def _keep(self, line: str) -> None:
        self._passing = ""
        self._lines.append(line)
        self._held += len(line) + 1
        while self._held > self._keep_bytes and self._lines:
            self._held -= len(self._lines.popleft()) + 1


class Pump:
    """Keeps all pipes of one child moving until both outputs have ended."""

    def __init__(self, child: Piped, *, stdin: bytes | None, max_stdout_bytes: int, tail: Tail, lines: bool) -> None:
        """Start; with ``lines``, each line of stderr can be had from ``next_line``."""
        self.stdout = bytearray()
        self.tail = tail
        self.overflow = False
        self.open_pipes = 2
        self._child = child
        self._max_bytes = max_stdout_bytes
        self._give_lines = lines
        self._stopped = threading.Event()
        self._lines: queue.Queue[str | None] = queue.Queue(maxsize=1000)  # a flood of lines waits in the pipe
        jobs = [self._read_stdout, self._read_stderr]
        if stdin is not None:
            jobs.append(lambda: self._write_stdin(stdin))
        self._threads = [threading.Thread(target=job, daemon=True) for job in jobs]
        for thread in self._threads:
            thread.start()

    def next_line(self, timeout_s: float) -> str | None:
        """Give the next line of stderr; None when there is none yet, or when a pipe has ended."""
        try:
            line = self._lines.get(timeout=timeout_s)
        except queue.Empty:
            return None
        if line is None:
            self.open_pipes -= 1
        return line

    def stop(self) -> bool:
        """Give up on what is left, within ``GRACE_S``; say whether all pipes were let go of."""
        self._stopped.set()
        until = time.monotonic() + GRACE_S
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _read_stdout(self) -> None:
        while data := read_some(self._child.stdout):
            if len(self.stdout) + len(data) > self._max_bytes:
                self.overflow = True
                break
            self.stdout += data
        self._put(None)

    def _read_stderr(self) -> None:
        while data := read_some(self._child.stderr):
            lines = self.tail.feed(data)
            if self._give_lines:
                for line in lines:
                    self._put(line)
        self._put(None)

    def _write_stdin(self, data: bytes) -> None:
        stream = self._child.stdin
        assert stream is not None
        view = memoryview(data)
        try:
            while view:
                view = view[stream.write(view) or 0 :]
            stream.close()
        except (OSError, ValueError):
            return  # the program ended without reading all of it: its own return code says why

    def _put(self, line: str | None) -> None:
        while not self._stopped.is_set():
            try:
                self._lines.put(line, timeout=_TICK_S)
            except queue.Full:
                continue
            return


def read_some(stream: BinaryIO, size: int = 65_536) -> bytes:
    """Read what is there, at least a byte; nothing at the end, or once another thread has closed the stream."""
    try:
        return stream.read(size) or b""
    except (OSError, ValueError):
        return b""
