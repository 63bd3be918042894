"""Tighten the boxes of text lines to their ink: recognisers scale a line to one height, and margins make letters small.

Text detectors add a margin that does not shrink with the print: around print of 15 pixels it is as much again. On
sharp 15-pixel print this is the difference between 3 misread numbers in 25 and none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from idscan.core.geometry import quad_from_points
from idscan.core.levels import levels_at
from idscan.vision import enhance, warp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from idscan.core.geometry import Point, Quad

_INK = 0.4
"""Share of the strongest contrast from which a pixel is ink: less and shades are, more and thin strokes are none."""

_LEAST_CONTRAST = 40.0
"""Levels between ink and paper; on fainter print noise is taken for ink."""

_RULE_ROW, _RULE_COLUMN = 0.75, 0.9
"""Shares of a box's width and height that no print covers in one row or column: rules of tables and forms do."""

_GAP = 0.22
"""Share of the height of the print that may lie empty between letters and the marks above or below them."""

READING_ROOM = 0.16
"""Room left above and below the ink, as a share of its height; the recogniser was trained on lines with some."""

_WORTHWHILE = 0.85
"""A box whose ink takes a larger share of its height stays as it is."""

_LEAST_INK = 4  # pixels: what is lower is a dash, a row of dots or a speck


def tightened(rgb: NDArray[np.uint8], quads: Sequence[Quad], room: float = READING_ROOM) -> tuple[Quad, ...]:
    """Return the boxes without the empty rows above and below their print; unclear ones stay as they are.

    Args:
        rgb: uint8 array of shape (height, width, 3).
        quads: upright lines on it.
        room: left above and below the ink, as a share of its height.
    """
    return tuple(_tightened(rgb, quad, room) for quad in quads)


def _tightened(rgb: NDArray[np.uint8], quad: Quad, room: float) -> Quad:
    crop = enhance.grey(warp.cut_line(rgb, quad))
    rows = _ink_rows(crop)
    if rows is None:
        return quad
    height = crop.shape[0]
    top, bottom = rows
    margin = room * (bottom - top) + 1
    top, bottom = max(0.0, top - margin), min(float(height), bottom + margin)
    # Print stands in the middle of its box; what lies beside it belongs to another line.
    if bottom - top > _WORTHWHILE * height or not top < height / 2 < bottom:
        return quad
    return _cut(quad, top / height, bottom / height)


def _ink_rows(crop: NDArray[np.uint8]) -> tuple[float, float] | None:
    """Return the first and the last row (exclusive) of the print in a crop of one line, None where it is unclear."""
    (paper,) = levels_at(crop, 50)
    contrast = cv2.absdiff(crop, np.full_like(crop, round(paper)))
    strongest = int(contrast.max())
    if strongest < _LEAST_CONTRAST:
        return None
    height, width = crop.shape
    ink = (contrast > _INK * strongest).astype(np.uint8)
    in_columns = cv2.reduce(ink, 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel()
    ink[:, in_columns > _RULE_COLUMN * height] = 0
    weight = cv2.reduce(ink, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel()
    weight[weight > _RULE_ROW * width] = 0
    runs = _runs(weight > 0)
    if not runs:
        return None
    first = max(range(len(runs)), key=lambda i: weight[runs[i][0] : runs[i][1]].sum())
    top, bottom = runs[first]
    room = max(_GAP * (bottom - top), 1.0)
    for start, end in reversed(runs[:first]):
        if top - end > room or start == 0:
            break
        top = start
    for start, end in runs[first + 1 :]:
        if start - bottom > room or end == len(weight):
            break
        bottom = end
    return (float(top), float(bottom)) if bottom - top >= _LEAST_INK else None


def _runs(is_set: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], is_set, [False])).astype(np.int8)))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def _cut(quad: Quad, top: float, bottom: float) -> Quad:
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = quad

    def left(share: float) -> Point:
        return (ax + (dx - ax) * share, ay + (dy - ay) * share)

    def right(share: float) -> Point:
        return (bx + (cx - bx) * share, by + (cy - by) * share)

    return quad_from_points((left(top), right(top), right(bottom), left(bottom)))
