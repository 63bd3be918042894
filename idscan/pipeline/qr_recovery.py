"""Recover QR codes that were blurred, pixelated, veiled or partly covered."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from idscan.core import geometry
from idscan.pipeline import qr
from idscan.pipeline.context import symbol_readers
from idscan.pipeline.qr import enlarged_box
from idscan.vision import preprocess, qr_deconvolution
from idscan.vision.qr_detection import find_dark_squares
from idscan.vision.qr_grid import QUIET, find_qr_grids, quick_score

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from idscan.core.geometry import Quad
    from idscan.core.types import SymbolReading
    from idscan.vision.qr_deconvolution import Tiling
    from idscan.vision.qr_grid import QrGrid

DEFAULT_BUDGET = 600
"""Decoding attempts per image. Lower: codes are not recovered; higher: takes long where every attempt fails."""
_MARGIN = 0.22  # of the code's side: quiet zone and a little more
_MOST_DARK_SQUARES = 48
"""Dark squares scored per image. Lower: a code among much print is missed; higher: costs more time."""
_MOST_PLACES = 3
"""Places tried beside the given ones. Lower: codes are missed; higher: they use up the budget."""
_WORTH_FITTING = 0.45
"""Quick score (0 to 1) of a code. Lower: grids are fitted to print; higher: strongly blurred codes are skipped."""
_LIKE_A_CODE = 0.9  # codes under any blur score 0.93 to 0.98 on made-up cards, all else up to 0.88
_SURELY_WHOLE = 0.93
"""Score (0 to 1) of a code without a cover. Lower: covered codes get a wrong grid; higher: whole ones are fitted
twice."""
_PERHAPS_COVERED = 0.8  # codes of which one finder pattern is covered score 0.83 to 0.9 with it
_SIZES_TRIED = 2
"""Grids tried per place, the best first. Lower: the right size may be left out; higher: uses up the budget."""
_SIGMAS = (0.25, 0.4, 0.55, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2)  # modules
_NEAR_SIGMAS = (-0.08, -0.04, 0.0, 0.04, 0.08)
"""Steps in modules around the best blur. Smaller: too close to differ; larger: they pass over the right blur."""
_STIFFNESSES = (1e-4, 1e-3)
"""Weights of the regularisation. Lower: noise is amplified; higher: modules of blurred codes are smoothed away."""
_ALIGNMENTS = 4
"""Rounds in which the grid is aligned anew. Lower: inexact grids stay unread; higher: uses up the budget."""
_HOPELESS = 0.05  # of the contrast: no code of this size lies there
_SHIFTS = (-0.3, -0.15, 0.0, 0.15, 0.3)  # modules
_BEST_SHIFTS = 6
"""Shifts of a mosaic that are decoded, the best first. Lower: the right one may be left out; higher: uses up the
budget."""
_MIN_WINDOW = 40  # pixels
_INSET, _ONE_COLOUR = 0.15, 0.99
"""Of a place, on each side: what lies there may be the edge of a cover; share of the rest that has one value."""


@dataclass(slots=True)
class _Reader:
    """Shows images to the readers, and modules to the decoder, until one decodes or the budget is spent."""

    left: int
    found: list[SymbolReading] = field(default_factory=list)

    def read(self, image: NDArray[np.uint8]) -> SymbolReading | None:
        """Return what the fastest reader decodes from an image, in its pixels."""
        if self.left <= 0:
            return None
        self.left -= 1
        for reader in symbol_readers()[:1]:
            for symbol in reader.read_symbols(image, ("qr",)):
                if symbol.payload is not None:
                    return symbol
        return None

    def decode(self, estimate: qr_deconvolution.Estimate, lattice: QrGrid) -> SymbolReading | None:
        """Return the code that an estimate of its modules gives, placed where the grid is."""
        if self.left <= 0:
            return None
        self.left -= 1
        return qr.decoded(estimate, lattice)


def recover_codes(
    rgb: NDArray[np.uint8], known: Sequence[Quad], suspects: Sequence[Quad] = (), *, budget: int = DEFAULT_BUDGET
) -> tuple[SymbolReading, ...]:
    """Return QR codes that plain reading misses but that can be recovered, in pixels of the image.

    Args:
        rgb: uint8 array of shape (height, width, 3).
        known: places of codes that were decoded already.
        suspects: places where a code should be or was seen; they are tried whatever they look like.
        budget: how many guesses may be shown to readers. The same budget gives the same result.
    """
    grey = preprocess.grey(rgb)
    reader = _Reader(budget)
    found: list[SymbolReading] = []
    for place in _places(grey, known, suspects):
        if reader.left <= 0 or _is_among(place.quad, [symbol.quad for symbol in found]):
            continue
        symbol = None if _is_flat(rgb, place.quad) else _recovered(rgb, grey, place, reader)
        if symbol is not None:
            found.append(symbol)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Place:
    """Place of a possible code, its score, and whether the caller requested for it."""

    quad: Quad
    score: float
    is_requested: bool = False


def _places(grey: NDArray[np.uint8], known: Sequence[Quad], suspects: Sequence[Quad]) -> list[_Place]:
    """Return places to try, the caller's first."""
    requested = [_Place(quad, 1.0, is_requested=True) for quad in suspects if not _is_among(quad, known)]
    dark_squares = [
        _Place(quad, score)
        for quad in find_dark_squares(grey, _MOST_DARK_SQUARES)
        if not _is_among(quad, known) and (score := quick_score(grey, quad)) > _WORTH_FITTING
    ]
    dark_squares.sort(key=lambda place: (-place.score, place.quad))
    return [*requested, *dark_squares[:_MOST_PLACES]]


