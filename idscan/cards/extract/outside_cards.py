"""Labelled values outside cards: on forms, licences and screenshots, grouped by person."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from idscan.cards.code_facts import agrees_with_number
from idscan.cards.extract.by_shape import UNLABELLED
from idscan.cards.fields.names import is_surely_name, normalise_name
from idscan.cards.fields.numbers import CitizenNumber
from idscan.cards.fields.values import MIN_VIETNAMESE_VALUES, count_vietnamese_values
from idscan.cards.labels.search import ENGLISH_NUMBER
from idscan.cards.labels.tables import Language
from idscan.core import geometry
from idscan.core.enums import EXPOSED_FIELDS, CardKind, Field, Source
from idscan.core.types import Fact, Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from idscan.cards.extract.key_value import LabelledFact, PrintReading
    from idscan.cards.labels.search import LabelMatch
    from idscan.core.geometry import Quad
    from idscan.core.types import PrintedLine

_NUMBERS = frozenset({Field.NUMBER, Field.OLD_NUMBER})
_VOUCHING = frozenset({Field.NAME, Field.DATE_OF_BIRTH, Field.SEX, Field.PLACE_OF_ORIGIN, Field.PLACE_OF_RESIDENCE})


_HEADLINE = 1.3
"""Heights of a page's other print from which a name heads it: names of places and firms are printed in bold, too."""

FEW_LINES = 4
"""Lines of a picture that was cut to a card's number and its label, with what is left of the lines around it."""


def labelled_facts(reading: PrintReading, *, is_cut_out: bool = False) -> list[Fact]:
    """Return the values of `labelled` without their labels."""
    return [found.fact for found in personal_labels(reading, is_cut_out=is_cut_out)]


def personal_labels(reading: PrintReading, *, is_cut_out: bool = False) -> list[LabelledFact]:
    """Return the values beside a label that speaks of a person, in Vietnamese or of somebody from Vietnam.

    An English label alone says nothing of Vietnam, and "Số" alone stands before any number: both need a Vietnamese
    label or an identity card's Vietnamese heading near by. The name of the state vouches for the English label, and so
    do values that speak of Vietnam, but not for "Số", under which the state's every document has its number. The number
    under a driving licence's heading is the licence's own.

    Args:
        reading: the print.
        is_cut_out: hardly anything else stands in the picture, so that what would vouch for "Số" was cut off.
    """
    is_licence = any(CardKind.GPLX in match.title.kinds for match in reading.titles)
    return [
        found
        for found in reading.by_label
        if found.fact.field in EXPOSED_FIELDS
        and not (is_licence and found.fact.field in _NUMBERS)
        and _has_right_shape(found, reading)
        and (
            _speaks_for_itself(found.match)
            or _is_vouched_for(found.match, reading)
            or (is_cut_out and _is_so(found.match))
        )
    ]


def _has_right_shape(found: LabelledFact, reading: PrintReading) -> bool:
    """Return whether a number has as many digits as its label says, and right structure where the label is weak.

    A role's name must be one beyond doubt: companies have roles, too. Before other numbers a weak label counts beside
    a person's name and date of birth.
    """
    fact, label = found.fact, found.match.label
    if label.needs_person:
        return fact.value is not None and is_surely_name(fact.value.reveal())
    if fact.field is not Field.NUMBER or fact.value is None:
        return True
    number = CitizenNumber.parse(fact.value.reveal())
    is_likely = number is not None and number.is_likely
    is_good = is_likely or not label.needs_likely or (not label.is_strict and _is_beside_person(reading))
    return len(fact.value) in label.digits and is_good


def _is_beside_person(reading: PrintReading) -> bool:
    """Return whether a Vietnamese label led to a name and another to a date of birth."""
    fields = {found.fact.field for found in reading.by_label if _is_vietnamese(found.match)}
    return {Field.NAME, Field.DATE_OF_BIRTH} <= fields


