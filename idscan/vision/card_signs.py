"""Detect signs of a card whose print cannot be read (emblem, portrait, chip, zone), and covers laid over a card."""

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

_FLAT = 10
"""Levels between the lightest and the darkest pixel of a small window of one colour, stored as JPEG."""

_FLAT_WINDOW = 5
_LEAST_COVER = 1 / 32
"""Of a card's height: wider than any stroke of its print, lower than what hides a line of it."""

_RIM = 5
"""Pixels beside a cover that its edge blurs into: the flat window's half, and what resampling and JPEG add."""

_SOLID, _OF_HULL = 0.97, 0.6
"""Shares of a cover's outline and of its convex hull that it fills at least: ground around print has holes and bays."""

_STANDS_OUT = 25.0
"""Levels by which a cover differs from what lies around it; bare ground between lines of print does not."""

_MOST_OF_EDGE, _ALL_OF_EDGE = 0.6, 0.75
"""Of the edge of a cover and of a sticker, the least share that stands out: a smooth fill may pass through the colour
of its surroundings, another cover may lie beside it. Around ground that dense print surrounds half stands out."""

_INK_OF_STICKER = 0.6
"""Of a sticker's outline, what its ink takes at most."""

_LEAST_LENGTH = 1 / 8
"""Of a card's height: shorter than any value that is covered; ground between letters forms smaller patches."""

_HIGHEST_STICKER, _LARGEST_STICKER = 0.45, 0.35
"""Of a card's height and area: a larger patch of one colour with print on it is the ground of the card itself."""

_GROUND = 0.5
"""Of a card's area: a flat patch that takes more is what the card is printed on."""

_ONE_COLOUR = 14
"""Levels by which a sticker's ground differs from its middle colour; a card's own ground runs from one to another."""

_VIVID = 80
"""Levels between the channels of colours that stickers have and that no card's ground has."""

_SHARE_OF_COLOUR, _MOST_COLOURS = 1 / 400, 8
"""Of a card, what a sticker's colour takes at least, and so many such colours are looked at."""

_ONE_VIVID, _COLOUR_STEP = 20, 16
"""Levels by which a colour differs from its middle, and by which colours are counted apart."""

_BETWEEN_SIGNS = 1 / 20
"""Of a card's height: lines and features of drawn signs are narrower."""

_OF_SIGNS = 0.6
"""Share of what signs of one colour enclose that has this colour; letters, however bold, leave more open."""

_NOISE_LEVELS, _NOISE_STEPS = 18.0, (0.58, 0.9)
"""Noise varies by so many levels at least, and its mean steps over one and two pixels are so large shares of that. Over
two pixels they are 1.05 to 1.15 on noise stored as JPEG and 0.2 to 0.6 on print, but up to 1 on fine codes; over one
they are 0.9 at the card's own resolution and 0.6 where that was enlarged, and 0.1 to 0.4 on print and codes."""

_LEAST_HEIGHT_OF_NOISE = 280
"""Pixels of a card's height: on smaller cards strokes and modules are a pixel or two wide, and look like noise."""

_TILES_WINDOW, _LEAST_EDGE, _LEAST_EDGES = 0.08, 4.0, 0.2
"""Of a card's height; levels per pixel of an edge, and the mean of edges in a window that holds more than ground."""

_CROSSWISE, _INSIDE_TILES = 0.7, 0.65
"""Of a mosaic with tiles as high as a line: how far edges run in two directions at right angles, 0 to 1, and the share
of smooth pixels. On 117 covered and uncovered places each, mosaics come to 0.77 and 0.65 and more, print and zones to
0.47 and 0.3, codes to 0.78 and 0.25 at most, mosaics of a sixth of a line to 0.8 and 0.6."""

_NOISE_WINDOW = 1 / 24
"""Of a card's height: about a line of print."""


