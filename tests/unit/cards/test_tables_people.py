from __future__ import annotations

import math
from functools import partial

import pytest

from idscan.cards.extract.key_value import read_print
from idscan.cards.extract.tables import Table, find_table
from idscan.cards.fields.person_names import is_surely_name
from idscan.core.enums import Field
from idscan.core.geometry import quad_from_points
from idscan.core.types import PrintedLine
from tests import factories

PEOPLE = (
    ("Nguyễn Văn Mẫu", "15/01/1999", "001099000001"),
    ("Trần Thị Ví Dụ", "20/02/2005", "001305000002"),
    ("Lê Thị Thử", "03/07/1984", "079184000003"),
    ("Phạm Văn Mẫu", "30/11/1971", "036071000004"),
)
LEFT = (60, 400, 640)


line = partial(factories.line, height=20, advance=10, confidence=0.99)


def page(rows: list[tuple[str, ...]], top: float = 100, pitch: float = 36) -> list[PrintedLine]:
    return [line(text, LEFT[j], top + i * pitch) for i, row in enumerate(rows) for j, text in enumerate(row) if text]


def told(lines: list[PrintedLine]) -> list[dict[Field, str | None]]:
    return [
        {fact.field: fact.value.reveal() if fact.value else None for fact in record}
        for record in find_table(lines).records
    ]


def wanted(*people: tuple[str, str, str]) -> list[dict[Field, str | None]]:
    return [
        {
            Field.NAME: name,
            Field.DATE_OF_BIRTH: "-".join(reversed(date.split("/"))),
            Field.NUMBER: number,
        }
        for name, date, number in people
    ]


HEADS = ("Họ và tên", "Ngày sinh", "Số CCCD")


def test_a_header_holds_for_every_row() -> None:
    assert told(page([HEADS, *PEOPLE])) == wanted(*PEOPLE)


def test_the_lines_of_a_table_are_taken_with_its_header() -> None:
    lines = [*page([HEADS, *PEOPLE]), line("Ghi chú: không", 60, 600)]
    taken = find_table(lines).lines
    assert len(taken) == len(lines) - 1
    assert lines[-1] not in taken


def test_a_list_without_header_is_known_by_numbers_that_tell_the_years() -> None:
    assert told(page(list(PEOPLE))) == wanted(*PEOPLE)


def test_years_alone_are_enough_for_a_list() -> None:
    rows = [(name, date[-4:], number) for name, date, number in PEOPLE]
    assert [record[Field.DATE_OF_BIRTH] for record in told(page(rows))] == ["1999", "2005", "1984", "1971"]


@pytest.mark.parametrize(
    "rows",
    [
        [(name, "11/12/2024", number) for name, _, number in PEOPLE],
        [(name, date, "0912 345 67" + str(i)) for i, (name, date, _) in enumerate(PEOPLE)],
        [(name, date, "12345678901" + str(i)) for i, (name, date, _) in enumerate(PEOPLE)],
        [PEOPLE[0]],
    ],
)
def test_other_numbers_beside_names_are_nobodys(rows: list[tuple[str, ...]]) -> None:
    assert told(page(rows)) == []


def test_codes_made_in_one_year_are_no_list_of_people() -> None:
    rows = [(name, f"{i + 1:02}/02/2024", f"00122400000{i}") for i, (name, _, _) in enumerate(PEOPLE)]
    assert told(page(rows)) == []


def test_names_over_phones_are_a_roster_and_tell_nothing() -> None:
    lines = page([("Họ và tên", "SĐT"), *((name, "0912345678") for name, _, _ in PEOPLE)])
    table = find_table(lines)
    assert table.records == ()
    assert {line.text.reveal() for line in table.lines} == {"Họ và tên", *(name for name, _, _ in PEOPLE)}


def test_cells_that_were_read_as_one_line_are_parted() -> None:
    rows = [(f"{i + 1}. {name} {date}", "", number) for i, (name, date, number) in enumerate(PEOPLE)]
    assert told(page([("STT Họ và tên Ngày sinh", "", "Số CCCD"), *rows])) == wanted(*PEOPLE)


def test_a_wrapped_header_is_read_whole() -> None:
    lines = [
        line("Họ và tên", 60, 76),
        line("Ngày, tháng,", 400, 64),
        line("năm sinh", 400, 88),
        line("Số", 640, 64),
        line("định danh", 640, 88),
        *page(list(PEOPLE), top=120),
    ]
    assert told(lines) == wanted(*PEOPLE)


def test_a_date_of_issue_is_no_birth_date() -> None:
    rows = [(name, "01/06/2022", number) for name, _, number in PEOPLE]
    found = told(page([("Họ và tên", "Ngày cấp", "Số CCCD"), *rows]))
    assert [set(record) for record in found] == [{Field.NAME, Field.NUMBER}] * len(PEOPLE)


