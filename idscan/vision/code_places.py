"""Places that may hold a QR code, told at the cost of a glance: as busy across as down, about square, and set apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from idscan.core import geometry
from idscan.core.geometry import quad_from_box
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


def find_code_places(grey: NDArray[np.uint8], limit: int) -> tuple[Quad, ...]:
    """Return upright boxes that may hold a QR code of a card, the likeliest first, in pixels of the picture.

    Args:
        grey: uint8 array of shape (height, width).
        limit: at most this many.
    """
    found: list[tuple[float, Quad]] = []
    picture = grey
    for level in range(_LEVELS):
        if min(picture.shape) <= _FEWEST_CELLS * _CELL:
            break
        found.extend((score, geometry.scaled(quad, 2.0**level)) for score, quad in _on_level(picture))
        picture = halved(picture)
    found.sort(key=lambda item: (-item[0], item[1]))
    return geometry.distinct((quad for _, quad in found), limit, _ONE_PLACE)


def _on_level(picture: NDArray[np.uint8]) -> Iterator[tuple[float, Quad]]:
    across = _averaged(cv2.absdiff(picture[:-1, 1:], picture[:-1, :-1]).astype(np.uint8, copy=False))
    down = _averaged(cv2.absdiff(picture[1:, :-1], picture[:-1, :-1]).astype(np.uint8, copy=False))
    steps = np.minimum(across, down)
    for threshold in _STEPS:
        mask = (steps > threshold).astype(np.uint8)
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
    low, high = np.percentile(inside, (4, 96))
    return float(inside.std() / max(float(high) - float(low), 1.0))
