"""Find labelled values outside cards, on forms, licences and screenshots, and group them by person."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from idscan.cards.code_facts import agrees_with_number
from idscan.cards.extract.by_shape import UNLABELLED_FACTOR
from idscan.cards.fields.numbers import CitizenNumber
from idscan.cards.fields.person_names import is_surely_name, normalise_name
from idscan.cards.fields.values import MIN_VIETNAMESE_VALUES, count_vietnamese_values
from idscan.cards.labels.search import ENGLISH_NUMBER
from idscan.core import geometry
from idscan.core.enums import EXPOSED_FIELDS, NUMBER_FIELDS, Field, Source
from idscan.core.types import Fact, Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from idscan.cards.extract.key_value import LabelledFact, PrintReading
    from idscan.cards.labels.search import LabelMatch
    from idscan.core.geometry import Quad
    from idscan.core.types import PrintedLine

_PERSONAL_FIELDS = frozenset(
    {Field.NAME, Field.DATE_OF_BIRTH, Field.SEX, Field.PLACE_OF_ORIGIN, Field.PLACE_OF_RESIDENCE}
)

_MIN_HEADLINE_RATIO = 1.3
"""Height of a headline by that of the number. Lower: names of companies are headlines; higher: names are missed."""
MAX_CROPPED_LINES = 4
"""Lines of an image cropped to a number. Fewer: such crops are missed; more: "Số" on receipts is a label."""
_MIN_CERTAIN_CONFIDENCE = 0.985
"""Confidence of digits that are not read again (one in 1,000 is wrong). Lower: more errors; higher: costs time."""
_CONTRADICTED_FACTOR = 0.5
"""Factor on contradicted confidences. Lower: the reading is dropped; higher: it may overrule the right one."""
_MAX_INDENT = 6.0
"""Heights between starts of values of one person. Lower: values are split; higher: two columns are one person."""


def labelled_facts(reading: PrintReading, *, is_cropped: bool = False) -> list[Fact]:
    """Return the values of `personal_labels` without their labels."""
    return [found.fact for found in personal_labels(reading, is_cropped=is_cropped)]


def personal_labels(reading: PrintReading, *, is_cropped: bool = False) -> list[LabelledFact]:
    """Return the values with the label of a person's field, in Vietnamese or on a Vietnamese document.

    An English label, and "Số", which may precede any number, need a Vietnamese label or the Vietnamese heading of an
    identity card near by. The name of the state, and Vietnamese values, suffice for an English label, but not for "Số",
    which is on every document of the state. The number under the heading of a driving licence is that of the licence.

    Args:
        reading: the print.
        is_cropped: whether the image has hardly any other print, so that the context of "Số" may be cut off.
    """
    has_lookalike = any(document.has_lookalike_number for heading in reading.headings for document in heading.documents)
    return [
        found
        for found in reading.by_label
        if found.fact.field in EXPOSED_FIELDS
        and not (has_lookalike and found.fact.field in NUMBER_FIELDS)
        and _has_valid_value(found, reading)
        and (
            _is_sufficient_alone(found.match)
            or _has_context(found.match, reading)
            or (is_cropped and _is_vietnamese_so(found.match))
        )
    ]


def _has_valid_value(found: LabelledFact, reading: PrintReading) -> bool:
    """Return whether a number has the digits of its label, and the right structure or context if the label is weak.

    The context of a weak label is a person's name and date of birth. The name of a role must be a person's beyond
    doubt, as companies have roles as well.
    """
    fact, label = found.fact, found.match.label
    if label.needs_person:
        return fact.value is not None and is_surely_name(fact.value.reveal())
    if fact.field is not Field.NUMBER or fact.value is None:
        return True
    number = CitizenNumber.parse(fact.value.reveal())
    is_likely = number is not None and number.is_likely
    is_good = is_likely or not label.needs_likely or (not label.is_strict and _has_name_and_birth(reading))
    return len(fact.value) in label.digits and is_good


def _has_name_and_birth(reading: PrintReading) -> bool:
    """Return whether there are a name and a date of birth with Vietnamese labels."""
    fields = {found.fact.field for found in reading.by_label if found.match.is_vietnamese}
    return {Field.NAME, Field.DATE_OF_BIRTH} <= fields


def _is_sufficient_alone(match: LabelMatch) -> bool:
    """Return whether a label needs no context: it is Vietnamese and not a short one that may precede anything."""
    label = match.label
    return match.is_vietnamese and (label.needs_likely or label.needs_person or not label.is_strict)


def _is_vietnamese_so(match: LabelMatch) -> bool:
    is_word = match.end - match.start > 1  # "S" alone may be a 5
    return match.field is Field.NUMBER and match.is_vietnamese and match.variant != ENGLISH_NUMBER and is_word


def _has_context(match: LabelMatch, reading: PrintReading) -> bool:
    """Return whether other values, labels or headings show that a label is that of a person's field in Vietnam."""
    if not match.is_bare_number and count_vietnamese_values(reading.facts) >= MIN_VIETNAMESE_VALUES:
        return True
    headings = [heading for heading in reading.headings if heading.is_vietnamese and heading.is_whole]
    if any(heading.is_of_identity_card for heading in headings):
        return True
    if headings and not match.label.is_strict:
        return True
    if not match.is_bare_number and any(_is_citizen_number(found, reading) for found in reading.by_label):
        return True
    return any(
        other is not match
        and other.field in _PERSONAL_FIELDS
        and other.is_vietnamese
        and other.field is not match.field
        for other in reading.labels
    )