def test_nine_digits_stand_under_a_header_of_old_numbers_only() -> None:
    rows = [(name, date, f"01234567{i}") for i, (name, date, _) in enumerate(PEOPLE)]
    old = told(page([("Họ và tên", "Ngày sinh", "Số CMND"), *rows]))
    assert [record.get(Field.NUMBER) for record in old] == [number for *_, number in rows]
    new = told(page([("Họ và tên", "Ngày sinh", "Mã định danh"), *rows]))
    assert [record.get(Field.NUMBER) for record in new] == [None] * len(rows)


def test_a_number_that_was_not_read_keeps_its_place() -> None:
    rows = [*PEOPLE[:2], ("Lê Thị Thử", "03/07/1984", "0791840000"), PEOPLE[3]]
    found = told(page([HEADS, *rows]))
    assert found[2] == {Field.NAME: "Lê Thị Thử", Field.DATE_OF_BIRTH: "1984-07-03", Field.NUMBER: None}


def test_a_number_of_which_one_group_was_seen_is_as_wide_as_its_column() -> None:
    rows = [*PEOPLE[:2], ("Lê Thị Thử", "03/07/1984", "079 18"), PEOPLE[3]]
    record = find_table(page([HEADS, *rows])).records[2]
    (number,) = [fact for fact in record if fact.field is Field.NUMBER]
    assert number.value is None
    assert number.quad is not None
    assert number.quad[1][0] >= LEFT[2] + 10 * len(PEOPLE[0][2])


def test_a_note_among_numbers_is_none() -> None:
    rows = [*PEOPLE[:2], ("Lê Thị Thử", "03/07/1984", "xem mục 2"), PEOPLE[3]]
    assert Field.NUMBER not in told(page([HEADS, *rows]))[2]


def test_a_last_group_with_letters_belongs_to_its_number() -> None:
    rows = [*PEOPLE[:2], ("Lê Thị Thử", "03/07/1984", "079 184 000 OO3"), PEOPLE[3]]
    assert told(page([HEADS, *rows]))[2][Field.NUMBER] == "079184000003"


def test_rows_of_a_photo_run_aslant() -> None:
    slope = math.tan(math.radians(3))

    def tilted(one: PrintedLine) -> PrintedLine:
        quad = quad_from_points((x, y + slope * x) for x, y in one.quad)
        return PrintedLine(one.text, quad, one.confidence, one.engine)

    assert told([tilted(one) for one in page([HEADS, *PEOPLE])]) == wanted(*PEOPLE)


def test_one_row_needs_a_header_over_two_columns() -> None:
    assert told(page([HEADS, PEOPLE[0]])) == wanted(PEOPLE[0])
    stacked = [line("Số CCCD", 60, 100), line("001099000001", 60, 130), line("Ngày sinh", 60, 170)]
    assert told([*stacked, line("15/01/1999", 60, 200)]) == []


def test_a_form_is_no_table() -> None:
    form = [line("Họ và tên: Nguyễn Văn Mẫu", 60, 100), line("Số CCCD:", 60, 140), line("001099000001", 300, 140)]
    assert told([*form, line("Ngày sinh:", 60, 180), line("15/01/1999", 300, 180)]) == []


def test_nothing_is_no_table() -> None:
    assert find_table([]).records == ()


def test_a_name_is_sure_with_its_family_name_in_front() -> None:
    assert is_surely_name("Nguyễn Văn Mẫu")
    assert not any(map(is_surely_name, ("Gạo thơm", "Nguyễn", "Phòng Hành chính", "Địa chỉ")))


def test_a_number_in_parts_that_were_read_as_none_is_told_of() -> None:
    name, date, _ = PEOPLE[1]
    parts = [line(name, LEFT[0], 172), line(date, LEFT[1], 172), line("0O1 3O5", 640, 172), line("00 00O2", 715, 172)]
    rows = [*page([HEADS, PEOPLE[0]]), *parts, *page([PEOPLE[2], PEOPLE[3]], top=208)]
    found = [fact for record in find_table(rows).records for fact in record if fact.field is Field.NUMBER]
    assert len(found) == len(PEOPLE)
    quad = found[1].quad
    assert quad is not None
    assert (quad[0][0], quad[1][0]) == (640, 785)


ANY_PAPER = [("Họ tên", "Số giấy tờ"), *((name, number) for name, _, number in PEOPLE)]


def test_a_word_for_any_paper_is_the_header_of_numbers_of_right_structure() -> None:
    assert [record[Field.NUMBER] for record in told(page(ANY_PAPER))] == [number for _, _, number in PEOPLE]
    assert told(page([("Khách hàng", "Số giấy tờ"), *((name, "9" + number[1:]) for name, _, number in PEOPLE)])) == []


