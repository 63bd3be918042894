from __future__ import annotations

import pytest

from idscan.cards.fields.person_names import (
    clean_name,
    has_only_name_words,
    in_ascii,
    is_lossy_copy,
    join_address,
    score_name,
)
from idscan.core.types import LineReading, Secret


def weighed(text: str, confidence: float = 0.8) -> tuple[str, float]:
    result = score_name(LineReading(Secret(text), confidence, "test"))
    assert result is not None
    return result[0].reveal(), result[1]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("NGUYỄN VĂN MẪU", "NGUYỄN VĂN MẪU"),
        ("  NGUYỄN   VĂN  MẪU . ", "NGUYỄN VĂN MẪU"),
        ("NGUYỄN VĂN MẪU 12", "NGUYỄN VĂN MẪU"),
        ("Nguyễn Văn Mẫu", "Nguyễn Văn Mẫu"),
        ("NGUYỄN VăN MẪU", "NGUYỄN VĂN MẪU"),
        ("TR!NH TH| VÍ", "TRINH THI VÍ"),
        ("LÊ VĂN TH0", "LÊ VĂN THO"),
        ("H'HEN NIÊ", "H'HEN NIÊ"),
        ("'TRẦN VÍ-", "TRẦN VÍ"),
        ("TRẦN VÍ DỤ a", "TRẦN VÍ DỤ"),
        ("Lê An", "Lê An"),
    ],
)
def test_a_name_comes_back_without_what_cannot_be_part_of_one(text: str, name: str) -> None:
    assert clean_name(text) == name


@pytest.mark.parametrize("text", ["", " . ", "12/34", "A", "Ý", "a b c d e f g h i", "|||"])
def test_what_cannot_be_a_name_is_none(text: str) -> None:
    assert clean_name(text) is None


def test_a_reading_that_is_no_name_weighs_nothing() -> None:
    assert score_name(LineReading(Secret("15/01/1999"), 0.9, "test")) is None


def test_possible_syllables_raise_the_confidence_and_others_lower_it() -> None:
    assert weighed("TRẦN THỊ VÍ")[1] == pytest.approx(0.9)
    assert weighed("TRẦN THỊ XKQ")[1] == pytest.approx(0.8 * (0.4 + 0.6 * 2 / 3))
    assert weighed("WZX QKJ XKQ")[1] == pytest.approx(0.8 * 0.4)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("NGUYÊN VĂN MẪU", "NGUYỄN VĂN MẪU"),
        ("TRẤN THỊ VÍ", "TRẦN THỊ VÍ"),
        ("NGUYEN VAN MAU", "NGUYEN VAN MAU"),
        ("Nguyên Văn Mẫu", "Nguyễn Văn Mẫu"),
        ("Doãn Văn Mẫu", "Doãn Văn Mẫu"),
        ("NGUYÊN", "NGUYÊN"),
        ("MẪU VĂN TRẤN", "MẪU VĂN TRẤN"),
    ],
)
def test_a_family_name_with_a_wrong_mark_is_put_right(text: str, name: str) -> None:
    assert weighed(text)[0] == name


def test_marks_that_vietnamese_does_not_have_become_those_that_they_are_taken_for() -> None:
    assert weighed("TRẦN THỊ MŸ")[0] == "TRẦN THỊ MỸ"
    assert weighed("LÊ VÄN BÖ")[0] == "LÊ VÃN BÕ"


@pytest.mark.parametrize(
    ("name", "is_spelled"),
    [("NGUYỄN VĂN MẪU", True), ("NGUYEN VAN MAU", True), ("NGUYỄN VN MẪU", False), ("XKQ", False)],
)
def test_a_name_is_spelled_out_when_every_word_is_a_syllable(name: str, *, is_spelled: bool) -> None:
    assert has_only_name_words(Secret(name)) is is_spelled


