"""Fit the module grid of a QR code by the patterns that all codes of its size share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from idscan.core import geometry
from idscan.core.geometry import quad_from_box, quad_from_points

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from idscan.core.geometry import Quad

UNKNOWN = -1
"""Modules of `fixed_modules` that carry data."""
QUIET = 2
"""Modules of the quiet zone that are compared: the standard requires four, cards keep two or three."""
SIZES = range(29, 70, 4)
"""Modules along a side of the codes that can hold a card's payload: versions 3 to 13."""
_FINDER = 7  # modules along a side of a finder pattern (ISO/IEC 18004)
_FIRST_SIZES = (37, 45, 53, 61)  # modules tried first; the sizes between them follow only where one of these fits
_SIZE_STEP = 8  # modules between the first sizes
_QUICK_SIZES = (41, 53)  # modules tried by `quick_score`
_SAMPLES_PER_MODULE = 2  # fewer miss shifts of half a module, more cost time
_EXPECTED_BLUR = 0.8  # modules: between a sharp code and one that is just beyond reading
_QUICK_SCALES, _FIRST_SCALES, _OTHER_SCALES = (0.95, 1.03), (0.93, 1.0, 1.07), (0.96, 1.04)
"""Sizes of the first guesses by that of the quad: gaps of more than a module between them miss codes."""
_STEPS = (1.0, 0.5, 0.25, 0.12, 0.06)  # modules by which the climb moves corners, coarse to fine
_MAX_ROUNDS = 3  # per step: more cost time where the climb goes far, as it does on places without a code
_MAX_REFINED = 3  # first guesses that are refined: fewer miss codes whose best first guess has a wrong size
_SIZE_UNCERTAINTY = 0.2  # share by which the estimated size may be off, 4 modules at least
_MIN_SCORE_TO_SCALE = 0.5  # of 1,572 first scores those of codes were 0.62 and more
_PROMISING_SCORE = 0.7  # places without a code stay below 0.88, mostly below this, at any size


@dataclass(frozen=True, slots=True)
class QrGrid:
    """Where the modules of a code lie.

    Attributes:
        quad: the code without its quiet zone, clockwise from its own top-left corner.
        modules: along one side.
        score: correlation of the image with the patterns that are the same in all codes, -1 to 1.
    """

    quad: Quad
    modules: int
    score: float

    @property
    def pitch(self) -> float:
        """Pixels per module."""
        return (geometry.width(self.quad) + geometry.height(self.quad)) / 2 / self.modules


@lru_cache(maxsize=16)
def fixed_modules(modules: int) -> NDArray[np.int8]:
    """Return the modules that are the same in every code of a size: 1 dark, 0 light, `UNKNOWN` for data.

    Finder patterns with separators, timing patterns, alignment patterns and the dark module (ISO/IEC 18004, 6.3).

    Args:
        modules: along one side, 4 x version + 17.
    """
    fixed = np.full((modules, modules), UNKNOWN, np.int8)
    far = modules - _FINDER
    finder = _rings(_FINDER)
    fixed[6, 8:-8] = fixed[8:-8, 6] = [(i + 1) % 2 for i in range(8, modules - 8)]
    for row, column in ((0, 0), (0, far), (far, 0)):
        fixed[max(row - 1, 0) : row + 8, max(column - 1, 0) : column + 8] = 0
        fixed[row : row + _FINDER, column : column + _FINDER] = finder
    centres = _alignment_centres(modules)
    for row in centres:
        for column in centres:
            if (row, column) not in {(6, 6), (6, far), (far, 6)}:
                fixed[row - 2 : row + 3, column - 2 : column + 3] = _rings(5)
    fixed[modules - 8, 8] = 1
    fixed.setflags(write=False)
    return fixed


def _rings(side: int) -> NDArray[np.int8]:
    """Return a dark square that encloses a light ring and a dark middle."""
    square = np.ones((side, side), np.int8)
    square[1:-1, 1:-1] = 0
    square[2:-2, 2:-2] = 1
    return square


def _alignment_centres(modules: int) -> list[int]:
    """Return the rows (and columns) of alignment patterns, evenly spaced from the far end (ISO/IEC 18004, annex E)."""
    version = (modules - 17) // 4
    if version == 1:
        return []
    count = version // 7 + 2
    step = 26 if version == 32 else (4 * version + 2 * count + 1) // (2 * count - 2) * 2  # noqa: PLR2004  the one odd row of the table
    return [6, *reversed([modules - 7 - i * step for i in range(count - 1)])]


