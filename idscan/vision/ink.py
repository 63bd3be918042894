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
        around = cv2.GaussianBlur(grey, (0, 0), max(1.0, grey.shape[0] * _STROKE_SHARE))
        strength: NDArray[np.float32] = np.abs(grey - around).astype(np.float32, copy=False)
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
