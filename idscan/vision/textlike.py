"""Whether a picture may hold print at all: strokes side by side, light and dark in turn; a few milliseconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from idscan.core.shrink import shrunk

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SIDE, _LARGE_PRINT_SIDE = 1000, 250
_SOFT = 9  # pixels: wider than a stroke of print that can be read at this size
_STANDS_OUT = 4
_REACH = 5
_LIGHTEST, _DARK = 98, 64
"""Per cent of the pixels that are darker than the light parts, and how light those are at least in a picture that is
not dark: paper by candlelight measures 60."""
_WINDOW = (40, 8)
_LEAST = 0.1
"""Of 420 pictures of made-up cards, most of them dark, noisy, shaken, pale or small, one comes below 0.2, to 0.14."""

CELL = 16
"""Pixels across a cell in which steep steps of brightness are counted."""

_STEEP, _STEEP_SHARE = 14, 0.15
"""Levels between pixels two apart, and the share of a cell's pixels.

In three lines of grey print 7 pixels high on grey paper (110 on 170 levels, JPEG 80) 24 cells have more, of black
print 30; of an enlarged photograph none."""


def may_hold_print(grey: NDArray[np.uint8]) -> bool:
    """Return whether print may stand on a picture: surely not where strokes nowhere stand side by side.

    Args:
        grey: uint8 array of shape (height, width).
    """
    return strokes(grey) > _LEAST


def strokes(grey: NDArray[np.uint8]) -> float:
    """Return how densely strokes stand side by side where they do so most, 0 to 1.

    Args:
        grey: uint8 array of shape (height, width).
    """
    small = _brightened(_reduced(grey, _SIDE))
    return max(_strokes_at(small), _strokes_at(_reduced(small, _LARGE_PRINT_SIDE)))


def steep_cells(grey: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return where many pixels are much brighter or darker than those next to them, across and down; 0 or 1.

    A cheap look at full size, a millisecond a megapixel: print and codes of few pixels have such steps, the smooth
    parts of photographs have none. One cell stands for `CELL` by `CELL` pixels.

    Args:
        grey: uint8 array of shape (height, width).
    """
    size = (max(1, grey.shape[1] // CELL), max(1, grey.shape[0] // CELL))
    steps = (cv2.absdiff(grey[::2, 2:], grey[::2, :-2]), cv2.absdiff(grey[2::2], grey[:-2:2]))
    shares = (
        cv2.resize(cv2.threshold(step, _STEEP, 255, cv2.THRESH_BINARY)[1], size, interpolation=cv2.INTER_AREA)
        for step in steps
    )
    across, down = ((share > _STEEP_SHARE * 255).astype(np.uint8) for share in shares)
    return across, down


def _reduced(grey: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    height, width = grey.shape
    scale = min(1.0, side / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return shrunk(grey, size)


def _brightened(small: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a dark picture as by good light: there strokes stand out by few levels."""
    light = max(float(np.percentile(small[::4, ::4], _LIGHTEST)), 8.0)
    if light > _DARK:
        return small
    return np.asarray(np.minimum(small * (_DARK / light), 255), np.uint8)


def _strokes_at(small: NDArray[np.uint8]) -> float:
    soft = cv2.blur(small, (_SOFT, _SOFT))
    ink = (cv2.subtract(soft, small) > _STANDS_OUT).astype(np.uint8)
    paper = (cv2.subtract(small, soft) > _STANDS_OUT).astype(np.uint8)
    return max(_densest(ink, paper), _densest(ink.T.copy(), paper.T.copy()))


def _densest(ink: NDArray[np.uint8], paper: NDArray[np.uint8]) -> float:
    """Return the largest share of a window across that is ink with paper close to its left and its right."""
    reach = np.ones((1, _REACH), np.uint8)
    left = cv2.dilate(paper, reach, anchor=(_REACH - 1, 0), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    right = cv2.dilate(paper, reach, anchor=(0, 0), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    between = cv2.bitwise_and(ink, cv2.bitwise_and(left, right))
    return float(cv2.blur(between * 255, _WINDOW).max()) / 255