@pytest.mark.parametrize(
    ("lossy", "full", "is_copy"),
    [
        ("NGUYN TH ĐC", "NGUYỄN THỊ ĐỨC", True),
        ("NGUYEN THI DUC", "NGUYỄN THỊ ĐỨC", True),
        ("NGUYN THĐC", "NGUYỄN THỊ ĐỨC", False),
        ("NGUYN TH ĐA", "NGUYỄN THỊ ĐỨC", False),
        ("NGN TH ĐC", "NGUYỄN THỊ ĐỨC", False),
        ("NUGYN TH ĐC", "NGUYỄN THỊ ĐỨC", False),
        ("NGUYỄN THỊ ĐỨC", "NGUYN TH ĐC", False),
    ],
)
def test_a_lossy_copy_lacks_a_letter_or_two_of_each_word(lossy: str, full: str, *, is_copy: bool) -> None:
    assert is_lossy_copy(Secret(lossy), Secret(full)) is is_copy


def test_ascii_capitals_are_what_every_reader_vouches_for() -> None:
    assert in_ascii(Secret("Đặng Thị Ví Dụ")) == Secret("DANG THI VI DU")


def test_the_lines_of_an_address_are_joined_without_empty_ones() -> None:
    lines = [Secret("Số 1  Đường Mẫu,"), Secret(" , "), Secret(""), Secret("Phường Thử Nghiệm, Hà Nội ")]
    assert join_address(lines) == Secret("Số 1 Đường Mẫu, Phường Thử Nghiệm, Hà Nội")
    assert join_address([]) == Secret("")


@pytest.mark.parametrize("name", ["VỪ MÍ SÚA", "HỜ A PÁO", "PHÀN LAO SAN", "LÒ VĂN PÀNH", "KPĂ H'HEN"])
def test_a_family_name_that_people_bear_is_not_taken_for_a_commoner_one(name: str) -> None:
    assert weighed(name)[0] == name


def test_a_family_name_that_was_read_without_any_doubt_stays() -> None:
    text = "TRẤN VĂN MẪU"
    sure = LineReading(Secret(text), 0.99, "test", (), (0.999,) * len(text))
    doubtful = LineReading(Secret(text), 0.99, "test", (), (0.9,) * len(text))
    spelt = [score_name(reading) for reading in (sure, doubtful)]
    assert [value[0].reveal() for value in spelt if value] == [text, "TRẦN VĂN MẪU"]


def test_names_of_the_highlands_are_as_credible_as_others() -> None:
    assert weighed("KSOR H'HEN")[1] == weighed("NGUYỄN VĂN MẪU")[1] > weighed("KSQR XYZ")[1]


@pytest.mark.parametrize("text", [" NGUYỄN VĂN MẪU", "NGUYỄN VĂN MẪU ", "  ", ""])
def test_spaces_around_a_name_are_no_part_of_its_first_word(text: str) -> None:
    reading = LineReading(Secret(text), 0.9, "test", confidences=(0.99,) * len(text))
    weighed_name = score_name(reading)
    assert weighed_name is None if not text.strip() else weighed_name and weighed_name[0].reveal() == "NGUYỄN VĂN MẪU"


@pytest.mark.parametrize(
    ("read", "printed"),
    [
        ("TRẦN TUỜNG", "TRẦN TƯỜNG"),
        ("Duơng Thị Buởi", "Dương Thị Bưởi"),
        ("LUU HŨU BỦU", "LƯU HỮU BỬU"),
        ("PHƯOC PHƯỌNG", "PHƯƠC PHƯỢNG"),
        ("LÊ THUỞ QUỚT", "LÊ THUỞ QUỚT"),
        ("RƠMAH KSƠR", "RƠMAH KSƠR"),
        ("VƯƠNG MƯU ƯNG", "VƯƠNG MƯU ƯNG"),
    ],
)
def test_horns_that_were_missed_are_put_back_where_no_syllable_goes_without(read: str, printed: str) -> None:
    assert clean_name(read) == printed
