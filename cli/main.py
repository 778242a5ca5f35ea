"""The `sidetrace` command: the list of commands, and how each of them ends.

A command's module is imported only when that command runs, so `sidetrace --help` imports click and nothing else.
"""

from __future__ import annotations

import gc
import io
import sys
from importlib import import_module

import click

from ..errors import SidetraceError, meaning

COMMANDS = {
    "serve": "Run the receiver: OTLP in, over gRPC and HTTP.",
    "validate": "Check a configuration file without starting anything.",
    "sessions": "List sessions, newest first.",
    "session": "Show the tree of one session.",
    "traces": "List traces, newest first.",
    "trace": "Show the tree of one trace.",
    "users": "List users, the last active first.",
    "user": "Show one user and their sessions.",
    "find": "Ask in plain English or in operators.",
    "saved": "List the saved questions, or delete one.",
    "sql": "Ask in SQL, read-only, over the public views.",
    "metrics": "Count, add up and compare, by user, model, day and more.",
    "doctor": "Show what was received, stored and refused, and why.",
    "remap": "Map all stored spans anew, after a change of the mapping.",
}
"""Every command with its line in `sidetrace --help`; module `cli.NAME` holds it under the name `command`."""

USAGE, INTERRUPTED = 2, 130
"""Exit codes beside those of `errors.MEANING`: bad usage, and Ctrl-C (128 and the number of SIGINT)."""


class Commands(click.Group):
    """A group that knows its commands by name and line, and imports the one that is to run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, in the order of `COMMANDS`."""
        return list(COMMANDS)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the name, the imported command and the arguments that are left."""
        name, named, rest = super().resolve_command(ctx, args)
        if named is None:
            return name, None, rest
        gc.disable()  # nothing that an import makes is garbage; looking for it took a tenth of the start of `serve`
        try:
            command: click.Command = import_module(f".{named.name}", __package__).command
        finally:
            gc.freeze()
            gc.enable()
        return name, command, rest


@click.group(
    cls=Commands,
    commands={name: click.Command(name, short_help=line) for name, line in COMMANDS.items()},
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="sidetrace")
@click.pass_context
def cli(context: click.Context) -> None:
    """Receive OpenTelemetry spans of LLM applications; answer by session, trace and user."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def main() -> int:
    """Run the command line and return its exit code: 0, one of `errors.MEANING`, 2 for bad usage, 130 for Ctrl-C.

    An error is one line on standard error that says what to do (a configuration's, one line for each problem).
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # What is piped is UTF-8 everywhere; a terminal that cannot show a character gets its number.
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")
    try:
        return cli.main(prog_name="sidetrace", standalone_mode=False) or 0
    except SidetraceError as error:
        return _fail(str(error), meaning(error).exit)
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else "sidetrace"
        return _fail(f"{error.format_message().rstrip('.')}; see `{where} --help`", USAGE)
    except click.ClickException as error:
        return _fail(error.format_message(), error.exit_code)
    except click.Abort:
        return INTERRUPTED


def _fail(problem: str, code: int) -> int:
    from .output import clean

    click.echo("sidetrace: " + "\n".join(map(clean, problem.split("\n"))), err=True)
    return code
