"""Repair recognised MRZ lines: fillers, digits and letters, weighted alternatives.

Every reading of a field that agrees with its check digit has a cost: its negative log-likelihood, given the confidence
of each character and the usual confusions. A value follows from the costs of all readings together, so that there is no
repair where another reading is as likely.
"""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from idscan.cards.fact_tables import FactTable
from idscan.cards.fields.names import SYLLABLES
from idscan.cards.mrz.zone import WEIGHTS, check_digit
from idscan.cards.text.normalize import DIGIT_LOOKALIKES, DIGIT_NEIGHBOURS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

FILLER_PATTERN = "[<KCELSXkcelsx]"
"""A filler, or a letter that it is misread as."""
STATE_PATTERN = "[VYUWvyuw][NHMnhm][MNHmnh]"
"""VNM, or letters that it is misread as."""
SEX_PATTERN = "[MFX<HNWPEKmfhnwpe]"
_MALE_SPELLINGS = "MHNW"
_FEMALE_SPELLINGS = "FPE"

_FILLER_SPELLINGS = {**dict.fromkeys("‹〈⟨＜([{≤∠\\", "<"), "«": "<<", "《": "<<", "≪": "<<", "|": "I", "!": "I"}
_MRZ_DIGITS = {**DIGIT_LOOKALIKES, "L": "1", "A": "4", "U": "0", "C": "0"}
_TO_DIGITS = str.maketrans(_MRZ_DIGITS)
DIGIT_PATTERN = "[0-9" + "".join(letter for letter in _MRZ_DIGITS if letter.isalpha()) + "]"
"""A digit, or a letter that it is misread as in OCR-B."""
_MRZ_CHARACTER = re.compile(r"[A-Za-z0-9<]")

DEFAULT_CONFIDENCE = 0.98
"""Confidence of a character whose engine gives none. Lower: other readings are too likely; higher: errors are kept."""
_MIN_CONFIDENCE, _MAX_CONFIDENCE = 0.3, 0.998
"""Bounds to which confidences are clipped: of 4,800 characters of MRZ 150 to 600 pixels wide with a confidence over
0.995 in our own recogniser one was wrong, of 60 under 0.7 a third. Wider bounds make errors of high confidence
irreparable."""
_CONFUSION_SHARE, _OTHER_SHARE = 0.9, 0.1
"""Shares of misread digits that were read as one of their lookalikes, and as any other digit. A smaller first share
makes usual confusions too costly, a larger one all others."""

MAX_COST = 13.0
"""Cost (natural logarithm of the likelihood ratio) of a reading that is considered, one in 400,000. Lower: repairs are
missed; higher: more readings to weigh, which costs time."""
LOST_DIGIT_COST = 5.0
"""Cost of a digit that was lost or added. Lower: misread digits are taken for lost ones; higher: lost ones are not
restored."""
OTHER_YEAR_COST = 5.0
"""Cost of a birth year that differs from that of the number: a number keeps the year when the birth date is corrected.
Lower: dates with a misread year are accepted; higher: corrected birth dates are rejected."""
NO_READING_COST = 9.0
"""Cost of a field that no reading with up to two misread digits explains. Lower: repairs are given up; higher: three
errors are explained by a wrong reading of two."""
MIN_LIKELIHOOD = 0.97
"""Likelihood from which a value is reported. Lower: wrong values are reported; higher: right ones are withheld. Of
377,598 values from 100,000 made-up MRZ with recognition errors 65 were wrong (`tests.benchmarks.zones`)."""
_MIN_NAME_LETTERS = 3
"""Letters of a name line. Fewer: noise is a name; more: short names are lost."""
_MAX_DIGITS_IN_NAME_LINE = 3
"""Digits of a name line, all misread letters. Fewer: badly read names are lost; more: other lines are names."""
_INVERSE_WEIGHTS = {1: 1, 3: 7, 7: 3, 9: 9}
"""Inverse of each weight modulo 10."""


@dataclass(frozen=True, slots=True)
class ZoneSpan:
    """Recognised characters of an MRZ, and the confidence of each."""

    text: str = field(repr=False)
    confidences: tuple[float, ...]

    @classmethod
    def of(cls, text: str) -> ZoneSpan:
        """Return characters with the default confidence."""
        return cls(text, (DEFAULT_CONFIDENCE,) * len(text))

    def __add__(self, other: ZoneSpan) -> ZoneSpan:
        """Return the concatenation of two spans."""
        return ZoneSpan(self.text + other.text, self.confidences + other.confidences)

    def part(self, start: int, end: int | None = None) -> ZoneSpan:
        """Return the characters from `start` to `end` (exclusive)."""
        return ZoneSpan(self.text[start:end], self.confidences[start:end])

    @property
    def digits(self) -> ZoneSpan:
        """The same with digits in place of their lookalikes."""
        return ZoneSpan(to_digits(self.text), self.confidences)


