"""Normalise text: fold case and diacritics with offsets kept, map confused characters."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from idscan.cards import FactTable, words

if TYPE_CHECKING:
    from collections.abc import Mapping

_NO_DECOMPOSITION = {"đ": "d", "Đ": "d", "ð": "d", "Ð": "d", "Ɖ": "d", "ɖ": "d"}
"""The barred d has no canonical decomposition; eth (U+00D0) and African d stand in for it in old data."""


@lru_cache(maxsize=4096)
def fold_character(character: str) -> str:
    """Return one character in lower case without diacritics: none, one or (ligatures) several characters."""
    plain = _NO_DECOMPOSITION.get(character)
    if plain is not None:
        return plain
    decomposed = unicodedata.normalize("NFKD", character)
    folded = "".join(part for part in decomposed if not unicodedata.combining(part)).casefold()
    return " " if folded.isspace() else folded


def fold(text: str) -> str:
    """Return the text in lower case, without diacritics, with single spaces.

    Composed and decomposed text give the same result.

    >>> fold("  Đặng  Thị Ví Dụ ")
    'dang thi vi du'
    """
    return " ".join("".join(map(fold_character, text)).split())


def fold_upper(text: str) -> str:
    """Return the folded text in capitals, as in an MRZ.

    >>> fold_upper("Đặng Thị Ví Dụ")
    'DANG THI VI DU'
    """
    return fold(text).upper()


def fold_with_places(text: str) -> tuple[str, list[int]]:
    """Return the text folded character by character, and for each folded character its index in the text.

    The number of spaces is kept, so that patterns can match gaps; the list ends with the length of the text.
    """
    folded: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        plain = fold_character(character)
        folded.append(plain)
        places.extend([place] * len(plain))
    return "".join(folded), [*places, len(text)]


def squeeze_with_places(text: str) -> tuple[str, list[int]]:
    """Return only the folded letters and digits a-z and 0-9, and the index of each in the text."""
    letters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for plain in fold_character(character):
            if "a" <= plain <= "z" or "0" <= plain <= "9":
                letters.append(plain)
                places.append(place)
    return "".join(letters), places


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
"""Characters that are recognised in place of a digit, each with the most likely digit."""

_CONFUSED_DIGITS = "08 06 09 05 17 14 27 38 35 39 49 56 59 58 68 69 89"
DIGIT_NEIGHBOURS: Mapping[str, str] = MappingProxyType(
    {
        digit: "".join(pair.replace(digit, "") for pair in words(_CONFUSED_DIGITS) if digit in pair)
        for digit in "0123456789"
    }
)
"""For each digit those that it is confused with; symmetric, so that the true digit is always among those tried."""


def repair_digits(text: str) -> str:
    """Replace lookalikes of digits in a text that is known to consist of digits.

    >>> repair_digits("OO1 O99 0000Ol")
    '001 099 000001'
    """
    return text.translate(_TO_DIGITS)


_TO_DIGITS = str.maketrans(dict(DIGIT_LOOKALIKES))


TABLES = (
    FactTable(name="confused digits", source=DIGIT_LOOKALIKES_SOURCE,
        recognise=lambda text: text[1:2] in DIGIT_NEIGHBOURS.get(text[:1], "") and text[1:2] != "",
        matching=("08", "80", "17", "71", "05", "50"),
        not_matching=("00", "13", "2", "", "O0")),
    FactTable(name="lookalikes of digits", source=DIGIT_LOOKALIKES_SOURCE,
        recognise=lambda text: repair_digits(text).isdigit(),
        matching=("O", "D", "Q", "I", "l", "|", "!", "Z", "S", "G", "b", "T", "B", "g", "q", "0"),
        not_matching=("X", "-", "", "é", "N")),
)  # fmt: skip
