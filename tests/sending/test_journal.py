"""The journal of what was sent: claims, doubts, receipts in any order, several processes."""

import sqlite3
import subprocess
import sys

import pytest

from mediaprep.errors import ToolError, UsageError
from mediaprep.providers import Notice, Reason, Receipt, State
from mediaprep.sending.entry import Entry
from mediaprep.sending.journal import SendJournal

ENTRY = Entry(our_id="a1", provider="twilio", channel="mms", sender="+14155550100", recipient="+14155550123")


@pytest.fixture
def journal(tmp_path):
    """An empty journal."""
    with SendJournal(tmp_path / "sent.sqlite3") as opened:
        yield opened


def test_a_message_is_claimed_once(journal, tmp_path):
    """Of two senders one gets the message; the other is told who has it."""
    with SendJournal(tmp_path / "sent.sqlite3") as other:
        assert journal.claim(ENTRY).mine
        assert not other.claim(ENTRY).mine
        assert other.claim(ENTRY).entry.state == "claimed"


def test_what_was_accepted_is_never_claimed_again(journal):
    """A second call finds the answer instead."""
    journal.claim(ENTRY)
    journal.calling("a1")
    journal.settle("a1", Receipt(state=State.ACCEPTED, provider_id="SM1"))

    claim = journal.claim(ENTRY)

    assert not claim.mine
    assert claim.entry.provider_id == "SM1"


def test_a_refusal_may_be_tried_again_and_a_failed_delivery_may_not(journal):
    """What the provider never took can be sent anew; what it took and could not deliver is over."""
    journal.claim(ENTRY)
    journal.settle("a1", Receipt(state=State.FAILED, reason=Reason.THROTTLED))
    assert journal.claim(ENTRY).mine

    journal.settle("a1", Receipt(state=State.ACCEPTED, provider_id="SM1"))
    journal.settle("a1", Receipt(state=State.FAILED, reason=Reason.FILTERED))
    assert not journal.claim(ENTRY).mine


def test_receipts_in_any_order_never_take_a_state_back(journal):
    """``sent`` after ``delivered`` changes nothing."""
    journal.claim(ENTRY)
    journal.settle("a1", Receipt(state=State.ACCEPTED, provider_id="SM1"))
    journal.note("twilio", Notice(our_id=None, receipt=Receipt(state=State.DELIVERED, provider_id="SM1")))
    noted = journal.note("twilio", Notice(our_id=None, receipt=Receipt(state=State.SENT, provider_id="SM1")))

    assert noted.state == "delivered"


def test_a_receipt_with_our_id_settles_a_doubt(journal):
    """What was unknown becomes what the receipt says, with the provider's id."""
    journal.claim(ENTRY)
    journal.settle("a1", Receipt(state=State.UNKNOWN))

    noted = journal.note(
        "twilio", Notice(our_id="a1", receipt=Receipt(state=State.DELIVERED, provider_id="SM9"), carrier="att")
    )

    assert (noted.state, noted.provider_id, noted.carrier) == ("delivered", "SM9", "att")


def test_a_receipt_without_our_id_settles_only_a_single_doubt(journal):
    """With two messages in doubt to one number nobody can say which is meant."""
    notice = Notice(our_id=None, receipt=Receipt(state=State.DELIVERED, provider_id="SM9"), to="+14155550123")
    for name in ("a1", "a2"):
        journal.claim(Entry(**{**_plain(ENTRY), "our_id": name}))
        journal.settle(name, Receipt(state=State.UNKNOWN))
    assert journal.note("twilio", notice) is None

    journal.settle("a2", Receipt(state=State.ACCEPTED, provider_id="SM8"))
    assert journal.note("twilio", notice).our_id == "a1"


def test_a_receipt_that_names_no_message_of_ours_settles_none(journal):
    """Another id of ours, or another provider, is another message, though it went to the same number."""
    journal.claim(ENTRY)
    journal.settle("a1", Receipt(state=State.UNKNOWN))
    news = Receipt(state=State.DELIVERED, provider_id="SM9")

    assert journal.note("twilio", Notice(our_id="a7", receipt=news, to=ENTRY.recipient)) is None
    assert journal.note("plivo", Notice(our_id=None, receipt=news, to=ENTRY.recipient)) is None
    assert journal.note("plivo", Notice(our_id="a1", receipt=news)) is None
    assert journal.find("a1").state == "unknown"

    journal.settle("a1", Receipt(state=State.ACCEPTED, provider_id="SM9"))
    assert journal.note("plivo", Notice(our_id=None, receipt=news)) is None
    assert journal.find("a1").state == "accepted"


