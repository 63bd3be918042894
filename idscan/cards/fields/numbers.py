"""The 12-digit citizen number and the 9-digit CMND number: structure, provinces, search, repair.

A number that was issued before its holder's birth date was corrected disagrees with it, so a repair by the structure is
a hint only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from idscan.cards import FactTable
from idscan.cards.fields.dates import find_dates
from idscan.cards.text import DIGIT_NEIGHBOURS, fold, repair_digits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from idscan.cards.fields.dates import CardDate

PROVINCES_SOURCE = "Circular 07/2016/TT-BCA of the Ministry of Public Security, annex 1"
PROVINCES: Mapping[str, str] = MappingProxyType({
    "001": "Hà Nội", "002": "Hà Giang", "004": "Cao Bằng", "006": "Bắc Kạn", "008": "Tuyên Quang", "010": "Lào Cai",
    "011": "Điện Biên", "012": "Lai Châu", "014": "Sơn La", "015": "Yên Bái", "017": "Hòa Bình", "019": "Thái Nguyên",
    "020": "Lạng Sơn", "022": "Quảng Ninh", "024": "Bắc Giang", "025": "Phú Thọ", "026": "Vĩnh Phúc", "027": "Bắc Ninh",
    "030": "Hải Dương", "031": "Hải Phòng", "033": "Hưng Yên", "034": "Thái Bình", "035": "Hà Nam", "036": "Nam Định",
    "037": "Ninh Bình", "038": "Thanh Hóa", "040": "Nghệ An", "042": "Hà Tĩnh", "044": "Quảng Bình", "045": "Quảng Trị",
    "046": "Thừa Thiên Huế", "048": "Đà Nẵng", "049": "Quảng Nam", "051": "Quảng Ngãi", "052": "Bình Định",
    "054": "Phú Yên", "056": "Khánh Hòa", "058": "Ninh Thuận", "060": "Bình Thuận", "062": "Kon Tum", "064": "Gia Lai",
    "066": "Đắk Lắk", "067": "Đắk Nông", "068": "Lâm Đồng", "070": "Bình Phước", "072": "Tây Ninh", "074": "Bình Dương",
    "075": "Đồng Nai", "077": "Bà Rịa - Vũng Tàu", "079": "TP Hồ Chí Minh", "080": "Long An", "082": "Tiền Giang",
    "083": "Bến Tre", "084": "Trà Vinh", "086": "Vĩnh Long", "087": "Đồng Tháp", "089": "An Giang", "091": "Kiên Giang",
    "092": "Cần Thơ", "093": "Hậu Giang", "094": "Sóc Trăng", "095": "Bạc Liêu", "096": "Cà Mau",
})  # fmt: skip
"""The 63 codes in a citizen number; the merger of 2025 into 34 provinces leaves issued numbers as they are."""

ABROAD_SOURCE = "Circular 07/2016/TT-BCA of the Ministry of Public Security, annex 2 (countries, 101 to 295)"
FIRST_ABROAD_CODE = 101
"""First code of a country of birth outside Vietnam."""
LAST_ABROAD_CODE = 295
"""Last code of a country of birth outside Vietnam."""
ABROAD: Mapping[str, str] = MappingProxyType({
    "101": "Afghanistan", "139": "Campuchia", "155": "Đức", "174": "Hàn Quốc", "175": "Hoa Kỳ", "193": "Lào",
    "231": "Nga", "232": "Nhật Bản", "240": "Pháp", "271": "Thái Lan", "279": "Trung Quốc", "284": "Úc",
    "295": "Zimbabwe",
})  # fmt: skip
"""The most frequent countries of births registered abroad; the other codes of the range mean "abroad" only."""

OLD_PREFIXES_SOURCE = "common knowledge of CMND blocks of the provincial police; serves explanations only"
OLD_PREFIXES: Mapping[str, str] = MappingProxyType({
    "01": "Hà Nội", "02": "TP Hồ Chí Minh", "03": "Hải Phòng", "040": "Điện Biên", "045": "Lai Châu", "05": "Sơn La",
    "060": "Yên Bái", "061": "Yên Bái", "063": "Lào Cai", "070": "Tuyên Quang", "071": "Tuyên Quang", "073": "Hà Giang",
    "080": "Lạng Sơn", "081": "Lạng Sơn", "082": "Lạng Sơn", "085": "Cao Bằng", "090": "Thái Nguyên",
    "091": "Thái Nguyên", "092": "Thái Nguyên", "095": "Bắc Kạn", "10": "Quảng Ninh", "111": "Hà Tây", "112": "Hà Tây",
    "113": "Hòa Bình", "121": "Bắc Giang", "122": "Bắc Giang", "125": "Bắc Ninh", "131": "Phú Thọ", "132": "Phú Thọ",
    "135": "Vĩnh Phúc", "136": "Vĩnh Phúc", "141": "Hải Dương", "142": "Hải Dương", "145": "Hưng Yên",
    "15": "Thái Bình", "161": "Nam Định", "162": "Nam Định", "163": "Nam Định", "164": "Ninh Bình", "168": "Hà Nam",
    "17": "Thanh Hóa", "181": "Nghệ An", "182": "Nghệ An", "183": "Hà Tĩnh", "184": "Hà Tĩnh", "185": "Nghệ An",
    "186": "Nghệ An", "187": "Nghệ An", "190": "Thừa Thiên Huế", "191": "Thừa Thiên Huế", "192": "Thừa Thiên Huế",
    "194": "Quảng Bình", "197": "Quảng Trị", "200": "Đà Nẵng", "201": "Đà Nẵng", "205": "Quảng Nam", "206": "Quảng Nam",
    "210": "Bình Định", "211": "Bình Định", "212": "Quảng Ngãi", "215": "Bình Định", "220": "Phú Yên", "221": "Phú Yên",
    "225": "Khánh Hòa", "230": "Gia Lai", "231": "Gia Lai", "233": "Kon Tum", "240": "Đắk Lắk", "241": "Đắk Lắk",
    "245": "Đắk Nông", "25": "Lâm Đồng", "260": "Bình Thuận", "261": "Bình Thuận", "264": "Ninh Thuận",
    "270": "Đồng Nai", "271": "Đồng Nai", "272": "Đồng Nai", "273": "Bà Rịa - Vũng Tàu", "280": "Bình Dương",
    "281": "Bình Dương", "285": "Bình Phước", "29": "Tây Ninh", "30": "Long An", "31": "Tiền Giang", "32": "Bến Tre",
    "330": "Vĩnh Long", "331": "Vĩnh Long", "334": "Trà Vinh", "34": "Đồng Tháp", "35": "An Giang", "360": "Cần Thơ",
    "361": "Cần Thơ", "362": "Cần Thơ", "363": "Hậu Giang", "364": "Hậu Giang", "365": "Sóc Trăng", "366": "Sóc Trăng",
    "37": "Kiên Giang", "380": "Cà Mau", "381": "Cà Mau", "385": "Bạc Liêu",
})  # fmt: skip
"""First two or three digits of a nine-digit CMND number, and the province whose police issued it."""

MERGER_SOURCE = "Resolution 202/2025/QH15 of the National Assembly, in force from 1 July 2025"
MERGED_INTO: Mapping[str, str] = MappingProxyType({
    "Hà Giang": "Tuyên Quang", "Yên Bái": "Lào Cai", "Bắc Kạn": "Thái Nguyên", "Vĩnh Phúc": "Phú Thọ",
    "Hòa Bình": "Phú Thọ", "Bắc Giang": "Bắc Ninh", "Thái Bình": "Hưng Yên", "Hải Dương": "Hải Phòng",
    "Hà Nam": "Ninh Bình", "Nam Định": "Ninh Bình", "Quảng Bình": "Quảng Trị", "Quảng Nam": "Đà Nẵng",
    "Kon Tum": "Quảng Ngãi", "Bình Định": "Gia Lai", "Ninh Thuận": "Khánh Hòa", "Đắk Nông": "Lâm Đồng",
    "Bình Thuận": "Lâm Đồng", "Phú Yên": "Đắk Lắk", "Bình Dương": "TP Hồ Chí Minh",
    "Bà Rịa - Vũng Tàu": "TP Hồ Chí Minh", "Bình Phước": "Đồng Nai", "Long An": "Tây Ninh", "Sóc Trăng": "Cần Thơ",
    "Hậu Giang": "Cần Thơ", "Bến Tre": "Vĩnh Long", "Trà Vinh": "Vĩnh Long", "Tiền Giang": "Đồng Tháp",
    "Bạc Liêu": "Cà Mau", "Kiên Giang": "An Giang", "Thừa Thiên Huế": "Huế",
})  # fmt: skip
"""Former provinces and the one that each belongs to since 2025."""


def is_abroad(code: str) -> bool:
    """Return whether a three-digit code is that of a country other than Viet Nam.

    >>> is_abroad("279"), is_abroad("001")
    (True, False)
    """
    return code.isascii() and code.isdigit() and FIRST_ABROAD_CODE <= int(code) <= LAST_ABROAD_CODE


def place_name(code: str) -> str | None:
    """Return the province of a three-digit code, or the country where its name is known."""
    return PROVINCES.get(code) or ABROAD.get(code)


def old_number_province(digits: str) -> str | None:
    """Return the province whose police issued a nine-digit number, None where the prefix is not known."""
    return OLD_PREFIXES.get(digits[:3]) or OLD_PREFIXES.get(digits[:2])


PROVINCE_TABLES = (
    FactTable(name="province codes of citizen numbers", source=PROVINCES_SOURCE, recognise=PROVINCES.__contains__,
        matching=("001", "079", "096", "046"),
        not_matching=("000", "003", "097", "101", "1", "")),
    FactTable(name="country codes of births registered abroad", source=ABROAD_SOURCE, recognise=is_abroad,
        matching=("101", "175", "200", "295"),
        not_matching=("100", "296", "001", "x", "", "²³¹")),
    FactTable(name="blocks of nine-digit numbers", source=OLD_PREFIXES_SOURCE,
        recognise=lambda text: old_number_province(text) is not None,
        matching=("012345678", "121000001", "385000001"),
        not_matching=("990000001", "040"[:1], "390000001")),
    FactTable(name="provinces merged in 2025", source=MERGER_SOURCE, recognise=MERGED_INTO.__contains__,
        matching=("Hà Giang", "Thừa Thiên Huế"),
        not_matching=("Hà Nội", "Nghệ An", "TP Hồ Chí Minh")),
)  # fmt: skip


MALE = "Nam"
FEMALE = "Nữ"

CITIZEN_NUMBER_DIGITS, OLD_NUMBER_DIGITS = 12, 9
"""Digits of a citizen number, and of the CMND number before it."""
_SEPARATORS = r"[ .\u00a0\u202f-]"
_TWELVE = re.compile(rf"[0-9](?:{_SEPARATORS}?[0-9]){{11}}")
_NINE = re.compile(rf"[0-9](?:{_SEPARATORS}?[0-9]){{8}}")
_NOT_A_DIGIT = re.compile(r"[^0-9]")

_BASE_SCORE = 0.1
"""For the count of digits alone."""
_PROVINCE_SCORE = 0.5
"""For a province code in the first three digits."""
_ABROAD_SCORE = 0.35
"""For a code of a country of birth: less than a province, since more of all three digits are such codes."""
_CENTURY_SCORE = 0.2
"""For a digit of century and sex that living people have."""
_YEAR_SCORE = 0.2
"""Scores of the parts of the structure, 1 in all for a number with a province (`_ABROAD_SCORE` replaces that score).
Since July 2024 the law promises "12 digits" only, so a deviation lowers the plausibility and excludes nothing."""
_LAST_LIVING_CENTURY_DIGIT = 3
"""Digit of century and sex of women born from 2000 to 2099, the highest of living people."""
_MAX_AGE = 110
"""Years. Lower: numbers of the oldest people lose plausibility; higher: other numbers gain it."""
_MIN_LIKELY_PLAUSIBILITY = 0.95
"""Every part of the structure must be right; at 0.9 too high ages pass, at 0.85 births abroad."""


@dataclass(frozen=True, slots=True)
class CitizenNumber:
    """A twelve-digit citizen number: place of birth registration (3), century and sex (1), year (2), serial (6).

    Source: Decree 137/2015/ND-CP, article 13. The Law on Identification 2023 promises the length only, so the structure
    is soft evidence.
    """

    digits: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> CitizenNumber | None:
        """Return the number if the text is exactly one; spaces, dots and hyphens between digits are allowed.

        >>> CitizenNumber.parse("001 099 000 001").birth_year
        1999
        >>> CitizenNumber.parse("000000000000") is None
        True
        """
        stripped = text.strip()
        if _TWELVE.fullmatch(stripped) is None:
            return None
        digits = _NOT_A_DIGIT.sub("", stripped)
        return None if len(set(digits)) == 1 or digits.startswith("0000") else cls(digits)

    @property
    def province_code(self) -> str:
        """The first three digits."""
        return self.digits[:3]

    @property
    def province(self) -> str | None:
        """The province of birth registration or, for some codes, the country; None if not known."""
        return place_name(self.province_code)

    @property
    def is_abroad(self) -> bool:
        """Whether the birth was registered abroad."""
        return is_abroad(self.province_code)

    @property
    def sex(self) -> str:
        """The sex: "Nam" or "Nữ"."""
        return FEMALE if int(self.digits[3]) % 2 else MALE

    @property
    def birth_year(self) -> int:
        """The year of birth, from 1900 to 2399."""
        return 1900 + 100 * (int(self.digits[3]) // 2) + int(self.digits[4:6])

    def plausibility(self, today_year: int | None = None) -> float:
        """Return how well the structure fits a living person, 0 to 1, as soft evidence.

        Args:
            today_year: the current year; None takes it from the clock.
        """
        year = datetime.now(tz=UTC).year if today_year is None else today_year
        score = _BASE_SCORE
        if self.province_code in PROVINCES:
            score += _PROVINCE_SCORE
        elif self.is_abroad:
            score += _ABROAD_SCORE
        if int(self.digits[3]) <= _LAST_LIVING_CENTURY_DIGIT:
            score += _CENTURY_SCORE
        if self.birth_year <= year:
            score += _YEAR_SCORE if year - self.birth_year <= _MAX_AGE else _YEAR_SCORE / 2
        return round(score, 3)

    @property
    def is_likely(self) -> bool:
        """Whether the structure is right in every part."""
        return self.plausibility() >= _MIN_LIKELY_PLAUSIBILITY

    def agrees_with(self, date_of_birth: CardDate | None, sex: str | None) -> bool | None:
        """Return whether year of birth and sex agree with the number; None if neither is known.

        Disagreement is a warning only: people may keep a number that contradicts their card
        (Decree 70/2024/ND-CP, article 11).
        """
        known_sex = normalise_sex(sex) if sex else None
        agreements = [date_of_birth.year == self.birth_year] if date_of_birth else []
        agreements += [known_sex == self.sex] if known_sex else []
        return all(agreements) if agreements else None


@dataclass(frozen=True, slots=True)
class OldNumber:
    """A nine-digit CMND number; its first digits encode the province of issue, the others nothing."""

    digits: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> OldNumber | None:
        """Return the number if the text is exactly one; spaces, dots and hyphens between digits are allowed."""
        stripped = text.strip()
        if _NINE.fullmatch(stripped) is None:
            return None
        digits = _NOT_A_DIGIT.sub("", stripped)
        return None if len(set(digits)) == 1 else cls(digits)

    @property
    def province(self) -> str | None:
        """The province whose police issued the card; None where the prefix is not known."""
        return old_number_province(self.digits)


@dataclass(frozen=True, slots=True)
class NumberMatch:
    """A number and its span in a text."""

    digits: str = field(repr=False)
    start: int
    end: int


def normalise_sex(text: str) -> str | None:
    """Return "Nam" or "Nữ" for a sex as spelled on cards, in payloads and MRZ, else None.

    >>> normalise_sex("NỮ"), normalise_sex("M"), normalise_sex("X")
    ('Nữ', 'Nam', None)
    """
    return _SEX_WORDS.get(fold(text))


_SEX_WORDS = {"nam": MALE, "m": MALE, "male": MALE, "nu": FEMALE, "f": FEMALE, "female": FEMALE}

_RUN = re.compile(r"[0-9]+")
_JOINTS = frozenset(" .-\u00a0\u202f")
_GAPPED = re.compile(rf"[0-9](?:{_SEPARATORS}{{0,2}}[0-9])*")
_PRINTED_GROUPS = ((3, 3, 3, 3), (4, 4, 4), (3, 1, 2, 6), (3, 9), (6, 6), (3, 3, 6))
"""Sizes of groups in which citizen numbers are printed; in others the structure must be right in every part."""
_GROUP_BEFORE, _GROUP_BEHIND = re.compile(r"(?<!\w)(\w{3})[ .]\Z"), re.compile(r"\A[ .](\w{3})(?!\w)")
_TRIPLETS = re.compile(
    r"(?<![0-9])(?<![^0-9][0-9]{3}[ .])[0-9]{3}(?:[ .][0-9]{3}){3}(?![0-9])(?![ .][0-9]{3}(?![0-9]))"
)


def find_numbers(text: str) -> list[NumberMatch]:
    """Find twelve-digit numbers, whole or in groups, that are not part of a longer run of digits or letters.

    >>> [match.start for match in find_numbers("Số: 0010 9900 0001")]
    [4]
    """
    matches = []
    for start, end, groups in _digit_chains(text, CITIZEN_NUMBER_DIGITS):
        number = CitizenNumber.parse(text[start:end])
        if number is None:
            continue
        if _is_evenly_spaced(groups, number.digits) or groups in _PRINTED_GROUPS or number.is_likely:
            matches.append(NumberMatch(number.digits, start, end))
    return matches or _among_other_digits(text)


def _among_other_digits(text: str) -> list[NumberMatch]:
    """Find numbers in groups of three beside a year or a phone number, as in table rows that were read as one line.

    >>> [match.start for match in find_numbers("1999 001 099 000 001 0912345678")]
    [5]
    """
    found = ((match, CitizenNumber.parse(match.group())) for match in _TRIPLETS.finditer(text))
    return [
        NumberMatch(number.digits, match.start(), match.end())
        for match, number in found
        if number is not None and number.is_likely
    ]


def find_old_numbers(text: str) -> list[NumberMatch]:
    """Find nine-digit numbers, whole or in groups of three, that are not part of a longer run of digits or letters."""
    matches = []
    for start, end, groups in _digit_chains(text, OLD_NUMBER_DIGITS):
        number = OldNumber.parse(text[start:end])
        if number is None:
            continue
        if _is_evenly_spaced(groups, number.digits) or (set(groups) == {3} and not _has_fourth_group(text, start, end)):
            matches.append(NumberMatch(number.digits, start, end))
    return matches


def _has_fourth_group(text: str, start: int, end: int) -> bool:
    """Return whether a group of three with misread digits stands beside the others, so that the number has twelve."""
    return any(
        repair_digits(group).isdigit() and any(map(str.isdigit, group))
        for group in (*_GROUP_BEFORE.findall(text[:start]), *_GROUP_BEHIND.findall(text[end:]))
    )


def number_of_digits(text: str) -> str | None:
    """Return the twelve or nine digits that a text consists of, ignoring all gaps; None where it is no number.

    Old cards space digits out, and some of the gaps are recognised. Without a label this is too lenient.

    >>> number_of_digits("0 12 3450 0 1"), number_of_digits("0 12 3456 7"), number_of_digits("7 15.01.2023")
    ('012345001', None, None)
    """
    stripped = text.strip(" .:-")
    if _GAPPED.fullmatch(stripped) is None or find_dates(stripped):
        return None
    digits = _NOT_A_DIGIT.sub("", stripped)
    number = CitizenNumber.parse(digits) or OldNumber.parse(digits)
    return number.digits if number is not None and not _is_counting(digits) else None


def _is_evenly_spaced(groups: tuple[int, ...], digits: str) -> bool:
    """Return whether there is no gap between digits, or one between any two of them as on CMND cards."""
    return len(groups) == 1 or (set(groups) == {1} and not _is_counting(digits))


def _is_counting(digits: str) -> bool:
    """Return whether digits count up, as numbered column headers do."""
    return digits in "0123456789012"


def _digit_chains(text: str, length: int) -> Iterator[tuple[int, int, tuple[int, ...]]]:
    """Yield (start, end, sizes of groups) of runs of `length` digits, or chains of shorter runs with as many in all.

    Dates are not part of a chain, so that a number may stand beside one.
    """
    dates = [(match.start, match.end) for match in find_dates(text)]
    chains: list[list[tuple[int, int]]] = []
    for match in _RUN.finditer(text):
        start, end = match.span()
        # A run of full length is a number even if a part of it, or of it and the next run, matches a date.
        if end - start != length and any(start < date_end and end > date_start for date_start, date_end in dates):
            continue
        if end - start == length or not chains or not _are_grouped(text, chains[-1][-1], (start, end), length):
            chains.append([])
        chains[-1].append((start, end))
    for chain in chains:
        start, end = chain[0][0], chain[-1][1]
        sizes = tuple(run_end - run_start for run_start, run_end in chain)
        if sum(sizes) == length and _is_delimited(text, start, end):
            yield start, end, sizes


def _are_grouped(text: str, before: tuple[int, int], after: tuple[int, int], length: int) -> bool:
    is_one_apart = after[0] - before[1] == 1 and text[before[1]] in _JOINTS
    return is_one_apart and before[1] - before[0] != length


def _is_delimited(text: str, start: int, end: int) -> bool:
    before, after = text[:start], text[end : end + 1]
    # A letter in front may be a label without a space ("No001..."); one behind is a code, as are +, # and a fraction.
    return not after.isalnum() and after not in {"_", "%"} and not before.endswith(("+", "#", "_", "/"))


_YEAR_OF_DATE = slice(0, 4)
_SEX_AND_YEAR = slice(3, 6)
"""The digits of century, sex and year of birth in a number."""
_ENCODED_YEARS = range(1900, 2400)


def date_by_number(date: str, number: str) -> str | None:
    """Return a date of birth with the year of the number, if its own differs by one digit that is often misread.

    >>> date_by_number("1989-01-15", "001099000001")
    '1999-01-15'
    >>> date_by_number("1975-01-15", "001099000001") is None
    True
    """
    citizen = CitizenNumber.parse(number)
    if citizen is None:
        return None
    year = str(citizen.birth_year)
    return year + date[4:] if _differ_by_one_misread_digit(date[_YEAR_OF_DATE], year) else None


def number_by_date(number: str, date: str, sex: str | None = None) -> str | None:
    """Return a number with the digits of the date of birth and the sex, if one that is often misread differs.

    Args:
        number: twelve digits.
        date: ISO 8601.
        sex: one of `MALE` and `FEMALE`; None keeps the number's own.

    >>> number_by_date("001089000001", "1999-01-15")
    '001099000001'
    """
    citizen = CitizenNumber.parse(number)
    year = date[_YEAR_OF_DATE]
    if citizen is None or not year.isdigit() or int(year) not in _ENCODED_YEARS:
        return None
    is_female = (citizen.sex if sex is None else sex) == FEMALE
    expected = f"{2 * ((int(year) - 1900) // 100) + is_female}{year[2:]}"
    if not _differ_by_one_misread_digit(number[_SEX_AND_YEAR], expected):
        return None
    return number[: _SEX_AND_YEAR.start] + expected + number[_SEX_AND_YEAR.stop :]


def _differ_by_one_misread_digit(read: str, expected: str) -> bool:
    differing = [(one, other) for one, other in zip(read, expected, strict=True) if one != other]
    return len(differing) == 1 and differing[0][1] in DIGIT_NEIGHBOURS.get(differing[0][0], "")


TABLES = (
    FactTable(name="citizen numbers in a text",
        source="Decree 137/2015/ND-CP, article 13; Law on Identification 2023, article 12",
        recognise=lambda text: bool(find_numbers(text)),
        matching=("001099000001", "001 099 000 001", "0010 9900 0001", "001.099.000.001", "001 0 99 000001",
            "Số / No.: 001305000002", "No001099000001", "001099000001 15/01/1999", "0010 9900 0001 15-01-1999",
            "15/01/1999 0010 9900 0001", "00109900 0001", "0 0 1 0 9 9 0 0 0 0 0 1", "1999 001 099 000 001 0912345678"),
        not_matching=("999999999999", "000000000000", "0912345678", "123456789012345", "001099000001x", "0010990000012",
            "0010 9900 0001 1234", "0912345678 12", "001/099000001/1", "")),
    FactTable(name="nine-digit numbers in a text", source="CMND cards issued until 2016 (Decree 05/1999/ND-CP)",
        recognise=lambda text: bool(find_old_numbers(text)),
        matching=("012345678", "012 345 678", "SỐ 012345678", "012.345.678", "SỐ 0 1 2 3 4 5 0 0 1"),
        not_matching=("012 345 678 O10", "0123456789", "111111111", "1 2 3 4 5 6 7 8 9", "012 3456 78", "001099000001",
            "012345678a")),
)  # fmt: skip
