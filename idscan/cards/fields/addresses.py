"""Addresses in print: behind their labels, and by the administrative units that they name.

The units are those of the Law on Organisation of Local Government (65/2025/QH15) and of the one before it
(77/2015/QH13), whose districts stand in addresses for years to come.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from idscan.cards.extract.segments import JUNK, rows_of, share_x, span_of, span_x
from idscan.cards.fact_tables import FactTable
from idscan.cards.fields.provinces import PROVINCES
from idscan.cards.labels.search import find_labels
from idscan.cards.text.normalize import fold, fold_with_places
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
"""What stands before an address, folded, with its translation and what narrows it down."""

_POINTS = re.compile(r"\s*[:;.…\-–]+\s*|\s+")
_LARGE = (
    *("xa", "phuong", "thi tran", "thi xa", "quan", "huyen", "thanh pho", "tinh", "dac khu"),
    *("tp", "tx", "tt", "p", "q", "x", "h", "t"),
)
_SMALL = (
    *("thon", "xom", "ap", "ban", "buon", "bon", "lang", "to", "to dan pho", "tdp", "khu pho", "kp", "khu", "khom"),
    *("duong", "pho", "ngo", "ngach", "hem", "kiet", "so nha", "chung cu", "can ho"),
)
_ABBREVIATED = frozenset({"p", "q", "x", "h", "t", "tt", "to"})
"""Units of a letter or two: only with a point, or before a number."""

_ANY_UNIT = "|".join(sorted((*_LARGE, *_SMALL), key=len, reverse=True))
_UNIT = re.compile(rf"(?<![^\W_])(?P<unit>{_ANY_UNIT})(?P<mark>\.\s?|\s+)(?P<name>[^\W_])")
_HOUSE = re.compile(r"(?:^|[,:;]\s*)(?:(?:so(?: nha)?|sn|nha)\s*\d|\d{1,4}[a-z]?(?:/\d{1,4}[a-z]?)+\s+[a-z])")
_PROVINCES = frozenset({*map(fold, PROVINCES.values()), "thua thien hue", "hue", "ho chi minh", "tp hcm", "hcm", "hn"})
_OFFICE = re.compile(
    r"^\W*(?:phong|tram|chi cuc|cuc|vien|giam doc|chu tich|can cu|noi cap|ngay|kinh gui)\b"
    r"|\b(?:uy ban|ubnd|hdnd|cong an|cong ty|cty|truong (?:th|mam|tieu|dai|cao|pho|trung)|benh vien|chi nhanh|ngan hang"
    r"|van phong|toa an|trung tam)\b"
)
"""How lines begin, and words in them, folded, whose places are an office's."""
_PART = re.compile(r"[^,;]+")
_DATED = re.compile(r"ngay\s.{0,6}\s?thang")
_FEWEST_UNITS, _FEWEST_PARTS = 2, 3

_LINE_SPACING = 2.0
"""Heights from one line of an address to the next."""
_MOST_LINES = 3
_SAME_COLUMN = 0.5
"""Share of the narrower of two lines under each other that they have in common."""
_SAME_ROW = 0.7
_FAR = 30.0
"""Heights from a label to a value right of it: columns of forms are set wide apart."""


def find_addresses(lines: Sequence[PrintedLine]) -> tuple[Quad, ...]:
    """Return the places of addresses, each line of one apart.

    Args:
        lines: upright lines of print; those of several readers may lie upon each other.
    """
    page = _Page.of(lines)
    found: dict[int, Quad] = {}
    for line in page.lines:
        text = line.text.reveal()
        start = _address_start(text)
        if start is None:
            values = _broken(line, page)
            found |= {id(value): value.quad for value in values}
        elif any(letter.isalnum() for letter in text[start:]):
            found[id(line)] = span_of(line, start, _end(text, start))
            values = [line]
        else:
            values = _beside(line, page) or _under(line, page)[:1]
            found.update((id(value), value.quad) for value in values)
        for value in values[-1:]:
            found |= {id(more): span_of(more, 0, _rest_end(more)) for more in _continued(value, page)}
    return tuple(found.values())


