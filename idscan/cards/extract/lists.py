"""People in lists, messages and sentences: a name and a date of birth beside a citizen number.

They need no labels of their own, and commas, dashes, strokes, tabs or ends of lines may part them. A number with a
label makes an item a person's; one without does so where its structure is right, and where the year of birth that it
tells and a Vietnamese name stand beside it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from idscan.cards.extract.segments import JUNK, overlap_x, rows_of, span_of, span_x
from idscan.cards.fields.dates import CardDate, DateMatch, find_dates
from idscan.cards.fields.name_tables import FAMILY_NAMES, GIVEN_SYLLABLES, HEADING_PREFIXES
from idscan.cards.fields.names import MAX_NAME_WORDS, clean_name, is_family_name, is_highland_name, is_name_like
from idscan.cards.fields.numbers import CitizenNumber, find_numbers, find_old_numbers
from idscan.cards.fields.provinces import PROVINCES
from idscan.cards.labels.search import find_labels
from idscan.cards.labels.titles import find_titles, is_form_heading
from idscan.cards.text.normalize import fold, fold_upper
from idscan.cards.text.syllables import is_vietnamese_syllable
from idscan.core import geometry
from idscan.core.enums import NAME_FIELDS, Field, Source
from idscan.core.types import Fact, Secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from idscan.cards.fields.numbers import NumberMatch
    from idscan.cards.labels.search import LabelMatch
    from idscan.core.geometry import Quad
    from idscan.core.types import PrintedLine

_MOST_ROWS = 3
"""Rows above that of its number in which a name stands: name, date and one more."""
_STEP = 2.6
"""Heights from one row of an item to the next: a wider gap is that between items, bubbles or paragraphs."""
_FULL = 4.0
"""Heights by which a line that goes on in the next one may end before its paragraph does."""
_APART = 6.0
"""Heights from a number's line to others of its row, which beyond them are another column's."""
_SHORTEST_NAME, _FEWEST_OF_RARE = 2, 3
_FEWEST_OF_LIST = 2

_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['’](?=[^\W\d_]))*")
_SPACE = re.compile(r"[ \t\u00a0]{1,3}")
_ORDER = re.compile(r"[\W_]*(?:\d{1,4}|[a-zA-ZĐđ])?[\W_]*")
"""What stands in front of the first word of an item: a bullet, or its number in the list."""
_BARE_NUMBER = re.compile(r"\s*\d{1,4}\s+")
"""A number in front of a name that may be a house's, or a row's whose mark was not read."""
_REST_OF_NAME = re.compile(
    r"(?P<name>[^\W\d_]+(?: [^\W\d_]+){0,2})\s*(?:[,;:(/–-]|(?:sinh|s[oố]|nam|n[uữ]|cccd|cmnd)\b)", re.IGNORECASE
)
"""The rest of a name at the start of a line, up to what parts it from the next value."""
_END_OF_SENTENCE = (".", ";", ":")
_YEAR = re.compile(r"(?<![\d/.\-])(?:19|20)\d{2}(?![\d/.\-])")
_NUMBER_BEFORE = re.compile(r"\d[\d/]*[a-zA-Z]?[\s.,]*\Z")
_PLACE_BEFORE = re.compile(
    r"(?<![a-z])(?:duong|pho|phuong|xa|thon|ap|ban|to|khu|quan|huyen|tinh|thanh pho|thi tran|tp|q|p|x|tai|o|truong"
    r"|thpt|thcs|benh vien|cong ty|khach san|hang|nha may|dia chi|chi nhanh|kcn|du an|cau|cho|ngo|ngach|hem)[.:]?\s*\Z"
)
"""Words, folded, behind which a street, a place or a company stands that bears a person's name."""
_FORMS_OF_ADDRESS = frozenset({"Ông", "Bà", "Anh", "Chị", "Em", "Cô", "Chú", "Bác", "Cháu", "Bé", "Quý", "Khách"})
_PLACES = frozenset(fold_upper(name) for name in PROVINCES.values())


