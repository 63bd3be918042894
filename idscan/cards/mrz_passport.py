"""The lines of a Vietnamese passport's zone (TD3) as text readers give them."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from idscan.cards.check_digits import check_digit
from idscan.cards.mrz_names import clean_name_line
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
    field_candidates,
    read_sex,
    to_digits,
)
from idscan.cards.mrz_zone import TD3_WIDTH, MrzMatch, parse_td3
from idscan.cards.numbers import CitizenNumber

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOWER = re.compile(
    rf"([A-Za-z]{DIGIT}{{7,8}}){FILLER}{{0,2}}({DIGIT}){STATE}({DIGIT}{{6}})({DIGIT})({SEX})({DIGIT}{{6}})({DIGIT})"
    rf"({DIGIT}{{12}}|{DIGIT}{{9}}|)(<?{FILLER}*)({DIGIT}|<)({DIGIT})$"
)
_UPPER = re.compile(rf"[Pp][<A-Za-z]?{STATE}([A-Za-z0-9<]{{5,}})$")
_OPTIONAL_WIDTH = 14
_DOCUMENT_WIDTH = 9


def read_passport(joined: list[tuple[str, tuple[int, ...]]]) -> MrzMatch | None:
    """Find a passport's second line among compact lines, repaired where all checks agree, and its first line."""
    joined = sorted(joined, key=lambda line: len(line[1]))
    for text, indices in joined:
        match = _LOWER.search(text)
        if match is None:
            continue
        as_read, readings = _readings(match)
        rank, (second,) = cheapest(readings) or (0, (as_read,))
        names = [(name, places) for name, places in map(_read_name, joined) if name and not set(places) & set(indices)]
        name, places = names[0] if names else ("", ())
        mrz = parse_td3([f"P<VNM{name}".ljust(TD3_WIDTH, "<")[:TD3_WIDTH], second] if name else [second])
        if mrz is not None:
            return MrzMatch(mrz, tuple(sorted({*places, *indices})), rank // 2)
    return None


def _read_name(line: tuple[str, tuple[int, ...]]) -> tuple[str | None, tuple[int, ...]]:
    match = _UPPER.search(line[0])
    return (clean_name_line(match[1]) if match else None), line[1]


def _readings(match: re.Match[str]) -> tuple[str, list[tuple[int, tuple[str, ...]]]]:
    """Return the second line as read, and the readings on which all its checks agree, each with its cost."""
    document, document_check, birth, birth_check, sex, expiry, expiry_check, number, _, check, composite = (
        match.groups()
    )
    fields = (
        (document[0].upper() + to_digits(document[1:])).ljust(_DOCUMENT_WIDTH, "<") + to_digits(document_check),
        to_digits(birth) + to_digits(birth_check),
        to_digits(expiry) + to_digits(expiry_check),
        to_digits(number).ljust(_OPTIONAL_WIDTH, "<") + to_digits(check),
    )
    options = (
        field_candidates(fields[0], lambda _: True),
        date_candidates(fields[1]),
        date_candidates(fields[2]),
        field_candidates(fields[3], lambda _: True),
        digit_candidates(to_digits(composite)),
    )
    return _line(fields, read_sex(sex), to_digits(composite)), list(_whole_lines(options, read_sex(sex)))


def _doubts(line: str) -> int:
    """Return 1 where the year of birth is not that of the citizen number in the optional data, which breaks ties."""
    number = CitizenNumber.parse(line[28:42].rstrip("<"))
    return int(number is not None and number.digits[4:6] != line[13:15])


def _whole_lines(options: tuple[list[Candidate], ...], sex: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    for parts in itertools.product(*options):
        cost = sum(part.cost for part in parts)
        if cost > MAX_REPAIRS:
            continue
        line = _line(tuple(part.text for part in parts[:-1]), sex, parts[-1].text)
        if str(check_digit(line[0:10] + line[13:20] + line[21:43])) == line[43]:
            yield 2 * cost + _doubts(line), (line,)


def _line(fields: tuple[str, ...], sex: str, composite: str) -> str:
    document, birth, expiry, optional = fields
    return f"{document}VNM{birth}{sex}{expiry}{optional}{composite}"
