"""Names and numbers that are known, in what readers make of their print."""

from __future__ import annotations

import pytest

from idscan.cards.text.fuzzy import KnownNames, KnownNumbers
from tests.factories import NAME, NUMBER, OLD_NUMBER, OTHER_NAME

SHORT_NAMES = ("Lê An", "Hà My", "Đỗ Minh")
ZONE_NAME = "NGUYEN THI BUOI"
NUMBERS = KnownNumbers([NUMBER, OLD_NUMBER, "12345678"])


@pytest.mark.parametrize(
    "text",
    [
        NAME,
        "NGUYN VĂN MÃU",
        "NGUYÊN VĂN MU",
        "NGUYENVANMAU",
        "N G U Y E N  V A N  M A U",
        "Họ và tên: Nguyn Văn Mẫu.",
        "NGUYỄN VĂN MẢU (chủ thẻ)",
        "TRN TH VÍ D",
        "TRÀN THỊ VÍ DU",
        "TRẦN THl VÍ DỤ",
    ],
)
def test_a_name_is_recognised_though_letters_and_spaces_were_lost(text: str) -> None:
    assert KnownNames([NAME, OTHER_NAME]).are_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "LÊ VĂN HAI",
        "PHẠM THỊ MẪU ĐƠN",
        "Nguyễn",
        "Văn Mẫu",
        "Cảm ơn bạn rất nhiều",
        "A van may wait here for nine minutes",
    ],
)
def test_other_names_and_other_texts_are_not_taken_for_it(text: str) -> None:
    assert not KnownNames([NAME, OTHER_NAME]).are_in(text)


def test_little_is_forgiven_in_small_letters() -> None:
    names = KnownNames([NAME, "ĐOÀN CHÍ MẪU"])
    assert all(names.are_in(text) for text in (NAME.lower(), "nguyen van mu", "ten nguyn van mau nhe"))
    assert not names.are_in("Cảm ơn chị mẫu")


@pytest.mark.parametrize("text", ["Lan", "L An", "Ha M", "domino", "Domini", "Do minx", "Minh"])
def test_little_is_forgiven_in_a_short_name(text: str) -> None:
    assert not KnownNames(SHORT_NAMES).are_in(text)


def test_a_letter_with_marks_may_be_lost_from_a_name_of_two_short_words() -> None:
    assert KnownNames(["Bùi Phước"]).are_in("Bùi Phuc")
    assert KnownNames(["Đỗ Minh"]).are_in("Đ Minh")


def test_any_vowel_of_a_name_in_a_zone_may_bear_marks_that_a_reader_lacks() -> None:
    assert KnownNames([ZONE_NAME]).are_in("NGUYN TH BI")


@pytest.mark.parametrize("names", [[ZONE_NAME, "Nguyễn Thị Bưởi"], ["Nguyễn Thị Bưởi", ZONE_NAME]])
def test_one_name_in_several_spellings_is_one_name(names: list[str]) -> None:
    assert KnownNames(names).are_in("NGUYN TH BI")


@pytest.mark.parametrize(
    "text",
    [
        NUMBER,
        "001099000007",
        "007099000001",
        "00109900001",
        "0010990000001",
        "01099000001",
        "00109900000",
        "9001099000001",
        "Số: OO1 O99 O00001",
        "001.099-000 00l",
        "ＳＴＫ ００１０９９０００００１",
        "No 012345670",
        "012 34567B",
    ],
)
def test_a_number_is_recognised_though_a_digit_was_misread_or_lost(text: str) -> None:
    assert NUMBERS.are_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "001088000001",
        "901099000007",
        "0010990000",
        "001099x000001",
        "OOIOqqOOOOOI",
        "0012.34",
        "12345678",
        "01234560",
        "0123 4567",
    ],
)
def test_what_differs_in_two_digits_or_is_a_word_is_not_taken_for_it(text: str) -> None:
    assert not KnownNumbers([NUMBER, "12345678"]).are_in(text)


def test_without_values_nothing_is_recognised() -> None:
    assert not KnownNames([]).are_in(NAME)
    assert not KnownNumbers([]).are_in(NUMBER)
