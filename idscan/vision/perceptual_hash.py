"""Perceptual hash (dHash) of an image, and block-wise comparison of an image and its thumbnail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from idscan.vision import preprocess

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SIDE = 16
"""Pixels. Lower: different images have one hash; higher: small changes alter it."""
HASH_BITS = _SIDE * _SIDE
MAX_ASPECT_DIFFERENCE = 0.03
"""Share by which the aspect ratios of copies differ: rounding of sizes needs some, crops exceed it."""
_MIN_STEP = 2
"""Levels by which a neighbour must be brighter: below, noise decides."""
_BLOCK = 8
"""Pixels along a side of the compared blocks, in the smaller image: more hides small differences, fewer shows noise."""
_MIN_DEVIATION, _FLATTENED = 18.0, 0.35
"""Standard deviation in levels of a block with a pattern, and the share of it below which the pattern is lost."""
_LOST_BLOCKS = 3
"""Blocks that must differ: fewer may be artefacts of resizing, more miss a short line."""
_SAMPLES = 4
"""Pixels of the larger image across and down that are averaged for one of the smaller: fewer alias, more cost time."""
_BLUR = 3
"""Pixels of the blur before images are compared for equality, as resizing filters differ."""
_MIN_CORRELATION, _MAX_MEAN_DIFFERENCE = 0.5, 40.0
"""Of a block in a copy: correlation where it has a pattern, and difference of the means in levels."""


def perceptual_hash(rgb: NDArray[np.uint8]) -> int:
    """Return the difference hash of an image: 16 x 16 bits, set where brightness increases to the right."""
    small = cv2.resize(preprocess.grey(rgb), (_SIDE + 1, _SIDE), interpolation=cv2.INTER_AREA).astype(np.int16)
    bits = np.packbits(small[:, 1:] - small[:, :-1] >= _MIN_STEP)
    return int.from_bytes(bits.tobytes(), "big")


def hash_distance(first: int, second: int) -> int:
    """Return how many of the `HASH_BITS` bits differ."""
    return (first ^ second).bit_count()


def shows_lost_detail(thumbnail: NDArray[np.uint8], image: NDArray[np.uint8]) -> bool:
    """Return whether a thumbnail has patterns where the image is smooth, so was made before something was hidden.

    Args:
        thumbnail: uint8 array of shape (height, width, 3).
        image: likewise, larger; images of different aspect ratio are not compared.
    """
    pair = _in_blocks(thumbnail, image)
    if pair is None:
        return False
    before, now = (blocks.std(axis=(1, 3)) for blocks in pair)
    lost = (before > _MIN_DEVIATION) & (now < _FLATTENED * before)
    return int(np.count_nonzero(lost)) >= _LOST_BLOCKS


def is_copy(smaller: NDArray[np.uint8], image: NDArray[np.uint8]) -> bool:
    """Return whether an image is a copy of another one, at the same size or smaller.

    Every block is compared: a thumbnail from before something was hidden is no copy.

    Args:
        smaller: uint8 array of shape (height, width, 3).
        image: likewise.
    """
    if smaller.shape[0] > image.shape[0] or smaller.shape[1] > image.shape[1]:
        return False
    pair = _in_blocks(smaller, image, blur=_BLUR)
    if pair is None:
        return False
    (one, other), axes = pair, (1, 3)
    means = one.mean(axis=axes), other.mean(axis=axes)
    deviations = one.std(axis=axes), other.std(axis=axes)
    common = (one * other).mean(axis=axes) - means[0] * means[1]
    varies = np.maximum(*deviations) > _MIN_DEVIATION
    differs = varies & (common < _MIN_CORRELATION * np.maximum(deviations[0] * deviations[1], 1.0))
    differs |= np.abs(means[0] - means[1]) > _MAX_MEAN_DIFFERENCE
    return int(np.count_nonzero(differs)) < _LOST_BLOCKS


def _in_blocks(
    smaller: NDArray[np.uint8], image: NDArray[np.uint8], *, blur: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return the brightness of two images in blocks, at the smaller one's size; None if aspect ratios differ."""
    height, width = smaller.shape[:2]
    if (
        abs(width * image.shape[0] / (height * image.shape[1]) - 1) > MAX_ASPECT_DIFFERENCE
        or min(height, width) < _BLOCK
    ):
        return None
    step = max(1, image.shape[1] // (_SAMPLES * width))
    reduced = cv2.resize(image[::step, ::step], (width, height), interpolation=cv2.INTER_AREA)
    rows, columns = height // _BLOCK, width // _BLOCK
    blocks = []
    for rgb in (smaller, reduced.astype(np.uint8, copy=False)):
        grey = preprocess.grey(rgb)
        soft = cv2.blur(grey, (blur, blur)) if blur else grey
        kept = soft[: rows * _BLOCK, : columns * _BLOCK].astype(np.float64)
        blocks.append(kept.reshape(rows, _BLOCK, columns, _BLOCK))
    return blocks[0], blocks[1]
