"""Whether a picture may hold print at all: strokes side by side, light and dark in turn; a few milliseconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from idscan.core.shrink import shrunk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from idscan.core.geometry import Quad

_SIDE, _LARGE_PRINT_SIDE = 1000, 250
_SOFT = 9  # pixels: wider than a stroke of print that can be read at this size
_STANDS_OUT = 4
_REACH = 5
_WINDOW = (40, 8)
_LEAST = 0.1
"""Of 420 pictures of made-up cards, most of them dark, noisy, shaken, pale or small, one comes below 0.2, to 0.14."""

CELL = 16
"""Pixels of a cell in which dense strokes are told."""

_FINE_STANDS_OUT, _FINE_LEAST = 10, 0.16
"""At full size sensor noise makes strokes of some levels; print that is read at 8 pixels stands out by 20 and more."""

_STEEP, _STEEP_SHARE = 20, 0.12
"""Levels between pixels two apart, and the share of a cell's pixels: print of 8 pixels measures 0.3 and more."""


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
    small = _reduced(grey, _SIDE)
    return max(_strokes_at(small), _strokes_at(_reduced(small, _LARGE_PRINT_SIDE)))


def steep_cells(grey: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return where many pixels are much brighter or darker than those next to them, across and down.

    A cheap first look at full size: print and codes of few pixels have such steps, enlarged photographs have none.

    Args:
        grey: uint8 array of shape (height, width).

    Returns:
        A cell for every `CELL` pixels: steps across, steps down.
    """
    size = (max(1, grey.shape[1] // CELL), max(1, grey.shape[0] // CELL))
    steps = (cv2.absdiff(grey[::2, 2:], grey[::2, :-2]), cv2.absdiff(grey[2::2], grey[:-2:2]))
    across, down = (
        cv2.resize(cv2.threshold(step, _STEEP, 255, cv2.THRESH_BINARY)[1], size, interpolation=cv2.INTER_AREA)
        > _STEEP_SHARE * 255
        for step in steps
    )
    return across, down


def dense_strokes(grey: NDArray[np.uint8], known: Sequence[Quad] = ()) -> NDArray[np.bool_]:
    """Return where strokes stand side by side at the size that an image has, a cell for every `CELL` pixels.

    Every second row is looked at for print that runs across, every second column for print that runs down.

    Args:
        grey: uint8 array of shape (height, width).
        known: places whose strokes are accounted for.
    """
    size = (max(1, grey.shape[1] // CELL), max(1, grey.shape[0] // CELL))
    across = _density(np.ascontiguousarray(grey[::2]))
    down = np.ascontiguousarray(_density(np.ascontiguousarray(grey[:, ::2].T)).T)
    parts = [cv2.resize(part, size, interpolation=cv2.INTER_AREA) for part in (across, down)]
    cells = np.maximum(*parts)
    for quad in known:
        cv2.fillConvexPoly(cells, np.round(np.array(quad) / CELL).astype(np.int32), 0)
    return np.asarray(cells > _FINE_LEAST * 255)


def _reduced(grey: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    height, width = grey.shape
    scale = min(1.0, side / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return shrunk(grey, size)


def _strokes_at(small: NDArray[np.uint8]) -> float:
    ink, paper = _ink_and_paper(small, _STANDS_OUT)
    return max(float(_side_by_side(*pair).max()) / 255 for pair in ((ink, paper), (ink.T.copy(), paper.T.copy())))


def _density(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return _side_by_side(*_ink_and_paper(grey, _FINE_STANDS_OUT))


def _ink_and_paper(grey: NDArray[np.uint8], stands_out: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    soft = cv2.blur(grey, (_SOFT, _SOFT))
    ink = (cv2.subtract(soft, grey) > stands_out).astype(np.uint8)
    return ink, (cv2.subtract(grey, soft) > stands_out).astype(np.uint8)


def _side_by_side(ink: NDArray[np.uint8], paper: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return which share of a window across, 0 to 255, is ink with paper close to its left and its right."""
    reach = np.ones((1, _REACH), np.uint8)
    left = cv2.dilate(paper, reach, anchor=(_REACH - 1, 0), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    right = cv2.dilate(paper, reach, anchor=(0, 0), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    between = cv2.bitwise_and(ink, cv2.bitwise_and(left, right))
    return np.asarray(cv2.blur(between * 255, _WINDOW), np.uint8)
