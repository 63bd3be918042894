from __future__ import annotations

import pytest

from idscan.cards.fields.dates import CardDate
from idscan.cards.fields.numbers import (
    MERGED_INTO,
    OLD_PREFIXES,
    PROVINCES,
    CitizenNumber,
    OldNumber,
    date_by_number,
    find_numbers,
    find_old_numbers,
    normalise_sex,
    number_by_date,
    old_number_province,
)
from idscan.cards.text import repair_digits


def _number(text: str) -> CitizenNumber:
    number = CitizenNumber.parse(text)
    assert number is not None
    return number


@pytest.mark.parametrize(
    ("digits", "province", "sex", "year"),
    [
        ("001099000001", "Hà Nội", "Nam", 1999),
        ("001305000002", "Hà Nội", "Nữ", 2005),
        ("079224000003", "TP Hồ Chí Minh", "Nam", 2024),
        ("001155000004", "Hà Nội", "Nữ", 1955),
        ("155305000001", "Đức", "Nữ", 2005),
        ("003099000001", None, "Nam", 1999),
        ("001499000001", "Hà Nội", "Nam", 2199),
    ],
)
def test_number_tells_province_sex_and_year(digits: str, province: str | None, sex: str, year: int) -> None:
    number = _number(digits)
    assert (number.province, number.sex, number.birth_year) == (province, sex, year)
    assert number.province_code == digits[:3]


@pytest.mark.parametrize("text", ["001 099 000 001", "0010.9900.0001", "001-099-000-001", " 0010\u00a099000001 "])
def test_separators_between_digits_are_allowed(text: str) -> None:
    assert _number(text).digits == "001099000001"


@pytest.mark.parametrize(
    "text",
    [
        "999999999999",
        "000000000000",
        "000012345678",
        "00109900000",
        "0010990000012",
        "001  099000001",
        "O01099000001",
        "",
        "٠٠١٠٩٩٠٠٠٠٠١",
    ],
)
def test_other_texts_are_no_citizen_number(text: str) -> None:
    assert CitizenNumber.parse(text) is None


def test_plausibility_is_soft_and_falls_with_each_contradiction() -> None:
    right = _number("001099000001").plausibility(2026)
    abroad = _number("155305000001").plausibility(2026)
    unknown_province = _number("003099000001").plausibility(2026)
    far_future = _number("001499000001").plausibility(2026)
    assert right == pytest.approx(1)
    assert right > abroad > far_future > unknown_province > 0
    assert _number("001099000001").plausibility() == right


def test_nobody_is_born_after_this_year_and_few_are_very_old() -> None:
    child = _number("079224000003")
    assert child.plausibility(2026) > child.plausibility(2023)
    assert _number("001001000001").plausibility(2026) < 1


def test_number_abroad_is_told_apart() -> None:
    assert _number("155305000001").is_abroad
    assert not _number("001099000001").is_abroad
    assert _number("200099000001").province is None


@pytest.mark.parametrize(
    ("birth", "sex", "expected"),
    [
        (CardDate(1999, 1, 15), "Nam", True),
        (CardDate(1999), None, True),
        (None, "M", True),
        (None, "Nữ", False),
        (CardDate(1998, 1, 15), "Nam", False),
        (None, None, None),
        (None, "?", None),
    ],
)
def test_agreement_with_the_card_is_evidence(birth: CardDate | None, sex: str | None, expected: object) -> None:
    assert _number("001099000001").agrees_with(birth, sex) is expected


def test_old_number_tells_the_province_of_issue() -> None:
    old = OldNumber.parse("012 345 678")
    assert old is not None
    assert (old.digits, old.province) == ("012345678", "Hà Nội")
    assert OldNumber.parse("111111111") is None
    assert OldNumber.parse("0123456789") is None
    assert old_number_province("121000001") == "Bắc Giang"
    assert old_number_province("212000001") == "Quảng Ngãi"
    assert old_number_province("999000001") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Số / No.: 001099000001", [("001099000001", 10, 22)]),
        ("0010 9900 0001", [("001099000001", 0, 14)]),
        ("001 099 000 001 và 001305000002", [("001099000001", 0, 15), ("001305000002", 19, 31)]),
        ("0010 9900 0001 15-01-1999", [("001099000001", 0, 14)]),
        ("001099000001 001305000002", [("001099000001", 0, 12), ("001305000002", 13, 25)]),
        ("079*****1234", []),
        ("+840912345678", []),
        ("#001099000001", []),
        ("4111 1111 1111 1111", []),
        ("0912345678 12", []),
        ("001099000001.5", [("001099000001", 0, 12)]),
    ],
)
def test_numbers_are_found_with_their_places(text: str, expected: list[tuple[str, int, int]]) -> None:
    assert [(match.digits, match.start, match.end) for match in find_numbers(text)] == expected


def test_groups_that_nobody_prints_need_a_right_structure() -> None:
    assert [match.digits for match in find_numbers("00109900 0001")] == ["001099000001"]
    assert find_numbers("00349900 0001") == []


def test_old_numbers_are_found_whole_or_in_threes() -> None:
    assert [(match.digits, match.start) for match in find_old_numbers("SỐ 012 345 678")] == [("012345678", 3)]
    assert find_old_numbers("001099000001") == []
    assert find_old_numbers("0123 45678") == []
    assert find_old_numbers("222222222") == []


def test_letters_read_for_digits_are_put_right() -> None:
    assert repair_digits("OO1O99OOOOOl") == "001099000001"
    assert repair_digits("Z5SGTBgq|!") == "2556789911"
    assert repair_digits("x") == "x"


def test_sex_is_understood_in_every_spelling() -> None:
    assert [normalise_sex(text) for text in ("Nam", "NỮ", "M", "f", "female", "-")] == [
        "Nam",
        "Nữ",
        "Nam",
        "Nữ",
        "Nữ",
        None,
    ]


def test_values_never_show_in_a_repr() -> None:
    shown = repr([_number("001099000001"), OldNumber.parse("012345678"), *find_numbers("001099000001")])
    assert "099" not in shown
    assert "345" not in shown


def test_there_are_63_provinces_and_the_tables_speak_of_the_same_ones() -> None:
    names = set(PROVINCES.values())
    assert len(PROVINCES) == len(names) == 63
    assert set(OLD_PREFIXES.values()) <= names | {"Hà Tây"}
    assert len(MERGED_INTO) == 30
    assert set(MERGED_INTO) <= names


def test_neither_a_number_nor_a_date_is_corrected_by_one_that_is_invalid() -> None:
    assert date_by_number("1989-01-15", "0010990000") is None
    assert number_by_date("0010890000", "1999-01-15") is None
    assert number_by_date("001089000001", "1799-01-15") is None
