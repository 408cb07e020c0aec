"""What a shell offers when Tab is pressed: files, folders, names of profiles, codes."""

from __future__ import annotations

from collections.abc import Callable

import click
from click.shell_completion import CompletionItem

from mediaprep.limits import SenderType

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def files(ctx: click.Context, param: click.Parameter, begun: str) -> list[CompletionItem]:
    """Leave it to the shell, which knows the files: click offers none for words that may be more than a path."""
    return [CompletionItem(begun, type="file")]


def folders(ctx: click.Context, param: click.Parameter, begun: str) -> list[CompletionItem]:
    """Leave it to the shell, which knows the folders."""
    return [CompletionItem(begun, type="dir")]


def profile_names(*roles: str) -> Complete:
    """Complete names of profiles with these roles; after a comma, the last one."""

    def found(ctx: click.Context, param: click.Parameter, begun: str) -> list[CompletionItem]:
        from mediaprep.profiles.load import Profiles

        before, comma, last = begun.rpartition(",")
        loaded = Profiles.load()
        names = (name for role in roles for name in loaded.names(role) if name.startswith(last))
        return [CompletionItem(before + comma + name) for name in names]

    return found


groups = profile_names("region", "carrier", "channel")


def senders(ctx: click.Context, param: click.Parameter, begun: str) -> list[CompletionItem]:
    """Complete types of numbers."""
    return [CompletionItem(str(sender)) for sender in SenderType if sender.startswith(begun)]


def codes(ctx: click.Context, param: click.Parameter, begun: str) -> list[CompletionItem]:
    """Complete codes by number or name; shells that show help show what each means."""
    from mediaprep.codes import CODES

    items = ((word, row.meaning) for row in CODES.values() for word in (row.id, row.name))
    return [CompletionItem(word, help=meaning) for word, meaning in items if word.startswith(begun)]


def providers(ctx: click.Context, param: click.Parameter, begun: str) -> list[CompletionItem]:
    """Complete providers that we can send by."""
    from mediaprep.plugins import names

    return [CompletionItem(name) for name in names("providers") if name.startswith(begun)]
