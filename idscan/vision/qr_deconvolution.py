"""Restore codes under blur, mosaic or overlay: estimate QR modules, deconvolve images, reduce mosaics.

On a known grid a blur or a mosaic is a separable linear map from modules to pixels, and modules are either dark or
light. Bounded least squares restore far more than a filter without these two constraints.
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
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from idscan.vision.qr_grid import QrGrid

_PER_MODULE = 4  # samples per module along a side: fewer lose what a blur left, more cost time
_ROUNDS = 120  # iterations of the solver: fewer leave modules undecided
_CONTRAST_FITS = 6  # times that the contrast is fitted in the first half of the rounds
_MAX_PUSH = 0.54  # push away from grey in the last rounds: more fixes wrong modules, less leaves them undecided
_PIXEL_BLUR = 0.42  # standard deviation of the blur by pixel and lens, in pixels
_OVERSHOOT = 1.8  # factor on the moves of corners, as estimated modules follow a misplaced grid half the way
_MAX_MOVE = 0.5  # modules that one alignment may move a corner: more leaves the right grid
_OUTSIDE = 0.02  # modules: samples with less of the code in them are quiet zone
_USUAL_VARIETY = 0.3  # share of differing neighbours with full certainty; about half differ under a good mask
_MIN_CERTAINTY = 0.02  # factor for modules in a uniform area: 0 would ignore them altogether

_erf = np.vectorize(math.erf, otypes=[np.float64])


@dataclass(frozen=True, eq=False, slots=True)
class Observation:
    """Samples of a code and the linear map that produces them from its modules.

    Attributes:
        samples: float32 array of shape (rows, columns), brightness.
        down: of shape (rows, modules): share of each row of modules in a row of samples.
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
    """Estimated modules.

    Attributes:
        darkness: of shape (modules, modules), 0 light to 1 dark.
        misfit: root mean square of the residual, as a share of the contrast.
        light: brightness of a light module.
        contrast: difference in brightness of light and dark modules.
    """

    darkness: NDArray[np.float64]
    misfit: float
    light: float
    contrast: float


def rectified_samples(grey: NDArray[np.uint8], grid: QrGrid) -> NDArray[np.float32]:
    """Return the rectified code with its quiet zone, `_PER_MODULE` samples per module.

    Args:
        grey: uint8 array of shape (height, width).
        grid: the grid of its modules.
    """
    side = (grid.modules + 2 * QUIET) * _PER_MODULE
    edge = float(QUIET * _PER_MODULE)
    inner = quad_from_box(edge, edge, side - edge, side - edge)
    # cv2 counts from pixel centres, quads from pixel edges.
    matrix = homography(
        quad_from_points((x - 0.5, y - 0.5) for x, y in inner),
        quad_from_points((x - 0.5, y - 0.5) for x, y in grid.quad),
    )
    return cv2.warpPerspective(
        grey.astype(np.float32),
        np.array(matrix, np.float64).reshape(3, 3),
        (side, side),
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    ).astype(np.float32, copy=False)


def observe_blur(samples: NDArray[np.float32], grid: QrGrid, sigma: float) -> Observation:
    """Return the observation of a code under a Gaussian blur.

    Args:
        samples: as `rectified_samples` returns them.
        grid: the grid they were taken on.
        sigma: standard deviation of the blur in modules, without that of the camera.
    """
    modules = grid.modules
    spread = math.hypot(sigma, _PIXEL_BLUR / grid.pitch)
    positions = (np.arange(len(samples)) + 0.5) / _PER_MODULE - QUIET
    steps = _erf((np.arange(modules + 1)[None] - positions[:, None]) / (spread * math.sqrt(2))) / 2
    operator = np.diff(steps, axis=1)
    return Observation(samples, operator, operator)


