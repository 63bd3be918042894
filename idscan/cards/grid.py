"""Rows and columns of print: coordinates along and across the text, also on a page that was photographed aslant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from idscan.core import geometry

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from idscan.core.geometry import Quad

_TELLS_SLOPE = 4.0
"""Heights that a line must be long for its slope to say something: boxes are right to about a pixel."""
_FEWEST_SLOPES = 3
_LEAST_SPREAD = 8.0
"""Mean heights of a line over which slopes must be spread for a change of slope to be measured."""


@dataclass(frozen=True, slots=True)
class RowSlope:
    """How the lines of a page rise: by `base` in the middle of the page, by `change` more per pixel further down.

    Attributes:
        middle: the point at which row coordinates equal y.
        base: slope of the lines there.
        change: how the slope changes down the page; rows of a photographed page run together.
    """

    middle: geometry.Point
    base: float
    change: float

    @classmethod
    def of(cls, quads: Sequence[Quad]) -> RowSlope:
        """Measure it: the mean over long lines, their length as weight."""
        if not quads:
            return cls((0.0, 0.0), 0.0, 0.0)
        left, top, right, bottom = geometry.bounds(point for quad in quads for point in quad)
        middle = ((left + right) / 2, (top + bottom) / 2)
        found = [
            (_slope(quad), geometry.centre(quad)[1] - middle[1], geometry.width(quad))
            for quad in quads
            if geometry.width(quad) > _TELLS_SLOPE * geometry.height(quad)
        ]
        if len(found) < _FEWEST_SLOPES:
            return cls(middle, 0.0, 0.0)
        total = sum(weight for _, _, weight in found)
        mean_y = sum(y * weight for _, y, weight in found) / total
        mean = sum(slope * weight for slope, _, weight in found) / total
        spread = sum((y - mean_y) ** 2 * weight for _, y, weight in found)
        height = sum(map(geometry.height, quads)) / len(quads)
        if spread < total * (_LEAST_SPREAD * height) ** 2:
            return cls(middle, mean, 0.0)
        change = sum((slope - mean) * (y - mean_y) * weight for slope, y, weight in found) / spread
        return cls(middle, mean - change * mean_y, change)

    def row(self, quad: Quad) -> float:
        """Return where the row of a quad's middle crosses the middle of the page."""
        x, y = geometry.centre(quad)
        along = x - self.middle[0]
        down = y - self.middle[1]
        return self.middle[1] + (down - self.base * along) / (1 + self.change * along)


def _slope(quad: Quad) -> float:
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = quad
    return ((by + cy) - (ay + dy)) / max((bx + cx) - (ax + dx), 1.0)


def span_x(quad: Quad) -> tuple[float, float]:
    """Return the left and right end of a line."""
    return (quad[0][0] + quad[3][0]) / 2, (quad[1][0] + quad[2][0]) / 2


def overlap_x(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Return the pixels that two spans share; the gap between them, negative, where they share none."""
    return min(first[1], second[1]) - max(first[0], second[0])


def share_x(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Return the share of the narrower of two spans that lies in the other; negative where there is a gap between them.

    >>> share_x((0, 10), (8, 28)), share_x((0, 10), (15, 16))
    (0.2, -5.0)
    """
    narrower = min(first[1] - first[0], second[1] - second[0])
    return overlap_x(first, second) / max(narrower, 1e-9)


def enclosing_span(spans: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """Return the span from the leftmost to the rightmost end."""
    lefts, rights = zip(*spans, strict=True)
    return min(lefts), max(rights)
