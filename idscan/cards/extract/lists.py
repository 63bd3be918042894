"""Find people in lists, messages and sentences: a name and a date of birth beside a citizen number.

Name and date need no labels; commas, dashes, slashes, tabs or line ends may separate them. A number with a label is a
person's; one without needs the right structure, and its year of birth and a Vietnamese name beside it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from idscan.cards.extract.segments import JUNK, fact_of_lines, overlap_x, rows_of, span_of, span_x
from idscan.cards.fields.dates import LONE_YEAR, CardDate, DateMatch, find_dates
from idscan.cards.fields.name_tables import FAMILY_NAMES, GIVEN_SYLLABLES, HEADING_PREFIXES
from idscan.cards.fields.numbers import PROVINCES, CitizenNumber, find_numbers, find_old_numbers
from idscan.cards.fields.person_names import MAX_NAME_WORDS, clean_name, is_family_name, is_highland_name, is_name_like
from idscan.cards.labels.headings import find_headings, is_form_heading
from idscan.cards.labels.search import find_labels
from idscan.cards.text import fold, fold_upper
from idscan.cards.text.syllables import is_vietnamese_syllable
from idscan.core import geometry
from idscan.core.enums import NAME_FIELDS, Field

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from idscan.cards.fields.numbers import NumberMatch
    from idscan.cards.labels.search import LabelMatch
    from idscan.core.geometry import Quad
    from idscan.core.types import Fact, PrintedLine

_MAX_ROWS = 3
"""Rows between a number and its name. Fewer: names are missed; more: those of the next person are taken."""
_MAX_ROW_STEP = 2.6
"""Heights between rows of an entry. Lower: widely set entries are split; higher: separate entries join."""
_MAX_LINE_SHORTFALL = 4.0
"""Heights that a continued line may lack to full width. Lower: wrapped lines end; higher: finished ones continue."""
_MAX_COLUMN_GAP = 6.0
"""Heights between values of a row. Lower: widely set values are missed; higher: values of another column are taken."""
_MIN_NAME_WORDS, _MIN_RARE_NAME_WORDS = 2, 3
"""Words of a name, and of a rare one. Fewer: other capitalised words are names; more: short names are missed."""
_MIN_COMPLETE_PEOPLE = 2
"""People with name and date in a list. Fewer: other codes are numbers; more: short lists with misread names end."""
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['’](?=[^\W\d_]))*")
_SPACE = re.compile(r"[ \t\u00a0]{1,3}")
_ENTRY_MARK = re.compile(r"[\W_]*(?:\d{1,4}|[a-zA-ZĐđ])?[\W_]*")
"""Text before the first word of an entry: a bullet, or its number in the list."""
_BARE_NUMBER = re.compile(r"\s*\d{1,4}\s+")
"""A number in front of a name that may be a house number, or a row number without its punctuation."""
_REST_OF_NAME = re.compile(
    r"(?P<name>[^\W\d_]+(?: [^\W\d_]+){0,2})\s*(?:[,;:(/–-]|(?:sinh|s[oố]|nam|n[uữ]|cccd|cmnd)\b)", re.IGNORECASE
)
"""The rest of a name at the start of a line, up to the separator before the next value."""
_END_OF_SENTENCE = (".", ";", ":")
_NUMBER_BEFORE = re.compile(r"\d[\d/]*[a-zA-Z]?[\s.,]*\Z")
_PLACE_BEFORE = re.compile(
    r"(?<![a-z])(?:duong|pho|phuong|xa|thon|ap|ban|to|khu|quan|huyen|tinh|thanh pho|thi tran|tp|q|p|x|tai|o|truong"
    r"|thpt|thcs|benh vien|cong ty|khach san|hang|nha may|dia chi|chi nhanh|kcn|du an|cau|cho|ngo|ngach|hem)[.:]?\s*\Z"
)
"""Words, folded, before the name of a street, place or company that may be a person's name."""
_FORMS_OF_ADDRESS = frozenset({"Ông", "Bà", "Anh", "Chị", "Em", "Cô", "Chú", "Bác", "Cháu", "Bé", "Quý", "Khách"})
_PLACES = frozenset(fold_upper(name) for name in PROVINCES.values())