def _speaks_for_itself(match: LabelMatch) -> bool:
    label = match.label
    return _is_vietnamese(match) and (label.needs_likely or label.needs_person or not label.is_strict)


def _is_so(match: LabelMatch) -> bool:
    is_word = match.end - match.start > 1  # "S" alone may be a 5
    return match.field is Field.NUMBER and _is_vietnamese(match) and match.variant != ENGLISH_NUMBER and is_word


def _is_vouched_for(match: LabelMatch, reading: PrintReading) -> bool:
    if not match.is_bare_number and count_vietnamese_values(reading.facts) >= MIN_VIETNAMESE_VALUES:
        return True
    headings = [title for title in reading.titles if title.is_vietnamese and title.is_whole]
    if any(heading.title.is_identity_card and heading.title.kinds for heading in headings):
        return True
    if headings and not match.label.is_strict:
        return True
    if not match.is_bare_number and any(_is_citizen_number(found, reading) for found in reading.by_label):
        return True
    return any(
        other is not match and other.field in _VOUCHING and _is_vietnamese(other) and other.field is not match.field
        for other in reading.labels
    )


def _is_citizen_number(found: LabelledFact, reading: PrintReading) -> bool:
    """Return whether a label that needs no other led to a number of right shape."""
    return found.fact.field is Field.NUMBER and _speaks_for_itself(found.match) and _has_right_shape(found, reading)


def _is_vietnamese(match: LabelMatch) -> bool:
    return any(label is not None and label.language is Language.VIETNAMESE for label in (match.label, match.partner))


def headline_name(facts: Sequence[Fact], lines: Sequence[PrintedLine]) -> list[Fact]:
    """Return the name that heads a page about one person in large print, as on a CV; none where a label led to one.

    Args:
        facts: what labels led to, with records.
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
        if geometry.height(line.quad) > _HEADLINE * geometry.height(place) and is_surely_name(line.text.reveal())
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
            confidence=line.confidence * UNLABELLED,
            engine=line.engine,
            record=number.record,
        )
    ]


_ONCE = frozenset({Field.NUMBER, Field.NAME, Field.DATE_OF_BIRTH})
"""Fields that a person has once: a second one is somebody else's."""

_DIGITS = frozenset({Field.NUMBER, Field.DATE_OF_BIRTH})
_SURE = 0.985
"""Confidence from which digits need no second reader: of numbers read so, one in a thousand is wrong."""

_CONTRADICTED = 0.5

_BESIDE = 6.0
"""Heights by which values of one person may start further left or right; two columns of a page are further apart."""


def with_records(labelled: Sequence[LabelledFact], first: int) -> list[Fact]:
    """Return facts with the record that each belongs to, numbered from `first` on.

    A fact joins the latest record that lacks its field, in the same column of the page where there is one. Names behind
    roles that companies have as well count in a record with number or date of birth only.

    Args:
        labelled: facts with their labels, in reading order.
        first: number of the first record.
    """
    records: list[tuple[Quad, set[tuple[Field, str]]]] = []
    last: list[Quad] = []
    result: list[tuple[LabelMatch, Fact]] = []
    for place, (match, fact, label) in enumerate(labelled):
        key = (fact.field, fact.value.reveal() if fact.value else "")
        open_ones = [i for i, (_, known) in enumerate(records) if key in known or not _is_full(known, key)]
        beside = [i for i in open_ones if abs(records[i][0][0][0] - label[0][0]) < _reach(label)]
        number = max(beside or open_ones, default=None)
        if number is not None and key not in records[number][1]:
            known = {field for field, _ in records[number][1]}
            if fact.field is Field.NAME and known >= _DIGITS and _leads(label, last[number], labelled[place + 1 :]):
                number = None
        if number is None:
            records.append((label, {key}))
            last.append(label)
            number = len(records) - 1
        else:
            records[number][1].add(key)
            last[number] = label
        result.append((match, replace(fact, record=first + number)))
    with_digits = {fact.record for _, fact in result if fact.field in _DIGITS}
    return [fact for match, fact in result if not match.label.needs_person or fact.record in with_digits]