class _Found(NamedTuple):
    """A number, date or name in a line.

    Attributes:
        field: which of them.
        value: normalised.
        start: place of its first character.
        end: place behind its last.
        is_labelled: whether a label of its own stands before it.
        is_sure: of a name: whether it must be one.
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
class _Part:
    """A number, date or name with its place; `more` is that of the rest of a name that goes on in the next line."""

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
        return f"_Part({self.field.name}, row={self.row})"

    @property
    def fact(self) -> Fact:
        """The fact that it is where it belongs to a person."""
        return Fact(
            field=self.field,
            value=Secret(self.value),
            by=Source.PRINT,
            quad=geometry.enclosing((self.quad, *self.more)) if self.more else self.quad,
            confidence=self.line.confidence,
            engine=self.line.engine,
            lines=(self.quad, *self.more),
        )


@dataclass(frozen=True, slots=True)
class Item:
    """What stands beside a citizen number.

    Attributes:
        number: the number.
        others: the name and the date of birth, as far as there are any.
    """

    number: Fact
    others: tuple[Fact, ...]

    @property
    def is_complete(self) -> bool:
        """Whether name and date stand beside a number of right structure: then nobody else's do."""
        return len(self.others) > 1 and self.is_dated

    @property
    def is_dated(self) -> bool:
        """Whether the date of birth stands beside a number of right structure."""
        citizen = CitizenNumber.parse(self.number.value.reveal()) if self.number.value else None
        is_dated = any(fact.field is Field.DATE_OF_BIRTH for fact in self.others)
        return is_dated and citizen is not None and citizen.is_likely


def find_items(lines: Sequence[PrintedLine]) -> list[Item]:
    """Return the citizen numbers among lines with what belongs to each.

    Args:
        lines: upright lines of a page without those of cards.
    """
    if not any(find_numbers(text) or find_old_numbers(text) for text in (line.text.reveal() for line in lines)):
        return []
    rows = rows_of(lines)
    page = _Page(rows, [list(_parts_of(row, rows)) for row in range(len(rows))])
    numbers = [part for parts in page.parts for part in parts if part.field is Field.NUMBER]
    if not numbers:
        return []
    first = numbers[0]
    citizen = CitizenNumber.parse(first.value)
    around = (*page.before(first), *page.behind(first), *page.above(first))
    is_first = not any(part.field is Field.NAME or _agree(part, citizen) for part in around)
    found = [_item(page, number, is_first=is_first) for number in numbers]
    # Among people whose names are read, a name that is none does not make the number beside its date anything else.
    is_list = sum(item.is_complete for item in found) >= _FEWEST_OF_LIST
    return [
        item
        for number, item in zip(numbers, found, strict=True)
        if number.is_labelled or item.is_complete or (is_list and item.is_dated)
    ]


def with_items(facts: Sequence[Fact], items: Sequence[Item], *, listed: int) -> list[Fact]:
    """Return facts with those that stand beside the numbers among them, and with those of items without labels.

    Args:
        facts: what rows of tables and labels say, each fact with its record.
        items: of the same lines.
        listed: how many of the records, from the first on, are rows of a table: its columns say whose its values are.
    """
    known = list(facts)
    latest = max((fact.record for fact in known if fact.record is not None), default=-1)
    for item in items:
        at = _index_of(known, item.number)
        if at is None and not item.is_dated:
            continue
        record = known[at].record if at is not None else None
        if record is None or (item.is_complete and record >= listed):
            latest += 1
            record = latest
        for fact in (item.number, *item.others):
            _put(known, fact, record, listed)
    return known


