"""Restore hidden codes: Wiener deconvolution of blur, reduction of mosaics, contrast stretching of overlays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

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
