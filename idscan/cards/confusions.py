"""Characters that text readers take for one another."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from idscan.cards.knowledge import KnowledgeTable, words

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

_CONFUSED_DIGITS = "08 06 09 05 17 14 27 38 35 39 49 56 59 58 68 69 89"
DIGIT_NEIGHBOURS: Mapping[str, str] = MappingProxyType(
    {
        digit: "".join(pair.replace(digit, "") for pair in words(_CONFUSED_DIGITS) if digit in pair)
        for digit in "0123456789"
    }
)
"""For each digit those that are read for it; mutual, so that the true reading is always among those tried."""

_REPAIR = str.maketrans(dict(DIGIT_LOOKALIKES))


def repair_digits(text: str) -> str:
    """Replace characters that stand for digits in a text that is known to consist of digits.

    >>> repair_digits("OO1 O99 0000Ol")
    '001 099 000001'
    """
    return text.translate(_REPAIR)


TABLES = (
    KnowledgeTable(
        name="digits read for one another",
        source=DIGIT_LOOKALIKES_SOURCE,
        recognise=lambda text: text[1:2] in DIGIT_NEIGHBOURS.get(text[:1], "") and text[1:2] != "",
        matching=("08", "80", "17", "71", "05", "50"),
        not_matching=("00", "13", "2", "", "O0"),
    ),
    KnowledgeTable(
        name="characters read for digits",
        source=DIGIT_LOOKALIKES_SOURCE,
        recognise=lambda text: repair_digits(text).isdigit(),
        matching=("O", "D", "Q", "I", "l", "|", "!", "Z", "S", "G", "b", "T", "B", "g", "q", "0"),
        not_matching=("X", "-", "", "é", "N"),
    ),
)
