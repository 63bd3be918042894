"""Entry point: find the command, run it, end with the exit code for the outcome."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from importlib import import_module
from typing import TYPE_CHECKING

import click

from idscan import __version__
from idscan.cli.streams import (
    ReaderGoneError,
    abandon_stdout,
    complain,
    flush_stdout,
    is_of_click,
    open_missing_streams,
    print_line,
    unwritable_stdout,
)
from idscan.core.errors import ExitCode, IdscanError, places_of
from idscan.report.messages import _, translate_click, translated

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

_SENTENCE_ENDS = (".", "?", "!")

COMMANDS = ("scan", "redact", "verify", "explain", "doctor")


class SignalledError(KeyboardInterrupt):
    """Ctrl-C, or a polite request to end.

    Python notices a plain KeyboardInterrupt that crosses code run from text, such as the methods that dataclasses
    write while a module loads, and then lets `python -m` die of the signal, though the interrupt was answered.
    """


class LazyGroup(click.Group):
    """A group whose commands are loaded when they are used, each from the module of its name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the help text."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"idscan.cli.{cmd_name}").command
        command.options_metavar = _("[OPTIONS]")
        return command


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    options_metavar=_("[OPTIONS]"),
    subcommand_metavar=_("COMMAND [ARGS]..."),
    help=_("Find Vietnamese identity cards in pictures, report or hide what they expose. Nothing leaves this machine."),
    epilog=_(
        "Exit codes: 0 nothing exposed, or all of it hidden, 1 something exposed, 2 wrong usage, "
        "3 needed engine missing, 4 some inputs could not be read, 5 cannot write, 6 a redacted picture still leaks, "
        "70 a bug, 130 interrupted."
    ),
)
@click.version_option(
    __version__, prog_name="idscan", message="%(prog)s %(version)s", help=_("Show the version and exit.")
)
def group() -> None:
    """Hold the commands."""


def run(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit code; an error ends in a few words for people, without read values."""
    translate_click()
    try:
        code = group.main(list(arguments), prog_name="idscan", standalone_mode=False)
        flush_stdout()
    except (click.Abort, KeyboardInterrupt):
        complain(_("interrupted; nothing was changed"))
        return ExitCode.INTERRUPTED
    except SystemExit:
        # Where the reader of a help text has left, click ends with 1, which means "exposed" here.
        abandon_stdout()
        return ExitCode.CANNOT_WRITE
    except Exception as error:  # noqa: BLE001  the last resort: nothing may end in a traceback
        return _complain_about(error)
    return code if isinstance(code, int) else ExitCode.CLEAN


def _complain_about(error: Exception) -> int:
    """Print an error for people and return its exit code."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        print_line(error.format_message())
        return ExitCode.USAGE
    if isinstance(error, click.ClickException):
        message = error.format_message()
        sentence = message if message.endswith(_SENTENCE_ENDS) else message + "."
        complain(_("{message} See idscan --help.").format(message=sentence))
        return ExitCode.USAGE
    if isinstance(error, OSError) and is_of_click(error):
        error = unwritable_stdout(error)
    if isinstance(error, ReaderGoneError):
        return error.exit_code
    if isinstance(error, IdscanError):
        complain(translated(error.message))
        return error.exit_code
    complain(_bug(error))
    return ExitCode.BUG


def _bug(error: Exception) -> str:
    sentence = _("version {version} has a bug: {kind}. Please report it with these lines; they hold no read value:")
    return "\n  ".join((sentence.format(version=__version__, kind=type(error).__name__), *places_of(error)))


_GRACE_SECONDS = 0.5
"""Signals this soon after the first are ignored: `timeout` sends two. A longer time makes a second Ctrl-C seem lost."""


class _Interrupt:
    """Handler that ends a run by an exception at the first signal, and the process at once at a later one.

    A second exception would end in a traceback where it meets a callback or the handling of the first.
    """

    def __init__(self) -> None:
        self._first: float | None = None

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if self._first is None:
            self._first = time.monotonic()
            raise SignalledError
        if time.monotonic() - self._first > _GRACE_SECONDS:
            os._exit(ExitCode.INTERRUPTED)


def main() -> None:
    """Run the command line of this process."""
    open_missing_streams()
    # The default action would leave unfinished files behind.
    handled = [signal.SIGTERM]
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # a shell may have it ignored in the background
        handled.append(signal.SIGINT)
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:  # nohup has it ignored
        handled.append(signal.SIGHUP)
    interrupt = _Interrupt()
    for number in handled:
        signal.signal(number, interrupt)
    try:
        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # outside the part of a run that answers it
        code = ExitCode.INTERRUPTED
    for number in handled:  # an exception of a handler would end in a traceback while the interpreter shuts down
        signal.signal(number, lambda *_: os._exit(code))
    if code == ExitCode.INTERRUPTED:  # likewise one of the thread of a pool whose workers were killed
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
        os._exit(code)
    sys.exit(code)
