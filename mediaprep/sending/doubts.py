"""Messages in doubt, asked for at their providers: one pass over a journal, which it settles as far as they know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mediaprep.errors import UsageError
from mediaprep.plugins import load
from mediaprep.providers import Account, Provider, State
from mediaprep.sending.entry import Entry
from mediaprep.sending.journal import SendJournal
from mediaprep.sending.once import Line, Patience, looked_up


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """One message that was in doubt, as it stands now. ``why`` says what keeps it so; None where it is settled."""

    entry: Entry
    why: str | None = None


def settled(journal: SendJournal, environment: Mapping[str, str], *, via: str | None = None) -> Iterator[Doubt]:
    """Ask what became of each message that is ``unknown``, of one provider or of all.

    A provider whose account is not in the environment is said with its first message; the others are asked.
    """
    lines: dict[str, Line | str] = {}
    for entry in journal.doubtful():
        if via is not None and entry.provider != via:
            continue
        if entry.provider not in lines:
            lines[entry.provider] = _line(entry.provider, environment)
        line = lines[entry.provider]
        if isinstance(line, str):
            yield Doubt(entry=entry, why=line)
            continue
        found = looked_up(line, journal, entry)
        still = found.state == str(State.UNKNOWN)
        yield Doubt(entry=found, why=f"{line.provider.title} does not tell, which proves nothing" if still else None)


def _line(name: str, environment: Mapping[str, str]) -> Line | str:
    """Give the way to a provider, or why it cannot be asked."""
    provider: Provider = load("providers", name)
    if "lookup" not in provider.capabilities:
        return f"{provider.title} cannot be asked; a receipt settles it"
    try:
        account = Account.from_environment(provider.title, provider.settings, environment)
    except UsageError as error:
        return str(error)
    return Line(provider=provider, account=account, patience=Patience())
