"""Handing over once, over real sockets: what is tried again, what is left in doubt, and how a doubt is settled."""

import json
import socket
import threading
from email.utils import formatdate
from urllib.parse import parse_qs

import pytest
from accounts import account, environment, outgoing
from werkzeug import Response

from mediaprep.plugins import load
from mediaprep.sending.entry import Entry
from mediaprep.sending.journal import SendJournal
from mediaprep.sending.once import Line, Patience, hand_over

QUICK = Patience(tries=3, answer_s=0.5, whole_s=20.0, first_wait_s=0.01, longest_wait_s=1.0)


class Twilio:
    """A server that takes messages and lists them, as Twilio does; ``faults`` go before."""

    def __init__(self, server):
        """Take the place of its API on a server."""
        import re

        self.posts, self.faults, self.messages = 0, [], []
        server.expect_request(re.compile(r".*/Messages\.json"), method="POST").respond_with_handler(self.take)
        server.expect_request(re.compile(r".*/Messages\.json"), method="GET").respond_with_handler(self.show)

    def take(self, request):
        """Take one message, or do what is to go wrong."""
        self.posts += 1
        fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, Response):
            return fault
        return fault(request) if fault is not None else self.accept(request)

    def accept(self, request):
        """Take one message."""
        form = parse_qs(request.get_data().decode())
        self.messages.insert(0, {
            "sid": f"MM{len(self.messages)}", "to": form["To"][0], "body": form.get("Body", [""])[0],
            "num_media": str(len(form.get("MediaUrl", []))), "date_created": formatdate(), "status": "queued",
        })  # fmt: skip
        return Response(json.dumps(self.messages[0]), status=201)

    def show(self, request):
        """List what was taken."""
        wanted = [each for each in self.messages if each["to"] == request.args["To"]]
        return Response(json.dumps({"messages": wanted}))


@pytest.fixture
def httpserver():
    """A server on loopback that answers while another answer is still on its way."""
    from pytest_httpserver import HTTPServer

    server = HTTPServer(host="127.0.0.1", port=0, threaded=True)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def twilio(httpserver):
    """A provider on loopback."""
    return Twilio(httpserver)


@pytest.fixture
def send(httpserver, tmp_path):
    """Hand one message over, as often as called."""

    def call(name="twilio", base=None, patience=QUICK, **changes):
        message = outgoing(name, **changes)
        entry = Entry(
            our_id=message.our_id, provider=name, channel="mms", sender=message.sender, recipient=message.to,
            text=message.text, media_count=len(message.media),
        )  # fmt: skip
        known = account(name, base or httpserver.url_for("")[:-1])
        with SendJournal(tmp_path / "sent.sqlite3") as journal:
            line = Line(provider=load("providers", name), account=known, patience=patience)
            return hand_over(line, journal, message, entry)

    return call


def test_a_message_is_accepted(twilio, send):
    """The provider's id is kept, and a second call asks nobody."""
    first, second = send(), send()

    assert (first.mine, first.entry.state, first.entry.provider_id) == (True, "accepted", "MM0")
    assert (second.mine, second.entry.provider_id) == (False, "MM0")
    assert twilio.posts == 1


@pytest.mark.parametrize(
    "fault",
    [Response("{}", status=429, headers={"Retry-After": "0"}), Response("{}", status=503, headers={"Retry-After": "0"}),
     Response('{"code": 30001}', status=400), Response('{"code": 20429}', status=429)],
)  # fmt: skip
def test_what_was_surely_not_taken_is_tried_again(twilio, send, fault):
    """429, 503 with Retry-After, and the codes that say so."""
    twilio.faults = [fault, fault]

    claim = send()

    assert claim.entry.state == "accepted"
    assert claim.entry.calls == 3
    assert len(twilio.messages) == 1


def test_patience_ends(twilio, send):
    """After the last try the message has failed, and a later call may try anew."""
    twilio.faults = [Response("{}", status=429, headers={"Retry-After": "0"})] * 3

    assert send().entry.state == "failed"
    assert send().entry.state == "accepted"


def test_a_long_wait_is_not_waited(twilio, send):
    """Retry-After beyond our patience is the caller's to wait for."""
    twilio.faults = [Response("{}", status=429, headers={"Retry-After": "3600"})]

    claim = send()

    assert (claim.entry.state, claim.entry.reason) == ("failed", "throttled")
    assert twilio.posts == 1