def find_qr_grids(grey: NDArray[np.uint8], quad: Quad, hidden: int | None = None) -> tuple[QrGrid, ...]:
    """Return the best grids of a code at an approximate quad, best first, one per size.

    Args:
        grey: uint8 array of shape (height, width).
        quad: the code to within about two modules on each side; any of its corners may come first.
        hidden: a covered finder pattern, which is not compared: 0 top left, 1 top right, 2 bottom left.
    """
    fitter = _Fitter.around(grey, quad, hidden)
    starts = sorted(
        (
            (fitter.score(_scaled_about_centre(geometry.turned(quad, turns), scale), modules), modules, turns, scale)
            for modules in _FIRST_SIZES
            for turns in range(4)
            for scale in _FIRST_SCALES
        ),
        reverse=True,
    )
    refined = [
        fitter.refined(_scaled_about_centre(geometry.turned(quad, turns), scale), modules)
        for _, modules, turns, scale in starts[:_MAX_REFINED]
    ]
    best = max(refined, key=_score_of)
    if best.score < _PROMISING_SCORE:
        return (best,)
    others = [
        max((fitter.refined(_scaled_about_centre(best.quad, scale), size) for scale in _OTHER_SCALES), key=_score_of)
        for size in SIZES
        if abs(size - best.modules) <= _SIZE_STEP
    ]
    found = {grid.modules: grid for grid in sorted([*refined, *others], key=_score_of)}
    return tuple(sorted(found.values(), key=lambda grid: -grid.score))


def fit_outline(grey: NDArray[np.uint8], quad: Quad, modules: float, hidden: int | None = None) -> QrGrid:
    """Return the best grid of a code at an approximate quad of an approximate size.

    A size that no card's code has gives a grid of the lowest score, as readers report false codes of any version.

    Args:
        grey: uint8 array of shape (height, width).
        quad: the code to within about one module on each side, its own top-left corner first.
        modules: along one side, to within a fifth.
        hidden: as in `find_qr_grids`.
    """
    fitter = _Fitter.around(grey, quad, hidden)
    starts = sorted(_outline_starts(fitter, quad, modules, (*_OTHER_SCALES, 1.0)), reverse=True)
    refined = [fitter.refined(_scaled_about_centre(quad, scale), size) for _, size, scale in starts[:_MAX_REFINED]]
    return max(refined, key=_score_of, default=QrGrid(quad, round(modules), -1.0))


def outline_score(grey: NDArray[np.uint8], quad: Quad, modules: float, hidden: int | None = None) -> float:
    """Return the best score before refinement of a code at an approximate quad, -1 to 1; as in `fit_outline`."""
    fitter = _Fitter.around(grey, quad, hidden)
    best = max((score for score, _, _ in _outline_starts(fitter, quad, modules, (1.0,))), default=-1.0)
    if best < _MIN_SCORE_TO_SCALE:
        return best
    return max((best, *(score for score, _, _ in _outline_starts(fitter, quad, modules, _OTHER_SCALES))))


def _outline_starts(
    fitter: _Fitter, quad: Quad, modules: float, scales: Sequence[float]
) -> Iterator[tuple[float, int, float]]:
    """Yield score, size and scale of the first guesses."""
    for size in SIZES:
        if abs(size - modules) <= max(modules * _SIZE_UNCERTAINTY, 4):
            for scale in scales:
                yield fitter.score(_scaled_about_centre(quad, scale), size), size, scale


def quick_score(grey: NDArray[np.uint8], quad: Quad, hidden: int | None = None) -> float:
    """Return the best score of a place before refinement, -1 to 1; `hidden` as in `find_qr_grids`."""
    fitter = _Fitter.around(grey, quad, hidden)
    return max(
        fitter.score(_scaled_about_centre(geometry.turned(quad, turns), scale), modules)
        for modules in _QUICK_SIZES
        for turns in range(4)
        for scale in _QUICK_SCALES
    )


