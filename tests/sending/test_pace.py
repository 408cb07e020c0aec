"""The pace of sending: turns that all senders of a journal share. Clocks are values here; nothing waits."""

import json
import sqlite3
from itertools import pairwise

import pytest
from accounts import account, environment, outgoing
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug import Response

import mediaprep
from mediaprep import SendOptions
from mediaprep.errors import UsageError
from mediaprep.plugins import load
from mediaprep.profiles.compose import stated
from mediaprep.profiles.load import Profiles
from mediaprep.sending.entry import Entry
from mediaprep.sending.journal import SendJournal
from mediaprep.sending.numbers import type_of
from mediaprep.sending.once import Line, Patience, hand_over
from mediaprep.sending.pace import LONGEST_HOLD_S, Pace, Rates, wait_s

LONG, FREE, SHORT = "+14155550100", "+18005550100", "12345"
QUICK = Patience(tries=2, answer_s=5.0, whole_s=10.0, first_wait_s=0.01, longest_wait_s=1.0)


@settings(max_examples=100, deadline=None)
@given(
    arrivals=st.lists(st.floats(0, 50), min_size=1, max_size=40),
    of_sender=st.lists(st.booleans(), min_size=40, max_size=40),
    sender_per_s=st.floats(0.2, 50), account_per_s=st.floats(0.2, 50),
)  # fmt: skip
def test_no_key_is_ever_faster_than_its_pace_and_nobody_waits_longer(arrivals, of_sender, sender_per_s, account_per_s):
    """Messages of two senders of one account that come at any time: each leaves as soon as both paces let it."""
    account = Pace(key="account", interval_s=1 / account_per_s)
    free, left = {}, {"account": [], "one": [], "other": []}
    for arrival, first in zip(sorted(arrivals), of_sender, strict=False):
        paces = (Pace(key="one" if first else "other", interval_s=1 / sender_per_s), account)
        now, asked = max(arrival, left["account"][-1] if left["account"] else 0.0), 0
        while (wait := wait_s(now, free, paces)) > 0:
            now, asked = now + wait, asked + 1
        assert asked <= 3  # a wait is waited once, but for what rounding leaves
        for pace in paces:
            left[pace.key].append(now)
            free[pace.key] = now + pace.interval_s
    for key, per_s in (("account", account_per_s), ("one", sender_per_s), ("other", sender_per_s)):
        apart = [after - before for before, after in pairwise(left[key])]
        assert all(each >= 1 / per_s - 1e-6 for each in apart)


def test_a_clock_that_was_set_back_binds_nobody():
    """A turn further ahead than any that is written belongs to another time; one within a minute is kept."""
    pace = Pace(key="x", interval_s=1.0)
    assert wait_s(1000.0, {"x": 1000.0 + LONGEST_HOLD_S + 1}, (pace,)) == 0
    assert wait_s(1000.0, {"x": 1000.0 + LONGEST_HOLD_S}, (pace,)) == LONGEST_HOLD_S
    slow = Pace(key="x", interval_s=300.0)
    assert wait_s(1000.0, {"x": 1200.0}, (slow,)) == 200.0


@pytest.mark.parametrize(
    ("sender", "kind"),
    [(LONG, "long_code"), (FREE, "toll_free"), (SHORT, "short_code"), ("+447400123456", "long_code"),
     ("MG" + "0" * 32, None), ("our_agent", None)],
)  # fmt: skip
def test_a_senders_type_is_told_by_its_number(sender, kind):
    """For the pace alone: which limits hold is still for --sender to say."""
    assert type_of(sender) == kind


@pytest.mark.parametrize(
    ("provider", "channel", "sender", "given_type", "per_s"),
    [
        ("twilio", "mms", LONG, None, {"twilio +14155550100": 1, "twilio mms": 25}),
        ("twilio", "mms", FREE, None, {"twilio +18005550100": 3, "twilio mms": 25}),
        ("twilio", "mms", "MG0", "toll_free", {"twilio MG0": 3, "twilio mms": 25}),
        ("twilio", "sms", SHORT, None, {"twilio 12345": 100}),
        ("aws", "mms", SHORT, None, {"aws 12345": 40}),
        ("plivo", "mms", LONG, None, {"plivo +14155550100": 1, "plivo mms": 0.25}),
        ("vonage", "rcs", "our_agent", None, {"vonage our_agent": 0, "vonage rcs": 30}),
        ("sinch", "mms", LONG, None, {"sinch +14155550100": 0}),
    ],
)
def test_paces_are_what_the_profiles_state(provider, channel, sender, given_type, per_s):
    """Of the sender by its type and of the account; 0 stands for no figure, where only a 429 is heeded."""
    known = stated(Profiles.load(), provider, "messages_per_s")
    rates = Rates(provider=provider, stated=known, sender=sender, sender_type=given_type)

    found = {pace.key: 1 / pace.interval_s if pace.interval_s else 0 for pace in rates.paces(channel, sender)}

    assert found == per_s


