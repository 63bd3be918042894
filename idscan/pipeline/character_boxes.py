"""Read form fields with one box per character, which text detectors split.

The characters are cut out between the rules, put side by side as in ordinary print, and read as one line.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from idscan.cards.extract.segments import part_of
from idscan.core import geometry
from idscan.core.geometry import quad_from_box
from idscan.core.types import PrintedLine, Secret
from idscan.pipeline.context import second_reader, text_recognizer
from idscan.pipeline.reread import name_lexicon, unmarked_lexicon
from idscan.vision import perspective, preprocess

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from idscan.core.geometry import Quad
    from idscan.core.types import LineReading
    from idscan.engines.registry import LexiconReader
    from idscan.vision.perspective import View

_FEWEST = 5
"""Characters of a boxed field: fewer are a checkbox or a page number."""
_NARROW = 1.45
"""A box around one character is at most so many times as wide as high; detectors add a margin on all sides."""
_RULE_OF_PART = 0.76
"""The same for a part of a field, whose box a detector makes higher: what stands beside the field is no other print."""
_MOST_MISSED = 12
"""Characters in a row that a detector may miss at either end of a field."""
_PART = 5.0
"""Heights that a part of a field beside another may be long: a label is longer, and further away."""
_NEXT = 2.9
"""Widths of the usual step from one character to the next that the next may be away: empty boxes part words."""
_ROOM_IN_BOX = 0.1
"""Of the height of characters: room above and below them that their boxes have at least."""
_BOX, _FILLED = 1.6, 0.6
"""Heights of characters that a box is wide at most, and the share of a field that its boxes fill: dates have strokes
between theirs."""
_LABEL = 1.5
"""Heights in front of the first rule of a line that are a label's: less is the edge of a box."""
_EDGE_OF_BOX = 2
"""Pixels of a line cut to `_CUT_HEIGHT` that a rule's soft edge takes."""
_ROOM = 0.15
"""Of their height: room above and below characters for marks that a detector cut off."""
_SAME_ROW = 0.35
"""Vertical distance of centres by height. Lower: skewed rows break apart; higher: neighbouring rows are joined."""
_SAME_HEIGHT = 1.6
"""Ratio of heights in one row. Lower: letters with marks are left out; higher: print of other sizes is included."""
_RULE = 0.86
"""Share of the height of a field that a rule between its boxes covers; letters are lower than their boxes."""
_DOUBLE = 0.3
"""Of the height of a field: a smaller gap between two rules holds no character."""
_FEWEST_RULES, _FEWEST_OF_PART, _REGULAR = 4, 2, 0.25
"""Rules that divide a field, and a part of one beside another part.

The third is by how much of their usual distance the distance of two of them may differ.
"""
_INK = 0.25
"""Share of the largest contrast that counts as ink. Lower: noise counts; higher: faint strokes are lost."""
_LEAST_CONTRAST = 40.0
"""Grey levels between paper and ink. Lower: bare paper counts as print; higher: faint forms are not read."""
_GLYPH_GAP = 0.18
"""Of the height of the characters: the gap between two that are put side by side."""
_ROW_ROOM = 0.3
"""Of that height: room above and below the characters; with less, marks are read that are not there."""
_WORD_GAP, _WORD_STEP = 0.55, 1.5
"""The gap between words, of that height; and the usual steps beyond which a box between two characters is empty."""
_EMPTY = 0.0015
"""Of the square of a field's height: smaller specks are no marks."""
_THIN, _WIDEST, _SOLID = 0.12, 1.1, 0.15
"""Of a field's height: strokes of boxes are thinner, and boxes wider than characters; and how much of what is cut by
the edge of a field is ink in a character, at least."""
_LONG = 0.45
"""Of a field's height: a thin level stroke that is longer is a rule; marks are shorter."""
_LOW = 0.55
"""Of the height of the others: lower characters are the remains of rules."""
_INSIDE = 0.35
"""Of the height of a box: what is in it and higher is its character; the dot in a zero is lower."""
_STROKE, _LEAST_OF_STROKE, _MOST_OF_STROKE = 0.3, 0.8, 1.3
"""Of the usual height of characters: width up to which one may be a rule's remains, and heights of I and 1."""
_MOST_WITH_MARK = 1.75
"""Of that height: capitals with two marks."""
_TALL = 1.2
"""Of that height: a letter with a mark that touches it."""
_MARK = 0.3
"""Of its width: a mark stands over its letter, at most so far to the side."""
_CUT_HEIGHT = 64
"""Pixels to which a line is scaled. Lower: thin rules vanish; higher: only costs more time."""
_DIGITS_OF_A_DATE = 8  # day, month and year; more digits are a number, written without separators
_SURE = 0.99
"""Confidence from which digits need no second reader: a wide zero is read as 9 with 0.97."""


