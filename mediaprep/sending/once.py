"""One message over the wire, once as far as the provider allows: journal first, and a retry only where it is safe.

Safe are a connection that was never made, 429, 503 with Retry-After, and the codes by which a provider says that it
took nothing. Whatever else goes wrong after the request has left may have been taken: the message is ``unknown``
until a receipt or the provider's own list says more, and it is never sent again blindly.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from threading import Lock

from mediaprep.errors import UsageError
from mediaprep.providers import Account, Outgoing, Provider, Reason, Receipt, Request, Response, Sought, State
from mediaprep.sending.entry import Claim, Entry
from mediaprep.sending.journal import SendJournal
from mediaprep.sending.pace import Pace
from mediaprep.transport import Fault, exchange

log = logging.getLogger("mediaprep.sending")
_NO_PRINT = logging.NullHandler()

_CLOCKS_APART_S = 5.0
"""By how much a provider's clock may differ from ours when its list is searched."""


_FRESH_S = 60.0
"""The age at which credentials are made anew: AWS takes a signature for 5 minutes, Vonage a token for 15. Signing for
each look at the clock would cost more than the waiting: reading an RSA key takes tens of milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait and how often to try. ``answer_s`` is for one answer, ``whole_s`` for all tries together."""

    tries: int = 4
    answer_s: float = 30.0
    whole_s: float = 120.0
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A provider with the account to use it, our patience with it, and the pace to keep.

    ``queue`` is where threads wait for their turns: one asks the journal at a time, the others wait for that one.
    """

    provider: Provider
    account: Account
    patience: Patience = Patience()
    paces: tuple[Pace, ...] = ()
    queue: Lock = field(default_factory=Lock, repr=False)


class _TryAgain(Exception):  # noqa: N818 - not an error yet
    def __init__(self, receipt: Receipt) -> None:
        super().__init__(receipt.raw_code or "try again")
        self.receipt = receipt


def hand_over(line: Line, journal: SendJournal, message: Outgoing, entry: Entry) -> Claim:
    """Send a message that the journal does not hold yet; ``mine`` says whether this call did it.

    What is ``unknown`` is looked up at the provider, where it can be asked, and else left as it is.
    """
    claim = journal.claim(entry)
    if not claim.mine:
        return Claim(False, looked_up(line, journal, claim.entry))
    try:
        request = line.provider.request(message, line.account)
    except UsageError:
        journal.release(entry.our_id)
        raise
    receipt = _tried(line, journal, request, entry.our_id)
    settled = journal.settle(entry.our_id, receipt)
    log.info("%s to %s via %s: %s", entry.our_id, entry.recipient, entry.provider, settled.state)
    return Claim(True, looked_up(line, journal, settled))


def looked_up(line: Line, journal: SendJournal, entry: Entry) -> Entry:
    """Ask the provider what became of a message in doubt. Not being in its list proves nothing: it stays unknown."""
    if entry.state != str(State.UNKNOWN):
        return entry
    sought = Sought(
        our_id=entry.our_id, channel=entry.channel, sender=entry.sender, to=entry.recipient, text=entry.text,
        media_count=entry.media_count, since_s=(entry.called_s or entry.created_s) - _CLOCKS_APART_S,
        provider_id=entry.provider_id, taken=journal.known_ids(entry.provider, entry.recipient),
    )  # fmt: skip
    request = line.provider.lookup(sought, line.account)
    if request is None:
        return entry
    try:
        response = _exchanged(line, request, line.provider.credentials(request, line.account, time.time()))
    except Fault:
        return entry
    found = line.provider.found(response, sought)
    return entry if found is None else journal.settle(entry.our_id, found)


def _exchanged(line: Line, request: Request, secrets: Mapping[str, str]) -> Response:
    answer = exchange(
        request.method, request.url, headers=request.headers, secrets=secrets, body=request.body,
        timeout_s=line.patience.answer_s,
    )  # fmt: skip
    return Response(status=answer.status, headers=answer.headers, body=answer.body)


def _tried(line: Line, journal: SendJournal, request: Request, our_id: str) -> Receipt:
    doubt: Receipt | None = None
    try:
        for attempt in _attempts(line.patience, request.url):
            with attempt:
                try:
                    return _doubted(doubt, _once(line, journal, request, our_id, in_doubt=doubt is not None))
                except _TryAgain as failed:
                    doubt = doubt or (failed.receipt if failed.receipt.state == State.UNKNOWN else None)
                    raise
    except _TryAgain as given_up:
        return _doubted(doubt, given_up.receipt)
    raise AssertionError("the last attempt returns or raises")


def _doubted(doubt: Receipt | None, last: Receipt) -> Receipt:
    """Give the last try's answer; after a try that may have been taken no refusal proves that nothing was."""
    if doubt is None or last.state != State.FAILED:
        return last
    words = f"{doubt.detail}; afterwards refused: {last.detail or last.raw_code}"
    return replace(doubt, raw_code=last.raw_code, detail=words)


