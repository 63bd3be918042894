"""Check digits of machine-readable zones (ICAO 9303-3, section 4.9)."""

from __future__ import annotations

from idscan.cards.knowledge import KnowledgeTable

SOURCE = "ICAO Doc 9303, part 3, section 4.9: weights 7, 3, 1; A is 10, Z is 35, a filler is 0; modulo 10"
_WEIGHTS = (7, 3, 1)
_VALUES = {character: value for value, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {"<": 0}


def check_digit(text: str) -> int:
    """Return the check digit of a text of capitals, digits and fillers; other characters count as fillers.

    >>> check_digit("099000001"), check_digit("990115")
    (7, 5)
    """
    return sum(_VALUES.get(character, 0) * _WEIGHTS[place % 3] for place, character in enumerate(text)) % 10


def is_checked(text: str) -> bool:
    """Return whether the last character is the check digit of those before it.

    >>> is_checked("9901155"), is_checked("9901156")
    (True, False)
    """
    return len(text) > 1 and text[-1] == str(check_digit(text[:-1]))


TABLES = (
    KnowledgeTable(
        name="check digits",
        source=SOURCE,
        recognise=is_checked,
        matching=("0990000017", "001099000001<<8", "9901155", "3901153", "<<<<<<0"),
        not_matching=("0990000018", "9901150", "<<<<<<1", "990115<", "5", ""),
    ),
)
