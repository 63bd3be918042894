"""`idscan scan`: find cards and report what they expose."""

from __future__ import annotations

import click

from idscan.cli import options
from idscan.core.enums import Effort
from idscan.core.settings import Settings
from idscan.core.types import ScanResult
from idscan.report.messages import _


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
@options.verbose
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
    """Scan, report, and return the exit code."""
    from idscan.cli.closing import ending_of_scan, worst
    from idscan.cli.options import expand_paths, name_missing
    from idscan.cli.progress import Clock, progress_bar, statistics
    from idscan.cli.streams import Delivery, tell
    from idscan.core.errors import ExitCode
    from idscan.report.registry import ReportOptions

    clock = Clock()
    settings = Settings(effort=Effort(effort), required_engines=tuple(dict.fromkeys(engines)), max_pixels=max_pixels)
    shown = ReportOptions(reveal=reveal, reproducible=reproducible)
    report = Delivery.to(output, format_name, shown, force=force)
    scanned = expand_paths(paths, is_null=is_null)
    report.check(scanned)

    from idscan.run.scan import scan

    with name_missing(shown), progress_bar([_("Reading pictures")]) as progress:
        result = scan(scanned, settings, jobs=jobs, progress=progress)

    delivered = report.deliver(result)
    if delivered is ExitCode.CLEAN:
        from idscan.cli.closing import closing_lines

        for line in (*(statistics(result, clock) if stats else ()), *closing_lines(result, scanned, report)):
            tell(line)
    return worst((delivered, ending_of_scan(result, exit_zero=exit_zero)))
