"""Group labelled values outside cards by person: a form or contract names several, each with number, name and date."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from idscan.cards.evidence import agrees_with_number
from idscan.cards.numbers import CitizenNumber
from idscan.core import geometry
from idscan.core.vocabulary import Field, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from idscan.cards.labels import LabelMatch
    from idscan.cards.printed import LabelledFact
    from idscan.core.geometry import Quad
    from idscan.core.readings import Fact

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


def numbered(records: Iterable[Sequence[Fact]]) -> list[list[Fact]]:
    """Return the facts of each record with its number."""
    return [[replace(fact, record=number) for fact in record] for number, record in enumerate(records)]


def apart(known: Sequence[Fact], more: Sequence[Fact]) -> list[Fact]:
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


def settled(facts: Sequence[Fact]) -> list[Fact]:
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
