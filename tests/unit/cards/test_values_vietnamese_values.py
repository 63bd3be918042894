from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from idscan.cards.fields.values import count_vietnamese_values, has_vietnamese_only_letters
from idscan.core.enums import Field
from tests.factories import fact

if TYPE_CHECKING:
    from idscan.core.types import Fact

NAME, HOME = (Field.NAME, "Trần Thị Ví Dụ"), (Field.NATIONALITY, "Việt Nam")
NUMBER, BORN = (Field.NUMBER, "001099000001"), (Field.DATE_OF_BIRTH, "1999-01-15")


def facts(*values: tuple[Field, str]) -> list[Fact]:
    return [fact(field, value) for field, value in values]


@pytest.mark.parametrize(
    ("values", "count"),
    [
        ((), 0),
        ((NAME, HOME, BORN), 0),
        ((NUMBER, BORN, (Field.NATIONALITY, "Vietnamese")), 2),
        ((NUMBER,), 1),
        ((NAME, NUMBER), 2),
        ((NAME, (Field.NUMBER, "701099000001")), 0),
        ((NUMBER, BORN), 1),
        ((NUMBER, (Field.DATE_OF_BIRTH, "1989-01-15")), 0),
        ((NAME, HOME, NUMBER, BORN), 3),
        (((Field.PLACE_OF_ORIGIN, "Huyện Mẫu"), NAME, NUMBER, BORN), 2),
        (((Field.NAME, "Côté García"), (Field.NATIONALITY, "France")), 0),
    ],
)
def test_each_kind_of_value_counts_once(values: tuple[tuple[Field, str], ...], count: int) -> None:
    assert count_vietnamese_values(facts(*values)) == count


@pytest.mark.parametrize("text", ["ẩ", "Ư", "ạ", "ờ", "Ệ", "ặ"])
def test_letters_of_vietnamese_alone(text: str) -> None:
    assert has_vietnamese_only_letters(text)


@pytest.mark.parametrize("text", ["", "é", "ñ", "ô", "à", "ü", "ă", "š", "Nguyen", "Ọlá", "ị"])
def test_letters_that_others_write(text: str) -> None:
    assert not has_vietnamese_only_letters(text)