@dataclass(frozen=True, eq=False, slots=True)
class _Page:
    """Lines in reading order, and where they are by the height of their middles: a dense page has thousands."""

    lines: Sequence[PrintedLine]
    heights: Sequence[tuple[float, int]]

    @classmethod
    def of(cls, lines: Sequence[PrintedLine]) -> _Page:
        ordered = [line for row in rows_of(lines) for line in row]
        return cls(ordered, sorted((geometry.centre(line.quad)[1], i) for i, line in enumerate(ordered)))

    def between(self, low: float, high: float) -> list[PrintedLine]:
        """Return the lines whose middles lie between two heights, in reading order."""
        first, last = bisect_right(self.heights, (low, len(self.lines))), bisect_left(self.heights, (high, -1))
        return [self.lines[i] for i in sorted(i for _, i in self.heights[first:last])]


def is_address(text: str) -> bool:
    """Return whether words are an address by the units that they name, and none of an office."""
    folded, places = fold_with_places(text)
    if _OFFICE.search(folded) or _DATED.search(folded):
        return False
    units = list(_units(text, folded, places))
    large = sum(unit in _LARGE for unit in units)
    parts = _parts(folded)
    has_province = _is_province(parts[-1])
    named = large + (has_province and len(parts) > 1)
    is_numbered = _HOUSE.search(folded) is not None
    if named and len(units) + is_numbered + has_province >= _FEWEST_UNITS:
        return True
    return (has_province or is_numbered) and len(parts) >= _FEWEST_PARTS


def ends_in_province(text: str) -> bool:
    """Return whether a line of an address is its last, as it names the province.

    >>> ends_in_province("Xã Sơn Hà, Tỉnh Lào Cai"), ends_in_province("Thôn Hạ, Xã Sơn Hà")
    (True, False)
    """
    return _is_province(_parts(fold(text))[-1])


def _parts(folded: str) -> list[str]:
    return [part.strip(JUNK) for part in re.split(r"[,;–]| - ", folded)]


def _is_province(part: str) -> bool:
    return part.removeprefix("tinh ").removeprefix("thanh pho ").removeprefix("tp. ") in _PROVINCES


def _units(text: str, folded: str, places: Sequence[int]) -> Iterator[str]:
    """Yield the units that a text names: each before a name with a capital, or a number."""
    for match in _UNIT.finditer(folded):
        name = text[places[match.start("name")]]
        is_marked = match["mark"].startswith(".") or name.isdigit()
        if (name.isupper() or name.isdigit()) and (match["unit"] not in _ABBREVIATED or is_marked):
            yield match["unit"]


def _has_unit(text: str) -> bool:
    return any(_units(text, *fold_with_places(text)))


def _address_start(text: str) -> int | None:
    """Return where the address of a line starts, at the end of the line for a label alone; None where it has none."""
    folded, places = fold_with_places(text)
    for label in _LABEL.finditer(folded):
        rest = folded[label.end() :]
        points = _POINTS.match(rest)
        behind = places[label.end() + (points.end() if points else 0)]
        first = text[behind : behind + 1]
        is_alone = not rest.strip(JUNK) and not folded[: label.start()].strip(JUNK + "0123456789")
        is_pointed = points is not None and points[0].strip() != "" and first.isalnum()
        if is_alone or is_pointed or first.isupper() or first.isdigit() or is_address(text[behind:]):
            return behind
    if not is_address(text):
        return None
    labels = [label.end for label in find_labels(text) if is_address(text[label.end :])]
    return max(labels, default=0)


def _end(text: str, start: int) -> int:
    """Return where an address ends: before the next label."""
    following = (label.start for label in find_labels(text) if label.start > start)
    return min((at for at in following if any(map(str.isalnum, text[start:at]))), default=len(text))


def _beside(label: PrintedLine, page: _Page) -> list[PrintedLine]:
    """Return the value right of a label."""
    height, (_, right) = geometry.height(label.quad), span_x(label.quad)
    middle = geometry.centre(label.quad)[1]
    row = [
        line
        for line in page.between(middle - _SAME_ROW * height, middle + _SAME_ROW * height)
        if right - height < span_x(line.quad)[0] < right + _FAR * height and line is not label
    ]
    first = min(row, key=lambda line: span_x(line.quad)[0], default=None)
    return [first] if first is not None and not _has_label(first) else []