@dataclass(frozen=True, slots=True)
class ZoneCandidate:
    """One possible reading of a field.

    Attributes:
        cost: natural logarithm of how much less likely it is than the recognised text.
        text: the field with its check digit.
        changed: characters that differ from the recognised text, lost and added ones included.
        is_checked: whether its check digit is right.
    """

    cost: float
    text: str = field(repr=False)
    changed: int = 0
    is_checked: bool = True


def compact(line: str) -> str:
    """Return a line without characters that an MRZ lacks, with plain fillers; case is kept, as b is 6 and B is 8."""
    return compact_span(line).text


def compact_span(line: str, confidences: Sequence[float] = ()) -> ZoneSpan:
    """Return the same with the confidence of each remaining character."""
    known = confidences if len(confidences) == len(line) else (DEFAULT_CONFIDENCE,) * len(line)
    kept = [
        (replacement, confidence)
        for character, confidence in zip(line, known, strict=True)
        for replacement in _FILLER_SPELLINGS.get(character, character)
        if _MRZ_CHARACTER.match(replacement)
    ]
    return ZoneSpan("".join(character for character, _ in kept), tuple(confidence for _, confidence in kept))


def to_digits(text: str) -> str:
    """Replace lookalikes of digits in OCR-B."""
    return text.translate(_TO_DIGITS)


def repair_sex(character: str) -> str:
    """Return M, F or a filler for a recognised sex."""
    upper = character.upper()
    if upper in _MALE_SPELLINGS:
        return "M"
    return "F" if upper in _FEMALE_SPELLINGS else "<"


def error_cost(confidence: float) -> float:
    """Return the cost of a character being misread."""
    clipped = min(max(confidence, _MIN_CONFIDENCE), _MAX_CONFIDENCE)
    return math.log(clipped) - math.log(1 - clipped)


def digit_cost(read: str, other: str, confidence: float) -> float:
    """Return the cost of `read` being another digit; 0 where they are the same."""
    if read == other:
        return 0.0
    neighbours = DIGIT_NEIGHBOURS.get(read, "")
    share = _CONFUSION_SHARE / len(neighbours) if other in neighbours else _OTHER_SHARE / 9
    return error_cost(confidence) - math.log(share)


def checked_candidates(span: ZoneSpan, is_credible: Callable[[str], bool]) -> list[ZoneCandidate]:
    """Return the readings of a field that agree with its check digit, with up to two digits misread.

    Args:
        span: the field, its check digit last.
        is_credible: whether a text is a possible value of the field.
    """
    text = span.text
    # The check digit of an empty field may be a filler (ICAO 9303-4, 4.2.2).
    spelled = f"{text[:-1]}0" if text.strip("<") == "" else text
    excess = (check_digit(spelled[:-1]) - int(spelled[-1])) % 10 if spelled[-1].isdigit() else -1
    found = [ZoneCandidate(0.0, text)] if excess == 0 else []
    costs = [
        {digit: digit_cost(read, digit, confidence) for digit in "0123456789" if digit != read}
        for read, confidence in zip(text, span.confidences, strict=True)
    ]
    places = [place for place, letter in enumerate(spelled) if letter.isdigit()]
    for place, digit in _single_changes(spelled, places, excess):
        found += _changed_candidate(text, {place: digit}, costs[place][digit])
    for at, first in enumerate(places):
        for digit, cost in costs[first].items():
            if cost > MAX_COST:
                continue
            rest = (excess + _excess_weight(spelled, first) * (int(digit) - int(spelled[first]))) % 10
            for second, other in _single_changes(spelled, places[at + 1 :], rest):
                found += _changed_candidate(text, {first: digit, second: other}, cost + costs[second][other])
    return sorted((entry for entry in found if is_credible(entry.text[:-1])), key=lambda entry: entry.cost)


def _excess_weight(text: str, place: int) -> int:
    """Return the weight of a digit in the excess of the computed check digit over the printed one, modulo 10."""
    return 9 if place == len(text) - 1 else WEIGHTS[place % 3]


