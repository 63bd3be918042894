"""The table: what a person sees at a glance."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from idscan.report.folders import folder_of, folders_of
from idscan.report.i18n import _, ngettext
from idscan.report.rows import Marks, Wording, rows_of, sure_columns
from idscan.report.summary import Summary
from idscan.report.words import problem_words, skip_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import TextIO

    from idscan.core.results import ImageResult, ScanResult
    from idscan.report.folders import Folder
    from idscan.report.options import ReportOptions
    from idscan.report.paths import PathMask

PIPED_COLUMNS = 100
"""Width where there is no terminal and COLUMNS is not set."""

MOST_FOLDERS = 20
MOST_ODD_PICTURES = 20
"""Longer lists of side matters end with a count; the JSON report has everything."""

_INDENT = "  "
_NARROW = 72
"""Below this width the card's column gives way to what the card gives away."""
_GAPS = 6
"""Columns between the four: a space of the table's and one of padding for each of three gaps."""
_CARD_COLUMNS = 18
_LEAST_PICTURE_COLUMNS = 16


def write(result: ScanResult, stream: TextIO, options: ReportOptions) -> None:
    """Write the table; coloured on a terminal only."""
    print_table(result, _console(stream), options)


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
    _print_unreadable(console, result, mask)
    _print_odd(console, result.images, mask)
    _print_totals(console, result, summary, mask)


def _console(stream: TextIO) -> Console:
    width = None if stream.isatty() else shutil.get_terminal_size((PIPED_COLUMNS, 0)).columns
    return Console(file=stream, width=width, markup=False, highlight=False, emoji=False)


