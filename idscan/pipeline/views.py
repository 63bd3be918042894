"""Candidates seen straight on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idscan.core import geometry
from idscan.vision import enhance, warp
from idscan.vision.contours import CARD_ASPECT

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from idscan.pipeline.candidates import Candidate
    from idscan.vision.warp import View

VIEW_WIDTH = 1000
"""Pixels across a straightened card: 0.086 mm each, enough for the smallest print; larger pictures are reduced."""

_MIN_VIEW_WIDTH = 640  # smaller cards are enlarged: the detector misses print lower than about 10 px
_EXACT_MARGIN = 0.02
_ROUGH_MARGIN = 0.15


def view_of(rgb: NDArray[np.uint8], candidate: Candidate) -> View:
    """Cut a place out of a picture with a margin around it, wider where its outline is a guess."""
    margin = _EXACT_MARGIN if candidate.is_exact else _ROUGH_MARGIN
    grown = warp.widened(candidate.quad, margin)
    native = geometry.width(candidate.quad)
    width = round(min(max(native, _MIN_VIEW_WIDTH), VIEW_WIDTH) * (1 + 2 * margin))
    view = warp.rectify(rgb, grown, (width, round(width / CARD_ASPECT)))
    return warp.View(enhance.cleared(view.pixels), view.to_source) if candidate.is_cleared else view
