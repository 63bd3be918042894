"""Split recognised lines into labels and values, in rows and columns; join numbers that a detector split."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from idscan.cards.fields.names import is_family_name, is_name_like
from idscan.cards.fields.numbers import find_numbers
from idscan.cards.labels.search import find_labels
from idscan.core import geometry
from idscan.core.enums import NAME_FIELDS
from idscan.core.geometry import Quad, quad_from_points

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from idscan.cards.labels.search import LabelMatch
    from idscan.core.enums import Field
    from idscan.core.geometry import Quad
    from idscan.core.types import PrintedLine

_TELLS_SLOPE = 4.0
"""Heights that a line must be long for its slope to say something: boxes are right to about a pixel."""
_FEWEST_SLOPES = 3
_LEAST_SPREAD = 8.0
"""Mean heights of a line over which slopes must be spread for a change of slope to be measured."""


@dataclass(frozen=True, slots=True)
class RowSlope:
    """How the lines of a page rise: by `base` in the middle of the page, by `change` more per pixel further down.

    Attributes:
        middle: the point at which row coordinates equal y.
        base: slope of the lines there.
        change: how the slope changes down the page; rows of a photographed page run together.
    """

    middle: geometry.Point
    base: float
    change: float

    @classmethod
    def of(cls, quads: Sequence[Quad]) -> RowSlope:
        """Measure it: the mean over long lines, their length as weight."""
        if not quads:
            return cls((0.0, 0.0), 0.0, 0.0)
        left, top, right, bottom = geometry.bounds(point for quad in quads for point in quad)
        middle = ((left + right) / 2, (top + bottom) / 2)
        found = [
            (_slope(quad), geometry.centre(quad)[1] - middle[1], geometry.width(quad))
            for quad in quads
            if geometry.width(quad) > _TELLS_SLOPE * geometry.height(quad)
        ]
        if len(found) < _FEWEST_SLOPES:
            return cls(middle, 0.0, 0.0)
        total = sum(weight for _, _, weight in found)
        mean_y = sum(y * weight for _, y, weight in found) / total
        mean = sum(slope * weight for slope, _, weight in found) / total
        spread = sum((y - mean_y) ** 2 * weight for _, y, weight in found)
        height = sum(map(geometry.height, quads)) / len(quads)
        if spread < total * (_LEAST_SPREAD * height) ** 2:
            return cls(middle, mean, 0.0)
        change = sum((slope - mean) * (y - mean_y) * weight for slope, y, weight in found) / spread
        return cls(middle, mean - change * mean_y, change)

    def row(self, quad: Quad) -> float:
        """Return where the row of a quad's middle crosses the middle of the page."""
        x, y = geometry.centre(quad)
        along = x - self.middle[0]
        down = y - self.middle[1]
        return self.middle[1] + (down - self.base * along) / (1 + self.change * along)


def _slope(quad: Quad) -> float:
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = quad
    return ((by + cy) - (ay + dy)) / max((bx + cx) - (ax + dx), 1.0)


def span_x(quad: Quad) -> tuple[float, float]:
    """Return the left and right end of a line."""
    return (quad[0][0] + quad[3][0]) / 2, (quad[1][0] + quad[2][0]) / 2


