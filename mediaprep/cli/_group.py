"""A group of commands that names the ones it has where another is asked for."""

from __future__ import annotations

import click

from mediaprep.errors import UsageError


class Commands(click.Group):
    """Suggest a command for one that does not exist; often it is the file that the command was to take."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command. Raises UsageError with a suggestion, or with all names."""
        name, known = args[0], self.list_commands(ctx)
        if not name.startswith("-") and name not in known:
            from mediaprep.plugins import did_you_mean

            raise UsageError(f"no command named {name!r} after `{ctx.command_path}`; {did_you_mean(name, known)}")
        return super().resolve_command(ctx, args)
