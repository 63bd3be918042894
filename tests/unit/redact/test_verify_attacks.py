"""What an attacker would try on a published picture: undo the blur, or match the traces around a region.

Each attack is first shown to work on what it was made for, so that its failure says something.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
import zxingcpp

from idscan.core.enums import Style
from idscan.redact.fill import fill_regions
from idscan.redact.mask import expanded_quad, region_mask
from tests.fakes.stored import (
    CODED_BLOCKS,
    GROUND,
    SINGLE_PIXELS,
    code_patch,
    place_of,
    safe_margin,
    stamped,
    text_patch,
    through_jpeg,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from idscan.images.pixels import Grid

SUBSAMPLING = "4:2:0"
BLACK = (0, 0, 0)
CODE = "001099000001|||01011999|Nam||01012021"
MODULE = 6
SIDE = 400


def gaussian(sigma: float) -> NDArray[np.float32]:
    column = cv2.getGaussianKernel(2 * math.ceil(4 * sigma) + 1, sigma, cv2.CV_32F)
    return np.asarray(column @ column.T, dtype=np.float32)


def disk(radius: float) -> NDArray[np.float32]:
    reach = math.ceil(radius)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    inside = (x * x + y * y <= radius * radius).astype(np.float32)
    return np.asarray(inside / inside.sum(), dtype=np.float32)


def deconvolved(grey: NDArray[np.uint8], kernel: NDArray[np.float32], noise: float) -> NDArray[np.uint8]:
    """Return the Wiener estimate of what was blurred with a kernel, stretched to full contrast."""
    reach = len(kernel) // 2
    padded = np.pad(grey.astype(np.float32), reach, mode="reflect")
    spread = np.zeros_like(padded)
    spread[: len(kernel), : len(kernel)] = kernel
    transfer = np.fft.rfft2(np.roll(spread, (-reach, -reach), axis=(0, 1)))
    restored = np.fft.irfft2(
        np.fft.rfft2(padded) * np.conj(transfer) / (np.abs(transfer) ** 2 + noise), s=padded.shape
    )[reach:-reach, reach:-reach]
    return stretched(restored)


def stretched(levels: NDArray[np.floating]) -> NDArray[np.uint8]:
    low, high = np.percentile(levels, (2, 98))
    scaled: NDArray[np.uint8] = np.clip((levels - low) * (255 / max(high - low, 1e-6)), 0, 255).astype(np.uint8)
    return scaled


def attempts(grey: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    yield grey
    yield stretched(grey.astype(np.float32))
    kernels = [gaussian(sigma) for sigma in (2, 3, 4, 5, 6, 8, 10, 13, 16)]
    kernels += [disk(radius) for radius in (3, 5, 7, 9, 12, 16, 20)]
    for kernel, noise in product(kernels, (1e-5, 1e-4, 1e-3, 1e-2)):
        yield deconvolved(grey, kernel, noise)


def reads(grey: NDArray[np.uint8]) -> int:
    """Return how many of the attempts give a code away."""
    return sum(bool(zxingcpp.read_barcodes(np.ascontiguousarray(attempt))) for attempt in attempts(grey))


def picture_with_code() -> tuple[NDArray[np.uint8], tuple[int, int]]:
    """Return a card's ground with a QR code in its middle, and the code's size with its quiet zone."""
    patch = code_patch(CODE, MODULE)
    picture = stamped(np.full((SIDE, SIDE, 3), 255, np.uint8), patch, (SIDE / 2, SIDE / 2), 0)
    assert len(zxingcpp.read_barcodes(picture)) == 1
    return picture, (patch.width + 8 * MODULE, patch.height + 8 * MODULE)


def grey_of(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


@pytest.mark.slow
def test_a_blurred_code_comes_back_by_deconvolution_and_a_painted_one_does_not() -> None:
    picture, size = picture_with_code()
    grey = grey_of(picture)
    sigma = 0.7 * MODULE
    really_blurred = np.asarray(cv2.GaussianBlur(grey, (0, 0), sigma), dtype=np.uint8)
    assert not zxingcpp.read_barcodes(really_blurred)
    assert reads(really_blurred) > 0
    mask = region_mask([place_of(size, (SIDE / 2, SIDE / 2), 0)], (SIDE, SIDE), SINGLE_PIXELS)
    for style in Style:
        assert reads(grey_of(fill_regions(picture, mask, style, BLACK))) == 0


def test_a_painted_code_gives_nothing_to_stretch() -> None:
    # The region alone, where no surroundings use up the contrast.
    picture, size = picture_with_code()
    mask = region_mask([place_of(size, (SIDE / 2, SIDE / 2), 0)], (SIDE, SIDE), SINGLE_PIXELS)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    inside = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    for style in Style:
        region = fill_regions(picture, mask, style, BLACK)[inside]
        assert np.ptp(region.astype(int)) <= 14
        assert not zxingcpp.read_barcodes(stretched(grey_of(region).astype(np.float32)))


# Digits are matched with templates that know font, size, place, ground and everything that was done; they do not know
# the noise.

PLACES = 20
LEARNED = 4
DRAWN = 2
DIGIT_PIXELS = 26
DIGIT_SIZE = (18, 20)
RING = 24
NOISE = 2.0


@dataclass(frozen=True, slots=True)
class Cover:
    """How a digit is covered: by how much wider than its ink, and in which blocks."""

    style: Style
    margin: float
    grid: Grid


SAFE = safe_margin(DIGIT_SIZE[1])


def stored_digit(digit: int, at: tuple[float, float], rng: np.random.Generator) -> NDArray[np.uint8]:
    ground = np.clip(np.array(GROUND) + rng.normal(0, NOISE, (144, 144, 3)), 0, 255).astype(np.uint8)
    patch = text_patch(str(digit), DIGIT_PIXELS, DIGIT_SIZE)
    return through_jpeg(stamped(ground, patch, at, 0), 75, SUBSAMPLING)


def seen(digit: int, at: tuple[float, float], cover: Cover, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return what an attacker sees of a covered digit: the region and a ring around it."""
    stored = stored_digit(digit, at, rng)
    quad = expanded_quad(place_of(DIGIT_SIZE, at, 0), cover.margin)
    painted = fill_regions(stored, region_mask([quad], (144, 144), cover.grid), cover.style, BLACK)
    reach = int(DIGIT_SIZE[0] / 2 + cover.margin + RING)
    x, y = round(at[0]), round(at[1])
    return painted[y - reach : y + reach, x - reach : x + reach].astype(np.float32)


