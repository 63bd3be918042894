"""Parse machine-readable zones (MRZ): TD1 of identity cards, TD3 of passports; check digits.

Sources: ICAO Doc 9303, parts 3 to 5; Circular 06/2021/TT-BCA and Circular 16/2024/TT-BCA.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from idscan.cards.fact_tables import FactTable
from idscan.cards.fields.dates import FIRST_YEAR, CardDate, parse_mrz_date
from idscan.cards.fields.names import name_from_mrz
from idscan.cards.fields.numbers import CitizenNumber, OldNumber, normalise_sex

if TYPE_CHECKING:
    from collections.abc import Sequence

CHECK_DIGITS_SOURCE = "ICAO Doc 9303, part 3, section 4.9: weights 7, 3, 1; A is 10, Z is 35, a filler is 0; modulo 10"
WEIGHTS = (7, 3, 1)
"""Weights of check digits, repeated along the text (ICAO 9303-3, 4.9)."""
_VALUES = {character: value for value, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {"<": 0}


def check_digit(text: str) -> int:
    """Return the check digit of a text of capitals, digits and fillers; other characters count as fillers.

    >>> check_digit("099000001"), check_digit("990115")
    (7, 5)
    """
    return sum(_VALUES.get(character, 0) * WEIGHTS[place % 3] for place, character in enumerate(text)) % 10


def is_checked(text: str) -> bool:
    """Return whether the last character is the check digit of those before it.

    >>> is_checked("9901155"), is_checked("9901156")
    (True, False)
    """
    return len(text) > 1 and text[-1] == str(check_digit(text[:-1]))


TABLES = (
    FactTable(
        name="check digits",
        source=CHECK_DIGITS_SOURCE,
        recognise=is_checked,
        matching=("0990000017", "001099000001<<8", "9901155", "3901153", "<<<<<<0"),
        not_matching=("0990000018", "9901150", "<<<<<<1", "990115<", "5", ""),
    ),
)


STATE = "VNM"
TD1_WIDTH = 30
"""Characters of a line of a TD1 zone (ICAO 9303-5)."""
TD3_WIDTH = 44
"""Characters of a line of a TD3 zone (ICAO 9303-4)."""
EXPIRY_CENTURY = 2000
"""First year that the two digits of an expiry date can mean."""
_BIRTH_CENTURY_WITHOUT_NUMBER = 1930
"""First of the hundred years of birth where no citizen number gives the century. Earlier: children get a wrong century;
later: old people do."""

_MAX_BIRTH_YEAR_CORRECTION = 49
"""Years by which a corrected birth date may lie before or after that of the number. Fewer: such dates get a wrong
century; more: two centuries would be possible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mrz:
    """Values of a machine-readable zone, and the results of its check digits.

    Attributes:
        format: "td1" or "td3".
        is_vietnamese: whether Viet Nam is the issuing state.
        number: the twelve-digit citizen number; None where its check digit is wrong and no other check confirms it.
        old_number: a nine-digit number in a passport's optional data.
        document_number: on a card the last nine digits of the citizen number, else the passport's number.
        date_of_birth: its century follows the citizen number where there is one.
        sex: "Nam" or "Nữ".
        date_of_expiry: None for a document without expiry.
        name: capitals without diacritics, family name first; no check digit covers it.
        checks: name of each check digit that was recognised, and whether it is right; on cards also "doubled_number",
            whether the two copies of the number agree.
        lines: the lines in their printed form.
        is_name_cut: whether the name fills its line, so that it may be truncated (ICAO 9303-3, 4.6).
    """

    format: str
    is_vietnamese: bool
    number: str | None = field(default=None, repr=False)
    old_number: str | None = field(default=None, repr=False)
    document_number: str | None = field(default=None, repr=False)
    date_of_birth: CardDate | None = field(default=None, repr=False)
    sex: str | None = field(default=None, repr=False)
    date_of_expiry: CardDate | None = field(default=None, repr=False)
    name: str | None = field(default=None, repr=False)
    checks: tuple[tuple[str, bool], ...] = ()
    lines: tuple[str, ...] = field(default=(), repr=False)
    is_name_cut: bool = False

    @property
    def valid_checks(self) -> int:
        """The number of checks that are right."""
        return sum(is_right for _, is_right in self.checks)

    @property
    def is_valid(self) -> bool:
        """Whether there are checks and all of them are right."""
        return bool(self.checks) and self.valid_checks == len(self.checks)

    @property
    def is_consistent(self) -> bool:
        """Whether year of birth and sex do not contradict the citizen number; soft evidence."""
        number = CitizenNumber.parse(self.number or "")
        return number is None or number.agrees_with(self.date_of_birth, self.sex) is not False


