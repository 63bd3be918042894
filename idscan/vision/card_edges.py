"""Snap a guessed card outline to the straight edges that the image shows near its sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from idscan.core import geometry
from idscan.core.geometry import quad_from_points
from idscan.vision import warp

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from idscan.core.geometry import Point, Quad

_REACH = 0.12
"""Share of the card on each side in which its edge is searched: guesses are off by up to a tenth."""

_WIDTH = 480
"""Pixels of the straightened guess, room included: an edge is two to three pixels wide then."""

_STEP = 2
"""Pixels from one tried end of an edge to the next; the response of an edge is wider."""

_INSET = 0.12
"""Share of a side near its ends that is left out: corners are round."""

_SAMPLES = 48
_VISIBLE = 30
"""Samples along a tried edge, and the percentile of them that has to respond: fingers may hide a quarter of a side."""

_LEAST_RESPONSE, _STANDING_OUT = 6.0, 3.0
"""Levels per pixel of an edge, and its response by that of the median line nearby: texture and print reach twice."""


def snapped_outline(rgb: NDArray[np.uint8], guess: Quad) -> Quad | None:
    """Return the outline whose four sides the image shows near those of a guess; None where one of them is missing.

    Args:
        rgb: uint8 array of shape (height, width, 3).
        guess: the outline, in pixels.
    """
    around = warp.widened(guess, _REACH)
    height = max(2, round(_WIDTH * geometry.height(around) / max(geometry.width(around), 1.0)))
    view = warp.rectify(rgb, around, (_WIDTH, height))
    soft = cv2.GaussianBlur(view.pixels, (0, 0), 1.0).astype(np.float32)
    down, across = (np.abs(cv2.Sobel(soft, cv2.CV_32F, dx, dy, ksize=3)).max(axis=2) / 8 for dx, dy in ((0, 1), (1, 0)))
    is_inside = _inside(view, rgb.shape[1], rgb.shape[0])
    down, across = down * is_inside, across * is_inside
    sides = [_edge(down), _edge(across.T[::-1]), _edge(down[::-1, ::-1]), _edge(across.T[:, ::-1])]
    if any(side is None for side in sides):
        return None
    top, right, bottom, left = (side for side in sides if side is not None)
    wide, high = float(_WIDTH), float(height)
    lines = (
        ((0.0, top[0]), (wide, top[1])),
        ((wide - right[0], 0.0), (wide - right[1], high)),
        ((wide, high - bottom[0]), (0.0, high - bottom[1])),
        ((left[0], high), (left[1], 0.0)),
    )
    corners = [_crossing(lines[index - 1], line) for index, line in enumerate(lines)]
    return view.source_quad(quad_from_points(corners))


def _edge(response: NDArray[np.float32]) -> tuple[float, float] | None:
    """Return the heights at the left and right end of the edge near the top of a response map, None without one."""
    height, width = response.shape
    band = 2 * _REACH / (1 + 2 * _REACH) * height
    ends = np.arange(1, band, _STEP)
    starts, stops = (axis.ravel() for axis in np.meshgrid(ends, ends))
    # Sides of a card turned against the guess by more than a tenth of their length are none of its own.
    is_level = np.abs(starts - stops) < band / 2
    starts, stops = starts[is_level], stops[is_level]
    shares = np.linspace(_INSET, 1 - _INSET, _SAMPLES)
    columns = np.broadcast_to(np.round(shares * (width - 1)).astype(np.int64), (len(starts), _SAMPLES))
    rows = np.round(starts[:, None] * (1 - shares) + stops[:, None] * shares).astype(np.int64)
    found = np.percentile(response[np.clip(rows, 0, height - 1), columns], _VISIBLE, axis=1)
    best = int(found.argmax())
    if found[best] < max(_LEAST_RESPONSE, _STANDING_OUT * float(np.median(found))):
        return None
    return float(starts[best]), float(stops[best])


def _inside(view: warp.View, width: int, height: int) -> NDArray[np.bool_]:
    """Return which pixels of a view lie in the image: beyond its border there are no edges but the border itself."""
    shown = view.view_quad(geometry.quad_from_box(2, 2, width - 2, height - 2))
    drawn = np.zeros(view.pixels.shape[:2], np.uint8)
    cv2.fillConvexPoly(drawn, np.array([[round(x), round(y)] for x, y in shown], np.int32), (1,))
    return cv2.erode(drawn, np.ones((5, 5), np.uint8)).astype(np.bool_)


def _crossing(one: tuple[Point, Point], other: tuple[Point, Point]) -> Point:
    """Return where two lines cross; they are sides of a card that share a corner, and never parallel."""
    (x1, y1), (x2, y2) = one
    (x3, y3), (x4, y4) = other
    scale = (x1 - x2) * (y3 - y4) - (y1 - y2) * (x3 - x4)
    first, second = x1 * y2 - y1 * x2, x3 * y4 - y3 * x4
    return (
        (first * (x3 - x4) - (x1 - x2) * second) / scale,
        (first * (y3 - y4) - (y1 - y2) * second) / scale,
    )
