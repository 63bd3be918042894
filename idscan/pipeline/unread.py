"""Cards that are seen and cannot be read: somebody may still read them, so they are found without a value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idscan.core import geometry
from idscan.core.vocabulary import CardKind, Side
from idscan.pipeline.card_reading import CardReading
from idscan.vision import card_signs, warp
from idscan.vision.covers import find_covers

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from idscan.pipeline.candidates import Candidate

_CONFIDENCE = 0.6
_ROOM = 0.1
"""Of a card, on each side: the locator is off by some hundredths of it, rarely by more."""
_LEAST_WIDTH = 120.0
"""Pixels: on smaller cards nobody reads the number, whose digits are then four pixels high."""


_UPPER_EDGE = (0.05, 0.0, 0.95, 0.2)
_COVERED = 0.85
"""Share of a part of the card that covers take at least for nothing to be left in it."""


def is_legible(candidate: Candidate) -> bool:
    """Return whether a place is large enough for a card's print to be read there at all."""
    return geometry.width(candidate.quad) >= _LEAST_WIDTH


def unread_card(rgb: NDArray[np.uint8], candidate: Candidate, *, is_bare: bool) -> CardReading | None:
    """Return a card of which nothing is known but that it is one; None where only the locator takes it for one.

    The locator knows shapes and layouts, and is fooled by other cards, by screens and by boxes. Besides its word there
    must be what is Vietnamese about a card: the emblem at its top left, with a portrait or rows of print; or on a back
    the chip with a machine-readable zone under it.

    Args:
        rgb: uint8 array of shape (height, width, 3).
        candidate: where the locator is sure of a card.
        is_bare: whether next to no lines of print were found on it.
    """
    quad = candidate.located or candidate.quad
    for place in (quad, geometry.turned(quad, 2)):
        view = warp.rectify(rgb, place, card_signs.SIZE).pixels
        if card_signs.shows_front(view) or (not is_bare and card_signs.has_emblem(view)):
            if card_signs.is_painted_over(view) or any(_are_covered(view, card_signs.BODY_AREA)):
                return None
            return CardReading(CardKind.UNKNOWN, Side.FRONT, warp.widened(place, _ROOM), _CONFIDENCE, ())
        # Between covers a strip with chip, seal and lines of the issuer looks like a back; a golden cover like a chip.
        is_back = card_signs.shows_back(view) and not card_signs.is_bare(view, _UPPER_EDGE)
        if is_back and not any(_are_covered(view, card_signs.ZONE_AREA, card_signs.CHIP_AREA)):
            return CardReading(CardKind.UNKNOWN, Side.BACK, warp.widened(place, _ROOM), _CONFIDENCE, ())
    return None


def _are_covered(view: NDArray[np.uint8], *areas: tuple[float, float, float, float]) -> Iterator[bool]:
    """Yield for each part of a straightened card whether covers take it: nothing is left there to be read."""
    height, width = view.shape[:2]
    covers = find_covers(view)
    for left, top, right, bottom in areas:
        part = covers[round(top * height) : round(bottom * height), round(left * width) : round(right * width)]
        yield float(part.mean()) > _COVERED
