from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from idscan.cards.extract.lists import Person, find_people, with_people
from idscan.cards.extract.tables import find_table
from idscan.core.enums import Field
from tests.unit.cards.test_tables_people import PEOPLE, line

if TYPE_CHECKING:
    from idscan.core.types import Fact

NAME, DATE, NUMBER = PEOPLE[0]
OTHER_NAME, OTHER_DATE, OTHER_NUMBER = PEOPLE[1]
STEP = 34


def told(*texts: str, x: float = 60) -> list[dict[Field, str]]:
    """Return what each number among lines under each other is said to belong to; an empty text is a gap."""
    lines = [line(text, x, 100 + STEP * i) for i, text in enumerate(texts) if text]
    facts = with_people([], find_people(lines), listed=0)
    records = sorted({fact.record for fact in facts if fact.record is not None})
    return [
        {fact.field: fact.value.reveal() for fact in facts if fact.record == record and fact.value}
        for record in records
    ]


def person(name: str, date: str, number: str) -> dict[Field, str]:
    return {Field.NUMBER: number, Field.NAME: name, Field.DATE_OF_BIRTH: "-".join(reversed(date.split("/")))}


@pytest.mark.parametrize(
    "texts",
    [
        ("1. {name} - {date} - {number}",),
        ("- {name}, sinh ngày {date}, CCCD số {number}, thường trú tại Hà Nội;",),
        ("3) {name} / {date} / CCCD {number} / P.201",),
        ("{number} {name} ({date})",),
        ("• {name}", "{date}", "CCCD {number} (cấp 23/09/2024)"),
        ("Anh gửi hồ sơ: {name},", "{date}, {number}"),
        ("Quý khách {name}, sinh", "{date}, số CCCD", "{number} đã đăng ký thành công"),
        ("L.{name} - {date} - {number}",),
        ("{number}", "{name}", "{date}"),
        ("Ông {name}, sinh ngày {date}, trú tại 12 Lê Lợi, CCCD số {number}",),
        ("{name} sinh {date} cccd {number} do Cục trưởng Tô Văn Mẫu cấp",),
    ],
)
def test_name_and_date_beside_a_number_are_its_persons(texts: tuple[str, ...]) -> None:
    lines = [text.format(name=NAME, date=DATE, number=NUMBER) for text in texts]
    assert told(*lines) == [person(NAME, DATE, NUMBER)]


def test_each_item_is_a_person_of_its_own() -> None:
    lines = [f"{i + 1}. {name} / {date} / CCCD {number}" for i, (name, date, number) in enumerate(PEOPLE)]
    assert told(*lines) == [person(*values) for values in PEOPLE]
    first = [f"{number} {name} ({date})" for name, date, number in PEOPLE]
    assert told(*first) == [person(*values) for values in PEOPLE]
    below = [text for name, date, number in PEOPLE for text in (name, date, f"CCCD {number}", "")]
    assert told(*below) == [person(*values) for values in PEOPLE]


def test_a_number_is_of_its_own_column() -> None:
    left = [line(text, 20, 100 + STEP * i) for i, text in enumerate((NAME, DATE, f"CCCD: {NUMBER}"))]
    right = [line(t, 900, 100 + STEP * i) for i, t in enumerate((OTHER_NAME, OTHER_DATE, f"CCCD: {OTHER_NUMBER}"))]
    items = find_people([*left, *right])
    values = [{fact.value.reveal() for fact in item.others if fact.value} for item in items]
    assert values == [{NAME, "1999-01-15"}, {OTHER_NAME, "2005-02-20"}]