class _ValueSpan(NamedTuple):
    """A number, date or name in a line.

    Attributes:
        field: its field.
        value: its normalised value.
        start: index of its first character.
        end: index behind its last character.
        is_labelled: whether it has a label of its own.
        is_sure: of a name: whether it is one beyond doubt.
        is_next: of a name: whether it follows a number or date, or begins the line.
    """

    field: Field
    value: str
    start: int
    end: int
    is_labelled: bool
    is_sure: bool = True
    is_next: bool = True


@dataclass(frozen=True, eq=False, slots=True)
class _Value:
    """A number, date or name with its quad; `more` has the rest of a name that continues in the next line."""

    field: Field
    value: str
    line: PrintedLine
    quad: Quad
    row: int
    is_labelled: bool
    is_sure: bool = True
    is_next: bool = True
    more: tuple[Quad, ...] = ()

    def __repr__(self) -> str:
        return f"_Value({self.field.name}, row={self.row})"

    @property
    def fact(self) -> Fact:
        """The fact of this value."""
        return fact_of_lines(self.field, self.value, (self.quad, *self.more), self.line.confidence, self.line.engine)


@dataclass(frozen=True, slots=True)
class Person:
    """A citizen number with the name and date of birth beside it.

    Attributes:
        number: the number.
        others: the name and the date of birth, as far as there are any.
    """

    number: Fact
    others: tuple[Fact, ...]

    @property
    def is_complete(self) -> bool:
        """Whether there are a name and a date beside a number with the right structure."""
        return len(self.others) > 1 and self.is_dated

    @property
    def is_dated(self) -> bool:
        """Whether there is a date of birth beside a number with the right structure."""
        citizen = CitizenNumber.parse(self.number.value.reveal()) if self.number.value else None
        is_dated = any(fact.field is Field.DATE_OF_BIRTH for fact in self.others)
        return is_dated and citizen is not None and citizen.is_likely


def find_people(lines: Sequence[PrintedLine]) -> list[Person]:
    """Return the citizen numbers in lines, each with the name and date of birth of its holder.

    Args:
        lines: upright lines of a page without those of cards.
    """
    if not any(find_numbers(text) or find_old_numbers(text) for text in (line.text.reveal() for line in lines)):
        return []
    rows = rows_of(lines)
    page = _ValueRows(rows, [list(_values_of_row(row, rows)) for row in range(len(rows))])
    numbers = [value for values in page.values for value in values if value.field is Field.NUMBER]
    if not numbers:
        return []
    first = numbers[0]
    citizen = CitizenNumber.parse(first.value)
    around = (*page.before(first), *page.behind(first), *page.above(first))
    is_first = not any(value.field is Field.NAME or _is_birth_date(value, citizen) for value in around)
    found = [_person(page, number, is_first=is_first) for number in numbers]
    # In a list of people a number with its date counts also without a name.
    is_list = sum(person.is_complete for person in found) >= _MIN_COMPLETE_PEOPLE
    return [
        person
        for number, person in zip(numbers, found, strict=True)
        if number.is_labelled or person.is_complete or (is_list and person.is_dated)
    ]


def with_people(facts: Sequence[Fact], people: Sequence[Person], *, listed: int) -> list[Fact]:
    """Return facts merged with those of people: names and dates join the records of their numbers.

    Args:
        facts: facts of tables and labels, with records.
        people: people in the same lines.
        listed: number of records, from the first on, that are rows of a table, whose values are not reassigned.
    """
    known = list(facts)
    latest = max((fact.record for fact in known if fact.record is not None), default=-1)
    for person in people:
        at = _index_of(known, person.number)
        if at is None and not person.is_dated:
            continue
        record = known[at].record if at is not None else None
        if record is None or (person.is_complete and record >= listed):
            latest += 1
            record = latest
        for fact in (person.number, *person.others):
            _add_to_record(known, fact, record, listed)
    return known


