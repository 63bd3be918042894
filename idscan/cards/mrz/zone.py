"""Machine-readable zones (MRZ): values, check digits, repair of recognised lines.

Sources: ICAO Doc 9303, parts 3 to 5; Circular 06/2021/TT-BCA and Circular 16/2024/TT-BCA.

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

from idscan.cards import FactTable
from idscan.cards.fields.dates import FIRST_YEAR, CardDate, parse_mrz_date
from idscan.cards.fields.numbers import CitizenNumber, OldNumber, normalise_sex
from idscan.cards.fields.person_names import SYLLABLES, name_from_mrz
from idscan.cards.text import DIGIT_LOOKALIKES, DIGIT_NEIGHBOURS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

CHECK_DIGITS_SOURCE = "ICAO Doc 9303, part 3, section 4.9: weights 7, 3, 1; A is 10, Z is 35, a filler is 0; modulo 10"
WEIGHTS = (7, 3, 1)
"""Weights of check digits, repeated along the text (ICAO 9303-3, 4.9)."""
_VALUES = {character: value for value, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {"<": 0}


def check_digit(text: str) -> int:
    """Return the check digit of a text of capitals, digits and fillers; other characters count as fillers.

    >>> check_digit("099000001"), check_digit("990115")
    (7, 5)
    """
    return sum(_VALUES.get(character, 0) * WEIGHTS[place % 3] for place, character in enumerate(text)) % 10


def is_checked(text: str) -> bool:
    """Return whether the last character is the check digit of those before it.

    >>> is_checked("9901155"), is_checked("9901156")
    (True, False)
    """
    return len(text) > 1 and text[-1] == str(check_digit(text[:-1]))


TABLES = (
    FactTable(name="check digits", source=CHECK_DIGITS_SOURCE, recognise=is_checked,
        matching=("0990000017", "001099000001<<8", "9901155", "3901153", "<<<<<<0"),
        not_matching=("0990000018", "9901150", "<<<<<<1", "990115<", "5", "")),
)  # fmt: skip


TD1_WIDTH = 30
"""Characters of a line of a TD1 zone (ICAO 9303-5)."""
TD3_WIDTH = 44
"""Characters of a line of a TD3 zone (ICAO 9303-4)."""
EXPIRY_CENTURY = 2000
"""First year that the two digits of an expiry date can mean."""
_BIRTH_CENTURY_WITHOUT_NUMBER = 1930
"""First of 100 birth years without a number. Earlier: children get a wrong century; later: old people do."""
_MAX_BIRTH_YEAR_CORRECTION = 49
"""Years from a number's to a corrected birth year. Fewer: a wrong century; more: two centuries are possible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mrz:
    """Values of a machine-readable zone, and the results of its check digits.

    Attributes:
        format: "td1" or "td3".
        is_vietnamese: whether Viet Nam is the issuing state.
        number: the twelve-digit citizen number; None where its check digit is wrong and no other check confirms it.
        old_number: a nine-digit number in a passport's optional data.
        document_number: on a card the last nine digits of the citizen number, else the passport's number.
        date_of_birth: its century follows the citizen number where there is one.
        sex: "Nam" or "Nữ".
        date_of_expiry: None for a document without expiry.
        name: capitals without diacritics, family name first; no check digit covers it.
        checks: name of each check digit that was recognised, and whether it is right; on cards also "doubled_number",
            whether the two copies of the number agree.
        lines: the lines in their printed form.
        is_name_cut: whether the name fills its line, so that it may be truncated (ICAO 9303-3, 4.6).
    """

    format: str
    is_vietnamese: bool
    number: str | None = field(default=None, repr=False)
    old_number: str | None = field(default=None, repr=False)
    document_number: str | None = field(default=None, repr=False)
    date_of_birth: CardDate | None = field(default=None, repr=False)
    sex: str | None = field(default=None, repr=False)
    date_of_expiry: CardDate | None = field(default=None, repr=False)
    name: str | None = field(default=None, repr=False)
    checks: tuple[tuple[str, bool], ...] = ()
    lines: tuple[str, ...] = field(default=(), repr=False)
    is_name_cut: bool = False

    @property
    def valid_checks(self) -> int:
        """The number of checks that are right."""
        return sum(is_right for _, is_right in self.checks)

    @property
    def is_valid(self) -> bool:
        """Whether there are checks and all of them are right."""
        return bool(self.checks) and self.valid_checks == len(self.checks)


