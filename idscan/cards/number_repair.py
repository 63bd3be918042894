"""What a citizen number and the rest of a card say of each other: year of birth and sex stand in its digits.

Misread digits can so be put right. Numbers that were given out before a birth date was corrected do not agree with it,
so what was put right is a hint and never a verdict.
"""

from __future__ import annotations

from idscan.cards.confusions import DIGIT_NEIGHBOURS
from idscan.cards.numbers import FEMALE, CitizenNumber

_YEAR = slice(0, 4)
_SAID = slice(3, 6)
"""The digits that say century, sex and year of birth."""
_CENTURIES = range(1900, 2400)


def date_by_number(date: str, number: str) -> str | None:
    """Return a date of birth with the year that the number gives, if its own differs by one digit easily misread.

    >>> date_by_number("1989-01-15", "001099000001")
    '1999-01-15'
    >>> date_by_number("1975-01-15", "001099000001") is None
    True
    """
    citizen = CitizenNumber.parse(number)
    if citizen is None:
        return None
    year = str(citizen.birth_year)
    return year + date[4:] if _is_one_misread(date[_YEAR], year) else None


def number_by_date(number: str, date: str, sex: str | None = None) -> str | None:
    """Return a number with the digits that the date of birth and the sex give, if one easily misread differs.

    Args:
        number: twelve digits.
        date: ISO, the year first.
        sex: as `CitizenNumber.sex` says it; None keeps the number's own.

    >>> number_by_date("001089000001", "1999-01-15")
    '001099000001'
    """
    citizen = CitizenNumber.parse(number)
    year = date[_YEAR]
    if citizen is None or not year.isdigit() or int(year) not in _CENTURIES:
        return None
    is_female = (citizen.sex if sex is None else sex) == FEMALE
    expected = f"{2 * ((int(year) - 1900) // 100) + is_female}{year[2:]}"
    if not _is_one_misread(number[_SAID], expected):
        return None
    return number[: _SAID.start] + expected + number[_SAID.stop :]


def _is_one_misread(read: str, expected: str) -> bool:
    differing = [(one, other) for one, other in zip(read, expected, strict=True) if one != other]
    return len(differing) == 1 and differing[0][1] in DIGIT_NEIGHBOURS.get(differing[0][0], "")