def observe_mosaic(
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
    """Return the modules that fit an observation best.

    Alternating direction method of multipliers (ADMM): each round solves the least squares exactly, in the basis in
    which both operators are diagonal, then projects the solution on the bounds and, in late rounds, pushes it towards
    dark or light.

    Args:
        seen: the samples and their operators.
        stiffness: weight of the bounds against the samples; about the variance of the noise.
        rounds: iterations; fewer leave modules undecided where the samples are ambiguous.
    """
    fixed = fixed_modules(seen.modules)
    is_fixed = fixed != UNKNOWN
    rows = _Axis.of(seen.down)
    columns = rows if seen.across is seen.down else _Axis.of(seen.across)
    light = _quiet_zone_brightness(seen)
    darker = light - seen.samples.astype(np.float64)
    # The transposed operators applied to the samples, in the diagonal basis.
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
        push = min(1.0, max(0.0, (i - rounds / 3) / (rounds / 2))) * _MAX_PUSH
        bounded = np.clip((found + debt - 0.5) / (1 - push) + 0.5, 0, 1)
        bounded[is_fixed] = fixed[is_fixed]
        debt += found - bounded
    left_over = seen.down @ bounded @ seen.across.T - darker / contrast
    return Estimate(bounded, float(np.sqrt((left_over * left_over).mean())), light, contrast)


@dataclass(frozen=True, eq=False, slots=True)
class _Axis:
    """An operator in its diagonal basis, normalised to one sample per module."""

    basis: NDArray[np.float64]
    powers: NDArray[np.float64]
    scale: float

    @classmethod
    def of(cls, operator: NDArray[np.float64]) -> _Axis:
        scale = max(operator.shape[0] / operator.shape[1], 1e-9)
        powers, basis = np.linalg.eigh(operator.T @ operator / scale)
        return cls(basis, np.clip(powers, 0, None), scale)


def _quiet_zone_brightness(seen: Observation) -> float:
    """Return the brightness of the quiet zone, from the samples with the least share of modules."""
    down, across = seen.down.sum(axis=1)[:, None], seen.across.sum(axis=1)[None]
    outside = (down < _OUTSIDE) | (across < _OUTSIDE)
    held = down + across
    chosen = seen.samples[outside] if outside.any() else seen.samples[held <= np.quantile(held, 0.1)]
    return float(np.median(chosen))


def align_grid(samples: NDArray[np.float32], grid: QrGrid, seen: Observation, estimate: Estimate) -> QrGrid:
    """Move the grid to where the estimated modules fit the image best (one step of Lucas-Kanade registration).

    Args:
        samples: as `rectified_samples` returns them for the grid.
        grid: the current grid.
        seen: the observation that was solved.
        estimate: its solution.
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
    # The offset is that of the image against the model, so the corners move in the opposite direction.
    limit = _MAX_MOVE * _PER_MODULE
    moves = np.clip(moves * _OVERSHOOT, -limit, limit)
    inner = ((edge, edge), (side - edge, edge), (side - edge, side - edge), (edge, side - edge))
    to_image = homography(quad_from_box(edge, edge, side - edge, side - edge), grid.quad)
    corners = [
        transform_point(to_image, (px + float(dx), py + float(dy)))
        for (px, py), (dx, dy) in zip(inner, moves, strict=True)
    ]
    return replace(grid, quad=quad_from_points(corners))


def certainty(estimate: Estimate) -> NDArray[np.float64]:
    """Return the certainty that each module is dark (up to 1) or light (down to -1), shape (modules, modules).

    Masks of QR codes keep uniform areas small, so a module in a uniform neighbourhood probably shows a sticker or a
    reflection, and gets little weight.
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
    total, count = (cv2.blur(values, (3, 3), borderType=cv2.BORDER_REFLECT) for values in (steps, pairs))
    variety = total / count
    sure: NDArray[np.float64] = (2 * darkness - 1) * np.clip(variety / _USUAL_VARIETY, _MIN_CERTAINTY, 1)
    return sure


_SIGMAS = (1.0, 1.5, 2.0, 2.7, 3.5, 4.5, 6.0, 8.0, 10.0, 12.0)  # pixels; larger gaps miss blurs between them
_NOISES = (3e-2, 3e-3, 3e-4)  # noise variance by signal variance: less amplifies noise, more leaves blur
_RADII = (2.0, 3.0, 4.5, 6.5, 9.0, 12.0)  # of disk blurs, in pixels
_DISK_NOISE = 3e-3  # as `_NOISES`
_MAX_BLUR = 0.09  # share of the code's side: more than four modules of the coarsest code
_READABLE_SIDE = 400  # pixels: smaller images are enlarged for decoders
_CONTRAST_PERCENTILES, _CHANNEL_PERCENTILES = (3, 97), (2, 98)  # mapped to black and white; outliers are clipped
_GAMMAS = (0.45, 2.2)  # expand dark tones, expand light tones

_MIN_TILE, _MAX_TILE = 2, 40  # pixels
_MIN_TILES = 16  # along a side: fewer cannot hold a code
_MIN_STEP_RATIO = 4.0  # steps between tiles by those within; blocks of a JPEG file measure 1.5
_MIN_STEP = 2.0  # levels between tiles: less is noise
_STEP_QUANTILE = 0.2  # of the steps between tiles: a lower one rejects uniform areas, a higher one finds larger tiles


def deblurred_variants(part: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """Yield one deconvolved image per assumed blur.

    Args:
        part: uint8 array of shape (height, width), a code with some margin.
    """
    spectrum = _Spectrum.of(part)
    limit = _MAX_BLUR * max(part.shape)
    for sigma in _SIGMAS:
        if sigma <= limit:
            gaussian = np.exp(-2 * (np.pi * sigma) ** 2 * spectrum.squares)
            for noise in _NOISES:
                yield contrast_stretched(spectrum.without(gaussian, noise))
    for radius in _RADII:
        if radius <= 2 * limit:
            yield contrast_stretched(spectrum.without(spectrum.response(_disk(radius)), _DISK_NOISE))


@dataclass(frozen=True, eq=False, slots=True)
class _Spectrum:
    """Fourier transform of an image, padded so that its edges do not ring."""

    values: NDArray[np.complex64]
    squares: NDArray[np.float32]
    shape: tuple[int, int]
    margin: int
    mean: float
    inner: tuple[int, int]

    @classmethod
    def of(cls, part: NDArray[np.uint8]) -> _Spectrum:
        margin = int(4 * min(_SIGMAS[-1], _MAX_BLUR * max(part.shape))) + 8
        height, width = (cv2.getOptimalDFTSize(side + 2 * margin) for side in part.shape)
        below, beside = height - part.shape[0] - margin, width - part.shape[1] - margin
        wide = cv2.copyMakeBorder(part, margin, below, margin, beside, cv2.BORDER_REPLICATE).astype(np.float32)
        mean = float(wide.mean())
        down, across = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]
        squares = (down**2 + across**2).astype(np.float32)
        return cls(
            np.fft.rfft2(wide - mean).astype(np.complex64),
            squares,
            (height, width),
            margin,
            mean,
            (part.shape[0], part.shape[1]),
        )

    def response(self, kernel: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the real transform of a kernel that is symmetric about its centre."""
        around = np.zeros(self.shape, np.float32)
        around[: kernel.shape[0], : kernel.shape[1]] = kernel
        centred = np.roll(around, (-(kernel.shape[0] // 2), -(kernel.shape[1] // 2)), axis=(0, 1))
        return np.fft.rfft2(centred).real.astype(np.float32)

    def without(self, response: NDArray[np.float32], noise: float) -> NDArray[np.float32]:
        """Return the image without a blur of the given response (Wiener filter)."""
        filtered = self.values * (response / (response * response + noise))
        image = np.fft.irfft2(filtered, s=self.shape) + self.mean
        inner = image[self.margin : self.margin + self.inner[0], self.margin : self.margin + self.inner[1]]
        return inner.astype(np.float32)


def _disk(radius: float) -> NDArray[np.float32]:
    reach = int(radius) + 1
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disk = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1).astype(np.float32)
    kernel: NDArray[np.float32] = disk / disk.sum()
    return kernel


def contrast_stretched(image: NDArray[np.float32] | NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return an image with its contrast stretched to the full range, enlarged for a decoder."""
    low, high = np.percentile(image, _CONTRAST_PERCENTILES)
    scaled = np.clip((image.astype(np.float32) - low) * (255 / max(float(high - low), 1e-6)), 0, 255)
    return enlarged(scaled.astype(np.uint8))


def enlarged(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return an image enlarged to `_READABLE_SIDE` pixels at least."""
    factor = -(-_READABLE_SIDE // max(image.shape))
    if factor <= 1:
        return image
    return cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC).astype(np.uint8, copy=False)


def overlay_variants(part: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """Yield images that may show a code under a translucent overlay: channels with stretched contrast and gamma.

    Args:
        part: uint8 array of shape (height, width, 3).
    """
    for channel in (part[..., 1], part[..., 0], part[..., 2]):
        yield contrast_stretched(channel)
        low, high = np.percentile(channel, _CHANNEL_PERCENTILES)
        unit = np.clip((channel.astype(np.float32) - low) / max(float(high - low), 1.0), 0, 1)
        for gamma in _GAMMAS:
            yield enlarged((255 * unit**gamma).astype(np.uint8))


@dataclass(frozen=True, slots=True)
class Tiling:
    """A mosaic: square tiles, each of one brightness.

    Attributes:
        side: of a tile, in pixels.
        left: offset of the first whole tile from the left edge, in pixels.
        top: likewise from the upper edge.
    """

    side: int
    left: int
    top: int


def find_tiling(part: NDArray[np.uint8]) -> Tiling | None:
    """Return the tiles of a mosaic, None where there is none.

    Args:
        part: uint8 array of shape (height, width), nothing but the mosaic.
    """
    if min(part.shape) < _MIN_TILES * _MIN_TILE:
        return None
    image = part.astype(np.float32)
    across = np.abs(np.diff(image, axis=1)).mean(axis=0)
    down = np.abs(np.diff(image, axis=0)).mean(axis=1)
    for side in range(_MIN_TILE, min(_MAX_TILE, min(part.shape) // _MIN_TILES) + 1):
        left, top = _phase(across, side), _phase(down, side)
        if left is not None and top is not None:
            return Tiling(side, left, top)
    return None


def _phase(steps: NDArray[np.floating], side: int) -> int | None:
    """Return the offset of tiles of a given side, None where steps within them are about as high as between them."""
    sums = np.array([steps[start::side].mean() for start in range(side)])
    best = int(sums.argmax())
    within = float(np.delete(sums, best).mean())
    # Nearly all borders must have a step: multiples of the true side have steps within.
    between = float(np.quantile(steps[best::side], _STEP_QUANTILE))
    if between < _MIN_STEP or between < _MIN_STEP_RATIO * within:
        return None
    return (best + 1) % side


def tile_means(part: NDArray[np.uint8], tiling: Tiling) -> NDArray[np.uint8]:
    """Return the median of each whole tile, as compression blurs their edges.

    Args:
        part: as in `find_tiling`.
        tiling: its result.
    """
    side = tiling.side
    inner = part[tiling.top :, tiling.left :]
    rows, columns = inner.shape[0] // side, inner.shape[1] // side
    tiles = inner[: rows * side, : columns * side].reshape(rows, side, columns, side)
    return np.asarray(np.median(tiles, axis=(1, 3)), np.uint8)