@dataclass(frozen=True, slots=True)
class CharacterBoxes:
    """Lines of a view, split into boxed fields, each as one place, and all others."""

    fields: tuple[Quad, ...]
    others: tuple[Quad, ...]


def find_character_boxes(view: View, quads: Sequence[Quad]) -> CharacterBoxes:
    """Find the fields with one box per character among upright lines.

    Args:
        view: where they stand.
        quads: single characters, parts of fields, whole fields, and other lines.
    """
    quads = [part for quad in quads for part in _without_label(view, quad)]
    fields = [
        row
        for row in _rows_of_characters(quads)
        if len(row) >= _FEWEST or _count_rules(view, geometry.enclosing(row)) >= _FEWEST_OF_PART
    ]
    inside = {quad for field in fields for quad in field}
    fields += [[quad] for quad in quads if quad not in inside and _count_rules(view, quad) >= _FEWEST_RULES]
    inside |= {quad for field in fields for quad in field}
    left_over = [quad for quad in quads if quad not in inside]
    fields += (sparse := _sparse_fields(view, left_over))
    inside |= {quad for field in sparse for quad in field}
    left_over = [quad for quad in left_over if quad not in inside]
    for field in (joined := _joined(fields)):
        # Parts of a field that hold few characters.
        for quad in sorted(left_over, key=lambda quad: abs(quad[0][0] - field[0][0][0])):
            if _is_next(field, quad) and (_is_narrow(quad) or (_is_divided(view, quad) and _is_ruled(view, quad))):
                field.append(quad)
                inside.add(quad)
        left_over = [quad for quad in left_over if quad not in inside]
    places: list[Quad] = []
    for field in _whole(view, joined, quads):
        place = _with_ends(view, field, [quad for quad in quads if quad not in field])
        if _strip(view, place) is not None:
            places.append(place)
        else:
            inside -= set(field)
    return CharacterBoxes(tuple(places), tuple(quad for quad in quads if quad not in inside))


def read_character_boxes(view: View, fields: Sequence[Quad]) -> tuple[PrintedLine, ...]:
    """Read boxed fields; those in which no characters can be separated are left out."""
    own = text_recognizer()
    if own is None:
        return ()
    found: list[PrintedLine] = []
    for quad in fields:
        strip = _strip(view, quad)
        reading = _reading(own, strip) if strip is not None else None
        if reading is not None and reading.text:
            found.append(PrintedLine(reading.text, quad, reading.confidence, reading.engine))
    return tuple(found)


def _reading(own: LexiconReader, strip: _Strip) -> LineReading:
    first = own.read_lines([strip.pixels])[0]
    if 2 * sum(map(str.isdigit, first.text.reveal())) >= len(first.text):
        digits = _surer(first, strip.pixels)
        return replace(digits, text=Secret(_joined_digits(digits.text.reveal())), columns=(), confidences=())
    lexicon = name_lexicon() if strip.has_marks else unmarked_lexicon()
    return own.read_names([strip.pixels], lexicon)[0] or first


