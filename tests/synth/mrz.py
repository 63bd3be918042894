"""Machine-readable zone of size TD1 and TD3 (ICAO Doc 9303 parts 3, 4 and 5), as on Vietnamese cards and passports."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from itertools import cycle

NO_EXPIRY = "991231"
"""Expiry of a card that never expires; the printed form is not published, so this one is a guess."""


def check_digit(text: str) -> str:
    """Return the check digit of a field.

    >>> check_digit("099000001")
    '7'
    """
    total = sum(int(char, 36) * weight for char, weight in zip(text.replace("<", "0"), cycle((7, 3, 1)), strict=False))
    return str(total % 10)


def ascii_capitals(name: str) -> str:
    """Return a name without accents, in capitals.

    >>> ascii_capitals("Đỗ Đức Thử")
    'DO DUC THU'
    """
    decomposed = unicodedata.normalize("NFD", name.upper().replace("Đ", "D"))
    return "".join(char for char in decomposed if char.isascii())


def name_field(name: str, length: int) -> str:
    """Return surname, two fillers and the other words, filled or cut to a length."""
    surname, *others = ascii_capitals(name).split()
    return "<".join((surname + "<", *others)).ljust(length, "<")[:length]


@dataclass(frozen=True, slots=True)
class ZoneFacts:
    """What a zone says: dates as YYMMDD, sex as M or F."""

    number: str
    name: str
    birth: str
    sex: str
    expiry: str


def td1(facts: ZoneFacts) -> tuple[str, str, str]:
    """Return the three lines of an identity card: the last nine digits, then all twelve in the optional data."""
    document = facts.number[-9:]
    optional = facts.number + "<<"
    first = f"IDVNM{document}{check_digit(document)}{optional}{check_digit(optional)}"
    birth = facts.birth + check_digit(facts.birth)
    expiry = facts.expiry + check_digit(facts.expiry)
    filler = "<" * 11
    composite = check_digit(first[5:] + birth + expiry + filler)
    return (first, f"{birth}{facts.sex}{expiry}VNM{filler}{composite}", name_field(facts.name, 30))


def td3(facts: ZoneFacts, passport: str) -> tuple[str, str]:
    """Return the two lines of a passport, whose optional data holds the citizen's number."""
    document = passport.ljust(9, "<") + check_digit(passport.ljust(9, "<"))
    birth = facts.birth + check_digit(facts.birth)
    expiry = facts.expiry + check_digit(facts.expiry)
    optional = facts.number.ljust(14, "<") + check_digit(facts.number.ljust(14, "<"))
    composite = check_digit(document + birth + expiry + optional)
    second = f"{document}VNM{birth}{facts.sex}{expiry}{optional}{composite}"
    return ("P<VNM" + name_field(facts.name, 39), second)
