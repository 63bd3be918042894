from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idscan.core import geometry
from idscan.core.geometry import quad_from_box, quad_from_points

SQUARE = quad_from_box(0, 0, 10, 10)


def test_area_of_a_box_is_width_times_height() -> None:
    assert geometry.area(quad_from_box(2, 3, 12, 8)) == 50


def test_a_clockwise_quad_on_screen_has_positive_area() -> None:
    assert geometry.signed_area(SQUARE) > 0
    assert geometry.signed_area(tuple(reversed(SQUARE))) < 0


def test_three_points_make_no_quad() -> None:
    with pytest.raises(ValueError, match="four corners"):
        quad_from_points([(0, 0), (1, 0), (1, 1)])


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (SQUARE, 1.0),
        (quad_from_box(20, 20, 30, 30), 0.0),
        (quad_from_box(5, 0, 15, 10), 1 / 3),
        (tuple(reversed(quad_from_box(5, 0, 15, 10))), 1 / 3),
    ],
)
def test_iou_of_boxes(other: geometry.Quad, expected: float) -> None:
    assert geometry.iou(SQUARE, other) == pytest.approx(expected)


def test_iou_of_a_turned_square_is_exact() -> None:
    diamond = ((5.0, 0.0), (10.0, 5.0), (5.0, 10.0), (0.0, 5.0))
    assert geometry.intersection_area(SQUARE, diamond) == pytest.approx(50)


def test_overlap_is_relative_to_the_inner_quad() -> None:
    assert geometry.overlap(quad_from_box(1, 1, 2, 2), SQUARE) == pytest.approx(1)
    assert geometry.overlap(SQUARE, quad_from_box(0, 0, 5, 10)) == pytest.approx(0.5)


def test_contains_counts_the_edge() -> None:
    assert geometry.contains(SQUARE, (10, 5))
    assert not geometry.contains(SQUARE, (10.01, 5))


@pytest.mark.parametrize(("turns", "degrees"), [(0, 0), (1, 90), (2, 180), (3, -90)])
def test_angle_is_the_reading_direction(turns: int, degrees: float) -> None:
    assert abs(geometry.angle(geometry.turned(SQUARE, turns))) == pytest.approx(abs(degrees))


@given(st.floats(-50, 50), st.floats(-50, 50), st.floats(0.1, 9))
def test_shift_and_scale_move_the_centre(dx: float, dy: float, factor: float) -> None:
    moved = geometry.scaled(geometry.shifted(SQUARE, dx, dy), factor)
    assert geometry.centre(moved) == pytest.approx(((5 + dx) * factor, (5 + dy) * factor), abs=1e-6)
    assert geometry.width(moved) == pytest.approx(10 * factor)


def test_a_point_on_the_horizon_stays_finite() -> None:
    x, y = geometry.transform_point((1, 0, 0, 0, 1, 0, 0, 0, 0), (3, 4))
    assert math.isfinite(x)
    assert math.isfinite(y)


def test_enclosing_box_holds_every_corner() -> None:
    box = geometry.enclosing([SQUARE, quad_from_box(-3, 4, 2, 20)])
    assert geometry.bounds(box) == (-3, 0, 10, 20)


def test_a_flipped_quad_runs_the_other_way_round_the_same_place() -> None:
    quad = geometry.quad_from_box(2, 3, 10, 7)
    seen = geometry.flipped(quad)
    assert set(seen) == set(quad)
    assert (geometry.is_mirrored(quad), geometry.is_mirrored(seen)) == (False, True)
    assert geometry.flipped(seen) == quad