def _joined_digits(text: str) -> str:
    """Return digits without gaps: those between boxes part day, month and year, strokes in a number are left of rules.

    >>> _joined_digits("15/0 1/1999"), _joined_digits("001/099 000001")
    ('15/01/1999', '001099000001')
    """
    digits = "".join(filter(str.isdigit, text))
    return digits if len(digits) > _DIGITS_OF_A_DATE else "".join(text.split())


def _surer(first: LineReading, strip: NDArray[np.uint8]) -> LineReading:
    """Return a reading of digits, or that of the embedded reader if its confidence is higher."""
    judge = second_reader()
    if judge is None or first.confidence > _SURE:
        return first
    second = judge.read_lines([strip])[0]
    is_number = second.text.reveal().replace(" ", "").isdigit()
    return second if is_number and second.confidence > first.confidence else first


def _rows_of_characters(quads: Sequence[Quad]) -> list[list[Quad]]:
    """Return rows of single characters at regular steps."""
    single = sorted((quad for quad in quads if _is_narrow(quad)), key=lambda quad: quad[0][0])
    rows: list[list[Quad]] = []
    for quad in single:
        fitting = [row for row in rows if _follows(row, quad)]
        if fitting:
            min(fitting, key=lambda row: _step(row[-1], quad)).append(quad)
        else:
            rows.append([quad])
    return [row for row in rows if len(row) >= _FEWEST_OF_PART and _is_even(row)]


def _without_label(view: View, quad: Quad) -> list[Quad]:
    """Return a line, in two where a detector took a label and the boxes beside it for one."""
    if geometry.width(quad) < _NARROW * geometry.height(quad):
        return [quad]
    crop = perspective.cut_line(view.pixels, quad, _CUT_HEIGHT)
    ink = _ink(crop)
    rules = _regular(_rules(ink)) if ink is not None else []
    start = rules[0][0] - _EDGE_OF_BOX if rules else 0
    if len(rules) < _FEWEST_RULES or start < _LABEL * crop.shape[0]:
        return [quad]
    share = start / crop.shape[1]
    return [part_of(quad, 0.0, share), part_of(quad, share, 1.0)]


def _sparse_fields(view: View, quads: Sequence[Quad]) -> list[list[Quad]]:
    """Return fields of which a detector found few, distant characters with rules between them."""
    rows: list[list[Quad]] = []
    for quad in sorted(quads, key=lambda quad: quad[0][0]):
        row = next((row for row in rows if _is_level(row[-1], quad)), None)
        if row is None:
            rows.append([quad])
        else:
            row.append(quad)
    found: list[list[Quad]] = []
    for row in rows:
        for is_part, group in groupby(row, key=lambda quad: geometry.width(quad) < _PART * geometry.height(quad)):
            parts = list(group)
            if not is_part or len(parts) < _FEWEST_OF_PART:
                continue
            place = _with_room(geometry.enclosing(parts))
            rules = _regular(_rules_in(view, place))
            if len(rules) < _FEWEST_RULES or not _are_of_boxes(
                rules, rules[-1][1] - rules[0][0], geometry.height(place)
            ):
                continue
            box = rules[1][0] - rules[0][0]
            first, last = place[0][0] + rules[0][0] - box, place[0][0] + rules[-1][1] + box
            found.append([part for part in parts if first < geometry.centre(part)[0] < last])
    return found


def _is_level(first: Quad, second: Quad) -> bool:
    """Return whether two quads are of one row and of like height."""
    heights = sorted((geometry.height(first), geometry.height(second)))
    is_level = abs(geometry.centre(second)[1] - geometry.centre(first)[1]) < _SAME_ROW * heights[1]
    return is_level and heights[1] < _SAME_HEIGHT * heights[0]


def _joined(fields: Sequence[list[Quad]]) -> list[list[Quad]]:
    """Join neighbouring parts of fields."""
    joined: list[list[Quad]] = []
    for field in sorted(fields, key=lambda field: geometry.bounds(geometry.enclosing(field))[0]):
        before = next((other for other in joined if _is_next(other, geometry.enclosing(field))), None)
        if before is None:
            joined.append(list(field))
        else:
            before.extend(field)
    return joined


