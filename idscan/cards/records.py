"""Group labelled values outside cards by person: a form or contract names several, each with number, name and date."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from idscan.core import geometry
from idscan.core.vocabulary import Field

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from idscan.cards.printed import LabelledFact
    from idscan.core.geometry import Quad
    from idscan.core.readings import Fact

_ONCE = frozenset({Field.NUMBER, Field.NAME, Field.DATE_OF_BIRTH})
"""Fields that a person has once: a second one is somebody else's."""

_BESIDE = 6.0
"""Heights by which values of one person may start further left or right; two columns of a page are further apart."""


def with_records(labelled: Sequence[LabelledFact], first: int) -> list[Fact]:
    """Return facts with the record that each belongs to, numbered from `first` on.

    A fact joins the latest record that lacks its field, in the same column of the page where there is one.

    Args:
        labelled: facts with their labels, in reading order.
        first: number of the first record.
    """
    records: list[tuple[Quad, set[tuple[Field, str]]]] = []
    result: list[Fact] = []
    for _, fact, label in labelled:
        key = (fact.field, fact.value.reveal() if fact.value else "")
        open_ones = [i for i, (_, known) in enumerate(records) if key in known or not _is_full(known, fact.field)]
        reach = _BESIDE * geometry.height(label)
        beside = [i for i in open_ones if abs(records[i][0][0][0] - label[0][0]) < reach]
        number = max(beside or open_ones, default=None)
        if number is None:
            records.append((label, {key}))
            number = len(records) - 1
        else:
            records[number][1].add(key)
        result.append(replace(fact, record=first + number))
    return result


def numbered(records: Iterable[Sequence[Fact]]) -> list[list[Fact]]:
    """Return the facts of each record with its number."""
    return [[replace(fact, record=number) for fact in record] for number, record in enumerate(records)]


def apart(known: Sequence[Fact], more: Sequence[Fact]) -> list[Fact]:
    """Return further facts with records that none of the known facts has."""
    first = 1 + max((fact.record for fact in known if fact.record is not None), default=-1)
    return [fact if fact.record is None else replace(fact, record=first + fact.record) for fact in more]


def _is_full(known: set[tuple[Field, str]], field: Field) -> bool:
    return field in _ONCE and any(other is field for other, _ in known)
