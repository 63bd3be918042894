"""Find people in tables and delimited text: the label in a header applies to its column.

Order codes, phone and account numbers beside names are not personal data: without a header a column of twelve digits
counts only if it encodes the years of birth in a column beside it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from enum import Enum
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, NamedTuple

from idscan.cards.extract.segments import (
    JUNK,
    RowSlope,
    enclosing_span,
    fact_of_lines,
    overlap_x,
    rows_of,
    share_x,
    span_of,
    span_x,
)
from idscan.cards.fields.dates import LONE_YEAR, find_dates
from idscan.cards.fields.numbers import (
    CITIZEN_NUMBER_DIGITS,
    CitizenNumber,
    find_numbers,
    find_old_numbers,
    number_of_digits,
)
from idscan.cards.fields.person_names import clean_name, is_name_like, is_surely_name, normalise_name
from idscan.cards.fields.values import PARSERS
from idscan.cards.labels.search import find_labels
from idscan.cards.text import fold, repair_digits
from idscan.core import geometry
from idscan.core.enums import Field, Source
from idscan.core.geometry import quad_from_box
from idscan.core.types import Fact, Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from idscan.cards.labels.search import LabelMatch
    from idscan.core.geometry import Quad
    from idscan.core.types import PrintedLine

_DELIMITERS = (re.compile(","), re.compile("[;:]"), re.compile(r"[|]"))
"""A semicolon in small print may be read as a colon."""
_MIN_FIELDS = 3
"""Fields of a line of keys. Fewer: sentences with a comma are header lines; more: short tables are missed."""
_MIN_KEYS = 2
"""Keys of number, name or birth date. Fewer: other data files have people; more: files without one are missed."""
_PERSON_FIELDS = frozenset({Field.NUMBER, Field.NAME, Field.DATE_OF_BIRTH})
_WORD_BREAK = re.compile(r"(?<=[a-z])(?=[A-Z])|_+")
_LINE_NUMBER = re.compile(r"\d{1,5}[.)]?\s+")
"""The line number of a text editor."""


class _FieldSpan(NamedTuple):
    """Start and end of one field in the text of a row."""

    start: int
    end: int


class _DelimitedRow(NamedTuple):
    """The lines of a row as one text, and the start of each of them in it."""

    text: str
    lines: tuple[PrintedLine, ...]
    starts: tuple[int, ...]

    def parts(self, delimiter: re.Pattern[str]) -> list[_FieldSpan]:
        """Return the fields between delimiters."""
        lead = _LINE_NUMBER.match(self.text)
        position = lead.end() if lead else 0
        edges = [(match.start(), match.end()) for match in delimiter.finditer(self.text, position)]
        starts = [position, *(end for _, end in edges)]
        ends = [*(start for start, _ in edges), len(self.text)]
        return [_FieldSpan(start, end) for start, end in zip(starts, ends, strict=True)]

    def value(self, part: _FieldSpan) -> str:
        """Return a field without quotes and spaces around it."""
        return self.text[part.start : part.end].strip(JUNK)


class _KeyLine(NamedTuple):
    """The keys of a delimited table by column, its delimiter, and its number of columns."""

    delimiter: re.Pattern[str]
    keys: dict[int, LabelMatch]
    columns: int


def find_delimited(lines: Sequence[PrintedLine]) -> tuple[list[tuple[Fact, ...]], list[PrintedLine]]:
    """Return the people of delimited rows below a line of keys, and the lines with these rows and keys.

    Args:
        lines: all upright lines of a page.
    """
    records: list[tuple[Fact, ...]] = []
    used: list[PrintedLine] = []
    key_line: _KeyLine | None = None
    for row in map(_delimited_row, rows_of(lines)):
        found = _keys_of(row)
        if found is not None:
            key_line = found
            used += row.lines
        elif key_line is not None:
            facts = tuple(_row_facts(row, key_line))
            if any(fact.field is Field.NUMBER for fact in facts):
                records.append(facts)
                used += row.lines
    return (records, used) if records else ([], [])


def _delimited_row(lines: Sequence[PrintedLine]) -> _DelimitedRow:
    """Join the lines of a row: a line with wide gaps is often detected in parts."""
    text, starts = "", []
    for line in lines:
        text += " " if text else ""
        starts.append(len(text))
        text += line.text.reveal()
    return _DelimitedRow(text, tuple(lines), tuple(starts))


def _keys_of(row: _DelimitedRow) -> _KeyLine | None:
    """Return the keys of a row that names the fields of the rows below it, None for other rows."""
    for delimiter in _DELIMITERS:
        parts = row.parts(delimiter)
        if len(parts) < _MIN_FIELDS:
            continue
        found = {i: match for i, part in enumerate(parts) if (match := _label_of_key(row.value(part))) is not None}
        keys = {i: match for i, match in found.items() if match.field in _PERSON_FIELDS}
        fields = {match.field for match in keys.values()}
        if Field.NUMBER in fields and len(fields) >= _MIN_KEYS:
            return _KeyLine(delimiter, keys, len(parts))
    return None


def _label_of_key(text: str) -> LabelMatch | None:
    """Return the label of a key of a data file: "ho_ten", "hoTen", "Ngay sinh".

    >>> _label_of_key("ngay_sinh").field, _label_of_key("soCCCD").field, _label_of_key("dien_thoai")
    (<Field.DATE_OF_BIRTH: 'date_of_birth'>, <Field.NUMBER: 'number'>, None)
    """
    words = " ".join(_WORD_BREAK.sub(" ", text).split())
    # Labels begin with a capital; in small letters they may be words of a sentence.
    matches = find_labels(words[:1].upper() + words[1:])
    return matches[0] if len(matches) == 1 and matches[0].is_whole else None


def _row_facts(row: _DelimitedRow, key_line: _KeyLine) -> Iterator[Fact]:
    """Yield the facts of a row by column, or by the form of the values where a delimiter was misread."""
    parts = row.parts(key_line.delimiter)
    is_whole = len(parts) == key_line.columns
    taken: set[int] = set()
    for index, match in key_line.keys.items():
        field = match.field
        if field is None:
            continue
        for i in [index] if is_whole else range(len(parts)):
            value = PARSERS[field](row.value(parts[i])) if i < len(parts) and i not in taken else None
            if value is not None and (field is not Field.NUMBER or _fits_label(value, match)):
                taken.add(i)
                yield _delimited_fact(field, value, row, parts[i])
                break


def _fits_label(value: str, match: LabelMatch) -> bool:
    """Return whether a number has the digits of its label, and the right structure if the label is a common word."""
    if len(value) not in match.label.digits:
        return False
    number = CitizenNumber.parse(value) if len(value) == CITIZEN_NUMBER_DIGITS else None
    return not (match.label.needs_likely or match.label.is_strict) or (number is not None and number.is_likely)


def _delimited_fact(field: Field, value: str, row: _DelimitedRow, part: _FieldSpan) -> Fact:
    text = row.text[part.start : part.end]
    start = part.start + len(text) - len(text.lstrip(JUNK))
    end = part.end - (len(text) - len(text.rstrip(JUNK)))
    quads, confidences = [], []
    for line, first in zip(row.lines, row.starts, strict=True):
        low, high = max(start, first), min(end, first + len(line.text))
        if low < high:
            quads.append(span_of(line, low - first, high - first))
            confidences.append(line.confidence)
    return fact_of_lines(field, value, quads, min(confidences), row.lines[0].engine)


_ROW_NUMBER = re.compile(r"\d{1,4}\s*[.)]?\s+(?=[^\W\d_])")
"""The number of a row in front of a name in the same line."""
_MIN_TEXT_CHARACTERS = 2
"""Letters and digits of a text cell. Fewer: noise is a cell; more: short names are lost."""
_ROW_OFFSET = 0.8
"""Heights between number and date of a row. Lower: rows with wrapped cells are split; higher: adjacent rows join."""
_NAME_ROW_OFFSET = 1.6
"""Heights of a name off its row. Lower: half of a wrapped name is lost; higher: names of adjacent rows join."""
_LINE_OFFSET = 0.5
"""Heights between middles in one line. Lower: lines are split; higher: lines of one cell join."""
_MAX_WORD_GAP = 0.1
"""Heights between quads of one cell. Lower: widely spaced names are split; higher: adjacent columns join."""
_MIN_COLUMN_SHARE = 0.4
"""Share of the narrower cell that overlaps. Lower: adjacent columns join; higher: uneven columns are split."""
_MAX_HEADER_GAP = 9.0
"""Heights from a header to its column. Lower: headers over high rows are missed; higher: print above is one."""
_MAX_HEADER_STEP = 1.9
"""Heights from one line of a wrapped header to the next. Lower: its first line is missed; higher: headings join."""
_HEADER_HEIGHT_RATIOS = (0.45, 2.2)
"""Height of a header by that of its cells. Wider: headings and notes are headers; narrower: headers are missed."""
_MAX_HEADER_DISTANCE = 4.0
"""Heights from a header to the side of its column. Lower: headers are missed; higher: distant ones are taken."""
_HEADER_SPAN_CELLS = 8
"""First cells that give a column's width. Fewer: short values narrow it; more: drift on tilted pages widens it."""
_MIN_ROWS, _MIN_YEARS = 2, 2
"""Rows whose number encodes their year of birth, and different years in them, as codes may encode the year of their
issue. Lower: order codes are numbers; higher: short tables are missed."""
_MIN_AGREEING_SHARE = 0.7
"""Share of rows whose number has the year. Lower: codes pass by chance; higher: misread dates exclude a table."""
_MIN_NAME_SHARE = 0.5
"""Share of names in a column. Lower: goods and places are names; higher: misread names exclude their column."""
_MIN_HEADER_LABELS = 2
"""Labels in a row that make all its words headers. Fewer: the label of a form does; more: short headers are missed."""
_MIN_UNPARSED_DIGITS, _MIN_UNPARSED_DIGITS_BELOW_HEADER = 8, 3
"""Digits in a column of numbers that are no valid number; below the header of a number one detected group suffices.
Fewer: notes are numbers; more: misread numbers stay visible."""
_UNPARSED_FACTOR = 0.5
"""Factor on the confidence of a number that is no valid one. Lower: it is dropped; higher: it ranks as a valid one."""
_NEW_NUMBER_WORDS = ("định danh", "căn cước")
"""Words of labels of numbers of twelve digits only."""