@pytest.mark.parametrize(
    "texts",
    [
        (f"1. {NAME} - 15/01/2023 - {NUMBER}",),
        (f"1. Áo mưa - {DATE} - {NUMBER}",),
        (f"{NAME} - {DATE} - 123456789012",),
        (f"Giao tại đường {NAME} - {DATE} - {NUMBER}",),
        (f"Công ty {NAME} - {DATE} - {NUMBER}",),
        ("CÔNG TY MẪU", DATE, NUMBER),
        (NAME, "", "", "", DATE, NUMBER),
        (f"Số hộ chiếu {NUMBER} {NAME} {DATE}",),
    ],
)
def test_other_numbers_are_nobodys(texts: tuple[str, ...]) -> None:
    assert told(*texts) == []


def test_a_label_makes_a_number_somebodys() -> None:
    (item,) = find_people([line(f"Quy khach {NAME}, so CCCD", 60, 100), line(f"{NUMBER} da dang ky", 60, 134)])
    assert [fact.value.reveal() for fact in item.others if fact.value] == [NAME]
    (item,) = find_people([line(f"Và vợ là bà: {OTHER_NAME}", 60, 100), line("CMND số: 012345678", 60, 134)])
    assert [fact.value.reveal() for fact in item.others if fact.value] == [OTHER_NAME]


@pytest.mark.parametrize(
    "text", ["ĐƠN ĐỀ NGHỊ CẤP THẺ", "DANH SÁCH KHÁCH MẪU", "Phòng Kế Hoạch", "Hà Nội", "Địa chỉ: Lê Lợi", "12 Lê Lợi"]
)
def test_headings_and_places_are_no_names(text: str) -> None:
    (item,) = find_people([line(text, 60, 100), line(f"CCCD: {NUMBER}", 60, 134)])
    assert item.others == ()


def test_a_name_goes_on_in_the_next_line() -> None:
    *first, last = NAME.split()
    lines = [f"Em xin gửi anh chị thông tin của em {' '.join(first)}", f"{last}, sinh {DATE}, số CCCD {NUMBER}"]
    assert told(*lines) == [person(NAME, DATE, NUMBER)]
    (fact,) = [fact for fact in with_people([], find_people_of(lines), listed=0) if fact.field is Field.NAME]
    assert len(fact.lines) == len(lines)


def test_a_label_in_the_next_line_is_no_rest_of_a_name() -> None:
    lines = [f"Họ và tên của vợ: {NAME}", f"Ngày, tháng, năm sinh: {DATE}", f"CCCD {NUMBER}"]
    assert told(*lines) == [person(NAME, DATE, NUMBER)]


def find_people_of(texts: list[str]) -> list[Person]:
    return find_people([line(text, 60, 100 + STEP * i) for i, text in enumerate(texts)])


def test_a_name_that_is_none_leaves_the_number_of_a_list() -> None:
    lines = [f"{i + 1}. {name} - {date} - {number}" for i, (name, date, number) in enumerate(PEOPLE)]
    lines[2] = lines[2].replace(PEOPLE[2][0], "xx")
    assert [record[Field.NUMBER] for record in told(*lines)] == [number for _, _, number in PEOPLE]


def listed(*texts: str) -> list[Fact]:
    """Return what a table and the items of lines say together."""
    lines = [line(text, 60, 100 + STEP * i) for i, text in enumerate(texts)]
    records = find_table(lines).records
    facts = [replace(fact, record=i) for i, record in enumerate(records) for fact in record]
    return with_people(facts, find_people(lines), listed=len(records))


def test_a_ragged_list_keeps_its_dates_and_its_heading() -> None:
    people = [(name if i % 2 else f"{name} Phương Thảo", *values) for i, (name, *values) in enumerate(PEOPLE)]
    rows = [f"{i + 1}. {name} - {date} - {number}" for i, (name, date, number) in enumerate(people)]
    facts = listed("Danh sách đoàn tham quan", *rows)
    for name, date, number in people:
        (record,) = {fact.record for fact in facts if fact.value and fact.value.reveal() == number}
        values = {fact.field: fact.value.reveal() for fact in facts if fact.record == record and fact.value}
        assert values == person(name, date, number)
