"""Find card contours: edges and thresholds, convex quads scored by aspect ratio, edge support and size."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from idscan.core import geometry
from idscan.core.arrays import resized_fast
from idscan.core.geometry import Quad, quad_from_box, quad_from_points

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

CARD_ASPECT = 85.6 / 53.98
"""Width over height of an ID-1 card (ISO/IEC 7810)."""
_WORKING_SIDE = 720
"""Pixels of the longer side of the reduced image: fewer lose small cards, more cost time and find print as edges."""
_MIN_AREA_SHARE, _MAX_AREA_SHARE = 0.012, 0.98
"""Area of a card by that of the image: smaller shapes cannot be read, larger ones are the image's own border."""
_MAX_ASPECT_ERROR = 0.34
"""Natural logarithm (aspect ratios of 1.13 to 2.23): less rejects cards in perspective, more accepts other sheets."""
_MAX_REFINEMENT = 0.25
"""The same unit: by how much fitting the sides may improve the aspect ratio; quads that are further off are skipped."""
_MAX_OPPOSITE_RATIO = 1.9
"""Of opposite sides. Lower: cards seen from the side are missed; higher: other quadrilaterals pass."""
_MIN_ANGLE, _MAX_ANGLE = 48.0, 132.0
"""Degrees at a corner: tighter limits reject tilted cards, wider ones accept other quads."""
_MIN_SIDE = 12.0
"""Pixels at working size: on shorter sides the edge support is noise."""
_MIN_SUPPORT = 0.45
"""Share of the outline on an edge: more rejects cards with a shaded side, less accepts arbitrary quads."""
_SAME_QUAD_IOU = 0.7
"""Intersection over union from which two quads are one card: less drops a neighbour, more keeps inner frames."""
_MIN_BOX_IOU = 0.5
"""Least intersection over union of the boxes around a contour and around the expected place."""
_SIDE_SAMPLES = 48
"""Samples along a side; contours with fewer points are too short to be a card."""
_SIDE_SHARES = (0.08, 0.92)
"""First and last sample, as shares of a side: beyond them lie rounded corners."""
_STRONG_GRADIENT, _LEAST_GRADIENT = 1.2, 4.0
"""Gradient of an edge by the image's mean gradient, and at least, in levels per pixel: less takes texture for edges."""
_FAINT_EDGES = (15.0, 45.0)
"""Canny thresholds for edges that barely stand out; lower ones follow noise."""
_POLYGON_TOLERANCES = (0.02, 0.03, 0.045, 0.06, 0.08)
"""Shares of the contour's length, tried in this order, by which four corners may deviate from it."""
_MIN_POLYGON_FILL, _MIN_RECTANGLE_FILL = 0.88, 0.9
"""Area of the four corners by that of the hull (rounded corners cost 2 %), and of the hull by that of its rectangle:
less accepts shapes with more than four sides."""
_STRAIGHT_PART = 0.38
"""Share of a side to either side of its middle that a line is fitted to; the rest may be a rounded corner."""
_SIDE_DISTANCE, _FEWEST_POINTS = 0.04, 6
"""Share of a side's length (two pixels at least) up to which points belong to it, and the fewest for a robust fit."""
_MAX_CORNER_MOVE = 0.12
"""Share of the quad's extent: fits that move a corner further are wrong."""


@dataclass(frozen=True, slots=True)
class CardContour:
    """A quad that may be a card.

    Attributes:
        quad: clockwise, its first side is a long one; pixels of the image.
        score: 0 to 1 from aspect and edge support.
    """

    quad: Quad
    score: float


