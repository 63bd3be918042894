from __future__ import annotations

import cv2
import numpy as np
import pytest

from idscan.core import geometry
from idscan.core.geometry import quad_from_points
from idscan.vision import perspective
from idscan.vision.card_contours import CARD_ASPECT, find_card_contours


def _scene(quads: list[geometry.Quad], ground: int = 70, card: int = 215) -> np.ndarray:
    """Return a noisy picture with light cards, a portrait and lines of print on each."""
    random = np.random.default_rng(7)
    rgb = np.full((900, 1200, 3), ground, np.uint8)
    for quad in quads:
        to_picture = perspective.homography(((0, 0), (CARD_ASPECT, 0), (CARD_ASPECT, 1), (0, 1)), quad)
        cv2.fillConvexPoly(rgb, np.int32(quad), (card, card, card - 15))
        portrait = geometry.transform(to_picture, ((0.08, 0.3), (0.4, 0.3), (0.4, 0.85), (0.08, 0.85)))
        cv2.fillConvexPoly(rgb, np.int32(portrait), (90, 80, 70))
        for row in range(6):
            y = 0.3 + row * 0.1
            line = geometry.transform(to_picture, ((0.5, y), (1.4, y), (1.4, y + 0.04), (0.5, y + 0.04)))
            cv2.fillConvexPoly(rgb, np.int32(line), (40, 40, 45))
    noise = random.normal(0, 6, rgb.shape)
    return np.clip(rgb + noise, 0, 255).astype(np.uint8)


LEVEL = quad_from_points([(300, 250), (930, 250), (930, 647), (300, 647)])
ASLANT = quad_from_points([(260, 330), (820, 180), (930, 560), (330, 720)])
UPRIGHT = quad_from_points([(400, 100), (800, 100), (800, 734), (400, 734)])


@pytest.mark.parametrize("quad", [LEVEL, ASLANT, UPRIGHT], ids=["level", "aslant", "upright"])
def test_a_card_on_a_table_is_found(quad: geometry.Quad) -> None:
    best = find_card_contours(_scene([quad]), limit=3)[0]
    assert geometry.iou(best.quad, quad) > 0.93


def test_the_first_side_of_an_outline_is_a_long_one() -> None:
    for outline in find_card_contours(_scene([UPRIGHT]), limit=3):
        assert geometry.width(outline.quad) > geometry.height(outline.quad)


def test_two_cards_are_two_outlines() -> None:
    left = quad_from_points([(60, 300), (560, 290), (565, 605), (62, 615)])
    right = quad_from_points([(640, 310), (1140, 300), (1138, 618), (640, 622)])
    found = [outline.quad for outline in find_card_contours(_scene([left, right]), limit=4)]
    for card in (left, right):
        assert max(geometry.iou(quad, card) for quad in found) > 0.9


def test_an_empty_table_has_no_outline() -> None:
    assert find_card_contours(_scene([]), limit=5) == ()


def test_a_square_is_no_card() -> None:
    square = quad_from_points([(300, 200), (700, 200), (700, 600), (300, 600)])
    assert all(geometry.iou(outline.quad, square) < 0.8 for outline in find_card_contours(_scene([square]), limit=5))


def test_no_more_outlines_than_asked_for() -> None:
    assert len(find_card_contours(_scene([LEVEL]), limit=1)) <= 1


@pytest.mark.parametrize("size", [(1, 1), (2, 900), (40, 40)])
def test_tiny_and_odd_pictures_are_harmless(size: tuple[int, int]) -> None:
    assert find_card_contours(np.zeros((*size, 3), np.uint8), limit=5) == ()


def test_an_outline_with_gaps_in_every_channel_is_found_by_looking_at_all_of_them_together() -> None:
    rgb = np.full((500, 700, 3), 205, np.uint8)
    (left, top), _, (right, bottom), _ = quad = geometry.quad_from_box(150, 120, 550, 372)
    darker, coloured = (182, 182, 182), (228, 199, 190)
    halves = (
        ((left, top), (350, top), darker),
        ((350, top), (right, top), coloured),
        ((left, top), (left, bottom), coloured),
        ((right, top), (right, bottom), darker),
        ((left, bottom), (350, bottom), darker),
        ((350, bottom), (right, bottom), coloured),
    )
    for start, end, colour in halves:
        cv2.line(rgb, tuple(map(int, start)), tuple(map(int, end)), colour, 4)
    assert any(geometry.iou(found.quad, quad) > 0.9 for found in find_card_contours(rgb, 4, is_thorough=True))


def test_only_outlines_about_a_place_are_returned() -> None:
    small = quad_from_points([(40, 40), (240, 40), (240, 166), (40, 166)])
    picture = _scene([LEVEL, small])
    near = find_card_contours(picture, limit=6, near=((20.0, 30.0), (250.0, 30.0), (250.0, 180.0), (20.0, 180.0)))
    assert near
    assert all(geometry.iou(outline.quad, small) > 0.8 for outline in near)
