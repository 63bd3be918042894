"""`idscan verify`: read redacted images again, as an attacker would."""

from __future__ import annotations

import click

from idscan.cli import options
from idscan.core.enums import Effort
from idscan.core.settings import Settings
from idscan.core.types import VerifyResult
from idscan.report.messages import _


@click.command(
    name="verify",
    help=_(
        "Read redacted pictures again as an attacker would. Looks in every way where anything is in doubt, undoes "
        "blurs and covers, searches thumbnails and metadata. Ends with 6 if something comes back. "
        "PATH may be - to read paths from standard input, one per line."
    ),
)
@options.paths
@options.format_name(VerifyResult)
@options.output
@options.force
@options.reveal
@options.engines
@options.jobs
@options.max_pixels
@options.null
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
    engines: tuple[str, ...],
    jobs: int | None,
    max_pixels: int,
    is_null: bool,
    reproducible: bool,
    stats: bool,
) -> int:
    """Verify, report, and return the exit code."""
    from idscan.cli.closing import ending_of_verify, worst
    from idscan.cli.options import expand_paths, name_missing
    from idscan.cli.progress import Clock, progress_bar, statistics
    from idscan.cli.streams import Delivery, tell
    from idscan.core.errors import ExitCode
    from idscan.report.registry import ReportOptions

    clock = Clock()
    settings = Settings(
        effort=Effort.THOROUGH, required_engines=tuple(dict.fromkeys(engines)), max_pixels=max_pixels, keep_texts=True
    )
    shown = ReportOptions(reveal=reveal, reproducible=reproducible)
    delivery = Delivery.to(output, format_name, shown, force=force)
    given = expand_paths(paths, is_null=is_null)
    delivery.check(given)

    from idscan.redact.verify import verify

    stages = (_("Reading pictures"), _("Trying to undo what hides"))
    with name_missing(shown), progress_bar(stages) as progress:
        result = verify(given, settings, jobs=jobs, progress=progress)

    delivered = delivery.deliver(result)
    if delivered is ExitCode.CLEAN:
        from idscan.cli.closing import verify_closing_lines

        rest = _("trying to undo what hides, start and the report")
        figures = statistics(result.scan, clock, rest) if stats else ()
        for line in (*figures, *verify_closing_lines(result, given, delivery)):
            tell(line)
    return worst((delivered, ending_of_verify(result)))
