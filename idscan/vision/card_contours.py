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
_MIN_AREA_SHARE = 0.012
_MAX_AREA_SHARE = 0.98
_MAX_ASPECT_ERROR = 0.34  # in natural logarithm: 1.13 to 2.23, room for perspective
_REFINED_BY = 0.25  # of the same, by which refining may better it
_MAX_OPPOSITE_RATIO = 1.9
_MIN_ANGLE, _MAX_ANGLE = 48.0, 132.0
_MIN_SUPPORT = 0.45
_SAME_QUAD_IOU = 0.7
_ABOUT_THERE = 0.5  # of the boxes around an outline and the place where it must be
_SIDE_SAMPLES = 48
_FAINT = (15.0, 45.0)
"""Thresholds between which Canny finds edges that barely stand out."""
_STRAIGHT_PART = 0.38  # of a side, to either side of its middle: the rest may be a rounded corner


@dataclass(frozen=True, slots=True)
class CardContour:
    """A quad that may be a card.

    Attributes:
        quad: clockwise, its first side is a long one; pixels of the picture.
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
    about: Quad | None = None,
) -> tuple[CardContour, ...]:
    """Return card-shaped outlines, best first.

    Args:
        rgb: uint8 array of shape (height, width, 3).
        limit: at most this many.
        working_side: the longer side is reduced to so many pixels.
        is_thorough: look at every colour channel instead of brightness and colourfulness alone.
        about: where the outline must lie more or less; all others are left out.
    """
    height, width = rgb.shape[:2]
    scale = min(1.0, working_side / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small = resized_fast(rgb, size)
    factors = (width / size[0], height / size[1])
    channels = _channels(small, is_thorough=is_thorough)
    gradient = np.max([_gradient(channel) for channel in channels], axis=0)
    masks = [mask for channel in channels for mask in _masks(channel)]
    if is_thorough:
        masks.append(_edges_of_all(channels))
    place = None if about is None else _box(about, factors)
    scored = (_scored(quad, gradient) for mask in masks for quad in _quads(mask, place))
    found = [outline for outline in scored if outline is not None]
    best = _distinct(found, limit)
    return tuple(
        CardContour(
            quad_from_points(((x + 0.5) * factors[0], (y + 0.5) * factors[1]) for x, y in outline.quad), outline.score
        )
        for outline in best
    )


def _box(quad: Quad, factors: tuple[float, float]) -> Quad:
    """Return the upright box around a quad in the reduced picture."""
    left, top, right, bottom = geometry.bounds(quad)
    return quad_from_box(left / factors[0], top / factors[1], right / factors[0], bottom / factors[1])


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
    # A side that is off by a pixel or two still counts.
    return cv2.dilate(magnitude, np.ones((3, 3), np.uint8)) / 16


def _masks(channel: NDArray[Any]) -> Iterator[NDArray[Any]]:
    median = _median(channel)
    for low, high in ((0.4 * median, 0.9 * median), _FAINT):
        edges = cv2.Canny(channel, min(low, 120.0), min(max(high, 30.0), 220.0), L2gradient=True)
        yield cv2.morphologyEx(cv2.dilate(edges, np.ones((3, 3), np.uint8)), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    _, light = cv2.threshold(channel, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    yield cv2.morphologyEx(light, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    yield cv2.morphologyEx(255 - light, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))


def _median(channel: NDArray[Any]) -> float:
    """Return the brightness that half of a channel does not exceed; sorting takes ten times as long as counting."""
    counts = cv2.calcHist([channel], [0], None, [256], [0, 256]).ravel()
    return float(np.searchsorted(np.cumsum(counts), channel.size / 2))


def _edges_of_all(channels: list[NDArray[Any]]) -> NDArray[Any]:
    """Return the edges of all channels together: a pale card's outline has gaps in each, but not the same ones."""
    edges = np.max([cv2.Canny(channel, *_FAINT, L2gradient=True) for channel in channels], axis=0)
    return cv2.morphologyEx(cv2.dilate(edges, np.ones((3, 3), np.uint8)), cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))


def _quads(mask: NDArray[Any], place: Quad | None) -> Iterator[Quad]:
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    total = mask.shape[0] * mask.shape[1]
    for contour in contours:
        if len(contour) < 4 * _SIDE_SAMPLES // 4:
            continue
        x, y, width, height = cv2.boundingRect(contour)
        if width * height < _MIN_AREA_SHARE * total:
            continue
        if place is not None and geometry.iou(quad_from_box(x, y, x + width, y + height), place) < _ABOUT_THERE:
            continue
        hull = cv2.convexHull(contour)
        share = cv2.contourArea(hull) / total
        if not _MIN_AREA_SHARE <= share <= _MAX_AREA_SHARE:
            continue
        corners = _four_corners(hull)
        if corners is not None and _is_nearly_card_shaped(corners):
            yield _refined(corners, hull)


def _is_nearly_card_shaped(corners: NDArray[Any]) -> bool:
    """Return whether corners are worth refining: that moves them by little, and costs more than all before it."""
    sides = np.hypot(*(np.roll(corners, -1, axis=0) - corners).T)
    first, second = float(sides[0] + sides[2]), float(sides[1] + sides[3])
    if min(first, second) < 1:
        return False
    return abs(math.log(max(first, second) / min(first, second) / CARD_ASPECT)) < _MAX_ASPECT_ERROR + _REFINED_BY


