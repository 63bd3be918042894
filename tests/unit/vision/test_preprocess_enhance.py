from __future__ import annotations

import cv2
import numpy as np
import pytest

from idscan.pipeline import qr
from idscan.vision import preprocess
from tests.synth.payload import SymbolStyle, symbol_modules
from tests.synth.scenes import make_scene


def stripes(height: int = 60, width: int = 90, low: int = 90, high: int = 170) -> np.ndarray:
    """Return upright bars of ten pixels."""
    row = np.where((np.arange(width) // 10) % 2, high, low)
    return np.tile(row, (height, 1)).astype(np.uint8)


def test_brightness_weighs_green_most_and_keeps_the_size() -> None:
    rgb = np.zeros((2, 3, 3), np.uint8)
    rgb[0, 0], rgb[0, 1], rgb[0, 2], rgb[1, 0] = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
    grey = preprocess.grey(rgb)
    assert (grey.shape, grey.dtype) == ((2, 3), np.uint8)
    red, green, blue = grey[0].tolist()
    assert green > red > blue > 0
    assert grey[1].tolist() == [255, 0, 0]


def test_each_treatment_tells_by_how_much_it_enlarges() -> None:
    image = stripes()
    for treated, factor in preprocess.symbol_variants(image):
        assert treated.shape == (round(60 * factor), round(90 * factor))
        assert treated.dtype == np.uint8


def test_treatments_enlarge_two_to_four_times_and_binarise_and_do_without() -> None:
    ladder = list(preprocess.symbol_variants(stripes()))
    assert {factor for _, factor in ladder} == {1.0, 2.0, 3.0, 4.0}
    assert any(set(np.unique(treated)) == {0, 255} for treated, _ in ladder)


@pytest.mark.parametrize(
    ("side", "factors"),
    [(400, {1.0, 2.0, 3.0, 4.0}), (401, {1.0, 2.0, 3.0}), (534, {1.0, 2.0}), (801, {1.0}), (3000, {1.0})],
)
def test_what_is_large_already_is_not_enlarged_further(side: int, factors: set[float]) -> None:
    ladder = list(preprocess.symbol_variants(np.full((40, side), 128, np.uint8)))
    assert {factor for _, factor in ladder} == factors
    assert max(max(treated.shape) for treated, _ in ladder) <= max(1600, side)


def test_sharpening_steepens_an_edge_and_leaves_flat_ground() -> None:
    image = np.full((40, 80), 100, np.uint8)
    image[:, 40:] = 160
    sharp = preprocess.sharpened(image, sigma=2)
    assert sharp[20, 39] < 100
    assert sharp[20, 40] > 160
    assert sharp[20, 5] == 100
    assert sharp[20, 75] == 160
    assert (preprocess.sharpened(np.full((30, 30), 77, np.uint8), sigma=3) == 77).all()


def test_more_sharpening_steepens_more() -> None:
    image = stripes()
    assert np.ptp(preprocess.sharpened(image, 2, amount=2.5)) > np.ptp(preprocess.sharpened(image, 2, amount=0.5))


def test_stretching_brings_out_what_is_faint() -> None:
    ground = np.random.default_rng(1).normal(128, 4, (80, 120))
    faint = np.clip(ground, 0, 255).astype(np.uint8)
    assert preprocess.contrast_equalised(faint).shape == faint.shape
    assert np.std(preprocess.contrast_equalised(faint)) > 1.5 * np.std(faint)


def test_a_bare_place_is_told_from_one_with_a_picture() -> None:
    bare = np.random.default_rng(2).normal(215, 3, (96, 96, 3)).clip(0, 255).astype(np.uint8)
    drawn = bare.copy()
    drawn[20:80, 30:70] = (90, 70, 60)
    assert not preprocess.has_image_contrast(bare)
    assert preprocess.has_image_contrast(drawn)


RED, GREEN = (200, 60, 60), (44, 142, 44)
"""Equally light."""


def two_hues(px_per_module: int, *, is_stored: bool = False) -> np.ndarray:
    """Return a QR code in two colours of equal lightness."""
    modules = symbol_modules(b"made up " * 8, SymbolStyle("M", is_mixed=False, has_eci=False))
    dark = np.pad(modules == 0, 20).repeat(px_per_module, 0).repeat(px_per_module, 1)
    rgb = np.where(dark[..., None], RED, GREEN).astype(np.uint8)
    if is_stored:
        _, stored = cv2.imencode(".jpg", rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])
        rgb = cv2.imdecode(stored, cv2.IMREAD_COLOR)[..., ::-1]
    return np.ascontiguousarray(rgb)


@pytest.mark.parametrize(("px_per_module", "is_stored"), [(2, False), (3, True), (6, True), (10, False)])
def test_a_code_whose_colours_differ_in_hue_alone_becomes_legible(px_per_module: int, *, is_stored: bool) -> None:
    rgb = two_hues(px_per_module, is_stored=is_stored)
    assert np.ptp(preprocess.grey(two_hues(px_per_module))) < 4
    assert qr.read_frame(preprocess.grey(rgb)) == ()
    (found,) = qr.read_frame(preprocess.grey(preprocess.with_hue_contrast(rgb)))
    assert found.payload is not None


@pytest.mark.parametrize("scene", ["receipt", "chart", "landscape", "bank_card"])
def test_a_picture_that_is_light_and_dark_stays_as_it_is(scene: str) -> None:
    rgb = np.asarray(make_scene(scene, 4).image)
    assert preprocess.with_hue_contrast(rgb) is rgb
    assert preprocess.with_hue_contrast(rgb[:20, :20]).shape == (20, 20, 3)