def _single_changes(text: str, places: Iterable[int], excess: int) -> Iterator[tuple[int, str]]:
    """Yield (place, digit) of the single changes that make the excess 0."""
    if excess <= 0:
        return
    for place in places:
        yield place, str((int(text[place]) - excess * _INVERSE_WEIGHTS[_excess_weight(text, place)]) % 10)


def _changed_candidate(text: str, changes: dict[int, str], cost: float) -> list[ZoneCandidate]:
    if cost > MAX_COST:
        return []
    letters = list(text)
    for place, digit in changes.items():
        letters[place] = digit
    return [ZoneCandidate(cost, "".join(letters), len(changes))]


def with_length(span: ZoneSpan, length: int) -> list[ZoneSpan]:
    """Return the digits in each way to remove one, or to insert one, for this length; [] where more are missing."""
    text, known = span.text, span.confidences
    if len(text) == length + 1:
        return [ZoneSpan(text[:i] + text[i + 1 :], known[:i] + known[i + 1 :]) for i in range(len(text))]
    if len(text) == length - 1:
        places = itertools.product(range(length), "0123456789")
        return [ZoneSpan(text[:i] + digit + text[i:], (*known[:i], _MIN_CONFIDENCE, *known[i:])) for i, digit in places]
    return [span] if len(text) == length else []


def likelihoods(costs: Iterable[tuple[float, str]]) -> dict[str, float]:
    """Return the likelihood of each value, given the cost of every reading with it.

    Readings that are not listed count together as one with a cost of `MAX_COST`.

    >>> round(likelihoods([(0.0, "a"), (3.0, "b")])["a"], 2)
    0.95
    """
    weights: dict[str, float] = {}
    for cost, value in costs:
        weights[value] = weights.get(value, 0.0) + math.exp(-cost)
    total = sum(weights.values()) + math.exp(-MAX_COST)
    return {value: weight / total for value, weight in weights.items()}


_DIGITS_TO_LETTERS = str.maketrans("0158264", "OISBZGA")
_DIGIT = re.compile("[0-9]")
_TRAILING_FILLERS = re.compile(r"([KCELSX])\1{2,}$")
_ONLY_FILLERS = re.compile(r"[KCELSX]+")
_AFTER_NAME = re.compile(r"<{2,}")
_MISREAD_FILLER = re.compile(r"[KCELSX]{1,2}")


def clean_name_line(line: str) -> str | None:
    """Return a line as a name field with "<<" behind the family name; None if it is not a name line.

    >>> clean_name_line("NGUYEN<<VAN<MAU<<<<<<<KKK<<<")
    'NGUYEN<<VAN<MAU'
    """
    upper = compact(line.replace(" ", "<") if "<" not in line and "«" not in line else line).upper()
    if sum(character.isdigit() for character in upper) > _MAX_DIGITS_IN_NAME_LINE or "<" not in upper:
        return None
    upper = _DIGIT.sub("", upper.translate(_DIGITS_TO_LETTERS))
    whole = _TRAILING_FILLERS.sub("", upper).strip("<")
    parts = _AFTER_NAME.split(whole)
    # Behind the second run of fillers all letters are misread fillers.
    words = [word for part in parts[:2] for word in part.split("<") if word]
    family_words = len([word for word in parts[0].split("<") if word]) if len(parts) > 1 else 1
    words = [piece for word in words for piece in _split_at_misread_filler(word)]
    while words and _ONLY_FILLERS.fullmatch(words[-1]) and words[-1] not in SYLLABLES:
        words.pop()
    if len("".join(words)) < _MIN_NAME_LETTERS or len(words) <= 1:
        return None
    family_words = max(1, min(family_words, len(words) - 1))
    return f"{'<'.join(words[:family_words])}<<{'<'.join(words[family_words:])}"


def _split_at_misread_filler(word: str) -> list[str]:
    """Split a word at a filler that was read as a letter, if both parts are syllables: "VANKMAU"."""
    if word in SYLLABLES:
        return [word]
    for match in _MISREAD_FILLER.finditer(word):
        before, after = word[: match.start()], word[match.end() :]
        if before in SYLLABLES and after in SYLLABLES:
            return [before, after]
    return [word]


TABLES = (
    FactTable(
        name="misread fillers",
        source="errors of Tesseract and PP-OCR on OCR-B, as reported by public readers",
        recognise=lambda text: re.fullmatch(f"{FILLER_PATTERN}+", compact(text)) is not None,
        matching=("<", "K", "C", "E", "L", "S", "(", "[", "{", "«", "‹", "< <"),
        not_matching=("V", "0", "", " "),
    ),
)
