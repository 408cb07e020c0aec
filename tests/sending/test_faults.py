"""A thousand sends over sockets that fail in every way, by senders that are killed: nobody gets a message twice."""

import json
import os
import random
import signal
import socket
import socketserver
import struct
import subprocess
import sys
import threading
import time
from collections import Counter
from email.utils import formatdate
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from sender_process import COUNT, recipient

from mediaprep.sending.journal import SendJournal

KILLS = 20
FAULTS = ("429", "500 before", "500 after", "reset before", "reset after", "slow")
OFTEN = (4, 4, 4, 4, 4, 1)
"""A slow answer costs the time that it is waited for."""

ANSWER_S, SLOW_S, PATIENT_S = 1.0, 2.0, 60.0


class Ledger:
    """What a provider has taken, and what goes wrong next."""

    def __init__(self, seed):
        """Nothing is taken yet."""
        self.lock, self.chance = threading.Lock(), random.Random(seed)
        self.taken, self.met, self.calm = [], Counter(), False

    def fault(self):
        """Choose what happens to one request: every second one goes well."""
        with self.lock:
            chosen = None if self.calm or self.chance.random() < 0.5 else self.chance.choices(FAULTS, OFTEN)[0]
            self.met[chosen] += 1
            return chosen

    def take(self, to, body, media):
        """Take one message; this is where a second one to the same recipient would be seen."""
        with self.lock:
            sid = f"MM{len(self.taken)}"
            self.taken.append({"sid": sid, "to": to, "body": body, "num_media": str(media), "status": "queued",
                               "date_created": formatdate(), "message_uuid": sid})  # fmt: skip
            return self.taken[-1]


class Handler(socketserver.BaseRequestHandler):
    """One connection, one request."""

    def handle(self):
        """Answer, or fail to."""
        ledger = self.server.ledger
        fault = ledger.fault()
        if fault == "reset before":
            return self.reset()
        head, body = self.read()
        if not head:
            return None
        method, path, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        if method == "GET":
            to = parse_qs(urlsplit(path).query)["To"][0]
            with ledger.lock:
                listed = [each for each in reversed(ledger.taken) if each["to"] == to]
            return self.answer(200, {"messages": listed})
        if fault == "429":
            return self.answer(429, {}, "Retry-After: 0\r\n")
        if fault == "500 before":
            return self.answer(500, {})
        taken = ledger.take(*self.message(head, body))
        if fault == "500 after":
            return self.answer(500, {})
        if fault == "reset after":
            return self.reset()
        if fault == "slow":
            time.sleep(SLOW_S)
        return self.answer(202 if b"v1/messages" in head else 201, taken)

    def message(self, head, body):
        """Read a form of Twilio's or an object of Vonage's."""
        if b"v1/messages" in head:
            read = json.loads(body)
            return f"+{read['to']}", read["image"]["caption"], 1
        form = parse_qs(body.decode())
        return form["To"][0], form["Body"][0], len(form["MediaUrl"])

    def read(self):
        """Read one whole request."""
        data = b""
        while b"\r\n\r\n" not in data:
            chunk = self.request.recv(65536)
            if not chunk:
                return b"", b""
            data += chunk
        head, _, body = data.partition(b"\r\n\r\n")
        length = next(
            (int(x.split(b":")[1]) for x in head.split(b"\r\n") if x.lower().startswith(b"content-length")), 0
        )
        while len(body) < length:
            body += self.request.recv(65536)
        return head, body

    def answer(self, status, value, more=""):
        """Answer with JSON."""
        body = json.dumps(value).encode()
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{more}\r\n"
        self.request.sendall(head.encode() + body)

    def reset(self):
        """Break the connection hard."""
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.request.close()


class Server(socketserver.ThreadingTCPServer):
    """A provider on loopback."""

    daemon_threads, allow_reuse_address, request_queue_size = True, True, 128

    def handle_error(self, request, client_address):
        """Say nothing: a sender that was killed is no news here."""


@pytest.fixture
def provider():
    """A provider with faults."""
    server = Server(("127.0.0.1", 0), Handler)
    server.ledger = Ledger(seed=8)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["twilio", "vonage"])
def test_a_thousand_sends_and_twenty_killed_senders(provider, tmp_path, name, record_property):
    """Each recipient has exactly one accepted message, or none and a refusal, or an honest ``unknown``."""
    ledger, journal_path = provider.ledger, tmp_path / "sent.sqlite3"
    here = Path(__file__).parent
    base = f"http://127.0.0.1:{provider.server_address[1]}"
    chance = random.Random(20)

    def started(start, answer_s=ANSWER_S):
        command = [
            sys.executable,
            str(here / "sender_process.py"),
            name,
            base,
            str(journal_path),
            str(start),
            str(answer_s),
        ]
        paths = os.pathsep.join([str(here), str(here.parent)])
        return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": paths}, stderr=subprocess.PIPE)

    senders = [started(0), started(COUNT // 2)]
    for _ in range(KILLS):
        seen = len(ledger.taken)
        target = min(seen + chance.randrange(1, 40), COUNT - 60)
        while len(ledger.taken) < target and any(sender.poll() is None for sender in senders):
            time.sleep(0.005)
        victim = chance.randrange(2)
        senders[victim].send_signal(signal.SIGKILL)
        senders[victim].communicate()
        senders[victim] = started(chance.randrange(COUNT))
    errors = [sender.communicate()[1] for sender in senders]
    assert errors == [b"", b""]

    ledger.calm = True
    last = started(0, PATIENT_S)
    assert (last.communicate()[1], last.returncode) == (b"", 0)

    counts = Counter(each["to"] for each in ledger.taken)
    with SendJournal(journal_path) as journal:
        entries = {entry.recipient: entry for entry in journal.entries()}
    assert set(entries) == {recipient(number) for number in range(COUNT)}
    assert set(ledger.met) == {None, *FAULTS}
    states = Counter(entry.state for entry in entries.values())
    record_property("states", dict(states))
    record_property("faults", dict(ledger.met))
    assert max(counts.values()) == 1
    for number, entry in entries.items():
        assert entry.state in ("accepted", "unknown")
        if entry.state == "accepted":
            assert counts[number] == 1
            assert ledger.taken[int(entry.provider_id[2:])]["to"] == number
    assert states["accepted"] > COUNT // 3
