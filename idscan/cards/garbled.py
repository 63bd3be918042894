"""Known names and numbers in print that a text reader garbled: letters lost, digits taken for one another.

What is compared exactly misses most: of 200 made-up names in three fonts the embedded reader, which lacks many
Vietnamese letters, gives 72 letter by letter; 194 are recognised here. Two people whose names differ in a letter or
two cannot be told apart in this way, so it serves for what is hidden rather than for what is reported.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from idscan.cards.approximate import PhraseFinder, PhraseMatch
from idscan.cards.confusions import DIGIT_LOOKALIKES
from idscan.cards.folding import fold_character, squeeze_with_places

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_FEWEST_LETTERS = 6
"""Of a name: of a shorter one too little is left once a letter is lost; "Lê An" would be found in "Lan"."""

_SHORT_NAME, _SHORT_DISTANCE = 9, 0.15
"""Letters below which a name is a short one, and the weighted edits per letter that it is granted.

Such a name, and any name in small letters, must begin as it should, too: without its first word "Đỗ Minh" is
everybody's.
"""

_MARKED = str.maketrans("AEIOUY", "ÀÈÌÒÙỲ")
"""A machine-readable zone spells names without marks, so that any vowel of a name in ASCII may bear one in print."""

_FEWEST_DIGITS = 9
"""Of a number: shorter ones that differ in one digit turn up by chance."""

_MOST_LETTERS = 4
"""Letters among the digits of a number: what has more is a word."""

_BETWEEN_DIGITS = frozenset(" .,-_:'\u00a0")


class GarbledNames:
    """Finds any of a set of names in print, also where letters were lost or misread and spaces lost or added."""

    def __init__(self, names: Iterable[str]) -> None:
        """Prepare the search.

        Args:
            names: as printed, with diacritics where they are known.
        """
        # Of two spellings the one with marks tells more about what a reader makes of it; it sorts last.
        by_letters = {squeeze_with_places(name)[0]: name for name in sorted(names, key=_by_marks)}
        self._letters = [letters for letters in by_letters if len(letters) >= _FEWEST_LETTERS]
        phrases = [_with_marks(by_letters[letters]) for letters in self._letters]
        self._finder = PhraseFinder(phrases, are_capitals_names=False)

    def are_in(self, text: str) -> bool:
        """Return whether a text says one of the names, more or less.

        >>> GarbledNames(["NGUYỄN VĂN MẪU"]).are_in("Ho ten: NGUYN VAN MU")
        True
        """
        return any(self._is_close(match, text) for match in self._finder.find(text))

    def _is_close(self, match: PhraseMatch, text: str) -> bool:
        letters = self._letters[match.index]
        words = text[match.start : match.end].split()
        # Among words in small letters too many phrases are like some name of a run.
        is_in_capitals = 2 * sum(word[0].isupper() for word in words) >= len(words)
        if len(letters) >= _SHORT_NAME and is_in_capitals:
            return True
        return match.distance <= _SHORT_DISTANCE and fold_character(text[match.start]) == letters[0]


class GarbledNumbers:
    """Finds any of a set of numbers in print, also with one digit wrong, lost or too many and letters for digits."""

    def __init__(self, numbers: Iterable[str]) -> None:
        """Prepare the search.

        Args:
            numbers: digits only.
        """
        # With one digit wrong, one half of a number still is what it should be: by that half it is looked up.
        self._starts: dict[str, list[str]] = {}
        self._ends: dict[str, list[str]] = {}
        for number in numbers:
            if len(number) >= _FEWEST_DIGITS:
                middle = len(number) // 2
                self._starts.setdefault(number[:middle], []).append(number[middle:])
                self._ends.setdefault(number[middle:][::-1], []).append(number[:middle][::-1])

    def are_in(self, text: str) -> bool:
        """Return whether a text says one of the numbers, more or less.

        >>> GarbledNumbers(["001099000001"]).are_in("So: OO1 099 00O 007")
        True
        """
        for run in _runs(text):
            digits = "".join(DIGIT_LOOKALIKES.get(character, character) for character in run)
            if _has_one(self._starts, digits, run) or _has_one(self._ends, digits[::-1], run[::-1]):
                return True
        return False


def _by_marks(name: str) -> tuple[int, str]:
    return sum(not character.isascii() for character in unicodedata.normalize("NFC", name)), name


def _with_marks(name: str) -> str:
    return name.upper().translate(_MARKED) if name.isascii() else name


def _runs(text: str) -> Iterator[str]:
    """Yield runs of digits and letters like digits, without what parts digits."""
    run = ""
    for character in text:
        plain = str(int(character)) if character.isdecimal() else character
        if plain.isdecimal() or plain in DIGIT_LOOKALIKES:
            run += plain
        elif character not in _BETWEEN_DIGITS:
            yield run
            run = ""
    yield run


def _has_one(halves: dict[str, list[str]], digits: str, run: str) -> bool:
    """Return whether a number that starts with one of these halves goes on as it should, but for one digit."""
    for size in {len(half) for half in halves}:
        for start in range(len(digits) - size + 1):
            for rest in halves.get(digits[start : start + size], ()):
                end = start + size + len(rest)
                letters = sum(character.isalpha() for character in run[start:end])
                if letters <= _MOST_LETTERS and _begins_alike(digits[start + size :], rest):
                    return True
    return False


def _begins_alike(digits: str, wanted: str) -> bool:
    """Return whether digits begin as wanted, but for one that is wrong, lost or too many."""
    same = next((i for i, (one, other) in enumerate(zip(digits, wanted, strict=False)) if one != other), None)
    if same is None:
        return len(digits) >= len(wanted) - 1
    after = wanted[same + 1 :]
    return (
        digits.startswith(after, same + 1)
        or digits.startswith(after, same)
        or digits.startswith(wanted[same:], same + 1)
    )
