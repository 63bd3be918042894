"""Fuzzy search: many phrases at once with weighted edits, and known names and numbers with recognition errors.

Phrases and lines are compared as folded letters without spaces. A bit-parallel pass (Wu and Manber 1992, all phrases
in one integer) finds where a phrase may end; only there a weighted edit distance is computed, in which the letters
that recognisers often drop or flatten cost little.

Exact comparison misses most names: of 200 made-up names in three fonts the embedded recogniser, which lacks many
Vietnamese letters, reads 72 without error; 194 are found here. Names that differ in a letter or two are not
distinguished, so the search serves redaction, not reports.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from idscan.cards import words
from idscan.cards.text import DIGIT_LOOKALIKES, fold_character, squeeze_with_places

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MAX_DISTANCE = 0.2
"""Weighted edits per letter of a phrase, at most. Lower: misread labels are missed; higher: other words match."""
LONG_PHRASE_LETTERS = 14
"""Letters from which a phrase needs no word boundary around it, and cannot be taken for a person's name. Lower: phrases
are found inside words; higher: labels that are joined to their value are missed."""
_FILTER_EDITS = 0.34
"""Unweighted edits per letter that the first pass admits: dropped letters count whole there. Lower than the weighted
limit needs: phrases are missed; higher: more places are aligned, which costs time."""
_MAX_FILTER_EDITS = 8
"""Unweighted edits in the longest phrases, at most; each one costs time on every line."""
_DROPPED_COST = 0.3
"""Cost of losing a letter with two marks or a dot below (U+1EA0 to U+1EF9), which common recognisers lack altogether.
Costs are edits: at 1 labels without these letters are missed, at 0 much shorter words match."""
_MARKED_COST = 0.6
"""Cost of losing any other letter with a mark; see `_DROPPED_COST`."""
_LOOKALIKE_COST = 0.5
"""Cost of a lookalike in place of a letter. At 1 misread labels are missed, at 0 other words match."""
_DISTANCE_PENALTY = 3
"""Letters by which a phrase is shorter, in the choice between overlapping ones, per letter of weighted edits. Lower:
long phrases displace exact short ones; higher: parts of a phrase displace it."""
_LOOKALIKES = frozenset(
    pair
    for one, other in map(tuple, words("i1 l1 il o0 b8 s5 g6 z2 ce ij tf oq lt hb gq"))
    for pair in ((one, other), (other, one))
)
_FIRST_DROPPED, _LAST_DROPPED = "\u1ea0", "\u1ef9"
_NAME_EDIT_COST, _NAME_MARK_COST, _NAME_DROPPED_MARK_COST = 3.0, 1.7, 0.5
"""Costs of an edit, of another mark, and of one on a letter that recognisers lack, in words with the case of names:
"HỒ TẤN" is not "Họ tên", "QUỐC TÍNH" not "Quốc tịch". Lower: names are taken for labels; higher: misread labels in
capitals are missed."""
_MIN_NAME_LETTERS = 6
"""Letters of a known name. Fewer: names are found in other words ("Lê An" in "Lan"); more: short names are missed."""
_SHORT_NAME_LETTERS, _SHORT_NAME_DISTANCE = 9, 0.15
"""Letters below which a name is short, and the weighted edits per letter that it is allowed.