@dataclass(frozen=True, slots=True)
class MrzMatch:
    """An MRZ found in recognised lines.

    Attributes:
        mrz: its values.
        indices: indices of its lines in the sequence searched.
        repairs: characters repaired with the help of check digits.
        name_index: index of the line that holds the name only, None without such a line.
        proven: names of the values that were recognised without repair and are confirmed by more than their own check
            digit: a repair by a check digit is not proven by it.
    """

    mrz: Mrz
    indices: tuple[int, ...]
    repairs: int = 0
    name_index: int | None = None
    proven: frozenset[str] = frozenset()


TD1_LINE_1 = re.compile(r"ID VNM ([0-9]{9}) ([0-9]) ([0-9]{12}) << ([0-9])".replace(" ", ""))
"""Document number and its check digit, citizen number, check digit of number and two fillers."""
TD1_LINE_2 = re.compile(
    r"([0-9]{6}|[0-9]{2}<{4}) ([0-9]) ([MFX<]) (?=[0-9]{7}|<{6}[0<]) ([0-9<]{6}) ([0-9<]) VNM (<{11}) ([0-9])".replace(
        " ", ""
    )
)
"""Birth, sex and expiry, each date with its check digit, nationality, optional data, composite check digit."""
NO_EXPIRY = "991231"
"""Expiry of a card without limit, unless it is left empty; no valid document expires on that day."""
TD3_LINE_1 = re.compile(r"P[A-Z<]([A-Z<]{3})([A-Z<]{39})")
TD3_LINE_2 = re.compile(
    r"([A-Z0-9<]{9}) ([0-9]) ([A-Z<]{3}) ([0-9<]{6}) ([0-9]) ([MFX<]) (?=[0-9]{7}|<{6}[0<]) ([0-9<]{6}) ([0-9<]) "
    r"(?=[A-Z0-9<]{14}[0-9]|<{15}) ([A-Z0-9<]{14}) ([0-9<]) ([0-9])".replace(" ", "")
)


def assemble_td1(first: str | None, second: str | None = None, third: str | None = None) -> Mrz | None:
    """Parse the lines of a Vietnamese TD1 zone, any of which may be missing; None if no checked line has its form."""
    upper = TD1_LINE_1.fullmatch(first or "")
    lower = TD1_LINE_2.fullmatch(second or "")
    checks: list[tuple[str, bool]] = []
    number: CitizenNumber | None = None
    document_number = None
    is_optional_right = False
    if upper is not None:
        document_number = upper[1]
        is_document_right = _is_right(upper[1], upper[2])
        is_optional_right = _is_right(f"{upper[3]}<<", upper[4])
        checks.append(("document_number", is_document_right))
        is_twice = upper[3].endswith(document_number)
        checks.append(("doubled_number", is_twice))
        if is_optional_right or (is_document_right and is_twice):
            number = CitizenNumber.parse(upper[3])
    if lower is not None:
        checks += [("date_of_birth", _is_right(lower[1], lower[2])), ("date_of_expiry", _is_right(lower[4], lower[5]))]
    is_whole_right = None
    if upper is not None and lower is not None and first and second:
        is_whole_right = _is_right(composite_of(first, second), lower[7])
        checks.append(("composite", is_whole_right))
    if upper is not None and (is_optional_right or not is_whole_right):
        # Optional data are for national use; so is their check digit in line 1 if all others are right.
        checks.append(("optional", is_optional_right))
    if upper is None and lower is None:
        return None
    century = birth_century(number)
    return Mrz(
        format="td1",
        is_vietnamese=True,
        number=number.digits if number else None,
        document_number=document_number,
        date_of_birth=parse_mrz_date(lower[1], century_from=century) if lower else None,
        sex=normalise_sex(lower[3]) if lower else None,
        date_of_expiry=_expiry(lower[4]) if lower else None,
        name=(name_from_mrz(third) or None) if third else None,
        is_name_cut=third is not None and len(third.rstrip("<")) == TD1_WIDTH,
        checks=tuple(checks),
        lines=tuple(line for line in (first, second, third) if line),
    )


def birth_century(number: CitizenNumber | None) -> int:
    """Return the first of the hundred years in which the holder of a number was born.

    They surround the year of the number, which may differ from that of the card: a number is kept when its holder's
    birth date is corrected.
    """
    if number is None:
        return _BIRTH_CENTURY_WITHOUT_NUMBER
    return max(number.birth_year - _MAX_BIRTH_YEAR_CORRECTION, FIRST_YEAR)


