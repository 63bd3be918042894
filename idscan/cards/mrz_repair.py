"""Parts of a machine-readable zone as text readers give them: made regular, and single errors put right.

A repair stands only where check digits and the doubled number vouch for it.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from idscan.cards.check_digits import check_digit, is_checked
from idscan.cards.confusions import DIGIT_LOOKALIKES, DIGIT_NEIGHBOURS
from idscan.cards.dates import parse_mrz_date
from idscan.cards.knowledge import KnowledgeTable
from idscan.cards.numbers import CitizenNumber

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

MAX_REPAIRS = 3
"""Characters changed in one zone, at most: beyond, five check digits no longer single out one reading."""

FILLER = "[<KCELSXkcelsx]"
"""A filler, or a letter that readers take it for."""
STATE = "[VYUWvyuw][NHMnhm][MNHmnh]"
"""VNM, or what readers make of it."""
SEX = "[MFX<HNWPEKmfhnwpe]"
_MALE_SPELLINGS = "MHNW"
_FEMALE_SPELLINGS = "FPE"

_FILLER_SPELLINGS = str.maketrans(
    {**dict.fromkeys("‹〈⟨＜([{≤∠\\", "<"), "«": "<<", "《": "<<", "≪": "<<", "|": "I", "!": "I"}
)
_MRZ_DIGITS = {**DIGIT_LOOKALIKES, "L": "1", "A": "4", "U": "0", "C": "0"}
_TO_DIGITS = str.maketrans(_MRZ_DIGITS)
DIGIT = "[0-9" + "".join(letter for letter in _MRZ_DIGITS if letter.isalpha()) + "]"
"""A digit, or a letter that readers take it for on lines of OCR-B."""
_FOREIGN = re.compile(r"[^A-Za-z0-9<]")

_TAIL = slice(3, 12)
"""The last nine digits of the citizen number, which are the document number."""
_DOCUMENT_FIELD = 10
_OPTIONAL_FIELD = 13
_NO_DATE = "<<<<<<"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to read a part of the zone.

    Attributes:
        cost: characters changed.
        text: the part.
    """

    cost: int
    text: str = field(repr=False)


def compact(line: str) -> str:
    """Return a line without spaces and foreign characters, with plain fillers; lower case is kept, to tell digits."""
    return _FOREIGN.sub("", line.translate(_FILLER_SPELLINGS))


def to_digits(text: str) -> str:
    """Replace letters that stand for digits in OCR-B."""
    return text.translate(_TO_DIGITS)


def read_sex(character: str) -> str:
    """Return M, F or a filler for the sex as read."""
    upper = character.upper()
    if upper in _MALE_SPELLINGS:
        return "M"
    return "F" if upper in _FEMALE_SPELLINGS else "<"


def date_candidates(text: str) -> list[Candidate]:
    """Return readings of YYMMDD and its check digit that agree: as read, or else one confusion away."""
    return field_candidates(text, _is_credible_date)


def _is_credible_date(text: str) -> bool:
    return text == _NO_DATE or parse_mrz_date(text, century_from=1930) is not None


def field_candidates(text: str, is_credible: Callable[[str], bool]) -> list[Candidate]:
    """Return readings of a field and its check digit that agree: as read, or else one confusion away."""
    # The check digit of an empty field may be a filler (ICAO 9303-4, 4.2.2).
    spelt = f"{text[:-1]}0" if text.strip("<") == "" else text
    if is_checked(spelt) and is_credible(spelt[:-1]):
        return [Candidate(0, text)]
    return [Candidate(1, other) for other in _confused(text) if is_checked(other) and is_credible(other[:-1])]


def digit_candidates(text: str) -> list[Candidate]:
    """Return a single check digit as read, and what it may have been."""
    return [Candidate(0, text), *(Candidate(1, other) for other in _confused(text))]


def cheapest(readings: Iterable[tuple[int, tuple[str, ...]]]) -> tuple[int, tuple[str, ...]] | None:
    """Return the cheapest reading if it is the only one at its cost, else None."""
    costs: dict[tuple[str, ...], int] = {}
    for cost, reading in readings:
        costs[reading] = min(cost, costs.get(reading, cost))
    if not costs:
        return None
    lowest = min(costs.values())
    best = [reading for reading, cost in costs.items() if cost == lowest]
    return (lowest, best[0]) if len(best) == 1 else None


def _confused(text: str) -> Iterator[str]:
    for place, character in enumerate(text):
        for other in DIGIT_NEIGHBOURS.get(character, ""):
            yield text[:place] + other + text[place + 1 :]


def number_candidates(document: str, optional: str) -> list[Candidate]:
    """Return readings of the first line's digits that agree in every respect.

    Args:
        document: digits of the document number and its check digit: ten, or one more or less by a reader's error.
        optional: digits of the citizen number and its check digit: thirteen, or one more or less.

    Returns:
        Candidates whose text is document number, check digit, citizen number, check digit (23 digits).
    """
    found: list[Candidate] = []
    for left in _of_length(document, _DOCUMENT_FIELD):
        for right in _of_length(optional, _OPTIONAL_FIELD):
            extra = (left != document) + (right != optional)
            found += [Candidate(entry.cost + extra, entry.text) for entry in _agreeing(left, right)]
    return found


def _of_length(text: str, length: int) -> set[str]:
    """Return the text with a digit too many removed, or one too few put in."""
    if len(text) == length + 1:
        return {text[:place] + text[place + 1 :] for place in range(len(text))}
    if len(text) == length - 1:
        return {text[:place] + digit + text[place:] for place in range(length) for digit in "0123456789"}
    return {text} if len(text) == length else set()


def _agreeing(document: str, optional: str) -> Iterator[Candidate]:
    """Yield readings with equal numbers and right check digits."""
    tail = optional[_TAIL]
    different = [place for place in range(len(tail)) if document[place] != tail[place]]
    if len(different) > MAX_REPAIRS:
        return
    for choice in itertools.product((document, tail), repeat=len(different)):
        nine = list(tail)
        for place, source in zip(different, choice, strict=True):
            nine[place] = source[place]
        yield from _confirmed("".join(nine), document, optional, len(different))


def _confirmed(nine: str, document: str, optional: str, cost: int) -> Iterator[Candidate]:
    document_check, optional_check = document[9], optional[12]
    is_document_right = str(check_digit(nine)) == document_check
    # The province is printed once; a confusion in it shows only in the other check digits.
    for extra, head in [(0, optional[:3]), *((1, head) for head in _confused(optional[:3]))]:
        number = head + nine
        is_optional_right = str(check_digit(f"{number}<<")) == optional_check
        if is_document_right and is_optional_right and CitizenNumber.parse(number):
            yield Candidate(cost + extra, nine + document_check + number + optional_check)
    number = optional[:3] + nine
    right = str(check_digit(f"{number}<<"))
    # Both copies agree and one check digit confirms them: the other check digit was misread.
    if cost == 0 and is_document_right != (right == optional_check) and CitizenNumber.parse(number):
        yield Candidate(1, nine + str(check_digit(nine)) + number + right)


TABLES = (
    KnowledgeTable(
        name="what readers make of a filler",
        source="errors of Tesseract and PP-OCR on OCR-B, as reported by public readers",
        recognise=lambda text: re.fullmatch(f"{FILLER}+", compact(text)) is not None,
        matching=("<", "K", "C", "E", "L", "S", "(", "[", "{", "«", "‹", "< <"),
        not_matching=("V", "0", "", " "),
    ),
)
