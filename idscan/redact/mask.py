"""Rasterise regions to masks: margins, block grids of stored files, rounded corners."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

from idscan.core import geometry
from idscan.core.geometry import quad_from_box, quad_from_points
from idscan.images.pixels import Grid

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from idscan.core.geometry import Point, Quad

MIN_MARGIN = 8.0
"""Pixels. JPEG ringing reveals digits up to 4 px beyond their ink, and nothing beyond 8 (the width of a block)."""
_LINE_MARGIN = 0.35
"""Share of a line's height: ascenders, tone marks and skewed boxes exceed the detected line by that much."""
_SYMBOL_MARGIN = 0.08
"""Share of a decoded code's side: readers locate its corners to about a module, of 41 to 61 along a side on cards, and
less precisely on bent ones. More would hide titles, which end in the empty quiet zone."""
UNDECODED_SYMBOL_MARGIN = 0.3
"""The same for a code that was not decoded: its corners are estimates."""
ZONE_LINES = 3
"""Lines of the machine-readable zone of a card (ICAO Doc 9303-5)."""


def line_margin(quad: Quad, lines: int = 1) -> float:
    """Return the margin around print in pixels.

    Args:
        quad: the place of the print.
        lines: number of lines in it.
    """
    return max(MIN_MARGIN, _LINE_MARGIN * geometry.height(quad) / lines)


def symbol_margin(quad: Quad, share: float = _SYMBOL_MARGIN) -> float:
    """Return the margin around a code in pixels, a part of its quiet zone included."""
    return MIN_MARGIN + share * max(geometry.width(quad), geometry.height(quad))


SINGLE_PIXELS = Grid()
"""The grid of a file whose pixels are coded independently."""
CHROMA_REACH = 2
"""Pixels by which colour spreads across the border of a block: libjpeg's smooth upsampling uses one sample of the
neighbour, which affects one pixel; the other pixel is for decoders with wider filters."""
_MAX_COORDINATE = 1e15
"""Pixels: coordinates are clipped here, where floats hardly resolve neighbouring pixels."""
_ROUNDING = 1e-9
"""Share of the largest coordinate by which slanted edges are widened, so that rounding uncovers no pixel."""
_MIN_COSINE = -math.sqrt(0.5)
"""Cosine of the angle between the normals of two sides: corners sharper than 45 degrees would move too far
out."""
_MIN_SIDE = 1e-6
"""Pixels: a shorter side has no direction."""


def region_mask(quads: Sequence[Quad], size: tuple[int, int], grid: Grid, rim: int = CHROMA_REACH) -> NDArray[np.bool_]:
    """Return the mask that hides quads without residue.

    Every block of the grid that a quad touches is hidden as a whole, and with blocks larger than one pixel a rim as
    well, because decoders mix colour across their borders.

    Args:
        quads: convex, in any direction and place, also without area; of other quads the convex hull is hidden.
        size: (width, height) of the image in pixels.
        grid: blocks of the stored file.
        rim: pixels around blocks larger than one pixel.

    Returns:
        Array of shape (height, width), True where hidden.
    """
    width, height = size
    mask = np.zeros((height, width), dtype=np.bool_)
    rim = 0 if (grid.width, grid.height) == (1, 1) else rim
    for quad in quads:
        for left, top, right, bottom in _touched_rows(quad, size, grid):
            mask[max(0, top - rim) : bottom + rim, max(0, left - rim) : right + rim] = True
    return mask