def _put(known: list[Fact], fact: Fact, record: int, listed: int) -> None:
    """Add a fact to a record, unless it is there or the record has another."""
    at = _index_of(known, fact)
    if at is None:
        if not any(other.field is fact.field and other.record == record for other in known):
            known.append(replace(fact, record=record))
        return
    before = known[at]
    if before.record is None or before.record >= listed:
        known[at] = before = replace(before, record=record)
    if fact.field is Field.NAME and before.record == record and _is_longer(before, fact):
        known[at] = replace(fact, record=record)


def _is_longer(fact: Fact, name: Fact) -> bool:
    """Return whether a fact holds more than the name at its place: a line above or below, or a bracket as a letter."""
    if fact.value is None or name.value is None:
        return fact.value is None
    longer, shorter = (_WORD.findall(fold(one.value.reveal())) for one in (fact, name) if one.value is not None)
    more = len(longer) - len(shorter)
    if more > 0 and longer[-len(shorter) :] == shorter:
        return True
    # A single word behind may be the rest of the name.
    return more > 0 and longer[: len(shorter)] == shorter and (more > 1 or len(longer[-1]) == 1)


def _index_of(facts: Sequence[Fact], fact: Fact) -> int | None:
    """Return which fact tells of the same field at the same place."""
    if fact.quad is None:
        return None
    middle = geometry.centre(fact.quad)
    for i, other in enumerate(facts):
        if other.field is fact.field and other.quad is not None and geometry.contains(other.quad, middle):
            return i
    return None


# --- parts of lines -------------------------------------------------------------------------------------------------


def _parts_of(row: int, rows: Sequence[Sequence[PrintedLine]]) -> Iterator[_Part]:
    for line in rows[row]:
        above, below = _next_to(line, row - 1, rows), _next_to(line, row + 1, rows)
        rest = _broken_name(above, line, row - 1, rows) if above is not None else None
        name = _broken_name(line, below, row, rows) if below is not None else None
        label = _open_label(above, rows) if above is not None else None
        for found in _found_in(line.text.reveal(), label):
            quad = span_of(line, found.start, found.end)
            is_apart = (rest is None or found.start >= rest.rest) and (name is None or found.end <= name.start)
            if is_apart or found.field is not Field.NAME:
                yield _Part(found.field, found.value, line, quad, row, found.is_labelled, found.is_sure, found.is_next)
        if name is not None and below is not None:
            quad = span_of(line, name.start, len(line.text))
            more = (span_of(below, 0, name.rest),)
            is_next = _ORDER.fullmatch(line.text.reveal()[: name.start]) is not None
            yield _Part(Field.NAME, name.value, line, quad, row, is_labelled=False, is_next=is_next, more=more)


def _next_to(line: PrintedLine, row: int, rows: Sequence[Sequence[PrintedLine]]) -> PrintedLine | None:
    """Return the line of a row, the one above or below, that stands over or under a line."""
    there = rows[row] if 0 <= row < len(rows) else ()
    return next((other for other in reversed(there) if overlap_x(span_x(other.quad), span_x(line.quad)) > 0), None)


class _BrokenName(NamedTuple):
    """A name that begins at `start` of one line and goes on to `rest` of the next."""

    value: str
    start: int
    rest: int


def _broken_name(
    line: PrintedLine, below: PrintedLine, row: int, rows: Sequence[Sequence[PrintedLine]]
) -> _BrokenName | None:
    """Return the name that a line breaks within, where the next word would not have fitted into the line."""
    text, following = line.text.reveal(), below.text.reveal()
    more = _REST_OF_NAME.match(following)
    if more is None or not text[-1:].isalpha():
        return None
    is_label = any(label.start < more.end("name") for label in find_labels(following))
    if is_label or fold_upper(more["name"].split()[-1]) not in GIVEN_SYLLABLES:
        return None
    labels = [(label.start, label.end) for label in find_labels(text)]
    run = [*_runs_of_capitals(text, labels)][-1:]
    words = _without_lead(run[0]) if run and run[0][-1].end() == len(text) else ()
    if not words or not all(word[0].isupper() for word in more["name"].split()) or _is_start(more["name"]):
        return None
    left = span_x(line.quad)[0]
    near = [other for others in rows[max(row - _MOST_ROWS, 0) : row + _MOST_ROWS + 1] for other in others]
    near = [other for other in near if abs(span_x(other.quad)[0] - left) < _FULL * geometry.height(line.quad)]
    room = max(span_x(other.quad)[1] for other in near) - span_x(line.quad)[1]
    if room > (1 + len(more["name"].split()[0])) * geometry.width(line.quad) / len(text):
        return None
    start = words[0].start()
    value = clean_name(f"{text[start:]} {more['name']}")
    if value is None or not _is_person(value) or _is_of_place(text[:start], text[:start]):
        return None
    return _BrokenName(value, start, more.end("name"))


