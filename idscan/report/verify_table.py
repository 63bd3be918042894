"""The table of `verify`: what came back from which picture."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from rich.text import Text

from idscan.core.geometry import bounds
from idscan.report.folders import folder_of
from idscan.report.i18n import _, ngettext
from idscan.report.table_parts import (
    folder_heading,
    name_of,
    open_console,
    picture_columns,
    pictures,
    plain_table,
    print_counts,
    print_odd,
    print_skipped,
    print_unreadable,
)
from idscan.report.words import leak_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TextIO, TypeAlias

    from rich.console import Console
    from rich.table import Table

    from idscan.core.redaction import Leak, VerifyResult
    from idscan.core.results import ImageRef
    from idscan.report.options import ReportOptions
    from idscan.report.paths import PathMask

    Leaking: TypeAlias = tuple[ImageRef, tuple[Leak, ...]]

_PLACE_COLUMNS = 20


def write(result: VerifyResult, stream: TextIO, options: ReportOptions) -> None:
    """Write the table; coloured on a terminal only."""
    print_table(result, open_console(stream), options)


def print_table(result: VerifyResult, console: Console, options: ReportOptions) -> None:
    """Print the table on a console of rich's."""
    mask = options.mask_for(result)
    leaking = [(ref, leaks) for ref, leaks in result.leaks if leaks]
    if leaking:
        for part in _leaking_parts(console, leaking, mask):
            console.print(part)
    print_unreadable(console, result.scan, mask)
    told = {ref for ref, _leaks in leaking}
    print_odd(console, (image for image in result.scan.images if image.is_readable and image.ref not in told), mask)
    _print_totals(console, result, len(leaking), mask)


def _leaking_parts(console: Console, leaking: Sequence[Leaking], mask: PathMask) -> Iterator[Table | Text]:
    """Yield a heading and a table per folder, all with the same columns, so that no run is too long to lay out."""
    name_columns = picture_columns(console, (name_of(ref, mask) for ref, _leaks in leaking))
    is_first = True
    for folder, group in groupby(sorted(leaking, key=_by_folder), key=lambda entry: folder_of(entry[0].path)):
        if not is_first:
            yield Text()
        if folder:
            yield folder_heading(folder, mask)
        table = plain_table(show_header=is_first, expand=True, leading=1)
        is_first = False
        table.add_column(_("Picture"), width=name_columns, overflow="fold")
        table.add_column(_("Came back"), ratio=1, overflow="fold")
        table.add_column(_("Where"), width=_PLACE_COLUMNS)
        for ref, leaks in group:
            for position, leak in enumerate(leaks):
                name = Text("" if position else name_of(ref, mask))
                table.add_row(name, Text(leak_words(leak), "red"), _where(leak))
        yield table


def _by_folder(entry: Leaking) -> tuple[str, ImageRef]:
    return folder_of(entry[0].path), entry[0]


def _where(leak: Leak) -> str:
    """Return the box around a place in whole pixels."""
    if leak.quad is None:
        return _("not in the pixels")
    left, top, right, bottom = (round(edge) for edge in bounds(leak.quad))
    across = _("x {start} to {end}").format(start=left, end=right)
    return across + "\n" + _("y {start} to {end}").format(start=top, end=bottom)


def _print_totals(console: Console, result: VerifyResult, leaking: int, mask: PathMask) -> None:
    unreadable = result.scan.unreadable
    parts = [pictures(len(result.scan.images))]
    if unreadable:
        parts.append(_("{count} could not be read").format(count=unreadable))
    console.print()
    if leaking:
        came = ngettext(
            "Something came back from {count} picture.", "Something came back from {count} pictures.", leaking
        )
        console.print(Text(came.format(count=leaking), "bold red"))
    elif unreadable:
        console.print(Text(_("Nothing came back from the pictures that could be read."), "bold yellow"))
    else:
        console.print(Text(_("Nothing came back."), "bold green"))
    print_counts(console, parts)
    print_skipped(console, result.scan.skipped, mask)
