"""Split recognised lines into labels and values, group them in rows; join numbers that the detector split."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from idscan.cards.fields.numbers import CITIZEN_NUMBER_DIGITS, find_numbers
from idscan.cards.fields.person_names import is_family_name, is_name_like
from idscan.cards.labels.search import find_labels
from idscan.core import geometry
from idscan.core.enums import NAME_FIELDS, Source
from idscan.core.geometry import quad_from_points
from idscan.core.types import Fact, Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from idscan.cards.labels.search import LabelMatch
    from idscan.core.enums import Field
    from idscan.core.geometry import Quad
    from idscan.core.types import PrintedLine

_MIN_SLOPED_LENGTH = 4.0
"""Heights of length from which slope is measured. Lower: noise tilts rows; higher: short lines give no slope."""
_MIN_SLOPED_LINES = 3
"""Lines with a slope for that of a page. Fewer: one wrong box tilts all rows; more: short pages have no slope."""
_MIN_SLOPE_SPREAD = 8.0
"""Mean heights of vertical spread to measure changing slope. Lower: noise; higher: rows in perspective join."""
_ROW_OFFSET = 0.55
"""Heights between middles in one row. Lower: rows of tilted pages are split; higher: neighbouring rows join."""
_ROWS_COMPARED = 4
"""Last rows that a line may join. Fewer: rows of tilted pages are split; more: costs time."""


@dataclass(frozen=True, slots=True)
class RowSlope:
    """Slope of the lines of a page, with a linear change down the page as by perspective.

    Attributes:
        middle: the point at which row coordinates equal y.
        base: slope of the lines there.
        change: change of the slope per pixel down the page.
    """

    middle: geometry.Point
    base: float
    change: float

    @classmethod
    def of(cls, quads: Sequence[Quad]) -> RowSlope:
        """Measure the mean slope of long lines, weighted by their length."""
        if not quads:
            return cls((0.0, 0.0), 0.0, 0.0)
        left, top, right, bottom = geometry.bounds(point for quad in quads for point in quad)
        middle = ((left + right) / 2, (top + bottom) / 2)
        found = [
            (_slope(quad), geometry.centre(quad)[1] - middle[1], geometry.width(quad))
            for quad in quads
            if geometry.width(quad) > _MIN_SLOPED_LENGTH * geometry.height(quad)
        ]
        if len(found) < _MIN_SLOPED_LINES:
            return cls(middle, 0.0, 0.0)
        total = sum(weight for _, _, weight in found)
        mean_y = sum(y * weight for _, y, weight in found) / total
        mean = sum(slope * weight for slope, _, weight in found) / total
        spread = sum((y - mean_y) ** 2 * weight for _, y, weight in found)
        height = sum(map(geometry.height, quads)) / len(quads)
        if spread < total * (_MIN_SLOPE_SPREAD * height) ** 2:
            return cls(middle, mean, 0.0)
        change = sum((slope - mean) * (y - mean_y) * weight for slope, y, weight in found) / spread
        return cls(middle, mean - change * mean_y, change)

    def row(self, quad: Quad) -> float:
        """Return the y at which the row through the centre of a quad crosses the middle of the page."""
        x, y = geometry.centre(quad)
        along = x - self.middle[0]
        down = y - self.middle[1]
        return self.middle[1] + (down - self.base * along) / (1 + self.change * along)


def _slope(quad: Quad) -> float:
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = quad
    return ((by + cy) - (ay + dy)) / max((bx + cx) - (ax + dx), 1.0)


def span_x(quad: Quad) -> tuple[float, float]:
    """Return the left and right end of a line in pixels."""
    return (quad[0][0] + quad[3][0]) / 2, (quad[1][0] + quad[2][0]) / 2


def overlap_x(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Return the overlap of two spans in pixels; where there is none, the gap between them, negative."""
    return min(first[1], second[1]) - max(first[0], second[0])