def _under(line: PrintedLine, page: _Page) -> list[PrintedLine]:
    """Return the nearest line under another one, in its column; as each reader reads it."""
    height, middle = geometry.height(line.quad), geometry.centre(line.quad)[1]
    near = [
        (geometry.centre(other.quad)[1] - middle, other)
        for other in page.between(middle + _SAME_ROW * height, middle + _LINE_SPACING * height)
        if share_x(span_x(other.quad), span_x(line.quad)) > _SAME_COLUMN
    ]
    nearest = min((step for step, _ in near), default=0.0)
    return [other for step, other in near if step < nearest + height / 2 and not _has_label(other)]


def _broken(first: PrintedLine, page: _Page) -> list[PrintedLine]:
    """Return the lines of an address that none of them tells by itself: a province's name may be cut in two."""
    parts = [first]
    text = first.text.reveal()
    while len(parts) < _MOST_LINES and "," in text:
        under = _under(parts[-1], page)[:1]
        if not under:
            return []
        parts += under
        text = f"{text} {under[0].text.reveal()}"
        if is_address(text):
            return parts
    return []


def _continued(first: PrintedLine, page: _Page) -> Iterator[PrintedLine]:
    """Yield the further lines of an address."""
    line = first
    for _ in range(_MOST_LINES):
        text = line.text.reveal().rstrip()
        more = [other for other in _under(line, page) if _goes_on(text, other.text.reveal())]
        if not more:
            return
        yield from more
        line = more[0]


def _goes_on(text: str, following: str) -> bool:
    """Return whether the next line is of the address that a line holds: a province's name may be cut in two."""
    last, rest = fold(re.split(r"[,-]", text)[-1]), fold(following)
    whole = last.removeprefix("tinh ").removeprefix("thanh pho ")
    is_cut = any(name.startswith(f"{whole} ") and f"{whole} {rest} ".startswith(f"{name} ") for name in _PROVINCES)
    return text.endswith((",", "-", "–")) or is_cut or _is_part(following)


def _rest_end(line: PrintedLine) -> int:
    """Return where the rest of an address ends: behind the last unit or province, where a sentence goes on."""
    text = line.text.reveal()
    ends = [
        part.end() for part in _PART.finditer(text) if fold(part[0]).strip(JUNK) in _PROVINCES or _has_unit(part[0])
    ]
    return max(ends, default=len(text))


def _is_part(text: str) -> bool:
    """Return whether a line may be the rest of an address: it names a unit or is a province."""
    folded = fold(text)
    if _OFFICE.search(folded) or _DATED.search(folded):
        return False
    return folded.strip(JUNK) in _PROVINCES or _has_unit(text) or is_address(text)


def _has_label(line: PrintedLine) -> bool:
    text = line.text.reveal()
    return bool(find_labels(text)) or _LABEL.match(fold(text).strip(JUNK)) is not None


TABLES = (
    FactTable(
        name="addresses",
        source="Law on Organisation of Local Government 65/2025/QH15, article 1, and 77/2015/QH13, article 2",
        recognise=is_address,
        matching=(
            "Thôn Ví Dụ, xã Mẫu, huyện Thử, Hà Nội",
            "Số 1 Đường Mẫu, P. Ví Dụ, TP. Huế",
            "SN 12 Ngõ 3 Thử, Ví Dụ, Mẫu, Bình Dương",
            "12/34 Đường Mẫu, Ví Dụ, TP.HCM",
            "Tổ 5, Phường Ví Dụ, Đà Nẵng",
            "Mẫu, Ví Dụ, Thanh Hóa",
            "Thon Vi Du, Xa Mau, Huyen Thu, Nghe An",
        ),
        not_matching=(
            "UBND xã Mẫu, huyện Thử, Hà Nội",
            "Công an phường Ví Dụ, Hà Nội",
            "Hà Nội, ngày 1 tháng 2 năm 2024",
            "xã hội hóa, tỉnh táo",
            "Áo mưa, bàn phím, cà phê rang",
            "Số 12, 15/01/1999",
            "Nguyễn Văn Mẫu, Trần Thị Ví Dụ",
        ),
    ),
)