def _add_to_record(known: list[Fact], fact: Fact, record: int, listed: int) -> None:
    """Add a fact to a record that lacks its field, or move the known fact of the same quad there."""
    at = _index_of(known, fact)
    if at is None:
        if not any(other.field is fact.field and other.record == record for other in known):
            known.append(replace(fact, record=record))
        return
    before = known[at]
    if before.record is None or before.record >= listed:
        known[at] = before = replace(before, record=record)
    if fact.field is Field.NAME and before.record == record and _has_extra_words(before, fact):
        known[at] = replace(fact, record=record)


def _has_extra_words(fact: Fact, name: Fact) -> bool:
    """Return whether a fact has text beyond the name: of an adjacent line, or a bracket that was read as a letter."""
    if fact.value is None or name.value is None:
        return fact.value is None
    longer, shorter = (_WORD.findall(fold(one.value.reveal())) for one in (fact, name) if one.value is not None)
    more = len(longer) - len(shorter)
    if more > 0 and longer[-len(shorter) :] == shorter:
        return True
    # One more word may be the rest of the name.
    return more > 0 and longer[: len(shorter)] == shorter and (more > 1 or len(longer[-1]) == 1)


def _index_of(facts: Sequence[Fact], fact: Fact) -> int | None:
    """Return the index of the fact of the same field whose quad contains the centre of this one."""
    if fact.quad is None:
        return None
    middle = geometry.centre(fact.quad)
    for i, other in enumerate(facts):
        if other.field is fact.field and other.quad is not None and geometry.contains(other.quad, middle):
            return i
    return None


# --- values of lines ------------------------------------------------------------------------------------------------


def _values_of_row(row: int, rows: Sequence[Sequence[PrintedLine]]) -> Iterator[_Value]:
    for line in rows[row]:
        above, below = _line_at(line, row - 1, rows), _line_at(line, row + 1, rows)
        rest = _wrapped_name(above, line, row - 1, rows) if above is not None else None
        name = _wrapped_name(line, below, row, rows) if below is not None else None
        label = _open_label(above, rows) if above is not None else None
        for found in _values_in(line.text.reveal(), label):
            quad = span_of(line, found.start, found.end)
            is_apart = (rest is None or found.start >= rest.rest) and (name is None or found.end <= name.start)
            if is_apart or found.field is not Field.NAME:
                yield _Value(found.field, found.value, line, quad, row, found.is_labelled, found.is_sure, found.is_next)
        if name is not None and below is not None:
            quad = span_of(line, name.start, len(line.text))
            more = (span_of(below, 0, name.rest),)
            is_next = _ENTRY_MARK.fullmatch(line.text.reveal()[: name.start]) is not None
            yield _Value(Field.NAME, name.value, line, quad, row, is_labelled=False, is_next=is_next, more=more)


def _line_at(line: PrintedLine, row: int, rows: Sequence[Sequence[PrintedLine]]) -> PrintedLine | None:
    """Return the rightmost line of a row that overlaps a line horizontally."""
    there = rows[row] if 0 <= row < len(rows) else ()
    return next((other for other in reversed(there) if overlap_x(span_x(other.quad), span_x(line.quad)) > 0), None)


class _WrappedName(NamedTuple):
    """A name from `start` of one line to `rest` (exclusive) of the next."""

    value: str
    start: int
    rest: int


def _wrapped_name(
    line: PrintedLine, below: PrintedLine, row: int, rows: Sequence[Sequence[PrintedLine]]
) -> _WrappedName | None:
    """Return the name that continues in the next line, if its next word had no room in the first."""
    text, following = line.text.reveal(), below.text.reveal()
    more = _REST_OF_NAME.match(following)
    if more is None or not text[-1:].isalpha():
        return None
    is_label = any(label.start < more.end("name") for label in find_labels(following))
    if is_label or fold_upper(more["name"].split()[-1]) not in GIVEN_SYLLABLES:
        return None
    labels = [(label.start, label.end) for label in find_labels(text)]
    run = [*_capitalised_runs(text, labels)][-1:]
    words = _without_address_form(run[0]) if run and run[0][-1].end() == len(text) else ()
    if not words or not all(word[0].isupper() for word in more["name"].split()) or _is_complete_name(more["name"]):
        return None
    left = span_x(line.quad)[0]
    near = [other for others in rows[max(row - _MAX_ROWS, 0) : row + _MAX_ROWS + 1] for other in others]
    reach = _MAX_LINE_SHORTFALL * geometry.height(line.quad)
    near = [other for other in near if abs(span_x(other.quad)[0] - left) < reach]
    room = max(span_x(other.quad)[1] for other in near) - span_x(line.quad)[1]
    if room > (1 + len(more["name"].split()[0])) * geometry.width(line.quad) / len(text):
        return None
    start = words[0].start()
    value = clean_name(f"{text[start:]} {more['name']}")
    if value is None or not _is_person_name(value) or _is_in_place_name(text[:start], text[:start]):
        return None
    return _WrappedName(value, start, more.end("name"))