@dataclass(frozen=True, slots=True)
class Table:
    """The people of a table or list.

    Attributes:
        records: the facts of each row.
        lines: the lines of the table.
    """

    records: tuple[tuple[Fact, ...], ...]
    lines: tuple[PrintedLine, ...]


class _CellKind(Enum):
    NUMBER = "12 digits"
    OLD_NUMBER = "9 digits"
    DATE = "date"
    YEAR = "year"
    TEXT = "text"
    LABEL = "label"


_NUMBER_KINDS = frozenset({_CellKind.NUMBER, _CellKind.OLD_NUMBER})
_DATE_KINDS = frozenset({_CellKind.DATE, _CellKind.YEAR})
_VALUE_KINDS = _NUMBER_KINDS | _DATE_KINDS


@dataclass(frozen=True, eq=False, slots=True)
class _Cell:
    """A part of a line with one kind of content; `row` is its row coordinate."""

    kind: _CellKind
    text: str
    value: str
    quad: Quad
    line: PrintedLine
    row: float
    match: LabelMatch | None = None

    def __repr__(self) -> str:
        return f"_Cell({self.kind.name})"

    @property
    def height(self) -> float:
        return geometry.height(self.quad)

    @property
    def span(self) -> tuple[float, float]:
        return span_x(self.quad)

    @property
    def year(self) -> int:
        return int(self.value[:4])


