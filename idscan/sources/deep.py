"""Colours of more than 8 bits, which Pillow reduces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

DEEP_FORMATS = frozenset({"PNG", "TIFF", "PPM"})
"""Formats of which OpenCV keeps all 16 bits."""

_ROWS = 64
_ROUNDING = 1
_MOST_FILE_BYTES = 2**30
"""OpenCV needs the file in memory; a larger one is reduced instead."""


def deep_pixels(stream: BinaryIO, page: int, shallow: NDArray[np.uint8]) -> NDArray[np.uint16] | None:
    """Return what `shallow` shows with 16 bits, None where that cannot be had.

    Two decoders may understand a rare file differently, so the high bytes must agree with what Pillow read.

    Args:
        stream: the file.
        page: counted from 0.
        shallow: the same page with 8 bits, shape (height, width, channels), not turned.
    """
    size = stream.seek(0, 2)
    if size > _MOST_FILE_BYTES:
        return None
    stream.seek(0)
    content = np.frombuffer(stream.read(), np.uint8)
    try:
        has_read, decoded = cv2.imdecodemulti(content, cv2.IMREAD_UNCHANGED, range=(page, page + 1))
    except cv2.error:
        return None
    if not has_read or decoded[0].dtype != np.uint16:
        return None
    pixels = _in_channels(decoded[0], shallow.shape[2])
    if pixels is None or pixels.shape != shallow.shape:
        return None
    for start in range(0, len(pixels), _ROWS):
        high = (pixels[start : start + _ROWS] >> 8).astype(np.int16)
        if np.abs(high - shallow[start : start + _ROWS]).max() > _ROUNDING:
            return None
    return pixels


def _in_channels(decoded: NDArray[Any], channels: int) -> NDArray[np.uint16] | None:
    """Return grey (and alpha) or RGB (and alpha) from what OpenCV has as BGR."""
    if decoded.ndim == 2:  # noqa: PLR2004  a single channel
        return decoded[..., None]
    order = {(3, 1): [0], (3, 3): [2, 1, 0], (4, 2): [0, 3], (4, 3): [2, 1, 0], (4, 4): [2, 1, 0, 3]}
    chosen = order.get((decoded.shape[2], channels))
    return None if chosen is None else decoded[..., chosen]
