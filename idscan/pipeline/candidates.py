"""Where cards may lie in a picture: from codes that were read, from outlines, from the frame itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from idscan.cards.layouts import symbol_box
from idscan.core import geometry
from idscan.core.geometry import quad_from_box
from idscan.core.vocabulary import Effort
from idscan.vision.anchors import card_from_symbol, matching_outline
from idscan.vision.contours import CARD_ASPECT, find_outlines

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from idscan.cards.evidence import CodeEvidence
    from idscan.core.geometry import Quad

_OUTLINES = {Effort.FAST: 4, Effort.NORMAL: 6, Effort.THOROUGH: 12}
_SAME_PLACE = 0.5
_INSIDE, _APART, _ALIKE, _LEAST_SHARE = 0.85, 0.15, 1.5, 0.2
_FRAME_ASPECT_TOLERANCE = 0.12


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place where a card may be.

    Attributes:
        quad: its outline in pixels of the picture.
        codes: codes on it that were decoded.
        is_oriented: the quad starts at the card's own top-left corner.
        is_exact: the outline was seen, not only extrapolated.
        fills_frame: the place is the whole picture, a card only if print fills it.
    """

    quad: Quad
    codes: tuple[CodeEvidence, ...] = ()
    is_oriented: bool = False
    is_exact: bool = True
    fills_frame: bool = False


def find_candidates(rgb: NDArray[np.uint8], codes: Sequence[CodeEvidence], effort: Effort) -> tuple[Candidate, ...]:
    """Return places to look for cards, those with a decoded code first.

    Args:
        rgb: uint8 array of shape (height, width, 3).
        codes: codes read on the whole frame.
        effort: how many outlines to consider.
    """
    outlines = [
        outline.quad for outline in find_outlines(rgb, _OUTLINES[effort], is_thorough=effort is Effort.THOROUGH)
    ]
    frame = frame_quad(rgb)
    candidates: list[Candidate] = []
    for code in codes:
        box = symbol_box(code.kind, code.side)
        if box is None:
            continue
        exact = matching_outline(outlines, code.quad, box) or matching_outline([frame], code.quad, box, is_strict=True)
        quad = exact or card_from_symbol(code.quad, box)
        candidates.append(Candidate(quad, (code,), is_oriented=True, is_exact=exact is not None))
    for quad in sorted(outlines, key=lambda quad: _holds_several(quad, outlines)):
        if all(geometry.iou(quad, other.quad) < _SAME_PLACE for other in candidates):
            candidates.append(Candidate(quad))
    return tuple(candidates)


def _holds_several(quad: Quad, outlines: Sequence[Quad]) -> bool:
    """Return whether an outline is drawn around two or more cards, as around a sheet: alike in size, side by side."""
    least = _LEAST_SHARE * geometry.area(quad)
    inner = [
        other
        for other in outlines
        if other is not quad and geometry.area(other) > least and geometry.overlap(other, quad) > _INSIDE
    ]
    return any(
        geometry.intersection_area(first, second) < _APART * geometry.area(first)
        and 1 / _ALIKE < geometry.area(first) / geometry.area(second) < _ALIKE
        for i, first in enumerate(inner)
        for second in inner[i + 1 :]
    )


def frame_quad(rgb: NDArray[np.uint8]) -> Quad:
    """Return the whole picture as a quad whose first side is a long one."""
    height, width = rgb.shape[:2]
    quad = quad_from_box(0, 0, width, height)
    return quad if width >= height else geometry.turned(quad, 1)


def is_card_shaped(rgb: NDArray[np.uint8]) -> bool:
    """Return whether the picture has a card's proportions, as a scan cut to the card has."""
    height, width = rgb.shape[:2]
    aspect = max(height, width) / max(min(height, width), 1)
    return bool(abs(aspect / CARD_ASPECT - 1) < _FRAME_ASPECT_TOLERANCE)
