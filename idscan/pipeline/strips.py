"""Wide codes: PDF417, rMQR, long Data Matrix; straightened first, since their reader bears hardly any turn."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from idscan.core import geometry
from idscan.core.geometry import quad_from_box, quad_from_points
from idscan.vision import warp
from idscan.vision.code_places import straightened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from idscan.core.geometry import Quad
    from idscan.core.readings import SymbolReading
    from idscan.engines.base import SymbolReader

_RMQR_SIZES = (
    *((7, width) for width in (43, 59, 77, 99, 139)),
    *((9, width) for width in (43, 59, 77, 99, 139)),
    *((high, width) for high in (11, 13) for width in (27, 43, 59, 77, 99, 139)),
    *((high, width) for high in (15, 17) for width in (43, 59, 77, 99, 139)),
)
"""Rows and columns of modules (ISO/IEC 23941)."""
_SIZES_TRIED = 3
_ROOM = (0.08, 0.12)
"""Shares of a strip's length and height that are added on each side."""
_READ_WIDTHS = (700, 1400)
"""Pixels along a strip that are shown to a reader: three to a module or more, and not more than it takes."""
_RIM = 12
"""Light pixels around a strip: what lies beside it may stand closer than a quiet zone asks."""
_QUIET = 0.04
"""Share of dark pixels up to which a row or column is outside of a symbol; within rMQR each has dark modules."""
_LEAST_SIDE = 10
"""Pixels across an rMQR symbol, more than one to a module."""
_DRAWN = 4
"""Pixels to the module of an rMQR symbol that is drawn anew."""


def read_strip(grey: NDArray[np.uint8], strip: Quad, reader: SymbolReader) -> SymbolReading | None:
    """Return the wide symbol at a place, in pixels of the picture; None where none is decoded.

    Args:
        grey: uint8 array of shape (height, width).
        strip: its place, as `idscan.vision.code_places.find_code_places` gives it.
        reader: knows PDF417, Data Matrix and rMQR.
    """
    wide = _grown(strip)
    across = geometry.width(wide)
    factor = float(np.clip(1.0, _READ_WIDTHS[0] / across, _READ_WIDTHS[1] / across))
    straight = straightened(grey, wide, factor)
    framed = cv2.copyMakeBorder(straight, *(_RIM,) * 4, cv2.BORDER_CONSTANT, value=255).astype(np.uint8)
    for symbol in reader.read_symbols(framed, ("pdf417", "data_matrix")):
        if symbol.payload is not None:
            return replace(symbol, quad=strip)
    for image in _redrawn(straight):
        for symbol in reader.read_symbols(image, ("qr",)):
            if symbol.payload is not None:
                return replace(symbol, quad=strip)
    return None


def _grown(strip: Quad) -> Quad:
    """Return a strip with some room: a wide bar at an end shows steps along its rim only."""
    to_strip = warp.homography(quad_from_box(0, 0, 1, 1), strip)
    return geometry.transform(to_strip, quad_from_box(-_ROOM[0], -_ROOM[1], 1 + _ROOM[0], 1 + _ROOM[1]))


def _redrawn(straight: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """Yield an upright strip as a clean rMQR symbol of each size that fits its proportions.

    The reader extrapolates long symbols from the pattern at one end, and misses most of them under any distortion.
    """
    _, binary = cv2.threshold(straight, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    dark = binary > 0
    width = dark.shape[1]
    top, bottom = _run(dark[:, width // 4 : width - width // 4].mean(axis=1))
    left, right = _run(dark[top : max(bottom, top + 1)].mean(axis=0))
    if bottom - top < _LEAST_SIDE or right - left < _LEAST_SIDE:
        return
    top, bottom = _run(dark[:, left:right].mean(axis=1))
    rows, columns = np.nonzero(dark[top:bottom, left:right])
    if not rows.size:
        return
    # Cells of several pixels place a strip to a degree or so, which is some modules at the end of a long one.
    (x, y), size, degrees = cv2.minAreaRect(np.stack([columns, rows], axis=1).astype(np.float32))
    box = ((x + left + 0.5, y + top + 0.5), (size[0] + 1, size[1] + 1), degrees)
    corners = sorted(cv2.boxPoints(box).tolist())
    at_left, at_right = (sorted(pair, key=lambda corner: corner[1]) for pair in (corners[:2], corners[2:]))
    inner = straightened(straight, quad_from_points((at_left[0], at_right[0], at_right[1], at_left[1])), 1.0)
    if min(inner.shape) < _LEAST_SIDE:
        return
    aspect = inner.shape[1] / inner.shape[0]
    for high, wide in sorted(_RMQR_SIZES, key=lambda size: abs(np.log(size[1] / size[0] / aspect)))[:_SIZES_TRIED]:
        modules = cv2.resize(inner, (wide, high), interpolation=cv2.INTER_AREA)
        _, clean = cv2.threshold(modules, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        large = np.kron(clean.astype(np.uint8), np.ones((_DRAWN, _DRAWN), np.uint8))
        yield np.pad(large, 2 * _DRAWN, constant_values=255)


def _run(shares: NDArray[np.floating]) -> tuple[int, int]:
    """Return where the run of dark rows or columns around the middle begins and ends: the symbol in its quiet zone."""
    light = np.flatnonzero(shares <= _QUIET)
    middle = len(shares) // 2
    before, after = light[light < middle], light[light >= middle]
    return int(before[-1]) + 1 if before.size else 0, int(after[0]) if after.size else len(shares)