def told_digits(cover: Cover) -> int:
    """Return how many of `PLACES * 10 * DRAWN` digits the nearest template tells."""
    rng = np.random.default_rng(29)
    told = 0
    for _ in range(PLACES):
        at = (72 + rng.uniform(-8, 8), 72 + rng.uniform(-8, 8))
        templates = [np.mean([seen(digit, at, cover, rng) for _ in range(LEARNED)], axis=0) for digit in range(10)]
        for digit in np.repeat(np.arange(10), DRAWN).tolist():
            view = seen(digit, at, cover, rng)
            told += digit == int(np.argmin([np.square(view - template).sum() for template in templates]))
    return told


def told_by_chance(trials: int) -> int:
    """Return how many of so many digits guessing tells at most, but for one time in ten thousand."""
    beyond = 1.0
    for told in range(trials + 1):
        beyond -= math.comb(trials, told) * 0.1**told * 0.9 ** (trials - told)
        if beyond < 1e-4:
            return told
    return trials


def test_the_bound_of_chance_lies_a_little_above_a_tenth() -> None:
    assert told_by_chance(100) == 23
    assert 40 < told_by_chance(400) < 70


@pytest.mark.slow
@pytest.mark.parametrize("style", Style)
def test_a_narrow_cover_without_blocks_lets_digits_be_told(style: Style) -> None:
    trials = PLACES * 10 * DRAWN
    assert told_digits(Cover(style, 2, SINGLE_PIXELS)) > trials / 2


@pytest.mark.slow
@pytest.mark.parametrize("style", Style)
def test_a_safe_cover_leaves_digits_to_chance(style: Style) -> None:
    trials = PLACES * 10 * DRAWN
    assert told_digits(Cover(style, SAFE, CODED_BLOCKS[SUBSAMPLING])) <= told_by_chance(trials)


@pytest.mark.slow
def test_the_blocks_alone_leave_digits_to_chance() -> None:
    trials = PLACES * 10 * DRAWN
    assert told_digits(Cover(Style.SOLID, 1.5, CODED_BLOCKS[SUBSAMPLING])) <= told_by_chance(trials)


@pytest.mark.slow
def test_where_blocks_are_not_known_the_margin_must_be_as_wide_as_one() -> None:
    # A lossless copy of a JPEG: colour was stored in blocks of sixteen pixels, and nothing tells where they began.
    trials = PLACES * 10 * DRAWN
    assert told_digits(Cover(Style.SOLID, 8, SINGLE_PIXELS)) > trials / 3
    assert told_digits(Cover(Style.SOLID, 16, SINGLE_PIXELS)) <= told_by_chance(trials)
