"""Detect cards and their orientation with a small network of our own.

It is trained on made-up cards on made-up tables (`tests/training/train_locator.py`). Outlines are as exact as an image
reduced to a few hundred pixels allows, some hundredths of a card.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from idscan.core import geometry
from idscan.core.geometry import quad_from_points
from idscan.engines import onnx
from idscan.engines.text_detector import reduced

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from idscan.core.geometry import Quad

_MODEL = "locator"
_STRIDE, _CELL = 32, 8
"""Pixels: the network takes sides that are multiples of the one, and its map has a cell for each of the other."""
_SIDE = 320
"""Pixels of the longer side at the coarsest scale, where a card may fill the image."""
_SMALLEST_CARD, _SEEN_WIDTH = 200, 40
"""Pixels: the narrowest card that is readable, and how wide the network must see a card.

`python -m tests.benchmarks.large`: at 32 pixels it still found 48 of 48 cards; wider than 40 only costs more."""
_STEP, _NO_STEP = 3.0, 0.2
"""Between one scale and the next, and the share of a step that is not worth one."""
_SURE = 0.9
"""Confidence from which the scale decides between two views of one card; below, the surer one stays."""
_BEST_WIDTH = 120
"""Pixels at which corners are most exact: smaller cards have coarser corners, larger ones leave the network's sight."""
_LEAST = 0.25
"""Confidence of a cell. Lower: noise costs time and makes false cards; higher: faint cards are missed."""
_SEEN = 0.5
"""Half-sure cells join no card that surer ones show: those at its rim predict its corners worst."""
_ONE_CARD = 0.3
"""Intersection over union of one card's outlines. Lower: neighbours are merged; higher: a card is found twice."""
_ASPECTS, _MOST_SLANTED, _LEAST_FILLED = (0.8, 3.0), 2.2, 0.6
"""Width by height, opposite sides by each other, and area by that of a rectangle: a card (1.59) that leans by 55
degrees, seen from one and a half of its widths. Beyond, the cells of a place do not agree on its corners."""


@dataclass(frozen=True, slots=True)
class DetectedCard:
    """A place that looks like a card.

    Attributes:
        quad: its outline from the card's own top-left corner; counter-clockwise where the card is mirrored.
        confidence: 0 to 1.
    """

    quad: Quad
    confidence: float


class CardDetector:
    """Adapter of the package's own locator."""

    name = "card-locator"

    def locate(self, rgb: NDArray[np.uint8], scale: float = 1.0) -> tuple[DetectedCard, ...]:
        """Return the places that look like cards, the likeliest first; `scale` is the size of `rgb` by full size."""
        height, width = rgb.shape[:2]
        scales: list[list[tuple[float, DetectedCard]]] = []
        source = rgb
        for side in _sides(max(height, width) / scale):
            source = reduced(source, side, _STRIDE)
            planes = onnx.run_model(_MODEL, self.name, source)
            x_scale, y_scale = width / source.shape[1], height / source.shape[0]
            found = quads_of(planes, x_scale, y_scale)
            scales.append([(_longer_side(card.quad) / max(x_scale, y_scale), card) for card in found])
        return _each_once(scales)


def _sides(longest: float) -> list[int]:
    """Return the longer sides of the copies in which cards are looked for, the largest first."""
    growth = max(longest * _SEEN_WIDTH / _SMALLEST_CARD / _SIDE, 1.0)
    steps = max(0, math.ceil(math.log(growth, _STEP) - _NO_STEP))
    return [round(_SIDE * growth ** (step / steps)) for step in range(steps, 0, -1)] + [_SIDE]


def _longer_side(quad: Quad) -> float:
    return max(geometry.width(quad), geometry.height(quad))


def _each_once(scales: Sequence[Sequence[tuple[float, DetectedCard]]]) -> tuple[DetectedCard, ...]:
    """Return cards of several scales once, from the scale that suits each best by its width there in pixels."""
    if len(scales) == 1:
        return tuple(card for _, card in scales[0])
    found = [(i, width, card) for i, cards in enumerate(scales) for width, card in cards]
    found.sort(key=lambda item: (item[2].confidence < _SURE, abs(math.log(item[1] / _BEST_WIDTH))))
    outlines = _Outlines(np.array([card.quad for _, _, card in found]).reshape(-1, 4, 2))
    scale_of = np.array([i for i, _, _ in found])
    kept: list[DetectedCard] = []
    left = np.arange(len(found))
    while left.size:
        first = left[0]
        kept.append(found[first][2])
        is_twin = outlines.are_one(first, left) & (scale_of[left] != scale_of[first])
        left = left[~is_twin & (left != first)]
    return tuple(sorted(kept, key=lambda card: -card.confidence))


