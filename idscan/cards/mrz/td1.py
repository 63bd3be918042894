"""Decode TD1 zones with recognition errors: the number, and the two checked lines jointly."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from idscan.cards.documents import all_documents
from idscan.cards.fields.dates import FIRST_YEAR, is_past, parse_mrz_date
from idscan.cards.fields.numbers import FEMALE, PROVINCES, CitizenNumber, is_abroad
from idscan.cards.mrz.zone import (
    DIGIT_PATTERN,
    EXPIRY_CENTURY,
    FILLER_PATTERN,
    LOST_DIGIT_COST,
    MAX_COST,
    MIN_LIKELIHOOD,
    NO_EXPIRY,
    OTHER_YEAR_COST,
    SEX_PATTERN,
    STATE_PATTERN,
    Mrz,
    MrzMatch,
    ZoneCandidate,
    ZoneSpan,
    assemble_td1,
    birth_century,
    candidates_or_text,
    check_digit,
    digit_cost,
    error_cost,
    is_checked,
    likelihoods,
    repair_sex,
    with_length,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

DOCUMENT_FIELD = 10
"""Characters of the document number and its check digit."""
OPTIONAL_FIELD = 13
"""Characters of the citizen number and its check digit without the two fillers between them."""
_NUMBER_DIGITS = DOCUMENT_FIELD + OPTIONAL_FIELD - 1
"""Digits up to the fillers of line 1: document number, its check digit, citizen number."""
_PROVINCE = 3
"""Digits of the province code, at the start of a citizen number."""
_DATE_FIELD = 7
"""Characters of a date and its check digit."""
_FILLERS = 11
"""Fillers between nationality and the last check digit of line 2."""
_FIRST_EXPIRY = 2021
"""Year of issue of the first cards with an MRZ. Earlier: misread dates are accepted; later: expired cards are not."""
_MAX_DIFFERENT_DIGITS = 3
"""Digits in which the two copies of one number may differ. Lower: repairs are missed; higher: costs time."""
_OTHER_SCHEME_COST = 4.0
"""Cost of a last digit of line 1 by another scheme: ICAO 9303-5 leaves optional data to national use, and about one
genuine card in fifty has a digit there that weights 7, 3, 1 do not give. Lower: errors are kept; higher: such
digits are repaired."""
_UNKNOWN_PLACE_COST = 2.0
"""Cost of a code of no province and no country. Lower: misread codes are kept; higher: new codes are repaired."""
_OTHER_SEX_COST = 5.0
"""Cost of a sex other than the number's. Lower: misread letters are kept; higher: changed sexes are rejected."""
_MISREAD_SEX_COST = 3.0
"""Extra cost of confusing M and F, no lookalikes. Lower: sexes are swapped; higher: misread ones are kept."""
_OTHER_DAY_COST = 3.5
"""Cost of an expiry off the birthday. Lower: misread days are kept; higher: exceptions are repaired."""
_MIN_PROVEN_LIKELIHOOD = 0.999
"""Likelihood from which a value is proven. Lower: wrong values are called proven; higher: right ones are not."""
_MAX_REPAIRED_DIGITS = 3
"""Digits repaired in one MRZ. Fewer: values are withheld; more: five check digits do not determine the reading."""
_MAX_CANDIDATES = 24
"""Readings of a field that are combined with those of the others. Fewer: repairs are missed; more: costs time."""


