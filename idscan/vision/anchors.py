"""Where a card lies, judged from a part of it that was found: a symbol, or printed fields at known places."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np

from idscan.core import geometry
from idscan.core.geometry import Quad, quad_from_box, quad_from_points
from idscan.vision.contours import CARD_ASPECT
from idscan.vision.warp import homography

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from idscan.core.geometry import Point

Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, right and bottom as fractions of the card."""

_MAX_SYMBOL_ERROR = 0.09  # of the card's width: layouts differ that much between printings
_UNIT_CARD = quad_from_box(0, 0, CARD_ASPECT, 1)


def card_from_symbol(symbol: Quad, box: Box) -> Quad:
    """Return the card's outline from its square symbol and where the layout has it.

    An affine map is used: a homography from so small a part would let a pixel of noise swing the far corner.

    Args:
        symbol: clockwise from the symbol's own top-left corner.
        box: the symbol's place on the card.
    """
    middle_x, middle_y = (box[0] + box[2]) / 2 * CARD_ASPECT, (box[1] + box[3]) / 2
    half = ((box[2] - box[0]) * CARD_ASPECT + (box[3] - box[1])) / 4
    expected = quad_from_box(middle_x - half, middle_y - half, middle_x + half, middle_y + half)
    return card_from_points(expected, symbol)


def card_from_points(expected: Sequence[Point], seen: Sequence[Point]) -> Quad:
    """Return the card's outline from three or more points known on the unit card (height 1) and in the picture."""
    design = np.array([[x, y, 1.0] for x, y in expected])
    solution, *_ = np.linalg.lstsq(design, np.array(seen, dtype=np.float64), rcond=None)
    corners = np.array([[x, y, 1.0] for x, y in _UNIT_CARD]) @ solution
    return quad_from_points(corners.tolist())


def card_from_places(pairs: Iterable[tuple[Box, Quad]]) -> Quad | None:
    """Return the card's outline from fields whose places are known, allowing shift, turn and scale only.

    Args:
        pairs: (place on the card, quad in the picture) of at least two fields; None with fewer.
    """
    expected, seen = [], []
    for box, quad in pairs:
        # The left end of a line is where a layout puts it; the right end depends on the text.
        expected.append((box[0] * CARD_ASPECT, (box[1] + box[3]) / 2))
        seen.append(((quad[0][0] + quad[3][0]) / 2, (quad[0][1] + quad[3][1]) / 2))
    if len(expected) < 2:  # noqa: PLR2004  scale needs two points
        return None
    matrix, _ = cv2.estimateAffinePartial2D(np.array(expected), np.array(seen), method=cv2.LMEDS)
    if matrix is None or not np.isfinite(matrix).all() or abs(np.linalg.det(matrix[:, :2])) < 1:
        return None
    corners = np.array([[x, y, 1.0] for x, y in _UNIT_CARD]) @ matrix.T
    return quad_from_points(corners.tolist())


def matching_outline(outlines: Iterable[Quad], symbol: Quad, box: Box) -> Quad | None:
    """Return the outline, turned the right way, on which the symbol lies where the layout has it."""
    best: tuple[float, Quad] | None = None
    middle = geometry.centre(symbol)
    for outline in outlines:
        for turns in range(4):
            quad = geometry.turned(outline, turns)
            expected = geometry.transform(homography(_UNIT_CARD, quad), _symbol_on_unit_card(box))
            error = math.dist(geometry.centre(expected), middle) / max(geometry.width(quad), 1.0)
            size = geometry.width(expected) / max(geometry.width(symbol), 1e-6)
            if 0.7 < size < 1.4 and error < _MAX_SYMBOL_ERROR and (best is None or error < best[0]):  # noqa: PLR2004
                best = (error, quad)
    return best[1] if best else None


def _symbol_on_unit_card(box: Box) -> Quad:
    return quad_from_box(box[0] * CARD_ASPECT, box[1], box[2] * CARD_ASPECT, box[3])
