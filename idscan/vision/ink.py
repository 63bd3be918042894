"""Where something is drawn or printed, against where a surface is bare or was painted over smoothly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from idscan.core import geometry
from idscan.vision import enhance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from idscan.core.geometry import Quad

_STROKE_SHARE = 1 / 60
"""Of a card's height: twice the width of the strokes of its print, so that a stroke stands out from its mean."""

_STRONG = 95
"""Per cent of the pixels of print that stand out less than its strokes do: strokes are a tenth of a line's area."""


_FLAT = 10
"""Levels between the lightest and the darkest pixel of a small window of one colour, stored as JPEG."""

_FLAT_WINDOW = 5
_LEAST_COVER = 1 / 32
"""Of a card's height: wider than any stroke of its print, lower than what hides a line of it."""

_RIM = 5
"""Pixels beside a cover that its edge blurs into: the flat window's half, and what resampling and JPEG add."""

_SOLID, _OF_HULL = 0.97, 0.6
"""Shares of a cover's outline and of its convex hull that it fills at least: ground around print has holes and bays."""

_STANDS_OUT = 25.0
"""Levels by which a cover differs from what lies around it; bare ground between lines of print does not."""


@dataclass(frozen=True, eq=False, slots=True)
class InkMap:
    """How far each pixel of a straightened card stands out from what is around it.

    Attributes:
        strength: float32 array of shape (height, width), levels of brightness.
    """

    strength: NDArray[np.float32]

    @classmethod
    def of(cls, rgb: NDArray[np.uint8]) -> InkMap:
        """Measure a card's pixels, a uint8 array of shape (height, width, 3)."""
        grey = enhance.grey(rgb).astype(np.float32)
        sigma = max(1.0, grey.shape[0] * _STROKE_SHARE)
        covers = find_covers(rgb)
        bare = (~covers).astype(np.float32)
        # What lies under an opaque cover is gone, and the cover's own edge is no ink.
        share = np.maximum(cv2.GaussianBlur(bare, (0, 0), sigma), 1e-3)
        around = cv2.GaussianBlur(grey * bare, (0, 0), sigma) / share
        strength: NDArray[np.float32] = (np.abs(grey - around) * bare).astype(np.float32, copy=False)
        return cls(strength)

    def contrast(self, lines: Sequence[Quad]) -> float:
        """Return how far the strokes of these lines of print stand out, in levels; 0 without lines."""
        values = self.strength[self._mask(lines)]
        return float(np.percentile(values, _STRONG)) if values.size else 0.0

    def share(self, place: Quad, spared: Sequence[Quad], least: float) -> float:
        """Return the share of a place that stands out by at least so many levels, what is spared left out."""
        wanted = self._mask([place]) & ~self._mask(spared)
        values = self.strength[wanted]
        return float(np.mean(values >= least)) if values.size else 0.0

    def _mask(self, quads: Sequence[Quad]) -> NDArray[np.bool_]:
        drawn = np.zeros_like(self.strength, dtype=np.uint8)
        height, width = drawn.shape[:2]
        for quad in quads:
            left, top, right, bottom = geometry.bounds(quad)
            if right > 0 and bottom > 0 and left < width and top < height:
                cv2.fillConvexPoly(drawn, np.array([[round(x), round(y)] for x, y in quad], np.int32), (1,))
        return drawn.astype(np.bool_)


def find_covers(rgb: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return where a straightened card is painted over with one opaque colour, shape (height, width).

    Args:
        rgb: its pixels, uint8 array of shape (height, width, 3).
    """
    height, width = rgb.shape[:2]
    window = np.ones((_FLAT_WINDOW, _FLAT_WINDOW), np.uint8)
    spread = cv2.subtract(cv2.dilate(rgb, window), cv2.erode(rgb, window)).max(axis=2)
    side = max(3, round(height * _LEAST_COVER))
    flat = cv2.morphologyEx((spread <= _FLAT).astype(np.uint8), cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(flat, connectivity=4)
    covers = np.zeros((height, width), np.uint8)
    reach = 2 * _RIM
    near, far = (np.ones((2 * pixels + 1, 2 * pixels + 1), np.uint8) for pixels in (_RIM, reach))
    for label in range(1, count):
        x, y, wide, high = (int(value) for value in stats[label][:4])
        part = (slice(max(y - reach, 0), y + high + reach), slice(max(x - reach, 0), x + wide + reach))
        patch = (labels[part] == label).astype(np.uint8)
        if not _is_whole(patch):
            continue
        grown = cv2.dilate(patch, near)
        ring = (cv2.dilate(patch, far) > grown) & (flat[part] == 0)
        if not ring.any():
            continue
        colours = rgb[part].astype(np.float32)
        apart = np.abs(np.median(colours[patch > 0], axis=0) - np.median(colours[ring], axis=0)).max()
        if apart > _STANDS_OUT:
            covers[part] |= grown.astype(np.uint8, copy=False)
    return covers > 0


def _is_whole(patch: NDArray[np.uint8]) -> bool:
    """Return whether a patch has no holes and few bays."""
    contours, _ = cv2.findContours(np.pad(patch, 1), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(contours, key=cv2.contourArea)
    filled = np.zeros_like(np.pad(patch, 1))
    cv2.drawContours(filled, [outline], -1, (1,), cv2.FILLED)
    area = int(patch.sum())
    return area > _SOLID * int(filled.sum()) and area > _OF_HULL * cv2.contourArea(cv2.convexHull(outline))
