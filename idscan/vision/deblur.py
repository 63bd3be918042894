"""Pictures of a hidden code as it may have been before: blur taken back, mosaics reduced, faint contrast stretched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_SIGMAS = (1.0, 1.5, 2.0, 2.7, 3.5, 4.5, 6.0, 8.0, 10.0, 12.0)  # pixels
_NOISES = (3e-2, 3e-3, 3e-4)  # variance of the noise against that of the picture
_DISKS = (2.0, 3.0, 4.5, 6.5, 9.0, 12.0)  # radius in pixels
_DISK_NOISE = 3e-3
_LARGEST_BLUR = 0.09  # of the code's side: more than four modules of the coarsest code
_LEGIBLE_SIDE = 400

_MIN_TILE, _MAX_TILE = 2, 40
_MIN_TILES = 16  # along a side of the place: fewer cannot hold a code
_STEP_RATIO = 4.0  # how much steeper the steps between tiles are than within; blocks of a JPEG file measure 1.5
_MIN_STEP = 2.0
_FEW = 0.2

_GAMMAS = (0.45, 2.2)


def restored(part: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """Yield what a part of a picture may have shown before it was blurred, one picture per guess at the blur.

    Args:
        part: uint8 array of shape (height, width), a code with some ground around it.
    """
    spectrum = _Spectrum.of(part)
    limit = _LARGEST_BLUR * max(part.shape)
    for sigma in _SIGMAS:
        if sigma <= limit:
            gaussian = np.exp(-2 * (np.pi * sigma) ** 2 * spectrum.squares)
            for noise in _NOISES:
                yield contrast_stretched(spectrum.without(gaussian, noise))
    for radius in _DISKS:
        if radius <= 2 * limit:
            yield contrast_stretched(spectrum.without(spectrum.response(_disk(radius)), _DISK_NOISE))


@dataclass(frozen=True, eq=False, slots=True)
class _Spectrum:
    """The Fourier transform of a picture with margins, so that its edges do not ring."""

    values: NDArray[np.complex64]
    squares: NDArray[np.float32]
    shape: tuple[int, int]
    margin: int
    mean: float
    inner: tuple[int, int]

    @classmethod
    def of(cls, part: NDArray[np.uint8]) -> _Spectrum:
        margin = int(4 * min(_SIGMAS[-1], _LARGEST_BLUR * max(part.shape))) + 8
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
        """Return the real transform of a kernel that is symmetric around its middle."""
        around = np.zeros(self.shape, np.float32)
        around[: kernel.shape[0], : kernel.shape[1]] = kernel
        centred = np.roll(around, (-(kernel.shape[0] // 2), -(kernel.shape[1] // 2)), axis=(0, 1))
        return np.fft.rfft2(centred).real.astype(np.float32)

    def without(self, response: NDArray[np.float32], noise: float) -> NDArray[np.float32]:
        """Return the picture as it was before a blur of the given response (Wiener's filter)."""
        filtered = self.values * (response / (response * response + noise))
        picture = np.fft.irfft2(filtered, s=self.shape) + self.mean
        inner = picture[self.margin : self.margin + self.inner[0], self.margin : self.margin + self.inner[1]]
        return inner.astype(np.float32)


def _disk(radius: float) -> NDArray[np.float32]:
    reach = int(radius) + 1
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disk = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1).astype(np.float32)
    kernel: NDArray[np.float32] = disk / disk.sum()
    return kernel


def contrast_stretched(picture: NDArray[np.float32] | NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture with its contrast stretched over the whole range, large enough for a decoder."""
    low, high = np.percentile(picture, (3, 97))
    scaled = np.clip((picture.astype(np.float32) - low) * (255 / max(float(high - low), 1e-6)), 0, 255)
    return enlarged(scaled.astype(np.uint8))


def enlarged(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a small picture enlarged so that its modules are several pixels wide."""
    factor = -(-_LEGIBLE_SIDE // max(picture.shape))
    if factor <= 1:
        return picture
    return cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC).astype(np.uint8, copy=False)


def uncovered(part: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """Yield what a veil of colour over a code may let through: each channel stretched, dark and light tones spread.

    Args:
        part: uint8 array of shape (height, width, 3).
    """
    for channel in (part[..., 1], part[..., 0], part[..., 2]):
        yield contrast_stretched(channel)
        low, high = np.percentile(channel, (2, 98))
        unit = np.clip((channel.astype(np.float32) - low) / max(float(high - low), 1.0), 0, 1)
        for gamma in _GAMMAS:
            yield enlarged((255 * unit**gamma).astype(np.uint8))


@dataclass(frozen=True, slots=True)
class Tiling:
    """A mosaic: square tiles, each of one brightness.

    Attributes:
        side: of a tile, in pixels.
        left: where the first whole tile starts in the part, in pixels from its left edge.
        top: likewise from its upper edge.
    """

    side: int
    left: int
    top: int


def find_tiling(part: NDArray[np.uint8]) -> Tiling | None:
    """Return the tiles that a place was averaged to, None where it was not.

    Args:
        part: uint8 array of shape (height, width), nothing but the place itself.
    """
    if min(part.shape) < _MIN_TILES * _MIN_TILE:
        return None
    picture = part.astype(np.float32)
    across = np.abs(np.diff(picture, axis=1)).mean(axis=0)
    down = np.abs(np.diff(picture, axis=0)).mean(axis=1)
    for side in range(_MIN_TILE, min(_MAX_TILE, min(part.shape) // _MIN_TILES) + 1):
        left, top = _phase(across, side), _phase(down, side)
        if left is not None and top is not None:
            return Tiling(side, left, top)
    return None


def _phase(steps: NDArray[np.float32], side: int) -> int | None:
    """Return where tiles of a side start, None where steps are as high within them as between."""
    sums = np.array([steps[start::side].mean() for start in range(side)])
    best = int(sums.argmax())
    within = float(np.delete(sums, best).mean())
    # Nearly all edges have to be steps: of larger tiles only some of these would be.
    between = float(np.quantile(steps[best::side], _FEW))
    if between < _MIN_STEP or between < _STEP_RATIO * within:
        return None
    return (best + 1) % side


def tile_means(part: NDArray[np.uint8], tiling: Tiling) -> NDArray[np.uint8]:
    """Return one pixel for each whole tile, the median of it: compression blurs its edges.

    Args:
        part: as in `find_tiling`.
        tiling: what it found.
    """
    side = tiling.side
    inner = part[tiling.top :, tiling.left :]
    rows, columns = inner.shape[0] // side, inner.shape[1] // side
    tiles = inner[: rows * side, : columns * side].reshape(rows, side, columns, side)
    return np.asarray(np.median(tiles, axis=(1, 3)), np.uint8)
