"""How much around ink is hidden with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idscan.core import geometry

if TYPE_CHECKING:
    from idscan.core.geometry import Quad

LEAST_MARGIN = 8.0
"""Pixels. Ringing of a JPEG tells digits up to 4 px beyond their ink, and nothing beyond 8 (a block is 8 px wide)."""

LINE_MARGIN = 0.35
"""Of a line's height: ascenders, tone marks and slanted boxes reach that far out of what a detector calls the line."""

SYMBOL_MARGIN = 0.08
"""Of a decoded symbol's side: readers find its corners to about a module, of which codes of cards have 41 to 61 a side;
bent ones are off by more. The quiet zone around it holds nothing, and titles end in it."""

ROUGH_SYMBOL_MARGIN = 0.3
"""The same for a symbol that was seen and not decoded: its corners are guesses."""

ZONE_LINES = 3
"""Lines of the machine-readable zone of a card (ICAO Doc 9303-5)."""


def line_margin(quad: Quad, lines: int = 1) -> float:
    """Return the margin around print in pixels.

    Args:
        quad: the place of the print.
        lines: how many lines stand in it.
    """
    return max(LEAST_MARGIN, LINE_MARGIN * geometry.height(quad) / lines)


def symbol_margin(quad: Quad, share: float = SYMBOL_MARGIN) -> float:
    """Return the margin around a code in pixels, its quiet zone included."""
    return LEAST_MARGIN + share * max(geometry.width(quad), geometry.height(quad))
