"""The two checked lines of an identity card's zone (TD1) as text readers give them."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from idscan.cards.check_digits import check_digit
from idscan.cards.mrz_repair import (
    DIGIT,
    FILLER,
    MAX_REPAIRS,
    SEX,
    STATE,
    Candidate,
    cheapest,
    date_candidates,
    digit_candidates,
    number_candidates,
    read_sex,
    to_digits,
)
from idscan.cards.mrz_zone import MrzMatch, assemble_td1, composite_of
from idscan.cards.provinces import PROVINCES, is_abroad

if TYPE_CHECKING:
    from collections.abc import Iterator

_UPPER = re.compile(rf"{STATE}({DIGIT}{{19,30}})({FILLER}*)({DIGIT}?)")
_LOWER = re.compile(
    rf"({DIGIT}{{6}}|{DIGIT}{{2}}{FILLER}{{4}})({DIGIT})({SEX})"
    rf"({DIGIT}{{6}}|{FILLER}{{6}})({DIGIT}|<){STATE}({FILLER}*)({DIGIT}?)"
)
_ALL_FILLERS = re.compile(f"{FILLER}*")
_FILLERS = 11
"""Fillers between nationality and the last check digit of line 2."""
_NUMBERS = 22
"""Digits up to the fillers of line 1: document number, its check digit, citizen number."""


@dataclass(frozen=True, slots=True)
class Upper:
    """Line 1 as read, and what its digits may have been.

    Attributes:
        line: the line put into its printed form, None where its length is wrong.
        candidates: readings on which all its checks agree.
        indices: where it was read.
        is_check_seen: whether the last check digit was there.
    """

    line: str | None = field(repr=False)
    candidates: tuple[Candidate, ...]
    indices: tuple[int, ...]
    is_check_seen: bool = True


@dataclass(frozen=True, slots=True)
class Lower:
    """Line 2 in parts, as read; `composite` is empty where it was not seen."""

    birth: str = field(repr=False)
    sex: str = field(repr=False)
    expiry: str = field(repr=False)
    composite: str = field(repr=False)
    indices: tuple[int, ...]


def read_upper(text: str, indices: tuple[int, ...]) -> Upper | None:
    """Read line 1 from a compact line."""
    match = _UPPER.search(text)
    if match is None:
        return None
    run, check = match[1], match[3]
    if not check and len(run) > _NUMBERS and _ALL_FILLERS.fullmatch(run[_NUMBERS:-1]):
        run, check = run[:-1], run[-1]
    if len(run) > _NUMBERS and _ALL_FILLERS.fullmatch(run[_NUMBERS:]):
        run = run[:_NUMBERS]
    digits, check_read = to_digits(run), to_digits(check)
    if len(digits) == _NUMBERS and not check:
        unseen = str(check_digit(f"{digits[10:]}<<"))
        candidates = [entry for entry in number_candidates(digits[:10], digits[10:] + unseen) if entry.cost == 0]
        line = f"IDVNM{digits}<<{unseen}" if candidates else None
        return Upper(line, tuple(candidates), indices, is_check_seen=False) if candidates else None
    candidates = []
    # A digit that was lost or added may belong to either field.
    for cut in {10, len(digits) - 12}:
        candidates += number_candidates(digits[:cut], digits[cut:] + check_read)
    line = f"IDVNM{digits}<<{check_read}" if len(digits) == _NUMBERS and check else None
    return Upper(line, tuple(candidates), indices) if line or candidates else None


def read_lower(text: str, indices: tuple[int, ...]) -> Lower | None:
    """Read line 2 from a compact line."""
    match = _LOWER.search(text)
    if match is None:
        return None
    birth, birth_check, sex, expiry, expiry_check, fillers, composite = match.groups()
    if not composite and len(fillers) > _FILLERS and re.fullmatch(DIGIT, fillers[-1]):
        composite = fillers[-1]
    return Lower(
        birth=_date(birth) + to_digits(birth_check),
        sex=read_sex(sex),
        expiry=_date(expiry) + to_digits(expiry_check),
        composite=to_digits(composite),
        indices=indices,
    )


def _date(text: str) -> str:
    if "<" not in text:
        return to_digits(text)
    return to_digits(text[:2]).ljust(6, "<") if text[0] != "<" else "<" * 6


def combine(upper: Upper | None, lower: Lower | None) -> MrzMatch | None:
    """Put the lines together: repaired where all checks agree on a single reading, else as read."""
    choice = _agreed(upper, lower) or _as_read(upper, lower)
    mrz = assemble_td1(choice.first, choice.second)
    if mrz is None:
        return None
    unseen = set(choice.unsure)
    unseen |= {"optional", "composite"} if upper is not None and not upper.is_check_seen else set()
    unseen |= {"composite"} if lower is not None and not lower.composite else set()
    mrz = replace(
        mrz,
        number=None if choice.unsure else mrz.number,
        checks=tuple(check for check in mrz.checks if check[0] not in unseen),
    )
    used = {*(upper.indices if upper else ()), *(lower.indices if lower else ())}
    return MrzMatch(mrz, tuple(sorted(used)), choice.repairs)


@dataclass(frozen=True, slots=True)
class _Choice:
    """The lines decided on, the characters changed, and the checks that say nothing because one was guessed."""

    first: str = field(repr=False)
    second: str = field(repr=False)
    repairs: int = 0
    unsure: frozenset[str] = frozenset()


def _agreed(upper: Upper | None, lower: Lower | None) -> _Choice | None:
    """Return the only reading of both lines on which all checks agree at the lowest cost."""
    uppers = [(entry.cost, _upper_line(entry.text)) for entry in upper.candidates] if upper else [(0, "")]
    lowers = list(_lower_lines(lower)) if lower else [(0, "")]
    is_whole = upper is not None and lower is not None and lower.composite != ""
    readings = [
        (_rank(upper_cost + lower_cost, first, second), (first, second))
        for (upper_cost, first), (lower_cost, second) in itertools.product(uppers, lowers)
        if upper_cost + lower_cost <= MAX_REPAIRS
        # One check digit alone would let through too many dates: only the composite one confirms a repair of line 2.
        and (is_whole or lower_cost == 0)
        and (not is_whole or second[29] == str(check_digit(composite_of(first, second))))
    ]
    best = cheapest(readings)
    return None if best is None else _Choice(best[1][0], best[1][1], best[0] // _RANKS)


def _as_read(upper: Upper | None, lower: Lower | None) -> _Choice:
    """Return the lines as read, the first one repaired where it vouches for itself."""
    second = _lower_line(lower, lower.birth, lower.expiry, lower.composite) if lower else ""
    if upper is None:
        return _Choice("", second)
    lines = [(entry.cost, _upper_line(entry.text)) for entry in upper.candidates]
    alone = cheapest((_rank(cost, line, ""), (line,)) for cost, line in lines)
    if alone is not None:
        return _Choice(alone[1][0], second, alone[0] // _RANKS)
    if upper.line is not None:
        return _Choice(upper.line, second)
    # A digit of the province was lost and several would fit: what is left is the document number.
    cost, line = min(lines)
    return _Choice(line, second, cost, frozenset({"optional", "doubled_number", "composite"}))


_RANKS = 4


def _rank(cost: int, first: str, second: str) -> int:
    """Order readings by characters changed, then by what speaks against them: unknown province, other birth year."""
    has_known_place = not first or is_abroad(first[15:18]) or first[15:18] in PROVINCES
    has_same_year = not (first and second) or first[19:21] == second[:2]
    return _RANKS * cost + (not has_known_place) + (not has_same_year)


def _upper_line(digits: str) -> str:
    return f"IDVNM{digits[:_NUMBERS]}<<{digits[_NUMBERS]}"


def _lower_lines(lower: Lower) -> Iterator[tuple[int, str]]:
    """Yield what line 2 may have been, each with the number of characters changed."""
    composites = digit_candidates(lower.composite)
    for parts in itertools.product(date_candidates(lower.birth), date_candidates(lower.expiry), composites):
        yield sum(part.cost for part in parts), _lower_line(lower, *(part.text for part in parts))


def _lower_line(lower: Lower, birth: str, expiry: str, composite: str) -> str:
    return f"{birth}{lower.sex}{expiry}VNM{'<' * _FILLERS}{composite or '0'}"
