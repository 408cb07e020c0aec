"""A send that is made again: whoever has had the message does not get it twice, however it is fitted now."""

import json
import re
import sqlite3
from functools import partial
from urllib.parse import parse_qs

import pytest
from command_line import jpeg
from werkzeug import Response

from mediaprep.errors import UsageError
from mediaprep.options import FitOptions
from mediaprep.sending.entry import Entry
from mediaprep.sending.journal import SendJournal
from mediaprep.sending.once import Patience

TO, FROM = "+14155550123", "+14155550100"
QUICK = Patience(tries=1, answer_s=5.0, whole_s=10.0, first_wait_s=0.01, longest_wait_s=0.1)
OTHERWISE = FitOptions(max_bytes=2_500)


@pytest.fixture
def live(live, tmp_path):
    """Send a picture that a fit can make smaller, with one try."""
    (tmp_path / "dish.jpg").write_bytes(jpeg(width=160, height=120))
    return partial(live, patience=QUICK)


@pytest.fixture
def provider(httpserver):
    """Say what the provider answers, in order, and after that that it takes the message."""

    def answers(*first):
        left = list(first)

        def take(_request):
            taken = Response(json.dumps({"sid": f"MM{len(httpserver.log)}", "status": "queued"}), status=201)
            return left.pop(0) if left else taken

        httpserver.expect_request(re.compile(".*"), method="POST").respond_with_handler(take)

    return answers


def _failed(code):
    return Response(json.dumps({"code": code, "message": "no"}), status=400)


def _bodies(httpserver):
    return [parse_qs(request.get_data().decode()).get("Body") for request, _ in httpserver.log]


def test_a_message_fitted_otherwise_is_the_same_message(live, provider, httpserver):
    """Other limits give other bytes of the picture: the person has had it, and the same name says so."""
    provider()

    first, second = live(), live(fit_options=OTHERWISE)

    assert (second.our_id, second.known, second.state) == (first.our_id, True, "accepted")
    assert len(httpserver.log) == 1


@pytest.mark.parametrize("change", ["text", "subject", "picture"])
def test_another_message_goes_out(live, provider, httpserver, message, tmp_path, change):
    """One other word, or other bytes of the asset, make another message."""
    provider()
    live()
    if change == "picture":
        picture = tmp_path / "dish.jpg"
        picture.write_bytes(picture.read_bytes() + b"\0")
    else:
        message.write_text(message.read_text().replace("Summer", "Winter", 1 if change == "text" else 2))

    assert not live().known
    assert len(httpserver.log) == 2


def test_what_has_gone_out_is_known_without_its_assets(live, provider, httpserver, tmp_path, message):
    """A renamed asset is the same, and one that broke since is not fitted to learn that nothing is to do."""
    provider()
    live()
    (tmp_path / "dish.jpg").rename(tmp_path / "meal.jpg")
    message.write_text(message.read_text().replace("dish.jpg", "meal.jpg"))

    assert live().known
    assert len(httpserver.log) == 1


@pytest.mark.parametrize("code", [30011, 30019])
def test_after_a_later_step_the_first_is_not_tried_again(live, provider, httpserver, code):
    """The SMS with the link, or the smaller fit, has gone out: the MMS that was refused stays where it is."""
    provider(_failed(code))
    first = live()

    again = live(fit_options=OTHERWISE)

    assert (again.our_id, again.known) == (first.our_id, True)
    assert len(httpserver.log) == 2


def test_what_was_sent_once_more_on_purpose_counts(live, provider, httpserver):
    """Refused, then sent with ``again``: a plain call after it sends nothing."""
    provider(_failed(21211))
    live(fallback=False)
    insisted = live(fallback=False, again=True)

    known = live(fallback=False)

    assert insisted.our_id.endswith("-2")
    assert (known.our_id, known.known) == (insisted.our_id, True)
    assert len(httpserver.log) == 2


def test_the_callers_own_id_names_the_message(live, provider, httpserver, message):
    """The same words go out under a new id; mended words under the old id do not, and the note says which id."""
    provider()
    live(own_id="week-1")
    live(own_id="week-2")
    message.write_text(message.read_text().replace("Summer", "Winter"))

    mended = live(own_id="week-2")

    assert mended.known
    assert "'week-2'" in mended.note
    assert len(httpserver.log) == 2


def test_with_a_journal_of_another_version_nothing_goes_out(live, provider, httpserver, tmp_path):
    """It names messages otherwise, so that whoever has had this one would not be found: the call ends there."""
    provider()
    live()
    with sqlite3.connect(tmp_path / "live.sqlite3") as base:
        base.execute("PRAGMA user_version = 0")
    base.close()

    with pytest.raises(UsageError, match=r"live\.sqlite3 was written by another version.*--journal"):
        live()
    assert len(httpserver.log) == 1


def test_a_look_shows_the_message_as_it_is_fitted_now(live, tmp_path):
    """The outbox reaches nobody: a message fitted otherwise is put beside the first."""
    first, same, other = (live(live=False, fit_options=options) for options in (None, None, OTHERWISE))

    assert (same.our_id, same.known) == (first.our_id, True)
    assert other.our_id != first.our_id
    assert (tmp_path / "outbox" / other.our_id / "receipt.json").exists()


def test_what_another_sender_has_in_hand_is_left_to_it(tmp_path):
    """A step that a living sender has claimed is taken; one that it gave back is free."""
    entry = Entry(our_id="abc", provider="twilio", channel="sms", sender=FROM, recipient=TO)
    with SendJournal(tmp_path / "j") as mine, SendJournal(tmp_path / "j") as other:
        mine.claim(entry)

        assert mine.taken(["abc"]) is None
        assert other.taken(["xyz", "abc"]) is not None
        mine.release("abc")
        assert other.taken(["abc"]) is None