@dataclass(frozen=True, slots=True)
class MrzMatch:
    """An MRZ found in recognised lines.

    Attributes:
        mrz: its values.
        indices: indices of its lines in the sequence searched.
        repairs: characters repaired with the help of check digits.
        name_index: index of the line that holds the name only, None without such a line.
        proven: names of the values that were recognised without repair and are confirmed by more than their own check
            digit: a repair by a check digit is not proven by it.
    """

    mrz: Mrz
    indices: tuple[int, ...]
    repairs: int = 0
    name_index: int | None = None
    proven: frozenset[str] = frozenset()


TD1_LINE_1 = re.compile(r"ID VNM ([0-9]{9}) ([0-9]) ([0-9]{12}) << ([0-9])".replace(" ", ""))
"""Document number and its check digit, citizen number, check digit of number and two fillers."""
TD1_LINE_2 = re.compile(
    r"([0-9]{6}|[0-9]{2}<{4}) ([0-9]) ([MFX<]) (?=[0-9]{7}|<{6}[0<]) ([0-9<]{6}) ([0-9<]) VNM (<{11}) ([0-9])".replace(
        " ", ""
    )
)
"""Birth, sex and expiry, each date with its check digit, nationality, optional data, composite check digit."""
TD1_LINE_3 = re.compile(r"[A-Z<]{30}")
NO_EXPIRY = "991231"
"""Expiry of a card without limit, unless it is left empty; no valid document expires on that day."""
TD3_LINE_1 = re.compile(r"P[A-Z<]([A-Z<]{3})([A-Z<]{39})")
TD3_LINE_2 = re.compile(
    r"([A-Z0-9<]{9}) ([0-9]) ([A-Z<]{3}) ([0-9<]{6}) ([0-9]) ([MFX<]) (?=[0-9]{7}|<{6}[0<]) ([0-9<]{6}) ([0-9<]) "
    r"(?=[A-Z0-9<]{14}[0-9]|<{15}) ([A-Z0-9<]{14}) ([0-9<]) ([0-9])".replace(" ", "")
)


def parse_td1(lines: Sequence[str]) -> Mrz | None:
    """Parse the MRZ on the back of a Vietnamese identity card, exactly as printed.

    Args:
        lines: the three lines of 30 characters in order; the third, or the second and third, may be missing.

    Returns:
        Its values, also with wrong check digits; None where a line has another form.
    """
    forms = (TD1_LINE_1, TD1_LINE_2, TD1_LINE_3)
    matches = [form.fullmatch(line.strip()) for form, line in zip(forms, lines, strict=False)]
    if not 0 < len(lines) <= len(forms) or not all(matches):
        return None
    return assemble_td1(*(line.strip() for line in lines))


