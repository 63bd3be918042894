"""People in tables and delimited text: a header label holds for its column.

Rows of order codes, phones or accounts beside names are nobody's data: without a header a column of twelve digits
counts only where it tells the years of birth beside it, several of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, NamedTuple

from idscan.cards.extract.segments import JUNK, RowSlope, enclosing_span, overlap_x, rows_of, share_x, span_of, span_x
from idscan.cards.fields.dates import find_dates
from idscan.cards.fields.names import clean_name, is_name_like, is_surely_name, normalise_name
from idscan.cards.fields.numbers import CitizenNumber, find_numbers, find_old_numbers, number_of_digits
from idscan.cards.fields.values import PARSERS
from idscan.cards.labels.search import find_labels
from idscan.cards.labels.tables import Language
from idscan.cards.text.normalize import fold, repair_digits
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
"""A semicolon is read as a colon where the print is small."""
_FEWEST_FIELDS = 3
"""Fields of a line of keys: a sentence that names two things has a comma, too."""
_FEWEST_KEYS = 2
"""Keys of a person's number, name and date of birth among them."""
_KEYS = frozenset({Field.NUMBER, Field.NAME, Field.DATE_OF_BIRTH})
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|_+")
_LINE_NUMBER = re.compile(r"\d{1,5}[.)]?\s+")
"""The number that an editor prints in front of a line."""
_TWELVE = 12


class _Part(NamedTuple):
    """One field of a row: where it stands in the row's text."""

    start: int
    end: int


class _DelimitedRow(NamedTuple):
    """Lines on one height as one text, and where each of them begins in it."""

    text: str
    lines: tuple[PrintedLine, ...]
    starts: tuple[int, ...]

    def parts(self, delimiter: re.Pattern[str]) -> list[_Part]:
        """Return the fields between delimiters."""
        lead = _LINE_NUMBER.match(self.text)
        position = lead.end() if lead else 0
        edges = [(match.start(), match.end()) for match in delimiter.finditer(self.text, position)]
        starts = [position, *(end for _, end in edges)]
        ends = [*(start for start, _ in edges), len(self.text)]
        return [_Part(start, end) for start, end in zip(starts, ends, strict=True)]

    def value(self, part: _Part) -> str:
        """Return a field without quotes and spaces around it."""
        return self.text[part.start : part.end].strip(JUNK)


class _Header(NamedTuple):
    delimiter: re.Pattern[str]
    keys: dict[int, LabelMatch]
    fields: int


def find_delimited(lines: Sequence[PrintedLine]) -> tuple[list[tuple[Fact, ...]], list[PrintedLine]]:
    """Return the people of delimited rows under a line of keys, and the lines that say so.

    Args:
        lines: upright lines of a page, those of such rows and others.
    """
    records: list[tuple[Fact, ...]] = []
    used: list[PrintedLine] = []
    header: _Header | None = None
    for row in map(_delimited_joined, rows_of(lines)):
        found = _header(row)
        if found is not None:
            header = found
            used += row.lines
        elif header is not None:
            facts = tuple(_facts(row, header))
            if any(fact.field is Field.NUMBER for fact in facts):
                records.append(facts)
                used += row.lines
    return (records, used) if records else ([], [])


def _delimited_joined(lines: Sequence[PrintedLine]) -> _DelimitedRow:
    """Return the lines of a row as one text: a line that is set in columns is often found in parts."""
    text, starts = "", []
    for line in lines:
        text += " " if text else ""
        starts.append(len(text))
        text += line.text.reveal()
    return _DelimitedRow(text, tuple(lines), tuple(starts))


def _header(row: _DelimitedRow) -> _Header | None:
    """Return the keys of a line that names the fields of the rows under it."""
    for delimiter in _DELIMITERS:
        parts = row.parts(delimiter)
        if len(parts) < _FEWEST_FIELDS:
            continue
        found = {i: match for i, part in enumerate(parts) if (match := _key(row.value(part))) is not None}
        keys = {i: match for i, match in found.items() if match.field in _KEYS}
        fields = {match.field for match in keys.values()}
        if Field.NUMBER in fields and len(fields) >= _FEWEST_KEYS:
            return _Header(delimiter, keys, len(parts))
    return None