def _is_start(words: str) -> bool:
    """Return whether words are a name, or a place, of their own."""
    name = fold_upper(words)
    return name in _PLACES or (len(name.split()) > 1 and _is_person(words))


def _open_label(line: PrintedLine, rows: Sequence[Sequence[PrintedLine]]) -> LabelMatch | None:
    """Return the label whose value stands in the next line, or goes on there as addresses do."""
    text = line.text.reveal()
    label = next(reversed(find_labels(text)), None)
    if label is None or not text[label.end :].strip(JUNK):
        return label
    is_ended = text.rstrip().endswith(_END_OF_SENTENCE) or not _is_full(line, rows)
    return label if _is_of_others(label) and not is_ended else None


def _is_full(line: PrintedLine, rows: Sequence[Sequence[PrintedLine]]) -> bool:
    """Return whether a line fills the width of its paragraph, so that its sentence may go on in the next."""
    span = span_x(line.quad)
    right = max(span_x(other.quad)[1] for row in rows for other in row if overlap_x(span_x(other.quad), span) > 0)
    return span[1] > right - _FULL * geometry.height(line.quad)


def _is_of_others(label: LabelMatch) -> bool:
    """Return whether what stands behind a label is no name, number or date of a person."""
    if label.field in {Field.NUMBER, Field.OLD_NUMBER, *NAME_FIELDS, Field.DATE_OF_BIRTH, Field.SEX}:
        return False
    words = fold(label.variant).split()
    return label.field is not None or "ten" not in words or "khac" in words


def _found_in(text: str, before: LabelMatch | None) -> Iterator[_Found]:
    """Yield the numbers, dates and names of a line, but not what stands behind the label of something else.

    Args:
        text: the line.
        before: the label in the line above that it begins with the value of.
    """
    labels = find_labels(text)
    numbers, dates = find_numbers(text), find_dates(text)
    starts = [(0, before), *((label.end, label) for label in labels)]
    found: list[_Found] = []

    def label_of(start: int) -> tuple[LabelMatch | None, bool]:
        """Return the label that a value follows, and whether nothing else stands between them."""
        end, label = max((entry for entry in starts if entry[0] <= start), key=lambda entry: entry[0])
        return label, label is not None and not text[end:start].strip(JUNK)

    for number in numbers or find_old_numbers(text):
        label, is_beside = label_of(number.start)
        is_labelled = is_beside and label is not None and label.field in {Field.NUMBER, Field.OLD_NUMBER}
        if is_labelled or (numbers and not is_beside):
            found.append(_Found(Field.NUMBER, number.digits, number.start, number.end, is_labelled=is_labelled))
    for date in dates or _years(text, numbers):
        label, is_beside = label_of(date.start)
        if not is_beside or (label is not None and label.field is Field.DATE_OF_BIRTH):
            found.append(_Found(Field.DATE_OF_BIRTH, date.date.iso, date.start, date.end, is_labelled=is_beside))
    taken = [(label.start, label.end) for label in labels]
    taken += [(part.start, part.end) for part in found]
    for start, end, is_sure in _names_in(text, taken):
        label, is_beside = label_of(start)
        value = clean_name(text[start:end])
        if value is None or (label is not None and _is_of_others(label)):
            continue
        last = max((behind for _, behind in taken if behind <= start), default=0)
        is_next = not text[last:start].strip(JUNK)
        is_own = label is None or label.field not in {None, Field.FATHER_NAME, Field.MOTHER_NAME}
        found.append(_Found(Field.NAME, value, start, end, is_beside, is_sure=is_sure and is_own, is_next=is_next))
    yield from sorted(found, key=lambda part: part.start)


