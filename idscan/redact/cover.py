"""From a plan to the pixels that are painted over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from idscan.core import geometry
from idscan.redact.mask import grown, region_mask

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from idscan.core.redaction import Region
    from idscan.redact.mask import BlockGrid

_OUTLINE_ROOM = 2.0
"""Pixels that a card's outline may be off even where its edges were seen."""

_EARLIER_CODING = 8.0
"""Pixels more around ink in files that lose nothing: they may have been a JPEG before, whose colour blocks are 16
pixels wide and whose grid nobody knows any more."""

_INK_FROM_EDGE = 0.02
"""Of a card's width: print keeps that far from the edge of every known layout."""

_RINGING = 12.0
"""Pixels beyond its ink up to which print can be told from the ringing of a JPEG."""


@dataclass(frozen=True, slots=True)
class _SinglePixels:
    width: int = 1
    height: int = 1
    left: int = 0
    top: int = 0


def hidden_mask(regions: Sequence[Region], size: tuple[int, int], grid: BlockGrid) -> NDArray[np.bool_]:
    """Return which pixels the regions of a plan hide, a bool array of shape (height, width).

    Regions with an outline (`Region.within`) end at it; the others, where ink was seen, take whole blocks.

    Args:
        regions: quads with their margins.
        size: width and height of the picture.
        grid: blocks that the stored file is coded in.
    """
    is_lossless = grid.width == 1
    seen = [region.quad for region in regions if region.within is None]
    mask = region_mask([grown(quad, _EARLIER_CODING) for quad in seen] if is_lossless else seen, size, grid)
    for outline in dict.fromkeys(region.within for region in regions if region.within is not None):
        own = region_mask([region.quad for region in regions if region.within == outline], size, grid)
        # Of a small card the ringing of what is printed near its edge reaches beyond the edge.
        room = max(_OUTLINE_ROOM, _RINGING - _INK_FROM_EDGE * geometry.width(outline))
        mask |= own & region_mask([grown(outline, room)], size, _SinglePixels())
    return mask