def overlap_x(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Return the pixels that two spans share; the gap between them, negative, where they share none."""
    return min(first[1], second[1]) - max(first[0], second[0])


def share_x(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Return the share of the narrower of two spans that lies in the other; negative where there is a gap between them.

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
"""What separates a label from its value, and noise at a value's ends."""

_WHOSE = re.compile(r"[\s,.]*(?P<words>(?:[^\W\d_]+\s+){0,4}[^\W\d_]+)\s*[:…][\s.…:\-]*")
_MARKS = re.compile(r"[.,…]+")
_WORDS = re.compile(r"\S+")
_WORDS_OF_A_NAME, _WORDS_OF_REMAINS = 2, 3

_SAME_ROW = 0.55  # share of the line height by which the middles of two pieces of one row may differ


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a line: a label, or text that may be a value.

    `weakest` is how sure the reader was of the least sure letter or digit; None where it does not say.
    """

    text: str
    quad: Quad
    confidence: float
    engine: str
    row: int
    match: LabelMatch | None = None
    weakest: float | None = None

    def __repr__(self) -> str:
        return f"Piece(field={self.field}, row={self.row})"

    @property
    def is_label(self) -> bool:
        """Whether this piece names a field, rather than being text that may be a value."""
        return self.match is not None

    @property
    def field(self) -> Field | None:
        """What a label's value is; None for text, and for labels whose value is no finding."""
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


def span_within(piece: Segment, start: int, end: int) -> Segment:
    """Return the part of a text that holds its characters `start` to `end` (exclusive), taken to be of equal width."""
    count = max(len(piece.text), 1)
    return replace(piece, text=piece.text[start:end], quad=part_of(piece.quad, start / count, end / count))


def span_of(line: PrintedLine, start: int, end: int) -> Quad:
    """Return the part of a line that holds its characters `start` to `end` (exclusive)."""
    count = max(len(line.text), 1)
    columns = line.columns if len(line.columns) == count else tuple((i + 0.5) / count for i in range(count))
    left = 0.0 if start <= 0 else (columns[start - 1] + columns[start]) / 2
    right = 1.0 if end >= count else (columns[end - 1] + columns[end]) / 2
    return part_of(line.quad, left, max(right, left + 1e-3))


def rows_of(lines: Sequence[PrintedLine]) -> list[list[PrintedLine]]:
    """Group lines that stand on one baseline, rows from top to bottom, each from left to right."""
    rows: list[list[PrintedLine]] = []
    for line in sorted(lines, key=lambda line: geometry.centre(line.quad)[1]):
        y = geometry.centre(line.quad)[1]
        for row in reversed(rows[-4:]):
            last = row[-1]
            limit = _SAME_ROW * min(geometry.height(line.quad), geometry.height(last.quad))
            if abs(_baseline_at(last.quad, geometry.centre(line.quad)[0]) - y) < limit:
                row.append(line)
                break
        else:
            rows.append([line])
    return [sorted(row, key=lambda line: line.quad[0][0]) for row in rows]


def _baseline_at(quad: Quad, x: float) -> float:
    """Return where the middle line of a quad, drawn on, passes at `x`: rows of a card seen aslant are not level."""
    (left_x, left_y), (right_x, right_y) = (
        ((quad[0][0] + quad[3][0]) / 2, (quad[0][1] + quad[3][1]) / 2),
        ((quad[1][0] + quad[2][0]) / 2, (quad[1][1] + quad[2][1]) / 2),
    )
    length = right_x - left_x
    # A short piece says little about the slope of its row.
    if length < 4 * geometry.height(quad):
        return (left_y + right_y) / 2
    return left_y + (right_y - left_y) * (x - left_x) / length


def segments_of(lines: Sequence[PrintedLine]) -> tuple[list[Segment], tuple[LabelMatch, ...]]:
    """Cut lines into labels and texts, in reading order; return them with all labels found."""
    pieces: list[Segment] = []
    found: list[LabelMatch] = []
    for row, group in enumerate(rows_of(lines)):
        last: LabelMatch | None = None
        for line in group:
            text = line.text.reveal()
            matches = find_labels(text)
            found.extend(matches)
            position = 0
            for match in matches:
                if position > 0 or not is_garbled_label(text[: match.start]):
                    pieces.extend(_texts(line, row, (position, match.start), last))
                quad = span_of(line, match.start, match.end)
                pieces.append(Segment(text[match.start : match.end], quad, line.confidence, line.engine, row, match))
                position, last = match.end, match
            pieces.extend(_texts(line, row, (position, len(text)), last))
    return pieces, tuple(found)


def is_garbled_label(text: str) -> bool:
    """Return whether the words before a line's first label are that label in the other language, misread.

    Cards print both; whoever types a name in small letters may part it from a label by the same sign.

    >>> [is_garbled_label(text) for text in ("Ngón trỏ trá/", "Lê Văn An/", "Tổ 5/", "Nguyễn văn mẫu/")]
    [True, False, False, False]
    """
    text = text.rstrip()
    words = text.removesuffix("/").split()
    is_prose = all(word.isalpha() for word in words) and all(word.islower() for word in words[1:])
    return text.endswith("/") and len(words) > 1 and is_prose and not is_family_name(words[0])


def _texts(line: PrintedLine, row: int, span: tuple[int, int], label: LabelMatch | None) -> list[Segment]:
    """Return the text in a part of a line, that in front of a name apart where no label led to anything else."""
    start, end = span
    text = line.text.reveal()
    cut = start + (name_start(text[start:end]) if label is None or label.field in NAME_FIELDS else 0)
    last = cut + name_end(text[cut:end]) if label is not None and label.field in NAME_FIELDS else end
    return [*_free(line, row, start, cut), *_free(line, row, cut, last), *_free(line, row, last, end)]


def name_start(text: str) -> int:
    """Return where a name in capitals begins behind what is left of its label; 0 where nothing is in front of it.

    What stands before a colon, or has a word in small letters, is no part of a name in capitals.

    Small letters before a colon are the rest of the label ("người bệnh:").

    >>> name_start("Họ tm: BÙI BẢO XUYẾN"), name_start("Y BLƠI NIÊ"), name_start("H'Hen NIÊ")
    (7, 0, 0)
    >>> name_start(" chủ hộ: Bùi Bảo Xuyến")
    9
    """
    whose = _WHOSE.match(text)
    if whose is not None and whose["words"].islower() and is_name_like(_MARKS.sub(" ", text[whose.end() :])):
        return whose.end()
    words = list(_WORDS.finditer(text))
    for place in range(1, min(len(words) - _WORDS_OF_A_NAME, _WORDS_OF_REMAINS) + 1):
        start = words[place].start()
        lead, name = [word[0] for word in words[:place]], text[start:]
        is_remains = lead[-1].endswith(":") or any(word[0].islower() for word in lead)
        is_lettered = all(letter.isalpha() or letter in " .:'’-" for letter in text[:start])
        if is_remains and is_lettered and name.isupper() and is_name_like(name):
            return start
    return 0


def name_end(text: str) -> int:
    """Return where a name ends that a sentence goes on behind, the length of the text where none does.

    >>> name_end("Nguyễn Văn Mẫu, giữ chức vụ"), name_end("Nguyễn Văn Mẫu đã đăng ký"), name_end("Nguyễn Văn mẫu")
    (14, 14, 14)
    """
    words = [word for word in _WORDS.finditer(text) if any(map(str.isalpha, word[0]))]
    for place, word in enumerate(words):
        rest = words[place + 1 :]
        if word[0][0].islower():
            break
        goes_on = len(rest) >= _WORDS_OF_A_NAME or (rest != [] and not rest[0][0].isupper())
        if word[0][-1] in ",;(" and place + 1 >= _WORDS_OF_A_NAME and goes_on:
            return word.end() - 1
        are_small = [other[0][0].islower() for other in rest[:_WORDS_OF_A_NAME]]
        if place + 1 >= _WORDS_OF_A_NAME and are_small == [True] * _WORDS_OF_A_NAME:
            return word.end()
    return len(text)


def _free(line: PrintedLine, row: int, start: int, end: int) -> list[Segment]:
    text = line.text.reveal()[start:end]
    lead = len(text) - len(text.lstrip(JUNK))
    body = text.strip(JUNK)
    if not any(character.isalnum() for character in body):
        return []
    first = start + lead
    quad = span_of(line, first, first + len(body))
    return [Segment(body, quad, line.confidence, line.engine, row, weakest=weakest_of(line, first, first + len(body)))]


def weakest_of(line: PrintedLine, start: int = 0, end: int | None = None) -> float | None:
    """Return how sure the reader was of the least sure letter or digit in a part of a line; None where it is silent."""
    text = line.text.reveal()
    if len(line.confidences) != len(text):
        return None
    read = zip(text[start:end], line.confidences[start:end], strict=True)
    return min((sure for letter, sure in read if letter.isalnum()), default=None)


_GROUPS = re.compile(r"\s*\d[\d\s]*")
_LENGTH, _STRAY = 12, 2
"""Digits of a number, and those that its parts may show more: boxes overlap, and show of their neighbour's digits."""
_GAP = 1.0
"""Heights from one part to the next, which is that of a wide space; and by which the boxes of parts may overlap."""
_OFF = 0.35
"""Heights by which the middles of neighbouring parts may differ on a page that is photographed aslant."""
_HIGHER = 1.5
"""How much higher than its neighbour a part may be."""


def join_split_numbers(lines: Sequence[PrintedLine]) -> list[tuple[PrintedLine, ...]]:
    """Return the lines that together may be one number each, from left to right; no line stands for two.

    Args:
        lines: upright lines of a page.
    """
    parts = sorted((line for line in lines if _is_part(line)), key=lambda line: geometry.centre(line.quad)[1])
    runs = [run for line in parts for run in _runs(line, parts)]
    runs.sort(key=lambda run: abs(_digits(*run) - _LENGTH))
    taken: set[int] = set()
    found: list[tuple[PrintedLine, ...]] = []
    for run in runs:
        if taken.isdisjoint(map(id, run)):
            taken.update(map(id, run))
            found.append(run)
    return found


def _is_part(line: PrintedLine) -> bool:
    text = line.text.reveal()
    return _GROUPS.fullmatch(text) is not None and _digits(line) < _LENGTH and not find_numbers(text)


def _digits(*lines: PrintedLine) -> int:
    return sum(map(str.isdigit, "".join(line.text.reveal() for line in lines)))


def _runs(first: PrintedLine, parts: Sequence[PrintedLine]) -> Iterator[tuple[PrintedLine, ...]]:
    """Yield a part with those on its right as long as they are not too many digits."""
    run = [first]
    while (after := _next(run[-1], parts)) is not None:
        run.append(after)
        digits = _digits(*run)
        if digits > _LENGTH + _STRAY:
            return
        if digits >= _LENGTH:
            yield tuple(run)


def _next(line: PrintedLine, parts: Sequence[PrintedLine]) -> PrintedLine | None:
    """Return the part that begins where a part ends."""
    height, middle = geometry.height(line.quad), geometry.centre(line.quad)
    start = bisect_left(parts, middle[1] - _OFF * height, key=lambda part: geometry.centre(part.quad)[1])
    found: list[PrintedLine] = []
    for part in parts[start:]:
        x, y = geometry.centre(part.quad)
        if y > middle[1] + _OFF * height:
            break
        is_beside = x > middle[0] and abs(overlap_x(span_x(line.quad), span_x(part.quad))) < _GAP * height
        if is_beside and height / _HIGHER < geometry.height(part.quad) < height * _HIGHER:
            found.append(part)
    return min(found, key=lambda part: span_x(part.quad)[0], default=None)