def _key(text: str) -> LabelMatch | None:
    """Return the label that a key of a data file stands for: "ho_ten", "hoTen", "Ngay sinh".

    >>> _key("ngay_sinh").field, _key("soCCCD").field, _key("dien_thoai")
    (<Field.DATE_OF_BIRTH: 'date_of_birth'>, <Field.NUMBER: 'number'>, None)
    """
    words = " ".join(_CAMEL.sub(" ", text).split())
    # Print begins labels with a capital; one in small letters may be a word of a sentence.
    matches = find_labels(words[:1].upper() + words[1:])
    return matches[0] if len(matches) == 1 and matches[0].is_whole else None


def _facts(row: _DelimitedRow, header: _Header) -> Iterator[Fact]:
    """Yield what a row says of its person: by its place, or where a delimiter was misread by its form."""
    parts = row.parts(header.delimiter)
    is_whole = len(parts) == header.fields
    taken: set[int] = set()
    for index, match in header.keys.items():
        field = match.field
        if field is None:
            continue
        for i in [index] if is_whole else range(len(parts)):
            value = PARSERS[field](row.value(parts[i])) if i < len(parts) and i not in taken else None
            if value is not None and (field is not Field.NUMBER or _is_number(value, match)):
                taken.add(i)
                yield _delimited_fact(field, value, row, parts[i])
                break


def _is_number(value: str, match: LabelMatch) -> bool:
    """Return whether a number has as many digits as its key says; one under a common key needs the right structure."""
    if len(value) not in match.label.digits:
        return False
    number = CitizenNumber.parse(value) if len(value) == _TWELVE else None
    return not (match.label.needs_likely or match.label.is_strict) or (number is not None and number.is_likely)


def _delimited_fact(field: Field, value: str, row: _DelimitedRow, part: _Part) -> Fact:
    text = row.text[part.start : part.end]
    start = part.start + len(text) - len(text.lstrip(JUNK))
    end = part.end - (len(text) - len(text.rstrip(JUNK)))
    quads, confidences = [], []
    for line, first in zip(row.lines, row.starts, strict=True):
        low, high = max(start, first), min(end, first + len(line.text))
        if low < high:
            quads.append(span_of(line, low - first, high - first))
            confidences.append(line.confidence)
    return Fact(
        field=field,
        value=Secret(value),
        by=Source.PRINT,
        quad=quads[0] if len(quads) == 1 else geometry.enclosing(quads),
        confidence=min(confidences),
        engine=row.lines[0].engine,
        lines=tuple(quads),
    )


_ORDER = re.compile(r"\d{1,4}\s*[.)]?\s+(?=[^\W\d_])")
"""The number of a row in front of a name that was read together with it."""
_YEAR = re.compile(r"(?<![\d/.\-])(?:19|20)\d{2}(?![\d/.\-])")
_TEXT_LENGTH = 2

_SAME_ROW = 0.8
"""Heights by which the middles of number and date of one row may differ: cells of several lines are centred."""
_NAME_REACH = 1.6
"""Heights by which a name's middle may be off its row's: it runs over two lines in narrow columns."""
_SAME_LINE = 0.5
"""Heights by which the middles of two parts of one line may differ."""
_TOUCHING = 0.1
"""Heights between two words of one cell at most: places of print have some room around them, and columns much more."""
_SAME_COLUMN = 0.4
"""Share of the narrower cell that two cells of one column have in common."""
_HEAD_REACH = 9.0
"""Heights above its first cell within which a column's header ends: cells are high where addresses are wrapped."""
_HEAD_LINES = 1.9
"""Heights from one line of a wrapped header to the next."""
_HEAD_HEIGHTS = (0.45, 2.2)
"""How much higher than a cell's the print of its header may be."""

_FEWEST_ROWS, _FEWEST_YEARS = 2, 2
"""Rows whose number tells their year of birth, and different years among them: codes tell the year they were made."""
_MOSTLY = 0.7
_NAMED = 0.5
"""Shares of the rows of a column whose numbers tell the year, and whose names look like names."""
_FEWEST_LABELS = 2
"""Labels of a row that is a header, be some of its words no label: one may be that of a form."""
_UNREAD_DIGITS, _UNREAD_UNDER_LABEL = 8, 3
"""Digits of what stands in a column of numbers and was read as none: fewer may be a note.

Under a header that asks for the number a single group of them is one of which the rest was not seen."""
_UNSURE = 0.5

_WITHOUT_OLD = ("định danh", "căn cước")
"""Words of labels under which no number of nine digits stands."""
_PEOPLE = frozenset({Field.NUMBER, Field.NAME, Field.DATE_OF_BIRTH})


