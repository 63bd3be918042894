from __future__ import annotations

from dataclasses import replace

import pytest

from idscan.cards.extract.key_value import (
    PrintReading,
    each_value_once,
    is_only_numbers,
    lines_with_facts,
    read_print,
    values_at,
)
from idscan.cards.extract.outside_cards import labelled_facts
from idscan.cards.extract.segments import part_of, rows_of, span_of
from idscan.core import geometry
from idscan.core.enums import CardKind, Field, Side
from idscan.core.geometry import quad_from_box
from idscan.core.types import PrintedLine, Secret
from tests.factories import line


def values(reading: PrintReading) -> dict[Field, str]:
    return {fact.field: fact.value.reveal() for fact in reading.facts if fact.value}


CHIP_FRONT = [
    line("CĂN CƯỚC CÔNG DÂN", 280, 150),
    line("Số / No.: 001099000001", 360, 250),
    line("Họ và tên / Full name:", 280, 300),
    line("NGUYỄN VĂN MẪU", 280, 340),
    line("Ngày sinh / Date of birth: 15/01/1999", 280, 380),
    line("Giới tính / Sex: Nam", 280, 420),
    line("Quốc tịch / Nationality: Việt Nam", 620, 422),
    line("Quê quán / Place of origin:", 280, 460),
    line("Xã Thử Nghiệm, Hà Nội", 280, 500),
    line("Có giá trị đến: 15/01/2039", 20, 540, width=230),
    line("Nơi thường trú / Place of residence: Số 1", 280, 541),
    line("Đường Mẫu, Hà Nội", 280, 581),
]


def test_a_chip_card_gives_all_its_fields() -> None:
    assert values(read_print(CHIP_FRONT, on_card=True)) == {
        Field.NUMBER: "001099000001",
        Field.NAME: "NGUYỄN VĂN MẪU",
        Field.DATE_OF_BIRTH: "1999-01-15",
        Field.SEX: "Nam",
        Field.NATIONALITY: "Việt Nam",
        Field.PLACE_OF_ORIGIN: "Xã Thử Nghiệm, Hà Nội",
        Field.PLACE_OF_RESIDENCE: "Số 1, Đường Mẫu, Hà Nội",
        Field.DATE_OF_EXPIRY: "2039-01-15",
    }


def test_the_order_of_lines_does_not_matter() -> None:
    assert values(read_print(CHIP_FRONT[::-1], on_card=True)) == values(read_print(CHIP_FRONT, on_card=True))


def test_a_value_is_placed_where_it_stands_not_where_its_label_does() -> None:
    reading = read_print([line("Ngày sinh: 15/01/1999", 100, 100, width=420)], on_card=True)
    left, _, right, _ = geometry.bounds(reading.facts[0].quad)
    assert left == pytest.approx(100 + 420 * 11 / 21, abs=25)
    assert right == pytest.approx(520, abs=1)


def test_columns_place_a_value_exactly() -> None:
    text = "Số: 001099000001"
    columns = tuple(0.5 + 0.03 * (i - 4) if i >= 4 else 0.02 * i for i in range(len(text)))
    one = line(text, width=1000, height=40, columns=columns)
    left, *_ = geometry.bounds(read_print([one], on_card=True).facts[0].quad)
    assert 250 < left < 500


def test_a_date_of_issue_is_no_date_of_birth() -> None:
    lines = [line("Ngày, tháng, năm cấp / Date of issue: 28/02/2025", 280, 100)]
    assert Field.DATE_OF_BIRTH not in values(read_print(lines, on_card=True))


def test_a_value_below_its_label_is_found_and_not_the_one_beside_the_next_label() -> None:
    lines = [
        line("Ngày, tháng, năm sinh / Date of birth:", 280, 400, width=450),
        line("Giới tính / Sex:", 760, 400, width=180),
        line("26/01/2022", 280, 440, width=170),
        line("Nam", 760, 440, width=60),
    ]
    assert values(read_print(lines, on_card=True)) == {Field.DATE_OF_BIRTH: "2022-01-26", Field.SEX: "Nam"}


def test_an_unlabelled_number_counts_on_a_card_only() -> None:
    lines = [line("001099000001", 300, 200)]
    assert values(read_print(lines, on_card=True)) == {Field.NUMBER: "001099000001"}
    assert values(read_print(lines, on_card=False)) == {}


