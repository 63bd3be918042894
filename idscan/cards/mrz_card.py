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

if TYPE_CHECKING:
    from collections.abc import Iterator

_UPPER = re.compile(rf"{STATE}({DIGIT}{{19,30}})({FILLER}*)({DIGIT}?)")
_LOWER = re.compile(
    rf"({DIGIT}{{6}}|{DIGIT}{{2}}{FILLER}{{4}})({DIGIT})({SEX})"
    rf"({DIGIT}{{6}}|{FILLER}{{6}})({DIGIT}|<){STATE}({FILLER}*)({DIGIT}?)"
)
_ALL_FILLERS = re.compile(f"{FILLER}*")
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
    if not composite and len(fillers) > 1 and re.fullmatch(DIGIT, fillers[-1]):
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
    uppers = [(entry.cost, _upper_line(entry.text)) for entry in upper.candidates] if upper else [(0, "")]
    lowers = list(_lower_lines(lower)) if lower else [(0, "")]
    best = cheapest(_agreeing(uppers, lowers, is_composite_seen=lower is None or lower.composite != ""))
    if best is None:
        # Line 1 vouches for itself, line 2 does not: two of its dates may be wrong in the same way.
        alone = cheapest((cost, (line,)) for cost, line in uppers)
        repairs, first = (alone[0], alone[1][0]) if alone else (0, upper.line if upper else None)
        best = repairs, (first or "", _lower_line(lower, lower.birth, lower.expiry, lower.composite) if lower else "")
    mrz = assemble_td1(best[1][0], best[1][1])
    if mrz is None:
        return None
    unseen = set() if upper is None or upper.is_check_seen else {"optional", "composite"}
    unseen |= set() if lower is None or lower.composite else {"composite"}
    mrz = replace(mrz, checks=tuple(check for check in mrz.checks if check[0] not in unseen))
    used = {*(upper.indices if upper else ()), *(lower.indices if lower else ())}
    return MrzMatch(mrz, tuple(sorted(used)), best[0])


def _agreeing(
    uppers: list[tuple[int, str]], lowers: list[tuple[int, str]], *, is_composite_seen: bool
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the pairs of lines whose composite check digit is right, each with its cost."""
    for (upper_cost, first), (lower_cost, second) in itertools.product(uppers, lowers):
        cost = upper_cost + lower_cost
        is_whole = bool(first and second and is_composite_seen)
        if cost <= MAX_REPAIRS and (not is_whole or second[29] == str(check_digit(composite_of(first, second)))):
            # The number holds the year of birth: a reading that contradicts it is the less likely one.
            contradicts = bool(first and second) and first[19:21] != second[:2]
            yield cost + contradicts, (first, second)


def _upper_line(digits: str) -> str:
    return f"IDVNM{digits[:_NUMBERS]}<<{digits[_NUMBERS]}"


def _lower_lines(lower: Lower) -> Iterator[tuple[int, str]]:
    """Yield what line 2 may have been, each with the number of characters changed."""
    composites = digit_candidates(lower.composite)
    for parts in itertools.product(date_candidates(lower.birth), date_candidates(lower.expiry), composites):
        cost = sum(part.cost for part in parts)
        if cost <= MAX_REPAIRS:
            yield cost, _lower_line(lower, *(part.text for part in parts))


def _lower_line(lower: Lower, birth: str, expiry: str, composite: str) -> str:
    return f"{birth}{lower.sex}{expiry}VNM{'<' * 11}{composite or '0'}"