def _is_among(quad: Quad, known: Sequence[Quad]) -> bool:
    return any(geometry.is_same_place(quad, other) for other in known)


def _recovered(rgb: NDArray[np.uint8], grey: NDArray[np.uint8], place: _Place, reader: _Reader) -> SymbolReading | None:
    lattices = _lattices(grey, place)
    is_like_a_code = lattices[0].score > _LIKE_A_CODE
    if not is_like_a_code and not place.is_requested:
        return None
    quad = lattices[0].quad if is_like_a_code else place.quad
    window = _Window.around(grey, quad)
    if window is None:
        return None
    part = window.cut(grey)
    tiling = qr_deconvolution.find_tiling(_middle(part))
    for lattice in lattices[:_SIZES_TRIED] if is_like_a_code else ():
        symbol = _from_tiles(grey, lattice, reader) if tiling else _from_blur(grey, lattice, reader)
        if symbol is not None:
            return symbol
    for image in _treated(window.cut(rgb), part, tiling):
        symbol = reader.read(image)
        if reader.left <= 0 and symbol is None:
            return None
        if symbol is not None:
            return replace(symbol, quad=quad if tiling else window.placed(symbol.quad, image))
    return None


def _is_flat(rgb: NDArray[np.uint8], quad: Quad) -> bool:
    """Return whether next to all of a place has one colour: not one level of a code is left."""
    height, width = rgb.shape[:2]
    left, top, right, bottom = (round(edge) for edge in geometry.bounds(enlarged_box(quad, -_INSET)))
    part = rgb[max(top, 0) : min(bottom, height), max(left, 0) : min(right, width)].reshape(-1, 3)
    if not part.size:
        return True
    return all(float(np.bincount(part[:, channel]).max()) > _ONE_COLOUR * len(part) for channel in range(3))


def _lattices(grey: NDArray[np.uint8], place: _Place) -> tuple[QrGrid, ...]:
    """Return likely grids, the best first; a finder pattern that something covers is left out of account."""
    whole = find_qr_grids(grey, place.quad)
    if whole[0].score > _SURELY_WHOLE or (whole[0].score < _PERHAPS_COVERED and not place.is_requested):
        return whole
    # Grids turned by quarters are tried as well, so which pattern is meant depends on the turn that fits best.
    hidden = max(range(3), key=lambda finder: quick_score(grey, whole[0].quad, finder))
    covered = find_qr_grids(grey, place.quad, hidden)
    return tuple(sorted([*whole[:1], *covered[:1]], key=lambda lattice: -lattice.score))