class _ColumnHeader(NamedTuple):
    """The header of a column: its label, its cells, and the words of its lowest line, folded, labels or not."""

    field: Field | None
    match: LabelMatch | None
    cells: tuple[_Cell, ...]
    caption: str = ""

    @property
    def is_vietnamese(self) -> bool:
        return self.match is not None and self.match.is_vietnamese


_NO_HEADER = _ColumnHeader(None, None, ())


@dataclass(frozen=True, eq=False, slots=True)
class _Column:
    cells: tuple[_Cell, ...]
    header: _ColumnHeader

    def at(self, row: float, reach: float) -> _Cell | None:
        """Return the cell of a row."""
        near = min(self.cells, key=lambda cell: abs(cell.row - row))
        return near if abs(near.row - row) < reach * near.height else None


def find_table(lines: Sequence[PrintedLine]) -> Table:
    """Return the people in the tables and lists of a page, and the lines of these.

    Args:
        lines: all upright lines of a page.
    """
    delimited, delimited_lines = find_delimited(lines)
    lines = [line for line in lines if all(line is not other for other in delimited_lines)]
    slope = RowSlope.of([line.quad for line in lines])
    cells = [cell for line in lines for cell in _cells(line, slope)]
    headers, free = _split_headers(cells)
    numbers = _columns([cell for cell in free if cell.kind in _NUMBER_KINDS], headers)
    dates = _join_date_columns(_columns([cell for cell in free if cell.kind in _DATE_KINDS], headers))
    texts = _join_name_columns(_columns([cell for cell in free if cell.kind is _CellKind.TEXT], headers))
    records = [*delimited]
    used: list[_Cell] = []
    taken: list[_Column] = []
    for column, births in _people_columns(numbers, dates, texts):
        rows = _person_rows(column, births)
        names = _name_column(rows, texts, taken)
        if not _is_table(rows, column, births, names):
            continue
        found, cells_of_rows = _records(rows, names, column, texts)
        taken += [part for part in (column, births, names) if part is not None]
        records += found
        used += cells_of_rows
        own = [cell for part in (column, births, names) if part is not None for cell in part.header.cells]
        used += [*own, *(cell for cell in headers if _count_beside(cell, own) > 0)]
    for names in texts:
        if names.header.field is Field.NAME and names not in taken and _is_roster(names):
            # Names without number or date, as in a delivery list or a school class.
            used += [*names.cells, *names.header.cells]
    if len(records) == 1 and not delimited and all(fact.field is not Field.NAME for fact in records[0]):
        # A form with values below their labels: key-value extraction finds them.
        return Table((), ())
    return Table(tuple(records), (*delimited_lines, *{id(cell.line): cell.line for cell in used}.values()))


# --- cells ----------------------------------------------------------------------------------------------------------