def _whole(view: View, fields: Sequence[list[Quad]], quads: Sequence[Quad]) -> list[list[Quad]]:
    """Join fields whose boxes overlap: no character was detected between them."""
    whole: list[tuple[list[Quad], Quad]] = []
    for field in sorted(fields, key=lambda field: geometry.bounds(geometry.enclosing(field))[0]):
        place = _with_ends(view, field, [quad for quad in quads if quad not in field])
        before = next((i for i, (_, other) in enumerate(whole) if _run_together(place, other)), None)
        if before is None:
            whole.append((list(field), place))
        else:
            parts = [*whole[before][0], *field]
            whole[before] = (parts, geometry.enclosing((whole[before][1], place)))
    return [field for field, _ in whole]


def _run_together(first: Quad, second: Quad) -> bool:
    return _is_level(first, second) and geometry.overlap(first, second) > 0


def _with_ends(view: View, field: Sequence[Quad], others: Sequence[Quad]) -> Quad:
    """Return the place of a field with room for a character missed at either end, and for marks above and below."""
    left, top, right, bottom = geometry.bounds(geometry.enclosing(field))
    height = max(map(geometry.height, field))
    steps = sorted(_step(a, b) for a, b in pairwise(field) if _step(a, b) > 0)
    step = min(steps[len(steps) // 4], 2 * height) if len(steps) >= _FEWEST - 1 else height
    top, bottom = top - _ROOM * height, bottom + _ROOM * height
    level = [geometry.bounds(quad) for quad in others]
    level = [box for box in level if box[1] < bottom and box[3] > top]
    first = max([box[2] + 2 for box in level if box[0] < left], default=0.0)
    last = min([box[0] - 2 for box in level if box[2] > right], default=float(view.width))
    for _ in range(_MOST_MISSED):
        if left - step < first or not _is_divided(view, quad_from_box(left - step, top, left, bottom)):
            break
        left -= step
    for _ in range(_MOST_MISSED):
        if right + step > last or not _is_divided(view, quad_from_box(right, top, right + step, bottom)):
            break
        right += step
    return quad_from_box(min(left, max(left - step / 2, first)), top, max(right, min(right + step / 2, last)), bottom)


def _is_next(field: Sequence[Quad], quad: Quad) -> bool:
    """Return whether a quad is level with a field and at most an empty box or two away."""
    whole = geometry.enclosing(field)
    # A detector makes those parts of a field higher in which it sees rules.
    like = min(map(geometry.height, field), key=lambda height: abs(height - geometry.height(quad)))
    heights = sorted((like, geometry.height(quad)))
    nearest = min(field, key=lambda part: abs(geometry.centre(part)[0] - geometry.centre(quad)[0]))
    is_level = abs(geometry.centre(quad)[1] - geometry.centre(nearest)[1]) < _SAME_ROW * heights[1]
    gap = max(quad[0][0] - whole[1][0], whole[0][0] - quad[1][0])
    return is_level and heights[1] < _SAME_HEIGHT * heights[0] and gap < _NEXT * heights[1]


def _is_narrow(quad: Quad) -> bool:
    return geometry.width(quad) < _NARROW * geometry.height(quad)


def _step(first: Quad, second: Quad) -> float:
    return geometry.centre(second)[0] - geometry.centre(first)[0]


def _follows(row: Sequence[Quad], quad: Quad) -> bool:
    last = row[-1]
    heights = sorted((geometry.height(last), geometry.height(quad)))
    steps = [_step(a, b) for a, b in pairwise(row)]
    usual = float(np.median(steps)) if steps else 1.3 * heights[1]
    return _is_level(last, quad) and 0 < _step(last, quad) < _NEXT * max(usual, heights[0])


def _is_even(row: Sequence[Quad]) -> bool:
    """Return whether the steps in a row are one width, or several where boxes are empty."""
    steps = np.array([_step(a, b) for a, b in pairwise(row)])
    usual = float(np.percentile(steps, 25))  # detectors miss some, so that steps are two or three of the usual
    off = np.abs(steps / usual - np.maximum(np.round(steps / usual), 1))
    return bool(np.mean(off < _REGULAR) > 0.8)  # noqa: PLR2004  a box may hold two characters that touch


def _count_rules(view: View, quad: Quad) -> int:
    """Return how many vertical rules at regular distances divide a line."""
    if geometry.width(quad) < _NARROW * geometry.height(quad):
        return 0
    ink = _ink(perspective.cut_line(view.pixels, quad, _CUT_HEIGHT))
    return len(_regular(_rules(ink))) if ink is not None else 0


def _is_ruled(view: View, quad: Quad) -> bool:
    """Return whether boxes as wide as characters fill a place; the strokes of a label's letters are lower."""
    place = _with_room(quad)
    return _are_of_boxes(_rules_in(view, place), geometry.width(place), geometry.height(place))


def _with_room(quad: Quad) -> Quad:
    """Return the place of characters with some of the room in their boxes: what is as high as they are is no rule."""
    left, top, right, bottom = geometry.bounds(quad)
    room = _ROOM_IN_BOX * geometry.height(quad)
    return quad_from_box(left, top - room, right, bottom + room)


def _rules_in(view: View, place: Quad) -> list[tuple[int, int]]:
    """Return the vertical rules in a place, from and to, in pixels of the view from its left end on."""
    crop = perspective.cut_line(view.pixels, place, _CUT_HEIGHT)
    ink = _ink(crop)
    scale = geometry.width(place) / crop.shape[1]
    rules = _rules(ink, _RULE_OF_PART) if ink is not None else []
    return [(round(start * scale), round(end * scale)) for start, end in rules]


def _are_of_boxes(rules: Sequence[tuple[int, int]], wide: float, high: float) -> bool:
    """Return whether rules are as many as those of boxes that fill a place; columns of a table are wider."""
    steps = [float(after[0] - before[0]) for before, after in pairwise(rules)] or [min(wide / 2, high)]
    pitch = float(np.median(steps))
    return pitch < _BOX * high and len(rules) >= max(1, _FILLED * wide / pitch - 1)


def _is_divided(view: View, quad: Quad) -> bool:
    """Return whether a short line has a rule between two characters: a part of a field with few of them."""
    if geometry.width(quad) > _PART * geometry.height(quad):
        return False
    ink = _ink(perspective.cut_line(view.pixels, quad, _CUT_HEIGHT))
    return ink is not None and bool(_rules(ink, _RULE_OF_PART))


def _ink(crop: NDArray[np.uint8]) -> NDArray[np.bool_] | None:
    grey = preprocess.grey(crop).astype(np.float32)
    contrast = np.abs(grey - np.median(grey))
    return None if contrast.max() < _LEAST_CONTRAST else contrast > _INK * contrast.max()


def _rules(ink: NDArray[np.bool_], least: float = _RULE) -> list[tuple[int, int]]:
    """Return the columns of vertical rules, from and to; a rule may lean by a pixel or two.

    Where boxes stand apart the sides of two neighbours are one rule.
    """
    wide = ink.copy()
    wide[:, 1:] |= ink[:, :-1]
    wide[:, :-1] |= ink[:, 1:]
    inner = wide[_edge(ink) : ink.shape[0] - _edge(ink)]
    found = [(start, end) for start, end in _runs(inner.mean(axis=0) > least) if end - start < 0.4 * ink.shape[0]]
    rules: list[tuple[int, int]] = []
    for start, end in found:
        if rules and start - rules[-1][1] < _DOUBLE * ink.shape[0]:
            rules[-1] = (rules[-1][0], end)
        else:
            rules.append((start, end))
    return rules


def _edge(ink: NDArray[np.bool_]) -> int:
    return len(ink) // 12


def _regular(rules: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the rules at regular distances; upright strokes of letters are irregular."""
    if len(rules) < _FEWEST_OF_PART:
        return []
    middles = np.array([(start + end) / 2 for start, end in rules])
    steps = np.diff(middles)
    usual = float(np.median(steps))
    is_regular = np.abs(steps - usual) < _REGULAR * usual
    kept = [rule for i, rule in enumerate(rules) if is_regular[max(i - 1, 0)] or is_regular[min(i, len(steps) - 1)]]
    return kept if np.mean(is_regular) > 0.6 else []  # noqa: PLR2004  an upright stroke of a letter may look like one


def _runs(is_set: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], is_set, [False])).astype(np.int8)))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


@dataclass(frozen=True, eq=False, slots=True)
class _Strip:
    """Characters side by side, and whether any of them has a mark above or below."""

    pixels: NDArray[np.uint8]
    has_marks: bool


def _strip(view: View, quad: Quad) -> _Strip | None:
    """Return the characters of a field side by side, without the rules between them."""
    crop = perspective.cut_line(view.pixels, quad, _CUT_HEIGHT)
    ink = _ink(crop)
    if ink is None:
        return None
    rules = _regular(_rules(ink))
    paper = np.median(crop.reshape(-1, 3), axis=0).astype(np.uint8)
    clean = crop.copy()
    for start, end in rules:
        clean[:, max(0, start - 1) : end + 1] = paper
        ink[:, max(0, start - 1) : end + 1] = False
    for start, end in _runs(ink.mean(axis=1) > 0.6):  # noqa: PLR2004  no row of print is inked so much
        clean[max(0, start - 1) : end + 1] = paper
        ink[max(0, start - 1) : end + 1] = False
    groups, letters = _characters(ink)
    if len(groups) < _FEWEST:
        return None
    clean[~letters] = paper
    usual = float(np.median([group[0].high for group in groups]))
    has_marks = any(len(group) > 1 or group[0].high > _TALL * usual for group in groups)
    return _Strip(_side_by_side(clean, groups, paper), has_marks)


@dataclass(frozen=True, slots=True)
class _Part:
    """Connected component in a field: a letter, a mark, or the remains of a box."""

    left: int
    top: int
    wide: int
    high: int
    size: int
    index: int

    @property
    def right(self) -> int:
        return self.left + self.wide

    @property
    def bottom(self) -> int:
        return self.top + self.high

    def holds(self, other: _Part) -> bool:
        """Return whether another part lies inside this one, as a character does in its box."""
        is_within = self.left < other.left and other.right < self.right
        return is_within and self.top < other.top and other.bottom < self.bottom and other.high > _INSIDE * self.high


def _characters(ink: NDArray[np.bool_]) -> tuple[list[list[_Part]], NDArray[np.bool_]]:
    """Return the characters, each a letter with its marks, and the pixels of all: no parts of boxes."""
    height = ink.shape[0]
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    parts = [
        _Part(int(left), int(top), int(wide), int(high), int(size), i)
        for i, (left, top, wide, high, size) in enumerate(stats)
        if 0 < i < count
    ]
    parts = [part for part in parts if part.size > _EMPTY * height**2]
    parts = [part for part in parts if not (_is_of_box(part, height) or any(part.holds(other) for other in parts))]
    highs = [part.high for part in parts if part.wide > _THIN * height and part.high > _THIN * height]
    usual = float(np.median(highs)) if highs else float(height)
    letters = [part for part in parts if _is_letter(part, usual) or _is_marked(part, np.asarray(labels), usual)]
    groups = _grouped(letters)
    for part in parts:
        if part.high <= _LOW * usual:
            near = [group for group in groups if _is_mark_of(part, group[0], usual)]
            if near:
                min(near, key=lambda group: abs(group[0].left + group[0].right - part.left - part.right)).append(part)
    kept = np.isin(labels, [part.index for group in groups for part in group])
    around: NDArray[np.bool_] = cv2.dilate(kept.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(np.bool_)
    return groups, around


def _is_of_box(part: _Part, height: int) -> bool:
    is_cut = part.top == 0 or part.bottom == height
    is_line = part.wide < _THIN * height or part.high < _THIN * height
    is_rule = (part.high > _RULE * height and is_line) or (part.high < _THIN * height and part.wide > _LONG * height)
    is_thin = part.size < _SOLID * part.wide * part.high
    return is_rule or part.wide > _WIDEST * height or (is_cut and (is_line or is_thin))


def _is_letter(part: _Part, usual: float) -> bool:
    """Return whether a part is a letter or digit, by the usual height of them."""
    if part.wide < _STROKE * usual:
        return _LEAST_OF_STROKE * usual < part.high < _MOST_OF_STROKE * usual
    return _LOW * usual < part.high < _MOST_OF_STROKE * usual


def _is_marked(part: _Part, labels: NDArray[Any], usual: float) -> bool:
    """Return whether a part is a letter that hangs together with its mark, not an empty box: those are hollow."""
    if not _MOST_OF_STROKE * usual <= part.high < _MOST_WITH_MARK * usual or part.wide < _STROKE * usual:
        return False
    inset_x, inset_y = part.wide // 4, part.high // 4
    inside = labels[part.top + inset_y : part.bottom - inset_y, part.left + inset_x : part.right - inset_x]
    return bool(np.any(inside == part.index))


def _grouped(letters: Sequence[_Part]) -> list[list[_Part]]:
    """Return letters from left to right; parts of one that broke apart together."""
    groups: list[list[_Part]] = []
    for part in sorted(letters, key=lambda part: part.left):
        before = groups[-1][0] if groups else None
        if before is not None and min(before.right, part.right) - part.left > _MARK * min(before.wide, part.wide):
            groups[-1].append(part)
        else:
            groups.append([part])
    return groups


def _is_mark_of(part: _Part, letter: _Part, usual: float) -> bool:
    gap = max(letter.top - part.bottom, part.top - letter.bottom, 0)
    shared = min(letter.right, part.right) - max(letter.left, part.left)
    is_rule = part.high < _THIN * usual and part.wide > _LONG * usual
    return gap < _MARK * usual and shared > _MARK * part.wide and not is_rule


def _side_by_side(
    clean: NDArray[np.uint8], groups: Sequence[Sequence[_Part]], paper: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Put characters side by side on one baseline, words apart."""
    lefts = [min(part.left for part in group) for group in groups]
    rights = [max(part.right for part in group) for group in groups]
    middles = np.array([(group[0].left + group[0].right) / 2 for group in groups])
    levels = np.array([(group[0].top + group[0].bottom) / 2 for group in groups])
    slope = np.polyfit(middles, levels, 1)
    shifts = np.round(np.polyval(slope, middles) - levels.mean()).astype(int)
    straight = [
        np.roll(clean[:, max(0, left - 1) : right + 1], -int(shift), axis=0)
        for left, right, shift in zip(lefts, rights, shifts, strict=True)
    ]
    tops = [min(part.top for part in group) - shift for group, shift in zip(groups, shifts, strict=True)]
    bottoms = [max(part.bottom for part in group) - shift for group, shift in zip(groups, shifts, strict=True)]
    high = max(bottoms) - min(tops)
    room = max(2, round(_GLYPH_GAP * high))
    above = max(2, round(_ROW_ROOM * high))
    top, bottom = max(0, min(tops) - above), max(bottoms) + above
    usual = float(np.percentile(np.diff(middles), 25))

    def blank(width: float) -> NDArray[np.uint8]:
        return np.broadcast_to(paper, (len(straight[0][top:bottom]), max(2, round(width)), 3)).astype(np.uint8)

    pieces = [blank(room)]
    for i, glyph in enumerate(straight):
        if i:
            is_word = middles[i] - middles[i - 1] > _WORD_STEP * usual
            pieces.append(blank(_WORD_GAP * high if is_word else room))
        pieces.append(glyph[top:bottom])
    return np.concatenate([*pieces, blank(room)], axis=1)
