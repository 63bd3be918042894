"""What a picture looks like in a few bits, so that copies of it are found again after resizing and recompression."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from idscan.vision import enhance

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SIDE = 16
LOOK_BITS = _SIDE * _SIDE
"""Bits of a look."""

_LEAST_STEP = 2
"""Levels of brightness by which neighbours must differ to count as brighter: below, noise decides."""


def look_of(rgb: NDArray[np.uint8]) -> int:
    """Return the difference hash of a picture: for 16 x 16 places whether it gets brighter to the right.

    Args:
        rgb: uint8 array of shape (height, width, 3).
    """
    small = cv2.resize(enhance.grey(rgb), (_SIDE + 1, _SIDE), interpolation=cv2.INTER_AREA).astype(np.int16)
    bits = np.packbits(small[:, 1:] - small[:, :-1] >= _LEAST_STEP)
    return int.from_bytes(bits.tobytes(), "big")


def look_distance(first: int, second: int) -> int:
    """Return in how many of `LOOK_BITS` two looks differ."""
    return (first ^ second).bit_count()
