"""Image preprocessing for decoders and readers: enlarge, sharpen, binarise, amplify faint contrast."""

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

_MAX_SIDE = 1600
_HUE_ROW = 16  # pixels between the rows that are looked at, and along them in a cell
_HUE_REACH = 2  # pixels: JPEG stores colour at half the resolution
_HUE_STEP, _LIGHT_STEP = 14, 8  # levels of colour difference and of brightness
_HUE_SHARE, _MOST_LIGHT_SHARE = 0.06, 0.06  # of steps between neighbours: modules of ten pixels give 0.1, of two 0.5
_FEWEST_HUE_CELLS = 3  # along the longer side
_HUE_CONTRAST = 55.0  # levels of brightness, standard deviation
_HUE_SAMPLES = 20_000
_LAPLACIAN_OF_NOISE = 3.0
"""Median of the Laplacian's size over the standard deviation of noise; views are rather smooth."""
_LEAST_NOISE = 3.0
_BARE_CONTRAST = 12.0  # levels of brightness: a bare pattern of lines measures 6, fingerprints 23, portraits 50 to 80


def grey(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return brightness, shape (height, width)."""
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)


def with_hues_apart(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the picture, made lighter and darker where something stands out by its hue alone; mostly the same array.

    Print and codes in two colours of equal lightness are plain grey to readers.

    Args:
        rgb: uint8 array of shape (height, width, 3).
    """
    boxes = _boxes_of_hues(rgb)
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
        if np.median(along) < 0:  # print covers less than its ground, and is expected to be darker
            along = -along
        lift = along * (_HUE_CONTRAST / max(float(along.std()), 1.0))
        changed[top:bottom, left:right] = np.clip(part + lift[..., None], 0, 255).astype(np.uint8)
    return changed


def _boxes_of_hues(rgb: NDArray[np.uint8]) -> list[tuple[int, int, int, int]]:
    """Return the boxes (left, top, right, bottom) where neighbours differ in hue and hardly ever in lightness."""
    height, width = rgb.shape[:2]
    if min(height, width) < _HUE_ROW * _FEWEST_HUE_CELLS:
        return []
    # A row in sixteen is enough to see it, at a hundredth of the cost of reading the picture.
    planes = cv2.split(cv2.cvtColor(np.ascontiguousarray(rgb[::_HUE_ROW]), cv2.COLOR_RGB2YCrCb))
    light, red, blue = (cv2.absdiff(plane[:, _HUE_REACH:], plane[:, :-_HUE_REACH]) for plane in planes)
    hues = cv2.max(red, blue)
    if not (hues > _HUE_STEP).any():
        return []
    by_hue = ((hues > _HUE_STEP) & (light < _LIGHT_STEP)).astype(np.float32)
    by_light = (light > _LIGHT_STEP).astype(np.float32)
    size = (max(1, width // _HUE_ROW), len(by_hue))
    hue_share, light_share = (
        cv2.blur(cv2.resize(steps, size, interpolation=cv2.INTER_AREA), (3, 3)) for steps in (by_hue, by_light)
    )
    mask = ((hue_share > _HUE_SHARE) & (light_share < _MOST_LIGHT_SHARE)).astype(np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    boxes = []
    for x, y, wide, high, _ in stats[1:count].tolist():
        if max(wide, high) < _FEWEST_HUE_CELLS:
            continue
        low_x, low_y, high_x, high_y = x - 2, y - 2, x + wide + 2, y + high + 2
        boxes.append(
            (
                max(0, low_x * _HUE_ROW),
                max(0, low_y * _HUE_ROW),
                min(width, high_x * _HUE_ROW),
                min(height, high_y * _HUE_ROW),
            )
        )
    return boxes


def symbol_ladder(image: NDArray[np.uint8]) -> Iterator[tuple[NDArray[np.uint8], float]]:
    """Yield ever stronger treatments of a grey picture of one symbol, each with its enlargement.

    Measured on made-up card payloads: enlarging three times and sharpening takes zxing-cpp from 42 % to 92 % at
    1.4 pixels per module.
    """
    for factor in (2.0, 3.0, 4.0):
        if max(image.shape) * factor > _MAX_SIDE:
            continue
        large = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
        yield sharpened(large.astype(np.uint8, copy=False), sigma=factor * 0.8), factor
    if max(image.shape) * 3 <= _MAX_SIDE:
        large = cv2.resize(image, None, fx=3, fy=3, interpolation=cv2.INTER_LANCZOS4)
        strong = sharpened(contrast_equalised(large.astype(np.uint8, copy=False)), sigma=2.4, amount=2.5)
        yield strong, 3.0
        _, binary = cv2.threshold(strong, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        yield binary.astype(np.uint8, copy=False), 3.0
    yield contrast_equalised(image), 1.0


def sharpened(image: NDArray[np.uint8], sigma: float, amount: float = 1.5) -> NDArray[np.uint8]:
    """Return an unsharp mask of the picture."""
    soft = cv2.GaussianBlur(image, (0, 0), sigma)
    return cv2.addWeighted(image, 1 + amount, soft, -amount, 0).astype(np.uint8, copy=False)


def contrast_equalised(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the picture with local contrast evened out."""
    return cv2.createCLAHE(clipLimit=3.0, tileGridSize=(4, 4)).apply(image).astype(np.uint8, copy=False)


def cleared(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a dim, noisy or hazy view without its noise and with even contrast, in grey; a third of a second."""
    dim = grey(rgb)
    noise = float(np.median(np.abs(cv2.Laplacian(dim, cv2.CV_32F)))) / _LAPLACIAN_OF_NOISE
    calm = cv2.fastNlMeansDenoising(dim, None, max(_LEAST_NOISE, noise), templateWindowSize=5, searchWindowSize=13)
    low, high = float(calm.min()), float(calm.max())
    spread = cv2.convertScaleAbs(calm.astype(np.float32) - low, alpha=255 / max(high - low, 1.0))
    even = cv2.createCLAHE(clipLimit=4.0, tileGridSize=(6, 6)).apply(spread)
    return cv2.cvtColor(even, cv2.COLOR_GRAY2RGB).astype(np.uint8, copy=False)


def is_drawn_on(rgb: NDArray[np.uint8]) -> bool:
    """Return whether a place shows a picture (a portrait, a fingerprint) and not a card's pale pattern alone."""
    return bool(np.std(grey(rgb)) > _BARE_CONTRAST)


_WINDOW = 31
"""Pixels of a side of what is judged at once: about a line of print and some ground."""

_EQUAL = 0.45
"""Share of pixels that are the same as their neighbours: surfaces of a photo have noise, painted ones have none."""

_STILL = 0.98
"""The same for a channel that a cover has painted over: what it left of another one has its noise."""

_STEPS = 0.02
"""Share of pixels at which a painted surface changes; print changes at a tenth of them."""

MOST_LEVELS = 48
"""Levels that a cover spans at most; what spans more can be seen and was read."""

_RIM = 7
"""Pixels of a side of what is left out around the edge of a cover."""

_OUTLIERS = 3
"""Per cent of a cover's pixels on either side that do not count for its range."""

_LEAST_WIDE, _LEAST_HIGH = 40, 10
"""Pixels of the smallest number that can be read."""


@dataclass(frozen=True, eq=False, slots=True)
class Amplified:
    """The covers of an image, their contrast stretched to the full range.

    Attributes:
        pixels: uint8 array of shape (height, width, 3); white outside the covers: a label that can be seen would make
            one line with the value that cannot.
        places: the covers that were stretched.
    """

    pixels: NDArray[np.uint8]
    places: tuple[Quad, ...]


def amplified(rgb: NDArray[np.uint8]) -> Amplified | None:
    """Return the painted surfaces of an image with their faint contrast stretched, None where there is none.

    Args:
        rgb: uint8 array of shape (height, width, 3).
    """
    changed: NDArray[np.uint8] | None = None
    places: list[Quad] = []
    channels = [np.ascontiguousarray(rgb[..., index]) for index in range(3)]
    still = [_share_of_equals(channel) > _STILL for channel in channels]
    for index, channel in enumerate(channels):
        painted = np.logical_or.reduce([*still[:index], *still[index + 1 :]])
        mask = _faintly_drawn(channel, painted)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
        for label, (x, y, wide, high, _) in enumerate(stats[1:count].tolist(), start=1):
            if wide < _LEAST_WIDE or high < _LEAST_HIGH:
                continue
            part = (slice(y, y + high), slice(x, x + wide))
            inside = labels[part] == label
            # Only what is painted counts: what lies beside the cover has noise.
            values = channel[part][inside & ((_steps(channel[part]) == 0) | painted[part])]
            if not values.size:
                continue
            low, top = (int(np.percentile(values, percent)) for percent in (_OUTLIERS, 100 - _OUTLIERS))
            if top == low:
                low, top = int(values.min()), int(values.max())
            stretched = np.clip((channel[part].astype(np.float32) - low) * (255 / max(top - low, 1)), 0, 255)
            changed = np.full_like(rgb, 255) if changed is None else changed
            changed[part][inside] = stretched[inside].astype(np.uint8)[:, None]
            places.append(quad_from_box(x, y, x + wide, y + high))
    return None if changed is None else Amplified(changed, tuple(places))


def _share_of_equals(channel: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the share of pixels around each that are the same as their neighbours."""
    is_equal = (_steps(channel) == 0).astype(np.float32)
    return np.asarray(cv2.boxFilter(is_equal, -1, (_LEAST_HIGH, _LEAST_HIGH)), np.float32)


def _faintly_drawn(channel: NDArray[np.uint8], is_painted: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return where a painted surface of a channel shows some steps, none of them large.

    Args:
        channel: uint8 array of shape (height, width).
        is_painted: bool array of the same shape, True where another channel is all of one level.
    """
    step = _steps(channel)
    window = np.ones((_LEAST_HIGH, _LEAST_HIGH), np.uint8)
    spread = cv2.subtract(cv2.dilate(channel, window), cv2.erode(channel, window))
    # The rim of a cover changes by many levels, and JPEG spreads that inwards.
    inner = cv2.erode((spread <= MOST_LEVELS).astype(np.uint8), np.ones((_RIM, _RIM), np.uint8)).astype(np.float32)
    size = (_WINDOW, _WINDOW)
    share = np.maximum(cv2.boxFilter(inner, -1, size), 1e-6)
    equal = cv2.boxFilter(inner * (step == 0), -1, size) / share
    steps = cv2.boxFilter(inner * (step > 0), -1, size) / share
    faint = ((inner > 0) & ((equal > _EQUAL) | is_painted) & (steps > _STEPS)).astype(np.uint8)
    faint = cv2.morphologyEx(faint, cv2.MORPH_CLOSE, np.ones((_WINDOW // 2, _WINDOW // 2), np.uint8))
    faint = cv2.morphologyEx(faint, cv2.MORPH_OPEN, window)
    return cv2.dilate(faint, np.ones((_RIM, _RIM), np.uint8)).astype(np.uint8, copy=False)


def _steps(channel: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return by how many levels each pixel differs from those to its right and below it."""
    right, below = np.zeros_like(channel), np.zeros_like(channel)
    right[:, :-1] = cv2.absdiff(channel[:, 1:], channel[:, :-1])
    below[:-1] = cv2.absdiff(channel[1:], channel[:-1])
    return cv2.max(right, below).astype(np.uint8, copy=False)
