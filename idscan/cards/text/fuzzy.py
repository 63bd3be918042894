"""Fuzzy search: many phrases at once with weighted edits, and known names and numbers with recognition errors.

Phrases and lines are compared as folded letters without spaces. A bit-parallel pass (Wu and Manber 1992, all phrases
in one integer) finds where a phrase may end; only there a weighted edit distance is computed, in which the letters
that readers drop or flatten most cost little.

What is compared exactly misses most: of 200 made-up names in three fonts the embedded reader, which lacks many
Vietnamese letters, gives 72 letter by letter; 194 are recognised here. Two people whose names differ in a letter or
two cannot be told apart in this way, so it serves for what is hidden rather than for what is reported.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from idscan.cards.fact_tables import words
from idscan.cards.text.normalize import DIGIT_LOOKALIKES, fold_character, squeeze_with_places

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MAX_DISTANCE = 0.2
"""Weighted edits per letter of a phrase, at most."""

_FILTER_SHARE = 0.34
"""Plain edits per letter that the first pass lets through: dropped letters are counted whole there."""
_DROPPED_COST = 0.3
"""A letter with two marks or a dot below (U+1EA0 to U+1EF9), which common recognisers lack altogether."""
_MARKED_COST = 0.6
"""Any other letter with a mark, when it is lost."""
_LOOKALIKE_COST = 0.5
_LOOKALIKES = frozenset(
    pair
    for one, other in map(tuple, words("i1 l1 il o0 b8 s5 g6 z2 ce ij tf oq lt hb gq"))
    for pair in ((one, other), (other, one))
)
_FIRST_DROPPED, _LAST_DROPPED = "\u1ea0", "\u1ef9"
_MOST_EDITS = 8
"""Plain edits in the longest phrases, at most; each one costs time on every line."""
LONG_PHRASE = 14
"""Letters from which a phrase needs no edge of a word around it, and cannot be taken for a person's name."""
_NAME_EDIT_COST = 3.0
_NAME_MARK_COST = 1.7
_NAME_DROPPED_MARK_COST = 0.5
"""Costs in words that are all capitalised, as names are: "HỒ TẤN" is no "Họ tên", "QUỐC TÍNH" no "Quốc tịch".

Letters that recognisers lack come out with other marks, so that there the marks say less."""


@dataclass(frozen=True, slots=True)
class PhraseMatch:
    """A phrase in a line.

    Attributes:
        index: which phrase.
        start: place of its first letter in the line.
        end: place behind its last letter.
        distance: weighted edits per letter, 0 for a perfect match.
    """

    index: int
    start: int
    end: int
    distance: float


class PhraseFinder:
    """Finds any of a fixed set of phrases in lines of text."""

    def __init__(self, phrases: Sequence[str], *, are_capitals_names: bool = True) -> None:
        """Prepare the search.

        Args:
            phrases: as printed, with diacritics.
            are_capitals_names: whether capitalised words may be somebody's name, and must be nearer to a phrase.
        """
        self._are_capitals_names = are_capitals_names
        self._patterns = [_pattern(phrase) for phrase in phrases]
        self._limits = [
            min(_MOST_EDITS, max(1, int(len(pattern.letters) * _FILTER_SHARE))) for pattern in self._patterns
        ]
        self._masks: dict[str, int] = {}
        self._starts = 0
        self._ends: list[int] = [0] * (max(self._limits, default=0) + 1)
        self._owners: dict[int, int] = {}
        offset = 0
        for index, pattern in enumerate(self._patterns):
            self._starts |= 1 << offset
            for letter in pattern.letters:
                self._masks[letter] = self._masks.get(letter, 0) | 1 << offset
                offset += 1
            self._ends[self._limits[index]] |= 1 << (offset - 1)
            self._owners[offset - 1] = index

    def find(self, text: str) -> list[PhraseMatch]:
        """Return the phrases in the text, one for each place, the best where several overlap; in reading order."""
        line = _line(text)
        found: list[tuple[float, PhraseMatch]] = []
        for index, ends in self._possible_ends(line.letters).items():
            size, reach = len(self._patterns[index].letters), self._limits[index]
            for first, last in _clusters(ends, size):
                window = max(0, first + 1 - size - reach), min(len(line.letters), last + 2)
                match = self._match(index, line, window)
                if match is not None:
                    found.append((size * (1 - 3 * match.distance), match))
        return _without_overlaps(found)

    def _possible_ends(self, line: str) -> dict[int, list[int]]:
        levels = len(self._ends)
        states = [0] * levels
        # Before the first letter, up to k letters of each phrase may be missing.
        for level in range(1, levels):
            states[level] = states[level - 1] << 1 | self._starts
        ends: dict[int, list[int]] = {}
        for place, letter in enumerate(line):
            mask = self._masks.get(letter, 0)
            above = states[0]
            current = (above << 1 | self._starts) & mask
            states[0] = current
            for level in range(1, levels):
                before = states[level]
                current = (before << 1 | self._starts) & mask | above | (above | current) << 1 | self._starts
                above = before
                states[level] = current
                hits = current & self._ends[level]
                while hits:
                    lowest = hits & -hits
                    ends.setdefault(self._owners[lowest.bit_length() - 1], []).append(place)
                    hits ^= lowest
        return ends

    def _match(self, index: int, line: _Line, window: tuple[int, int]) -> PhraseMatch | None:
        """Return the best place of a phrase in a window of the line, if it is close enough."""
        pattern = self._patterns[index]
        size, text = len(pattern.letters), line.text
        cost, start, end = _best_alignment(pattern, line, window, is_name=False)
        if cost > MAX_DISTANCE * size or end <= start:
            return None
        first, last = line.places[start], line.places[end - 1]
        if size < LONG_PHRASE:
            if not (_starts_word(text, first) and _ends_word(text, last)):
                return None
            if self._are_capitals_names and is_cased_like_a_name(text[first : last + 1]):
                cost, start, end = _best_alignment(pattern, line, window, is_name=True)
                if cost > MAX_DISTANCE * size:
                    return None
        end_place = last + 1
        while end_place < len(text) and unicodedata.combining(text[end_place]):
            end_place += 1
        return PhraseMatch(index, first, end_place, round(cost / size, 4))


