"""Characters that text readers take for one another."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from idscan.cards.knowledge import KnowledgeTable

if TYPE_CHECKING:
    from collections.abc import Mapping

DIGIT_LOOKALIKES_SOURCE = "errors of Tesseract and PP-OCR on digits of cards, as reported by public readers"
DIGIT_LOOKALIKES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys("ODQo", "0"),
        **dict.fromkeys("Il|!i", "1"),
        **dict.fromkeys("Zz", "2"),
        **dict.fromkeys("Ss", "5"),
        **dict.fromkeys("Gb", "6"),
        "T": "7",
        "B": "8",
        **dict.fromkeys("gq", "9"),
    }
)
"""Characters read for a digit, each with the digit that it most likely is."""

DIGIT_NEIGHBOURS: Mapping[str, str] = MappingProxyType(
    {
        "0": "8695",
        "1": "74",
        "2": "7",
        "3": "859",
        "4": "91",
        "5": "6398",
        "6": "8059",
        "7": "12",
        "8": "03659",
        "9": "84035",
    }
)
"""Digits that are read for one another, likeliest first."""

_REPAIR = str.maketrans(dict(DIGIT_LOOKALIKES))


def repair_digits(text: str) -> str:
    """Replace characters that stand for digits in a text that is known to consist of digits.

    >>> repair_digits("OO1 O99 0000Ol")
    '001 099 000001'
    """
    return text.translate(_REPAIR)


TABLES = (
    KnowledgeTable(
        name="characters read for digits",
        source=DIGIT_LOOKALIKES_SOURCE,
        recognise=lambda text: repair_digits(text).isdigit(),
        matching=("O", "D", "Q", "I", "l", "|", "!", "Z", "S", "G", "b", "T", "B", "g", "q", "0"),
        not_matching=("X", "-", "", "é", "N"),
    ),
)
