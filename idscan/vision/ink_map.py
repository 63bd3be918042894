"""Locate ink: stroke density, ink against bare or covered surface, line boxes tightened to their ink.

Text detectors add a margin that does not shrink with the print: around print of 15 pixels it is as much again. On
sharp 15-pixel print this is the difference between 3 misread numbers in 25 and none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from idscan.core import geometry
from idscan.core.arrays import levels_at, resized_fast
from idscan.core.geometry import quad_from_points
from idscan.vision import perspective, preprocess
from idscan.vision.card_signs import find_covers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from idscan.core.geometry import Point, Quad

_SIDE, _LARGE_PRINT_SIDE = 1000, 250
_SOFT = 9  # pixels: wider than a stroke of print that can be read at this size
_STANDS_OUT = 4
_REACH = 5
_LIGHTEST, _DARK = 98, 64
"""Per cent of the pixels that are darker than the light parts, and how light those are at least in a picture that is
not dark: paper by candlelight measures 60."""
_WINDOW = (40, 8)
_LEAST = 0.1
"""Of 420 pictures of made-up cards, most of them dark, noisy, shaken, pale or small, one comes below 0.2, to 0.14."""

CELL = 16
"""Pixels across a cell in which steep steps of brightness are counted."""

_STEEP, _STEEP_SHARE = 14, 0.15
"""Levels between pixels two apart, and the share of a cell's pixels.

