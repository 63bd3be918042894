"""Preprocess images for decoders and readers: enlarge, sharpen, binarise, stretch faint contrast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from idscan.core.geometry import quad_from_box

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from idscan.core.geometry import Quad

_MAX_SIDE = 1600  # pixels: larger enlargements cost time and show decoders nothing more
_ENLARGEMENTS = (2.0, 3.0, 4.0)  # sharpened by a Gaussian of `_SHARPENING` pixels of the original
_SHARPENING = 0.8
"""Pixels of the original. Lower: nothing is sharpened; higher: strokes get halos."""
_HUE_CELL = 16  # pixels between the sampled rows, and along them in a cell: more misses small codes, fewer cost time
_HUE_DISTANCE = 2  # pixels between compared ones, as JPEG stores colour at half the resolution
_HUE_STEP, _LIGHT_STEP = 14, 8  # levels of chroma and of luma that count as a step: fewer are noise
_MIN_HUE_SHARE, _MAX_LIGHT_SHARE = 0.06, 0.06  # of neighbours: modules of ten pixels give 0.1 of hue, of two 0.5
_FEWEST_HUE_CELLS = 3  # along the longer side: less is a speck
_HUE_MARGIN = 2  # cells around a region
_HUE_CONTRAST = 55.0  # standard deviation in levels to which hue is stretched
_HUE_SAMPLES = 20_000  # pixels from which the axis of colours is estimated
_LAPLACIAN_OF_NOISE = 3.0  # median absolute Laplacian by the standard deviation of noise, on smooth images
_MIN_NOISE = 3.0  # levels: strength of the denoising at least
_BARE_CONTRAST = 12.0  # standard deviation in levels: guilloche lines measure 6, fingerprints 23, portraits 50 to 80


def grey(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return brightness, shape (height, width)."""
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)


