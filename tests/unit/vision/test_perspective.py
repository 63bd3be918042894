from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idscan.core import geometry
from idscan.core.geometry import quad_from_box
from idscan.vision import perspective

UNIT = quad_from_box(0, 0, 1, 1)


def _marked(width: int = 200, height: int = 120) -> np.ndarray:
    """Return a picture with a red block at its top left and a blue one at its top right."""
    rgb = np.full((height, width, 3), 255, np.uint8)
    rgb[5:25, 5:35] = (255, 0, 0)
    rgb[5:25, -35:-5] = (0, 0, 255)
    return rgb


@st.composite
def _convex_quads(draw: st.DrawFn) -> geometry.Quad:
    jitter = st.floats(-30, 30)
    base = quad_from_box(100, 100, 400, 300)
    return geometry.quad_from_points((x + draw(jitter), y + draw(jitter)) for x, y in base)


@given(_convex_quads(), st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=60)
def test_homography_and_its_inverse_cancel_out(quad: geometry.Quad, x: float, y: float) -> None:
    there = perspective.homography(UNIT, quad)
    back = geometry.transform_point(perspective.inverse(there), geometry.transform_point(there, (x, y)))
    assert back == pytest.approx((x, y), abs=1e-4)


@given(_convex_quads())
@settings(max_examples=30)
def test_homography_sends_corners_to_corners(quad: geometry.Quad) -> None:
    for seen, expected in zip(geometry.transform(perspective.homography(UNIT, quad), UNIT), quad, strict=True):
        assert seen == pytest.approx(expected, abs=1e-2)


def test_rectifying_the_whole_picture_at_its_size_changes_nothing() -> None:
    rgb = _marked()
    view = perspective.rectify(rgb, quad_from_box(0, 0, 200, 120), (200, 120))
    assert np.array_equal(view.pixels, rgb)


def test_a_view_is_read_only() -> None:
    view = perspective.rectify(_marked(), quad_from_box(0, 0, 200, 120), (100, 60))
    with pytest.raises(ValueError, match="read-only"):
        view.pixels[0, 0] = 0


def test_rectifying_a_reduced_view_does_not_alias() -> None:
    stripes = np.zeros((400, 400, 3), np.uint8)
    stripes[:, ::2] = 255
    view = perspective.rectify(stripes, quad_from_box(0, 0, 400, 400), (50, 50))
    assert view.pixels.std() < 12


@pytest.mark.parametrize("turns", range(4))
def test_turning_a_view_keeps_track_of_the_source(turns: int) -> None:
    rgb = _marked()
    view = perspective.rotated_view(perspective.whole(rgb), turns)
    red = np.argwhere((view.pixels == (255, 0, 0)).all(axis=2)).mean(axis=0)
    x, y = geometry.transform_point(view.to_source, (red[1] + 0.5, red[0] + 0.5))
    assert (x, y) == pytest.approx((20, 15), abs=0.6)


def test_turning_clockwise_once_brings_the_left_side_to_the_top() -> None:
    view = perspective.rotated_view(perspective.whole(_marked()), 1)
    assert (view.width, view.height) == (120, 200)
    assert tuple(view.pixels[15, 120 - 15]) == (255, 0, 0)


def test_view_and_source_quads_are_inverse() -> None:
    quad = ((20.0, 10.0), (180.0, 20.0), (170.0, 110.0), (15.0, 100.0))
    view = perspective.rectify(_marked(), quad, (320, 200))
    inner = quad_from_box(40, 30, 90, 60)
    back = view.view_quad(view.source_quad(inner))
    assert np.allclose(back, inner, atol=1e-3)


def test_a_cut_line_is_upright_and_never_enlarged() -> None:
    rgb = np.full((300, 300, 3), 255, np.uint8)
    cv2.rectangle(rgb, (100, 40), (119, 239), (0, 0, 0), -1)
    cv2.rectangle(rgb, (100, 40), (119, 60), (255, 0, 0), -1)
    # Read from bottom to top: the red end is the line's right one.
    quad = ((100.0, 240.0), (100.0, 40.0), (120.0, 40.0), (120.0, 240.0))
    crop = perspective.cut_line(rgb, quad)
    assert crop.shape == (20, 200, 3)
    assert tuple(crop[10, -5]) == (255, 0, 0)
    assert tuple(crop[10, 5]) == (0, 0, 0)


def test_a_high_line_is_reduced() -> None:
    assert perspective.cut_line(_marked(), quad_from_box(0, 0, 200, 120), max_height=48).shape == (48, 80, 3)


def test_a_line_outside_the_picture_is_grey() -> None:
    crop = perspective.cut_line(_marked(), quad_from_box(500, 500, 560, 520))
    assert crop.shape[0] == 20


def test_a_mirrored_view_shows_the_same_places_from_the_other_side() -> None:
    rgb = _marked()
    view = perspective.mirrored(perspective.whole(rgb))
    assert np.array_equal(view.pixels, rgb[:, ::-1])
    height, width = rgb.shape[:2]
    assert view.source_quad(quad_from_box(0, 0, 10, 10)) == ((width, 0), (width - 10, 0), (width - 10, 10), (width, 10))
    assert height == view.height
