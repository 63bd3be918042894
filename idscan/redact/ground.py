"""The colour of a card's own ground, for painting fields over: what lies around the card, skin or table, has no part.

The ground is the most common colour among the visible pixels of the card that varies slowly from side to side. Print,
portrait, emblem and chip differ from it and weigh nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from idscan.core.geometry import quad_from_box
from idscan.vision.warp import homography

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from idscan.core.geometry import Quad

_SAMPLES = (120, 76)
"""Across and down a card."""

_INSET = 0.02
"""Of the card on each side: an outline may be off by some pixels, and cards have rounded corners."""

_FEWEST_SAMPLES = 40
"""About one sample in 200; less of a card says nothing of its colour."""

_MOST_SATURATED = 0.45
"""Of the strongest channel: how far the weakest lies below it. Grounds reach 0.35 in warm light, gold starts at 0.5."""

_BANDS = 24
"""Of brightness, among which the most common one is the ground's."""

_ROUNDS = 6
_LEAST_SPREAD, _OUTLIER = 0.012, 3.0
"""Of white: the spread of the ground's colour that noise alone gives; and how many spreads off a pixel is no ground."""

_PLAIN = 0.82
"""Of white, in all channels: where nothing of the card is left to see."""


@dataclass(frozen=True, eq=False, slots=True)
class Ground:
    """Colours that vary evenly from place to place.

    Attributes:
        slopes: float64 array of shape (3, colours): the level at 0, 0 and its change per pixel across and down.
        limits: float64 array of shape (2, colours): the darkest and the lightest level of the ground.
    """

    slopes: NDArray[np.float64]
    limits: NDArray[np.float64]

    def at(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return the colours at the places (x, y), shape (len(y), len(x), colours)."""
        across, down = np.meshgrid(x, y)
        levels = self.slopes[0] + across[..., None] * self.slopes[1] + down[..., None] * self.slopes[2]
        return np.asarray(np.clip(levels, *self.limits), np.float32)


def ground_of(pixels: NDArray[Any], mask: NDArray[np.bool_], quad: Quad, colours: int) -> Ground:
    """Return the ground of a card, from its pixels outside the mask only.

    Args:
        pixels: array of shape (height, width, channels).
        mask: array of shape (height, width), True where hidden.
        quad: the card's outline.
        colours: how many of the channels are colours.
    """
    white = float(np.iinfo(pixels.dtype).max)
    places, levels = _samples(pixels, mask, quad, colours)
    # Grounds are pale; emblem, chip and portrait are not, and may be all that is left to see.
    pale = levels.max(axis=1) - levels.min(axis=1) < _MOST_SATURATED * np.maximum(levels.max(axis=1), 1)
    places, levels = places[pale], levels[pale]
    if len(levels) < _FEWEST_SAMPLES:
        plain = np.full((1, colours), white * _PLAIN)
        return Ground(np.vstack([plain, np.zeros((2, colours))]), np.vstack([plain, plain]))
    middle, scale = places.mean(axis=0), max(1.0, float(np.ptp(places, axis=0).max()))
    terms = np.column_stack([np.ones(len(places)), (places - middle) / scale])
    spread = _LEAST_SPREAD * white
    is_ground = _most_common(levels.mean(axis=1), white)
    slopes = np.zeros((3, colours))
    for _ in range(_ROUNDS):
        if is_ground.sum() < _FEWEST_SAMPLES:
            break
        slopes = np.linalg.lstsq(terms[is_ground], levels[is_ground], rcond=None)[0]
        apart = np.abs(levels - terms @ slopes).max(axis=1)
        is_ground = apart < _OUTLIER * max(spread, float(np.median(apart[is_ground])))
    if not slopes.any():
        slopes[0] = np.median(levels, axis=0)
    seen = levels[is_ground] if is_ground.any() else levels
    limits = np.percentile(seen, (2, 98), axis=0)
    by_pixel = slopes / np.array([[1.0], [scale], [scale]])
    by_pixel[0] -= middle @ by_pixel[1:]
    return Ground(by_pixel, limits)


def _samples(
    pixels: NDArray[Any], mask: NDArray[np.bool_], quad: Quad, colours: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return places on a card that can be seen, shape (n, 2), and their colours, shape (n, colours)."""
    height, width = mask.shape
    to_pixels = homography(quad_from_box(0, 0, 1, 1), quad)
    across, down = (np.linspace(_INSET, 1 - _INSET, count) for count in _SAMPLES)
    grid = np.stack(np.meshgrid(across, down), axis=-1).reshape(1, -1, 2)
    places = np.floor(cv2.perspectiveTransform(grid, np.array(to_pixels).reshape(3, 3))[0])
    x, y = places.astype(np.int64).T
    is_inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    x, y, places = x[is_inside], y[is_inside], places[is_inside]
    is_seen = ~mask[y, x]
    if colours < pixels.shape[2]:
        is_seen &= pixels[y, x, colours] > 0
    return places[is_seen], pixels[y[is_seen], x[is_seen], :colours].astype(np.float64)


def _most_common(light: NDArray[np.float64], white: float) -> NDArray[np.bool_]:
    """Return which samples have about the most common brightness; of like ones the lighter, as print is darker."""
    counts, edges = np.histogram(light, bins=_BANDS, range=(0, white))
    smooth = np.convolve(counts, (1, 2, 1), mode="same") * np.linspace(0.8, 1.2, _BANDS)
    band = int(smooth.argmax())
    room = white / _BANDS
    return np.asarray((light >= edges[band] - room) & (light <= edges[band + 1] + room), np.bool_)
