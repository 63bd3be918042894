"""The table of a scan: what a person sees at a glance."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rich.text import Text

from idscan.report.folders import folders_of
from idscan.report.i18n import _, ngettext
from idscan.report.rows import Marks, Wording, rows_of, sure_columns
from idscan.report.summary import Summary
from idscan.report.table_parts import (
    folder_heading,
    name_of,
    open_console,
    picture_columns,
    pictures,
    plain_table,
    print_cards_seen,
    print_counts,
    print_odd,
    print_rest,
    print_skipped,
    print_unreadable,
    print_verdict,
)
from idscan.report.verdicts import scan_verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TextIO

    from rich.console import Console
    from rich.table import Table

    from idscan.core.results import ImageResult, ScanResult
    from idscan.report.folders import Folder
    from idscan.report.options import ReportOptions
    from idscan.report.paths import PathMask

MOST_FOLDERS = 20
"""Longer lists of side matters end with a count; the JSON report has everything."""

_NARROW = 72
"""Below this width the card's column gives way to what the card gives away."""
_GAPS = 6
"""Columns between the four: a space of the table's and one of padding for each of three gaps."""
_CARD_COLUMNS = 18


def write(result: ScanResult, stream: TextIO, options: ReportOptions) -> None:
    """Write the table; coloured on a terminal only."""
    print_table(result, open_console(stream), options)


def print_table(result: ScanResult, console: Console, options: ReportOptions) -> None:
    """Print the table on a console of rich's."""
    mask = options.mask_for(result)
    marks = Marks.for_encoding(console.encoding)
    folders = folders_of(result.images)
    summary = Summary.of(result)
    if summary.exposed_images:
        for part in _exposed_parts(console, folders, mask, Wording(marks, options.reveal)):
            console.print(part)
        console.print(Text(marks.legend(), "dim"))
        _print_people(console, folders, mask)
    print_unreadable(console, result, mask)
    print_odd(console, (image for image in result.images if _is_odd(image)), mask)
    print_cards_seen(console, result.images, mask)
    _print_totals(console, result, summary, mask)


def _is_odd(image: ImageResult) -> bool:
    """Return whether the table lists the problems of a picture; those of an exposed one only where more may be."""
    return image.is_readable and not (image.is_exposed and image.is_examined)


def _exposed_parts(
    console: Console, folders: Sequence[Folder], mask: PathMask, wording: Wording
) -> Iterator[Table | Text]:
    """Yield a heading and a table per folder, all with the same columns, so that no run is too long to lay out."""
    names = {image.ref: name_of(image.ref, mask) for folder in folders for image in folder.exposed}
    name_columns = picture_columns(console, names.values())
    card_columns = _CARD_COLUMNS if console.width >= _NARROW else _CARD_COLUMNS // 2
    wide = replace(wording, columns=console.width - name_columns - card_columns - sure_columns() - _GAPS)
    is_first = True
    for folder in folders:
        if not folder.exposed:
            continue
        if folder.path:
            yield _heading(folder, mask)
        table = plain_table(show_header=is_first, expand=True, leading=1)
        is_first = False
        table.add_column(_("Picture"), width=name_columns, overflow="fold")
        table.add_column(_("Card"), width=card_columns)
        table.add_column(_("Gives away"), ratio=1, overflow="fold")
        table.add_column(_("How sure"), width=sure_columns(), no_wrap=True)
        for image in folder.exposed:
            for position, row in enumerate(rows_of(image, wide)):
                name = Text("" if position else names[image.ref])
                table.add_row(name, row.card, row.findings, row.confidence)
        yield table
        yield Text()


def _heading(folder: Folder, mask: PathMask) -> Text:
    heading = folder_heading(folder.path, mask)
    if folder.people:
        heading.append("  " + _people(folder.people), "not bold cyan")
    return heading


def _print_people(console: Console, folders: Sequence[Folder], mask: PathMask) -> None:
    """Print the folders with people, those with most of them first; nothing where it would only repeat."""
    crowded = sorted((folder for folder in folders if folder.people), key=lambda folder: -folder.people)
    if len(crowded) < 2:  # noqa: PLR2004  one folder's people stand in its heading
        return
    table = plain_table()
    table.add_column(_("People"), justify="right", no_wrap=True)
    table.add_column(_("Exposed pictures"), justify="right", no_wrap=True)
    table.add_column(_("Folder"), overflow="fold")
    for folder in crowded[:MOST_FOLDERS]:
        shown = mask.path(folder.path).text or "."
        share = _("{count} of {total}").format(count=len(folder.exposed), total=len(folder.images))
        table.add_row(str(folder.people), share, Text(shown, "blue"))
    console.print()
    console.print(table)
    print_rest(console, len(crowded) - MOST_FOLDERS)


def _print_totals(console: Console, result: ScanResult, summary: Summary, mask: PathMask) -> None:
    parts = [pictures(summary.images)]
    if summary.exposed_images:
        give = ngettext("{count} gives something away", "{count} give something away", summary.exposed_images)
        parts.append(give.format(count=summary.exposed_images))
    if summary.seen_images:
        with_cards = ngettext(
            "{count} shows a card without number or name",
            "{count} show cards without number or name",
            summary.seen_images,
        )
        parts.append(with_cards.format(count=summary.seen_images))
    parts.append(_("{count} harmless").format(count=summary.harmless_images))
    if summary.doubtful_images:
        parts.append(_("{count} to look at yourself").format(count=summary.doubtful_images))
    if summary.unreadable:
        parts.append(_("{count} could not be read").format(count=summary.unreadable))
    if summary.unexamined:
        parts.append(_("{count} examined only in part").format(count=summary.unexamined))
    if summary.people:
        parts.append(_people(summary.people))
    # What was found speaks for itself.
    print_verdict(console, None if result.is_exposed else scan_verdict(result))
    print_counts(console, parts)
    print_skipped(console, result.skipped, mask)


def _people(count: int) -> str:
    return ngettext("{count} person", "{count} people", count).format(count=count)
