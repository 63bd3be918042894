"""Places that may hold a code, found at little cost: busy, half dark and half light, and set apart.

Square ones are as busy across as down (QR, Aztec, Data Matrix); strips are wide and may be turned (PDF417, rMQR).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from idscan.core import geometry
from idscan.core.geometry import quad_from_box
from idscan.core.levels import levels_at
from idscan.core.shrink import halved

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from idscan.core.geometry import Quad

_CELL = 4  # pixels over which steps of brightness are averaged
_LEVELS = 4  # halvings: modules of 1 to 2.5 pixels show on the first, of 8 to 20 on the last
_FEWEST_CELLS = 8  # along a side: 32 modules of a pixel
_MOST_CELLS = 48  # along a side: a larger code shows on the next halving
_STEPS = (9.0, 22.0)  # levels of brightness between neighbours, on average
_AREA_CELLS = 3  # over which cells are averaged: modules of two pixels leave some without a step
_MOST_UNEQUAL_STEPS = 1.7  # across against down: lines of print measure more
_MOST_UNEQUAL_SIDES = 1.45
_MIN_FILL = 0.5  # of the box: a code turned by 45 degrees
_ONE_PLACE = 0.5
_LEAST_LIKENESS = 0.265  # codes of a pixel to the module measure 0.28 and more
_STRIP_STEP = 22.0  # levels of brightness between neighbours, on average, along the busier direction
_STRIP_CELLS = (44, 240)  # along the longer side: a payload takes 100 modules or more, of two pixels
_LEAST_STRIP_CELLS = 6  # along the shorter side: 13 modules of two pixels
_STRIP_ASPECTS = (1.8, 20.0)  # from a PDF417 of many rows to the longest rMQR
_STRIP_FILL = 0.75  # of its own box: words leave gaps, and the right end of a block of text is ragged
_STRIP_DARK = (0.36, 0.64)  # share of dark pixels; print has up to 0.35


@dataclass(frozen=True, slots=True)
class CodePlaces:
    """Where codes may be, the likeliest first, in pixels of the picture.

    Attributes:
        squares: upright boxes.
        strips: boxes along a wide symbol, the first side being a long one.
    """

    squares: tuple[Quad, ...]
    strips: tuple[Quad, ...]


def find_code_places(grey: NDArray[np.uint8], limit: int, most_strips: int = 0) -> CodePlaces:
    """Return places that may hold a code.

    Args:
        grey: uint8 array of shape (height, width).
        limit: of square places, at most this many.
        most_strips: of wide ones.
    """
    squares: list[tuple[float, Quad]] = []
    strips: list[tuple[float, Quad]] = []
    picture = grey
    for level in range(_LEVELS):
        if min(picture.shape) <= _FEWEST_CELLS * _CELL:
            break
        across = _averaged(cv2.absdiff(picture[:-1, 1:], picture[:-1, :-1]).astype(np.uint8, copy=False))
        down = _averaged(cv2.absdiff(picture[1:, :-1], picture[:-1, :-1]).astype(np.uint8, copy=False))
        factor = 2.0**level
        squares.extend((score, geometry.scaled(quad, factor)) for score, quad in _squares_in(picture, across, down))
        if most_strips:
            found = (geometry.scaled(quad, factor) for quad in _strips_in(picture, across, down))
            # On a level that is too fine for it, a code falls into the columns of its patterns.
            strips.extend((geometry.area(quad), quad) for quad in found)
        picture = halved(picture)
    return CodePlaces(
        *(
            geometry.distinct(
                (quad for _, quad in sorted(found, key=lambda item: (-item[0], item[1]))), most, _ONE_PLACE
            )
            for found, most in ((squares, limit), (strips, most_strips))
        )
    )


def _squares_in(
    picture: NDArray[np.uint8], across: NDArray[np.float32], down: NDArray[np.float32]
) -> Iterator[tuple[float, Quad]]:
    steps = np.minimum(across, down)
    for threshold in _STEPS:
        mask = (steps > threshold).astype(np.uint8)
        if cv2.countNonZero(mask) < _MIN_FILL * _FEWEST_CELLS**2:
            continue
        _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
        for label in _squares(np.asarray(stats, np.int32)):
            x, y, width, height, _ = (int(value) for value in stats[label])
            inside = labels[y : y + height, x : x + width] == label
            both = [float(way[y : y + height, x : x + width][inside].mean()) for way in (across, down)]
            if max(both) > _MOST_UNEQUAL_STEPS * min(both):
                continue
            box = quad_from_box(x * _CELL, y * _CELL, (x + width) * _CELL, (y + height) * _CELL)
            score = _likeness(picture, box)
            if score > _LEAST_LIKENESS:
                yield score, box


def _strips_in(picture: NDArray[np.uint8], across: NDArray[np.float32], down: NDArray[np.float32]) -> Iterator[Quad]:
    if max(across.shape) < _STRIP_CELLS[0]:
        return
    mask = (np.maximum(across, down) > _STRIP_STEP).astype(np.uint8)
    if cv2.countNonZero(mask) < _STRIP_FILL * _STRIP_CELLS[0] * _LEAST_STRIP_CELLS:
        return
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    longer, area = np.maximum(stats[1:, 2], stats[1:, 3]), stats[1:, 4]
    is_likely = (longer >= _STRIP_CELLS[0] * 0.7) & (longer <= _STRIP_CELLS[1])
    is_likely &= area >= _STRIP_FILL * _STRIP_CELLS[0] * _LEAST_STRIP_CELLS
    for label in np.flatnonzero(is_likely) + 1:
        x, y, width, height, count = (int(value) for value in stats[label])
        rows, columns = np.nonzero(labels[y : y + height, x : x + width] == label)
        points = np.stack([columns + x, rows + y], axis=1).astype(np.float32)
        (mid_x, mid_y), (wide, high), degrees = cv2.minAreaRect(points)
        wide, high = wide + 1, high + 1  # cells have an extent
        if wide < high:
            wide, high, degrees = high, wide, degrees - 90
        if not _STRIP_ASPECTS[0] <= wide / high <= _STRIP_ASPECTS[1] or count < _STRIP_FILL * wide * high:
            continue
        if high < _LEAST_STRIP_CELLS or wide < _STRIP_CELLS[0]:
            continue
        corners = cv2.boxPoints((((mid_x + 0.5) * _CELL, (mid_y + 0.5) * _CELL), (wide * _CELL, high * _CELL), degrees))
        # OpenCV lists the corners clockwise from the bottom left one of the unturned box.
        quad = geometry.turned(geometry.quad_from_points(corners.tolist()), 1)
        straight = straightened(picture, quad, 1.0)
        cut, _ = cv2.threshold(straight, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        dark = float((straight <= cut).mean())
        if _STRIP_DARK[0] < dark < _STRIP_DARK[1]:
            yield quad


def straightened(grey: NDArray[np.uint8], quad: Quad, factor: float) -> NDArray[np.uint8]:
    """Return the rectangle within a quad, upright, enlarged by a factor."""
    size = (max(1, round(geometry.width(quad) * factor)), max(1, round(geometry.height(quad) * factor)))
    to_upright = cv2.getPerspectiveTransform(
        np.array(quad, np.float32) - 0.5, np.array(quad_from_box(0, 0, *size), np.float32) - 0.5
    )
    how = cv2.INTER_CUBIC if factor >= 1 else cv2.INTER_AREA
    return cv2.warpPerspective(grey, to_upright, size, flags=how, borderMode=cv2.BORDER_REPLICATE).astype(np.uint8)


def _squares(stats: NDArray[np.int32]) -> NDArray[np.intp]:
    """Return which of the components (row by row: left, top, width, height, area) may be a code; the first is none."""
    width, height, area = stats[1:, 2], stats[1:, 3], stats[1:, 4]
    shorter, longer = np.minimum(width, height), np.maximum(width, height)
    fits = (shorter >= _FEWEST_CELLS) & (longer <= _MOST_CELLS) & (longer <= _MOST_UNEQUAL_SIDES * shorter)
    return np.flatnonzero(fits & (area >= _MIN_FILL * width * height)) + 1


def _averaged(steps: NDArray[np.uint8]) -> NDArray[np.float32]:
    height, width = (side // _CELL * _CELL for side in steps.shape)
    cells = steps[:height, :width]
    # Halving twice takes a tenth of the time of one reduction to a quarter.
    for part in (2, 4):
        cells = cv2.resize(cells, (width // part, height // part), interpolation=cv2.INTER_AREA).astype(
            np.uint8, copy=False
        )
    return cv2.blur(cells.astype(np.float32), (_AREA_CELLS, _AREA_CELLS)).astype(np.float32, copy=False)


def _likeness(picture: NDArray[np.uint8], box: Quad) -> float:
    """Return how evenly dark and light share a place, 0 to 1."""
    left, top, right, bottom = (int(edge) for edge in geometry.bounds(box))
    inside = picture[top:bottom, left:right]
    low, high = levels_at(inside, 4, 96)
    return float(inside.std() / max(high - low, 1.0))
