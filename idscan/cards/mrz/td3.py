"""Decode TD3 zones of Vietnamese passports with recognition errors."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from idscan.cards.fields.dates import is_past, parse_mrz_date
from idscan.cards.fields.numbers import CitizenNumber
from idscan.cards.mrz.td1 import is_credible_birth
from idscan.cards.mrz.zone import (
    DEFAULT_CONFIDENCE,
    DIGIT_PATTERN,
    EXPIRY_CENTURY,
    FILLER_PATTERN,
    MAX_COST,
    MIN_LIKELIHOOD,
    OTHER_YEAR_COST,
    SEX_PATTERN,
    STATE_PATTERN,
    TD3_WIDTH,
    MrzMatch,
    ZoneCandidate,
    ZoneSpan,
    birth_century,
    candidates_or_text,
    check_digit,
    clean_name_line,
    digit_cost,
    likelihoods,
    parse_td3,
    repair_sex,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LOWER_PATTERN = re.compile(
    rf"([A-Za-z]{DIGIT_PATTERN}{{7,8}}){FILLER_PATTERN}{{0,2}}({DIGIT_PATTERN}){STATE_PATTERN}({DIGIT_PATTERN}{{6}})({DIGIT_PATTERN})({SEX_PATTERN})({DIGIT_PATTERN}{{6}})({DIGIT_PATTERN})"
    rf"({DIGIT_PATTERN}{{12}}|{DIGIT_PATTERN}{{9}}|)(<?{FILLER_PATTERN}*)({DIGIT_PATTERN}|<)({DIGIT_PATTERN})$"
)
_UPPER_PATTERN = re.compile(rf"[Pp][<A-Za-z]?{STATE_PATTERN}([A-Za-z0-9<]{{5,}})$")
_OPTIONAL_WIDTH = 14
"""Characters of the optional data (ICAO 9303-4, 4.2.2)."""
_DOCUMENT_WIDTH = 9
"""Characters of the document number (ICAO 9303-4, 4.2.2)."""
_MIN_PROVEN_LIKELIHOOD = 0.995
"""Likelihood from which a value is proven. Lower: wrong values are called proven; higher: right ones are not."""
_MAX_CANDIDATES = 16
"""Readings of a field that are combined with those of the others. Fewer: repairs are missed; more: costs time."""
_FIELD_NAMES = ("document_number", "date_of_birth", "date_of_expiry", "number")


@dataclass(frozen=True, slots=True)
class _LineReading:
    """One possible reading of the second line: its four fields, and its cost."""

    cost: float
    fields: tuple[ZoneCandidate, ...]
    sex: str
    composite: str = field(repr=False)

    @property
    def text(self) -> str:
        """The whole line."""
        document, birth, expiry, optional = (part.text for part in self.fields)
        return f"{document}VNM{birth}{self.sex}{expiry}{optional}{self.composite}"


def read_passport(joined: list[tuple[ZoneSpan, tuple[int, ...]]]) -> MrzMatch | None:
    """Find and repair the second line of a passport in compact lines, and find its first line."""
    joined = sorted(joined, key=lambda line: len(line[1]))
    for line, indices in joined:
        match = _LOWER_PATTERN.search(line.text)
        if match is None:
            continue
        read = [line.part(*match.span(group)) for group in range(1, 12)]
        readings = sorted(_line_readings(read), key=lambda reading: reading.cost)
        names = [(name, places) for name, places in map(_read_name, joined) if name and not set(places) & set(indices)]
        name, places = names[0] if names else ("", ())
        first = [f"P<VNM{name}".ljust(TD3_WIDTH, "<")[:TD3_WIDTH]] if name else []
        found = _match(first, readings, _as_read(read), (_fields(read)[3], read[-1]))
        if found is not None:
            return replace(found, indices=tuple(sorted({*places, *indices})))
    return None


def _read_name(line: tuple[ZoneSpan, tuple[int, ...]]) -> tuple[str | None, tuple[int, ...]]:
    match = _UPPER_PATTERN.search(line[0].text)
    return (clean_name_line(match[1]) if match else None), line[1]


def _match(
    first: list[str], readings: Sequence[_LineReading], as_read: str, read: tuple[ZoneSpan, ZoneSpan]
) -> MrzMatch | None:
    """Return the MRZ of the most likely reading without doubtful values, None where it has no valid form.

    Args:
        first: the first line, [] where it was not found.
        readings: of the second line, the most likely first.
        as_read: the second line without repairs.
        read: citizen number and composite check digit as recognised.
    """
    best, (number_read, composite) = readings[0], read
    likely = [
        likelihoods((one.cost - best.cost + best.fields[place].cost, one.fields[place].text) for one in readings)[
            part.text
        ]
        for place, part in enumerate(best.fields)
    ]
    shares = list(zip(_FIELD_NAMES, likely, best.fields, strict=True))
    given = {name for name, share, part in shares if share >= MIN_LIKELIHOOD and part.is_checked}
    is_all_given = given.issuperset(_FIELD_NAMES)
    mrz = parse_td3([*first, best.text if is_all_given else as_read])
    if mrz is None:
        return None
    is_whole_right = composite.digits.text == best.composite
    is_read = {name for name, _, part in shares if part.changed == 0 and is_whole_right}
    proven = {name for name, share, _ in shares if share >= _MIN_PROVEN_LIKELIHOOD} & given & is_read
    values = parse_td3([best.text])
    number = CitizenNumber.parse(values.number or "") if values is not None and "number" in given else None
    birth = parse_mrz_date(best.fields[1].text[:6], century_from=birth_century(number))
    if birth is None or not is_past(birth):
        given -= {"date_of_birth"}
    mrz = replace(
        mrz,
        number=number.digits if number else None,
        old_number=values.old_number if values is not None and "number" in given else None,
        date_of_birth=birth if "date_of_birth" in given else None,
        date_of_expiry=values.date_of_expiry if values is not None and "date_of_expiry" in given else None,
    )
    if min(number_read.confidences) < DEFAULT_CONFIDENCE:
        # The number is printed once, unlike on cards: two misread digits may agree with both check digits.
        proven -= {"number"}
    proven &= given
    # Without a citizen number the century of birth is not known.
    if number is None or number.agrees_with(birth, None) is False:
        proven -= {"date_of_birth"}
    if "number" in proven and number is not None and mrz.sex == number.sex:
        proven.add("sex")
    proven |= {"old_number"} if "number" in proven else set()
    repairs = sum(part.changed for part in best.fields) + (not is_whole_right) if is_all_given else 0
    return MrzMatch(mrz, (), repairs, proven=frozenset(proven))


def _as_read(read: Sequence[ZoneSpan]) -> str:
    """Return the second line in its printed form without repairs."""
    fields = tuple(ZoneCandidate(0.0, one.text) for one in _fields(read))
    return _LineReading(0.0, fields, repair_sex(read[4].text), read[-1].digits.text).text


def _fields(read: Sequence[ZoneSpan]) -> tuple[ZoneSpan, ZoneSpan, ZoneSpan, ZoneSpan]:
    """Return passport number, birth date, expiry and optional data as recognised, each with its check digit."""
    document, document_check, birth, birth_check, _, expiry, expiry_check, number, _, check, _ = read
    letter = ZoneSpan(document.text[0].upper(), document.confidences[:1])
    return (
        _padded_with_fillers(letter + document.part(1).digits, _DOCUMENT_WIDTH) + document_check.digits,
        birth.digits + birth_check.digits,
        expiry.digits + expiry_check.digits,
        _padded_with_fillers(number.digits, _OPTIONAL_WIDTH) + check.digits,
    )


def _line_readings(read: Sequence[ZoneSpan]) -> Iterator[_LineReading]:
    """Yield the possible readings of the second line."""
    credible = (_is_any, is_credible_birth, _is_credible_expiry, _is_any)
    options = [
        candidates_or_text(one, test, _MAX_CANDIDATES) for one, test in zip(_fields(read), credible, strict=True)
    ]
    least = sum(min(part.cost for part in parts) for parts in options)
    read_as, last = repair_sex(read[4].text), read[-1].digits
    for first in options[0]:
        for second in options[1]:
            for third in options[2]:
                for fourth in options[3]:
                    cost = first.cost + second.cost + third.cost + fourth.cost
                    if cost > least + MAX_COST:
                        break
                    parts = (first, second, third, fourth)
                    line = _LineReading(cost, parts, read_as, "0").text
                    right = str(check_digit(line[0:10] + line[13:20] + line[21:43]))
                    cost += _birth_year_cost(second, fourth) + digit_cost(last.text, right, last.confidences[0])
                    yield _LineReading(cost, parts, read_as, right)


def _padded_with_fillers(read: ZoneSpan, width: int) -> ZoneSpan:
    missing = width - len(read.text)
    return read + ZoneSpan("<" * missing, (1.0,) * missing)


def _is_any(_: str) -> bool:
    return True


def _is_credible_expiry(text: str) -> bool:
    return parse_mrz_date(text, century_from=EXPIRY_CENTURY) is not None


def _birth_year_cost(birth: ZoneCandidate, optional: ZoneCandidate) -> float:
    """Return the cost of a birth year that differs from that of the citizen number in the optional data."""
    number = CitizenNumber.parse(optional.text[:-1].rstrip("<"))
    if number is None or number.digits[4:6] == birth.text[:2]:
        return 0.0
    return OTHER_YEAR_COST if birth.changed == 0 and optional.changed == 0 else MAX_COST