def find_card_contours(
    rgb: NDArray[np.uint8],
    limit: int,
    *,
    is_thorough: bool = False,
    working_side: int = _WORKING_SIDE,
    near: Quad | None = None,
) -> tuple[CardContour, ...]:
    """Return card-shaped quads, best first.

    Args:
        rgb: uint8 array of shape (height, width, 3).
        limit: at most this many.
        working_side: pixels that the longer side is reduced to.
        is_thorough: search every colour channel instead of lightness and saturation alone.
        near: the approximate place of the card; quads elsewhere are left out.
    """
    height, width = rgb.shape[:2]
    scale = min(1.0, working_side / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small = resized_fast(rgb, size)
    factors = (width / size[0], height / size[1])
    channels = _channels(small, is_thorough=is_thorough)
    gradient = np.max([_gradient(channel) for channel in channels], axis=0)
    masks = [mask for channel in channels for mask in _binarisations(channel)]
    if is_thorough:
        masks.append(_joint_edges(channels))
    place = None
    if near is not None:
        left, top, right, bottom = geometry.bounds(near)
        place = quad_from_box(left / factors[0], top / factors[1], right / factors[0], bottom / factors[1])
    scored = (_score(quad, gradient) for mask in masks for quad in _quads(mask, place))
    best = _without_duplicates([contour for contour in scored if contour is not None], limit)
    return tuple(
        CardContour(
            quad_from_points(((x + 0.5) * factors[0], (y + 0.5) * factors[1]) for x, y in contour.quad), contour.score
        )
        for contour in best
    )


def _channels(small: NDArray[Any], *, is_thorough: bool) -> list[NDArray[Any]]:
    smooth = cv2.bilateralFilter(small, 5, 40, 5)
    lab = cv2.cvtColor(smooth, cv2.COLOR_RGB2LAB)
    lightness = np.ascontiguousarray(lab[:, :, 0])
    saturation = np.ascontiguousarray(cv2.cvtColor(smooth, cv2.COLOR_RGB2HSV)[:, :, 1])
    if not is_thorough:
        return [lightness, saturation]
    return [lightness, saturation, np.ascontiguousarray(lab[:, :, 1]), np.ascontiguousarray(lab[:, :, 2])]


def _gradient(channel: NDArray[Any]) -> NDArray[Any]:
    across = cv2.Scharr(channel, cv2.CV_32F, 1, 0)
    down = cv2.Scharr(channel, cv2.CV_32F, 0, 1)
    magnitude = cv2.magnitude(across, down)
    # Dilation tolerates a side that is off by a pixel.
    return cv2.dilate(magnitude, np.ones((3, 3), np.uint8)) / 16


def _binarisations(channel: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Yield masks of edges (by two pairs of thresholds) and of light and dark areas."""
    median = _median(channel)
    for low, high in ((0.4 * median, 0.9 * median), _FAINT_EDGES):
        edges = cv2.Canny(channel, min(low, 120.0), min(max(high, 30.0), 220.0), L2gradient=True)
        yield cv2.morphologyEx(cv2.dilate(edges, np.ones((3, 3), np.uint8)), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    _, light = cv2.threshold(channel, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    yield cv2.morphologyEx(light, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    yield cv2.morphologyEx(255 - light, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))


def _median(channel: NDArray[Any]) -> float:
    """Return the median of a channel from its histogram, which takes a tenth of the time of sorting."""
    counts = cv2.calcHist([channel], [0], None, [256], [0, 256]).ravel()
    return float(np.searchsorted(np.cumsum(counts), channel.size / 2))


def _joint_edges(channels: list[NDArray[Any]]) -> NDArray[Any]:
    """Return the union of the edges of all channels: a pale card's outline has other gaps in each."""
    edges = np.stack([cv2.Canny(channel, *_FAINT_EDGES, L2gradient=True) for channel in channels]).max(axis=0)
    return cv2.morphologyEx(cv2.dilate(edges, np.ones((3, 3), np.uint8)), cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))


def _quads(mask: NDArray[Any], place: Quad | None) -> Iterator[Quad]:
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    total = mask.shape[0] * mask.shape[1]
    for contour in contours:
        if len(contour) < _SIDE_SAMPLES:
            continue
        x, y, width, height = cv2.boundingRect(contour)
        if width * height < _MIN_AREA_SHARE * total:
            continue
        if place is not None and geometry.iou(quad_from_box(x, y, x + width, y + height), place) < _MIN_BOX_IOU:
            continue
        hull = cv2.convexHull(contour)
        share = cv2.contourArea(hull) / total
        if not _MIN_AREA_SHARE <= share <= _MAX_AREA_SHARE:
            continue
        corners = _four_corners(hull)
        if corners is not None and _is_nearly_card_shaped(corners):
            yield _fit_sides(corners, hull)


def _is_nearly_card_shaped(corners: NDArray[Any]) -> bool:
    """Return whether fitting the sides, the most expensive step, can give the aspect ratio of a card."""
    sides = np.hypot(*(np.roll(corners, -1, axis=0) - corners).T)
    first, second = float(sides[0] + sides[2]), float(sides[1] + sides[3])
    if min(first, second) < 1:
        return False
    return abs(math.log(max(first, second) / min(first, second) / CARD_ASPECT)) < _MAX_ASPECT_ERROR + _MAX_REFINEMENT


def _four_corners(hull: NDArray[Any]) -> NDArray[Any] | None:
    """Reduce a convex hull to four corners, or None where it is not four-sided."""
    length = cv2.arcLength(hull, closed=True)
    area = cv2.contourArea(hull)
    for share in _POLYGON_TOLERANCES:
        corners = cv2.approxPolyDP(hull, share * length, closed=True)
        if len(corners) == 4 and cv2.contourArea(corners) > _MIN_POLYGON_FILL * area:  # noqa: PLR2004
            return corners.reshape(4, 2).astype(np.float64)
        if len(corners) < 4:  # noqa: PLR2004
            break
    box = cv2.minAreaRect(hull)
    if box[1][0] * box[1][1] * _MIN_RECTANGLE_FILL < area:
        return cv2.boxPoints(box).astype(np.float64)
    return None


def _fit_sides(corners: NDArray[Any], hull: NDArray[Any]) -> Quad:
    """Fit a line to the middle of each side and intersect the lines, as rounded corners lie inside the true ones."""
    points = _resample(hull.reshape(-1, 2).astype(np.float64))
    ordered = _clockwise(corners)
    lines = []
    for start, end in zip(ordered, np.roll(ordered, -1, axis=0), strict=True):
        side = end - start
        length = float(np.hypot(*side))
        if length < 1:
            return quad_from_points(ordered)
        both = (points - start) @ np.array([[side[0], -side[1]], [side[1], side[0]]])
        along, across = both[:, 0] / length**2, np.abs(both[:, 1]) / length
        near = points[(np.abs(along - 0.5) < _STRAIGHT_PART) & (across < max(_SIDE_DISTANCE * length, 2.0))]
        if len(near) < _FEWEST_POINTS:
            near = np.stack([start, end])
        vx, vy, x, y = cv2.fitLine(near.astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.01).ravel().tolist()
        lines.append((vx, vy, x, y))
    fitted = [_intersection(lines[i - 1], lines[i]) for i in range(4)]
    limit = _MAX_CORNER_MOVE * float(np.hypot(*(ordered.max(axis=0) - ordered.min(axis=0))))
    if any(corner is None or math.dist(corner, ordered[i]) > limit for i, corner in enumerate(fitted)):
        return quad_from_points(ordered)
    return quad_from_points(corner for corner in fitted if corner is not None)


def _resample(points: NDArray[Any]) -> NDArray[Any]:
    """Return points along a closed polygon, about two pixels apart; a hull lists only its corners."""
    sides = np.roll(points, -1, axis=0) - points
    steps = np.maximum(1, (np.hypot(sides[:, 0], sides[:, 1]) / 2).astype(int))
    first = np.repeat(np.cumsum(steps) - steps, steps)
    along = (np.arange(steps.sum()) - first) / np.repeat(steps, steps)
    dense: NDArray[Any] = np.repeat(points, steps, axis=0) + np.repeat(sides, steps, axis=0) * along[:, None]
    return dense


def _clockwise(corners: NDArray[Any]) -> NDArray[Any]:
    middle = corners.mean(axis=0)
    angles = np.arctan2(corners[:, 1] - middle[1], corners[:, 0] - middle[0])
    return corners[np.argsort(angles)]


def _intersection(
    first: tuple[float, float, float, float], second: tuple[float, float, float, float]
) -> tuple[float, float] | None:
    ax, ay, x0, y0 = first
    bx, by, x1, y1 = second
    cross = ax * by - ay * bx
    if abs(cross) < 1e-6:  # noqa: PLR2004  parallel
        return None
    share = ((x1 - x0) * by - (y1 - y0) * bx) / cross
    return (x0 + share * ax, y0 + share * ay)


def _score(quad: Quad, gradient: NDArray[Any]) -> CardContour | None:
    sides = [math.dist(quad[i], quad[(i + 1) % 4]) for i in range(4)]
    if min(sides) < _MIN_SIDE:
        return None
    if max(sides[0] / sides[2], sides[2] / sides[0], sides[1] / sides[3], sides[3] / sides[1]) > _MAX_OPPOSITE_RATIO:
        return None
    if not all(_MIN_ANGLE < angle < _MAX_ANGLE for angle in _angles(quad)):
        return None
    long, short = sides[0] + sides[2], sides[1] + sides[3]
    if long < short:
        quad, long, short = geometry.turned(quad, 1), short, long
    error = abs(math.log(long / short / CARD_ASPECT))
    if error > _MAX_ASPECT_ERROR:
        return None
    support = _support(quad, gradient)
    if support < _MIN_SUPPORT:
        return None
    return CardContour(quad, support * (1 - 0.5 * error / _MAX_ASPECT_ERROR))


def _angles(quad: Quad) -> list[float]:
    angles = []
    for i in range(4):
        before, here, after = quad[i - 1], quad[i], quad[(i + 1) % 4]
        first = math.atan2(before[1] - here[1], before[0] - here[0])
        second = math.atan2(after[1] - here[1], after[0] - here[0])
        angles.append(abs((math.degrees(first - second) + 180) % 360 - 180))
    return angles


def _support(quad: Quad, gradient: NDArray[Any]) -> float:
    """Return the share of the outline that lies on an edge, 0 for a side outside the image."""
    height, width = gradient.shape
    edge = max(float(np.mean(gradient)) * _STRONG_GRADIENT, _LEAST_GRADIENT)
    shares = np.linspace(*_SIDE_SHARES, _SIDE_SAMPLES)
    supports = []
    for i in range(4):
        (x0, y0), (x1, y1) = quad[i], quad[(i + 1) % 4]
        xs = np.rint(x0 + (x1 - x0) * shares).astype(int)
        ys = np.rint(y0 + (y1 - y0) * shares).astype(int)
        inside = (xs >= 0) & (xs < width) & (ys >= 0) & (ys < height)
        values = gradient[ys[inside], xs[inside]]
        supports.append(float((values > edge).sum()) / _SIDE_SAMPLES)
    # The worst side counts half: one may lie in shadow, two may not.
    return (sum(supports) + sum(sorted(supports)[1:])) / 7


def _without_duplicates(found: list[CardContour], limit: int) -> list[CardContour]:
    # Among similar quads the larger one is the card, the smaller one a frame printed on it.
    ranked = sorted(found, key=lambda contour: -contour.score * math.sqrt(math.sqrt(geometry.area(contour.quad))))
    quads = geometry.distinct((contour.quad for contour in ranked), limit, _SAME_QUAD_IOU)
    return [next(contour for contour in ranked if contour.quad == quad) for quad in quads]