def share_x(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Return the overlap of two spans as a share of the narrower one; negative where there is a gap between them.

    >>> share_x((0, 10), (8, 28)), share_x((0, 10), (15, 16))
    (0.2, -5.0)
    """
    narrower = min(first[1] - first[0], second[1] - second[0])
    return overlap_x(first, second) / max(narrower, 1e-9)


def enclosing_span(spans: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """Return the span from the leftmost to the rightmost end."""
    lefts, rights = zip(*spans, strict=True)
    return min(lefts), max(rights)


JUNK = " \t.,:;/\\|-_'\"·•*()[]{}"
"""Separators between label and value, and noise around a value."""
_REST_OF_LABEL = re.compile(r"[\s,.]*(?P<words>(?:[^\W\d_]+\s+){0,4}[^\W\d_]+)\s*[:…][\s.…:\-]*")
_MARKS = re.compile(r"[.,…]+")
_WORDS = re.compile(r"\S+")
_MIN_NAME_WORDS = 2
"""Words of a name, or of a sentence behind it. Fewer: single words are split off; more: short names are missed."""
_MAX_REMAINS = 3
"""Words of a misread label before a name. Fewer: the name keeps remains of its label; more: costs time."""


@dataclass(frozen=True, slots=True)
class TextSegment:
    """A part of a line: a label, or text that may be a value.

    `weakest` is the lowest confidence of its letters and digits; None where the engine gives none.
    """

    text: str
    quad: Quad
    confidence: float
    engine: str
    row: int
    match: LabelMatch | None = None
    weakest: float | None = None

    def __repr__(self) -> str:
        return f"TextSegment(field={self.field}, row={self.row})"

    @property
    def is_label(self) -> bool:
        """Whether this is a label; else it is text that may be a value."""
        return self.match is not None

    @property
    def field(self) -> Field | None:
        """Field of a label; None for text, and for labels whose value is no finding."""
        return self.match.field if self.match else None

    @property
    def height(self) -> float:
        """Height in pixels."""
        return geometry.height(self.quad)


def part_of(quad: Quad, start: float, end: float) -> Quad:
    """Return the part of a line between two fractions of its width."""

    def along(a: geometry.Point, b: geometry.Point, share: float) -> geometry.Point:
        return (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share)

    top_left, top_right, bottom_right, bottom_left = quad
    return quad_from_points(
        (
            along(top_left, top_right, start),
            along(top_left, top_right, end),
            along(bottom_left, bottom_right, end),
            along(bottom_left, bottom_right, start),
        )
    )


def segment_part(segment: TextSegment, start: int, end: int) -> TextSegment:
    """Return the part of a segment with its characters `start` to `end` (exclusive), assuming equal widths."""
    count = max(len(segment.text), 1)
    return replace(segment, text=segment.text[start:end], quad=part_of(segment.quad, start / count, end / count))


def span_of(line: PrintedLine, start: int, end: int) -> Quad:
    """Return the quad of the characters `start` to `end` (exclusive) of a line."""
    count = max(len(line.text), 1)
    columns = line.columns if len(line.columns) == count else tuple((i + 0.5) / count for i in range(count))
    left = 0.0 if start <= 0 else (columns[start - 1] + columns[start]) / 2
    right = 1.0 if end >= count else (columns[end - 1] + columns[end]) / 2
    return part_of(line.quad, left, max(right, left + 1e-3))


def fact_of_lines(field: Field, value: str, quads: Sequence[Quad], confidence: float, engine: str) -> Fact:
    """Return the fact of a printed value in one or several lines."""
    return Fact(
        field=field,
        value=Secret(value),
        by=Source.PRINT,
        quad=quads[0] if len(quads) == 1 else geometry.enclosing(quads),
        confidence=confidence,
        engine=engine,
        lines=tuple(quads),
    )


def rows_of(lines: Sequence[PrintedLine]) -> list[list[PrintedLine]]:
    """Group lines by their baseline: rows from top to bottom, each from left to right."""
    rows: list[list[PrintedLine]] = []
    for line in sorted(lines, key=lambda line: geometry.centre(line.quad)[1]):
        y = geometry.centre(line.quad)[1]
        for row in reversed(rows[-_ROWS_COMPARED:]):
            last = row[-1]
            limit = _ROW_OFFSET * min(geometry.height(line.quad), geometry.height(last.quad))
            if abs(_middle_at(last.quad, geometry.centre(line.quad)[0]) - y) < limit:
                row.append(line)
                break
        else:
            rows.append([line])
    return [sorted(row, key=lambda line: line.quad[0][0]) for row in rows]


def _middle_at(quad: Quad, x: float) -> float:
    """Return the y at `x` of the extended middle line of a quad, as rows of a tilted card are not level."""
    (left_x, left_y), (right_x, right_y) = (
        ((quad[0][0] + quad[3][0]) / 2, (quad[0][1] + quad[3][1]) / 2),
        ((quad[1][0] + quad[2][0]) / 2, (quad[1][1] + quad[2][1]) / 2),
    )
    length = right_x - left_x
    if length < _MIN_SLOPED_LENGTH * geometry.height(quad):
        return (left_y + right_y) / 2
    return left_y + (right_y - left_y) * (x - left_x) / length


def segments_of(lines: Sequence[PrintedLine]) -> tuple[list[TextSegment], tuple[LabelMatch, ...]]:
    """Split lines into labels and texts, in reading order; return them with all labels found."""
    segments: list[TextSegment] = []
    found: list[LabelMatch] = []
    for row, group in enumerate(rows_of(lines)):
        last: LabelMatch | None = None
        for line in group:
            text = line.text.reveal()
            matches = find_labels(text)
            found.extend(matches)
            position = 0
            for match in matches:
                if position > 0 or not is_misread_label(text[: match.start]):
                    segments.extend(_text_segments(line, row, (position, match.start), last))
                printed, quad = text[match.start : match.end], span_of(line, match.start, match.end)
                segments.append(TextSegment(printed, quad, line.confidence, line.engine, row, match))
                position, last = match.end, match
            segments.extend(_text_segments(line, row, (position, len(text)), last))
    return segments, tuple(found)


def is_misread_label(text: str) -> bool:
    """Return whether the words before the first label of a line are that label in the other language, misread.

    Labels on cards are bilingual; a typed name in small letters may stand before a slash as well.

    >>> [is_misread_label(text) for text in ("Ngón trỏ trá/", "Lê Văn An/", "Tổ 5/", "Nguyễn văn mẫu/")]
    [True, False, False, False]
    """
    text = text.rstrip()
    words = text.removesuffix("/").split()
    is_prose = all(word.isalpha() for word in words) and all(word.islower() for word in words[1:])
    return text.endswith("/") and len(words) > 1 and is_prose and not is_family_name(words[0])


def _text_segments(line: PrintedLine, row: int, span: tuple[int, int], label: LabelMatch | None) -> list[TextSegment]:
    """Return the text in a part of a line, split before and behind a name unless the last label is of another field."""
    start, end = span
    text = line.text.reveal()
    cut = start + (name_start(text[start:end]) if label is None or label.field in NAME_FIELDS else 0)
    last = cut + name_end(text[cut:end]) if label is not None and label.field in NAME_FIELDS else end
    return [
        *_text_segment(line, row, start, cut),
        *_text_segment(line, row, cut, last),
        *_text_segment(line, row, last, end),
    ]


def name_start(text: str) -> int:
    """Return the start of a name behind the remains of its label; 0 without any.

    Text before a colon, or with a word in small letters, is no part of a name in capitals. Words in small letters
    before a colon are the rest of the label ("người bệnh:").

    >>> name_start("Họ tm: BÙI BẢO XUYẾN"), name_start("Y BLƠI NIÊ"), name_start("H'Hen NIÊ")
    (7, 0, 0)
    >>> name_start(" chủ hộ: Bùi Bảo Xuyến")
    9
    """
    rest = _REST_OF_LABEL.match(text)
    if rest is not None and rest["words"].islower() and is_name_like(_MARKS.sub(" ", text[rest.end() :])):
        return rest.end()
    words = list(_WORDS.finditer(text))
    for place in range(1, min(len(words) - _MIN_NAME_WORDS, _MAX_REMAINS) + 1):
        start = words[place].start()
        lead, name = [word[0] for word in words[:place]], text[start:]
        is_remains = lead[-1].endswith(":") or any(word[0].islower() for word in lead)
        is_lettered = all(letter.isalpha() or letter in " .:'’-" for letter in text[:start])
        if is_remains and is_lettered and name.isupper() and is_name_like(name):
            return start
    return 0


def name_end(text: str) -> int:
    """Return the end of a name before the rest of a sentence; the length of the text where none follows.

    >>> name_end("Nguyễn Văn Mẫu, giữ chức vụ"), name_end("Nguyễn Văn Mẫu đã đăng ký"), name_end("Nguyễn Văn mẫu")
    (14, 14, 14)
    """
    words = [word for word in _WORDS.finditer(text) if any(map(str.isalpha, word[0]))]
    for place, word in enumerate(words):
        rest = words[place + 1 :]
        if word[0][0].islower():
            break
        is_followed = len(rest) >= _MIN_NAME_WORDS or (rest != [] and not rest[0][0].isupper())
        if word[0][-1] in ",;(" and place + 1 >= _MIN_NAME_WORDS and is_followed:
            return word.end() - 1
        are_small = [other[0][0].islower() for other in rest[:_MIN_NAME_WORDS]]
        if place + 1 >= _MIN_NAME_WORDS and are_small == [True] * _MIN_NAME_WORDS:
            return word.end()
    return len(text)


def _text_segment(line: PrintedLine, row: int, start: int, end: int) -> list[TextSegment]:
    text = line.text.reveal()[start:end]
    lead = len(text) - len(text.lstrip(JUNK))
    body = text.strip(JUNK)
    if not any(character.isalnum() for character in body):
        return []
    first, last = start + lead, start + lead + len(body)
    weakest = weakest_of(line, first, last)
    return [TextSegment(body, span_of(line, first, last), line.confidence, line.engine, row, weakest=weakest)]


def weakest_of(line: PrintedLine, start: int = 0, end: int | None = None) -> float | None:
    """Return the lowest confidence of the letters and digits in a part of a line; None where the engine gives none."""
    text = line.text.reveal()
    if len(line.confidences) != len(text):
        return None
    read = zip(text[start:end], line.confidences[start:end], strict=True)
    return min((confidence for letter, confidence in read if letter.isalnum()), default=None)


_DIGIT_GROUPS = re.compile(r"\s*\d[\d\s]*")
_MAX_EXTRA_DIGITS = 2
"""Digits in excess, as boxes overlap. Fewer: numbers are missed; more: other digits join."""
_MAX_PART_GAP = 1.0
"""Heights between parts of a number, or of overlap. Lower: wide spaces split it; higher: neighbouring columns join."""
_MAX_PART_OFFSET = 0.35
"""Heights between middles of parts. Lower: numbers on tilted pages are missed; higher: neighbouring rows join."""
_MAX_HEIGHT_RATIO = 1.5
"""Ratio of heights of parts. Lower: numbers with uneven boxes are missed; higher: other print joins."""


def join_split_numbers(lines: Sequence[PrintedLine]) -> list[tuple[PrintedLine, ...]]:
    """Return the groups of lines that may together be one number, from left to right; each line is in one group.

    Args:
        lines: upright lines of a page.
    """
    parts = sorted((line for line in lines if _is_number_part(line)), key=lambda line: geometry.centre(line.quad)[1])
    runs = [run for line in parts for run in _number_runs(line, parts)]
    runs.sort(key=lambda run: abs(_count_digits(*run) - CITIZEN_NUMBER_DIGITS))
    taken: set[int] = set()
    found: list[tuple[PrintedLine, ...]] = []
    for run in runs:
        if taken.isdisjoint(map(id, run)):
            taken.update(map(id, run))
            found.append(run)
    return found


def _is_number_part(line: PrintedLine) -> bool:
    text = line.text.reveal()
    is_short = _count_digits(line) < CITIZEN_NUMBER_DIGITS
    return _DIGIT_GROUPS.fullmatch(text) is not None and is_short and not find_numbers(text)


def _count_digits(*lines: PrintedLine) -> int:
    return sum(map(str.isdigit, "".join(line.text.reveal() for line in lines)))


def _number_runs(first: PrintedLine, parts: Sequence[PrintedLine]) -> Iterator[tuple[PrintedLine, ...]]:
    """Yield a part with those on its right, for each total of digits that may be a number."""
    run = [first]
    while (after := _next_part(run[-1], parts)) is not None:
        run.append(after)
        digits = _count_digits(*run)
        if digits > CITIZEN_NUMBER_DIGITS + _MAX_EXTRA_DIGITS:
            return
        if digits >= CITIZEN_NUMBER_DIGITS:
            yield tuple(run)


def _next_part(line: PrintedLine, parts: Sequence[PrintedLine]) -> PrintedLine | None:
    """Return the nearest part that begins about where another ends."""
    height, middle = geometry.height(line.quad), geometry.centre(line.quad)
    start = bisect_left(parts, middle[1] - _MAX_PART_OFFSET * height, key=lambda part: geometry.centre(part.quad)[1])
    found: list[PrintedLine] = []
    for part in parts[start:]:
        x, y = geometry.centre(part.quad)
        if y > middle[1] + _MAX_PART_OFFSET * height:
            break
        is_beside = x > middle[0] and abs(overlap_x(span_x(line.quad), span_x(part.quad))) < _MAX_PART_GAP * height
        if is_beside and height / _MAX_HEIGHT_RATIO < geometry.height(part.quad) < height * _MAX_HEIGHT_RATIO:
            found.append(part)
    return min(found, key=lambda part: span_x(part.quad)[0], default=None)