def _is_complete_name(words: str) -> bool:
    """Return whether words alone are the name of a person or place."""
    name = fold_upper(words)
    return name in _PLACES or (len(name.split()) > 1 and _is_person_name(words))


def _open_label(line: PrintedLine, rows: Sequence[Sequence[PrintedLine]]) -> LabelMatch | None:
    """Return the last label of a line if its value is in the next line, or continues there as addresses do."""
    text = line.text.reveal()
    label = next(reversed(find_labels(text)), None)
    if label is None or not text[label.end :].strip(JUNK):
        return label
    is_ended = text.rstrip().endswith(_END_OF_SENTENCE) or not _fills_paragraph(line, rows)
    return label if _is_other_label(label) and not is_ended else None


def _fills_paragraph(line: PrintedLine, rows: Sequence[Sequence[PrintedLine]]) -> bool:
    """Return whether a line is as wide as its paragraph, so that its sentence may continue in the next."""
    span = span_x(line.quad)
    right = max(span_x(other.quad)[1] for row in rows for other in row if overlap_x(span_x(other.quad), span) > 0)
    return span[1] > right - _MAX_LINE_SHORTFALL * geometry.height(line.quad)


def _is_other_label(label: LabelMatch) -> bool:
    """Return whether the value of a label is no name, number, sex or date of birth of a person."""
    if label.field in {Field.NUMBER, Field.OLD_NUMBER, *NAME_FIELDS, Field.DATE_OF_BIRTH, Field.SEX}:
        return False
    words = fold(label.variant).split()
    return label.field is not None or "ten" not in words or "khac" in words


def _values_in(text: str, before: LabelMatch | None) -> Iterator[_ValueSpan]:
    """Yield the numbers, dates and names of a line, except values of labels of other fields.

    Args:
        text: the line.
        before: the label in the line above whose value begins this line.
    """
    labels = find_labels(text)
    numbers, dates = find_numbers(text), find_dates(text)
    starts = [(0, before), *((label.end, label) for label in labels)]
    found: list[_ValueSpan] = []

    def label_of(start: int) -> tuple[LabelMatch | None, bool]:
        """Return the last label before a value, and whether there is no other text between them."""
        end, label = max((entry for entry in starts if entry[0] <= start), key=lambda entry: entry[0])
        return label, label is not None and not text[end:start].strip(JUNK)

    for number in numbers or find_old_numbers(text):
        label, is_beside = label_of(number.start)
        is_labelled = is_beside and label is not None and label.field in {Field.NUMBER, Field.OLD_NUMBER}
        if is_labelled or (numbers and not is_beside):
            found.append(_ValueSpan(Field.NUMBER, number.digits, number.start, number.end, is_labelled=is_labelled))
    for date in dates or _lone_years(text, numbers):
        label, is_beside = label_of(date.start)
        if not is_beside or (label is not None and label.field is Field.DATE_OF_BIRTH):
            found.append(_ValueSpan(Field.DATE_OF_BIRTH, date.date.iso, date.start, date.end, is_labelled=is_beside))
    taken = [(label.start, label.end) for label in labels]
    taken += [(value.start, value.end) for value in found]
    for start, end, is_sure in _names_in(text, taken):
        label, is_beside = label_of(start)
        value = clean_name(text[start:end])
        if value is None or (label is not None and _is_other_label(label)):
            continue
        last = max((behind for _, behind in taken if behind <= start), default=0)
        is_next = not text[last:start].strip(JUNK)
        is_own = label is None or label.field not in {None, Field.FATHER_NAME, Field.MOTHER_NAME}
        found.append(_ValueSpan(Field.NAME, value, start, end, is_beside, is_sure=is_sure and is_own, is_next=is_next))
    yield from sorted(found, key=lambda value: value.start)