def _years(text: str, numbers: Sequence[NumberMatch]) -> list[DateMatch]:
    return [
        DateMatch(date, year.start(), year.end())
        for year in _YEAR.finditer(text)
        if (date := CardDate.of(int(year.group()))) is not None
        and all(year.end() <= number.start or year.start() >= number.end for number in numbers)
    ]


def _names_in(text: str, taken: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, bool]]:
    """Yield where names stand in a line, forms of address in front left out, and whether they surely are names."""
    if is_form_heading(text):
        return
    taken = [*taken, *((title.start, title.end) for title in find_titles(text))]
    for run in _runs_of_capitals(text, taken):
        words = _without_lead(run)
        if not _SHORTEST_NAME <= len(words) <= MAX_NAME_WORDS:
            continue
        start, end = words[0].start(), words[-1].end()
        before = text[max((behind for _, behind in taken if behind <= start), default=0) : start]
        name = clean_name(text[start:end])
        if name is None or _is_of_place(text[:start], before):
            continue
        if _is_person(name):
            yield start, end, _BARE_NUMBER.fullmatch(before) is None
        elif _ORDER.fullmatch(before.rpartition(":")[2]) is not None and _may_be_person(name):
            yield start, end, False


def _without_lead(run: Sequence[re.Match[str]]) -> Sequence[re.Match[str]]:
    return run[next((i for i, word in enumerate(run) if not _is_lead(word.group())), len(run)) :]


def _is_lead(word: str) -> bool:
    """Return whether a word in front of a name is a form of address, or what was read of a row's number."""
    return word in _FORMS_OF_ADDRESS or (len(word) == 1 and word.upper() != "Y")


def _runs_of_capitals(text: str, taken: Sequence[tuple[int, int]]) -> Iterator[list[re.Match[str]]]:
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


def _is_person(name: str) -> bool:
    words = name.split()
    folded = [fold_upper(word) for word in words]
    if " ".join(folded[:2]) in HEADING_PREFIXES or " ".join(folded) in _PLACES:
        return False
    if len(words) < _SHORTEST_NAME or not is_name_like(name):
        return False
    if is_highland_name(name):
        return True
    if len(words) == _SHORTEST_NAME:
        return folded[0] in FAMILY_NAMES and folded[-1] in GIVEN_SYLLABLES
    return is_family_name(words[0])


def _may_be_person(name: str) -> bool:
    """Return whether words at the start of an item may be a name with a family or given name that few bear."""
    words = name.split()
    if _PLACE_BEFORE.fullmatch(fold(words[0])) and not is_family_name(words[0]):
        return False
    if not all(word.istitle() and is_vietnamese_syllable(fold(word)) for word in words):
        return False
    return len(words) >= _FEWEST_OF_RARE or is_family_name(words[0])


def _is_of_place(lead: str, before: str) -> bool:
    """Return whether words stand before a name that make it a street's, a school's or a company's.

    Args:
        lead: the line up to the name.
        before: the same without numbers, dates and labels.
    """
    if lead == before and _ORDER.fullmatch(before) is not None:
        return False
    return _NUMBER_BEFORE.search(before) is not None or _PLACE_BEFORE.search(fold(lead)) is not None


# --- items ----------------------------------------------------------------------------------------------------------


