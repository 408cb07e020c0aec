"""Sending for users' code: ``send`` one message to one recipient, ``Sender`` to many, ``settle`` what is in doubt."""

from __future__ import annotations

import math
import os
import threading
from dataclasses import replace
from pathlib import Path

from mediaprep import api
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
from mediaprep.sending.once import Patience
from mediaprep.sending.order import Means, Order, Recipient
from mediaprep.sending.pace import Rates
from mediaprep.sending.place import default_journal
from mediaprep.sending.steps import identity
from mediaprep.sending.whole import carry_out
from mediaprep.storage import file_sha256

_LONGEST_NUMBER = "+" + "9" * 15
"""A recipient as long as any (E.164), to measure a message that is fitted before its recipients are known."""


class Sender:
    """One message for many recipients: read once, fitted once for each route, hosted once. May be shared by threads.

    What does not fit, what the provider refused and what is in doubt are values (``Sent.state``). Raises
    UsageError for a sender, an account or a host that cannot work, before anything is sent.
    """

    def __init__(
        self, message: str | Path | Draft, sender: str, via: str = "outbox", *, live: bool = False,
        sender_type: str | None = None, host: str | None = None, options: FitOptions | None = None,
        outbox: str | Path = "outbox", journal: str | Path | None = None, callback_url: str | None = None,
        fallback: bool = True, fallback_sender: str | None = None, dry_run: bool = False,
        rate: float | None = None, patience: Patience | None = None, isolation: Isolation = "workers",
        profiles: Profiles | None = None, own_id: str | None = None,
    ) -> None:  # fmt: skip
        """Read the message; nothing is fitted yet. Without ``live`` all goes to the folder ``outbox``.

        ``host`` names where media are put for the provider, ``callback_url`` where its receipts go, and
        ``fallback_sender`` the number by which a message that is no RCS goes out. ``rate`` is in messages a second
        from this sender, over all processes that share the journal; without it the provider's published rates
        hold, and 0 means no pace at all.

        A message is known again by its text, its subject and the bytes of its assets, however they are fitted.
        ``own_id`` names it instead: the same words may go out each week under a new id, and a message with a
        mended text goes to nobody twice under the old one.
        """
        if rate is not None and not 0 <= rate < math.inf:
            raise UsageError(f"{rate} messages per second is not a rate; give 0 for no limit")
        draft = api.read_message(message) if isinstance(message, str | Path) else message
        folder = Path(outbox).absolute()
        self._profiles = profiles or Profiles.load()
        self._sender_type = sender_type or draft.sender_type
        self._options, self._isolation = options, isolation
        self._fitted: dict[tuple[object, ...], Result] = {}
        self._lock = threading.Lock()
        number = sender_id(sender)
        wrong = contradiction(number, parse_sender(self._sender_type))
        if wrong is not None:
            raise UsageError(wrong)
        self._means = Means(fit=self._fit, named=lambda on: sender_types(self._profiles, on))
        self._order = Order(
            draft=replace(draft, to=(_LONGEST_NUMBER,), sender=number), sender=number, via=via, live=live,
            journal=Path(journal) if journal is not None else default_journal(folder, live=live),
            outbox=folder, identity=identity(draft, [_sha256(part.path) for part in draft.parts], own_id),
            own_id=own_id, host=host,
            callback_url=callback_url, fallback=fallback,
            fallback_sender=sender_id(fallback_sender) if fallback_sender else None, dry_run=dry_run,
            patience=patience or Patience(),
            rates=Rates(
                provider=via, stated=stated(self._profiles, via, "messages_per_s"), sender=number,
                sender_type=parse_sender(self._sender_type), own_per_s=rate,
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
                    draft, route, None, self._options, wires=(), isolation=self._isolation, profiles=self._profiles
                )
            return self._fitted[key]


def _sha256(path: Path) -> str | None:
    """Hash an asset; None where it cannot be read, which the fit says better."""
    try:
        return file_sha256(path)
    except ToolError:
        return None


def send(
    message: str | Path | Draft, to: str, sender: str, via: str = "outbox", *, live: bool = False,
    on: Route | str | None = None, sender_type: str | None = None, host: str | None = None,
    options: FitOptions | None = None, outbox: str | Path = "outbox", journal: str | Path | None = None,
    callback_url: str | None = None, fallback: bool = True, fallback_sender: str | None = None, again: bool = False,
    dry_run: bool = False, rate: float | None = None, patience: Patience | None = None,
    isolation: Isolation = "workers", profiles: Profiles | None = None, own_id: str | None = None,
) -> Sent:  # fmt: skip
    """Fit a message for one recipient and hand it to a provider, once; without ``live`` to the folder ``outbox``.

    See ``Sender``, which does the same for many recipients and fits once.
    """
    one = Sender(
        message, sender, via, live=live, sender_type=sender_type, host=host, options=options, outbox=outbox,
        journal=journal, callback_url=callback_url, fallback=fallback, fallback_sender=fallback_sender,
        dry_run=dry_run, rate=rate, patience=patience, isolation=isolation, profiles=profiles,
        own_id=own_id,
    )  # fmt: skip
    return one.send(to, on=on, again=again)


def settle(journal: str | Path | None = None, *, via: str | None = None) -> tuple[Doubt, ...]:
    """Ask the providers what became of every message of a journal that is ``unknown``, and write down what they say.

    ``via`` asks one provider alone. Without ``journal`` it is the one that live messages are kept in by default.
    Nothing is sent again, whatever the answer.
    """
    place = Path(journal) if journal is not None else default_journal(Path(), live=True)
    with SendJournal(place) as opened:
        return tuple(settled(opened, os.environ, via=via))
