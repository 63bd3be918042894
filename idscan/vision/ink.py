"""Where something is drawn or printed, against where a surface is bare or was painted over smoothly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from idscan.core import geometry
from idscan.vision import enhance
from idscan.vision.covers import find_covers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from idscan.core.geometry import Quad

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
        grey = enhance.grey(rgb).astype(np.float32)
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
