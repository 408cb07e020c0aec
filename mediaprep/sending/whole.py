"""One message to one recipient from its draft to its receipt: fit, host, hand over, and go on after failure."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from mediaprep.errors import UsageError
from mediaprep.limits import Route
from mediaprep.message import Draft, Result
from mediaprep.message.fallback import fallback_text
from mediaprep.model import finding
from mediaprep.parts import Part
from mediaprep.plugins import load
from mediaprep.providers import Account, ChoosingFallbacks, Media, Outgoing, Provider, State
from mediaprep.providers.outbox import FOLDER
from mediaprep.sending import Sent
from mediaprep.sending.deposit import deposit
from mediaprep.sending.entry import Entry
from mediaprep.sending.hosting import hosted, previewed, readied
from mediaprep.sending.journal import SendJournal
from mediaprep.sending.numbers import wrong_mms_sender, wrong_sms_sender
from mediaprep.sending.once import Line, hand_over, looked_up
from mediaprep.sending.options import OUTBOX
from mediaprep.sending.order import Means, Order, Recipient
from mediaprep.sending.steps import (
    SMALLER,
    look_id,
    media_parts,
    narrowed,
    our_id,
    smaller_bytes,
    wants_next_channel,
    wants_smaller,
)
from mediaprep.sending.told import refused, told


def carry_out(order: Order, recipient: Recipient, means: Means) -> Sent:
    """Send one message; every step that fails in a way that the next may mend is followed by it."""
    sender = _Sender.prepared(order, recipient, means)
    sender.insist_on_sender()
    with SendJournal(order.journal) as journal:
        known = sender.known(journal)
        if known is not None:
            return known
        steps = sender.by_route(journal, recipient.route)
        if order.options.fallback and wants_next_channel(steps[-1]) and steps[-1].channel == "rcs":
            steps = sender.by_mms(journal, steps)
        if order.options.fallback and wants_next_channel(steps[-1]):
            steps = sender.by_sms(journal, steps)
        return replace(steps[-1], earlier=tuple(steps[:-1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sender:
    order: Order
    recipient: Recipient
    means: Means
    line: Line
    shown: Provider
    shown_account: Account

    @classmethod
    def prepared(cls, order: Order, recipient: Recipient, means: Means) -> _Sender:
        """Load the provider and its account. Raises UsageError before anything is fitted."""
        shown: Provider = load("providers", order.via)
        if recipient.route.channel not in shown.capabilities:
            raise UsageError(f"{shown.title} carries no {recipient.route.channel} here; it carries {_channels(shown)}")
        if order.options.dry_run and "dry_run" not in shown.capabilities:
            raise UsageError(f"{shown.title} checks no request without sending it; leave --live out to see the request")
        dry = not order.live
        account = Account.from_environment(shown.title, shown.settings, os.environ, dry=dry)
        if order.live and order.draft.parts:
            readied(shown, order.options.host, os.environ)
        provider: Provider = load("providers", OUTBOX) if dry else shown
        own = Account({FOLDER: str(order.outbox)}) if provider.name == OUTBOX else account
        line = Line(provider=provider, account=own, patience=order.options.patience, queue=means.queue)
        return cls(
            order=order, recipient=recipient, means=means, line=line, shown=shown, shown_account=account
        )  # fmt: skip

    def insist_on_sender(self) -> None:
        """Raise UsageError for a sender by which no message can leave on the recipient's route."""
        wrong = self._wrong_sender(self.recipient.route)
        if wrong is not None:
            raise UsageError(wrong)

    def known(self, journal: SendJournal) -> Sent | None:
        """Say what a journal knows of a message that one of its steps has brought, or may have: then none is taken.

        This is asked before anything is fitted, and of the last step first: where the SMS has gone out, the MMS that
        was refused before it is not tried again.
        """
        if self.recipient.again or not self.order.reaches:
            return None
        channel = self.recipient.route.channel
        steps = [("sms", ""), ("mms", SMALLER), ("mms", ""), (channel, SMALLER), (channel, "")]
        found = journal.taken([self._name(*step) for step in dict.fromkeys(steps)])
        if found is None:
            return None
        entry = looked_up(self.line, journal, found)
        return None if entry.state == str(State.FAILED) else self._told(entry)

    def by_route(self, journal: SendJournal, route: Route) -> list[Sent]:
        """Send by one route, and once more one step smaller where the provider finds the message too big."""
        first = self._fitted_and_sent(journal, route)
        goes_on = wants_smaller(first) and not self._is_handed_on(journal, first)
        step = smaller_bytes(max(first.size_bytes, 1)) if goes_on else None
        if step is None:
            return [first]
        words = f"{first.size_bytes:,} bytes were too big for the provider"
        second = self._fitted_and_sent(journal, narrowed(route, step), SMALLER)
        if second.state is None:  # the first one's failure stands, and what follows a failure follows it
            return [replace(first, note=f"{words}; it cannot be fitted to {step:,}", violations=second.violations)]
        return [first, replace(second, note=f"{words}; fitted anew to {step:,}")]

    def by_mms(self, journal: SendJournal, steps: list[Sent]) -> list[Sent]:
        """Go on by MMS after an RCS that failed; where its sender can send none, the last step says so."""
        if self._is_handed_on(journal, steps[-1]):
            return steps
        route = self.recipient.mms_route()
        wrong = self._wrong_sender(route)
        if wrong is None:
            return steps + self.by_route(journal, route)
        return [*steps[:-1], replace(steps[-1], note=f"there is no MMS to fall back to: {wrong} (--fallback-from)")]

    def by_sms(self, journal: SendJournal, steps: list[Sent]) -> list[Sent]:
        """Go on by SMS with the link after ``steps`` that failed; where there is none, the last one says so."""
        if self._is_handed_on(journal, steps[-1]):
            words = f"{self.shown.title} took this message's fallbacks with it and sends them itself"
            return [*steps[:-1], replace(steps[-1], note=words)]
        text = _short_text(self.order.draft)
        wrong = self._wrong_sms_sender()
        if text is None:
            why = "give the message a fallback.link"
        elif "sms" not in self.shown.capabilities:
            why = f"{self.shown.title} sends no SMS here"
        elif wrong is not None:
            why = f"{wrong} (--fallback-from)"
        else:
            return [*steps, self._sent(journal, "sms", text, (), None)]
        told = f"{steps[-1].note}; " if steps[-1].note else ""
        return [*steps[:-1], replace(steps[-1], note=f"{told}there is no SMS to fall back to: {why}")]

    def _is_handed_on(self, journal: SendJournal, step: Sent) -> bool:
        """Say whether the provider took a step with its fallbacks: a second one of ours would reach a phone twice."""
        entry = journal.find(step.our_id) if step.our_id is not None else None
        return entry is not None and entry.handed_on

    def _fitted_and_sent(self, journal: SendJournal, route: Route, step: str = "") -> Sent:
        """Fit the message to a route and send what fits; what does not is not sent."""
        result = self._with_word_of_subject(self.means.fit(self.order.draft, route))
        if not result.verdict.done or result.envelope is None:
            return refused(result, route, self.order, self.recipient)
        text = self.order.draft.text
        parts = media_parts(result, self.order.draft)
        if not parts and not text:
            raise UsageError("the message holds neither a part nor a text: there is nothing to send")
        return self._sent(journal, route.channel, text, parts, result, step)

    def _with_word_of_subject(self, result: Result) -> Result:
        """Warn of a subject that the provider has no field for, unless the route's profile has said so."""
        carried = not self.order.draft.subject or "subject" in self.shown.capabilities
        if carried or any(each.name == "subject_not_carried" for each in result.warnings):
            return result
        words = finding("subject_not_carried", f"{self.shown.title} takes no subject")
        return replace(result, warnings=(*result.warnings, words))

    def _sent(
        self, journal: SendJournal, channel: str, text: str, parts: tuple[Part, ...], result: Result | None,
        step: str = "",
    ) -> Sent:  # fmt: skip
        if len(parts) > self.shown.max_media:
            raise UsageError(
                f"{self.shown.title} takes {self.shown.max_media} media a message, this one has {len(parts)}; split it"
            )
        sender = self._sender_on(channel)
        name = self._name(channel, step) if self.order.reaches else self._look_name(channel, text, parts)
        known = journal.find(name)
        if known is not None and not _may_go(known) and not self.recipient.again:
            return self._told(looked_up(self.line, journal, known), result)
        entry = Entry(
            our_id=_unused(journal, name) if self.recipient.again else name, provider=self.line.provider.name,
            channel=channel, sender=sender, recipient=self.recipient.number, text=text, media_count=len(parts),
            route=result.route if result is not None else channel, size_bytes=sum(len(part.data) for part in parts),
        )  # fmt: skip
        media = self._placed(parts)
        fallbacks = self._own_fallbacks(channel, entry.our_id)
        envelope, to = result.envelope if result is not None else None, self.recipient.number
        entry = replace(entry, own_fallbacks=len(fallbacks))
        message = Outgoing(
            sender=sender, to=to, our_id=entry.our_id, channel=channel, text=text,
            subject=(self.order.draft.subject or "") if channel != "sms" else "", media=media,
            callback_url=self.order.options.callback_url, fallbacks=fallbacks, dry_run=self.order.options.dry_run,
            envelope=replace(envelope, our_id=entry.our_id, to=(to,)) if envelope is not None else None,
        )  # fmt: skip
        preview = self.shown.request(message, self.shown_account)  # what it cannot carry is said before the journal
        paces = self.order.rates.paces(channel, sender) if self.order.live else ()
        claim = hand_over(replace(self.line, paces=paces), journal, message, entry)
        sent = told(claim.entry, self.order, media=media, result=result, known=not claim.mine)
        if self.line.provider.name == OUTBOX and claim.mine and sent.done:
            folder = self.order.outbox / entry.our_id
            sent = replace(sent, output=str(folder))
            deposit(folder, sent, parts, preview if self.shown.name != OUTBOX else None)
        return sent

    def _name(self, channel: str, step: str) -> str:
        order = self.order
        return our_id(
            order.sent_by, channel, self._sender_on(channel), self.recipient.number, message=order.identity, step=step
        )

    def _look_name(self, channel: str, text: str, parts: tuple[Part, ...]) -> str:
        order, sender = self.order, self._sender_on(channel)
        return look_id(
            order.sent_by, channel, sender, self.recipient.number, text=text, subject=order.draft.subject or "",
            parts=parts,
        )  # fmt: skip

    def _told(self, entry: Entry, result: Result | None = None) -> Sent:
        return told(entry, self.order, media=(), result=result, known=True)

    def _placed(self, parts: tuple[Part, ...]) -> tuple[Media, ...]:
        """Put parts where the provider fetches them; for a look at the request nothing is put anywhere."""
        if not parts:
            return ()
        if not self.order.live:
            return previewed(parts, self.shown, self.order.options.host)
        return hosted(parts, self.shown, readied(self.shown, self.order.options.host, os.environ), self.means.kept)

    def _wrong_sender(self, route: Route) -> str | None:
        if route.channel != "mms":
            return None
        sender, to = self._sender_on("mms"), self.recipient.number
        return wrong_mms_sender(sender, to, self.shown.sender_ids, lambda: self.means.named(route))

    def _wrong_sms_sender(self) -> str | None:
        is_agent = self.recipient.route.channel == "rcs" and self.order.options.fallback_sender is None
        ids = self.shown.sender_ids
        return wrong_sms_sender(self._sender_on("sms"), self.recipient.number, ids, is_agent=is_agent)

    def _sender_on(self, channel: str) -> str:
        other = self.order.options.fallback_sender
        return other if other is not None and channel != self.recipient.route.channel else self.order.sender

    def _own_fallbacks(self, channel: str, name: str) -> tuple[Outgoing, ...]:
        """Give what the provider itself is to send next, where it can: RCS -> MMS -> SMS, or MMS -> SMS."""
        can = self.shown.capabilities
        if not self.order.options.fallback or f"{channel}_fallback" not in can:
            return ()
        if isinstance(self.shown, ChoosingFallbacks) and not self.shown.falls_back(self._sender_on(channel)):
            return ()
        found = []
        base = Outgoing(sender=self._sender_on("sms"), to=self.recipient.number, our_id=name)
        if channel == "rcs" and self._wrong_sender(mms := self.recipient.mms_route()) is None:
            result = self.means.fit(self.order.draft, mms)
            if result.envelope is not None and result.verdict.done:
                text = self.order.draft.text
                parts = media_parts(result, self.order.draft)[: self.shown.max_media]
                media = self._placed(parts)
                subject = self.order.draft.subject or ""
                found.append(replace(base, channel="mms", text=text, subject=subject, media=media))
        short = _short_text(self.order.draft)
        if short is not None and self._wrong_sms_sender() is None:
            found.append(replace(base, channel="sms", text=short))
        return tuple(found)


def _may_go(entry: Entry) -> bool:
    """Say whether an entry is worth a claim: unfinished, or refused without ever having been accepted."""
    return entry.state == "claimed" or (entry.state == "failed" and entry.provider_id is None)


def _unused(journal: SendJournal, name: str) -> str:
    if journal.find(name) is None:
        return name
    number = 2
    while journal.find(f"{name}-{number}") is not None:
        number += 1
    return f"{name}-{number}"


def _short_text(draft: Draft) -> str | None:
    """Give the text of the SMS, as it is planned; None where the media would be lost, or nothing is said."""
    if draft.fallback_link is None and draft.fallback_text is None:
        return None
    return fallback_text(draft) or None


def _channels(provider: Provider) -> str:
    return ", ".join(sorted(provider.capabilities & {"mms", "rcs", "sms", "whatsapp"}))