def test_a_refusal_is_not_tried_again(twilio, send):
    """A wrong number stays wrong."""
    twilio.faults = [Response('{"code": 21211, "message": "not a number"}', status=400)]

    claim = send()

    assert (claim.entry.state, claim.entry.reason, claim.entry.raw_code) == ("failed", "bad_number", "21211")
    assert twilio.posts == 1


def test_an_answer_that_never_comes_is_settled_by_the_list(twilio, send):
    """The message was taken and the answer was too slow: the provider's list has it."""
    done = threading.Event()

    def slow(request):
        answer = twilio.accept(request)
        done.wait(5)
        return answer

    twilio.faults = [slow]
    claim = send()
    done.set()

    assert (claim.entry.state, claim.entry.provider_id) == ("accepted", "MM0")
    assert twilio.posts == 1


def test_a_doubt_stays_a_doubt_where_the_list_is_silent(twilio, send):
    """A 500 that took nothing: nothing proves it, so nothing is sent again, however often we are called."""
    twilio.faults = [Response("oops", status=500)]

    first, second = send(), send()

    assert (first.entry.state, second.entry.state) == ("unknown", "unknown")
    assert twilio.posts == 1
    assert not twilio.messages


def test_a_message_of_ours_is_not_taken_for_another(twilio, send):
    """Of two equal messages to one number, the doubtful one is not settled by the one that is accounted for."""
    assert send().entry.provider_id == "MM0"
    twilio.faults = [Response("oops", status=500)]

    assert send(our_id="another").entry.state == "unknown"


def test_nobody_at_home_is_tried_again_and_then_failed(send):
    """A connection that was never made has sent nothing."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        claim = send(base=f"http://127.0.0.1:{unused.getsockname()[1]}")

    assert (claim.entry.state, claim.entry.reason, claim.entry.calls) == ("failed", "transient", 3)


def test_a_connection_that_breaks_is_a_doubt(send):
    """The request may have been read before it broke."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()

        def answer():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                connection.recv(100_000)
                connection.close()

        threading.Thread(target=answer, daemon=True).start()
        claim = send(name="vonage", base=f"http://127.0.0.1:{server.getsockname()[1]}")

    assert claim.entry.state == "unknown"
    assert claim.entry.calls == 1


def test_an_idempotency_key_makes_a_doubt_worth_a_second_try(httpserver, send):
    """Telnyx knows our key, so the same message sent again is not taken twice."""
    keys = []

    def take(request):
        keys.append(request.headers["Idempotency-Key"])
        if len(keys) == 1:
            threading.Event().wait(1.0)
        return Response(json.dumps({"data": {"id": "t1"}}))

    httpserver.expect_request("/messages").respond_with_handler(take)

    claim = send(name="telnyx")

    assert claim.entry.state == "accepted"
    assert len(keys) == 2
    assert len(set(keys)) == 1


@pytest.mark.parametrize(("status", "tries"), [(429, 3), (422, 2)])
def test_a_refusal_after_a_doubt_leaves_the_doubt(httpserver, send, status, tries):
    """The first try may have been taken, whatever is said of the second: the state is unknown, never failed."""
    asked = []

    def refuse(_request):
        asked.append(1)
        if len(asked) == 1:
            threading.Event().wait(1.0)
        return Response(json.dumps({"errors": [{"code": "10027", "title": "no"}]}), status=status)

    httpserver.expect_request("/messages").respond_with_handler(refuse)

    entry = send(name="telnyx").entry

    assert (entry.state, entry.calls, entry.reason) == ("unknown", tries, None)
    assert "afterwards refused: no" in entry.detail


def test_a_redirect_is_not_followed(httpserver, send):
    """Credentials go to the address that was configured, and nowhere else."""
    httpserver.expect_request("/elsewhere").respond_with_json({"sid": "MM9"})
    path = f"/2010-04-01/Accounts/{environment('twilio', '')['TWILIO_ACCOUNT_SID']}/Messages.json"
    httpserver.expect_request(path).respond_with_response(Response("", status=307, headers={"Location": "/elsewhere"}))

    assert send().entry.state == "unknown"
    assert all(request.path != "/elsewhere" for request, _ in httpserver.log)
