"""Points, quads and homographies as plain tuples.

Every quad runs clockwise from the top-left corner of the card or text as it is read, in pixel edges:
the top-left pixel of an image covers (0, 0) to (1, 1).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Point: TypeAlias = tuple[float, float]
Quad: TypeAlias = tuple[Point, Point, Point, Point]
Homography: TypeAlias = tuple[float, float, float, float, float, float, float, float, float]
"""A 3x3 projective map, row by row."""
_MIN_DEPTH = 1e-12
"""Smallest divisor of a mapped point. A point on the horizon has no image: zero would divide by zero, and a much larger
value would move points that do have one."""


def quad_from_box(x0: float, y0: float, x1: float, y1: float) -> Quad:
    """Return the axis-parallel quad of a box given by its left, top, right and bottom edge."""
    return ((x0, y0), (x1, y0), (x1, y1), (x0, y1))


def quad_from_points(points: Iterable[Sequence[float]]) -> Quad:
    """Return a quad of plain floats from (x, y) pairs, in the order given; ValueError unless there are four."""
    corners = [(float(point[0]), float(point[1])) for point in points]
    if len(corners) != 4:  # noqa: PLR2004  a quad has four corners
        message = f"a quad has four corners, not {len(corners)}"
        raise ValueError(message)
    return (corners[0], corners[1], corners[2], corners[3])


def bounds(points: Iterable[Point]) -> tuple[float, float, float, float]:
    """Return (left, top, right, bottom) of the points."""
    xs, ys = zip(*points, strict=True)
    return (min(xs), min(ys), max(xs), max(ys))


def box_around(points: Iterable[Point], room: float) -> Quad:
    """Return the upright box around points, with some room on each side, in the unit of the points."""
    left, top, right, bottom = bounds(points)
    return quad_from_box(left - room, top - room, right + room, bottom + room)


def centre(quad: Quad) -> Point:
    """Return the mean of the four corners."""
    return (sum(x for x, _ in quad) / 4, sum(y for _, y in quad) / 4)


def signed_area(points: Sequence[Point]) -> float:
    """Return the area enclosed; positive when the points run clockwise on screen (y grows downward)."""
    return 0.5 * sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(points, [*points[1:], points[0]], strict=True))


def area(points: Sequence[Point]) -> float:
    """Return the area enclosed by the points, never negative."""
    return abs(signed_area(points))


def width(quad: Quad) -> float:
    """Return the mean length of the top and bottom edge, in pixels."""
    return (math.dist(quad[0], quad[1]) + math.dist(quad[3], quad[2])) / 2


def height(quad: Quad) -> float:
    """Return the mean length of the left and right edge, in pixels."""
    return (math.dist(quad[0], quad[3]) + math.dist(quad[1], quad[2])) / 2


def angle(quad: Quad) -> float:
    """Return the reading direction in degrees: 0 runs right, 90 runs down the screen."""
    left = ((quad[0][0] + quad[3][0]) / 2, (quad[0][1] + quad[3][1]) / 2)
    right = ((quad[1][0] + quad[2][0]) / 2, (quad[1][1] + quad[2][1]) / 2)
    return math.degrees(math.atan2(right[1] - left[1], right[0] - left[0]))


def scaled(quad: Quad, factor: float) -> Quad:
    """Return the quad with every coordinate multiplied by `factor`."""
    return quad_from_points((x * factor, y * factor) for x, y in quad)


def shifted(quad: Quad, dx: float, dy: float) -> Quad:
    """Return the quad moved by (dx, dy)."""
    return quad_from_points((x + dx, y + dy) for x, y in quad)


def straightness(quad: Quad) -> float:
    """Return the length of the shortest side by that of the opposite one: 1 for a parallelogram.

    >>> straightness(quad_from_box(0, 0, 30, 20)), straightness(((0, 0), (40, 0), (30, 20), (10, 20)))
    (1.0, 0.5)
    """
    sides = [math.dist(quad[i], quad[(i + 1) % 4]) for i in range(4)]
    return min(min(pair) / max(*pair, 1e-9) for pair in ((sides[0], sides[2]), (sides[1], sides[3])))


def turned(quad: Quad, quarter_turns: int) -> Quad:
    """Return the same quad with its first corner moved on by that many corners."""
    steps = quarter_turns % 4
    corners = (*quad[steps:], *quad[:steps])
    return quad_from_points(corners)


def flipped(quad: Quad) -> Quad:
    """Return the same quad as seen in a mirror: its corners in the other direction, the left edge as the right one."""
    return (quad[1], quad[0], quad[3], quad[2])


def is_mirrored(quad: Quad) -> bool:
    """Return whether a quad runs counter-clockwise, as what is seen in a mirror does when it is read."""
    return signed_area(quad) < 0


def transform_point(homography: Homography, point: Point) -> Point:
    """Map one point through a homography.

    >>> transform_point((2, 0, 1, 0, 2, 1, 0, 0, 1), (3, 4))
    (7.0, 9.0)
    """
    x, y = point
    h = homography
    depth = h[6] * x + h[7] * y + h[8]
    depth = depth if abs(depth) > _MIN_DEPTH else math.copysign(_MIN_DEPTH, depth)
    return ((h[0] * x + h[1] * y + h[2]) / depth, (h[3] * x + h[4] * y + h[5]) / depth)


def transform(homography: Homography, quad: Quad) -> Quad:
    """Map the four corners of a quad through a homography."""
    return quad_from_points(transform_point(homography, corner) for corner in quad)


def contains(quad: Quad, point: Point) -> bool:
    """Return whether a convex quad holds the point (its edge counts)."""
    signs = [
        (x1 - x0) * (point[1] - y0) - (y1 - y0) * (point[0] - x0)
        for (x0, y0), (x1, y1) in zip(quad, turned(quad, 1), strict=True)
    ]
    return all(sign >= 0 for sign in signs) or all(sign <= 0 for sign in signs)


def intersection_area(first: Quad, second: Quad) -> float:
    """Return the area two convex quads share, in square pixels (Sutherland-Hodgman clipping)."""
    clip = second if signed_area(second) >= 0 else quad_from_points(reversed(second))
    polygon: list[Point] = list(first)
    for (ax, ay), (bx, by) in zip(clip, turned(clip, 1), strict=True):
        if not polygon:
            return 0.0
        kept: list[Point] = []
        previous = polygon[-1]
        previous_side = (bx - ax) * (previous[1] - ay) - (by - ay) * (previous[0] - ax)
        for point in polygon:
            side = (bx - ax) * (point[1] - ay) - (by - ay) * (point[0] - ax)
            if (side >= 0) != (previous_side >= 0):
                share = previous_side / (previous_side - side)
                kept.append(
                    (previous[0] + share * (point[0] - previous[0]), previous[1] + share * (point[1] - previous[1]))
                )
            if side >= 0:
                kept.append(point)
            previous, previous_side = point, side
        polygon = kept
    return area(polygon) if len(polygon) > 2 else 0.0  # noqa: PLR2004  fewer points enclose nothing


def iou(first: Quad, second: Quad) -> float:
    """Return intersection over union of two convex quads, 0 to 1."""
    shared = intersection_area(first, second)
    union = area(first) + area(second) - shared
    return shared / union if union > 0 else 0.0


def overlap(inner: Quad, outer: Quad) -> float:
    """Return the share of `inner`'s area that lies inside `outer`, 0 to 1."""
    own = area(inner)
    return intersection_area(inner, outer) / own if own > 0 else 0.0