@dataclass(frozen=True, slots=True)
class NumberCandidate:
    """One possible reading of line 1.

    Attributes:
        cost: natural logarithm of how much less likely it is than the recognised text.
        digits: document number, its check digit, citizen number, check digit.
        changed: characters that differ from the recognised text.
        is_twice: whether both copies of the nine digits were recognised without error.
        is_optional_checked: whether the last check digit is that by the weights of ICAO.
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
    """Return the readings of line 1 in which both copies of the number agree, the most likely first.

    Args:
        document: digits of the document number and its check digit: ten, or one more or less by a recognition error.
        optional: digits of the citizen number and its check digit: thirteen, or one more or less.
        is_check_seen: whether the last of these digits was recognised; else it is a placeholder.
    """
    found: dict[str, NumberCandidate] = {}
    for left in with_length(document, DOCUMENT_FIELD):
        for right in with_length(optional, OPTIONAL_FIELD):
            lost = (left != document) + (right != optional)
            provinces = tuple(_province_candidates(right.part(0, _PROVINCE)))
            for entry in _agreeing_candidates(_UpperFields(left, right, lost, is_check_seen, provinces)):
                known = found.get(entry.digits)
                if entry.cost <= MAX_COST and (known is None or entry.cost < known.cost):
                    found[entry.digits] = entry
    return sorted(found.values(), key=lambda entry: entry.cost)


@dataclass(frozen=True, slots=True)
class _UpperFields:
    """Both fields of line 1 with the right length, the digits lost or added in them, and readings of the province."""

    document: ZoneSpan
    optional: ZoneSpan
    lost: int
    is_check_seen: bool
    provinces: tuple[tuple[float, str, int], ...]


def _agreeing_candidates(line: _UpperFields) -> Iterator[NumberCandidate]:
    """Yield the readings in which both copies of the nine digits agree."""
    first, second = line.document, line.optional.part(_PROVINCE, OPTIONAL_FIELD - 1)
    different = [place for place in range(len(second.text)) if first.text[place] != second.text[place]]
    if len(different) > (0 if line.lost else _MAX_DIFFERENT_DIGITS):
        return
    for choice in itertools.product((first, second), repeat=len(different)):
        nine = list(second.text)
        cost = LOST_DIGIT_COST * line.lost
        for place, source in zip(different, choice, strict=True):
            other = second if source is first else first
            nine[place] = source.text[place]
            cost += digit_cost(other.text[place], source.text[place], other.confidences[place])
        if cost > MAX_COST:
            continue
        changed = len(different) + line.lost
        yield from _with_check_digits(line, "".join(nine), cost, changed)
        if not line.lost:
            for extra, other_nine in _changed_in_both(line, nine, cost):
                yield from _with_check_digits(line, other_nine, extra, changed + 2)


def _changed_in_both(line: _UpperFields, nine: list[str], cost: float) -> Iterator[tuple[float, str]]:
    """Yield the nine digits with one changed in both copies, as blur may make both copies misread alike."""
    for place, digit in itertools.product(range(len(nine)), "0123456789"):
        read = (line.document.text[place], line.optional.text[_PROVINCE + place])
        if digit in read or read[0] != read[1]:
            continue
        costs = sorted(
            (
                digit_cost(read[0], digit, line.document.confidences[place]),
                digit_cost(read[0], digit, line.optional.confidences[_PROVINCE + place]),
            )
        )
        total = cost + costs[1] + costs[0] / 2
        if total <= MAX_COST:
            yield total, "".join([*nine[:place], digit, *nine[place + 1 :]])


def _with_check_digits(line: _UpperFields, nine: str, cost: float, changed: int) -> Iterator[NumberCandidate]:
    """Yield the readings of province and check digits for nine digits."""
    read, last = line.document.text[-1], line.optional.part(OPTIONAL_FIELD - 1)
    check = check_digit(nine)
    right = str(check)
    cost += digit_cost(read, right, line.document.confidences[-1])
    if cost > MAX_COST:
        return
    changed += read != right
    is_twice = changed == 0
    for extra, province, of_province in line.provinces:
        number = province + nine
        is_read = province == line.optional.text[:_PROVINCE]
        if cost + extra > MAX_COST or number.startswith("0000") or len(set(number)) == 1:
            continue
        # The nine digits have the same weights in both fields.
        expected = str((of_province + check) % 10)
        last_cost = digit_cost(last.text, expected, last.confidences[0]) if line.is_check_seen else 0.0
        digits, differs = nine + right + number, changed + (not is_read)
        total = cost + extra
        yield NumberCandidate(
            total + last_cost, digits + expected, differs + (last_cost > 0), is_twice, is_optional_checked=True
        )
        if line.is_check_seen and last.text != expected and is_read:
            scheme = total + _OTHER_SCHEME_COST
            yield NumberCandidate(scheme, digits + last.text, differs, is_twice, is_optional_checked=False)


def _province_candidates(read: ZoneSpan) -> Iterator[tuple[float, str, int]]:
    """Yield (cost, code, check sum) of the province code: as recognised, or with one digit or two equal ones changed.

    Two that are misread alike ("22" for "77") may agree with the check digits.
    """
    yield _place_cost(read.text), read.text, check_digit(read.text)
    places = ((0,), (1,), (2,), (0, 1), (1, 2), (0, 2))
    for changed, digit in itertools.product(places, "0123456789"):
        digits = {read.text[place] for place in changed}
        cost = sum(digit_cost(read.text[place], digit, read.confidences[place]) for place in changed)
        if len(digits) == 1 and digit not in digits and cost <= MAX_COST:
            other = "".join(digit if place in changed else read.text[place] for place in range(_PROVINCE))
            yield cost + _place_cost(other), other, check_digit(other)


def _place_cost(code: str) -> float:
    return 0.0 if is_abroad(code) or code in PROVINCES else _UNKNOWN_PLACE_COST


_UPPER_PATTERN = re.compile(rf"{STATE_PATTERN}({DIGIT_PATTERN}{{19,30}})({FILLER_PATTERN}*)({DIGIT_PATTERN}?)")
_LOWER_PATTERN = re.compile(
    rf"({DIGIT_PATTERN}{{6,8}}|{DIGIT_PATTERN}{{2}}{FILLER_PATTERN}{{4}}{DIGIT_PATTERN})({SEX_PATTERN})"
    rf"({DIGIT_PATTERN}{{6}}<|{DIGIT_PATTERN}{{6,8}}|{FILLER_PATTERN}{{6}}(?:{DIGIT_PATTERN}|<)){STATE_PATTERN}({FILLER_PATTERN}*)({DIGIT_PATTERN}?)"
)
_ALL_FILLERS = re.compile(f"{FILLER_PATTERN}*")
_NO_DATE = "<" * 6


@dataclass(frozen=True, slots=True)
class UpperLine:
    """Line 1 as recognised, and its possible readings.

    Attributes:
        line: the line in its printed form, None where its length is wrong.
        candidates: readings in which both copies of the number agree.
        indices: indices of the recognised lines.
        is_check_seen: whether the last check digit was recognised.
    """

    line: str | None = field(repr=False)
    candidates: tuple[NumberCandidate, ...]
    indices: tuple[int, ...]
    is_check_seen: bool = True


@dataclass(frozen=True, slots=True)
class LowerLine:
    """Line 2 in fields, as recognised, and the possible readings of its dates.

    Attributes:
        births: readings of the birth date that agree with the check digit, then the recognised text.
        expiries: readings of the expiry, likewise.
        sex: M, F or a filler.
        composite: the last check digit; empty where it was not recognised.
        line: the line in its printed form, None where the length of a date is wrong.
        indices: indices of the recognised lines.
    """

    births: tuple[ZoneCandidate, ...]
    sex: ZoneSpan
    expiries: tuple[ZoneCandidate, ...]
    composite: ZoneSpan
    line: str | None = field(repr=False)
    indices: tuple[int, ...]


def read_upper(read: ZoneSpan, indices: tuple[int, ...]) -> UpperLine | None:
    """Return line 1 if a compact line may be it."""
    match = _UPPER_PATTERN.search(read.text)
    if match is None:
        return None
    run, check = read.part(*match.span(1)), read.part(*match.span(3))
    if not check.text and len(run.text) > _NUMBER_DIGITS and _ALL_FILLERS.fullmatch(run.text[_NUMBER_DIGITS:-1]):
        run, check = run.part(0, -1), run.part(-1)
    if len(run.text) > _NUMBER_DIGITS and _ALL_FILLERS.fullmatch(run.text[_NUMBER_DIGITS:]):
        run = run.part(0, _NUMBER_DIGITS)
    digits, check = run.digits, check.digits
    if len(digits.text) == _NUMBER_DIGITS and not check.text:
        document, number = digits.part(0, DOCUMENT_FIELD), digits.part(DOCUMENT_FIELD)
        candidates = number_candidates(document, number + ZoneSpan.of("0"), is_check_seen=False)
        # One check digit alone allows no repair.
        is_right = bool(candidates) and candidates[0].changed == 0
        return UpperLine(None, tuple(candidates), indices, is_check_seen=False) if is_right else None
    # A digit that was lost or added may belong to either field.
    cuts = {DOCUMENT_FIELD, len(digits.text) - OPTIONAL_FIELD + 1}
    candidates = [
        entry for cut in sorted(cuts) for entry in number_candidates(digits.part(0, cut), digits.part(cut) + check)
    ]
    line = f"IDVNM{digits.text}<<{check.text}" if len(digits.text) == _NUMBER_DIGITS and check.text else None
    return UpperLine(line, tuple(candidates), indices) if line or candidates else None


def read_lower(read: ZoneSpan, indices: tuple[int, ...]) -> LowerLine | None:
    """Return line 2 if a compact line may be it."""
    match = _LOWER_PATTERN.search(read.text)
    if match is None:
        return None
    birth, sex, expiry, fillers, composite = (read.part(*match.span(group)) for group in range(1, 6))
    if not composite.text and len(fillers.text) > _FILLERS and re.fullmatch(DIGIT_PATTERN, fillers.text[-1]):
        composite = fillers.part(-1)
    birth, expiry, letter = _date_field(birth), _date_field(expiry), repair_sex(sex.text)
    is_whole = len(birth.text) == len(expiry.text) == _DATE_FIELD
    return LowerLine(
        births=_date_candidates(birth, is_credible_birth),
        sex=ZoneSpan(letter, sex.confidences),
        expiries=_date_candidates(expiry, is_credible_expiry),
        composite=composite.digits,
        line=_lower_line(birth.text, letter, expiry.text, composite.digits.text) if is_whole else None,
        indices=indices,
    )


def _date_field(read: ZoneSpan) -> ZoneSpan:
    """Return a date and its check digit in digits, with fillers for unknown parts."""
    if "<" not in read.text[:-1] and len(read.digits.text.rstrip("<")) >= _DATE_FIELD - 1:
        return read.digits
    known = read.digits.text[:2] if read.text[0] != "<" else ""
    return ZoneSpan(known.ljust(_DATE_FIELD - 1, "<") + read.digits.text[-1], read.confidences)


def _date_candidates(read: ZoneSpan, is_credible: Callable[[str], bool]) -> tuple[ZoneCandidate, ...]:
    """Return the readings of a date that agree with its check digit, then the recognised text."""
    if len(read.text) != _DATE_FIELD:
        texts = {one.text for one in with_length(read, _DATE_FIELD)}
        right = sorted(text for text in texts if is_checked(text) and is_credible(text[:-1]))
        return tuple(ZoneCandidate(LOST_DIGIT_COST, text, 1) for text in right)
    no_date = read.text[:-1] if read.text[:-1] == _NO_DATE else None
    return candidates_or_text(read, lambda text: text == no_date or is_credible(text), _MAX_CANDIDATES)


def is_credible_birth(text: str) -> bool:
    """Return whether YYMMDD may be a birth date, in either century."""
    dates = (parse_mrz_date(text, century_from=century) for century in (FIRST_YEAR, FIRST_YEAR + 100))
    return any(date is not None and is_past(date) for date in dates)


def is_credible_expiry(text: str) -> bool:
    """Return whether YYMMDD may be the expiry of a card with an MRZ."""
    date = parse_mrz_date(text, century_from=EXPIRY_CENTURY)
    return date is not None and date.is_whole and date.year >= _FIRST_EXPIRY


@dataclass(frozen=True, slots=True)
class _ZoneReading:
    """One possible reading of the checked lines; fields that were not recognised are None."""

    cost: float
    number: NumberCandidate | None
    birth: ZoneCandidate | None
    expiry: ZoneCandidate | None
    sex: str
    composite: str

    @property
    def first(self) -> str | None:
        """Line 1; None where it was not recognised."""
        digits = self.number.digits if self.number else None
        return None if digits is None else f"IDVNM{digits[:_NUMBER_DIGITS]}<<{digits[_NUMBER_DIGITS]}"

    @property
    def second(self) -> str | None:
        """Line 2; None where it was not recognised."""
        if self.birth is None or self.expiry is None:
            return None
        return _lower_line(self.birth.text, self.sex, self.expiry.text, self.composite)


_NUMBER, _BIRTH, _EXPIRY, _SEX = "number", "date_of_birth", "date_of_expiry", "sex"


def combine(upper: UpperLine | None, lower: LowerLine | None) -> MrzMatch | None:
    """Combine the lines: give the values that all readings together make likely, and which of them are proven."""
    used = tuple(sorted({*(upper.indices if upper else ()), *(lower.indices if lower else ())}))
    readings = sorted(_zone_readings(upper, lower), key=lambda reading: reading.cost)
    if not readings:
        mrz = assemble_td1(upper.line if upper else None, lower.line if lower else None)
        return None if mrz is None else MrzMatch(_with_given(mrz, None, set()), used)
    best = readings[0]
    likely = {name: _likelihood(readings, name) for name in (_NUMBER, _BIRTH, _EXPIRY, _SEX)}
    given = {name for name, share in likely.items() if share >= MIN_LIKELIHOOD and _is_reportable(best, name, lower)}
    is_all_given = (upper is None or _NUMBER in given) and (lower is None or given.issuperset({_BIRTH, _EXPIRY}))
    first, second = (best.first, best.second) if is_all_given else _lines_as_given(best, given, (upper, lower))
    mrz = assemble_td1(first, second)
    if mrz is None:
        return None
    unseen: set[str] = set()
    if upper is not None and not upper.is_check_seen:
        unseen |= {"optional", "composite"}
    if upper is not None and upper.line is None and _NUMBER not in given:
        # A digit of the number was lost and several would fit: only the document number is left.
        unseen |= {"optional", "doubled_number", "composite"}
    if lower is not None and not lower.composite.text:
        unseen |= {"composite"}
    mrz = replace(mrz, checks=tuple(check for check in mrz.checks if check[0] not in unseen))
    proven = {
        name for name in given if likely[name] >= _MIN_PROVEN_LIKELIHOOD and _is_value_confirmed(best, name, lower)
    }
    is_composite_read = lower is None or lower.composite.text in {"", best.composite}
    repairs = _changed_digits(best) + (not is_composite_read) if is_all_given else 0
    return MrzMatch(_with_given(mrz, best, given), used, repairs, proven=frozenset(proven))


def _with_given(mrz: Mrz, best: _ZoneReading | None, given: set[str]) -> Mrz:
    """Return an MRZ without doubtful values; a doubtful number does not give the century of birth."""
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
    best: _ZoneReading, given: set[str], read: tuple[UpperLine | None, LowerLine | None]
) -> tuple[str | None, str | None]:
    """Return the lines with repaired values that are not doubtful; check digits of the others stay wrong."""
    upper, lower = read
    first = best.first if upper is None or upper.line is None or _NUMBER in given else upper.line
    second = best.second
    if lower is not None and lower.line is not None and best.birth is not None and best.expiry is not None:
        birth = best.birth.text if _BIRTH in given else lower.line[:_DATE_FIELD]
        expiry = best.expiry.text if _EXPIRY in given else lower.line[8 : 8 + _DATE_FIELD]
        second = _lower_line(birth, best.sex, expiry, lower.composite.text)
    return first, second


def _zone_readings(upper: UpperLine | None, lower: LowerLine | None) -> Iterator[_ZoneReading]:
    """Yield the possible readings of both lines, with the cost of contradictions between fields."""
    numbers: Sequence[NumberCandidate | None] = upper.candidates[:_MAX_CANDIDATES] if upper is not None else (None,)
    births: Sequence[ZoneCandidate | None] = lower.births if lower is not None else (None,)
    expiries: Sequence[ZoneCandidate | None] = lower.expiries if lower is not None else (None,)
    least = min(_min_cost(numbers) + _min_cost(births) + _min_cost(expiries), MAX_COST) if numbers else 0.0
    for number in numbers:
        for birth in births:
            for expiry in expiries:
                cost = _cost(number) + _cost(birth) + _cost(expiry)
                if cost > least + MAX_COST:
                    break
                cost += _contradiction_cost(number, birth, expiry)
                for sex, sex_cost in _sex_candidates(lower, number):
                    digit, composite_cost = _composite(lower, (number, birth, expiry))
                    if cost + sex_cost + composite_cost <= least + 2 * MAX_COST:
                        yield _ZoneReading(cost + sex_cost + composite_cost, number, birth, expiry, sex, digit)


def _cost(part: ZoneCandidate | NumberCandidate | None) -> float:
    return 0.0 if part is None else part.cost


def _min_cost(parts: Iterable[ZoneCandidate | NumberCandidate | None]) -> float:
    return min((_cost(part) for part in parts), default=0.0)


def _contradiction_cost(
    number: NumberCandidate | None, birth: ZoneCandidate | None, expiry: ZoneCandidate | None
) -> float:
    """Return the cost of number, birth date and expiry that do not agree."""
    cost = 0.0
    if number is not None and birth is not None and number.number[4:6] != birth.text[:2]:
        # A date is never repaired to a year that the number contradicts.
        cost += OTHER_YEAR_COST if birth.changed == 0 and number.changed == 0 else MAX_COST
    if birth is not None and expiry is not None and not _is_birthday(birth.text[2:6], expiry.text[2:6]):
        cost += 0.0 if expiry.text[:6] in {NO_EXPIRY, _NO_DATE} or "<" in birth.text[:6] else _OTHER_DAY_COST
    return cost


def _is_birthday(birth: str, expiry: str) -> bool:
    return birth == expiry or (birth == "0229" and expiry in {"0228", "0301"})


def _sex_candidates(lower: LowerLine | None, number: NumberCandidate | None) -> Iterator[tuple[str, float]]:
    """Yield the possible sexes, each with its cost by its letter and the number."""
    read = "" if lower is None else lower.sex.text
    if lower is None or read == "<":
        yield "<" if lower is not None else "", 0.0
        return
    expected = "" if number is None else "F" if _is_female(number) else "M"
    for sex in "MF":
        misread = 0.0 if sex == read else error_cost(lower.sex.confidences[0]) + _MISREAD_SEX_COST
        yield sex, misread + (0.0 if expected in {"", sex} else _OTHER_SEX_COST)


def _is_female(number: NumberCandidate) -> bool:
    citizen = CitizenNumber.parse(number.number)
    return citizen is not None and citizen.sex == FEMALE


def _composite(
    lower: LowerLine | None, parts: tuple[NumberCandidate | None, ZoneCandidate | None, ZoneCandidate | None]
) -> tuple[str, float]:
    """Return the composite check digit of the fields, and the cost of its difference from the recognised one."""
    number, birth, expiry = parts
    if lower is None or number is None or birth is None or expiry is None:
        return ("" if lower is None else lower.composite.text or "0"), 0.0
    upper = f"{number.digits[:_NUMBER_DIGITS]}<<{number.digits[_NUMBER_DIGITS:]}"
    expected = str(check_digit(f"{upper}{birth.text}{expiry.text}{'<' * _FILLERS}"))
    read = lower.composite
    return expected, digit_cost(read.text, expected, read.confidences[0]) if read.text else 0.0


def _likelihood(readings: Sequence[_ZoneReading], name: str) -> float:
    """Return the likelihood of the best reading of a field.

    Errors in the other fields do not lower it; contradictions to them do, except for the number, which is printed
    twice.
    """
    best = readings[0]
    elsewhere = {
        _NUMBER: best.cost - _cost(best.number),
        _BIRTH: _cost(best.number) + _cost(best.expiry),
        _EXPIRY: _cost(best.number) + _cost(best.birth),
        _SEX: best.cost,
    }[name]
    value = _field_text(best, name)
    costs = ((reading.cost - elsewhere, _field_text(reading, name)) for reading in readings)
    return likelihoods(costs)[value] if value else 0.0


def _field_text(reading: _ZoneReading, name: str) -> str:
    if name == _NUMBER:
        return reading.number.number if reading.number else ""
    if name == _SEX:
        return reading.sex
    date = reading.birth if name == _BIRTH else reading.expiry
    if date is None:
        return ""
    century = reading.number.number[3] if reading.number and name == _BIRTH else ""
    return f"{century} {date.text[:6]}"


def _is_reportable(best: _ZoneReading, name: str, lower: LowerLine | None) -> bool:
    """Return whether a field was recognised without repair, or repaired in agreement with the composite check digit.

    One check digit alone allows too many dates, and with too many errors five do not determine the reading.
    """
    date = {_BIRTH: best.birth, _EXPIRY: best.expiry}.get(name)
    changed = _changed_digits(best)
    if date is None:
        return name == _SEX or changed <= _MAX_REPAIRED_DIGITS
    if name == _BIRTH and not _is_birth_in_past(best):
        return False
    if date.changed == 0:
        return date.is_checked
    parts = (best.birth, best.expiry)
    is_whole = best.number is not None and all(part is not None and part.is_checked for part in parts)
    return is_whole and lower is not None and lower.composite.text != "" and changed <= _MAX_REPAIRED_DIGITS


def _is_birth_in_past(best: _ZoneReading) -> bool:
    if best.birth is None:
        return True
    number = CitizenNumber.parse(best.number.number if best.number else "")
    date = parse_mrz_date(best.birth.text[:6], century_from=birth_century(number))
    return date is None or is_past(date)


def _changed_digits(best: _ZoneReading) -> int:
    return sum(part.changed for part in (best.number, best.birth, best.expiry) if part is not None)


def _is_value_confirmed(best: _ZoneReading, name: str, lower: LowerLine | None) -> bool:
    """Return whether a field needed no repair and is confirmed by more than its own check digit."""
    number, birth, expiry = best.number, best.birth, best.expiry
    is_whole_right = lower is not None and lower.composite.text == best.composite and number is not None
    if name == _NUMBER:
        is_read = number is not None and number.changed == 0 and number.is_twice and _is_birth_in_past(best)
        # The province is printed once, so the structure must confirm it.
        citizen = CitizenNumber.parse(number.number) if number is not None else None
        is_likely = citizen is not None and citizen.is_likely
        return is_read and is_likely and number is not None and (number.is_optional_checked or is_whole_right)
    if number is None or birth is None or expiry is None:
        return False
    is_read = {_BIRTH: birth.changed == 0, _EXPIRY: expiry.changed == 0, _SEX: lower is not None}[name]
    if name == _SEX:
        return lower is not None and lower.sex.text == best.sex == ("F" if _is_female(number) else "M")
    # The number confirms the year of birth; the ages of expiry by law confirm the year of expiry.
    has_year = number.number[4:6] == birth.text[:2] if name == _BIRTH else _expires_by_law(birth.text, expiry.text)
    return is_read and has_year and is_whole_right


def _expires_by_law(birth: str, expiry: str) -> bool:
    """Return whether a card expires in a year in which its holder reaches an age of expiry, or never."""
    if expiry[:6] in {NO_EXPIRY, _NO_DATE}:
        return True
    age = (int(expiry[:2]) - int(birth[:2])) % 100
    return any(age in document.renewal_ages for document in all_documents() if document.mrz == "td1")


def _lower_line(birth: str, sex: str, expiry: str, composite: str) -> str:
    return f"{birth}{sex}{expiry}VNM{'<' * _FILLERS}{composite or '0'}"
