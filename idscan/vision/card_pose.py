"""Estimate the pose of a card from a part of it: a code, the machine-readable zone, fields, its edges."""

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

    from idscan.core.geometry import CardBox, Point, Quad

Anchor: TypeAlias = "tuple[Point, Point]"
"""A point on the unit card (height 1), and its observed position."""
_MAX_SYMBOL_ERROR, _MAX_SYMBOL_SCALE = 0.09, 0.35
"""Distance of a code from its place by the card's width, and natural logarithm of its relative size: printings differ
by that much, and larger limits accept outlines of other things."""
_REGION_ERROR, _REGION_SCALE, _REGION_IOU = 0.2, 0.7, 0.55
"""The same for a code in the right corner of the card, and the least overlap with the outline by the code alone."""
_STRICT_IOU = 0.8
"""Least overlap with the outline by the code alone for a strict match."""
ZONE_ON_CARD: CardBox = (0.045, 0.65, 0.955, 0.95)
"""Place of the three lines of the zone (ICAO Doc 9303-5: 4 mm from the left edge, in the lowest 23 mm)."""
_MIN_ZONE_WIDTH, _MIN_ZONE_MIDDLE = 0.75, 0.62
"""Shares of the card: width of a zone, and how far down its middle lies; less accepts other blocks of text."""
_ZONE_MARGIN = 0.03
"""Share of the card by which a zone may exceed it, as boxes of lines are a little larger than their ink."""
_MAX_ANCHOR_ERROR = 0.05
"""Share of the card's height: a larger error shows another layout, or a value in another place."""
_MIN_ANCHORS_KEPT = 3
"""Anchors that are never left out: one of four may be, and half of more."""
_UNIT_CARD = quad_from_box(0, 0, CARD_ASPECT, 1)


def card_from_symbol(symbol: Quad, box: CardBox) -> Quad:
    """Return the card's outline from its square code and the code's place in the layout.

    The map is affine: with a homography from so small a part a pixel of noise would move the far corner by many.

    Args:
        symbol: clockwise from the code's own top-left corner.
        box: the code's place on the card.
    """
    middle_x, middle_y = (box[0] + box[2]) / 2 * CARD_ASPECT, (box[1] + box[3]) / 2
    half = ((box[2] - box[0]) * CARD_ASPECT + (box[3] - box[1])) / 4
    expected = quad_from_box(middle_x - half, middle_y - half, middle_x + half, middle_y + half)
    return card_from_points(expected, symbol)


def card_from_zone(zone: Quad) -> Quad:
    """Return the card's outline from its machine-readable zone.

    Args:
        zone: quad around the three lines, clockwise from the top-left corner as read.
    """
    left, top, right, bottom = ZONE_ON_CARD
    return card_from_points(quad_from_box(left * CARD_ASPECT, top, right * CARD_ASPECT, bottom), zone)


def is_zone_position(zone: Quad, card: Quad) -> bool:
    """Return whether a machine-readable zone lies where a card has it, low and across nearly all of the width."""
    left, top, right, bottom = geometry.bounds(geometry.transform(homography(card, quad_from_box(0, 0, 1, 1)), zone))
    is_within = left > -_ZONE_MARGIN and max(right, bottom) < 1 + _ZONE_MARGIN
    return is_within and right - left > _MIN_ZONE_WIDTH and (top + bottom) / 2 > _MIN_ZONE_MIDDLE


def card_from_points(expected: Sequence[Point], seen: Sequence[Point]) -> Quad:
    """Return the affine outline of a card from three or more points on the unit card (height 1) and in the image."""
    design = np.array([[x, y, 1.0] for x, y in expected])
    solution, *_ = np.linalg.lstsq(design, np.array(seen, dtype=np.float64), rcond=None)
    corners = np.array([[x, y, 1.0] for x, y in _UNIT_CARD]) @ solution
    return quad_from_points(corners.tolist())


def card_from_places(pairs: Iterable[tuple[CardBox, Quad]]) -> Quad | None:
    """Return the card's outline from the places of fields, in a view with level lines.

    Only shift and scale are fitted, as a few fields determine no rotation. Outliers are left out, as in
    `card_from_anchors`.

    Args:
        pairs: (place on the card, quad in the image) of at least two fields; None with fewer.
    """
    # The layout determines the left end of a line; the right end depends on the text.
    card = card_from_anchors(
        ((box[0] * CARD_ASPECT, (box[1] + box[3]) / 2), ((quad[0][0] + quad[3][0]) / 2, (quad[0][1] + quad[3][1]) / 2))
        for box, quad in pairs
    )
    return card if card is not None and geometry.height(card) > 1 else None