def with_hue_contrast(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the image with contrast in hue turned into contrast in lightness; the same array where there is none.

    Print and codes in two colours of equal lightness are uniform grey to readers.
    """
    boxes = _hue_boxes(rgb)
    if not boxes:
        return rgb
    changed = rgb.copy()
    for left, top, right, bottom in boxes:
        part = rgb[top:bottom, left:right].astype(np.float32)
        chroma = part - part @ np.array([0.299, 0.587, 0.114], np.float32)[:, None].repeat(3, axis=1)
        flat = chroma.reshape(-1, 3)
        _, axes = np.linalg.eigh(np.cov(flat[:: max(1, len(flat) // _HUE_SAMPLES)].T))
        along = chroma @ axes[:, -1].astype(np.float32)
        along -= along.mean()
        if np.median(along) < 0:  # print covers less area than its background, and must be darker
            along = -along
        lift = along * (_HUE_CONTRAST / max(float(along.std()), 1.0))
        changed[top:bottom, left:right] = np.clip(part + lift[..., None], 0, 255).astype(np.uint8)
    return changed


def _hue_boxes(rgb: NDArray[np.uint8]) -> list[tuple[int, int, int, int]]:
    """Return the boxes (left, top, right, bottom) where neighbours differ in hue and rarely in lightness."""
    height, width = rgb.shape[:2]
    if min(height, width) < _HUE_CELL * _FEWEST_HUE_CELLS:
        return []
    # One row in sixteen is enough, at a hundredth of the cost of reading the image.
    planes = cv2.split(cv2.cvtColor(np.ascontiguousarray(rgb[::_HUE_CELL]), cv2.COLOR_RGB2YCrCb))
    light, red, blue = (cv2.absdiff(plane[:, _HUE_DISTANCE:], plane[:, :-_HUE_DISTANCE]) for plane in planes)
    hues = cv2.max(red, blue)
    if not (hues > _HUE_STEP).any():
        return []
    by_hue = ((hues > _HUE_STEP) & (light < _LIGHT_STEP)).astype(np.float32)
    by_light = (light > _LIGHT_STEP).astype(np.float32)
    size = (max(1, width // _HUE_CELL), len(by_hue))
    hue_share, light_share = (
        cv2.blur(cv2.resize(steps, size, interpolation=cv2.INTER_AREA), (3, 3)) for steps in (by_hue, by_light)
    )
    mask = ((hue_share > _MIN_HUE_SHARE) & (light_share < _MAX_LIGHT_SHARE)).astype(np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    boxes = []
    for x, y, wide, high, _ in stats[1:count].tolist():
        if max(wide, high) < _FEWEST_HUE_CELLS:
            continue
        left, top = (max(0, (start - _HUE_MARGIN) * _HUE_CELL) for start in (x, y))
        right, bottom = (stop + _HUE_MARGIN for stop in (x + wide, y + high))
        boxes.append((left, top, min(width, right * _HUE_CELL), min(height, bottom * _HUE_CELL)))
    return boxes


def symbol_variants(image: NDArray[np.uint8]) -> Iterator[tuple[NDArray[np.uint8], float]]:
    """Yield variants of a grey image of one symbol for decoders, cheap ones first, each with its enlargement.

    Measured on made-up card payloads: enlarging three times and sharpening takes zxing-cpp from 42 % to 92 % at
    1.4 pixels per module.
    """
    for factor in _ENLARGEMENTS:
        if max(image.shape) * factor > _MAX_SIDE:
            continue
        large = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
        yield sharpened(large.astype(np.uint8, copy=False), sigma=factor * _SHARPENING), factor
    if max(image.shape) * 3 <= _MAX_SIDE:
        large = cv2.resize(image, None, fx=3, fy=3, interpolation=cv2.INTER_LANCZOS4)
        strong = sharpened(contrast_equalised(large.astype(np.uint8, copy=False)), sigma=2.4, amount=2.5)
        yield strong, 3.0
        _, binary = cv2.threshold(strong, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        yield binary.astype(np.uint8, copy=False), 3.0
    yield contrast_equalised(image), 1.0


def sharpened(image: NDArray[np.uint8], sigma: float, amount: float = 1.5) -> NDArray[np.uint8]:
    """Return the image sharpened by unsharp masking."""
    soft = cv2.GaussianBlur(image, (0, 0), sigma)
    return cv2.addWeighted(image, 1 + amount, soft, -amount, 0).astype(np.uint8, copy=False)


def contrast_equalised(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the image with equalised local contrast (CLAHE)."""
    return cv2.createCLAHE(clipLimit=3.0, tileGridSize=(4, 4)).apply(image).astype(np.uint8, copy=False)


def denoised(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a dim, noisy or hazy view denoised and with equalised contrast, in grey; takes a third of a second."""
    dim = grey(rgb)
    noise = float(np.median(np.abs(cv2.Laplacian(dim, cv2.CV_32F)))) / _LAPLACIAN_OF_NOISE
    calm = cv2.fastNlMeansDenoising(dim, None, max(_MIN_NOISE, noise), templateWindowSize=5, searchWindowSize=13)
    low, high = float(calm.min()), float(calm.max())
    spread = cv2.convertScaleAbs(calm.astype(np.float32) - low, alpha=255 / max(high - low, 1.0))
    even = cv2.createCLAHE(clipLimit=4.0, tileGridSize=(6, 6)).apply(spread)
    return cv2.cvtColor(even, cv2.COLOR_GRAY2RGB).astype(np.uint8, copy=False)


def has_image_contrast(rgb: NDArray[np.uint8]) -> bool:
    """Return whether a place shows a portrait or a fingerprint, not the card's background pattern alone."""
    return bool(np.std(grey(rgb)) > _BARE_CONTRAST)


_WINDOW = 31  # pixels along a side over which shares are averaged: about a line of print and some background
_MIN_EQUAL = 0.45  # share of pixels equal to their neighbours: photographed surfaces have noise, painted ones none
_MIN_EQUAL_CHANNEL = 0.98  # the same for another channel that is painted over entirely
_MIN_STEPS = 0.02  # share of pixels that differ from a neighbour: print has a tenth, a uniform cover none
MAX_FAINT_LEVELS = 48  # range of a cover in levels: print on one with more is visible and was read
_EDGE = 7  # pixels along a side of the window that removes the edges of covers: fewer leave blur of JPEG
FAINT_OUTLIERS = 3  # per cent of pixels at either end that do not count for the range: specks, pixels beside the cover
_MIN_WIDTH, _MIN_HEIGHT = 40, 10  # pixels of the smallest number that can be read


@dataclass(frozen=True, eq=False, slots=True)
class StretchedCovers:
    """The covers of an image with their contrast stretched to the full range.

    Attributes:
        pixels: uint8 array of shape (height, width, 3); white outside the covers, as a visible label would be joined
            to one line with the hidden value.
        places: the covers that were stretched.
    """

    pixels: NDArray[np.uint8]
    places: tuple[Quad, ...]


def stretch_faint_covers(rgb: NDArray[np.uint8]) -> StretchedCovers | None:
    """Return the covers of an image with their faint contrast stretched, None where there is none."""
    changed: NDArray[np.uint8] | None = None
    places: list[Quad] = []
    channels = [np.ascontiguousarray(rgb[..., index]) for index in range(3)]
    is_uniform = [_share_of_equals(channel) > _MIN_EQUAL_CHANNEL for channel in channels]
    for index, channel in enumerate(channels):
        painted = np.logical_or.reduce([*is_uniform[:index], *is_uniform[index + 1 :]])
        mask = _faintly_drawn(channel, painted)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
        for label, (x, y, wide, high, _) in enumerate(stats[1:count].tolist(), start=1):
            if wide < _MIN_WIDTH or high < _MIN_HEIGHT:
                continue
            part = (slice(y, y + high), slice(x, x + wide))
            inside = labels[part] == label
            # Pixels with noise lie beside the cover and do not count.
            values = channel[part][inside & ((_steps(channel[part]) == 0) | painted[part])]
            if not values.size:
                continue
            low, top = (int(np.percentile(values, percent)) for percent in (FAINT_OUTLIERS, 100 - FAINT_OUTLIERS))
            if top == low:
                low, top = int(values.min()), int(values.max())
            stretched = np.clip((channel[part].astype(np.float32) - low) * (255 / max(top - low, 1)), 0, 255)
            changed = np.full_like(rgb, 255) if changed is None else changed
            changed[part][inside] = stretched[inside].astype(np.uint8)[:, None]
            places.append(quad_from_box(x, y, x + wide, y + high))
    return None if changed is None else StretchedCovers(changed, tuple(places))


def _share_of_equals(channel: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return around each pixel the share of pixels that equal their neighbours."""
    is_equal = (_steps(channel) == 0).astype(np.float32)
    return np.asarray(cv2.boxFilter(is_equal, -1, (_MIN_HEIGHT, _MIN_HEIGHT)), np.float32)


def _faintly_drawn(channel: NDArray[np.uint8], is_painted: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return a mask of painted surfaces of a channel that have some small steps and no large ones.

    Args:
        channel: uint8 array of shape (height, width).
        is_painted: bool array of the same shape, True where another channel is uniform.
    """
    step = _steps(channel)
    window = np.ones((_MIN_HEIGHT, _MIN_HEIGHT), np.uint8)
    spread = cv2.subtract(cv2.dilate(channel, window), cv2.erode(channel, window))
    # The edge of a cover spans many levels, and JPEG spreads it inwards.
    inner = cv2.erode((spread <= MAX_FAINT_LEVELS).astype(np.uint8), np.ones((_EDGE, _EDGE), np.uint8)).astype(
        np.float32
    )
    size = (_WINDOW, _WINDOW)
    share = np.maximum(cv2.boxFilter(inner, -1, size), 1e-6)
    equal = cv2.boxFilter(inner * (step == 0), -1, size) / share
    steps = cv2.boxFilter(inner * (step > 0), -1, size) / share
    faint = ((inner > 0) & ((equal > _MIN_EQUAL) | is_painted) & (steps > _MIN_STEPS)).astype(np.uint8)
    faint = cv2.morphologyEx(faint, cv2.MORPH_CLOSE, np.ones((_WINDOW // 2, _WINDOW // 2), np.uint8))
    faint = cv2.morphologyEx(faint, cv2.MORPH_OPEN, window)
    return cv2.dilate(faint, np.ones((_EDGE, _EDGE), np.uint8)).astype(np.uint8, copy=False)


def _steps(channel: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the larger absolute difference of each pixel to its right and its lower neighbour."""
    right, below = np.zeros_like(channel), np.zeros_like(channel)
    right[:, :-1] = cv2.absdiff(channel[:, 1:], channel[:, :-1])
    below[:-1] = cv2.absdiff(channel[1:], channel[:-1])
    return cv2.max(right, below).astype(np.uint8, copy=False)