def quads_of(planes: NDArray[np.float32], x_scale: float, y_scale: float) -> tuple[DetectedCard, ...]:
    """Return the cards of a map, each the mean of its cells' predictions, in pixels of the image.

    The map has shape (9, rows, columns): where cards are, 0 to 1, and their corners seen from each cell. The scales are
    pixels of the image for each of the network's, across and down.
    """
    sure = planes[0]
    rows, columns = np.nonzero(sure > _LEAST)
    order = np.argsort(-sure[rows, columns], kind="stable")
    rows, columns = rows[order], columns[order]
    centres = np.stack([columns + 0.5, rows + 0.5], axis=1) * _CELL
    corners = planes[1:, rows, columns].T.reshape(-1, 4, 2) + centres[:, None]
    weights = sure[rows, columns]
    found = []
    outlines = _Outlines(corners)
    left = np.arange(len(corners))
    while left.size:
        is_sure = bool(weights[left[0]] > _SEEN)
        joins = outlines.are_one(left[0], left)
        cells = left[joins & (weights[left] > _SEEN)] if is_sure else left[joins]
        left = left[~joins]
        mean = np.average(corners[cells], axis=0, weights=weights[cells])
        # Where cells disagree on which corner is the first, their mean is no card, but the surest of them may be.
        seen = next((one for one in (mean, corners[cells[0]]) if _is_plausible(one)), None)
        if seen is None:
            continue
        quad = quad_from_points((float(x) * x_scale, float(y) * y_scale) for x, y in seen)
        found.append(DetectedCard(quad, float(weights[cells[0]])))
        if is_sure:
            half_sure = np.searchsorted(-weights[left], -_SEEN)
            inside = _are_inside(centres[left[half_sure:]], seen)
            left = np.concatenate([left[:half_sure], left[half_sure:][~inside]])
    return tuple(found)


def _is_plausible(corners: NDArray[np.floating]) -> bool:
    """Return whether four corners may be a card's as a camera sees it."""
    sides = np.hypot(*(np.roll(corners, -1, axis=0) - corners).T)
    wide, high = (sides[0] + sides[2]) / 2, (sides[1] + sides[3]) / 2
    if min(sides) <= 0 or not _ASPECTS[0] < wide / high < _ASPECTS[1]:
        return False
    if max(sides[0] / sides[2], sides[2] / sides[0], sides[1] / sides[3], sides[3] / sides[1]) > _MOST_SLANTED:
        return False
    return bool(cv2.contourArea(corners.astype(np.float32)) > _LEAST_FILLED * wide * high)


def _are_inside(points: NDArray[np.floating], corners: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Return for each point whether it lies within an outline."""
    sides = np.roll(corners, -1, axis=0) - corners
    towards = points[:, None] - corners
    turns = sides[:, 0] * towards[..., 1] - sides[:, 1] * towards[..., 0]
    return np.asarray((turns > 0).all(axis=1) | (turns < 0).all(axis=1))


class _Outlines:
    """Many outlines, to be compared: a sheet of a hundred cards has thousands of them."""

    def __init__(self, corners: NDArray[np.floating]) -> None:
        self._corners = np.asarray(corners, np.float32)
        self._low, self._high = self._corners.min(axis=1), self._corners.max(axis=1)
        x, y = self._corners[..., 0], self._corners[..., 1]
        self._areas = np.abs((x * np.roll(y, -1, axis=1) - y * np.roll(x, -1, axis=1)).sum(axis=1)) / 2

    def are_one(self, first: np.intp, others: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Return for each of some outlines whether it is of the same card as the first."""
        # Boxes around them rule out nearly all at once.
        shared = np.minimum(self._high[first], self._high[others]) - np.maximum(self._low[first], self._low[others])
        shared = np.maximum(shared, 0)
        larger = np.maximum(self._areas[first], self._areas[others])
        are_one = shared[:, 0] * shared[:, 1] > _ONE_CARD * larger
        for i in np.flatnonzero(are_one):
            both, _ = cv2.intersectConvexConvex(self._corners[first], self._corners[others[i]])
            are_one[i] = both > _ONE_CARD * (self._areas[first] + self._areas[others[i]] - both)
        are_one[others == first] = True
        return np.asarray(are_one, np.bool_)
