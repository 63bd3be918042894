"""Options, arguments and parameter types that several commands share."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sys
from typing import TYPE_CHECKING, Any

import click

from idscan.core.errors import NothingToScanError, OutputError, UnwritableError, UsageError
from idscan.core.settings import DEFAULT_MAX_PIXELS
from idscan.report.masking import PathMask
from idscan.report.messages import _
from idscan.report.registry import formats_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias, TypeVar

    from idscan.report.registry import RunResult

    Decorated = TypeVar("Decorated", bound=Callable[..., Any])
    Decorator: TypeAlias = Callable[[Decorated], Decorated]
    from collections.abc import Iterator, Mapping, Sequence

    from idscan.core.types import Colour
    from idscan.report.registry import ReportOptions

paths = click.argument("paths", metavar="PATH...", nargs=-1)
reveal = click.option(
    "--reveal", is_flag=True, help=_("Show values and paths as they are. The report is then a leak itself.")
)
engines = click.option(
    "--engine", "engines", metavar="NAME", multiple=True, help=_("Refuse to start without this engine.")
)


class Count(click.IntRange):
    """A number from 1 upwards, with a name for error messages in the reader's language."""

    name = _("whole number")

    def __init__(self) -> None:
        super().__init__(min=1)


jobs = click.option("-j", "--jobs", metavar="N", type=Count(), help=_("Pictures read at once. [all cores]"))
max_pixels = click.option(
    "--max-pixels",
    metavar="N",
    type=Count(),
    default=DEFAULT_MAX_PIXELS,
    show_default=True,
    help=_("Refuse pictures with more pixels."),
)


def _start_log(ctx: click.Context, param: click.Parameter, value: int) -> None:
    del ctx, param
    if value:
        from idscan.run.jobs import log_to_stderr

        log_to_stderr(logging.INFO if value == 1 else logging.DEBUG)


verbose = click.option(
    "-v",
    "--verbose",
    count=True,
    expose_value=False,
    callback=_start_log,
    help=_("Log what each stage did and why it stopped, without any value; -vv also names each place that was read."),
)
null = click.option("-0", "--null", "is_null", is_flag=True, help=_("Paths on standard input end with NUL."))
reproducible = click.option("--reproducible", is_flag=True, help=_("Leave run times out of the report."))
stats = click.option(
    "--stats", is_flag=True, help=_("Print the CPU seconds of each stage, and the CPU and clock time of the run.")
)
output = click.option("-o", "--output", metavar="FILE", help=_("Write the report to FILE; .json means JSON."))
force = click.option("--force", is_flag=True, help=_("Replace FILE if it exists."))


def format_name(kind: type[RunResult]) -> Decorator[Any]:
    """Return the option that chooses among the formats in which a kind of run can be reported."""
    return click.option(
        "-f", "--format", "format_name", type=click.Choice(formats_of(kind)), help=_("How to report. [table]")
    )


STDIN = "-"
_MOST_NAMED = 5
"""Paths named in an error message. Lower: less is named at once; higher: the message fills the screen."""


def expand_paths(paths: Sequence[str], *, is_null: bool) -> tuple[str, ...]:
    """Return the paths to scan, those of standard input in the place of "-"; UsageError if there is none."""
    if is_null and STDIN not in paths:
        raise UsageError(_("-0 is about paths on standard input; add the path -"))
    expanded = [path for given in paths for path in (_from_stdin(is_null=is_null) if given == STDIN else [given])]
    if not expanded:
        raise UsageError(_("name at least one picture or folder; see --help"))
    return tuple(expanded)


def _from_stdin(*, is_null: bool) -> list[str]:
    separator = b"\0" if is_null else b"\n"
    entries = sys.stdin.buffer.read().split(separator)
    return [os.fsdecode(entry if is_null else entry.removesuffix(b"\r")) for entry in entries if entry.strip(b"\r")]


@contextlib.contextmanager
def name_missing(options: ReportOptions) -> Iterator[None]:
    """Name the paths, as safely as the report would, when none of them exists."""
    try:
        yield
    except NothingToScanError as error:
        mask = PathMask(reveal=options.reveal)
        names = [mask.path(path).text for path in error.paths[:_MOST_NAMED]]
        if len(error.paths) > _MOST_NAMED:
            names.append("...")
        raise UsageError(_("no such file or folder: {paths}").format(paths=", ".join(names))) from None


@contextlib.contextmanager
def name_unwritable(mask: PathMask) -> Iterator[None]:
    """Name the place that cannot be written to, as safely as the report would, and what to do about it."""
    try:
        yield
    except UnwritableError as error:
        sentence = _("cannot write to {path}: {reason}; choose another place, or check the folder and its permissions")
        raise OutputError(sentence.format(path=mask.path(error.path).text, reason=error.reason)) from None


NAMED_COLOURS: Mapping[str, Colour] = {
    "black": (0, 0, 0),
    "white": (255, 255, 255),
    "gray": (128, 128, 128),
    "grey": (128, 128, 128),
}
"""As in CSS."""

_HEX = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)


def parse_colour(context: click.Context, parameter: click.Parameter, text: str | None) -> Colour | None:
    """Return the red, green and blue of an option's value, for click to call; click.BadParameter if it is no colour."""
    if text is None:
        return None
    if text.lower() in NAMED_COLOURS:
        return NAMED_COLOURS[text.lower()]
    if not _HEX.fullmatch(text):
        raise click.BadParameter(_("write a color as #rrggbb, or black, white or grey"), context, parameter)
    red, green, blue = bytes.fromhex(text[1:])
    return red, green, blue