def card_from_anchors(anchors: Iterable[Anchor]) -> Quad | None:
    """Return the card's outline from known points, in a view with level lines.

    Only shift and scale are fitted. The worst point and others with large errors are left out: printings differ, and a
    value that follows its label does not begin where the layout has it.

    Args:
        anchors: at least two; None with fewer, or where their order is reversed.
    """
    pairs = list(anchors)
    if len(pairs) < 2:  # noqa: PLR2004  scale needs two points
        return None
    expected, seen = (np.array(points, dtype=np.float64) for points in zip(*pairs, strict=True))
    fit = _fit_scale_and_shift(expected, seen)
    kept = np.ones(len(pairs), np.bool_)
    while kept.sum() > max(_MIN_ANCHORS_KEPT, len(pairs) / 2):
        errors = np.where(kept, np.hypot(*(expected * fit[0] + fit[1:] - seen).T), 0)
        if kept.sum() < len(pairs) and errors.max() < _MAX_ANCHOR_ERROR * abs(fit[0]):
            break
        kept[int(errors.argmax())] = False
        fit = _fit_scale_and_shift(expected[kept], seen[kept])
    if fit[0] <= 0:
        return None
    return quad_from_points((x * fit[0] + fit[1], y * fit[0] + fit[2]) for x, y in _UNIT_CARD)