def _cells(line: PrintedLine, slope: RowSlope) -> Iterator[_Cell]:
    text = line.text.reveal()
    position = 0
    matches = find_labels(text)
    for match in matches:
        yield from _value_cells(line, slope, position, match.start)
        quad = span_of(line, match.start, match.end)
        yield _Cell(_CellKind.LABEL, text[match.start : match.end], "", quad, line, slope.row(quad), match)
        position = match.end
    yield from _value_cells(line, slope, position, len(text))


def _value_cells(line: PrintedLine, slope: RowSlope, start: int, end: int) -> Iterator[_Cell]:
    text = line.text.reveal()
    for kind, value, first, last in _split_values(text[start:end]):
        body = text[start + first : start + last]
        quad = span_of(line, start + first, start + last)
        yield _Cell(kind, body, value, quad, line, slope.row(quad))


def _split_values(text: str) -> list[tuple[_CellKind, str, int, int]]:
    """Split a text into numbers, dates, years and the words between them: (kind, value, start, end) of each."""
    found = [(_CellKind.NUMBER, match.digits, match.start, match.end) for match in find_numbers(text)]
    found += [(_CellKind.DATE, match.date.iso, match.start, match.end) for match in find_dates(text)]
    found += [
        (_CellKind.OLD_NUMBER, match.digits, match.start, match.end)
        for match in find_old_numbers(text)
        if not text[: match.start][-1:].isalpha()
    ]
    kept: list[tuple[_CellKind, str, int, int]] = []
    for part in found:
        if all(part[3] <= other[2] or part[2] >= other[3] for other in kept):
            kept.append(part)
    kept.sort(key=lambda part: part[2])
    edges = [0, *(edge for part in kept for edge in part[2:]), len(text)]
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        kept += _split_years(text, start, end)
    return sorted(kept, key=lambda part: part[2])


def _split_years(text: str, start: int, end: int) -> list[tuple[_CellKind, str, int, int]]:
    """Split a part of a text without numbers and dates into years and other words."""
    found: list[tuple[_CellKind, str, int, int]] = []
    position = start
    for year in LONE_YEAR.finditer(text, start, end):
        if "," in text[start:end]:
            break
        found += _trimmed_text(text, position, year.start())
        found.append((_CellKind.YEAR, year.group(), year.start(), year.end()))
        position = year.end()
    return [*found, *_trimmed_text(text, position, end)]


def _trimmed_text(text: str, start: int, end: int) -> list[tuple[_CellKind, str, int, int]]:
    """Return the words in a part of a text without a row number and noise around them; [] without any."""
    while start < end and text[start] in JUNK:
        start += 1
    while end > start and text[end - 1] in JUNK:
        end -= 1
    row_number = _ROW_NUMBER.match(text, start, end)
    start = row_number.end() if row_number else start
    body = text[start:end]
    return [(_CellKind.TEXT, body, start, end)] if sum(map(str.isalnum, body)) >= _MIN_TEXT_CHARACTERS else []


def _split_headers(cells: Sequence[_Cell]) -> tuple[list[_Cell], list[_Cell]]:
    """Return the cells of possible headers, and the values without a label before them in their row."""
    ordered = sorted(cells, key=lambda cell: cell.row)
    headers: list[_Cell] = []
    free: list[_Cell] = []
    for cell in ordered:
        row = [
            other
            for other in _cells_near(ordered, cell.row, _ROW_OFFSET * cell.height)
            if other is not cell and abs(other.row - cell.row) < _ROW_OFFSET * other.height
        ]
        has_values = cell.kind in _VALUE_KINDS or any(other.kind in _VALUE_KINDS for other in row)
        if not has_values:
            headers.append(cell)
        if cell.kind is _CellKind.LABEL or (not has_values and any(other.kind is _CellKind.LABEL for other in row)):
            continue
        # A role may be part of a value, so it does not make its row one of a form.
        is_labelled = any(
            other.match is not None and not other.match.label.needs_person and other.span[0] < cell.span[0]
            for other in row
        )
        if not (is_labelled and has_values):
            free.append(cell)
    return headers, free


def _cells_near(ordered: Sequence[_Cell], row: float, reach: float) -> Iterator[_Cell]:
    start = bisect_left(ordered, row - reach, key=lambda cell: cell.row)
    for cell in ordered[start:]:
        if cell.row > row + reach:
            return
        yield cell


# --- columns --------------------------------------------------------------------------------------------------------