def _lone_years(text: str, numbers: Sequence[NumberMatch]) -> list[DateMatch]:
    return [
        DateMatch(date, year.start(), year.end())
        for year in LONE_YEAR.finditer(text)
        if (date := CardDate.of(int(year.group()))) is not None
        and all(year.end() <= number.start or year.start() >= number.end for number in numbers)
    ]


def _names_in(text: str, taken: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, bool]]:
    """Yield (start, end, is_sure) of the names in a line, without forms of address in front."""
    if is_form_heading(text):
        return
    taken = [*taken, *((heading.start, heading.end) for heading in find_headings(text))]
    for run in _capitalised_runs(text, taken):
        words = _without_address_form(run)
        if not _MIN_NAME_WORDS <= len(words) <= MAX_NAME_WORDS:
            continue
        start, end = words[0].start(), words[-1].end()
        before = text[max((behind for _, behind in taken if behind <= start), default=0) : start]
        name = clean_name(text[start:end])
        if name is None or _is_in_place_name(text[:start], before):
            continue
        if _is_person_name(name):
            yield start, end, _BARE_NUMBER.fullmatch(before) is None
        elif _ENTRY_MARK.fullmatch(before.rpartition(":")[2]) is not None and _may_be_person_name(name):
            yield start, end, False


def _without_address_form(run: Sequence[re.Match[str]]) -> Sequence[re.Match[str]]:
    return run[next((i for i, word in enumerate(run) if not _is_address_form(word.group())), len(run)) :]


def _is_address_form(word: str) -> bool:
    """Return whether a word in front of a name is a form of address, or a misread row number."""
    return word in _FORMS_OF_ADDRESS or (len(word) == 1 and word.upper() != "Y")


def _capitalised_runs(text: str, taken: Sequence[tuple[int, int]]) -> Iterator[list[re.Match[str]]]:
    """Yield the runs of capitalised words outside the spans that are taken."""
    words: list[re.Match[str]] = [
        word
        for word in _WORD.finditer(text)
        if word.group()[0].isupper()
        and not text[word.end() : word.end() + 1].isdigit()  # a bracket read as a letter
        and not any(word.start() < end and word.end() > start for start, end in taken)
    ]
    run = words[:1]
    for before, word in pairwise(words):
        if _SPACE.fullmatch(text, before.end(), word.start()) is None:
            yield run
            run = []
        run.append(word)
    if run:
        yield run


def _is_person_name(name: str) -> bool:
    """Return whether words are a person's name by its family name, and no heading or place."""
    words = name.split()
    folded = [fold_upper(word) for word in words]
    if " ".join(folded[:2]) in HEADING_PREFIXES or " ".join(folded) in _PLACES:
        return False
    if len(words) < _MIN_NAME_WORDS or not is_name_like(name):
        return False
    if is_highland_name(name):
        return True
    if len(words) == _MIN_NAME_WORDS:
        return folded[0] in FAMILY_NAMES and folded[-1] in GIVEN_SYLLABLES
    return is_family_name(words[0])


def _may_be_person_name(name: str) -> bool:
    """Return whether words at the start of an entry may be a name with a rare family or given name."""
    words = name.split()
    if _PLACE_BEFORE.fullmatch(fold(words[0])) and not is_family_name(words[0]):
        return False
    if not all(word.istitle() and is_vietnamese_syllable(fold(word)) for word in words):
        return False
    return len(words) >= _MIN_RARE_NAME_WORDS or is_family_name(words[0])


def _is_in_place_name(lead: str, before: str) -> bool:
    """Return whether the words before a name show that it is that of a street, school or company.

    Args:
        lead: the line up to the name.
        before: the same without numbers, dates and labels.
    """
    if lead == before and _ENTRY_MARK.fullmatch(before) is not None:
        return False
    return _NUMBER_BEFORE.search(before) is not None or _PLACE_BEFORE.search(fold(lead)) is not None


# --- people ---------------------------------------------------------------------------------------------------------


