"""Estimate the pose of a card from a part of it: a symbol, a zone, fields at known places, its edges."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np

from idscan.core import geometry
from idscan.core.geometry import Quad, quad_from_box, quad_from_points
from idscan.vision import perspective
from idscan.vision.card_contours import CARD_ASPECT
from idscan.vision.perspective import homography

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from idscan.core.geometry import Point, Quad

Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, right and bottom as fractions of the card."""

Anchor: TypeAlias = "tuple[Point, Point]"
"""A point on the unit card (height 1), and where it was seen."""

_MAX_SYMBOL_ERROR = 0.09  # of the card's width: layouts differ that much between printings
_MAX_SYMBOL_SIZE = 0.35  # likewise the symbol's size, as a natural logarithm
_REGION_ERROR, _REGION_SIZE, _REGION_IOU = 0.2, 0.7, 0.55
_STRICT_IOU = 0.8
ZONE_ON_CARD: Box = (0.045, 0.65, 0.955, 0.95)
"""Where the three lines stand on a card (ICAO Doc 9303-5: 4 mm from the left edge, in the lowest 23 mm)."""

_ZONE_WIDTH, _ZONE_MIDDLE = 0.75, 0.62
_BEYOND = 0.03
"""Of a card: how far beyond an outline its zone may reach, as boxes around lines are a little larger than their ink."""

_MISLEADING = 0.05
"""Of a card's height: a point so far off is not where its layout has it."""

_UNIT_CARD = quad_from_box(0, 0, CARD_ASPECT, 1)


def card_from_symbol(symbol: Quad, box: Box) -> Quad:
    """Return the card's outline from its square symbol and where the layout has it.

    An affine map is used: a homography from so small a part would let a pixel of noise swing the far corner.

    Args:
        symbol: clockwise from the symbol's own top-left corner.
        box: the symbol's place on the card.
    """
    middle_x, middle_y = (box[0] + box[2]) / 2 * CARD_ASPECT, (box[1] + box[3]) / 2
    half = ((box[2] - box[0]) * CARD_ASPECT + (box[3] - box[1])) / 4
    expected = quad_from_box(middle_x - half, middle_y - half, middle_x + half, middle_y + half)
    return card_from_points(expected, symbol)


def card_from_zone(zone: Quad) -> Quad:
    """Return the card's outline from the lines of its machine-readable zone, which span nearly all of its width.

    Args:
        zone: around the three lines, clockwise from the top-left corner as read.
    """
    left, top, right, bottom = ZONE_ON_CARD
    return card_from_points(quad_from_box(left * CARD_ASPECT, top, right * CARD_ASPECT, bottom), zone)


def lies_like_a_zone(zone: Quad, card: Quad) -> bool:
    """Return whether the lines of a machine-readable zone lie on a card where they must, low and from side to side."""
    left, top, right, bottom = geometry.bounds(geometry.transform(homography(card, quad_from_box(0, 0, 1, 1)), zone))
    is_within = left > -_BEYOND and max(right, bottom) < 1 + _BEYOND
    return is_within and right - left > _ZONE_WIDTH and (top + bottom) / 2 > _ZONE_MIDDLE


def card_from_points(expected: Sequence[Point], seen: Sequence[Point]) -> Quad:
    """Return the card's outline from three or more points known on the unit card (height 1) and in the picture."""
    design = np.array([[x, y, 1.0] for x, y in expected])
    solution, *_ = np.linalg.lstsq(design, np.array(seen, dtype=np.float64), rcond=None)
    corners = np.array([[x, y, 1.0] for x, y in _UNIT_CARD]) @ solution
    return quad_from_points(corners.tolist())


def card_from_places(pairs: Iterable[tuple[Box, Quad]]) -> Quad | None:
    """Return the card's outline from fields whose places are known, on a view whose lines run level.

    Only shift and scale are fitted: a few fields say little of a turn, and the lines are level already. The field
    that fits worst is left out where there are enough, as layouts differ between printings.

    Args:
        pairs: (place on the card, quad in the picture) of at least two fields; None with fewer.
    """
    # The left end of a line is where a layout puts it; the right end depends on the text.
    card = card_from_anchors(
        ((box[0] * CARD_ASPECT, (box[1] + box[3]) / 2), ((quad[0][0] + quad[3][0]) / 2, (quad[0][1] + quad[3][1]) / 2))
        for box, quad in pairs
    )
    return card if card is not None and geometry.height(card) > 1 else None


