"""What shows a Vietnamese identity card even where its print cannot be read: emblem and portrait, or chip and zone."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from idscan.vision import enhance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

SIZE = (400, 252)
"""Width and height of the straightened card that signs are looked for on; what is smaller shows none of them."""

_Area = tuple[float, float, float, float]
_EMBLEM_AREA: _Area = (0.0, 0.0, 0.34, 0.46)
_EMBLEM_SIDES, _EMBLEM_FILL = (0.07, 0.24), 0.5
"""Of a card's width; and the share of the box around it that is red or yellow: a disc fills 0.79 of its own."""
_STAR = (0.04, 0.8)
"""Share of yellow in the emblem: the star, and ears of rice around it."""
_OFF_CENTRE = 0.3
"""Of the emblem: how far apart the middles of what is yellow and of what is red lie; two discs in a row are none."""
CHIP_AREA: _Area = (0.0, 0.12, 0.32, 0.7)
_CHIP_SIDES, _CHIP_FILL = (0.08, 0.26), 0.62
_PORTRAIT_AREA: _Area = (0.04, 0.42, 0.28, 0.9)
_HEADING_AREA: _Area = (0.0, 0.0, 1.0, 0.36)
BODY_AREA: _Area = (0.08, 0.45, 0.92, 0.92)
_STROKE, _CELLS = 2.0, (25, 21)
"""Pixels of blur by which strokes stand out, and cells across and down a card: a line of print fills some of them."""
_BARE = 0.3
"""Of the strokes of the heading: a smooth cover has a tenth of them at most, print and portraits as many or more."""
ZONE_AREA: _Area = (0.06, 0.5, 0.94, 1.0)
_RED, _YELLOW, _LIVELY = (172, 9), (10, 34), 80
"""Hues (0 to 180) between which a colour is red or yellow, and how saturated it must be (0 to 255)."""

_DARK = 90.0  # levels: how much darker than a card's ground gold and red are by no means
_PORTRAIT_CONTRAST = 14.0  # levels, at the scale of a head: bare ground of a card measures 3 to 8
_ROW_SPACING = (0.055, 0.15)
"""Of a card's height, between rows of a machine-readable zone, with room for a quad that is somewhat off."""
_UNEVEN = 1.35
_ROWS, _LEAST_ROW, _ROW_REACH = 3, 0.5, 6
_VALLEY, _FULL_ROW = 0.72, 0.75
_BINS, _INKED = 22, 0.28
"""Parts of a row, and how much ink each must have, as a share of their mean: fillers are thinner than letters."""


def shows_front(rgb: NDArray[np.uint8]) -> bool:
    """Return whether a straightened card bears the red and yellow emblem at its top left, and a portrait under it."""
    return has_emblem(rgb) and _contrast(rgb, _PORTRAIT_AREA) > _PORTRAIT_CONTRAST


def is_painted_over(rgb: NDArray[np.uint8]) -> bool:
    """Return whether nothing is drawn on a straightened front below its heading, as after a redaction.

    Darkness and blur take as much from the heading as from the rest.
    """
    return is_bare(rgb, BODY_AREA, _HEADING_AREA)


def is_bare(rgb: NDArray[np.uint8], area: _Area, other: _Area = (0.0, 0.0, 1.0, 1.0)) -> bool:
    """Return whether next to nothing is drawn on a part of a straightened card, against another part."""
    grey = enhance.grey(rgb).astype(np.float32)
    drawn = np.abs(grey - cv2.GaussianBlur(grey, (0, 0), _STROKE))
    cells = cv2.resize(drawn, _CELLS, interpolation=cv2.INTER_AREA)
    return float(_part(cells, area).max()) < _BARE * float(_part(cells, other).max())


def shows_back(rgb: NDArray[np.uint8]) -> bool:
    """Return whether a straightened card bears a chip at its left, and three rows from side to side at its foot."""
    return _has_chip(rgb) and _has_zone(rgb)


def has_emblem(rgb: NDArray[np.uint8]) -> bool:
    """Return whether a red disc with yellow in it lies at the top left of a straightened card."""
    part = _part(_evened(rgb), _EMBLEM_AREA)
    red, yellow = _of_hue(part, _RED), _of_hue(part, _YELLOW)
    for box in _blobs(red | yellow, _EMBLEM_SIDES, _EMBLEM_FILL):
        disc, star = red[box], yellow[box]
        share = float(star.sum()) / max(float(disc.sum() + star.sum()), 1.0)
        if _STAR[0] < share < _STAR[1] and math.dist(_middle(disc), _middle(star)) < _OFF_CENTRE * min(disc.shape):
            return True
    return False


