"""`idscan redact`: hide what images expose, so that nothing comes back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from idscan.cli import options
from idscan.cli.options import parse_colour
from idscan.core.enums import Clean, Effort, FieldSet, Style
from idscan.core.errors import UsageError
from idscan.core.settings import Settings
from idscan.core.types import Destination, RedactResult, RedactSettings
from idscan.report.messages import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idscan.core.types import Colour


@click.command(
    name="redact",
    help=_(
        "Hide what identity cards in pictures expose. Results carry no metadata and are read again before they are "
        "published; originals stay as they are unless --in-place is given. Ends with 6 if a picture still leaks, which "
        "is then not published. PATH may be - to read paths from standard input, one per line."
    ),
)
@options.paths
@click.option("-o", "--output", metavar="DIR", help=_("Publish into DIR."))
@click.option("--in-place", is_flag=True, help=_("Replace the originals."))
@click.option("--backup-dir", metavar="DIR", help=_("With --in-place: keep the originals in DIR."))
@click.option("--no-backup", is_flag=True, help=_("With --in-place: keep no originals."))
@click.option(
    "--style",
    type=click.Choice([style.value for style in Style]),
    default=Style.BLUR.value,
    show_default=True,
    help=_("What hidden places look like; in none of them is anything left of what was there."),
)
@click.option(
    "--color",
    "colour",
    metavar="COLOR",
    callback=parse_colour,
    help=_("For a style of one colour: #rrggbb, black, white or grey. [black]"),
)
@click.option(
    "--fields",
    type=click.Choice([fields.value for fields in FieldSet]),
    default=FieldSet.PERSON.value,
    show_default=True,
    help=_(
        "How much of a card to hide: all that identifies the holder and their home, the portrait included; "
        "only numbers, names, dates of birth and of expiry, fingerprints and codes; or the whole card."
    ),
)
@click.option(
    "--clean",
    type=click.Choice([clean.value for clean in Clean]),
    default=Clean.STRIP.value,
    show_default=True,
    help=_("Pictures with nothing to hide: publish without metadata, leave out, or copy with their metadata."),
)
@click.option("--force", is_flag=True, help=_("Replace other files where results, or the report, go."))
@click.option(
    "--report", metavar="FILE", help=_("Write the record to FILE, outside of PATH and DIR; .json means JSON.")
)
@options.format_name(RedactResult)
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
    output: str | None,
    in_place: bool,
    backup_dir: str | None,
    no_backup: bool,
    style: str,
    colour: Colour | None,
    fields: str,
    clean: str,
    force: bool,
    report: str | None,
    format_name: str | None,
    reveal: bool,
    engines: tuple[str, ...],
    jobs: int | None,
    max_pixels: int,
    is_null: bool,
    reproducible: bool,
    stats: bool,
) -> int:
    """Redact, report, and return the exit code."""
    from idscan.cli.closing import ending_of_redact, told_when_interrupted, worst
    from idscan.cli.options import expand_paths, name_missing, name_unwritable
    from idscan.cli.progress import Clock, progress_bar, statistics
    from idscan.cli.streams import Delivery, tell
    from idscan.core.errors import ExitCode
    from idscan.report.masking import PathMask
    from idscan.report.registry import ReportOptions

    clock = Clock()
    destination = Destination(folder=output, in_place=in_place, backup_dir=backup_dir, force=force)
    _check_destination(destination, no_backup=no_backup)
    if colour:
        _check_takes_colour(Style(style))
    settings = RedactSettings(
        scan=Settings(
            effort=Effort.THOROUGH,
            required_engines=tuple(dict.fromkeys(engines)),
            max_pixels=max_pixels,
            keep_texts=True,
            is_thorough_in_doubt=True,
        ),
        style=Style(style),
        colour=colour or (0, 0, 0),
        fields=FieldSet(fields),
        clean=Clean(clean),
    )
    shown = ReportOptions(reveal=reveal, reproducible=reproducible)
    delivery = Delivery.to(report, format_name, shown, force=force)
    given = expand_paths(paths, is_null=is_null)
    _check_apart(delivery.file, given, output)
    delivery.check(given)

    from idscan.redact.run import redact

    stages = (_("Reading pictures"), _("Hiding and checking"))
    with told_when_interrupted(_interrupted(destination)):
        with name_missing(shown), name_unwritable(PathMask(reveal=reveal)), progress_bar(stages) as progress:
            result = redact(given, destination, settings, jobs=jobs, progress=progress)
        delivered = delivery.deliver(result)
        from idscan.cli.closing import outcome_lines, redact_closing_lines

        if delivered is ExitCode.CLEAN:
            rest = _("hiding, reading results again, writing, start and the report")
            figures = statistics(result.scan, clock, rest) if stats else ()
            for line in (*figures, *redact_closing_lines(result, given, destination, delivery)):
                tell(line)
        else:
            # Files were published or not: that must not be lost with the report.
            for line in outcome_lines(result, delivery):
                tell(line)
    return worst((delivered, ending_of_redact(result)))


def _check_takes_colour(style: Style) -> None:
    """Raise UsageError unless a style is one for which a colour can be chosen."""
    from idscan.redact.fill import FILLS

    if not FILLS[style].takes_colour:
        styles = ", ".join(style.value for style, row in FILLS.items() if row.takes_colour)
        raise UsageError(_("--color is about --style {styles}").format(styles=styles))


def _check_destination(destination: Destination, *, no_backup: bool) -> None:
    """Raise UsageError unless it is clear where results go."""
    if (destination.folder is None) == (not destination.in_place):
        raise UsageError(_("choose where results go: either -o DIR or --in-place"))
    has_backup = destination.backup_dir is not None
    if not destination.in_place and (has_backup or no_backup):
        raise UsageError(_("--backup-dir and --no-backup are about --in-place; with -o, originals stay as they are"))
    if destination.in_place and has_backup == no_backup:
        raise UsageError(_("--in-place replaces the originals: add either --backup-dir DIR or --no-backup"))


def _check_apart(report: str | None, given: Sequence[str], output: str | None) -> None:
    """Raise UsageError if the record would lie among the originals or among what is published."""
    folders = [*given, *([output] if output else [])]
    if report and any(Path(report).resolve().is_relative_to(Path(folder).resolve()) for folder in folders):
        raise UsageError(_("the report would lie among the pictures; choose a place outside of PATH and DIR"))


def _interrupted(destination: Destination) -> str:
    if destination.in_place:
        return _("interrupted; finished pictures are replaced, run the same command again to go on")
    return _("interrupted; finished pictures stand in the output, run the same command again to go on")
