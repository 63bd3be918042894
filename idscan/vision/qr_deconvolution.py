"""Estimate QR modules from pixels that mix several of them: blurred or averaged.

Where the grid is known, a blur or a mosaic is a linear map from modules to pixels, the same along rows and columns, and
modules are either dark or light. Least squares under that bound undo far more than any filter that knows neither.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from idscan.core.geometry import quad_from_box, quad_from_points, transform_point
from idscan.vision.perspective import homography
from idscan.vision.qr_grid import QUIET, UNKNOWN, fixed_modules

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from idscan.vision.qr_grid import QrGrid

_PER_MODULE = 4
_ROUNDS = 120
_CONTRAST_FITS = 6
_MOST_PUSH = 0.54
_PIXEL_BLUR = 0.42
"""A pixel and the lens before it, as the standard deviation of a Gaussian in pixels."""

_OVERSHOOT = 1.8  # the modules follow a misplaced grid half the way
_ALIGN_LIMIT = 0.5  # modules that one alignment may move a corner

_USUAL_VARIETY = 0.3  # share of neighbours that differ; about half do under a good mask
_LEAST_TRUST = 0.02

_erf = np.vectorize(math.erf, otypes=[np.float64])


@dataclass(frozen=True, eq=False, slots=True)
class Observation:
    """What is seen of a code, and how it comes from the modules.

    Attributes:
        samples: float32 array of shape (rows, columns), brightness.
        down: of shape (rows, modules): how much of each row of modules a row of samples holds.
        across: of shape (columns, modules), likewise.
    """

    samples: NDArray[np.float32]
    down: NDArray[np.float64]
    across: NDArray[np.float64]

    @property
    def modules(self) -> int:
        """Modules along one side."""
        return int(self.down.shape[1])


@dataclass(frozen=True, eq=False, slots=True)
class Estimate:
    """What the modules are, as far as that can be told.

    Attributes:
        darkness: of shape (modules, modules), 0 light to 1 dark.
        misfit: root mean square of what these modules leave unexplained of the samples, as a share of the contrast.
        light: brightness of a light module.
        contrast: brightness by which a dark one is less.
    """

    darkness: NDArray[np.float64]
    misfit: float
    light: float
    contrast: float


def rectified(grey: NDArray[np.uint8], lattice: QrGrid) -> NDArray[np.float32]:
    """Return a code with its quiet zone straight on, four samples to the module.

    Args:
        grey: uint8 array of shape (height, width).
        lattice: where the modules lie.
    """
    side = (lattice.modules + 2 * QUIET) * _PER_MODULE
    edge = float(QUIET * _PER_MODULE)
    inner = quad_from_box(edge, edge, side - edge, side - edge)
    # cv2 counts from pixel centres, quads from pixel edges.
    matrix = homography(
        quad_from_points((x - 0.5, y - 0.5) for x, y in inner),
        quad_from_points((x - 0.5, y - 0.5) for x, y in lattice.quad),
    )
    return cv2.warpPerspective(
        grey.astype(np.float32),
        np.array(matrix, np.float64).reshape(3, 3),
        (side, side),
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    ).astype(np.float32, copy=False)


def blurred(samples: NDArray[np.float32], lattice: QrGrid, sigma: float) -> Observation:
    """Return the observation of a code under a Gaussian blur.

    Args:
        samples: as `rectified` returns them.
        lattice: where they come from.
        sigma: standard deviation of the blur in modules; that of the camera comes on top.
    """
    modules = lattice.modules
    spread = math.hypot(sigma, _PIXEL_BLUR / lattice.pitch)
    positions = (np.arange(len(samples)) + 0.5) / _PER_MODULE - QUIET
    steps = _erf((np.arange(modules + 1)[None] - positions[:, None]) / (spread * math.sqrt(2))) / 2
    operator = np.diff(steps, axis=1)
    return Observation(samples, operator, operator)


def tiled(
    means: NDArray[np.float32], rows: NDArray[np.float64], columns: NDArray[np.float64], modules: int
) -> Observation:
    """Return the observation of an upright code under a mosaic.

    Args:
        means: brightness of the tiles, shape (len(rows) - 1, len(columns) - 1).
        rows: edges of the tiles, downward, in modules from the code's upper edge.
        columns: likewise, rightward.
        modules: along one side of the code.
    """
    return Observation(means, _shares(rows, modules), _shares(columns, modules))


def _shares(edges: NDArray[np.float64], modules: int) -> NDArray[np.float64]:
    inside = np.clip(edges[:, None] - np.arange(modules)[None], 0, 1)
    shares: NDArray[np.float64] = np.diff(inside, axis=0) / np.diff(edges)[:, None]
    return shares


def solve(seen: Observation, stiffness: float, rounds: int = _ROUNDS) -> Estimate:
    """Return the modules that explain an observation best.

    Alternating directions (ADMM): each round solves the least squares exactly, in the basis in which both operators are
    diagonal, then pulls what it found into the bounds and, late, toward dark or light.

    Args:
        seen: the samples and where they come from.
        stiffness: how much the bounds count against the samples; about the variance of the noise.
        rounds: fewer leave modules between light and dark where the samples do not tell.
    """
    fixed = fixed_modules(seen.modules)
    is_fixed = fixed != UNKNOWN
    rows = _Axis.of(seen.down)
    columns = rows if seen.across is seen.down else _Axis.of(seen.across)
    light = _light(seen)
    darker = light - seen.samples.astype(np.float64)
    # As the operators carry it back to the modules, in their own basis.
    carried = rows.basis.T @ (seen.down.T @ darker @ seen.across) @ columns.basis / (rows.scale * columns.scale)
    powers = np.outer(rows.powers, columns.powers)
    bounded = np.where(is_fixed, fixed, 0.5)
    debt = np.zeros_like(bounded)
    contrast = 1.0
    every = max(rounds // (2 * _CONTRAST_FITS), 1)
    for i in range(rounds):
        if i % every == 0 and i < rounds / 2:
            shown = rows.basis.T @ bounded @ columns.basis
            contrast = max(float((shown * carried).sum() / (shown * powers * shown).sum()), 1e-3)
        target = rows.basis.T @ (bounded - debt) @ columns.basis
        solved = (carried / contrast + stiffness * target) / (powers + stiffness)
        found = rows.basis @ solved @ columns.basis.T
        push = min(1.0, max(0.0, (i - rounds / 3) / (rounds / 2))) * _MOST_PUSH
        bounded = np.clip((found + debt - 0.5) / (1 - push) + 0.5, 0, 1)
        bounded[is_fixed] = fixed[is_fixed]
        debt += found - bounded
    left_over = seen.down @ bounded @ seen.across.T - darker / contrast
    return Estimate(bounded, float(np.sqrt((left_over * left_over).mean())), light, contrast)


@dataclass(frozen=True, eq=False, slots=True)
class _Axis:
    """An operator in the basis in which it only scales, as if there were one sample to the module."""

    basis: NDArray[np.float64]
    powers: NDArray[np.float64]
    scale: float

    @classmethod
    def of(cls, operator: NDArray[np.float64]) -> _Axis:
        scale = max(operator.shape[0] / operator.shape[1], 1e-9)
        powers, basis = np.linalg.eigh(operator.T @ operator / scale)
        return cls(basis, np.clip(powers, 0, None), scale)


def _light(seen: Observation) -> float:
    """Return the brightness of the quiet zone: of the samples that hold the fewest modules."""
    held = seen.down.sum(axis=1)[:, None] + seen.across.sum(axis=1)[None]
    outside = (seen.down.sum(axis=1)[:, None] < 0.02) | (seen.across.sum(axis=1)[None] < 0.02)  # noqa: PLR2004  of a module
    chosen = seen.samples[outside] if outside.any() else seen.samples[held <= np.quantile(held, 0.1)]
    return float(np.median(chosen))


def aligned(samples: NDArray[np.float32], lattice: QrGrid, seen: Observation, estimate: Estimate) -> QrGrid:
    """Move the grid to where the estimated modules fit the picture best (one step of Lucas and Kanade).

    Args:
        samples: as `rectified` returns them for the lattice.
        lattice: the grid so far.
        seen: the observation that was solved.
        estimate: what it gave.
    """
    shown = estimate.light - estimate.contrast * (seen.down @ estimate.darkness @ seen.across.T)
    down, across = np.gradient(shown)
    side = len(samples)
    edge = QUIET * _PER_MODULE
    at = (np.arange(side) + 0.5 - edge) / (side - 2 * edge)
    x, y = np.meshgrid(at, at)
    weights = ((1 - x) * (1 - y), x * (1 - y), x * y, (1 - x) * y)
    design = np.stack([(gradient * weight).ravel() for weight in weights for gradient in (across, down)], axis=1)
    difference = (shown - samples).ravel()
    damping = 1e-3 * np.eye(8) * float(np.abs(design).max() ** 2 * len(design) * 1e-3 + 1e-9)
    moves = np.linalg.solve(design.T @ design + damping, design.T @ difference).reshape(4, 2)
    # The picture shows at a place what the model has a little further on: the corners move against it.
    limit = _ALIGN_LIMIT * _PER_MODULE
    moves = np.clip(moves * _OVERSHOOT, -limit, limit)
    inner = ((edge, edge), (side - edge, edge), (side - edge, side - edge), (edge, side - edge))
    to_picture = homography(quad_from_box(edge, edge, side - edge, side - edge), lattice.quad)
    corners = [
        transform_point(to_picture, (px + float(dx), py + float(dy)))
        for (px, py), (dx, dy) in zip(inner, moves, strict=True)
    ]
    return replace(lattice, quad=quad_from_points(corners))


def certainty(estimate: Estimate) -> NDArray[np.float64]:
    """Return how surely each module is dark (up to 1) or light (down to -1), shape (modules, modules).

    Masks keep areas of one shade small, so a module whose neighbourhood is all alike is likely to be what lies on the
    code, a sticker or a reflection: it counts for little.
    """
    darkness = estimate.darkness
    steps, pairs = np.zeros_like(darkness), np.zeros_like(darkness)
    for near, far, difference in (
        (np.s_[:-1], np.s_[1:], np.abs(np.diff(darkness, axis=0))),
        (np.s_[:, :-1], np.s_[:, 1:], np.abs(np.diff(darkness, axis=1))),
    ):
        for side in (near, far):
            steps[side] += difference
            pairs[side] += 1
    variety = cv2.blur(steps, (3, 3), borderType=cv2.BORDER_REFLECT) / cv2.blur(
        pairs, (3, 3), borderType=cv2.BORDER_REFLECT
    )
    sure: NDArray[np.float64] = (2 * darkness - 1) * np.clip(variety / _USUAL_VARIETY, _LEAST_TRUST, 1)
    return sure
