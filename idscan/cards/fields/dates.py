"""Dates in print, QR payloads and MRZ, with recognition errors."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from idscan.cards import FactTable
from idscan.cards.text import fold_with_places, repair_digits

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST_YEAR = 1900
"""Calendar year. Lower: misread years pass as dates; higher: dates of birth of the oldest holders are refused."""
LAST_YEAR = 2099
"""Calendar year of expiry. Later: other numbers are dates; earlier: the latest expiry dates are lost."""


@dataclass(frozen=True, slots=True)
class CardDate:
    """A date on a card; month and day are None where only the year of birth is known."""

    year: int = field(repr=False)
    month: int | None = field(default=None, repr=False)
    day: int | None = field(default=None, repr=False)

    @classmethod
    def of(cls, year: int, month: int | None = None, day: int | None = None) -> CardDate | None:
        """Return the date, None if it does not exist or is out of range."""
        if not FIRST_YEAR <= year <= LAST_YEAR:
            return None
        if month is None or day is None:
            return cls(year)
        if not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(year, month)[1]:  # noqa: PLR2004  a year has 12
            return None
        return cls(year, month, day)

    @property
    def iso(self) -> str:
        """The date as ISO 8601.

        >>> CardDate(1990, 5, 1).iso, CardDate(1990).iso
        ('1990-05-01', '1990')
        """
        return f"{self.year:04}-{self.month:02}-{self.day:02}" if self.month and self.day else f"{self.year:04}"

    @property
    def is_whole(self) -> bool:
        """Whether month and day are known."""
        return self.month is not None and self.day is not None

    def precedes(self, other: CardDate) -> bool:
        """Return whether this date lies before the other, by years alone where one of them is only a year."""
        if self.is_whole and other.is_whole:
            return self.iso < other.iso
        return self.year < other.year


@dataclass(frozen=True, slots=True)
class DateMatch:
    """A date and its span in a text."""

    date: CardDate
    start: int
    end: int


def parse_qr_date(text: str) -> CardDate | None:
    """Parse a date of a QR payload: ddmmyyyy, and defensively yyyy, 0000yyyy and dd/mm/yyyy.

    >>> parse_qr_date("15011999").iso, parse_qr_date("00001955").iso
    ('1999-01-15', '1955')
    """
    match = _QR_DATE.fullmatch(text.strip())
    if match is None:
        return None
    day, month, year = (int(part or 0) for part in match.groups())
    return CardDate.of(year, month, day) if day and month else CardDate.of(year)


def parse_mrz_date(text: str, *, century_from: int) -> CardDate | None:
    """Parse YYMMDD of an MRZ; the year is the one with these last digits in the 100 years from `century_from` on.

    Unknown parts are fillers (ICAO 9303-3, 4.8): "99<<<<" is a year alone, "<<<<<<" is no date.
    """
    match = _MRZ_DATE.fullmatch(text)
    if match is None:
        return None
    year = century_from + (int(match[1]) - century_from) % 100
    return CardDate.of(year, int(match[2]), int(match[3])) if match[2] else CardDate.of(year)


def is_past(date: CardDate) -> bool:
    """Return whether a date has begun somewhere on Earth, as dates of birth and issue have."""
    latest = datetime.now(tz=UTC) + timedelta(days=1)
    return not CardDate(latest.year, latest.month, latest.day).precedes(date)


def find_dates(text: str, *, lenient: bool = False) -> list[DateMatch]:
    """Find dates in print, in reading order.

    Args:
        text: a line of print.
        lenient: also accept what is credible behind a label only: missing or misread separators,
            letters in place of digits, a year alone.
    """
    folded, places = fold_with_places(text)
    forms = _STRICT_FORMS if not lenient else (*_STRICT_FORMS, *_LENIENT_FORMS)
    matches: list[DateMatch] = []
    for form in forms:
        # Lookalikes of digits differ by case (b is 6, B is 8), so those forms match the unfolded text.
        subject = text if form is _MISREAD_FORM else folded
        for date, start, end in _dates_of(form, subject):
            place = (start, end) if form is _MISREAD_FORM else (places[start], places[end - 1] + 1)
            matches.append(DateMatch(date, *place))
        # The strict forms cannot overlap; a lenient one counts only where no better form matches.
        if matches and form in {_STRICT_FORMS[-1], _MISREAD_FORM}:
            break
    return sorted(matches, key=lambda match: match.start)


def find_written_date(text: str) -> DateMatch | None:
    """Return the first date with its parts named, as days of issue are printed: "Ngày 15 tháng 01 năm 1999".

    The match includes the word for day where there is one.
    """
    folded, places = fold_with_places(text)
    found = next(_dates_of(_WRITTEN_OUT, folded), None)
    return None if found is None else DateMatch(found[0], places[found[1]], places[found[2] - 1] + 1)


def _dates_of(form: re.Pattern[str], text: str) -> Iterator[tuple[CardDate, int, int]]:
    for match in form.finditer(text):
        parts = match.groupdict()
        digits = [repair_digits(parts.get(name) or "") for name in ("year", "month", "day")]
        year, month, day = (int(part) if part else None for part in digits)
        word = parts.get("month_word")
        month = _MONTHS.index(word[:3]) + 1 if word else month
        date = CardDate.of(year, month, day) if year else None
        if date is not None:
            yield date, match.start(), match.end()


LONE_YEAR = re.compile(r"(?<![\d/.\-])(?:19|20)\d{2}(?![\d/.\-])")
"""A year that is no part of a date or of a longer number."""
_QR_DATE = re.compile(r"(?:([0-9]{2})[/.\-]?([0-9]{2})[/.\-]?)?((?:19|20)[0-9]{2})")
_MRZ_DATE = re.compile(r"([0-9]{2})(?:([0-9]{2})([0-9]{2})|<<<<)")

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_WORD = (
    r"(?P<month_word>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DAY = r"(?P<day>0?[1-9]|[12][0-9]|3[01])"
_MONTH = r"(?P<month>0?[1-9]|1[0-2])"
_YEAR = r"(?P<year>(?:19|20)[0-9]{2})(?![0-9])"
_WRITTEN_GAP = r"[\s.,:_…]*"
_WRITTEN_OUT = re.compile(
    # Also "ngày/date 15 tháng/month 01 năm/year 1999" and over dotted leaders. Recognisers lose letters with a hook or
    # a dot below, so the words may lack a vowel.
    rf"(?:ng?a?y?(?:\s*/\s*date)?{_WRITTEN_GAP})?(?<![0-9]){_DAY}{_WRITTEN_GAP}th?a?ng?(?:\s*/\s*month)?{_WRITTEN_GAP}{_MONTH}{_WRITTEN_GAP}"
    rf"na?m(?:\s*/\s*year)?{_WRITTEN_GAP}{_YEAR}"
)
_STRICT_FORMS = (
    # English words for months, as documents from abroad print them.
    re.compile(rf"(?<![0-9]){_DAY}(?:st|nd|rd|th)?[\s.,/\-]*{_MONTH_WORD}[\s.,/\-]*{_YEAR}"),
    re.compile(rf"(?<![^\W\d_]){_MONTH_WORD}[\s.]*{_DAY}(?:st|nd|rd|th)?(?:,\s*|\s+){_YEAR}"),
    _WRITTEN_OUT,
    re.compile(rf"(?<![0-9]){_DAY}\s*[/.\-–]\s*{_MONTH}\s*[/.\-–]\s*{_YEAR}"),
    # ISO 8601 and similar forms of databases and spreadsheets; next to further digits it is a code.
    re.compile(
        r"(?<![0-9])(?<![0-9][/.\-–])(?P<year>(?:19|20)[0-9]{2})(?P<sign>[/.\-–])(?P<month>0?[1-9]|1[0-2])(?P=sign)"
        r"(?P<day>0?[1-9]|[12][0-9]|3[01])(?![/.\-–]?[0-9])"
    ),
    re.compile(r"(?<![0-9])(?<![0-9] )(?P<day>[0-3][0-9]) (?P<month>[01][0-9]) (?P<year>(?:19|20)[0-9]{2})(?! ?[0-9])"),
)

_DIGIT = r"[0-9OoDQIl|!ZSGbTBgq]"
_MISREAD_SLASH = r"\s{0,2}[/.\-–,;:'’|lI!17]?\s{0,2}"
_MISREAD_FORM = re.compile(
    rf"(?<![0-9])(?P<day>[0-3OoDQIl|!Z]{_DIGIT}){_MISREAD_SLASH}(?P<month>[01OoDQIl|!]{_DIGIT}){_MISREAD_SLASH}"
    rf"(?P<year>[12IlZ|!][90OoDQgq]{_DIGIT}{{2}})(?![0-9])"
)
_YEAR_ALONE = re.compile(rf"\A[\W_]*(?:(?:sinh|ngay|thang|nam)[\W_]+)*{_YEAR}[\W_]*\Z")
"""Only without other words: otherwise the year is of a date that was not recognised, or of something else."""
_LENIENT_FORMS = (_MISREAD_FORM, _YEAR_ALONE)

TABLES = (
    FactTable(name="printed forms of a date",
        source="cards and certificates of each generation; Circular 06/2021/TT-BCA and Circular 16/2024/TT-BCA",
        recognise=lambda text: bool(find_dates(text)),
        matching=("15/01/1999", "15-01-1999", "15.01.1999", "15 / 01 / 1999", "15 01 1999", "1/1/1999",
            "Ngày 15 tháng 01 năm 1999", "ngày/date 15 tháng/month 01 năm/year 1999", "Ngày..15..tháng..01..năm..1999",
            "Ngày sinh: 15/01/1999", "16 Dec. 1994", "01 JAN 1981", "JANUARY 01, 1980", "15th March 1999", "1999-01-15",
            "1999.01.15", "1999/1/15"),
        not_matching=("1999-13-15", "1999-01-15-0001", "12-1999-01-15", "32/01/1999", "15/13/1999", "29/02/1999",
            "15011999", "115/01/1999", "15/01/19991", "1999", "15/01/1899", "31 Feb 1999", "Dec 1999")),
    FactTable(name="dates that are written out", source="backs of the cards of 1999 to 2020, licences and certificates",
        recognise=lambda text: find_written_date(text) is not None,
        matching=("Ngày 15 tháng 01 năm 1999", "Hà Nội, ngày 15 tháng 01 năm 1999",
            "ngày/date 15 tháng/month 01 năm/year 1999", "Ngày..15..tháng..01..năm..1999", "15 tháng 1 năm 1999"),
        not_matching=("15/01/1999", "15 01 1999", "Ngày, tháng, năm: 15/01/1999", "tháng 1 năm 1999", "")),
    FactTable(name="garbled forms of a date beside a label",
        source="confusions of text recognisers: slash as 1, 7, l or |; O for 0, l for 1, B for 8",
        recognise=lambda text: bool(find_dates(text, lenient=True)),
        matching=("15011999", "15/0111999", "15101/1999", "1510171999", "I5/O1/l999", "15|01|1999", "15/01 1999",
            "1999", ": 1999."),
        not_matching=("99999999", "0912345678", "Nguyễn Văn Mẫu", "12/1999", "000", "Dec. 1994", "31 Feb 1999",
            "tháng 5 năm 1999", "Hà Nội 1999")),
    FactTable(name="dates of QR payloads",
        source="payloads of chip cards since 2021: ddmmyyyy; other forms are tolerated",
        recognise=lambda text: parse_qr_date(text) is not None,
        matching=("15011999", "1955", "00001955", "15/01/1999", " 15011999\r\n"),
        not_matching=("", "99999999", "31022000", "150119", "0010990000")),
)  # fmt: skip
