from __future__ import annotations

from dataclasses import replace
from functools import partial

from idscan.cards.extract.key_value import LabelledFact
from idscan.cards.extract.outside_cards import (
    doubtful_digits,
    number_records,
    renumber_records,
    resolve_contradictions,
    with_records,
)
from idscan.cards.labels.search import find_labels
from idscan.core.enums import Field
from idscan.core.geometry import quad_from_box
from idscan.core.types import Secret
from tests import factories

(LABEL,) = find_labels("Số CCCD:")
PLACE = quad_from_box(100, 0, 300, 20)


fact = partial(factories.fact, quad=PLACE, confidence=0.99, engine="a")


def labelled(field: Field, value: str, x: float, y: float) -> LabelledFact:
    return LabelledFact(LABEL, fact(field, value), quad_from_box(x, y, x + 80, y + 20))


def records(*found: LabelledFact) -> list[int | None]:
    return [one.record for one in with_records(found, first=5)]


def test_a_second_name_begins_another_person() -> None:
    one = [labelled(Field.NAME, "A", 0, 0), labelled(Field.NUMBER, "1", 0, 40)]
    two = [labelled(Field.NAME, "B", 0, 80), labelled(Field.DATE_OF_BIRTH, "1999", 0, 120)]
    assert records(*one, *two) == [5, 5, 6, 6]


def test_people_side_by_side_are_told_apart_by_their_columns() -> None:
    rows = [labelled(Field.NAME, "A", 0, 0), labelled(Field.NAME, "B", 500, 0)]
    assert records(*rows, labelled(Field.NUMBER, "1", 0, 40), labelled(Field.NUMBER, "2", 500, 40)) == [5, 6, 5, 6]


def test_the_same_value_again_is_the_same_person() -> None:
    assert records(labelled(Field.NAME, "A", 0, 0), labelled(Field.NAME, "A", 0, 300)) == [5, 5]


def test_a_name_joins_the_person_that_it_stands_nearer_to() -> None:
    first = [labelled(Field.DATE_OF_BIRTH, "1999", 0, 0), labelled(Field.NUMBER, "1", 0, 40)]
    name, following = labelled(Field.NAME, "A", 0, 80), labelled(Field.NUMBER, "2", 0, 200)
    assert records(*first, name, following) == [5, 5, 5, 6]
    assert records(*first, labelled(Field.NAME, "A", 0, 160), following) == [5, 5, 6, 6]


def test_an_old_number_stands_beside_the_new_one() -> None:
    first = [labelled(Field.NUMBER, "012345678", 0, 0), labelled(Field.NUMBER, "001099000001", 0, 40)]
    assert records(*first, labelled(Field.NUMBER, "001099000002", 0, 80)) == [5, 5, 6]


def test_a_role_counts_for_somebody_with_a_number_or_date_of_birth_only() -> None:
    (role,) = find_labels("Khách hàng:")
    name = labelled(Field.NAME, "A", 0, 0)._replace(match=role)
    assert records(name) == []
    assert records(name, labelled(Field.NUMBER, "1", 0, 40)) == [5, 5]


def test_records_of_several_sheets_do_not_mix() -> None:
    known = [one for record in number_records([[fact(Field.NAME, "A")], [fact(Field.NAME, "B")]]) for one in record]
    more = renumber_records(known, [fact(Field.NAME, "C", record=0), fact(Field.NUMBER, "1")])
    assert [one.record for one in (*known, *more)] == [0, 1, 2, None]


def test_digits_that_contradict_each_other_are_doubtful() -> None:
    number, date = fact(Field.NUMBER, "001099000001", record=0), fact(Field.DATE_OF_BIRTH, "1999-01-15", record=0)
    assert doubtful_digits([number, date]) == []
    assert len(doubtful_digits([number, replace(date, value=Secret("1989-01-15"))])) == 2
    assert len(doubtful_digits([replace(number, confidence=0.9), date])) == 1
    assert len(doubtful_digits([fact(Field.NUMBER, "999" + "099000001", record=0)])) == 1


def test_of_two_readings_of_a_place_the_one_that_fits_is_surer() -> None:
    date = fact(Field.DATE_OF_BIRTH, "1999-01-15", record=0)
    wrong, right = (
        fact(Field.NUMBER, "001089000001", record=0),
        fact(Field.NUMBER, "001099000001", record=0, confidence=0.8),
    )
    assert [one.confidence for one in resolve_contradictions([wrong, right, date])] == [0.495, 0.8, 0.99]
