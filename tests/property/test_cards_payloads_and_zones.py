"""Made-up people written into payloads and zones come back as they were, also after single errors of a reader."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from idscan.cards.fields.numbers import PROVINCES, CitizenNumber, find_numbers
from idscan.cards.fields.person_names import same_name
from idscan.cards.mrz import find_mrz
from idscan.cards.mrz.zone import check_digit
from idscan.cards.qr_payloads import parse_payload
from idscan.cards.text import DIGIT_NEIGHBOURS, fold_upper
from tests.unit.cards.specimens import exact_td1, is_consistent

FAMILIES = ("Nguyễn", "Trần", "Lê", "Đặng", "Huỳnh", "Đỗ", "Phạm")
SYLLABLES = ("Văn", "Thị", "Mẫu", "Ví", "Dụ", "Thử", "Nghiệm", "Đức", "Quỳnh", "Ý")


@dataclass(frozen=True)
class Person:
    number: str
    name: str
    birth: date
    sex: str


@st.composite
def people(draw: st.DrawFn) -> Person:
    birth = draw(st.dates(date(1930, 1, 1), date(2025, 12, 31)))
    sex = draw(st.sampled_from(["Nam", "Nữ"]))
    century = (birth.year // 100 - 19) * 2 + (sex == "Nữ")
    province = draw(st.sampled_from(sorted(PROVINCES)))
    number = f"{province}{century}{birth.year % 100:02}0000{draw(st.integers(0, 99)):02}"
    words = draw(st.lists(st.sampled_from(SYLLABLES), min_size=1, max_size=3))
    return Person(number, " ".join([draw(st.sampled_from(FAMILIES)), *words]), birth, sex)


def _zone(person: Person, expiry: date) -> tuple[str, str, str]:
    document = person.number[3:]
    first = f"IDVNM{document}{check_digit(document)}{person.number}<<{check_digit(person.number)}"
    birth, ends = person.birth.strftime("%y%m%d"), expiry.strftime("%y%m%d")
    sex = "M" if person.sex == "Nam" else "F"
    second = f"{birth}{check_digit(birth)}{sex}{ends}{check_digit(ends)}VNM{'<' * 11}"
    composite = check_digit(first[5:] + second[:7] + second[8:15] + second[18:])
    family, *given_names = fold_upper(person.name).split()
    return first, f"{second}{composite}", f"{family}<<{'<'.join(given_names)}"[:30].ljust(30, "<")


EXPIRIES = st.dates(date(2024, 1, 1), date(2064, 12, 31))


@given(people(), st.booleans(), st.sampled_from(["", "||||"]))
def test_payload_comes_back(person: Person, has_old_number: bool, extra: str) -> None:
    old = "012345678" if has_old_number else ""
    issue = date(2024, 8, 20)
    text = "|".join(
        (person.number, old, person.name, f"{person.birth:%d%m%Y}", person.sex, "Thôn Mẫu, Hà Nội", f"{issue:%d%m%Y}")
    )
    for written in (text + extra, unicodedata.normalize("NFD", text) + extra):
        payload = parse_payload(written)
        assert payload is not None
        assert payload.is_strict
        assert (payload.number, payload.old_number, payload.name) == (person.number, old or None, person.name)
        assert payload.date_of_birth is not None
        assert payload.date_of_birth.iso == person.birth.isoformat()
        assert payload.sex == person.sex


@given(people())
def test_number_agrees_with_its_person_and_is_found_in_print(person: Person) -> None:
    number = CitizenNumber.parse(person.number)
    assert number is not None
    assert (number.birth_year, number.sex) == (person.birth.year, person.sex)
    for printed in (person.number, " ".join(person.number[start : start + 3] for start in range(0, 12, 3))):
        (match,) = find_numbers(f"Số: {printed}")
        assert match.digits == person.number


@given(people(), EXPIRIES)
def test_zone_comes_back(person: Person, expiry: date) -> None:
    lines = _zone(person, expiry)
    match = find_mrz(lines)
    assert match is not None
    assert match.mrz == exact_td1(lines)
    assert (match.mrz.number, match.mrz.sex, match.repairs) == (person.number, person.sex, 0)
    assert match.mrz.date_of_birth is not None
    assert match.mrz.date_of_birth.iso == person.birth.isoformat()
    assert match.mrz.date_of_expiry is not None
    assert match.mrz.date_of_expiry.iso == expiry.isoformat()
    assert match.mrz.is_valid
    assert is_consistent(match.mrz)
    assert same_name(match.mrz.name or "", person.name)


@settings(max_examples=200, deadline=None)
@given(people(), EXPIRIES, st.data())
def test_single_confusion_never_gives_a_wrong_number_that_counts_as_right(
    person: Person, expiry: date, data: st.DataObject
) -> None:
    lines = list(_zone(person, expiry))
    row = data.draw(st.sampled_from([0, 1]))
    place = data.draw(st.sampled_from([place for place, character in enumerate(lines[row]) if character.isdigit()]))
    wrong = data.draw(st.sampled_from(DIGIT_NEIGHBOURS[lines[row][place]]))
    lines[row] = lines[row][:place] + wrong + lines[row][place + 1 :]
    match = find_mrz(lines)
    assert match is not None
    if match.mrz.is_valid:
        assert match.mrz.number == person.number
        assert match.mrz.date_of_birth is not None
        assert match.mrz.date_of_birth.iso == person.birth.isoformat()


@given(people(), st.data())
def test_every_wrong_digit_is_caught(person: Person, data: st.DataObject) -> None:
    lines = list(_zone(person, date(2030, 1, 1) + timedelta(days=data.draw(st.integers(0, 29))))[:2])
    row = data.draw(st.sampled_from([0, 1]))
    place = data.draw(st.sampled_from([i for i, character in enumerate(lines[row]) if character.isdigit()]))
    digit = data.draw(st.sampled_from(sorted(set("0123456789") - {lines[row][place]})))
    lines[row] = lines[row][:place] + digit + lines[row][place + 1 :]
    mrz = exact_td1(lines)
    assert mrz is None or not mrz.is_valid