def test_ones_own_rate_goes_before_what_is_published():
    """It counts the sender alone, and 0 takes every pace away."""
    known = stated(Profiles.load(), "plivo", "messages_per_s")
    (pace,) = Rates(provider="plivo", stated=known, own_per_s=40).paces("mms", LONG)

    assert (pace.key, pace.interval_s) == ("plivo +14155550100", 1 / 40)
    assert Rates(provider="plivo", stated=known, own_per_s=0).paces("mms", LONG) == ()


def test_a_users_profile_states_other_rates(tmp_path):
    """A profile that extends the shipped one changes the channel that it names and keeps the others."""
    (tmp_path / "plivo.yaml").write_text(
        "schema: mediaprep.profile/1\nname: plivo\nrole: provider\ntitle: Ours\nextends: plivo\nsource: own\n"
        "messages_per_s: {mms: {account: 10}}\n"
    )
    found = stated(Profiles.load([tmp_path]), "plivo", "messages_per_s")

    assert Rates(provider="plivo", stated=found).paces("mms", FREE)[-1] == Pace(key="plivo mms", interval_s=0.1)
    assert Rates(provider="plivo", stated=found).paces("sms", FREE)[-1] == Pace(key="plivo sms", interval_s=0.2)


@pytest.fixture
def two(tmp_path):
    """Two senders over one journal, each with a message in hand."""
    path = tmp_path / "sent.sqlite3"
    with SendJournal(path) as one, SendJournal(path) as other:
        for journal, name in ((one, "a"), (other, "b")):
            journal.claim(Entry(our_id=name, provider="p", channel="mms", sender=LONG, recipient=f"+1415555010{name}"))
        yield one, other


def test_senders_over_one_journal_take_turns(two):
    """The second waits until the first one's interval is over, and is not on its way until then."""
    one, other = two
    paces = (Pace(key="p", interval_s=4.0),)

    assert one.calling("a", paces, now_s=1000.0)
    assert other.turn_in_s(paces, now_s=1001.0) == 3.0
    assert not other.calling("b", paces, now_s=1001.0)
    assert other.find("b").state == "claimed"
    assert other.turn_in_s(paces, now_s=1004.0) == 0
    assert other.calling("b", paces, now_s=1004.0)
    assert (other.find("b").state, other.find("b").calls) == ("sending", 1)


def test_whoever_dies_while_waiting_takes_no_turn_along(two):
    """Only a request that leaves counts: a wait that was never waited holds nobody up."""
    one, other = two
    paces = (Pace(key="p", interval_s=4.0),)
    one.calling("a", paces, now_s=1000.0)
    for _ in range(50):
        other.calling("b", paces, now_s=1001.0)

    assert one.calling("a", paces, now_s=1004.0)


def test_a_retry_after_for_one_is_one_for_all(two):
    """The provider has said when it takes the next; nobody asks before, and a longer time is not shortened."""
    one, other = two
    paces = (Pace(key="p"),)

    one.hold(paces, 30.0, now_s=1000.0)
    one.hold(paces, 5.0, now_s=1001.0)

    assert other.turn_in_s(paces, now_s=1002.0) == 28.0
    assert other.calling("b", paces, now_s=1030.0)
    one.hold(paces, 86400.0, now_s=2000.0)
    assert other.turn_in_s(paces, now_s=2000.0) == LONGEST_HOLD_S


def _turns(path):
    base = sqlite3.connect(path)
    try:
        return dict(base.execute("SELECT key, free_s FROM turns"))
    finally:
        base.close()