def _columns(cells: Sequence[_Cell], headers: Sequence[_Cell]) -> list[_Column]:
    """Group cells that are below each other; a header between them begins a new column."""
    labels = [cell for cell in headers if cell.kind is _CellKind.LABEL]
    # A row with several labels is a header throughout.
    others = [cell for cell in headers if cell.kind is not _CellKind.LABEL]
    labels += [cell for cell in others if _count_beside(cell, labels) >= _MIN_HEADER_LABELS]
    stacks: list[list[_Cell]] = []
    for cell in sorted(cells, key=lambda cell: cell.row):
        fitting = [
            stack
            for stack in stacks
            if share_x(stack[-1].span, cell.span) > _MIN_COLUMN_SHARE and not _are_separated(stack[-1], cell, labels)
        ]
        if fitting:
            max(fitting, key=lambda stack: overlap_x(stack[-1].span, cell.span)).append(cell)
        else:
            stacks.append([cell])
    return [_Column(tuple(stack), _header_of(stack, headers)) for stack in stacks]


_FAMILY_PART = re.compile(r"ho|.*\b(?:dem|lot)")
"""Captions, folded, of the first part of a name: "Họ", "Họ và tên đệm", "Họ lót"."""
_MIDDLE_PART = re.compile(r"(?:ten |chu )?(?:dem|lot)")
_GIVEN_PART = re.compile(r"ten\b.{0,14}")
_SEX_CAPTIONS = frozenset({"nam", "nu"})


def _join_name_columns(columns: Sequence[_Column]) -> list[_Column]:
    """Return columns of text, with the columns of parts of names joined."""
    result = list(columns)
    for family in columns:
        if _FAMILY_PART.fullmatch(family.header.caption) is None or _MIDDLE_PART.fullmatch(family.header.caption):
            continue
        parts = [family]
        for form in (_MIDDLE_PART, _GIVEN_PART):
            others = [column for column in columns if form.fullmatch(column.header.caption)]
            parts += _nearest_on_the_right(parts[-1], others)
        if len(parts) > 1 and all(part in result for part in parts):
            cells = tuple(cell for part in parts for cell in part.header.cells)
            header = _ColumnHeader(Field.NAME, family.header.match, cells)
            result = [*(column for column in result if column not in parts), _Column(_by_row(parts), header)]
    return result


def _nearest_on_the_right(column: _Column, others: Sequence[_Column]) -> list[_Column]:
    """Return the next column right of another that has cells beside half of its cells; [] without one."""
    right = [
        other
        for other in others
        if other.cells[0].span[0] > column.cells[0].span[0]
        and sum(other.at(cell.row, _ROW_OFFSET) is not None for cell in column.cells)
        >= _MIN_NAME_SHARE * len(column.cells)
    ]
    return sorted(right, key=lambda other: other.cells[0].span[0])[:1]


def _join_date_columns(columns: Sequence[_Column]) -> list[_Column]:
    """Return columns of dates, with those of men and women joined if each row has a date in one of them."""
    named = [column for column in columns if column.header.caption in _SEX_CAPTIONS]
    # A column whose first dates are missing is too far below its header.
    beside = [column for column in columns if column.header.field is None and not column.header.caption]
    for parts in combinations((*named, *beside), 2):
        cells = _by_row(parts)
        is_once = all(below.row - above.row > _LINE_OFFSET * below.height for above, below in pairwise(cells))
        is_mixed = parts[0].cells[0].row < parts[1].cells[-1].row and parts[1].cells[0].row < parts[0].cells[-1].row
        if parts[0] in named and parts[0].header.caption != parts[1].header.caption and is_once and is_mixed:
            header = max((part.header for part in parts), key=lambda header: header.field is Field.DATE_OF_BIRTH)
            return [*(column for column in columns if column not in parts), _Column(cells, header)]
    return list(columns)


def _by_row(columns: Sequence[_Column]) -> tuple[_Cell, ...]:
    return tuple(sorted((cell for column in columns for cell in column.cells), key=lambda cell: cell.row))


def _count_beside(cell: _Cell, others: Sequence[_Cell]) -> int:
    return sum(abs(other.row - cell.row) < _ROW_OFFSET * other.height for other in others)


def _are_separated(above: _Cell, below: _Cell, labels: Sequence[_Cell]) -> bool:
    """Return whether a header is between two cells: above the lower one, or with labels on both sides of it."""
    between = [label for label in labels if above.row < label.row < below.row]
    return any(
        overlap_x(label.span, below.span) > 0
        or any(
            abs(other.row - label.row) < _ROW_OFFSET * label.height
            and label.span[1] < below.span[0]
            and below.span[1] < other.span[0]
            for other in between
        )
        for label in between
    )