@dataclass(frozen=True, slots=True)
class Table:
    """The people of a table or list.

    Attributes:
        records: what each row says of its person.
        lines: the lines that it was read from.
    """

    records: tuple[tuple[Fact, ...], ...]
    lines: tuple[PrintedLine, ...]


class _Kind(Enum):
    NUMBER = "12 digits"
    OLD_NUMBER = "9 digits"
    DATE = "date"
    YEAR = "year"
    TEXT = "text"
    LABEL = "label"


_DIGITS = frozenset({_Kind.NUMBER, _Kind.OLD_NUMBER})
_DATED = frozenset({_Kind.DATE, _Kind.YEAR})
_VALUES = _DIGITS | _DATED


@dataclass(frozen=True, eq=False, slots=True)
class _Cell:
    """A part of a line with one kind of content."""

    kind: _Kind
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


class _Head(NamedTuple):
    """What stands above a column: its label, and the words nearest to it, folded, be they a label or not."""

    field: Field | None
    match: LabelMatch | None
    cells: tuple[_Cell, ...]
    caption: str = ""

    @property
    def is_vietnamese(self) -> bool:
        labels = (self.match.label, self.match.partner) if self.match else ()
        return any(label is not None and label.language is Language.VIETNAMESE for label in labels)


_NO_HEAD = _Head(None, None, ())


@dataclass(frozen=True, eq=False, slots=True)
class _Column:
    cells: tuple[_Cell, ...]
    head: _Head

    def at(self, row: float, reach: float) -> _Cell | None:
        """Return the cell of a row."""
        near = min(self.cells, key=lambda cell: abs(cell.row - row))
        return near if abs(near.row - row) < reach * near.height else None


def find_table(lines: Sequence[PrintedLine]) -> Table:
    """Return the people that rows of print list, and the lines that say so.

    Args:
        lines: upright lines of a page, those of tables and others.
    """
    delimited, of_delimited = find_delimited(lines)
    lines = [line for line in lines if all(line is not other for other in of_delimited)]
    slope = RowSlope.of([line.quad for line in lines])
    cells = [cell for line in lines for cell in _cells(line, slope)]
    heads, free = _without_form_rows(cells)
    numbers = _columns([cell for cell in free if cell.kind in _DIGITS], heads)
    dates = _with_dates_of_either_sex(_columns([cell for cell in free if cell.kind in _DATED], heads))
    texts = _with_whole_names(_columns([cell for cell in free if cell.kind is _Kind.TEXT], heads))
    records = [*delimited]
    used: list[_Cell] = []
    taken: list[_Column] = []
    for column, born in _people_columns(numbers, dates, texts):
        rows = _rows(column, born)
        names = _name_column(rows, texts, taken)
        if not _is_table(rows, column, born, names):
            continue
        found, cells_of_rows = _records(rows, names, column, texts)
        taken += [part for part in (column, born, names) if part is not None]
        records += found
        used += cells_of_rows
        own = [cell for part in (column, born, names) if part is not None for cell in part.head.cells]
        used += [*own, *(cell for cell in heads if _count_beside(cell, own) > 0)]
    for names in texts:
        if names.head.field is Field.NAME and all(names is not part for part in taken) and _is_roster(names):
            # Names beside nothing that tells who these people are: a delivery list, a class.
            used += [*names.cells, *names.head.cells]
    if len(records) == 1 and not delimited and all(fact.field is not Field.NAME for fact in records[0]):
        # Boxes of a form under their labels, the name's elsewhere: labels lead to them without a table.
        return Table((), ())
    return Table(tuple(records), (*of_delimited, *{id(cell.line): cell.line for cell in used}.values()))


# --- cells ----------------------------------------------------------------------------------------------------------


def _cells(line: PrintedLine, slope: RowSlope) -> Iterator[_Cell]:
    text = line.text.reveal()
    position = 0
    matches = find_labels(text)
    for match in matches:
        yield from _values_of(line, slope, position, match.start)
        quad = span_of(line, match.start, match.end)
        yield _Cell(_Kind.LABEL, text[match.start : match.end], "", quad, line, slope.row(quad), match)
        position = match.end
    yield from _values_of(line, slope, position, len(text))


def _values_of(line: PrintedLine, slope: RowSlope, start: int, end: int) -> Iterator[_Cell]:
    text = line.text.reveal()
    for kind, value, first, last in _parts(text[start:end]):
        body = text[start + first : start + last]
        quad = span_of(line, start + first, start + last)
        yield _Cell(kind, body, value, quad, line, slope.row(quad))


