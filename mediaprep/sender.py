"""Sending for users' code: ``send`` one message to one recipient, ``Sender`` to many, ``settle`` what is in doubt."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from pathlib import Path

from mediaprep import api
from mediaprep.arguments import options_given
from mediaprep.errors import ToolError, UsageError
from mediaprep.limits import Route
from mediaprep.message import Draft, Result
from mediaprep.options import FitOptions, Isolation
from mediaprep.profiles.compose import stated
from mediaprep.profiles.load import Profiles
from mediaprep.profiles.names import parse_sender
from mediaprep.profiles.sender_types import sender_types
from mediaprep.sending import Sent
from mediaprep.sending.doubts import Doubt, settled
from mediaprep.sending.journal import SendJournal
from mediaprep.sending.numbers import contradiction, e164, region_of, sender_id
from mediaprep.sending.options import OUTBOX, SendOptions
from mediaprep.sending.order import Means, Order, Recipient
from mediaprep.sending.pace import Rates
from mediaprep.sending.place import default_journal
from mediaprep.sending.steps import identity
from mediaprep.sending.whole import carry_out
from mediaprep.storage import file_sha256

_LONGEST_NUMBER = "+" + "9" * 15
"""A recipient as long as any (E.164), to measure a message that is fitted before its recipients are known."""


def _options_given(given: object) -> SendOptions:
    """Give the options of a call, the usual ones for None. Raises UsageError for anything else."""
    if given is None:
        return SendOptions()
    if isinstance(given, FitOptions):
        raise UsageError("options= says how a message is sent (SendOptions); give FitOptions as fit_options=")
    if not isinstance(given, SendOptions):
        raise UsageError(f"options={given!r} are no SendOptions; write mediaprep.SendOptions(own_id='week-31')")
    return given


class Sender:
    """One message for many recipients: read once, fitted once for each route, hosted once. May be shared by threads.

    What does not fit, what the provider refused and what is in doubt are values (``Sent.state``). Raises
    UsageError for a sender, an account or a host that cannot work, before anything is sent.
    """

    def __init__(
        self, message: str | Path | Draft, sender: str, via: str = OUTBOX, options: SendOptions | None = None, *,
        live: bool = False, fit_options: FitOptions | None = None, isolation: Isolation = "workers",
        profiles: Profiles | None = None,
    ) -> None:  # fmt: skip
        """Read the message; nothing is fitted yet. Without ``live`` all goes to the folder ``options.outbox``."""
        options = _options_given(options)
        fit_options = options_given(fit_options, "fit_options") if fit_options is not None else None
        draft = api.read_message(message) if isinstance(message, str | Path) else message
        folder = Path(options.outbox).absolute()
        self._profiles = profiles or Profiles.load()
        self._sender_type = options.sender_type or draft.sender_type
        self._fit_options, self._isolation = fit_options, isolation
        self._fitted: dict[tuple[object, ...], Result] = {}
        self._lock = threading.Lock()
        number = sender_id(sender)
        number_type = parse_sender(self._sender_type)
        wrong = contradiction(number, number_type)
        if wrong is not None:
            raise UsageError(wrong)
        other = sender_id(options.fallback_sender) if options.fallback_sender else None
        self._means = Means(fit=self._fit, named=lambda on: sender_types(self._profiles, on))
        self._order = Order(
            draft=replace(draft, to=(_LONGEST_NUMBER,), sender=number), sender=number, via=via, live=live,
            journal=Path(options.journal) if options.journal is not None else default_journal(folder, live=live),
            outbox=folder, identity=identity(draft, [_sha256(part.path) for part in draft.parts], options.own_id),
            options=replace(options, fallback_sender=other),
            rates=Rates(
                provider=via, stated=stated(self._profiles, via, "messages_per_s"), sender=number,
                sender_type=number_type, own_per_s=options.rate_per_s,
            ),
        )  # fmt: skip

    def send(self, to: str, *, on: Route | str | None = None, again: bool = False) -> Sent:
        """Hand the message to one recipient, once: what the journal holds is not sent again, unless ``again`` insists.

        ``to`` is E.164. ``on`` is the recipient's route, a group's name or a resolved one; without it the
        region of the number decides (the carrier is never guessed).
        """
        number = e164(to)
        region = region_of(number, self._profiles.names())
        route = on if isinstance(on, Route) else self._resolved(on or region)
        recipient = Recipient(number=number, route=route, mms_route=lambda: self._resolved(region), again=again)
        return carry_out(self._order, recipient, self._means)

    def _resolved(self, group: str) -> Route:
        provider = self._order.via if self._profiles.find(self._order.via) is not None else None
        return api.route(group, via=provider, sender=self._sender_type, profiles=self._profiles)

    def _fit(self, draft: Draft, route: Route) -> Result:
        """Fit once for each set of limits; others that need the same message wait for it."""
        limits = tuple((each.digest(), *(rule.stated for rule in each.size_rules)) for each in route.limits)
        key = (route.name, route.channel, limits)
        with self._lock:
            if key not in self._fitted:
                self._fitted[key] = api.fit_message(
                    draft, route, None, self._fit_options, wires=(), isolation=self._isolation, profiles=self._profiles
                )
            return self._fitted[key]


def _sha256(path: Path) -> str | None:
    """Hash an asset; None where it cannot be read, which the fit says better."""
    try:
        return file_sha256(path)
    except ToolError:
        return None


def send(
    message: str | Path | Draft, to: str, sender: str, via: str = OUTBOX, options: SendOptions | None = None, *,
    live: bool = False, on: Route | str | None = None, again: bool = False, fit_options: FitOptions | None = None,
    isolation: Isolation = "workers", profiles: Profiles | None = None,
) -> Sent:  # fmt: skip
    """Fit a message for one recipient and hand it to a provider, once; without ``live`` to the folder of the outbox.

    See ``Sender``, which does the same for many recipients and fits once, and its ``send``.
    """
    one = Sender(
        message, sender, via, options, live=live, fit_options=fit_options, isolation=isolation, profiles=profiles
    )
    return one.send(to, on=on, again=again)


def settle(journal: str | Path | None = None, *, via: str | None = None) -> tuple[Doubt, ...]:
    """Ask the providers what became of every message of a journal that is ``unknown``, and write down what they say.

    ``via`` asks one provider alone. Without ``journal`` it is the one that live messages are kept in by default.
    Nothing is sent again, whatever the answer.
    """
    place = Path(journal) if journal is not None else default_journal(Path(), live=True)
    with SendJournal(place) as opened:
        return tuple(settled(opened, os.environ, via=via))
