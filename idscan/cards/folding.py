"""Text without case and diacritics, with the way back to the original places."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_NO_DECOMPOSITION = {"đ": "d", "Đ": "d", "ð": "d", "Ð": "d", "Ɖ": "d", "ɖ": "d"}
"""The barred d has no canonical decomposition; eth (U+00D0) and African d stand in for it in old data."""


@lru_cache(maxsize=4096)
def fold_character(character: str) -> str:
    """Return one character in lower case without marks: none, one or (ligatures) several characters."""
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
    """Return the folded text in capitals, as an MRZ spells it.

    >>> fold_upper("Đặng Thị Ví Dụ")
    'DANG THI VI DU'
    """
    return fold(text).upper()


def fold_with_places(text: str) -> tuple[str, list[int]]:
    """Return the text folded character by character, and for each folded character its place in the text.

    Whitespace is kept as it is, so that patterns can tell gaps; the list has one entry more, the text's length.
    """
    folded: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        plain = fold_character(character)
        folded.append(plain)
        places.extend([place] * len(plain))
    return "".join(folded), [*places, len(text)]


def squeeze_with_places(text: str) -> tuple[str, list[int]]:
    """Return only the folded letters and digits a-z and 0-9, and the place of each in the text."""
    letters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for plain in fold_character(character):
            if "a" <= plain <= "z" or "0" <= plain <= "9":
                letters.append(plain)
                places.append(place)
    return "".join(letters), places