def _parts(text: str) -> list[tuple[_Kind, str, int, int]]:
    """Return what a stretch of print consists of: numbers, dates, and the words between them."""
    found = [(_Kind.NUMBER, match.digits, match.start, match.end) for match in find_numbers(text)]
    found += [(_Kind.DATE, match.date.iso, match.start, match.end) for match in find_dates(text)]
    found += [
        (_Kind.OLD_NUMBER, match.digits, match.start, match.end)
        for match in find_old_numbers(text)
        if not _is_coded(text, match.start)
    ]
    kept: list[tuple[_Kind, str, int, int]] = []
    for part in found:
        if all(part[3] <= other[2] or part[2] >= other[3] for other in kept):
            kept.append(part)
    kept.sort(key=lambda part: part[2])
    edges = [0, *(edge for part in kept for edge in part[2:]), len(text)]
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        kept += _words(text, start, end)
    return sorted(kept, key=lambda part: part[2])


def _is_coded(text: str, start: int) -> bool:
    return text[:start][-1:].isalpha()


def _words(text: str, start: int, end: int) -> list[tuple[_Kind, str, int, int]]:
    """Return the years and the other words in a part of a text without numbers and dates."""
    found: list[tuple[_Kind, str, int, int]] = []
    position = start
    for year in _YEAR.finditer(text, start, end):
        if "," in text[start:end]:
            break
        found += _text(text, position, year.start())
        found.append((_Kind.YEAR, year.group(), year.start(), year.end()))
        position = year.end()
    return [*found, *_text(text, position, end)]


def _text(text: str, start: int, end: int) -> list[tuple[_Kind, str, int, int]]:
    while start < end and text[start] in JUNK:
        start += 1
    while end > start and text[end - 1] in JUNK:
        end -= 1
    order = _ORDER.match(text, start, end)
    start = order.end() if order else start
    body = text[start:end]
    return [(_Kind.TEXT, body, start, end)] if sum(map(str.isalnum, body)) >= _TEXT_LENGTH else []


def _without_form_rows(cells: Sequence[_Cell]) -> tuple[list[_Cell], list[_Cell]]:
    """Return what headers may be made of, and the values that no label in their own row stands before."""
    ordered = sorted(cells, key=lambda cell: cell.row)
    heads: list[_Cell] = []
    free: list[_Cell] = []
    for cell in ordered:
        row = [
            other
            for other in _near(ordered, cell.row, _SAME_ROW * cell.height)
            if other is not cell and abs(other.row - cell.row) < _SAME_ROW * other.height
        ]
        has_values = cell.kind in _VALUES or any(other.kind in _VALUES for other in row)
        if not has_values:
            heads.append(cell)
        if cell.kind is _Kind.LABEL or (not has_values and any(other.kind is _Kind.LABEL for other in row)):
            continue
        is_labelled = any(_is_of_form(other) and other.span[0] < cell.span[0] for other in row)
        if not (is_labelled and has_values):
            free.append(cell)
    return heads, free


def _is_of_form(cell: _Cell) -> bool:
    """Return whether a cell is a label that makes a form of its row; a role may be a word of anything beside it."""
    return cell.match is not None and not cell.match.label.needs_person


def _near(ordered: Sequence[_Cell], row: float, reach: float) -> Iterator[_Cell]:
    from bisect import bisect_left

    start = bisect_left(ordered, row - reach, key=lambda cell: cell.row)
    for cell in ordered[start:]:
        if cell.row > row + reach:
            return
        yield cell


# --- columns --------------------------------------------------------------------------------------------------------


def _columns(cells: Sequence[_Cell], heads: Sequence[_Cell]) -> list[_Column]:
    """Return cells that stand under each other; a header between them begins a new column."""
    labels = [cell for cell in heads if cell.kind is _Kind.LABEL]
    # A row with several labels is a header throughout.
    labels += [cell for cell in heads if cell.kind is not _Kind.LABEL and _count_beside(cell, labels) >= _FEWEST_LABELS]
    stacks: list[list[_Cell]] = []
    for cell in sorted(cells, key=lambda cell: cell.row):
        fitting = [
            stack for stack in stacks if _are_stacked(stack[-1], cell) and not _is_parted(stack[-1], cell, labels)
        ]
        if fitting:
            max(fitting, key=lambda stack: overlap_x(stack[-1].span, cell.span)).append(cell)
        else:
            stacks.append([cell])
    return [_Column(tuple(stack), _head_of(stack, heads)) for stack in stacks]


