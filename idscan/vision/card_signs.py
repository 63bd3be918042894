"""Detect covers on a card, and signs of a card without readable print: emblem, portrait, chip, zone."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from idscan.vision import preprocess

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from idscan.core.geometry import CardBox

_MAX_FLAT_RANGE, _FLAT_WINDOW = 10, 5
"""Range in levels within a window of so many pixels of one colour, stored as JPEG: less misses compressed covers."""
_MIN_COVER = 1 / 32
"""Share of a card's height: wider than any stroke of its print, lower than what hides a line of it."""
_RIM = 5
"""Pixels beside a cover that its edge blurs into: half of the flat window, and what resampling and JPEG add."""
_MIN_FILL, _MIN_HULL_FILL = 0.97, 0.6
"""Shares of a cover's filled outline and convex hull that it takes: background around print has holes and bays."""
_EDGE_CONTRAST = 25.0
"""Levels by which a cover differs from its surroundings; bare background between lines of print does not."""
_COVER_EDGE, _STICKER_EDGE = 0.6, 0.75
"""Least share of the edge of a cover and of a sticker with that contrast: a smooth fill may pass through the colour of
its surroundings, another cover may adjoin. Of background that dense print surrounds half has it."""
_MAX_STICKER_INK = 0.6
"""Share of a sticker's outline that its ink takes at most."""
_MIN_LENGTH = 1 / 8
"""Share of a card's height: shorter than any covered value; background between letters forms smaller patches."""
_MAX_STICKER_HEIGHT, _MAX_STICKER_AREA = 0.45, 0.35
"""Shares of a card's height and area: a larger patch of one colour with print on it is the card's own background."""
_MIN_BACKGROUND = 0.5
"""Share of a card's area: a flat patch that takes more is the card's background."""
_STICKER_TOLERANCE = 14
"""Levels by which a sticker's background differs from its median colour; a card's own background varies by more."""
_VIVID, _VIVID_TOLERANCE, _COLOUR_BIN = 80, 20, 16
"""Levels between the channels of a colour that no card's background has; levels by which pixels of that colour differ
from its median; and width of the bins in which colours are counted."""
_MIN_COLOUR_SHARE, _MAX_COLOURS = 1 / 400, 8
"""Share of a card that a vivid colour takes at least, and the number of such colours that are examined."""
_MAX_SIGN_GAP = 1 / 20
"""Share of a card's height: gaps between and within drawn signs that are closed."""
_MIN_SIGN_FILL = 0.6
"""Share of closed signs that has their colour; letters, however bold, leave more open."""
_NOISE_DEVIATION, _NOISE_STEPS = 18.0, (0.58, 0.9)
"""Least standard deviation of noise in levels, and its mean difference over one and two pixels by that deviation. Over
two pixels it is 1.05 to 1.15 on noise stored as JPEG and 0.2 to 0.6 on print, but up to 1 on fine codes; over one it is
0.9 at the card's own resolution and 0.6 where that was enlarged, and 0.1 to 0.4 on print and codes."""
_MIN_NOISE_HEIGHT = 280
"""Pixels of a card's height: on smaller cards strokes and modules are a pixel or two wide, and look like noise."""
_NOISE_WINDOW = 1 / 24
"""Share of a card's height: about a line of print."""
_MOSAIC_WINDOW, _MIN_GRADIENT, _MIN_MEAN_GRADIENT = 0.08, 4.0, 0.2
"""Share of a card's height; levels per pixel of an edge, and their mean in a window above background."""
_MIN_ORTHOGONALITY, _MIN_SMOOTH = 0.7, 0.65
"""Of a mosaic with tiles as high as a line: concentration of edge directions on two at right angles, 0 to 1, and share
of smooth pixels. On 117 covered and uncovered places each, mosaics measure 0.77 and 0.65 or more, print and zones 0.47
and 0.3, codes 0.78 and 0.25 at most, mosaics of a sixth of a line 0.8 and 0.6."""


