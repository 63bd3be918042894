"""Parts that the tables of all commands share; images grouped by folder."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from idscan.core.types import UNEXAMINED
from idscan.report.messages import _, card_words, field_word, ngettext, translated
from idscan.report.verdicts import is_exposed_or_doubtful

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import TextIO

    from idscan.core.enums import Field
    from idscan.core.types import ImageRef, ImageResult, Problem, ScanResult, Skipped
    from idscan.report.masking import PathMask
    from idscan.report.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Folder:
    """The pictures that lie directly in one folder.

    Attributes:
        path: as the user gave it, "" where pictures were named without a folder.
        images: its pictures, in order.
    """

    path: str
    images: tuple[ImageResult, ...]

    @property
    def exposed(self) -> tuple[ImageResult, ...]:
        """The pictures that give something away."""
        return tuple(image for image in self.images if image.is_exposed)

    @property
    def people(self) -> int:
        """Number of persons distinguished in its images."""
        return len(frozenset().union(*(image.persons for image in self.images)))


def folders_of(images: Sequence[ImageResult]) -> list[Folder]:
    """Return the folders of some pictures, sorted by path."""
    by_folder = sorted(images, key=lambda image: (_folder_of(image), image.ref))
    return [Folder(path, tuple(group)) for path, group in groupby(by_folder, key=_folder_of)]


def folder_of(path: str) -> str:
    """Return the folder part of a path, with its closing slash; "" where it has none."""
    return path[: path.rfind("/") + 1]


def _folder_of(image: ImageResult) -> str:
    return folder_of(image.ref.path)


PIPED_COLUMNS = 100
"""Width where there is no terminal and COLUMNS is not set."""

MOST_ODD_PICTURES = 20
"""Longer lists of side matters end with a count; the JSON report has everything."""

LEAST_PICTURE_COLUMNS = 16
"""Characters. Lower: file names are broken into pieces; higher: narrow terminals have less room for the rest."""

_INDENT = "  "


def open_console(stream: TextIO) -> Console:
    """Return a console that writes to a stream; coloured on a terminal only."""
    width = None if stream.isatty() else shutil.get_terminal_size((PIPED_COLUMNS, 0)).columns
    return Console(file=stream, width=width, markup=False, highlight=False, emoji=False)


def plain_table(**changes: Any) -> Table:  # noqa: ANN401  handed on to rich
    """Return a table without frame and with a line below its headings."""
    return Table(
        box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0), header_style="bold", **changes
    )


def picture_columns(console: Console, names: Iterable[str]) -> int:
    """Return how wide the column of the pictures is: at most a third of the screen."""
    return max(LEAST_PICTURE_COLUMNS, min(max(map(cell_len, names)), console.width // 3))


def folder_heading(folder: str, mask: PathMask) -> Text:
    """Return the line above the pictures of a folder."""
    return Text(mask.path(folder).text, "bold blue", overflow="fold")


def tables_by_folder(
    console: Console,
    entries: Iterable[tuple[ImageRef, Sequence[tuple[Text | str, ...]]]],
    columns: Sequence[tuple[str, Mapping[str, Any]]],
    mask: PathMask,
) -> Iterator[Table | Text]:
    """Yield a heading and a table per folder, all with the same columns, so that no run is too long to lay out.

    Args:
        console: where they will be printed.
        entries: images, at least one, each with its rows: the cells behind the image's name.
        columns: headings of these cells, with the options of rich for the column.
        mask: for names and folders.
    """
    by_folder = sorted(entries, key=lambda entry: (folder_of(entry[0].path), entry[0]))
    name_columns = picture_columns(console, (name_of(ref, mask) for ref, _rows in by_folder))
    is_first = True
    for folder, group in groupby(by_folder, key=lambda entry: folder_of(entry[0].path)):
        if not is_first:
            yield Text()
        if folder:
            yield folder_heading(folder, mask)
        table = plain_table(show_header=is_first, expand=True, leading=1)
        is_first = False
        table.add_column(_("Picture"), width=name_columns, overflow="fold")
        for heading, options in columns:
            table.add_column(heading, **options)
        for ref, rows in group:
            for position, cells in enumerate(rows):
                table.add_row(Text("" if position else name_of(ref, mask)), *cells)
        yield table


def name_of(ref: ImageRef, mask: PathMask) -> str:
    """Return the name of an image within its folder."""
    name = mask.path(ref.path).text.rpartition("/")[2]
    if ref.member:
        name += f" > {mask.path(ref.member).text}"
    if ref.page or ref.pages > 1:
        name += " " + _("(page {page})").format(page=ref.page + 1)
    return name


def full_name(ref: ImageRef, mask: PathMask) -> str:
    """Return the whole path of an image."""
    return mask.path(folder_of(ref.path)).text + name_of(ref, mask)


def reasons(problems: Iterable[Problem], mask: PathMask) -> str:
    """Return some problems in one line, each sentence once."""
    return "; ".join(dict.fromkeys(mask.message(translated(problem.message)) for problem in problems))


def print_unreadable(console: Console, result: ScanResult, mask: PathMask) -> None:
    """Print every image, folder and argument that could not be read, with the reason."""
    print_list(console, _("Could not be read"), unreadable_entries(result, mask), style="bold red")


def unreadable_entries(result: ScanResult, mask: PathMask) -> list[tuple[str, str]]:
    """Return (path, reason) of every image, folder and argument that could not be read."""
    images = (image for image in result.images if not image.is_readable)
    return [
        *((full_name(image.ref, mask), reasons(image.problems, mask)) for image in images),
        *unreadable_paths(result, mask),
    ]


def unexamined_entries(images: Iterable[ImageResult], mask: PathMask) -> list[tuple[str, str]]:
    """Return (path, reason) of every readable image of which something was not examined."""
    return [
        (full_name(image.ref, mask), reasons((each for each in image.problems if each.kind in UNEXAMINED), mask))
        for image in images
        if image.is_readable and not image.is_examined
    ]


def unreadable_paths(result: ScanResult, mask: PathMask) -> Iterator[tuple[str, str]]:
    """Yield every folder and argument that could not be read, with the reason."""
    for entry in result.skipped:
        if entry.is_unreadable:
            yield mask.path(entry.path).text, mask.message(translated(entry.reason))


def print_odd(console: Console, images: Iterable[ImageResult], mask: PathMask) -> None:
    """Print those of the pictures that were not read without trouble, up to a limit."""
    entries = [(full_name(image.ref, mask), reasons(image.problems, mask)) for image in images if image.problems]
    print_list(console, _("Look at these yourself"), entries[:MOST_ODD_PICTURES], style="bold yellow")
    print_rest(console, len(entries) - MOST_ODD_PICTURES)


def print_cards_seen(console: Console, images: Iterable[ImageResult], mask: PathMask) -> None:
    """Print the images whose cards give nobody away by themselves, with what they still show, up to a limit."""
    entries = [
        (full_name(image.ref, mask), _cards_seen(image))
        for image in images
        if not image.is_exposed and is_exposed_or_doubtful(image)
    ]
    title = _("Cards that show no number, name, birth date or code")
    print_list(console, title, entries[:MOST_ODD_PICTURES], style="bold yellow")
    print_rest(console, len(entries) - MOST_ODD_PICTURES)


def _cards_seen(image: ImageResult) -> str:
    """Return each card with the fields that it still shows, then what stands outside any card."""
    seen = [
        (card_words(card.kind, card.side), [finding.field for finding in card.findings])
        for part in image.parts
        for card in part.cards
    ]
    outside = [finding.field for part in image.parts for finding in part.findings]
    seen += [(_("outside a card"), outside)] if outside else []
    return "; ".join(f"{card}: {field_words(fields)}" if fields else card for card, fields in seen)


def field_words(fields: Iterable[Field]) -> str:
    """Return fields in words, each once."""
    return ", ".join(dict.fromkeys(map(field_word, fields)))


def print_list(console: Console, title: str, entries: Sequence[tuple[str, str]], *, style: str) -> None:
    """Print (path, reason) below a title; nothing where there is none."""
    if not entries:
        return
    console.print()
    console.print(Text(title, style))
    for path, reason in entries:
        fits = cell_len(path) + cell_len(reason) + 2 * len(_INDENT) <= console.width
        between = _INDENT if fits else "\n" + 2 * _INDENT
        console.print(Text.assemble(_INDENT, path, between, (reason, "dim"), overflow="fold"))


def print_rest(console: Console, count: int) -> None:
    """Print how many entries of a list were left out, if any."""
    if count > 0:
        console.print(Text(ngettext("  and {count} more", "  and {count} more", count).format(count=count), "dim"))


def print_verdict(console: Console, verdict: Verdict | None) -> None:
    """Print what a run came to, below an empty line."""
    console.print()
    if verdict is not None:
        console.print(Text(verdict.text, verdict.style))


def print_counts(console: Console, parts: Sequence[str]) -> None:
    """Print what a run came to, in one line."""
    console.print(Text(" \N{MIDDLE DOT} ".join(parts) if is_unicode(console) else ", ".join(parts), "bold"))


def print_skipped(console: Console, skipped: Iterable[Skipped], mask: PathMask) -> None:
    """Print how many paths were not looked at for which reasons, if any."""
    counts = Counter(mask.message(translated(entry.reason)) for entry in skipped if not entry.is_unreadable)
    if counts:
        listed = ", ".join(f"{count} {reason}" for reason, count in counts.most_common())
        console.print(Text(_("Skipped: {reasons}").format(reasons=listed), "dim"))


def pictures(count: int) -> str:
    """Return a count of pictures in words."""
    return ngettext("{count} picture", "{count} pictures", count).format(count=count)


def is_unicode(console: Console) -> bool:
    """Return whether the console can show more than letters of its region."""
    return console.encoding.startswith("utf")