@dataclass(frozen=True, slots=True)
class _Window:
    """An upright part of an image."""

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def around(cls, grey: NDArray[np.uint8], quad: Quad) -> _Window | None:
        """Return the part around a code, None where there is nothing to see of it."""
        height, width = grey.shape
        left, top, right, bottom = (round(edge) for edge in geometry.bounds(enlarged_box(quad, _MARGIN)))
        window = cls(max(left, 0), max(top, 0), min(right, width), min(bottom, height))
        return window if min(window.right - window.left, window.bottom - window.top) >= _MIN_WINDOW else None

    def cut(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return np.ascontiguousarray(pixels[self.top : self.bottom, self.left : self.right])

    def placed(self, quad: Quad, image: NDArray[np.uint8]) -> Quad:
        """Return a quad of an image of this part, enlarged or not, in the whole image."""
        factor = (self.right - self.left) / image.shape[1]
        return geometry.shifted(geometry.scaled(quad, factor), self.left, self.top)


def _middle(part: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the part of a window that is certainly within the code."""
    height, width = part.shape
    return part[height // 4 : height - height // 4, width // 4 : width - width // 4]


def _treated(part: NDArray[np.uint8], grey: NDArray[np.uint8], tiling: Tiling | None) -> Iterator[NDArray[np.uint8]]:
    """Yield images of a place as they may have been before, cheapest first."""
    for image, _ in preprocess.symbol_variants(grey):
        yield image
    yield from qr_deconvolution.overlay_variants(part)
    if tiling is None:
        yield from qr_deconvolution.deblurred_variants(grey)
        return
    # The phase was found in the middle of the part.
    height, width = grey.shape
    moved = replace(tiling, left=(tiling.left + width // 4) % tiling.side, top=(tiling.top + height // 4) % tiling.side)
    means = qr_deconvolution.tile_means(grey, moved)
    for image, _ in preprocess.symbol_variants(means):
        yield image
    yield from qr_deconvolution.deblurred_variants(means)


@dataclass(frozen=True, eq=False, slots=True)
class _Fit:
    """Modules that explain a blurred code best, and under which blur, in modules."""

    seen: qr_deconvolution.Observation
    estimate: qr_deconvolution.Estimate
    sigma: float


def _from_blur(grey: NDArray[np.uint8], lattice: QrGrid, reader: _Reader) -> SymbolReading | None:
    """Solve for the modules under any likely blur, put the grid where they fit best, and solve again."""
    samples = qr_deconvolution.rectified_samples(grey, lattice)
    symbol, fit = _solved(samples, lattice, [(sigma, _STIFFNESSES[0]) for sigma in _SIGMAS], reader)
    for _ in range(_ALIGNMENTS):
        if fit is None or fit.estimate.misfit > _HOPELESS:
            break
        lattice = qr_deconvolution.align_grid(samples, lattice, fit.seen, fit.estimate)
        samples = qr_deconvolution.rectified_samples(grey, lattice)
        near = [max(fit.sigma + step, _SIGMAS[0]) for step in _NEAR_SIGMAS]
        guesses = [(sigma, stiffness) for sigma in near for stiffness in _STIFFNESSES]
        symbol, fit = _solved(samples, lattice, guesses, reader)
    return symbol


def _solved(
    samples: NDArray[np.float32], lattice: QrGrid, guesses: Sequence[tuple[float, float]], reader: _Reader
) -> tuple[SymbolReading | None, _Fit | None]:
    """Return the code if one of the guesses (blur, stiffness) gives it, otherwise the guess that fits best.

    Neither where the budget ends.
    """
    best: _Fit | None = None
    for sigma, stiffness in guesses:
        if reader.left <= 0:
            return None, None
        seen = qr_deconvolution.observe_blur(samples, lattice, sigma)
        estimate = qr_deconvolution.solve(seen, stiffness)
        symbol = reader.decode(estimate, lattice)
        if symbol is not None:
            return symbol, None
        if stiffness == _STIFFNESSES[0] and (best is None or estimate.misfit < best.estimate.misfit):
            best = _Fit(seen, estimate, sigma)
    return None, best


def _from_tiles(grey: NDArray[np.uint8], lattice: QrGrid, reader: _Reader) -> SymbolReading | None:
    """Solve for the modules under a mosaic, the code's edges moved by parts of a module."""
    left, top, right, bottom = geometry.bounds(enlarged_box(lattice.quad, 2.0 * QUIET / lattice.modules))
    height, width = grey.shape
    x0, y0 = max(round(left), 0), max(round(top), 0)
    part = np.ascontiguousarray(grey[y0 : min(round(bottom), height), x0 : min(round(right), width)])
    tiling = qr_deconvolution.find_tiling(part)
    if tiling is None:
        return None
    means = qr_deconvolution.tile_means(part, tiling).astype(np.float32)
    edges_x = x0 + tiling.left + tiling.side * np.arange(means.shape[1] + 1, dtype=np.float64)
    edges_y = y0 + tiling.top + tiling.side * np.arange(means.shape[0] + 1, dtype=np.float64)
    code = geometry.bounds(lattice.quad)
    turns = _quarter_turns(lattice.quad)
    fits: list[tuple[float, qr_deconvolution.Estimate]] = []
    for shift_x in _SHIFTS:
        for shift_y in _SHIFTS:
            pitch_x, pitch_y = (code[2] - code[0]) / lattice.modules, (code[3] - code[1]) / lattice.modules
            across = (edges_x - code[0]) / pitch_x + shift_x
            down = (edges_y - code[1]) / pitch_y + shift_y
            # The code is solved in its own orientation, from its top-left corner.
            turned, rows, columns = _turned(means, down, across, turns, lattice.modules)
            estimate = qr_deconvolution.solve(
                qr_deconvolution.observe_mosaic(turned, rows, columns, lattice.modules), _STIFFNESSES[1]
            )
            fits.append((estimate.misfit, estimate))
    fits.sort(key=lambda fit: fit[0])
    for _, estimate in fits[:_BEST_SHIFTS]:
        symbol = reader.decode(estimate, lattice)
        if symbol is not None:
            return symbol
    return None


def _quarter_turns(quad: Quad) -> int:
    """Return how often a code is turned clockwise in the image, to the nearest quarter."""
    return round(geometry.angle(quad) / 90) % 4


def _turned(
    means: NDArray[np.float32], down: NDArray[np.float64], across: NDArray[np.float64], turns: int, modules: int
) -> tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.float64]]:
    """Turn tiles and their edges back by quarter turns, so that the code stands upright."""
    for _ in range(turns):
        means = np.ascontiguousarray(np.rot90(means))
        down, across = (modules - across)[::-1], down
    return means, down, across
