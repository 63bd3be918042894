"""Turning stored pixels upright, and where the blocks of a lossy codec lie after that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from idscan.sources.layers import FIRST_SWAPPED_ORIENTATION

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MIRRORED_X = frozenset({2, 3, 6, 7})
"""EXIF orientations in whose upright picture the columns run against the stored axis that they come from."""

_MIRRORED_Y = frozenset({3, 4, 7, 8})
"""Likewise for the rows."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Blocks of the stored lossy codec, in upright pixels; 1 x 1 where nothing is lost.

    Attributes:
        width: of a block.
        height: of a block.
        left: where a boundary lies, 0 <= left < width.
        top: likewise, 0 <= top < height.
    """

    width: int = 1
    height: int = 1
    left: int = 0
    top: int = 0


def upright_grid(block: tuple[int, int], size: tuple[int, int], turn: int) -> Grid:
    """Return where the blocks of a stored picture lie once it is upright.

    Args:
        block: width and height of a block; one begins at the stored top-left corner.
        size: stored width and height in pixels.
        turn: EXIF orientation, 1 to 8.

    >>> upright_grid((16, 16), (100, 80), 2)
    Grid(width=16, height=16, left=4, top=0)
    """
    if turn >= FIRST_SWAPPED_ORIENTATION:
        block, size = block[::-1], size[::-1]
    left = size[0] % block[0] if turn in _MIRRORED_X else 0
    top = size[1] % block[1] if turn in _MIRRORED_Y else 0
    return Grid(block[0], block[1], left, top)


def upright_pixels(pixels: NDArray[Any], turn: int) -> NDArray[Any]:
    """Return a read-only copy turned as the EXIF orientation asks; the pixels themselves where it asks nothing."""
    if turn >= FIRST_SWAPPED_ORIENTATION:
        pixels = pixels.transpose(1, 0, 2)
    if turn in _MIRRORED_X:
        pixels = pixels[:, ::-1]
    if turn in _MIRRORED_Y:
        pixels = pixels[::-1]
    upright = np.ascontiguousarray(pixels)
    upright.setflags(write=False)
    return upright
