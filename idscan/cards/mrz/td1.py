"""TD1 zones with recognition errors: the number and the two checked lines, decoded jointly."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from idscan.cards.fields.dates import EXPIRY_AGES, FIRST_YEAR, is_past, parse_mrz_date
from idscan.cards.fields.numbers import FEMALE, CitizenNumber
from idscan.cards.fields.provinces import PROVINCES, is_abroad
from idscan.cards.mrz.repair import (
    DIGIT,
    FILLER,
    LOST,
    MOST_COST,
    SEX,
    STATE,
    ZoneCandidate,
    ZoneSpan,
    checked_candidates,
    cost_of_digit,
    cost_of_error,
    likelihoods,
    read_sex,
    with_length,
)
from idscan.cards.mrz.zone import (
    EXPIRY_CENTURY,
    NO_EXPIRY,
    Mrz,
    MrzMatch,
    assemble_td1,
    birth_century,
    check_digit,
    is_checked,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

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


def number_candidates(document: ZoneSpan, optional: ZoneSpan, *, is_check_seen: bool = True) -> list[NumberCandidate]:
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

    document: ZoneSpan
    optional: ZoneSpan
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


def _provinces(head: ZoneSpan) -> Iterator[tuple[float, str, int]]:
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


_UPPER = re.compile(rf"{STATE}({DIGIT}{{19,30}})({FILLER}*)({DIGIT}?)")
_LOWER = re.compile(
    rf"({DIGIT}{{6,8}}|{DIGIT}{{2}}{FILLER}{{4}}{DIGIT})({SEX})"
    rf"({DIGIT}{{6}}<|{DIGIT}{{6,8}}|{FILLER}{{6}}(?:{DIGIT}|<)){STATE}({FILLER}*)({DIGIT}?)"
)
_DATE_FIELD = 7
"""A date and its check digit; readers lose a digit, or add one."""
_ALL_FILLERS = re.compile(f"{FILLER}*")
_FILLERS = 11
"""Fillers between nationality and the last check digit of line 2."""
_NUMBERS = DOCUMENT_FIELD + OPTIONAL_FIELD - 1
"""Digits up to the fillers of line 1: document number, its check digit, citizen number."""

_LIKELY, _CERTAIN = 0.97, 0.999
"""How likely a value must be to be given, and to be called proven.