def card_from_anchors(anchors: Iterable[Anchor]) -> Quad | None:
    """Return the card's outline from points whose places are known, on a view whose lines run level.

    As in `card_from_places`, only shift and scale are fitted, without the point that fits worst, and without others
    that are far off: a value that follows its label does not begin where the layout has it.

    Args:
        anchors: at least two; None with fewer, or where they contradict each other altogether.
    """
    pairs = list(anchors)
    if len(pairs) < 2:  # noqa: PLR2004  scale needs two points
        return None
    expected, seen = (np.array(points, dtype=np.float64) for points in zip(*pairs, strict=True))
    fit = _fitted(expected, seen)
    kept = np.ones(len(pairs), np.bool_)
    while kept.sum() > max(3, len(pairs) / 2):  # one of four may be spared, and of more than that half
        errors = np.where(kept, np.hypot(*(expected * fit[0] + fit[1:] - seen).T), 0)
        if kept.sum() < len(pairs) and errors.max() < _MISLEADING * abs(fit[0]):
            break
        kept[int(errors.argmax())] = False
        fit = _fitted(expected[kept], seen[kept])
    if fit[0] <= 0:
        return None
    return quad_from_points((x * fit[0] + fit[1], y * fit[0] + fit[2]) for x, y in _UNIT_CARD)


def _fitted(expected: NDArray[np.float64], seen: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (scale, shift right, shift down) that fits best in the sense of least squares."""
    rows = np.zeros((2 * len(expected), 3))
    rows[0::2, 0], rows[0::2, 1] = expected[:, 0], 1
    rows[1::2, 0], rows[1::2, 2] = expected[:, 1], 1
    solution, *_ = np.linalg.lstsq(rows, seen.ravel())
    return np.asarray(solution)


def matching_outline(outlines: Iterable[Quad], symbol: Quad, box: Box, *, is_strict: bool = False) -> Quad | None:
    """Return the outline, turned the right way, on which the symbol lies where the layout has it.

    Where none fits well, one on which it lies in the right corner region will do, as printings differ, if it is
    about where the symbol alone puts the card.

    Args:
        outlines: what may be the card's outline.
        symbol: clockwise from the symbol's own top-left corner.
        box: the symbol's place on the card.
        is_strict: accept only outlines that fit well and lie where the symbol alone puts the card.
    """
    guess = card_from_symbol(symbol, box)
    best: tuple[float, Quad] | None = None
    middle = geometry.centre(symbol)
    is_mirrored = geometry.is_mirrored(symbol)
    for outline in outlines:
        for turns in range(4):
            quad = geometry.turned(geometry.flipped(outline) if is_mirrored else outline, turns)
            expected = geometry.transform(homography(_UNIT_CARD, quad), _symbol_on_unit_card(box))
            error = math.dist(geometry.centre(expected), middle) / max(geometry.width(quad), 1.0)
            size = abs(math.log(max(geometry.width(expected), 1e-6) / max(geometry.width(symbol), 1e-6)))
            agreement = geometry.iou(quad, guess)
            is_close = error < _MAX_SYMBOL_ERROR and size < _MAX_SYMBOL_SIZE and agreement > is_strict * _STRICT_IOU
            is_near = error < _REGION_ERROR and size < _REGION_SIZE and agreement > _REGION_IOU
            fits = is_close or (is_near and not is_strict)
            if fits and (best is None or error + size / 4 < best[0]):
                best = (error + size / 4, quad)
    return best[1] if best else None


def _symbol_on_unit_card(box: Box) -> Quad:
    return quad_from_box(box[0] * CARD_ASPECT, box[1], box[2] * CARD_ASPECT, box[3])


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
    around = perspective.widened(guess, _REACH)
    height = max(2, round(_WIDTH * geometry.height(around) / max(geometry.width(around), 1.0)))
    view = perspective.rectify(rgb, around, (_WIDTH, height))
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


def _inside(view: perspective.View, width: int, height: int) -> NDArray[np.bool_]:
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
