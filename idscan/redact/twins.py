"""Pictures that look like an exposed one though nothing was found in them: copies, smaller or compressed once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idscan.vision.look import LOOK_BITS, look_distance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idscan.core.results import ImageResult

_MOST_DIFFERENT = LOOK_BITS // 16
"""Bits. Copies of 60 made-up pictures at half and a quarter of the size, or compressed at quality 30, differ in up to
13 of 256 bits; different pictures differ in 44 and more."""

_LEAST_PATTERN = LOOK_BITS // 8
"""Bits that must be set, and unset: a nearly empty picture looks like every other one."""

_SHAPE = 0.03
"""How far width to height may differ."""


def find_twin(image: ImageResult, exposed: Sequence[ImageResult]) -> ImageResult | None:
    """Return the exposed picture that looks most like this one; None if none does, or this one is exposed itself."""
    if image.shows_exposed or image.look is None:
        return None
    if not _LEAST_PATTERN < image.look.bit_count() < LOOK_BITS - _LEAST_PATTERN:
        return None
    best: tuple[int, ImageResult] | None = None
    for other in exposed:
        if other.look is None or not _have_one_shape(image, other):
            continue
        distance = look_distance(image.look, other.look)
        if distance <= _MOST_DIFFERENT and (best is None or distance < best[0]):
            best = (distance, other)
    return best[1] if best else None


def _have_one_shape(first: ImageResult, second: ImageResult) -> bool:
    one, other = first.info, second.info
    if not (one.width and one.height and other.width and other.height):
        return False
    return abs(one.width * other.height / (one.height * other.width) - 1) < _SHAPE