def _person(page: _ValueRows, number: _Value, *, is_first: bool) -> Person:
    """Return the person of a number.

    Args:
        page: the values of all rows.
        number: the number.
        is_first: whether numbers come before names on this page.
    """
    near = [*page.before(number), *page.behind(number), *(page.below(number) if is_first else page.above(number))]
    citizen = CitizenNumber.parse(number.value)
    dates = [value for value in near if value.field is Field.DATE_OF_BIRTH and _is_birth_date(value, citizen)]
    date = max(dates, key=lambda value: len(value.value), default=None)
    names = sorted((value for value in near if value.field is Field.NAME), key=lambda value: not value.is_sure)
    name = next((value for value in names if date is not None or (value.is_sure and not is_first)), None)
    return Person(number.fact, tuple(value.fact for value in (name, date) if value is not None))


def _is_birth_date(date: _Value, citizen: CitizenNumber | None) -> bool:
    """Return whether a date is in the birth year of the number, or has a label beside an old number without one."""
    return date.is_labelled if citizen is None else int(date.value[:4]) == citizen.birth_year


@dataclass(frozen=True, eq=False, slots=True)
class _ValueRows:
    """The rows of a page, and the numbers, dates and names in each, from left to right."""

    rows: Sequence[Sequence[PrintedLine]]
    values: Sequence[Sequence[_Value]]

    def before(self, number: _Value) -> list[_Value]:
        """Return the values before a number in its row."""
        row = self.values[number.row]
        at = row.index(number)
        return [value for value in row[_behind_last_number(row[:at]) : at] if _is_beside(value, number)]

    def behind(self, number: _Value) -> list[_Value]:
        """Return the values behind a number in its row, except names behind other words, as those of officials."""
        row = self.values[number.row]
        at = row.index(number) + 1
        end = next((i for i, value in enumerate(row[at:], at) if value.field is Field.NUMBER), len(row))
        beside = [value for value in row[at:end] if _is_beside(value, number)]
        return [value for value in beside if value.field is not Field.NAME or value.is_next]

    def above(self, number: _Value) -> list[_Value]:
        """Return the values in the rows above a number that is the first of its row, the nearest first."""
        row = self.values[number.row]
        near = [value for value in row[: row.index(number)] if not _is_apart(value, number)]
        return [] if _behind_last_number(near) else self._in_adjacent_rows(number, -1)

    def below(self, number: _Value) -> list[_Value]:
        """Return the values in the rows below a number."""
        return self._in_adjacent_rows(number, 1)

    def _in_adjacent_rows(self, number: _Value, direction: int) -> list[_Value]:
        """Return the values above (-1) or below (1) the line of a number, up to another number or a gap."""
        found: list[_Value] = []
        quad, count = number.line.quad, 0
        row = number.row + direction
        while 0 <= row < len(self.rows) and count < _MAX_ROWS:
            here = [line for line in self.rows[row] if overlap_x(span_x(line.quad), span_x(quad)) > 0]
            step = abs(geometry.centre((here or self.rows[row])[0].quad)[1] - geometry.centre(quad)[1])
            if step > _MAX_ROW_STEP * max(geometry.height(quad), geometry.height((here or [number.line])[0].quad)):
                break
            row += direction
            if not here:
                continue
            count += 1
            quad = here[0].quad
            values = [value for value in self.values[row - direction] if any(value.line is line for line in here)]
            numbers = [i for i, value in enumerate(values) if value.field is Field.NUMBER]
            if numbers:
                return found + (values[_behind_last_number(values) :] if direction < 0 else values[: numbers[0]])
            found += values
        return found


def _behind_last_number(values: Sequence[_Value]) -> int:
    """Return the index behind the last number, 0 without one."""
    return max((i + 1 for i, value in enumerate(values) if value.field is Field.NUMBER), default=0)


def _is_beside(value: _Value, number: _Value) -> bool:
    """Return whether a value of the row of a number may belong to it: with a label, if it is in the same column."""
    return not (number.is_labelled and _is_apart(value, number))


def _is_apart(value: _Value, number: _Value) -> bool:
    return overlap_x(span_x(value.line.quad), span_x(number.line.quad)) < -_MAX_COLUMN_GAP * geometry.height(
        number.quad
    )
