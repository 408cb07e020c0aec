"""What the caller is told: a journal's entry, or a message that did not fit, as one ``Sent``. Pure."""

from __future__ import annotations

from mediaprep.limits import Route
from mediaprep.message import Result
from mediaprep.providers import Media, Reason, State
from mediaprep.sending import Carried, Sent
from mediaprep.sending.entry import Entry
from mediaprep.sending.order import Order, Recipient


def told(entry: Entry, order: Order, *, media: tuple[Media, ...], result: Result | None, known: bool) -> Sent:
    """Say where a message stands; ``known`` where the journal had it already and nothing was sent now."""
    carried = tuple(
        Carried(name=m.name, media_type=m.media_type, size_bytes=m.size_bytes, url=m.url if order.live else None)
        for m in media
    )
    state = State(entry.state) if entry.state in set(State) else State.UNKNOWN
    return Sent(
        to=entry.recipient, sender=entry.sender, provider=order.via, channel=entry.channel, live=order.live,
        our_id=entry.our_id, route=entry.route, state=state, provider_id=entry.provider_id,
        reason=Reason(entry.reason) if entry.reason else None, raw_code=entry.raw_code, detail=entry.detail,
        calls=entry.calls, known=known, size_bytes=entry.size_bytes, media=carried,
        verdict=result.verdict if result is not None else None,
        warnings=result.warnings if result is not None else (),
        note=_note(entry, state, known=known, order=order),
    )  # fmt: skip


def refused(result: Result, route: Route, order: Order, recipient: Recipient) -> Sent:
    """Say why a message was not handed over."""
    found = [*result.violations, *(each for part in result.parts for each in part.violations)]
    return Sent(
        to=recipient.number, sender=order.sender, provider=order.via, channel=route.channel, live=order.live,
        route=route.name, verdict=result.verdict, violations=tuple(dict.fromkeys(found)), warnings=result.warnings,
        note="nothing was sent: the message does not fit this route",
    )  # fmt: skip


def _note(entry: Entry, state: State, *, known: bool, order: Order) -> str | None:
    """Say what the state alone does not, and what to do next."""
    if entry.state in ("claimed", "sending"):
        return "another process is sending this message"
    if state == State.UNKNOWN:
        return "it may have been sent: a receipt or `receipts --lookup` settles it; --again may make it arrive twice"
    if state == State.FAILED and entry.provider_id is None and entry.reason in (Reason.THROTTLED, Reason.TRANSIENT):
        return f"nothing was taken in {entry.calls} tries; the same call tries again"
    if known:
        own_id = order.options.own_id
        what = f"a message with the id {own_id!r} was " if own_id is not None else ""
        return f"{what}sent before, so not again; --again sends it once more"
    if order.options.dry_run and state == State.ACCEPTED:
        return "the provider checked the request and sent nothing"
    return None
