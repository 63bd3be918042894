"""`idscan scan`: find cards and report what they expose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from idscan.core.errors import ExitCode, UsageError
from idscan.core.settings import DEFAULT_MAX_PIXELS, Settings
from idscan.core.vocabulary import Effort
from idscan.report.i18n import _
from idscan.report.registry import DEFAULT_FORMAT, FORMATS, format_of_file

if TYPE_CHECKING:
    from idscan.core.results import ScanResult
    from idscan.report.registry import ReportFormat

STDOUT = "-"


@click.command(
    name="scan",
    help=_(
        "Look for identity cards in pictures and folders of pictures. Ends with 1 if anything is exposed. "
        "PATH may be - to read paths from standard input, one per line."
    ),
)
@click.argument("paths", metavar="PATH...", nargs=-1)
@click.option("-f", "--format", "format_name", type=click.Choice(list(FORMATS)), help=_("How to report. [table]"))
@click.option("-o", "--output", metavar="FILE", help=_("Write the report to FILE; .json means JSON."))
@click.option("--force", is_flag=True, help=_("Replace FILE if it exists."))
@click.option("--reveal", is_flag=True, help=_("Show values and paths as they are. The report is then a leak itself."))
@click.option(
    "--effort",
    type=click.Choice([effort.value for effort in Effort]),
    default=Effort.NORMAL.value,
    show_default=True,
    help=_("How long to keep looking once something is found."),
)
@click.option("--engine", "engines", metavar="NAME", multiple=True, help=_("Refuse to start without this engine."))
@click.option("-j", "--jobs", type=click.IntRange(min=1), help=_("Pictures read at once. [all cores]"))
@click.option(
    "--max-pixels",
    type=click.IntRange(min=1),
    default=DEFAULT_MAX_PIXELS,
    show_default=True,
    help=_("Refuse pictures with more pixels."),
)
@click.option("-0", "--null", "is_null", is_flag=True, help=_("Paths on standard input end with NUL."))
@click.option("--exit-zero", is_flag=True, help=_("End with 0 where it would be 1."))
@click.option("--reproducible", is_flag=True, help=_("Leave run times out of the report."))
@click.option("--stats", is_flag=True, help=_("Print the seconds each stage took."))
def command(
    *,
    paths: tuple[str, ...],
    format_name: str | None,
    output: str | None,
    force: bool,
    reveal: bool,
    effort: str,
    engines: tuple[str, ...],
    jobs: int | None,
    max_pixels: int,
    is_null: bool,
    exit_zero: bool,
    reproducible: bool,
    stats: bool,
) -> int:
    """Scan, report, and say how it ended."""
    from idscan.cli.closing import closing_lines, statistics  # noqa: PLC0415  not needed for --help
    from idscan.cli.inputs import expand_paths, name_missing  # noqa: PLC0415  likewise
    from idscan.cli.progress import run_with_progress  # noqa: PLC0415  likewise
    from idscan.cli.streams import report_stdout, tell  # noqa: PLC0415  likewise
    from idscan.report.options import ReportOptions  # noqa: PLC0415  likewise
    from idscan.report.publish import check_writable, write_privately  # noqa: PLC0415  likewise

    settings = Settings(effort=Effort(effort), required_engines=tuple(dict.fromkeys(engines)), max_pixels=max_pixels)
    report_format = _choose_format(format_name, output)
    options = ReportOptions(reveal=reveal, reproducible=reproducible)
    file = None if output in {None, STDOUT} else output
    scanned = expand_paths(paths, is_null=is_null)
    if file:
        check_writable(file, scanned, force=force)

    with name_missing(options):
        result = run_with_progress(scanned, settings, jobs)

    if file:
        write_privately(file, lambda stream: report_format.write(result, stream, options), force=force)
    else:
        with report_stdout(is_machine=report_format.is_machine) as stream:
            report_format.write(result, stream, options)
    if stats:
        tell(statistics(result))
    for line in closing_lines(result, scanned, options, file):
        tell(line)
    return exit_code(result, exit_zero=exit_zero)


def exit_code(result: ScanResult, *, exit_zero: bool) -> ExitCode:
    """Return how a finished run ends; a bug outranks a finding, a finding outranks an unreadable input."""
    from idscan.run.jobs import BUG  # noqa: PLC0415  not needed for --help

    if any(problem.kind == BUG for image in result.images for problem in image.problems):
        return ExitCode.BUG
    if result.is_exposed and not exit_zero:
        return ExitCode.EXPOSED
    return ExitCode.UNREADABLE_INPUT if result.unreadable else ExitCode.CLEAN


def _choose_format(format_name: str | None, output: str | None) -> ReportFormat:
    if format_name:
        return FORMATS[format_name]
    if output in {None, STDOUT}:
        return FORMATS[DEFAULT_FORMAT]
    report_format = format_of_file(output or "")
    if report_format is None:
        raise UsageError(_("the name of the output file does not tell its format; choose one with --format"))
    return report_format