In three lines of grey print 7 pixels high on grey paper (110 on 170 levels, JPEG 80) 24 cells have more, of black
print 30; of an enlarged photograph none."""


def may_hold_print(grey: NDArray[np.uint8]) -> bool:
    """Return whether print may stand on a picture: surely not where strokes nowhere stand side by side.

    Args:
        grey: uint8 array of shape (height, width).
    """
    return strokes(grey) > _LEAST


def strokes(grey: NDArray[np.uint8]) -> float:
    """Return how densely strokes stand side by side where they do so most, 0 to 1.

    Args:
        grey: uint8 array of shape (height, width).
    """
    small = _brightened(_reduced(grey, _SIDE))
    return max(_strokes_at(small), _strokes_at(_reduced(small, _LARGE_PRINT_SIDE)))


def steep_cells(grey: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return where many pixels are much brighter or darker than those next to them, across and down; 0 or 1.

    A cheap look at full size, a millisecond a megapixel: print and codes of few pixels have such steps, the smooth
    parts of photographs have none. One cell stands for `CELL` by `CELL` pixels.

    Args:
        grey: uint8 array of shape (height, width).
    """
    size = (max(1, grey.shape[1] // CELL), max(1, grey.shape[0] // CELL))
    steps = (cv2.absdiff(grey[::2, 2:], grey[::2, :-2]), cv2.absdiff(grey[2::2], grey[:-2:2]))
    shares = (
        cv2.resize(cv2.threshold(step, _STEEP, 255, cv2.THRESH_BINARY)[1], size, interpolation=cv2.INTER_AREA)
        for step in steps
    )
    across, down = ((share > _STEEP_SHARE * 255).astype(np.uint8) for share in shares)
    return across, down


def _reduced(grey: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    height, width = grey.shape
    scale = min(1.0, side / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return resized_fast(grey, size)


def _brightened(small: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a dark picture as by good light: there strokes stand out by few levels."""
    light = max(float(np.percentile(small[::4, ::4], _LIGHTEST)), 8.0)
    if light > _DARK:
        return small
    return np.asarray(np.minimum(small * (_DARK / light), 255), np.uint8)


def _strokes_at(small: NDArray[np.uint8]) -> float:
    soft = cv2.blur(small, (_SOFT, _SOFT))
    ink = (cv2.subtract(soft, small) > _STANDS_OUT).astype(np.uint8)
    paper = (cv2.subtract(small, soft) > _STANDS_OUT).astype(np.uint8)
    return max(_densest(ink, paper), _densest(ink.T.copy(), paper.T.copy()))


def _densest(ink: NDArray[np.uint8], paper: NDArray[np.uint8]) -> float:
    """Return the largest share of a window across that is ink with paper close to its left and its right."""
    reach = np.ones((1, _REACH), np.uint8)
    left = cv2.dilate(paper, reach, anchor=(_REACH - 1, 0), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    right = cv2.dilate(paper, reach, anchor=(0, 0), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    between = cv2.bitwise_and(ink, cv2.bitwise_and(left, right))
    return float(cv2.blur(between * 255, _WINDOW).max()) / 255


_STROKE_SHARE = 1 / 60
"""Of a card's height: twice the width of the strokes of its print, so that a stroke stands out from its mean."""

_STRONG = 95
"""Per cent of the pixels of print that stand out less than its strokes do: strokes are a tenth of a line's area."""


_STRAIGHT = 1 / 12
"""Of a card's height: longer than any stroke of its print runs straight, shorter than the edge of a cover."""

_LEAST_HIGH, _LEAST_WIDE = 0.45, 1.5
"""Of the height of a line of print: what is lower cannot be read, and what is narrower is a letter at most."""

_GAP = 0.6
"""Of the height of a line of print: between letters of one word."""


@dataclass(frozen=True, eq=False, slots=True)
class InkMap:
    """How far each pixel of a straightened card stands out from what is around it.

    Attributes:
        strength: float32 array of shape (height, width), levels of brightness.
        covers: bool array of the same shape, where something was laid over the card that holds nothing of it.
    """

    strength: NDArray[np.float32]
    covers: NDArray[np.bool_]

    @classmethod
    def of(cls, rgb: NDArray[np.uint8]) -> InkMap:
        """Measure a card's pixels, a uint8 array of shape (height, width, 3)."""
        grey = preprocess.grey(rgb).astype(np.float32)
        sigma = max(1.0, grey.shape[0] * _STROKE_SHARE)
        covers = find_covers(rgb)
        bare = (~covers).astype(np.float32)
        # What lies under an opaque cover is gone, and the cover's own edge is no ink.
        share = np.maximum(cv2.GaussianBlur(bare, (0, 0), sigma), 1e-3)
        around = cv2.GaussianBlur(grey * bare, (0, 0), sigma) / share
        strength: NDArray[np.float32] = (np.abs(grey - around) * bare).astype(np.float32, copy=False)
        return cls(strength, covers)

    def contrast(self, lines: Sequence[Quad]) -> float:
        """Return how far the strokes of these lines of print stand out, in levels; 0 without lines."""
        values = self.strength[self._mask(lines)]
        return float(np.percentile(values, _STRONG)) if values.size else 0.0

    def share(self, place: Quad, spared: Sequence[Quad], least: float) -> float:
        """Return the share of a place that stands out by at least so many levels, what is spared left out."""
        wanted = self._mask([place]) & ~self._mask(spared)
        values = self.strength[wanted]
        return float(np.mean(values >= least)) if values.size else 0.0

    def covered(self, place: Quad) -> float:
        """Return the share of a place that is covered."""
        values = self.covers[self._mask([place])]
        return float(np.mean(values)) if values.size else 0.0

    def hidden(self, place: Quad, least: float, line: float) -> float:
        """Return the share that is covered of what is drawn in a place, gaps as wide as a line of print included.

        Args:
            place: where to look.
            least: levels from which something stands out.
            line: height of a line of the card's print, in pixels.
        """
        size = max(3, round(line))
        inside = self._mask([place])
        ink = (inside & (self.strength >= least)).astype(np.uint8)
        drawn = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((size, size), np.uint8)) > 0
        covered = int(np.count_nonzero(self.covers & inside))
        left = int(np.count_nonzero(drawn & inside & ~self.covers))
        return covered / (covered + left) if covered else 0.0

    def shows_print(self, place: Quad, spared: Sequence[Quad], least: float, line: float) -> bool:
        """Return whether what stands out in a place may be print: as high as half a line, as wide as two letters.

        Edges of covers are long and straight, and what is left of print beside them is lower or narrower.

        Args:
            place: where to look.
            spared: what is left out.
            least: levels from which something stands out.
            line: height of a line of the card's print, in pixels.
        """
        left, top, right, bottom = (round(edge) for edge in geometry.bounds(place))
        part = (slice(max(top, 0), max(bottom, 0)), slice(max(left, 0), max(right, 0)))
        wanted = self._mask([place]) & ~self._mask(spared)
        ink = (wanted & (self.strength >= least)).astype(np.uint8)[part]
        if not ink.any():
            return False
        length = max(3, round(self.strength.shape[0] * _STRAIGHT))
        for shape in ((1, length), (length, 1)):
            straight = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones(shape, np.uint8))
            ink[cv2.dilate(straight, np.ones((3, 3), np.uint8)) > 0] = 0
        words = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((3, max(3, round(line * _GAP))), np.uint8))
        count, _, stats, _ = cv2.connectedComponentsWithStats(words, connectivity=8)
        return any(
            high >= _LEAST_HIGH * line and wide >= _LEAST_WIDE * line for _, _, wide, high, _ in stats[1:count].tolist()
        )

    def spread(self, place: Quad, spared: Sequence[Quad], least: float, line: float) -> float:
        """Return over how much of its width something stands out in a place, columns that are covered left out.

        Args:
            place: where to look.
            spared: what is left out.
            least: levels from which something stands out.
            line: height of a line of the card's print, in pixels: columns are as wide.
        """
        inside = self._mask([place])
        columns = np.flatnonzero(inside.any(axis=0))
        if not columns.size:
            return 0.0
        starts = np.arange(columns[0], columns[-1] + 1, max(1, round(line)))
        ink = inside & ~self._mask(spared) & (self.strength >= least)
        has_ink = np.logical_or.reduceat(ink.any(axis=0), starts)
        is_bare = np.logical_or.reduceat((inside & ~self.covers).any(axis=0), starts)
        return float(has_ink[is_bare].mean()) if is_bare.any() else 0.0

    def _mask(self, quads: Sequence[Quad]) -> NDArray[np.bool_]:
        drawn = np.zeros_like(self.strength, dtype=np.uint8)
        height, width = drawn.shape[:2]
        for quad in quads:
            left, top, right, bottom = geometry.bounds(quad)
            if right > 0 and bottom > 0 and left < width and top < height:
                cv2.fillConvexPoly(drawn, np.array([[round(x), round(y)] for x, y in quad], np.int32), (1,))
        return drawn.astype(np.bool_)


_INK = 0.4
"""Share of the strongest contrast from which a pixel is ink: less and shades are, more and thin strokes are none."""

_LEAST_CONTRAST = 40.0
"""Levels between ink and paper; on fainter print noise is taken for ink."""

_RULE_ROW, _RULE_COLUMN = 0.75, 0.9
"""Shares of a box's width and height that no print covers in one row or column: rules of tables and forms do."""

_LINE_GAP = 0.22
"""Share of the height of the print that may lie empty between letters and the marks above or below them."""

READING_ROOM = 0.16
"""Room left above and below the ink, as a share of its height; the recogniser was trained on lines with some."""

_WORTHWHILE = 0.85
"""A box whose ink takes a larger share of its height stays as it is."""

_LEAST_INK = 4  # pixels: what is lower is a dash, a row of dots or a speck


def tight_line_boxes(rgb: NDArray[np.uint8], quads: Sequence[Quad], room: float = READING_ROOM) -> tuple[Quad, ...]:
    """Return the boxes without the empty rows above and below their print; unclear ones stay as they are.

    Args:
        rgb: uint8 array of shape (height, width, 3).
        quads: upright lines on it.
        room: left above and below the ink, as a share of its height.
    """
    return tuple(_tightened(rgb, quad, room) for quad in quads)


def _tightened(rgb: NDArray[np.uint8], quad: Quad, room: float) -> Quad:
    crop = preprocess.grey(perspective.cut_line(rgb, quad))
    rows = _ink_rows(crop)
    if rows is None:
        return quad
    height = crop.shape[0]
    top, bottom = rows
    margin = room * (bottom - top) + 1
    top, bottom = max(0.0, top - margin), min(float(height), bottom + margin)
    # Print stands in the middle of its box; what lies beside it belongs to another line.
    if bottom - top > _WORTHWHILE * height or not top < height / 2 < bottom:
        return quad
    return _cut(quad, top / height, bottom / height)


def _ink_rows(crop: NDArray[np.uint8]) -> tuple[float, float] | None:
    """Return the first and the last row (exclusive) of the print in a crop of one line, None where it is unclear."""
    (paper,) = levels_at(crop, 50)
    contrast = cv2.absdiff(crop, np.full_like(crop, round(paper)))
    strongest = int(contrast.max())
    if strongest < _LEAST_CONTRAST:
        return None
    height, width = crop.shape
    ink = (contrast > _INK * strongest).astype(np.uint8)
    in_columns = cv2.reduce(ink, 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel()
    ink[:, in_columns > _RULE_COLUMN * height] = 0
    weight = cv2.reduce(ink, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel()
    weight[weight > _RULE_ROW * width] = 0
    runs = _runs(weight > 0)
    if not runs:
        return None
    first = max(range(len(runs)), key=lambda i: weight[runs[i][0] : runs[i][1]].sum())
    top, bottom = runs[first]
    room = max(_LINE_GAP * (bottom - top), 1.0)
    for start, end in reversed(runs[:first]):
        if top - end > room or start == 0:
            break
        top = start
    for start, end in runs[first + 1 :]:
        if start - bottom > room or end == len(weight):
            break
        bottom = end
    return (float(top), float(bottom)) if bottom - top >= _LEAST_INK else None


def _runs(is_set: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], is_set, [False])).astype(np.int8)))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def _cut(quad: Quad, top: float, bottom: float) -> Quad:
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = quad

    def left(share: float) -> Point:
        return (ax + (dx - ax) * share, ay + (dy - ay) * share)

    def right(share: float) -> Point:
        return (bx + (cx - bx) * share, by + (cy - by) * share)

    return quad_from_points((left(top), right(top), right(bottom), left(bottom)))
