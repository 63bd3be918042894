"""Edges of a card near a guess at its outline."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from idscan.core import geometry
from idscan.core.geometry import quad_from_box, quad_from_points
from idscan.vision.card_pose import snap_to_edges
from idscan.vision.perspective import homography, widened

ASLANT = quad_from_points([(210, 120), (760, 190), (720, 530), (180, 470)])


def scene(card: geometry.Quad, *, paper: int = 150, shade: int = 205) -> np.ndarray:
    """Return a card with rows of print on noisy ground, with a finger over its left side."""
    pixels = np.full((640, 900, 3), paper, np.float64) + np.random.default_rng(3).normal(0, 4, (640, 900, 1))
    drawn = pixels.clip(0, 255).astype(np.uint8)
    cv2.fillConvexPoly(drawn, np.array(card, np.int32), (shade, shade, shade))
    to_image = homography(quad_from_box(0, 0, 1, 1), card)
    for row in range(2, 9):
        line = geometry.transform(to_image, quad_from_box(0.3, row / 10, 0.9, row / 10 + 0.02))
        cv2.fillConvexPoly(drawn, np.array(line, np.int32), (60, 60, 60))
    x, y = geometry.centre((card[0], card[3], card[3], card[0]))
    cv2.circle(drawn, (round(x), round(y)), 30, (150, 110, 90), -1)
    return drawn


@pytest.mark.parametrize("shares", [(0.05, 0.05), (-0.05, -0.05)])
@pytest.mark.parametrize("card", [quad_from_box(150, 120, 750, 498), ASLANT], ids=["upright", "aslant"])
def test_a_guess_is_snapped_to_the_edges_of_its_card(card: geometry.Quad, shares: tuple[float, float]) -> None:
    guess = geometry.shifted(widened(card, shares[0]), 12, -9)
    found = snap_to_edges(scene(card), guess)
    assert found is not None
    assert geometry.iou(guess, card) < 0.9
    assert geometry.iou(found, card) > 0.98


def test_a_mirrored_card_stays_mirrored() -> None:
    card = geometry.flipped(quad_from_box(150, 120, 750, 498))
    found = snap_to_edges(scene(card), widened(card, 0.04))
    assert found is not None
    assert geometry.is_mirrored(found)
    assert geometry.iou(found, card) > 0.98


def test_without_all_four_edges_there_is_none() -> None:
    card = quad_from_box(150, 120, 750, 498)
    faint = scene(card, shade=152)
    assert snap_to_edges(faint, widened(card, 0.04)) is None
    beyond = quad_from_box(150, 120, 960, 630)
    assert snap_to_edges(scene(beyond), beyond) is None