def _four_corners(hull: NDArray[Any]) -> NDArray[Any] | None:
    """Reduce a convex hull to four corners, or None where it is not four-sided."""
    length = cv2.arcLength(hull, closed=True)
    area = cv2.contourArea(hull)
    for share in (0.02, 0.03, 0.045, 0.06, 0.08):
        corners = cv2.approxPolyDP(hull, share * length, closed=True)
        if len(corners) == 4 and cv2.contourArea(corners) > 0.88 * area:  # noqa: PLR2004  rounded corners cost 2 %
            return corners.reshape(4, 2).astype(np.float64)
        if len(corners) < 4:  # noqa: PLR2004
            break
    box = cv2.minAreaRect(hull)
    if box[1][0] * box[1][1] * 0.9 < area:
        return cv2.boxPoints(box).astype(np.float64)
    return None


def _refined(corners: NDArray[Any], hull: NDArray[Any]) -> Quad:
    """Fit a line to the middle of each side and intersect them: rounded corners pull the plain ones inward."""
    points = _dense(hull.reshape(-1, 2).astype(np.float64))
    ordered = _clockwise(corners)
    lines = []
    for start, end in zip(ordered, np.roll(ordered, -1, axis=0), strict=True):
        side = end - start
        length = float(np.hypot(*side))
        if length < 1:
            return quad_from_points(ordered)
        both = (points - start) @ np.array([[side[0], -side[1]], [side[1], side[0]]])
        along, across = both[:, 0] / length**2, np.abs(both[:, 1]) / length
        near = points[(np.abs(along - 0.5) < _STRAIGHT_PART) & (across < max(0.04 * length, 2.0))]
        if len(near) < 6:  # noqa: PLR2004  too few for a robust fit
            near = np.stack([start, end])
        vx, vy, x, y = cv2.fitLine(near.astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.01).ravel().tolist()
        lines.append((vx, vy, x, y))
    fitted = [_meet(lines[i - 1], lines[i]) for i in range(4)]
    if any(corner is None or math.dist(corner, ordered[i]) > 0.12 * _span(ordered) for i, corner in enumerate(fitted)):
        return quad_from_points(ordered)
    return quad_from_points(corner for corner in fitted if corner is not None)


def _dense(points: NDArray[Any]) -> NDArray[Any]:
    """Return points along a closed polygon about two pixels apart (a hull lists only its corners)."""
    sides = np.roll(points, -1, axis=0) - points
    steps = np.maximum(1, (np.hypot(sides[:, 0], sides[:, 1]) / 2).astype(int))
    first = np.repeat(np.cumsum(steps) - steps, steps)
    along = (np.arange(steps.sum()) - first) / np.repeat(steps, steps)
    dense: NDArray[Any] = np.repeat(points, steps, axis=0) + np.repeat(sides, steps, axis=0) * along[:, None]
    return dense


def _span(corners: NDArray[Any]) -> float:
    return float(np.hypot(*(corners.max(axis=0) - corners.min(axis=0))))


def _clockwise(corners: NDArray[Any]) -> NDArray[Any]:
    middle = corners.mean(axis=0)
    angles = np.arctan2(corners[:, 1] - middle[1], corners[:, 0] - middle[0])
    return corners[np.argsort(angles)]


def _meet(
    first: tuple[float, float, float, float], second: tuple[float, float, float, float]
) -> tuple[float, float] | None:
    ax, ay, x0, y0 = first
    bx, by, x1, y1 = second
    cross = ax * by - ay * bx
    if abs(cross) < 1e-6:  # noqa: PLR2004  parallel
        return None
    share = ((x1 - x0) * by - (y1 - y0) * bx) / cross
    return (x0 + share * ax, y0 + share * ay)


def _scored(quad: Quad, gradient: NDArray[Any]) -> CardContour | None:
    sides = [math.dist(quad[i], quad[(i + 1) % 4]) for i in range(4)]
    if min(sides) < 12:  # noqa: PLR2004  pixels at working size
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
    """Return the share of the outline that lies on an edge; a side outside the frame counts for nothing."""
    height, width = gradient.shape
    typical = max(float(np.mean(gradient)) * 1.2, 4.0)
    shares = np.linspace(0.08, 0.92, _SIDE_SAMPLES)
    supports = []
    for i in range(4):
        (x0, y0), (x1, y1) = quad[i], quad[(i + 1) % 4]
        xs = np.rint(x0 + (x1 - x0) * shares).astype(int)
        ys = np.rint(y0 + (y1 - y0) * shares).astype(int)
        inside = (xs >= 0) & (xs < width) & (ys >= 0) & (ys < height)
        values = gradient[ys[inside], xs[inside]]
        supports.append(float((values > typical).sum()) / _SIDE_SAMPLES)
    # One side may be lost in shadow; two may not.
    return (sum(supports) + sum(sorted(supports)[1:])) / 7


def _distinct(found: list[CardContour], limit: int) -> list[CardContour]:
    kept: list[CardContour] = []
    # Among near-equal outlines the larger one wins: inner frames of a card are not the card.
    ranked = sorted(found, key=lambda outline: -outline.score * math.sqrt(math.sqrt(geometry.area(outline.quad))))
    for outline in ranked:
        if all(geometry.iou(outline.quad, other.quad) < _SAME_QUAD_IOU for other in kept):
            kept.append(outline)
    return kept[:limit]
