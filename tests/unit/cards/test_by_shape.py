"""Values on a card of which the labels were cut off, told from lists, receipts and forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from idscan.cards.classify import recognise
from idscan.cards.extract.key_value import is_only_numbers, lines_with_facts, read_print
from idscan.core.enums import CardKind, Field
from tests.factories import line

if TYPE_CHECKING:
    from idscan.core.types import PrintedLine

Row = tuple[str, int, int]
"""Text, left edge and top edge."""


def lines(*rows: Row) -> list[PrintedLine]:
    return [line(text, x, y, height=80, advance=40) for text, x, y in rows]


OLD = (("SỐ 012345678", 40, 40), ("n: TRẦN VĂN MẪU", 0, 160), ("ngày: 14-10-1987", 0, 290))


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(OLD, id="a bare label of the number, ends of the others"),
        pytest.param((("012345678", 90, 40), ("ên: TRẦN VĂN MẪU", 0, 140), ("ày: 14-10-1987", 0, 260)), id="ends"),
        pytest.param((("012345678", 90, 40), ("TRẦN VĂN MẪU", 80, 140), ("14-10-1987", 90, 260)), id="no end"),
        pytest.param((("Ố 012345678", 0, 40), ("TRẦN VĂN MẪU", 80, 140), ("ày: 14-10-1987", 0, 260)), id="one end"),
        pytest.param(
            (
                ("012345678", 90, 40),
                ("TRẦN VĂN MẪU", 80, 140),
                ("1961", 90, 280),
                ("ày", 0, 290),
                ("quán: Hà Nội", 0, 380),
            ),
            id="the year of birth alone",
        ),
    ],
)
def test_a_card_with_nine_digits_is_told_by_what_is_left_of_it(rows: tuple[Row, ...]) -> None:
    reading = read_print(lines(*rows), on_card=False)
    values = {fact.field: fact.value.reveal() for fact in reading.facts if fact.value}
    assert values[Field.NUMBER] == "012345678"
    assert values[Field.NAME] == "TRẦN VĂN MẪU"
    assert values[Field.DATE_OF_BIRTH][:4] in {"1987", "1961"}
    found = recognise(reading, (), None)
    assert (found.is_identity_card, found.kind) == (True, CardKind.CMND_9)


def test_a_number_that_says_the_year_under_the_name_is_a_cards() -> None:
    rows = (("001099000001", 300, 40), ("NGUYỄN VĂN MẪU", 120, 160), ("15/01/1999", 500, 260))
    assert recognise(read_print(lines(*rows), on_card=False), (), None).is_identity_card


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param((OLD[0], OLD[1]), id="no date"),
        pytest.param((OLD[0], OLD[2]), id="no name"),
        pytest.param((OLD[1], OLD[2]), id="no number"),
        pytest.param((OLD[0], OLD[2], ("TRẦN VĂN MẪU", 0, 420)), id="in another order"),
        pytest.param(
            (("012345678", 90, 40), ("LAN MAI ANH", 80, 140), ("14-10-1987", 90, 260)), id="a name of any language"
        ),
        pytest.param((("012345678", 90, 40), ("TRẦN VĂN MẪU", 80, 140), ("1987", 90, 260)), id="a year alone"),
        pytest.param(
            (("01234567", 90, 40), ("TRẦN VĂN MẪU", 80, 140), ("14-10-1987", 90, 260)), id="a part of a number"
        ),
        pytest.param((OLD[0], ("KHÁCH HÀNG THÂN QUEN", 0, 160), OLD[2]), id="no name of a family"),
        pytest.param((OLD[0], OLD[1], ("ngày: 14-10-2024", 0, 290)), id="the day of an invoice"),
        pytest.param((OLD[0], OLD[1], ("ngày: 14-10-1987", 0, 790)), id="far apart"),
        pytest.param((("Họ tên", 0, 100), *OLD), id="a form with labels of its own"),
        pytest.param(
            (("001099000001", 300, 40), ("NGUYỄN VĂN MẪU", 120, 160), ("15/01/1987", 500, 260)), id="other year"
        ),
    ],
)
def test_what_only_resembles_a_card_is_none(rows: tuple[Row, ...]) -> None:
    assert not read_print(lines(*rows), on_card=False).has_card_layout


def test_values_of_a_card_are_worth_a_closer_look() -> None:
    rows = lines(*OLD, ("Xã Mẫu", 200, 420))
    assert lines_with_facts(rows) == rows[:2]
    assert not is_only_numbers(rows)


@pytest.mark.parametrize("digits", ["12345678", "Ố 012345678", "001099000001"])
def test_digits_over_a_name_are_worth_a_closer_look(digits: str) -> None:
    rows = lines((digits, 90, 40), ("TRẦN VĂN MẪU", 80, 140))
    assert lines_with_facts(rows) == rows


@pytest.mark.parametrize("lower", ["GIẢM GIÁ CUỐI TUẦN", "Trần Văn Mẫu", "14-10-1987"])
def test_digits_over_anything_else_are_not(lower: str) -> None:
    assert lines_with_facts(lines(("12345678", 90, 40), (lower, 80, 140))) == []