def test_nine_digits_without_label_count_under_the_heading_of_a_cmnd_only() -> None:
    number = line("012345678", 300, 200)
    heading = line("GIẤY CHỨNG MINH NHÂN DÂN", 300, 100)
    assert values(read_print([heading, number], on_card=True)) == {Field.NUMBER: "012345678"}
    assert values(read_print([number], on_card=True)) == {}


def test_letters_in_a_labelled_number_are_repaired() -> None:
    assert values(read_print([line("Số: OO1O99OOOOO1", 300, 200)], on_card=True)) == {Field.NUMBER: "001099000001"}


def test_a_name_with_lost_letters_counts_beside_its_label() -> None:
    lines = [line("Họ và tên / Full name:", 280, 300), line("NGUYN TH ĐC", 280, 340)]
    assert values(read_print(lines, on_card=True)) == {Field.NAME: "NGUYN TH ĐC"}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("bằng chữ in hoa", None),
        ("Nguyễn Văn Mẫu", "Nguyễn Văn Mẫu"),
        ("Nguyễn thị ví dụ", "Nguyễn thị ví dụ"),
        ("guyễn Văn Mẫu", "guyễn Văn Mẫu"),
    ],
)
def test_words_in_small_letters_are_no_name(text: str, name: str | None) -> None:
    assert values(read_print([line(f"Họ và tên: {text}", 0, 0)], on_card=False)).get(Field.NAME) == name


def test_the_other_name_of_old_cards_is_not_the_name() -> None:
    lines = [line("Họ và tên khai sinh: NGUYỄN VĂN MẪU", 0, 0), line("Họ và tên gọi khác: THỬ NGHIỆM", 0, 50)]
    assert values(read_print(lines, on_card=True)) == {Field.NAME: "NGUYỄN VĂN MẪU"}


def test_a_label_alone_gives_nothing() -> None:
    assert values(read_print([line("Họ và tên / Full name:", 280, 300)], on_card=True)) == {}


def test_rows_group_pieces_of_one_baseline_even_aslant() -> None:
    left = PrintedLine(Secret("Số"), ((0, 0), (300, 30), (300, 60), (0, 30)), 0.9, "test")
    right = PrintedLine(Secret("001"), ((320, 32), (600, 60), (600, 90), (320, 62)), 0.9, "test")
    below = PrintedLine(Secret("x"), ((0, 45), (300, 75), (300, 105), (0, 75)), 0.9, "test")
    assert rows_of([right, below, left]) == [[left, right], [below]]


def test_a_part_of_a_line_keeps_its_slope() -> None:
    quad = ((0.0, 0.0), (100.0, 10.0), (100.0, 30.0), (0.0, 20.0))
    assert part_of(quad, 0.5, 1.0) == ((50.0, 5.0), (100.0, 10.0), (100.0, 30.0), (50.0, 25.0))


def test_a_span_over_the_whole_line_is_the_line() -> None:
    one = line("abc", 0, 0, width=90)
    assert span_of(one, 0, 3) == one.quad


def test_values_at_a_known_place_need_no_label() -> None:
    facts = values_at(Field.DATE_OF_BIRTH, [line("15/01/1999", 0, 0), line("Nam", 0, 50)])
    assert [fact.value.reveal() for fact in facts if fact.value] == ["1999-01-15"]


@pytest.mark.parametrize(
    ("text", "tells", "is_number"),
    [
        ("001099000001", True, True),
        ("Số / No.: 001099000001", True, False),
        ("CĂN CƯỚC CÔNG DÂN", True, False),
        ("IDVNM0990000011001099000001<<1", True, False),
        ("NGUYEN<<VAN<MAU<<<<<<<<<<<<<<<", True, False),
        ("9901154M3901151VNM<<<<<<<<<<<", True, False),
        ("NGUYEN« VAN‹MAU««««««", True, False),
        ("h5 share S Pemsnord Piole<<9", False, True),
        ("The list<<< ong:", False, True),
        ("<<<99<<99", False, True),
        ("77MMMM7MM<<<<<<<<<<<<<<<<<<<", False, True),
        ("GAL4L LCSC CÍC<< ALCƯ <QLL LƯLL LCLGL 4G", False, True),
        ("48832140<678<2729<97<<<<<<<<<<", False, True),
    ],
)
def test_words_and_zones_tell_more_than_digits(text: str, *, tells: bool, is_number: bool) -> None:
    lines = [line(text, 10, 10)]
    assert bool(lines_with_facts(lines)) == tells
    assert is_only_numbers(lines) == is_number