def _fit_scale_and_shift(expected: NDArray[np.float64], seen: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the least-squares fit (scale, shift right, shift down)."""
    rows = np.zeros((2 * len(expected), 3))
    rows[0::2, 0], rows[0::2, 1] = expected[:, 0], 1
    rows[1::2, 0], rows[1::2, 2] = expected[:, 1], 1
    solution, *_ = np.linalg.lstsq(rows, seen.ravel(), rcond=None)
    return np.asarray(solution)


def match_outline(outlines: Iterable[Quad], symbol: Quad, box: CardBox, *, is_strict: bool = False) -> Quad | None:
    """Return the outline, oriented, on which the code lies in its place in the layout.

    If no outline fits well, one with the code in the right corner is accepted, as printings differ, if it overlaps the
    outline by the code alone.

    Args:
        outlines: candidate outlines of the card.
        symbol: clockwise from the code's own top-left corner.
        box: the code's place on the card.
        is_strict: accept only outlines that fit well and overlap the outline by the code alone.
    """
    guess = card_from_symbol(symbol, box)
    best: tuple[float, Quad] | None = None
    middle = geometry.centre(symbol)
    is_mirrored = geometry.is_mirrored(symbol)
    on_card = quad_from_box(box[0] * CARD_ASPECT, box[1], box[2] * CARD_ASPECT, box[3])
    for outline in outlines:
        for turns in range(4):
            quad = geometry.turned(geometry.flipped(outline) if is_mirrored else outline, turns)
            expected = geometry.transform(homography(_UNIT_CARD, quad), on_card)
            error = math.dist(geometry.centre(expected), middle) / max(geometry.width(quad), 1.0)
            size = abs(math.log(max(geometry.width(expected), 1e-6) / max(geometry.width(symbol), 1e-6)))
            agreement = geometry.iou(quad, guess)
            is_close = error < _MAX_SYMBOL_ERROR and size < _MAX_SYMBOL_SCALE and agreement > is_strict * _STRICT_IOU
            is_near = error < _REGION_ERROR and size < _REGION_SCALE and agreement > _REGION_IOU
            fits = is_close or (is_near and not is_strict)
            if fits and (best is None or error + size / 4 < best[0]):
                best = (error + size / 4, quad)
    return best[1] if best else None


_SEARCH_MARGIN = 0.12
"""Share of the card on each side in which its edge is searched: estimates are off by up to a tenth."""
_VIEW_WIDTH = 480
"""Pixels of the rectified estimate with its margin: an edge is two to three pixels wide then."""
_STEP = 2
"""Pixels between tried ends of an edge; more would skip its response, which is wider."""
_CORNER_INSET = 0.12
"""Share of a side at either end that is left out, as corners are round."""
_SAMPLES, _RESPONSE_PERCENTILE = 48, 30
"""Samples along a tried edge, and the percentile that represents it: fingers may hide a quarter of a side."""
_MIN_RESPONSE, _MIN_RESPONSE_RATIO = 6.0, 3.0
"""Of an edge: levels per pixel, and response by the median of the lines nearby; texture and print reach twice."""


def snap_to_edges(rgb: NDArray[np.uint8], estimate: Quad) -> Quad | None:
    """Return the outline along the image edges near an estimated one; None where an edge is missing.

    Args:
        rgb: uint8 array of shape (height, width, 3).
        estimate: the outline, in pixels.
    """
    around = perspective.widened(estimate, _SEARCH_MARGIN)
    height = max(2, round(_VIEW_WIDTH * geometry.height(around) / max(geometry.width(around), 1.0)))
    view = perspective.rectify(rgb, around, (_VIEW_WIDTH, height))
    soft = cv2.GaussianBlur(view.pixels, (0, 0), 1.0).astype(np.float32)
    down, across = (np.abs(cv2.Sobel(soft, cv2.CV_32F, dx, dy, ksize=3)).max(axis=2) / 8 for dx, dy in ((0, 1), (1, 0)))
    is_inside = _inner_pixels(view, rgb.shape[1], rgb.shape[0])
    down, across = down * is_inside, across * is_inside
    sides = [_top_edge(down), _top_edge(across.T[::-1]), _top_edge(down[::-1, ::-1]), _top_edge(across.T[:, ::-1])]
    if any(side is None for side in sides):
        return None
    top, right, bottom, left = (side for side in sides if side is not None)
    wide, high = float(_VIEW_WIDTH), float(height)
    lines = (
        ((0.0, top[0]), (wide, top[1])),
        ((wide - right[0], 0.0), (wide - right[1], high)),
        ((wide, high - bottom[0]), (0.0, high - bottom[1])),
        ((left[0], high), (left[1], 0.0)),
    )
    corners = [_corner(lines[index - 1], line) for index, line in enumerate(lines)]
    return view.source_quad(quad_from_points(corners))


def _top_edge(response: NDArray[np.floating]) -> tuple[float, float] | None:
    """Return the heights of the edge near the top of a response map, at its left and right end; None without one."""
    height, width = response.shape
    band = 2 * _SEARCH_MARGIN / (1 + 2 * _SEARCH_MARGIN) * height
    ends = np.arange(1, band, _STEP)
    starts, stops = (axis.ravel() for axis in np.meshgrid(ends, ends))
    # Edges rotated against the estimate by more than half of the band are not the card's.
    is_level = np.abs(starts - stops) < band / 2
    starts, stops = starts[is_level], stops[is_level]
    shares = np.linspace(_CORNER_INSET, 1 - _CORNER_INSET, _SAMPLES)
    columns = np.broadcast_to(np.round(shares * (width - 1)).astype(np.int64), (len(starts), _SAMPLES))
    rows = np.round(starts[:, None] * (1 - shares) + stops[:, None] * shares).astype(np.int64)
    found = np.percentile(response[np.clip(rows, 0, height - 1), columns], _RESPONSE_PERCENTILE, axis=1)
    best = int(found.argmax())
    if found[best] < max(_MIN_RESPONSE, _MIN_RESPONSE_RATIO * float(np.median(found))):
        return None
    return float(starts[best]), float(stops[best])


def _inner_pixels(view: perspective.View, width: int, height: int) -> NDArray[np.bool_]:
    """Return which pixels of a view lie in the image, off its border, which is an edge itself."""
    shown = view.view_quad(geometry.quad_from_box(2, 2, width - 2, height - 2))
    drawn = np.zeros(view.pixels.shape[:2], np.uint8)
    cv2.fillConvexPoly(drawn, np.array([[round(x), round(y)] for x, y in shown], np.int32), (1,))
    return cv2.erode(drawn, np.ones((5, 5), np.uint8)).astype(np.bool_)


def _corner(one: tuple[Point, Point], other: tuple[Point, Point]) -> Point:
    """Return the intersection of two lines, adjacent sides of a card and so never parallel."""
    (x1, y1), (x2, y2) = one
    (x3, y3), (x4, y4) = other
    scale = (x1 - x2) * (y3 - y4) - (y1 - y2) * (x3 - x4)
    first, second = x1 * y2 - y1 * x2, x3 * y4 - y3 * x4
    return ((first * (x3 - x4) - (x1 - x2) * second) / scale, (first * (y3 - y4) - (y1 - y2) * second) / scale)