_FAMILY_PART = re.compile(r"ho|.*\b(?:dem|lot)")
"""Captions, folded, over the first part of a name: "Họ", "Họ và tên đệm", "Họ lót"."""
_MIDDLE_PART = re.compile(r"(?:ten |chu )?(?:dem|lot)")
_GIVEN_PART = re.compile(r"ten\b.{0,14}")
_SEXES = frozenset({"nam", "nu"})


def _with_whole_names(columns: Sequence[_Column]) -> list[_Column]:
    """Return columns of text, those that hold the parts of names joined."""
    result = list(columns)
    for family in columns:
        if _FAMILY_PART.fullmatch(family.head.caption) is None or _MIDDLE_PART.fullmatch(family.head.caption):
            continue
        parts = [family]
        for form in (_MIDDLE_PART, _GIVEN_PART):
            parts += _nearest_on_the_right(
                parts[-1], [column for column in columns if form.fullmatch(column.head.caption)]
            )
        if len(parts) > 1 and all(any(part is column for column in result) for part in parts):
            head = _Head(Field.NAME, family.head.match, tuple(cell for part in parts for cell in part.head.cells))
            result = [column for column in result if all(column is not part for part in parts)]
            result.append(_Column(_by_row(parts), head))
    return result


def _nearest_on_the_right(column: _Column, others: Sequence[_Column]) -> list[_Column]:
    """Return the column that stands right of another, beside most of its cells; none where there is none."""
    right = [
        other
        for other in others
        if other.cells[0].span[0] > column.cells[0].span[0]
        and sum(other.at(cell.row, _SAME_ROW) is not None for cell in column.cells) >= _NAMED * len(column.cells)
    ]
    return sorted(right, key=lambda other: other.cells[0].span[0])[:1]


def _with_dates_of_either_sex(columns: Sequence[_Column]) -> list[_Column]:
    """Return columns of dates, those for men and women under one header joined: each row has a date in one of them."""
    named = [column for column in columns if column.head.caption in _SEXES]
    # Over a column whose first dates are missing the header is too far away to be seen as its own.
    beside = [column for column in columns if column.head.field is None and not column.head.caption]
    for parts in combinations((*named, *beside), 2):
        cells = _by_row(parts)
        is_once = all(below.row - above.row > _SAME_LINE * below.height for above, below in pairwise(cells))
        is_mixed = parts[0].cells[0].row < parts[1].cells[-1].row and parts[1].cells[0].row < parts[0].cells[-1].row
        if parts[0] in named and parts[0].head.caption != parts[1].head.caption and is_once and is_mixed:
            head = max((part.head for part in parts), key=lambda head: head.field is Field.DATE_OF_BIRTH)
            return [*(column for column in columns if column not in parts), _Column(cells, head)]
    return list(columns)


def _by_row(columns: Sequence[_Column]) -> tuple[_Cell, ...]:
    return tuple(sorted((cell for column in columns for cell in column.cells), key=lambda cell: cell.row))


def _count_beside(cell: _Cell, others: Sequence[_Cell]) -> int:
    return sum(abs(other.row - cell.row) < _SAME_ROW * other.height for other in others)


def _are_stacked(above: _Cell, below: _Cell) -> bool:
    return share_x(above.span, below.span) > _SAME_COLUMN


def _is_parted(above: _Cell, below: _Cell, labels: Sequence[_Cell]) -> bool:
    """Return whether a header stands between two cells: over the lower one, or left and right of it."""
    between = [label for label in labels if above.row < label.row < below.row]
    return any(
        overlap_x(label.span, below.span) > 0
        or any(
            abs(other.row - label.row) < _SAME_ROW * label.height
            and label.span[1] < below.span[0]
            and below.span[1] < other.span[0]
            for other in between
        )
        for label in between
    )


def _head_of(stack: Sequence[_Cell], heads: Sequence[_Cell]) -> _Head:
    """Return the header above a column: the label among the lines that stand on top of each other there."""
    first = stack[0]
    low, high = _HEAD_HEIGHTS
    span = enclosing_span(cell.span for cell in stack[:8])
    above = [
        cell
        for cell in heads
        if 0 < first.row - cell.row < _HEAD_REACH * first.height
        and low * first.height < cell.height < high * first.height
        and _is_over(cell, span, heads)
    ]
    lines: list[_Cell] = []
    for cell in sorted(above, key=lambda cell: -cell.row):
        if lines and lines[-1].row - cell.row > _HEAD_LINES * max(cell.height, lines[-1].height):
            break
        lines.append(cell)
    for count in range(len(lines), 0, -1):
        cells = tuple(sorted(lines[:count], key=lambda cell: (round(cell.row / max(cell.height, 1)), cell.span[0])))
        text = " ".join(cell.text for cell in cells)
        found = [match for match in find_labels(text) if match.field is not None]
        if found:
            match = max(found, key=lambda match: match.end - match.start)
            return _Head(match.field, match, cells, _caption(lines, span))
    return _NO_HEAD._replace(caption=_caption(lines, span))