def _exposed_parts(
    console: Console, folders: Sequence[Folder], mask: PathMask, wording: Wording
) -> Iterator[Table | Text]:
    """Yield a heading and a table per folder, all with the same columns, so that no run is too long to lay out."""
    names = {image.ref: _name(image, mask) for folder in folders for image in folder.exposed}
    widest = max(map(cell_len, names.values()))
    card_columns = _CARD_COLUMNS if console.width >= _NARROW else _CARD_COLUMNS // 2
    picture_columns = max(_LEAST_PICTURE_COLUMNS, min(widest, console.width // 3))
    wide = replace(wording, columns=console.width - picture_columns - card_columns - sure_columns() - _GAPS)
    is_first = True
    for folder in folders:
        if not folder.exposed:
            continue
        if folder.path:
            yield _folder_heading(folder, mask)
        table = _plain_table(show_header=is_first, expand=True, leading=1)
        is_first = False
        table.add_column(_("Picture"), width=picture_columns, overflow="fold")
        table.add_column(_("Card"), width=card_columns)
        table.add_column(_("Gives away"), ratio=1, overflow="fold")
        table.add_column(_("How sure"), width=sure_columns(), no_wrap=True)
        for image in folder.exposed:
            for position, row in enumerate(rows_of(image, wide)):
                name = Text("" if position else names[image.ref])
                table.add_row(name, row.card, row.findings, row.confidence)
        yield table
        yield Text()


def _plain_table(**changes: Any) -> Table:  # noqa: ANN401  handed on to rich
    """Return a table without frame and with a line below its headings."""
    return Table(
        box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0), header_style="bold", **changes
    )


def _folder_heading(folder: Folder, mask: PathMask) -> Text:
    heading = Text(mask.path(folder.path).text, "bold blue", overflow="fold")
    if folder.people:
        heading.append("  " + _people(folder.people), "not bold cyan")
    return heading


def _name(image: ImageResult, mask: PathMask) -> str:
    """Return the name of a picture within its folder."""
    name = mask.path(image.ref.path).text.rpartition("/")[2]
    if image.ref.member:
        name += f" > {mask.path(image.ref.member).text}"
    if image.ref.page or image.ref.pages > 1:
        name += " " + _("(page {page})").format(page=image.ref.page + 1)
    return name


def _print_people(console: Console, folders: Sequence[Folder], mask: PathMask) -> None:
    """Print the folders with people, those with most of them first; nothing where it would only repeat."""
    crowded = sorted((folder for folder in folders if folder.people), key=lambda folder: -folder.people)
    if len(crowded) < 2:  # noqa: PLR2004  one folder's people stand in its heading
        return
    table = _plain_table()
    table.add_column(_("People"), justify="right", no_wrap=True)
    table.add_column(_("Exposed pictures"), justify="right", no_wrap=True)
    table.add_column(_("Folder"), overflow="fold")
    for folder in crowded[:MOST_FOLDERS]:
        shown = mask.path(folder.path).text or "."
        share = _("{count} of {total}").format(count=len(folder.exposed), total=len(folder.images))
        table.add_row(str(folder.people), share, Text(shown, "blue"))
    console.print()
    console.print(table)
    _print_rest(console, len(crowded) - MOST_FOLDERS)


def _print_unreadable(console: Console, result: ScanResult, mask: PathMask) -> None:
    """Print every picture, folder and argument that could not be read, with the reason."""
    entries = [
        (_full_name(image, mask), "; ".join(mask.message(problem_words(problem)) for problem in image.problems))
        for image in result.images
        if not image.is_readable
    ]
    entries += [
        (mask.path(entry.path).text, mask.message(skip_words(entry.reason)))
        for entry in result.skipped
        if entry.is_unreadable
    ]
    _print_list(console, _("Could not be read"), entries, style="bold red")


def _print_odd(console: Console, images: Iterable[ImageResult], mask: PathMask) -> None:
    """Print the pictures that seem harmless but were not read without trouble."""
    entries = [
        (_full_name(image, mask), "; ".join(mask.message(problem_words(problem)) for problem in image.problems))
        for image in images
        if image.is_readable and not image.is_exposed and image.problems
    ]
    _print_list(console, _("Look at these yourself"), entries[:MOST_ODD_PICTURES], style="bold yellow")
    _print_rest(console, len(entries) - MOST_ODD_PICTURES)


def _full_name(image: ImageResult, mask: PathMask) -> str:
    return mask.path(folder_of(image)).text + _name(image, mask)


def _print_list(console: Console, title: str, entries: Sequence[tuple[str, str]], *, style: str) -> None:
    if not entries:
        return
    console.print()
    console.print(Text(title, style))
    for path, reason in entries:
        fits = cell_len(path) + cell_len(reason) + 2 * len(_INDENT) <= console.width
        between = _INDENT if fits else "\n" + 2 * _INDENT
        console.print(Text.assemble(_INDENT, path, between, (reason, "dim"), overflow="fold"))


def _print_rest(console: Console, count: int) -> None:
    if count > 0:
        console.print(Text(ngettext("  and {count} more", "  and {count} more", count).format(count=count), "dim"))


def _print_totals(console: Console, result: ScanResult, summary: Summary, mask: PathMask) -> None:
    parts = [ngettext("{count} picture", "{count} pictures", summary.images).format(count=summary.images)]
    if summary.exposed_images:
        give = ngettext("{count} gives something away", "{count} give something away", summary.exposed_images)
        parts.append(give.format(count=summary.exposed_images))
    parts.append(_("{count} harmless").format(count=summary.harmless_images))
    if summary.unreadable:
        parts.append(_("{count} could not be read").format(count=summary.unreadable))
    if summary.people:
        parts.append(_people(summary.people))
    console.print()
    if not summary.exposed_images:
        console.print(Text(_("Nothing found that gives a person away."), "bold green"))
    console.print(Text(" \N{MIDDLE DOT} ".join(parts) if _is_unicode(console) else ", ".join(parts), "bold"))
    reasons = Counter(mask.message(skip_words(entry.reason)) for entry in result.skipped if not entry.is_unreadable)
    if reasons:
        listed = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
        console.print(Text(_("Skipped: {reasons}").format(reasons=listed), "dim"))


def _people(count: int) -> str:
    return ngettext("{count} person", "{count} people", count).format(count=count)


def _is_unicode(console: Console) -> bool:
    return console.encoding.startswith("utf")