Of 377,598 values that 100,000 made-up zones with the errors of readers gave 65 were wrong (`tests.benchmarks.zones`).
"""
_MOST_CHANGED = 3
"""Digits put right in one zone."""
_MOST_READINGS = 24
"""Readings of a part that are weighed with those of the other parts."""
_OTHER_YEAR = 5.0
"""Cost of a card whose number gives another year of birth: numbers given out before a correction keep the old one."""
_OTHER_SEX = 5.0
_SEX_MISREAD = 3.0
"""Cost of M and F having been taken for one another, and not for one of the letters that look like them."""
_OTHER_DAY = 3.5
"""Cost of an expiry that does not fall on the birthday, as it does by law on all but a few cards."""
_NO_READING = 9.0
"""Cost of a field of which no reading agrees with its check digit: more than two of its digits are wrong."""
_FIRST_EXPIRY = 2021
"""The first cards with a zone were given out in 2021."""
_NO_DATE = "<" * 6


@dataclass(frozen=True, slots=True)
class Upper:
    """Line 1 as read, and what its digits may have been.

    Attributes:
        line: the line put into its printed form, None where its length is wrong.
        candidates: readings on which both copies of the number agree.
        indices: where it was read.
        is_check_seen: whether the last check digit was there.
    """

    line: str | None = field(repr=False)
    candidates: tuple[NumberCandidate, ...]
    indices: tuple[int, ...]
    is_check_seen: bool = True


@dataclass(frozen=True, slots=True)
class Lower:
    """Line 2 in parts, as read, and what its dates may have been.

    Attributes:
        births: readings of the birth date, in which the check digit is right but for the last resort: as read.
        expiries: likewise.
        sex: M, F or a filler.
        composite: the last check digit; empty where it was not seen.
        line: the line put into its printed form, None where a date's length is wrong.
        indices: where it was read.
    """

    births: tuple[ZoneCandidate, ...]
    sex: ZoneSpan
    expiries: tuple[ZoneCandidate, ...]
    composite: ZoneSpan
    line: str | None = field(repr=False)
    indices: tuple[int, ...]


def read_upper(read: ZoneSpan, indices: tuple[int, ...]) -> Upper | None:
    """Read line 1 from a compact line."""
    match = _UPPER.search(read.text)
    if match is None:
        return None
    run, check = read.part(*match.span(1)), read.part(*match.span(3))
    if not check.text and len(run.text) > _NUMBERS and _ALL_FILLERS.fullmatch(run.text[_NUMBERS:-1]):
        run, check = run.part(0, -1), run.part(-1)
    if len(run.text) > _NUMBERS and _ALL_FILLERS.fullmatch(run.text[_NUMBERS:]):
        run = run.part(0, _NUMBERS)
    digits, check = run.digits, check.digits
    if len(digits.text) == _NUMBERS and not check.text:
        document, number = digits.part(0, DOCUMENT_FIELD), digits.part(DOCUMENT_FIELD)
        candidates = number_candidates(document, number + ZoneSpan.of("0"), is_check_seen=False)
        # One check digit alone puts nothing right.
        is_right = bool(candidates) and candidates[0].changed == 0
        return Upper(None, tuple(candidates), indices, is_check_seen=False) if is_right else None
    # A digit that was lost or added may belong to either field.
    cuts = {DOCUMENT_FIELD, len(digits.text) - OPTIONAL_FIELD + 1}
    candidates = [
        entry for cut in sorted(cuts) for entry in number_candidates(digits.part(0, cut), digits.part(cut) + check)
    ]
    line = f"IDVNM{digits.text}<<{check.text}" if len(digits.text) == _NUMBERS and check.text else None
    return Upper(line, tuple(candidates), indices) if line or candidates else None


def read_lower(read: ZoneSpan, indices: tuple[int, ...]) -> Lower | None:
    """Read line 2 from a compact line."""
    match = _LOWER.search(read.text)
    if match is None:
        return None
    birth, sex, expiry, fillers, composite = (read.part(*match.span(group)) for group in range(1, 6))
    if not composite.text and len(fillers.text) > _FILLERS and re.fullmatch(DIGIT, fillers.text[-1]):
        composite = fillers.part(-1)
    born, ends, letter = _date(birth), _date(expiry), read_sex(sex.text)
    is_whole = len(born.text) == len(ends.text) == _DATE_FIELD
    return Lower(
        births=_dates(born, is_credible_birth),
        sex=ZoneSpan(letter, sex.sureness),
        expiries=_dates(ends, is_credible_expiry),
        composite=composite.digits,
        line=_lower_line(born.text, letter, ends.text, composite.digits.text) if is_whole else None,
        indices=indices,
    )


def _date(read: ZoneSpan) -> ZoneSpan:
    """Return a date and its check digit in digits, what is unknown of it as fillers."""
    if "<" not in read.text[:-1] and len(read.digits.text.rstrip("<")) >= _DATE_FIELD - 1:
        return read.digits
    known = read.digits.text[:2] if read.text[0] != "<" else ""
    return ZoneSpan(known.ljust(_DATE_FIELD - 1, "<") + read.digits.text[-1], read.sureness)


def _dates(read: ZoneSpan, is_credible: Callable[[str], bool]) -> tuple[ZoneCandidate, ...]:
    """Return the readings of a date that agree with its check digit; as a last resort what was read."""
    if len(read.text) != _DATE_FIELD:
        texts = {one.text for one in with_length(read, _DATE_FIELD)}
        right = sorted(text for text in texts if is_checked(text) and is_credible(text[:-1]))
        return tuple(ZoneCandidate(LOST, text, 1) for text in right)
    found = checked_candidates(read, lambda text: is_credible(text) or text == read.text[:-1] == _NO_DATE)
    as_read = [] if found and found[0].cost == 0 else [ZoneCandidate(_NO_READING, read.text, is_checked=False)]
    return (*found[:_MOST_READINGS], *as_read)


def is_credible_birth(text: str) -> bool:
    """Return whether YYMMDD can be a birth date; which century it is in, only the number tells."""
    dates = (parse_mrz_date(text, century_from=century) for century in (FIRST_YEAR, FIRST_YEAR + 100))
    return any(date is not None and is_past(date) for date in dates)


def is_credible_expiry(text: str) -> bool:
    """Return whether YYMMDD can be the expiry of a card with a zone."""
    date = parse_mrz_date(text, century_from=EXPIRY_CENTURY)
    return date is not None and date.is_whole and date.year >= _FIRST_EXPIRY


@dataclass(frozen=True, slots=True)
class _Whole:
    """One way to read the whole zone; parts that were not seen are None."""

    cost: float
    number: NumberCandidate | None
    birth: ZoneCandidate | None
    expiry: ZoneCandidate | None
    sex: str
    composite: str

    @property
    def first(self) -> str | None:
        """Line 1; None where it was not seen."""
        digits = self.number.digits if self.number else None
        return None if digits is None else f"IDVNM{digits[:_NUMBERS]}<<{digits[_NUMBERS]}"

    @property
    def second(self) -> str | None:
        """Line 2, likewise."""
        if self.birth is None or self.expiry is None:
            return None
        return _lower_line(self.birth.text, self.sex, self.expiry.text, self.composite)


_NUMBER, _BIRTH, _EXPIRY, _SEX = "number", "date_of_birth", "date_of_expiry", "sex"


def combine(upper: Upper | None, lower: Lower | None) -> MrzMatch | None:
    """Put the lines together: what all of their readings make likely, which of it is proven, and the rest as read."""
    used = tuple(sorted({*(upper.indices if upper else ()), *(lower.indices if lower else ())}))
    readings = sorted(_wholes(upper, lower), key=lambda whole: whole.cost)
    if not readings:
        mrz = assemble_td1(upper.line if upper else None, lower.line if lower else None)
        return None if mrz is None else MrzMatch(_with_given(mrz, None, set()), used)
    best = readings[0]
    likely = {name: _likelihood(readings, name) for name in (_NUMBER, _BIRTH, _EXPIRY, _SEX)}
    given = {name for name, share in likely.items() if share >= _LIKELY and _is_credible(best, name, lower)}
    is_all_given = (upper is None or _NUMBER in given) and (lower is None or given.issuperset({_BIRTH, _EXPIRY}))
    first, second = (best.first, best.second) if is_all_given else _lines_as_given(best, given, (upper, lower))
    mrz = assemble_td1(first, second)
    if mrz is None:
        return None
    unseen: set[str] = set()
    if upper is not None and not upper.is_check_seen:
        unseen |= {"optional", "composite"}
    if upper is not None and upper.line is None and _NUMBER not in given:
        # A digit of the number was lost and several would fit: what is left is the document number.
        unseen |= {"optional", "doubled_number", "composite"}
    if lower is not None and not lower.composite.text:
        unseen |= {"composite"}
    mrz = replace(mrz, checks=tuple(check for check in mrz.checks if check[0] not in unseen))
    proven = {name for name in given if likely[name] >= _CERTAIN and _is_witnessed(best, name, lower)}
    repairs = _repairs(best, lower) if is_all_given else 0
    return MrzMatch(_with_given(mrz, best, given), used, repairs, proven=frozenset(proven))


def _with_given(mrz: Mrz, best: _Whole | None, given: set[str]) -> Mrz:
    """Return what a zone says without the values that stay in doubt; only a number that is given tells a century."""
    number = CitizenNumber.parse(mrz.number or "") if _NUMBER in given else None
    birth = best.birth.text[:6] if best is not None and best.birth is not None and _BIRTH in given else ""
    return replace(
        mrz,
        number=number.digits if number else None,
        date_of_birth=parse_mrz_date(birth, century_from=birth_century(number)),
        date_of_expiry=mrz.date_of_expiry if _EXPIRY in given else None,
        sex=mrz.sex if _SEX in given else None,
    )


def _lines_as_given(
    best: _Whole, given: set[str], read: tuple[Upper | None, Lower | None]
) -> tuple[str | None, str | None]:
    """Return the lines as read but for the values that are given: their check digits show what is in doubt."""
    upper, lower = read
    first = best.first if upper is None or upper.line is None or _NUMBER in given else upper.line
    second = best.second
    if lower is not None and lower.line is not None and best.birth is not None and best.expiry is not None:
        birth = best.birth.text if _BIRTH in given else lower.line[:_DATE_FIELD]
        expiry = best.expiry.text if _EXPIRY in given else lower.line[8 : 8 + _DATE_FIELD]
        second = _lower_line(birth, best.sex, expiry, lower.composite.text)
    return first, second


def _wholes(upper: Upper | None, lower: Lower | None) -> Iterator[_Whole]:
    """Yield the ways to read both lines, each with what speaks against the parts standing together."""
    numbers: Sequence[NumberCandidate | None] = upper.candidates[:_MOST_READINGS] if upper is not None else (None,)
    births: Sequence[ZoneCandidate | None] = lower.births if lower is not None else (None,)
    expiries: Sequence[ZoneCandidate | None] = lower.expiries if lower is not None else (None,)
    least = min(_sum(numbers) + _sum(births) + _sum(expiries), MOST_COST) if numbers else 0.0
    for number in numbers:
        for birth in births:
            for expiry in expiries:
                cost = _cost(number) + _cost(birth) + _cost(expiry)
                if cost > least + MOST_COST:
                    break
                cost += _against(number, birth, expiry)
                for sex, doubt in _sexes(lower, number):
                    digit, wrong = _composite(lower, (number, birth, expiry))
                    if cost + doubt + wrong <= least + 2 * MOST_COST:
                        yield _Whole(cost + doubt + wrong, number, birth, expiry, sex, digit)


def _cost(part: ZoneCandidate | NumberCandidate | None) -> float:
    return 0.0 if part is None else part.cost


def _sum(parts: Iterable[ZoneCandidate | NumberCandidate | None]) -> float:
    return min((_cost(part) for part in parts), default=0.0)


def _against(number: NumberCandidate | None, birth: ZoneCandidate | None, expiry: ZoneCandidate | None) -> float:
    """Return the cost of number, birth date and expiry being one card's."""
    cost = 0.0
    if number is not None and birth is not None and number.number[4:6] != birth.text[:2]:
        # A date is never put right against the year that the number gives.
        cost += _OTHER_YEAR if birth.changed == 0 and number.changed == 0 else MOST_COST
    if birth is not None and expiry is not None and not _is_birthday(birth.text[2:6], expiry.text[2:6]):
        cost += 0.0 if expiry.text[:6] in {NO_EXPIRY, _NO_DATE} or "<" in birth.text[:6] else _OTHER_DAY
    return cost


