"""Places that a hidden code may be at: squarish and darker than what lies around them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

from idscan.core import geometry
from idscan.core.geometry import quad_from_points

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from idscan.core.geometry import Quad

_WORKING_SIDE = 640
_MIN_SIDE, _MAX_SIDE = 0.035, 0.6  # of the picture's longer side
_MIN_PIXELS = 50.0  # a code of 37 modules with less has no pixels to tell them by
_MOST_UNEQUAL = 0.3  # in natural logarithm: perspective included
_MIN_FILL = 0.72
_GAPS = (3, 7, 13)  # working pixels between dark modules that are closed
_LEVELS = 9
_GROUND = 121  # working pixels over which uneven light is evened out
_ONE_PLACE = 0.6


def find_blots(grey: NDArray[np.uint8], limit: int) -> tuple[Quad, ...]:
    """Return squarish dark places, the fullest first, clockwise from any corner, in pixels of the picture.

    Args:
        grey: uint8 array of shape (height, width).
        limit: at most this many.
    """
    height, width = grey.shape
    factor = min(1.0, _WORKING_SIDE / max(height, width))
    size = (max(8, round(width * factor)), max(8, round(height * factor)))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    scale = (width / size[0], height / size[1])
    found: list[tuple[float, Quad]] = []
    for mask in _masks(small):
        for fill, corners in _squares(mask):
            quad = quad_from_points((x * scale[0], y * scale[1]) for x, y in corners)
            if min(geometry.width(quad), geometry.height(quad)) >= _MIN_PIXELS:
                found.append((fill, quad))
    found.sort(key=lambda item: (-item[0], item[1]))
    return geometry.distinct((quad for _, quad in found), limit, _ONE_PLACE)


def _masks(small: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    ground = cv2.blur(small, (_GROUND, _GROUND)).astype(np.float32)
    even = np.clip(small.astype(np.float32) * (128 / (ground + 1)), 0, 255).astype(np.uint8)
    for picture in (small, even):
        for gap in _GAPS:
            soft = cv2.blur(picture, (gap, gap))
            levels = np.percentile(soft, np.linspace(8, 75, _LEVELS))
            for level in np.unique(levels.astype(np.uint8)):
                yield (soft <= level).astype(np.uint8)


def _squares(mask: NDArray[np.uint8]) -> Iterator[tuple[float, list[tuple[float, float]]]]:
    longest = max(mask.shape)
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    for contour in contours:
        _, _, width, height = cv2.boundingRect(contour)
        if not _MIN_SIDE * longest <= min(width, height) <= max(width, height) <= 1.5 * _MAX_SIDE * longest:
            continue
        rectangle = cv2.minAreaRect(contour)
        # Contours run through the middle of their pixels.
        sides = (rectangle[1][0] + 1, rectangle[1][1] + 1)
        fill = (cv2.contourArea(contour) + sum(sides)) / (sides[0] * sides[1])
        if abs(math.log(sides[0] / sides[1])) < _MOST_UNEQUAL and fill > _MIN_FILL:
            corners = cv2.boxPoints((rectangle[0], sides, rectangle[2])) + 0.5
            yield min(fill, 1.0), [(float(x), float(y)) for x, y in corners]
