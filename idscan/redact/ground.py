"""The colour of a card's own ground, for painting fields over: what lies around the card, skin or table, has no part.

The ground is the most common colour among the visible pixels of the card that varies slowly from side to side. Print,
portrait, emblem and chip differ from it and weigh nothing. Below covers it goes on as it is beside them.
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

_CARD = quad_from_box(
    *(-_INSET / (1 - 2 * _INSET) * (count - 1) for count in _SAMPLES),
    *((1 - _INSET) / (1 - 2 * _INSET) * (count - 1) for count in _SAMPLES),
)
"""A card's outline in columns and rows of samples."""

_FEWEST_SAMPLES = 40
"""About one sample in 200; less of a card says nothing of its colour."""

_MOST_SATURATED = 0.45
"""Of the strongest channel: how far the weakest lies below it. Grounds reach 0.35 in warm light, gold starts at 0.5."""

_BANDS = 24
"""Of brightness, among which the most common one is the ground's."""

_ROUNDS = 6
_LEAST_SPREAD, _OUTLIER = 0.012, 3.0
"""Of white: the spread of the ground's colour that noise alone gives; and how many spreads off a pixel is no ground."""

_SHADES = 0.1
"""Of white: grounds that change from hue to hue and back differ that much from an even change."""

_SOFTNESS = 3.0
"""Samples over which the ground is smoothed."""

_PLAIN = 0.82
"""Of white, in all channels: where nothing of the card is left to see."""


@dataclass(frozen=True, eq=False, slots=True)
class Ground:
    """Colours all over a card.

    Attributes:
        samples: float32 array of shape (rows, columns, colours), from the card's first corner on; read-only.
        to_samples: float64 array of shape (3, 3), from pixels to columns and rows.
    """

    samples: NDArray[np.float32]
    to_samples: NDArray[np.float64]

    def at(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return the colours at the places (x, y), shape (len(y), len(x), colours)."""
        places = np.stack(np.meshgrid(x, y), axis=-1)
        columns, rows = np.moveaxis(cv2.perspectiveTransform(places, self.to_samples).astype(np.float32), -1, 0)
        colours = cv2.remap(self.samples, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(colours, np.float32).reshape(len(y), len(x), -1)


def ground_of(pixels: NDArray[Any], mask: NDArray[np.bool_], quad: Quad, colours: int) -> Ground:
    """Return the ground of a card, from its pixels outside the mask only.

    Args:
        pixels: array of shape (height, width, channels).
        mask: array of shape (height, width), True where hidden.
        quad: the card's outline.
        colours: how many of the channels are colours.
    """
    white = int(np.iinfo(pixels.dtype).max)
    levels, is_seen = _samples(pixels, mask, quad, colours)
    is_ground = is_seen.copy()
    is_ground[is_seen] = _is_ground(np.argwhere(is_seen), levels[is_seen].astype(np.float64), white)
    if is_ground.sum() < _FEWEST_SAMPLES:
        samples = np.full_like(levels, white * _PLAIN)
    else:
        weighted = np.dstack([np.where(is_ground[..., None], levels, 0), is_ground]).astype(np.float32)
        soft = cv2.GaussianBlur(weighted, (0, 0), _SOFTNESS, borderType=cv2.BORDER_REPLICATE)
        samples = filled_in(np.asarray(soft, np.float32), white)
    samples.setflags(write=False)
    return Ground(samples, np.array(homography(quad, _CARD)).reshape(3, 3))


def filled_in(sums: NDArray[np.float32], white: int) -> NDArray[np.float32]:
    """Return colours for all cells: what a cell lacks in weight comes from ever larger surroundings.

    Args:
        sums: array of shape (rows, columns, colours + 1): colours times their weight and, last, the weight.
        white: half of it is used where nothing weighs anything.

    Returns:
        Array of shape (rows, columns, colours).
    """
    levels = [sums]
    while max(levels[-1].shape[:2]) > 1:
        levels.append(np.asarray(cv2.pyrDown(levels[-1]), dtype=np.float32))
    coarsest = levels.pop()
    weight = coarsest[..., -1:]
    # A byte of 128 and two bytes of it: the middle in both depths.
    middle = np.float32(white * 128 / 255)
    colours = np.where(weight > 0, coarsest[..., :-1] / np.maximum(weight, np.finfo(np.float32).tiny), middle)
    for level in reversed(levels):
        rows, columns = level.shape[:2]
        wider = cv2.pyrUp(colours, dstsize=(columns, rows)).reshape(rows, columns, -1)
        colours = level[..., :-1] + (1 - level[..., -1:]) * wider
    return np.asarray(colours, dtype=np.float32)


def _is_ground(places: NDArray[np.int64], levels: NDArray[np.float64], white: float) -> NDArray[np.bool_]:
    """Return which of the samples at some rows and columns show the ground, a bool array of shape (n,)."""
    # Grounds are pale; emblem, chip and portrait are not, and may be all that is left to see.
    pale = levels.max(axis=1) - levels.min(axis=1) < _MOST_SATURATED * np.maximum(levels.max(axis=1), 1)
    is_ground = np.array(pale, np.bool_)
    if pale.sum() < _FEWEST_SAMPLES:
        return is_ground
    terms = np.column_stack([np.ones(len(places)), places / max(_SAMPLES)])
    is_ground[pale] = _most_common(levels[pale].mean(axis=1), white)
    for _ in range(_ROUNDS):
        if is_ground.sum() < _FEWEST_SAMPLES:
            break
        slopes = np.linalg.lstsq(terms[is_ground], levels[is_ground], rcond=None)[0]
        apart = np.abs(levels - terms @ slopes).max(axis=1)
        spread = max(_LEAST_SPREAD * white, float(np.median(apart[is_ground])))
        is_ground = pale & (apart < max(_OUTLIER * spread, _SHADES * white))
    return is_ground


def _samples(
    pixels: NDArray[Any], mask: NDArray[np.bool_], quad: Quad, colours: int
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the colours of a card, of shape (rows, columns, colours), and where it can be seen, (rows, columns)."""
    height, width = mask.shape
    columns, rows = np.meshgrid(*(np.arange(count, dtype=np.float64) for count in _SAMPLES))
    to_pixels = np.array(homography(_CARD, quad)).reshape(3, 3)
    places = np.floor(cv2.perspectiveTransform(np.stack([columns, rows], axis=-1), to_pixels))
    x, y = np.moveaxis(places.astype(np.int64), -1, 0)
    is_seen = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    x, y = np.where(is_seen, x, 0), np.where(is_seen, y, 0)
    is_seen &= ~mask[y, x]
    if colours < pixels.shape[2]:
        is_seen &= pixels[y, x, colours] > 0
    return np.where(is_seen[..., None], pixels[y, x, :colours], 0).astype(np.float32), is_seen


def _most_common(light: NDArray[np.float64], white: float) -> NDArray[np.bool_]:
    """Return which samples have about the most common brightness; of like ones the lighter, as print is darker."""
    counts, edges = np.histogram(light, bins=_BANDS, range=(0, white))
    smooth = np.convolve(counts, (1, 2, 1), mode="same") * np.linspace(0.8, 1.2, _BANDS)
    band = int(smooth.argmax())
    room = white / _BANDS
    return np.asarray((light >= edges[band] - room) & (light <= edges[band + 1] + room), np.bool_)