def _once(line: Line, journal: SendJournal, request: Request, our_id: str, *, in_doubt: bool) -> Receipt:
    """Make one call. Raises _TryAgain where it may be made again: nothing was taken, or the provider knows our key.

    ``in_doubt`` says that an earlier try may have been taken: then the message never rests as one that was not.
    """
    secrets = _in_turn(line, journal, request, our_id)
    try:
        response = _exchanged(line, request, secrets)
    except Fault as fault:
        if fault.sent == "maybe":
            doubt = Receipt(state=State.UNKNOWN, detail=fault.detail)
            if "idempotency_key" in line.provider.capabilities:
                raise _TryAgain(doubt) from None  # the provider knows the key: the same message is not taken twice
            return doubt
        if not in_doubt:
            journal.resting(our_id)
        refused = Receipt(state=State.FAILED, reason=Reason.TRANSIENT, detail=fault.detail, again=True)
        raise _TryAgain(refused) from None
    receipt = line.provider.answer(response)
    if receipt.again and receipt.retry_after_s:
        journal.hold(line.paces, receipt.retry_after_s)
    if receipt.again and (receipt.retry_after_s or 0.0) <= line.patience.longest_wait_s:
        if not in_doubt:
            journal.resting(our_id)
        raise _TryAgain(receipt)
    return receipt


def _in_turn(line: Line, journal: SendJournal, request: Request, our_id: str) -> Mapping[str, str]:
    """Wait for the message's turn, write that it leaves, and give its credentials, at most a minute old."""
    with line.queue:
        made_s, secrets = time.monotonic(), line.provider.credentials(request, line.account, time.time())
        while not journal.calling(our_id, line.paces):
            wait = journal.turn_in_s(line.paces)
            log.info("%s waits %.2f s for its turn", our_id, wait)
            time.sleep(wait)
            if time.monotonic() - made_s > _FRESH_S:
                made_s, secrets = time.monotonic(), line.provider.credentials(request, line.account, time.time())
        return secrets


def _attempts(patience: Patience, url: str) -> Iterator[AbstractContextManager[object]]:
    """Give the tries: one for a folder; for the network as many as patience allows, waiting longer each time."""
    if url.startswith("file:"):
        yield nullcontext()
        return
    try:
        import stamina
    except ImportError as error:
        raise UsageError("to send for real, install the extra: pip install 'mediaprep[send]'") from error
    # Without a handler of the caller's, Python would print stamina's notes of each retry: a library is quiet.
    logging.getLogger("stamina").addHandler(_NO_PRINT)
    yield from stamina.retry_context(
        on=_wait, attempts=patience.tries, timeout=patience.whole_s, wait_initial=patience.first_wait_s,
        wait_max=patience.longest_wait_s, wait_jitter=patience.first_wait_s,
    )  # fmt: skip


def _wait(error: Exception) -> bool | float:
    """Say whether to try again, and after how many seconds where the provider has said it."""
    if not isinstance(error, _TryAgain):
        return False
    stated = error.receipt.retry_after_s
    return True if stated is None else stated
