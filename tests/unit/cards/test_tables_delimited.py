from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from idscan.cards.extract.tables import find_delimited
from idscan.core.enums import Field
from tests import factories

if TYPE_CHECKING:
    from idscan.core.types import PrintedLine

PEOPLE = (
    ("Nguyễn Văn Mẫu", "1999-01-15", "001099000001"),
    ("Trần Thị Ví Dụ", "2005-02-20", "001305000002"),
)
WANTED = [{Field.NAME: name, Field.DATE_OF_BIRTH: date, Field.NUMBER: number} for name, date, number in PEOPLE]


line = partial(factories.line, height=24, advance=12)
lines = partial(factories.lines, pitch=40, height=24, advance=12)


def told(page: list[PrintedLine]) -> list[dict[Field, str]]:
    records, _ = find_delimited(page)
    return [{fact.field: fact.value.reveal() for fact in record if fact.value} for record in records]


@pytest.mark.parametrize("delimiter", [",", ";", "|", ", "])
@pytest.mark.parametrize("keys", ["ho_ten ngay_sinh so_cccd", "hoTen ngaySinh soCCCD", "full_name dob citizen_id"])
def test_keys_name_the_fields_of_the_rows_under_them(delimiter: str, keys: str) -> None:
    rows = [delimiter.join(("1", *person, "0912345678")) for person in PEOPLE]
    assert told(lines(delimiter.join(("stt", *keys.split(), "sdt")), *rows)) == WANTED


def test_a_row_whose_delimiter_was_misread_is_known_by_its_form() -> None:
    name, date, number = PEOPLE[0]
    (record,) = told(lines("stt,ho_ten,ngay_sinh,so_cccd", f"1.{name},{date},{number}"))
    assert record[Field.NUMBER] == number
    assert record[Field.DATE_OF_BIRTH] == date


def test_a_semicolon_may_be_read_as_a_colon() -> None:
    name, date, number = PEOPLE[0]
    assert told(lines("stt:ho_ten;ngay_sinh;so_cccd", f"1;{name}:{date};{number}")) == WANTED[:1]


def test_the_parts_of_a_row_and_the_number_of_its_line_are_read_together() -> None:
    name, date, number = PEOPLE[0]
    family, _, rest = name.partition(" ")
    (head,) = lines("ho_ten,ngay_sinh,so_cccd")
    row = [line("2", 40, 40), line(family, 100, 40), line(f"{rest},{date},{number}", 200, 40)]
    page = [head, *row]
    assert told(page) == WANTED[:1]
    assert find_delimited(page)[1] == page


@pytest.mark.parametrize(
    "texts",
    [
        ("stt,ten_hang,ngay_giao,ma_don_hang", "1,Gạo thơm,2024-01-15,001099000001"),
        ("stt,ho_ten,so_tai_khoan", "1,Nguyễn Văn Mẫu,001099000001"),
        ("Nguyễn Văn Mẫu,1999-01-15,001099000001",),
        ("Ghi họ tên, ngày sinh, số CCCD vào đơn.", "Ban tổ chức, phòng 2, lầu 3"),
        (),
    ],
)
def test_other_delimited_text_tells_nothing(texts: tuple[str, ...]) -> None:
    assert find_delimited(lines(*texts)) == ([], [])
