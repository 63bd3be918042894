from __future__ import annotations

from math import cos, radians, sin
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from idscan.core import geometry
from idscan.core.geometry import quad_from_box, quad_from_points
from idscan.engines import text_detector
from idscan.engines.text_detector import boxes_of

if TYPE_CHECKING:
    from idscan.core.geometry import Point


def heat_map(*lines: tuple[float, float, float, float, float, float]) -> np.ndarray:
    """Return a map with lines of (x, y, width, height, degrees, confidence) around their middle."""
    heat = np.zeros((200, 320), np.float32)
    for x, y, width, height, degrees, confidence in lines:
        corners = cv2.boxPoints(((x, y), (width, height), degrees)).astype(np.int32)
        cv2.fillPoly(heat, [corners], confidence)
    return heat


def rectangle(degrees: float, width: float = 200, height: float = 40) -> list[Point]:
    """Return the corners of a line running at an angle, clockwise from its own top left."""
    turn = radians(degrees)
    corners = [(-width / 2, -height / 2), (width / 2, -height / 2), (width / 2, height / 2), (-width / 2, height / 2)]
    return [(500 + x * cos(turn) - y * sin(turn), 400 + x * sin(turn) + y * cos(turn)) for x, y in corners]


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


@pytest.mark.parametrize("degrees", [-30, -10, 0, 10, 30])
@pytest.mark.parametrize("start", range(4))
@pytest.mark.parametrize("is_clockwise", [True, False])
def test_corners_run_clockwise_from_the_top_left_whatever_their_order(
    degrees: float, start: int, *, is_clockwise: bool
) -> None:
    corners = rectangle(degrees)
    shuffled = [*corners[start:], *corners[:start]]
    ordered = text_detector._clockwise_from_top_left(shuffled if is_clockwise else shuffled[::-1])
    assert ordered == corners


@pytest.mark.parametrize("degrees", [60, 90, 120, 180])
def test_corners_of_a_steep_line_still_run_clockwise(degrees: float) -> None:
    ordered = text_detector._clockwise_from_top_left(rectangle(degrees))
    assert set(ordered) == set(rectangle(degrees))
    assert geometry.signed_area(ordered) == pytest.approx(8000)


def test_a_box_around_the_whole_map_has_its_mean() -> None:
    heat = np.full((20, 30), 0.25, np.float32)
    corners = np.array(quad_from_box(-5, -5, 40, 40), np.float32)
    assert text_detector._mean_inside(heat, corners) == pytest.approx(0.25)
