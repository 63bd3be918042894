"""The locator of cards: what its map says, and that it finds made-up cards whichever way they lie."""

from __future__ import annotations

import math

import numpy as np
import pytest

from idscan.core import geometry
from idscan.core.geometry import Quad, quad_from_box
from idscan.engines.card_detector import CardDetector, quads_of
from tests.synth import camera
from tests.synth.cards import Face
from tests.synth.scenes import make_scene
from tests.synth.stock import Supplies

CELL = 8


def planes_of(*cards: tuple[Quad, float], rows: int = 20, columns: int = 30) -> np.ndarray:
    """Return a map on which each card is told by the cells within 12 pixels of its middle."""
    planes = np.zeros((9, rows, columns), np.float32)
    for quad, confidence in cards:
        x, y = geometry.centre(quad)
        for row in range(rows):
            for column in range(columns):
                middle = ((column + 0.5) * CELL, (row + 0.5) * CELL)
                if math.dist(middle, (x, y)) < 12:
                    planes[0, row, column] = confidence
                    planes[1:, row, column] = (np.array(quad) - np.array(middle)).ravel()
    return planes


def test_an_empty_map_holds_no_card() -> None:
    assert quads_of(planes_of(), 1.0, 1.0) == ()


def test_the_cells_of_one_card_are_one_card() -> None:
    quad = ((40.0, 30.0), (140.0, 40.0), (134.0, 104.0), (36.0, 92.0))
    (located,) = quads_of(planes_of((quad, 0.9)), 2.0, 3.0)
    assert located.confidence == pytest.approx(0.9)
    for (x, y), (expected_x, expected_y) in zip(located.quad, quad, strict=True):
        assert (x, y) == pytest.approx((2 * expected_x, 3 * expected_y), abs=1e-3)


def test_two_cards_stay_two_the_surer_one_first() -> None:
    first, second = quad_from_box(10, 20, 90, 70), quad_from_box(120, 60, 220, 124)
    found = quads_of(planes_of((first, 0.6), (second, 0.95)), 1.0, 1.0)
    assert [round(located.confidence, 2) for located in found] == [0.95, 0.6]
    assert [located.quad[0] for located in found] == [pytest.approx(second[0]), pytest.approx(first[0])]


def test_a_sheet_of_a_hundred_cards_gives_a_hundred_places() -> None:
    cards = [quad_from_box(x, y, x + 86, y + 54) for y in range(10, 810, 80) for x in range(10, 1110, 110)]
    found = quads_of(planes_of(*((card, 0.8) for card in cards), rows=104, columns=140), 1.0, 1.0)
    assert len(cards) == 100
    assert sorted(located.quad[0][::-1] for located in found) == [
        (pytest.approx(y), pytest.approx(x)) for (x, y), *_ in cards
    ]


def test_a_half_sure_card_beside_a_sure_one_is_found_too() -> None:
    first, second = quad_from_box(10, 20, 90, 70), quad_from_box(120, 60, 220, 124)
    found = quads_of(planes_of((first, 0.9), (second, 0.4)), 1.0, 1.0)
    assert [round(located.confidence, 2) for located in found] == [0.9, 0.4]


def test_half_sure_cells_at_the_rim_of_a_sure_card_are_no_other_card() -> None:
    planes = planes_of((quad_from_box(40, 30, 200, 130), 0.9))
    elsewhere = quad_from_box(170, 110, 240, 154)
    planes[0, 15, 23] = 0.4
    planes[1:, 15, 23] = (np.array(elsewhere) - np.array((23.5 * CELL, 15.5 * CELL))).ravel()
    (located,) = quads_of(planes, 1.0, 1.0)
    assert located.confidence == pytest.approx(0.9)


@pytest.mark.parametrize("leaning", [camera.Pose(tilt=55, distance=1.5), camera.Pose(swing=-55, distance=1.5)])
def test_a_card_that_leans_steeply_is_one(leaning: camera.Pose) -> None:
    quad = geometry.quad_from_points((120 + 100 * x, 80 + 100 * y) for x, y in camera.project(leaning))
    (located,) = quads_of(planes_of((quad, 0.9)), 1.0, 1.0)
    assert np.allclose(located.quad, quad, atol=1e-3)


def test_what_hardly_looks_like_a_card_is_none() -> None:
    assert quads_of(planes_of((quad_from_box(10, 20, 90, 70), 0.05)), 1.0, 1.0) == ()


SCENES = [("hand_held", 71), ("turned", 72), ("turned", 73), ("mirrored", 74), ("mirrored", 75), ("dark", 76)]


@pytest.mark.parametrize(("scene", "seed"), SCENES)
def test_a_card_is_found_with_its_own_corner_first(scene: str, seed: int) -> None:
    made = make_scene(scene, seed, supplies=Supplies(faces=(Face("cccd_chip", "front"), Face("can_cuoc", "front"))))
    located = CardDetector().locate(np.asarray(made.image))
    truth = made.cards[0].quad
    assert located
    assert math.dist(located[0].quad[0], truth[0]) < 0.25 * math.dist(truth[0], truth[1])
    assert geometry.is_mirrored(located[0].quad) == geometry.is_mirrored(truth)


def test_plain_ground_holds_no_card() -> None:
    assert CardDetector().locate(np.full((300, 400, 3), 120, np.uint8)) == ()