def _is_citizen_number(found: LabelledFact, reading: PrintReading) -> bool:
    """Return whether this is a valid number with a label that needs no context."""
    return found.fact.field is Field.NUMBER and _is_sufficient_alone(found.match) and _has_valid_value(found, reading)


def headline_name(facts: Sequence[Fact], lines: Sequence[PrintedLine]) -> list[Fact]:
    """Return the name in large print that heads a page about one person, as on a CV; [] where a name has a label.

    Args:
        facts: facts by labels, with records.
        lines: upright lines of the page.
    """
    known = {fact.field: fact for fact in facts}
    records = {fact.record for fact in facts if fact.field in {Field.NUMBER, Field.DATE_OF_BIRTH}}
    number = known.get(Field.NUMBER)
    if Field.NAME in known or Field.DATE_OF_BIRTH not in known or len(records) != 1 or number is None:
        return []
    place = number.quad
    if place is None:
        return []
    above = [line for line in lines if geometry.centre(line.quad)[1] < geometry.centre(place)[1]]
    large = [
        line
        for line in above
        if geometry.height(line.quad) > _MIN_HEADLINE_RATIO * geometry.height(place)
        and is_surely_name(line.text.reveal())
    ]
    if not large:
        return []
    line = max(large, key=lambda line: geometry.height(line.quad))
    return [
        Fact(
            field=Field.NAME,
            value=Secret(normalise_name(line.text.reveal())),
            by=Source.PRINT,
            quad=line.quad,
            confidence=line.confidence * UNLABELLED_FACTOR,
            engine=line.engine,
            record=number.record,
        )
    ]


_UNIQUE_FIELDS = frozenset({Field.NUMBER, Field.NAME, Field.DATE_OF_BIRTH})
"""Fields that a person has once: a second one is that of another person."""
_DIGIT_FIELDS = frozenset({Field.NUMBER, Field.DATE_OF_BIRTH})


def with_records(labelled: Sequence[LabelledFact], first: int) -> list[Fact]:
    """Return facts with the number of the record (person) that each belongs to, from `first` on.

    A fact joins the latest record that lacks its field, in the same column of the page where there is one. Names of
    roles, which companies have as well, count only in a record with number or date of birth.

    Args:
        labelled: facts with their labels, in reading order.
        first: number of the first record.
    """
    records: list[tuple[Quad, set[tuple[Field, str]]]] = []
    last: list[Quad] = []
    result: list[tuple[LabelMatch, Fact]] = []
    for place, (match, fact, label) in enumerate(labelled):
        key = (fact.field, fact.value.reveal() if fact.value else "")
        open_ones = [i for i, (_, known) in enumerate(records) if key in known or not _has_field(known, key)]
        beside = [i for i in open_ones if abs(records[i][0][0][0] - label[0][0]) < _reach(label)]
        number = max(beside or open_ones, default=None)
        if number is not None and key not in records[number][1]:
            known = {field for field, _ in records[number][1]}
            is_complete = fact.field is Field.NAME and known >= _DIGIT_FIELDS
            if is_complete and _starts_record(label, last[number], labelled[place + 1 :]):
                number = None
        if number is None:
            records.append((label, {key}))
            last.append(label)
            number = len(records) - 1
        else:
            records[number][1].add(key)
            last[number] = label
        result.append((match, replace(fact, record=first + number)))
    with_digits = {fact.record for _, fact in result if fact.field in _DIGIT_FIELDS}
    return [fact for match, fact in result if not match.label.needs_person or fact.record in with_digits]


