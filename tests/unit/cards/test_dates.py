from __future__ import annotations

import pytest

from idscan.cards.fields.dates import CardDate, find_dates, parse_mrz_date, parse_qr_date


def _iso(date: CardDate | None) -> str | None:
    return None if date is None else date.iso


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("15011999", "1999-01-15"),
        ("1955", "1955"),
        ("00001955", "1955"),
        ("15/01/1999", "1999-01-15"),
        ("15-01-1999", "1999-01-15"),
        ("31021999", None),
        ("15011899", None),
        ("150199", None),
        ("", None),
        ("abcdefgh", None),
    ],
)
def test_dates_of_payloads(text: str, iso: str | None) -> None:
    assert _iso(parse_qr_date(text)) == iso


@pytest.mark.parametrize(
    ("text", "century", "iso"),
    [
        ("990115", 1900, "1999-01-15"),
        ("240301", 2000, "2024-03-01"),
        ("240301", 1930, "2024-03-01"),
        ("550310", 1930, "1955-03-10"),
        ("991231", 2000, "2099-12-31"),
        ("55<<<<", 1900, "1955"),
        ("<<<<<<", 2000, None),
        ("991331", 2000, None),
        ("99123", 2000, None),
    ],
)
def test_dates_of_zones(text: str, century: int, iso: str | None) -> None:
    assert _iso(parse_mrz_date(text, century_from=century)) == iso


@pytest.mark.parametrize(
    ("text", "isos"),
    [
        ("Ngày sinh / Date of birth: 15/01/1999", ["1999-01-15"]),
        ("15-01-1999 đến 20.06.2022", ["1999-01-15", "2022-06-20"]),
        ("Hà Nội, ngày/date 20 tháng/month 06 năm/year 2022", ["2022-06-20"]),
        ("Ngày  20  tháng  6  năm  2012", ["2012-06-20"]),
        ("Ngày ..20.. tháng ..06.. năm ..2012..", ["2012-06-20"]),
        ("20 thng 06 nm 2012", ["2012-06-20"]),
        ("15 01 1999", ["1999-01-15"]),
        ("0912 15 01 1999", []),
        ("Date of Birth 16 Dec. 1994", ["1994-12-16"]),
        ("01 JAN 1981", ["1981-01-01"]),
        ("January 15th, 1999", ["1999-01-15"]),
        ("31 Feb 1999", []),
        ("30/02/1999", []),
        ("1999", []),
        ("15011999", []),
        ("N\u0067a\u0300y 15 tha\u0301ng 01 na\u0306m 1999", ["1999-01-15"]),
    ],
)
def test_printed_dates_are_found(text: str, isos: list[str]) -> None:
    assert [match.date.iso for match in find_dates(text)] == isos


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("15011999", "1999-01-15"),
        ("15/0111999", "1999-01-15"),
        ("15101/1999", "1999-01-15"),
        ("1510171999", "1999-01-15"),
        ("l5/O1/I99g", "1999-01-15"),
        ("15/01/1999", "1999-01-15"),
        ("Sinh ngày 1999", "1999"),
        ("Ngày 15 tháng 01 năm 1999", "1999-01-15"),
        ("1999.", "1999"),
        ("16 Dec. 1994", "1994-12-16"),
        ("Dec. 1994", None),
        ("1 Mars 1990", None),
        ("Hà Nội 1999", None),
        ("xx/01/1999", None),
        ("12/1999", None),
        ("99999999", None),
    ],
)
def test_garbled_dates_beside_a_label_are_understood(text: str, iso: str | None) -> None:
    found = find_dates(text, lenient=True)
    assert [match.date.iso for match in found] == ([] if iso is None else [iso])


def test_garbled_forms_do_not_count_without_a_label() -> None:
    assert find_dates("15/0111999") == []
    assert find_dates("Sinh 1999") == []


def test_places_are_those_of_the_text_also_where_marks_are_apart() -> None:
    text = "Nga\u0300y sinh: 15/01/1999."
    (match,) = find_dates(text)
    assert text[match.start : match.end] == "15/01/1999"
    (garbled,) = find_dates("Nga\u0300y sinh 15/0111999", lenient=True)
    assert (garbled.start, garbled.end) == (11, 21)


def test_dates_compare_as_far_as_they_are_known() -> None:
    assert CardDate(1999, 1, 15).precedes(CardDate(1999, 1, 16))
    assert not CardDate(1999).precedes(CardDate(1999, 1, 16))
    assert CardDate(1998).precedes(CardDate(1999, 1, 16))
    assert CardDate.of(1999, 4, 31) is None
    assert CardDate.of(1999, 13, 1) is None
    assert CardDate.of(1899) is None


def test_a_date_never_shows_in_a_repr() -> None:
    assert repr(CardDate(1999, 1, 15)) == "CardDate()"
    assert "1999" not in repr(find_dates("15/01/1999"))