def _item(page: _Page, number: _Part, *, is_first: bool) -> Item:
    """Return what belongs to a number.

    Args:
        page: what stands around it.
        number: the number.
        is_first: the people of this page follow their numbers.
    """
    near = [*page.before(number), *page.behind(number), *(page.below(number) if is_first else page.above(number))]
    citizen = CitizenNumber.parse(number.value)
    dates = [part for part in near if part.field is Field.DATE_OF_BIRTH and _agree(part, citizen)]
    date = max(dates, key=lambda part: len(part.value), default=None)
    names = sorted((part for part in near if part.field is Field.NAME), key=lambda part: not part.is_sure)
    name = next((part for part in names if date is not None or (part.is_sure and not is_first)), None)
    return Item(number.fact, tuple(part.fact for part in (name, date) if part is not None))


def _agree(date: _Part, citizen: CitizenNumber | None) -> bool:
    """Return whether a date is that of birth: in the year of the number, with its label where the number tells none."""
    return date.is_labelled if citizen is None else int(date.value[:4]) == citizen.birth_year


@dataclass(frozen=True, eq=False, slots=True)
class _Page:
    """The rows of a page, and the numbers, dates and names in each, from left to right."""

    rows: Sequence[Sequence[PrintedLine]]
    parts: Sequence[Sequence[_Part]]

    def before(self, number: _Part) -> list[_Part]:
        """Return what stands before a number in its row."""
        row = self.parts[number.row]
        at = row.index(number)
        return [part for part in row[_behind_last_number(row[:at]) : at] if _is_beside(part, number)]

    def behind(self, number: _Part) -> list[_Part]:
        """Return what follows a number in its row, but no names that other words part from it: those are officials'."""
        row = self.parts[number.row]
        at = row.index(number) + 1
        end = next((i for i, part in enumerate(row[at:], at) if part.field is Field.NUMBER), len(row))
        beside = [part for part in row[at:end] if _is_beside(part, number)]
        return [part for part in beside if part.field is not Field.NAME or part.is_next]

    def above(self, number: _Part) -> list[_Part]:
        """Return what stands in the rows above a number that is the first of its row, the nearest first."""
        row = self.parts[number.row]
        near = [part for part in row[: row.index(number)] if not _is_apart(part, number)]
        return [] if _behind_last_number(near) else self._away(number, -1)

    def below(self, number: _Part) -> list[_Part]:
        """Return what stands in the rows below a number."""
        return self._away(number, 1)

    def _away(self, number: _Part, direction: int) -> list[_Part]:
        """Return what stands above or below a number's line, up to another number, in rows that follow each other."""
        found: list[_Part] = []
        quad, count = number.line.quad, 0
        row = number.row + direction
        while 0 <= row < len(self.rows) and count < _MOST_ROWS:
            here = [line for line in self.rows[row] if overlap_x(span_x(line.quad), span_x(quad)) > 0]
            step = abs(geometry.centre((here or self.rows[row])[0].quad)[1] - geometry.centre(quad)[1])
            if step > _STEP * max(geometry.height(quad), geometry.height((here or [number.line])[0].quad)):
                break
            row += direction
            if not here:
                continue
            count += 1
            quad = here[0].quad
            parts = [part for part in self.parts[row - direction] if any(part.line is line for line in here)]
            numbers = [i for i, part in enumerate(parts) if part.field is Field.NUMBER]
            if numbers:
                return found + (parts[_behind_last_number(parts) :] if direction < 0 else parts[: numbers[0]])
            found += parts
        return found


def _behind_last_number(parts: Sequence[_Part]) -> int:
    return max((i + 1 for i, part in enumerate(parts) if part.field is Field.NUMBER), default=0)


def _is_beside(part: _Part, number: _Part) -> bool:
    """Return whether a part of a number's row belongs to it: columns stand apart, as a table's header says of them."""
    return not (number.is_labelled and _is_apart(part, number))


def _is_apart(part: _Part, number: _Part) -> bool:
    return overlap_x(span_x(part.line.quad), span_x(number.line.quad)) < -_APART * geometry.height(number.quad)
