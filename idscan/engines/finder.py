"""Where lines of text stand, by a small network of our own: a sixth of the large detector's time, and a little coarser.

It learnt from the large detector what `tests/training` showed to both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from idscan.engines import packaged
from idscan.engines.boxes import Painting, boxes_of, reduced

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from idscan.core.readings import TextBox

_MODEL = "finder"
_STRIDE = 16
_PAINTING = Painting(least=0.2, mean=0.3, unclip=0.9)
"""Cells are means over the large detector's pixels, so thin lines are paler, and wider than there."""


class LineFinder:
    """Adapter of the package's own detector."""

    name = "line-finder"

    def detect(self, rgb: NDArray[np.uint8], max_side: int) -> tuple[TextBox, ...]:
        """Return the boxes of text lines, in pixels of `rgb`.

        Args:
            rgb: uint8 array of shape (height, width, 3).
            max_side: the longer side is reduced to this many pixels; a smaller picture is never enlarged.
        """
        height, width = rgb.shape[:2]
        small = reduced(rgb, max_side, _STRIDE)
        cells = packaged.answer(_MODEL, self.name, small)
        # Edges lie between cells: enlarged, the map tells where.
        heat = np.asarray(cv2.resize(cells, small.shape[1::-1], interpolation=cv2.INTER_LINEAR), np.float32)
        return boxes_of(heat, width / small.shape[1], height / small.shape[0], _PAINTING)
