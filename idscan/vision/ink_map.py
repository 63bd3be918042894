"""Locate ink: stroke density, ink map of a card with its covers, line boxes tightened to their ink."""

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

_SIDES = (1000, 250)  # pixels of the longer side of the reduced images: for usual and for large print
_BLUR = 9  # pixels: wider than a stroke of readable print at this size
_MIN_CONTRAST = 4  # levels between a stroke and its blurred surroundings: less is noise, more misses faint print
_MAX_STROKE_DISTANCE = 5  # pixels from ink to the paper on both sides
_WINDOW = (40, 8)  # pixels across and down in which strokes are counted: about a word
_MIN_DENSITY = 0.1
"""Share of a window; of 420 images of made-up cards one is below 0.2: 0.14. Less lets textures pass."""
_LIGHT_PERCENTILE, _DARK = 98, 64
"""Percentile of brightness of paper, and levels below which an image is brightened: by candlelight 60."""
CELL = 16
"""Pixels along a side of the cells in which edges are counted: larger ones average small print away."""
_MIN_STEP, _MIN_STEP_SHARE = 14, 0.15
"""Levels between pixels two apart, and the share of a cell's pixels with such steps. In three lines of grey print 7
pixels high on grey paper (110 on 170 levels, JPEG 80) 24 cells have more, of black print 30; of an enlarged photograph
none."""


def may_contain_print(grey: NDArray[np.uint8]) -> bool:
    """Return whether an image may contain print; without dense strokes it does not."""
    return stroke_density(grey) > _MIN_DENSITY


def stroke_density(grey: NDArray[np.uint8]) -> float:
    """Return the largest density of parallel strokes in an image, 0 to 1."""
    small = _brightened(_resized_to(grey, _SIDES[0]))
    return max(_density_at(small), _density_at(_resized_to(small, _SIDES[1])))