CUT_OFF = [line("HỨNG MINH NHÂN DÂN", 5, 60), line("012345678", 90, 110)]


@pytest.mark.parametrize(
    ("rest", "name", "born"),
    [
        ([line("ên: TRẦN VĂN MẪU", 5, 160), line("ày: 15-01-1980", 5, 210)], "TRẦN VĂN MẪU", "1980-01-15"),
        ([line("ÊN TRẦN VĂN MẪU", 5, 160), line("h ngày 15-01-1980", 5, 210)], "TRẦN VĂN MẪU", "1980-01-15"),
        ([line("tên", 5, 160), line("HỒ ÁNH MẪU", 90, 160), line("gày:", 5, 210), line("15-01-1980", 90, 210)],
         "HỒ ÁNH MẪU", "1980-01-15"),
        ([line("cấp: 15-01-1980", 5, 210), line("đến: 15-01-1980", 5, 250)], None, None),
        ([line("án: TRẦN VĂN MẪU", 5, 460), line("u 15-01-1980", 5, 210)], None, None),
        ([line("MẪU: CÔNG AN TỈNH", 5, 460), line("ày: năm", 5, 210)], None, None),
    ],
)  # fmt: skip
def test_the_end_of_a_label_at_a_cut_edge_leads_to_its_value(
    rest: list[PrintedLine], name: str | None, born: str | None
) -> None:
    read = values(read_print([*CUT_OFF, *rest], on_card=True))
    assert (read.get(Field.NAME), read.get(Field.DATE_OF_BIRTH)) == (name, born)
    assert not {Field.NAME, Field.DATE_OF_BIRTH} & set(values(read_print(rest, on_card=False)))


def test_the_place_behind_the_end_of_a_label_is_that_of_the_value() -> None:
    reading = read_print([*CUT_OFF, line("ên: TRẦN VĂN MẪU", 0, 160)], on_card=True)
    (name,) = [fact for fact in reading.facts if fact.field is Field.NAME]
    assert name.quad is not None
    assert 40 < name.quad[0][0] < 70


def test_a_family_name_that_resembles_the_end_of_a_longer_label_stays_a_name() -> None:
    for text in ("Họ và tên: HỔ ÁNH MẪU", "Họ và tên HỒ ÁNH MẪU"):
        assert values(read_print([line(text, 5, 10)], on_card=True)) == {Field.NAME: text[-10:]}
    assert Field.NAME not in values(read_print([line("Họ và tên bố: HỒ ÁNH MẪU", 5, 10)], on_card=True))


