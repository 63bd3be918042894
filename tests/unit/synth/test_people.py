"""Made-up people follow the rules that real numbers, names and dates follow."""

import unicodedata
from datetime import date
from random import Random

import pytest

from tests.synth.people import expiry, make_person
from tests.synth.places import PROVINCES, make_address

CODES = {code for code, _ in PROVINCES}
PEOPLE = [make_person(seed, kind) for seed in range(150) for kind in ("cmnd_9", "cccd_chip", "can_cuoc")]


def test_there_are_63_provinces_with_three_digits_each() -> None:
    assert len(CODES) == 63
    assert all(len(code) == 3 and name[0].isupper() for code, name in PROVINCES)


def test_a_number_tells_province_century_sex_and_year() -> None:
    for person in PEOPLE:
        assert person.number[:3] in CODES
        century_and_sex = int(person.number[3])
        assert century_and_sex % 2 == person.is_female
        assert 1900 + 100 * (century_and_sex // 2) + int(person.number[4:6]) == person.birth.year
        assert len(person.number) == 12


def test_names_are_composed_title_case_of_two_to_five_words() -> None:
    lengths = set()
    for person in PEOPLE:
        assert unicodedata.is_normalized("NFC", person.name)
        words = person.name.split(" ")
        lengths.add(len(words))
        assert all(word == word.capitalize() for word in words)
    assert lengths == {2, 3, 4, 5}


def test_names_use_every_tone_and_the_letter_d_with_stroke() -> None:
    marks = set(unicodedata.normalize("NFD", "".join(person.name for person in PEOPLE)))
    assert {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323", "Đ"} <= marks


def test_dates_run_from_birth_over_issue_to_expiry() -> None:
    for person in PEOPLE:
        assert person.birth < person.issued
        assert person.expires is None or person.issued < person.expires


def test_a_child_is_younger_than_six_and_has_no_old_number() -> None:
    for seed in range(60):
        child = make_person(seed, "can_cuoc", child=True)
        assert child.is_child
        assert child.old_number is None


def test_the_same_seed_is_the_same_person() -> None:
    assert make_person(5, "can_cuoc") == make_person(5, "can_cuoc")
    assert make_person(5, "can_cuoc") != make_person(6, "can_cuoc")


@pytest.mark.parametrize(
    ("birth", "issued", "kind", "expected"),
    [
        (date(1999, 1, 15), date(2021, 6, 1), "cccd_chip", date(2024, 1, 15)),
        (date(1999, 1, 15), date(2022, 6, 20), "cccd_chip", date(2039, 1, 15)),
        (date(2024, 3, 1), date(2024, 9, 2), "can_cuoc", date(2038, 3, 1)),
        (date(1964, 3, 1), date(2023, 9, 2), "cccd_chip", None),
        (date(1970, 5, 5), date(2010, 2, 3), "cmnd_9", date(2025, 2, 3)),
    ],
)
def test_a_card_is_valid_to_the_next_milestone_birthday(
    birth: date, issued: date, kind: str, expected: date | None
) -> None:
    assert expiry(birth, issued, kind) == expected


def test_an_address_of_two_levels_has_no_district_and_bears_the_merged_name() -> None:
    address = make_address(Random(1), "Hà Giang", two_level=True)
    assert address.district is None
    assert str(address).endswith(", Tuyên Quang")
    assert str(make_address(Random(1), "Hà Giang", two_level=False)).endswith(", Hà Giang")