def _clusters(ends: list[int], size: int) -> list[tuple[int, int]]:
    """Join ends that lie within one phrase of each other: they are one place, searched once."""
    clusters: list[tuple[int, int]] = []
    for end in ends:
        if clusters and end <= clusters[-1][0] + size:
            clusters[-1] = (clusters[-1][0], end)
        else:
            clusters.append((end, end))
    return clusters


@dataclass(frozen=True, slots=True)
class _Pattern:
    letters: str
    marked: str
    costs: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    text: str = field(repr=False)
    letters: str = field(repr=False)
    places: list[int]


def _line(text: str) -> _Line:
    letters, places = squeeze_with_places(text)
    return _Line(text, letters, places)


def _pattern(phrase: str) -> _Pattern:
    letters: list[str] = []
    marked: list[str] = []
    costs: list[float] = []
    for character in unicodedata.normalize("NFC", phrase):
        for plain in fold_character(character):
            if plain.isascii() and plain.isalnum():
                letters.append(plain)
                marked.append(character.lower())
                is_dropped = _FIRST_DROPPED <= character <= _LAST_DROPPED
                costs.append(_DROPPED_COST if is_dropped else 1.0 if character.isascii() else _MARKED_COST)
    return _Pattern("".join(letters), "".join(marked), tuple(costs))


def _best_alignment(
    pattern: _Pattern, line: _Line, window: tuple[int, int], *, is_name: bool
) -> tuple[float, int, int]:
    """Return (cost, start, end) of the cheapest place of the phrase in the window (Sellers 1980, weighted)."""
    low, high = window
    letters = line.letters[low:high]
    extra = _NAME_EDIT_COST if is_name else 1.0
    row = [0.0] * (len(letters) + 1)
    starts = list(range(len(letters) + 1))
    for place_in_pattern, letter in enumerate(pattern.letters):
        previous, previous_starts = row, starts
        missing = pattern.costs[place_in_pattern] * (extra if pattern.costs[place_in_pattern] == 1 else 1)
        row, starts = [previous[0] + missing], [0]
        for place, other in enumerate(letters):
            if letter == other:
                swap = _mark_cost(pattern, place_in_pattern, line, low + place) if is_name else 0.0
            else:
                swap = _LOOKALIKE_COST if (letter, other) in _LOOKALIKES else extra
            best, start = previous[place] + swap, previous_starts[place]
            if previous[place + 1] + missing < best:
                best, start = previous[place + 1] + missing, previous_starts[place + 1]
            if row[place] + extra < best:
                best, start = row[place] + extra, starts[place]
            row.append(best)
            starts.append(start)
    end = min(range(len(row)), key=row.__getitem__)
    return row[end], low + starts[end], low + end


def _mark_cost(pattern: _Pattern, place_in_pattern: int, line: _Line, place: int) -> float:
    """Return what it costs that a letter bears other marks than the phrase's; none at all is no contradiction."""
    character = unicodedata.normalize("NFC", line.text[line.places[place]]).lower()
    if character.isascii() or character == pattern.marked[place_in_pattern]:
        return 0.0
    return _NAME_DROPPED_MARK_COST if pattern.costs[place_in_pattern] == _DROPPED_COST else _NAME_MARK_COST


def is_cased_like_a_name(text: str) -> bool:
    """Return whether the text is all capitals, or has a capital at the start of each of several words."""
    words = [word for word in text.split() if word[0].isalpha()]
    return text.isupper() or (len(words) > 1 and all(word[0].isupper() for word in words))


def _starts_word(text: str, place: int) -> bool:
    before = text[place - 1] if place else " "
    return not before.isalpha() or (before.islower() and text[place].isupper())


def _ends_word(text: str, place: int) -> bool:
    after = text[place + 1] if place + 1 < len(text) else " "
    return not after.isalpha() or (text[place].islower() and after.isupper())


def _without_overlaps(found: list[tuple[float, PhraseMatch]]) -> list[PhraseMatch]:
    kept: list[PhraseMatch] = []
    for _, match in sorted(found, key=lambda entry: (-entry[0], entry[1].start)):
        if all(match.end <= other.start or match.start >= other.end for other in kept):
            kept.append(match)
    return sorted(kept, key=lambda match: match.start)


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


class KnownNames:
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

        >>> KnownNames(["NGUYỄN VĂN MẪU"]).are_in("Ho ten: NGUYN VAN MU")
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


class KnownNumbers:
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

        >>> KnownNumbers(["001099000001"]).are_in("So: OO1 099 00O 007")
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