Such a name, and any name in small letters, must also begin with the right letter: without its first word "Đỗ Minh" is
a common name. Lower values find other words, higher ones miss misread short names.
"""
_MARKED_CAPITALS = str.maketrans("AEIOUY", "ÀÈÌÒÙỲ")
"""An MRZ spells names without marks, so that any vowel of a name in ASCII may carry one in print."""
_MIN_NUMBER_DIGITS = 9
"""Digits of a known number. Fewer: numbers that differ in one digit occur by chance; more: CMND numbers are missed."""
_MAX_LETTERS_IN_NUMBER = 4
"""Letters among the digits of a number. Lower: misread numbers are missed; higher: words match."""
_BETWEEN_DIGITS = frozenset(" .,-_:'\u00a0")


@dataclass(frozen=True, slots=True)
class PhraseMatch:
    """A phrase in a line.

    Attributes:
        index: index of the phrase.
        start: index of its first letter in the line.
        end: index behind its last letter.
        distance: weighted edits per letter, 0 for a perfect match.
    """

    index: int
    start: int
    end: int
    distance: float


class PhraseFinder:
    """Index of a fixed set of phrases that finds them in lines of text."""

    def __init__(self, phrases: Sequence[str], *, are_capitals_names: bool = True) -> None:
        """Build the index.

        Args:
            phrases: as printed, with diacritics.
            are_capitals_names: whether capitalised words may be a name, and must match a phrase more closely.
        """
        self._are_capitals_names = are_capitals_names
        self._patterns = [_pattern(phrase) for phrase in phrases]
        self._limits = [
            min(_MAX_FILTER_EDITS, max(1, int(len(pattern.letters) * _FILTER_EDITS))) for pattern in self._patterns
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
        """Return the phrases in the text in reading order, the best of overlapping ones."""
        line = _Line(text, *squeeze_with_places(text))
        found: list[tuple[float, PhraseMatch]] = []
        for index, ends in self._possible_ends(line.letters).items():
            size, reach = len(self._patterns[index].letters), self._limits[index]
            for first, last in _end_clusters(ends, size):
                window = max(0, first + 1 - size - reach), min(len(line.letters), last + 2)
                match = self._best_match(index, line, window)
                if match is not None:
                    found.append((size * (1 - _DISTANCE_PENALTY * match.distance), match))
        return _without_overlaps(found)

    def _possible_ends(self, line: str) -> dict[int, list[int]]:
        """Return by phrase the indices in a line where it may end (Wu and Manber: one state for each edit count)."""
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

    def _best_match(self, index: int, line: _Line, window: tuple[int, int]) -> PhraseMatch | None:
        """Return the best alignment of a phrase in a window of the line, None where its distance is too large."""
        pattern = self._patterns[index]
        size, text = len(pattern.letters), line.text
        cost, start, end = _best_alignment(pattern, line, window, is_name=False)
        if cost > MAX_DISTANCE * size or end <= start:
            return None
        first, last = line.places[start], line.places[end - 1]
        if size < LONG_PHRASE_LETTERS:
            if not (_is_word_start(text, first) and _is_word_end(text, last)):
                return None
            if self._are_capitals_names and has_name_case(text[first : last + 1]):
                cost, start, end = _best_alignment(pattern, line, window, is_name=True)
                if cost > MAX_DISTANCE * size:
                    return None
        end_place = last + 1
        while end_place < len(text) and unicodedata.combining(text[end_place]):
            end_place += 1
        return PhraseMatch(index, first, end_place, round(cost / size, 4))


def _end_clusters(ends: list[int], size: int) -> list[tuple[int, int]]:
    """Join ends that lie within the length of the phrase, so that each place is aligned once."""
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
    """Return (cost, start, end) of the cheapest alignment of the phrase in the window (Sellers 1980, weighted)."""
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
    """Return the cost of a letter with other marks than the phrase has; a letter without marks costs nothing."""
    character = unicodedata.normalize("NFC", line.text[line.places[place]]).lower()
    if character.isascii() or character == pattern.marked[place_in_pattern]:
        return 0.0
    return _NAME_DROPPED_MARK_COST if pattern.costs[place_in_pattern] == _DROPPED_COST else _NAME_MARK_COST


def has_name_case(text: str) -> bool:
    """Return whether the text is all capitals, or has a capital at the start of each of several words."""
    words = [word for word in text.split() if word[0].isalpha()]
    return text.isupper() or (len(words) > 1 and all(word[0].isupper() for word in words))


def _is_word_start(text: str, place: int) -> bool:
    before = text[place - 1] if place else " "
    return not before.isalpha() or (before.islower() and text[place].isupper())


def _is_word_end(text: str, place: int) -> bool:
    after = text[place + 1] if place + 1 < len(text) else " "
    return not after.isalpha() or (text[place].islower() and after.isupper())


def _without_overlaps(found: list[tuple[float, PhraseMatch]]) -> list[PhraseMatch]:
    kept: list[PhraseMatch] = []
    for _, match in sorted(found, key=lambda entry: (-entry[0], entry[1].start)):
        if all(match.end <= other.start or match.start >= other.end for other in kept):
            kept.append(match)
    return sorted(kept, key=lambda match: match.start)


class KnownNames:
    """Index of names that finds them in print, also with letters lost or misread and spaces lost or added."""

    def __init__(self, names: Iterable[str]) -> None:
        """Build the index.

        Args:
            names: as printed, with diacritics where they are known.
        """
        # Of two spellings the one with more marks, which sorts last, has the better edit costs.
        by_letters = {squeeze_with_places(name)[0]: name for name in sorted(names, key=_mark_order)}
        self._letters = [letters for letters in by_letters if len(letters) >= _MIN_NAME_LETTERS]
        spelled = [by_letters[letters] for letters in self._letters]
        phrases = [name.upper().translate(_MARKED_CAPITALS) if name.isascii() else name for name in spelled]
        self._finder = PhraseFinder(phrases, are_capitals_names=False)

    def are_in(self, text: str) -> bool:
        """Return whether a text contains one of the names, with recognition errors.

        >>> KnownNames(["NGUYỄN VĂN MẪU"]).are_in("Ho ten: NGUYN VAN MU")
        True
        """
        return any(self._is_close(match, text) for match in self._finder.find(text))

    def _is_close(self, match: PhraseMatch, text: str) -> bool:
        letters = self._letters[match.index]
        words = text[match.start : match.end].split()
        # Many phrases in small letters resemble one of the names of a run.
        is_capitalised = 2 * sum(word[0].isupper() for word in words) >= len(words)
        if len(letters) >= _SHORT_NAME_LETTERS and is_capitalised:
            return True
        return match.distance <= _SHORT_NAME_DISTANCE and fold_character(text[match.start]) == letters[0]


class KnownNumbers:
    """Index of numbers that finds them in print, also with one digit wrong, lost or added and letters for digits."""

    def __init__(self, numbers: Iterable[str]) -> None:
        """Build the index.

        Args:
            numbers: digits only.
        """
        # With one wrong digit one half of a number is still right: numbers are looked up by either half.
        self._starts: dict[str, list[str]] = {}
        self._ends: dict[str, list[str]] = {}
        for number in numbers:
            if len(number) >= _MIN_NUMBER_DIGITS:
                middle = len(number) // 2
                self._starts.setdefault(number[:middle], []).append(number[middle:])
                self._ends.setdefault(number[middle:][::-1], []).append(number[:middle][::-1])

    def are_in(self, text: str) -> bool:
        """Return whether a text contains one of the numbers, with recognition errors.

        >>> KnownNumbers(["001099000001"]).are_in("So: OO1 099 00O 007")
        True
        """
        for run in _digit_runs(text):
            digits = "".join(DIGIT_LOOKALIKES.get(character, character) for character in run)
            if _contains_number(self._starts, digits, run) or _contains_number(self._ends, digits[::-1], run[::-1]):
                return True
        return False


def _mark_order(name: str) -> tuple[int, str]:
    return sum(not character.isascii() for character in unicodedata.normalize("NFC", name)), name


def _digit_runs(text: str) -> Iterator[str]:
    """Yield runs of digits and their lookalikes, without separators between digits."""
    run = ""
    for character in text:
        plain = str(int(character)) if character.isdecimal() else character
        if plain.isdecimal() or plain in DIGIT_LOOKALIKES:
            run += plain
        elif character not in _BETWEEN_DIGITS:
            yield run
            run = ""
    yield run


def _contains_number(halves: dict[str, list[str]], digits: str, run: str) -> bool:
    """Return whether one of the halves is followed by its other half, with at most one edit."""
    for size in {len(half) for half in halves}:
        for start in range(len(digits) - size + 1):
            for rest in halves.get(digits[start : start + size], ()):
                end = start + size + len(rest)
                letters = sum(character.isalpha() for character in run[start:end])
                if letters <= _MAX_LETTERS_IN_NUMBER and _starts_with_one_edit(digits[start + size :], rest):
                    return True
    return False


def _starts_with_one_edit(digits: str, wanted: str) -> bool:
    """Return whether digits start with the wanted ones, with at most one of them wrong, lost or added."""
    same = next((i for i, (one, other) in enumerate(zip(digits, wanted, strict=False)) if one != other), None)
    if same is None:
        return len(digits) >= len(wanted) - 1
    after = wanted[same + 1 :]
    return (
        digits.startswith(after, same + 1)
        or digits.startswith(after, same)
        or digits.startswith(wanted[same:], same + 1)
    )
