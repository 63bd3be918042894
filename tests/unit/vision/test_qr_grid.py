from __future__ import annotations

import cv2
import numpy as np
import pytest
import segno

from idscan.core import geometry
from idscan.core.geometry import Quad, quad_from_box, quad_from_points
from idscan.vision import qr_deconvolution
from idscan.vision.qr_detection import find_dark_squares
from idscan.vision.qr_grid import UNKNOWN, QrGrid, find_qr_grids, fit_outline, fixed_modules, outline_score, quick_score


def modules_of(version: int, text: str = "made up") -> np.ndarray:
    return np.array([list(row) for row in segno.make_qr(text, version=version, error="M").matrix], np.uint8) > 0


def pictured(modules: np.ndarray, px_per_module: float, blur: float) -> tuple[np.ndarray, Quad]:
    """Return a blurred code in the middle of light ground, and its place."""
    large = np.kron(np.where(np.pad(modules, 4), 40, 225).astype(np.uint8), np.ones((8, 8), np.uint8))
    side = round(large.shape[0] * px_per_module / 8)
    code = cv2.resize(large, (side, side), interpolation=cv2.INTER_AREA)
    picture = np.pad(code, 60, constant_values=225)
    start = 60 + side * 4 / (len(modules) + 8)
    end = 60 + side - side * 4 / (len(modules) + 8)
    return cv2.GaussianBlur(picture, (0, 0), blur * px_per_module), quad_from_box(start, start, end, end)


def jolted(quad: Quad, by: float) -> Quad:
    moves = np.random.default_rng(4).uniform(-by, by, (4, 2))
    return quad_from_points((np.array(quad) + moves).tolist())


@pytest.mark.parametrize("version", range(1, 41))
def test_fixed_modules_are_those_of_every_code(version: int) -> None:
    modules = modules_of(version)
    fixed = fixed_modules(len(modules))
    is_fixed = fixed != UNKNOWN
    assert 0.05 < is_fixed.mean() < 0.6
    np.testing.assert_array_equal(modules[is_fixed], fixed[is_fixed] == 1)


@pytest.mark.parametrize("version", [5, 7, 9])
@pytest.mark.parametrize("turns", range(4))
def test_the_grid_of_a_blurred_code_is_found(version: int, turns: int) -> None:
    picture, quad = pictured(modules_of(version), 4, 0.9)
    truth = geometry.turned(quad, turns)
    turned = np.ascontiguousarray(np.rot90(picture, -turns))
    best = find_qr_grids(turned, jolted(quad, 5))[0]
    assert best.modules == 4 * version + 17
    assert best.score > 0.9
    assert best.pitch == pytest.approx(4, abs=0.15)
    assert np.abs(np.array(best.quad) - np.array(truth)).max() < 3


@pytest.mark.parametrize("hidden", range(3))
def test_a_covered_finder_pattern_may_be_left_out_of_account(hidden: int) -> None:
    picture, quad = pictured(modules_of(8), 4, 0.3)
    x, y = (round(value) for value in quad[(0, 1, 3)[hidden]])
    picture[max(y - 40, 0) : y + 40, max(x - 40, 0) : x + 40] = 0
    assert find_qr_grids(picture, quad, hidden)[0].score > find_qr_grids(picture, quad)[0].score + 0.03


def test_what_is_no_code_scores_low() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (300, 300), dtype=np.uint8)
    place = quad_from_box(80, 80, 220, 220)
    for picture in (noise, cv2.GaussianBlur(noise, (0, 0), 5), np.full((300, 300), 90, np.uint8)):
        assert quick_score(picture, place) < 0.5
        assert find_qr_grids(picture, place)[0].score < 0.8


