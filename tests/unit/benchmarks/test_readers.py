"""What another reader told is judged kindly: anywhere in its output, in any of the forms that cards print."""

from __future__ import annotations

import pytest

from tests.benchmarks.accuracy import ascii_of
from tests.benchmarks.readers import Told


@pytest.mark.parametrize("line", ["So/No.: 001099000001", "001 099 000 001", "0010.9900.0001|012345678|Mau"])
def test_a_number_is_told_whatever_stands_around_it(line: str) -> None:
    assert Told((line,)).tells_number("001099000001")
    assert not Told((line,)).tells_number("001099000002")


@pytest.mark.parametrize("line", ["15/01/1999", "Ngay sinh:15-01-1999", "x|15011999|Nam", "9901155M3301100VNM"])
def test_a_date_is_told_in_any_form(line: str) -> None:
    assert Told((line,)).tells_date("1999-01-15")
    assert not Told((line,)).tells_date("1999-01-16")


def test_a_year_alone_stands_alone() -> None:
    assert Told(("Sinh ngày 1975",)).tells_date("1975")
    assert not Told(("219750",)).tells_date("1975")


def test_a_name_is_told_with_and_without_its_diacritics() -> None:
    told = Told(("Họ tên: NGUYEN VĂN MẪU",))
    assert told.tells_name("Nguyễn Văn Mẫu", ascii_of)
    assert not told.tells_name("Nguyễn Văn Mẫu", str.upper)
    assert Told(("NGUYEN<<VAN<MAU<<<<",)).tells_name("Nguyễn Văn Mẫu", ascii_of)