def edge_cells(grey: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return masks of cells (`CELL` pixels a side) with many strong edges across, and down; 0 or 1.

    A cheap test at full size, a millisecond per megapixel: small print and codes have such edges, smooth parts of
    photographs have none.
    """
    size = (max(1, grey.shape[1] // CELL), max(1, grey.shape[0] // CELL))
    steps = (cv2.absdiff(grey[::2, 2:], grey[::2, :-2]), cv2.absdiff(grey[2::2], grey[:-2:2]))
    shares = (
        cv2.resize(cv2.threshold(step, _MIN_STEP, 255, cv2.THRESH_BINARY)[1], size, interpolation=cv2.INTER_AREA)
        for step in steps
    )
    across, down = ((share > _MIN_STEP_SHARE * 255).astype(np.uint8) for share in shares)
    return across, down


def _resized_to(grey: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    height, width = grey.shape
    scale = min(1.0, side / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return resized_fast(grey, size)


def _brightened(small: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return an image, brightened if it is dark: in the dark strokes differ by few levels."""
    light = max(float(np.percentile(small[::4, ::4], _LIGHT_PERCENTILE)), 8.0)
    if light > _DARK:
        return small
    return np.asarray(np.minimum(small * (_DARK / light), 255), np.uint8)


def _density_at(small: NDArray[np.uint8]) -> float:
    """Return the largest density of upright or level strokes at one size."""
    soft = cv2.blur(small, (_BLUR, _BLUR))
    ink = (cv2.subtract(soft, small) > _MIN_CONTRAST).astype(np.uint8)
    paper = (cv2.subtract(small, soft) > _MIN_CONTRAST).astype(np.uint8)
    return max(_densest(ink, paper), _densest(ink.T.copy(), paper.T.copy()))


def _densest(ink: NDArray[np.uint8], paper: NDArray[np.uint8]) -> float:
    """Return the largest share of a window that is ink with paper close to its left and its right."""
    reach = np.ones((1, _MAX_STROKE_DISTANCE), np.uint8)
    left = cv2.dilate(paper, reach, anchor=(_MAX_STROKE_DISTANCE - 1, 0), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    right = cv2.dilate(paper, reach, anchor=(0, 0), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    between = cv2.bitwise_and(ink, cv2.bitwise_and(left, right))
    return float(cv2.blur(between * 255, _WINDOW).max()) / 255


_LOCAL_SIGMA = 1 / 60
"""Share of a card's height: the blur of the local mean, twice the width of strokes; less takes strokes for ground."""
_STROKE_PERCENTILE = 95
"""Of the contrast within lines, as strokes are a tenth of their area: a higher one measures noise."""
_MAX_STRAIGHT = 1 / 12
"""Share of a card's height: longer than the strokes of its print, shorter than the edge of a cover."""
_MIN_PRINT_HEIGHT, _MIN_PRINT_WIDTH = 0.45, 1.5
"""By the height of a line: lower remains cannot be read, narrower ones are one letter at most."""
_LETTER_GAP = 0.6
"""By the height of a line: between letters of one word; less splits words, more joins remains beside covers."""


@dataclass(frozen=True, eq=False, slots=True)
class InkMap:
    """Local contrast of each pixel of a rectified card.

    Quads are in pixels of the card, and the threshold of ink is in levels of contrast.

    Attributes:
        strength: float32 array of shape (height, width): difference to the local mean in levels, 0 on covers.
        covers: bool array of the same shape, True on opaque covers.
    """

    strength: NDArray[np.float32]
    covers: NDArray[np.bool_]

    @classmethod
    def of(cls, rgb: NDArray[np.uint8]) -> InkMap:
        """Measure a rectified card, a uint8 array of shape (height, width, 3)."""
        grey = preprocess.grey(rgb).astype(np.float32)
        sigma = max(1.0, grey.shape[0] * _LOCAL_SIGMA)
        covers = find_covers(rgb)
        bare = (~covers).astype(np.float32)
        # Covered pixels weigh nothing in the local mean, so that the edge of a cover is no ink.
        share = np.maximum(cv2.GaussianBlur(bare, (0, 0), sigma), 1e-3)
        around = cv2.GaussianBlur(grey * bare, (0, 0), sigma) / share
        strength: NDArray[np.float32] = (np.abs(grey - around) * bare).astype(np.float32, copy=False)
        return cls(strength, covers)

    def contrast(self, lines: Sequence[Quad]) -> float:
        """Return the contrast of the strokes in lines of print, in levels; 0 without lines."""
        values = self.strength[self._mask(lines)]
        return float(np.percentile(values, _STROKE_PERCENTILE)) if values.size else 0.0

    def ink_share(self, place: Quad, excluded: Sequence[Quad], threshold: float) -> float:
        """Return the share of ink in a place, excluded quads left out."""
        inside = self._mask([place]) & ~self._mask(excluded)
        values = self.strength[inside]
        return float(np.mean(values >= threshold)) if values.size else 0.0

    def cover_share(self, place: Quad) -> float:
        """Return the share of a place that is covered."""
        values = self.covers[self._mask([place])]
        return float(np.mean(values)) if values.size else 0.0

    def covered_ink_share(self, place: Quad, threshold: float, line: float) -> float:
        """Return the covered area of a place by its covered and printed area, gaps up to a line's height closed.

        Args:
            place: the place.
            threshold: levels of contrast of ink.
            line: height of a line of the card's print, in pixels.
        """
        size = max(3, round(line))
        inside = self._mask([place])
        ink = (inside & (self.strength >= threshold)).astype(np.uint8)
        drawn = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((size, size), np.uint8)) > 0
        covered = int(np.count_nonzero(self.covers & inside))
        left = int(np.count_nonzero(drawn & inside & ~self.covers))
        return covered / (covered + left) if covered else 0.0

    def has_print(self, place: Quad, excluded: Sequence[Quad], threshold: float, line: float) -> bool:
        """Return whether ink in a place may be print: half as high as a line, as wide as two letters.

        Edges of covers are long and straight, and remains of print beside them are lower or narrower.

        Args:
            place: the place.
            excluded: quads that are left out.
            threshold: levels of contrast of ink.
            line: height of a line of the card's print, in pixels.
        """
        left, top, right, bottom = (round(edge) for edge in geometry.bounds(place))
        part = (slice(max(top, 0), max(bottom, 0)), slice(max(left, 0), max(right, 0)))
        inside = self._mask([place]) & ~self._mask(excluded)
        ink = (inside & (self.strength >= threshold)).astype(np.uint8)[part]
        if not ink.any():
            return False
        length = max(3, round(self.strength.shape[0] * _MAX_STRAIGHT))
        for shape in ((1, length), (length, 1)):
            straight = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones(shape, np.uint8))
            ink[cv2.dilate(straight, np.ones((3, 3), np.uint8)) > 0] = 0
        words = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((3, max(3, round(line * _LETTER_GAP))), np.uint8))
        count, _, stats, _ = cv2.connectedComponentsWithStats(words, connectivity=8)
        sizes = stats[1:count, 2:4].tolist()
        return any(high >= _MIN_PRINT_HEIGHT * line and wide >= _MIN_PRINT_WIDTH * line for wide, high in sizes)

    def inked_width(self, place: Quad, excluded: Sequence[Quad], threshold: float, line: float) -> float:
        """Return the share of columns with ink in a place, covered columns left out.

        Args:
            place: the place.
            excluded: quads that are left out.
            threshold: levels of contrast of ink.
            line: height of a line of the card's print, in pixels; the width of a column.
        """
        inside = self._mask([place])
        columns = np.flatnonzero(inside.any(axis=0))
        if not columns.size:
            return 0.0
        starts = np.arange(columns[0], columns[-1] + 1, max(1, round(line)))
        ink = inside & ~self._mask(excluded) & (self.strength >= threshold)
        has_ink = np.logical_or.reduceat(ink.any(axis=0), starts)
        is_bare = np.logical_or.reduceat((inside & ~self.covers).any(axis=0), starts)
        return float(has_ink[is_bare].mean()) if is_bare.any() else 0.0

    def _mask(self, quads: Sequence[Quad]) -> NDArray[np.bool_]:
        """Return which pixels lie in any of the quads."""
        drawn = np.zeros_like(self.strength, dtype=np.uint8)
        height, width = drawn.shape[:2]
        for quad in quads:
            left, top, right, bottom = geometry.bounds(quad)
            if right > 0 and bottom > 0 and left < width and top < height:
                cv2.fillConvexPoly(drawn, np.array([[round(x), round(y)] for x, y in quad], np.int32), (1,))
        return drawn.astype(np.bool_)


