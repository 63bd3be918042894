"""`idscan scan`: find cards and report what they expose."""

from __future__ import annotations

import click

from idscan.cli import options
from idscan.core.results import ScanResult
from idscan.core.settings import Settings
from idscan.core.vocabulary import Effort
from idscan.report.i18n import _


@click.command(
    name="scan",
    help=_(
        "Look for identity cards in pictures and folders of pictures. Ends with 1 if anything is exposed. "
        "PATH may be - to read paths from standard input, one per line."
    ),
)
@options.paths
@options.format_name(ScanResult)
@options.output
@options.force
@options.reveal
@click.option(
    "--effort",
    type=click.Choice([effort.value for effort in Effort]),
    default=Effort.NORMAL.value,
    show_default=True,
    help=_("How long to keep looking once something is found."),
)
@options.engines
@options.jobs
@options.max_pixels
@options.null
@click.option("--exit-zero", is_flag=True, help=_("End with 0 where it would be 1."))
@options.reproducible
@options.stats
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
    from idscan.cli.delivery import Delivery  # noqa: PLC0415  not needed for --help
    from idscan.cli.endings import ending_of_scan, worst  # noqa: PLC0415  likewise
    from idscan.cli.inputs import expand_paths, name_missing  # noqa: PLC0415  likewise
    from idscan.cli.progress import run_with_progress  # noqa: PLC0415  likewise
    from idscan.cli.statistics import Clock, statistics  # noqa: PLC0415  likewise
    from idscan.cli.streams import tell  # noqa: PLC0415  likewise
    from idscan.core.errors import ExitCode  # noqa: PLC0415  likewise
    from idscan.report.options import ReportOptions  # noqa: PLC0415  likewise

    clock = Clock()
    settings = Settings(effort=Effort(effort), required_engines=tuple(dict.fromkeys(engines)), max_pixels=max_pixels)
    shown = ReportOptions(reveal=reveal, reproducible=reproducible)
    report = Delivery.to(output, format_name, shown, force=force)
    scanned = expand_paths(paths, is_null=is_null)
    report.check(scanned)

    with name_missing(shown):
        result = run_with_progress(scanned, settings, jobs)

    delivered = report.deliver(result)
    if delivered is ExitCode.CLEAN:
        from idscan.cli.closing import closing_lines  # noqa: PLC0415  loads the tables

        for line in (*(statistics(result, clock) if stats else ()), *closing_lines(result, scanned, report)):
            tell(line)
    return worst((delivered, ending_of_scan(result, exit_zero=exit_zero)))