def test_nine_digits_count_under_a_word_for_any_paper_beside_names() -> None:
    rows = [("Họ tên", "Số giấy tờ"), ("Nguyễn Văn Mẫu", "012345678"), ("Trần Thị Ví Dụ", "023456789")]
    assert [record[Field.NUMBER] for record in told(page(rows))] == ["012345678", "023456789"]
    assert told(page([("Mặt hàng", "Số giấy tờ"), ("Gạo thơm", "012345678"), ("Sổ tay", "023456789")])) == []


def split(head: tuple[str, str]) -> list[PrintedLine]:
    rows = [(*head, "Ngày sinh", "Số CCCD"), *((*name.rsplit(maxsplit=1), *rest) for name, *rest in PEOPLE)]
    places = (60, 260, 400, 640)
    cells = [line(text, places[j], 100 + 36 * i) for i, row in enumerate(rows) for j, text in enumerate(row)]
    return [line("ỦY BAN NHÂN DÂN XÃ MẪU", 240, 20), *cells]


@pytest.mark.parametrize("head", [("Họ và tên đệm", "Tên"), ("Họ đệm", "Tên"), ("Họ lót", "Tên"), ("Họ", "Tên")])
def test_a_name_in_two_columns_is_one(head: tuple[str, str]) -> None:
    assert told(split(head)) == wanted(*PEOPLE)


def test_what_stands_beside_a_name_under_another_header_is_no_part_of_it() -> None:
    assert [record[Field.NAME] for record in told(split(("Họ và tên", "Lớp")))] == [
        name.rsplit(maxsplit=1)[0] for name, *_ in PEOPLE
    ]


@pytest.mark.parametrize("men", [(0, 3), (3,)])
def test_dates_of_men_and_women_in_columns_of_their_own_are_dates_of_birth(men: tuple[int, ...]) -> None:
    people = [(f"{name} {place}", date, number) for place in "ABC" for name, date, number in PEOPLE]
    lines = [line("Ngày, tháng, năm sinh", 400, 70)]
    lines += [line(text, x, 100) for text, x in (("Họ và tên", 60), ("Nam", 420), ("Nữ", 560), ("Số CCCD", 680))]
    for i, (name, date, number) in enumerate(people):
        y = 136 + 36 * i
        lines += [line(name, 60, y), line(date, 400 if i in {*men, 10} else 540, y), line(number, 680, y)]
    dates = [record[Field.DATE_OF_BIRTH] for record in told(lines)]
    assert dates == ["-".join(reversed(date.split("/"))) for _, date, _ in people]


def test_the_day_of_signing_under_a_table_is_nobodys_date_of_birth() -> None:
    lines = [*page([HEADS, *PEOPLE]), line("Ngày 11 tháng 2 năm 2025", 400, 310)]
    assert told(lines) == wanted(*PEOPLE)


def test_a_line_under_the_last_name_is_no_part_of_it() -> None:
    lines = [*page([HEADS, *PEOPLE]), line("Hiển thị 1-4 trong 12", 60, 275)]
    assert told(lines) == wanted(*PEOPLE)


def test_dates_in_the_order_of_iso_8601_are_read() -> None:
    rows = [(name, "-".join(reversed(date.split("/"))), number) for name, date, number in PEOPLE]
    assert told(page([HEADS, *rows])) == wanted(*PEOPLE)


def test_words_of_a_name_that_were_found_one_by_one_are_joined() -> None:
    """Monospaced letters stand so wide apart that each word is a place of its own, some under no header."""
    lines = page([HEADS, *(("", date, number) for _, date, number in PEOPLE)])
    for i, (name, _, _) in enumerate(PEOPLE):
        at = 60.0
        for word in name.split():
            lines.append(line(word, at, 100 + (i + 1) * 36))
            at += 10 * len(word) + 1
    assert told(lines) == wanted(*PEOPLE)
    apart = [*page([HEADS, *PEOPLE]), line("Xã", 270, 136)]
    assert told(apart) == wanted(*PEOPLE)


def test_boxes_of_one_person_under_their_labels_are_left_to_the_labels() -> None:
    name, date, number = PEOPLE[0]
    lines = [
        *(line(text, 60, 100 + 40 * i) for i, text in enumerate(("Họ và tên *", name))),
        *(line(text, 60, 210 + 40 * i) for i, text in enumerate(("Ngày sinh *", date))),
        *(line(text, 340, 210 + 40 * i) for i, text in enumerate(("Số CCCD *", number))),
    ]
    assert find_table(lines) == Table((), ())
    values = {fact.field: fact.value.reveal() for fact in read_print(lines, on_card=False).facts if fact.value}
    assert [values] == wanted(PEOPLE[0])
