"""The name line of a machine-readable zone as text readers give it."""

from __future__ import annotations

import re

from idscan.cards.mrz_repair import compact
from idscan.cards.names import SYLLABLES

_LETTERS = str.maketrans("0158264", "OISBZGA")
"""Digits that are letters on a line which holds no digits."""

_DIGITS = re.compile("[0-9]")
_SHORTEST = 3
_MAX_DIGITS = 3

_REPEATED = re.compile(r"([KCELSX])\1{2,}$")
_ONLY_FILLERS = re.compile(r"[KCELSX]+")
_AFTER_NAME = re.compile(r"<{2,}")
_MISREAD_FILLER = re.compile(r"[KCELSX]{1,2}")


def clean_name_line(line: str) -> str | None:
    """Return the line as a name field with "<<" behind the family name; None if it is no name line.

    >>> clean_name_line("NGUYEN<<VAN<MAU<<<<<<<KKK<<<")
    'NGUYEN<<VAN<MAU'
    """
    spelt = compact(line.replace(" ", "<") if "<" not in line and "«" not in line else line)
    upper = spelt.upper()
    if sum(character.isdigit() for character in upper) > _MAX_DIGITS or "<" not in upper:
        return None
    upper = _DIGITS.sub("", upper.translate(_LETTERS))
    whole = _REPEATED.sub("", upper).strip("<")
    parts = _AFTER_NAME.split(whole)
    # Behind the second run of fillers there is nothing but fillers, however they were read.
    words = [word for part in parts[:2] for word in part.split("<") if word]
    family_words = len([word for word in parts[0].split("<") if word]) if len(parts) > 1 else 1
    words = [piece for word in words for piece in _split_at_misread_filler(word)]
    while words and _ONLY_FILLERS.fullmatch(words[-1]) and words[-1] not in SYLLABLES:
        words.pop()
    if len("".join(words)) < _SHORTEST or len(words) < 2:  # noqa: PLR2004  a family name and a given name
        return None
    family_words = max(1, min(family_words, len(words) - 1))
    return f"{'<'.join(words[:family_words])}<<{'<'.join(words[family_words:])}"


def _split_at_misread_filler(word: str) -> list[str]:
    """Split "VANKMAU" where a filler was read as a letter and both halves are syllables."""
    if word in SYLLABLES:
        return [word]
    for match in _MISREAD_FILLER.finditer(word):
        before, after = word[: match.start()], word[match.end() :]
        if before in SYLLABLES and after in SYLLABLES:
            return [before, after]
    return [word]
