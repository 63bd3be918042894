"""Detect text lines with a small network of our own; post-processing of DB-style probability maps.

It is distilled from the large detector by `tests/training`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from idscan.core.arrays import resized_fast
from idscan.core.geometry import quad_from_points
from idscan.core.types import TextBox
from idscan.engines import onnx

if TYPE_CHECKING:
    from numpy.typing import NDArray


_MIN_SIDE = 3
"""Cells of the map. Lower: specks become lines; higher: thin lines are lost."""


@dataclass(frozen=True, slots=True)
class DbSettings:
    """How a detector paints.

    Attributes:
        least: from where on a place counts as the middle of a line, 0 to 1.
        mean: what the places of a line must reach on average.
        unclip: how much thinner than it is a line is painted, as a share of area by circumference.
    """

    least: float
    mean: float
    unclip: float


PP_OCR = DbSettings(least=0.3, mean=0.5, unclip=1.6)
"""As the PP-OCR models were published (rapidocr's config.yaml)."""


def reduced(rgb: NDArray[np.uint8], max_side: int, stride: int) -> NDArray[np.uint8]:
    """Return an RGB image as a detector takes it: reduced, never enlarged, its sides multiples of a stride (pixels)."""
    height, width = rgb.shape[:2]
    scale = min(1.0, max_side / max(height, width))
    size = [max(stride, round(side * scale / stride) * stride) for side in (width, height)]
    return resized_fast(rgb, (size[0], size[1]))


def boxes_of(
    heat: NDArray[np.float32], x_scale: float, y_scale: float, painting: DbSettings = PP_OCR
) -> tuple[TextBox, ...]:
    """Return the boxes of lines in a map of 0 to 1, in pixels of the image: so many for each cell across and down."""
    mask = cv2.dilate((heat > painting.least).astype(np.uint8), np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for contour in contours:
        left, top, across, down = cv2.boundingRect(contour)
        # Most are specks and shadows of lines: these two checks find nearly all of them, and cost little.
        if min(across, down) < _MIN_SIDE or heat[top : top + down, left : left + across].max() < painting.mean:
            continue
        (x, y), (width, height), degrees = cv2.minAreaRect(contour)
        if min(width, height) < _MIN_SIDE:
            continue
        confidence = _mean_inside(heat, cv2.boxPoints(((x, y), (width, height), degrees)))
        if confidence < painting.mean:
            continue
        # The detector paints lines thinner than they are; this undoes it.
        grow = 2 * width * height * painting.unclip / (2 * (width + height))
        corners = cv2.boxPoints(((x, y), (width + grow, height + grow), degrees))
        # Contours stand on pixel centres, quads on pixel edges.
        points = [((px + 0.5) * x_scale, (py + 0.5) * y_scale) for px, py in corners.tolist()]
        found.append(TextBox(quad_from_points(_clockwise_from_top_left(points)), confidence))
    found.sort(key=lambda box: (box.quad[0][1], box.quad[0][0]))
    return tuple(found)


def _clockwise_from_top_left(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Order a rotated rectangle's corners clockwise from the one nearest the image's top left."""
    x, y = (sum(values) / 4 for values in zip(*points, strict=True))
    ring = sorted(points, key=lambda p: np.arctan2(p[1] - y, p[0] - x))
    start = min(range(4), key=lambda i: ring[i][0] + ring[i][1])
    return [ring[(start + i) % 4] for i in range(4)]


def _mean_inside(heat: NDArray[np.float32], corners: NDArray[Any]) -> float:
    height, width = heat.shape
    points = corners.tolist()
    across, down = [x for x, _ in points], [y for _, y in points]
    x0, x1 = (min(max(edge, 0), width - 1) for edge in (math.floor(min(across)), math.ceil(max(across))))
    y0, y1 = (min(max(edge, 0), height - 1) for edge in (math.floor(min(down)), math.ceil(max(down))))
    mask = np.zeros((y1 - y0 + 1, x1 - x0 + 1), np.uint8)
    cv2.fillPoly(mask, [(corners - (x0, y0)).astype(np.int32)], 1)
    return float(cv2.mean(heat[y0 : y1 + 1, x0 : x1 + 1], mask)[0])


_MODEL = "finder"
_STRIDE = 16
"""Pixels: the network takes sides that are multiples of it."""
_PAINTING = DbSettings(least=0.2, mean=0.3, unclip=0.9)
"""Cells are means over the large detector's pixels, so thin lines are paler, and wider than there."""


class TextDetector:
    """Adapter of the package's own detector."""

    name = "line-finder"

    def detect(self, rgb: NDArray[np.uint8], max_side: int) -> tuple[TextBox, ...]:
        """Return the boxes of text lines in an RGB image, whose longer side is reduced to at most `max_side` pixels."""
        height, width = rgb.shape[:2]
        small = reduced(rgb, max_side, _STRIDE)
        cells = onnx.run_model(_MODEL, self.name, small)
        # Edges lie between cells: enlarged, the map shows where.
        heat = np.asarray(cv2.resize(cells, small.shape[1::-1], interpolation=cv2.INTER_LINEAR), np.float32)
        return boxes_of(heat, width / small.shape[1], height / small.shape[0], _PAINTING)