def find_covers(rgb: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return where a straightened card is painted over with what holds nothing of it, shape (height, width).

    That is one opaque colour, a smooth run of colours, a box of one colour with something else written on it, a mosaic
    with tiles as high as a line, or noise.

    Args:
        rgb: its pixels, uint8 array of shape (height, width, 3).
    """
    height = rgb.shape[0]
    window = np.ones((_FLAT_WINDOW, _FLAT_WINDOW), np.uint8)
    spread = cv2.subtract(cv2.dilate(rgb, window), cv2.erode(rgb, window)).max(axis=2)
    side = max(3, round(height * _LEAST_COVER))
    smooth = (spread <= _FLAT).astype(np.uint8)
    flat = cv2.morphologyEx(smooth, cv2.MORPH_OPEN, np.ones((side, side), np.uint8)).astype(np.uint8)
    covers = (_noise(rgb) | _mosaic(rgb, smooth)).astype(np.uint8)
    own = rgb.copy()  # filling asks for an array that may be written to, and writes nothing
    near = np.ones((2 * _RIM + 1, 2 * _RIM + 1), np.uint8)
    for part, patch in _patches(flat):
        if covers[part][patch > 0].all():
            continue
        covers |= _sticker(own, part, patch)
        is_long = max(patch.any(axis=0).sum(), patch.any(axis=1).sum()) >= _LEAST_LENGTH * height
        is_ground = patch.sum() > _GROUND * flat.size
        if is_long and not is_ground and _is_cover(rgb[part], patch):
            covers[part] |= cv2.dilate(patch, near).astype(np.uint8, copy=False)
    for part, signs in _signs(rgb):
        covers[part] |= cv2.dilate(signs, near).astype(np.uint8, copy=False)
    return covers > 0


def _patches(flat: NDArray[np.uint8]) -> Iterator[tuple[tuple[slice, slice], NDArray[np.uint8]]]:
    """Yield each connected flat patch with some room around it, and where it was cut out."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(flat, connectivity=4)
    reach = 3 * _RIM
    for label in range(1, count):
        x, y, wide, high = (int(value) for value in stats[label][:4])
        part = (slice(max(y - reach, 0), y + high + reach), slice(max(x - reach, 0), x + wide + reach))
        yield part, (labels[part] == label).astype(np.uint8)


def _is_cover(rgb: NDArray[np.uint8], patch: NDArray[np.uint8]) -> bool:
    """Return whether a patch has no holes, few bays and an edge."""
    filled, of_hull = _filled(patch)
    is_whole = patch.sum() > _SOLID * filled.sum() and patch.sum() > _OF_HULL * of_hull
    return is_whole and _stands_out(rgb, filled, _MOST_OF_EDGE)


def _sticker(rgb: NDArray[np.uint8], part: tuple[slice, slice], patch: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the box of one colour that a flat patch is a part of, whatever is written on it; empty if it is of none.

    Args:
        rgb: the whole card.
        part: where the patch was cut out.
        patch: the flat part, smaller than the box around what is written.
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
    tolerance = (_ONE_COLOUR,) * 3
    flags = 4 | cv2.FLOODFILL_MASK_ONLY | cv2.FLOODFILL_FIXED_RANGE | (1 << 8)
    _, _, _, (x, y, wide, high) = cv2.floodFill(rgb, mask, seed, (0, 0, 0), tolerance, tolerance, flags)
    is_large = high > _HIGHEST_STICKER * height or wide * high > _LARGEST_STICKER * height * width
    if is_large or max(wide, high) < _LEAST_LENGTH * height:
        return nothing
    reach = 3 * _RIM
    near = (slice(max(y - reach, 0), y + high + reach), slice(max(x - reach, 0), x + wide + reach))
    ground = mask[1:-1, 1:-1][near]
    filled, of_hull = _filled(ground)
    is_box = filled.sum() > _OF_HULL * of_hull and ground.sum() > (1 - _INK_OF_STICKER) * filled.sum()
    # A frame around print has the same ground on both of its sides.
    if is_box and _stands_out(rgb[near], filled, _ALL_OF_EDGE):
        nothing[near] = cv2.dilate(filled, np.ones((2 * _RIM + 1, 2 * _RIM + 1), np.uint8))
    return nothing


def _signs(rgb: NDArray[np.uint8]) -> Iterator[tuple[tuple[slice, slice], NDArray[np.uint8]]]:
    """Yield each row of drawn signs of one vivid colour side by side, filled, and where it was cut out."""
    height, width = rgb.shape[:2]
    side = max(3, round(height * _BETWEEN_SIGNS))
    gaps = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    for colour in _vivid_colours(rgb):
        own = (cv2.inRange(rgb, colour - _ONE_VIVID, colour + _ONE_VIVID) > 0).astype(np.uint8)
        padded = cv2.copyMakeBorder(own, side, side, side, side, cv2.BORDER_CONSTANT)
        closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, gaps)[side:-side, side:-side].astype(np.uint8)
        for part, patch in _patches(closed):
            rows, columns = np.flatnonzero(patch.any(axis=1)), np.flatnonzero(patch.any(axis=0))
            high, wide = int(rows[-1] - rows[0]) + 1, int(columns[-1] - columns[0]) + 1
            is_large = high > _HIGHEST_STICKER * height or wide * high > _LARGEST_STICKER * height * width
            if is_large or max(wide, high) < _LEAST_LENGTH * height:
                continue
            filled, _ = _filled(patch)
            if (own[part] & filled).sum() > _OF_SIGNS * filled.sum() and _stands_out(rgb[part], filled, _ALL_OF_EDGE):
                yield part, filled


def _vivid_colours(rgb: NDArray[np.uint8]) -> Iterator[NDArray[np.float64]]:
    """Yield the vivid colours that take a good part of a card, the most frequent first."""
    channels = cv2.split(rgb)
    spread = cv2.subtract(cv2.max(cv2.max(*channels[:2]), channels[2]), cv2.min(cv2.min(*channels[:2]), channels[2]))
    vivid = rgb[spread >= _VIVID]
    steps = (vivid // _COLOUR_STEP).astype(np.int32) @ np.array([1 << 8, 1 << 4, 1], np.int32)
    counts = np.bincount(steps, minlength=1)
    least = _SHARE_OF_COLOUR * rgb.shape[0] * rgb.shape[1]
    for step in np.argsort(-counts)[:_MOST_COLOURS]:
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
    """Return whether colours change along so much of the edge of a patch, from one side of its rim to the other.

    Args:
        rgb: a part of the card.
        filled: the patch.
        least: share of the edge.
    """
    near, far, inner = (np.ones((size, size), np.uint8) for size in (2 * _RIM + 1, 5 * _RIM, _RIM))
    ring = cv2.dilate(filled, far) > cv2.dilate(filled, near)
    inside = (cv2.erode(filled, inner, borderValue=1) > 0).astype(np.float32)
    reach = (8 * _RIM + 1, 8 * _RIM + 1)
    weight = cv2.boxFilter(inside, -1, reach)
    own = cv2.boxFilter(rgb.astype(np.float32) * inside[..., None], -1, reach) / np.maximum(weight, 1e-6)[..., None]
    judged = ring & (weight > 1e-4)  # noqa: PLR2004  what rounding leaves of nothing
    if not judged.any():
        return False
    apart = np.abs(own[judged] - rgb[judged]).max(axis=1)
    return bool(np.mean(apart > _STANDS_OUT) > least)


def _noise(rgb: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return where neighbours have nothing to do with each other."""
    grey = preprocess.grey(rgb).astype(np.float32)
    height = grey.shape[0]
    if height < _LEAST_HEIGHT_OF_NOISE:
        return np.zeros(grey.shape, np.bool_)
    side = round(height * _NOISE_WINDOW) | 1
    mean = cv2.blur(grey, (side, side))
    deviation = np.sqrt(np.maximum(cv2.blur(grey * grey, (side, side)) - mean * mean, 1e-6))
    noisy = (deviation > _NOISE_LEVELS).astype(np.uint8)
    for lag, least in enumerate(_NOISE_STEPS, start=1):
        across, down = np.zeros_like(grey), np.zeros_like(grey)
        across[:, lag:], down[lag:] = np.abs(grey[:, lag:] - grey[:, :-lag]), np.abs(grey[lag:] - grey[:-lag])
        steps = np.minimum(cv2.blur(across, (side, side)), cv2.blur(down, (side, side)))
        noisy &= steps > least * deviation
    window = np.ones((side, side), np.uint8)
    whole = cv2.morphologyEx(cv2.morphologyEx(noisy, cv2.MORPH_CLOSE, window), cv2.MORPH_OPEN, window)
    # Windows on the rim of noise are half something else: what is left of it there is its own.
    return cv2.dilate(whole, window) > 0


def _mosaic(rgb: NDArray[np.uint8], smooth: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return where all edges are those of large square tiles.

    Args:
        rgb: the card.
        smooth: which of its pixels differ little from those around them.
    """
    grey = preprocess.grey(rgb).astype(np.float32)
    side = round(grey.shape[0] * _TILES_WINDOW) | 1
    across, down = (cv2.Scharr(grey, -1, *axis) / 32 for axis in ((1, 0), (0, 1)))
    strength = cv2.magnitude(across, down)
    strength[strength < _LEAST_EDGE] = 0
    # Four times the angle of an edge is the same for directions at right angles: cos 4a = 1 - 2 sin(2a)**2.
    squared = np.maximum(strength * strength, 1e-6)
    sine, cosine = 2 * across * down / squared, (across * across - down * down) / squared
    fourfold = (strength * (1 - 2 * sine * sine), strength * (2 * sine * cosine))
    edges = cv2.blur(strength, (side, side))
    crosswise = cv2.magnitude(*(cv2.blur(part, (side, side)) for part in fourfold))
    inside = cv2.blur(smooth.astype(np.float32), (side, side))
    found = (edges > _LEAST_EDGES) & (crosswise > _CROSSWISE * edges) & (inside > _INSIDE_TILES)
    window = np.ones((side // 2, side // 2), np.uint8)
    return cv2.morphologyEx(found.astype(np.uint8), cv2.MORPH_OPEN, window) > 0


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
    grey = preprocess.grey(rgb).astype(np.float32)
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
    grey = preprocess.grey(_evened(rgb)).astype(np.float32)
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
    grey = cv2.GaussianBlur(preprocess.grey(_evened(rgb)), (0, 0), 4)
    return float(np.std(_part(grey, area)))
