"""Repair recognised zone lines: fillers, digits and letters, weighted alternatives.

Every reading of a part that its own check digit allows has a cost: how unlikely it is, given how sure the reader was of
each character and which characters it takes for one another. What the zone says follows from the costs of all readings
together, so that nothing is put right which something else explains as well.
"""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from idscan.cards.fact_tables import FactTable
from idscan.cards.fields.names import SYLLABLES
from idscan.cards.mrz.zone import check_digit
from idscan.cards.text.normalize import DIGIT_LOOKALIKES, DIGIT_NEIGHBOURS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

FILLER = "[<KCELSXkcelsx]"
"""A filler, or a letter that readers take it for."""
STATE = "[VYUWvyuw][NHMnhm][MNHmnh]"
"""VNM, or what readers make of it."""
SEX = "[MFX<HNWPEKmfhnwpe]"
_MALE_SPELLINGS = "MHNW"
_FEMALE_SPELLINGS = "FPE"

_FILLER_SPELLINGS = {**dict.fromkeys("‹〈⟨＜([{≤∠\\", "<"), "«": "<<", "《": "<<", "≪": "<<", "|": "I", "!": "I"}
_MRZ_DIGITS = {**DIGIT_LOOKALIKES, "L": "1", "A": "4", "U": "0", "C": "0"}
_TO_DIGITS = str.maketrans(_MRZ_DIGITS)
DIGIT = "[0-9" + "".join(letter for letter in _MRZ_DIGITS if letter.isalpha()) + "]"
"""A digit, or a letter that readers take it for on lines of OCR-B."""
_OF_A_ZONE = re.compile(r"[A-Za-z0-9<]")

UNKNOWN_SURENESS = 0.98
"""Of a character whose reader does not say how sure it was."""
_LEAST_SURE, _MOST_SURE = 0.3, 0.998
"""Bounds of what a reader is believed: of 4,800 characters of zones 150 to 600 pixels wide that our own reader was more
sure of than 0.995 one was wrong, of 60 that it was less sure of than 0.7 a third."""
_CONFUSED, _OTHERWISE = 0.9, 0.1
"""Shares of misread digits that were read as one of their neighbours, and as any other digit."""

MOST_COST = 13.0
"""Readings that are less likely by more than this (natural logarithm) explain nothing: one in 400,000."""
LOST = 5.0
"""Cost of a digit that the reader left out or added."""
_WEIGHTS = (7, 3, 1)
_INVERSE = {1: 1, 3: 7, 7: 3, 9: 9}
"""What undoes a weight modulo 10."""


@dataclass(frozen=True, slots=True)
class ZoneSpan:
    """Characters of a zone as read, and how sure the reader was of each."""

    text: str = field(repr=False)
    sureness: tuple[float, ...]

    @classmethod
    def of(cls, text: str) -> ZoneSpan:
        """Return characters of which nothing more is known."""
        return cls(text, (UNKNOWN_SURENESS,) * len(text))

    def __add__(self, other: ZoneSpan) -> ZoneSpan:
        """Return this stretch and the other one behind it."""
        return ZoneSpan(self.text + other.text, self.sureness + other.sureness)

    def part(self, start: int, end: int | None = None) -> ZoneSpan:
        """Return the characters from one place to another."""
        return ZoneSpan(self.text[start:end], self.sureness[start:end])

    @property
    def digits(self) -> ZoneSpan:
        """The same with letters that stand for digits replaced."""
        return ZoneSpan(to_digits(self.text), self.sureness)


@dataclass(frozen=True, slots=True)
class ZoneCandidate:
    """One way to read a part of the zone.

    Attributes:
        cost: how much less likely than what was read (natural logarithm).
        text: the part.
        changed: characters that differ from what was read, those lost or added included.
        is_checked: whether its check digit is right.
    """

    cost: float
    text: str = field(repr=False)
    changed: int = 0
    is_checked: bool = True


def compact(line: str) -> str:
    """Return a line without spaces and foreign characters, with plain fillers; lower case is kept, to tell digits."""
    return compacted(line).text


def compacted(line: str, sureness: Sequence[float] = ()) -> ZoneSpan:
    """Return the same with how sure the reader was of each character that is left."""
    known = sureness if len(sureness) == len(line) else (UNKNOWN_SURENESS,) * len(line)
    kept = [
        (spelt, sure)
        for character, sure in zip(line, known, strict=True)
        for spelt in _FILLER_SPELLINGS.get(character, character)
        if _OF_A_ZONE.match(spelt)
    ]
    return ZoneSpan("".join(spelt for spelt, _ in kept), tuple(sure for _, sure in kept))


def to_digits(text: str) -> str:
    """Replace letters that stand for digits in OCR-B."""
    return text.translate(_TO_DIGITS)


def read_sex(character: str) -> str:
    """Return M, F or a filler for the sex as read."""
    upper = character.upper()
    if upper in _MALE_SPELLINGS:
        return "M"
    return "F" if upper in _FEMALE_SPELLINGS else "<"