def rounded_mask(quad: Quad, size: tuple[int, int], radius: float) -> NDArray[np.bool_]:
    """Return the mask of an outline with rounded corners, a bool array of shape (height, width).

    Args:
        quad: the outline.
        size: (width, height) of the image in pixels.
        radius: of the corners, as a share of the outline's longer side.
    """
    mask = region_mask([quad], size, SINGLE_PIXELS)
    reach = radius * max(geometry.width(quad), geometry.height(quad))
    core = inset_quad(quad, reach)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if core == quad or not rows.size:
        return mask
    inner = geometry.shifted(core, -columns[0], -rows[0])
    part = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    height, width = mask[part].shape
    # Corners are rounded outside the image too, so that its border does not act as an edge of the card.
    room = math.ceil(reach) + 1
    whole = (width + 2 * room, height + 2 * room)
    off = (~region_mask([geometry.shifted(inner, room, room)], whole, SINGLE_PIXELS)).astype(np.uint8)
    distance = cv2.distanceTransform(off, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[room:-room, room:-room]
    mask[part] &= distance <= reach + 1
    return mask


def expanded_quad(quad: Quad, pixels: float) -> Quad:
    """Return the quad with each side moved outward.

    A quad that is degenerate (not convex, without area, or with a very sharp corner) becomes the rectangle around it
    along its reading direction. The order of the corners is kept: a mirrored quad remains mirrored.

    >>> expanded_quad(((4.0, 4.0), (9.0, 4.0), (9.0, 4.0), (4.0, 4.0)), 2)
    ((2.0, 2.0), (11.0, 2.0), (11.0, 6.0), (2.0, 6.0))

    Args:
        quad: in either direction.
        pixels: distance, not negative.
    """
    normals = _outward_normals(quad)
    return _rectangle_around(quad, pixels) if normals is None else _with_moved_sides(quad, normals, (pixels,) * 4)


def inset_quad(quad: Quad, pixels: float) -> Quad:
    """Return the quad with each side moved inward; unchanged where nothing would remain.

    >>> inset_quad(((0.0, 0.0), (9.0, 0.0), (9.0, 6.0), (0.0, 6.0)), 2)
    ((2.0, 2.0), (7.0, 2.0), (7.0, 4.0), (2.0, 4.0))
    """
    normals = _outward_normals(quad)
    if normals is None or min(geometry.width(quad), geometry.height(quad)) <= 2 * pixels:
        return quad
    return _with_moved_sides(quad, normals, (-pixels,) * 4)


def aligned_to_blocks(quad: Quad, size: tuple[int, int], grid: Grid) -> Quad:
    """Return the quad with each side moved outward to contain every block that it touches, rim included.

    The result has straight sides, where a union of blocks has jagged ones.

    Args:
        quad: as for `region_mask`.
        size: (width, height) of the image in pixels.
        grid: blocks of the stored file.
    """
    normals = _outward_normals(quad)
    boxes = np.array(list(_touched_rows(quad, size, grid)), dtype=np.float64).reshape(-1, 4)
    if normals is None or (grid.width, grid.height) == (1, 1) or not len(boxes):
        return quad
    boxes += (-CHROMA_REACH, -CHROMA_REACH, CHROMA_REACH, CHROMA_REACH)
    x, y = boxes[:, (0, 2, 2, 0)], boxes[:, (1, 1, 3, 3)]
    out = [
        max(0.0, float(((x - ax) * nx + (y - ay) * ny).max())) for (ax, ay), (nx, ny) in zip(quad, normals, strict=True)
    ]
    return _with_moved_sides(quad, normals, out)


def _with_moved_sides(quad: Quad, normals: Sequence[Point], distances: Sequence[float]) -> Quad:
    """Return a quad with each side moved along its normal."""
    corners: list[Point] = []
    for index, (x, y) in enumerate(quad):
        (ax, ay), (bx, by) = normals[index - 1], normals[index]
        one, other = distances[index - 1], distances[index]
        across = ax * by - ay * bx
        corners.append((x + (one * by - other * ay) / across, y + (other * ax - one * bx) / across))
    return quad_from_points(corners)


def _touched_rows(quad: Quad, size: tuple[int, int], grid: Grid) -> Iterator[tuple[int, int, int, int]]:
    """Yield the box (left, top, right, bottom) that a quad touches in each row of blocks.

    Boxes may exceed the image by a part of a block.
    """
    corners = np.clip(np.array(quad, dtype=np.float64), -_MAX_COORDINATE, _MAX_COORDINATE)
    (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    first, last = _blocks(top - grid.top, bottom - grid.top, grid.height)
    in_image = _blocks(-grid.top, size[1] - grid.top, grid.height)
    first, last = max(first, in_image[0]), min(last, in_image[1])
    if first >= last:
        return
    tops = np.arange(first, last, dtype=np.float64) * grid.height + grid.top
    starts, ends = _extents(corners, tops, tops + grid.height)
    starts, ends = np.maximum(starts, left), np.minimum(ends, right)
    columns = _blocks(-grid.left, size[0] - grid.left, grid.width)
    for row, start, end in zip(range(first, last), starts.tolist(), ends.tolist(), strict=True):
        one, other = _blocks(start - grid.left, end - grid.left, grid.width)
        one, other = max(one, columns[0]), min(other, columns[1])
        if one < other:
            y, x = row * grid.height + grid.top, one * grid.width + grid.left
            yield (x, y, other * grid.width + grid.left, y + grid.height)


def _blocks(start: float, end: float, side: int) -> tuple[int, int]:
    """Return the first block that an interval touches, and the one after the last; at least one block."""
    first = math.floor(start / side)
    return first, max(first + 1, math.ceil(end / side))


def _extents(
    corners: NDArray[np.float64], tops: NDArray[np.float64], bottoms: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the leftmost and rightmost point of a convex outline in each horizontal strip.

    Args:
        corners: of shape (4, 2).
        tops: of shape (strips,); each strip meets the outline.
        bottoms: likewise.
    """
    slack = _ROUNDING * (1 + float(np.abs(corners).max()))
    starts, ends = np.full(tops.shape, np.inf), np.full(tops.shape, -np.inf)
    for one, other in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        (x0, y0), (x1, y1) = (one, other) if one[1] <= other[1] else (other, one)
        meets = (y1 >= tops - slack) & (y0 <= bottoms + slack)
        for side, share_of_none in ((tops, 0.0), (bottoms, 1.0)):
            share = np.clip((side - y0) / (y1 - y0), 0, 1) if y1 - y0 > slack else np.full(tops.shape, share_of_none)
            x = x0 * (1 - share) + x1 * share
            starts = np.where(meets, np.minimum(starts, x - slack), starts)
            ends = np.where(meets, np.maximum(ends, x + slack), ends)
    return starts, ends


def _outward_normals(quad: Quad) -> tuple[Point, ...] | None:
    """Return the outward unit normal of each side; None for a degenerate quad, see `expanded_quad`."""
    turn = math.copysign(1.0, geometry.signed_area(quad))
    normals: list[Point] = []
    for (x0, y0), (x1, y1) in zip(quad, geometry.turned(quad, 1), strict=True):
        length = math.hypot(x1 - x0, y1 - y0)
        if length < _MIN_SIDE:
            return None
        normals.append((turn * (y1 - y0) / length, turn * (x0 - x1) / length))
    for (ax, ay), (bx, by) in zip([normals[-1], *normals[:-1]], normals, strict=True):
        if turn * (ax * by - ay * bx) <= 0 or ax * bx + ay * by < _MIN_COSINE:
            return None
    return tuple(normals)


def _rectangle_around(quad: Quad, pixels: float) -> Quad:
    """Return the rectangle along the reading direction that contains all corners, with a margin."""
    (ux, uy), (vx, vy) = _reading_frame(quad)
    along = [x * ux + y * uy for x, y in quad]
    down = [x * vx + y * vy for x, y in quad]
    box = quad_from_box(min(along) - pixels, min(down) - pixels, max(along) + pixels, max(down) + pixels)
    return quad_from_points((a * ux + d * vx, a * uy + d * vy) for a, d in box)


def _reading_frame(quad: Quad) -> tuple[Point, Point]:
    """Return perpendicular unit vectors along the lines of a quad and down from line to line."""
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = quad
    right, below = (x1 - x0 + x2 - x3, y1 - y0 + y2 - y3), (x3 - x0 + x2 - x1, y3 - y0 + y2 - y1)
    if math.hypot(*right) < _MIN_SIDE:
        right = (below[1], -below[0])
    length = math.hypot(*right)
    ux, uy = (right[0] / length, right[1] / length) if length >= _MIN_SIDE else (1.0, 0.0)
    side = -1.0 if -uy * below[0] + ux * below[1] < 0 else 1.0
    return (ux, uy), (-uy * side, ux * side)