SAME_PLACE = 0.5
"""Share of area from which two quads are one place. Lower: neighbours are merged; higher: one thing counts twice."""


def is_same_place(first: Quad, second: Quad) -> bool:
    """Return whether two quads show one thing, of which either may show a part: one lies mostly within the other."""
    return max(overlap(first, second), overlap(second, first)) > SAME_PLACE


def is_same_quad(first: Quad, second: Quad) -> bool:
    """Return whether two quads outline one thing, both the whole of it."""
    return iou(first, second) >= SAME_PLACE


def enclosing(quads: Iterable[Quad]) -> Quad:
    """Return the axis-parallel quad around all the given ones."""
    return quad_from_box(*bounds(point for quad in quads for point in quad))


def distinct(ranked: Iterable[Quad], limit: int, most: float) -> tuple[Quad, ...]:
    """Return the first quads of a ranking, at most `limit`, whose overlap with earlier ones (IoU) is below `most`.

    >>> near, far = quad_from_box(1, 0, 11, 10), quad_from_box(50, 0, 60, 10)
    >>> distinct([quad_from_box(0, 0, 10, 10), near, far], 5, 0.5) == (quad_from_box(0, 0, 10, 10), far)
    True
    """
    kept: list[Quad] = []
    for quad in ranked:
        if len(kept) >= limit:
            break
        if all(iou(quad, other) < most for other in kept):
            kept.append(quad)
    return tuple(kept)


CardBox: TypeAlias = tuple[float, float, float, float]
"""Left, top, right and bottom as fractions of a card's width and height."""
PixelBox: TypeAlias = tuple[int, int, int, int]
"""Left, top, right and bottom in whole pixels, right and bottom exclusive."""


def tile_boxes(size: tuple[int, int], longest: int, overlap: int) -> list[PixelBox]:
    """Return boxes that cover an image, row by row, of about one size: at most `longest` pixels along a side.

    Neighbours share at least `overlap` pixels: what is smaller lies whole in one of them.

    >>> tile_boxes((100, 40), 60, 20)
    [(0, 0, 60, 40), (40, 0, 100, 40)]
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
