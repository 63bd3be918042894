from __future__ import annotations

from math import cos, dist, radians, sin
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from idscan.core import geometry
from idscan.core.geometry import quad_from_points
from idscan.engines.text_detector import DbSettings, boxes_of

if TYPE_CHECKING:
    from idscan.core.geometry import Point

FAINT = DbSettings(least=0.1, mean=0.2, unclip=1.6)


def heat_map(*lines: tuple[float, float, float, float, float, float]) -> np.ndarray:
    """Return a map with lines of (x, y, width, height, degrees, confidence) around their middle."""
    heat = np.zeros((200, 320), np.float32)
    for x, y, width, height, degrees, confidence in lines:
        corners = cv2.boxPoints(((x, y), (width, height), degrees)).astype(np.int32)
        cv2.fillPoly(heat, [corners], confidence)
    return heat


def rectangle(degrees: float, width: float, height: float) -> list[Point]:
    """Return the corners of a line at an angle in the middle of such a map, clockwise from its own top left."""
    turn = radians(degrees)
    corners = [(-width / 2, -height / 2), (width / 2, -height / 2), (width / 2, height / 2), (-width / 2, height / 2)]
    return [(160 + x * cos(turn) - y * sin(turn), 100 + x * sin(turn) + y * cos(turn)) for x, y in corners]


def test_a_line_on_the_map_is_a_box_around_it() -> None:
    (box,) = boxes_of(heat_map((160, 100, 120, 12, 0, 0.9)), 1, 1)
    left, top, right, bottom = geometry.bounds(box.quad)
    # 2 * 120 * 12 * 1.6 / 264 = 17 px more in all
    assert (left, right) == pytest.approx((160 - 69, 160 + 69), abs=3)
    assert (top, bottom) == pytest.approx((100 - 15, 100 + 15), abs=3)
    assert box.confidence == pytest.approx(0.9, abs=0.1)


def test_boxes_come_in_pixels_of_the_picture() -> None:
    heat = heat_map((160, 100, 120, 12, 0, 0.9))
    (small,), (large,) = boxes_of(heat, 1, 1), boxes_of(heat, 2, 3)
    expected = quad_from_points((2 * x, 3 * y) for x, y in small.quad)
    for seen, corner in zip(large.quad, expected, strict=True):
        assert seen == pytest.approx(corner)


def test_boxes_stand_in_the_middle_of_what_was_seen() -> None:
    heat = np.zeros((100, 200), np.float32)
    heat[40:50, 50:150] = 1
    (box,) = boxes_of(heat, 1, 1)
    # Within the pixel by which the map is widened.
    assert geometry.centre(box.quad) == pytest.approx((100, 45), abs=1)


def test_a_speck_and_a_faint_line_are_no_boxes() -> None:
    assert boxes_of(heat_map((60, 60, 1, 1, 0, 1.0), (160, 120, 120, 12, 0, 0.4)), 1, 1) == ()


def test_an_empty_map_has_no_boxes() -> None:
    assert boxes_of(np.zeros((64, 64), np.float32), 1, 1) == ()


def test_boxes_run_from_top_to_bottom() -> None:
    found = boxes_of(heat_map((160, 160, 100, 10, 0, 0.9), (90, 30, 90, 10, 0, 0.9), (230, 90, 90, 10, 0, 0.9)), 1, 1)
    tops = [box.quad[0][1] for box in found]
    assert len(tops) == 3
    assert tops == sorted(tops)


def test_a_line_cut_by_the_pictures_edge_is_still_a_box() -> None:
    (box,) = boxes_of(heat_map((0, 0, 160, 20, 0, 0.9)), 1, 1)
    assert geometry.contains(box.quad, (30, 4))


@pytest.mark.parametrize("degrees", [-30, -15, 10, 30])
def test_a_line_aslant_keeps_its_direction(degrees: float) -> None:
    (box,) = boxes_of(heat_map((160, 100, 150, 12, degrees, 0.9)), 1, 1)
    assert geometry.angle(box.quad) == pytest.approx(degrees, abs=2)
    assert geometry.width(box.quad) > 4 * geometry.height(box.quad)


@pytest.mark.parametrize("degrees", range(-35, 40, 5))
def test_corners_run_clockwise_from_the_top_left_at_any_slant(degrees: int) -> None:
    (box,) = boxes_of(heat_map((160, 100, 120, 24, degrees, 0.9)), 1, 1)
    # 2 * 120 * 24 * 1.6 / 288 = 32 px more in all
    for seen, corner in zip(box.quad, rectangle(degrees, 120 + 32, 24 + 32), strict=True):
        assert seen == pytest.approx(corner, abs=6)


@pytest.mark.parametrize("degrees", [-30, -10, 0, 10, 30])
@pytest.mark.parametrize("start", range(4))
@pytest.mark.parametrize("is_clockwise", [True, False])
def test_corners_are_put_in_order_whatever_the_order_of_opencv(
    monkeypatch: pytest.MonkeyPatch, degrees: float, start: int, *, is_clockwise: bool
) -> None:
    heat = heat_map((160, 100, 120, 24, degrees, 0.9))
    (expected,) = boxes_of(heat, 1, 1)
    real = cv2.boxPoints
    monkeypatch.setattr(cv2, "boxPoints", lambda box: np.roll(real(box), start, axis=0)[:: 1 if is_clockwise else -1])
    (box,) = boxes_of(heat, 1, 1)
    assert box.quad == expected.quad


@pytest.mark.parametrize("degrees", [60, 90, 120, 180])
def test_corners_of_a_steep_line_still_run_clockwise(degrees: float) -> None:
    (box,) = boxes_of(heat_map((160, 100, 120, 24, degrees, 0.9)), 1, 1)
    corners = rectangle(degrees, 120 + 32, 24 + 32)
    for seen in box.quad:
        assert min(dist(seen, corner) for corner in corners) < 6
    assert geometry.signed_area(box.quad) == pytest.approx(152 * 56, rel=0.2)


def test_a_box_around_the_whole_map_has_its_mean() -> None:
    (box,) = boxes_of(np.full((20, 30), 0.25, np.float32), 1, 1, FAINT)
    assert box.confidence == pytest.approx(0.25)


def test_a_box_that_reaches_beyond_the_map_has_the_mean_of_what_is_inside() -> None:
    across, down = np.meshgrid(np.arange(60), np.arange(60))
    heat = np.where(abs(across - down) < 12, 0.25, 0.0).astype(np.float32)
    (box,) = boxes_of(heat, 1, 1, FAINT)
    assert min(x for x, _ in box.quad) < 0
    assert box.confidence == pytest.approx(0.25, abs=0.02)