def _starts_record(label: Quad, before: Quad, following: Sequence[LabelledFact]) -> bool:
    """Return whether a name is nearer to a number or date below it than to the last label of the record above."""
    after = next((found for found in following if abs(found.quad[0][0] - label[0][0]) < _reach(label)), None)
    if after is None or after.fact.field not in _DIGIT_FIELDS:
        return False
    middle = geometry.centre(label)[1]
    return geometry.centre(after.quad)[1] - middle < middle - geometry.centre(before)[1]


def _reach(label: Quad) -> float:
    return _MAX_INDENT * geometry.height(label)


def number_records(records: Iterable[Sequence[Fact]]) -> list[list[Fact]]:
    """Return the facts of each record with its number."""
    return [[replace(fact, record=number) for fact in record] for number, record in enumerate(records)]


def renumber_records(known: Sequence[Fact], more: Sequence[Fact]) -> list[Fact]:
    """Return further facts with record numbers that no known fact has."""
    first = 1 + max((fact.record for fact in known if fact.record is not None), default=-1)
    return [fact if fact.record is None else replace(fact, record=first + fact.record) for fact in more]


def doubtful_digits(facts: Sequence[Fact]) -> list[Fact]:
    """Return numbers and birth dates to read again: with low confidence, wrong structure, or contradictions."""
    digits = (fact for fact in facts if fact.field in _DIGIT_FIELDS and fact.by is Source.PRINT)
    return [fact for fact in digits if _needs_rereading(fact, facts)]


def _needs_rereading(fact: Fact, facts: Sequence[Fact]) -> bool:
    if fact.value is None or fact.confidence < _MIN_CERTAIN_CONFIDENCE:
        return True
    number = CitizenNumber.parse(fact.value.reveal()) if fact.field is Field.NUMBER else None
    if number is not None and not number.is_likely:
        return True
    others = [other for other in facts if other.record == fact.record is not None and other.value is not None]
    return any(_agree(fact, other) is False for other in others)


def _agree(first: Fact, second: Fact) -> bool | None:
    """Return whether number and birth date of two facts agree; None where they are not one of each."""
    number, date = (first, second) if first.field is Field.NUMBER else (second, first)
    if number.field is not Field.NUMBER or date.field is not Field.DATE_OF_BIRTH or not number.value or not date.value:
        return None
    return agrees_with_number(Field.DATE_OF_BIRTH, date.value, number.value)


def resolve_contradictions(facts: Sequence[Fact]) -> list[Fact]:
    """Return facts, with a lower confidence where another reading of the same quad is more consistent."""
    return [
        replace(fact, confidence=fact.confidence * _CONTRADICTED_FACTOR) if _is_inferior(fact, facts) else fact
        for fact in facts
    ]


def _is_inferior(fact: Fact, facts: Sequence[Fact]) -> bool:
    rivals = [other for other in facts if other.field is fact.field and other.quad == fact.quad and other is not fact]
    return any(_consistency(other, facts) > _consistency(fact, facts) for other in rivals)


def _consistency(fact: Fact, facts: Sequence[Fact]) -> int:
    """Return by how many of two checks a reading is right: its structure, and the other facts of the record."""
    if fact.value is None:
        return -1
    number = CitizenNumber.parse(fact.value.reveal()) if fact.field is Field.NUMBER else None
    others = [other for other in facts if other.record == fact.record is not None]
    return (number is not None and number.is_likely) + any(_agree(fact, other) is True for other in others)


def _has_field(known: set[tuple[Field, str]], key: tuple[Field, str]) -> bool:
    """Return whether a record has a unique field; it may have both an old and a new number."""
    field, value = key
    same = [other for other_field, other in known if other_field is field]
    if field is Field.NUMBER:
        same = [other for other in same if len(other) == len(value)]
    return field in _UNIQUE_FIELDS and bool(same)
