"""Finder patterns, the outlines that two or three of them give, and places that look like a code from afar."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import segno

from idscan.core import geometry
from idscan.core.geometry import Quad, quad_from_box
from idscan.vision.perspective import homography
from idscan.vision.qr_detection import find_code_outlines, find_code_regions
from tests.synth.scenes import make_scene

TEXT = "made up and long enough to fill a code of the size that cards have, more or less " * 2
MODULES = np.array([list(row) for row in segno.make_qr(TEXT[:125], version=8, error="M").matrix], np.uint8) > 0
GROUND = 215


def pictured(px_per_module: float, degrees: float = 0.0, size: tuple[int, int] = (300, 340)) -> tuple[np.ndarray, Quad]:
    """Return a code on light ground, turned around the middle of the picture, and its place."""
    count, per = len(MODULES), 8
    height, width = size
    half = count * px_per_module / 2
    turn = np.radians(degrees)
    unit = np.array([[-half, -half], [half, -half], [half, half], [-half, half]])
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    quad = geometry.quad_from_points((unit @ matrix + (width / 2, height / 2)).tolist())
    large = np.kron(np.where(np.pad(MODULES, 4), 35, GROUND).astype(np.uint8), np.ones((per, per), np.uint8))
    fine = 3
    to_fine = homography(
        quad_from_box(4 * per, 4 * per, (4 + count) * per, (4 + count) * per), geometry.scaled(quad, fine)
    )
    drawn = cv2.warpPerspective(
        cv2.GaussianBlur(large, (0, 0), per / px_per_module * 0.4),
        np.array(to_fine).reshape(3, 3),
        (width * fine, height * fine),
        borderValue=GROUND,
    )
    return np.asarray(cv2.resize(drawn, (width, height), interpolation=cv2.INTER_AREA), np.uint8), quad


def furthest(one: Quad, other: Quad) -> float:
    return float(np.abs(np.array(one) - np.array(other)).max())


@pytest.mark.parametrize("px_per_module", [1.1, 1.5, 2.5, 4.5])
@pytest.mark.parametrize("degrees", [0, 11, 100, 225])
def test_finder_patterns_place_a_code(px_per_module: float, degrees: float) -> None:
    picture, quad = pictured(px_per_module, degrees)
    left, _, right, _ = geometry.bounds(quad)
    best = find_code_outlines(picture, right - left)[0]
    assert best.modules == pytest.approx(len(MODULES), rel=0.2)
    assert furthest(best.quad, quad) < 2 * px_per_module
    assert best.score > 0.8


@pytest.mark.parametrize("hidden", range(3))
def test_two_finder_patterns_place_a_code_whose_third_is_covered(hidden: int) -> None:
    picture, quad = pictured(3.0, 7)
    corner = np.array(quad[(0, 1, 3)[hidden]]) * 0.8 + np.array(geometry.centre(quad)) * 0.2
    cv2.circle(picture, [round(value) for value in corner.tolist()], 18, 120, -1)
    likely = [outline for outline in find_code_outlines(picture) if outline.hidden == hidden and outline.score > 0.8]
    assert min(furthest(outline.quad, quad) for outline in likely) < 6


def test_what_is_no_code_has_no_outline() -> None:
    rng = np.random.default_rng(2)
    noise = cv2.GaussianBlur(rng.integers(0, 256, (200, 200)).astype(np.uint8), (0, 0), 1.5)
    for picture in (noise, np.full((200, 200), 90, np.uint8), np.zeros((9, 12), np.uint8)):
        assert all(outline.score < 0.8 for outline in find_code_outlines(picture))


@pytest.mark.parametrize(("px_per_module", "degrees"), [(1.0, 0), (1.4, 12), (2.0, 45), (4.0, 5), (9.0, 0)])
def test_a_place_that_is_as_busy_across_as_down_may_be_a_code(px_per_module: float, degrees: float) -> None:
    picture, quad = pictured(px_per_module, degrees, size=(700, 800))
    box = quad_from_box(*geometry.bounds(quad))
    assert max(geometry.iou(place, box) for place in find_code_regions(picture, 3).squares) > 0.55


def test_flat_ground_lines_and_long_strips_are_no_places_of_codes() -> None:
    flat = np.full((300, 400), 200, np.uint8)
    lines = np.tile(np.repeat([40, 220], 2).astype(np.uint8)[:, None], (50, 300))
    strip = flat.copy()
    strip[100:140, 20:380] = np.random.default_rng(3).integers(0, 2, (20, 180)).repeat(2, 0).repeat(2, 1) * 220
    for picture in (flat, lines, strip, np.zeros((5, 5), np.uint8)):
        assert find_code_regions(picture, 3).squares == ()


@pytest.mark.parametrize("degrees", [0, 12, 45, 90, 170])
def test_a_long_busy_strip_may_be_a_wide_code_whichever_way_it_lies(degrees: float) -> None:
    modules = np.random.default_rng(4).integers(0, 2, (30, 150)).repeat(3, 0).repeat(3, 1) * 220
    ground = np.full((700, 700), 230, np.uint8)
    ground[305:395, 125:575] = modules
    turn = cv2.getRotationMatrix2D((350, 350), degrees, 1.0)
    picture = cv2.warpAffine(ground, turn, (700, 700), borderValue=230).astype(np.uint8)
    expected = geometry.quad_from_points(cv2.transform(np.array([quad_from_box(125, 305, 575, 395)]), turn)[0])
    (strip,) = find_code_regions(picture, 3, 1).strips
    assert geometry.iou(strip, expected) > 0.7  # to a cell of four pixels
    assert geometry.width(strip) > 3 * geometry.height(strip)


def test_a_block_of_text_is_no_strip() -> None:
    picture = np.asarray(make_scene("number_list", 3).image.convert("L"))
    assert find_code_regions(picture, 3, 3).strips == ()


def test_no_more_places_are_returned_than_asked_for() -> None:
    picture, _ = pictured(1.4, size=(120, 120))
    many = np.tile(picture, (3, 3))
    assert len(find_code_regions(many, 20).squares) >= 9
    assert len(find_code_regions(many, 4).squares) == 4
