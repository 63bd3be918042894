from __future__ import annotations

import cv2
import numpy as np
import pytest

from idscan.vision.qr_deconvolution import (
    Tiling,
    contrast_stretched,
    deblurred_variants,
    enlarged,
    find_tiling,
    overlay_variants,
    tile_means,
)


def checks(side: int = 120, module: int = 6) -> np.ndarray:
    """Return dark and light squares in no order on light ground."""
    count = side // module
    pattern = np.random.default_rng(2).integers(0, 2, (count, count), dtype=np.uint8)
    return np.pad(np.kron(40 + 180 * pattern, np.ones((module, module), np.uint8)), 24, constant_values=220)


def tiled(picture: np.ndarray, side: int, left: int = 0, top: int = 0) -> np.ndarray:
    result = picture.astype(float)
    for y in range(top - side, picture.shape[0], side):
        for x in range(left - side, picture.shape[1], side):
            part = np.s_[max(y, 0) : max(y + side, 0), max(x, 0) : max(x + side, 0)]
            if result[part].size:
                result[part] = result[part].mean()
    return np.round(result).astype(np.uint8)


def share_of_right_pixels(picture: np.ndarray, truth: np.ndarray) -> float:
    small = cv2.resize(picture, truth.shape[::-1], interpolation=cv2.INTER_AREA)
    return float(((small > 128) == (truth > 128)).mean())


@pytest.mark.parametrize(
    "blur",
    [
        lambda picture: cv2.GaussianBlur(picture, (0, 0), 4.5),
        lambda picture: cv2.filter2D(picture, -1, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (13, 13)) / 133),
    ],
    ids=["Gaussian", "disk"],
)
def test_one_of_the_guesses_takes_a_blur_back(blur: object) -> None:
    truth = checks()
    soft = blur(truth)  # type: ignore[operator]
    before = share_of_right_pixels(contrast_stretched(soft), truth)
    best = max(share_of_right_pixels(picture[: 3 * 168, : 3 * 168], truth) for picture in deblurred_variants(soft))
    assert best > before + 0.05
    assert best > 0.9


def test_restored_pictures_show_the_part_they_were_made_from() -> None:
    soft = cv2.GaussianBlur(checks(), (0, 0), 2)[:150, :140]
    for picture in deblurred_variants(soft):
        assert picture.dtype == np.uint8
        assert picture.shape == (450, 420)


def test_a_small_part_is_not_searched_for_a_large_blur() -> None:
    small, large = (len(list(deblurred_variants(np.zeros((side, side), np.uint8)))) for side in (50, 300))
    assert small < large


def test_a_flat_part_stays_flat() -> None:
    assert np.ptp(contrast_stretched(np.full((60, 60), 7, np.uint8))) == 0
    assert all(picture.dtype == np.uint8 for picture in overlay_variants(np.full((60, 60, 3), 7, np.uint8)))


@pytest.mark.parametrize("side", [2, 5, 9])
@pytest.mark.parametrize(("left", "top"), [(0, 0), (1, 0), (1, 1)])
def test_the_tiles_of_a_mosaic_are_found(side: int, left: int, top: int) -> None:
    picture = tiled(np.random.default_rng(1).integers(0, 255, (190, 190)).astype(np.uint8), side, left, top)
    assert find_tiling(picture) == Tiling(side, left, top)


def test_compression_does_not_hide_the_tiles() -> None:
    picture = tiled(checks(180, 7), 6, 2, 3)
    _, code = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 85])
    assert find_tiling(cv2.imdecode(code, cv2.IMREAD_GRAYSCALE)) == Tiling(6, 2, 3)


def test_what_is_no_mosaic_has_no_tiles() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (190, 190)).astype(np.uint8)
    assert find_tiling(noise) is None
    assert find_tiling(cv2.GaussianBlur(noise, (0, 0), 4)) is None
    assert find_tiling(np.full((190, 190), 9, np.uint8)) is None
    assert find_tiling(noise[:20, :20]) is None
    _, code = cv2.imencode(".jpg", cv2.GaussianBlur(checks(), (0, 0), 3), [cv2.IMWRITE_JPEG_QUALITY, 60])
    assert find_tiling(cv2.imdecode(code, cv2.IMREAD_GRAYSCALE)) is None


def test_tiles_become_one_pixel_each() -> None:
    shades = np.random.default_rng(1).integers(0, 255, (20, 24)).astype(np.uint8)
    picture = np.kron(shades, np.ones((5, 5), np.uint8))[3:, 1:]
    np.testing.assert_array_equal(tile_means(picture, Tiling(5, 4, 2)), shades[1:, 1:])


def test_a_veil_over_one_channel_is_seen_through() -> None:
    truth = checks()
    part = np.stack([np.full_like(truth, 240), 100 + truth // 60, np.full_like(truth, 30)], axis=2)
    assert max(share_of_right_pixels(picture, truth) for picture in overlay_variants(part)) > 0.95


def test_only_small_pictures_are_enlarged() -> None:
    assert enlarged(np.zeros((100, 60), np.uint8)).shape == (400, 240)
    large = np.zeros((500, 500), np.uint8)
    assert enlarged(large) is large
