from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from idscan.cards.extract.key_value import read_print
from idscan.core.enums import CardKind, Field, Side
from tests import factories

if TYPE_CHECKING:
    from idscan.core.types import Fact, PrintedLine

line = partial(factories.line, confidence=0.9)


def facts(*lines: PrintedLine) -> dict[Field, Fact]:
    return {fact.field: fact for fact in read_print(lines, on_card=True).facts}


def values(*lines: PrintedLine) -> dict[Field, str]:
    return {field: fact.value.reveal() for field, fact in facts(*lines).items() if fact.value}


NUMBER = line("001099000001", 300, 200)
NAME = line("NGUYỄN VĂN MẪU", 280, 290)
BIRTH = line("15/01/1999", 400, 340)


def test_number_name_and_birth_date_are_told_by_shape_and_place() -> None:
    assert values(NUMBER, NAME, BIRTH) == {
        Field.NUMBER: "001099000001",
        Field.NAME: "NGUYỄN VĂN MẪU",
        Field.DATE_OF_BIRTH: "1999-01-15",
    }


def test_without_a_label_a_value_is_less_sure_than_its_reading() -> None:
    assert (
        facts(NUMBER)[Field.NUMBER].confidence
        < facts(line("Số / No.: 001099000001", 300, 200))[Field.NUMBER].confidence
    )
    assert facts(NUMBER)[Field.NUMBER].quad == NUMBER.quad


def test_a_number_of_no_province_weighs_less() -> None:
    unlikely = line("999099000001", 300, 200)
    assert 0 < facts(unlikely)[Field.NUMBER].confidence < facts(NUMBER)[Field.NUMBER].confidence


def test_a_date_in_another_year_is_no_birth_date() -> None:
    assert Field.DATE_OF_BIRTH not in values(NUMBER, line("15/01/2029", 400, 340))


def test_a_year_alone_is_no_birth_date() -> None:
    assert Field.DATE_OF_BIRTH not in values(NUMBER, line("1999", 400, 340))


def test_without_a_number_neither_name_nor_date_is_told() -> None:
    assert values(NAME, BIRTH) == {}


def test_a_number_of_nine_digits_tells_no_birth_date_but_with_a_name_over_it() -> None:
    heading, number = line("GIẤY CHỨNG MINH NHÂN DÂN", 280, 100), line("012345678", 300, 200)
    assert values(heading, number, BIRTH) == {Field.NUMBER: "012345678"}
    expected = {Field.NUMBER: "012345678", Field.NAME: "NGUYỄN VĂN MẪU", Field.DATE_OF_BIRTH: "1999-01-15"}
    assert values(heading, number, NAME, BIRTH) == expected


def test_twelve_digits_count_under_the_heading_of_a_cmnd_too() -> None:
    assert values(line("CHỨNG MINH NHÂN DÂN", 280, 100), NUMBER) == {Field.NUMBER: "001099000001"}


def test_what_a_label_led_to_is_not_told_a_second_time() -> None:
    lines = (line("Số / No.: 001099000001", 280, 200), line("001305000002", 280, 400))
    assert values(*lines) == {Field.NUMBER: "001099000001"}


@pytest.mark.parametrize(
    "candidate",
    [
        line("NGUYỄN VĂN MẪU", 280, 120),
        line("NGUYỄN VĂN MẪU", 280, 390),
        line("NGUYỄN VĂN MẪU", 700, 290),
        line("Nguyễn Văn Mẫu", 280, 290),
        line("CĂN CƯỚC CÔNG DÂN", 280, 290),
        line("AB 12", 280, 290),
    ],
    ids=["above", "far below", "far to the right", "in small letters", "a heading", "no name"],
)
def test_a_name_stands_in_capitals_just_under_the_number(candidate: PrintedLine) -> None:
    assert Field.NAME not in values(NUMBER, candidate)


def test_of_two_names_the_nearer_one_is_the_holders() -> None:
    assert values(NUMBER, line("TRẦN THỊ VÍ DỤ", 280, 320), line("NGUYỄN VĂN MẪU", 280, 260))[Field.NAME] == (
        "NGUYỄN VĂN MẪU"
    )


WRITTEN_OUT = line("Ngày 16 tháng 09 năm 2005", 400, 340)


def test_a_date_that_is_written_out_is_the_day_of_issue_and_no_birth_date() -> None:
    assert values(WRITTEN_OUT, line("GIÁM ĐỐC CA HÀ NỘI", 420, 390)) == {Field.DATE_OF_ISSUE: "2005-09-16"}
    child = line("001205000001", 300, 200)
    assert Field.DATE_OF_BIRTH not in values(child, WRITTEN_OUT)


@pytest.mark.parametrize("label", ["Sinh ngày 16 tháng 09 năm 2005", "Sinh ngày: ngày 16 tháng 09 năm 2005"])
def test_a_birth_date_may_be_written_out_behind_its_label(label: str) -> None:
    assert values(line(label, 400, 340)) == {Field.DATE_OF_BIRTH: "2005-09-16"}


def test_a_back_gives_nothing_that_it_does_not_print_unless_a_label_leads_to_it() -> None:
    reading = read_print([NUMBER, NAME, BIRTH], on_card=True)
    assert [fact.field for fact in reading.facts_on(CardKind.CMND_9, Side.BACK)] == [Field.NUMBER]
    assert reading.facts_on(CardKind.UNKNOWN, Side.UNKNOWN) == reading.facts
    labelled = read_print([line("Sinh ngày: 15/01/1999", 280, 200)], on_card=True)
    assert labelled.facts_on(CardKind.CMND_9, Side.BACK) == labelled.facts