def _is_birthday(birth: str, expiry: str) -> bool:
    return birth == expiry or (birth == "0229" and expiry in {"0228", "0301"})


def _sexes(lower: Lower | None, number: NumberCandidate | None) -> Iterator[tuple[str, float]]:
    """Yield what the sex may be, with what its letter and the number say against it."""
    read = "" if lower is None else lower.sex.text
    if lower is None or read == "<":
        yield "<" if lower is not None else "", 0.0
        return
    said = "" if number is None else "F" if _is_female(number) else "M"
    for sex in "MF":
        misread = 0.0 if sex == read else cost_of_error(lower.sex.sureness[0]) + _SEX_MISREAD
        yield sex, misread + (0.0 if said in {"", sex} else _OTHER_SEX)


def _is_female(number: NumberCandidate) -> bool:
    citizen = CitizenNumber.parse(number.number)
    return citizen is not None and citizen.sex == FEMALE


def _composite(
    lower: Lower | None, parts: tuple[NumberCandidate | None, ZoneCandidate | None, ZoneCandidate | None]
) -> tuple[str, float]:
    """Return the last check digit of the zone, and the cost of its being another one than was read."""
    number, birth, expiry = parts
    if lower is None or number is None or birth is None or expiry is None:
        return ("" if lower is None else lower.composite.text or "0"), 0.0
    expected = str(_composite_digit(number.digits, birth.text, expiry.text))
    read = lower.composite
    return expected, cost_of_digit(read.text, expected, read.sureness[0]) if read.text else 0.0