def test_pieces_do_not_show_what_was_read() -> None:
    assert "079224000003" not in repr(read_print([line("Số: 079224000003", 0, 0)], on_card=True))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([line("Họ và tên: NGUYỄN VĂN MẪU", 0, 0)], {Field.NAME}),
        ([line("Số CCCD: 001099000001", 0, 0)], {Field.NUMBER}),
        ([line("Số: 001099000001", 0, 0)], set()),
        ([line("Số: 001099000001", 0, 0), line("Họ và tên: NGUYỄN VĂN MẪU", 0, 50)], {Field.NUMBER, Field.NAME}),
        ([line("Full name: JOHN SMITH", 0, 0), line("Date of birth: 15/01/1999", 0, 50)], set()),
        (
            [
                line("GIẤY PHÉP LÁI XE / DRIVER'S LICENSE", 0, 0),
                line("Số / No.: 790123456789", 0, 50),
                line("Họ tên / Full name: NGUYỄN VĂN MẪU", 0, 100),
            ],
            {Field.NAME},
        ),
        ([line("Surname DOE", 0, 0), line("Given names JOHN", 0, 50), line("Date of birth 15/01/1999", 0, 100)], set()),
        ([line("STUDENT IDENTITY CARD", 0, 0), line("Date of birth: 15/01/1999", 0, 50)], set()),
        ([line("IDENTITY CARD", 0, 0), line("Date of birth: 15/01/1999", 0, 50)], set()),
        ([line("ID No.: 001099000001", 0, 0)], set()),
        ([line("CĂN CƯỚC CÔNG DÂN", 0, 0), line("Date of birth: 15/01/1999", 0, 50)], {Field.DATE_OF_BIRTH}),
        (
            [line("SOCIALIST REPUBLIC OF VIET NAM", 0, 0), line("Date of birth: 15/01/1999", 0, 50)],
            {Field.DATE_OF_BIRTH},
        ),
        ([line("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 0, 0), line("Số: 001099000001", 0, 50)], set()),
        ([line("Full name / Họ và tên: NGUYỄN VĂN MẪU", 0, 0)], {Field.NAME}),
        ([line("Số căn cước: 001099000001", 0, 0)], {Field.NUMBER}),
        ([line("Quốc tịch: Việt Nam", 0, 0)], set()),
        ([line("001099000001", 0, 0)], set()),
    ],
)
def test_outside_a_card_a_value_needs_a_vietnamese_label(lines: list[PrintedLine], expected: set[Field]) -> None:
    assert {fact.field for fact in labelled_facts(read_print(lines, on_card=False))} == expected


@pytest.mark.parametrize(
    ("name", "room"), [("NGUYỄN VĂN MẪU", 0.0), ("GUYỄN VĂN MẪU", 60.0)], ids=["begins as a name", "lacks a letter"]
)
def test_a_name_far_from_its_label_gets_room_for_a_letter_only_if_one_may_be_missing(name: str, room: float) -> None:
    lines = [line("Họ và tên:", 10, 10, width=140), line(name, 400, 10)]
    (fact,) = (fact for fact in read_print(lines, on_card=True).facts if fact.field is Field.NAME)
    assert fact.quad is not None
    assert fact.quad[0][0] == pytest.approx(400 - room)


@pytest.mark.parametrize("text", ["SỐ 0 1 2 3 4 5 0 0 1", "SỐ 0 12 3450 0 1", "Số 01 2345 001"])
def test_the_digits_of_an_old_number_may_stand_apart(text: str) -> None:
    reading = read_print([line("GIẤY CHỨNG MINH NHÂN DÂN", 10, 10), line(text, 10, 60)], on_card=True)
    assert values(reading)[Field.NUMBER] == "012345001"


@pytest.mark.parametrize("text", ["Số 7 15.01.2023", "Số: 0011 15-01-2023", "Số 1 2 3 4 5 6 7 8 9"])
def test_a_date_behind_a_digit_and_a_row_of_numerals_are_no_number(text: str) -> None:
    assert Field.NUMBER not in values(read_print([line(text, 10, 60)], on_card=False))


FOREIGN_ZONE = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
"""The specimen of ICAO 9303-4."""


@pytest.mark.parametrize("zone", FOREIGN_ZONE)
def test_the_zone_of_another_states_passport_and_its_english_labels_tell_nothing(zone: str) -> None:
    page = [line("Surname", 100, 100), line("Date of birth", 100, 150), line("12 AUG 1974", 100, 200)]
    assert lines_with_facts(page) == page[:2]
    assert lines_with_facts([*page, line(zone, 100, 400)]) == []


@pytest.mark.parametrize("state", ["VNM", "YNM", "WHM", "VMN"])
def test_a_zone_that_may_be_of_viet_nam_tells(state: str) -> None:
    for zone in FOREIGN_ZONE:
        assert len(lines_with_facts([line(zone.replace("UTO", state), 100, 400)])) == 1


def test_beside_another_states_passport_a_vietnamese_card_still_tells() -> None:
    zone = line(FOREIGN_ZONE[1], 100, 400)
    for text in ("Họ và tên: NGUYỄN VĂN MẪU", "CĂN CƯỚC CÔNG DÂN", "001099000001"):
        assert len(lines_with_facts([zone, line(text, 100, 100)])) == 1


def test_a_number_stands_on_the_next_line_where_a_sentence_breaks_behind_its_label() -> None:
    lines = [line("Tôi tên là Nguyễn Văn Mẫu, CCCD số", 300, 10), line("001099000001 cấp ngày 01/02/2021", 5, 45)]
    assert values(read_print(lines, on_card=False))[Field.NUMBER] == "001099000001"


def test_letters_before_digits_make_a_code_of_them() -> None:
    assert values(read_print([line("Số CMND: A000000727", 5, 10)], on_card=False)) == {}
    assert values(read_print([line("Số CMND: 012345001", 5, 10)], on_card=False)) == {Field.NUMBER: "012345001"}


def test_nine_digits_of_a_longer_number_are_a_place_without_a_value() -> None:
    """The edge of a view cuts a number, and what is left has the form of an older card's."""
    cut = [*CHIP_FRONT[:1], line("Số / No.: 001099000", 360, 250), *CHIP_FRONT[2:]]
    reading = read_print(cut, on_card=True)
    (number,) = (fact for fact in reading.facts_on(CardKind.CCCD_CHIP, Side.FRONT) if fact.field is Field.NUMBER)
    assert (number.value, number.quad is not None) == (None, True)
    assert Field.NUMBER in {fact.field for fact in reading.facts_on(CardKind.CMND_9, Side.FRONT) if fact.value}


def test_a_face_gives_a_value_once_as_the_field_that_it_prints() -> None:
    birth = line("Ngày, tháng, năm sinh: 15/01/1999", 280, 380)
    facts = [
        replace(fact, field=field)
        for fact in read_print([birth], on_card=True).facts
        for field in (Field.DATE_OF_BIRTH, Field.DATE_OF_ISSUE)
    ]
    face = (CardKind.CAN_CUOC, Side.FRONT)
    assert [fact.field for fact in each_value_once(facts, *face)] == [Field.DATE_OF_BIRTH]
    assert each_value_once(facts, CardKind.UNKNOWN, Side.UNKNOWN) == facts


@pytest.mark.parametrize("digits", ["00109900000199", "001O99O000O17", "0010990001"])
def test_digits_behind_a_label_of_numbers_that_are_none_are_a_place_without_a_value(digits: str) -> None:
    lines = [line("Số định danh cá nhân:", 280, 250), line(digits, 280, 290)]
    assert [(fact.field, fact.value) for fact in read_print(lines, on_card=False).facts] == [(Field.NUMBER, None)]


@pytest.mark.parametrize("text", ["15/01/1999", "theo mẫu số 12345678 kèm theo", "1234567"])
def test_what_is_no_misread_number_is_none(text: str) -> None:
    lines = [line("Số định danh cá nhân:", 280, 250), line(text, 280, 290)]
    assert not [fact for fact in read_print(lines, on_card=False).facts if fact.field is Field.NUMBER]


def test_whose_name_is_asked_for_is_no_part_of_it() -> None:
    (found,) = read_print([line("6. Họ, chữ đệm và tên chủ hộ: Trần.Thị,Mẫu.", 40, 100)], on_card=False).by_label
    assert found.fact.value is not None
    assert found.fact.value.reveal() == "Trần Thị Mẫu"
    assert found.fact.quad is not None
    assert found.fact.quad[0][0] > 40 + 28 * 9


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("Người cho vay: Phạm Thị Mẫu, SN 1959", "1959"),
        ("Bà: Phạm Thị Mẫu, NS: 03/02/1959", "1959-02-03"),
        ("Máy in, SN 19591", None),
        ("Máy in HP SN 1959", None),
    ],
)
def test_an_abbreviation_leads_to_a_date_or_year_of_birth(text: str, date: str | None) -> None:
    reading = read_print([line(text, 5, 10)], on_card=False)
    assert values(reading).get(Field.DATE_OF_BIRTH) == date


def test_the_second_line_of_an_address_may_be_found_in_parts() -> None:
    parts = [line("Đường", 280, 581), line("Mẫu, Hà Nội", 370, 581), line("Ghi", 900, 581)]
    reading = read_print([*CHIP_FRONT[:-1], *parts], on_card=True)
    assert values(reading)[Field.PLACE_OF_RESIDENCE] == "Số 1, Đường Mẫu, Hà Nội"
    (home,) = (fact for fact in reading.facts if fact.field is Field.PLACE_OF_RESIDENCE)
    left, _, right, _ = geometry.bounds(home.quad or quad_from_box(0, 0, 0, 0))
    assert left == pytest.approx(280, abs=2)
    assert right > 500


def test_the_second_line_of_an_address_begins_below_its_label_or_its_first_line() -> None:
    far_left = line("Mẫu Ghi Chú", 20, 581, width=600)
    reading = read_print([*CHIP_FRONT[:-3], *CHIP_FRONT[-2:-1], far_left], on_card=True)
    assert values(reading)[Field.PLACE_OF_RESIDENCE] == "Số 1"