def test_a_429_with_a_time_holds_the_others_back(httpserver, tmp_path):
    """Over a real socket: the journal has the moment before which no request leaves."""
    httpserver.expect_request("/v1/messages").respond_with_response(
        Response("{}", status=429, headers={"Retry-After": "30"})
    )
    message = outgoing("vonage")
    entry = Entry(our_id="a", provider="vonage", channel="mms", sender=LONG, recipient=message.to)
    known = account("vonage", httpserver.url_for("")[:-1])
    with SendJournal(tmp_path / "sent.sqlite3") as journal:
        paces = (Pace(key="p", interval_s=0.01),)
        line = Line(provider=load("providers", "vonage"), account=known, patience=QUICK, paces=paces)
        claim = hand_over(line, journal, message, entry)
        entry = journal.find("a")

    assert (claim.entry.state, claim.entry.reason) == ("failed", "throttled")
    assert _turns(tmp_path / "sent.sqlite3")["p"] >= entry.called_s + 29


@pytest.mark.parametrize(("rate", "keys"), [(None, {"vonage +14155550100", "vonage mms"}),
                                            (1000, {"vonage +14155550100"}), (0, set())])  # fmt: skip
def test_live_messages_keep_the_pace_and_the_outbox_has_none(message, httpserver, monkeypatch, tmp_path, rate, keys):
    """The published rate, one's own, or none; a look at the request takes no turn."""
    httpserver.expect_request("/v1/messages").respond_with_data(json.dumps({"message_uuid": "u"}), status=202)
    monkeypatch.setenv("MEDIAPREP_HOST_FOLDER", str(tmp_path / "www"))
    monkeypatch.setenv("MEDIAPREP_HOST_URL", "https://cdn.example/mms")
    for name, value in environment("vonage", httpserver.url_for("")[:-1]).items():
        monkeypatch.setenv(name, value)

    sender = mediaprep.Sender(
        message, LONG, "vonage", SendOptions(host="directory", rate_per_s=rate), live=True, isolation="none"
    )
    assert sender.send("+14155550123").state == "accepted"
    mediaprep.send(message, "+14155550123", LONG, "vonage", SendOptions(rate_per_s=rate), isolation="none")

    assert set(_turns(tmp_path / "live.sqlite3")) == keys
    assert not _turns(tmp_path / "outbox" / "sent.sqlite3")


def test_threads_of_one_sender_take_turns(message, httpserver, monkeypatch, tmp_path):
    """Eight at once over one sender: every message leaves, each after its own turn."""
    from concurrent.futures import ThreadPoolExecutor

    httpserver.expect_request("/v1/messages").respond_with_data(json.dumps({"message_uuid": "u"}), status=202)
    monkeypatch.setenv("MEDIAPREP_HOST_FOLDER", str(tmp_path / "www"))
    monkeypatch.setenv("MEDIAPREP_HOST_URL", "https://cdn.example/mms")
    for name, value in environment("vonage", httpserver.url_for("")[:-1]).items():
        monkeypatch.setenv(name, value)
    sender = mediaprep.Sender(
        message, LONG, "vonage", SendOptions(host="directory", rate_per_s=100), live=True, isolation="none"
    )

    with ThreadPoolExecutor(8) as pool:
        sent = list(pool.map(sender.send, [f"+1415555012{number}" for number in range(8)]))

    assert {each.state for each in sent} == {"accepted"}
    with SendJournal(tmp_path / "live.sqlite3") as journal:
        called = sorted(entry.called_s for entry in journal.entries())
    assert all(after - before >= 0.01 - 1e-6 for before, after in pairwise(called))


@pytest.mark.parametrize("rate", [-1, float("nan"), float("inf")])
def test_a_rate_that_is_none_is_refused(rate):
    """Before anything is sent."""
    with pytest.raises(UsageError, match="not a rate"):
        SendOptions(rate_per_s=rate)


def test_many_open_a_new_journal_at_once(tmp_path):
    """Eight threads meet at a journal that is not there yet: each gets it, none is told that it is locked."""
    from concurrent.futures import ThreadPoolExecutor

    from mediaprep.sending.journal import SendJournal

    def opened(path):
        with SendJournal(path) as journal:
            return journal.find("a")

    for number in range(10):
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(opened, [tmp_path / f"{number}.sqlite3"] * 8)) == [None] * 8