def find_covers(rgb: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return the mask of opaque covers on a rectified card, shape (height, width).

    These are patches of one colour or a gradient, stickers of one colour with writing, rows of drawn signs, mosaics
    with tiles as high as a line, and noise.
    """
    height = rgb.shape[0]
    window = np.ones((_FLAT_WINDOW, _FLAT_WINDOW), np.uint8)
    spread = cv2.subtract(cv2.dilate(rgb, window), cv2.erode(rgb, window)).max(axis=2)
    side = max(3, round(height * _MIN_COVER))
    smooth = (spread <= _MAX_FLAT_RANGE).astype(np.uint8)
    flat = cv2.morphologyEx(smooth, cv2.MORPH_OPEN, np.ones((side, side), np.uint8)).astype(np.uint8)
    covers = (_noise(rgb) | _mosaic(rgb, smooth)).astype(np.uint8)
    writable = rgb.copy()  # `cv2.floodFill` requires it, though it only writes the mask
    near = np.ones((2 * _RIM + 1, 2 * _RIM + 1), np.uint8)
    for part, patch in _patches(flat):
        if covers[part][patch > 0].all():
            continue
        covers |= _sticker(writable, part, patch)
        is_long = max(patch.any(axis=0).sum(), patch.any(axis=1).sum()) >= _MIN_LENGTH * height
        is_background = patch.sum() > _MIN_BACKGROUND * flat.size
        if is_long and not is_background and _is_cover(rgb[part], patch):
            covers[part] |= cv2.dilate(patch, near).astype(np.uint8, copy=False)
    for part, signs in _signs(rgb):
        covers[part] |= cv2.dilate(signs, near).astype(np.uint8, copy=False)
    return covers > 0


def _patches(flat: NDArray[np.uint8]) -> Iterator[tuple[tuple[slice, slice], NDArray[np.uint8]]]:
    """Yield the slices around each connected patch, with a margin, and its mask there."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(flat, connectivity=4)
    reach = 3 * _RIM
    for label in range(1, count):
        x, y, wide, high = (int(value) for value in stats[label][:4])
        part = (slice(max(y - reach, 0), y + high + reach), slice(max(x - reach, 0), x + wide + reach))
        yield part, (labels[part] == label).astype(np.uint8)


def _is_cover(rgb: NDArray[np.uint8], patch: NDArray[np.uint8]) -> bool:
    """Return whether a patch has no holes, few bays and a distinct edge."""
    filled, of_hull = _filled(patch)
    is_whole = bool(patch.sum() > _MIN_FILL * filled.sum() and patch.sum() > _MIN_HULL_FILL * of_hull)
    return is_whole and _stands_out(rgb, filled, _COVER_EDGE)


def _sticker(rgb: NDArray[np.uint8], part: tuple[slice, slice], patch: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the mask of the sticker that a flat patch belongs to, its writing included; empty if it is none.

    Args:
        rgb: the whole card.
        part: slices of the patch.
        patch: its mask there, smaller than the sticker.
    """
    height, width = rgb.shape[:2]
    nothing = np.zeros((height, width), np.uint8)
    rows, columns = np.nonzero(cv2.erode(patch, np.ones((3, 3), np.uint8), borderValue=0))
    if not rows.size:
        return nothing
    colours = rgb[part][rows, columns]
    colour = np.median(colours, axis=0)
    nearest = int(np.abs(colours.astype(np.float32) - colour).sum(axis=1).argmin())
    seed = (part[1].start + int(columns[nearest]), part[0].start + int(rows[nearest]))
    mask = np.zeros((height + 2, width + 2), np.uint8)
    tolerance = (_STICKER_TOLERANCE,) * 3
    flags = 4 | cv2.FLOODFILL_MASK_ONLY | cv2.FLOODFILL_FIXED_RANGE | (1 << 8)
    _, _, _, (x, y, wide, high) = cv2.floodFill(rgb, mask, seed, (0, 0, 0), tolerance, tolerance, flags)
    if not _is_sticker_size(wide, high, height, width):
        return nothing
    reach = 3 * _RIM
    near = (slice(max(y - reach, 0), y + high + reach), slice(max(x - reach, 0), x + wide + reach))
    background = mask[1:-1, 1:-1][near]
    filled, of_hull = _filled(background)
    is_box = filled.sum() > _MIN_HULL_FILL * of_hull and background.sum() > (1 - _MAX_STICKER_INK) * filled.sum()
    # A frame around print has the same background on both sides.
    if is_box and _stands_out(rgb[near], filled, _STICKER_EDGE):
        nothing[near] = cv2.dilate(filled, np.ones((2 * _RIM + 1, 2 * _RIM + 1), np.uint8))
    return nothing


def _signs(rgb: NDArray[np.uint8]) -> Iterator[tuple[tuple[slice, slice], NDArray[np.uint8]]]:
    """Yield the slices and the mask of each row of adjacent drawn signs of one vivid colour."""
    height, width = rgb.shape[:2]
    side = max(3, round(height * _MAX_SIGN_GAP))
    gaps = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    for colour in _vivid_colours(rgb):
        own = (cv2.inRange(rgb, colour - _VIVID_TOLERANCE, colour + _VIVID_TOLERANCE) > 0).astype(np.uint8)
        padded = cv2.copyMakeBorder(own, side, side, side, side, cv2.BORDER_CONSTANT)
        closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, gaps)[side:-side, side:-side].astype(np.uint8)
        for part, patch in _patches(closed):
            rows, columns = np.flatnonzero(patch.any(axis=1)), np.flatnonzero(patch.any(axis=0))
            high, wide = int(rows[-1] - rows[0]) + 1, int(columns[-1] - columns[0]) + 1
            if not _is_sticker_size(wide, high, height, width):
                continue
            filled, _ = _filled(patch)
            is_solid = (own[part] & filled).sum() > _MIN_SIGN_FILL * filled.sum()
            if is_solid and _stands_out(rgb[part], filled, _STICKER_EDGE):
                yield part, filled


def _is_sticker_size(wide: int, high: int, height: int, width: int) -> bool:
    """Return whether a patch is long enough to cover a value, and no part of the background of a card."""
    is_large = high > _MAX_STICKER_HEIGHT * height or wide * high > _MAX_STICKER_AREA * height * width
    return not is_large and max(wide, high) >= _MIN_LENGTH * height


def _vivid_colours(rgb: NDArray[np.uint8]) -> Iterator[NDArray[np.float64]]:
    """Yield the most frequent vivid colours of a card, the most frequent first."""
    channels = cv2.split(rgb)
    spread = cv2.subtract(cv2.max(cv2.max(*channels[:2]), channels[2]), cv2.min(cv2.min(*channels[:2]), channels[2]))
    vivid = rgb[spread >= _VIVID]
    steps = (vivid // _COLOUR_BIN).astype(np.int32) @ np.array([1 << 8, 1 << 4, 1], np.int32)
    counts = np.bincount(steps, minlength=1)
    least = _MIN_COLOUR_SHARE * rgb.shape[0] * rgb.shape[1]
    for step in np.argsort(-counts)[:_MAX_COLOURS]:
        if counts[step] >= least:
            yield np.median(vivid[steps == step], axis=0)


def _filled(patch: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float]:
    """Return the outline of a patch, filled, and the area of its convex hull."""
    padded = np.pad(patch, 1)
    contours, _ = cv2.findContours(padded, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(contours, key=cv2.contourArea)
    filled = np.zeros_like(padded)
    cv2.drawContours(filled, [outline], -1, (1,), cv2.FILLED)
    return filled[1:-1, 1:-1], float(cv2.contourArea(cv2.convexHull(outline)))


def _stands_out(rgb: NDArray[np.uint8], filled: NDArray[np.uint8], least: float) -> bool:
    """Return whether a patch contrasts with its surroundings along a share of its edge.

    Args:
        rgb: a part of the card.
        filled: the mask of the patch.
        least: share of the edge.
    """
    near, far, inner = (np.ones((size, size), np.uint8) for size in (2 * _RIM + 1, 5 * _RIM, _RIM))
    ring = cv2.dilate(filled, far) > cv2.dilate(filled, near)
    inside = (cv2.erode(filled, inner, borderValue=1) > 0).astype(np.float32)
    reach = (8 * _RIM + 1, 8 * _RIM + 1)
    weight = cv2.boxFilter(inside, -1, reach)
    own = cv2.boxFilter(rgb.astype(np.float32) * inside[..., None], -1, reach) / np.maximum(weight, 1e-6)[..., None]
    judged = ring & (weight > 1e-4)  # noqa: PLR2004  more than rounding
    if not judged.any():
        return False
    apart = np.abs(own[judged] - rgb[judged]).max(axis=1)
    return bool(np.mean(apart > _EDGE_CONTRAST) > least)


def _noise(rgb: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return the mask of noise: neighbouring pixels are uncorrelated."""
    grey = preprocess.grey(rgb).astype(np.float32)
    height = grey.shape[0]
    if height < _MIN_NOISE_HEIGHT:
        return np.zeros(grey.shape, np.bool_)
    side = round(height * _NOISE_WINDOW) | 1
    mean = cv2.blur(grey, (side, side))
    deviation = np.sqrt(np.maximum(cv2.blur(grey * grey, (side, side)) - mean * mean, 1e-6))
    noisy = (deviation > _NOISE_DEVIATION).astype(np.uint8)
    for lag, least in enumerate(_NOISE_STEPS, start=1):
        across, down = np.zeros_like(grey), np.zeros_like(grey)
        across[:, lag:], down[lag:] = np.abs(grey[:, lag:] - grey[:, :-lag]), np.abs(grey[lag:] - grey[:-lag])
        steps = np.minimum(cv2.blur(across, (side, side)), cv2.blur(down, (side, side)))
        noisy &= steps > least * deviation
    window = np.ones((side, side), np.uint8)
    whole = cv2.morphologyEx(cv2.morphologyEx(noisy, cv2.MORPH_CLOSE, window), cv2.MORPH_OPEN, window)
    # Windows at the edge of noise are half something else, so the found area is too small.
    return cv2.dilate(whole, window) > 0


def _mosaic(rgb: NDArray[np.uint8], smooth: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return the mask of mosaics: smooth areas whose edges run at right angles.

    Args:
        rgb: the card.
        smooth: mask of pixels in uniform surroundings.
    """
    grey = preprocess.grey(rgb).astype(np.float32)
    side = round(grey.shape[0] * _MOSAIC_WINDOW) | 1
    across, down = (cv2.Scharr(grey, -1, *axis) / 32 for axis in ((1, 0), (0, 1)))
    strength = cv2.magnitude(across, down)
    strength[strength < _MIN_GRADIENT] = 0
    # Four times the angle is the same for directions at right angles: cos 4a = 1 - 2 sin(2a)**2.
    squared = np.maximum(strength * strength, 1e-6)
    sine, cosine = 2 * across * down / squared, (across * across - down * down) / squared
    fourfold = (strength * (1 - 2 * sine * sine), strength * (2 * sine * cosine))
    edges = cv2.blur(strength, (side, side))
    orthogonal = cv2.magnitude(*(cv2.blur(part, (side, side)) for part in fourfold))
    inside = cv2.blur(smooth.astype(np.float32), (side, side))
    found = (edges > _MIN_MEAN_GRADIENT) & (orthogonal > _MIN_ORTHOGONALITY * edges) & (inside > _MIN_SMOOTH)
    window = np.ones((side // 2, side // 2), np.uint8)
    return cv2.morphologyEx(found.astype(np.uint8), cv2.MORPH_OPEN, window) > 0


SIZE = (400, 252)
"""Width and height in pixels of the rectified card on which signs are detected; smaller cards show none of them."""
_EMBLEM_AREA: CardBox = (0.0, 0.0, 0.34, 0.46)
"""The upper left corner."""
CHIP_AREA: CardBox = (0.0, 0.12, 0.32, 0.7)
"""The left side, below the upper edge."""
_PORTRAIT_AREA: CardBox = (0.04, 0.42, 0.28, 0.9)
"""The left side, below the emblem."""
_HEADING_AREA: CardBox = (0.0, 0.0, 1.0, 0.36)
"""The upper part, over the whole width."""
BODY_AREA: CardBox = (0.08, 0.45, 0.92, 0.92)
"""The lower part, without its margins."""
ZONE_AREA: CardBox = (0.06, 0.5, 0.94, 1.0)
"""Where the signs are searched: left, top, right and bottom as fractions of the card."""
_EMBLEM_SIDES, _MIN_EMBLEM_FILL = (0.07, 0.24), 0.5
"""By a card's width; and the share of its box that is red or yellow: a disc fills 0.79."""
_YELLOW_SHARE = (0.04, 0.8)
"""Of the emblem: the star, and ears of rice around it."""
_MAX_OFFSET = 0.3
"""By the size of the emblem: distance of the centroids of yellow and red, which is larger for two adjacent discs."""
_CHIP_SIDES, _MIN_CHIP_FILL = (0.08, 0.26), 0.62
"""Likewise of the chip: less accepts lines and spots of yellow."""
_RED, _YELLOW = (172, 9), (10, 34)
"""First and last hue, 0 to 180."""
_MIN_SATURATION, _MIN_VALUE = 80, 90.0
"""0 to 255: less accepts the background of cards as red, and brown print as gold."""
_MIN_PORTRAIT_CONTRAST = 14.0
"""Standard deviation in levels at the scale of a head: bare background of a card measures 3 to 8."""
_STROKE_SIGMA, _CELLS = 2.0, (25, 21)
"""Pixels of the blur that strokes are compared with, and cells across and down a card: print fills some of them."""
_MAX_BARE = 0.3
"""Strokes by those of the heading: a smooth cover has a tenth at most, print and portraits as many or more."""
_ROW_SPACING, _MAX_SPACING_RATIO = (0.055, 0.15), 1.35
"""Share of a card's height between rows of a machine-readable zone, with tolerance for an inexact quad, and how far
two spacings may differ."""
_ROWS, _MIN_PEAK, _ROW_REACH = 3, 0.5, 6
"""Rows of a zone, of which one may be missing; ink of a row by that of the strongest; pixels of half a row."""
_MAX_VALLEY = 0.72
"""Ink between rows by that of the rows: more accepts blocks without distinct rows."""
_BINS, _MIN_INK, _MIN_INKED_BINS = 22, 0.28, 0.75
"""Parts of a row, ink that each has by their mean (fillers are thinner than letters), and share of parts with it."""


def shows_front(rgb: NDArray[np.uint8]) -> bool:
    """Return whether a rectified card has the red and yellow emblem at its top left, and a portrait below it."""
    return has_emblem(rgb) and _contrast(rgb, _PORTRAIT_AREA) > _MIN_PORTRAIT_CONTRAST


def is_painted_over(rgb: NDArray[np.uint8]) -> bool:
    """Return whether a rectified front is bare below its heading, as after a redaction.

    The heading is the reference, as darkness and blur affect it as much.
    """
    return is_bare(rgb, BODY_AREA, _HEADING_AREA)


def is_bare(rgb: NDArray[np.uint8], area: CardBox, other: CardBox = (0.0, 0.0, 1.0, 1.0)) -> bool:
    """Return whether a part of a rectified card has hardly any strokes, compared with another part."""
    grey = preprocess.grey(rgb).astype(np.float32)
    drawn = np.abs(grey - cv2.GaussianBlur(grey, (0, 0), _STROKE_SIGMA))
    cells = cv2.resize(drawn, _CELLS, interpolation=cv2.INTER_AREA)
    return float(_cropped(cells, area).max()) < _MAX_BARE * float(_cropped(cells, other).max())


def shows_back(rgb: NDArray[np.uint8]) -> bool:
    """Return whether a rectified card has a chip at its left, and a machine-readable zone at its foot."""
    return _has_chip(rgb) and _has_zone(rgb)


def has_emblem(rgb: NDArray[np.uint8]) -> bool:
    """Return whether a rectified card has a red disc with yellow in it at its top left."""
    part = _cropped(_evened(rgb), _EMBLEM_AREA)
    red, yellow = _of_hue(part, _RED), _of_hue(part, _YELLOW)
    for box in _blobs(red | yellow, _EMBLEM_SIDES, _MIN_EMBLEM_FILL):
        disc, star = red[box], yellow[box]
        share = float(star.sum()) / max(float(disc.sum() + star.sum()), 1.0)
        offset = math.dist(_centroid(disc), _centroid(star))
        if _YELLOW_SHARE[0] < share < _YELLOW_SHARE[1] and offset < _MAX_OFFSET * min(disc.shape):
            return True
    return False


def _centroid(mask: NDArray[np.bool_]) -> tuple[float, float]:
    rows, columns = np.nonzero(mask)
    return (float(rows.mean()), float(columns.mean())) if len(rows) else (math.inf, math.inf)


def _has_chip(rgb: NDArray[np.uint8]) -> bool:
    part = _cropped(_evened(rgb), CHIP_AREA)
    return any(True for _ in _blobs(_of_hue(part, _YELLOW), _CHIP_SIDES, _MIN_CHIP_FILL))


def _has_zone(rgb: NDArray[np.uint8]) -> bool:
    """Return whether the foot of a card has three evenly spaced rows of ink across its width."""
    grey = preprocess.grey(_evened(rgb)).astype(np.float32)
    ink = cv2.GaussianBlur(np.maximum(cv2.GaussianBlur(grey, (0, 0), 14) - grey, 0), (0, 0), 1.5)
    part = _cropped(ink, ZONE_AREA)
    rows = _smooth(part.mean(axis=1))
    peaks = [i for i in range(1, len(rows) - 1) if rows[i] >= rows[i - 1] and rows[i] > rows[i + 1]]
    # The quad may cut off the lowest row, and other print stands above the zone.
    peaks = [i for i in peaks if rows[i] > _MIN_PEAK * rows.max()][-_ROWS:]
    if len(peaks) < _ROWS - 1:
        return False
    height = grey.shape[0]
    gaps = [(after - before) / height for before, after in pairwise(peaks)]
    if not all(_ROW_SPACING[0] < gap < _ROW_SPACING[1] for gap in gaps) or max(gaps) > _MAX_SPACING_RATIO * min(gaps):
        return False
    lows = [rows[before:after].min() for before, after in pairwise(peaks)]
    if any(low > _MAX_VALLEY * min(rows[i] for i in peaks) for low in lows):
        return False
    return all(_spans_width(part[max(i - _ROW_REACH, 0) : i + _ROW_REACH + 1]) for i in peaks)


def _smooth(profile: NDArray[np.floating]) -> NDArray[np.float32]:
    kernel = cv2.getGaussianKernel(11, 2).ravel()
    smooth: NDArray[np.float32] = np.convolve(profile, kernel, mode="same").astype(np.float32)
    return smooth


def _spans_width(row: NDArray[np.float32]) -> bool:
    """Return whether a row has ink along its whole width."""
    bins = np.array([part.mean() for part in np.array_split(row.mean(axis=0), _BINS)])
    return bool((bins > _MIN_INK * bins.mean()).mean() >= _MIN_INKED_BINS)


def _evened(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the card smoothed and white-balanced on its brightest tenth."""
    soft = cv2.GaussianBlur(rgb, (0, 0), 2).astype(np.float32)
    white = np.maximum(np.percentile(soft.reshape(-1, 3), 90, axis=0), 8.0)
    return np.clip(soft * (230 / white), 0, 255).astype(np.uint8)


def _cropped(pixels: NDArray[Any], area: CardBox) -> NDArray[Any]:
    height, width = pixels.shape[:2]
    left, top, right, bottom = area
    return pixels[round(top * height) : round(bottom * height), round(left * width) : round(right * width)]


def _of_hue(rgb: NDArray[Any], hues: tuple[int, int]) -> NDArray[np.bool_]:
    """Return which pixels are saturated and bright, with a hue from the first to the last one."""
    hsv = cv2.cvtColor(np.ascontiguousarray(rgb, np.uint8), cv2.COLOR_RGB2HSV)
    hue, low, high = hsv[..., 0], *hues
    is_hue = (hue >= low) & (hue <= high) if low <= high else (hue >= low) | (hue <= high)
    return np.asarray(is_hue & (hsv[..., 1] > _MIN_SATURATION) & (hsv[..., 2] > _MIN_VALUE))


def _blobs(mask: NDArray[np.bool_], sides: tuple[float, float], fill: float) -> Iterator[tuple[slice, slice]]:
    """Yield the slices of compact connected areas with sides in a range of shares of the card's width."""
    closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    opened = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=4)
    least, most = (side * SIZE[0] for side in sides)
    for x, y, width, height, area in stats[1:].tolist():
        if least < min(width, height) and max(width, height) < most and area > fill * width * height:
            yield (slice(y, y + height), slice(x, x + width))


def _contrast(rgb: NDArray[np.uint8], area: CardBox) -> float:
    grey = cv2.GaussianBlur(preprocess.grey(_evened(rgb)), (0, 0), 4)
    return float(np.std(_cropped(grey, area)))
