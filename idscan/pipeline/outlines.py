"""Whether an outline is the card's, judged by the print within."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idscan.cards.legible import is_wordlike
from idscan.core import geometry
from idscan.core.geometry import quad_from_box
from idscan.vision import warp

if TYPE_CHECKING:
    from idscan.core.geometry import Quad
    from idscan.pipeline.sheet import Sheet

_BEYOND = 0.012
"""Of a card: how far beyond its edge a line is taken to stand; boxes of lines are a little larger than their ink."""


def cuts_print(quad: Quad, sheet: Sheet) -> bool:
    """Return whether lines run across an outline's edge: then it is the edge of something else, or of a shadow."""
    to_card = warp.homography(sheet.view.view_quad(quad), quad_from_box(0, 0, 1, 1))
    reach = [geometry.bounds(geometry.transform(to_card, line.quad)) for line in sheet.lines if is_wordlike(line)]
    return any(
        min(left, top) < -_BEYOND or max(right, bottom) > 1 + _BEYOND
        for left, top, right, bottom in reach
        if _is_within((left + right) / 2) and _is_within((top + bottom) / 2)
    )


def _is_within(share: float) -> bool:
    return _BEYOND < share < 1 - _BEYOND