def _middle(mask: NDArray[np.bool_]) -> tuple[float, float]:
    rows, columns = np.nonzero(mask)
    return (float(rows.mean()), float(columns.mean())) if len(rows) else (math.inf, math.inf)


def _has_chip(rgb: NDArray[np.uint8]) -> bool:
    part = _part(_evened(rgb), CHIP_AREA)
    return any(True for _ in _blobs(_of_hue(part, _YELLOW), _CHIP_SIDES, _CHIP_FILL))


def _has_zone(rgb: NDArray[np.uint8]) -> bool:
    """Return whether the foot of a card shows three rows, evenly spaced, that run from side to side."""
    grey = enhance.grey(_evened(rgb)).astype(np.float32)
    ink = cv2.GaussianBlur(np.maximum(cv2.GaussianBlur(grey, (0, 0), 14) - grey, 0), (0, 0), 1.5)
    part = _part(ink, ZONE_AREA)
    rows = _smooth(part.mean(axis=1))
    peaks = [i for i in range(1, len(rows) - 1) if rows[i] >= rows[i - 1] and rows[i] > rows[i + 1]]
    # The quad may leave out the lowest row, and other print stands above the zone.
    peaks = [i for i in peaks if rows[i] > _LEAST_ROW * rows.max()][-_ROWS:]
    if len(peaks) < _ROWS - 1:
        return False
    height = grey.shape[0]
    gaps = [(after - before) / height for before, after in pairwise(peaks)]
    if not all(_ROW_SPACING[0] < gap < _ROW_SPACING[1] for gap in gaps) or max(gaps) > _UNEVEN * min(gaps):
        return False
    lows = [rows[before:after].min() for before, after in pairwise(peaks)]
    if any(low > _VALLEY * min(rows[i] for i in peaks) for low in lows):
        return False
    return all(_runs_across(part[max(i - _ROW_REACH, 0) : i + _ROW_REACH + 1]) for i in peaks)


def _smooth(profile: NDArray[np.float32]) -> NDArray[np.float32]:
    kernel = cv2.getGaussianKernel(11, 2).ravel()
    smooth: NDArray[np.float32] = np.convolve(profile, kernel, mode="same").astype(np.float32)
    return smooth


def _runs_across(row: NDArray[np.float32]) -> bool:
    """Return whether a row has ink all along it."""
    bins = np.array([part.mean() for part in np.array_split(row.mean(axis=0), _BINS)])
    return bool((bins > _INKED * bins.mean()).mean() >= _FULL_ROW)


def _evened(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the card without its noise, as bright as by good light."""
    soft = cv2.GaussianBlur(rgb, (0, 0), 2).astype(np.float32)
    white = np.maximum(np.percentile(soft.reshape(-1, 3), 90, axis=0), 8.0)
    return np.clip(soft * (230 / white), 0, 255).astype(np.uint8)


def _part(pixels: NDArray[Any], area: _Area) -> NDArray[Any]:
    height, width = pixels.shape[:2]
    left, top, right, bottom = area
    return pixels[round(top * height) : round(bottom * height), round(left * width) : round(right * width)]


def _of_hue(rgb: NDArray[Any], hues: tuple[int, int]) -> NDArray[np.bool_]:
    hsv = cv2.cvtColor(np.ascontiguousarray(rgb, np.uint8), cv2.COLOR_RGB2HSV)
    hue, low, high = hsv[..., 0], *hues
    is_hue = (hue >= low) & (hue <= high) if low <= high else (hue >= low) | (hue <= high)
    return np.asarray(is_hue & (hsv[..., 1] > _LIVELY) & (hsv[..., 2] > _DARK))


def _blobs(mask: NDArray[np.bool_], sides: tuple[float, float], fill: float) -> Iterator[tuple[slice, slice]]:
    closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    opened = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=4)
    least, most = (side * SIZE[0] for side in sides)
    for x, y, width, height, area in stats[1:].tolist():
        if least < min(width, height) and max(width, height) < most and area > fill * width * height:
            yield (slice(y, y + height), slice(x, x + width))


def _contrast(rgb: NDArray[np.uint8], area: _Area) -> float:
    grey = cv2.GaussianBlur(enhance.grey(_evened(rgb)), (0, 0), 4)
    return float(np.std(_part(grey, area)))