def assemble_td1(first: str | None, second: str | None = None, third: str | None = None) -> Mrz | None:
    """Parse the lines of a Vietnamese TD1 zone, any of which may be missing; None if no checked line has its form."""
    upper = TD1_LINE_1.fullmatch(first or "")
    lower = TD1_LINE_2.fullmatch(second or "")
    checks: list[tuple[str, bool]] = []
    number: CitizenNumber | None = None
    document_number = None
    is_optional_right = False
    if upper is not None:
        document_number = upper[1]
        is_document_right = _is_right(upper[1], upper[2])
        is_optional_right = _is_right(f"{upper[3]}<<", upper[4])
        checks.append(("document_number", is_document_right))
        is_twice = upper[3].endswith(document_number)
        checks.append(("doubled_number", is_twice))
        if is_optional_right or (is_document_right and is_twice):
            number = CitizenNumber.parse(upper[3])
    if lower is not None:
        checks += [("date_of_birth", _is_right(lower[1], lower[2])), ("date_of_expiry", _is_right(lower[4], lower[5]))]
    is_whole_right = None
    if upper is not None and lower is not None and first and second:
        is_whole_right = _is_right(composite_of(first, second), lower[7])
        checks.append(("composite", is_whole_right))
    if upper is not None and (is_optional_right or not is_whole_right):
        # Optional data are for national use; so is their check digit in line 1 if all others are right.
        checks.append(("optional", is_optional_right))
    if upper is None and lower is None:
        return None
    century = birth_century(number)
    return Mrz(
        format="td1",
        is_vietnamese=True,
        number=number.digits if number else None,
        document_number=document_number,
        date_of_birth=parse_mrz_date(lower[1], century_from=century) if lower else None,
        sex=normalise_sex(lower[3]) if lower else None,
        date_of_expiry=_expiry(lower[4]) if lower else None,
        name=(name_from_mrz(third) or None) if third else None,
        is_name_cut=third is not None and len(third.rstrip("<")) == TD1_WIDTH,
        checks=tuple(checks),
        lines=tuple(line for line in (first, second, third) if line),
    )


def birth_century(number: CitizenNumber | None) -> int:
    """Return the first of the hundred years in which the holder of a number was born.

    They surround the year of the number, which may differ from that of the card: a number is kept when its holder's
    birth date is corrected.
    """
    if number is None:
        return _BIRTH_CENTURY_WITHOUT_NUMBER
    return max(number.birth_year - _MAX_BIRTH_YEAR_CORRECTION, FIRST_YEAR)


def composite_of(first: str, second: str) -> str:
    """Return the characters of both lines under the composite check digit of a TD1 zone."""
    return first[5:30] + second[0:7] + second[8:15] + second[18:29]


def parse_td3(lines: Sequence[str]) -> Mrz | None:
    """Parse the MRZ of a passport, exactly as printed; the first line (the name) may be missing.

    Args:
        lines: two lines of 44 characters, or the second alone.

    Returns:
        Its values; None where a line has another form.
    """
    stripped = [line.strip() for line in lines]
    if len(stripped) not in {1, 2}:
        return None
    lower = TD3_LINE_2.fullmatch(stripped[-1])
    upper = TD3_LINE_1.fullmatch(stripped[0]) if len(stripped) > 1 else None
    if lower is None or (len(stripped) > 1 and upper is None):
        return None
    line = stripped[-1]
    checks = (
        ("document_number", _is_right(lower[1], lower[2])),
        ("date_of_birth", _is_right(lower[4], lower[5])),
        ("date_of_expiry", _is_right(lower[7], lower[8])),
        ("optional", _is_right(lower[9], lower[10])),
        ("composite", _is_right(line[0:10] + line[13:20] + line[21:43], lower[11])),
    )
    is_vietnamese = lower[3] == STATE and (upper is None or upper[1] == STATE)
    optional = lower[9].rstrip("<") if is_vietnamese and checks[3][1] else ""
    number = CitizenNumber.parse(optional)
    old_number = OldNumber.parse(optional)
    century = birth_century(number)
    return Mrz(
        format="td3",
        is_vietnamese=is_vietnamese,
        number=number.digits if number else None,
        old_number=old_number.digits if old_number else None,
        document_number=lower[1].rstrip("<"),
        date_of_birth=parse_mrz_date(lower[4], century_from=century),
        sex=normalise_sex(lower[6]),
        date_of_expiry=_expiry(lower[7]),
        name=(name_from_mrz(upper[2]) or None) if upper else None,
        is_name_cut=upper is not None and not upper[2].endswith("<"),
        checks=checks,
        lines=tuple(stripped),
    )


def _expiry(text: str) -> CardDate | None:
    return None if text == NO_EXPIRY else parse_mrz_date(text, century_from=EXPIRY_CENTURY)


def _is_right(text: str, digit: str) -> bool:
    """Return whether the digit checks the text; a filler may stand for 0 (ICAO 9303-4, 4.2.2, optional fields)."""
    return (digit if digit != "<" else "0") == str(check_digit(text))