_INK_THRESHOLD = 0.4
"""Share of the strongest contrast from which a pixel is ink: less includes shades, more loses thin strokes."""
_MIN_INK_CONTRAST = 40.0
"""Levels between ink and paper; on fainter print noise is taken for ink."""
_RULE_ROW, _RULE_COLUMN = 0.75, 0.9
"""Shares of a box's width and height from which ink in one row or column is a ruled line: print covers less."""
_MAX_DIACRITIC_GAP = 0.22
"""Share of the height of the letters between them and their diacritics: less cuts marks off, more joins other lines."""
_INK_MARGIN = 0.16
"""Margin above and below the ink, as a share of its height; the recogniser was trained on lines with some."""
_TIGHT_ENOUGH = 0.85
"""Share of a box's height: boxes filled by more remain unchanged."""
_MIN_INK_HEIGHT = 4
"""Pixels: lower ink is a dash, a row of dots or a speck."""


def tight_line_boxes(rgb: NDArray[np.uint8], quads: Sequence[Quad], margin: float = _INK_MARGIN) -> tuple[Quad, ...]:
    """Return line boxes without the empty rows above and below their print; ambiguous ones remain unchanged.

    Text detectors add a margin that does not shrink with the print: around print of 15 pixels it is as much again. On
    sharp 15-pixel print this is the difference between 3 misread numbers in 25 and none.

    Args:
        rgb: uint8 array of shape (height, width, 3).
        quads: upright lines on it.
        margin: left above and below the ink, as a share of its height.
    """
    return tuple(_tight_line_box(rgb, quad, margin) for quad in quads)


def _tight_line_box(rgb: NDArray[np.uint8], quad: Quad, margin: float) -> Quad:
    crop = preprocess.grey(perspective.cut_line(rgb, quad))
    rows = _ink_rows(crop)
    if rows is None:
        return quad
    height = crop.shape[0]
    top, bottom = rows
    rows_left = margin * (bottom - top) + 1
    top, bottom = max(0.0, top - rows_left), min(float(height), bottom + rows_left)
    # Ink that misses the middle of the box belongs to another line.
    if bottom - top > _TIGHT_ENOUGH * height or not top < height / 2 < bottom:
        return quad
    return _part_of_height(quad, top / height, bottom / height)


def _ink_rows(crop: NDArray[np.uint8]) -> tuple[float, float] | None:
    """Return the first and the last row (exclusive) of the print in a crop of one line, None if ambiguous."""
    (paper,) = levels_at(crop, 50)
    contrast = cv2.absdiff(crop, np.full_like(crop, round(paper)))
    strongest = int(contrast.max())
    if strongest < _MIN_INK_CONTRAST:
        return None
    height, width = crop.shape
    ink = (contrast > _INK_THRESHOLD * strongest).astype(np.uint8)
    in_columns = cv2.reduce(ink, 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel()
    ink[:, in_columns > _RULE_COLUMN * height] = 0
    weight = cv2.reduce(ink, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel()
    weight[weight > _RULE_ROW * width] = 0
    runs = _row_runs(weight > 0)
    if not runs:
        return None
    first = max(range(len(runs)), key=lambda i: weight[runs[i][0] : runs[i][1]].sum())
    top, bottom = runs[first]
    room = max(_MAX_DIACRITIC_GAP * (bottom - top), 1.0)
    for start, end in reversed(runs[:first]):
        if top - end > room or start == 0:
            break
        top = start
    for start, end in runs[first + 1 :]:
        if start - bottom > room or end == len(weight):
            break
        bottom = end
    return (float(top), float(bottom)) if bottom - top >= _MIN_INK_HEIGHT else None


def _row_runs(is_set: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the start and stop of each run of set values."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], is_set, [False])).astype(np.int8)))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def _part_of_height(quad: Quad, top: float, bottom: float) -> Quad:
    """Return the part of a quad between two shares of its height."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = quad

    def left(share: float) -> Point:
        return (ax + (dx - ax) * share, ay + (dy - ay) * share)

    def right(share: float) -> Point:
        return (bx + (cx - bx) * share, by + (cy - by) * share)

    return quad_from_points((left(top), right(top), right(bottom), left(bottom)))