def cost_of_error(sureness: float) -> float:
    """Return the cost of a character being another one than was read."""
    sure = min(max(sureness, _LEAST_SURE), _MOST_SURE)
    return math.log(sure) - math.log(1 - sure)


def cost_of_digit(read: str, other: str, sureness: float) -> float:
    """Return the cost of one digit having been read as another character; 0 where it is the same."""
    if read == other:
        return 0.0
    neighbours = DIGIT_NEIGHBOURS.get(read, "")
    share = _CONFUSED / len(neighbours) if other in neighbours else _OTHERWISE / 9
    return cost_of_error(sureness) - math.log(share)


def checked_candidates(stretch: ZoneSpan, is_credible: Callable[[str], bool]) -> list[ZoneCandidate]:
    """Return the readings of a field and its check digit that agree, with up to two digits misread.

    Args:
        stretch: the field, its check digit last.
        is_credible: whether the field can say this.
    """
    text = stretch.text
    # The check digit of an empty field may be a filler (ICAO 9303-4, 4.2.2).
    spelt = f"{text[:-1]}0" if text.strip("<") == "" else text
    excess = _excess(spelt)
    found = [ZoneCandidate(0.0, text)] if excess == 0 else []
    costs = _costs_of_digits(stretch)
    places = [place for place, letter in enumerate(spelt) if letter.isdigit()]
    for place, digit in _single_changes(spelt, places, excess):
        found += _changed(text, {place: digit}, costs[place][digit])
    for at, first in enumerate(places):
        for digit, cost in costs[first].items():
            if cost > MOST_COST:
                continue
            rest = (excess + _weight(spelt, first) * (int(digit) - int(spelt[first]))) % 10
            for second, other in _single_changes(spelt, places[at + 1 :], rest):
                found += _changed(text, {first: digit, second: other}, cost + costs[second][other])
    return sorted((entry for entry in found if is_credible(entry.text[:-1])), key=lambda entry: entry.cost)


def _costs_of_digits(stretch: ZoneSpan) -> list[dict[str, float]]:
    """Return for each character what it costs to take it for any other digit."""
    return [
        {digit: cost_of_digit(read, digit, sure) for digit in "0123456789" if digit != read}
        for read, sure in zip(stretch.text, stretch.sureness, strict=True)
    ]


def _excess(text: str) -> int:
    """Return by how much the check digit that the field asks for exceeds the one that stands there, modulo 10."""
    return (check_digit(text[:-1]) - int(text[-1])) % 10 if text[-1].isdigit() else -1


def _weight(text: str, place: int) -> int:
    """Return how much the excess grows with a digit: the check digit itself counts against it."""
    return 9 if place == len(text) - 1 else _WEIGHTS[place % 3]


def _single_changes(text: str, places: Iterable[int], excess: int) -> Iterator[tuple[int, str]]:
    """Yield the digits that, put at one of some places, bring the excess to nothing."""
    if excess <= 0:
        return
    for place in places:
        yield place, str((int(text[place]) - excess * _INVERSE[_weight(text, place)]) % 10)


def _changed(text: str, changes: dict[int, str], cost: float) -> list[ZoneCandidate]:
    if cost > MOST_COST:
        return []
    letters = list(text)
    for place, digit in changes.items():
        letters[place] = digit
    return [ZoneCandidate(cost, "".join(letters), len(changes))]


def with_length(stretch: ZoneSpan, length: int) -> list[ZoneSpan]:
    """Return digits with one too many taken out, or with one too few put in; none where more are wrong."""
    text, sure = stretch.text, stretch.sureness
    if len(text) == length + 1:
        return [ZoneSpan(text[:i] + text[i + 1 :], sure[:i] + sure[i + 1 :]) for i in range(len(text))]
    if len(text) == length - 1:
        places = itertools.product(range(length), "0123456789")
        return [ZoneSpan(text[:i] + digit + text[i:], (*sure[:i], _LEAST_SURE, *sure[i:])) for i, digit in places]
    return [stretch] if len(text) == length else []


def likelihoods(costs: Iterable[tuple[float, str]]) -> dict[str, float]:
    """Return how likely each value is, given the cost of every way to read it.

    What none of these ways explains counts as well, at a cost of `MOST_COST`.

    >>> round(likelihoods([(0.0, "a"), (3.0, "b")])["a"], 2)
    0.95
    """
    weights: dict[str, float] = {}
    for cost, value in costs:
        weights[value] = weights.get(value, 0.0) + math.exp(-cost)
    total = sum(weights.values()) + math.exp(-MOST_COST)
    return {value: weight / total for value, weight in weights.items()}


TABLES = (
    FactTable(
        name="what readers make of a filler",
        source="errors of Tesseract and PP-OCR on OCR-B, as reported by public readers",
        recognise=lambda text: re.fullmatch(f"{FILLER}+", compact(text)) is not None,
        matching=("<", "K", "C", "E", "L", "S", "(", "[", "{", "«", "‹", "< <"),
        not_matching=("V", "0", "", " "),
    ),
)


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
