"""Table of a scan: one row per card of an exposed image and per person outside cards."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from idscan.core.enums import NUMBER_FIELDS, PAYLOAD_FIELDS, Field
from idscan.report.masking import shown
from idscan.report.messages import _, card_words, field_word, ngettext, where_word
from idscan.report.table_parts import (
    folder_heading,
    folders_of,
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
from idscan.report.verdicts import Summary, scan_verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import TextIO

    from rich.console import Console
    from rich.table import Table

    from idscan.core.types import Finding, ImageResult, ScanResult
    from idscan.report.masking import PathMask
    from idscan.report.registry import ReportOptions
    from idscan.report.table_parts import Folder

SURE = 0.9
"""Confidence from which a value counts as sure. Lower: doubtful ones look sure; higher: nearly all look doubtful."""
LIKELY = 0.6
"""Confidence from which a finding is called sure, and likely; below it is unsure."""

_PICTURE_FIELDS = frozenset({Field.PORTRAIT, Field.FINGERPRINT})
"""Fields that have no text to be read."""


@dataclass(frozen=True, slots=True)
class Marks:
    """Signs behind a field.

    Attributes:
        verified: for a decoded code, a right check digit or two readings that agree.
        disputed: for readings that disagree.
        unsure: for a low confidence.
    """

    verified: str
    disputed: str
    unsure: str = "?"

    @classmethod
    def for_encoding(cls, encoding: str) -> Marks:
        """Return signs that the encoding has."""
        return cls("✓", "≠") if encoding.lower().startswith("utf") else cls("+", "!")

    def legend(self) -> str:
        """Return what the signs mean."""
        meanings = (
            (self.verified, _("confirmed by a code, a check digit or a second reading")),
            (self.disputed, _("readings disagree")),
            (self.unsure, _("unsure")),
        )
        return "   ".join(f"{sign} {meaning}" for sign, meaning in meanings)


@dataclass(frozen=True, slots=True)
class Wording:
    """How findings are put.

    Attributes:
        marks: signs behind fields.
        reveal: whether values are shown.
        columns: how wide a line may be.
    """

    marks: Marks
    reveal: bool
    columns: int = 40


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row.

    Attributes:
        card: what it is and whose.
        findings: what it gives away.
        confidence: how sure, in a word and in per cent.
    """

    card: Text
    findings: Text
    confidence: Text


def table_rows(image: ImageResult, wording: Wording) -> Iterator[TableRow]:
    """Yield the rows of one image: its pixels first, then what else its file carries."""
    for part in image.parts:
        yield from _rows_of_part(part, wording)


def _rows_of_part(image: ImageResult, wording: Wording) -> Iterator[TableRow]:
    place = "" if image.where is None else "\n" + where_word(image.where)
    for card in image.cards:
        name = Text.assemble(card_words(card.kind, card.side), (place, "italic"))
        yield TableRow(_with_persons(name, [card.person]), _findings(card.findings, wording), _sure(card.confidence))
    by_record: dict[int | None, list[Finding]] = {}
    for finding in image.findings:
        by_record.setdefault(finding.record, []).append(finding)
    for findings in by_record.values():
        persons = dict.fromkeys(finding.person for finding in findings)
        yield TableRow(
            _with_persons(Text(place.strip() or _("outside a card"), "italic"), persons),
            _findings(findings, wording),
            _sure(max(finding.confidence for finding in findings)),
        )


def _with_persons(name: Text, persons: Iterable[str | None]) -> Text:
    known = [_("person {number}").format(number=person[1:]) for person in persons if person]
    return name.append("\n" + ", ".join(known), "cyan") if known else name


def _findings(findings: Sequence[Finding], wording: Wording) -> Text:
    """Return the fields that count, then, dimmed, the others; one per line where values are shown."""
    exposed = [_finding(finding, wording) for finding in findings if finding.is_exposed]
    others = [_finding(finding, wording) for finding in findings if not finding.is_exposed]
    if not wording.reveal:
        exposed = _packed(exposed, wording.columns)
        others = _packed(others, wording.columns, start=_("also") + " ")
    for text in others:
        text.stylize("dim")
    return Text("\n").join([*exposed, *others])


def _packed(items: Sequence[Text], columns: int, start: str = "") -> list[Text]:
    """Return lines of items with commas between them, broken between items and never within one."""
    lines: list[Text] = []
    for position, item in enumerate(items):
        word = item + ("," if position < len(items) - 1 else "")
        if lines and lines[-1].cell_len + 1 + word.cell_len <= columns:
            lines[-1] = Text.assemble(lines[-1], " ", word)
        else:
            lines.append(word if lines else Text.assemble(start, word))
    return lines


def _finding(finding: Finding, wording: Wording) -> Text:
    text = Text.assemble((field_word(finding.field), "bold" if finding.is_exposed else ""))
    value = _value(finding, reveal=wording.reveal)
    if value:
        text.append(f" {value}", "red" if finding.is_exposed else "")
    for is_set, words in (
        (finding.without_diacritics, _("(without diacritics)")),
        (finding.is_truncated, _("(may be cut off)")),
    ):
        text.append(f" {words}" if is_set else "")
    signs = (
        (finding.verified, wording.marks.verified, "green"),
        (bool(finding.conflicts), wording.marks.disputed, "yellow"),
        (finding.confidence < LIKELY, wording.marks.unsure, "yellow"),
    )
    text.append(" ")
    for is_set, sign, style in signs:
        text.append(sign if is_set else "", style)
    text.rstrip()
    return text


def _value(finding: Finding, *, reveal: bool) -> str | None:
    """Return what the table shows of a value: numbers, and everything but raw payloads where revealed."""
    if finding.value is None:
        return None if finding.field in _PICTURE_FIELDS else _("(not read)")
    if finding.field in NUMBER_FIELDS or (reveal and finding.field not in PAYLOAD_FIELDS):
        return shown(finding.field, finding.value, reveal=reveal)
    return None


def sure_columns() -> int:
    """Return how wide "unsure 55 %" and the like may get in the reader's language."""
    return max(map(cell_len, (_("sure"), _("likely"), _("unsure")))) + len(" 100 %")


def _sure(confidence: float) -> Text:
    if confidence >= SURE:
        word, style = _("sure"), "bold"
    elif confidence >= LIKELY:
        word, style = _("likely"), "yellow"
    else:
        word, style = _("unsure"), "dim"
    return Text.assemble((word, style), f" {int(confidence * 100)} %")


MOST_FOLDERS = 20
"""Longer lists of side matters end with a count; the JSON report has everything."""

_NARROW = 72
"""Below this width the card's column gives way to what the card gives away."""
_GAPS = 6
"""Columns between the four: a space of the table's and one of padding for each of three gaps."""
_CARD_COLUMNS = 18
"""Characters, half as many in a narrow terminal. Lower: names of cards are broken; higher: values have less room."""


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
    """Return whether the table lists the problems of an image; those of an exposed one only where more may be."""
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
            for position, row in enumerate(table_rows(image, wide)):
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