def _caption(lines: Sequence[_Cell], span: tuple[float, float]) -> str:
    """Return the words of a header's lowest line, those over the column where there are any, folded.

    Args:
        lines: the cells above a column, from there upwards.
        span: where the column stands.
    """
    lowest = [cell for cell in lines if lines[0].row - cell.row < _SAME_ROW * cell.height]
    lowest = [cell for cell in lowest if overlap_x(cell.span, span) > 0] or lowest
    return fold(" ".join(cell.text for cell in sorted(lowest, key=lambda cell: cell.span[0]))).strip(JUNK)


def _is_over(head: _Cell, span: tuple[float, float], heads: Sequence[_Cell]) -> bool:
    """Return whether a header's cell is the one over a column: over its cells, or the nearest to their middle."""
    if share_x(head.span, span) > _SAME_COLUMN:
        return True
    middle = sum(span) / 2
    beside = [cell for cell in heads if abs(cell.row - head.row) < _SAME_ROW * head.height]
    nearest = min(beside, key=lambda cell: max(cell.span[0] - middle, middle - cell.span[1]))
    return nearest is head and len(beside) > 1 and overlap_x(head.span, span) > -4 * head.height


# --- people ---------------------------------------------------------------------------------------------------------


def _people_columns(
    numbers: Sequence[_Column], dates: Sequence[_Column], texts: Sequence[_Column]
) -> Iterator[tuple[_Column | None, _Column | None]]:
    """Yield columns of citizen numbers with that of the dates of birth beside them, then dates of birth alone."""
    used: list[_Column] = []
    for column in numbers:
        born = _birth_column(column, dates)
        is_theirs = _is_labelled(column) and (not _is_of_any_paper(column) or _is_of_people(column, born, texts))
        if is_theirs or (born is not None and _tells_years(column, born)):
            if born is not None:
                used.append(born)
            yield column, born
    for column in dates:
        if column.head.field is Field.DATE_OF_BIRTH and all(column is not other for other in used):
            yield None, column


def _is_labelled(column: _Column) -> bool:
    return column.head.field is Field.NUMBER and column.head.is_vietnamese and not _is_weak(column.head)


def _is_of_any_paper(column: _Column) -> bool:
    """Return whether a column's header is a word for any paper: passports and documents have numbers as well."""
    return column.head.match is not None and column.head.match.label.needs_likely


def _is_of_people(column: _Column, born: _Column | None, texts: Sequence[_Column]) -> bool:
    """Return whether numbers are citizen numbers by their structure, or of nine digits and beside people."""
    numbers = [number for cell in column.cells if (number := CitizenNumber.parse(cell.value)) is not None]
    if numbers:
        return sum(number.is_likely for number in numbers) >= _MOSTLY * len(numbers)
    has_birth = born is not None and born.head.field is Field.DATE_OF_BIRTH
    return has_birth or _name_column(_rows(column, None), texts, ()) is not None


def _is_weak(head: _Head) -> bool:
    return head.match is not None and head.match.label.is_strict


def _birth_column(numbers: _Column, dates: Sequence[_Column]) -> _Column | None:
    """Return the dates beside numbers that are dates of birth: by their header, or as the numbers tell the years."""
    beside = [column for column in dates if any(column.at(cell.row, _SAME_ROW) for cell in numbers.cells)]
    labelled = [column for column in beside if column.head.field is Field.DATE_OF_BIRTH]
    if labelled:
        return max(labelled, key=lambda column: len(_agreeing(numbers, column)))
    unnamed = [column for column in beside if column.head.field is None]
    best = max(unnamed, key=lambda column: len(_agreeing(numbers, column)), default=None)
    if best is None or len(_agreeing(numbers, best)) < _MOSTLY * len(_pairs(numbers, best)):
        return None
    return best


def _pairs(numbers: _Column, dates: _Column) -> list[tuple[_Cell, _Cell]]:
    return [
        (cell, date)
        for cell in numbers.cells
        if cell.kind is _Kind.NUMBER and (date := dates.at(cell.row, _SAME_ROW)) is not None
    ]