def _composite_digit(digits: str, birth: str, expiry: str) -> int:
    return check_digit(f"{digits[:_NUMBERS]}<<{digits[_NUMBERS:]}{birth}{expiry}{'<' * _FILLERS}")


def _likelihood(readings: Sequence[_Whole], name: str) -> float:
    """Return how likely the best reading of a field is.

    What none of the readings explains counts as well, at a cost of `MOST_COST`. What is wrong with the other
    fields does not count against this one; that they contradict it does, but for the number, which stands there twice.
    """
    best = readings[0]
    elsewhere = {
        _NUMBER: best.cost - _cost(best.number),
        _BIRTH: _cost(best.number) + _cost(best.expiry),
        _EXPIRY: _cost(best.number) + _cost(best.birth),
        _SEX: best.cost,
    }[name]
    value = _value(best, name)
    return likelihoods((whole.cost - elsewhere, _value(whole, name)) for whole in readings)[value] if value else 0.0


def _value(whole: _Whole, name: str) -> str:
    if name == _NUMBER:
        return whole.number.number if whole.number else ""
    if name == _SEX:
        return whole.sex
    date = whole.birth if name == _BIRTH else whole.expiry
    if date is None:
        return ""
    century = whole.number.number[3] if whole.number and name == _BIRTH else ""
    return f"{century} {date.text[:6]}"