def _header_of(stack: Sequence[_Cell], headers: Sequence[_Cell]) -> _ColumnHeader:
    """Return the header above a column: the label in the consecutive lines there."""
    first = stack[0]
    low, high = _HEADER_HEIGHT_RATIOS
    span = enclosing_span(cell.span for cell in stack[:_HEADER_SPAN_CELLS])
    above = [
        cell
        for cell in headers
        if 0 < first.row - cell.row < _MAX_HEADER_GAP * first.height
        and low * first.height < cell.height < high * first.height
        and _is_over(cell, span, headers)
    ]
    lines: list[_Cell] = []
    for cell in sorted(above, key=lambda cell: -cell.row):
        if lines and lines[-1].row - cell.row > _MAX_HEADER_STEP * max(cell.height, lines[-1].height):
            break
        lines.append(cell)
    for count in range(len(lines), 0, -1):
        cells = tuple(sorted(lines[:count], key=lambda cell: (round(cell.row / max(cell.height, 1)), cell.span[0])))
        text = " ".join(cell.text for cell in cells)
        found = [match for match in find_labels(text) if match.field is not None]
        if found:
            match = max(found, key=lambda match: match.end - match.start)
            return _ColumnHeader(match.field, match, cells, _caption(lines, span))
    return _NO_HEADER._replace(caption=_caption(lines, span))


def _caption(lines: Sequence[_Cell], span: tuple[float, float]) -> str:
    """Return the words of the lowest line of a header, folded: those above the column, or else all.

    Args:
        lines: the cells above a column, the nearest first.
        span: left and right end of the column.
    """
    lowest = [cell for cell in lines if lines[0].row - cell.row < _ROW_OFFSET * cell.height]
    lowest = [cell for cell in lowest if overlap_x(cell.span, span) > 0] or lowest
    return fold(" ".join(cell.text for cell in sorted(lowest, key=lambda cell: cell.span[0]))).strip(JUNK)


def _is_over(header: _Cell, span: tuple[float, float], headers: Sequence[_Cell]) -> bool:
    """Return whether a cell of a header is that of a column: above its cells, or the nearest to their middle."""
    if share_x(header.span, span) > _MIN_COLUMN_SHARE:
        return True
    middle = sum(span) / 2
    beside = [cell for cell in headers if abs(cell.row - header.row) < _ROW_OFFSET * header.height]
    nearest = min(beside, key=lambda cell: max(cell.span[0] - middle, middle - cell.span[1]))
    is_near = overlap_x(header.span, span) > -_MAX_HEADER_DISTANCE * header.height
    return nearest is header and len(beside) > 1 and is_near


# --- people ---------------------------------------------------------------------------------------------------------


def _people_columns(
    numbers: Sequence[_Column], dates: Sequence[_Column], texts: Sequence[_Column]
) -> Iterator[tuple[_Column | None, _Column | None]]:
    """Yield the columns of citizen numbers, each with its column of birth dates, then columns of birth dates alone."""
    used: list[_Column] = []
    for column in numbers:
        births = _birth_column(column, dates)
        # Passports and other documents have numbers as well.
        is_any_document = column.header.match is not None and column.header.match.label.needs_likely
        is_labelled = _has_number_header(column) and (not is_any_document or _is_of_people(column, births, texts))
        if is_labelled or (births is not None and _encodes_years(column, births)):
            if births is not None:
                used.append(births)
            yield column, births
    for column in dates:
        if column.header.field is Field.DATE_OF_BIRTH and column not in used:
            yield None, column


def _has_number_header(column: _Column) -> bool:
    """Return whether the header of a column is a distinctive Vietnamese label of a number."""
    header = column.header
    is_short = header.match is not None and header.match.label.is_strict
    return header.field is Field.NUMBER and header.is_vietnamese and not is_short


def _is_of_people(column: _Column, births: _Column | None, texts: Sequence[_Column]) -> bool:
    """Return whether numbers are likely citizen numbers, or of nine digits beside names or birth dates."""
    numbers = [number for cell in column.cells if (number := CitizenNumber.parse(cell.value)) is not None]
    if numbers:
        return sum(number.is_likely for number in numbers) >= _MIN_AGREEING_SHARE * len(numbers)
    has_birth = births is not None and births.header.field is Field.DATE_OF_BIRTH
    return has_birth or _name_column(_person_rows(column, None), texts, ()) is not None


def _birth_column(numbers: _Column, dates: Sequence[_Column]) -> _Column | None:
    """Return the column of birth dates beside numbers: by its header, or by the years in the numbers."""
    beside = [column for column in dates if any(column.at(cell.row, _ROW_OFFSET) for cell in numbers.cells)]
    labelled = [column for column in beside if column.header.field is Field.DATE_OF_BIRTH]
    if labelled:
        return max(labelled, key=lambda column: len(_agreeing_years(numbers, column)))
    unnamed = [column for column in beside if column.header.field is None]
    best = max(unnamed, key=lambda column: len(_agreeing_years(numbers, column)), default=None)
    if best is None or len(_agreeing_years(numbers, best)) < _MIN_AGREEING_SHARE * len(_dated_numbers(numbers, best)):
        return None
    return best


def _dated_numbers(numbers: _Column, dates: _Column) -> list[tuple[_Cell, _Cell]]:
    return [
        (cell, date)
        for cell in numbers.cells
        if cell.kind is _CellKind.NUMBER and (date := dates.at(cell.row, _ROW_OFFSET)) is not None
    ]