def _agreeing(numbers: _Column, dates: _Column) -> list[int]:
    """Return the years of birth that numbers of a column tell as the dates beside them do."""
    years = []
    for cell, date in _pairs(numbers, dates):
        number = CitizenNumber.parse(cell.value)
        if number is not None and number.is_likely and number.birth_year == date.year:
            years.append(date.year)
    return years


def _tells_years(numbers: _Column, dates: _Column) -> bool:
    years = _agreeing(numbers, dates)
    if len(years) < max(1.0, _MOSTLY * len(_pairs(numbers, dates))):
        return False
    if numbers.head.field is Field.NUMBER or dates.head.field is Field.DATE_OF_BIRTH:
        return True
    return len(years) >= _FEWEST_ROWS and len(set(years)) >= _FEWEST_YEARS


@dataclass(eq=False, slots=True)
class _Row:
    """One person's row while it is put together."""

    row: float
    height: float
    number: _Cell | None = None
    date: _Cell | None = None


def _rows(numbers: _Column | None, dates: _Column | None) -> list[_Row]:
    rows = [_Row(cell.row, cell.height, number=cell) for cell in (numbers.cells if numbers else ())]
    for date in dates.cells if dates else ():
        near = min(rows, key=lambda row: abs(row.row - date.row), default=None)
        if near is not None and near.date is None and abs(near.row - date.row) < _SAME_ROW * date.height:
            near.date = date
        else:
            rows.append(_Row(date.row, date.height, date=date))
    return sorted(rows, key=lambda row: row.row)


def _name_column(rows: Sequence[_Row], texts: Sequence[_Column], taken: Sequence[_Column]) -> _Column | None:
    """Return the column with the names of the people of rows: by its header, or by what most of its cells say."""
    free = [column for column in texts if all(column is not other for other in taken)]
    shares = [(_named_share(column, rows), column) for column in free]
    labelled = [
        (share, column)
        for share, column in shares
        if column.head.field is Field.NAME
        and sum(bool(_cells_at(column, row, rows)) for row in rows) >= _NAMED * len(rows)
    ]
    if labelled:
        return max(labelled, key=lambda item: item[0])[1]
    parents = (Field.FATHER_NAME, Field.MOTHER_NAME)
    named = [item for item in shares if item[0] >= _NAMED and item[1].head.field not in parents]
    return max(named, key=lambda item: item[0])[1] if named else None


def _named_share(column: _Column, rows: Sequence[_Row]) -> float:
    """Return in which share of the rows a column has what must be a Vietnamese name."""
    return sum(is_surely_name(_joined(_cells_at(column, row, rows))) for row in rows) / max(len(rows), 1)


def _cells_at(column: _Column, row: _Row, rows: Sequence[_Row]) -> list[_Cell]:
    """Return the cells of a column in a row: one, or the lines of one that runs over several."""
    near = [cell for cell in column.cells if abs(cell.row - row.row) < _NAME_REACH * max(cell.height, row.height)]
    return [cell for cell in near if min(rows, key=lambda other: abs(other.row - cell.row)) is row]


def _joined(cells: Iterable[_Cell]) -> str:
    lines: list[list[_Cell]] = []
    for cell in sorted(cells, key=lambda cell: cell.row):
        if lines and abs(cell.row - lines[-1][0].row) < _SAME_LINE * cell.height:
            lines[-1].append(cell)
        else:
            lines.append([cell])
    return " ".join(cell.text for line in lines for cell in sorted(line, key=lambda cell: cell.span[0]))


def _is_table(rows: Sequence[_Row], numbers: _Column | None, born: _Column | None, names: _Column | None) -> bool:
    """Return whether rows are those of a table or list, not the values of a form."""
    parts = [part for part in (numbers, born, names) if part is not None]
    if len(rows) >= _FEWEST_ROWS:
        # Dates of birth alone are those of a table where names stand beside them.
        return len(parts) > 1 or (numbers is not None and _is_labelled(numbers))
    heads = [part.head.cells[-1] for part in parts if part.head.field in _PEOPLE]
    beside = [head for head in heads if abs(head.row - heads[0].row) < _SAME_ROW * head.height]
    return len(beside) >= _FEWEST_ROWS


def _is_roster(names: _Column) -> bool:
    likely = sum(is_surely_name(cell.text) for cell in names.cells)
    return likely >= _FEWEST_ROWS and likely >= _NAMED * len(names.cells)


