"""Arguments and options that several commands have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from idscan.core.settings import DEFAULT_MAX_PIXELS
from idscan.report.i18n import _
from idscan.report.registry import formats_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias, TypeVar

    from idscan.report.options import RunResult

    Decorated = TypeVar("Decorated", bound=Callable[..., Any])
    Decorator: TypeAlias = Callable[[Decorated], Decorated]

paths = click.argument("paths", metavar="PATH...", nargs=-1)
reveal = click.option(
    "--reveal", is_flag=True, help=_("Show values and paths as they are. The report is then a leak itself.")
)
engines = click.option(
    "--engine", "engines", metavar="NAME", multiple=True, help=_("Refuse to start without this engine.")
)
jobs = click.option("-j", "--jobs", type=click.IntRange(min=1), help=_("Pictures read at once. [all cores]"))
max_pixels = click.option(
    "--max-pixels",
    type=click.IntRange(min=1),
    default=DEFAULT_MAX_PIXELS,
    show_default=True,
    help=_("Refuse pictures with more pixels."),
)
null = click.option("-0", "--null", "is_null", is_flag=True, help=_("Paths on standard input end with NUL."))
reproducible = click.option("--reproducible", is_flag=True, help=_("Leave run times out of the report."))
stats = click.option(
    "--stats", is_flag=True, help=_("Print the CPU seconds of each stage, and the CPU and clock time of the run.")
)
output = click.option("-o", "--output", metavar="FILE", help=_("Write the report to FILE; .json means JSON."))
force = click.option("--force", is_flag=True, help=_("Replace FILE if it exists."))


def format_name(kind: type[RunResult]) -> Decorator[Any]:
    """Return the option that chooses among the formats in which a kind of run can be told."""
    return click.option(
        "-f", "--format", "format_name", type=click.Choice(formats_of(kind)), help=_("How to report. [table]")
    )