def _leads(label: Quad, before: Quad, following: Sequence[LabelledFact]) -> bool:
    """Return whether a name begins a person, rather than end the one whose last label stands before it.

    It is nearer to a number or date below than to that one.
    """
    after = next((found for found in following if abs(found.quad[0][0] - label[0][0]) < _reach(label)), None)
    if after is None or after.fact.field not in _DIGITS:
        return False
    middle = geometry.centre(label)[1]
    return geometry.centre(after.quad)[1] - middle < middle - geometry.centre(before)[1]


def _reach(label: Quad) -> float:
    return _BESIDE * geometry.height(label)


def number_records(records: Iterable[Sequence[Fact]]) -> list[list[Fact]]:
    """Return the facts of each record with its number."""
    return [[replace(fact, record=number) for fact in record] for number, record in enumerate(records)]


def renumber_records(known: Sequence[Fact], more: Sequence[Fact]) -> list[Fact]:
    """Return further facts with records that none of the known facts has."""
    first = 1 + max((fact.record for fact in known if fact.record is not None), default=-1)
    return [fact if fact.record is None else replace(fact, record=first + fact.record) for fact in more]


def doubtful_digits(facts: Sequence[Fact]) -> list[Fact]:
    """Return numbers and birth dates that need a second reading: unsure, of wrong structure, or at odds."""
    return [fact for fact in facts if fact.field in _DIGITS and fact.by is Source.PRINT and _is_doubtful(fact, facts)]


def _is_doubtful(fact: Fact, facts: Sequence[Fact]) -> bool:
    if fact.value is None or fact.confidence < _SURE:
        return True
    number = CitizenNumber.parse(fact.value.reveal()) if fact.field is Field.NUMBER else None
    if number is not None and not number.is_likely:
        return True
    others = [other for other in facts if other.record == fact.record is not None and other.value is not None]
    return any(_agree(fact, other) is False for other in others)


def _agree(first: Fact, second: Fact) -> bool | None:
    """Return whether number and birth date of two facts fit; None where they are not one of each."""
    number, date = (first, second) if first.field is Field.NUMBER else (second, first)
    if number.field is not Field.NUMBER or date.field is not Field.DATE_OF_BIRTH or not number.value or not date.value:
        return None
    return agrees_with_number(Field.DATE_OF_BIRTH, date.value, number.value)


def resolve_contradictions(facts: Sequence[Fact]) -> list[Fact]:
    """Return facts of which each that contradicts its person's others is less sure than a reading that does not."""
    return [
        replace(fact, confidence=fact.confidence * _CONTRADICTED) if _is_beaten(fact, facts) else fact for fact in facts
    ]


def _is_beaten(fact: Fact, facts: Sequence[Fact]) -> bool:
    """Return whether another reading of a fact's place fits the structure and the other facts better."""
    rivals = [other for other in facts if other.field is fact.field and other.quad == fact.quad and other is not fact]
    return any(_fitness(other, facts) > _fitness(fact, facts) for other in rivals)


def _fitness(fact: Fact, facts: Sequence[Fact]) -> int:
    if fact.value is None:
        return -1
    number = CitizenNumber.parse(fact.value.reveal()) if fact.field is Field.NUMBER else None
    others = [other for other in facts if other.record == fact.record is not None]
    return (number is not None and number.is_likely) + any(_agree(fact, other) is True for other in others)


def _is_full(known: set[tuple[Field, str]], key: tuple[Field, str]) -> bool:
    """Return whether a record has what a person has once; an old number stands beside the new one."""
    field, value = key
    same = [other for other_field, other in known if other_field is field]
    if field is Field.NUMBER:
        same = [other for other in same if len(other) == len(value)]
    return field in _ONCE and bool(same)
