"""Perceptual hash of an image, to find copies after resizing and recompression."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from idscan.vision import preprocess

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BLOCK = 8
"""Pixels of the smaller of two images, across and down, that are compared at a time."""

_PATTERN, _FLATTENED = 18.0, 0.35
"""Levels by which a block of a thumbnail must vary, and the share of it below which the image has lost it."""

_LOST_BLOCKS = 3
_SHAPE = 0.03
"""How far width to height may differ."""

_SAMPLES = 4
"""Pixels of the larger image across and down that are averaged for one of the smaller."""

_SOFTENED = 3
"""Pixels over which both are averaged before they are compared, as they were made smaller in different ways."""

_ALIKE, _LEVELS = 0.5, 40.0
"""Least correlation of a block that varies, and most levels by which the means of a block differ, in a copy."""

_SIDE = 16
LOOK_BITS = _SIDE * _SIDE
"""Bits of a look."""

_LEAST_STEP = 2
"""Levels of brightness by which neighbours must differ to count as brighter: below, noise decides."""


def perceptual_hash(rgb: NDArray[np.uint8]) -> int:
    """Return the difference hash of a picture: for 16 x 16 places whether it gets brighter to the right.

    Args:
        rgb: uint8 array of shape (height, width, 3).
    """
    small = cv2.resize(preprocess.grey(rgb), (_SIDE + 1, _SIDE), interpolation=cv2.INTER_AREA).astype(np.int16)
    bits = np.packbits(small[:, 1:] - small[:, :-1] >= _LEAST_STEP)
    return int.from_bytes(bits.tobytes(), "big")


def hash_distance(first: int, second: int) -> int:
    """Return in how many of `LOOK_BITS` two looks differ."""
    return (first ^ second).bit_count()


def shows_more(thumbnail: NDArray[np.uint8], image: NDArray[np.uint8]) -> bool:
    """Return whether a thumbnail has patterns where the image is smooth, as it was made before something was hidden.

    Args:
        thumbnail: uint8 array of shape (height, width, 3).
        image: likewise, larger; another shape of frame is not compared.
    """
    pair = _in_blocks(thumbnail, image)
    if pair is None:
        return False
    before, now = (blocks.std(axis=(1, 3)) for blocks in pair)
    lost = (before > _PATTERN) & (now < _FLATTENED * before)
    return int(np.count_nonzero(lost)) >= _LOST_BLOCKS


def is_copy(smaller: NDArray[np.uint8], image: NDArray[np.uint8]) -> bool:
    """Return whether an image shows nothing but another one, at the same size or smaller.

    Every block is compared, so that a thumbnail of the image before something was hidden in it is no copy.

    Args:
        smaller: uint8 array of shape (height, width, 3).
        image: likewise.
    """
    if smaller.shape[0] > image.shape[0] or smaller.shape[1] > image.shape[1]:
        return False
    pair = _in_blocks(smaller, image, softened=_SOFTENED)
    if pair is None:
        return False
    (one, other), axes = pair, (1, 3)
    means = one.mean(axis=axes), other.mean(axis=axes)
    deviations = one.std(axis=axes), other.std(axis=axes)
    common = (one * other).mean(axis=axes) - means[0] * means[1]
    varies = np.maximum(*deviations) > _PATTERN
    differs = varies & (common < _ALIKE * np.maximum(deviations[0] * deviations[1], 1.0))
    differs |= np.abs(means[0] - means[1]) > _LEVELS
    return int(np.count_nonzero(differs)) < _LOST_BLOCKS


def _in_blocks(
    smaller: NDArray[np.uint8], image: NDArray[np.uint8], *, softened: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return the brightness of two images at the smaller one's size in blocks; None where their shapes differ."""
    height, width = smaller.shape[:2]
    if abs(width * image.shape[0] / (height * image.shape[1]) - 1) > _SHAPE or min(height, width) < _BLOCK:
        return None
    step = max(1, image.shape[1] // (_SAMPLES * width))
    reduced = cv2.resize(image[::step, ::step], (width, height), interpolation=cv2.INTER_AREA).astype(
        np.uint8, copy=False
    )
    rows, columns = height // _BLOCK, width // _BLOCK
    blocks = []
    for rgb in (smaller, reduced):
        grey = preprocess.grey(rgb)
        soft = cv2.blur(grey, (softened, softened)) if softened else grey
        kept = soft[: rows * _BLOCK, : columns * _BLOCK].astype(np.float64)
        blocks.append(kept.reshape(rows, _BLOCK, columns, _BLOCK))
    return blocks[0], blocks[1]