def test_later_receipts_that_say_less_take_nothing_away(journal):
    """Network, provider's id and the reason of a failure stay as the first receipt that had them told."""
    journal.claim(ENTRY)
    journal.settle("a1", Receipt(state=State.ACCEPTED, provider_id="SM1"))
    failed = Receipt(state=State.FAILED, provider_id="SM1", reason=Reason.TOO_BIG, raw_code="30019")
    journal.note("twilio", Notice(our_id="a1", receipt=failed, carrier="att", mcc_mnc="310410"))

    bare = Receipt(state=State.FAILED, reason=Reason.OTHER, raw_code="1")
    journal.note("twilio", Notice(our_id="a1", receipt=bare, mcc_mnc="310410"))
    noted = journal.note("twilio", Notice(our_id="a1", receipt=bare, carrier="att"))

    assert (noted.provider_id, noted.reason, noted.raw_code) == ("SM1", "too_big", "30019")
    assert (noted.carrier, noted.mcc_mnc) == ("att", "310410")


CHILD = """
import os, sys, signal
from pathlib import Path
from mediaprep.sending.entry import Entry
from mediaprep.sending.journal import SendJournal
journal = SendJournal(Path(sys.argv[1]))
entry = Entry(our_id="a1", provider="twilio", channel="mms", sender="+14155550100", recipient="+14155550123")
assert journal.claim(entry).mine
if sys.argv[2] == "sending":
    journal.calling("a1")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(("died", "mine", "state"), [("claimed", True, "claimed"), ("sending", False, "unknown")])
def test_a_killed_sender_leaves_a_claim_that_is_free_or_a_message_in_doubt(journal, tmp_path, died, mine, state):
    """Before the call nothing has left the machine; after it nobody can know."""
    subprocess.run([sys.executable, "-c", CHILD, str(tmp_path / "sent.sqlite3"), died], check=False)

    claim = journal.claim(ENTRY)

    assert claim.mine is mine
    assert claim.entry.state == state
    assert not list((tmp_path / "sent.sqlite3-senders").glob("*.new"))


COUNTING = """
import sys
from pathlib import Path
from mediaprep.sending.entry import Entry
from mediaprep.sending.journal import SendJournal
with SendJournal(Path(sys.argv[1])) as journal:
    mine = 0
    for number in range(50):
        entry = Entry(our_id=f"m{number}", provider="p", channel="mms", sender="s", recipient="r")
        mine += journal.claim(entry).mine
print(mine)
"""


def test_several_processes_share_a_journal(tmp_path):
    """Fifty messages claimed by four processes at once: each by one of them."""
    path = tmp_path / "sent.sqlite3"
    running = [
        subprocess.Popen([sys.executable, "-c", COUNTING, str(path)], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    counts = [int(process.communicate()[0]) for process in running]

    with SendJournal(path) as journal:
        assert len(journal.entries()) == 50
    assert sum(counts) >= 50  # a process that ended has given its unfinished claims back


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    """The error says where and what to do."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ToolError, match="name another place"):
        SendJournal(tmp_path / "file" / "sent.sqlite3")


def _plain(entry):
    return {name: getattr(entry, name) for name in Entry.__slots__}


def test_a_value_that_no_journal_takes_is_no_damage(journal):
    """A caller's own notice that holds no text is said to be so: nobody is told to restore a healthy journal."""
    odd = Notice(our_id={"a": 1}, receipt=Receipt(state=State.FAILED, provider_id="x"), to="+14155550123")

    with pytest.raises(ToolError) as raised:
        journal.note("bandwidth", odd)

    assert "damaged" not in str(raised.value)


@pytest.mark.parametrize("version", [0, 99])
def test_a_journal_of_another_version_is_refused_as_it_is(tmp_path, version):
    """Older or newer, it is left alone, and the words say what to do; its own version still reads it."""
    path = tmp_path / "other.sqlite3"
    with SendJournal(path) as made:
        made.claim(ENTRY)
    with sqlite3.connect(path) as base:
        own = base.execute("PRAGMA user_version").fetchone()[0]
        base.execute(f"PRAGMA user_version = {version}")

    with pytest.raises(UsageError, match="go on with that version, or name another"):
        SendJournal(path)

    base.execute(f"PRAGMA user_version = {own}")
    base.close()
    with SendJournal(path) as journal:
        assert [each.our_id for each in journal.entries()] == ["a1"]


def test_a_base_of_somebody_else_is_no_journal(tmp_path):
    """It is left to the byte as it is."""
    path = tmp_path / "other.sqlite3"
    base = sqlite3.connect(path)
    base.execute("CREATE TABLE theirs (a)")
    before = path.read_bytes()

    with pytest.raises(UsageError, match="another version of mediaprep"):
        SendJournal(path)

    base.close()
    assert path.read_bytes() == before