def _records(
    rows: Sequence[_Row], names: _Column | None, numbers: _Column | None, texts: Sequence[_Column]
) -> tuple[list[tuple[Fact, ...]], list[_Cell]]:
    """Return what rows say of their people, and the cells that say so."""
    records: list[tuple[Fact, ...]] = []
    used: list[_Cell] = []
    for row in rows:
        facts: list[Fact] = []
        if row.number is not None and _may_be_old(row.number, numbers):
            facts.append(_fact(Field.NUMBER, row.number.value, [row.number]))
            used.append(row.number)
        elif row.number is None and numbers is not None and (unread := _unread(row, numbers, texts)):
            facts.append(_unread_fact(unread, numbers))
            used += unread
        if row.date is not None:
            facts.append(_fact(Field.DATE_OF_BIRTH, row.date.value, [row.date]))
            used.append(row.date)
        cells = _with_touching(_name_cells(names, row, rows), texts) if names is not None else []
        name = _name(_joined(cells)) if cells else None
        if name is not None and facts:
            facts.append(_fact(Field.NAME, name, cells))
            used += cells
        # A date beside neither number nor name is the day on which the table was signed.
        if any(fact.field is not Field.DATE_OF_BIRTH for fact in facts):
            records.append(tuple(facts))
    return records, used


def _name_cells(names: _Column, row: _Row, rows: Sequence[_Row]) -> list[_Cell]:
    """Return the cells of a row's name; only the nearest where the lines around it make no name of it."""
    cells = _cells_at(names, row, rows)
    if len(cells) > 1 and not is_name_like(_joined(cells)):
        nearest = min(cells, key=lambda cell: abs(cell.row - row.row))
        beside = [cell for cell in cells if abs(cell.row - nearest.row) < _SAME_ROW * nearest.height]
        return beside if is_name_like(_joined(beside)) else cells
    return cells


def _with_touching(cells: list[_Cell], texts: Sequence[_Column]) -> list[_Cell]:
    """Return cells with those that touch them in their line: letters set wide apart are found as words of their own."""
    others = [
        other
        for column in texts
        if column.head.field in {None, Field.NAME}
        for other in column.cells
        if all(other is not cell for cell in cells)
    ]
    more = [
        other
        for other in others
        if any(
            abs(other.row - cell.row) < _SAME_LINE * cell.height
            and max(other.span[0] - cell.span[1], cell.span[0] - other.span[1]) < _TOUCHING * cell.height
            for cell in cells
        )
    ]
    return _with_touching([*cells, *more], texts) if more else cells


def _may_be_old(cell: _Cell, numbers: _Column | None) -> bool:
    """Return whether a number of nine digits may stand in its column; one of twelve always may."""
    if cell.kind is _Kind.NUMBER:
        return True
    head = numbers.head if numbers is not None else _NO_HEAD
    return head.match is not None and not any(word in head.match.variant.lower() for word in _WITHOUT_OLD)


def _unread(row: _Row, numbers: _Column, texts: Sequence[_Column]) -> list[_Cell]:
    """Return what stands in a row's place for a number and was read as none, in one part or several."""
    span = enclosing_span(cell.span for cell in numbers.cells)
    there = [
        cell
        for column in texts
        for cell in column.cells
        if abs(cell.row - row.row) < _SAME_ROW * row.height
        and overlap_x(cell.span, span) > 0
        and any(map(str.isdigit, cell.text))
    ]
    digits = sum(map(str.isdigit, "".join(cell.text for cell in there)))
    fewest = _UNREAD_UNDER_LABEL if _is_labelled(numbers) else _UNREAD_DIGITS
    return sorted(there, key=lambda cell: cell.span[0]) if digits >= fewest else []


def _unread_fact(cells: Sequence[_Cell], numbers: _Column) -> Fact:
    """Return a number that was not read, or not well, at its cell: as wide as the numbers of its column are."""
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
        confidence=_UNSURE * min(cell.line.confidence for cell in cells),
        engine=cells[0].line.engine,
    )


def _name(text: str) -> str | None:
    cleaned = clean_name(text)
    return cleaned if cleaned is not None else normalise_name(text) or None


def _fact(field: Field, value: str, cells: Sequence[_Cell]) -> Fact:
    quads = tuple(cell.quad for cell in cells)
    return Fact(
        field=field,
        value=Secret(value),
        by=Source.PRINT,
        quad=quads[0] if len(quads) == 1 else geometry.enclosing(quads),
        confidence=min(cell.line.confidence for cell in cells),
        engine=cells[0].line.engine,
        lines=quads,
    )
