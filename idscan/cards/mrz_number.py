"""The number on an identity card's zone: printed twice, nine digits and all twelve, each under a check digit."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from idscan.cards.check_digits import check_digit
from idscan.cards.mrz_repair import LOST, MOST_COST, Stretch, cost_of_digit, with_length
from idscan.cards.provinces import PROVINCES, is_abroad

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENT_FIELD = 10
"""Document number and its check digit."""
OPTIONAL_FIELD = 13
"""Citizen number and its check digit; the two fillers between them are left out."""
_PROVINCE = 3
_MOST_DIFFERENT = 3
"""Digits in which two copies of one number may differ."""
_OTHER_SCHEME = 4.0
"""Cost of a last digit of line 1 that follows another scheme: ICAO 9303-5 leaves optional data to national use, and
one genuine card in fifty or so has a digit there that weights 7, 3, 1 do not give."""
_UNKNOWN_PLACE = 2.0
"""Cost of a code that is no province's and no country's."""


@dataclass(frozen=True, slots=True)
class NumberCandidate:
    """One way to read line 1.

    Attributes:
        cost: how much less likely than what was read (natural logarithm).
        digits: document number, its check digit, citizen number, check digit.
        changed: characters that differ from what was read.
        is_twice: whether the nine digits stand twice alike in what was read.
        is_optional_checked: whether the last check digit is the one that ICAO's weights give.
    """

    cost: float
    digits: str = field(repr=False)
    changed: int
    is_twice: bool
    is_optional_checked: bool

    @property
    def number(self) -> str:
        """The twelve digits."""
        return self.digits[DOCUMENT_FIELD:-1]


def number_candidates(document: Stretch, optional: Stretch, *, is_check_seen: bool = True) -> list[NumberCandidate]:
    """Return how the digits of line 1 may be read so that both copies of the number agree, the likeliest first.

    Args:
        document: digits of the document number and its check digit: ten, or one more or less by a reader's error.
        optional: digits of the citizen number and its check digit: thirteen, or one more or less.
        is_check_seen: whether the last of these digits was read; else any stands there.
    """
    found: dict[str, NumberCandidate] = {}
    for left in with_length(document, DOCUMENT_FIELD):
        for right in with_length(optional, OPTIONAL_FIELD):
            lost = (left != document) + (right != optional)
            provinces = tuple(_provinces(right.part(0, _PROVINCE)))
            for entry in _agreeing(_Line(left, right, lost, is_check_seen, provinces)):
                known = found.get(entry.digits)
                if entry.cost <= MOST_COST and (known is None or entry.cost < known.cost):
                    found[entry.digits] = entry
    return sorted(found.values(), key=lambda entry: entry.cost)


@dataclass(frozen=True, slots=True)
class _Line:
    """Both fields of the right length, the digits lost or added on the way, and what the province may be."""

    document: Stretch
    optional: Stretch
    lost: int
    is_check_seen: bool
    provinces: tuple[tuple[float, str, int], ...]


def _agreeing(line: _Line) -> Iterator[NumberCandidate]:
    first, second = line.document, line.optional.part(_PROVINCE, OPTIONAL_FIELD - 1)
    different = [place for place in range(len(second.text)) if first.text[place] != second.text[place]]
    if len(different) > (0 if line.lost else _MOST_DIFFERENT):
        return
    for choice in itertools.product((first, second), repeat=len(different)):
        nine = list(second.text)
        cost = LOST * line.lost
        for place, source in zip(different, choice, strict=True):
            other = second if source is first else first
            nine[place] = source.text[place]
            cost += cost_of_digit(other.text[place], source.text[place], other.sureness[place])
        if cost > MOST_COST:
            continue
        changed = len(different) + line.lost
        yield from _checked(line, "".join(nine), cost, changed)
        if not line.lost:
            for extra, other_nine in _misread_twice(line, nine, cost):
                yield from _checked(line, other_nine, extra, changed + 2)


def _misread_twice(line: _Line, nine: list[str], cost: float) -> Iterator[tuple[float, str]]:
    """Yield the nine digits with one changed in both copies: what one print blurs alike is misread alike."""
    for place, digit in itertools.product(range(len(nine)), "0123456789"):
        read = (line.document.text[place], line.optional.text[_PROVINCE + place])
        if digit in read or read[0] != read[1]:
            continue
        costs = sorted(
            (
                cost_of_digit(read[0], digit, line.document.sureness[place]),
                cost_of_digit(read[0], digit, line.optional.sureness[_PROVINCE + place]),
            )
        )
        total = cost + costs[1] + costs[0] / 2
        if total <= MOST_COST:
            yield total, "".join([*nine[:place], digit, *nine[place + 1 :]])


def _checked(line: _Line, nine: str, cost: float, changed: int) -> Iterator[NumberCandidate]:
    """Yield what the check digits and the province may be for nine digits."""
    read, last = line.document.text[-1], line.optional.part(OPTIONAL_FIELD - 1)
    check = check_digit(nine)
    right = str(check)
    cost += cost_of_digit(read, right, line.document.sureness[-1])
    if cost > MOST_COST:
        return
    changed += read != right
    is_twice = changed == 0
    for extra, province, of_province in line.provinces:
        number = province + nine
        is_read = province == line.optional.text[:_PROVINCE]
        if cost + extra > MOST_COST or number.startswith("0000") or len(set(number)) == 1:
            continue
        # The nine digits bear the same weights in both fields.
        expected = str((of_province + check) % 10)
        last_cost = cost_of_digit(last.text, expected, last.sureness[0]) if line.is_check_seen else 0.0
        digits, differs = nine + right + number, changed + (not is_read)
        total = cost + extra
        yield NumberCandidate(
            total + last_cost, digits + expected, differs + (last_cost > 0), is_twice, is_optional_checked=True
        )
        if line.is_check_seen and last.text != expected and is_read:
            scheme = total + _OTHER_SCHEME
            yield NumberCandidate(scheme, digits + last.text, differs, is_twice, is_optional_checked=False)


def _provinces(head: Stretch) -> Iterator[tuple[float, str, int]]:
    """Yield the three digits that are printed once, as read and misread, one or two alike, and what they add up to.

    Two that are misread alike ("22" for "77") may please the check digits.
    """
    yield _cost_of_place(head.text), head.text, check_digit(head.text)
    places = ((0,), (1,), (2,), (0, 1), (1, 2), (0, 2))
    for changed, digit in itertools.product(places, "0123456789"):
        read = {head.text[place] for place in changed}
        cost = sum(cost_of_digit(head.text[place], digit, head.sureness[place]) for place in changed)
        if len(read) == 1 and digit not in read and cost <= MOST_COST:
            other = "".join(digit if place in changed else head.text[place] for place in range(_PROVINCE))
            yield cost + _cost_of_place(other), other, check_digit(other)


def _cost_of_place(code: str) -> float:
    return 0.0 if is_abroad(code) or code in PROVINCES else _UNKNOWN_PLACE
