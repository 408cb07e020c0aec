"""The command line: argv -> api -> text or NDJSON -> exit code. One file here is one command, ending in ``COMMAND``.

Commands are found by folder and loaded on use, so that ``--version`` imports click and nothing else.

Exit codes: 0 done; 2 usage or profile, nothing ran; 3 an asset needs a fit or cannot be fitted; 4 an asset
is refused; 5 something failed that is no asset's fault; 130 and 143 interrupted and terminated.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from mediaprep.cli._group import Commands
from mediaprep.errors import MediaprepError
from mediaprep.interrupts import Terminated, last_word

SUMMARY = "Pre-flight media for MMS and richer channels, and fit it to what carriers deliver."
DEBUG_VARIABLE = "MEDIAPREP_TRACEBACK"
"""Set (to anything), this environment variable lets an internal error end in Python's traceback."""


_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What standard output says where it is a file on a disk that takes no more; reading never says these."""


class _Commands(Commands):
    """Find commands by folder; import one only when it is called or listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names of all commands."""
        from mediaprep.plugins import names

        return list(names("cli"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command; None for a name that no file has."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command = import_module(f"mediaprep.cli.{cmd_name}").COMMAND
        assert isinstance(command, click.Command)
        return command


@click.command(
    cls=_Commands,
    help=SUMMARY,
    epilog="Begin with `mediaprep check FOLDER --to us`; each answer says what to type next.",
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option("--version", is_flag=True, help="Show the version; with -v, also those of its libraries and tools.")
@click.option("-v", "--verbose", is_flag=True, help="With --version: show libraries and tools.")
@click.pass_context
def commands(ctx: click.Context, *, version: bool, verbose: bool) -> None:
    """Answer what needs no command."""
    if version:
        from mediaprep.version import VERSION

        click.echo(f"mediaprep {VERSION}")
        if verbose:
            from mediaprep.cli._versions import parts

            click.echo("\n".join(parts()))
        ctx.exit(0)
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def _command_path(argv: Sequence[str]) -> str:
    """Give the command that a line asks for: click does not say it of an option without its argument."""
    path = "mediaprep"
    command: click.Command = commands
    for word in argv:
        found = command.get_command(click.Context(command), word) if isinstance(command, click.Group) else None
        if found is None:
            break
        path, command = f"{path} {word}", found
    return path


def run(argv: Sequence[str]) -> int:
    """Carry out one command line and give its exit code; errors go to stderr, each beginning with our name."""
    _prepare_streams()
    if "_MEDIAPREP_COMPLETE" in os.environ:  # set by a shell that asks for completions
        commands.main(list(argv), prog_name="mediaprep")
    try:
        with commands.make_context("mediaprep", list(argv)) as ctx:
            result: Any = commands.invoke(ctx)
            sys.stdout.flush()
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.exceptions.NoArgsIsHelpError as error:  # a group without a command: its help is the whole answer
        click.echo(error.format_message(), err=True)
        return 2
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else _command_path(argv)
        return _say(error.format_message(), 2, hint=f"see `{path} --help`")
    except click.ClickException as error:
        return _say(error.format_message(), 2)
    except MediaprepError as error:
        return _say(str(error), error.exit_code)
    except (KeyboardInterrupt, Terminated, click.Abort) as error:
        return _say(*last_word(error))
    except BrokenPipeError:
        # Whoever read our output has gone. Nothing can be said any more, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _FULL and error.filename is None:  # a stream has no name
            return _say(f"the output could not be written to its end: {error.strerror}", 5)
        if os.environ.get(DEBUG_VARIABLE):
            raise
        return _say(_internal(error), 5, hint=f"set {DEBUG_VARIABLE}=1 to see where; please report it")
    return result if isinstance(result, int) else 0


def _prepare_streams() -> None:
    """Let no character end a run: what the terminal's encoding lacks is escaped."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _say(message: str, code: int, hint: str | None = None) -> int:
    from mediaprep.legible import printable

    for line in [*message.splitlines(), *([hint] if hint else [])]:
        click.echo(f"mediaprep: {printable(line)}", err=True)
    return code


def _internal(error: Exception) -> str:
    import traceback

    where = traceback.extract_tb(error.__traceback__)[-1]
    return (
        f"internal error (MP607): {type(error).__name__}: {error} ({os.path.basename(where.filename)}:{where.lineno})"
    )