def test_modules_under_a_known_blur_are_told() -> None:
    modules = modules_of(8, "some text that fills the code a little " * 3)
    picture, quad = pictured(modules, 4, 0.9)
    grid = QrGrid(quad, len(modules), 1.0)
    samples = qr_deconvolution.rectified_samples(picture, grid)
    estimate = qr_deconvolution.solve(qr_deconvolution.observe_blur(samples, grid, 0.9), 1e-4)
    assert ((estimate.darkness > 0.5) != modules).mean() < 0.01
    assert estimate.light == pytest.approx(225, abs=2)
    assert estimate.contrast == pytest.approx(185, abs=10)
    assert qr_deconvolution.solve(qr_deconvolution.observe_blur(samples, grid, 0.5), 1e-4).misfit > 2 * estimate.misfit


def test_a_misplaced_grid_is_put_right() -> None:
    modules = modules_of(8)
    picture, quad = pictured(modules, 5, 0.6)
    grid = QrGrid(geometry.shifted(quad, 1.2, -1.0), len(modules), 1.0)
    for _ in range(4):
        samples = qr_deconvolution.rectified_samples(picture, grid)
        seen = qr_deconvolution.observe_blur(samples, grid, 0.6)
        grid = qr_deconvolution.align_grid(samples, grid, seen, qr_deconvolution.solve(seen, 1e-3))
    assert np.abs(np.array(grid.quad) - np.array(quad)).max() < 0.6


def test_modules_under_tiles_smaller_than_they_are_told() -> None:
    modules = modules_of(7)
    edges = np.arange(-2.4, 47.5, 0.83)
    shares = np.diff(np.clip(edges[:, None] - np.arange(45)[None], 0, 1), axis=0) / 0.83
    means = (220 - 180 * (shares @ modules @ shares.T)).astype(np.float32)
    estimate = qr_deconvolution.solve(qr_deconvolution.observe_mosaic(means, edges, edges, 45), 1e-3)
    assert ((estimate.darkness > 0.5) != modules).mean() < 0.01


def test_modules_in_one_shade_with_all_around_them_count_for_little() -> None:
    modules = modules_of(8).astype(np.float64)
    modules[20:30, 20:30] = 1.0
    sure = qr_deconvolution.certainty(qr_deconvolution.Estimate(modules, 0.0, 255.0, 255.0))
    assert sure[22:28, 22:28].max() < 0.1
    assert np.abs(sure[modules == 0]).mean() > 0.8
    assert (sure[modules == 1] > 0).all()
    assert (sure[modules == 0] < 0).all()


@pytest.mark.parametrize("version", [6, 9])
def test_the_grid_of_an_outline_is_found_with_its_size(version: int) -> None:
    picture, quad = pictured(modules_of(version), 1.6, 0.4)
    fitted = fit_outline(picture, jolted(quad, 1.0), 4 * version + 17 + 3)
    assert fitted.modules == 4 * version + 17
    assert np.abs(np.array(fitted.quad) - np.array(quad)).max() < 1
    straight, turned = (outline_score(picture, geometry.turned(quad, turns), fitted.modules) for turns in (0, 1))
    assert straight > max(turned + 0.02, 0.9)


@pytest.mark.parametrize("blur", [0.1, 1.0, 2.0])
def test_a_code_on_paper_is_a_squarish_dark_place(blur: float) -> None:
    picture, quad = pictured(modules_of(8), 4, blur)
    assert max(geometry.iou(place, quad) for place in find_dark_squares(picture, 5)) > 0.7


def test_no_more_places_are_returned_than_asked_for() -> None:
    picture, _ = pictured(modules_of(8), 4, 0.5)
    many = np.tile(picture, (3, 3))
    assert len(find_dark_squares(many, 48)) >= 9
    assert len(find_dark_squares(many, 4)) == 4
    assert find_dark_squares(np.full((200, 300), 90, np.uint8), 5) == ()


@pytest.mark.parametrize("modules", [21, 97, 177])
def test_a_size_that_no_cards_code_has_is_unlikely(modules: int) -> None:
    grey = np.full((120, 120), 200, np.uint8)
    quad = quad_from_box(20, 20, 100, 100)
    assert fit_outline(grey, quad, modules).score == -1
    assert outline_score(grey, quad, modules) == -1