def _agreeing_years(numbers: _Column, dates: _Column) -> list[int]:
    """Return the birth years of likely numbers that agree with the date beside them."""
    years = []
    for cell, date in _dated_numbers(numbers, dates):
        number = CitizenNumber.parse(cell.value)
        if number is not None and number.is_likely and number.birth_year == date.year:
            years.append(date.year)
    return years


def _encodes_years(numbers: _Column, dates: _Column) -> bool:
    """Return whether most numbers encode the year beside them; without a header this needs several different years."""
    years = _agreeing_years(numbers, dates)
    if len(years) < max(1.0, _MIN_AGREEING_SHARE * len(_dated_numbers(numbers, dates))):
        return False
    if numbers.header.field is Field.NUMBER or dates.header.field is Field.DATE_OF_BIRTH:
        return True
    return len(years) >= _MIN_ROWS and len(set(years)) >= _MIN_YEARS


@dataclass(eq=False, slots=True)
class _PersonRow:
    """Number and date of one person."""

    row: float
    height: float
    number: _Cell | None = None
    date: _Cell | None = None


def _person_rows(numbers: _Column | None, dates: _Column | None) -> list[_PersonRow]:
    """Return the rows of people with their numbers and dates, from top to bottom."""
    rows = [_PersonRow(cell.row, cell.height, number=cell) for cell in (numbers.cells if numbers else ())]
    for date in dates.cells if dates else ():
        near = min(rows, key=lambda row: abs(row.row - date.row), default=None)
        if near is not None and near.date is None and abs(near.row - date.row) < _ROW_OFFSET * date.height:
            near.date = date
        else:
            rows.append(_PersonRow(date.row, date.height, date=date))
    return sorted(rows, key=lambda row: row.row)


def _name_column(rows: Sequence[_PersonRow], texts: Sequence[_Column], taken: Sequence[_Column]) -> _Column | None:
    """Return the column with the names of people in rows: by its header, or by its cells."""
    shares = [(_name_share(column, rows), column) for column in texts if column not in taken]
    labelled = [
        (share, column)
        for share, column in shares
        if column.header.field is Field.NAME
        and sum(bool(_cells_at(column, row, rows)) for row in rows) >= _MIN_NAME_SHARE * len(rows)
    ]
    if labelled:
        return max(labelled, key=lambda item: item[0])[1]
    parents = (Field.FATHER_NAME, Field.MOTHER_NAME)
    named = [item for item in shares if item[0] >= _MIN_NAME_SHARE and item[1].header.field not in parents]
    return max(named, key=lambda item: item[0])[1] if named else None


def _name_share(column: _Column, rows: Sequence[_PersonRow]) -> float:
    """Return the share of the rows in which a column has a Vietnamese name beyond doubt."""
    return sum(is_surely_name(_text_of(_cells_at(column, row, rows))) for row in rows) / max(len(rows), 1)


def _cells_at(column: _Column, row: _PersonRow, rows: Sequence[_PersonRow]) -> list[_Cell]:
    """Return the cells of a column in a row, several for a value of several lines."""
    near = [cell for cell in column.cells if abs(cell.row - row.row) < _NAME_ROW_OFFSET * max(cell.height, row.height)]
    return [cell for cell in near if min(rows, key=lambda other: abs(other.row - cell.row)) is row]


def _text_of(cells: Iterable[_Cell]) -> str:
    """Return the text of cells in reading order."""
    lines: list[list[_Cell]] = []
    for cell in sorted(cells, key=lambda cell: cell.row):
        if lines and abs(cell.row - lines[-1][0].row) < _LINE_OFFSET * cell.height:
            lines[-1].append(cell)
        else:
            lines.append([cell])
    return " ".join(cell.text for line in lines for cell in sorted(line, key=lambda cell: cell.span[0]))


def _is_table(
    rows: Sequence[_PersonRow], numbers: _Column | None, births: _Column | None, names: _Column | None
) -> bool:
    """Return whether rows are those of a table or list, not the values of a form."""
    parts = [part for part in (numbers, births, names) if part is not None]
    if len(rows) >= _MIN_ROWS:
        # Birth dates need names beside them.
        return len(parts) > 1 or (numbers is not None and _has_number_header(numbers))
    headers = [part.header.cells[-1] for part in parts if part.header.field in _PERSON_FIELDS]
    beside = [header for header in headers if abs(header.row - headers[0].row) < _ROW_OFFSET * header.height]
    return len(beside) >= _MIN_ROWS


def _is_roster(names: _Column) -> bool:
    """Return whether a column lists names of people."""
    likely = sum(is_surely_name(cell.text) for cell in names.cells)
    return likely >= _MIN_ROWS and likely >= _MIN_NAME_SHARE * len(names.cells)


