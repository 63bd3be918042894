"""Cut a large image into tiles that overlap, so that nothing small lies across every cut."""

from __future__ import annotations

import math
from typing import TypeAlias

PixelBox: TypeAlias = tuple[int, int, int, int]
"""Left, top, right and bottom in whole pixels, right and bottom exclusive."""


def tile_boxes(size: tuple[int, int], longest: int, overlap: int) -> list[PixelBox]:
    """Return boxes that cover an image, row by row, all of about the same size.

    >>> tile_boxes((100, 40), 60, 20)
    [(0, 0, 60, 40), (40, 0, 100, 40)]

    Args:
        size: width and height of the image in pixels.
        longest: pixels of a tile's longer side at most.
        overlap: pixels that neighbours share at least; what is smaller lies whole in one of them.
    """
    width, height = size
    columns, rows = _spans(width, longest, overlap), _spans(height, longest, overlap)
    return [(left, top, right, bottom) for top, bottom in rows for left, right in columns]


def _spans(length: int, longest: int, overlap: int) -> list[tuple[int, int]]:
    """Return (start, stop) of parts of a side, evenly spread."""
    if length <= longest:
        return [(0, length)]
    count = math.ceil((length - overlap) / (longest - overlap))
    side = math.ceil((length + (count - 1) * overlap) / count)
    starts = [round(i * (length - side) / (count - 1)) for i in range(count)]
    return [(start, start + side) for start in starts]
