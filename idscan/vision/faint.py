"""Bring out what a cover of nearly one colour still shows: ink that differs by a few levels, in any channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from idscan.core.geometry import quad_from_box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from idscan.core.geometry import Quad

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