def _is_credible(best: _Whole, name: str, lower: Lower | None) -> bool:
    """Return whether a field may be given: as it was read, or put right with the last check digit's consent.

    One check digit alone would let through too many dates, and five no longer single out one reading of too many
    errors.
    """
    date = {_BIRTH: best.birth, _EXPIRY: best.expiry}.get(name)
    changed = _changed_digits(best)
    if date is None:
        return name == _SEX or changed <= _MOST_CHANGED
    if name == _BIRTH and not _is_born(best):
        return False
    if date.changed == 0:
        return date.is_checked
    parts = (best.birth, best.expiry)
    is_whole = best.number is not None and all(part is not None and part.is_checked for part in parts)
    return is_whole and lower is not None and lower.composite.text != "" and changed <= _MOST_CHANGED


def _is_born(best: _Whole) -> bool:
    """Return whether the birth date lies in the past."""
    if best.birth is None:
        return True
    number = CitizenNumber.parse(best.number.number if best.number else "")
    date = parse_mrz_date(best.birth.text[:6], century_from=birth_century(number))
    return date is None or is_past(date)


def _changed_digits(best: _Whole) -> int:
    return sum(part.changed for part in (best.number, best.birth, best.expiry) if part is not None)


def _is_witnessed(best: _Whole, name: str, lower: Lower | None) -> bool:
    """Return whether a field stands as it was read and something besides its own check digit confirms it."""
    number, birth, expiry = best.number, best.birth, best.expiry
    is_whole_right = lower is not None and lower.composite.text == best.composite and number is not None
    if name == _NUMBER:
        is_read = number is not None and number.changed == 0 and number.is_twice and _is_born(best)
        # The province stands there once.
        citizen = CitizenNumber.parse(number.number) if number is not None else None
        is_of_a_place = citizen is not None and citizen.is_likely
        return is_read and is_of_a_place and number is not None and (number.is_optional_checked or is_whole_right)
    if number is None or birth is None or expiry is None:
        return False
    is_read = {_BIRTH: birth.changed == 0, _EXPIRY: expiry.changed == 0, _SEX: lower is not None}[name]
    if name == _SEX:
        return lower is not None and lower.sex.text == best.sex == ("F" if _is_female(number) else "M")
    # The number is a witness for the year of birth, and against it; the law for the year of expiry.
    is_of_year = number.number[4:6] == birth.text[:2] if name == _BIRTH else _expires_by_law(birth.text, expiry.text)
    return is_read and is_of_year and is_whole_right


def _expires_by_law(birth: str, expiry: str) -> bool:
    """Return whether a card expires in a year in which its holder reaches an age that the law names, or never."""
    if expiry[:6] in {NO_EXPIRY, _NO_DATE}:
        return True
    return (int(expiry[:2]) - int(birth[:2])) % 100 in EXPIRY_AGES


def _repairs(best: _Whole, lower: Lower | None) -> int:
    is_composite_read = lower is None or lower.composite.text in {"", best.composite}
    return _changed_digits(best) + (not is_composite_read)


def _lower_line(birth: str, sex: str, expiry: str, composite: str) -> str:
    return f"{birth}{sex}{expiry}VNM{'<' * _FILLERS}{composite or '0'}"