def _records(
    rows: Sequence[_PersonRow], names: _Column | None, numbers: _Column | None, texts: Sequence[_Column]
) -> tuple[list[tuple[Fact, ...]], list[_Cell]]:
    """Return the facts of each row, and the cells with these facts."""
    records: list[tuple[Fact, ...]] = []
    used: list[_Cell] = []
    for row in rows:
        facts: list[Fact] = []
        if row.number is not None and _is_allowed_in_column(row.number, numbers):
            facts.append(_cell_fact(Field.NUMBER, row.number.value, [row.number]))
            used.append(row.number)
        elif row.number is None and numbers is not None and (unparsed := _unparsed_number_cells(row, numbers, texts)):
            facts.append(_unparsed_fact(unparsed, numbers))
            used += unparsed
        if row.date is not None:
            facts.append(_cell_fact(Field.DATE_OF_BIRTH, row.date.value, [row.date]))
            used.append(row.date)
        cells = _with_adjacent_cells(_name_cells(names, row, rows), texts) if names is not None else []
        text = _text_of(cells)
        name = (clean_name(text) or normalise_name(text) or None) if cells else None
        if name is not None and facts:
            facts.append(_cell_fact(Field.NAME, name, cells))
            used += cells
        # A date without number and name is the day on which the table was signed.
        if any(fact.field is not Field.DATE_OF_BIRTH for fact in facts):
            records.append(tuple(facts))
    return records, used


def _name_cells(names: _Column, row: _PersonRow, rows: Sequence[_PersonRow]) -> list[_Cell]:
    """Return the cells of the name of a row: all near ones, or the nearest line if only that is a name."""
    cells = _cells_at(names, row, rows)
    if len(cells) > 1 and not is_name_like(_text_of(cells)):
        nearest = min(cells, key=lambda cell: abs(cell.row - row.row))
        beside = [cell for cell in cells if abs(cell.row - nearest.row) < _ROW_OFFSET * nearest.height]
        return beside if is_name_like(_text_of(beside)) else cells
    return cells


def _with_adjacent_cells(cells: list[_Cell], texts: Sequence[_Column]) -> list[_Cell]:
    """Return cells with those that touch them in their line, as widely spaced letters are detected as words."""
    others = [
        other
        for column in texts
        if column.header.field in {None, Field.NAME}
        for other in column.cells
        if other not in cells
    ]
    more = [
        other
        for other in others
        if any(
            abs(other.row - cell.row) < _LINE_OFFSET * cell.height
            and max(other.span[0] - cell.span[1], cell.span[0] - other.span[1]) < _MAX_WORD_GAP * cell.height
            for cell in cells
        )
    ]
    return _with_adjacent_cells([*cells, *more], texts) if more else cells


def _is_allowed_in_column(cell: _Cell, numbers: _Column | None) -> bool:
    """Return whether the header of a column allows a number of nine digits; one of twelve is always allowed."""
    if cell.kind is _CellKind.NUMBER:
        return True
    header = numbers.header if numbers is not None else _NO_HEADER
    return header.match is not None and not any(word in header.match.variant.lower() for word in _NEW_NUMBER_WORDS)


def _unparsed_number_cells(row: _PersonRow, numbers: _Column, texts: Sequence[_Column]) -> list[_Cell]:
    """Return the cells with digits in the column of numbers of a row that are no valid number."""
    span = enclosing_span(cell.span for cell in numbers.cells)
    there = [
        cell
        for column in texts
        for cell in column.cells
        if abs(cell.row - row.row) < _ROW_OFFSET * row.height
        and overlap_x(cell.span, span) > 0
        and any(map(str.isdigit, cell.text))
    ]
    digits = sum(map(str.isdigit, "".join(cell.text for cell in there)))
    fewest = _MIN_UNPARSED_DIGITS_BELOW_HEADER if _has_number_header(numbers) else _MIN_UNPARSED_DIGITS
    return sorted(there, key=lambda cell: cell.span[0]) if digits >= fewest else []


def _unparsed_fact(cells: Sequence[_Cell], numbers: _Column) -> Fact:
    """Return the fact of a misread number, with the repaired value or else the width of its column."""
    number = number_of_digits(repair_digits(" ".join(cell.text for cell in cells)))
    value = Secret(number) if number is not None else None
    left, top, right, bottom = geometry.bounds(geometry.enclosing(cell.quad for cell in cells))
    if number is None:
        span = enclosing_span(cell.span for cell in numbers.cells)
        left, right = min(left, span[0]), max(right, span[1])
    return Fact(
        field=Field.NUMBER,
        value=value,
        by=Source.PRINT,
        quad=quad_from_box(left, top, right, bottom),
        confidence=_UNPARSED_FACTOR * min(cell.line.confidence for cell in cells),
        engine=cells[0].line.engine,
    )


def _cell_fact(field: Field, value: str, cells: Sequence[_Cell]) -> Fact:
    quads = [cell.quad for cell in cells]
    return fact_of_lines(field, value, quads, min(cell.line.confidence for cell in cells), cells[0].line.engine)
