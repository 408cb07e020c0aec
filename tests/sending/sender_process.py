"""A sender that is made to be killed: one message to each of many recipients, over a journal that others share."""

import sys
from pathlib import Path

from accounts import account, outgoing

from mediaprep.plugins import load
from mediaprep.sending.entry import Entry
from mediaprep.sending.journal import SendJournal
from mediaprep.sending.once import Line, Patience, hand_over
from mediaprep.sending.pace import Pace

COUNT = 1000
PACE_S = 0.002
"""Senders take turns, too, so that some are killed while they wait for theirs."""


def recipient(number):
    """The number of one recipient."""
    return f"+1415555{number:04d}"


def main(name, base, journal_path, start, answer_s):
    """Go round all recipients once, from ``start``."""
    patience = Patience(tries=3, answer_s=answer_s, whole_s=90.0, first_wait_s=0.001, longest_wait_s=0.01)
    paces = (Pace(key=name, interval_s=PACE_S),)
    line = Line(provider=load("providers", name), account=account(name, base), patience=patience, paces=paces)
    with SendJournal(Path(journal_path)) as journal:
        for step in range(COUNT):
            number = recipient((start + step) % COUNT)
            message = outgoing(name, to=number, our_id=f"id-{number[1:]}")
            entry = Entry(
                our_id=message.our_id, provider=name, channel="mms", sender=message.sender, recipient=number,
                text=message.text, media_count=len(message.media),
            )  # fmt: skip
            hand_over(line, journal, message, entry)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5]))
