"""Whether a reading makes sense as a line of print, whatever it says."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from idscan.cards.folding import fold

if TYPE_CHECKING:
    from idscan.core.readings import PrintedLine

_CLEAR = 0.9
"""Confidence from which a line is taken to be read the right way round; in a mirror few lines come to it."""

_WORD = re.compile(r"\w+")
_FEWEST_CHARACTERS = 3
_MOSTLY = 0.5


def is_clear(line: PrintedLine) -> bool:
    """Return whether a line was read with confidence, and as letters and digits: blanks are read so as well."""
    return line.confidence >= _CLEAR and is_wordlike(line)


def is_wordlike(line: PrintedLine) -> bool:
    """Return whether a reading is long enough to say something and consists mostly of Latin letters and digits."""
    characters = [character for character in line.text.reveal() if not character.isspace()]
    if len(characters) < _FEWEST_CHARACTERS:
        return False
    told = sum(_is_told(character) for character in characters)
    return told >= _MOSTLY * len(characters)


def has_vietnamese_letters(line: PrintedLine) -> bool:
    """Return whether a line has letters that English lacks, as nearly every line of Vietnamese does."""
    return any(character.isalpha() and not character.isascii() for character in line.text.reveal())


def is_mostly_digits(line: PrintedLine) -> bool:
    """Return whether a line consists of digits above all; upside down, it often does so too."""
    text = line.text.reveal()
    return 2 * sum(character.isdigit() for character in text) > len(text)


def has_plain_words(line: PrintedLine) -> bool:
    """Return whether most words of a line are of letters in one case, as words are; upside down, case is mixed.

    Capitals on their head are read as a mixture of capitals, small letters and digits, and with confidence.
    """
    words = [word for word in _WORD.findall(line.text.reveal()) if any(map(str.isalpha, word))]
    plain = sum(word.isalpha() and (word.isupper() or word[1:].islower() or len(word) == 1) for word in words)
    return bool(words) and plain > _MOSTLY * len(words)


def resemblance(first: str, second: str) -> float:
    """Return how alike two readings of one line are, 0 to 1, case, marks and spaces aside.

    >>> resemblance("Ngày sinh", "NGAYSINH")
    1.0
    """
    one, other = (fold(text).replace(" ", "") for text in (first, second))
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def _is_told(character: str) -> bool:
    return character.isdigit() or (character.isalpha() and unicodedata.name(character, "").startswith("LATIN"))
