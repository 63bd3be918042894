"""Percentiles of brightness."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def levels_at(pixels: NDArray[np.uint8], *percents: float) -> tuple[float, ...]:
    """Return percentiles as `numpy.percentile` gives them, from a histogram: a quarter of its time on a line of text.

    Args:
        pixels: uint8 array of two dimensions.
        percents: 0 to 100.

    >>> levels_at(np.array([[10, 20], [30, 40]], np.uint8), 0, 50, 100)
    (10.0, 25.0, 40.0)
    """
    counts = np.cumsum(cv2.calcHist([pixels], [0], None, [256], [0, 256]))
    last = pixels.size - 1
    levels: list[float] = []
    for percent in percents:
        place = last * percent / 100
        low, high = np.searchsorted(counts, (int(place), min(int(place) + 1, last)), side="right").tolist()
        levels.append(low + (place % 1) * (high - low))
    return tuple(levels)
