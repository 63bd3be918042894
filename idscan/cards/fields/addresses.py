"""Find addresses in print: behind labels, and by the administrative units that they name.

The units are those of the Law on Organisation of Local Government (65/2025/QH15) and of the former one
(77/2015/QH13), whose districts remain in printed addresses.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from idscan.cards import FactTable
from idscan.cards.extract.segments import JUNK, rows_of, share_x, span_of, span_x
from idscan.cards.fields.numbers import PROVINCES
from idscan.cards.labels.search import find_labels
from idscan.cards.text import fold, fold_with_places
from idscan.core import geometry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from idscan.core.geometry import Quad
    from idscan.core.types import PrintedLine

_LABEL = re.compile(
    r"\b(?:dia chi|d/c|dc(?=:)|hktt|dkhk|ho khau|thuong tru|tam tru|tru (?:tai|o)|cu tru|cu ngu|ngu tai|noi o|cho o"
    r"|nha o|noi sinh|que quan|que(?=\s*:)|nguyen quan|sinh quan|(?:home |residential |permanent |current )?address"
    r"|place of (?:residence|birth|origin)|resid(?:ing|ent) (?:at|in)|living (?:at|in))"
    r"(?:\s*[/(]\s*[a-z /]+\)?)?"
    r"(?:\s+(?:thuong tru|tam tru|hien (?:nay|tai)|lien (?:he|lac)|nha|rieng|cu tru|noi|o|tai|cua|theo|tren|cccd"
    r"|cmnd))*"
)
"""Labels of addresses, folded, with translations and further words."""

_LEADERS = re.compile(r"\s*[:;.…\-–]+\s*|\s+")
_LARGE_UNITS = (
    *("xa", "phuong", "thi tran", "thi xa", "quan", "huyen", "thanh pho", "tinh", "dac khu"),
    *("tp", "tx", "tt", "p", "q", "x", "h", "t"),
)
_SMALL_UNITS = (
    *("thon", "xom", "ap", "ban", "buon", "bon", "lang", "to", "to dan pho", "tdp", "khu pho", "kp", "khu", "khom"),
    *("duong", "pho", "ngo", "ngach", "hem", "kiet", "so nha", "chung cu", "can ho"),
)
_ABBREVIATED = frozenset({"p", "q", "x", "h", "t", "tt", "to"})
"""Units of one or two letters: only with a point, or before a number."""
_UNIT_WORDS = "|".join(sorted((*_LARGE_UNITS, *_SMALL_UNITS), key=len, reverse=True))
_UNIT = re.compile(rf"(?<![^\W_])(?P<unit>{_UNIT_WORDS})(?P<mark>\.\s?|\s+)(?P<name>[^\W_])")
_HOUSE = re.compile(r"(?:^|[,:;]\s*)(?:(?:so(?: nha)?|sn|nha)\s*\d|\d{1,4}[a-z]?(?:/\d{1,4}[a-z]?)+\s+[a-z])")
_PROVINCES = frozenset({*map(fold, PROVINCES.values()), "thua thien hue", "hue", "ho chi minh", "tp hcm", "hcm", "hn"})
_OFFICE = re.compile(
    r"^\W*(?:phong|tram|chi cuc|cuc|vien|giam doc|chu tich|can cu|noi cap|ngay|kinh gui)\b"
    r"|\b(?:uy ban|ubnd|hdnd|cong an|cong ty|cty|truong (?:th|mam|tieu|dai|cao|pho|trung)|benh vien|chi nhanh|ngan hang"
    r"|van phong|toa an|trung tam)\b"
)
"""Beginnings of lines, and words, folded, that make an address that of an office."""
_PART = re.compile(r"[^,;]+")
_DATE_OF_ISSUE = re.compile(r"ngay\s.{0,6}\s?thang")
_MIN_UNITS, _MIN_PARTS = 2, 3
"""Units that an address names (house number and province count), or parts between commas where it names a province or
house number only. Lower: other lists of words are addresses; higher: short addresses are missed."""
_LINE_SPACING = 2.0
"""Heights from one line of an address to the next. Lower: widely spaced lines are missed; higher: other fields join."""
_MAX_LINES = 3
"""Lines of an address after the first. Lower: its end is missed; higher: other text joins."""
_MIN_COLUMN_SHARE = 0.5
"""Share of the narrower line that overlaps. Lower: lines of other columns join; higher: indented ones are missed."""
_ROW_OFFSET = 0.7
"""Heights by which the middles of label and value may differ. Lower: values on tilted pages are missed; higher: values
of the next row are taken."""
_MAX_VALUE_GAP = 30.0
"""Heights from a label to its value on a form. Lower: values are missed; higher: another column is taken."""


def find_addresses(lines: Sequence[PrintedLine]) -> tuple[Quad, ...]:
    """Return the quads of addresses, one for each line.

    Args:
        lines: upright lines of print; those of several engines may overlap.
    """
    page = _LineIndex.of(lines)
    found: dict[int, Quad] = {}
    for line in page.lines:
        text = line.text.reveal()
        start = _address_start(text)
        if start is None:
            values = _wrapped_address(line, page)
            found |= {id(value): value.quad for value in values}
        elif any(letter.isalnum() for letter in text[start:]):
            found[id(line)] = span_of(line, start, _address_end(text, start))
            values = [line]
        else:
            values = _value_beside(line, page) or _lines_below(line, page)[:1]
            found.update((id(value), value.quad) for value in values)
        for value in values[-1:]:
            found |= {id(more): span_of(more, 0, _continuation_end(more)) for more in _continuation(value, page)}
    return tuple(found.values())


@dataclass(frozen=True, eq=False, slots=True)
class _LineIndex:
    """Lines in reading order, indexed by the y of their centres, as a dense page has thousands."""

    lines: Sequence[PrintedLine]
    centres: Sequence[tuple[float, int]]

    @classmethod
    def of(cls, lines: Sequence[PrintedLine]) -> _LineIndex:
        ordered = [line for row in rows_of(lines) for line in row]
        return cls(ordered, sorted((geometry.centre(line.quad)[1], i) for i, line in enumerate(ordered)))

    def between(self, low: float, high: float) -> list[PrintedLine]:
        """Return the lines whose centres lie between two heights, in reading order."""
        first, last = bisect_right(self.centres, (low, len(self.lines))), bisect_left(self.centres, (high, -1))
        return [self.lines[i] for i in sorted(i for _, i in self.centres[first:last])]


def is_address(text: str) -> bool:
    """Return whether a text is an address by the units that it names, and not one of an office."""
    folded, places = fold_with_places(text)
    if _OFFICE.search(folded) or _DATE_OF_ISSUE.search(folded):
        return False
    units = list(_units(text, folded, places))
    parts = _comma_parts(folded)
    has_province = _is_province(parts[-1])
    has_large_unit = any(unit in _LARGE_UNITS for unit in units) or (has_province and len(parts) > 1)
    has_house_number = _HOUSE.search(folded) is not None
    if has_large_unit and len(units) + has_house_number + has_province >= _MIN_UNITS:
        return True
    return (has_province or has_house_number) and len(parts) >= _MIN_PARTS


def ends_in_province(text: str) -> bool:
    """Return whether a line of an address ends with the province, as the last one does.

    >>> ends_in_province("Xã Sơn Hà, Tỉnh Lào Cai"), ends_in_province("Thôn Hạ, Xã Sơn Hà")
    (True, False)
    """
    return _is_province(_comma_parts(fold(text))[-1])


def _comma_parts(folded: str) -> list[str]:
    return [part.strip(JUNK) for part in re.split(r"[,;–]| - ", folded)]


def _is_province(part: str) -> bool:
    return part.removeprefix("tinh ").removeprefix("thanh pho ").removeprefix("tp. ") in _PROVINCES


def _units(text: str, folded: str, places: Sequence[int]) -> Iterator[str]:
    """Yield the units that stand in a text before a capitalised name or a number."""
    for match in _UNIT.finditer(folded):
        name = text[places[match.start("name")]]
        is_abbreviation = match["mark"].startswith(".") or name.isdigit()
        if (name.isupper() or name.isdigit()) and (match["unit"] not in _ABBREVIATED or is_abbreviation):
            yield match["unit"]


def _has_unit(text: str) -> bool:
    return any(_units(text, *fold_with_places(text)))


def _address_start(text: str) -> int | None:
    """Return the start of the address in a line, the end of the line for a label alone; None without an address."""
    folded, places = fold_with_places(text)
    for label in _LABEL.finditer(folded):
        rest = folded[label.end() :]
        leaders = _LEADERS.match(rest)
        value = places[label.end() + (leaders.end() if leaders else 0)]
        first = text[value : value + 1]
        is_alone = not rest.strip(JUNK) and not folded[: label.start()].strip(JUNK + "0123456789")
        has_separator = leaders is not None and leaders[0].strip() != "" and first.isalnum()
        if is_alone or has_separator or first.isupper() or first.isdigit() or is_address(text[value:]):
            return value
    if not is_address(text):
        return None
    labels = [label.end for label in find_labels(text) if is_address(text[label.end :])]
    return max(labels, default=0)


def _address_end(text: str, start: int) -> int:
    """Return the end of an address: the start of the next label."""
    following = (label.start for label in find_labels(text) if label.start > start)
    return min((at for at in following if any(map(str.isalnum, text[start:at]))), default=len(text))


def _value_beside(label: PrintedLine, page: _LineIndex) -> list[PrintedLine]:
    """Return the nearest line right of a label in its row, if it holds no label."""
    height, (_, right) = geometry.height(label.quad), span_x(label.quad)
    middle = geometry.centre(label.quad)[1]
    row = [
        line
        for line in page.between(middle - _ROW_OFFSET * height, middle + _ROW_OFFSET * height)
        if right - height < span_x(line.quad)[0] < right + _MAX_VALUE_GAP * height and line is not label
    ]
    first = min(row, key=lambda line: span_x(line.quad)[0], default=None)
    return [first] if first is not None and not _has_any_label(first) else []


def _lines_below(line: PrintedLine, page: _LineIndex) -> list[PrintedLine]:
    """Return the nearest line below another in its column, once for each engine that read it."""
    height, middle = geometry.height(line.quad), geometry.centre(line.quad)[1]
    near = [
        (geometry.centre(other.quad)[1] - middle, other)
        for other in page.between(middle + _ROW_OFFSET * height, middle + _LINE_SPACING * height)
        if share_x(span_x(other.quad), span_x(line.quad)) > _MIN_COLUMN_SHARE
    ]
    nearest = min((step for step, _ in near), default=0.0)
    return [other for step, other in near if step < nearest + height / 2 and not _has_any_label(other)]


def _wrapped_address(first: PrintedLine, page: _LineIndex) -> list[PrintedLine]:
    """Return lines that are an address together and not alone: the name of a province may break between two."""
    parts = [first]
    text = first.text.reveal()
    while len(parts) < _MAX_LINES and "," in text:
        below = _lines_below(parts[-1], page)[:1]
        if not below:
            return []
        parts += below
        text = f"{text} {below[0].text.reveal()}"
        if is_address(text):
            return parts
    return []


def _continuation(first: PrintedLine, page: _LineIndex) -> Iterator[PrintedLine]:
    """Yield the lines of an address after the first."""
    line = first
    for _ in range(_MAX_LINES):
        text = line.text.reveal().rstrip()
        more = [other for other in _lines_below(line, page) if _is_continued_by(text, other.text.reveal())]
        if not more:
            return
        yield from more
        line = more[0]


def _is_continued_by(text: str, following: str) -> bool:
    """Return whether the next line continues an address: the name of a province may break between two lines."""
    last, rest = fold(re.split(r"[,-]", text)[-1]), fold(following)
    start = last.removeprefix("tinh ").removeprefix("thanh pho ")
    is_cut = any(name.startswith(f"{start} ") and f"{start} {rest} ".startswith(f"{name} ") for name in _PROVINCES)
    return text.endswith((",", "-", "–")) or is_cut or _may_be_continuation(following)


def _continuation_end(line: PrintedLine) -> int:
    """Return the end of an address in its last line: the last unit or province, as a sentence may continue."""
    text = line.text.reveal()
    ends = [
        part.end() for part in _PART.finditer(text) if fold(part[0]).strip(JUNK) in _PROVINCES or _has_unit(part[0])
    ]
    return max(ends, default=len(text))


def _may_be_continuation(text: str) -> bool:
    """Return whether a line may be the rest of an address: it names a unit or is a province."""
    folded = fold(text)
    if _OFFICE.search(folded) or _DATE_OF_ISSUE.search(folded):
        return False
    return folded.strip(JUNK) in _PROVINCES or _has_unit(text) or is_address(text)


def _has_any_label(line: PrintedLine) -> bool:
    text = line.text.reveal()
    return bool(find_labels(text)) or _LABEL.match(fold(text).strip(JUNK)) is not None


TABLES = (
    FactTable(name="addresses",
        source="Law on Organisation of Local Government 65/2025/QH15, article 1, and 77/2015/QH13, article 2",
        recognise=is_address,
        matching=("Thôn Ví Dụ, xã Mẫu, huyện Thử, Hà Nội", "Số 1 Đường Mẫu, P. Ví Dụ, TP. Huế",
            "SN 12 Ngõ 3 Thử, Ví Dụ, Mẫu, Bình Dương", "12/34 Đường Mẫu, Ví Dụ, TP.HCM", "Tổ 5, Phường Ví Dụ, Đà Nẵng",
            "Mẫu, Ví Dụ, Thanh Hóa", "Thon Vi Du, Xa Mau, Huyen Thu, Nghe An"),
        not_matching=("UBND xã Mẫu, huyện Thử, Hà Nội", "Công an phường Ví Dụ, Hà Nội",
            "Hà Nội, ngày 1 tháng 2 năm 2024", "xã hội hóa, tỉnh táo", "Áo mưa, bàn phím, cà phê rang",
            "Số 12, 15/01/1999", "Nguyễn Văn Mẫu, Trần Thị Ví Dụ")),
)  # fmt: skip
