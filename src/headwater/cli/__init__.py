"""The command line: one file a command.

A command's module is imported when the command is called, and imports heavy libraries only where
it needs them, so that starting stays fast. What commands share: ``options`` and ``texts`` (how the
text of an option is read), ``loading`` (the case that a command is about), ``places`` (files and
folders that they write), ``tables``. ``listing`` is `headwater list`, and ``loop_claims`` is
`headwater loops --claims`.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from headwater.errors import Diagnostic, HeadwaterError, UsageError, did_you_mean
from headwater.version import __version__

COMMANDS = {
    "check": "headwater.cli.check",
    "conformance": "headwater.cli.conformance",
    "compare": "headwater.cli.compare",
    "convert": "headwater.cli.convert",
    "derivatives": "headwater.cli.derivatives",
    "diff": "headwater.cli.diff",
    "discover": "headwater.cli.discover",
    "ensemble": "headwater.cli.ensemble",
    "fit": "headwater.cli.fit",
    "fmt": "headwater.cli.fmt",
    "hindcast": "headwater.cli.hindcast",
    "list": "headwater.cli.listing",
    "loops": "headwater.cli.loops",
    "mix": "headwater.cli.mix",
    "new": "headwater.cli.new",
    "policies": "headwater.cli.policies",
    "rivals": "headwater.cli.rivals",
    "run": "headwater.cli.run",
    "sensitivity": "headwater.cli.sensitivity",
    "show": "headwater.cli.show",
    "test": "headwater.cli.test",
    "version": "headwater.cli.version",
}
UNEXPECTED, INTERRUPTED = 3, 130
MOST_SHOWN = 20
_SMALLER = "use smaller arrays, save fewer times or variables, or ask for fewer runs"
NO_LIMIT = 1000


class Headwater(click.Group):
    """The group of all commands; turns every error into a message and an exit status."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands' names, in order."""
        del ctx
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command; its module is imported now."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[cmd_name]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what each command does, in a whole sentence."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl([(n, c.get_short_help_str(NO_LIMIT)) for n, c in commands if c])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the first argument names, and the arguments for it."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            hint = did_you_mean(name, COMMANDS) or "`headwater --help` lists the commands"
            raise UsageError(f"there is no command `{name}`", hint=hint)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that the arguments name; a reader may leave before its output ends."""
        try:
            return super().invoke(ctx)
        except (BrokenPipeError, SystemExit):  # the latter is what Rich makes of the former
            return _reader_left()

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> Any:
        """Run a command and leave the process with its exit status."""
        words = list(sys.argv[1:] if args is None else args)
        debug = "--debug" in words
        words = [word for word in words if word != "--debug"]
        extra["standalone_mode"] = False
        status: Any = None
        try:
            with warnings.catch_warnings():
                warnings.showwarning = _show_warning
                warnings.filterwarnings("default", category=UserWarning, module=r"headwater\.")
                status = super().main(words, *rest, **extra)
            sys.stdout.flush()
        except HeadwaterError as error:
            show_error(error)
            status = error.exit_status
        except click.exceptions.Exit as leaving:
            status = leaving.exit_code
        except click.ClickException as error:
            error.show()
            status = error.exit_code
        except (KeyboardInterrupt, click.Abort):
            click.echo("interrupted", err=True)
            status = INTERRUPTED
        except BrokenPipeError:
            _reader_left()
        except MemoryError:
            show_error(UsageError("there is not enough memory for this", hint=_SMALLER))
            status = UsageError.exit_status
        except Exception as error:
            if debug:
                raise
            click.echo(f"unexpected error: {type(error).__name__}: {error}", err=True)
            click.echo("This is a fault in Headwater. `--debug` shows where it arose.", err=True)
            status = UNEXPECTED
        sys.exit(status if isinstance(status, int) else 0)


def show_error(error: HeadwaterError) -> None:
    """Print every finding of an error to standard error, up to a bound."""
    show_findings(error.diagnostics)


def show_findings(findings: Sequence[Diagnostic]) -> None:
    """Print findings to standard error, up to a bound."""
    for finding in findings[:MOST_SHOWN]:
        click.echo(finding.render(), err=True)
    left = len(findings) - MOST_SHOWN
    if left > 0:
        click.echo(f"... and {left} more", err=True)


def _show_warning(message: Warning | str, *where: object, **rest: object) -> None:
    """Print what a library call warns of as one of our findings, without the place in our code."""
    del where, rest
    click.echo(f"warning: {message}", err=True)


def _reader_left() -> int:
    """Let a reader such as ``head`` close our output early without a complaint."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left to be written
    return 0


@click.command(cls=Headwater, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show the traceback of an unexpected error.")
@click.version_option(__version__, prog_name="headwater")
def main(debug: bool) -> None:
    """Put a written policy argument to the test.

    MODEL is a case folder, a model file, or the name of a case that ships with Headwater
    (`headwater list`). Exit status: 0, all is well; 1, a check or comparison found something;
    2, the arguments or the model are not in order; 3, a fault in Headwater; 130, interrupted.
    """
    del debug  # read above, wherever it stands