@lru_cache(maxsize=64)
def _template(modules: int, hidden: int | None) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return sample points (n, 2) in modules and the brightness of a blurred code there: zero mean, unit length."""
    per = _SAMPLES_PER_MODULE
    fixed = fixed_modules(modules).astype(np.float32)
    shown = np.pad(np.where(fixed == UNKNOWN, 0.5, fixed), QUIET)
    large = shown.repeat(per, axis=0).repeat(per, axis=1)
    soft = cv2.GaussianBlur(large, (0, 0), _EXPECTED_BLUR * per)
    wanted = np.zeros(shown.shape, bool)
    reach = _FINDER + 1 + QUIET
    wanted[:reach, :reach] = wanted[:reach, -reach:] = wanted[-reach:, :reach] = True
    # Timing and alignment patterns determine the size, the quiet zone the fourth corner.
    wanted[QUIET:-QUIET, QUIET:-QUIET] |= fixed != UNKNOWN
    wanted[:QUIET, :] = wanted[-QUIET:, :] = wanted[:, :QUIET] = wanted[:, -QUIET:] = True
    near, far = slice(reach), slice(len(wanted) - reach, None)
    if hidden is not None:
        wanted[((near, near), (near, far), (far, near))[hidden]] = False
    rows, columns = np.nonzero(np.kron(wanted, np.ones((per, per), bool)))
    values = -soft[rows, columns].astype(np.float32)
    values -= values.mean()
    values /= np.linalg.norm(values)
    points = np.stack([columns, rows], axis=1).astype(np.float32)
    return ((points + 0.5) / per - QUIET).astype(np.float32), values


@dataclass(frozen=True, eq=False, slots=True)
class _Fitter:
    """Scores and refines grids on a smoothed part of an image."""

    pixels: NDArray[np.float32]
    left: int
    top: int
    hidden: int | None

    @classmethod
    def around(cls, grey: NDArray[np.uint8], quad: Quad, hidden: int | None = None) -> _Fitter:
        left, top, right, bottom = geometry.bounds(quad)
        side = max(right - left, bottom - top)
        margin = side / 4
        height, width = grey.shape
        x0, y0 = min(max(int(left - margin), 0), width - 1), min(max(int(top - margin), 0), height - 1)
        part = grey[y0 : max(int(bottom + margin), y0 + 1), x0 : max(int(right + margin), x0 + 1)]
        # Blur by half a module of the usual size.
        soft = cv2.GaussianBlur(part, (0, 0), max(0.4, side / 90))
        return cls(soft.astype(np.float32), x0, y0, hidden)

    def score(self, quad: Quad, modules: int) -> float:
        """Return the correlation of the image with the patterns of a grid."""
        points, values = _template(modules, self.hidden)
        corners = np.array(quad, np.float32) - np.array([self.left + 0.5, self.top + 0.5], np.float32)
        unit = np.array(quad_from_box(0, 0, modules, modules), np.float32)
        matrix = cv2.getPerspectiveTransform(unit, corners)
        x = points[:, 0] * matrix[0, 0] + points[:, 1] * matrix[0, 1] + matrix[0, 2]
        y = points[:, 0] * matrix[1, 0] + points[:, 1] * matrix[1, 1] + matrix[1, 2]
        depth = points[:, 0] * matrix[2, 0] + points[:, 1] * matrix[2, 1] + matrix[2, 2]
        x, y = (x / depth).astype(np.float32), (y / depth).astype(np.float32)
        seen = cv2.remap(self.pixels, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).ravel()
        seen = seen - seen.mean()
        length = float(np.linalg.norm(seen))
        return float(seen @ values) / length if length > 1e-6 else 0.0  # noqa: PLR2004  a flat place

    def refined(self, quad: Quad, modules: int) -> QrGrid:
        """Climb from a first guess to the best grid of the given size nearby (coordinate search)."""
        best = QrGrid(quad, modules, self.score(quad, modules))
        pitch = best.pitch
        for step in _STEPS:
            for _ in range(_MAX_ROUNDS):
                before = best.score
                for move in _MOVES:
                    corners = np.array(best.quad) + move * (step * pitch)
                    moved = quad_from_points(corners.tolist())
                    score = self.score(moved, modules)
                    if score > best.score:
                        best = QrGrid(moved, modules, score)
                if best.score <= before:
                    break
        return best


def _moves() -> Iterator[NDArray[np.float64]]:
    """Yield small moves of the four corners: shift, scale, rotation, then each corner alone."""
    unit = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float64)
    across, down = np.array([[1.0, 0.0]] * 4), np.array([[0.0, 1.0]] * 4)
    turn = np.stack([-unit[:, 1], unit[:, 0]], axis=1)
    for move in (across, down, unit, turn, unit * [1, 0], unit * [0, 1]):
        yield move
        yield -move
    for corner in range(4):
        for direction in ((1, 0), (0, 1)):
            move = np.zeros((4, 2))
            move[corner] = direction
            yield move
            yield -move


_MOVES = tuple(_moves())


def _score_of(grid: QrGrid) -> float:
    return grid.score


def _scaled_about_centre(quad: Quad, scale: float) -> Quad:
    x, y = geometry.centre(quad)
    return quad_from_points((x + (px - x) * scale, y + (py - y) * scale) for px, py in quad)