def composite_of(first: str, second: str) -> str:
    """Return the characters of both lines under the composite check digit of a TD1 zone."""
    return first[5:30] + second[0:7] + second[8:15] + second[18:29]


def parse_td3(lines: Sequence[str]) -> Mrz | None:
    """Parse the MRZ of a passport, exactly as printed; the first line (the name) may be missing.

    Args:
        lines: two lines of 44 characters, or the second alone.

    Returns:
        Its values; None where a line has another form.
    """
    stripped = [line.strip() for line in lines]
    if len(stripped) not in {1, 2}:
        return None
    lower = TD3_LINE_2.fullmatch(stripped[-1])
    upper = TD3_LINE_1.fullmatch(stripped[0]) if len(stripped) > 1 else None
    if lower is None or (len(stripped) > 1 and upper is None):
        return None
    line = stripped[-1]
    checks = (
        ("document_number", _is_right(lower[1], lower[2])),
        ("date_of_birth", _is_right(lower[4], lower[5])),
        ("date_of_expiry", _is_right(lower[7], lower[8])),
        ("optional", _is_right(lower[9], lower[10])),
        ("composite", _is_right(line[0:10] + line[13:20] + line[21:43], lower[11])),
    )
    is_vietnamese = lower[3] == "VNM" and (upper is None or upper[1] == "VNM")
    optional = lower[9].rstrip("<") if is_vietnamese and checks[3][1] else ""
    number = CitizenNumber.parse(optional)
    old_number = OldNumber.parse(optional)
    century = birth_century(number)
    return Mrz(
        format="td3",
        is_vietnamese=is_vietnamese,
        number=number.digits if number else None,
        old_number=old_number.digits if old_number else None,
        document_number=lower[1].rstrip("<"),
        date_of_birth=parse_mrz_date(lower[4], century_from=century),
        sex=normalise_sex(lower[6]),
        date_of_expiry=_expiry(lower[7]),
        name=(name_from_mrz(upper[2]) or None) if upper else None,
        is_name_cut=upper is not None and not upper[2].endswith("<"),
        checks=checks,
        lines=tuple(stripped),
    )


def _expiry(text: str) -> CardDate | None:
    return None if text == NO_EXPIRY else parse_mrz_date(text, century_from=EXPIRY_CENTURY)


def _is_right(text: str, digit: str) -> bool:
    """Return whether the digit checks the text; a filler may stand for 0 (ICAO 9303-4, 4.2.2, optional fields)."""
    return (digit if digit != "<" else "0") == str(check_digit(text))


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
"""Shares of lookalikes and of other digits in misreadings: a lower first makes usual confusions too costly."""
MAX_COST = 13.0
"""Natural log of the likelihood ratio of a reading, one in 400,000. Lower: repairs are missed; higher: costs time."""
LOST_DIGIT_COST = 5.0
"""Cost of a lost or added digit. Lower: misread digits count as lost; higher: lost ones are not restored."""
OTHER_YEAR_COST = 5.0
"""Cost of a birth year other than the number's. Lower: misread years pass; higher: corrected dates are rejected."""
NO_READING_COST = 9.0
"""Cost of a field with more than two errors. Lower: repairs are given up; higher: three errors pass for two."""
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
        return ZoneSpan(self.text.translate(_TO_DIGITS), self.confidences)


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


def candidates_or_text(span: ZoneSpan, is_credible: Callable[[str], bool], limit: int) -> tuple[ZoneCandidate, ...]:
    """Return the readings of a field that agree with its check digit, then the recognised text if it does not."""
    found = checked_candidates(span, is_credible)
    as_read = () if found and found[0].cost == 0 else (ZoneCandidate(NO_READING_COST, span.text, is_checked=False),)
    return (*found[:limit], *as_read)


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


FILLER_TABLES = (
    FactTable(name="misread fillers", source="errors of Tesseract and PP-OCR on OCR-B, as reported by public readers",
        recognise=lambda text: re.fullmatch(f"{FILLER_PATTERN}+", compact(text)) is not None,
        matching=("<", "K", "C", "E", "L", "S", "(", "[", "{", "«", "‹", "< <"),
        not_matching=("V", "0", "", " ")),
)  # fmt: skip
